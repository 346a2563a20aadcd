use afterlink_core::codec::DecodeErrorKind as Kind;
use afterlink_core::codec::{Packet, PacketType, PropertyIdentifier, ReasonCode, Sender};

use super::{Client, Server, V3_1, V3_1_1, V5, accepted, packet, refused};

const MALFORMED: ReasonCode = ReasonCode::MALFORMED_PACKET;
const PROTOCOL_ERROR: ReasonCode = ReasonCode::PROTOCOL_ERROR;

#[test]
fn packet_identifier_0_acknowledges_nothing() {
    for (first, sender) in [
        (0x40, Client),
        (0x50, Client),
        (0x62, Client),
        (0x70, Client),
        (0x90, Server),
        (0xB0, Server),
    ] {
        for version in [V3_1, V3_1_1, V5] {
            refused(
                &packet(first, "00 00"),
                (version, sender),
                (Kind::PacketIdentifierZero, 2),
                PROTOCOL_ERROR,
            );
        }
    }
}

#[test]
fn version_3_acknowledges_with_the_identifier_alone() {
    for first in [0x40, 0x50, 0x62, 0x70] {
        for version in [V3_1, V3_1_1] {
            let bytes = packet(first, "00 01 00");
            refused(&bytes, (version, Client), (Kind::TrailingBytes, 4), MALFORMED);
        }
    }
}

/// A packet whose code stands behind `before`, and the codes the standard lists for it.
struct Coded {
    packet_type: PacketType,
    first: u8,
    before: &'static str,
    after: &'static str,
    sender: Sender,
    codes: &'static [u8],
}

/// The tables of §3.2.2.2, §3.4.2.1, §3.5.2.1, §3.6.2.1, §3.7.2.1, §3.9.3, §3.11.3, §3.14.2.1 and
/// §3.15.2.1. DISCONNECT has 0x8C too, which §2.4 gives it.
#[rustfmt::skip]
const CODED: [Coded; 9] = [
    Coded { packet_type: PacketType::ConnAck, first: 0x20, before: "00", after: "00",
        sender: Server, codes: &[
            0x00, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x8C, 0x90,
            0x95, 0x97, 0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9F,
        ] },
    Coded { packet_type: PacketType::PubAck, first: 0x40, before: "00 01", after: "",
        sender: Client, codes: &[0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99] },
    Coded { packet_type: PacketType::PubRec, first: 0x50, before: "00 01", after: "",
        sender: Client, codes: &[0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99] },
    Coded { packet_type: PacketType::PubRel, first: 0x62, before: "00 01", after: "",
        sender: Client, codes: &[0x00, 0x92] },
    Coded { packet_type: PacketType::PubComp, first: 0x70, before: "00 01", after: "",
        sender: Client, codes: &[0x00, 0x92] },
    Coded { packet_type: PacketType::SubAck, first: 0x90, before: "00 01 00", after: "",
        sender: Server, codes: &[
            0x00, 0x01, 0x02, 0x80, 0x83, 0x87, 0x8F, 0x91, 0x97, 0x9E, 0xA1, 0xA2,
        ] },
    Coded { packet_type: PacketType::UnsubAck, first: 0xB0, before: "00 01 00", after: "",
        sender: Server, codes: &[0x00, 0x11, 0x80, 0x83, 0x87, 0x8F, 0x91] },
    Coded { packet_type: PacketType::Disconnect, first: 0xE0, before: "", after: "",
        sender: Client, codes: &[
            0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8B, 0x8C, 0x8D, 0x8E, 0x8F, 0x90,
            0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9E, 0x9F, 0xA0,
            0xA1, 0xA2,
        ] },
    Coded { packet_type: PacketType::Auth, first: 0xF0, before: "", after: "00",
        sender: Client, codes: &[0x00, 0x18, 0x19] },
];

/// Every byte as the code of every packet that has one, in version 5.
#[test]
fn a_code_stands_only_where_the_standard_lists_it() {
    for Coded { packet_type, first, before, after, sender, codes } in CODED {
        for code in 0..=u8::MAX {
            let bytes = packet(first, &format!("{before} {code:02X} {after}"));
            let is_listed = codes.contains(&code);
            assert_eq!(ReasonCode::from_u8(code).is_allowed_in(packet_type), is_listed, "{code}");
            if is_listed {
                accepted(&bytes, V5, sender);
            } else {
                let offset = 2 + before.split_whitespace().count();
                let kind = Kind::ReasonCodeNotAllowed { code };
                refused(&bytes, (V5, sender), (kind, offset), PROTOCOL_ERROR);
            }
        }
    }
}

#[test]
fn suback_of_version_3_grants_or_fails() {
    for version in [V3_1, V3_1_1] {
        accepted(&packet(0x90, "00 01 00 01 02 80"), version, Server);
        for code in [0x03, 0x81, 0x87] {
            let bytes = packet(0x90, &format!("00 01 00 {code:02X}"));
            let kind = Kind::ReasonCodeNotAllowed { code };
            refused(&bytes, (version, Server), (kind, 5), PROTOCOL_ERROR);
        }
    }
}

#[test]
fn suback_and_unsuback_have_a_code() {
    refused(&packet(0x90, "00 01"), (V3_1_1, Server), (Kind::ReasonCodeMissing, 4), PROTOCOL_ERROR);
    for first in [0x90, 0xB0] {
        let bytes = packet(first, "00 01 00");
        refused(&bytes, (V5, Server), (Kind::ReasonCodeMissing, 5), PROTOCOL_ERROR);
    }
}

#[test]
fn unsuback_of_version_3_has_no_code() {
    let bytes = packet(0xB0, "00 01 00");
    refused(&bytes, (V3_1_1, Server), (Kind::TrailingBytes, 4), MALFORMED);
}

#[test]
fn the_short_forms_stand_for_success_without_properties() {
    for bytes in [packet(0x40, "00 01"), packet(0x40, "00 01 00"), packet(0x40, "00 01 00 00")] {
        let Packet::PubAck(ack) = accepted(&bytes, V5, Client) else { panic!() };
        assert_eq!(ack.reason_code, ReasonCode::SUCCESS);
        assert!(ack.properties.user_properties.is_empty());
    }
    for bytes in [packet(0xE0, ""), packet(0xE0, "00"), packet(0xE0, "00 00")] {
        let Packet::Disconnect(disconnect) = accepted(&bytes, V5, Client) else { panic!() };
        assert_eq!(disconnect.reason_code, ReasonCode::NORMAL_DISCONNECTION);
    }
    for bytes in [packet(0xF0, ""), packet(0xF0, "00 00")] {
        let Packet::Auth(auth) = accepted(&bytes, V5, Client) else { panic!() };
        assert_eq!(auth.reason_code, ReasonCode::SUCCESS);
    }
}

#[test]
fn auth_with_a_code_has_a_property_length() {
    refused(&packet(0xF0, "18"), (V5, Client), (Kind::Truncated, 3), MALFORMED);
}

#[test]
fn a_server_does_not_change_the_session_expiry_at_disconnect() {
    let bytes = packet(0xE0, "00 05 11 00 00 00 01");
    let kind = Kind::PropertyWrongDirection(PropertyIdentifier::SessionExpiryInterval);
    refused(&bytes, (V5, Server), (kind, 4), PROTOCOL_ERROR);
    accepted(&bytes, V5, Client);
}

#[test]
fn disconnect_of_version_3_is_empty() {
    refused(&packet(0xE0, "00"), (V3_1_1, Client), (Kind::TrailingBytes, 2), MALFORMED);
}
