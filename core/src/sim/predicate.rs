//! Predicates: what can be asked of a World and its trace, as data. Lessons are checked, and
//! their questions answered, by them.

use serde::{Deserialize, Serialize};

use super::{
    CloseCause, Direction, Fate, Happening, PacketFields, PacketRecord, Payload, Side, Trace, World,
};
use crate::broker::view::{QueueEntryView, SessionView};
use crate::client::{ClientEvent, ClientSession};
use crate::codec::{PacketIdentifier, PacketType, QoS, ReasonCode};
use crate::session::{DropCause, StageName};
use crate::value::Read;

/// A statement about a World and what has happened in it. Sessions go by their client
/// identifiers, clients by their names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
#[serde(tag = "is", rename_all = "snake_case", deny_unknown_fields)]
pub enum Predicate {
    /// Whether the broker holds a session.
    Session {
        /// Whose.
        client_identifier: String,
        /// Whether it is there.
        exists: bool,
    },
    /// The broker holds a session, and its client is connected or not.
    Connected {
        /// Whose.
        client_identifier: String,
        /// Whether it is connected.
        connected: bool,
    },
    /// How many messages wait in a session.
    QueueLen {
        /// Whose.
        client_identifier: String,
        /// How many.
        equals: usize,
    },
    /// Which messages wait in a session, all of them in order.
    Queue {
        /// Whose.
        client_identifier: String,
        /// Which.
        messages: Vec<QueuedMessage>,
    },
    /// Which messages are on their way to a client, all of them in order.
    Inflight {
        /// Whose.
        client_identifier: String,
        /// Which.
        messages: Vec<InflightMessage>,
    },
    /// How many QoS 2 messages of a client wait for PUBREL.
    ReceivedLen {
        /// Whose.
        client_identifier: String,
        /// How many.
        equals: usize,
    },
    /// Whether a session holds a subscription.
    Subscription {
        /// Whose.
        client_identifier: String,
        /// Its filter.
        filter: String,
        /// Whether it is there.
        exists: bool,
    },
    /// Whether a session holds a Will Message.
    Will {
        /// Whose.
        client_identifier: String,
        /// Whether it is there.
        exists: bool,
    },
    /// When something that a session waits for is due.
    Deadline {
        /// Whose.
        client_identifier: String,
        /// What.
        what: Deadline,
        /// In how many milliseconds; absent for never.
        in_ms: Option<u64>,
    },
    /// How many messages a session has lost.
    Drops {
        /// Whose.
        client_identifier: String,
        /// For which cause.
        cause: DropCause,
        /// How many.
        equals: u64,
    },
    /// Whether a client holds its half of a session.
    ClientSession {
        /// Which client.
        client: String,
        /// Whether it is there.
        exists: bool,
    },
    /// How many messages of a client are on their way to the broker.
    ClientInflightLen {
        /// Which client.
        client: String,
        /// How many.
        equals: usize,
    },
    /// How many QoS 2 messages a client has received and not completely acknowledged.
    ClientReceivedLen {
        /// Which client.
        client: String,
        /// How many.
        equals: usize,
    },
    /// How many packets of a kind were sent.
    Packets {
        /// Which.
        #[serde(rename = "where")]
        filter: Box<PacketFilter>,
        /// Since when.
        #[serde(default)]
        since: Since,
        /// How many.
        count: usize,
    },
    /// How many messages the application of a client was given, repeats of QoS 2 not counted.
    Messages {
        /// Which client.
        client: String,
        /// Of which topic; absent for any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        topic: Option<String>,
        /// With which payload; absent for any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        payload: Option<Payload>,
        /// Since when.
        #[serde(default)]
        since: Since,
        /// How many.
        count: usize,
    },
    /// How many times a side of a client's connections was closed.
    Closed {
        /// Which client.
        client: String,
        /// Which side.
        side: Side,
        /// Why; absent for any cause.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cause: Option<CloseCause>,
        /// Since when.
        #[serde(default)]
        since: Since,
        /// How many times.
        count: usize,
    },
    /// How many messages wait for whichever member of a share group comes first, in the queue of
    /// none of them.
    GroupQueueLen {
        /// The filter of its members, `$share/name/filter`.
        filter: String,
        /// How many.
        equals: usize,
    },
    /// How many retained messages there are.
    RetainedLen {
        /// How many.
        equals: usize,
    },
    /// All of these hold.
    All {
        /// Which.
        of: Vec<Self>,
    },
    /// One of these holds, or several.
    Any {
        /// Which.
        of: Vec<Self>,
    },
    /// This does not hold.
    Not {
        /// What.
        of: Box<Self>,
    },
}

