//! Restore: a broker from the records of an earlier one.
//!
//! The rules:
//!
//! - Records are applied in their order. One that fits nothing changes nothing and is counted in
//!   [`Counters::records_ignored`](super::Counters): a store that was damaged gives what it has.
//! - A session whose client was connected counts as disconnected at the time of the last record:
//!   its expiry and its will's delay count from then. That is recorded at once, so that another
//!   restore does not begin to count anew.
//! - Whatever was due in the meantime is due at the first `Input::Timeout`, and is gone to
//!   everyone who looks before.
//! - Nothing is sent. The records of the restored broker are numbered from 1 again and belong
//!   behind those it was restored from.

mod queue;

use std::sync::Arc;

use super::timers::TimerKey;
use super::{Broker, Config, QueueName, Record, RetainedChange, SessionKey};
use crate::Timestamp;
use crate::ordered::OrderedSet;
use crate::session::{
    ClientIdentifier, Message, Queue, Session, SessionNumber, ShareGroupName, WillMessage,
};
use crate::topic::{SubscriptionFilter, TopicLimits, TopicNameRef};

impl Broker {
    /// A broker that goes on where the one that emitted `records` left off: sessions with all
    /// they hold, share group queues, retained messages and wills. `records` are in the order in
    /// which they were emitted, each with its time; a prefix of them gives the state of that
    /// moment. `seed` is drawn anew for each start.
    ///
    /// Poll outputs and the timeout afterwards, as after an input.
    #[must_use]
    pub fn restore(
        config: Config,
        seed: [u8; 32],
        now: Timestamp,
        records: impl IntoIterator<Item = (Timestamp, Record)>,
    ) -> Self {
        let mut restore = Restore {
            broker: Self::new(config, seed, Timestamp::default()),
            connected: OrderedSet::new(),
        };
        for (at, record) in records {
            restore.broker.now = restore.broker.now.max(at);
            if restore.apply(at, record).is_none() {
                restore.broker.counters.records_ignored += 1;
            }
        }
        restore.finish(now)
    }
}

/// The greatest number that a broker gives, in a life of any length: 2^53 - 1, up to which JSON is
/// exact. Going on from a damaged record with a greater one would come to the end of `u64`.
const NUMBER_MAX: u64 = (1 << 53) - 1;

fn possible(number: u64) -> Option<u64> {
    (number <= NUMBER_MAX).then_some(number)
}

/// A broker while records are applied to it. Its time is that of the last record.
struct Restore {
    broker: Broker,
    /// Sessions whose client is connected, as far as the records tell.
    connected: OrderedSet<SessionKey>,
}

