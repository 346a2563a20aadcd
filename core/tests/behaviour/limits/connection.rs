//! Limits of connections and sessions, and of what is held for one.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use afterlink_core::broker::TimerReason;
use afterlink_core::codec::packet::Connect;
use afterlink_core::codec::{Packet, ReasonCode};

use super::{OVER, limited, publish_of};
use crate::harness::*;

#[test]
fn connack_tells_the_limits_that_bind_the_client() {
    let mut world = limited(|limits| {
        limits.receive_maximum = 7;
        limits.packet_size_bytes_max = 1234;
        limits.topic_alias_maximum = 5;
    });
    let peer = world.open();
    world.send(peer, &Packet::Connect(connect(V5, "client")));
    let packet = world.next(peer);
    let Packet::ConnAck(connack) = packet.packet() else { panic!("{packet:?}") };
    assert_eq!(connack.properties.receive_maximum, Some(7));
    assert_eq!(connack.properties.maximum_packet_size, Some(1234));
    assert_eq!(connack.properties.topic_alias_maximum, Some(5));
}

#[test]
fn packet_size_before_connect_bytes_max_binds_until_connect_is_accepted() {
    // The identifier makes the packet as long as it is to be: 16 bytes are other fields.
    let connect_of = |world: &mut World, len: usize| {
        let identifier = "x".repeat(len - 16);
        let peer = world.open();
        world.send(peer, &Packet::Connect(connect(V5, &identifier)));
        peer
    };
    let mut world = limited(|limits| limits.packet_size_before_connect_bytes_max = 200);
    let peer = connect_of(&mut world, 200);
    assert!(matches!(world.next(peer).packet(), Packet::ConnAck(_)));
    publish_of(&mut world, peer, 5000);
    assert!(!world.is_closed(peer), "afterwards the other limit holds");
    let peer = connect_of(&mut world, 201);
    assert!(world.is_closed(peer));
    let mut world = limited(|limits| limits.packet_size_bytes_max = 200);
    let peer = connect_of(&mut world, 201);
    assert!(world.is_closed(peer), "nor may it be larger than any packet");
}

#[test]
fn session_expiry_seconds_max_caps_what_is_asked_and_is_told() {
    let granted = |cap, asked: u32| {
        let mut world = limited(|limits| limits.session_expiry_seconds_max = cap);
        let mut connect = kept(V5, "client");
        connect.properties.session_expiry_interval = Some(asked);
        let peer = world.open();
        world.send(peer, &Packet::Connect(connect));
        let packet = world.next(peer);
        let Packet::ConnAck(connack) = packet.packet() else { panic!("{packet:?}") };
        let session = world.broker.session("client").unwrap();
        (connack.properties.session_expiry_interval, session.expiry_interval)
    };
    assert_eq!(granted(Some(100), 100), (None, 100));
    assert_eq!(granted(Some(100), 101), (Some(100), 100));
    assert_eq!(granted(Some(100), u32::MAX), (Some(100), 100));
    assert_eq!(granted(None, u32::MAX), (None, u32::MAX));
}

#[test]
fn keep_alive_seconds_max_replaces_what_is_longer_and_0() {
    let server_keep_alive = |cap, asked| {
        let mut world = limited(|limits| limits.keep_alive_seconds_max = cap);
        let peer = world.open();
        world.send(peer, &Packet::Connect(Connect { keep_alive: asked, ..connect(V5, "client") }));
        let packet = world.next(peer);
        let Packet::ConnAck(connack) = packet.packet() else { panic!("{packet:?}") };
        connack.properties.server_keep_alive
    };
    assert_eq!(server_keep_alive(60, 60), None);
    assert_eq!(server_keep_alive(60, 61), Some(60));
    assert_eq!(server_keep_alive(60, 0), Some(60));
    assert_eq!(server_keep_alive(0, 0), None);
    assert_eq!(server_keep_alive(0, u16::MAX), None);
}

#[test]
fn connect_deadline_ms_closes_at_its_moment() {
    let mut world = limited(|limits| limits.connect_deadline_ms = 2000);
    let (silent, slow) = (world.open(), world.open());
    let (at, reason) = world.next_timer().unwrap();
    assert_eq!(at, START.plus_millis(2000));
    assert!(matches!(reason, TimerReason::ConnectDeadline { .. }));
    world.advance_ms(1999);
    assert!(!world.is_closed(silent));
    world.send(slow, &Packet::Connect(connect(V5, "client")));
    world.advance_ms(1);
    assert!(world.is_closed(silent) && !world.is_closed(slow));
}

#[test]
fn client_identifier_bytes_max_counts_bytes() {
    let mut world = limited(|limits| limits.client_identifier_bytes_max = 4);
    world.connect("\u{e9}\u{e9}");
    let code = ReasonCode::CLIENT_IDENTIFIER_NOT_VALID;
    for version in [V3_1, V3_1_1, V5] {
        world.expect_refused(connect(version, "\u{e9}\u{e9}a"), code);
    }
}

