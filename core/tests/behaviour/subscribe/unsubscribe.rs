//! UNSUBSCRIBE and what it leaves to be completed.

use afterlink_core::broker::Command;
use afterlink_core::codec::packet::{Unsubscribe, UnsubscribeFilters};
use afterlink_core::codec::{Packet, ReasonCode, UserProperties};

use super::pair;
use crate::exchange::*;
use crate::harness::*;

const NONE: ReasonCode = ReasonCode::NO_SUBSCRIPTION_EXISTED;

// [MQTT-3.10.4-1] [MQTT-3.10.4-2] [MQTT-3.10.4-4] [MQTT-3.10.4-5] [MQTT-3.10.4-6]
// [MQTT-3.11.3-1] [MQTT-3.11.3-2] [MQTT3-3.10.4-1] [MQTT3-3.10.4-4] [MQTT3-3.10.4-5]
#[test]
fn unsubscribe_ends_exactly_the_filters_it_names() {
    let (mut world, client, publisher) = pair();
    for filter in ["a/+", "a/b", "A/b"] {
        world.subscribe(client, filter, AtMostOnce);
    }
    let codes = world.unsubscribe(client, &["a/#", "a/+", "a/+", "a", "A/b"]);
    assert_eq!(codes, [NONE, SUCCESS, NONE, NONE, SUCCESS]);
    world.publish(publisher, "a/b", "1", AtMostOnce);
    world.publish(publisher, "a/c", "2", AtMostOnce);
    world.publish(publisher, "A/b", "3", AtMostOnce);
    assert_eq!(world.payloads(client), ["1"]);
    let code = ReasonCode::TOPIC_FILTER_INVALID;
    assert_eq!(world.unsubscribe(client, &["a/#/b"]), [code]);
}

// [MQTT3-3.10.4-4] [MQTT3-3.10.4-5] [MQTT3-3.10.4-6]
#[test]
fn a_version_3_unsubscribe_is_always_answered() {
    for version in [V3_1, V3_1_1] {
        let mut world = World::new();
        let client = world.connect_with(connect(version, "client")).0;
        let unsubscribe = Unsubscribe {
            packet_identifier: id(300),
            user_properties: UserProperties::NONE,
            filters: UnsubscribeFilters::from_slice(&["never", "there"]),
        };
        world.send(client, &Packet::Unsubscribe(unsubscribe));
        assert_eq!(world.next(client).bytes(), b"\xb0\x02\x01\x2c");
    }
}

// [MQTT-3.10.4-3] [MQTT3-3.10.4-3]
#[test]
fn after_unsubscribe_what_was_begun_is_completed_and_what_was_queued_still_comes() {
    let mut world = World::new();
    let (client, _) = world.connect_with(kept_with_receive_maximum("client", 1));
    world.subscribe(client, "t", ExactlyOnce);
    let publisher = world.connect("publisher");
    world.publish(publisher, "t", "begun", ExactlyOnce);
    world.publish(publisher, "t", "queued", AtLeastOnce);
    let begun = world.message(client);
    world.unsubscribe(client, &["t"]);
    world.publish(publisher, "t", "too late", AtLeastOnce);
    world.cut(client);
    let (client, _) = world.connect_with(kept_with_receive_maximum("client", 1));
    assert_eq!(world.message(client), Message { dup: true, ..begun.clone() });
    world.send(client, &Packet::PubRec(ack(begun.identifier)));
    assert_eq!(world.answer(client), ("PUBREL", begun.identifier, SUCCESS));
    world.send(client, &Packet::PubComp(ack(begun.identifier)));
    assert_eq!(world.payloads(client), ["queued"]);
}

// [MQTT-3.10.4-1] [MQTT3-3.10.4-1]
#[test]
fn a_filter_of_a_group_and_the_same_without_it_are_different_filters() {
    let (mut world, client, publisher) = pair();
    let filters = ["t", "$share/g/t", "$share/h/t"];
    for filter in filters {
        world.subscribe(client, filter, AtMostOnce);
    }
    assert_eq!(world.unsubscribe(client, &["$share/G/t", "$share/g/+", "+"]), [NONE; 3]);
    for (left, filter) in (0..filters.len()).rev().zip(filters) {
        assert_eq!(world.unsubscribe(client, &[filter]), [SUCCESS], "{filter}");
        assert_eq!(world.unsubscribe(client, &[filter]), [NONE], "{filter}");
        world.publish(publisher, "t", "1", AtMostOnce);
        assert_eq!(world.payloads(client).len(), left, "{filter}");
    }
}

// [MQTT-3.10.4-1] [MQTT-3.10.4-2] [MQTT3-3.10.4-1] [MQTT3-3.10.4-2]
#[test]
fn a_filter_that_would_not_be_taken_any_more_can_still_be_unsubscribed() {
    let (mut world, client, publisher) = pair();
    for filter in ["a/b/#", "$share/g/a/b/#"] {
        world.subscribe(client, filter, AtMostOnce);
    }
    let mut config = Box::new(world.broker.config().clone());
    config.limits.topic_levels_max = 2;
    world.command(Command::Config { config });
    world.publish(publisher, "a/b", "before", AtMostOnce);
    assert_eq!(world.payloads(client).len(), 2);
    let codes = world.unsubscribe(client, &["a/b/#", "$share/g/a/b/#", "a/b/c/d"]);
    assert_eq!(codes, [SUCCESS, SUCCESS, NONE]);
    world.publish(publisher, "a/b", "behind", AtMostOnce);
    world.nothing(client);
    assert_eq!(world.broker.totals().subscriptions, 0);
}

// [MQTT-3.10.4-3] [MQTT3-3.10.4-3]
#[test]
fn what_was_begun_at_qos_1_and_qos_2_is_completed_whatever_filter_it_came_by() {
    for filter in ["t", "$share/g/t"] {
        let mut world = World::new();
        let (client, _) = world.connect_kept(V5, "client");
        world.subscribe(client, filter, ExactlyOnce);
        let publisher = world.connect("publisher");
        let mut begun = Vec::new();
        for qos in [AtLeastOnce, ExactlyOnce, ExactlyOnce] {
            world.publish(publisher, "t", "begun", qos);
            begun.push(world.message(client).identifier);
        }
        world.send(client, &Packet::PubRec(ack(begun[2])));
        assert_eq!(world.answer(client), ("PUBREL", begun[2], SUCCESS));
        assert_eq!(world.unsubscribe(client, &[filter]), [SUCCESS]);
        // On this connection, and on the next.
        world.send(client, &Packet::PubRec(ack(begun[1])));
        assert_eq!(world.answer(client), ("PUBREL", begun[1], SUCCESS));
        world.send(client, &Packet::PubComp(ack(begun[1])));
        world.cut(client);
        let (client, _) = world.connect_kept(V5, "client");
        let again = world.take(client);
        assert_eq!((again.identifier, again.dup), (begun[0], true), "{filter}");
        assert_eq!(world.answer(client), ("PUBREL", begun[2], SUCCESS));
        world.send(client, &Packet::PubComp(ack(begun[2])));
        world.nothing(client);
        assert_eq!(world.broker.session("client").unwrap().inflight_len, 0);
    }
}
