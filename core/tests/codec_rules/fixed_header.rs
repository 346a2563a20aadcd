use afterlink_core::codec::DecodeErrorKind as Kind;
use afterlink_core::codec::{DecodeError, ReasonCode, packet_length};

use super::{Client, Server, V3_1, V3_1_1, V5, accepted, packet, refused};

const MALFORMED: ReasonCode = ReasonCode::MALFORMED_PACKET;

#[test]
fn packet_type_0_is_reserved() {
    for version in [V3_1, V3_1_1, V5] {
        refused(&[0x00, 0x00], (version, Client), (Kind::PacketTypeReserved, 0), MALFORMED);
    }
}

#[test]
fn packet_type_15_is_reserved_before_version_5() {
    for version in [V3_1, V3_1_1] {
        refused(&[0xF0, 0x00], (version, Client), (Kind::PacketTypeReserved, 0), MALFORMED);
    }
    accepted(&[0xF0, 0x00], V5, Client);
}

#[test]
fn each_flag_of_a_packet_but_publish_has_one_value() {
    for first in 0x10..=0xFF_u8 {
        let expected = match first >> 4 {
            3 => continue,
            6 | 8 | 10 => 0b0010,
            _ => 0,
        };
        let length = packet_length(&[first, 0x02], 100);
        if first & 0x0F == expected {
            assert_eq!(length, Ok(Some(4)), "{first:#x}");
        } else {
            let error = DecodeError { kind: Kind::FixedHeaderFlags, offset: 0 };
            assert_eq!(length, Err(error), "{first:#x}");
            assert_eq!(error.reason_code(), MALFORMED);
        }
    }
}

#[test]
fn a_wrong_first_byte_is_refused_before_the_length_arrives() {
    assert_eq!(
        packet_length(&[0x83], 100),
        Err(DecodeError { kind: Kind::FixedHeaderFlags, offset: 0 })
    );
}

#[test]
fn a_fixed_header_that_is_not_complete_asks_for_more() {
    for bytes in [&[][..], &[0x30], &[0x30, 0x80], &[0x30, 0xFF, 0xFF, 0xFF]] {
        assert_eq!(packet_length(bytes, usize::MAX), Ok(None));
    }
}

#[test]
fn the_length_is_told_before_the_packet_has_arrived() {
    assert_eq!(packet_length(&[0x30, 0xFF, 0xFF, 0xFF, 0x7F], usize::MAX), Ok(Some(268_435_460)));
    assert_eq!(packet_length(&[0x30, 0x80, 0x01], usize::MAX), Ok(Some(131)));
}

#[test]
fn a_packet_of_the_maximum_size_passes_and_one_byte_more_does_not() {
    let bytes = [0x30, 0x80, 0x01];
    assert_eq!(packet_length(&bytes, 131), Ok(Some(131)));
    let kind = Kind::PacketTooLarge { len: 131, max: 130 };
    assert_eq!(packet_length(&bytes, 130), Err(DecodeError { kind, offset: 1 }));
    assert_eq!(kind.reason_code(), ReasonCode::PACKET_TOO_LARGE);
}

#[test]
fn a_remaining_length_in_too_many_bytes_is_refused() {
    for (bytes, kind) in [
        (&[0xC0, 0x80, 0x00][..], Kind::VariableByteIntegerNotMinimal),
        (&[0xC0, 0x82, 0x80, 0x00], Kind::VariableByteIntegerNotMinimal),
        (&[0xC0, 0x80, 0x80, 0x80, 0x80], Kind::VariableByteIntegerTooLong),
        (&[0xC0, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], Kind::VariableByteIntegerTooLong),
    ] {
        let error = DecodeError { kind, offset: 1 };
        assert_eq!(packet_length(bytes, usize::MAX), Err(error));
        refused(bytes, (V5, Client), (kind, 1), MALFORMED);
    }
}

#[test]
fn a_packet_has_to_be_whole_and_alone() {
    refused(&[], (V5, Client), (Kind::Truncated, 0), MALFORMED);
    refused(&[0xC0], (V5, Client), (Kind::Truncated, 1), MALFORMED);
    refused(&[0x40, 0x02, 0x00], (V5, Client), (Kind::Truncated, 3), MALFORMED);
    refused(&[0xC0, 0x00, 0x00], (V5, Client), (Kind::TrailingBytes, 2), MALFORMED);
}

#[test]
fn pings_have_nothing_behind_the_fixed_header() {
    refused(&packet(0xC0, "00"), (V5, Client), (Kind::TrailingBytes, 2), MALFORMED);
    refused(&packet(0xD0, "00"), (V5, Server), (Kind::TrailingBytes, 2), MALFORMED);
}

#[test]
fn a_packet_from_the_wrong_side_is_a_protocol_error() {
    let protocol_error = ReasonCode::PROTOCOL_ERROR;
    for first in [0x20, 0x90, 0xB0, 0xD0] {
        for version in [V3_1, V3_1_1, V5] {
            refused(&[first, 0], (version, Client), (Kind::WrongDirection, 0), protocol_error);
        }
    }
    for first in [0x10, 0x82, 0xA2, 0xC0] {
        for version in [V3_1, V3_1_1, V5] {
            refused(&[first, 0], (version, Server), (Kind::WrongDirection, 0), protocol_error);
        }
    }
}

#[test]
fn only_a_client_disconnects_before_version_5() {
    for version in [V3_1, V3_1_1] {
        accepted(&[0xE0, 0x00], version, Client);
        refused(
            &[0xE0, 0x00],
            (version, Server),
            (Kind::WrongDirection, 0),
            ReasonCode::PROTOCOL_ERROR,
        );
    }
    accepted(&[0xE0, 0x00], V5, Server);
}
