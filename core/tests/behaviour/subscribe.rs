//! SUBSCRIBE and UNSUBSCRIBE: what is granted, what comes through, what ends.

mod options;
mod several;
mod unsubscribe;

use afterlink_core::broker::Command;
use afterlink_core::codec::packet::{
    Publish, Subscribe, SubscribeFilter, SubscribeFilters, SubscriptionOptions,
};
use afterlink_core::codec::{Packet, ReasonCode, UserProperties};

use crate::exchange::*;
use crate::harness::*;

/// A clean client and a publisher.
fn pair() -> (World, Peer, Peer) {
    let mut world = World::new();
    let client = world.connect("client");
    let publisher = world.connect("publisher");
    (world, client, publisher)
}

// [MQTT-3.8.4-1] [MQTT-3.8.4-2] [MQTT-3.8.4-5] [MQTT-3.8.4-6] [MQTT-3.8.4-7] [MQTT-3.9.3-1]
// [MQTT-3.9.3-2] [MQTT-2.2.1-6] [MQTT3-3.8.4-1] [MQTT3-3.8.4-2] [MQTT3-3.8.4-4] [MQTT3-3.8.4-5]
#[test]
fn one_suback_answers_each_filter_in_order() {
    for version in [V3_1_1, V5] {
        let mut world = World::new();
        let client = world.connect_with(connect(version, "client")).0;
        let filters = [
            filter_of("a", ExactlyOnce),
            filter_of("b/#/c", AtMostOnce),
            filter_of("c", AtMostOnce),
            filter_of("d", AtLeastOnce),
        ];
        let failure = if version == V5 {
            ReasonCode::TOPIC_FILTER_INVALID
        } else {
            ReasonCode::UNSPECIFIED_ERROR
        };
        assert_eq!(
            world.subscribe_with(client, &filters),
            [
                ReasonCode::GRANTED_QOS_2,
                failure,
                ReasonCode::GRANTED_QOS_0,
                ReasonCode::GRANTED_QOS_1,
            ]
        );
        assert_eq!(world.broker.session("client").unwrap().subscriptions_len, 3);
    }
}

#[test]
fn a_bad_filter_ends_a_3_1_connection_whose_suback_knows_no_failure() {
    let mut world = World::new();
    let client = world.connect_with(connect(V3_1, "client")).0;
    world.send_subscribe(client, "a/#/b", options(AtMostOnce), None);
    world.nothing(client);
    assert!(world.is_closed(client));
}

// [MQTT-3.8.4-3] [MQTT-3.8.4-4] [MQTT3-3.8.4-3]
#[test]
fn an_identical_filter_replaces_the_subscription_and_nothing_queued_is_lost() {
    for version in [V3_1_1, V5] {
        let mut world = World::new();
        let (client, _) = world.connect_kept(version, "client");
        world.subscribe(client, "t", ExactlyOnce);
        let publisher = world.connect("publisher");
        for payload in 0..40 {
            world.publish(publisher, "t", &payload.to_string(), AtLeastOnce);
        }
        let first = world.unacknowledged(client);
        assert_eq!(first.len(), 32, "the rest waits");
        world.subscribe(client, "t", AtMostOnce);
        world.publish(publisher, "t", "new", ExactlyOnce);
        assert_eq!(world.message(client).qos, AtMostOnce);
        for identifier in 1..=32 {
            world.send(client, &Packet::PubAck(ack(identifier)));
        }
        let rest = world.payloads(client);
        assert_eq!(rest.len(), 8);
        assert_eq!(world.broker.session("client").unwrap().subscriptions_len, 1);
    }
}

// [MQTT-3.8.4-5]
#[test]
fn a_filter_twice_in_one_packet_counts_once_and_the_later_wins() {
    let (mut world, client, publisher) = pair();
    let codes =
        world.subscribe_with(client, &[filter_of("t", AtMostOnce), filter_of("t", AtLeastOnce)]);
    assert_eq!(codes, [ReasonCode::GRANTED_QOS_0, ReasonCode::GRANTED_QOS_1]);
    world.publish(publisher, "t", "", ExactlyOnce);
    assert_eq!(world.take(client).qos, AtLeastOnce);
    world.nothing(client);
}

// [MQTT-3.8.4-8] [MQTT3-3.8.4-6]
#[test]
fn messages_come_at_the_smaller_of_the_published_and_the_granted_qos() {
    let all = [AtMostOnce, AtLeastOnce, ExactlyOnce];
    let (mut world, client, publisher) = pair();
    for granted in all {
        world.subscribe(client, "t", granted);
        for published in all {
            world.publish(publisher, "t", "", published);
            assert_eq!(world.take(client).qos, granted.min(published));
        }
    }
}

