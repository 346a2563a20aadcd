//! Packets as a person reads them, field by field. The table is in `vectors/fields.txt`.

use afterlink_core::codec::*;

use super::wire::wire;

#[test]
fn the_fields_of_packets_are_those_of_the_table() {
    let table = include_str!("../vectors/fields.txt");
    let records = table.split("\n\n").map(str::trim).filter(|record| !record.starts_with('#'));
    let mut count = 0;
    for record in records {
        let (name, rest) = record.split_once('\n').unwrap();
        let (said, rest) = rest.split_once('\n').unwrap();
        let (version, sender) = match said {
            "3.1, server" => (ProtocolVersion::V3_1, Sender::Server),
            "3.1.1, client" => (ProtocolVersion::V3_1_1, Sender::Client),
            "3.1.1, server" => (ProtocolVersion::V3_1_1, Sender::Server),
            "5.0, client" => (ProtocolVersion::V5, Sender::Client),
            "5.0, server" => (ProtocolVersion::V5, Sender::Server),
            other => panic!("{name}: {other} is no version with a sender"),
        };
        let lines = rest.find("0..").unwrap();
        let dissection = dissect(&wire(&rest[..lines]), version, sender);
        let mut text = String::new();
        write(&mut text, &dissection.fields, 0);
        if let Some(DissectionFault { offset, text: fault }) = &dissection.fault {
            text += &format!("fault at {offset}: {fault}\n");
        }
        assert_eq!(text.trim(), rest[lines..].trim(), "{name}:\n{text}");
        count += 1;
    }
    assert!(count > 10, "{count} packets");
}

/// A line for each field: its bytes, its bits, its name, its value and its section.
fn write(text: &mut String, fields: &[DissectedField], depth: usize) {
    for field in fields {
        let DissectedField { name, start, end, section, .. } = field;
        let bits = match field.bits {
            Some(BitRange { high, low }) if high == low => format!(" bit {high}"),
            Some(BitRange { high, low }) => format!(" bits {high}-{low}"),
            None => String::new(),
        };
        let value = field.value.as_ref().map(|value| format!(" = {value}")).unwrap_or_default();
        let indent = "  ".repeat(depth);
        *text += &format!("{indent}{start}..{end}{bits} {name}{value}  §{section}\n");
        write(text, &field.children, depth + 1);
    }
}
