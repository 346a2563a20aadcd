//! The values that a packet has: as its fields show them, and as decoding knows them.

use afterlink_core::codec::packet::{self, Auth, Connect, Disconnect, SubscriptionOptions};
use afterlink_core::codec::*;
use afterlink_core::sim::{Direction, PacketFields, PropertyField, PropertyFieldValue};

use super::leaves;

/// Parts and lengths, which decoding does not keep, and bytes of flags, whose bits are there too.
const SHAPE: &[&str] = &[
    "Remaining Length",
    "Property Length",
    "String Length",
    "Character Data",
    "Data Length",
    "Data",
    "Identifier",
    "Name",
    "Value",
    "Reserved",
    "Connect Flags",
    "Connect Acknowledge Flags",
    "Subscription Options",
    "Requested QoS",
];

type Values = Vec<(String, String)>;

/// Names and values that the fields show, sorted.
pub(crate) fn of_fields(fields: &[DissectedField]) -> Values {
    let mut values = Values::new();
    let mut open: Vec<_> = fields.iter().collect();
    while let Some(field) = open.pop() {
        open.extend(&field.children);
        if let Some(value) = &field.value
            && !SHAPE.contains(&field.name)
        {
            values.push((field.name.to_owned(), value.clone()));
        }
    }
    values.sort();
    assert!(leaves(fields).iter().all(|leaf| leaf.value.is_some()));
    values
}

/// Names and values of a decoded packet, sorted.
pub(crate) fn of_packet(packet: &Packet<'_>, version: ProtocolVersion) -> Values {
    let mut values = Values::new();
    let mut put = |name: &str, value: String| values.push((name.to_owned(), value));
    let packet_type = packet.packet_type();
    put("Packet Type", format!("{packet_type} ({})", packet_type.bits()));
    let code =
        |code: ReasonCode| format!("{} (0x{:02x})", code.name_in(packet_type).unwrap(), code.get());
    let mut encoded = Vec::new();
    packet.encode(version, &mut encoded).unwrap();
    match packet {
        Packet::Connect(connect) => put_connect(connect, &mut put),
        Packet::ConnAck(connack) if version == ProtocolVersion::V5 => {
            put("Session Present", u8::from(connack.session_present).to_string());
            put("Reason Code", code(connack.reason_code));
        }
        Packet::ConnAck(connack) => {
            if version == ProtocolVersion::V3_1_1 {
                put("Session Present", u8::from(connack.session_present).to_string());
            }
            let name = connack.reason_code.name().unwrap();
            let byte = connack.reason_code.return_code().unwrap();
            put("Connect Return Code", format!("{name} (0x{byte:02x})"));
        }
        Packet::Publish(publish) => {
            put("DUP", u8::from(publish.dup).to_string());
            put("QoS Level", qos(publish.qos));
            put("RETAIN", u8::from(publish.retain).to_string());
            put("Topic Name", quoted(publish.topic));
            put("Payload", payload(publish.payload));
        }
        Packet::PubAck(ack) | Packet::PubRec(ack) | Packet::PubRel(ack) | Packet::PubComp(ack) => {
            // The short form has no code.
            if encoded.len() > 4 {
                put("Reason Code", code(ack.reason_code));
            }
        }
        Packet::Subscribe(subscribe) => {
            for filter in subscribe.filters.iter() {
                put("Topic Filter", quoted(filter.filter));
                put_options(filter.options, version, &mut put);
            }
        }
        Packet::SubAck(suback) | Packet::UnsubAck(suback) => {
            let is_v5 = version == ProtocolVersion::V5;
            let name = if is_v5 { "Reason Code" } else { "Return Code" };
            suback.reason_codes.iter().for_each(|it| put(name, code(it)));
        }
        Packet::Unsubscribe(unsubscribe) => {
            unsubscribe.filters.iter().for_each(|filter| put("Topic Filter", quoted(filter)));
        }
        Packet::Disconnect(Disconnect { reason_code, .. })
        | Packet::Auth(Auth { reason_code, .. })
            if encoded.len() > 2 =>
        {
            put("Reason Code", code(*reason_code));
        }
        Packet::PingReq | Packet::PingResp | Packet::Disconnect(_) | Packet::Auth(_) => {}
    }
    let direction = match super::packets::sender_of(packet, version)[0] {
        Sender::Client => Direction::ToBroker,
        Sender::Server => Direction::ToClient,
    };
    let fields = PacketFields::decode(&encoded, version, direction).unwrap();
    if let Some(identifier) = fields.packet_identifier() {
        put("Packet Identifier", identifier.get().to_string());
    }
    put_properties(fields.properties(), &mut put);
    if let PacketFields::Connect { will: Some(will), .. } = &fields {
        put_properties(&will.properties, &mut put);
    }
    values.sort();
    values
}

