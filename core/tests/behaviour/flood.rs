//! Peers that send and never read, or never finish: the memory held for them is bounded.

use afterlink_core::codec::packet::{
    Publish, Subscribe, SubscribeFilters, Unsubscribe, UnsubscribeFilters,
};
use afterlink_core::codec::{Packet, ProtocolVersion, ReasonCode, UserProperties};

use crate::exchange::*;
use crate::harness::*;

const SEND_CREDIT: u32 = 1000;
const ANSWERS_MAX: u32 = 4096;

fn world() -> World {
    World::set(|config| config.limits.unread_answers_bytes_max = ANSWERS_MAX)
}

/// Sends `packet` until the broker reads no more. Gives how many it took.
#[track_caller]
fn flood(world: &mut World, peer: Peer, packet: &Packet<'_>) -> usize {
    for sent in 0..100_000 {
        if !world.is_reading(peer) {
            return sent;
        }
        world.send(peer, packet);
    }
    panic!("it is still read from");
}

/// Floods from a peer that does not read, checks the bound, and that all is answered once it
/// reads again.
#[track_caller]
fn held_in_bounds(version: ProtocolVersion, packet: &Packet<'_>, answer_len: u64) {
    let mut world = world();
    let peer = world.connect_slow(connect(version, "flooder"), SEND_CREDIT);
    let before = world.transmitted(peer);
    let sent = flood(&mut world, peer, packet);
    let bound = u64::from(SEND_CREDIT + ANSWERS_MAX) + answer_len;
    let held = world.transmitted(peer) - before;
    assert!(held <= bound, "{held} bytes");
    // What was on its way when reading stopped is kept unanswered.
    let late = 50;
    for _ in 0..late {
        world.send(peer, packet);
    }
    assert!(world.broker.totals().unfinished_bytes > 0);
    assert_eq!(world.transmitted(peer) - before, sent as u64 * answer_len);
    world.unstall(peer);
    assert!(world.is_reading(peer));
    assert_eq!(world.transmitted(peer) - before, (sent + late) as u64 * answer_len);
    assert_eq!(world.all(peer).len(), sent + late);
    assert_eq!(world.broker.totals().unfinished_bytes, 0);
    world.send(peer, &Packet::PingReq);
    assert_eq!(world.answer(peer), ("PINGRESP", 0, SUCCESS));
}

// [MQTT-3.12.4-1]
#[test]
fn a_flood_of_pingreq_is_stopped_and_answered_once_the_peer_reads() {
    for version in [V3_1, V3_1_1, V5] {
        held_in_bounds(version, &Packet::PingReq, 2);
    }
}

#[test]
fn a_flood_of_qos_1_publishes_is_stopped() {
    for version in [V3_1_1, V5] {
        held_in_bounds(version, &Packet::Publish(publish("t", b"", AtLeastOnce, 1)), 4);
    }
}

#[test]
fn a_flood_of_one_qos_2_publish_is_stopped() {
    for version in [V3_1_1, V5] {
        held_in_bounds(version, &Packet::Publish(publish("t", b"", ExactlyOnce, 1)), 4);
    }
}

#[test]
fn a_flood_of_publishes_that_are_refused_is_stopped() {
    let mut connect = connect(V5, "flooder");
    connect.properties.request_problem_information = Some(false);
    let mut world = world();
    let peer = world.connect_slow(connect, SEND_CREDIT);
    let before = world.transmitted(peer);
    flood(&mut world, peer, &Packet::Publish(publish("$no", b"", AtLeastOnce, 1)));
    assert!(world.transmitted(peer) - before <= u64::from(SEND_CREDIT + ANSWERS_MAX) + 5);
    world.unstall(peer);
    assert!(world.is_reading(peer));
}

#[test]
fn a_flood_of_acknowledgements_of_nothing_is_stopped() {
    held_in_bounds(V5, &Packet::PubRel(ack(1)), 5);
    held_in_bounds(V5, &Packet::PubRec(ack(1)), 5);
    held_in_bounds(V3_1_1, &Packet::PubRel(ack(1)), 4);
}