/// What a session can wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
#[serde(rename_all = "snake_case")]
pub enum Deadline {
    /// Its end.
    SessionExpiry,
    /// Its Will Message.
    Will,
    /// The end of the message at the head of its queue.
    MessageExpiry,
}

/// The part of a trace that counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Read)]
#[serde(rename_all = "snake_case")]
pub enum Since {
    /// From the beginning of the step.
    #[default]
    Step,
    /// From the beginning of the lesson.
    Start,
}

/// A message that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
#[serde(deny_unknown_fields)]
pub struct QueuedMessage {
    /// Its topic.
    pub topic: String,
    /// Its payload.
    pub payload: Payload,
    /// The QoS at which it will be sent.
    pub qos: QoS,
}

/// A message on its way to a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
#[serde(deny_unknown_fields)]
pub struct InflightMessage {
    /// Its identifier.
    pub packet_identifier: PacketIdentifier,
    /// What has to come next.
    pub stage: StageName,
    /// Whether its PUBLISH was sent more than once.
    pub dup: bool,
}

/// Which packets are meant; what is absent does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Read)]
#[serde(default, deny_unknown_fields)]
pub struct PacketFilter {
    /// On whose link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// Which way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// Of which type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub packet_type: Option<PacketType>,
    /// What became of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fate: Option<Fate>,
    /// Its Packet Identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub packet_identifier: Option<PacketIdentifier>,
    /// Its Reason Code, or the first of several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason_code: Option<ReasonCode>,
    /// Session Present of a CONNACK.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_present: Option<bool>,
    /// DUP of a PUBLISH.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dup: Option<bool>,
    /// QoS of a PUBLISH.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qos: Option<QoS>,
    /// RETAIN of a PUBLISH.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retain: Option<bool>,
    /// Topic Name of a PUBLISH.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// Payload of a PUBLISH.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<Payload>,
    /// A property, by the standard's name, with a number for its value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub property: Option<(String, u32)>,
}

/// What predicates are asked of.
#[derive(Clone, Copy, Debug)]
pub struct Observed<'a> {
    /// The World at the present.
    pub world: &'a World,
    /// Its trace.
    pub trace: &'a Trace,
    /// The number of the first entry of the step.
    pub step_entry: u64,
}

