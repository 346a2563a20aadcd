//! Queues that are full: what goes, by which cause, and who is told.

mod refuse;

use afterlink_core::broker::{Config, Event, QueueOverflow, SharedDelivery};
use afterlink_core::session::DropCause::{self, AtMostOnce as AtMostOnceDrop};

use crate::exchange::*;
use crate::harness::*;

/// A broker under `policy` whose queues take three messages, with an absent client and a
/// publisher.
fn away(policy: QueueOverflow) -> (World, Peer) {
    let mut world = World::set(|config| {
        config.queue_overflow = policy;
        config.queue_qos0_offline = true;
        config.limits.queue_messages_max = 3;
    });
    world.away(V5, "client", "#", ExactlyOnce);
    let publisher = world.connect("publisher");
    (world, publisher)
}

/// What waits for the client, in order.
fn queue(world: &World) -> Vec<String> {
    let entries = world.broker.queue("client", None, 1000);
    entries.iter().map(|one| String::from_utf8_lossy(&one.message.payload).into_owned()).collect()
}

fn publish_all(world: &mut World, publisher: Peer, payloads: &[&str]) {
    for payload in payloads {
        world.publish(publisher, payload, payload, AtLeastOnce);
    }
}

#[test]
fn drop_newest_keeps_what_came_first() {
    let (mut world, publisher) = away(QueueOverflow::DropNewest);
    publish_all(&mut world, publisher, &["1", "2", "3"]);
    assert!(world.drops().is_empty(), "the limit itself is allowed");
    publish_all(&mut world, publisher, &["4", "5"]);
    assert_eq!(queue(&world), ["1", "2", "3"]);
    let cause = DropCause::QueueMessages;
    assert_eq!(world.drops(), [(Some("client"), "4", cause), (Some("client"), "5", cause)]);
    assert_eq!(world.broker.session("client").unwrap().drops.queue_messages, 2);
    assert_eq!(world.broker.counters().drops.queue_messages, 2);
}

#[test]
fn drop_oldest_keeps_what_came_last() {
    let (mut world, publisher) = away(QueueOverflow::DropOldest);
    publish_all(&mut world, publisher, &["1", "2", "3", "4", "5"]);
    assert_eq!(queue(&world), ["3", "4", "5"]);
    let cause = DropCause::QueueMessages;
    assert_eq!(world.drops(), [(Some("client"), "1", cause), (Some("client"), "2", cause)]);
}

#[test]
fn drop_oldest_never_drops_what_is_in_flight() {
    let (mut world, publisher) = away(QueueOverflow::DropOldest);
    let (client, _) = world.connect_with(kept_with_receive_maximum("client", 2));
    publish_all(&mut world, publisher, &["1", "2", "3", "4", "5", "6"]);
    assert_eq!(world.unacknowledged(client), ["1", "2"]);
    assert_eq!(queue(&world), ["4", "5", "6"]);
    world.cut(client);
    publish_all(&mut world, publisher, &["7"]);
    let (client, _) = world.connect_kept(V5, "client");
    assert_eq!(world.payloads(client), ["1", "2", "5", "6", "7"]);
}

#[test]
fn bytes_of_topic_properties_and_payload_are_bounded_and_counted_apart() {
    for policy in [QueueOverflow::DropNewest, QueueOverflow::DropOldest] {
        let mut world = World::set(|config| {
            config.queue_overflow = policy;
            config.limits.queue_bytes_max = 30;
        });
        world.away(V5, "client", "#", AtLeastOnce);
        let publisher = world.connect("publisher");
        for topic in ["a", "b", "c"] {
            world.publish(publisher, topic, "123456789", AtLeastOnce);
        }
        assert_eq!(world.broker.session("client").unwrap().queue_bytes, 30);
        assert!(world.drops().is_empty());
        world.publish(publisher, "d", "", AtLeastOnce);
        let dropped = if policy == QueueOverflow::DropNewest { "d" } else { "a" };
        assert_eq!(world.drops(), [(Some("client"), dropped, DropCause::QueueBytes)]);
        assert_eq!(world.broker.session("client").unwrap().drops.queue_bytes, 1);
        let bytes = world.broker.session("client").unwrap().queue_bytes;
        assert_eq!(world.broker.totals().queued_bytes, bytes);
    }
}

