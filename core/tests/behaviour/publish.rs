//! From a client to the broker: ownership, acknowledgement, what is refused, what is passed on.

mod packet_identifier;
mod properties;

use afterlink_core::authorization::Policy;
use afterlink_core::broker::{Command, Records, V3PublishNotAuthorized};
use afterlink_core::codec::packet::{Connect, Publish};
use afterlink_core::codec::{Packet, ReasonCode, SubscriptionIdentifier, SubscriptionIdentifiers};
use afterlink_core::topic::{TopicFilter, TopicLimits};

use crate::exchange::*;
use crate::harness::*;

/// A world with a subscriber to everything and a publisher of 5.0.
fn pair() -> (World, Peer, Peer) {
    pair_in(World::new())
}

fn pair_in(mut world: World) -> (World, Peer, Peer) {
    let subscriber = world.connect("subscriber");
    world.subscribe(subscriber, "#", ExactlyOnce);
    let publisher = world.connect_kept(V5, "publisher").0;
    (world, subscriber, publisher)
}

fn refuse_publish(world: &mut World, filter: &str) {
    let refuse_publish =
        vec![TopicFilter::parse(filter, &TopicLimits::default()).expect("a filter")];
    let policy = Policy { refuse_publish, ..Policy::default() };
    world.command(Command::Policy { policy });
}

// [MQTT-3.3.4-1] [MQTT-4.3.2-4] [MQTT-4.3.3-8] [MQTT-4.3.3-11] [MQTT-2.2.1-5] [MQTT3-3.3.4-1]
#[test]
fn each_qos_is_answered_in_its_own_way() {
    for version in [V3_1, V3_1_1, V5] {
        let mut world = World::new();
        let publisher = world.connect_with(connect(version, "publisher")).0;
        world.send_publish(publisher, "t", "", AtMostOnce, 0);
        world.nothing(publisher);
        world.send_publish(publisher, "t", "", AtLeastOnce, 10);
        assert_eq!(world.answer(publisher), ("PUBACK", 10, SUCCESS));
        world.send_publish(publisher, "t", "", ExactlyOnce, 11);
        assert_eq!(world.answer(publisher), ("PUBREC", 11, SUCCESS));
        world.send(publisher, &Packet::PubRel(ack(11)));
        assert_eq!(world.answer(publisher), ("PUBCOMP", 11, SUCCESS));
        world.nothing(publisher);
    }
}

// [MQTT-3.3.4-7] [MQTT-4.9.0-2]
#[test]
fn more_publishes_than_the_receive_maximum_end_a_5_0_connection() {
    let (mut world, subscriber, publisher) =
        pair_in(World::set(|config| config.limits.receive_maximum = 2));
    world.publish(publisher, "t", "", AtLeastOnce);
    world.send_publish(publisher, "t", "", ExactlyOnce, 1);
    world.send_publish(publisher, "t", "", ExactlyOnce, 2);
    // One that is known counts once, and PUBCOMP frees it.
    world.send_publish(publisher, "t", "", ExactlyOnce, 2);
    world.send(publisher, &Packet::PubRel(ack(1)));
    world.send_publish(publisher, "t", "", ExactlyOnce, 3);
    assert_eq!(world.all(publisher).len(), 5);
    world.all(subscriber);
    world.send_publish(publisher, "t", "", AtLeastOnce, 4);
    world.expect_disconnect(publisher, ReasonCode::RECEIVE_MAXIMUM_EXCEEDED);
    world.nothing(subscriber);
}

#[test]
fn a_version_3_publisher_has_no_receive_maximum() {
    let mut world = World::set(|config| config.limits.receive_maximum = 2);
    let publisher = world.connect_with(connect(V3_1_1, "publisher")).0;
    for identifier in 1..=10 {
        world.send_publish(publisher, "t", "", ExactlyOnce, identifier);
        assert_eq!(world.answer(publisher), ("PUBREC", identifier, SUCCESS));
    }
}

/// A PUBLISH of QoS 0 with a Topic Alias.
fn aliased(topic: &str, alias: u16) -> Publish<'_> {
    let mut publish = publish(topic, b"", AtMostOnce, 0);
    publish.properties.topic_alias = Some(alias);
    publish
}

// [MQTT-3.3.2-12]
#[test]
fn a_topic_alias_is_set_used_and_set_anew_and_not_passed_on() {
    let (mut world, subscriber, publisher) = pair();
    for (topic, alias, meant) in
        [("a", 16, "a"), ("", 16, "a"), ("b", 1, "b"), ("c", 16, "c"), ("", 16, "c"), ("", 1, "b")]
    {
        world.send(publisher, &Packet::Publish(aliased(topic, alias)));
        let packet = world.next(subscriber);
        let Packet::Publish(publish) = packet.packet() else { panic!("{packet:?}") };
        assert_eq!((publish.topic, publish.properties.topic_alias), (meant, None));
    }
}