impl Predicate {
    /// Whether it holds. While the broker's process is down nothing holds that is said of its
    /// sessions.
    #[must_use]
    pub fn holds(&self, observed: &Observed<'_>) -> bool {
        match self {
            Self::All { of } => of.iter().all(|predicate| predicate.holds(observed)),
            Self::Any { of } => of.iter().any(|predicate| predicate.holds(observed)),
            Self::Not { of } => !of.holds(observed),
            Self::ClientSession { client, exists } => {
                let client = observed.world.client(client);
                client.is_some_and(|client| client.session().is_some() == *exists)
            }
            Self::ClientInflightLen { client, equals } => observed
                .client_session_len(client, ClientSession::inflight_len)
                .is_some_and(|len| len == *equals),
            Self::ClientReceivedLen { client, equals } => observed
                .client_session_len(client, ClientSession::received_len)
                .is_some_and(|len| len == *equals),
            Self::Packets { filter, since, count } => {
                observed.packets(*since).filter(|record| filter.matches(record, observed)).count()
                    == *count
            }
            Self::Messages { client, topic, payload, since, count } => {
                let payload = payload.as_ref().map(Payload::as_bytes);
                let of_topic =
                    observed.messages(client, *since).filter(|(found, found_payload)| {
                        topic.as_ref().is_none_or(|topic| topic == found)
                            && payload.is_none_or(|payload| payload == *found_payload)
                    });
                of_topic.count() == *count
            }
            Self::Closed { client, side, cause, since, count } => {
                observed.closed(client, *side, *cause, *since) == *count
            }
            Self::GroupQueueLen { filter, equals } => {
                let broker = observed.world.broker();
                let groups = broker.map(|broker| broker.share_groups(None, usize::MAX));
                let mut groups = groups.into_iter().flatten();
                let group = groups.find(|group| group.name.to_string() == *filter);
                group.is_some_and(|group| group.queue_len == *equals)
            }
            Self::RetainedLen { equals } => {
                let broker = observed.world.broker();
                broker.is_some_and(|broker| broker.totals().retained_messages == *equals)
            }
            Self::Session { client_identifier, exists } => {
                let broker = observed.world.broker();
                broker.is_some_and(|it| it.session(client_identifier).is_some() == *exists)
            }
            Self::Connected { client_identifier, .. }
            | Self::QueueLen { client_identifier, .. }
            | Self::Queue { client_identifier, .. }
            | Self::Inflight { client_identifier, .. }
            | Self::ReceivedLen { client_identifier, .. }
            | Self::Subscription { client_identifier, .. }
            | Self::Will { client_identifier, .. }
            | Self::Deadline { client_identifier, .. }
            | Self::Drops { client_identifier, .. } => {
                let session = observed.world.broker().and_then(|it| it.session(client_identifier));
                session.is_some_and(|session| self.holds_for(&session, observed))
            }
        }
    }

    /// Whether it holds for a session that is there.
    fn holds_for(&self, session: &SessionView, observed: &Observed<'_>) -> bool {
        let Some(broker) = observed.world.broker() else { return false };
        let identifier = session.client_identifier.as_str();
        match self {
            Self::Connected { connected, .. } => session.connection.is_some() == *connected,
            Self::QueueLen { equals, .. } => session.queue_len == *equals,
            Self::Queue { messages, .. } => {
                let queue = broker.queue(identifier, None, usize::MAX);
                queue.len() == messages.len()
                    && queue.iter().zip(messages).all(|(entry, message)| message.is(entry))
            }
            Self::Inflight { messages, .. } => {
                let inflight = broker.inflight(identifier, None, usize::MAX);
                inflight.len() == messages.len()
                    && inflight.iter().zip(messages).all(|(found, message)| {
                        let found = (found.packet_identifier, found.stage, found.dup);
                        found == (message.packet_identifier, message.stage, message.dup)
                    })
            }
            Self::ReceivedLen { equals, .. } => session.received_len == *equals,
            Self::Subscription { filter, exists, .. } => {
                let subscriptions = broker.subscriptions(identifier, None, usize::MAX);
                subscriptions.iter().any(|found| found.filter.to_string() == *filter) == *exists
            }
            Self::Will { exists, .. } => session.will.is_some() == *exists,
            Self::Deadline { what, in_ms, .. } => {
                let due_at = match what {
                    Deadline::SessionExpiry => session.expires_at,
                    Deadline::Will => session.will.as_ref().and_then(|will| will.due_at),
                    Deadline::MessageExpiry => {
                        let queue = broker.queue(identifier, None, 1);
                        queue.first().and_then(|entry| entry.message.expires_at)
                    }
                };
                due_at.map(|due_at| due_at.millis_since(observed.world.now())) == *in_ms
            }
            Self::Drops { cause, equals, .. } => session.drops.get(*cause) == *equals,
            Self::Session { .. }
            | Self::ClientSession { .. }
            | Self::ClientInflightLen { .. }
            | Self::ClientReceivedLen { .. }
            | Self::Packets { .. }
            | Self::Messages { .. }
            | Self::Closed { .. }
            | Self::GroupQueueLen { .. }
            | Self::RetainedLen { .. }
            | Self::All { .. }
            | Self::Any { .. }
            | Self::Not { .. } => false,
        }
    }
}