#[test]
fn a_flood_of_subscribe_and_unsubscribe_is_stopped() {
    let filters = [filter_of("a/+", AtLeastOnce), filter_of("#", AtMostOnce)];
    let subscribe = Packet::Subscribe(Subscribe {
        packet_identifier: id(1),
        subscription_identifier: None,
        user_properties: UserProperties::NONE,
        filters: SubscribeFilters::from_slice(&filters),
    });
    let unsubscribe = Packet::Unsubscribe(Unsubscribe {
        packet_identifier: id(1),
        user_properties: UserProperties::NONE,
        filters: UnsubscribeFilters::from_slice(&["a/+", "#"]),
    });
    held_in_bounds(V5, &subscribe, 7);
    held_in_bounds(V5, &unsubscribe, 7);
    held_in_bounds(V3_1_1, &subscribe, 6);
    held_in_bounds(V3_1_1, &unsubscribe, 4);
}

#[test]
fn a_flood_of_subscribe_asks_for_the_retained_messages_of_a_filter_once() {
    let mut world = world();
    let publisher = world.connect("publisher");
    for n in 0..300 {
        world.retain(publisher, &format!("t/{n}"), &"x".repeat(200), AtLeastOnce);
    }
    for qos in [AtMostOnce, AtLeastOnce] {
        let peer = world.connect_slow(connect(V5, "flooder"), SEND_CREDIT);
        let filters = [filter_of("t/#", qos)];
        let subscribe = Packet::Subscribe(Subscribe {
            packet_identifier: id(1),
            subscription_identifier: None,
            user_properties: UserProperties::NONE,
            filters: SubscribeFilters::from_slice(&filters),
        });
        let sent = flood(&mut world, peer, &subscribe);
        let bound = u64::from(SEND_CREDIT + ANSWERS_MAX) + 250;
        assert!(world.transmitted(peer) <= bound, "{} bytes", world.transmitted(peer));
        assert!(world.broker.session("flooder").unwrap().queue_len <= 32, "a step at most");
        world.unstall(peer);
        let mut publishes = 0;
        loop {
            let packets = world.all(peer);
            if packets.is_empty() {
                break;
            }
            for packet in packets {
                let Packet::Publish(publish) = packet.packet() else { continue };
                publishes += 1;
                if let Some(identifier) = publish.packet_identifier {
                    world.send(peer, &Packet::PubAck(ack(identifier.get())));
                }
            }
            world.advance_ms(0);
        }
        assert!(sent > 100, "{sent}");
        assert!((300..=340).contains(&publishes), "{publishes}");
        world.cut(peer);
    }
}

#[test]
fn keep_alive_is_not_judged_while_a_peer_is_not_read_from() {
    let mut world = world();
    let mut connect = connect(V5, "flooder");
    connect.keep_alive = 10;
    let peer = world.connect_slow(connect, SEND_CREDIT);
    flood(&mut world, peer, &Packet::PingReq);
    world.advance(60);
    assert!(!world.is_closed(peer));
    world.unstall(peer);
    world.advance(14);
    assert!(!world.is_closed(peer));
    world.advance(1);
    assert!(world.is_closed(peer));
}

#[test]
fn messages_for_a_peer_that_does_not_read_stay_under_the_caps_of_its_queue() {
    let mut world = World::set(|config| {
        config.limits.queue_messages_max = 10;
        config.limits.queue_bytes_max = 2000;
    });
    let peer = world.connect_slow(kept(V5, "slow"), SEND_CREDIT);
    world.subscribe(peer, "#", AtLeastOnce);
    let publisher = world.connect("publisher");
    for qos in [AtMostOnce, AtLeastOnce] {
        for _ in 0..200 {
            world.publish(publisher, "t", &"x".repeat(300), qos);
            let session = world.broker.session("slow").unwrap();
            assert!(session.queue_len <= 10 && session.queue_bytes <= 2000, "{session:?}");
        }
    }
    assert!(world.transmitted(peer) < u64::from(SEND_CREDIT) + 400);
}

#[test]
fn a_peer_that_goes_on_though_it_is_not_read_from_meets_the_budget() {
    let mut world = World::set(|config| {
        config.limits.unread_answers_bytes_max = ANSWERS_MAX;
        config.limits.unfinished_packet_bytes_max = 10_000;
    });
    let peer = world.connect_slow(connect(V5, "flooder"), SEND_CREDIT);
    flood(&mut world, peer, &Packet::PingReq);
    let mut extra = 0;
    while !world.is_closed(peer) {
        assert!(world.broker.totals().unfinished_bytes <= 10_000);
        world.send_bytes(peer, &[0xC0, 0].repeat(50));
        extra += 100;
    }
    assert_eq!(extra, 10_100);
    assert_eq!(world.broker.totals().unfinished_bytes, 0);
}

