//! The bound on the bytes of all queues together: whose message goes when it is reached.

use afterlink_core::session::DropCause;

use crate::exchange::*;
use crate::harness::*;

#[test]
fn over_the_global_budget_the_newest_of_the_largest_absent_queue_goes_first() {
    let mut world = World::set(|config| {
        config.queue_qos0_offline = true;
        config.limits.queued_bytes_max = 50_000;
    });
    for name in ["large", "small"] {
        world.away(V5, name, name, AtLeastOnce);
    }
    let publisher = world.connect("publisher");
    let payload = |first: &str| format!("{first}{}", "x".repeat(9_000));
    for first in ["1", "2", "3"] {
        world.publish(publisher, "large", &payload(first), AtLeastOnce);
    }
    world.publish(publisher, "large", &payload("0"), AtMostOnce);
    world.publish(publisher, "small", &payload("4"), AtLeastOnce);
    assert!(world.drops().is_empty());
    let cause = DropCause::QueuedBytes;
    // QoS 0 first, then the newest.
    world.publish(publisher, "small", &payload("5"), AtLeastOnce);
    assert_eq!(world.drops(), [(Some("large"), "large", cause)]);
    let firsts = |world: &World, name: &str| -> Vec<u8> {
        world.broker.queue(name, None, 10).iter().map(|one| one.message.payload[0]).collect()
    };
    assert_eq!(firsts(&world, "large"), b"123");
    world.publish(publisher, "small", &payload("6"), AtLeastOnce);
    assert_eq!(firsts(&world, "large"), b"12");
    assert_eq!(firsts(&world, "small"), b"456");
    // What comes for the largest queue is itself the newest there.
    world.publish(publisher, "small", &payload("7"), AtLeastOnce);
    assert_eq!(firsts(&world, "small"), b"456");
    assert_eq!(world.drops()[2], (Some("small"), "small", cause));
    assert!(world.broker.totals().queued_bytes <= 50_000);
    assert_eq!(world.broker.counters().drops.queued_bytes, 3);
}

#[test]
fn over_the_global_budget_queues_are_compared_by_all_their_bytes() {
    // What is left of the sizes beyond whole kibibytes goes the other way.
    for (large, small) in [(8_200, 4_000), (12_300, 8_100), (100_000, 2_000)] {
        let mut world = World::set(|config| config.limits.queued_bytes_max = large + small);
        for name in ["large", "small"] {
            world.away(V5, name, name, AtLeastOnce);
        }
        let publisher = world.connect("publisher");
        for (name, size) in [("large", large), ("small", small)] {
            let payload = "x".repeat(size as usize - name.len());
            world.publish(publisher, name, &payload, AtLeastOnce);
        }
        assert!(world.drops().is_empty());
        world.publish(publisher, "small", "", AtLeastOnce);
        assert_eq!(world.drops(), [(Some("large"), "large", DropCause::QueuedBytes)]);
    }
}

#[test]
fn over_the_global_budget_a_connected_client_loses_what_comes_and_nothing_it_has() {
    let mut world = World::set(|config| config.limits.queued_bytes_max = 10);
    let (client, _) = world.connect_with(kept_with_receive_maximum("client", 1));
    world.subscribe(client, "#", AtLeastOnce);
    let publisher = world.connect("publisher");
    world.publish(publisher, "t", "sent", AtLeastOnce);
    world.publish(publisher, "t", "123456789", AtLeastOnce);
    world.publish(publisher, "t", "", AtLeastOnce);
    assert_eq!(world.drops(), [(Some("client"), "t", DropCause::QueuedBytes)]);
    assert_eq!(world.payloads(client), ["sent", "123456789"]);
}

#[test]
fn the_global_budget_counts_each_copy_of_one_message() {
    let mut world = World::set(|config| config.limits.queued_bytes_max = 25);
    for client in ["one", "two", "three"] {
        world.away(V5, client, "#", AtLeastOnce);
    }
    let publisher = world.connect("publisher");
    world.publish(publisher, "t", "123456789", AtLeastOnce);
    assert_eq!(world.broker.totals().queued_bytes, 20);
    assert_eq!(world.drops().len(), 1);
}

#[test]
fn the_global_budget_counts_the_copy_of_a_share_group_too() {
    let mut world = World::set(|config| config.limits.queued_bytes_max = 25);
    for name in ["g", "h", "i"] {
        world.away(V5, name, &format!("$share/{name}/#"), AtLeastOnce);
    }
    let publisher = world.connect("publisher");
    world.publish(publisher, "t", "123456789", AtLeastOnce);
    assert_eq!(world.broker.totals().queued_bytes, 20);
    assert_eq!(world.drops(), [(None, "t", DropCause::QueuedBytes)]);
}
