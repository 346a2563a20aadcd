//! The queue of a share group: what waits for whichever member comes first.

use std::sync::Arc;

use super::route::{Target, To};
use super::share_group::{GroupKey, Taker, identifiers};
use super::timers::TimerKey;
use super::{Broker, QueueName, Recipient, Record, SessionKey};
use crate::codec::QoS;
use crate::ordered::OrderedSet;
use crate::session::{DropCause, MatchedIdentifiers, QueueEntry};
use crate::topic::TopicNameRef;

impl Broker {
    /// Gives what waits for a group to its connected members, in turn.
    pub(super) fn drain_group(&mut self, key: GroupKey) {
        let mut given = OrderedSet::new();
        while let Some(group) = self.groups.get_mut(key.index()) {
            let Some(front) = group.queue.front() else { break };
            if front.message.is_expired(self.now) {
                if let Some(entry) = group.queue.pop() {
                    self.dropped_from_group(key, &entry, DropCause::Expired);
                }
                continue;
            }
            let (message, qos) = (Arc::clone(&front.message), front.qos);
            let Some(topic) = message.topic_name() else { break };
            let Some(group) = self.groups.get(key.index()) else { break };
            match self.online_taker(group, topic, qos, message.size()) {
                Taker::Member(member) => {
                    self.assign(key, member);
                    given.insert(member);
                }
                Taker::Nobody => break,
                Taker::Full if message.size() > self.config.limits.queue_bytes_max => {
                    // It was taken under other settings, and no queue will have room for it.
                    let Some(group) = self.groups.get_mut(key.index()) else { break };
                    let Some(entry) = group.queue.pop() else { break };
                    self.dropped_from_group(key, &entry, DropCause::QueueBytes);
                }
                Taker::Full => {
                    self.stalled_groups.insert(key);
                    break;
                }
                Taker::NotAuthorized if self.anyone_may_take(key, topic) => {
                    self.stalled_groups.insert(key);
                    break;
                }
                Taker::NotAuthorized => {
                    // It must not hold back what comes behind it.
                    let Some(group) = self.groups.get_mut(key.index()) else { break };
                    let Some(entry) = group.queue.pop() else { break };
                    self.dropped_from_group(key, &entry, DropCause::NotAuthorized);
                }
            }
        }
        self.arm_group_expiry(key);
        while let Some(member) = given.pop_first() {
            self.pump(member);
        }
    }

    /// A message came to wait for a group none of whose connected members took it: they are asked
    /// again once it is fanned out, which may have made room, and then when a queue has room.
    pub(super) fn stall_group(&mut self, key: GroupKey) {
        if self.groups.get(key.index()).is_some_and(|group| !group.online.is_empty()) {
            self.stalled_groups.insert(key);
            self.room.insert(To::Group(key));
        }
    }

    /// Whether some member, connected or not, may be given messages of a topic.
    fn anyone_may_take(&self, key: GroupKey, topic: TopicNameRef<'_>) -> bool {
        let group = self.groups.get(key.index());
        group.is_some_and(|group| group.members.keys().any(|member| self.may_take(*member, topic)))
    }

