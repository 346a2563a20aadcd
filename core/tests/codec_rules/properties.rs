use afterlink_core::codec::DecodeErrorKind as Kind;
use afterlink_core::codec::{Packet, PropertyIdentifier, ReasonCode};

use super::{Client, Server, V5, accepted, frame, packet, refused};

const MALFORMED: ReasonCode = ReasonCode::MALFORMED_PACKET;
const PROTOCOL_ERROR: ReasonCode = ReasonCode::PROTOCOL_ERROR;

/// Each property of the standard with a value it can have.
const PROPERTIES: [(&str, PropertyIdentifier); 27] = [
    ("01 00", PropertyIdentifier::PayloadFormatIndicator),
    ("02 00 00 00 01", PropertyIdentifier::MessageExpiryInterval),
    ("03 00 01 'x'", PropertyIdentifier::ContentType),
    ("08 00 01 'x'", PropertyIdentifier::ResponseTopic),
    ("09 00 01 00", PropertyIdentifier::CorrelationData),
    ("0B 01", PropertyIdentifier::SubscriptionIdentifier),
    ("11 00 00 00 01", PropertyIdentifier::SessionExpiryInterval),
    ("12 00 01 'x'", PropertyIdentifier::AssignedClientIdentifier),
    ("13 00 01", PropertyIdentifier::ServerKeepAlive),
    ("15 00 01 'x'", PropertyIdentifier::AuthenticationMethod),
    ("16 00 01 00", PropertyIdentifier::AuthenticationData),
    ("17 01", PropertyIdentifier::RequestProblemInformation),
    ("18 00 00 00 01", PropertyIdentifier::WillDelayInterval),
    ("19 01", PropertyIdentifier::RequestResponseInformation),
    ("1A 00 01 'x'", PropertyIdentifier::ResponseInformation),
    ("1C 00 01 'x'", PropertyIdentifier::ServerReference),
    ("1F 00 01 'x'", PropertyIdentifier::ReasonString),
    ("21 00 01", PropertyIdentifier::ReceiveMaximum),
    ("22 00 01", PropertyIdentifier::TopicAliasMaximum),
    ("23 00 01", PropertyIdentifier::TopicAlias),
    ("24 01", PropertyIdentifier::MaximumQoS),
    ("25 01", PropertyIdentifier::RetainAvailable),
    ("26 00 01 'k' 00 01 'v'", PropertyIdentifier::UserProperty),
    ("27 00 00 00 01", PropertyIdentifier::MaximumPacketSize),
    ("28 01", PropertyIdentifier::WildcardSubscriptionAvailable),
    ("29 01", PropertyIdentifier::SubscriptionIdentifiersAvailable),
    ("2A 01", PropertyIdentifier::SharedSubscriptionAvailable),
];

/// The identifiers that the standard lists for each place with properties: what stands before the
/// block and behind it, and the sender that may say all of them.
const PLACES: [(u8, &str, &str, super::Sender, &[u8]); 14] = [
    (
        0x10,
        "00 04 'MQTT' 05 02 00 00",
        "00 01 'c'",
        Client,
        &[0x11, 0x15, 0x16, 0x17, 0x19, 0x21, 0x22, 0x26, 0x27],
    ),
    (
        0x10,
        "00 04 'MQTT' 05 06 00 00 00 00 01 'c'",
        "00 01 'w' 00 00",
        Client,
        &[0x01, 0x02, 0x03, 0x08, 0x09, 0x18, 0x26],
    ),
    (
        0x20,
        "00 00",
        "",
        Server,
        &[
            0x11, 0x12, 0x13, 0x15, 0x16, 0x1A, 0x1C, 0x1F, 0x21, 0x22, 0x24, 0x25, 0x26, 0x27,
            0x28, 0x29, 0x2A,
        ],
    ),
    (0x30, "00 01 't'", "", Server, &[0x01, 0x02, 0x03, 0x08, 0x09, 0x0B, 0x23, 0x26]),
    (0x40, "00 01 00", "", Client, &[0x1F, 0x26]),
    (0x50, "00 01 00", "", Client, &[0x1F, 0x26]),
    (0x62, "00 01 00", "", Client, &[0x1F, 0x26]),
    (0x70, "00 01 00", "", Client, &[0x1F, 0x26]),
    (0x82, "00 01", "00 01 't' 00", Client, &[0x0B, 0x26]),
    (0x90, "00 01", "00", Server, &[0x1F, 0x26]),
    (0xA2, "00 01", "00 01 't'", Client, &[0x26]),
    (0xB0, "00 01", "00", Server, &[0x1F, 0x26]),
    (0xE0, "00", "", Client, &[0x11, 0x1C, 0x1F, 0x26]),
    (0xF0, "00", "", Client, &[0x15, 0x16, 0x1F, 0x26]),
];

