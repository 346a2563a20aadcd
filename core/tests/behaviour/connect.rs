//! CONNECT and CONNACK: who is let in, and what the client is told.

mod client_identifier;
mod connack;

use std::net::IpAddr;

use afterlink_core::broker::{Config, DisconnectReason, Event, TimerReason};
use afterlink_core::codec::packet::{ConnAck, ConnAckProperties, Connect, Disconnect};
use afterlink_core::codec::{Packet, ReasonCode};

use crate::handshake::*;
use crate::harness::*;

fn limited(change: impl FnOnce(&mut afterlink_core::broker::Limits)) -> World {
    let mut config = Config::default();
    change(&mut config.limits);
    World::with(config)
}

/// The properties of a CONNACK with success.
fn properties(packet: &Received) -> ConnAckProperties<'_> {
    let Packet::ConnAck(ConnAck { reason_code, properties, .. }) = packet.packet() else {
        panic!("CONNACK was expected, {packet:?} came");
    };
    assert_eq!(reason_code, ReasonCode::SUCCESS);
    properties
}

fn encoded(connect: &Connect<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    Packet::Connect(connect.clone()).encode(connect.version, &mut bytes).expect("a packet");
    bytes
}

// [MQTT-3.1.0-1] [MQTT3-3.1.0-1] [MQTT-3.14.0-1]
#[test]
fn whatever_comes_before_connect_closes_the_connection_without_a_word() {
    let first = [
        Packet::PingReq,
        Packet::Publish(publish("a", b"x", AtMostOnce, 1)),
        Packet::PubAck(ack(1)),
        Packet::PubRel(ack(1)),
        Packet::Disconnect(Disconnect::new(ReasonCode::NORMAL_DISCONNECTION)),
        auth(ReasonCode::RE_AUTHENTICATE, "method", b"data"),
    ];
    for packet in first {
        let mut world = World::new();
        let peer = world.open();
        world.send(peer, &packet);
        world.expect_silent_close(peer);
        assert_eq!(world.broker.totals().connections, 0);
    }
}

// [MQTT-3.1.0-2] [MQTT3-3.1.0-2]
#[test]
fn a_second_connect_is_a_protocol_error() {
    for version in [V3_1, V3_1_1, V5] {
        let mut world = World::new();
        let (peer, _) = world.connect_with(connect(version, "twice"));
        world.send(peer, &Packet::Connect(connect(version, "twice")));
        if version == V5 {
            world.expect_disconnect(peer, ReasonCode::PROTOCOL_ERROR);
        } else {
            world.expect_silent_close(peer);
        }
    }
}

// [MQTT3-3.1.2-22]: version 5 lets a Password stand alone.
#[test]
fn a_password_needs_a_user_name_before_version_5_only() {
    let mut world = World::new();
    let mut asked = connect(V5, "client");
    asked.password = Some(b"secret");
    world.connect_with(asked);
    let peer = world.open();
    world.send_bytes(peer, b"\x10\x0F\0\x04MQTT\x04\x42\0\0\0\x01i\0\0");
    world.expect_silent_close(peer);
}

// [MQTT-3.1.2-2] [MQTT3-3.1.2-2]: 0x83 and 0x84 are the levels of 3.1 and 3.1.1 with a bit that
// bridges set, which try again without it when they are refused in the terms of version 3.
#[test]
fn an_unknown_protocol_level_is_refused_in_terms_that_its_client_knows() {
    for level in [0, 2, 3, 0x83, 0x84] {
        let mut world = World::new();
        let peer = world.open();
        world.send_bytes(peer, &[0x10, 12, 0, 4, b'M', b'Q', b'T', b'T', level, 2, 0, 0, 0, 0]);
        assert_eq!(world.next(peer).bytes(), [0x20, 2, 0, 1], "level {level}");
        world.expect_silent_close(peer);
    }
    for level in [6, 127, 0x85, 255] {
        let mut world = World::new();
        let peer = world.open();
        world.send_bytes(peer, &[0x10, 12, 0, 4, b'M', b'Q', b'T', b'T', level, 2, 0, 0, 0, 0]);
        let packet = world.next(peer);
        let Packet::ConnAck(connack) = packet.packet() else { panic!("{packet:?}") };
        assert_eq!(connack.reason_code, ReasonCode::UNSUPPORTED_PROTOCOL_VERSION);
        world.expect_silent_close(peer);
    }
}

