//! Packets of each version as bytes and as values, both ways. The tables are in `vectors/`.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by unwrapping")]

#[path = "codec_rules/wire.rs"]
mod wire;

use std::collections::BTreeSet;

use afterlink_core::codec::*;

/// One record of a table.
struct Vector<'a> {
    name: &'a str,
    senders: Vec<Sender>,
    bytes: Vec<u8>,
    /// Whether the packet encodes to the same bytes.
    canonical: bool,
    /// The packet's `Debug` text without blanks and without what is absent.
    packet: String,
}

#[test]
fn packets_of_3_1_are_those_of_the_table() {
    check(include_str!("vectors/v3_1.txt"), ProtocolVersion::V3_1);
}

#[test]
fn packets_of_3_1_1_are_those_of_the_table() {
    check(include_str!("vectors/v3_1_1.txt"), ProtocolVersion::V3_1_1);
}

#[test]
fn packets_of_5_0_are_those_of_the_table() {
    check(include_str!("vectors/v5.txt"), ProtocolVersion::V5);
}

fn check(table: &str, version: ProtocolVersion) {
    let mut types = BTreeSet::new();
    for vector in vectors(table) {
        let Vector { name, bytes, .. } = &vector;
        for sender in [Sender::Client, Sender::Server] {
            let decoded = decode(bytes, version, sender, &DecodeLimits::default());
            if !vector.senders.contains(&sender) {
                let kind = decoded.unwrap_err().kind;
                let refused = matches!(
                    kind,
                    DecodeErrorKind::WrongDirection | DecodeErrorKind::PropertyWrongDirection(_)
                );
                assert!(refused, "{name}: {kind}");
                continue;
            }
            let packet = decoded.unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(present(&format!("{packet:?}")), vector.packet, "{name}");
            let mut encoded = Vec::new();
            packet.encode(version, &mut encoded).unwrap();
            assert_eq!(encoded == *bytes, vector.canonical, "{name}: {encoded:02X?}");
            types.insert(packet.packet_type());
        }
    }
    let last = if version == ProtocolVersion::V5 { 15 } else { 14 };
    let all: BTreeSet<_> = (1..=last).map(|bits| PacketType::from_bits(bits).unwrap()).collect();
    assert_eq!(types, all, "a table has every type");
}

fn vectors(table: &str) -> impl Iterator<Item = Vector<'_>> {
    let records = table.split("\n\n").map(str::trim).filter(|record| !record.starts_with('#'));
    records.map(|record| {
        let (name, rest) = record.split_once('\n').unwrap();
        let (senders, rest) = rest.split_once('\n').unwrap();
        let senders = match senders {
            "client" => vec![Sender::Client],
            "server" => vec![Sender::Server],
            "both" => vec![Sender::Client, Sender::Server],
            other => panic!("{name}: nobody is called {other}"),
        };
        let mark = rest.find(['=', '~']).unwrap();
        Vector {
            name,
            senders,
            bytes: wire::wire(&rest[..mark]),
            canonical: rest[mark..].starts_with('='),
            packet: rest[mark + 1..].split_whitespace().collect(),
        }
    })
}

/// `debug` without blanks and without fields that are absent or empty.
fn present(debug: &str) -> String {
    let mut text: String = debug.split_whitespace().collect();
    for empty in [":None", ":[]"] {
        while let Some(end) = text.find(empty) {
            let start = text[..end].rfind(['{', ',']).unwrap() + 1;
            text.replace_range(start..end + empty.len(), "");
        }
    }
    while text.contains(",,") {
        text = text.replace(",,", ",");
    }
    text.replace("{,", "{").replace(",}", "}")
}
