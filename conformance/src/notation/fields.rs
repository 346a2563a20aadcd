//! Packets as fields.

use afterlink_core::codec::packet::{
    Ack, Auth, ConnAck, Connect, Disconnect, Publish, ReasonProperties, SubAck, Subscribe,
    Unsubscribe,
};
use afterlink_core::codec::{Packet, ProtocolVersion, ReasonCode, UserProperties};

use super::Described;

/// What a packet says. What it does not carry is left out, but for flags, which are `0`.
pub(crate) fn describe(packet: &Packet<'_>, version: ProtocolVersion) -> Described {
    let mut fields = Fields { fields: Vec::new(), version };
    match packet {
        Packet::Connect(connect) => fields.connect(connect),
        Packet::ConnAck(connack) => fields.connack(connack),
        Packet::Publish(publish) => fields.publish(publish),
        Packet::PubAck(ack) | Packet::PubRec(ack) | Packet::PubRel(ack) | Packet::PubComp(ack) => {
            fields.ack(ack)
        }
        Packet::Subscribe(subscribe) => fields.subscribe(subscribe),
        Packet::SubAck(ack) | Packet::UnsubAck(ack) => fields.codes(ack),
        Packet::Unsubscribe(unsubscribe) => fields.unsubscribe(unsubscribe),
        Packet::PingReq | Packet::PingResp => {}
        Packet::Disconnect(disconnect) => fields.disconnect(disconnect),
        Packet::Auth(auth) => fields.auth(auth),
    }
    Described { name: packet.packet_type().name(), fields: fields.fields }
}

/// The name of the packet that bytes begin like, for what cannot be decoded.
pub(crate) fn wire_name(bytes: &[u8]) -> &'static str {
    use afterlink_core::codec::PacketType;
    let first = bytes.first().copied().unwrap_or_default();
    PacketType::from_bits(first >> 4).map_or("(no packet)", PacketType::name)
}

struct Fields {
    fields: Vec<(&'static str, String)>,
    version: ProtocolVersion,
}

impl Fields {
    fn put(&mut self, key: &'static str, value: impl ToString) {
        self.fields.push((key, value.to_string()));
    }

    fn maybe(&mut self, key: &'static str, value: Option<impl ToString>) {
        if let Some(value) = value {
            self.put(key, value);
        }
    }

    fn flag(&mut self, key: &'static str, value: bool) {
        self.put(key, u8::from(value));
    }

    fn maybe_flag(&mut self, key: &'static str, value: Option<bool>) {
        self.maybe(key, value.map(u8::from));
    }

    fn bytes(&mut self, key: &'static str, bytes: &[u8]) {
        match str::from_utf8(bytes) {
            Ok(text) => self.put(key, text),
            Err(_) => {
                let digits: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
                self.put(key, format!("hex:{digits}"));
            }
        }
    }

    fn maybe_bytes(&mut self, key: &'static str, bytes: Option<&[u8]>) {
        if let Some(bytes) = bytes {
            self.bytes(key, bytes);
        }
    }

    fn user(&mut self, key: &'static str, properties: &UserProperties<'_>) {
        if !properties.is_empty() {
            let pairs = properties.iter().map(|(name, value)| format!("{name}:{value}"));
            self.put(key, pairs.collect::<Vec<_>>().join(","));
        }
    }

    fn code(&mut self, key: &'static str, code: ReasonCode) {
        self.put(key, format!("0x{:02X}", code.get()));
    }

    fn reason(&mut self, properties: &ReasonProperties<'_>) {
        self.maybe("reason", properties.reason_string);
        self.user("user", &properties.user_properties);
    }

    fn connect(&mut self, connect: &Connect<'_>) {
        self.put("client", connect.client_identifier);
        self.flag("clean", connect.clean_start);
        self.put("keepalive", connect.keep_alive);
        self.maybe("user-name", connect.user_name);
        self.maybe_bytes("password", connect.password);
        let properties = &connect.properties;
        self.maybe("expiry", properties.session_expiry_interval);
        self.maybe("receive-max", properties.receive_maximum);
        self.maybe("max-packet", properties.maximum_packet_size);
        self.maybe("alias-max", properties.topic_alias_maximum);
        self.maybe_flag("request-response", properties.request_response_information);
        self.maybe_flag("request-problem", properties.request_problem_information);
        self.user("user", &properties.user_properties);
        self.maybe("method", properties.authentication_method);
        self.maybe_bytes("data", properties.authentication_data);
        let Some(will) = &connect.will else { return };
        self.put("will", will.topic);
        self.bytes("will-payload", will.payload);
        self.put("will-qos", will.qos.bits());
        self.flag("will-retain", will.retain);
        let properties = &will.properties;
        self.maybe("will-delay", properties.will_delay_interval);
        self.maybe("will-expiry", properties.message_expiry_interval);
        self.maybe_flag("will-format", properties.payload_format_indicator);
        self.maybe("will-type", properties.content_type);
        self.maybe("will-response", properties.response_topic);
        self.maybe_bytes("will-correlation", properties.correlation_data);
        self.user("will-user", &properties.user_properties);
    }

