use afterlink_core::codec::DecodeErrorKind as Kind;
use afterlink_core::codec::{Packet, PropertyIdentifier, ReasonCode};

use super::{Client, Server, V3_1, V3_1_1, V5, accepted, packet, refused};

const MALFORMED: ReasonCode = ReasonCode::MALFORMED_PACKET;
const PROTOCOL_ERROR: ReasonCode = ReasonCode::PROTOCOL_ERROR;
const UNSUPPORTED: ReasonCode = ReasonCode::UNSUPPORTED_PROTOCOL_VERSION;

#[test]
fn connect_names_its_own_version() {
    for (body, version) in [
        ("00 06 'MQIsdp' 03 02 00 00 00 01 'c'", V3_1),
        ("00 04 'MQTT' 04 02 00 00 00 01 'c'", V3_1_1),
        ("00 04 'MQTT' 05 02 00 00 00 00 01 'c'", V5),
    ] {
        for told in [V3_1, V3_1_1, V5] {
            let bytes = packet(0x10, body);
            let Packet::Connect(connect) = accepted(&bytes, told, Client) else { panic!() };
            assert_eq!(connect.version, version);
        }
    }
}

#[test]
fn an_unknown_protocol_name_is_refused() {
    for name in ["00 00", "00 04 'mqtt'", "00 04 'MQTQ'", "00 05 'MQTT1'", "00 03 'MQT'"] {
        let bytes = packet(0x10, &format!("{name} 04 02 00 00 00 00"));
        refused(&bytes, (V5, Client), (Kind::ProtocolNameUnsupported, 2), UNSUPPORTED);
    }
}

#[test]
fn a_level_that_the_name_does_not_have_is_refused_and_told() {
    for (name, level, offset) in [
        ("00 04 'MQTT'", 3, 8),
        ("00 04 'MQTT'", 6, 8),
        ("00 04 'MQTT'", 0x84, 8),
        ("00 06 'MQIsdp'", 4, 10),
        ("00 06 'MQIsdp'", 5, 10),
    ] {
        let bytes = packet(0x10, &format!("{name} {level:02X} 02 00 00 00 00"));
        let kind = Kind::ProtocolLevelUnsupported { level };
        refused(&bytes, (V5, Client), (kind, offset), UNSUPPORTED);
    }
}

#[test]
fn an_unknown_level_is_told_whatever_follows() {
    let bytes = packet(0x10, "00 04 'MQTT' 06 FF FF");
    let kind = Kind::ProtocolLevelUnsupported { level: 6 };
    refused(&bytes, (V5, Client), (kind, 8), UNSUPPORTED);
}

#[test]
fn the_reserved_connect_flag_is_zero() {
    for (body, offset) in [
        ("00 04 'MQTT' 05 03 00 00 00 00 00", 9),
        ("00 04 'MQTT' 04 03 00 00 00 01 'c'", 9),
        ("00 06 'MQIsdp' 03 03 00 00 00 01 'c'", 11),
    ] {
        let bytes = packet(0x10, body);
        refused(&bytes, (V5, Client), (Kind::ConnectFlagsReserved, offset), MALFORMED);
    }
}

#[test]
fn will_qos_and_will_retain_need_the_will_flag() {
    for flags in ["08", "10", "20", "38"] {
        let bytes = packet(0x10, &format!("00 04 'MQTT' 04 {flags} 00 00 00 01 'c'"));
        refused(&bytes, (V5, Client), (Kind::WillFlags, 9), MALFORMED);
    }
}

#[test]
fn will_qos_3_is_refused() {
    for flags in ["1C", "18"] {
        let bytes = packet(0x10, &format!("00 04 'MQTT' 04 {flags} 00 00 00 00 00 01 'w' 00 00"));
        refused(&bytes, (V5, Client), (Kind::WillFlags, 9), MALFORMED);
    }
}

#[test]
fn a_password_needs_a_user_name_before_version_5_only() {
    let bytes = packet(0x10, "00 04 'MQTT' 04 42 00 00 00 01 'c' 00 01 'p'");
    refused(&bytes, (V5, Client), (Kind::PasswordWithoutUserName, 9), PROTOCOL_ERROR);
    let bytes = packet(0x10, "00 04 'MQTT' 05 42 00 00 00 00 01 'c' 00 01 'p'");
    let Packet::Connect(connect) = accepted(&bytes, V5, Client) else { panic!() };
    assert_eq!((connect.user_name, connect.password), (None, Some(&b"p"[..])));
}

