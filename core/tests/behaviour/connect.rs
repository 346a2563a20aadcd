//! CONNECT and CONNACK: who is let in, and what the client is told.

use std::collections::BTreeSet;
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

// [MQTT-3.1.4-5] [MQTT-3.2.0-2]
#[test]
fn connack_tells_the_limits_and_nothing_that_is_at_its_default() {
    let mut world = World::new();
    let (_, packet) = world.handshake(connect(V5, "client"));
    let expected = ConnAckProperties {
        receive_maximum: Some(64),
        maximum_packet_size: Some(1024 * 1024),
        topic_alias_maximum: Some(16),
        server_keep_alive: Some(3600),
        ..ConnAckProperties::default()
    };
    assert_eq!(properties(&packet), expected);
    let mut world = limited(|limits| {
        limits.receive_maximum = u16::MAX;
        limits.topic_alias_maximum = 0;
        limits.packet_size_bytes_max = 100_000;
        limits.keep_alive_seconds_max = 0;
    });
    let (_, packet) = world.handshake(connect(V5, "client"));
    let expected =
        ConnAckProperties { maximum_packet_size: Some(100_000), ..ConnAckProperties::default() };
    assert_eq!(properties(&packet), expected);
}

#[test]
fn a_version_3_connack_is_four_bytes() {
    for (version, second) in [(V3_1, 0), (V3_1_1, 1)] {
        let mut world = World::new();
        let (_, packet) = world.handshake(kept(version, "client"));
        assert_eq!(packet.bytes(), [0x20, 2, 0, 0]);
        let (_, packet) = world.handshake(kept(version, "client"));
        assert_eq!(packet.bytes(), [0x20, 2, second, 0]);
    }
}

// [MQTT-3.1.3-6] [MQTT-3.1.3-7] [MQTT-3.2.2-16]
#[test]
fn a_client_without_an_identifier_is_assigned_one_that_it_can_come_back_with() {
    let mut world = World::new();
    let (peer, packet) = world.handshake(kept(V5, ""));
    let assigned = properties(&packet).assigned_client_identifier.expect("one").to_owned();
    world.cut(peer);
    let (_, packet) = world.handshake(kept(V5, &assigned));
    assert_eq!(properties(&packet).assigned_client_identifier, None);
    let Packet::ConnAck(connack) = packet.packet() else { panic!("{packet:?}") };
    assert!(connack.session_present);
}

// [MQTT3-3.1.3-6] [MQTT3-3.1.3-7]
#[test]
fn assigned_identifiers_differ_from_each_other_and_from_broker_to_broker() {
    let mut seen = BTreeSet::new();
    for seed in 0..4 {
        let broker = afterlink_core::Broker::new(Config::default(), [seed; 32], START);
        let mut world = World::around(broker, START);
        for _ in 0..50 {
            let (_, packet) = world.handshake(connect(V5, ""));
            let properties = properties(&packet);
            seen.insert(properties.assigned_client_identifier.expect("one").to_owned());
        }
        world.connect_with(connect(V3_1_1, ""));
        assert_eq!(world.broker.totals().sessions, 51);
    }
    assert_eq!(seen.len(), 200);
}

// [MQTT3-3.1.3-8] [MQTT3-3.1.3-9]
#[test]
fn a_version_3_1_1_session_without_an_identifier_cannot_be_kept() {
    let mut world = World::new();
    world.expect_refused(kept(V3_1_1, ""), ReasonCode::CLIENT_IDENTIFIER_NOT_VALID);
    assert_eq!(world.broker.totals().sessions, 0);
}

// [MQTT-3.1.3-8] [MQTT3-3.1.3-9]
#[test]
fn a_client_identifier_may_be_as_long_as_the_limit_says() {
    let mut world = World::new();
    let longest = "i".repeat(1024);
    for version in [V3_1, V3_1_1, V5] {
        world.connect_with(connect(version, &longest));
        let longer = "i".repeat(1025);
        let reason = ReasonCode::CLIENT_IDENTIFIER_NOT_VALID;
        world.expect_refused(connect(version, &longer), reason);
        world.connect_with(connect(version, "0123456789abcdefghijklm"));
        world.connect_with(connect(version, "NOPQRSTUVWXYZ"));
    }
    world.connect("+/#/$ \u{FEFF}\u{1F980}");
}

