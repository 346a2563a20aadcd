//! How predicates are judged, by what is observed of a World and its trace.

use super::predicate::{Deadline, PacketFilter, Predicate, QueuedMessage, Since};
use super::{CloseCause, Happening, PacketFields, PacketRecord, Payload, Side, Trace, World};
use crate::broker::view::{QueueEntryView, SessionView};
use crate::client::{ClientEvent, ClientSession};

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