#[test]
fn fields_follow_the_flags() {
    let missing = packet(0x10, "00 04 'MQTT' 04 82 00 00 00 01 'c'");
    refused(&missing, (V5, Client), (Kind::Truncated, 15), MALFORMED);
    let left_over = packet(0x10, "00 04 'MQTT' 04 02 00 00 00 01 'c' 00 01 'u'");
    refused(&left_over, (V5, Client), (Kind::TrailingBytes, 15), MALFORMED);
    let missing = packet(0x10, "00 04 'MQTT' 04 C2 00 00 00 01 'c' 00 01 'u'");
    refused(&missing, (V5, Client), (Kind::Truncated, 18), MALFORMED);
    let left_over = packet(0x10, "00 04 'MQTT' 04 82 00 00 00 01 'c' 00 01 'u' 00 01 'p'");
    refused(&left_over, (V5, Client), (Kind::TrailingBytes, 18), MALFORMED);
    let without_payload = packet(0x10, "00 04 'MQTT' 04 02 00 00");
    refused(&without_payload, (V5, Client), (Kind::Truncated, 12), MALFORMED);
}

#[test]
fn authentication_data_needs_a_method() {
    let bytes = packet(0x10, "00 04 'MQTT' 05 02 00 00 04 16 00 01 FF 00 01 'c'");
    let kind = Kind::AuthenticationDataWithoutMethod;
    refused(&bytes, (V5, Client), (kind, 12), PROTOCOL_ERROR);
}

#[test]
fn numbers_that_may_not_be_zero_are_refused() {
    for (property, identifier) in [
        ("21 00 00", PropertyIdentifier::ReceiveMaximum),
        ("27 00 00 00 00", PropertyIdentifier::MaximumPacketSize),
    ] {
        let len = property.split(' ').count();
        let body = format!("00 04 'MQTT' 05 02 00 00 {len:02X} {property} 00 01 'c'");
        let kind = Kind::PropertyValue(identifier);
        refused(&packet(0x10, &body), (V5, Client), (kind, 14), PROTOCOL_ERROR);
    }
}

#[test]
fn switches_are_zero_or_one() {
    for (byte, identifier) in [
        ("17", PropertyIdentifier::RequestProblemInformation),
        ("19", PropertyIdentifier::RequestResponseInformation),
    ] {
        let body = format!("00 04 'MQTT' 05 02 00 00 02 {byte} 02 00 01 'c'");
        let kind = Kind::PropertyValue(identifier);
        refused(&packet(0x10, &body), (V5, Client), (kind, 14), PROTOCOL_ERROR);
    }
}

#[test]
fn the_will_has_properties_of_its_own() {
    let body = "00 04 'MQTT' 05 06 00 00 00 00 01 'c' 05 11 00 00 00 01 00 01 'w' 00 00";
    let kind = Kind::PropertyNotAllowed(PropertyIdentifier::SessionExpiryInterval);
    refused(&packet(0x10, body), (V5, Client), (kind, 17), MALFORMED);
    let body = "00 04 'MQTT' 05 02 00 00 05 18 00 00 00 01 00 01 'c'";
    let kind = Kind::PropertyNotAllowed(PropertyIdentifier::WillDelayInterval);
    refused(&packet(0x10, body), (V5, Client), (kind, 13), MALFORMED);
}

#[test]
fn connack_flags_but_the_first_are_reserved() {
    refused(&packet(0x20, "02 00"), (V3_1_1, Server), (Kind::ConnectFlagsReserved, 2), MALFORMED);
    refused(&packet(0x20, "80 00 00"), (V5, Server), (Kind::ConnectFlagsReserved, 2), MALFORMED);
}

#[test]
fn connack_with_an_error_has_no_session() {
    let kind = Kind::SessionPresentWithError;
    refused(&packet(0x20, "01 05"), (V3_1_1, Server), (kind, 2), PROTOCOL_ERROR);
    refused(&packet(0x20, "01 87 00"), (V5, Server), (kind, 2), PROTOCOL_ERROR);
}

#[test]
fn connack_has_return_codes_up_to_5_before_version_5() {
    for version in [V3_1, V3_1_1] {
        let kind = Kind::ReasonCodeNotAllowed { code: 6 };
        refused(&packet(0x20, "00 06"), (version, Server), (kind, 3), PROTOCOL_ERROR);
    }
}

#[test]
fn connack_has_no_maximum_qos_2() {
    let kind = Kind::PropertyValue(PropertyIdentifier::MaximumQoS);
    refused(&packet(0x20, "00 00 02 24 02"), (V5, Server), (kind, 6), PROTOCOL_ERROR);
}

#[test]
fn connack_of_version_5_has_a_property_length() {
    refused(&packet(0x20, "00 00"), (V5, Server), (Kind::Truncated, 4), MALFORMED);
}
