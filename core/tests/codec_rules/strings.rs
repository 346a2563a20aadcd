use afterlink_core::codec::DecodeErrorKind as Kind;
use afterlink_core::codec::{DecodeLimits, Packet, ProtocolVersion, ReasonCode, Sender, decode};

use super::wire::wire;
use super::{Client, Server, V3_1, V3_1_1, V5, accepted, frame, refused};

const MALFORMED: ReasonCode = ReasonCode::MALFORMED_PACKET;

#[test]
fn a_string_is_well_formed_utf_8() {
    for text in [
        &[0xFF][..],               // no such byte
        &[0xC3],                   // cut short
        &[0xC0, 0x80],             // overlong null character
        &[0xED, 0xA0, 0x80],       // surrogate U+D800
        &[0xED, 0xBF, 0xBF],       // surrogate U+DFFF
        &[0xF4, 0x90, 0x80, 0x80], // above U+10FFFF
    ] {
        for version in [V3_1, V3_1_1, V5] {
            refused(&publish(text), (version, Client), (Kind::Utf8NotValid, 2), MALFORMED);
        }
    }
}

#[test]
fn a_string_has_no_null_character_wherever_it_stands() {
    for len in 1..80 {
        for at in 0..len {
            let mut text = vec![b'a'; len];
            text[at] = 0;
            refused(&publish(&text), (V5, Client), (Kind::NullCharacter, 2), MALFORMED);
            text[at] = 1;
            accepted(&publish(&text), V5, Client);
        }
    }
    let text = "é\0".as_bytes();
    refused(&publish(text), (V3_1_1, Client), (Kind::NullCharacter, 2), MALFORMED);
}

/// Where a string stands: the version, the first byte, what stands before the string and behind it,
/// and the sender.
const FIELDS: [(ProtocolVersion, u8, &str, &str, Sender); 10] = [
    (V3_1_1, 0x10, "00 04 'MQTT' 04 02 00 00", "", Client),
    (V3_1_1, 0x10, "00 04 'MQTT' 04 06 00 00 00 01 'c'", "00 00", Client),
    (V3_1_1, 0x10, "00 04 'MQTT' 04 82 00 00 00 01 'c'", "", Client),
    (V3_1_1, 0x82, "00 01", "00", Client),
    (V3_1_1, 0xA2, "00 01", "", Client),
    (V5, 0x10, "00 04 'MQTT' 05 02 00 00 00", "", Client),
    (V5, 0x10, "00 04 'MQTT' 05 06 00 00 00 00 01 'c' 00", "00 00", Client),
    (V5, 0x10, "00 04 'MQTT' 05 82 00 00 00 00 01 'c'", "", Client),
    (V5, 0x82, "00 01 00", "00", Client),
    (V5, 0xA2, "00 01 00", "", Client),
];

/// A property that is a string: the first byte of the packet, what stands before its properties,
/// what belongs to the property around the string, what stands behind, and the sender.
type Property = (u8, &'static str, (&'static str, &'static str), &'static str, Sender);

const PROPERTIES: [Property; 9] = [
    (0x10, "00 04 'MQTT' 05 02 00 00", ("15", ""), "00 01 'c'", Client),
    (0x20, "00 00", ("12", ""), "", Server),
    (0x20, "00 00", ("1A", ""), "", Server),
    (0x20, "00 00", ("1C", ""), "", Server),
    (0x20, "00 00", ("1F", ""), "", Server),
    (0x30, "00 01 't'", ("03", ""), "", Client),
    (0x30, "00 01 't'", ("08", ""), "", Client),
    (0x30, "00 01 't'", ("26", "00 01 'v'"), "", Client),
    (0x30, "00 01 't'", ("26 00 01 'k'", ""), "", Client),
];

/// Packets with `text` in the place of each string.
fn with_text(text: &[u8]) -> Vec<(Vec<u8>, ProtocolVersion, Sender)> {
    let len = u16::try_from(text.len()).unwrap().to_be_bytes();
    let field = [&len, text].concat();
    let mut packets = Vec::new();
    for (version, first, before, after, sender) in FIELDS {
        let body = [wire(before), field.clone(), wire(after)].concat();
        packets.push((frame(first, &body), version, sender));
    }
    for (first, before, (start, end), after, sender) in PROPERTIES {
        let property = [wire(start), field.clone(), wire(end)].concat();
        let len = vec![u8::try_from(property.len()).unwrap()];
        let body = [wire(before), len, property, wire(after)].concat();
        packets.push((frame(first, &body), V5, sender));
    }
    packets
}

#[test]
fn the_rules_hold_for_every_string_of_every_packet() {
    for (bytes, version, sender) in with_text(b"text") {
        accepted(&bytes, version, sender);
    }
    for (text, kind) in [
        (&b"\xC3\x28"[..], Kind::Utf8NotValid),
        (b"\xED\xA0\x80", Kind::Utf8NotValid),
        (b"a\0b", Kind::NullCharacter),
    ] {
        for (bytes, version, sender) in with_text(text) {
            let error = decode(&bytes, version, sender, &DecodeLimits::default()).unwrap_err();
            assert_eq!((error.kind, error.reason_code()), (kind, MALFORMED), "{bytes:02X?}");
        }
    }
}

#[test]
fn every_other_character_stands_for_itself() {
    for text in ["\u{FEFF}a", "\u{1}", "\u{7F}", "\u{FFFF}", "\u{10FFFF}", "日本語/⚡"] {
        let bytes = publish(text.as_bytes());
        let Packet::Publish(publish) = accepted(&bytes, V5, Client) else { panic!() };
        assert_eq!(publish.topic, text);
    }
}

#[test]
fn a_string_of_65_535_bytes_passes() {
    let text = vec![b'a'; 65_535];
    let bytes = publish(&text);
    let Packet::Publish(publish) = accepted(&bytes, V5, Client) else { panic!() };
    assert_eq!(publish.topic.len(), 65_535);
}

#[test]
fn binary_data_may_be_anything() {
    let bytes = frame(0x10, &wire("00 04 'MQTT' 04 C2 00 00 00 01 'c' 00 01 'u' 00 03 00 FF C0"));
    let Packet::Connect(connect) = accepted(&bytes, V3_1_1, Client) else { panic!() };
    assert_eq!(connect.password, Some(&[0x00, 0xFF, 0xC0][..]));
}

/// A PUBLISH with the Topic Name `topic` that every version reads alike.
fn publish(topic: &[u8]) -> Vec<u8> {
    let mut body = u16::try_from(topic.len()).unwrap().to_be_bytes().to_vec();
    body.extend_from_slice(topic);
    body.push(0);
    frame(0x30, &body)
}
