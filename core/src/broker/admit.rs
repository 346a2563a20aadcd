//! Queue overflow: whether there is room for a message, and what makes room.
//!
//! Expired messages go first, then QoS 0 messages, then the policy decides. Every message that
//! goes is counted by its cause and told to observers.
//!
//! A message that is fanned out is admitted to all its queues before it is put into the first, so
//! that what it takes up is counted from its admission on.

use super::config::QueueOverflow;
use super::route::{Routed, Target, To};
use super::share_group::GroupKey;
use super::{Broker, Event, QueueName, Record, SessionKey};
use crate::codec::QoS;
use crate::session::{DropCause, MessageName, MessageParts, Queue, QueueEntry};

/// Queues of absent clients are compared by size in steps of this many bytes.
const SIZE_CLASS_BYTES: u64 = 4096;

impl Broker {
    /// Decides whether a target gets the message, and makes room for it. `admitted` are the bytes
    /// that earlier targets of the same message will take up.
    pub(super) fn admit(
        &mut self,
        target: &Target,
        routed: &Routed<'_>,
        admitted: &mut u64,
    ) -> bool {
        if routed.parts.expires_at.is_some_and(|at| at <= self.now) {
            // It came with an interval of 0 [MQTT-3.3.2-5].
            match target.to {
                To::Session(key) => self.count_drop(key, routed.name(), DropCause::Expired),
                To::Group(_) => self.count_drop_of_nobody(routed.name(), DropCause::Expired),
            }
            return false;
        }
        match target.to {
            To::Session(key) => self.admit_to_session(key, target, routed, admitted),
            To::Group(key) => {
                let size = routed.parts.size();
                let fits = self.admit_to_group(key, target, routed.name(), size, *admitted);
                *admitted += if fits { size } else { 0 };
                fits
            }
        }
    }

    fn admit_to_session(
        &mut self,
        key: SessionKey,
        target: &Target,
        routed: &Routed<'_>,
        admitted: &mut u64,
    ) -> bool {
        let copies = self.copies(key);
        if copies.is_none() && self.sends_directly(key, target.qos) {
            self.set_copies(key, 0);
            return true;
        }
        let copies = copies.unwrap_or(0);
        let Some(slot) = self.sessions.get(key.index()) else { return false };
        if target.qos == QoS::AtMostOnce
            && slot.connection.is_none()
            && !self.config.queue_qos0_offline
        {
            // Storing QoS 0 for an absent client is optional [MQTT3-3.1.2-5].
            self.count_drop(key, routed.name(), DropCause::AtMostOnce);
            return false;
        }
        let size = routed.parts.size();
        if let Some(cause) = self.make_room(key, size, target.qos, copies) {
            self.count_drop(key, routed.name(), cause);
            return false;
        }
        if !self.make_room_overall(size, *admitted, Some((key, target.qos))) {
            self.count_drop(key, routed.name(), DropCause::QueuedBytes);
            return false;
        }
        self.set_copies(key, copies + 1);
        *admitted += size;
        true
    }

    /// How many copies of the message that is routed have been admitted to the queue of a
    /// session, which may get several through share groups; `None` if it was not looked at yet.
    fn copies(&self, key: SessionKey) -> Option<u32> {
        let (route, copies) = self.sessions.get(key.index())?.copies;
        (route == self.next_route).then_some(copies)
    }

    fn set_copies(&mut self, key: SessionKey, copies: u32) {
        if let Some(slot) = self.sessions.get_mut(key.index()) {
            slot.copies = (self.next_route, copies);
        }
    }

    /// Makes room in a session's queue for a message of which it will get `copies` more; the
    /// cause if there is none.
    fn make_room(
        &mut self,
        key: SessionKey,
        size: u64,
        qos: QoS,
        copies: u32,
    ) -> Option<DropCause> {
        let fits = |broker: &Self| {
            let slot = broker.sessions.get(key.index())?;
            broker.lacks_room(&slot.session.queue, size, copies)
        };
        fits(self)?;
        if size > self.config.limits.queue_bytes_max {
            return Some(DropCause::QueueBytes); // Nothing that waits could make room for it.
        }
        self.expire_queue(key);
        loop {
            let cause = fits(self)?;
            let slot = self.sessions.get_mut(key.index())?;
            let queue = &mut slot.session.queue;
            let oldest = self.config.queue_overflow == QueueOverflow::DropOldest;
            let victim = if qos > QoS::AtMostOnce && queue.at_most_once() > 0 {
                queue.pop_newest_at_most_once()
            } else if oldest && qos == QoS::AtMostOnce {
                queue.pop_oldest_at_most_once()
            } else if oldest {
                queue.pop()
            } else {
                None
            };
            match victim {
                Some(entry) => self.dropped(key, &entry, cause),
                None => return Some(cause),
            }
        }
    }

