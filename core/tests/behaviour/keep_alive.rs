//! Keep Alive: silence and its end.

use afterlink_core::broker::{Config, TimerReason};
use afterlink_core::codec::packet::{ConnAck, Connect};
use afterlink_core::codec::{Packet, ProtocolVersion, ReasonCode};

use crate::harness::*;

fn alive(version: ProtocolVersion, client_identifier: &str, seconds: u16) -> Connect<'_> {
    let mut connect = connect(version, client_identifier);
    connect.keep_alive = seconds;
    connect
}

fn capped(seconds: u16) -> World {
    let mut config = Config::default();
    config.limits.keep_alive_seconds_max = seconds;
    World::with(config)
}

/// The Server Keep Alive of the CONNACK to `connect`.
fn told(world: &mut World, connect: Connect<'_>) -> (Peer, Option<u16>) {
    let (peer, packet) = world.handshake(connect);
    let Packet::ConnAck(ConnAck { properties, .. }) = packet.packet() else {
        panic!("CONNACK was expected, {packet:?} came");
    };
    (peer, properties.server_keep_alive)
}

// [MQTT-3.1.2-22] [MQTT3-3.1.2-24] [MQTT-3.2.2-22]
#[test]
fn silence_of_one_and_a_half_times_the_keep_alive_ends_a_connection() {
    for version in [V3_1, V3_1_1, V5] {
        let mut world = World::new();
        let (peer, _) = world.connect_with(alive(version, "silent", 7));
        world.advance_ms(10_499);
        assert!(!world.is_closed(peer));
        let Some((_, TimerReason::KeepAlive { client_identifier, .. })) = world.next_timer() else {
            panic!("another timer: {:?}", world.next_timer());
        };
        assert_eq!(client_identifier.as_str(), "silent");
        world.advance_ms(1);
        if version == V5 {
            world.expect_disconnect(peer, ReasonCode::KEEP_ALIVE_TIMEOUT);
        } else {
            world.expect_silent_close(peer);
        }
    }
}

// [MQTT-3.12.4-1] [MQTT3-3.12.4-1]
#[test]
fn every_packet_ends_the_silence() {
    let mut world = World::new();
    let (peer, _) = world.connect_with(alive(V5, "talking", 10));
    world.advance_ms(14_999);
    world.ping(peer);
    world.advance_ms(14_999);
    world.publish(peer, "a", "x", AtMostOnce);
    world.advance_ms(14_999);
    world.subscribe(peer, "b", AtMostOnce);
    world.advance_ms(14_999);
    // An acknowledgement of nothing is a packet too.
    world.send(peer, &Packet::PubAck(ack(5)));
    world.advance_ms(14_999);
    assert!(!world.is_closed(peer));
    world.advance_ms(1);
    assert!(world.is_closed(peer));
}

// [MQTT-3.1.2-22] speaks of Control Packets: a client that drips bytes of one for ever is silent.
#[test]
fn a_part_of_a_packet_does_not_end_the_silence() {
    let mut world = World::new();
    let (peer, _) = world.connect_with(alive(V5, "dripping", 10));
    for byte in [0x30, 0x7F, 0x00] {
        world.advance(4);
        world.send_bytes(peer, &[byte]);
    }
    world.advance_ms(2_999);
    assert!(!world.is_closed(peer));
    world.advance_ms(1);
    world.expect_disconnect(peer, ReasonCode::KEEP_ALIVE_TIMEOUT);
}

#[test]
fn the_last_part_of_a_packet_ends_the_silence() {
    let mut world = World::new();
    let (peer, _) = world.connect_with(alive(V5, "slow", 10));
    world.send_bytes(peer, &[0xC0]);
    world.advance_ms(14_999);
    world.send_bytes(peer, &[0x00]);
    world.advance_ms(14_999);
    assert!(!world.is_closed(peer));
    world.advance_ms(1);
    assert!(world.is_closed(peer));
}

#[test]
fn keep_alive_0_is_never_silent_too_long_where_there_is_no_cap() {
    let mut world = capped(0);
    let (peer, server_keep_alive) = told(&mut world, alive(V5, "quiet", 0));
    assert_eq!(server_keep_alive, None);
    assert_eq!(world.next_timer(), None);
    world.advance(1_000_000);
    world.ping(peer);
}

