//! Bytes and packets that break the rules.

use afterlink_core::broker::{Config, Limits};
use afterlink_core::codec::packet::{Disconnect, Unsubscribe, UnsubscribeFilters};
use afterlink_core::codec::{Packet, ProtocolVersion, ReasonCode, UserProperties};

use crate::harness::*;

const MALFORMED: ReasonCode = ReasonCode::MALFORMED_PACKET;
const PROTOCOL: ReasonCode = ReasonCode::PROTOCOL_ERROR;
const ALIAS: ReasonCode = ReasonCode::TOPIC_ALIAS_INVALID;
const TOPIC: ReasonCode = ReasonCode::TOPIC_NAME_INVALID;
const TOO_LARGE: ReasonCode = ReasonCode::PACKET_TOO_LARGE;

type Case = (&'static str, &'static [u8], ReasonCode);

/// A name, Connect Flags, properties, payload, and the code of the refusal.
type ConnectCase = (&'static str, u8, &'static [u8], &'static [u8], ReasonCode);

/// What ends an accepted 5.0 connection, and with which code.
const CASES: &[Case] = &[
    // Fixed header [MQTT-2.1.3-1] [MQTT-3.8.1-1] [MQTT-3.10.1-1] [MQTT-3.6.1-1] [MQTT-3.14.1-1]
    // [MQTT-3.15.1-1] [MQTT-1.5.5-1]
    ("reserved packet type", b"\x00\x00", MALFORMED),
    ("SUBSCRIBE flags 0", b"\x80\x07\0\x01\0\0\x01a\0", MALFORMED),
    ("UNSUBSCRIBE flags 0", b"\xA0\x06\0\x01\0\0\x01a", MALFORMED),
    ("PUBREL flags 0", b"\x60\x02\0\x01", MALFORMED),
    ("PUBACK flags 1", b"\x41\x02\0\x01", MALFORMED),
    ("PINGREQ flags 1", b"\xC1\x00", MALFORMED),
    ("DISCONNECT flags 1", b"\xE1\x00", MALFORMED),
    ("AUTH flags 1", b"\xF1\x00", MALFORMED),
    ("remaining length not minimal", b"\xC0\x80\x00", MALFORMED),
    ("remaining length of five bytes", b"\x30\xFF\xFF\xFF\xFF", MALFORMED),
    ("remaining length beyond the limit", b"\x30\xFF\xFF\xFF\x7F", TOO_LARGE),
    ("PINGREQ with a body", b"\xC0\x01\0", MALFORMED),
    // Packets that only a server sends.
    ("CONNACK", b"\x20\x03\0\0\0", PROTOCOL),
    ("SUBACK", b"\x90\x04\0\x01\0\0", PROTOCOL),
    ("UNSUBACK", b"\xB0\x04\0\x01\0\0", PROTOCOL),
    ("PINGRESP", b"\xD0\x00", PROTOCOL),
    // A second CONNECT, even one that could not be a first [MQTT-3.1.0-2].
    ("CONNECT of no known protocol", b"\x10\x0D\0\x04HTTP\x05\x02\0\0\0\0\0", PROTOCOL),
    ("CONNECT of no known level", b"\x10\x0D\0\x04MQTT\x09\x02\0\0\0\0\0", PROTOCOL),
    // PUBLISH [MQTT-3.3.1-4] [MQTT-3.3.1-2] [MQTT-3.3.2-1] [MQTT-3.3.2-2] [MQTT-2.2.1-3]
    // [MQTT-3.3.4-6] [MQTT-3.3.2-8] [MQTT-3.3.2-14] [MQTT-1.5.4-1] [MQTT-1.5.4-2]
    ("QoS 3", b"\x36\x06\0\x01a\0\x01\0", MALFORMED),
    ("DUP with QoS 0", b"\x38\x04\0\x01a\0", PROTOCOL),
    ("topic past the end", b"\x30\x02\0\x05", MALFORMED),
    ("topic that is not UTF-8", b"\x30\x04\0\x01\xFF\0", MALFORMED),
    ("topic with a surrogate", b"\x30\x06\0\x03\xED\xA0\x80\0", MALFORMED),
    ("topic with an overlong character", b"\x30\x05\0\x02\xC0\xAF\0", MALFORMED),
    ("topic with a null character", b"\x30\x06\0\x03a\0b\0", MALFORMED),
    ("topic with +", b"\x30\x06\0\x03a/+\0", TOPIC),
    ("topic with #", b"\x30\x04\0\x01#\0", TOPIC),
    ("neither topic nor alias", b"\x30\x03\0\0\0", PROTOCOL),
    ("packet identifier 0", b"\x32\x06\0\x01a\0\0\0", PROTOCOL),
    ("no property length", b"\x30\x03\0\x01a", MALFORMED),
    ("properties past the end", b"\x30\x04\0\x01a\x05", MALFORMED),
    ("property length not minimal", b"\x30\x05\0\x01a\x80\0", MALFORMED),
    ("unknown property", b"\x30\x06\0\x01a\x02\x7E\0", MALFORMED),
    ("property of CONNECT", b"\x30\x09\0\x01a\x05\x11\0\0\0\x01", MALFORMED),
    ("property twice", b"\x30\x08\0\x01a\x04\x01\x01\x01\x01", PROTOCOL),
    ("payload format 2", b"\x30\x06\0\x01a\x02\x01\x02", PROTOCOL),
    ("subscription identifier", b"\x30\x06\0\x01a\x02\x0B\x01", PROTOCOL),
    ("topic alias 0", b"\x30\x07\0\x01a\x03\x23\0\0", ALIAS),
    ("topic alias above the maximum", b"\x30\x07\0\x01a\x03\x23\0\x11", ALIAS),
    ("topic alias nobody has set", b"\x30\x06\0\0\x03\x23\0\x01", ALIAS),
    ("response topic with #", b"\x30\x08\0\x01a\x04\x08\0\x01#", PROTOCOL),
    // SUBSCRIBE and UNSUBSCRIBE [MQTT-3.8.3-2] [MQTT-3.8.3-4] [MQTT-3.8.3-5] [MQTT-3.10.3-2]
    ("SUBSCRIBE without a filter", b"\x82\x03\0\x01\0", PROTOCOL),
    ("SUBSCRIBE with identifier 0", b"\x82\x07\0\0\0\0\x01a\0", PROTOCOL),
    ("reserved subscription option", b"\x82\x07\0\x01\0\0\x01a\x40", MALFORMED),
    ("maximum QoS 3", b"\x82\x07\0\x01\0\0\x01a\x03", PROTOCOL),
    ("retain handling 3", b"\x82\x07\0\x01\0\0\x01a\x30", PROTOCOL),
    ("subscription identifier 0", b"\x82\x09\0\x01\x02\x0B\0\0\x01a\0", PROTOCOL),
    ("two subscription identifiers", b"\x82\x0B\0\x01\x04\x0B\x01\x0B\x01\0\x01a\0", PROTOCOL),
    ("no local for a share", b"\x82\x10\0\x01\0\0\x0A$share/g/a\x04", PROTOCOL),
    ("filter without options", b"\x82\x06\0\x01\0\0\x01a", MALFORMED),
    ("UNSUBSCRIBE without a filter", b"\xA2\x03\0\x01\0", PROTOCOL),
    ("UNSUBSCRIBE with identifier 0", b"\xA2\x06\0\0\0\0\x01a", PROTOCOL),
    // Acknowledgements, DISCONNECT and AUTH [MQTT-3.4.2-1] [MQTT-3.14.2-1] [MQTT-3.15.2-1]
    // [MQTT-4.12.0-7]
    ("PUBACK with identifier 0", b"\x40\x02\0\0", PROTOCOL),
    ("PUBACK with a code of PUBREL", b"\x40\x03\0\x01\x92", PROTOCOL),
    ("PUBREC cut short", b"\x50\x01\0", MALFORMED),
    ("DISCONNECT with no code of the standard", b"\xE0\x01\x7F", PROTOCOL),
    ("AUTH though CONNECT had no method", b"\xF0\x02\x19\0", PROTOCOL),
];

// [MQTT-4.13.1-1]
#[test]
fn what_breaks_the_rules_of_version_5_ends_the_connection_with_its_code() {
    for (name, bytes, reason) in CASES {
        let mut world = World::new();
        let bystander = world.connect("bystander");
        let peer = world.connect("peer");
        world.send_bytes(peer, bytes);
        let told = world.try_next(peer);
        let Some(Packet::Disconnect(disconnect)) = told.as_ref().map(Received::packet) else {
            panic!("{name}: {told:?}");
        };
        assert_eq!(disconnect.reason_code, *reason, "{name}");
        world.expect_silent_close(peer);
        world.ping(bystander);
        assert_eq!(world.broker.totals().unfinished_bytes, 0, "{name}");
    }
}

#[test]
fn how_the_bytes_are_cut_makes_no_difference() {
    for (name, bytes, reason) in CASES {
        let mut world = World::new();
        let peer = world.connect("peer");
        for byte in *bytes {
            world.send_bytes(peer, &[*byte]);
        }
        let told = world.try_next(peer);
        let Some(Packet::Disconnect(disconnect)) = told.as_ref().map(Received::packet) else {
            panic!("{name}: {told:?}");
        };
        assert_eq!(disconnect.reason_code, *reason, "{name}");
        world.expect_silent_close(peer);
    }
}

// [MQTT3-4.8.0-1] [MQTT3-2.2.2-2] [MQTT3-3.6.1-1] [MQTT3-3.8.1-1] [MQTT3-3.10.1-1]
// [MQTT3-3.14.1-1] [MQTT3-3.3.1-4] [MQTT3-3.3.1-2] [MQTT3-3.3.2-2] [MQTT3-1.5.3-1]
// [MQTT3-1.5.3-2] [MQTT3-2.3.1-1] [MQTT3-3.8.3-3] [MQTT3-3.8.3-4] [MQTT3-3.10.3-2]
#[test]
fn what_breaks_the_rules_of_version_3_closes_without_a_word() {
    let cases: &[(&str, &[u8])] = &[
        ("reserved packet type", b"\x00\x00"),
        ("AUTH", b"\xF0\x00"),
        ("SUBSCRIBE flags 0", b"\x80\x06\0\x01\0\x01a\0"),
        ("UNSUBSCRIBE flags 0", b"\xA0\x05\0\x01\0\x01a"),
        ("PUBREL flags 0", b"\x60\x02\0\x01"),
        ("DISCONNECT flags 1", b"\xE1\x00"),
        ("DISCONNECT with a code", b"\xE0\x01\0"),
        ("PUBACK with a code", b"\x40\x03\0\x01\0"),
        ("remaining length not minimal", b"\xC0\x80\x00"),
        ("CONNACK", b"\x20\x02\0\0"),
        ("PINGRESP", b"\xD0\x00"),
        ("QoS 3", b"\x36\x05\0\x01a\0\x01"),
        ("DUP with QoS 0", b"\x38\x03\0\x01a"),
        ("topic past the end", b"\x30\x02\0\x05"),
        ("topic that is not UTF-8", b"\x30\x03\0\x01\xFF"),
        ("topic with a surrogate", b"\x30\x05\0\x03\xED\xA0\x80"),
        ("topic with a null character", b"\x30\x05\0\x03a\0b"),
        ("topic with #", b"\x30\x03\0\x01#"),
        ("no topic", b"\x30\x02\0\0"),
        ("packet identifier 0", b"\x32\x05\0\x01a\0\0"),
        ("SUBSCRIBE without a filter", b"\x82\x02\0\x01"),
        ("requested QoS 3", b"\x82\x06\0\x01\0\x01a\x03"),
        ("reserved bit of requested QoS", b"\x82\x06\0\x01\0\x01a\x04"),
        ("UNSUBSCRIBE without a filter", b"\xA2\x02\0\x01"),
    ];
    for version in [V3_1, V3_1_1] {
        for (name, bytes) in cases {
            let mut world = World::new();
            let (peer, _) = world.connect_with(connect(version, "peer"));
            world.send_bytes(peer, bytes);
            assert_eq!(world.all(peer), [], "{name}");
            assert!(world.is_closed(peer), "{name}");
        }
    }
}

/// The bytes of a CONNECT of 5.0 with a client identifier.
fn connect_bytes(flags: u8, properties: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut body = b"\0\x04MQTT\x05".to_vec();
    body.extend_from_slice(&[flags, 0, 0]);
    body.push(u8::try_from(properties.len()).expect("short"));
    body.extend_from_slice(properties);
    body.extend_from_slice(payload);
    let mut bytes = vec![0x10, u8::try_from(body.len()).expect("short")];
    bytes.append(&mut body);
    bytes
}

// [MQTT-3.1.4-1] [MQTT-3.1.2-3] [MQTT-3.1.2-9] [MQTT-3.1.2-11] [MQTT-3.1.2-12] [MQTT-3.1.2-13]
// [MQTT-3.1.2-16] [MQTT-3.1.2-17] [MQTT-3.1.2-18] [MQTT-3.1.2-19] [MQTT-3.1.3-3] [MQTT-3.1.3-4]
#[test]
fn a_version_5_connect_that_breaks_the_rules_is_refused_with_its_code() {
    let id = b"\0\x01i".as_slice();
    let cases: &[ConnectCase] = &[
        ("reserved flag", 0x03, b"", id, MALFORMED),
        ("will QoS without a will", 0x0A, b"", id, MALFORMED),
        ("will retain without a will", 0x22, b"", id, MALFORMED),
        ("will QoS 3", 0x1E, b"", b"\0\x01i\0\0\x01w\0\0", MALFORMED),
        ("will missing", 0x06, b"", id, MALFORMED),
        ("user name missing", 0x82, b"", id, MALFORMED),
        ("user name without its flag", 0x02, b"", b"\0\x01i\0\x01u", MALFORMED),
        ("password missing", 0x42, b"", id, MALFORMED),
        ("password without its flag", 0x82, b"", b"\0\x01i\0\x01u\0\x01p", MALFORMED),
        ("no client identifier", 0x02, b"", b"", MALFORMED),
        ("client identifier that is not UTF-8", 0x02, b"", b"\0\x01\xFF", MALFORMED),
        ("client identifier with a null character", 0x02, b"", b"\0\x01\0", MALFORMED),
        ("receive maximum 0", 0x02, b"\x21\0\0", id, PROTOCOL),
        ("maximum packet size 0", 0x02, b"\x27\0\0\0\0", id, PROTOCOL),
        ("request problem information 2", 0x02, b"\x17\x02", id, PROTOCOL),
        ("session expiry twice", 0x02, b"\x11\0\0\0\0\x11\0\0\0\0", id, PROTOCOL),
        ("property of PUBLISH", 0x02, b"\x23\0\x01", id, MALFORMED),
        ("property of CONNACK", 0x02, b"\x13\0\x01", id, MALFORMED),
        ("unknown property", 0x02, b"\x7F\0", id, MALFORMED),
        ("authentication data without method", 0x02, b"\x16\0\x01x", id, PROTOCOL),
    ];
    for (name, flags, properties, payload, reason) in cases {
        let mut world = World::new();
        let peer = world.open();
        world.send_bytes(peer, &connect_bytes(*flags, properties, payload));
        let answer = world.try_next(peer);
        let Some(Packet::ConnAck(connack)) = answer.as_ref().map(Received::packet) else {
            panic!("{name}: {answer:?}");
        };
        assert_eq!(connack.reason_code, *reason, "{name}");
        world.expect_silent_close(peer);
        assert_eq!(world.broker.totals().sessions, 0);
    }
    let mut world = World::new();
    let peer = world.open();
    world.send_bytes(peer, &connect_bytes(0x02, b"", id));
    assert_eq!(world.next(peer).bytes()[3], 0, "the bytes around the cases are right");
}

#[test]
fn connects_that_are_refused_leave_nothing_behind() {
    // An address that is still counted would keep the next connection out.
    let limits = Limits { connections_per_address_max: 1, ..Limits::default() };
    let mut world = World::with(Config { limits, ..Config::default() });
    let address = Some("192.0.2.1".parse().expect("an address"));
    let id = b"\0\x01i".as_slice();
    let will_with = |properties: &[u8]| {
        let len = u8::try_from(properties.len()).expect("short");
        [id, &[len], properties, b"\0\x01w\0\x01p"].concat()
    };
    let fine = connect_bytes(0x06, b"", &will_with(b"\x01\x01"));
    let cases = [
        ("a property that no will has", connect_bytes(0x06, b"", &will_with(b"\x23\0\x01"))),
        ("a property of the will twice", connect_bytes(0x06, b"", &will_with(b"\x01\x01\x01\x01"))),
        ("a property without a value", connect_bytes(0x06, b"", &will_with(b"\x03"))),
        ("a reserved flag", connect_bytes(0x03, b"", id)),
        ("the peer goes in the midst of it", fine[..fine.len() - 1].to_vec()),
        ("the peer goes before the length", fine[..1].to_vec()),
    ];
    let before = world.broker.totals();
    for (name, bytes) in &cases {
        for cut in 0..bytes.len() {
            // The packet is begun and kept, and its rest comes later.
            let peer = world.open_with(CREDIT, address);
            world.send_bytes(peer, &bytes[..cut]);
            world.send_bytes(peer, &bytes[cut..]);
            world.all(peer);
            if !world.is_closed(peer) {
                world.cut(peer);
            }
            assert_eq!(world.broker.totals(), before, "{name}, cut at {cut}");
            assert_eq!(world.broker.next_timeout(), None, "{name}, cut at {cut}");
        }
    }
    let peer = world.open_with(CREDIT, address);
    world.send_bytes(peer, &fine);
    assert_eq!(world.next(peer).bytes()[3], 0, "the bytes around the cases are right");
    assert_ne!(world.broker.totals(), before);
}

// [MQTT3-3.1.4-1] [MQTT3-3.1.2-3] [MQTT3-3.1.2-22]
#[test]
fn a_version_3_connect_that_breaks_the_rules_is_closed_without_a_word() {
    for bytes in [
        b"\x10\x0D\0\x04MQTT\x04\x03\0\0\0\x01i".as_slice(),
        b"\x10\x0D\0\x04MQTT\x04\x0A\0\0\0\x01i",
        b"\x10\x0D\0\x04MQTT\x04\x06\0\0\0\x01i",
        b"\x10\x0E\0\x04MQTT\x04\x02\0\0\0\x01i\0",
        b"\x10\x0D\0\x04MQTT\x04\x02\0\0\0\x01\xFF",
    ] {
        let mut world = World::new();
        let peer = world.open();
        world.send_bytes(peer, bytes);
        world.expect_silent_close(peer);
    }
}

#[test]
fn a_session_and_its_will_outlive_the_fault_of_a_client() {
    let mut world = World::new();
    let watcher = world.connect("watcher");
    world.subscribe(watcher, "will", AtMostOnce);
    let mut asked = kept(V5, "clumsy");
    asked.will = Some(will("will", "oops", AtMostOnce));
    let (peer, _) = world.connect_with(asked);
    world.subscribe(peer, "a", AtLeastOnce);
    world.send_bytes(peer, &[0x00, 0x00]);
    assert_eq!(world.payloads(watcher), ["oops"]);
    assert!(world.connect_kept(V5, "clumsy").1);
}

#[test]
fn what_came_before_the_fault_counts_and_what_comes_behind_it_does_not() {
    let mut world = World::new();
    let watcher = world.connect("watcher");
    world.subscribe(watcher, "#", AtMostOnce);
    let peer = world.connect("peer");
    world.send_bytes(peer, b"\x30\x05\0\x01a\0x\x00\x00\x30\x05\0\x01a\0y");
    world.expect_disconnect(peer, MALFORMED);
    assert_eq!(world.payloads(watcher), ["x"]);
}

// [MQTT-1.5.4-3] [MQTT3-1.5.3-3]
#[test]
fn a_byte_order_mark_is_a_character_like_any_other() {
    let mut world = World::new();
    let reader = world.connect("reader");
    world.subscribe(reader, "\u{FEFF}a", AtMostOnce);
    world.publish(reader, "a", "without", AtMostOnce);
    world.publish(reader, "\u{FEFF}a", "with", AtMostOnce);
    let message = world.take(reader);
    assert_eq!((message.topic.as_str(), message.payload.as_str()), ("\u{FEFF}a", "with"));
    world.nothing(reader);
}

/// One of each packet that a client sends on an accepted connection.
fn packets(version: ProtocolVersion) -> Vec<Vec<u8>> {
    let pairs = [("name", "value")];
    let mut message = publish("some/topic", b"payload", ExactlyOnce, 5);
    if version == V5 {
        message.properties.message_expiry_interval = Some(9);
        message.properties.topic_alias = Some(3);
        message.properties.response_topic = Some("answers");
        message.properties.user_properties = UserProperties::from_pairs(&pairs);
    }
    let mut goodbye = Disconnect::new(ReasonCode::DISCONNECT_WITH_WILL_MESSAGE);
    goodbye.session_expiry_interval = Some(0);
    let unsubscribe = Unsubscribe {
        packet_identifier: id(8),
        user_properties: UserProperties::NONE,
        filters: UnsubscribeFilters::from_slice(&["some/+", "$share/group/#"]),
    };
    let subscribe: &[u8] = match version {
        V3_1 | V3_1_1 => b"\x82\x16\0\x07\0\x06some/+\x01\0\x07$SYS/up\x02",
        V5 => b"\x82\x1C\0\x07\x02\x0B\x05\0\x06some/+\x2D\0\x0A$share/g/#\x01",
    };
    let mut all = vec![subscribe.to_vec()];
    for packet in [
        Packet::Publish(message),
        Packet::PubAck(ack(1)),
        Packet::PubRec(ack(1)),
        Packet::PubRel(ack(5)),
        Packet::PubComp(ack(1)),
        Packet::Unsubscribe(unsubscribe),
        Packet::PingReq,
        Packet::Disconnect(goodbye),
        Packet::Connect(connect(version, "again")),
    ] {
        let mut bytes = Vec::new();
        packet.encode(version, &mut bytes).expect("a packet");
        all.push(bytes);
    }
    all
}

/// Sends bytes on an accepted connection, and looks whether the broker still serves others.
fn survive(version: ProtocolVersion, bytes: &[u8]) {
    let mut world = World::new();
    let bystander = world.connect("bystander");
    let (peer, _) = world.connect_with(kept(version, "peer"));
    world.subscribe(peer, "some/#", ExactlyOnce);
    world.send_bytes(peer, bytes);
    world.cut(peer);
    world.publish(bystander, "some/topic", "still here", AtLeastOnce);
    world.ping(bystander);
}

#[test]
fn every_packet_cut_short_is_survived() {
    for version in [V3_1_1, V5] {
        for bytes in packets(version) {
            for end in 2..bytes.len() {
                let mut short = bytes[..end].to_vec();
                short[1] = u8::try_from(end - 2).expect("short");
                survive(version, &short);
            }
        }
    }
}

#[test]
fn every_packet_with_a_changed_byte_is_survived() {
    for version in [V3_1, V3_1_1, V5] {
        for bytes in packets(version) {
            for place in 0..bytes.len() {
                for change in [0x01, 0x10, 0x80, 0xFF] {
                    let mut changed = bytes.clone();
                    changed[place] ^= change;
                    survive(version, &changed);
                }
            }
        }
    }
}