impl Restore {
    /// Applies one record; `None` if something in it fits nothing.
    fn apply(&mut self, at: Timestamp, record: Record) -> Option<()> {
        match record {
            Record::Connected { session, client_identifier, principal, expiry_interval, will } => {
                let key = self.session_for(at, session, client_identifier, principal)?;
                self.connected(key, expiry_interval, will)
            }
            Record::Disconnected { session, expiry_interval, will_due_at } => {
                self.disconnected(at, session, expiry_interval, will_due_at)
            }
            Record::Ended { session } => {
                let key = self.key(session)?;
                self.end(key)
            }
            Record::Subscribed { session, filter, subscription } => {
                let key = self.key(session)?;
                self.session(session)?.subscriptions.insert(filter.clone(), subscription);
                self.broker.insert_subscription(key, &filter, subscription);
                Some(())
            }
            Record::Unsubscribed { session, filter } => {
                let key = self.key(session)?;
                self.unsubscribe(key, &filter)
            }
            Record::Published { message, recipients, retained, received, will_of } => {
                self.sequence_used(&message)?;
                let queued = recipients
                    .into_iter()
                    .filter_map(|recipient| self.queue(recipient, &message).is_none().then_some(()))
                    .count()
                    == 0;
                let retained = self.retain(&message, retained).is_some();
                let received = received.is_none_or(|(session, identifier)| {
                    self.session(session).is_some_and(|one| one.received.insert(identifier))
                });
                let will = will_of.is_none_or(|session| self.take_will(session).is_some());
                (queued && retained && received && will).then_some(())
            }
            Record::Queued { message, recipient } => {
                self.sequence_used(&message)?;
                self.queue(recipient, &message)
            }
            Record::WillDropped { session } => self.take_will(session),
            Record::Released { session, packet_identifier } => {
                self.session(session)?.received.remove(&packet_identifier).then_some(())
            }
            Record::Sent { session, arrival, packet_identifier } => {
                self.sent(at, session, arrival, packet_identifier)
            }
            Record::PubRecReceived { session, packet_identifier } => {
                self.session(session)?.inflight.release(packet_identifier, at).then_some(())
            }
            Record::Completed { session, packet_identifier } => {
                self.session(session)?.inflight.finish(packet_identifier).map(|_| ())
            }
            Record::Removed { queue, arrival, cause: _ } => {
                self.unqueue(&queue, arrival).map(|_| ())
            }
            Record::Assigned { group, arrival, recipient } => {
                self.fits(&recipient)?;
                let entry = self.unqueue(&QueueName::Group(group), arrival)?;
                self.queue(recipient, &entry.message)
            }
            Record::Reassigned { session, arrival, recipient } => {
                self.fits(&recipient)?;
                self.arrival_used(recipient.arrival)?;
                let message = self.take_back(session, arrival)?;
                self.queue(recipient, &message)
            }
            Record::RetainedExpired { topic } => {
                let topic = TopicNameRef::parse(&topic, &TopicLimits::PROTOCOL).ok()?;
                self.broker.retained.remove(topic).map(|_| ())
            }
            Record::Numbered { session, arrival } => {
                self.number_used(session)?;
                self.arrival_used(arrival)?;
                Some(())
            }
        }
    }

    /// The session that a client connects to, known or new.
    fn session_for(
        &mut self,
        at: Timestamp,
        number: SessionNumber,
        client_identifier: ClientIdentifier,
        principal: Option<Arc<str>>,
    ) -> Option<SessionKey> {
        self.number_used(number)?;
        if let Some(key) = self.key(number) {
            let slot = self.broker.sessions.get(key.index())?;
            return (slot.session.client_identifier == client_identifier).then_some(key);
        }
        if let Some(earlier) = self.broker.session_keys.get(&client_identifier).copied() {
            // The record of its end is missing; a client has one session.
            self.broker.counters.records_ignored += 1;
            self.end(earlier);
        }
        let session = Session::new(number, client_identifier, principal, at);
        let key = self.broker.insert_session(session);
        let recorded = self.broker.keeps_records();
        self.broker.sessions.get_mut(key.index())?.recorded = recorded;
        Some(key)
    }

    fn connected(
        &mut self,
        key: SessionKey,
        expiry_interval: u32,
        will: Option<WillMessage>,
    ) -> Option<()> {
        let session = &mut self.broker.sessions.get_mut(key.index())?.session;
        session.expiry_interval = expiry_interval;
        session.will = will;
        session.will_due_at = None;
        session.connection_began();
        self.connected.insert(key);
        Some(())
    }

    fn disconnected(
        &mut self,
        at: Timestamp,
        number: SessionNumber,
        expiry_interval: u32,
        will_due_at: Option<Timestamp>,
    ) -> Option<()> {
        let key = self.key(number)?;
        let session = self.session(number)?;
        session.expiry_interval = expiry_interval;
        session.connection_ended(at);
        session.will_due_at = will_due_at;
        if will_due_at.is_none() {
            session.will = None;
        }
        self.connected.remove(&key);
        Some(())
    }

    /// Ends a session with all it still holds; what outlives it was recorded before.
    fn end(&mut self, key: SessionKey) -> Option<()> {
        let slot = self.broker.sessions.get(key.index())?;
        let filters: Vec<_> = slot.session.subscriptions.keys().cloned().collect();
        for filter in &filters {
            self.unsubscribe(key, filter);
        }
        let slot = self.broker.sessions.try_remove(key.index())?;
        let session = slot.session;
        self.broker.queued_bytes -= session.queue.bytes();
        self.broker.session_keys.remove(&session.client_identifier);
        self.broker.session_numbers.remove(&session.number);
        self.broker.note_ended(slot.revision, session.client_identifier);
        self.connected.remove(&key);
        Some(())
    }