// [MQTT-3.3.2-8] [MQTT-3.3.2-9] [MQTT-3.3.2-7]
#[test]
fn a_topic_alias_that_means_nothing_ends_the_connection() {
    let mut world = World::new();
    for (topic, alias) in [("t", 0), ("t", 17), ("", 1)] {
        let publisher = world.connect_kept(V5, "publisher").0;
        world.send(publisher, &Packet::Publish(aliased(topic, alias)));
        world.expect_disconnect(publisher, ReasonCode::TOPIC_ALIAS_INVALID);
    }
    let publisher = world.connect_kept(V5, "publisher").0;
    world.send(publisher, &Packet::Publish(aliased("t", 1)));
    world.cut(publisher);
    let publisher = world.connect_kept(V5, "publisher").0;
    world.send(publisher, &Packet::Publish(aliased("", 1)));
    world.expect_disconnect(publisher, ReasonCode::TOPIC_ALIAS_INVALID);
}

// [MQTT-3.3.2-2] [MQTT-4.7.0-1] [MQTT3-3.3.2-2] [MQTT3-4.7.1-1]
#[test]
fn a_topic_name_with_a_wildcard_ends_the_connection() {
    for topic in ["a/+", "#", "a+b", "a/#"] {
        let (mut world, subscriber, publisher) = pair();
        world.send_publish(publisher, topic, "", AtLeastOnce, 1);
        world.expect_disconnect(publisher, ReasonCode::TOPIC_NAME_INVALID);
        let old = world.connect_with(connect(V3_1_1, "old")).0;
        world.send_publish(old, topic, "", AtLeastOnce, 1);
        world.nothing(old);
        assert!(world.is_closed(old));
        world.nothing(subscriber);
    }
}

#[test]
fn topics_that_begin_with_dollar_are_not_a_client_s_to_publish_to() {
    let (mut world, _, publisher) = pair();
    let watcher = world.connect("watcher");
    world.subscribe(watcher, "$SYS/#", AtMostOnce);
    for (qos, answer) in [(AtLeastOnce, "PUBACK"), (ExactlyOnce, "PUBREC")] {
        world.send_publish(publisher, "$SYS/x", "", qos, 3);
        assert_eq!(world.answer(publisher), (answer, 3, ReasonCode::NOT_AUTHORIZED));
    }
    world.send_publish(publisher, "$SYS/x", "", AtMostOnce, 0);
    world.nothing(publisher);
    world.nothing(watcher);
    assert!(!world.is_closed(publisher));
}

// [MQTT3-3.3.5-2]
#[test]
fn a_version_3_publisher_that_may_not_publish_is_acknowledged_or_closed() {
    for (close, version) in [(false, V3_1), (false, V3_1_1), (true, V3_1_1)] {
        let (mut world, subscriber, _) = pair_in(World::set(|config| {
            if close {
                config.v3_publish_not_authorized = V3PublishNotAuthorized::Close;
            }
        }));
        refuse_publish(&mut world, "no");
        let publisher = world.connect_with(connect(version, "old")).0;
        world.send_publish(publisher, "no", "", ExactlyOnce, 4);
        assert_eq!(world.is_closed(publisher), close);
        if !close {
            assert_eq!(world.answer(publisher), ("PUBREC", 4, SUCCESS));
            world.send(publisher, &Packet::PubRel(ack(4)));
            assert_eq!(world.answer(publisher), ("PUBCOMP", 4, SUCCESS));
        }
        world.nothing(publisher);
        world.nothing(subscriber);
    }
}

// [MQTT-4.6.0-2] [MQTT-4.6.0-3] [MQTT3-4.6.0-2] [MQTT3-4.6.0-3]
#[test]
fn answers_keep_the_order_of_the_publishes_also_when_some_wait_for_the_store() {
    let mut world = World::set(|config| config.records = Records::Durable);
    world.persists = true;
    world.away(V5, "subscriber", "durable", ExactlyOnce);
    let publisher = world.connect("publisher");
    world.persists = false;
    world.send_publish(publisher, "durable", "", AtLeastOnce, 1);
    world.send_publish(publisher, "fleeting", "", AtLeastOnce, 2);
    world.send_publish(publisher, "$no", "", AtLeastOnce, 3);
    world.send_publish(publisher, "durable", "", ExactlyOnce, 4);
    world.nothing(publisher);
    let all = world.records.len() as u64;
    world.persist(all);
    assert_eq!(world.answer(publisher), ("PUBACK", 1, SUCCESS));
    assert_eq!(world.answer(publisher), ("PUBACK", 2, SUCCESS));
    assert_eq!(world.answer(publisher), ("PUBACK", 3, ReasonCode::NOT_AUTHORIZED));
    assert_eq!(world.answer(publisher), ("PUBREC", 4, SUCCESS));
}

