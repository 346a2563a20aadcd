//! PUBLISH (§3.3).

use crate::codec::decode::Context;
use crate::codec::property::{self, Block, Property, PropertyIdentifier, PropertyOwner};
use crate::codec::reader::Reader;
use crate::codec::sink::Sink;
use crate::codec::{
    DecodeError, DecodeErrorKind, PacketIdentifier, ProtocolVersion, QoS, SubscriptionIdentifiers,
    UserProperties,
};

/// An Application Message on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publish<'a> {
    /// Whether this may be a re-delivery.
    pub dup: bool,
    /// The QoS of this hop.
    pub qos: QoS,
    /// Whether the message is to be retained, or was.
    pub retain: bool,
    /// The Topic Name; empty where a Topic Alias stands for it.
    pub topic: &'a str,
    /// The Packet Identifier: present for QoS 1 and 2, absent for QoS 0.
    pub packet_identifier: Option<PacketIdentifier>,
    /// Properties, all absent in version 3.
    pub properties: PublishProperties<'a>,
    /// The Application Message's payload.
    pub payload: &'a [u8],
}

/// Properties of PUBLISH (§3.3.2.3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublishProperties<'a> {
    /// Whether the payload is said to be UTF-8.
    pub payload_format_indicator: Option<bool>,
    /// Seconds the message has left; absent means for ever.
    pub message_expiry_interval: Option<u32>,
    /// The number that stands for the Topic Name on this connection; never 0.
    pub topic_alias: Option<u16>,
    /// Where a response is to go.
    pub response_topic: Option<&'a str>,
    /// What ties a response to its request.
    pub correlation_data: Option<&'a [u8]>,
    /// Name and value pairs, in order.
    pub user_properties: UserProperties<'a>,
    /// The Subscription Identifiers that matched, only from a server.
    pub subscription_identifiers: SubscriptionIdentifiers<'a>,
    /// What the payload is.
    pub content_type: Option<&'a str>,
}

property::property_fields!(PublishProperties {
    MessageExpiryInterval => message_expiry_interval,
    TopicAlias => topic_alias,
    PayloadFormatIndicator => payload_format_indicator,
    ContentType => content_type,
    ResponseTopic => response_topic,
    CorrelationData => correlation_data,
});

impl<'a> Publish<'a> {
    #[inline]
    pub(in crate::codec) fn decode(
        mut reader: Reader<'a>,
        flags: u8,
        context: &mut Context,
    ) -> Result<Self, DecodeError> {
        let start = reader;
        let qos = QoS::from_bits((flags >> 1) & 0b11)
            .ok_or_else(|| start.error(DecodeErrorKind::QosReserved))?;
        let topic = reader.string()?; // [MQTT-3.3.2-1]
        let mut packet_identifier = None;
        // [MQTT-2.2.1-2]
        if qos != QoS::AtMostOnce {
            packet_identifier = Some(reader.packet_identifier()?);
        }
        let mut properties = PublishProperties::default();
        if context.version.has_properties() {
            let owner = PropertyOwner::Publish;
            let repeated = property::read_block(&mut reader, context, owner, |value| {
                properties.set_property(value);
            })?;
            properties.user_properties = repeated.user_properties;
            properties.subscription_identifiers = repeated.subscription_identifiers;
        }
        // [MQTT-4.7.3-1]
        if topic.is_empty() && properties.topic_alias.is_none() {
            return Err(start.error(DecodeErrorKind::TopicNameMissing));
        }
        Ok(Self {
            dup: flags & 0b1000 != 0,
            qos,
            retain: flags & 1 != 0,
            topic,
            packet_identifier,
            properties,
            payload: reader.rest(),
        })
    }

    #[inline]
    pub(in crate::codec) fn write(&self, version: ProtocolVersion, sink: &mut dyn Sink) {
        sink.string(self.topic);
        if let Some(identifier) = self.packet_identifier.filter(|_| self.qos != QoS::AtMostOnce) {
            sink.packet_identifier(identifier);
        }
        if version.has_properties() {
            property::write_block(sink, &self.properties);
        }
        sink.bytes(self.payload);
    }
}

impl<'a> PublishProperties<'a> {
    /// Appends the properties that go on to subscribers unaltered and in order, for
    /// [`PublishHead::forwarded`](crate::codec::PublishHead::forwarded): Payload Format Indicator
    /// [MQTT-3.3.2-4], Content Type [MQTT-3.3.2-20], Response Topic [MQTT-3.3.2-15], Correlation
    /// Data [MQTT-3.3.2-16] and User Properties [MQTT-3.3.2-17] [MQTT-3.3.2-18].
    pub fn encode_forwarded(&self, out: &mut Vec<u8>) {
        let forwarded = Self { message_expiry_interval: None, topic_alias: None, ..self.clone() };
        forwarded.write_properties(out);
        forwarded.user_properties.write(out);
    }

    /// The properties that [`Self::encode_forwarded`] has written to `bytes`. Of other bytes it is
    /// what can be read up to the first that is no property of a message.
    #[must_use]
    pub fn decode_forwarded(bytes: &'a [u8]) -> Self {
        let mut properties = Self::default();
        let mut rest = bytes;
        let mut user_properties = 0_usize;
        while let Some(property) = property::next(&mut rest) {
            if matches!(property, Property::UserProperty(_)) {
                user_properties = user_properties.saturating_add(1);
            } else {
                properties.set_property(property);
            }
        }
        properties.user_properties = UserProperties::from_block(bytes, user_properties);
        properties
    }
}

impl Block for PublishProperties<'_> {
    #[inline]
    fn write(&self, sink: &mut dyn Sink) {
        self.write_properties(sink);
        if !self.subscription_identifiers.is_empty() {
            for identifier in self.subscription_identifiers.iter() {
                property::write(sink, PropertyIdentifier::SubscriptionIdentifier, Some(identifier));
            }
        }
        self.user_properties.write(sink);
    }
}
