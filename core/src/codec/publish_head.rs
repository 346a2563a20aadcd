//! A PUBLISH without its payload: what a broker writes for each subscriber.

use super::sink::Sink;
use super::{
    PacketIdentifier, PacketType, PropertyIdentifier, ProtocolVersion, QoS, SubscriptionIdentifier,
    property, variable_byte_integer,
};

/// All of a PUBLISH up to its payload, which is the same for each subscriber and need not be
/// copied.
///
/// Writing cannot fail, so the fields have to be valid: a Topic Name of at most 65 535 bytes, a
/// Packet Identifier if and only if the QoS is above 0, and a Remaining Length of at most
/// 268 435 455.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublishHead<'a> {
    /// Whether this is a re-delivery.
    pub dup: bool,
    /// The QoS of this hop.
    pub qos: QoS,
    /// RETAIN.
    pub retain: bool,
    /// The Topic Name; empty where a Topic Alias stands for it.
    pub topic: &'a str,
    /// The Packet Identifier, for QoS 1 and 2.
    pub packet_identifier: Option<PacketIdentifier>,
    /// Seconds the message has left.
    pub message_expiry_interval: Option<u32>,
    /// The number that stands for the Topic Name, from now on or since before.
    pub topic_alias: Option<u16>,
    /// The Subscription Identifiers that matched.
    pub subscription_identifiers: &'a [SubscriptionIdentifier],
    /// The encoded properties that are forwarded unaltered, as
    /// [`PublishProperties::encode_forwarded`](super::packet::PublishProperties::encode_forwarded)
    /// writes them.
    pub forwarded: &'a [u8],
    /// Bytes of the payload.
    pub payload_len: usize,
}

impl PublishHead<'_> {
    /// Bytes of the whole packet, payload included. Properties do not count before version 5.
    #[must_use]
    #[inline]
    pub fn packet_len(&self, version: ProtocolVersion) -> usize {
        let remaining_length = self.remaining_length(version, self.properties_len(version));
        remaining_length
            .saturating_add(variable_byte_integer::encoded_len(remaining_length))
            .saturating_add(1)
    }

    /// Appends everything before the payload to `out`.
    #[inline]
    pub fn encode(&self, version: ProtocolVersion, out: &mut Vec<u8>) {
        // [MQTT-2.2.1-2] [MQTT-2.2.1-4]
        debug_assert_eq!(self.packet_identifier.is_some(), self.qos != QoS::AtMostOnce);
        let properties_len = self.properties_len(version);
        let remaining_length = self.remaining_length(version, properties_len);
        // The pieces that follow find room without looking for it again.
        out.reserve(remaining_length.saturating_sub(self.payload_len).saturating_add(5));
        out.byte(first_byte(self.dup, self.qos, self.retain));
        out.variable_byte_integer(remaining_length);
        out.field(self.topic.as_bytes());
        if let Some(identifier) = self.packet_identifier {
            out.packet_identifier(identifier);
        }
        if version.has_properties() {
            out.variable_byte_integer(properties_len);
            if properties_len > 0 {
                self.write_properties(out);
            }
        }
    }

    fn write_properties(&self, out: &mut Vec<u8>) {
        property::write(
            out,
            PropertyIdentifier::MessageExpiryInterval,
            self.message_expiry_interval,
        );
        property::write(out, PropertyIdentifier::TopicAlias, self.topic_alias);
        for identifier in self.subscription_identifiers {
            property::write(out, PropertyIdentifier::SubscriptionIdentifier, Some(*identifier));
        }
        out.bytes(self.forwarded);
    }

    #[inline]
    fn properties_len(&self, version: ProtocolVersion) -> usize {
        if !version.has_properties() {
            return 0;
        }
        let mut len = self.forwarded.len();
        if self.message_expiry_interval.is_some() {
            len = len.saturating_add(5);
        }
        if self.topic_alias.is_some() {
            len = len.saturating_add(3);
        }
        for identifier in self.subscription_identifiers {
            let value = usize::try_from(identifier.get()).unwrap_or(usize::MAX);
            let value_len = variable_byte_integer::encoded_len(value);
            len = len.saturating_add(value_len).saturating_add(1);
        }
        len
    }

    #[inline]
    fn remaining_length(&self, version: ProtocolVersion, properties_len: usize) -> usize {
        let mut len = self.topic.len().saturating_add(2).saturating_add(self.payload_len);
        if self.packet_identifier.is_some() {
            len = len.saturating_add(2);
        }
        if version.has_properties() {
            len = len
                .saturating_add(variable_byte_integer::encoded_len(properties_len))
                .saturating_add(properties_len);
        }
        len
    }
}

/// The first byte of a PUBLISH. DUP is never set for QoS 0 [MQTT-3.3.1-2].
#[inline]
pub(super) fn first_byte(dup: bool, qos: QoS, retain: bool) -> u8 {
    let dup = dup && qos != QoS::AtMostOnce;
    (PacketType::Publish.bits() << 4) | (u8::from(dup) << 3) | (qos.bits() << 1) | u8::from(retain)
}
