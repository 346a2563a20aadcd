//! Bytes of a server that break the rules.

use afterlink_core::client::*;
use afterlink_core::codec::packet::*;
use afterlink_core::codec::*;

use crate::harness::*;

const MALFORMED: ReasonCode = ReasonCode::MALFORMED_PACKET;
const PROTOCOL: ReasonCode = ReasonCode::PROTOCOL_ERROR;
const TOPIC: ReasonCode = ReasonCode::TOPIC_NAME_INVALID;
const ALIAS: ReasonCode = ReasonCode::TOPIC_ALIAS_INVALID;
const TOO_LARGE: ReasonCode = ReasonCode::PACKET_TOO_LARGE;

/// What ends an accepted connection of version 5, and with which code.
const CASES: &[(&str, &[u8], ReasonCode)] = &[
    // Fixed header [MQTT-2.1.3-1] [MQTT-3.6.1-1] [MQTT-3.14.1-1] [MQTT-3.15.1-1] [MQTT-1.5.5-1]
    ("reserved packet type", b"\x00\x00", MALFORMED),
    ("PINGRESP flags 1", b"\xD1\x00", MALFORMED),
    ("PUBREL flags 0", b"\x60\x02\0\x01", MALFORMED),
    ("PUBACK flags 2", b"\x42\x02\0\x01", MALFORMED),
    ("DISCONNECT flags 1", b"\xE1\x00", MALFORMED),
    ("AUTH flags 1", b"\xF1\x00", MALFORMED),
    ("remaining length not minimal", b"\xD0\x80\x00", MALFORMED),
    ("remaining length of five bytes", b"\x30\xFF\xFF\xFF\xFF", MALFORMED),
    ("remaining length beyond the limit", b"\x30\xFF\xFF\xFF\x7F", TOO_LARGE),
    // PUBLISH [MQTT-3.3.1-4] [MQTT-3.3.1-2] [MQTT-3.3.2-1] [MQTT-3.3.2-2] [MQTT-3.3.2-8]
    // [MQTT-1.5.4-1] [MQTT-1.5.4-2] [MQTT-1.5.7-1] [MQTT-2.2.2-1] [MQTT-4.7.3-1]
    ("QoS 3", b"\x36\x06\0\x01a\0\x01\0", MALFORMED),
    ("DUP with QoS 0", b"\x38\x04\0\x01a\0", PROTOCOL),
    ("topic past the end", b"\x30\x02\0\x05", MALFORMED),
    ("topic that is not UTF-8", b"\x30\x04\0\x01\xFF\0", MALFORMED),
    ("topic with a surrogate", b"\x30\x06\0\x03\xED\xA0\x80\0", MALFORMED),
    ("topic with a null character", b"\x30\x06\0\x03a\0b\0", MALFORMED),
    ("topic with +", b"\x30\x06\0\x03a/+\0", TOPIC),
    ("neither topic nor alias", b"\x30\x03\0\0\0", PROTOCOL),
    ("packet identifier 0", b"\x32\x06\0\x01a\0\0\0", PROTOCOL),
    ("no property length", b"\x30\x03\0\x01a", MALFORMED),
    ("property of CONNECT", b"\x30\x09\0\x01a\x05\x11\0\0\0\x01", MALFORMED),
    ("user property with a null character", b"\x30\x0B\0\x01a\x07\x26\0\x01\0\0\x01v", MALFORMED),
    ("topic alias 0", b"\x30\x07\0\x01a\x03\x23\0\0", ALIAS),
    ("topic alias above the maximum", b"\x30\x07\0\x01a\x03\x23\0\x01", ALIAS),
    // Codes of other packets [MQTT-3.4.2-1] [MQTT-3.9.3-2] [MQTT-3.14.2-1] [MQTT-3.14.2-2]
    ("PUBACK with a code of PUBREL", b"\x40\x03\0\x01\x92", PROTOCOL),
    ("SUBACK with a code of PUBACK", b"\x90\x04\0\x01\0\x10", PROTOCOL),
    ("DISCONNECT with no code of the standard", b"\xE0\x01\x7F", PROTOCOL),
    ("DISCONNECT with a session expiry", b"\xE0\x07\0\x05\x11\0\0\0\x01", PROTOCOL),
];

