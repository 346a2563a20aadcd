//! Message expiry: it runs while a message waits, and what is left is passed on.

use afterlink_core::broker::{Command, TimerReason};
use afterlink_core::codec::Packet;
use afterlink_core::session::DropCause;

use crate::exchange::*;
use crate::harness::*;

/// A broker with an absent client of QoS 2 and a publisher.
fn away() -> (World, Peer) {
    let mut world = World::new();
    world.away(V5, "client", "#", ExactlyOnce);
    let publisher = world.connect("publisher");
    (world, publisher)
}

fn back(world: &mut World) -> Peer {
    world.connect_kept(V5, "client").0
}

// [MQTT-3.3.2-5]
#[test]
fn a_message_that_waits_is_dropped_at_its_moment() {
    let (mut world, publisher) = away();
    world.publish_expiring(publisher, "t", "1", 10);
    let (at, reason) = world.next_timer().unwrap();
    assert_eq!(at, START.plus_seconds(10));
    assert!(matches!(reason, TimerReason::MessageExpiry { client_identifier }
        if client_identifier.as_str() == "client"));
    world.advance_ms(9999);
    assert_eq!(world.broker.session("client").unwrap().queue_len, 1);
    world.advance_ms(1);
    assert_eq!(world.broker.session("client").unwrap().queue_len, 0);
    assert_eq!(world.drops(), [(Some("client"), "t", DropCause::Expired)]);
    assert_eq!(world.broker.session("client").unwrap().drops.expired, 1);
    let client = back(&mut world);
    world.nothing(client);
}

// [MQTT-3.3.2-5]
#[test]
fn a_message_that_has_expired_is_gone_though_no_timer_has_fired() {
    let (mut world, publisher) = away();
    world.publish_expiring(publisher, "t", "1", 10);
    world.publish(publisher, "t", "2", AtLeastOnce);
    world.sleep(10);
    let client = back(&mut world);
    assert_eq!(world.payloads(client), ["2"]);
    assert_eq!(world.drops(), [(Some("client"), "t", DropCause::Expired)]);
}

// [MQTT-3.3.2-6]
#[test]
fn what_is_left_is_passed_on_rounded_up_and_never_0() {
    for (waited_ms, left) in [(0, 10), (1, 10), (999, 10), (1000, 9), (9001, 1), (9999, 1)] {
        let (mut world, publisher) = away();
        world.publish_expiring(publisher, "t", "1", 10);
        world.advance_ms(waited_ms);
        let client = back(&mut world);
        assert_eq!(world.message(client).expiry, Some(left), "after {waited_ms} ms");
    }
}

#[test]
fn a_message_that_does_not_wait_keeps_its_interval_and_one_without_has_none() {
    let mut world = World::new();
    let client = world.connect("client");
    world.subscribe(client, "#", AtLeastOnce);
    let publisher = world.connect("publisher");
    world.publish_expiring(publisher, "t", "1", u32::MAX);
    assert_eq!(world.take(client).expiry, Some(u32::MAX));
    world.publish(publisher, "t", "2", AtLeastOnce);
    assert_eq!(world.take(client).expiry, None);
}

#[test]
fn an_interval_of_0_has_passed_at_once_for_everybody() {
    let mut world = World::new();
    world.away(V5, "away", "#", AtLeastOnce);
    let here = world.connect("here");
    world.subscribe(here, "#", AtMostOnce);
    let group = world.connect("member");
    world.subscribe(group, "$share/g/#", AtLeastOnce);
    let publisher = world.connect("publisher");
    world.publish_expiring(publisher, "t", "1", 0);
    world.nothing(here);
    world.nothing(group);
    assert_eq!(world.drops().len(), 3);
    assert!(world.drops().iter().all(|(_, _, cause)| *cause == DropCause::Expired));
    assert_eq!(world.broker.session("away").unwrap().queue_len, 0);
}

#[test]
fn each_message_expires_at_its_own_time_whatever_its_place() {
    let (mut world, publisher) = away();
    for (payload, seconds) in [("1", 30), ("2", 10), ("3", 20)] {
        world.publish_expiring(publisher, "t", payload, seconds);
    }
    world.publish(publisher, "t", "4", AtLeastOnce);
    let len = |world: &World| world.broker.session("client").unwrap().queue_len;
    for expected in [3, 2, 1] {
        world.advance(10);
        assert_eq!(len(&world), expected);
    }
    assert_eq!(world.payloads_of_client(), ["4"]);
}

