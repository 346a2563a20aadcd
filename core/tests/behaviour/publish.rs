//! From a client to the broker: ownership, acknowledgement, what is refused, what is passed on.

use afterlink_core::authorization::Policy;
use afterlink_core::broker::{Command, Records, V3PublishNotAuthorized};
use afterlink_core::codec::packet::{Connect, Publish, PublishProperties};
use afterlink_core::codec::{
    Packet, ReasonCode, SubscriptionIdentifier, SubscriptionIdentifiers, UserProperties,
};
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

// [MQTT-4.3.3-8] [MQTT-4.3.3-10] [MQTT3-4.3.3-2]
#[test]
fn a_qos_2_message_is_delivered_at_its_publish_and_once() {
    for version in [V3_1_1, V5] {
        let mut world = World::new();
        let subscriber = world.connect("subscriber");
        world.subscribe(subscriber, "#", AtMostOnce);
        let publisher = world.connect_with(connect(version, "publisher")).0;
        world.send_publish(publisher, "t", "1", ExactlyOnce, 5);
        assert_eq!(world.message(subscriber).payload, "1");
        for dup in [true, false] {
            let again = Publish { dup, ..publish("t", b"1", ExactlyOnce, 5) };
            world.send(publisher, &Packet::Publish(again));
        }
        world.send(publisher, &Packet::PubRel(ack(5)));
        for _ in 0..3 {
            assert_eq!(world.answer(publisher), ("PUBREC", 5, SUCCESS));
        }
        assert_eq!(world.answer(publisher), ("PUBCOMP", 5, SUCCESS));
        world.nothing(subscriber);
    }
}

// The table of identifiers decides, not the flag.
#[test]
fn a_qos_2_message_with_dup_that_was_never_seen_is_delivered() {
    let (mut world, subscriber, publisher) = pair();
    let publish = Publish { dup: true, ..publish("t", b"new", ExactlyOnce, 5) };
    world.send(publisher, &Packet::Publish(publish));
    assert_eq!(world.message(subscriber).payload, "new");
    assert_eq!(world.answer(publisher), ("PUBREC", 5, SUCCESS));
}

// [MQTT-4.3.3-12]
#[test]
fn after_pubcomp_the_same_identifier_is_a_new_message() {
    let (mut world, subscriber, publisher) = pair();
    world.publish(publisher, "t", "1", ExactlyOnce);
    world.publish(publisher, "t", "2", ExactlyOnce);
    assert_eq!(world.unacknowledged(subscriber), ["1", "2"]);
}

// [MQTT-4.3.2-5]
#[test]
fn after_puback_the_same_identifier_is_a_new_message_even_with_dup() {
    let (mut world, subscriber, publisher) = pair();
    for dup in [false, true] {
        let publish = Publish { dup, ..publish("t", b"1", AtLeastOnce, 5) };
        world.send(publisher, &Packet::Publish(publish));
        assert_eq!(world.answer(publisher), ("PUBACK", 5, SUCCESS));
    }
    assert_eq!(world.unacknowledged(subscriber), ["1", "1"]);
}

// [MQTT-4.3.3-10] [MQTT-4.1.0-1]
#[test]
fn a_qos_2_message_sent_again_after_a_resume_is_not_delivered_again() {
    for version in [V3_1_1, V5] {
        let mut world = World::new();
        let subscriber = world.connect("subscriber");
        world.subscribe(subscriber, "#", AtMostOnce);
        let publisher = world.connect_kept(version, "publisher").0;
        world.send_publish(publisher, "t", "1", ExactlyOnce, 5);
        world.cut(publisher);
        let publisher = world.connect_kept(version, "publisher").0;
        let again = Publish { dup: true, ..publish("t", b"1", ExactlyOnce, 5) };
        world.send(publisher, &Packet::Publish(again));
        assert_eq!(world.answer(publisher), ("PUBREC", 5, SUCCESS));
        world.cut(publisher);
        let publisher = world.connect_kept(version, "publisher").0;
        world.send(publisher, &Packet::PubRel(ack(5)));
        assert_eq!(world.answer(publisher), ("PUBCOMP", 5, SUCCESS));
        assert_eq!(world.unacknowledged(subscriber), ["1"]);
    }
}

#[test]
fn a_new_session_knows_nothing_of_earlier_qos_2_identifiers() {
    let (mut world, subscriber, publisher) = pair();
    world.send_publish(publisher, "t", "1", ExactlyOnce, 5);
    world.cut(publisher);
    let publisher = world.connect("publisher");
    let again = Publish { dup: true, ..publish("t", b"2", ExactlyOnce, 5) };
    world.send(publisher, &Packet::Publish(again));
    assert_eq!(world.unacknowledged(subscriber), ["1", "2"]);
}

// [MQTT-4.3.3-9]
#[test]
fn an_identifier_whose_pubrec_refused_is_free_for_a_new_message() {
    let (mut world, subscriber, publisher) = pair();
    refuse_publish(&mut world, "no");
    world.send_publish(publisher, "no", "", ExactlyOnce, 5);
    assert_eq!(world.answer(publisher), ("PUBREC", 5, ReasonCode::NOT_AUTHORIZED));
    world.send_publish(publisher, "yes", "", ExactlyOnce, 5);
    assert_eq!(world.answer(publisher), ("PUBREC", 5, SUCCESS));
    assert_eq!(world.message(subscriber).topic, "yes");
    world.nothing(subscriber);
}

