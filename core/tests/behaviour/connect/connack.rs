//! CONNACK: what it tells, to whom, and that nothing comes before it.

use afterlink_core::broker::Config;
use afterlink_core::codec::packet::ConnAckProperties;
use afterlink_core::codec::{Packet, ReasonCode};

use super::{limited, properties};
use crate::harness::*;

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