#[test]
fn unfinished_packets_of_many_connections_stay_under_one_budget() {
    let mut world = World::set(|config| config.limits.unfinished_packet_bytes_max = 10_000);
    let publisher = world.connect("publisher");
    let mut open = Vec::new();
    for n in 0..100 {
        let peer = if n % 2 == 0 { world.open() } else { world.connect(&format!("c{n}")) };
        // A packet of 60 000 bytes, of which 500 come.
        let start: &[u8] = if n % 2 == 0 { b"\x10\xdd\xd4\x03" } else { b"\x30\xdd\xd4\x03" };
        world.send_bytes(peer, &[start, &[0; 496]].concat());
        let unfinished = world.broker.totals().unfinished_bytes;
        assert!(unfinished <= 10_000, "{unfinished}");
        if !world.is_closed(peer) {
            open.push(peer);
        }
    }
    assert_eq!(open.len(), 20, "those within the budget are left alone");
    world.publish(publisher, "t", "whole", AtLeastOnce);
    world.cut(open[0]);
    let peer = world.open();
    world.send_bytes(peer, &[0x10, 0xdd, 0xd4, 0x03]);
    assert!(!world.is_closed(peer), "there is room again");
}

#[test]
fn a_packet_that_announces_too_much_is_refused_before_it_is_kept() {
    let mut world = World::new();
    let peer = world.open();
    world.send_bytes(peer, &[0x10, 0xff, 0xff, 0xff, 0x7f]);
    assert!(world.is_closed(peer));
    let peer = world.connect("client");
    world.send_bytes(peer, &[0x30, 0xff, 0xff, 0xff, 0x7f]);
    world.expect_disconnect(peer, ReasonCode::PACKET_TOO_LARGE);
    assert_eq!(world.broker.totals().unfinished_bytes, 0);
}

#[test]
fn a_packet_that_comes_byte_by_byte_is_one_packet() {
    let mut world = World::new();
    let subscriber = world.connect("subscriber");
    world.subscribe(subscriber, "#", AtMostOnce);
    let publisher = world.connect("publisher");
    let mut bytes = Vec::new();
    let packet = Packet::Publish(Publish { ..publish("t", b"slowly", AtLeastOnce, 1) });
    packet.encode(V5, &mut bytes).unwrap();
    for byte in &bytes {
        world.nothing(publisher);
        world.send_bytes(publisher, &[*byte]);
    }
    assert_eq!(world.answer(publisher), ("PUBACK", 1, SUCCESS));
    assert_eq!(world.message(subscriber).payload, "slowly");
    assert_eq!(world.broker.totals().unfinished_bytes, 0);
}

#[test]
fn a_peer_that_leaves_its_answers_unread_is_closed_after_a_deadline() {
    let mut world = world();
    let peer = world.connect_slow(connect(V5, "flooder"), SEND_CREDIT);
    flood(&mut world, peer, &Packet::PingReq);
    world.advance_ms(119_999);
    assert!(!world.is_closed(peer));
    world.advance_ms(1);
    assert!(world.is_closed(peer));
    assert_eq!(world.broker.totals().connections, 0);
}

#[test]
fn a_peer_that_reads_its_answers_in_time_is_judged_by_its_keep_alive_again() {
    let mut world = world();
    let mut flooder = connect(V5, "flooder");
    flooder.keep_alive = 60;
    let peer = world.connect_slow(flooder, SEND_CREDIT);
    flood(&mut world, peer, &Packet::PingReq);
    world.advance(119);
    world.unstall(peer);
    world.advance_ms(89_999);
    assert!(!world.is_closed(peer));
    world.advance_ms(1);
    assert!(world.is_closed(peer));
}

#[test]
fn a_peer_that_reads_a_large_message_slowly_is_not_closed_for_a_pingreq() {
    let mut world = world();
    let mut slow = connect(V5, "slow");
    slow.keep_alive = 60;
    let peer = world.connect_slow(slow, SEND_CREDIT);
    world.unstall(peer);
    world.subscribe(peer, "t", AtLeastOnce);
    world.stall(peer);
    let publisher = world.connect("publisher");
    let payload = "x".repeat(100_000);
    world.publish(publisher, "t", &payload, AtLeastOnce);
    world.send(peer, &Packet::PingReq);
    for _ in 0..9 {
        world.advance(60);
        world.read(peer, 10_000);
        assert!(!world.is_closed(peer));
    }
    world.advance(120);
    assert!(world.is_closed(peer), "now it reads nothing more");
}