impl World {
    #[track_caller]
    fn payloads_of_client(&mut self) -> Vec<String> {
        let client = back(self);
        self.payloads(client)
    }
}

// [MQTT-4.3.3-7]
#[test]
fn a_message_in_flight_is_exempt_and_sent_again_with_a_second() {
    for qos in [AtLeastOnce, ExactlyOnce] {
        let mut world = World::new();
        let client = back(&mut world);
        world.subscribe(client, "#", ExactlyOnce);
        let publisher = world.connect("publisher");
        let mut packet = publish("t", b"1", qos, 1);
        packet.properties.message_expiry_interval = Some(10);
        world.send(publisher, &Packet::Publish(packet));
        let first = world.message(client);
        assert_eq!(first.expiry, Some(10));
        world.cut(client);
        world.advance(1000);
        let client = back(&mut world);
        assert_eq!(world.message(client), Message { dup: true, expiry: Some(1), ..first });
        assert!(world.drops().is_empty());
    }
}

// [MQTT-4.3.3-13]
#[test]
fn the_exchange_with_the_publisher_goes_on_though_its_message_has_expired() {
    let (mut world, publisher) = away();
    let mut packet = publish("t", b"1", ExactlyOnce, 9);
    packet.properties.message_expiry_interval = Some(10);
    world.send(publisher, &Packet::Publish(packet.clone()));
    assert_eq!(world.answer(publisher), ("PUBREC", 9, SUCCESS));
    world.advance(20);
    packet.dup = true;
    world.send(publisher, &Packet::Publish(packet));
    assert_eq!(world.answer(publisher), ("PUBREC", 9, SUCCESS));
    world.send(publisher, &Packet::PubRel(ack(9)));
    assert_eq!(world.answer(publisher), ("PUBCOMP", 9, SUCCESS));
    assert!(world.payloads_of_client().is_empty(), "and it is not delivered after all");
}

#[test]
fn a_message_behind_a_full_receive_maximum_expires_in_the_queue() {
    let mut world = World::new();
    let (client, _) = world.connect_with(kept_with_receive_maximum("client", 1));
    world.subscribe(client, "#", AtLeastOnce);
    let publisher = world.connect("publisher");
    for (payload, seconds) in [("1", 10), ("2", 10), ("3", 30)] {
        world.publish_expiring(publisher, "t", payload, seconds);
    }
    assert_eq!(world.message(client).payload, "1");
    world.sleep(20);
    world.send(client, &Packet::PubAck(ack(1)));
    let third = world.message(client);
    assert_eq!((third.payload.as_str(), third.expiry), ("3", Some(10)));
}

#[test]
fn a_qos_0_message_that_waits_for_the_network_expires_too() {
    let mut world = World::new();
    let client = world.connect_slow(kept(V5, "client"), 100);
    world.subscribe(client, "#", AtMostOnce);
    let publisher = world.connect("publisher");
    world.publish(publisher, "t", &"x".repeat(200), AtMostOnce);
    let mut packet = publish("t", b"1", AtMostOnce, 0);
    packet.properties.message_expiry_interval = Some(10);
    world.send(publisher, &Packet::Publish(packet));
    world.publish(publisher, "t", "2", AtMostOnce);
    world.sleep(10);
    world.unstall(client);
    assert_eq!(world.unacknowledged(client), ["x".repeat(200), "2".to_owned()]);
    assert_eq!(world.drops(), [(Some("client"), "t", DropCause::Expired)]);
}

// [MQTT-3.3.2-5]
#[test]
fn a_qos_0_message_that_would_pass_a_full_window_expires_too() {
    let mut world = World::new();
    let client = world.connect_slow(kept_with_receive_maximum("client", 1), 1000);
    world.subscribe(client, "#", AtLeastOnce);
    let publisher = world.connect("publisher");
    world.publish(publisher, "t", &"x".repeat(1000), AtLeastOnce);
    world.publish(publisher, "t", "1", AtLeastOnce);
    let mut packet = publish("t", b"0", AtMostOnce, 0);
    packet.properties.message_expiry_interval = Some(10);
    world.send(publisher, &Packet::Publish(packet.clone()));
    packet.payload = b"00";
    packet.properties.message_expiry_interval = Some(11);
    world.send(publisher, &Packet::Publish(packet));
    world.sleep(10);
    world.unstall(client);
    assert_eq!(world.message(client).payload.len(), 1000);
    let passed = world.message(client);
    assert_eq!((passed.payload.as_str(), passed.expiry), ("00", Some(1)));
    world.nothing(client);
    assert_eq!(world.drops(), [(Some("client"), "t", DropCause::Expired)]);
}

