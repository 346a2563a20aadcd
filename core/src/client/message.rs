//! Application Messages that own their bytes, for commands and events.

use serde::{Deserialize, Serialize};

use crate::codec::packet::{Publish, PublishProperties, WillProperties};
use crate::codec::{PacketIdentifier, QoS, SubscriptionIdentifier, UserProperties};
use crate::value::Read;

/// A message the application publishes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Read)]
#[serde(default, deny_unknown_fields)]
pub struct OutgoingMessage {
    /// The Topic Name.
    pub topic: String,
    /// The payload.
    pub payload: Vec<u8>,
    /// The QoS towards the server.
    pub qos: QoS,
    /// Whether the server is to retain the message.
    pub retain: bool,
    /// Properties; must be at their default in version 3.
    pub properties: MessageProperties,
}

impl OutgoingMessage {
    /// Bytes that count against the outbox.
    pub(super) fn len_bytes(&self) -> usize {
        self.topic.len().saturating_add(self.payload.len())
    }
}

/// A message the server published to the client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncomingMessage {
    /// The Topic Name, whole even if a Topic Alias stood for it.
    pub topic: String,
    /// The payload.
    pub payload: Vec<u8>,
    /// The QoS of the delivery.
    pub qos: QoS,
    /// The RETAIN flag.
    pub retain: bool,
    /// The DUP flag: whether the server may have sent this before. It does not prove that the
    /// application has seen the message.
    pub dup: bool,
    /// The Packet Identifier of a QoS 1 or 2 delivery.
    pub packet_identifier: Option<PacketIdentifier>,
    /// Properties.
    pub properties: MessageProperties,
    /// The identifiers of the subscriptions that matched.
    pub subscription_identifiers: Vec<SubscriptionIdentifier>,
}

impl IncomingMessage {
    /// The message of `publish`, whose Topic Name is `topic` once its alias is resolved.
    pub(super) fn new(publish: &Publish<'_>, topic: &str) -> Self {
        Self {
            topic: topic.to_owned(),
            payload: publish.payload.to_vec(),
            qos: publish.qos,
            retain: publish.retain,
            dup: publish.dup,
            packet_identifier: publish.packet_identifier,
            properties: MessageProperties::from_publish(&publish.properties),
            subscription_identifiers: publish.properties.subscription_identifiers.iter().collect(),
        }
    }
}

/// What describes a message beside its topic and payload (§3.3.2.3).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Read)]
#[serde(default, deny_unknown_fields)]
pub struct MessageProperties {
    /// Whether the payload is said to be UTF-8.
    pub payload_format_indicator: Option<bool>,
    /// Seconds the message has left, counted from when it is sent; absent means for ever.
    pub message_expiry_interval: Option<u32>,
    /// What the payload is.
    pub content_type: Option<String>,
    /// Where a response is to go.
    pub response_topic: Option<String>,
    /// What ties a response to its request.
    pub correlation_data: Option<Vec<u8>>,
    /// Name and value pairs, in order.
    pub user_properties: Vec<(String, String)>,
}

impl MessageProperties {
    /// Whether there is nothing that version 3 could not carry.
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The properties of a PUBLISH, with `pairs` as its User Properties.
    pub(super) fn to_publish<'a>(&'a self, pairs: &'a Pairs<'a>) -> PublishProperties<'a> {
        PublishProperties {
            payload_format_indicator: self.payload_format_indicator,
            message_expiry_interval: self.message_expiry_interval,
            response_topic: self.response_topic.as_deref(),
            correlation_data: self.correlation_data.as_deref(),
            user_properties: UserProperties::from_pairs(pairs),
            content_type: self.content_type.as_deref(),
            ..PublishProperties::default()
        }
    }

    /// The properties of a Will, with `pairs` as its User Properties.
    pub(super) fn to_will<'a>(
        &'a self,
        will_delay_interval: Option<u32>,
        pairs: &'a Pairs<'a>,
    ) -> WillProperties<'a> {
        WillProperties {
            will_delay_interval,
            payload_format_indicator: self.payload_format_indicator,
            message_expiry_interval: self.message_expiry_interval,
            content_type: self.content_type.as_deref(),
            response_topic: self.response_topic.as_deref(),
            correlation_data: self.correlation_data.as_deref(),
            user_properties: UserProperties::from_pairs(pairs),
        }
    }

    fn from_publish(properties: &PublishProperties<'_>) -> Self {
        Self {
            payload_format_indicator: properties.payload_format_indicator,
            message_expiry_interval: properties.message_expiry_interval,
            content_type: properties.content_type.map(str::to_owned),
            response_topic: properties.response_topic.map(str::to_owned),
            correlation_data: properties.correlation_data.map(<[u8]>::to_vec),
            user_properties: owned(&properties.user_properties),
        }
    }
}

/// User Properties as the codec takes them.
pub(super) type Pairs<'a> = [(&'a str, &'a str)];

/// `pairs` as the codec takes them.
pub(super) fn borrowed(pairs: &[(String, String)]) -> Vec<(&str, &str)> {
    pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// `properties` as events carry them.
pub(super) fn owned(properties: &UserProperties<'_>) -> Vec<(String, String)> {
    properties.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}