impl QueuedMessage {
    fn is(&self, entry: &QueueEntryView) -> bool {
        self.qos == entry.qos
            && self.topic == entry.message.topic
            && self.payload.as_bytes() == entry.message.payload
    }
}

impl<'a> Observed<'a> {
    /// A length of a client's half of its session; 0 if it holds none.
    fn client_session_len(
        &self,
        client: &str,
        len: impl Fn(&ClientSession) -> usize,
    ) -> Option<usize> {
        self.world.client(client).map(|client| client.session().map_or(0, len))
    }

    fn first_entry(&self, since: Since) -> u64 {
        match since {
            Since::Step => self.step_entry,
            Since::Start => 0,
        }
    }

    /// Packets sent up to the present.
    fn packets(&self, since: Since) -> impl Iterator<Item = &'a PacketRecord> + use<'a> {
        let entries = self.first_entry(since)..self.world.next_entry();
        self.trace.packets(None).filter(move |record| entries.contains(&record.sent_entry))
    }

    /// Topic and payload of the messages the application of a client was given.
    fn messages<'b>(
        &self,
        client: &'b str,
        since: Since,
    ) -> impl Iterator<Item = (&'a str, &'a [u8])> + use<'a, 'b> {
        self.happenings(since).filter_map(move |what| {
            if let Happening::Client { client: name, event: ClientEvent::Message(message) } = what
                && &**name == client
            {
                Some((message.topic.as_str(), message.payload.as_slice()))
            } else {
                None
            }
        })
    }

    /// How many times a side of a client's connections was closed.
    fn closed(&self, client: &str, side: Side, cause: Option<CloseCause>, since: Since) -> usize {
        let closed = self.happenings(since).filter(|what| {
            matches!(what, Happening::LinkClosed { client: of, side: closed, cause: why, .. }
                if &**of == client && *closed == side && is(cause, Some(*why)))
        });
        closed.count()
    }

    /// What happened up to the present.
    fn happenings(&self, since: Since) -> impl Iterator<Item = &'a Happening> + use<'a> {
        let (first, end) = (self.first_entry(since), self.world.next_entry());
        let entries = self.trace.entries(first, usize::MAX);
        entries.take_while(move |entry| entry.number < end).map(|entry| &entry.what)
    }
}

impl PacketFilter {
    fn matches(&self, record: &PacketRecord, observed: &Observed<'_>) -> bool {
        let sent = &record.sent;
        is(self.client.as_deref(), Some(&*sent.client))
            && is(self.direction, Some(sent.direction))
            && is(self.packet_type, sent.packet_type)
            && is(self.fate, record.fate_at(observed.world.next_entry()))
            && sent.fields().is_ok_and(|fields| self.matches_fields(&fields))
    }

    fn matches_fields(&self, fields: &PacketFields) -> bool {
        is(self.packet_identifier, fields.packet_identifier())
            && is(self.reason_code, fields.reason_code())
            && self.property.as_ref().is_none_or(|(name, value)| {
                let number = super::PropertyFieldValue::Number(*value);
                fields.properties().iter().any(|it| it.name == *name && it.value == number)
            })
            && self.matches_connack(fields)
            && self.matches_publish(fields)
    }

    fn matches_connack(&self, fields: &PacketFields) -> bool {
        let PacketFields::ConnAck { session_present, .. } = fields else {
            return self.session_present.is_none();
        };
        is(self.session_present, Some(*session_present))
    }

    fn matches_publish(&self, fields: &PacketFields) -> bool {
        let PacketFields::Publish { dup, qos, retain, topic, payload, .. } = fields else {
            return self.dup.is_none()
                && self.qos.is_none()
                && self.retain.is_none()
                && self.topic.is_none()
                && self.payload.is_none();
        };
        is(self.dup, Some(*dup))
            && is(self.qos, Some(*qos))
            && is(self.retain, Some(*retain))
            && is(self.topic.as_ref(), Some(topic))
            && is(self.payload.as_ref().map(Payload::as_bytes), Some(payload))
    }
}

/// Whether what is found is what is wanted, if anything is.
fn is<T: PartialEq>(wanted: Option<T>, found: Option<T>) -> bool {
    wanted.is_none() || wanted == found
}
