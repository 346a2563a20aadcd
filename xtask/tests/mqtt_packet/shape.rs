//! Our packets in the words of mqtt-packet, so that the two can be compared field by field.

use afterlink_core::codec::packet::{
    Ack, Auth, ConnAck, Connect, Disconnect, Publish, ReasonCodes, ReasonProperties,
    RetainHandling, SubAck, Subscribe, Unsubscribe, Will,
};
use afterlink_core::codec::{
    Packet, ProtocolVersion, QoS, ReasonCode, SubscriptionIdentifiers, UserProperties,
};
use serde_json::{Map, Value, json};

/// Fields that mqtt-packet takes as text or as bytes.
const BYTES: &[&str] =
    &["payload", "password", "correlationData", "authenticationData", "username", "clientId"];

/// What stands in the Fixed Header of each packet; only PUBLISH can choose it, and that the
/// others have it right shows when they are encoded.
const FIXED_HEADER: &[&str] = &["retain", "qos", "dup", "length"];

pub(crate) fn of_packet(packet: &Packet<'_>, version: ProtocolVersion) -> Value {
    match packet {
        Packet::Connect(connect) => of_connect(connect),
        Packet::ConnAck(connack) => of_connack(connack, version),
        Packet::Publish(publish) => of_publish(publish),
        Packet::PubAck(ack) => of_ack("puback", ack, version),
        Packet::PubRec(ack) => of_ack("pubrec", ack, version),
        Packet::PubRel(ack) => of_ack("pubrel", ack, version),
        Packet::PubComp(ack) => of_ack("pubcomp", ack, version),
        Packet::Subscribe(subscribe) => of_subscribe(subscribe, version),
        Packet::SubAck(suback) => of_suback("suback", suback),
        Packet::Unsubscribe(unsubscribe) => of_unsubscribe(unsubscribe),
        Packet::UnsubAck(suback) => of_suback("unsuback", suback),
        Packet::PingReq => json!({ "cmd": "pingreq" }),
        Packet::PingResp => json!({ "cmd": "pingresp" }),
        Packet::Disconnect(disconnect) => of_disconnect(disconnect, version),
        Packet::Auth(auth) => of_auth(auth),
    }
}

/// Leaves out what is absent in one way or another, so that absent things are equal.
pub(crate) fn normal(value: Value) -> Value {
    let Value::Object(mut fields) = value else { return value };
    if fields.get("cmd").is_some_and(|cmd| cmd != "publish") {
        for name in FIXED_HEADER {
            fields.remove(*name);
        }
    }
    // Not in the packet, but about it.
    for name in ["length", "bridgeMode"] {
        fields.remove(name);
    }
    let fields = fields.into_iter().filter_map(|(name, field)| {
        let field = normal_field(&name, field);
        let is_empty = field.as_object().is_some_and(Map::is_empty);
        (!field.is_null() && !is_empty).then_some((name, field))
    });
    Value::Object(fields.collect())
}

fn normal_field(name: &str, field: Value) -> Value {
    if name == "userProperties" {
        // They may be called anything, and stay as they are.
        return field;
    }
    if let Value::Array(list) = field {
        return Value::Array(list.into_iter().map(normal).collect());
    }
    if let Some(text) = field.as_str().filter(|_| BYTES.contains(&name)) {
        return bytes(text.as_bytes());
    }
    normal(field)
}

/// The path of the first field of `expected` that `found` lacks or has otherwise. A field that is
/// false, zero or empty may be lacking.
pub(crate) fn first_missing(expected: &Value, found: &Value) -> Option<String> {
    if expected == found {
        return None;
    }
    let (Some(expected), Some(found)) = (expected.as_object(), found.as_object()) else {
        return Some(String::new());
    };
    expected.iter().find_map(|(name, field)| {
        let path = match found.get(name) {
            Some(found) => first_missing(field, found)?,
            None if is_default(field) => return None,
            None => String::new(),
        };
        Some(if path.is_empty() { name.clone() } else { format!("{name}.{path}") })
    })
}

fn is_default(field: &Value) -> bool {
    *field == json!(false) || *field == json!(0) || *field == json!({ "hex": "" })
}