// [MQTT-3.3.4-2] [MQTT-3.3.4-3] [MQTT-3.3.4-4] [MQTT3-3.3.5-1]
#[test]
fn overlapping_subscriptions_give_one_copy_with_the_highest_qos_and_all_identifiers() {
    let (mut world, client, publisher) = pair();
    world.subscribe_options(client, "a/#", options(AtMostOnce), Some(1));
    world.subscribe_options(client, "a/+", options(ExactlyOnce), Some(268_435_455));
    world.subscribe_options(client, "a/b", options(AtLeastOnce), None);
    world.subscribe_options(client, "+/b", options(AtLeastOnce), Some(1));
    world.publish(publisher, "a/b", "", ExactlyOnce);
    let mut message = world.take(client);
    message.subscription_identifiers.sort_unstable();
    assert_eq!(message.subscription_identifiers, [1, 1, 268_435_455]);
    assert_eq!(message.qos, ExactlyOnce);
    world.nothing(client);
    let old = world.connect_with(connect(V3_1_1, "old")).0;
    world.subscribe(old, "a/#", AtMostOnce);
    world.subscribe(old, "a/b", AtLeastOnce);
    world.publish(publisher, "a/b", "", ExactlyOnce);
    assert_eq!(world.take(old).qos, AtLeastOnce);
    world.nothing(old);
}

#[test]
fn a_queued_message_keeps_the_identifiers_of_the_time_it_came() {
    let mut world = World::new();
    let (client, _) = world.connect_with(kept_with_receive_maximum("client", 1));
    world.subscribe_options(client, "t", options(AtLeastOnce), Some(1));
    let publisher = world.connect("publisher");
    world.publish(publisher, "t", "a", AtLeastOnce);
    world.publish(publisher, "t", "b", AtLeastOnce);
    assert_eq!(world.message(client).subscription_identifiers, [1]);
    world.subscribe_options(client, "t", options(AtLeastOnce), Some(2));
    world.publish(publisher, "t", "c", AtLeastOnce);
    world.subscribe_options(client, "t", options(AtLeastOnce), None);
    world.publish(publisher, "t", "d", AtLeastOnce);
    world.send(client, &Packet::PubAck(ack(1)));
    for expected in [&[1][..], &[2], &[]] {
        assert_eq!(world.take(client).subscription_identifiers, expected);
    }
}

// [MQTT-4.7.1-1] [MQTT-4.7.1-2] [MQTT-4.7.3-4] [MQTT-3.3.2-3] [MQTT3-4.7.1-2]
// [MQTT3-4.7.1-3] [MQTT3-4.7.3-4]
#[test]
fn wildcards_match_levels_and_nothing_is_normalised() {
    let cases = [
        ("sport/#", "sport", true),
        ("sport/#", "sport/a/b", true),
        ("sport/+", "sport", false),
        ("sport/+", "sport/", true),
        ("+/+", "/finance", true),
        ("+", "/finance", false),
        ("/+", "/finance", true),
        ("a//b", "a/b", false),
        ("a//b", "a//b", true),
        ("Account", "ACCOUNT", false),
        ("a ", "a", false),
        ("\u{e9}", "e\u{301}", false),
        ("#", "a/b", true),
        ("#", "/", true),
    ];
    for (filter, topic, expected) in cases {
        let (mut world, client, publisher) = pair();
        world.subscribe(client, filter, AtMostOnce);
        world.publish(publisher, topic, "", AtMostOnce);
        assert_eq!(world.try_next(client).is_some(), expected, "{filter} and {topic}");
    }
}

// [MQTT-4.7.1-1] [MQTT-4.7.1-2] [MQTT-4.7.3-1] [MQTT3-4.7.1-2] [MQTT3-4.7.1-3] [MQTT3-4.7.3-1]
#[test]
fn filters_that_are_none_are_refused_one_by_one() {
    let (mut world, client, _) = pair();
    for filter in ["", "a#", "a/#/b", "#/a", "a+", "+a", "a/b+/c"] {
        let codes = world.subscribe_with(client, &[filter_of(filter, AtMostOnce)]);
        assert_eq!(codes, [ReasonCode::TOPIC_FILTER_INVALID], "{filter}");
    }
    assert!(!world.is_closed(client));
}