#[test]
fn a_property_stands_only_where_the_standard_lists_it() {
    for (first, before, after, sender, allowed) in PLACES {
        for (property, identifier) in PROPERTIES {
            let bytes = with_block(first, before, property, after);
            // Authentication Data needs its method beside it.
            if allowed.contains(&(identifier as u8)) && (first, identifier as u8) != (0x10, 0x16) {
                accepted(&bytes, V5, sender);
            } else if !allowed.contains(&(identifier as u8)) {
                let offset = 3 + super::wire::wire(before).len();
                let kind = Kind::PropertyNotAllowed(identifier);
                refused(&bytes, (V5, sender), (kind, offset), MALFORMED);
            }
        }
    }
}

#[test]
fn a_property_stands_once_unless_the_standard_lets_it_repeat() {
    for (first, before, after, sender, allowed) in PLACES {
        for (property, identifier) in PROPERTIES {
            if !allowed.contains(&(identifier as u8)) {
                continue;
            }
            let bytes = with_block(first, before, &format!("{property} {property}"), after);
            let repeats = identifier == PropertyIdentifier::UserProperty
                || identifier == PropertyIdentifier::SubscriptionIdentifier && first == 0x30;
            if repeats {
                accepted(&bytes, V5, sender);
            } else {
                let offset =
                    3 + super::wire::wire(before).len() + super::wire::wire(property).len();
                let kind = Kind::PropertyRepeated(identifier);
                refused(&bytes, (V5, sender), (kind, offset), PROTOCOL_ERROR);
            }
        }
    }
}

#[test]
fn a_property_that_the_standard_does_not_have_is_malformed() {
    let known: Vec<_> = PROPERTIES.iter().map(|(_, identifier)| *identifier as u8).collect();
    for identifier in (0..=u8::MAX).filter(|identifier| !known.contains(identifier)) {
        let bytes = packet(0x30, &format!("00 01 't' 02 {identifier:02X} 01"));
        let kind = Kind::PropertyUnknown { identifier };
        refused(&bytes, (V5, Client), (kind, 6), MALFORMED);
    }
}

#[test]
fn a_property_ends_with_its_block() {
    for (property, _) in PROPERTIES {
        let property = super::wire::wire(property);
        for len in 1..property.len() {
            let mut body = super::wire::wire("00 00");
            body.push(u8::try_from(len).unwrap());
            body.extend_from_slice(&property[..len]);
            let bytes = frame(0x20, &body);
            let error = super::decode(&bytes, V5, Server, &Default::default()).unwrap_err();
            assert_eq!(error.reason_code(), MALFORMED, "{property:02X?} {len}");
        }
    }
}

#[test]
fn a_block_ends_with_its_packet() {
    let bytes = packet(0x30, "00 01 't' 05 01 00");
    refused(&bytes, (V5, Client), (Kind::Truncated, 6), MALFORMED);
}

#[test]
fn a_property_length_is_in_as_few_bytes_as_it_needs() {
    let bytes = packet(0x30, "00 01 't' 80 00");
    refused(&bytes, (V5, Client), (Kind::VariableByteIntegerNotMinimal, 5), MALFORMED);
    let bytes = packet(0x30, "00 01 't' 82 00 01 00");
    refused(&bytes, (V5, Client), (Kind::VariableByteIntegerNotMinimal, 5), MALFORMED);
}

#[test]
fn user_properties_keep_their_order_and_their_repeats() {
    let block = "26 00 01 'b' 00 01 '1' 01 01 26 00 01 'a' 00 00 26 00 01 'b' 00 02 '22'";
    let bytes = with_block(0x30, "00 01 't'", block, "'p'");
    let Packet::Publish(publish) = accepted(&bytes, V5, Client) else { panic!() };
    let pairs: Vec<_> = publish.properties.user_properties.iter().collect();
    assert_eq!(pairs, [("b", "1"), ("a", ""), ("b", "22")]);
    assert_eq!(publish.properties.user_properties.len(), 3);
    assert_eq!(publish.payload, b"p");
}

fn with_block(first: u8, before: &str, properties: &str, after: &str) -> Vec<u8> {
    let mut body = super::wire::wire(before);
    let properties = super::wire::wire(properties);
    body.push(u8::try_from(properties.len()).unwrap());
    body.extend_from_slice(&properties);
    body.extend_from_slice(&super::wire::wire(after));
    frame(first, &body)
}
