//! Retained messages (§3.3.1.3): kept by topic, given to who subscribes later.

mod delivery;

use afterlink_core::broker::TimerReason;
use afterlink_core::codec::packet::{Publish, RetainHandling, SubscriptionOptions};
use afterlink_core::codec::{Packet, ReasonCode};
use afterlink_core::session::DropCause;

use crate::exchange::*;
use crate::harness::*;

fn handling(retain_handling: RetainHandling) -> SubscriptionOptions {
    SubscriptionOptions { retain_handling, ..options(AtMostOnce) }
}

/// A broker with a publisher of retained messages.
fn world() -> (World, Peer) {
    let mut world = World::new();
    let publisher = world.connect("publisher");
    (world, publisher)
}

/// What a new clean client that subscribes to `filter` is given.
#[track_caller]
fn retained(world: &mut World, filter: &str) -> Vec<(String, String)> {
    let client = world.connect("looks");
    world.subscribe(client, filter, ExactlyOnce);
    let mut found = Vec::new();
    while let Some(packet) = world.try_next(client) {
        let Packet::Publish(publish) = packet.packet() else { panic!("{packet:?}") };
        assert!(publish.retain, "the flag says that it is an old message");
        let payload = String::from_utf8_lossy(publish.payload).into_owned();
        found.push((publish.topic.to_owned(), payload));
    }
    world.disconnect(client);
    found
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(topic, payload)| ((*topic).to_owned(), (*payload).to_owned())).collect()
}

// [MQTT-3.3.1-5] [MQTT-3.3.1-9] [MQTT3-3.3.1-5] [MQTT3-3.3.1-6] [MQTT3-3.3.1-8]
#[test]
fn the_last_retained_message_of_each_topic_is_given_to_a_new_subscriber() {
    let (mut world, publisher) = world();
    for (topic, payload) in [("a/x", "1"), ("a/y", "2"), ("b", "3"), ("a/x", "4")] {
        world.retain(publisher, topic, payload, AtLeastOnce);
    }
    assert_eq!(retained(&mut world, "a/+"), pairs(&[("a/x", "4"), ("a/y", "2")]));
    assert_eq!(retained(&mut world, "b"), pairs(&[("b", "3")]));
    assert_eq!(retained(&mut world, "#").len(), 3);
    for version in [V3_1, V3_1_1] {
        let old = world.connect_with(connect(version, "old")).0;
        world.subscribe(old, "b", AtMostOnce);
        let message = world.message(old);
        assert_eq!((message.payload.as_str(), message.retain), ("3", true));
    }
}

// [MQTT-3.3.1-6] [MQTT-3.3.1-7] [MQTT3-3.3.1-10] [MQTT3-3.3.1-11]
#[test]
fn an_empty_payload_removes_the_message_and_goes_to_subscribers_as_any_other() {
    let (mut world, publisher) = world();
    world.retain(publisher, "t", "1", AtLeastOnce);
    let client = world.connect("client");
    world.subscribe_options(
        client,
        "t",
        SubscriptionOptions { retain_as_published: true, ..options(AtMostOnce) },
        None,
    );
    world.take(client);
    world.retain(publisher, "t", "", AtLeastOnce);
    let empty = world.take(client);
    assert_eq!((empty.payload.as_str(), empty.retain), ("", true));
    assert_eq!(retained(&mut world, "t"), []);
    assert_eq!(world.broker.totals().retained_messages, 0);
    assert_eq!(world.broker.totals().retained_bytes, 0);
}

// [MQTT-3.3.1-8] [MQTT3-3.3.1-12]
#[test]
fn a_message_without_the_flag_leaves_the_retained_one_alone() {
    let (mut world, publisher) = world();
    world.publish(publisher, "t", "0", AtLeastOnce);
    assert_eq!(retained(&mut world, "t"), []);
    world.retain(publisher, "t", "1", AtLeastOnce);
    world.publish(publisher, "t", "2", AtLeastOnce);
    world.publish(publisher, "t", "", AtLeastOnce);
    assert_eq!(retained(&mut world, "t"), pairs(&[("t", "1")]));
}