#[test]
fn sessions_max_refuses_a_new_session_and_no_resumption() {
    let mut world = limited(|limits| limits.sessions_max = 2);
    let (a, _) = world.connect_kept(V5, "a");
    world.cut(a);
    world.connect("b");
    world.expect_refused(connect(V5, "c"), OVER);
    world.expect_refused(connect(V5, ""), OVER);
    let (a, present) = world.connect_kept(V5, "a");
    assert!(present);
    world.connect("b");
    world.disconnect(a);
    world.advance(3600);
    world.connect("c");
}

#[test]
fn sessions_max_does_not_count_one_that_has_expired_and_was_not_swept() {
    let mut world = limited(|limits| limits.sessions_max = 1);
    let (a, _) = world.connect_kept(V5, "a");
    world.cut(a);
    world.sleep(3600);
    let (_, present) = world.connect_kept(V5, "a");
    assert!(!present, "its own place is taken again");
    let mut world = limited(|limits| limits.sessions_max = 1);
    let (a, _) = world.connect_kept(V5, "a");
    world.cut(a);
    world.sleep(3600);
    world.connect("b");
}

#[test]
fn connections_max_counts_all_connections() {
    let mut world = limited(|limits| limits.connections_max = 2);
    let (a, b) = (world.connect("a"), world.open());
    let c = world.open();
    assert!(world.is_closed(c) && !world.is_closed(a) && !world.is_closed(b));
    assert_eq!(world.broker.counters().connections_refused, 1);
    world.cut(b);
    let d = world.open();
    assert!(!world.is_closed(d));
}

#[test]
fn connections_per_address_max_counts_each_address_and_spares_loopback() {
    let mut world = limited(|limits| limits.connections_per_address_max = 2);
    let near: IpAddr = Ipv4Addr::new(192, 0, 2, 1).into();
    let other: IpAddr = Ipv4Addr::new(192, 0, 2, 2).into();
    let open = |world: &mut World, address| {
        let peer = world.open_with(CREDIT, Some(address));
        (peer, !world.is_closed(peer))
    };
    let (first, opened) = open(&mut world, near);
    assert!(opened && open(&mut world, near).1);
    assert!(!open(&mut world, near).1);
    assert!(open(&mut world, other).1);
    world.cut(first);
    assert!(open(&mut world, near).1 && !open(&mut world, near).1);
    for loopback in [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()] {
        for _ in 0..5 {
            assert!(open(&mut world, loopback).1);
        }
    }
}

#[test]
fn an_ipv4_address_written_as_ipv6_is_the_same_address() {
    let mut world = limited(|limits| limits.connections_per_address_max = 1);
    let near = Ipv4Addr::new(192, 0, 2, 1);
    let open = |world: &mut World, address: IpAddr| {
        let peer = world.open_with(CREDIT, Some(address));
        !world.is_closed(peer)
    };
    assert!(open(&mut world, near.into()));
    assert!(!open(&mut world, near.to_ipv6_mapped().into()));
    for _ in 0..2 {
        assert!(open(&mut world, Ipv4Addr::LOCALHOST.to_ipv6_mapped().into()), "loopback");
    }
}

#[test]
fn unfinished_packet_bytes_max_is_a_sum_over_all_connections() {
    let mut world = limited(|limits| limits.unfinished_packet_bytes_max = 100);
    let (a, b) = (world.connect("a"), world.connect("b"));
    let start = [&[0x30, 0x7f][..], &[0; 48]].concat();
    world.send_bytes(a, &start);
    world.send_bytes(b, &start);
    assert_eq!(world.broker.totals().unfinished_bytes, 100);
    assert!(!world.is_closed(a) && !world.is_closed(b));
    world.send_bytes(b, &[0]);
    world.expect_disconnect(b, OVER);
    assert!(!world.is_closed(a));
    assert_eq!(world.broker.totals().unfinished_bytes, 50);
}

// [MQTT3-4.8.0-2]
#[test]
fn a_version_3_client_whose_packet_there_is_no_room_for_is_closed() {
    let mut world = limited(|limits| limits.unfinished_packet_bytes_max = 100);
    let (old, _) = world.connect_with(connect(V3_1_1, "old"));
    world.send_bytes(old, &[&[0x30, 0x7f][..], &[0; 98]].concat());
    assert!(!world.is_closed(old));
    world.send_bytes(old, &[0]);
    world.nothing(old);
    assert!(world.is_closed(old));
}

#[test]
fn unread_answers_bytes_max_is_counted_beyond_the_send_credit() {
    let mut world = limited(|limits| limits.unread_answers_bytes_max = 10);
    let peer = world.connect_slow(connect(V5, "client"), 100);
    for _ in 0..55 {
        assert!(world.is_reading(peer));
        world.send(peer, &Packet::PingReq);
    }
    assert!(world.is_reading(peer), "100 of credit and 10 beyond");
    world.send(peer, &Packet::PingReq);
    assert!(!world.is_reading(peer));
}

#[test]
fn a_client_is_read_from_again_once_it_has_read_half_of_what_was_too_much() {
    let mut world = limited(|limits| limits.unread_answers_bytes_max = 10);
    let peer = world.connect_slow(connect(V5, "client"), 100);
    while world.is_reading(peer) {
        world.send(peer, &Packet::PingReq);
    }
    world.read(peer, 12 - 6);
    assert!(!world.is_reading(peer));
    world.read(peer, 1);
    assert!(world.is_reading(peer), "5 bytes are beyond the credit");
}