// [MQTT-3.1.3-5] [MQTT3-3.1.3-5]
#[test]
fn every_client_identifier_of_1_to_23_letters_and_digits_is_allowed() {
    let all = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let mut world = World::new();
    for version in [V3_1, V3_1_1, V5] {
        for (start, _) in all.char_indices() {
            let letters = all.chars().cycle().skip(start).take(1 + start % 23);
            world.connect_with(connect(version, &letters.collect::<String>()));
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

// [MQTT-3.1.2-28]
#[test]
fn response_information_is_told_to_those_who_ask() {
    let config =
        Config { response_information: Some("responses/".to_owned()), ..Config::default() };
    let mut world = World::with(config);
    for (asked, told) in [(None, None), (Some(false), None), (Some(true), Some("responses/"))] {
        let mut connect = connect(V5, "client");
        connect.properties.request_response_information = asked;
        let (_, packet) = world.handshake(connect);
        assert_eq!(properties(&packet).response_information, told);
    }
}

// [MQTT-3.1.2-29]
#[test]
fn a_client_that_wants_no_problem_information_gets_reason_strings_in_disconnect_alone() {
    let mut world = World::new();
    for (wanted, explained) in [(None, true), (Some(true), true), (Some(false), false)] {
        let mut asked = connect(V5, "client");
        asked.properties.request_problem_information = wanted;
        let (peer, _) = world.connect_with(asked);
        world.send(peer, &Packet::Publish(publish("$reserved", b"x", AtLeastOnce, 1)));
        let packet = world.next(peer);
        let Packet::PubAck(puback) = packet.packet() else { panic!("{packet:?}") };
        assert_eq!(puback.reason_code, ReasonCode::NOT_AUTHORIZED);
        assert_eq!(puback.properties.reason_string.is_some(), explained);
        world.connect("client");
        let packet = world.next(peer);
        let Packet::Disconnect(disconnect) = packet.packet() else { panic!("{packet:?}") };
        assert!(disconnect.properties.reason_string.is_some());
    }
}

// [MQTT-3.4.2-2] [MQTT-3.14.2-3] [MQTT-3.1.2-24]
#[test]
fn a_reason_string_is_left_out_where_it_would_not_fit_the_client() {
    // CONNACK with its four properties has 19 bytes.
    let mut world = World::new();
    let mut asked = connect(V5, "small");
    asked.properties.maximum_packet_size = Some(19);
    let (peer, _) = world.connect_with(asked);
    world.send(peer, &Packet::Publish(publish("$reserved", b"x", AtLeastOnce, 1)));
    assert_eq!(world.next(peer).bytes(), [0x40, 3, 0, 1, 0x87]);
    world.connect("small");
    assert_eq!(world.next(peer).bytes(), [0xE0, 1, 0x8E]);
}

// [MQTT-3.2.2-19]: the Maximum Packet Size of a CONNECT that is refused counts too.
#[test]
fn a_refusal_is_not_explained_beyond_the_packet_size_of_the_client() {
    let mut world = World::new();
    let identifier = "i".repeat(2000);
    let mut asked = connect(V5, &identifier);
    let peer = world.begin(asked.clone());
    let packet = world.next(peer);
    let Packet::ConnAck(connack) = packet.packet() else { panic!("{packet:?}") };
    assert!(connack.properties.reason_string.is_some());
    let whole = u32::try_from(packet.bytes().len()).unwrap();
    for (maximum, explained) in [(whole, true), (whole - 1, false), (5, false)] {
        asked.properties.maximum_packet_size = Some(maximum);
        let peer = world.begin(asked.clone());
        let answer = world.next(peer);
        if explained {
            assert_eq!(answer.bytes(), packet.bytes());
        } else {
            assert_eq!(answer.bytes(), [0x20, 3, 0, 0x85, 0]);
        }
        world.expect_silent_close(peer);
    }
    asked.properties.maximum_packet_size = Some(4);
    let peer = world.begin(asked);
    world.expect_silent_close(peer);
}

// [MQTT-3.1.2-24]: without its CONNACK the connection could never be used.
#[test]
fn a_client_that_is_too_small_for_its_connack_is_closed() {
    let mut world = World::new();
    let mut asked = kept(V5, "tiny");
    asked.properties.maximum_packet_size = Some(18);
    let peer = world.begin(asked);
    world.expect_silent_close(peer);
    assert_eq!(world.broker.totals().connections, 0);
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

// [MQTT-3.2.0-1]
#[test]
fn connack_is_the_first_packet_whatever_waits_for_the_client() {
    let mut world = World::new();
    let (peer, _) = world.connect_kept(V5, "member");
    world.subscribe(peer, "$share/group/a", AtLeastOnce);
    world.subscribe(peer, "b", AtLeastOnce);
    world.cut(peer);
    let publisher = world.connect("publisher");
    world.publish(publisher, "a", "for the group", AtLeastOnce);
    world.publish(publisher, "b", "for the session", AtLeastOnce);
    let (peer, present) = world.connect_kept(V5, "member");
    assert!(present);
    let mut payloads = world.payloads(peer);
    payloads.sort();
    assert_eq!(payloads, ["for the group", "for the session"]);
}

// [MQTT-3.2.0-1]: the will of a session that CONNECT ends may match that session's successor only
// once it has subscribed.
#[test]
fn an_overdue_will_does_not_come_before_connack() {
    let mut world = World::new();
    let mut asked = kept(V5, "client");
    let mut message = will("a", "late", AtLeastOnce);
    message.properties.will_delay_interval = Some(10);
    asked.will = Some(message);
    let (peer, _) = world.connect_with(asked);
    world.subscribe(peer, "a", AtLeastOnce);
    world.cut(peer);
    world.sleep(10);
    let (peer, _) = world.connect_kept(V5, "client");
    assert_eq!(world.payloads(peer), ["late"]);
}