// [MQTT-4.3.3-10] [MQTT-4.3.3-12]
#[test]
fn a_qos_2_message_that_is_owned_is_not_refused_when_it_comes_again() {
    let (mut world, subscriber, publisher) = pair();
    world.send_publish(publisher, "t", "1", ExactlyOnce, 5);
    assert_eq!(world.answer(publisher), ("PUBREC", 5, SUCCESS));
    refuse_publish(&mut world, "t");
    let again = Publish { dup: true, ..publish("t", b"1", ExactlyOnce, 5) };
    world.send(publisher, &Packet::Publish(again));
    assert_eq!(world.answer(publisher), ("PUBREC", 5, SUCCESS));
    world.send(publisher, &Packet::PubRel(ack(5)));
    assert_eq!(world.answer(publisher), ("PUBCOMP", 5, SUCCESS));
    world.send_publish(publisher, "other", "2", ExactlyOnce, 5);
    assert_eq!(world.unacknowledged(subscriber), ["1", "2"]);
}

#[test]
fn a_qos_1_message_under_an_identifier_of_qos_2_is_refused_where_there_is_a_code() {
    let (mut world, subscriber, publisher) = pair();
    let old = world.connect_with(kept(V3_1_1, "old")).0;
    for (peer, code) in [(publisher, ReasonCode::PACKET_IDENTIFIER_IN_USE), (old, SUCCESS)] {
        world.send_publish(peer, "t", "2", ExactlyOnce, 5);
        assert_eq!(world.answer(peer), ("PUBREC", 5, SUCCESS));
        world.send_publish(peer, "t", "1", AtLeastOnce, 5);
        assert_eq!(world.answer(peer), ("PUBACK", 5, code));
    }
    assert_eq!(world.unacknowledged(subscriber), ["2", "2", "1"]);
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

#[test]
fn a_payload_that_is_said_to_be_text_and_is_not_is_refused_if_that_is_set() {
    for validated in [false, true] {
        let (mut world, subscriber, publisher) =
            pair_in(World::set(|config| config.payload_format_validated = validated));
        let code = if validated { ReasonCode::PAYLOAD_FORMAT_INVALID } else { SUCCESS };
        for (qos, answer) in [(AtLeastOnce, "PUBACK"), (ExactlyOnce, "PUBREC")] {
            let mut text = publish("t", b"\xff", qos, 3);
            text.properties.payload_format_indicator = Some(true);
            world.send(publisher, &Packet::Publish(text.clone()));
            assert_eq!(world.answer(publisher), (answer, 3, code));
            text.properties.payload_format_indicator = Some(false);
            text.packet_identifier = Some(id(if qos == AtLeastOnce { 3 } else { 4 }));
            world.send(publisher, &Packet::Publish(text));
            assert_eq!(world.answer(publisher).2, SUCCESS, "bytes are always taken");
        }
        assert_eq!(world.all(subscriber).len(), if validated { 2 } else { 4 });
    }
}

fn all_properties() -> PublishProperties<'static> {
    const PAIRS: &[(&str, &str)] = &[("b", "1"), ("a", ""), ("b", "2"), ("b", "1")];
    PublishProperties {
        payload_format_indicator: Some(true),
        response_topic: Some("back/to"),
        correlation_data: Some(b"\0\xff"),
        user_properties: UserProperties::from_pairs(PAIRS),
        content_type: Some("text/plain"),
        ..PublishProperties::default()
    }
}

// [MQTT-3.3.2-4] [MQTT-3.3.2-15] [MQTT-3.3.2-16] [MQTT-3.3.2-17] [MQTT-3.3.2-18]
// [MQTT-3.3.2-20]
#[test]
fn properties_are_passed_on_unaltered_and_in_order_at_once_queued_and_retained() {
    let mut world = World::new();
    world.away(V5, "away", "#", AtLeastOnce);
    let here = world.connect("here");
    world.subscribe(here, "#", AtMostOnce);
    let publisher = world.connect("publisher");
    let properties = all_properties();
    let mut sent = publish("t", b"text", AtLeastOnce, 1);
    sent.retain = true;
    sent.properties = properties.clone();
    world.send(publisher, &Packet::Publish(sent));
    let away = world.connect_kept(V5, "away").0;
    let late = world.connect("late");
    world.subscribe(late, "t", AtMostOnce);
    for peer in [here, away, late] {
        let packet = world.next(peer);
        let Packet::Publish(publish) = packet.packet() else { panic!("{packet:?}") };
        assert_eq!(publish.properties, properties);
        let pairs: Vec<_> = publish.properties.user_properties.iter().collect();
        assert_eq!(pairs, [("b", "1"), ("a", ""), ("b", "2"), ("b", "1")]);
    }
}

#[test]
fn a_version_3_subscriber_gets_the_message_without_its_properties() {
    let mut world = World::new();
    let here = world.connect_with(connect(V3_1_1, "here")).0;
    world.subscribe(here, "#", AtMostOnce);
    let publisher = world.connect("publisher");
    let properties = all_properties();
    world.send(
        publisher,
        &Packet::Publish(Publish { properties, ..publish("t", b"text", AtMostOnce, 0) }),
    );
    assert_eq!(world.next(here).bytes(), b"\x30\x07\x00\x01ttext");
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