// [MQTT-3.3.4-6] [MQTT-3.3.2-14] [MQTT-3.3.1-4]
#[test]
fn a_publish_that_breaks_the_protocol_ends_the_connection() {
    let (mut world, subscriber, publisher) = pair();
    let identifiers = [SubscriptionIdentifier::new(1).unwrap()];
    let mut packet = publish("t", b"", AtMostOnce, 0);
    packet.properties.subscription_identifiers = SubscriptionIdentifiers::from_slice(&identifiers);
    world.send(publisher, &Packet::Publish(packet));
    world.expect_disconnect(publisher, ReasonCode::PROTOCOL_ERROR);
    let publisher = world.connect("publisher");
    let mut packet = publish("t", b"", AtMostOnce, 0);
    packet.properties.response_topic = Some("back/+");
    world.send(publisher, &Packet::Publish(packet));
    world.expect_disconnect(publisher, ReasonCode::PROTOCOL_ERROR);
    let publisher = world.connect("publisher");
    world.send_bytes(publisher, b"\x36\x06\x00\x01t\x00\x01\x00");
    world.expect_disconnect(publisher, ReasonCode::MALFORMED_PACKET);
    world.nothing(subscriber);
}

// [MQTT-3.2.2-11] [MQTT-3.2.2-14] [MQTT-3.2.2-9]
#[test]
fn what_connack_denies_is_refused_in_use() {
    let mut world = World::set(|config| {
        config.capabilities.maximum_qos = AtLeastOnce;
        config.capabilities.retain = false;
    });
    let open = |world: &mut World| {
        let peer = world.open();
        world.send(peer, &Packet::Connect(Connect { ..connect(V5, "client") }));
        let packet = world.next(peer);
        let Packet::ConnAck(connack) = packet.packet() else { panic!("{packet:?}") };
        assert_eq!(connack.properties.maximum_qos, Some(AtLeastOnce));
        assert_eq!(connack.properties.retain_available, Some(false));
        peer
    };
    let peer = open(&mut world);
    world.publish(peer, "t", "", AtLeastOnce);
    world.send_publish(peer, "t", "", ExactlyOnce, 1);
    world.expect_disconnect(peer, ReasonCode::QOS_NOT_SUPPORTED);
    let peer = open(&mut world);
    let retained = Publish { retain: true, ..publish("t", b"", AtMostOnce, 0) };
    world.send(peer, &Packet::Publish(retained));
    world.expect_disconnect(peer, ReasonCode::RETAIN_NOT_SUPPORTED);
}

#[test]
fn a_message_nobody_subscribed_to_is_acknowledged_with_success() {
    let mut world = World::new();
    let publisher = world.connect("publisher");
    world.send_publish(publisher, "nobody", "", AtLeastOnce, 1);
    assert_eq!(world.answer(publisher), ("PUBACK", 1, SUCCESS));
}

#[test]
fn a_message_without_payload_is_a_message() {
    let (mut world, subscriber, publisher) = pair();
    world.publish(publisher, "t", "", ExactlyOnce);
    assert_eq!(world.take(subscriber).payload, "");
}

// [MQTT-4.6.0-5] [MQTT3-4.6.0-5]
#[test]
fn a_subscriber_gets_one_publisher_s_messages_in_order() {
    let (mut world, subscriber, publisher) = pair();
    let payloads: Vec<_> = (0..200).map(|n| n.to_string()).collect();
    for payload in &payloads {
        world.publish(publisher, "t", payload, AtLeastOnce);
    }
    assert_eq!(world.payloads(subscriber), payloads);
}

// [MQTT-3.1.2-29] [MQTT-3.4.2-2] [MQTT-3.5.2-2] [MQTT-3.4.2-1] [MQTT-3.5.2-1]
#[test]
fn a_refusal_says_why_unless_the_client_does_not_want_it_or_has_no_room_for_it() {
    let (mut world, _, _) = pair();
    for (maximum_packet_size, wanted, explained) in
        [(None, None, true), (Some(1000), Some(true), true), (Some(30), None, false)]
            .into_iter()
            .chain([(None, Some(false), false)])
    {
        let mut connect = connect(V5, "asks");
        connect.properties.maximum_packet_size = maximum_packet_size;
        connect.properties.request_problem_information = wanted;
        let publisher = world.connect_with(connect).0;
        for qos in [AtLeastOnce, ExactlyOnce] {
            world.send_publish(publisher, "$no", "", qos, 1);
            let packet = world.next(publisher);
            let (Packet::PubAck(ack) | Packet::PubRec(ack)) = packet.packet() else {
                panic!("{packet:?}")
            };
            assert_eq!(ack.reason_code, ReasonCode::NOT_AUTHORIZED);
            assert_eq!(ack.properties.reason_string.is_some(), explained, "{packet:?}");
        }
    }
}
