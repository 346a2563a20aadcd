//! Retained messages (§3.3.1.3): the last message of a topic, for subscribers that come later.

use std::sync::Arc;

use super::route::Routed;
use super::timers::TimerKey;
use super::{Broker, QueueName, Recipient, Record, RetainedChange, SessionKey};
use crate::Timestamp;
use crate::authorization::Action;
use crate::codec::{QoS, SubscriptionIdentifier};
use crate::ordered::OrderedSet;
use crate::session::{DropCause, MatchedIdentifiers, Message, MessageParts, QueueEntry};
use crate::topic::{RetainedCursor, RetainedTree, TopicFilter, TopicName, TopicNameRef};

/// Topics looked at in one step of a delivery.
const STEP_TOPICS: usize = 32;

/// The retained messages.
#[derive(Clone, Debug)]
pub(super) struct Retained {
    pub(super) tree: RetainedTree<Arc<Message>>,
    pub(super) bytes: u64,
    deadlines: OrderedSet<(Timestamp, TopicName)>,
    armed: Option<Timestamp>,
}

/// Retained messages that a subscription is still to be given.
#[derive(Clone, Debug)]
pub(super) struct RetainedDelivery {
    pub(super) filter: TopicFilter,
    pub(super) cursor: Option<RetainedCursor>,
    pub(super) qos: QoS,
    pub(super) identifier: Option<SubscriptionIdentifier>,
    pub(super) no_local: bool,
    /// Whether its packet has asked for the same before.
    pub(super) repeats: bool,
}

impl Retained {
    pub(super) fn new() -> Self {
        Self { tree: RetainedTree::new(), bytes: 0, deadlines: OrderedSet::new(), armed: None }
    }

    /// Makes `message` the retained one of its topic.
    pub(super) fn set(&mut self, topic: TopicName, message: Arc<Message>) {
        self.remove(topic.as_ref_name());
        self.bytes += message.size();
        if let Some(at) = message.expires_at() {
            self.deadlines.insert((at, topic.clone()));
        }
        self.tree.insert(topic, message);
    }

    /// Removes the retained message of a topic.
    pub(super) fn remove(&mut self, topic: TopicNameRef<'_>) -> Option<Arc<Message>> {
        let message = self.tree.remove(topic)?;
        self.bytes -= message.size();
        if let Some(at) = message.expires_at() {
            self.deadlines.remove(&(at, topic.to_owned()));
        }
        Some(message)
    }
}

impl Broker {
    /// Whether a message that is to be retained fits under the bounds.
    pub(super) fn retained_fits(&self, topic: TopicNameRef<'_>, parts: &MessageParts<'_>) -> bool {
        if !parts.retain || parts.payload.is_empty() {
            return true;
        }
        let limits = &self.config.limits;
        let earlier = self.retained.tree.get(topic).map(|message| message.size());
        let count = self.retained.tree.len() + usize::from(earlier.is_none());
        let bytes = self.retained.bytes - earlier.unwrap_or(0) + parts.size();
        count <= limits.retained_messages_max as usize && bytes <= limits.retained_bytes_max
    }

    /// What a routed message does to the retained one of its topic.
    pub(super) fn change_retained(
        &mut self,
        topic: TopicNameRef<'_>,
        routed: &mut Routed<'_>,
    ) -> RetainedChange {
        if !routed.parts.retain {
            return RetainedChange::None; // [MQTT-3.3.1-8] [MQTT3-3.3.1-12]
        }
        let fits = self.retained_fits(topic, routed.parts);
        self.counters.retained_refused += u64::from(!fits);
        if !fits || routed.parts.payload.is_empty() {
            // An empty payload removes it and is not retained itself [MQTT-3.3.1-6]
            // [MQTT-3.3.1-7] [MQTT3-3.3.1-10] [MQTT3-3.3.1-11]; and what there is no room for
            // leaves none that would be taken for the last [MQTT3-3.3.1-7].
            let removed = self.retained.remove(topic).is_some();
            self.arm_retained_expiry();
            return if removed { RetainedChange::Cleared } else { RetainedChange::None };
        }
        // [MQTT-3.3.1-5] [MQTT3-3.3.1-5]
        self.retained.set(topic.to_owned(), routed.message());
        self.arm_retained_expiry();
        RetainedChange::Set
    }