#[test]
fn several_old_messages_make_room_for_a_large_one() {
    let mut world = World::set(|config| {
        config.queue_overflow = QueueOverflow::DropOldest;
        config.limits.queue_bytes_max = 30;
    });
    world.away(V5, "client", "#", AtLeastOnce);
    let publisher = world.connect("publisher");
    for payload in ["a", "b", "c"] {
        world.publish(publisher, payload, "123456789", AtLeastOnce);
    }
    world.publish(publisher, "d", "1234567890", AtLeastOnce);
    assert_eq!(world.drops().len(), 2);
    assert_eq!(world.broker.session("client").unwrap().queue_bytes, 21);
}

#[test]
fn a_message_as_large_as_the_whole_queue_takes_the_place_of_all_that_waits() {
    let mut world = World::set(|config| {
        config.queue_overflow = QueueOverflow::DropOldest;
        config.limits.queue_bytes_max = 30;
    });
    world.away(V5, "client", "#", AtLeastOnce);
    let publisher = world.connect("publisher");
    publish_all(&mut world, publisher, &["1", "2"]);
    let large = "x".repeat(29);
    world.publish(publisher, "t", &large, AtLeastOnce);
    assert_eq!(queue(&world), [large]);
    assert_eq!(world.drops().len(), 2);
}

#[test]
fn what_a_connected_client_takes_at_once_is_in_no_queue() {
    for qos in [AtMostOnce, AtLeastOnce, ExactlyOnce] {
        let mut world = World::set(|config| config.limits.queue_bytes_max = 10);
        let client = world.connect("client");
        world.subscribe(client, "#", ExactlyOnce);
        let publisher = world.connect("publisher");
        let large = "x".repeat(100);
        world.publish(publisher, "t", &large, qos);
        assert_eq!(world.payloads(client), [large], "no queue has to have room for it");
        assert!(!world.events.iter().any(|event| matches!(event, Event::MessageQueued { .. })));
    }
}

#[test]
fn a_message_larger_than_the_whole_queue_drops_nothing_else() {
    for policy in [QueueOverflow::DropNewest, QueueOverflow::DropOldest] {
        let mut world = World::set(|config| {
            config.queue_overflow = policy;
            config.queue_qos0_offline = true;
            config.limits.queue_bytes_max = 30;
        });
        world.away(V5, "client", "#", AtLeastOnce);
        let publisher = world.connect("publisher");
        world.publish(publisher, "a", "0", AtMostOnce);
        world.publish(publisher, "a", "1", AtLeastOnce);
        world.publish(publisher, "b", &"x".repeat(30), AtLeastOnce);
        assert_eq!(world.drops(), [(Some("client"), "b", DropCause::QueueBytes)]);
        assert_eq!(queue(&world), ["0", "1"]);
    }
}

#[test]
fn qos_0_goes_first_under_every_policy() {
    let all = [QueueOverflow::DropNewest, QueueOverflow::DropOldest, QueueOverflow::Refuse];
    for policy in all {
        let (mut world, publisher) = away(policy);
        world.publish(publisher, "1", "1", AtLeastOnce);
        world.publish(publisher, "0", "0", AtMostOnce);
        world.publish(publisher, "2", "2", AtLeastOnce);
        world.publish(publisher, "3", "3", AtLeastOnce);
        assert_eq!(queue(&world), ["1", "2", "3"], "{policy:?}");
        world.publish(publisher, "late", "late", AtMostOnce);
        assert_eq!(queue(&world), ["1", "2", "3"], "{policy:?}");
        let cause = DropCause::QueueMessages;
        assert_eq!(world.drops(), [(Some("client"), "0", cause), (Some("client"), "late", cause)]);
    }
}

