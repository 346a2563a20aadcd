//! UNSUBSCRIBE: which subscription ends, and what of it is still delivered.

use afterlink_core::broker::Command;
use afterlink_core::codec::{Packet, ReasonCode};

use crate::exchange::*;
use crate::harness::*;

const NONE: ReasonCode = ReasonCode::NO_SUBSCRIPTION_EXISTED;

/// A client and a publisher.
fn pair() -> (World, Peer, Peer) {
    let mut world = World::new();
    let client = world.connect("client");
    let publisher = world.connect("publisher");
    (world, client, publisher)
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