fn of_connect(connect: &Connect<'_>) -> Value {
    let properties = &connect.properties;
    let (protocol_id, protocol_version) = match connect.version {
        ProtocolVersion::V3_1 => ("MQIsdp", 3),
        ProtocolVersion::V3_1_1 => ("MQTT", 4),
        ProtocolVersion::V5 => ("MQTT", 5),
    };
    json!({
        "cmd": "connect",
        "protocolId": protocol_id,
        "protocolVersion": protocol_version,
        "clean": connect.clean_start,
        "keepalive": connect.keep_alive,
        "clientId": connect.client_identifier,
        "will": connect.will.as_ref().map(of_will),
        "username": connect.user_name,
        "password": connect.password.map(bytes),
        "properties": {
            "sessionExpiryInterval": properties.session_expiry_interval,
            "receiveMaximum": properties.receive_maximum,
            "maximumPacketSize": properties.maximum_packet_size,
            "topicAliasMaximum": properties.topic_alias_maximum,
            "requestResponseInformation": properties.request_response_information,
            "requestProblemInformation": properties.request_problem_information,
            "userProperties": user_properties(&properties.user_properties),
            "authenticationMethod": properties.authentication_method,
            "authenticationData": properties.authentication_data.map(bytes),
        },
    })
}

fn of_will(will: &Will<'_>) -> Value {
    let properties = &will.properties;
    json!({
        "retain": will.retain,
        "qos": qos(will.qos),
        "topic": will.topic,
        "payload": bytes(will.payload),
        "properties": {
            "willDelayInterval": properties.will_delay_interval,
            "payloadFormatIndicator": properties.payload_format_indicator,
            "messageExpiryInterval": properties.message_expiry_interval,
            "contentType": properties.content_type,
            "responseTopic": properties.response_topic,
            "correlationData": properties.correlation_data.map(bytes),
            "userProperties": user_properties(&properties.user_properties),
        },
    })
}

fn of_connack(connack: &ConnAck<'_>, version: ProtocolVersion) -> Value {
    let properties = &connack.properties;
    let is_v5 = version == ProtocolVersion::V5;
    json!({
        "cmd": "connack",
        "sessionPresent": connack.session_present,
        "reasonCode": is_v5.then_some(connack.reason_code.get()),
        "returnCode": if is_v5 { None } else { connack.reason_code.return_code() },
        "properties": {
            "sessionExpiryInterval": properties.session_expiry_interval,
            "receiveMaximum": properties.receive_maximum,
            "maximumQoS": properties.maximum_qos.map(qos),
            "retainAvailable": properties.retain_available,
            "maximumPacketSize": properties.maximum_packet_size,
            "assignedClientIdentifier": properties.assigned_client_identifier,
            "topicAliasMaximum": properties.topic_alias_maximum,
            "reasonString": properties.reason_string,
            "userProperties": user_properties(&properties.user_properties),
            "wildcardSubscriptionAvailable": properties.wildcard_subscription_available,
            "subscriptionIdentifiersAvailable": properties.subscription_identifiers_available,
            "sharedSubscriptionAvailable": properties.shared_subscription_available,
            "serverKeepAlive": properties.server_keep_alive,
            "responseInformation": properties.response_information,
            "serverReference": properties.server_reference,
            "authenticationMethod": properties.authentication_method,
            "authenticationData": properties.authentication_data.map(bytes),
        },
    })
}

fn of_publish(publish: &Publish<'_>) -> Value {
    let properties = &publish.properties;
    json!({
        "cmd": "publish",
        "retain": publish.retain,
        "qos": qos(publish.qos),
        "dup": publish.dup,
        "topic": publish.topic,
        "payload": bytes(publish.payload),
        "messageId": publish.packet_identifier.map(|identifier| identifier.get()),
        "properties": {
            "payloadFormatIndicator": properties.payload_format_indicator,
            "messageExpiryInterval": properties.message_expiry_interval,
            "topicAlias": properties.topic_alias,
            "responseTopic": properties.response_topic,
            "correlationData": properties.correlation_data.map(bytes),
            "userProperties": user_properties(&properties.user_properties),
            "subscriptionIdentifier":
                subscription_identifiers(&properties.subscription_identifiers),
            "contentType": properties.content_type,
        },
    })
}

fn of_ack(cmd: &str, ack: &Ack<'_>, version: ProtocolVersion) -> Value {
    let is_v5 = version == ProtocolVersion::V5;
    json!({
        "cmd": cmd,
        "messageId": ack.packet_identifier.get(),
        "reasonCode": is_v5.then_some(ack.reason_code.get()),
        "properties": reason_properties(&ack.properties),
    })
}