fn put_connect(connect: &Connect<'_>, put: &mut impl FnMut(&str, String)) {
    let is_v5 = connect.version == ProtocolVersion::V5;
    let (name, level) = match connect.version {
        ProtocolVersion::V3_1 => ("MQIsdp", 3),
        ProtocolVersion::V3_1_1 => ("MQTT", 4),
        ProtocolVersion::V5 => ("MQTT", 5),
    };
    put("Protocol Name", quoted(name));
    put(if is_v5 { "Protocol Version" } else { "Protocol Level" }, level.to_string());
    let mut flag = |name: &str, is_set: bool| put(name, u8::from(is_set).to_string());
    flag(if is_v5 { "Clean Start" } else { "Clean Session" }, connect.clean_start);
    flag("Will Flag", connect.will.is_some());
    flag("Will Retain", connect.will.as_ref().is_some_and(|will| will.retain));
    flag("User Name Flag", connect.user_name.is_some());
    flag("Password Flag", connect.password.is_some());
    put("Will QoS", qos(connect.will.as_ref().map_or(QoS::AtMostOnce, |will| will.qos)));
    put("Keep Alive", connect.keep_alive.to_string());
    put("Client Identifier", quoted(connect.client_identifier));
    if let Some(will) = &connect.will {
        put("Will Topic", quoted(will.topic));
        put(if is_v5 { "Will Payload" } else { "Will Message" }, payload(will.payload));
    }
    if let Some(user_name) = connect.user_name {
        put("User Name", quoted(user_name));
    }
    if let Some(password) = connect.password {
        put("Password", binary(password));
    }
}

fn put_options(
    options: SubscriptionOptions,
    version: ProtocolVersion,
    put: &mut impl FnMut(&str, String),
) {
    if version != ProtocolVersion::V5 {
        put("QoS", qos(options.qos));
        return;
    }
    put("Maximum QoS", qos(options.qos));
    put("No Local", u8::from(options.no_local).to_string());
    put("Retain As Published", u8::from(options.retain_as_published).to_string());
    let handling = match options.retain_handling {
        packet::RetainHandling::Send => "Send retained messages (0)",
        packet::RetainHandling::SendIfNew => "Send if the subscription is new (1)",
        packet::RetainHandling::DoNotSend => "Do not send (2)",
    };
    put("Retain Handling", handling.to_owned());
}

fn put_properties(properties: &[PropertyField], put: &mut impl FnMut(&str, String)) {
    for PropertyField { name, value } in properties {
        let value = match value {
            PropertyFieldValue::Flag(flag) => u8::from(*flag).to_string(),
            PropertyFieldValue::Number(number) => number.to_string(),
            PropertyFieldValue::Text(text) => quoted(text),
            PropertyFieldValue::Pair(name, value) => format!("{}: {}", quoted(name), quoted(value)),
            PropertyFieldValue::Bytes(bytes) => binary(bytes),
        };
        put(name, value);
    }
}

fn qos(qos: QoS) -> String {
    let name = ["At most once", "At least once", "Exactly once"][usize::from(qos.bits())];
    format!("{name} ({})", qos.bits())
}

fn quoted(text: &str) -> String {
    assert!(text.len() <= TEXT_BYTES_SHOWN_MAX, "the texts of these tests are short");
    format!("\"{text}\"")
}

fn payload(bytes: &[u8]) -> String {
    let is_text = |c: char| !c.is_control() || (c.is_whitespace() && c != '\0');
    match core::str::from_utf8(bytes) {
        Ok(text) if text.chars().all(is_text) => quoted(text),
        _ => binary(bytes),
    }
}

fn binary(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "0 bytes".to_owned();
    }
    let shown = bytes.iter().take(BINARY_BYTES_SHOWN_MAX).map(|byte| format!("{byte:02x}"));
    let shown = shown.collect::<Vec<_>>().join(" ");
    let is_all = bytes.len() <= BINARY_BYTES_SHOWN_MAX;
    if is_all { shown } else { format!("{shown}… ({} bytes)", bytes.len()) }
}