    /// Moves the front of a group's queue into the queue of a member.
    fn assign(&mut self, key: GroupKey, member: SessionKey) {
        let arrival = self.next_arrival;
        self.next_arrival += 1;
        let Some(group) = self.groups.get_mut(key.index()) else { return };
        let Some(entry) = group.queue.pop() else { return };
        self.queued_bytes -= entry.message.size();
        self.note_room(To::Group(key));
        let Some(group) = self.groups.get_mut(key.index()) else { return };
        let Some(subscription) = group.members.get(&member).copied() else { return };
        group.last = Some(member);
        let name = Arc::clone(&group.name);
        let Some(slot) = self.sessions.get(member.index()) else { return };
        let (member_recorded, number) = (slot.recorded, slot.session.number);
        let mut moved = QueueEntry {
            arrival,
            qos: subscription.effective_qos(entry.qos),
            retain: entry.retain && subscription.options.retain_as_published,
            identifiers: identifiers(&subscription),
            share: Some(Arc::clone(&name)),
            recorded: false,
            message: entry.message,
        };
        // As for any message to a session whose client is there.
        moved.recorded = member_recorded && moved.qos > QoS::AtMostOnce;
        if moved.recorded {
            let recipient = Recipient {
                queue: QueueName::Session(number),
                arrival,
                qos: moved.qos,
                retain: moved.retain,
                identifiers: moved.identifiers.clone(),
                share: moved.share.clone(),
            };
            self.record(if entry.recorded {
                Record::Assigned { group: name, arrival: entry.arrival, recipient }
            } else {
                Record::Queued { message: Arc::clone(&moved.message), recipient }
            });
        } else if entry.recorded {
            let queue = QueueName::Group(name);
            self.record(Record::Removed { queue, arrival: entry.arrival, cause: None });
        }
        self.push_entry(member, moved);
    }

    /// Takes a message back that a session will not deliver any more.
    pub(super) fn reassign(&mut self, session: SessionKey, entry: QueueEntry) {
        let QueueEntry { arrival, qos, message, .. } = entry;
        let Some(name) = &entry.share else { return };
        let Some(key) = self.group_keys.get(name).copied() else { return };
        let mut target = Target {
            to: To::Group(key),
            qos,
            retain: message.retain(),
            identifiers: MatchedIdentifiers::None,
            share: Some(Arc::clone(name)),
            group: Some(key),
            arrival: self.next_arrival,
            admitted: true,
        };
        self.next_arrival += 1;
        if !self.admit_to_group(key, &target, message.name(), message.size(), 0) {
            return;
        }
        target.qos = message.qos();
        let recorded = self.is_recorded(&target);
        if recorded && let Some(slot) = self.sessions.get(session.index()) {
            let recipient = Recipient {
                queue: QueueName::Group(Arc::clone(name)),
                arrival: target.arrival,
                qos: target.qos,
                retain: target.retain,
                identifiers: MatchedIdentifiers::None,
                share: target.share.clone(),
            };
            let record = if entry.recorded {
                Record::Reassigned { session: slot.session.number, arrival, recipient }
            } else {
                Record::Queued { message: Arc::clone(&message), recipient }
            };
            self.record(record);
        }
        self.push_group_entry(key, target.entry(message, recorded));
        self.drain_group(key);
    }

    /// Adds an entry to a group's queue.
    pub(super) fn push_group_entry(&mut self, key: GroupKey, entry: QueueEntry) {
        let Some(group) = self.groups.get_mut(key.index()) else { return };
        self.queued_bytes += entry.message.size();
        group.queue.push(entry);
        self.arm_group_expiry(key);
    }

    /// The moment at which a group's next message expires has come.
    pub(super) fn group_expiry_fired(&mut self, key: GroupKey) {
        if let Some(group) = self.groups.get_mut(key.index()) {
            group.message_expiry = None;
        }
        self.expire_group_queue(key);
    }

    /// Drops what has expired in a group's queue `[MQTT-3.3.2-5]`.
    pub(super) fn expire_group_queue(&mut self, key: GroupKey) {
        while let Some(group) = self.groups.get_mut(key.index()) {
            let Some(entry) = group.queue.pop_expired(self.now) else { break };
            self.dropped_from_group(key, &entry, DropCause::Expired);
        }
        self.arm_group_expiry(key);
    }

    /// Arms or disarms the timer of a group's next message expiry.
    pub(super) fn arm_group_expiry(&mut self, key: GroupKey) {
        let Some(group) = self.groups.get_mut(key.index()) else { return };
        let next = group.queue.next_expiry();
        if group.message_expiry == next {
            return;
        }
        if let Some(at) = group.message_expiry {
            self.timers.cancel(at, TimerKey::GroupMessageExpiry(key));
        }
        if let Some(at) = next {
            self.timers.set(at, TimerKey::GroupMessageExpiry(key));
        }
        group.message_expiry = next;
    }
}
