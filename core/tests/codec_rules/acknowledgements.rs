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

/// Every byte as the code of every packet that has one, in version 5.
#[test]
fn a_code_stands_only_where_the_standard_lists_it() {
    let cases: [(PacketType, u8, &str, &str, Sender); 9] = [
        (PacketType::ConnAck, 0x20, "00", "00", Server),
        (PacketType::PubAck, 0x40, "00 01", "", Client),
        (PacketType::PubRec, 0x50, "00 01", "", Client),
        (PacketType::PubRel, 0x62, "00 01", "", Client),
        (PacketType::PubComp, 0x70, "00 01", "", Client),
        (PacketType::SubAck, 0x90, "00 01 00", "", Server),
        (PacketType::UnsubAck, 0xB0, "00 01 00", "", Server),
        (PacketType::Disconnect, 0xE0, "", "", Client),
        (PacketType::Auth, 0xF0, "", "00", Client),
    ];
    for (packet_type, first, before, after, sender) in cases {
        for code in 0..=u8::MAX {
            let bytes = packet(first, &format!("{before} {code:02X} {after}"));
            if ReasonCode::from_u8(code).is_allowed_in(packet_type) {
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