// [MQTT3-3.3.1-7]
#[test]
fn a_retained_message_of_qos_0_is_kept_and_replaces() {
    let (mut world, publisher) = world();
    world.retain(publisher, "t", "1", ExactlyOnce);
    world.retain(publisher, "t", "2", AtMostOnce);
    assert_eq!(retained(&mut world, "t"), pairs(&[("t", "2")]));
}

// [MQTT-3.3.1-9] [MQTT-3.3.1-10] [MQTT-3.3.1-11] [MQTT-3.8.4-4]
#[test]
fn retain_handling_decides_at_each_subscribe() {
    let (mut world, publisher) = world();
    world.retain(publisher, "t", "1", AtLeastOnce);
    let cases = [
        (RetainHandling::DoNotSend, 0),
        (RetainHandling::SendIfNew, 0),
        (RetainHandling::Send, 1),
        (RetainHandling::Send, 1),
        (RetainHandling::SendIfNew, 0),
    ];
    let client = world.connect("client");
    for (asked, expected) in cases {
        world.subscribe_options(client, "t", handling(asked), None);
        assert_eq!(world.payloads(client).len(), expected, "{asked:?}");
    }
    world.unsubscribe(client, &["t"]);
    world.subscribe_options(client, "t", handling(RetainHandling::SendIfNew), None);
    assert_eq!(world.payloads(client).len(), 1, "new again");
}

// [MQTT-3.3.1-10]
#[test]
fn a_subscription_of_a_resumed_session_is_not_new() {
    let (mut world, publisher) = world();
    let (client, _) = world.connect_kept(V5, "client");
    world.subscribe_options(client, "t", handling(RetainHandling::SendIfNew), None);
    world.retain(publisher, "t", "1", AtLeastOnce);
    world.payloads(client);
    world.cut(client);
    let (client, _) = world.connect_kept(V5, "client");
    world.subscribe_options(client, "t", handling(RetainHandling::SendIfNew), None);
    world.nothing(client);
    let client = world.connect("client");
    world.subscribe_options(client, "t", handling(RetainHandling::SendIfNew), None);
    assert_eq!(world.payloads(client), ["1"], "a new session");
}

// [MQTT3-3.8.4-3]
#[test]
fn a_version_3_client_gets_retained_messages_at_every_subscribe() {
    for version in [V3_1, V3_1_1] {
        let (mut world, publisher) = world();
        world.retain(publisher, "t", "1", AtLeastOnce);
        let client = world.connect_with(connect(version, "client")).0;
        for _ in 0..2 {
            world.subscribe(client, "t", AtMostOnce);
            assert_eq!(world.payloads(client), ["1"]);
        }
    }
}

// [MQTT-3.8.4-8]
#[test]
fn a_retained_message_has_the_smaller_qos_and_the_identifier_of_its_subscription() {
    let (mut world, publisher) = world();
    world.retain(publisher, "t", "1", AtLeastOnce);
    let client = world.connect("client");
    for (asked, sent) in [(AtMostOnce, AtMostOnce), (ExactlyOnce, AtLeastOnce)] {
        world.subscribe_options(client, "t", options(asked), Some(9));
        let message = world.take(client);
        assert_eq!((message.qos, message.retain), (sent, true));
        assert_eq!(message.subscription_identifiers, [9]);
    }
}

#[test]
fn each_overlapping_subscription_brings_its_own_retained_messages() {
    let (mut world, publisher) = world();
    world.retain(publisher, "a/b", "1", AtLeastOnce);
    let client = world.connect("client");
    let codes =
        world.subscribe_with(client, &[filter_of("a/+", AtMostOnce), filter_of("a/b", AtMostOnce)]);
    assert_eq!(codes.len(), 2);
    assert_eq!(world.payloads(client), ["1", "1"]);
}

#[test]
fn a_shared_subscription_brings_no_retained_messages() {
    let (mut world, publisher) = world();
    world.retain(publisher, "t", "1", AtLeastOnce);
    assert_eq!(retained(&mut world, "$share/g/t"), []);
}

// [MQTT-3.8.3-3]
#[test]
fn no_local_holds_for_a_client_s_own_retained_messages() {
    let (mut world, publisher) = world();
    world.retain(publisher, "t/own", "1", AtLeastOnce);
    let other = world.connect("other");
    world.retain(other, "t/other", "2", AtLeastOnce);
    let asked = SubscriptionOptions { no_local: true, ..options(AtMostOnce) };
    world.subscribe_options(publisher, "t/+", asked, None);
    assert_eq!(world.payloads(publisher), ["2"]);
}

