//! MQTT 3.1.1 where other chapters speak 5.0, or where the two meet.

use afterlink_core::broker::Command;
use afterlink_core::codec::packet::Publish;
use afterlink_core::codec::{Packet, ReasonCode};

use crate::exchange::*;
use crate::harness::*;

const FAILURE: ReasonCode = ReasonCode::UNSPECIFIED_ERROR;

// [MQTT3-3.1.2-8] [MQTT3-3.1.2-10] [MQTT3-3.1.4-2]: its will knows no delay.
#[test]
fn a_kept_session_that_is_taken_over_sends_its_will_once() {
    let mut world = World::new();
    let watcher = world.connect_with(connect(V3_1_1, "watcher")).0;
    world.subscribe(watcher, "will", AtLeastOnce);
    let mut asked = kept(V3_1_1, "client");
    asked.will = Some(will("will", "first", AtLeastOnce));
    let (old, _) = world.connect_with(asked.clone());
    asked.will = Some(will("will", "second", AtLeastOnce));
    let (new, present) = world.connect_with(asked);
    assert!(present && world.is_closed(old));
    assert_eq!(world.payloads(watcher), ["first"]);
    world.cut(new);
    assert_eq!(world.payloads(watcher), ["second"]);
    world.connect_kept(V3_1_1, "client");
    world.advance(10_000);
    world.nothing(watcher);
}

// [MQTT3-3.1.2-24]: as if the network had failed.
#[test]
fn a_silent_client_loses_its_connection_and_not_its_session() {
    let mut world = World::new();
    let watcher = world.connect("watcher");
    world.subscribe(watcher, "will", AtMostOnce);
    let mut asked = kept(V3_1_1, "silent");
    asked.keep_alive = 10;
    asked.will = Some(will("will", "silent", AtMostOnce));
    let (peer, _) = world.connect_with(asked);
    world.subscribe(peer, "a", AtLeastOnce);
    world.advance_ms(14_999);
    world.nothing(watcher);
    world.advance_ms(1);
    world.nothing(peer);
    assert!(world.is_closed(peer));
    assert_eq!(world.payloads(watcher), ["silent"]);
    world.publish(watcher, "a", "queued", AtLeastOnce);
    let (peer, present) = world.connect_kept(V3_1_1, "silent");
    assert!(present);
    assert_eq!(world.payloads(peer), ["queued"]);
}

// [MQTT3-2.3.1-4] [MQTT3-4.3.2-1] [MQTT3-4.3.3-1]
#[test]
fn identifiers_rotate_and_those_in_flight_are_passed_over_also_after_a_resume() {
    let mut world = World::new();
    let (mut client, _) = world.connect_kept(V3_1_1, "client");
    world.subscribe(client, "#", ExactlyOnce);
    let publisher = world.connect_with(connect(V3_1_1, "publisher")).0;
    for (payload, qos) in [("1", AtLeastOnce), ("2", ExactlyOnce), ("3", ExactlyOnce)] {
        world.publish(publisher, "t", payload, qos);
    }
    let kept: Vec<_> = (0..3).map(|_| world.message(client).identifier).collect();
    assert_eq!(kept, [1, 2, 3]);
    // The last gets as far as PUBREL.
    world.send(client, &Packet::PubRec(ack(3)));
    assert_eq!(world.answer(client), ("PUBREL", 3, SUCCESS));
    for expected in [4..=40_000, 40_001..=u16::MAX, 4..=10] {
        for expected in expected {
            world.publish(publisher, "t", "more", AtLeastOnce);
            assert_eq!(world.take(client).identifier, expected);
        }
        world.cut(client);
        (client, _) = world.connect_kept(V3_1_1, "client");
        assert_eq!(world.all(client).len(), 3, "they are sent again");
    }
}

// [MQTT3-3.8.4-5] [MQTT3-3.8.4-6]
#[test]
fn a_qos_below_the_one_asked_for_is_told_and_not_exceeded() {
    for (maximum, granted) in
        [(AtMostOnce, ReasonCode::GRANTED_QOS_0), (AtLeastOnce, ReasonCode::GRANTED_QOS_1)]
    {
        let mut world = World::set(|config| config.capabilities.maximum_qos = maximum);
        let client = world.connect_with(connect(V3_1_1, "client")).0;
        let filters = [filter_of("a", ExactlyOnce), filter_of("b", AtMostOnce)];
        let codes = world.subscribe_with(client, &filters);
        assert_eq!(codes, [granted, ReasonCode::GRANTED_QOS_0]);
        for (topic, qos) in [("a", maximum), ("b", AtMostOnce)] {
            world.command(Command::Publish {
                topic: topic.to_owned(),
                payload: Vec::new(),
                qos: ExactlyOnce,
                retain: false,
                message_expiry_interval: None,
            });
            assert_eq!(world.take(client).qos, qos);
        }
    }
}

// [MQTT3-3.9.3-2] [MQTT3-3.8.3-2]
#[test]
fn whatever_a_filter_is_refused_for_there_is_one_code_for_it() {
    let mut world = World::set(|config| {
        config.capabilities.wildcard_subscription = false;
        config.capabilities.shared_subscription = false;
        config.limits.subscriptions_per_session_max = 2;
        config.limits.topic_levels_max = 3;
    });
    world.refuse(&[], &["secret"]);
    let client = world.connect_with(connect(V3_1_1, "client")).0;
    let filters = ["a", "a+", "", "a/#", "$share/g/a", "$share/g", "secret", "1/2/3/4", "b", "c"]
        .map(|filter| filter_of(filter, AtMostOnce));
    let codes = world.subscribe_with(client, &filters);
    let mut expected = [FAILURE; 10];
    expected[0] = ReasonCode::GRANTED_QOS_0;
    expected[8] = ReasonCode::GRANTED_QOS_0;
    assert_eq!(codes, expected);
    assert_eq!(world.broker.session("client").unwrap().subscriptions_len, 2);
}

// [MQTT3-3.3.2-1] [MQTT3-3.3.2-3]: version 3 knows no Topic Alias.
#[test]
fn a_topic_that_its_publisher_abbreviates_is_written_out() {
    let mut world = World::new();
    let client = world.connect_with(connect(V3_1_1, "client")).0;
    world.subscribe(client, "a/+", AtLeastOnce);
    let publisher = world.connect("publisher");
    for (topic, qos) in [("a/b", AtMostOnce), ("", AtMostOnce), ("", AtLeastOnce)] {
        let mut packet: Publish<'_> = publish(topic, b"x", qos, 1);
        packet.properties.topic_alias = Some(1);
        world.send(publisher, &Packet::Publish(packet));
        let message = world.take(client);
        assert_eq!((message.topic.as_str(), message.payload.as_str()), ("a/b", "x"));
    }
}
