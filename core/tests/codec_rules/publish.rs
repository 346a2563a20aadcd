use afterlink_core::codec::DecodeErrorKind as Kind;
use afterlink_core::codec::{
    DecodeError, Packet, PropertyIdentifier, QoS, ReasonCode, packet_length,
};

use super::{Client, Server, V3_1, V3_1_1, V5, accepted, packet, refused};

const MALFORMED: ReasonCode = ReasonCode::MALFORMED_PACKET;
const PROTOCOL_ERROR: ReasonCode = ReasonCode::PROTOCOL_ERROR;

#[test]
fn qos_3_is_malformed() {
    for first in [0x36, 0x37, 0x3E, 0x3F] {
        let bytes = packet(first, "00 01 't' 00 01 00");
        let error = DecodeError { kind: Kind::QosReserved, offset: 0 };
        assert_eq!(packet_length(&bytes, 100), Err(error));
        refused(&bytes, (V5, Client), (Kind::QosReserved, 0), MALFORMED);
    }
}

#[test]
fn dup_is_not_set_at_qos_0() {
    for first in [0x38, 0x39] {
        let bytes = packet(first, "00 01 't' 00");
        refused(&bytes, (V5, Client), (Kind::DupWithQos0, 0), PROTOCOL_ERROR);
    }
}

#[test]
fn dup_does_not_matter_at_qos_1_and_2() {
    for first in [0x3A, 0x3C] {
        let bytes = packet(first, "00 01 't' 00 01 00");
        let Packet::Publish(publish) = accepted(&bytes, V5, Client) else { panic!() };
        assert!(publish.dup);
    }
}

#[test]
fn packet_identifier_0_is_a_protocol_error() {
    for version in [V3_1, V3_1_1, V5] {
        let bytes = packet(0x32, "00 01 't' 00 00 00");
        refused(&bytes, (version, Client), (Kind::PacketIdentifierZero, 5), PROTOCOL_ERROR);
    }
}

#[test]
fn qos_0_has_no_packet_identifier() {
    let bytes = packet(0x30, "00 01 't' 00 01");
    let Packet::Publish(publish) = accepted(&bytes, V3_1_1, Client) else { panic!() };
    assert_eq!(publish.qos, QoS::AtMostOnce);
    assert_eq!(publish.packet_identifier, None);
    assert_eq!(publish.payload, [0, 1]);
}

#[test]
fn a_topic_name_or_an_alias_is_needed() {
    let bytes = packet(0x30, "00 00 'hi'");
    refused(&bytes, (V3_1_1, Client), (Kind::TopicNameMissing, 2), PROTOCOL_ERROR);
    let bytes = packet(0x30, "00 00 00 'hi'");
    refused(&bytes, (V5, Client), (Kind::TopicNameMissing, 2), PROTOCOL_ERROR);
    accepted(&packet(0x30, "00 00 03 23 00 01 'hi'"), V5, Client);
}

#[test]
fn wildcards_are_left_to_who_parses_the_topic_name() {
    accepted(&packet(0x30, "00 03 'a/#' 00"), V5, Client);
}

#[test]
fn topic_alias_0_is_refused_with_a_code_of_its_own() {
    let kind = Kind::PropertyValue(PropertyIdentifier::TopicAlias);
    let bytes = packet(0x30, "00 01 't' 03 23 00 00");
    refused(&bytes, (V5, Client), (kind, 7), ReasonCode::TOPIC_ALIAS_INVALID);
}

#[test]
fn a_client_sends_no_subscription_identifier() {
    let bytes = packet(0x30, "00 01 't' 02 0B 01");
    let kind = Kind::PropertyWrongDirection(PropertyIdentifier::SubscriptionIdentifier);
    refused(&bytes, (V5, Client), (kind, 6), PROTOCOL_ERROR);
    accepted(&bytes, V5, Server);
}

#[test]
fn subscription_identifier_0_is_a_protocol_error() {
    let kind = Kind::PropertyValue(PropertyIdentifier::SubscriptionIdentifier);
    let bytes = packet(0x30, "00 01 't' 02 0B 00");
    refused(&bytes, (V5, Server), (kind, 7), PROTOCOL_ERROR);
}

#[test]
fn the_payload_format_is_0_or_1() {
    let kind = Kind::PropertyValue(PropertyIdentifier::PayloadFormatIndicator);
    let bytes = packet(0x30, "00 01 't' 02 01 02");
    refused(&bytes, (V5, Client), (kind, 7), PROTOCOL_ERROR);
}

#[test]
fn version_5_has_a_property_length() {
    let bytes = packet(0x30, "00 01 't'");
    refused(&bytes, (V5, Client), (Kind::Truncated, 5), MALFORMED);
    accepted(&bytes, V3_1_1, Client);
}

#[test]
fn version_3_has_no_properties() {
    let bytes = packet(0x30, "00 01 't' 02 01 01");
    let Packet::Publish(publish) = accepted(&bytes, V3_1_1, Client) else { panic!() };
    assert_eq!(publish.payload, [2, 1, 1]);
}

#[test]
fn the_payload_is_borrowed_from_the_packet() {
    let bytes = packet(0x30, "00 01 't' 00 'payload'");
    let Packet::Publish(publish) = accepted(&bytes, V5, Client) else { panic!() };
    assert!(bytes.as_ptr_range().contains(&publish.payload.as_ptr()));
    assert!(bytes.as_ptr_range().contains(&publish.topic.as_ptr()));
}