// [MQTT3-3.1.2-7]
#[test]
fn retained_messages_are_no_part_of_a_session() {
    for version in [V3_1_1, V5] {
        let mut world = World::new();
        let publisher = world.connect_with(connect(version, "publisher")).0;
        world.retain(publisher, "t", "1", AtLeastOnce);
        world.cut(publisher);
        world.connect("publisher");
        assert_eq!(retained(&mut world, "t"), pairs(&[("t", "1")]));
    }
}

// [MQTT-3.3.2-5] [MQTT-3.3.2-6]
#[test]
fn a_retained_message_is_given_with_the_time_it_has_left_and_then_deleted() {
    let (mut world, publisher) = world();
    let mut packet = publish("t", b"1", AtLeastOnce, 1);
    packet.retain = true;
    packet.properties.message_expiry_interval = Some(10);
    world.send(publisher, &Packet::Publish(packet));
    let reason = world.next_timer().map(|(_, reason)| reason);
    assert_eq!(reason, Some(TimerReason::RetainedExpiry));
    world.advance_ms(3500);
    let client = world.connect("client");
    world.subscribe(client, "t", AtMostOnce);
    assert_eq!(world.take(client).expiry, Some(7), "6.5 seconds, rounded up");
    world.advance_ms(6499);
    assert_eq!(retained(&mut world, "t").len(), 1);
    world.advance_ms(1);
    assert_eq!(world.broker.totals().retained_messages, 0);
    assert_eq!(world.drops(), [(None, "t", DropCause::Expired)]);
}

// [MQTT-3.3.2-5]
#[test]
fn an_expired_retained_message_is_gone_though_no_timer_has_fired() {
    let (mut world, publisher) = world();
    let mut packet = publish("t", b"1", AtLeastOnce, 1);
    packet.retain = true;
    packet.properties.message_expiry_interval = Some(10);
    world.send(publisher, &Packet::Publish(packet));
    world.sleep(10);
    assert_eq!(retained(&mut world, "t"), []);
    assert!(world.broker.retained(None, 10).is_empty());
}

#[test]
fn a_replaced_message_does_not_take_its_successor_along_when_it_would_have_expired() {
    let (mut world, publisher) = world();
    let mut packet = publish("t", b"short", AtLeastOnce, 1);
    packet.retain = true;
    packet.properties.message_expiry_interval = Some(10);
    world.send(publisher, &Packet::Publish(packet));
    world.answer(publisher);
    world.retain(publisher, "t", "long", AtLeastOnce);
    world.advance(20);
    assert_eq!(retained(&mut world, "t"), pairs(&[("t", "long")]));
}

#[test]
fn beyond_the_number_of_retained_messages_a_5_0_publisher_is_told() {
    let mut world = World::set(|config| config.limits.retained_messages_max = 2);
    let publisher = world.connect("publisher");
    world.retain(publisher, "a", "1", AtLeastOnce);
    world.retain(publisher, "b", "1", AtLeastOnce);
    let subscriber = world.connect("subscriber");
    world.subscribe(subscriber, "c", AtMostOnce);
    let third = |qos, number| Publish { retain: true, ..publish("c", b"1", qos, number) };
    for (qos, answer) in [(AtLeastOnce, "PUBACK"), (ExactlyOnce, "PUBREC")] {
        world.send(publisher, &Packet::Publish(third(qos, 5)));
        assert_eq!(world.answer(publisher), (answer, 5, ReasonCode::QUOTA_EXCEEDED));
    }
    world.nothing(subscriber);
    // Who cannot be told has it forwarded and not kept.
    world.send(publisher, &Packet::Publish(third(AtMostOnce, 0)));
    let old = world.connect_with(connect(V3_1_1, "old")).0;
    world.send(old, &Packet::Publish(third(AtLeastOnce, 5)));
    assert_eq!(world.answer(old), ("PUBACK", 5, SUCCESS));
    assert_eq!(world.payloads(subscriber).len(), 2);
    assert_eq!(world.broker.counters().retained_refused, 2);
    // One more of the same topic is none more, and one less makes room.
    world.retain(publisher, "b", "2", AtLeastOnce);
    world.retain(publisher, "a", "", AtLeastOnce);
    world.retain(publisher, "c", "3", AtLeastOnce);
    assert_eq!(retained(&mut world, "#"), pairs(&[("b", "2"), ("c", "3")]));
    assert_eq!(world.broker.counters().retained_refused, 2);
}

