//! An Application Message that outlives the packet that brought it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::ClientIdentifier;
use crate::Timestamp;
use crate::codec::QoS;
use crate::codec::packet::PublishProperties;
use crate::topic::{TopicLimits, TopicNameRef};

/// What a message is known by beyond this broker: who numbered it, and the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MessageIdentity {
    /// The broker, or one start of it, that took the message in.
    pub origin: u64,
    /// Its number there: the messages that a broker takes in are counted, across its restarts as
    /// far as a store knows of them.
    pub sequence: u64,
}

/// How the events of a broker name a message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MessageName<'a> {
    /// See [`MessageIdentity::sequence`].
    pub(crate) sequence: u64,
    pub(crate) topic: &'a str,
}

/// An Application Message, stored once and shared by all queues that hold it.
///
/// Topic, forwarded properties and payload share one allocation of exactly their size.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    identity: MessageIdentity,
    /// The client that published it; `None` for the broker itself.
    publisher: Option<ClientIdentifier>,
    qos: QoS,
    retain: bool,
    topic_len: u16,
    forwarded_len: u32,
    received_at: Timestamp,
    expires_at: Option<Timestamp>,
    bytes: Box<[u8]>,
}

/// The parts of a [`Message`] while they are still borrowed from a packet.
#[derive(Clone, Copy, Debug)]
pub struct MessageParts<'a> {
    /// The Topic Name.
    pub topic: &'a str,
    /// Properties passed on unaltered, encoded.
    pub forwarded: &'a [u8],
    /// The payload.
    pub payload: &'a [u8],
    /// The QoS it was published with.
    pub qos: QoS,
    /// Whether it was published to be retained.
    pub retain: bool,
    /// When the broker took it in.
    pub received_at: Timestamp,
    /// When it expires; `None` for never.
    pub expires_at: Option<Timestamp>,
}

impl MessageParts<'_> {
    /// The bytes it counts for in a queue: topic, properties and payload.
    #[must_use]
    pub const fn size(&self) -> u64 {
        (self.topic.len() + self.forwarded.len() + self.payload.len()) as u64
    }

    /// Copies the parts once, to exactly their size.
    #[must_use]
    pub fn to_message(
        &self,
        identity: MessageIdentity,
        publisher: Option<ClientIdentifier>,
    ) -> Arc<Message> {
        let bytes =
            [self.topic.as_bytes(), self.forwarded, self.payload].concat().into_boxed_slice();
        Arc::new(Message {
            identity,
            publisher,
            qos: self.qos,
            retain: self.retain,
            topic_len: u16::try_from(self.topic.len()).unwrap_or(u16::MAX),
            forwarded_len: u32::try_from(self.forwarded.len()).unwrap_or(u32::MAX),
            received_at: self.received_at,
            expires_at: self.expires_at,
            bytes,
        })
    }
}

impl Message {
    /// What it is known by.
    #[must_use]
    pub const fn identity(&self) -> MessageIdentity {
        self.identity
    }

    /// How events name it.
    pub(crate) fn name(&self) -> MessageName<'_> {
        MessageName { sequence: self.identity.sequence, topic: self.topic() }
    }

    /// Who published it; `None` for the broker itself.
    #[must_use]
    pub const fn publisher(&self) -> Option<&ClientIdentifier> {
        self.publisher.as_ref()
    }

    /// The QoS it was published with.
    #[must_use]
    pub const fn qos(&self) -> QoS {
        self.qos
    }

    /// Whether it was published to be retained.
    #[must_use]
    pub const fn retain(&self) -> bool {
        self.retain
    }

    /// When the broker took it in.
    #[must_use]
    pub const fn received_at(&self) -> Timestamp {
        self.received_at
    }

    /// When it expires; `None` for never.
    #[must_use]
    pub const fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at
    }

    /// Whether its life is over at `now`.
    #[must_use]
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }

    /// Seconds to forward as Message Expiry Interval: what is left at `now`, rounded up, so that
    /// a live message never carries 0 `[MQTT-3.3.2-6]`.
    #[must_use]
    pub fn expiry_interval_left(&self, now: Timestamp) -> Option<u32> {
        self.expires_at.map(|at| {
            let seconds = at.millis_since(now).div_ceil(1000).max(1);
            u32::try_from(seconds).unwrap_or(u32::MAX)
        })
    }

    /// The Topic Name.
    #[must_use]
    pub fn topic(&self) -> &str {
        self.bytes
            .get(..usize::from(self.topic_len))
            .and_then(|bytes| core::str::from_utf8(bytes).ok())
            .unwrap_or_default()
    }

    /// The Topic Name as such. Limits that have become narrower since it was taken do not count.
    #[must_use]
    pub fn topic_name(&self) -> Option<TopicNameRef<'_>> {
        TopicNameRef::parse(self.topic(), &TopicLimits::PROTOCOL).ok()
    }

    /// Properties passed on unaltered, encoded.
    #[must_use]
    pub fn forwarded(&self) -> &[u8] {
        let start = usize::from(self.topic_len);
        self.bytes.get(start..start + self.forwarded_len as usize).unwrap_or_default()
    }

    /// Properties passed on unaltered, decoded.
    #[must_use]
    pub fn properties(&self) -> PublishProperties<'_> {
        PublishProperties::decode_forwarded(self.forwarded())
    }

    /// The payload.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        let start = usize::from(self.topic_len) + self.forwarded_len as usize;
        self.bytes.get(start..).unwrap_or_default()
    }

    /// The bytes it counts for in a queue: topic, properties and payload.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.bytes.len() as u64
    }
}

impl core::fmt::Debug for Message {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Message")
            .field("identity", &self.identity)
            .field("publisher", &self.publisher)
            .field("topic", &self.topic())
            .field("qos", &self.qos)
            .field("retain", &self.retain)
            .field("expires_at", &self.expires_at)
            .field("payload_len", &self.payload().len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_itself_without_its_payload() {
        let parts = MessageParts {
            topic: "kitchen/light",
            forwarded: &[],
            payload: b"secret",
            qos: QoS::AtLeastOnce,
            retain: true,
            received_at: Timestamp::default(),
            expires_at: None,
        };
        let identity = MessageIdentity { origin: 1, sequence: 2 };
        let text = format!("{:?}", parts.to_message(identity, None));
        assert!(text.contains("kitchen/light") && text.contains("payload_len: 6"), "{text}");
        assert!(!text.contains("secret"), "{text}");
    }
}