    /// What a queue lacks for one more message of `size` bytes beside `copies` of it.
    pub(super) fn lacks_room(&self, queue: &Queue, size: u64, copies: u32) -> Option<DropCause> {
        let limits = &self.config.limits;
        let copies = u64::from(copies);
        if queue.len() as u64 + copies >= u64::from(limits.queue_messages_max) {
            Some(DropCause::QueueMessages)
        } else if queue.bytes() + size * (copies + 1) > limits.queue_bytes_max {
            Some(DropCause::QueueBytes)
        } else {
            None
        }
    }

    /// Whether a queue lacks room even if all QoS 0 messages in it go.
    fn lacks_room_for_more_than_qos_0(&self, queue: &Queue, size: u64, copies: u32) -> bool {
        let limits = &self.config.limits;
        let messages = (queue.len() - queue.at_most_once()) as u64 + u64::from(copies);
        let bytes = queue.bytes() - queue.at_most_once_bytes() + size * (u64::from(copies) + 1);
        messages >= u64::from(limits.queue_messages_max) || bytes > limits.queue_bytes_max
    }

    /// Makes room under the bound on all queues together: the newest messages of the largest
    /// queues of absent clients go, QoS 0 first. A message for the largest of them is itself the
    /// newest there, and `comer` says for whom and of which QoS it is.
    fn make_room_overall(
        &mut self,
        size: u64,
        admitted: u64,
        comer: Option<(SessionKey, QoS)>,
    ) -> bool {
        let max = self.config.limits.queued_bytes_max;
        while self.queued_bytes + admitted + size > max {
            let Some(&(_, key)) = self.offline_queues.last() else { return false };
            let Some(slot) = self.sessions.get_mut(key.index()) else { return false };
            let queue = &mut slot.session.queue;
            let own = comer.filter(|(session, _)| *session == key).map(|(_, qos)| qos);
            let victim = match own {
                Some(QoS::AtMostOnce) => None,
                Some(_) => queue.pop_newest_at_most_once(),
                None => queue.pop_newest_at_most_once().or_else(|| queue.pop_newest()),
            };
            let Some(entry) = victim else { return false };
            self.dropped(key, &entry, DropCause::QueuedBytes);
        }
        true
    }

    /// Decides whether a group's queue takes a message, and makes room for it.
    pub(super) fn admit_to_group(
        &mut self,
        key: GroupKey,
        target: &Target,
        message: MessageName<'_>,
        size: u64,
        admitted: u64,
    ) -> bool {
        if target.qos == QoS::AtMostOnce && !self.config.queue_qos0_offline {
            self.count_drop_of_nobody(message, DropCause::AtMostOnce);
            return false;
        }
        self.expire_group_queue(key);
        let lacking = |broker: &Self| {
            let group = broker.groups.get(key.index())?;
            broker.lacks_room(&group.queue, size, 0)
        };
        while let Some(cause) = lacking(self) {
            let oldest = self.config.queue_overflow == QueueOverflow::DropOldest
                && size <= self.config.limits.queue_bytes_max;
            let victim =
                self.groups.get_mut(key.index()).filter(|_| oldest).and_then(|one| one.queue.pop());
            let Some(entry) = victim else {
                self.count_drop_of_nobody(message, cause);
                return false;
            };
            self.dropped_from_group(key, &entry, cause);
        }
        if !self.make_room_overall(size, admitted, None) {
            self.count_drop_of_nobody(message, DropCause::QueuedBytes);
            return false;
        }
        true
    }

    /// The queue for which the `refuse` policy refuses a message of QoS 1 or 2, if it does: one
    /// that is full and outlives its connection.
    pub(super) fn refused_by(
        &mut self,
        targets: &[Target],
        parts: &MessageParts<'_>,
    ) -> Option<To> {
        let size = parts.size();
        let full = targets.iter().find(|target| match target.to {
            To::Session(key) => self.session_refuses(key, target.qos, size),
            To::Group(key) => {
                self.expire_group_queue(key);
                let group = self.groups.get(key.index());
                group.is_some_and(|group| self.lacks_room(&group.queue, size, 0).is_some())
            }
        });
        full.map(|target| target.to)
    }

