//! Back-pressure while the store is behind.

use afterlink_core::broker::Input;
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
fn a_publisher_waits_beyond_the_bound_and_until_half_of_it_is_persisted() {
    // Each publish costs the store 81 bytes and its payload.
    let publish_of = |world: &mut World, peer: Peer, cost: usize, identifier: u16| {
        let payload = vec![b'x'; cost - 81];
        world.send(peer, &Packet::Publish(publish("a", &payload, AtLeastOnce, identifier)));
    };
    for (first, second, reads) in [(500, 501, false), (501, 500, true), (1000, 100, true)] {
        let mut world = slow();
        let publisher = world.connect("publisher");
        let before = world.records.len() as u64;
        publish_of(&mut world, publisher, first, 1);
        assert!(world.is_reading(publisher), "{first} bytes are allowed");
        publish_of(&mut world, publisher, second, 2);
        assert!(!world.is_reading(publisher));
        world.persist(before + 1);
        assert_eq!(world.broker.totals().unpersisted_bytes, second as u64);
        assert_eq!(world.is_reading(publisher), reads, "{second} bytes are left");
    }
}

#[test]
fn answers_that_wait_for_the_store_count_as_unread() {
    let mut config = durable();
    config.limits.unread_answers_bytes_max = 20;
    let mut world = World::with(config);
    world.away(V5, "away", "a", AtLeastOnce);
    let publisher = world.connect("publisher");
    world.persists = false;
    // A PUBACK that says nothing but success has 4 bytes.
    for identifier in 1..=5 {
        world.send_publish(publisher, "a", "", AtLeastOnce, identifier);
    }
    assert!(world.is_reading(publisher));
    world.send_publish(publisher, "a", "", AtLeastOnce, 6);
    assert!(!world.is_reading(publisher));
    world.persist_all();
    assert_eq!(world.all(publisher).len(), 6);
    assert!(world.is_reading(publisher));
}

#[test]
fn answers_that_have_waited_for_the_store_take_send_credit_when_they_leave() {
    let mut world = World::with(durable());
    world.away(V5, "away", "a", AtLeastOnce);
    let publisher = world.connect_slow(connect(V5, "publisher"), 1000);
    world.persists = false;
    let credit =
        |world: &World| world.broker.session("publisher").unwrap().connection.unwrap().send_credit;
    for identifier in 1..=3 {
        world.send_publish(publisher, "a", "", AtLeastOnce, identifier);
    }
    assert_eq!(credit(&world), 1000);
    world.persist_all();
    assert_eq!(credit(&world), 1000 - 3 * 4);
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
fn a_will_costs_the_store_all_its_bytes() {
    let cost = |will_message| {
        let mut world = world();
        world.persists = false;
        let peer = world.open();
        let mut connect = kept(V5, "client");
        connect.will = will_message;
        world.send(peer, &Packet::Connect(connect));
        world.broker.totals().unpersisted_bytes
    };
    let mut told = will("topic", "payload", AtLeastOnce);
    let plain = cost(Some(told.clone())) - cost(None);
    assert_eq!(plain, 5 + 7);
    // Its identifier, the length, and what it says.
    told.properties.content_type = Some("text");
    assert_eq!(cost(Some(told)) - cost(None), plain + 1 + 2 + 4);
}

#[test]
fn a_record_costs_what_a_client_chose_in_it_and_a_little_for_the_rest() {
    let mut world = world();
    world.persists = false;
    let mut paid = 0;
    let mut costs = |world: &World, expected: u64| {
        let all = world.broker.totals().unpersisted_bytes;
        assert_eq!(all - paid, expected);
        paid = all;
    };
    let peer = world.open();
    world.send(peer, &Packet::Connect(kept(V5, "client")));
    costs(&world, 64 + 6);
    world.subscribe_later(peer, "filter");
    costs(&world, 64 + 6);
    world.unsubscribe_later(peer, "filter");
    costs(&world, 64 + 6);
    world.subscribe_later(peer, "t");
    costs(&world, 64 + 1);
    let publisher = world.connect("publisher");
    let mut retained = publish("t", b"payload", AtLeastOnce, 1);
    retained.retain = true;
    retained.properties.message_expiry_interval = Some(10);
    world.send(publisher, &Packet::Publish(retained));
    // For one recipient, to whom it was sent.
    costs(&world, 64 + 8 + 16 + 64);
    // A retained message is queued for the new subscription, and sent.
    world.subscribe_later(peer, "t");
    costs(&world, 64 + 1 + 64 + 8 + 64);
    world.sleep(10);
    world.input(Input::Timeout);
    costs(&world, 64 + 1);
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