#[test]
fn qos_0_takes_the_place_of_older_qos_0_alone_and_only_if_the_oldest_is_dropped() {
    let kept = [
        (QueueOverflow::DropNewest, ["0", "1", "2"]),
        (QueueOverflow::DropOldest, ["1", "2", "late"]),
        (QueueOverflow::Refuse, ["0", "1", "2"]),
    ];
    for (policy, kept) in kept {
        let (mut world, publisher) = away(policy);
        world.publish(publisher, "0", "0", AtMostOnce);
        world.publish(publisher, "1", "1", AtLeastOnce);
        world.publish(publisher, "2", "2", AtMostOnce);
        world.publish(publisher, "late", "late", AtMostOnce);
        assert_eq!(queue(&world), kept, "{policy:?}");
    }
}

#[test]
fn a_full_queue_of_one_client_takes_nothing_from_another() {
    let (mut world, publisher) = away(QueueOverflow::DropNewest);
    let other = world.connect("other");
    world.subscribe(other, "#", AtLeastOnce);
    publish_all(&mut world, publisher, &["1", "2", "3", "4"]);
    assert_eq!(world.payloads(other), ["1", "2", "3", "4"]);
}

#[test]
fn qos_0_for_an_absent_client_is_counted_as_such() {
    let mut world = World::new();
    world.away(V5, "client", "#", AtLeastOnce);
    let publisher = world.connect("publisher");
    world.publish(publisher, "t", "0", AtMostOnce);
    assert_eq!(world.drops(), [(Some("client"), "t", AtMostOnceDrop)]);
    assert_eq!(world.broker.session("client").unwrap().drops.at_most_once, 1);
}

impl World {
    #[track_caller]
    fn payloads_back(&mut self) -> Vec<String> {
        let (client, _) = self.connect_kept(V5, "client");
        self.payloads(client)
    }
}

#[test]
fn queued_bytes_are_given_back_however_a_message_leaves() {
    let (mut world, publisher) = away(QueueOverflow::DropNewest);
    publish_all(&mut world, publisher, &["1", "2", "3"]);
    assert_eq!(world.broker.totals().queued_bytes, 6);
    world.payloads_back();
    assert_eq!(world.broker.totals().queued_bytes, 0);
    let (client, _) = world.connect_kept(V5, "client");
    world.cut(client);
    publish_all(&mut world, publisher, &["1", "2"]);
    world.connect("client");
    assert_eq!(world.broker.totals().queued_bytes, 0, "the session was wiped");
}

#[test]
fn copies_through_share_groups_count_one_by_one() {
    for policy in [QueueOverflow::DropNewest, QueueOverflow::DropOldest] {
        let (mut world, publisher) = away_in_groups(policy);
        publish_all(&mut world, publisher, &["1", "2"]);
        assert_eq!(queue(&world).len(), 3);
        assert_eq!(world.broker.session("client").unwrap().drops.queue_messages, 3);
    }
}

#[test]
fn copies_through_share_groups_count_their_bytes_one_by_one() {
    let (mut world, publisher) = groups(|config| config.limits.queue_bytes_max = 20);
    world.publish(publisher, "t", "123456789", AtLeastOnce);
    assert_eq!(queue(&world).len(), 2);
    assert_eq!(world.broker.session("client").unwrap().drops.queue_bytes, 1);
}

/// The same with an absent client that gets three copies of each message.
fn away_in_groups(policy: QueueOverflow) -> (World, Peer) {
    groups(|config| {
        config.queue_overflow = policy;
        config.limits.queue_messages_max = 3;
    })
}

/// A broker with these settings changed, an absent client that gets three copies of each message,
/// and a publisher.
fn groups(change: impl FnOnce(&mut Config)) -> (World, Peer) {
    let mut world = World::set(|config| {
        config.shared_delivery = SharedDelivery::RoundRobin;
        change(config);
    });
    let (client, _) = world.connect_kept(V5, "client");
    for filter in ["#", "$share/g/#", "$share/h/#"] {
        world.subscribe(client, filter, AtLeastOnce);
    }
    world.cut(client);
    let publisher = world.connect("publisher");
    (world, publisher)
}
