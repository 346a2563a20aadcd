use afterlink_core::codec::DecodeErrorKind as Kind;
use afterlink_core::codec::{PropertyIdentifier, ReasonCode};

use super::{Client, V3_1, V3_1_1, V5, accepted, packet, refused};

const MALFORMED: ReasonCode = ReasonCode::MALFORMED_PACKET;
const PROTOCOL_ERROR: ReasonCode = ReasonCode::PROTOCOL_ERROR;

#[test]
fn a_request_without_a_filter_is_a_protocol_error() {
    for first in [0x82, 0xA2] {
        let bytes = packet(first, "00 01");
        for version in [V3_1, V3_1_1] {
            refused(&bytes, (version, Client), (Kind::TopicFilterMissing, 4), PROTOCOL_ERROR);
        }
        let bytes = packet(first, "00 01 00");
        refused(&bytes, (V5, Client), (Kind::TopicFilterMissing, 5), PROTOCOL_ERROR);
    }
}

#[test]
fn packet_identifier_0_is_a_protocol_error() {
    for body in ["00 00 00 00 01 'a' 00", "00 00"] {
        for first in [0x82, 0xA2] {
            let bytes = packet(first, body);
            for version in [V3_1, V3_1_1, V5] {
                refused(&bytes, (version, Client), (Kind::PacketIdentifierZero, 2), PROTOCOL_ERROR);
            }
        }
    }
}

#[test]
fn every_byte_of_options_is_valid_or_refused() {
    for byte in 0..=u8::MAX {
        let bytes = packet(0x82, &format!("00 01 00 00 01 'a' {byte:02X}"));
        let refusal = if byte & 0b1100_0000 != 0 {
            Some((Kind::SubscriptionOptionsReserved, MALFORMED))
        } else if byte & 0b11 == 0b11 {
            Some((Kind::MaximumQosReserved, PROTOCOL_ERROR))
        } else if byte & 0b11_0000 == 0b11_0000 {
            Some((Kind::RetainHandlingReserved, PROTOCOL_ERROR))
        } else {
            None
        };
        match refusal {
            Some((kind, code)) => refused(&bytes, (V5, Client), (kind, 8), code),
            None => drop(accepted(&bytes, V5, Client)),
        }
    }
}

#[test]
fn version_3_has_the_qos_alone() {
    for version in [V3_1, V3_1_1] {
        for byte in 0..=u8::MAX {
            let bytes = packet(0x82, &format!("00 01 00 01 'a' {byte:02X}"));
            if byte <= 2 {
                accepted(&bytes, version, Client);
            } else {
                let (kind, code) = if byte == 3 {
                    (Kind::MaximumQosReserved, PROTOCOL_ERROR)
                } else {
                    (Kind::SubscriptionOptionsReserved, MALFORMED)
                };
                refused(&bytes, (version, Client), (kind, 7), code);
            }
        }
    }
}

#[test]
fn a_filter_without_options_is_malformed() {
    let bytes = packet(0x82, "00 01 00 00 01 'a'");
    refused(&bytes, (V5, Client), (Kind::Truncated, 8), MALFORMED);
}

#[test]
fn a_filter_cut_short_is_malformed() {
    for first in [0x82, 0xA2] {
        let bytes = packet(first, "00 01 00 00 02 'a'");
        refused(&bytes, (V5, Client), (Kind::Truncated, 5), MALFORMED);
    }
}

#[test]
fn one_subscription_identifier_at_most() {
    let bytes = packet(0x82, "00 01 04 0B 01 0B 02 00 01 'a' 00");
    let kind = Kind::PropertyRepeated(PropertyIdentifier::SubscriptionIdentifier);
    refused(&bytes, (V5, Client), (kind, 7), PROTOCOL_ERROR);
}

#[test]
fn subscription_identifiers_end_at_the_largest_variable_byte_integer() {
    accepted(&packet(0x82, "00 01 05 0B FF FF FF 7F 00 01 'a' 00"), V5, Client);
    let bytes = packet(0x82, "00 01 02 0B 00 00 01 'a' 00");
    let kind = Kind::PropertyValue(PropertyIdentifier::SubscriptionIdentifier);
    refused(&bytes, (V5, Client), (kind, 6), PROTOCOL_ERROR);
    let bytes = packet(0x82, "00 01 06 0B FF FF FF FF 01 00 01 'a' 00");
    refused(&bytes, (V5, Client), (Kind::VariableByteIntegerTooLong, 6), MALFORMED);
}

#[test]
fn no_local_on_a_shared_subscription_is_left_to_who_parses_the_filter() {
    accepted(&packet(0x82, "00 01 00 00 0A '$share/g/a' 04"), V5, Client);
}
