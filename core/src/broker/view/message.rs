//! Views of messages: queued, inflight, retained.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::broker::Broker;
use crate::codec::{PacketIdentifier, QoS};
use crate::session::{ClientIdentifier, InflightMessage, Message, QueueEntry, StageName};
use crate::topic::{TopicLimits, TopicName};

/// A message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageView {
    /// Its number among the messages that the broker has taken in, the same in all queues.
    pub sequence: u64,
    /// Its topic.
    pub topic: String,
    /// Its payload.
    pub payload: Vec<u8>,
    /// The QoS it was published with.
    pub qos: QoS,
    /// Whether it was published to be retained.
    pub retain: bool,
    /// Who published it; absent for the broker itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publisher: Option<ClientIdentifier>,
    /// When the broker took it in.
    pub received_at: Timestamp,
    /// When it expires; absent for never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Whether its payload is said to be UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload_format_indicator: Option<bool>,
    /// What its payload is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Where a response is to go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_topic: Option<String>,
    /// What ties a response to its request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correlation_data: Option<Vec<u8>>,
    /// Its User Properties, in order.
    pub user_properties: Vec<(String, String)>,
}

/// A message that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueEntryView {
    /// Its number in this queue; pages go by it.
    pub arrival: u64,
    /// The QoS at which it will be sent.
    pub qos: QoS,
    /// The RETAIN flag it will carry.
    pub retain: bool,
    /// The Subscription Identifiers it will carry.
    pub subscription_identifiers: Vec<u32>,
    /// The share group it came through, as `$share/name/filter`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<String>,
    /// The message.
    pub message: MessageView,
}

/// A message on its way to the client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InflightView {
    /// Its place in the order of sending; pages go by it.
    pub place: u64,
    /// Its identifier on the wire.
    pub packet_identifier: PacketIdentifier,
    /// Its number in the session's queue, before it was sent.
    pub arrival: u64,
    /// What has to come next.
    pub stage: StageName,
    /// Its QoS.
    pub qos: QoS,
    /// Whether its PUBLISH was sent more than once.
    pub dup: bool,
    /// When its last packet was made.
    pub sent_at: Timestamp,
    /// Whether that was on the present connection.
    pub sent_on_this_connection: bool,
    /// The message; absent once PUBREC has come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<MessageView>,
}

/// A retained message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetainedView {
    /// The message; pages go by its topic.
    pub message: MessageView,
}

impl Broker {
    /// Messages that wait for a client, in order, behind `after`. Empty if there is no such
    /// session.
    #[must_use]
    pub fn queue(
        &self,
        client_identifier: &str,
        after: Option<u64>,
        limit: usize,
    ) -> Vec<QueueEntryView> {
        self.session_state(client_identifier).map_or_else(Vec::new, |session| {
            session.queue.after(after).take(limit).map(QueueEntryView::new).collect()
        })
    }

    /// Messages on their way to a client, in order of sending, behind `after`.
    #[must_use]
    pub fn inflight(
        &self,
        client_identifier: &str,
        after: Option<u64>,
        limit: usize,
    ) -> Vec<InflightView> {
        self.session_state(client_identifier).map_or_else(Vec::new, |session| {
            let page = session.inflight.after(after).take(limit);
            page.map(|(place, message)| InflightView::new(place, message)).collect()
        })
    }

    /// Identifiers of QoS 2 messages of a client that wait for PUBREL, in order, behind `after`.
    #[must_use]
    pub fn received_identifiers(
        &self,
        client_identifier: &str,
        after: Option<PacketIdentifier>,
        limit: usize,
    ) -> Vec<PacketIdentifier> {
        use core::ops::Bound;
        let start = after.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
        self.session_state(client_identifier).map_or_else(Vec::new, |session| {
            session.received.range_from(start).take(limit).copied().collect()
        })
    }

    /// Retained messages in the order of their topics, behind `after`. Those that have expired and
    /// are not deleted yet are passed over at a step each.
    #[must_use]
    pub fn retained(&self, after: Option<&str>, limit: usize) -> Vec<RetainedView> {
        let after = after.and_then(|text| {
            TopicName::parse(text, &TopicLimits { levels_max: usize::MAX, ..Default::default() })
                .ok()
        });
        let page = self.retained.tree.page(after.as_ref(), usize::MAX);
        page.filter(|(_, message)| !message.is_expired(self.now))
            .take(limit)
            .map(|(_, message)| RetainedView { message: MessageView::new(message) })
            .collect()
    }
}

impl MessageView {
    fn new(message: &Message) -> Self {
        let properties = message.properties();
        Self {
            sequence: message.identity().sequence,
            topic: message.topic().to_owned(),
            payload: message.payload().to_vec(),
            qos: message.qos(),
            retain: message.retain(),
            publisher: message.publisher().cloned(),
            received_at: message.received_at(),
            expires_at: message.expires_at(),
            payload_format_indicator: properties.payload_format_indicator,
            content_type: properties.content_type.map(str::to_owned),
            response_topic: properties.response_topic.map(str::to_owned),
            correlation_data: properties.correlation_data.map(<[u8]>::to_vec),
            user_properties: properties
                .user_properties
                .iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        }
    }
}

impl QueueEntryView {
    pub(super) fn new(entry: &QueueEntry) -> Self {
        Self {
            arrival: entry.arrival,
            qos: entry.qos,
            retain: entry.retain,
            subscription_identifiers: entry
                .identifiers
                .as_slice()
                .iter()
                .map(|identifier| identifier.get())
                .collect(),
            share: entry.share.as_ref().map(ToString::to_string),
            message: MessageView::new(&entry.message),
        }
    }
}

impl InflightView {
    fn new(place: u64, message: &InflightMessage) -> Self {
        Self {
            place,
            packet_identifier: message.packet_identifier,
            arrival: message.arrival,
            stage: message.stage_name(),
            qos: message.qos(),
            dup: message.dup,
            sent_at: message.sent_at,
            sent_on_this_connection: message.sent_here,
            message: message.outgoing().map(|outgoing| MessageView::new(&outgoing.message)),
        }
    }
}