// [MQTT-4.13.1-1] [MQTT-4.13.2-1]
#[test]
fn what_breaks_the_rules_of_version_5_ends_the_connection_with_its_code() {
    for (name, bytes, code) in CASES {
        for piece in [1, bytes.len()] {
            let mut bench = Bench::connected(v5());
            for piece in bytes.chunks(piece) {
                bench.input(ClientInput::Received { bytes: piece });
            }
            assert!(bench.closed, "{name}");
            let disconnect = Packet::Disconnect(Disconnect::new(*code));
            let sent: Vec<_> = bench.sent.iter().map(|bytes| bench.decoded(bytes)).collect();
            assert_eq!(sent, [disconnect], "{name}");
            assert!(bench.messages().is_empty(), "{name}");
        }
    }
}

// [MQTT3-4.8.0-1] [MQTT3-2.2.2-1] [MQTT3-2.2.2-2] [MQTT3-1.5.3-1] [MQTT3-1.5.3-2]
// [MQTT3-3.3.1-4] [MQTT3-3.3.2-2] [MQTT3-3.6.1-1]
#[test]
fn what_breaks_the_rules_of_version_3_closes_without_a_word() {
    let cases: &[(&str, &[u8])] = &[
        ("reserved packet type", b"\x00\x00"),
        ("AUTH", b"\xF0\x00"),
        ("PUBREL flags 0", b"\x60\x02\0\x01"),
        ("PINGRESP flags 1", b"\xD1\x00"),
        ("PUBACK with a code", b"\x40\x03\0\x01\0"),
        ("remaining length not minimal", b"\xD0\x80\x00"),
        ("QoS 3", b"\x36\x05\0\x01a\0\x01"),
        ("DUP with QoS 0", b"\x38\x03\0\x01a"),
        ("topic past the end", b"\x30\x02\0\x05"),
        ("topic that is not UTF-8", b"\x30\x03\0\x01\xFF"),
        ("topic with a null character", b"\x30\x05\0\x03a\0b"),
        ("topic with #", b"\x30\x03\0\x01#"),
        ("no topic", b"\x30\x02\0\0"),
        ("packet identifier 0", b"\x32\x05\0\x01a\0\0"),
        ("SUBACK with a reserved code", b"\x90\x03\0\x01\x03"),
    ];
    for version in [ProtocolVersion::V3_1, ProtocolVersion::V3_1_1] {
        for (name, bytes) in cases {
            let mut bench = Bench::connected(persistent(version));
            bench.input(ClientInput::Received { bytes });
            assert!(bench.sent.is_empty(), "{name}");
            assert!(bench.closed, "{name}");
        }
    }
}

// [MQTT-3.2.2-1] [MQTT-3.2.2-6] [MQTT-3.2.2-8] [MQTT3-3.2.2-4]
#[test]
fn a_connack_that_breaks_the_rules_is_no_connection() {
    let cases: &[(ProtocolVersion, &[u8], ReasonCode)] = &[
        (ProtocolVersion::V5, b"\x20\x03\x02\0\0", MALFORMED),
        (ProtocolVersion::V5, b"\x20\x03\x01\x87\0", PROTOCOL),
        (ProtocolVersion::V5, b"\x20\x03\0\x92\0", PROTOCOL),
        (ProtocolVersion::V5, b"\x20\x02\0\0", MALFORMED),
        (ProtocolVersion::V3_1_1, b"\x20\x02\x02\0", MALFORMED),
        (ProtocolVersion::V3_1_1, b"\x20\x02\x01\x05", PROTOCOL),
        (ProtocolVersion::V3_1_1, b"\x20\x02\0\x06", PROTOCOL),
    ];
    for (version, bytes, code) in cases {
        let mut bench = Bench::new(persistent(*version));
        bench.open();
        bench.forget();
        bench.input(ClientInput::Received { bytes });
        let says = [Packet::Disconnect(Disconnect::new(*code))];
        let is_v5 = *version == ProtocolVersion::V5;
        bench.assert_sent(if is_v5 { &says } else { &[] });
        assert!(bench.closed, "{bytes:02X?}");
        assert!(bench.client.session().is_none());
    }
}

// [MQTT-1.5.4-3] [MQTT3-1.5.3-3]
#[test]
fn a_byte_order_mark_is_a_character_like_any_other() {
    for version in VERSIONS {
        let mut bench = Bench::connected(persistent(version));
        let message =
            OutgoingMessage { topic: "\u{FEFF}a".to_owned(), ..message(1, QoS::AtMostOnce) };
        bench.command(ClientCommand::Publish { tag: 1, message });
        let bytes = bench.sent.pop_back().unwrap();
        bench.input(ClientInput::Received { bytes: &bytes });
        assert_eq!(bench.messages(), [("\u{FEFF}a".to_owned(), b"1".to_vec())]);
    }
}
