//! Capabilities: what CONNACK denies is refused in use.

use afterlink_core::broker::{Capabilities, Command, Config};
use afterlink_core::codec::packet::{
    ConnAck, Subscribe, SubscribeFilter, SubscribeFilters, SubscriptionOptions,
};
use afterlink_core::codec::{Packet, ReasonCode, SubscriptionIdentifier, UserProperties};

use crate::harness::*;

fn offering(capabilities: Capabilities) -> World {
    World::with(Config { capabilities, ..Config::default() })
}

const NOTHING: Capabilities = Capabilities {
    maximum_qos: AtMostOnce,
    retain: false,
    wildcard_subscription: false,
    shared_subscription: false,
    subscription_identifiers: false,
};

// [MQTT-3.2.2-9]
#[test]
fn connack_denies_what_is_not_offered() {
    let mut world = offering(NOTHING);
    let (_, packet) = world.handshake(connect(V5, "client"));
    let Packet::ConnAck(ConnAck { properties, .. }) = packet.packet() else {
        panic!("{packet:?}");
    };
    assert_eq!(properties.maximum_qos, Some(AtMostOnce));
    assert_eq!(properties.retain_available, Some(false));
    assert_eq!(properties.wildcard_subscription_available, Some(false));
    assert_eq!(properties.shared_subscription_available, Some(false));
    assert_eq!(properties.subscription_identifiers_available, Some(false));
}

// [MQTT-3.2.2-11]
#[test]
fn a_publish_above_the_maximum_qos_ends_the_connection() {
    for (maximum_qos, qos) in
        [(AtMostOnce, AtLeastOnce), (AtMostOnce, ExactlyOnce), (AtLeastOnce, ExactlyOnce)]
    {
        for version in [V3_1_1, V5] {
            let mut world = offering(Capabilities { maximum_qos, ..Capabilities::default() });
            let (peer, _) = world.connect_with(connect(version, "client"));
            world.publish(peer, "a", "fine", maximum_qos);
            world.send(peer, &Packet::Publish(publish("a", b"x", qos, 1)));
            if version == V5 {
                world.expect_disconnect(peer, ReasonCode::QOS_NOT_SUPPORTED);
            } else {
                world.expect_silent_close(peer);
            }
        }
    }
}

// [MQTT-3.2.2-10]
#[test]
fn a_subscription_above_the_maximum_qos_is_granted_the_maximum() {
    for (maximum_qos, granted) in
        [(AtMostOnce, ReasonCode::GRANTED_QOS_0), (AtLeastOnce, ReasonCode::GRANTED_QOS_1)]
    {
        let mut world = offering(Capabilities { maximum_qos, ..Capabilities::default() });
        let peer = world.connect("client");
        let codes = world.subscribe_with(peer, &[filter_of("a", ExactlyOnce)]);
        assert_eq!(codes, [granted]);
        world.command(Command::Publish {
            topic: "a".to_owned(),
            payload: b"x".to_vec(),
            qos: ExactlyOnce,
            retain: false,
            message_expiry_interval: None,
        });
        assert_eq!(world.take(peer).qos, maximum_qos);
    }
}

// [MQTT-3.2.2-14]
#[test]
fn a_retained_publish_ends_the_connection_where_retain_is_not_offered() {
    for version in [V3_1_1, V5] {
        let mut world = offering(Capabilities { retain: false, ..Capabilities::default() });
        let (peer, _) = world.connect_with(connect(version, "client"));
        let mut retained = publish("a", b"x", AtLeastOnce, 1);
        retained.retain = true;
        world.send(peer, &Packet::Publish(retained));
        if version == V5 {
            world.expect_disconnect(peer, ReasonCode::RETAIN_NOT_SUPPORTED);
        } else {
            world.expect_silent_close(peer);
        }
        assert_eq!(world.broker.totals().retained_messages, 0);
    }
}

#[test]
fn filters_that_are_not_offered_are_refused_each_with_its_code() {
    let mut world = offering(NOTHING);
    let peer = world.connect("client");
    let filters = ["a/+", "#", "$share/g/a", "a"].map(|filter| filter_of(filter, AtMostOnce));
    let wildcard = ReasonCode::WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED;
    let shared = ReasonCode::SHARED_SUBSCRIPTIONS_NOT_SUPPORTED;
    let granted = ReasonCode::GRANTED_QOS_0;
    assert_eq!(world.subscribe_with(peer, &filters), [wildcard, wildcard, shared, granted]);
    let (old, _) = world.connect_with(connect(V3_1_1, "old"));
    let failed = ReasonCode::UNSPECIFIED_ERROR;
    assert_eq!(world.subscribe_with(old, &filters), [failed, failed, failed, granted]);
    assert_eq!(world.broker.totals().subscriptions, 2);
}

#[test]
fn subscription_identifiers_that_are_not_offered_are_refused() {
    let mut world = offering(NOTHING);
    let peer = world.connect("client");
    let options = SubscriptionOptions { qos: AtMostOnce, ..Default::default() };
    world.send(
        peer,
        &Packet::Subscribe(Subscribe {
            packet_identifier: id(1),
            subscription_identifier: SubscriptionIdentifier::new(1),
            user_properties: UserProperties::NONE,
            filters: SubscribeFilters::from_slice(&[SubscribeFilter { filter: "a", options }]),
        }),
    );
    let packet = world.next(peer);
    let Packet::SubAck(suback) = packet.packet() else { panic!("{packet:?}") };
    let codes: Vec<_> = suback.reason_codes.iter().collect();
    assert_eq!(codes, [ReasonCode::SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED]);
}

// [MQTT-3.2.2-12] [MQTT-3.2.2-13] [MQTT3-3.2.2-6]
#[test]
fn a_will_beyond_what_is_offered_refuses_the_connect() {
    let mut world = offering(NOTHING);
    for version in [V3_1_1, V5] {
        let mut asked = connect(version, "client");
        asked.will = Some(will("a", "x", AtLeastOnce));
        let mut retained = connect(version, "client");
        let mut message = will("a", "x", AtMostOnce);
        message.retain = true;
        retained.will = Some(message);
        if version == V5 {
            world.expect_refused(asked, ReasonCode::QOS_NOT_SUPPORTED);
            world.expect_refused(retained, ReasonCode::RETAIN_NOT_SUPPORTED);
        } else {
            // No return code of version 3 says it.
            world.expect_closed(asked);
            world.expect_closed(retained);
        }
    }
    let mut fine = connect(V5, "client");
    fine.will = Some(will("a", "x", AtMostOnce));
    world.connect_with(fine);
}