    /// Arms or disarms the timer of the next retained message that expires.
    pub(super) fn arm_retained_expiry(&mut self) {
        let next = self.retained.deadlines.first().map(|&(at, _)| at);
        if self.retained.armed == next {
            return;
        }
        if let Some(at) = self.retained.armed {
            self.timers.cancel(at, TimerKey::RetainedExpiry);
        }
        if let Some(at) = next {
            self.timers.set(at, TimerKey::RetainedExpiry);
        }
        self.retained.armed = next;
    }

    /// Deletes retained messages whose time has passed, within the bound of one call.
    pub(super) fn expire_retained(&mut self) {
        self.retained.armed = None;
        while let Some((at, topic)) = self.retained.deadlines.first().cloned() {
            if at > self.now {
                break;
            }
            if let Some(message) = self.retained.remove(topic.as_ref_name()) {
                self.count_drop_of_nobody(message.name(), DropCause::Expired);
            }
            if self.keeps_records() {
                self.record(Record::RetainedExpired { topic: topic.as_str().to_owned() });
            }
            // The step of the timer itself was for the first.
            if self.work_left == 0 {
                break;
            }
            self.work_left -= 1;
        }
        self.arm_retained_expiry();
    }

    /// Puts the next retained messages that a subscription is to be given into the empty queue of
    /// a session whose client is there. `false` if there are none, or not in this call any more.
    pub(super) fn refill(&mut self, key: SessionKey) -> bool {
        let Some(slot) = self.sessions.get_mut(key.index()) else { return false };
        let Some(delivery) = slot.retained.front_mut() else { return false };
        if self.work_left == 0 {
            self.work.insert(key);
            return false;
        }
        let room = (self.config.limits.queue_messages_max as usize).max(1);
        let budget = STEP_TOPICS.min(self.work_left as usize).min(room);
        self.work_left -= u32::try_from(budget).unwrap_or(u32::MAX).min(self.work_left);
        let mut found = Vec::new();
        let cursor = self.retained.tree.matches(
            &delivery.filter,
            delivery.cursor.as_ref(),
            budget,
            &mut |_, message| found.push(Arc::clone(message)),
        );
        let (qos, identifier) = (delivery.qos, delivery.identifier);
        let no_local = delivery.no_local;
        match cursor {
            Some(cursor) => delivery.cursor = Some(cursor),
            None => {
                slot.retained.pop_front();
            }
        }
        for message in found {
            self.queue_retained(key, message, qos, identifier, no_local);
        }
        true
    }

    fn queue_retained(
        &mut self,
        key: SessionKey,
        message: Arc<Message>,
        qos: QoS,
        identifier: Option<SubscriptionIdentifier>,
        no_local: bool,
    ) {
        let Some(slot) = self.sessions.get(key.index()) else { return };
        let session = &slot.session;
        let own = message.publisher() == Some(&session.client_identifier);
        let allowed = self.policy.allows_all()
            || message.topic_name().is_some_and(|topic| {
                self.policy.allows(Action::Receive, session.principal.as_deref(), topic)
            });
        if message.is_expired(self.now) || (no_local && own) || !allowed {
            return;
        }
        let qos = qos.min(message.qos());
        let recorded = slot.recorded && qos > QoS::AtMostOnce;
        let number = session.number;
        let entry = QueueEntry {
            arrival: self.next_arrival,
            qos,
            // [MQTT3-3.3.1-8]
            retain: true,
            identifiers: identifier.map_or(MatchedIdentifiers::None, MatchedIdentifiers::One),
            share: None,
            recorded,
            message,
        };
        self.next_arrival += 1;
        if recorded {
            let recipient = Recipient {
                queue: QueueName::Session(number),
                arrival: entry.arrival,
                qos,
                retain: true,
                identifiers: entry.identifiers.clone(),
                share: None,
            };
            self.record(Record::Queued { message: Arc::clone(&entry.message), recipient });
        }
        self.insert_entry(key, entry);
    }

    /// Goes on with postponed work.
    pub(super) fn work(&mut self) {
        let mut work = core::mem::take(&mut self.work);
        while let Some(key) = work.pop_first() {
            self.pump(key);
        }
    }

    /// Drops the postponed work for a session.
    pub(super) fn forget_retained_work(&mut self, key: SessionKey) {
        self.work.remove(&key);
    }
}