// [MQTT-3.1.2-1] [MQTT3-3.1.2-1]
#[test]
fn an_unknown_protocol_name_is_closed_without_a_word() {
    for name in [b"MQTt", b"mqtt", b"HTTP"] {
        let mut world = World::new();
        let peer = world.open();
        let bytes = [&[0x10, 12, 0, 4], name.as_slice(), &[4, 2, 0, 0, 0, 0]].concat();
        world.send_bytes(peer, &bytes);
        world.expect_silent_close(peer);
    }
}

// [MQTT-3.1.4-6]
#[test]
fn packets_behind_an_accepted_connect_are_taken_in_the_same_turn() {
    for version in [V3_1_1, V5] {
        let mut world = World::new();
        let peer = world.begin(connect(version, "learns its version"));
        world.all(peer);
        let mut bytes = encoded(&connect(version, "eager"));
        let eager = world.open();
        for packet in [
            Packet::Publish(publish("a", b"1", AtLeastOnce, 1)),
            Packet::Publish(publish("a", b"2", ExactlyOnce, 2)),
            Packet::PingReq,
        ] {
            packet.encode(version, &mut bytes).expect("a packet");
        }
        world.send_bytes(eager, &bytes);
        let kinds: Vec<u8> = world.all(eager).iter().map(|packet| packet.bytes()[0]).collect();
        assert_eq!(kinds, [0x20, 0x40, 0x50, 0xD0]);
    }
}

// [MQTT-3.1.4-6] [MQTT-3.1.4-2]
#[test]
fn packets_behind_a_refused_connect_are_not_processed() {
    let mut world = World::new();
    let watcher = world.connect("watcher");
    world.subscribe(watcher, "#", AtMostOnce);
    let mut bytes = encoded(&kept(V3_1_1, ""));
    let packet = Packet::Publish(publish("a", b"x", AtMostOnce, 1));
    packet.encode(V3_1_1, &mut bytes).expect("a packet");
    let peer = world.open();
    world.send_bytes(peer, &bytes);
    assert_eq!(world.next(peer).bytes(), [0x20, 2, 0, 2]);
    world.expect_silent_close(peer);
    world.nothing(watcher);
}

#[test]
fn a_connect_may_arrive_byte_by_byte() {
    let mut world = World::new();
    let mut asked = connect(V5, "slow");
    asked.will = Some(will("a", "b", AtLeastOnce));
    asked.user_name = Some("user");
    let peer = world.open();
    let bytes = encoded(&asked);
    for byte in &bytes[..bytes.len() - 1] {
        world.send_bytes(peer, &[*byte]);
        world.nothing(peer);
    }
    world.send_bytes(peer, &bytes[bytes.len() - 1..]);
    assert!(matches!(world.next(peer).packet(), Packet::ConnAck(_)));
}

#[test]
fn connect_has_to_come_within_its_deadline() {
    let mut world = World::new();
    let silent = world.open();
    assert!(matches!(world.next_timer(), Some((_, TimerReason::ConnectDeadline { .. }))));
    let slow = world.open();
    world.advance_ms(9_999);
    // A part of a CONNECT does not extend it.
    world.send_bytes(slow, &encoded(&connect(V5, "slow"))[..10]);
    let mut late = connect(V5, "in time");
    late.keep_alive = 600;
    let (in_time, _) = world.connect_with(late);
    world.advance_ms(1);
    world.expect_silent_close(silent);
    world.expect_silent_close(slow);
    world.advance(60);
    world.ping(in_time);
}

#[test]
fn a_connect_may_be_as_large_as_the_limit_before_connect_says() {
    let mut world = limited(|limits| limits.packet_size_before_connect_bytes_max = 100);
    let fits = connect(V5, "i");
    let spare = 100 - encoded(&fits).len();
    let name = "n".repeat(spare - 2);
    let mut fits = fits;
    fits.user_name = Some(&name);
    assert_eq!(encoded(&fits).len(), 100);
    world.connect_with(fits.clone());
    let name = "n".repeat(spare - 1);
    fits.user_name = Some(&name);
    world.expect_refused(fits, ReasonCode::PACKET_TOO_LARGE);
}