// [MQTT-3.3.2-6]
#[test]
fn a_qos_0_message_that_does_not_wait_keeps_its_interval() {
    let mut world = World::new();
    let clients = [world.connect("one"), world.connect("two")];
    for client in clients {
        world.subscribe(client, "#", AtMostOnce);
    }
    let publisher = world.connect("publisher");
    for interval in [Some(10), None] {
        let mut packet = publish("t", b"0", AtMostOnce, 0);
        packet.properties.message_expiry_interval = interval;
        world.send(publisher, &Packet::Publish(packet));
        for client in clients {
            assert_eq!(world.message(client).expiry, interval);
        }
    }
}

// [MQTT-3.3.2-5] [MQTT-3.3.2-6]
#[test]
fn expiry_runs_in_the_queue_of_a_share_group() {
    let mut world = World::new();
    world.away(V5, "member", "$share/g/#", AtLeastOnce);
    let publisher = world.connect("publisher");
    for (payload, seconds) in [("1", 10), ("2", 20), ("3", 30)] {
        world.publish_expiring(publisher, "t", payload, seconds);
    }
    let reason = world.next_timer().map(|(_, reason)| reason);
    assert!(matches!(reason, Some(TimerReason::GroupMessageExpiry { .. })), "{reason:?}");
    world.advance(10);
    assert_eq!(world.drops(), [(None, "t", DropCause::Expired)]);
    world.sleep(10);
    let (member, _) = world.connect_kept(V5, "member");
    let third = world.take(member);
    assert_eq!((third.payload.as_str(), third.expiry), ("3", Some(10)));
    world.nothing(member);
    assert!(
        !matches!(world.next_timer(), Some((_, TimerReason::GroupMessageExpiry { .. }))),
        "no timer is left behind"
    );
}

#[test]
fn expired_messages_make_room_before_a_full_queue_drops_anything() {
    for sleeps in [false, true] {
        let mut world = World::set(|config| config.limits.queue_messages_max = 2);
        world.away(V5, "client", "#", AtLeastOnce);
        let publisher = world.connect("publisher");
        world.publish_expiring(publisher, "old", "1", 10);
        world.publish(publisher, "t", "2", AtLeastOnce);
        if sleeps {
            world.sleep(10);
        } else {
            world.advance(10);
        }
        world.publish(publisher, "t", "3", AtLeastOnce);
        assert_eq!(world.drops(), [(Some("client"), "old", DropCause::Expired)]);
        assert_eq!(world.payloads_of_client(), ["2", "3"]);
    }
}

#[test]
fn version_3_neither_sets_an_expiry_nor_is_told_one_but_it_holds_for_its_queue() {
    let mut world = World::new();
    world.away(V3_1_1, "client", "#", AtLeastOnce);
    let publisher = world.connect("publisher");
    world.publish_expiring(publisher, "t", "1", 10);
    world.publish_expiring(publisher, "t", "2", 30);
    world.advance(20);
    let (client, _) = world.connect_kept(V3_1_1, "client");
    let message = world.take(client);
    assert_eq!((message.payload.as_str(), message.expiry), ("2", None));
    world.nothing(client);
}

#[test]
fn the_broker_s_own_messages_expire_like_any_other() {
    let (mut world, _) = away();
    world.command(Command::Publish {
        topic: "t".to_owned(),
        payload: b"1".to_vec(),
        qos: AtLeastOnce,
        retain: false,
        message_expiry_interval: Some(10),
    });
    world.advance(4);
    let client = back(&mut world);
    assert_eq!(world.message(client).expiry, Some(6));
}

#[test]
fn a_clock_that_steps_back_prolongs_nothing() {
    let (mut world, publisher) = away();
    world.advance(100);
    world.publish_expiring(publisher, "t", "1", 10);
    world.now = START;
    let client = back(&mut world);
    assert_eq!(world.message(client).expiry, Some(10));
}
