//! Back-pressure while the store is behind.

use afterlink_core::codec::Packet;

use super::*;

/// A world whose store takes 1000 bytes before clients have to wait; nothing is persisted by
/// itself.
fn slow() -> World {
    let mut config = durable();
    config.limits.unpersisted_bytes_max = 1000;
    config.limits.receive_maximum = 4;
    let mut world = World::with(config);
    let (away, _) = world.connect_kept(V5, "away");
    world.subscribe(away, "a", AtLeastOnce);
    world.cut(away);
    world.persists = false;
    world
}

#[test]
fn a_publisher_is_not_read_from_while_too_much_is_unpersisted() {
    let mut world = slow();
    let publisher = world.connect("publisher");
    let payload = [b'x'; 499];
    let cost = 64 + 16 + 1 + 499;
    assert!(cost < 1000 && 2 * cost > 1000);
    world.send(publisher, &Packet::Publish(publish("a", &payload, AtLeastOnce, 1)));
    assert_eq!(world.broker.totals().unpersisted_bytes, cost);
    assert!(world.is_reading(publisher));
    world.send(publisher, &Packet::Publish(publish("a", &payload, AtLeastOnce, 2)));
    assert!(!world.is_reading(publisher));
    // What it had sent already is kept, and taken when it is its turn.
    world.send(publisher, &Packet::Publish(publish("a", &payload, AtLeastOnce, 3)));
    assert_eq!(world.broker.totals().unpersisted_bytes, 2 * cost);
    world.persist_all();
    assert!(world.is_reading(publisher));
    assert_eq!(world.broker.totals().unpersisted_bytes, cost);
    assert_eq!(world.all(publisher).len(), 2);
    world.persist_all();
    assert_eq!(world.all(publisher).len(), 1);
}

#[test]
fn a_client_that_only_subscribes_is_held_back_too() {
    let mut world = slow();
    world.persists = true;
    world.persist_all();
    let (peer, _) = world.connect_kept(V5, "one");
    world.persists = false;
    let filter = "f".repeat(600);
    world.subscribe_later(peer, &filter);
    assert!(world.is_reading(peer));
    world.subscribe_later(peer, &filter);
    assert!(!world.is_reading(peer));
    world.persist_all();
    assert!(world.is_reading(peer));
}

#[test]
fn who_leaves_no_records_is_read_from_all_the_same() {
    let mut world = slow();
    let (one, _) = {
        world.persists = true;
        let kept = world.connect_kept(V5, "one");
        world.persists = false;
        kept
    };
    let other = world.connect("other");
    let filter = "f".repeat(2000);
    world.subscribe_later(one, &filter);
    assert!(!world.is_reading(one));
    for _ in 0..3 {
        world.publish(other, "nobody", "m", ExactlyOnce);
    }
    assert!(world.is_reading(other));
}

#[test]
fn a_version_3_publisher_waits_for_answers_within_the_window_of_a_5_0_client() {
    for version in [V3_1, V3_1_1] {
        let mut world = slow();
        let (publisher, _) = world.connect_with(connect(version, "publisher"));
        for identifier in 1..=4 {
            assert!(world.is_reading(publisher));
            world.send(publisher, &Packet::Publish(publish("a", b"", AtLeastOnce, identifier)));
        }
        assert!(!world.is_reading(publisher));
        world.persist_all();
        assert!(world.is_reading(publisher));
        assert_eq!(world.all(publisher).len(), 4);
    }
}

#[test]
fn a_store_that_is_behind_is_not_buried_by_clients_that_come_and_go() {
    let mut world = slow();
    for _ in 0..20 {
        let peer = world.open();
        let mut connect = kept(V5, "client");
        let payload = "x".repeat(200);
        connect.will = Some(will("w", &payload, AtLeastOnce));
        world.send(peer, &Packet::Connect(connect));
        world.cut(peer);
    }
    let unpersisted = world.broker.totals().unpersisted_bytes;
    assert!(unpersisted < 1000 + 500, "{unpersisted} bytes");
    // One that stays is answered when the store has caught up.
    let stays = world.open();
    world.send(stays, &Packet::Connect(kept(V5, "stays")));
    world.nothing(stays);
    assert!(!world.is_reading(stays));
    world.persist_all();
    world.persist_all();
    assert!(matches!(world.next(stays).packet(), Packet::ConnAck(_)));
    assert!(world.is_reading(stays));
}