    fn session_refuses(&mut self, key: SessionKey, qos: QoS, size: u64) -> bool {
        let durable = self.sessions.get(key.index()).is_some_and(|slot| slot.session.is_durable());
        if !durable || qos == QoS::AtMostOnce {
            return false;
        }
        let copies = self.copies(key);
        if copies.is_none() && self.sends_directly(key, qos) {
            self.set_copies(key, 0);
            return false;
        }
        let copies = copies.unwrap_or(0);
        self.set_copies(key, copies + 1);
        self.expire_queue(key);
        self.sessions.get(key.index()).is_some_and(|slot| {
            self.lacks_room_for_more_than_qos_0(&slot.session.queue, size, copies)
        })
    }

    /// Drops what has expired in a session's queue `[MQTT-3.3.2-5]`.
    pub(super) fn expire_queue(&mut self, key: SessionKey) {
        while let Some(slot) = self.sessions.get_mut(key.index()) {
            let Some(entry) = slot.session.queue.pop_expired(self.now) else { break };
            self.dropped(key, &entry, DropCause::Expired);
        }
    }

    /// An entry was taken out of a session's queue to be dropped.
    pub(super) fn dropped(&mut self, key: SessionKey, entry: &QueueEntry, cause: DropCause) {
        self.left_queue(key, entry);
        self.count_drop(key, entry.message.name(), cause);
        self.record_removed(key, entry, Some(cause));
    }

    /// An entry was taken out of a session's queue.
    pub(super) fn left_queue(&mut self, key: SessionKey, entry: &QueueEntry) {
        self.queued_bytes -= entry.message.size();
        self.arm_message_expiry(key);
        self.note_queue(key);
        self.changed(key);
        self.note_room(To::Session(key));
    }

    /// Records that a stored entry is in its queue no longer.
    pub(super) fn record_removed(
        &mut self,
        key: SessionKey,
        entry: &QueueEntry,
        cause: Option<DropCause>,
    ) {
        if entry.recorded
            && let Some(slot) = self.sessions.get(key.index())
        {
            let queue = QueueName::Session(slot.session.number);
            self.record(Record::Removed { queue, arrival: entry.arrival, cause });
        }
    }

    /// An entry was taken out of a group's queue to be dropped.
    pub(super) fn dropped_from_group(
        &mut self,
        key: GroupKey,
        entry: &QueueEntry,
        cause: DropCause,
    ) {
        self.queued_bytes -= entry.message.size();
        self.note_room(To::Group(key));
        self.count_drop_of_nobody(entry.message.name(), cause);
        if entry.recorded
            && let Some(group) = self.groups.get(key.index())
        {
            let queue = QueueName::Group(std::sync::Arc::clone(&group.name));
            self.record(Record::Removed { queue, arrival: entry.arrival, cause: Some(cause) });
        }
    }

    /// A session does not get a message.
    pub(super) fn count_drop(
        &mut self,
        key: SessionKey,
        message: MessageName<'_>,
        cause: DropCause,
    ) {
        self.counters.drops.count(cause);
        let Some(slot) = self.sessions.get_mut(key.index()) else { return };
        slot.session.drops.count(cause);
        if self.observed.drops {
            self.out.event(Event::MessageDropped {
                client_identifier: Some(slot.session.client_identifier.clone()),
                sequence: message.sequence,
                topic: message.topic.to_owned(),
                cause,
            });
        }
        self.changed(key);
    }

    /// A share group's queue, or the retained messages, lose one.
    pub(super) fn count_drop_of_nobody(&mut self, message: MessageName<'_>, cause: DropCause) {
        self.counters.drops.count(cause);
        if self.observed.drops {
            self.out.event(Event::MessageDropped {
                client_identifier: None,
                sequence: message.sequence,
                topic: message.topic.to_owned(),
                cause,
            });
        }
    }

    /// Keeps the place of a session among the queues of absent clients.
    pub(super) fn note_queue(&mut self, key: SessionKey) {
        let Some(slot) = self.sessions.get_mut(key.index()) else { return };
        let bytes = slot.session.queue.bytes();
        let class = match slot.connection {
            None if !slot.session.queue.is_empty() => 1 + bytes / SIZE_CLASS_BYTES,
            None | Some(_) => 0,
        };
        if class == slot.size_class {
            return;
        }
        let before = core::mem::replace(&mut slot.size_class, class);
        self.offline_queues.remove(&(before, key)); // Nothing stands there under 0.
        if class > 0 {
            self.offline_queues.insert((class, key));
        }
    }
}