// [MQTT-3.2.2-10]
#[test]
fn what_connack_denies_is_refused_filter_by_filter() {
    let mut world = World::set(|config| {
        config.capabilities.maximum_qos = AtLeastOnce;
        config.capabilities.wildcard_subscription = false;
        config.capabilities.shared_subscription = false;
        config.capabilities.subscription_identifiers = false;
    });
    let client = world.open();
    world.send(client, &Packet::Connect(connect(V5, "client")));
    let packet = world.next(client);
    let Packet::ConnAck(connack) = packet.packet() else { panic!("{packet:?}") };
    let told = connack.properties;
    assert_eq!(told.wildcard_subscription_available, Some(false));
    assert_eq!(told.shared_subscription_available, Some(false));
    assert_eq!(told.subscription_identifiers_available, Some(false));
    assert_eq!(told.maximum_qos, Some(AtLeastOnce));
    let filters = [
        filter_of("a", ExactlyOnce),
        filter_of("a/+", AtMostOnce),
        filter_of("$share/g/a", AtMostOnce),
    ];
    assert_eq!(
        world.subscribe_with(client, &filters),
        [
            ReasonCode::GRANTED_QOS_1,
            ReasonCode::WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED,
            ReasonCode::SHARED_SUBSCRIPTIONS_NOT_SUPPORTED,
        ]
    );
    let code = world.subscribe_options(client, "b", options(AtMostOnce), Some(1));
    assert_eq!(code, ReasonCode::SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED);
    assert_eq!(world.broker.session("client").unwrap().subscriptions_len, 1);
}

// [MQTT-3.8.3-2] [MQTT-3.10.3-2]
#[test]
fn a_subscription_identifier_of_0_and_a_packet_without_filters_are_protocol_errors() {
    let packets: [&[u8]; 3] = [
        b"\x82\x09\x00\x01\x02\x0b\x00\x00\x01t\x00",
        b"\x82\x03\x00\x01\x00",
        b"\xa2\x03\x00\x01\x00",
    ];
    for bytes in packets {
        let (mut world, client, _) = pair();
        world.send_bytes(client, bytes);
        world.expect_disconnect(client, ReasonCode::PROTOCOL_ERROR);
    }
}

#[test]
fn subscriptions_and_their_options_outlive_the_connection() {
    let mut world = World::new();
    let (client, _) = world.connect_kept(V5, "client");
    let all =
        SubscriptionOptions { no_local: true, retain_as_published: true, ..options(AtLeastOnce) };
    world.subscribe_options(client, "t", all, Some(7));
    world.cut(client);
    let (client, present) = world.connect_kept(V5, "client");
    assert!(present);
    world.publish(client, "t", "own", AtLeastOnce);
    world.nothing(client);
    let publisher = world.connect("publisher");
    let retained = Publish { retain: true, ..publish("t", b"1", ExactlyOnce, 1) };
    world.send(publisher, &Packet::Publish(retained));
    let message = world.take(client);
    assert_eq!((message.qos, message.retain), (AtLeastOnce, true));
    assert_eq!(message.subscription_identifiers, [7]);
}

#[test]
fn subscribing_does_not_wait_for_what_it_brings() {
    // All of one turn: two SUBSCRIBE and a PUBLISH in one piece of the stream.
    let (mut world, client, _) = pair();
    let mut bytes = Vec::new();
    for (number, filter) in [(1, "a"), (2, "b")] {
        let filters = [SubscribeFilter { filter, options: options(AtMostOnce) }];
        let subscribe = Subscribe {
            packet_identifier: id(number),
            subscription_identifier: None,
            user_properties: UserProperties::NONE,
            filters: SubscribeFilters::from_slice(&filters),
        };
        Packet::Subscribe(subscribe).encode(V5, &mut bytes).unwrap();
    }
    Packet::Publish(publish("b", b"own", AtMostOnce, 0)).encode(V5, &mut bytes).unwrap();
    world.send_bytes(client, &bytes);
    for number in [1, 2] {
        let packet = world.next(client);
        let Packet::SubAck(suback) = packet.packet() else { panic!("{packet:?}") };
        assert_eq!(suback.packet_identifier, id(number));
    }
    assert_eq!(world.payloads(client), ["own"]);
}

// [MQTT-4.7.2-1] [MQTT3-4.7.2-1]
#[test]
fn a_filter_that_begins_with_a_wildcard_matches_no_topic_of_the_broker() {
    for version in [V3_1_1, V5] {
        let mut world = World::new();
        let command = || Command::Publish {
            topic: "$SYS/x".to_owned(),
            payload: b"1".to_vec(),
            qos: AtMostOnce,
            retain: true,
            message_expiry_interval: None,
        };
        world.command(command());
        let client = world.connect_with(connect(version, "client")).0;
        for filter in ["#", "+/x", "+/#", "+/+"] {
            world.subscribe(client, filter, AtMostOnce);
        }
        world.command(command());
        world.nothing(client);
        world.subscribe(client, "$SYS/+", AtMostOnce);
        world.command(command());
        assert_eq!(world.payloads(client), ["1", "1"], "retained and live");
    }
}