    fn unsubscribe(&mut self, key: SessionKey, filter: &SubscriptionFilter) -> Option<()> {
        if let SubscriptionFilter::Shared { share_name, filter } = filter {
            let name = ShareGroupName { share_name: share_name.clone(), filter: filter.clone() };
            let group = self
                .broker
                .group_keys
                .get(&name)
                .and_then(|key| self.broker.groups.get_mut(key.index()));
            if let Some(group) = group
                && group.members.len() == 1
                && group.members.contains_key(&key)
            {
                // The group goes with its last member, and its queue with it.
                self.broker.queued_bytes -= group.queue.bytes();
                group.queue = Queue::default();
            }
        }
        self.broker.remove_subscription(key, filter).then_some(())
    }

    fn retain(&mut self, message: &Arc<Message>, change: RetainedChange) -> Option<()> {
        let topic = TopicNameRef::parse(message.topic(), &TopicLimits::PROTOCOL).ok()?;
        match change {
            RetainedChange::None => Some(()),
            RetainedChange::Set => {
                self.broker.retained.set(topic.to_owned(), Arc::clone(message));
                Some(())
            }
            RetainedChange::Cleared => self.broker.retained.remove(topic).map(|_| ()),
        }
    }

    /// The will of a session is published or dropped.
    fn take_will(&mut self, number: SessionNumber) -> Option<()> {
        let session = self.session(number)?;
        session.will_due_at = None;
        session.will.take().map(|_| ())
    }

    fn session(&mut self, number: SessionNumber) -> Option<&mut Session> {
        let key = self.key(number)?;
        self.broker.sessions.get_mut(key.index()).map(|slot| &mut slot.session)
    }

    fn key(&self, number: SessionNumber) -> Option<SessionKey> {
        self.broker.session_numbers.get(&number).copied()
    }

    fn number_used(&mut self, number: SessionNumber) -> Option<()> {
        let last = &mut self.broker.next_session_number;
        *last = (*last).max(possible(number.0)?);
        Some(())
    }

    fn arrival_used(&mut self, arrival: u64) -> Option<()> {
        let next = &mut self.broker.next_arrival;
        *next = (*next).max(possible(arrival)? + 1);
        Some(())
    }

    fn sequence_used(&mut self, message: &Message) -> Option<()> {
        let last = &mut self.broker.last_sequence;
        *last = (*last).max(possible(message.identity().sequence)?);
        Some(())
    }

    /// Arms what is to come, once all records are applied.
    fn finish(mut self, now: Timestamp) -> Broker {
        let last = self.broker.now;
        while let Some(key) = self.connected.pop_first() {
            self.broker.was_connected(key, last);
        }
        let mut broker = self.broker;
        // A clock that was set back while the broker was down does not lead behind the records.
        broker.now = last.max(now);
        let sessions: Vec<_> = broker.session_numbers.values().copied().collect();
        for key in sessions {
            broker.arm_message_expiry(key);
            broker.note_queue(key);
            let Some(slot) = broker.sessions.get(key.index()) else { continue };
            if let Some(at) = slot.session.expires_at {
                broker.timers.set(at, TimerKey::SessionExpiry(key));
            }
            if let Some(at) = slot.session.will_due_at {
                broker.timers.set(at, TimerKey::WillDelay(key));
            }
        }
        let groups: Vec<_> = broker.group_keys.values().copied().collect();
        for key in groups {
            broker.arm_group_expiry(key);
        }
        broker.arm_retained_expiry();
        broker
    }
}

impl Broker {
    /// A session whose client was connected when the last record was written counts as
    /// disconnected since.
    fn was_connected(&mut self, key: SessionKey, last: Timestamp) {
        let Some(slot) = self.sessions.get_mut(key.index()) else { return };
        let will_due_at = slot.session.connection_lost(last);
        if slot.recorded {
            let record = Record::Disconnected {
                session: slot.session.number,
                expiry_interval: slot.session.expiry_interval,
                will_due_at,
            };
            self.record_at(last, record);
        }
    }
}
