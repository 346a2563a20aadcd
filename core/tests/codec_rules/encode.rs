use afterlink_core::codec::packet::*;
use afterlink_core::codec::*;

use super::{V3_1, V3_1_1, V5, wire::wire};

#[test]
fn a_field_of_65_535_bytes_is_written_and_one_byte_more_is_not() {
    let text = "x".repeat(65_536);
    let mut out = b"kept".to_vec();
    assert_eq!(publish(&text[..65_535], b"").encode(V5, &mut out), Ok(()));
    assert_eq!(out.len(), 4 + 1 + 3 + 2 + 65_535 + 1);
    let mut out = b"kept".to_vec();
    let error = publish(&text, b"").encode(V5, &mut out);
    assert_eq!(error, Err(EncodeError::FieldTooLong { len: 65_536 }));
    assert_eq!(out, b"kept");
}

#[test]
fn a_long_field_of_a_user_property_is_refused_too() {
    let text = "x".repeat(65_536);
    let pairs = [("k", &text[..])];
    let mut ack = Ack::new(PacketIdentifier::FIRST, ReasonCode::SUCCESS);
    ack.properties.user_properties = UserProperties::from_pairs(&pairs);
    let packet = Packet::PubAck(ack);
    let mut out = Vec::new();
    assert_eq!(packet.encode(V5, &mut out), Err(EncodeError::FieldTooLong { len: 65_536 }));
    assert_eq!(packet.encode(V3_1_1, &mut out), Ok(()));
    assert_eq!(out, wire("40 02 00 01"));
}

#[test]
fn the_largest_remaining_length_is_written_and_one_byte_more_is_not() {
    let payload = vec![0; 268_435_453];
    let mut out = Vec::new();
    let error = publish("t", &payload).encode(V3_1_1, &mut out);
    assert_eq!(error, Err(EncodeError::PacketTooLarge { len: 268_435_456 }));
    assert!(out.is_empty());
    let largest = publish("t", &payload[1..]);
    assert_eq!(largest.encoded_len(V3_1_1), 268_435_460);
    let head = PublishHead { payload_len: 268_435_452, ..head("t") };
    assert_eq!(head.packet_len(V3_1_1), 268_435_460);
    head.encode(V3_1_1, &mut out);
    assert_eq!(out, wire("30 FF FF FF 7F 00 01 't'"));
}

#[test]
fn auth_is_not_written_before_version_5() {
    let auth = Packet::Auth(Auth {
        reason_code: ReasonCode::SUCCESS,
        authentication_method: None,
        authentication_data: None,
        properties: ReasonProperties::default(),
    });
    for version in [V3_1, V3_1_1] {
        let mut out = b"kept".to_vec();
        assert_eq!(auth.encode(version, &mut out), Err(EncodeError::NotInVersion));
        assert_eq!(out, b"kept");
    }
}

#[test]
fn version_3_is_given_the_nearest_return_code() {
    for (code, expected) in [
        (ReasonCode::SUCCESS, 0),
        (ReasonCode::UNSUPPORTED_PROTOCOL_VERSION, 1),
        (ReasonCode::CLIENT_IDENTIFIER_NOT_VALID, 2),
        (ReasonCode::SERVER_BUSY, 3),
        (ReasonCode::QUOTA_EXCEEDED, 3),
        (ReasonCode::PROTOCOL_ERROR, 3),
        (ReasonCode::BAD_USER_NAME_OR_PASSWORD, 4),
        (ReasonCode::NOT_AUTHORIZED, 5),
        (ReasonCode::BANNED, 5),
    ] {
        let connack = Packet::ConnAck(ConnAck {
            session_present: false,
            reason_code: code,
            properties: ConnAckProperties::default(),
        });
        assert_eq!(encoded(&connack, V3_1_1), [0x20, 2, 0, expected], "{code}");
    }
}

#[test]
fn session_present_is_not_written_with_an_error_nor_in_3_1() {
    let connack = |reason_code| {
        Packet::ConnAck(ConnAck {
            session_present: true,
            reason_code,
            properties: ConnAckProperties::default(),
        })
    };
    assert_eq!(encoded(&connack(ReasonCode::SUCCESS), V5), wire("20 03 01 00 00"));
    assert_eq!(encoded(&connack(ReasonCode::SUCCESS), V3_1_1), wire("20 02 01 00"));
    assert_eq!(encoded(&connack(ReasonCode::SUCCESS), V3_1), wire("20 02 00 00"));
    assert_eq!(encoded(&connack(ReasonCode::NOT_AUTHORIZED), V5), wire("20 03 00 87 00"));
    assert_eq!(encoded(&connack(ReasonCode::NOT_AUTHORIZED), V3_1_1), wire("20 02 00 05"));
}

#[test]
fn dup_is_not_written_at_qos_0() {
    let head = PublishHead { dup: true, retain: true, payload_len: 2, ..head("t") };
    let mut out = Vec::new();
    head.encode(V5, &mut out);
    assert_eq!(out, wire("31 06 00 01 't' 00"));
}

