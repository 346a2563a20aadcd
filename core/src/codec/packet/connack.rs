//! CONNACK (§3.2).

use crate::codec::decode::Context;
use crate::codec::property::{self, Block, PropertyOwner, property_fields};
use crate::codec::reader::Reader;
use crate::codec::sink::Sink;
use crate::codec::{
    DecodeError, DecodeErrorKind, PacketType, ProtocolVersion, QoS, ReasonCode, UserProperties,
};

/// The server's answer to CONNECT.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnAck<'a> {
    /// Whether the server held a Session for this client (not on the wire in 3.1).
    pub session_present: bool,
    /// The outcome. Return codes of version 3 are carried as the reason code that means the
    /// same, and mapped back when encoded.
    pub reason_code: ReasonCode,
    /// What version 5 tells beside it.
    pub properties: ConnAckProperties<'a>,
}

/// Properties of CONNACK (§3.2.2.3). An absent one stands for the default of the standard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnAckProperties<'a> {
    /// Seconds; present when it differs from what the client asked for.
    pub session_expiry_interval: Option<u32>,
    /// QoS 1 and 2 publishes the server takes unacknowledged; absent means 65 535.
    pub receive_maximum: Option<u16>,
    /// The highest QoS the server takes; absent means 2.
    pub maximum_qos: Option<QoS>,
    /// Whether retained messages are supported; absent means yes.
    pub retain_available: Option<bool>,
    /// Bytes of the largest packet the server takes; absent means no limit.
    pub maximum_packet_size: Option<u32>,
    /// The Client Identifier the server made up for an empty one.
    pub assigned_client_identifier: Option<&'a str>,
    /// The highest Topic Alias the server takes; absent means none.
    pub topic_alias_maximum: Option<u16>,
    /// Text for diagnostics.
    pub reason_string: Option<&'a str>,
    /// Name and value pairs, in order.
    pub user_properties: UserProperties<'a>,
    /// Whether wildcards in filters are supported; absent means yes.
    pub wildcard_subscription_available: Option<bool>,
    /// Whether Subscription Identifiers are supported; absent means yes.
    pub subscription_identifiers_available: Option<bool>,
    /// Whether Shared Subscriptions are supported; absent means yes.
    pub shared_subscription_available: Option<bool>,
    /// Seconds; the Keep Alive the client has to use instead of its own.
    pub server_keep_alive: Option<u16>,
    /// A basis for response topics.
    pub response_information: Option<&'a str>,
    /// Another server to use.
    pub server_reference: Option<&'a str>,
    /// The method of extended authentication.
    pub authentication_method: Option<&'a str>,
    /// Data whose meaning the method defines.
    pub authentication_data: Option<&'a [u8]>,
}

property_fields!(ConnAckProperties {
    SessionExpiryInterval => session_expiry_interval,
    ReceiveMaximum => receive_maximum,
    MaximumQoS => maximum_qos,
    RetainAvailable => retain_available,
    MaximumPacketSize => maximum_packet_size,
    AssignedClientIdentifier => assigned_client_identifier,
    TopicAliasMaximum => topic_alias_maximum,
    ReasonString => reason_string,
    WildcardSubscriptionAvailable => wildcard_subscription_available,
    SubscriptionIdentifiersAvailable => subscription_identifiers_available,
    SharedSubscriptionAvailable => shared_subscription_available,
    ServerKeepAlive => server_keep_alive,
    ResponseInformation => response_information,
    ServerReference => server_reference,
    AuthenticationMethod => authentication_method,
    AuthenticationData => authentication_data,
});

impl<'a> ConnAck<'a> {
    pub(in crate::codec) fn decode(
        mut reader: Reader<'a>,
        context: &mut Context,
    ) -> Result<Self, DecodeError> {
        let start = reader;
        let flags = reader.byte()?;
        let mut connack = Self {
            // The whole byte is reserved in 3.1, and its servers need not set it to zero.
            session_present: flags & 1 != 0 && context.version != ProtocolVersion::V3_1,
            reason_code: ReasonCode::SUCCESS,
            properties: ConnAckProperties::default(),
        };
        // [MQTT-3.2.2-1]
        if flags > 1 && context.version != ProtocolVersion::V3_1 {
            return Err(start.error(DecodeErrorKind::ConnectFlagsReserved));
        }
        if context.version.has_properties() {
            connack.reason_code = super::read_reason_code(&mut reader, PacketType::ConnAck)?;
            let (owner, properties) = (PropertyOwner::ConnAck, &mut connack.properties);
            let repeated = property::read_block(&mut reader, context, owner, |value| {
                properties.set_property(value);
            })?;
            connack.properties.user_properties = repeated.user_properties;
        } else {
            let before = reader;
            let code = reader.byte()?;
            connack.reason_code = ReasonCode::from_return_code(code)
                .ok_or_else(|| before.error(DecodeErrorKind::ReasonCodeNotAllowed { code }))?;
        }
        reader.finish()?;
        // [MQTT-3.2.2-6] [MQTT3-3.2.2-4]
        if connack.session_present && connack.reason_code != ReasonCode::SUCCESS {
            return Err(start.error(DecodeErrorKind::SessionPresentWithError));
        }
        Ok(connack)
    }

    pub(in crate::codec) fn write(&self, version: ProtocolVersion, sink: &mut dyn Sink) {
        let session_present = self.session_present
            && self.reason_code == ReasonCode::SUCCESS // [MQTT-3.2.2-6]
            && version != ProtocolVersion::V3_1;
        sink.byte(u8::from(session_present));
        if version.has_properties() {
            sink.byte(self.reason_code.get());
            property::write_block(sink, &self.properties);
        } else {
            let unavailable = ReasonCode::SERVER_UNAVAILABLE.return_code();
            sink.byte(self.reason_code.return_code().or(unavailable).unwrap_or_default());
        }
    }
}

impl Block for ConnAckProperties<'_> {
    fn write(&self, sink: &mut dyn Sink) {
        self.write_properties(sink);
        self.user_properties.write(sink);
    }
}