#[test]
fn beyond_the_bytes_of_retained_messages_nothing_more_is_kept() {
    let mut world = World::set(|config| config.limits.retained_bytes_max = 20);
    let publisher = world.connect("publisher");
    world.retain(publisher, "a", &"x".repeat(19), AtLeastOnce);
    assert_eq!(world.broker.totals().retained_bytes, 20);
    let more = Publish { retain: true, ..publish("b", b"", AtLeastOnce, 1) };
    world.send(publisher, &Packet::Publish(more));
    assert_eq!(world.answer(publisher), ("PUBACK", 1, SUCCESS), "nothing is to be kept");
    let more = Publish { retain: true, ..publish("a", &[0; 20], AtLeastOnce, 1) };
    world.send(publisher, &Packet::Publish(more));
    assert_eq!(world.answer(publisher), ("PUBACK", 1, ReasonCode::QUOTA_EXCEEDED));
    world.retain(publisher, "a", &"y".repeat(19), AtLeastOnce);
    assert_eq!(retained(&mut world, "a"), pairs(&[("a", &"y".repeat(19))]));
}

#[test]
fn retained_messages_take_no_room_that_copies_of_a_message_were_given() {
    let mut world = World::set(|config| {
        config.limits.queue_messages_max = 2;
        config.limits.work_per_call_max = 2;
    });
    let publisher = world.connect("publisher");
    for topic in ["r/1", "r/2", "r/3", "r/4"] {
        world.retain(publisher, topic, "retained", AtLeastOnce);
    }
    let client = world.connect_slow(kept_with_receive_maximum("client", 3), 100_000);
    world.subscribe(client, "t", AtLeastOnce);
    world.subscribe(client, "$share/g/t", AtLeastOnce);
    // It is sent two of them, and two are to be found in another call.
    world.subscribe(client, "r/+", AtLeastOnce);
    world.publish(publisher, "t", "live", AtLeastOnce);
    assert_eq!(world.broker.session("client").unwrap().inflight_len, 3);
    assert!(world.broker.session("client").unwrap().queue_len <= 2);
}

// [MQTT3-3.3.1-7] [MQTT-3.3.1-5]: an earlier message is not given out as the last one.
#[test]
fn a_message_there_is_no_room_for_is_passed_on_and_leaves_nothing_retained() {
    let all = [AtMostOnce, AtLeastOnce, ExactlyOnce];
    for (version, qos) in all.map(|qos| (V3_1_1, qos)).into_iter().chain([(V5, AtMostOnce)]) {
        let mut world = World::set(|config| config.limits.retained_bytes_max = 20);
        let publisher = world.connect_with(connect(version, "publisher")).0;
        world.retain(publisher, "t", "old", AtLeastOnce);
        let subscriber = world.connect("subscriber");
        world.subscribe(subscriber, "t", AtMostOnce);
        assert_eq!(world.payloads(subscriber), ["old"]);
        let new = "x".repeat(20);
        world.retain(publisher, "t", &new, qos);
        assert_eq!(world.payloads(subscriber), [new]);
        assert_eq!(retained(&mut world, "t"), [], "{version:?} {qos:?}");
        assert_eq!(world.broker.totals().retained_bytes, 0);
        assert_eq!(world.broker.counters().retained_refused, 1);
    }
    // Whoever can be told has it refused as a whole, and nothing changes.
    let mut world = World::set(|config| config.limits.retained_bytes_max = 20);
    let publisher = world.connect("publisher");
    world.retain(publisher, "t", "old", AtLeastOnce);
    let new = Publish { retain: true, ..publish("t", &[0; 20], AtLeastOnce, 1) };
    world.send(publisher, &Packet::Publish(new));
    assert_eq!(world.answer(publisher), ("PUBACK", 1, ReasonCode::QUOTA_EXCEEDED));
    assert_eq!(retained(&mut world, "t"), pairs(&[("t", "old")]));
}
