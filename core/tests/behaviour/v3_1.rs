//! MQTT 3.1 (`MQIsdp`).

use afterlink_core::broker::{Config, V31SubscribeNotAuthorized};
use afterlink_core::codec::{Packet, ReasonCode};

use crate::harness::*;

#[test]
fn a_connect_of_3_1_is_taken_as_its_clients_write_it() {
    let mut world = World::new();
    let peer = world.open();
    // CleanSession, keep alive 60, identifier "old".
    world.send_bytes(peer, b"\x10\x11\0\x06MQIsdp\x03\x02\0\x3C\0\x03old");
    assert_eq!(world.next(peer).bytes(), [0x20, 2, 0, 0]);
    world.send_bytes(peer, &[0xC0, 0]);
    assert_eq!(world.next(peer).bytes(), [0xD0, 0]);
    world.send_bytes(peer, &[0xE0, 0]);
    world.expect_silent_close(peer);
}

// [MQTT3-3.1.2-2]
#[test]
fn name_and_level_have_to_belong_together() {
    for bytes in [
        b"\x10\x10\0\x06MQIsdp\x04\x02\0\0\0\x02id".as_slice(),
        b"\x10\x0E\0\x04MQTT\x03\x02\0\0\0\x02id".as_slice(),
    ] {
        let mut world = World::new();
        let peer = world.open();
        world.send_bytes(peer, bytes);
        assert_eq!(world.next(peer).bytes(), [0x20, 2, 0, 1]);
        world.expect_silent_close(peer);
    }
}

#[test]
fn an_empty_identifier_is_refused_even_for_a_clean_session() {
    let mut world = World::new();
    for asked in [connect(V3_1, ""), kept(V3_1, "")] {
        world.expect_refused(asked, ReasonCode::CLIENT_IDENTIFIER_NOT_VALID);
    }
}

#[test]
fn an_identifier_of_more_than_23_characters_is_refused_where_the_setting_says_so() {
    let config = Config { v3_1_long_client_identifiers: false, ..Config::default() };
    let mut world = World::with(config);
    let longest = "\u{E9}".repeat(23);
    let longer = "\u{E9}".repeat(24);
    world.connect_with(connect(V3_1, &longest));
    let reason = ReasonCode::CLIENT_IDENTIFIER_NOT_VALID;
    world.expect_refused(connect(V3_1, &longer), reason);
    world.connect_with(connect(V3_1_1, &longer));
    let mut world = World::new();
    world.connect_with(connect(V3_1, &longer));
}

#[test]
fn messages_of_every_qos_go_both_ways() {
    for qos in [AtMostOnce, AtLeastOnce, ExactlyOnce] {
        let mut world = World::new();
        let (reader, _) = world.connect_with(connect(V3_1, "reader"));
        world.subscribe(reader, "a/+", qos);
        let (publisher, _) = world.connect_with(connect(V3_1, "publisher"));
        world.publish(publisher, "a/b", "hello", qos);
        let message = world.take(reader);
        assert_eq!((message.payload.as_str(), message.qos), ("hello", qos));
        assert_eq!(world.unsubscribe(reader, &["a/+"]), []);
        world.publish(publisher, "a/b", "unheard", qos);
        world.nothing(reader);
    }
}

#[test]
fn an_unfinished_exchange_goes_on_after_a_reconnect() {
    let mut world = World::new();
    let (reader, _) = world.connect_kept(V3_1, "reader");
    world.subscribe(reader, "a", ExactlyOnce);
    let publisher = world.connect("publisher");
    world.publish(publisher, "a", "one", AtLeastOnce);
    world.publish(publisher, "a", "two", ExactlyOnce);
    let one = world.message(reader);
    let two = world.message(reader);
    world.send(reader, &Packet::PubRec(ack(two.identifier)));
    world.cut(reader);
    let (reader, _) = world.connect_kept(V3_1, "reader");
    let again = world.message(reader);
    assert_eq!((again.identifier, again.dup), (one.identifier, true));
    let packet = world.next(reader);
    let Packet::PubRel(pubrel) = packet.packet() else { panic!("{packet:?}") };
    assert_eq!(pubrel.packet_identifier, id(two.identifier));
}

// Its SUBACK knows no failure.
#[test]
fn a_filter_that_is_not_authorized_is_granted_and_never_matches() {
    let mut world = World::new();
    world.refuse(&[], &["secret/#"]);
    let (reader, _) = world.connect_with(connect(V3_1, "reader"));
    world.subscribe(reader, "secret/a", AtLeastOnce);
    world.subscribe(reader, "public", AtLeastOnce);
    let publisher = world.connect("publisher");
    world.publish(publisher, "secret/a", "hidden", AtLeastOnce);
    world.publish(publisher, "public", "seen", AtLeastOnce);
    assert_eq!(world.payloads(reader), ["seen"]);
}

#[test]
fn a_filter_that_is_not_authorized_closes_where_the_setting_says_so() {
    let config = Config {
        v3_1_subscribe_not_authorized: V31SubscribeNotAuthorized::Close,
        ..Config::default()
    };
    let mut world = World::with(config);
    world.refuse(&[], &["secret/#"]);
    let (reader, _) = world.connect_with(connect(V3_1, "reader"));
    world.send_bytes(reader, b"\x82\x0D\0\x01\0\x08secret/a\x01");
    world.expect_silent_close(reader);
    let (newer, _) = world.connect_with(connect(V3_1_1, "newer"));
    let codes = world.subscribe_with(newer, &[filter_of("secret/a", AtLeastOnce)]);
    assert_eq!(codes, [ReasonCode::UNSPECIFIED_ERROR], "3.1.1 can be told");
}

#[test]
fn a_filter_that_is_not_valid_closes_since_it_cannot_be_refused() {
    let mut world = World::new();
    let (reader, _) = world.connect_with(connect(V3_1, "reader"));
    world.send_bytes(reader, b"\x82\x09\0\x01\0\x04#/no\x01");
    world.expect_silent_close(reader);
    let (newer, _) = world.connect_with(connect(V3_1_1, "newer"));
    world.send_bytes(newer, b"\x82\x09\0\x01\0\x04#/no\x01");
    assert_eq!(world.next(newer).bytes(), [0x90, 3, 0, 1, 0x80]);
}

#[test]
fn properties_of_a_version_5_message_are_left_out() {
    let mut world = World::new();
    let (reader, _) = world.connect_with(connect(V3_1, "reader"));
    world.subscribe(reader, "a", AtMostOnce);
    let publisher = world.connect("publisher");
    let mut message = publish("a", b"x", AtMostOnce, 1);
    message.properties.content_type = Some("text/plain");
    message.properties.message_expiry_interval = Some(5);
    world.send(publisher, &Packet::Publish(message));
    assert_eq!(world.next(reader).bytes(), b"\x30\x04\0\x01ax");
}
