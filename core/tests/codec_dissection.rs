//! Which bytes of a packet are which field: for all packets, all versions, and any bytes at all.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by unwrapping")]

#[path = "codec_dissection/listing.rs"]
mod listing;
#[path = "codec_properties/packets.rs"]
mod packets;
#[path = "codec_dissection/values.rs"]
mod values;
#[path = "codec_rules/wire.rs"]
mod wire;

use afterlink_core::codec::packet::{ReasonCodes, ReasonProperties, SubAck};
use afterlink_core::codec::*;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use wire::wire;

/// The fields that hold no other, in order.
fn leaves(fields: &[DissectedField]) -> Vec<&DissectedField> {
    let each = fields.iter().flat_map(|field| {
        if field.children.is_empty() { vec![field] } else { leaves(&field.children) }
    });
    each.collect()
}

/// Where a leaf begins and ends, in bits.
fn bits(leaf: &DissectedField) -> (usize, usize) {
    let Some(BitRange { high, low }) = leaf.bits else { return (leaf.start * 8, leaf.end * 8) };
    assert!(high < 8 && low <= high && leaf.end == leaf.start + 1, "{leaf:?}");
    (leaf.start * 8 + 7 - usize::from(high), leaf.start * 8 + 8 - usize::from(low))
}

/// Whether a field lies around all it holds, and so on.
fn holds(field: &DissectedField) -> bool {
    let (Some(first), Some(last)) = (field.children.first(), field.children.last()) else {
        return field.value.is_some();
    };
    field.start == first.start
        && field.end == last.end
        && field.bits.is_none()
        && field.children.iter().all(holds)
}

/// Checks what holds of any dissection, and gives back the bytes that its fields cover.
fn covered(dissection: &Dissection, packet: &[u8]) -> usize {
    let mut at = 0;
    for leaf in leaves(&dissection.fields) {
        let (start, end) = bits(leaf);
        assert_eq!(start, at, "{leaf:?} of {packet:02x?}");
        assert!(start < end || leaf.name == "Payload", "{leaf:?} of {packet:02x?}");
        at = end;
    }
    assert!(dissection.fields.iter().all(holds), "{dissection:?}");
    assert!(at <= packet.len() * 8, "{dissection:?} of {packet:02x?}");
    assert_eq!(dissection.is_complete, at == packet.len() * 8);
    if let Some(fault) = &dissection.fault {
        assert!(fault.offset <= packet.len() && !fault.text.is_empty(), "{fault:?}");
    }
    at / 8
}

/// Some bytes of a packet, with other ones in places.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let damage = vec((any::<Index>(), any::<u8>()), 0..4);
    (packets::packet(), packets::version(), damage, any::<Index>(), any::<bool>()).prop_filter_map(
        "what the version says",
        |(packet, version, damage, end, is_cut)| {
            let mut bytes = Vec::new();
            packet.encode(version, &mut bytes).ok()?;
            for (index, byte) in damage {
                let at = index.index(bytes.len());
                bytes[at] = byte;
            }
            if is_cut {
                bytes.truncate(end.index(bytes.len()));
            }
            Some(bytes)
        },
    )
}

fn sender() -> impl Strategy<Value = Sender> {
    prop_oneof![Just(Sender::Client), Just(Sender::Server)]
}

proptest! {
    #[test]
    fn fields_cover_every_byte_once_and_say_what_decoding_says(
        packet in packets::packet(),
        version in packets::version(),
    ) {
        let Some(said) = packets::as_said_in(&packet, version) else { return Ok(()) };
        let mut bytes = Vec::new();
        packet.encode(version, &mut bytes).unwrap();
        for sender in packets::sender_of(&said, version) {
            let dissection = dissect(&bytes, version, sender);
            prop_assert_eq!(&dissection.fault, &None);
            prop_assert!(dissection.is_complete);
            prop_assert_eq!(covered(&dissection, &bytes), bytes.len());
            let decoded = decode(&bytes, version, sender, &DecodeLimits::NONE).unwrap();
            let expected = values::of_packet(&decoded, version);
            prop_assert_eq!(values::of_fields(&dissection.fields), expected);
        }
    }

    #[test]
    fn any_bytes_are_told_apart_as_far_as_they_can_be(
        bytes in prop_oneof![vec(any::<u8>(), 0..300), damaged()],
        version in packets::version(),
        sender in sender(),
    ) {
        let dissection = dissect(&bytes, version, sender);
        covered(&dissection, &bytes);
        let error = decode(&bytes, version, sender, &DecodeLimits::NONE).err();
        let fault = dissection.fault.map(|fault| (fault.offset, fault.text));
        prop_assert_eq!(&fault, &error.map(|error| (error.offset, error.kind.to_string())));
        prop_assert!(dissection.is_complete || fault.is_some(), "{:02x?}", bytes);
    }

    #[test]
    fn a_packet_cut_short_shows_the_fields_before_the_cut_and_says_where_it_is(
        packet in packets::packet(),
        version in packets::version(),
        end in any::<Index>(),
    ) {
        let Some(said) = packets::as_said_in(&packet, version) else { return Ok(()) };
        let sender = packets::sender_of(&said, version)[0];
        let mut bytes = Vec::new();
        packet.encode(version, &mut bytes).unwrap();
        let cut = &bytes[..end.index(bytes.len())];
        let dissection = dissect(cut, version, sender);
        covered(&dissection, cut);
        let fault = dissection.fault.unwrap();
        prop_assert_eq!((fault.offset, &fault.text[..]), (cut.len(), "field past the end"));
        // A CONNECT that does not tell its version yet may speak any.
        let whole = dissect(&bytes, version, sender);
        let (all, found) = (leaves(&whole.fields), leaves(&dissection.fields));
        let is_known = said.packet_type() != PacketType::Connect || found.len() > 6;
        let open_end = found.last().is_some_and(|leaf| leaf.name == "Payload");
        let count = found.len() - usize::from(open_end);
        if is_known {
            prop_assert_eq!(&found[..count], &all[..count]);
            // What is not shown was not there as a whole.
            let next = all.get(found.len());
            prop_assert!(open_end || next.is_some_and(|leaf| leaf.end > cut.len()), "{:?}", next);
        }
    }
}