#[test]
fn each_refused_connect_is_counted() {
    let mut world = World::new();
    for refused in 1..=3 {
        world.expect_refused(kept(V3_1_1, ""), ReasonCode::CLIENT_IDENTIFIER_NOT_VALID);
        assert_eq!(world.broker.counters().connections_refused, refused);
    }
}

#[test]
fn there_are_as_many_connections_as_the_limit_says() {
    let mut world = limited(|limits| limits.connections_max = 2);
    let first = world.connect("first");
    let idle = world.open();
    let refused = world.open();
    world.expect_silent_close(refused);
    assert!(!world.is_closed(idle));
    assert_eq!(world.broker.counters().connections_refused, 1);
    world.disconnect(first);
    world.connect("second");
}

#[test]
fn an_address_has_as_many_connections_as_the_limit_says() {
    let mut world = limited(|limits| limits.connections_per_address_max = 2);
    let address = |text: &str| Some(text.parse::<IpAddr>().expect("an address"));
    let first = world.open_with(CREDIT, address("192.0.2.1"));
    // The same machine, seen through a socket for both families.
    world.open_with(CREDIT, address("::ffff:192.0.2.1"));
    let refused = world.open_with(CREDIT, address("192.0.2.1"));
    world.expect_silent_close(refused);
    let other = world.open_with(CREDIT, address("192.0.2.2"));
    assert!(!world.is_closed(other));
    world.cut(first);
    let again = world.open_with(CREDIT, address("192.0.2.1"));
    assert!(!world.is_closed(again));
}

#[test]
fn loopback_may_have_any_number_of_connections() {
    let mut world = limited(|limits| limits.connections_per_address_max = 1);
    for text in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
        for _ in 0..3 {
            let address = Some(text.parse::<IpAddr>().expect("an address"));
            let peer = world.open_with(CREDIT, address);
            assert!(!world.is_closed(peer), "{text}");
        }
    }
}

#[test]
fn there_are_as_many_sessions_as_the_limit_says() {
    let mut world = limited(|limits| limits.sessions_max = 2);
    let (first, _) = world.connect_with(expiring("first", 10));
    world.connect_kept(V3_1_1, "second");
    world.expect_refused(connect(V5, "third"), ReasonCode::QUOTA_EXCEEDED);
    world.expect_refused(connect(V3_1_1, "third"), ReasonCode::SERVER_UNAVAILABLE);
    world.cut(first);
    world.expect_refused(connect(V5, "third"), ReasonCode::QUOTA_EXCEEDED);
    let (first, present) = world.connect_with(expiring("first", 10));
    assert!(present, "a session that is there may be resumed");
    world.cut(first);
    world.advance(10);
    world.connect("third");
}

// [MQTT-3.14.4-1] [MQTT-3.14.4-2] [MQTT3-3.14.4-2]
#[test]
fn nothing_is_taken_behind_a_disconnect() {
    for version in [V3_1_1, V5] {
        let mut world = World::new();
        let watcher = world.connect("watcher");
        world.subscribe(watcher, "#", AtMostOnce);
        let (peer, _) = world.connect_with(connect(version, "leaving"));
        let mut bytes = Vec::new();
        for packet in [
            Packet::Disconnect(Disconnect::new(ReasonCode::NORMAL_DISCONNECTION)),
            Packet::Publish(publish("a", b"late", AtMostOnce, 1)),
            Packet::PingReq,
        ] {
            packet.encode(version, &mut bytes).expect("a packet");
        }
        world.send_bytes(peer, &bytes);
        world.expect_silent_close(peer);
        world.nothing(watcher);
        let reason_code = ReasonCode::NORMAL_DISCONNECTION;
        assert!(world.events.iter().any(|event| matches!(
            event,
            Event::Disconnected { reason, .. }
                if *reason == DisconnectReason::Client { reason_code }
        )));
    }
}