#[test]
fn the_longest_keep_alive_is_granted_where_there_is_no_cap() {
    let mut world = capped(0);
    let (peer, server_keep_alive) = told(&mut world, alive(V5, "patient", u16::MAX));
    assert_eq!(server_keep_alive, None);
    world.advance_ms(65_535 * 1500 - 1);
    assert!(!world.is_closed(peer));
    world.advance_ms(1);
    assert!(world.is_closed(peer));
}

// [MQTT-3.1.2-21] [MQTT-3.2.2-21]
#[test]
fn a_version_5_client_is_told_the_cap_and_judged_by_it() {
    for asked in [0, 61, u16::MAX] {
        let mut world = capped(60);
        let (peer, server_keep_alive) = told(&mut world, alive(V5, "capped", asked));
        assert_eq!(server_keep_alive, Some(60), "{asked} s were asked for");
        world.advance_ms(89_999);
        assert!(!world.is_closed(peer));
        world.advance_ms(1);
        assert!(world.is_closed(peer));
    }
    let mut world = capped(60);
    assert_eq!(told(&mut world, alive(V5, "at the edge", 60)).1, None);
}

// Server Keep Alive is no part of version 3: whoever cannot be told is judged by its own value.
#[test]
fn a_version_3_client_keeps_its_own_value_whatever_the_cap() {
    for version in [V3_1, V3_1_1] {
        let mut world = capped(60);
        let (quiet, _) = world.connect_with(alive(version, "quiet", 0));
        let (patient, _) = world.connect_with(alive(version, "patient", 100));
        world.advance_ms(149_999);
        assert!(!world.is_closed(patient));
        world.advance_ms(1);
        assert!(world.is_closed(patient));
        assert!(!world.is_closed(quiet));
    }
}

#[test]
fn what_the_broker_sends_does_not_end_the_silence() {
    let mut world = World::new();
    let publisher = world.connect("publisher");
    let (peer, _) = world.connect_with(alive(V5, "listening", 10));
    world.subscribe(peer, "a", AtMostOnce);
    for _ in 0..14 {
        world.advance(1);
        world.publish(publisher, "a", "x", AtMostOnce);
    }
    assert_eq!(world.payloads(peer).len(), 14);
    world.advance(1);
    world.expect_disconnect(peer, ReasonCode::KEEP_ALIVE_TIMEOUT);
}

// A client that is not read from cannot be heard.
#[test]
fn silence_does_not_count_while_nothing_is_read() {
    let mut config = Config::default();
    config.limits.unread_answers_bytes_max = 10;
    let mut world = World::with(config);
    let peer = world.open_with(8, None);
    world.stall(peer);
    world.send(peer, &Packet::Connect(alive(V5, "not reading", 10)));
    for _ in 0..16 {
        world.send(peer, &Packet::PingReq);
    }
    assert!(!world.is_reading(peer));
    world.advance(119);
    assert!(!world.is_closed(peer));
    world.unstall(peer);
    assert!(world.is_reading(peer));
    world.all(peer);
    world.advance_ms(14_999);
    assert!(!world.is_closed(peer), "the silence counts from the moment of reading again");
    world.advance_ms(1);
    world.expect_disconnect(peer, ReasonCode::KEEP_ALIVE_TIMEOUT);
}

// [MQTT-3.1.2-22]: as if the network had failed.
#[test]
fn a_silent_client_is_treated_as_one_whose_network_failed() {
    let mut world = World::new();
    let watcher = world.connect("watcher");
    world.subscribe(watcher, "will", AtMostOnce);
    let mut asked = kept(V5, "silent");
    asked.keep_alive = 10;
    asked.will = Some(will("will", "silent", AtMostOnce));
    let (peer, _) = world.connect_with(asked);
    world.subscribe(peer, "a", AtLeastOnce);
    world.advance(15);
    assert!(world.is_closed(peer));
    assert_eq!(world.payloads(watcher), ["silent"]);
    assert!(world.connect_kept(V5, "silent").1);
}

#[test]
fn a_driver_that_wakes_late_finds_the_silent_client_as_well() {
    let mut world = World::new();
    let (peer, _) = world.connect_with(alive(V5, "silent", 10));
    world.sleep(1000);
    world.advance(0);
    world.expect_disconnect(peer, ReasonCode::KEEP_ALIVE_TIMEOUT);
}