#[test]
fn a_field_that_is_not_whole_is_where_the_fault_is() {
    // The Remaining Length is right, and the Topic Name claims more than there is.
    let bytes = wire("30 05 00 0A 't/1'");
    let dissection = dissect(&bytes, ProtocolVersion::V5, Sender::Client);
    let fault = dissection.fault.unwrap();
    assert_eq!((fault.offset, &fault.text[..]), (2, "field past the end"));
    let last = *leaves(&dissection.fields).last().unwrap();
    assert_eq!((last.name, last.end, last.value.as_deref()), ("String Length", 4, Some("10")));
}

#[test]
fn a_value_that_must_not_be_is_shown_beside_its_fault() {
    for (bytes, sender, name, value, offset) in [
        // Receive Maximum 0.
        (
            "10 10 00 04 'MQTT' 05 02 00 00 03 21 00 00 00 00",
            Sender::Client,
            "Receive Maximum",
            "0",
            14,
        ),
        // Server Keep Alive in a PUBACK.
        ("40 07 00 01 00 03 13 00 05", Sender::Server, "Server Keep Alive", "5", 6),
        ("90 04 00 01 00 7F", Sender::Server, "Reason Code", "Reserved (0x7f)", 5),
        ("30 05 00 02 FF FE 00", Sender::Client, "Topic Name", "ff fe", 2),
        ("36 03 00 01 't'", Sender::Client, "QoS Level", "Reserved (3)", 0),
        ("D0 00", Sender::Client, "Packet Type", "PINGRESP (13)", 0),
        ("00 00", Sender::Client, "Packet Type", "Reserved (0)", 0),
    ] {
        let dissection = dissect(&wire(bytes), ProtocolVersion::V5, sender);
        let found = values::of_fields(&dissection.fields);
        let expected = (name.to_owned(), value.to_owned());
        assert!(found.contains(&expected), "{bytes}: {found:?}");
        assert_eq!(dissection.fault.unwrap().offset, offset, "{bytes}");
    }
}

#[test]
fn long_values_are_shown_up_to_their_limits() {
    let publish = |payload: &[u8]| {
        let mut bytes = Vec::new();
        let packet = packet::Publish {
            dup: false,
            qos: QoS::AtMostOnce,
            retain: false,
            topic: "t",
            packet_identifier: None,
            properties: packet::PublishProperties::default(),
            payload,
        };
        Packet::Publish(packet).encode(ProtocolVersion::V5, &mut bytes).unwrap();
        let dissection = dissect(&bytes, ProtocolVersion::V5, Sender::Client);
        dissection.fields.last().unwrap().value.clone().unwrap()
    };
    let text = "é".repeat(TEXT_BYTES_SHOWN_MAX / 2);
    assert_eq!(publish(text.as_bytes()), format!("\"{text}\""));
    let more = format!("x{text}");
    let shown = &more[..TEXT_BYTES_SHOWN_MAX - 1];
    assert_eq!(publish(more.as_bytes()), format!("\"{shown}\"… ({} bytes)", more.len()));
    let bytes = [0xFF; BINARY_BYTES_SHOWN_MAX + 1];
    let digits = ["ff"; BINARY_BYTES_SHOWN_MAX].join(" ");
    assert_eq!(publish(&bytes[1..]), digits);
    assert_eq!(publish(&bytes), format!("{digits}… ({} bytes)", bytes.len()));
    assert_eq!(publish(b"line\n\ttab"), "\"line\n\ttab\"");
    assert_eq!(publish(b"\x1b[0m"), "1b 5b 30 6d");
}

#[test]
fn the_fields_of_a_packet_are_counted() {
    // Two parts of the Fixed Header with it, Reserved; the Variable Header with its identifier,
    // and its Properties with their length; the Payload.
    const OTHERS: usize = 4 + 4 + 1;
    for (codes, is_complete) in [(FIELDS_MAX - OTHERS, true), (FIELDS_MAX - OTHERS + 1, false)] {
        let codes = vec![ReasonCode::GRANTED_QOS_1; codes];
        let suback = SubAck {
            packet_identifier: PacketIdentifier::new(1).unwrap(),
            reason_codes: ReasonCodes::from_slice(&codes),
            properties: ReasonProperties::default(),
        };
        let mut bytes = Vec::new();
        Packet::SubAck(suback).encode(ProtocolVersion::V5, &mut bytes).unwrap();
        let dissection = dissect(&bytes, ProtocolVersion::V5, Sender::Server);
        assert_eq!(dissection.is_complete, is_complete);
        assert_eq!(dissection.fault, None);
        assert_eq!(covered(&dissection, &bytes) == bytes.len(), is_complete);
    }
}