    fn connack(&mut self, connack: &ConnAck<'_>) {
        self.flag("session", connack.session_present);
        match connack.reason_code.return_code() {
            Some(code) if !self.version.has_properties() => {
                self.code("code", ReasonCode::from_u8(code));
            }
            _ => self.code("code", connack.reason_code),
        }
        let properties = &connack.properties;
        self.maybe("expiry", properties.session_expiry_interval);
        self.maybe("receive-max", properties.receive_maximum);
        self.maybe("max-qos", properties.maximum_qos.map(|qos| qos.bits()));
        self.maybe_flag("retain", properties.retain_available);
        self.maybe("max-packet", properties.maximum_packet_size);
        self.maybe("assigned", properties.assigned_client_identifier);
        self.maybe("alias-max", properties.topic_alias_maximum);
        self.maybe("reason", properties.reason_string);
        self.user("user", &properties.user_properties);
        self.maybe_flag("wildcard", properties.wildcard_subscription_available);
        self.maybe_flag("sub-ids", properties.subscription_identifiers_available);
        self.maybe_flag("shared", properties.shared_subscription_available);
        self.maybe("keepalive", properties.server_keep_alive);
        self.maybe("response-info", properties.response_information);
        self.maybe("reference", properties.server_reference);
        self.maybe("method", properties.authentication_method);
        self.maybe_bytes("data", properties.authentication_data);
    }

    fn publish(&mut self, publish: &Publish<'_>) {
        self.put("topic", publish.topic);
        self.bytes("payload", publish.payload);
        self.put("qos", publish.qos.bits());
        self.flag("retain", publish.retain);
        self.flag("dup", publish.dup);
        self.maybe("id", publish.packet_identifier.map(|id| id.get()));
        let properties = &publish.properties;
        self.maybe_flag("format", properties.payload_format_indicator);
        self.maybe("expiry", properties.message_expiry_interval);
        self.maybe("alias", properties.topic_alias);
        self.maybe("response", properties.response_topic);
        self.maybe_bytes("correlation", properties.correlation_data);
        self.user("user", &properties.user_properties);
        let mut identifiers: Vec<_> =
            properties.subscription_identifiers.iter().map(|id| id.get()).collect();
        // Their order means nothing.
        identifiers.sort_unstable();
        if !identifiers.is_empty() {
            let identifiers: Vec<_> = identifiers.iter().map(u32::to_string).collect();
            self.put("sub", identifiers.join(","));
        }
        self.maybe("type", properties.content_type);
    }

    fn ack(&mut self, ack: &Ack<'_>) {
        self.put("id", ack.packet_identifier.get());
        self.code("code", ack.reason_code);
        self.reason(&ack.properties);
    }

    fn subscribe(&mut self, subscribe: &Subscribe<'_>) {
        self.put("id", subscribe.packet_identifier.get());
        self.maybe("sub", subscribe.subscription_identifier.map(|id| id.get()));
        self.user("user", &subscribe.user_properties);
        for filter in subscribe.filters.iter() {
            let options = filter.options;
            self.put("filter", filter.filter);
            self.put("qos", options.qos.bits());
            if self.version.has_properties() {
                self.flag("nl", options.no_local);
                self.flag("rap", options.retain_as_published);
                self.put("rh", options.retain_handling as u8);
            }
        }
    }

    fn codes(&mut self, ack: &SubAck<'_>) {
        self.put("id", ack.packet_identifier.get());
        let codes: Vec<_> =
            ack.reason_codes.iter().map(|code| format!("0x{:02X}", code.get())).collect();
        if !codes.is_empty() {
            self.put("codes", codes.join(","));
        }
        self.reason(&ack.properties);
    }

    fn unsubscribe(&mut self, unsubscribe: &Unsubscribe<'_>) {
        self.put("id", unsubscribe.packet_identifier.get());
        self.user("user", &unsubscribe.user_properties);
        for filter in unsubscribe.filters.iter() {
            self.put("filter", filter);
        }
    }

    fn disconnect(&mut self, disconnect: &Disconnect<'_>) {
        if self.version.has_properties() {
            self.code("code", disconnect.reason_code);
        }
        self.maybe("expiry", disconnect.session_expiry_interval);
        self.maybe("reference", disconnect.server_reference);
        self.reason(&disconnect.properties);
    }

    fn auth(&mut self, auth: &Auth<'_>) {
        self.code("code", auth.reason_code);
        self.maybe("method", auth.authentication_method);
        self.maybe_bytes("data", auth.authentication_data);
        self.reason(&auth.properties);
    }
}