fn of_subscribe(subscribe: &Subscribe<'_>, version: ProtocolVersion) -> Value {
    let is_v5 = version == ProtocolVersion::V5;
    let filters = subscribe.filters.iter().map(|filter| {
        let options = filter.options;
        let mut shown = json!({ "topic": filter.filter, "qos": qos(options.qos) });
        if is_v5 {
            shown["nl"] = json!(options.no_local);
            shown["rap"] = json!(options.retain_as_published);
            shown["rh"] = json!(match options.retain_handling {
                RetainHandling::Send => 0,
                RetainHandling::SendIfNew => 1,
                RetainHandling::DoNotSend => 2,
            });
        }
        shown
    });
    json!({
        "cmd": "subscribe",
        "messageId": subscribe.packet_identifier.get(),
        "subscriptions": filters.collect::<Vec<_>>(),
        "properties": {
            "subscriptionIdentifier":
                subscribe.subscription_identifier.map(|identifier| identifier.get()),
            "userProperties": user_properties(&subscribe.user_properties),
        },
    })
}

fn of_suback(cmd: &str, suback: &SubAck<'_>) -> Value {
    let codes = &suback.reason_codes;
    json!({
        "cmd": cmd,
        "messageId": suback.packet_identifier.get(),
        "granted": (!codes.is_empty()).then(|| granted(codes)),
        "properties": reason_properties(&suback.properties),
    })
}

fn granted(codes: &ReasonCodes<'_>) -> Vec<u8> {
    codes.iter().map(ReasonCode::get).collect()
}

fn of_unsubscribe(unsubscribe: &Unsubscribe<'_>) -> Value {
    json!({
        "cmd": "unsubscribe",
        "messageId": unsubscribe.packet_identifier.get(),
        "unsubscriptions": unsubscribe.filters.iter().collect::<Vec<_>>(),
        "properties": { "userProperties": user_properties(&unsubscribe.user_properties) },
    })
}

fn of_disconnect(disconnect: &Disconnect<'_>, version: ProtocolVersion) -> Value {
    let is_v5 = version == ProtocolVersion::V5;
    let mut properties = reason_properties(&disconnect.properties);
    properties["sessionExpiryInterval"] = json!(disconnect.session_expiry_interval);
    properties["serverReference"] = json!(disconnect.server_reference);
    json!({
        "cmd": "disconnect",
        "reasonCode": is_v5.then_some(disconnect.reason_code.get()),
        "properties": properties,
    })
}

fn of_auth(auth: &Auth<'_>) -> Value {
    let mut properties = reason_properties(&auth.properties);
    properties["authenticationMethod"] = json!(auth.authentication_method);
    properties["authenticationData"] = json!(auth.authentication_data.map(bytes));
    json!({ "cmd": "auth", "reasonCode": auth.reason_code.get(), "properties": properties })
}

fn reason_properties(properties: &ReasonProperties<'_>) -> Value {
    json!({
        "reasonString": properties.reason_string,
        "userProperties": user_properties(&properties.user_properties),
    })
}

/// By name; a name that comes more than once has a list.
fn user_properties(properties: &UserProperties<'_>) -> Value {
    let mut map = Map::new();
    for (name, value) in properties.iter() {
        match map.get_mut(name) {
            None => {
                map.insert(name.to_owned(), json!(value));
            }
            Some(Value::Array(list)) => list.push(json!(value)),
            Some(first) => *first = json!([first.take(), value]),
        }
    }
    Value::Object(map)
}

/// A number, or a list if there is more than one.
fn subscription_identifiers(identifiers: &SubscriptionIdentifiers<'_>) -> Value {
    let list: Vec<u32> = identifiers.iter().map(|identifier| identifier.get()).collect();
    match list[..] {
        [] => Value::Null,
        [one] => json!(one),
        _ => json!(list),
    }
}

fn qos(qos: QoS) -> u8 {
    qos.bits()
}

/// Bytes as the recording has them.
fn bytes(bytes: &[u8]) -> Value {
    const ZEROS_MIN: usize = 64;
    const BLOCK: [u8; 4096] = [0; 4096];
    // Block by block, since one packet is of the largest size and the test is not optimised.
    let mut end = bytes.len();
    while bytes[..end].ends_with(&BLOCK) {
        end -= BLOCK.len();
    }
    end = bytes[..end].iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let zeros = bytes.len() - end;
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    if zeros < ZEROS_MIN {
        return json!({ "hex": hex(bytes) });
    }
    json!({ "hex": hex(&bytes[..end]), "zeros": zeros })
}