#[test]
fn a_packet_identifier_is_not_written_at_qos_0() {
    let Packet::Publish(publish) = publish("t", b"x") else { panic!() };
    let publish = Publish { packet_identifier: PacketIdentifier::new(1), ..publish };
    assert_eq!(encoded(&Packet::Publish(publish), V3_1_1), wire("30 04 00 01 't' 'x'"));
}

#[test]
fn a_password_without_a_user_name_is_not_written_before_version_5() {
    let connect = |version| {
        Packet::Connect(Connect {
            version,
            clean_start: true,
            keep_alive: 0,
            client_identifier: "c",
            will: None,
            user_name: None,
            password: Some(b"p"),
            properties: ConnectProperties::default(),
        })
    };
    let bytes = wire("10 0D 00 04 'MQTT' 04 02 00 00 00 01 'c'");
    assert_eq!(encoded(&connect(V3_1_1), V5), bytes);
    let bytes = wire("10 11 00 04 'MQTT' 05 42 00 00 00 00 01 'c' 00 01 'p'");
    assert_eq!(encoded(&connect(V5), V5), bytes);
}

#[test]
fn a_head_carries_properties_in_version_5_only() {
    let identifiers = [1, 128].map(|value| SubscriptionIdentifier::new(value).unwrap());
    let forwarded = wire("01 01 26 00 01 'k' 00 01 'v'");
    let head = PublishHead {
        qos: QoS::AtLeastOnce,
        packet_identifier: PacketIdentifier::new(258),
        message_expiry_interval: Some(60),
        topic_alias: Some(7),
        subscription_identifiers: &identifiers,
        forwarded: &forwarded,
        payload_len: 300,
        ..head("t")
    };
    let mut out = Vec::new();
    head.encode(V5, &mut out);
    let properties = "02 00 00 00 3C 23 00 07 0B 01 0B 80 01 01 01 26 00 01 'k' 00 01 'v'";
    let expected = wire(&format!("32 C8 02 00 01 't' 01 02 16 {properties}"));
    assert_eq!(out, expected);
    assert_eq!(head.packet_len(V5), out.len() + 300);
    out.clear();
    head.encode(V3_1_1, &mut out);
    assert_eq!(out, wire("32 B1 02 00 01 't' 01 02"));
    assert_eq!(head.packet_len(V3_1_1), out.len() + 300);
}

#[test]
fn a_will_forwards_what_its_message_forwards() {
    let properties = WillProperties {
        will_delay_interval: Some(5),
        payload_format_indicator: Some(true),
        message_expiry_interval: Some(60),
        content_type: Some("c"),
        response_topic: Some("r"),
        correlation_data: Some(&[7]),
        user_properties: UserProperties::from_pairs(&[("k", "v")]),
    };
    let mut out = Vec::new();
    properties.encode_forwarded(&mut out);
    let expected = "01 01 03 00 01 'c' 08 00 01 'r' 09 00 01 07 26 00 01 'k' 00 01 'v'";
    assert_eq!(out, wire(expected));
}

#[test]
fn a_string_with_a_null_character_is_not_written() {
    let connect = |client_identifier, user_name| {
        Packet::Connect(Connect {
            version: V3_1_1,
            clean_start: true,
            keep_alive: 0,
            client_identifier,
            will: None,
            user_name,
            password: Some(b"\0 may stand in binary data"),
            properties: ConnectProperties::default(),
        })
    };
    let mut ack = Ack::new(PacketIdentifier::FIRST, ReasonCode::SUCCESS);
    ack.properties.user_properties = UserProperties::from_pairs(&[("k", "\0")]);
    for packet in [
        connect("a\0", Some("u")),
        connect("a", Some("\0u")),
        publish("a\0b", b"x"),
        Packet::PubAck(ack),
    ] {
        let mut out = b"kept".to_vec();
        assert_eq!(packet.encode(V5, &mut out), Err(EncodeError::NullCharacter));
        assert_eq!(out, b"kept");
    }
    assert!(!encoded(&connect("a", Some("u")), V3_1_1).is_empty());
    assert!(!encoded(&publish("a", b"\0"), V5).is_empty());
}

fn publish<'a>(topic: &'a str, payload: &'a [u8]) -> Packet<'a> {
    Packet::Publish(Publish {
        dup: false,
        qos: QoS::AtMostOnce,
        retain: false,
        topic,
        packet_identifier: None,
        properties: PublishProperties::default(),
        payload,
    })
}

/// The head of a QoS 0 PUBLISH with nothing but a Topic Name.
fn head(topic: &str) -> PublishHead<'_> {
    PublishHead {
        dup: false,
        qos: QoS::AtMostOnce,
        retain: false,
        topic,
        packet_identifier: None,
        message_expiry_interval: None,
        topic_alias: None,
        subscription_identifiers: &[],
        forwarded: &[],
        payload_len: 0,
    }
}

fn encoded(packet: &Packet<'_>, version: ProtocolVersion) -> Vec<u8> {
    let mut out = Vec::new();
    packet.encode(version, &mut out).unwrap();
    out
}
