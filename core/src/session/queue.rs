//! The queue of a session: messages whose delivery has not started.
//!
//! Entries are in order of arrival, one queue whatever their QoS, so that a downgrade does not
//! change the order. Expiry is known from the deadlines and needs no look at the entries.

use std::collections::VecDeque;
use std::sync::Arc;

use super::{MatchedIdentifiers, Message, ShareGroupName};
use crate::Timestamp;
use crate::codec::QoS;
use crate::ordered::OrderedSet;

/// A message that waits for one client or one share group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueEntry {
    /// Its arrival number, which names it in its session and gives the order.
    pub arrival: u64,
    /// The QoS at which it will be sent.
    pub qos: QoS,
    /// The RETAIN flag it will carry.
    pub retain: bool,
    /// The identifiers of the subscriptions it came through, as they were then.
    pub identifiers: MatchedIdentifiers,
    /// The share group it came through, to which it goes back if the session ends first.
    pub share: Option<Arc<ShareGroupName>>,
    /// Whether a store holds it, so that its removal has to be recorded.
    pub recorded: bool,
    /// The message itself.
    pub message: Arc<Message>,
}

/// Messages in order of arrival, with their number, bytes and deadlines.
#[derive(Clone, Debug, Default)]
pub struct Queue {
    entries: VecDeque<QueueEntry>,
    /// Deadline and arrival of each entry that expires.
    deadlines: OrderedSet<(Timestamp, u64)>,
    bytes: u64,
    /// How many entries are QoS 0, so that a full queue knows without a search whether one of
    /// them can make room.
    at_most_once: usize,
    at_most_once_bytes: u64,
}

impl Queue {
    /// Adds an entry in the order of arrival, which is nearly always at the end: a retained
    /// message may get its number and its place while a publish is still being fanned out.
    pub fn push(&mut self, entry: QueueEntry) {
        if let Some(at) = entry.message.expires_at() {
            self.deadlines.insert((at, entry.arrival));
        }
        self.bytes += entry.message.size();
        if entry.qos == QoS::AtMostOnce {
            self.at_most_once += 1;
            self.at_most_once_bytes += entry.message.size();
        }
        let place = self.entries.binary_search_by_key(&entry.arrival, |earlier| earlier.arrival);
        debug_assert!(place.is_err(), "an arrival number is used once");
        self.entries.insert(place.unwrap_or_else(|place| place), entry);
    }

    /// No store holds the entries any more.
    pub fn forget_records(&mut self) {
        for entry in &mut self.entries {
            entry.recorded = false;
        }
    }

    /// Takes the entry that has waited longest.
    pub fn pop(&mut self) -> Option<QueueEntry> {
        let entry = self.entries.pop_front()?;
        self.forget(&entry);
        Some(entry)
    }

    /// Takes the entry named by `arrival`.
    pub fn remove(&mut self, arrival: u64) -> Option<QueueEntry> {
        let index = self.position(arrival)?;
        let entry = self.entries.remove(index)?;
        self.forget(&entry);
        Some(entry)
    }

    /// Takes the entry whose deadline passed first, if one has passed at `now`.
    pub fn pop_expired(&mut self, now: Timestamp) -> Option<QueueEntry> {
        let &(at, arrival) = self.deadlines.first()?;
        if at <= now { self.remove(arrival) } else { None }
    }

    /// Takes the QoS 0 entry that came last, if there is one.
    pub fn pop_newest_at_most_once(&mut self) -> Option<QueueEntry> {
        if self.at_most_once == 0 {
            return None;
        }
        let index = self.entries.iter().rposition(|entry| entry.qos == QoS::AtMostOnce)?;
        let entry = self.entries.remove(index)?;
        self.forget(&entry);
        Some(entry)
    }

    /// Takes the QoS 0 entry that has waited longest, if there is one.
    pub fn pop_oldest_at_most_once(&mut self) -> Option<QueueEntry> {
        if self.at_most_once == 0 {
            return None;
        }
        let index = self.entries.iter().position(|entry| entry.qos == QoS::AtMostOnce)?;
        let entry = self.entries.remove(index)?;
        self.forget(&entry);
        Some(entry)
    }

    /// Takes all QoS 0 entries, in order.
    pub fn take_at_most_once(&mut self) -> Vec<QueueEntry> {
        if self.at_most_once == 0 {
            return Vec::new();
        }
        let (taken, kept): (Vec<_>, _) = core::mem::take(&mut self.entries)
            .into_iter()
            .partition(|entry| entry.qos == QoS::AtMostOnce);
        self.entries = VecDeque::from(kept);
        for entry in &taken {
            self.forget(entry);
        }
        taken
    }

    /// Takes the entry that came last.
    pub fn pop_newest(&mut self) -> Option<QueueEntry> {
        let entry = self.entries.pop_back()?;
        self.forget(&entry);
        Some(entry)
    }

    /// The entry that has waited longest.
    #[must_use]
    pub fn front(&self) -> Option<&QueueEntry> {
        self.entries.front()
    }

    /// The entry named by `arrival`.
    #[must_use]
    pub fn get(&self, arrival: u64) -> Option<&QueueEntry> {
        self.entries.get(self.position(arrival)?)
    }

    /// Entries that came after `arrival`, or all, in order.
    pub fn after(&self, arrival: Option<u64>) -> impl Iterator<Item = &QueueEntry> {
        let start =
            arrival.map_or(0, |after| self.entries.partition_point(|entry| entry.arrival <= after));
        self.entries.range(start..)
    }

    /// When the next entry expires.
    #[must_use]
    pub fn next_expiry(&self) -> Option<Timestamp> {
        self.deadlines.first().map(|&(at, _)| at)
    }

    /// How many messages wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Bytes of topic, properties and payload of all that wait.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How many of them are QoS 0.
    #[must_use]
    pub const fn at_most_once(&self) -> usize {
        self.at_most_once
    }

    /// Bytes of those that are QoS 0.
    #[must_use]
    pub const fn at_most_once_bytes(&self) -> u64 {
        self.at_most_once_bytes
    }

    /// Checks what has to hold between two calls.
    ///
    /// # Panics
    ///
    /// If something does not hold, which is a defect.
    pub fn assert_invariants(&self) {
        assert!(self.entries.iter().is_sorted_by(|one, next| one.arrival < next.arrival));
        let bytes = |qos_0_alone: bool| {
            let counted = |entry: &&QueueEntry| !qos_0_alone || entry.qos == QoS::AtMostOnce;
            self.entries.iter().filter(counted).map(|one| one.message.size()).sum::<u64>()
        };
        assert_eq!(self.bytes, bytes(false), "bytes of the queue");
        assert_eq!(self.at_most_once_bytes, bytes(true), "bytes of its QoS 0 messages");
        let at_most_once = self.entries.iter().filter(|entry| entry.qos == QoS::AtMostOnce);
        assert_eq!(self.at_most_once, at_most_once.count(), "its QoS 0 messages");
        let expiring = self.entries.iter().filter(|entry| entry.message.expires_at().is_some());
        assert_eq!(self.deadlines.len(), expiring.count(), "a deadline for each that expires");
    }

    fn position(&self, arrival: u64) -> Option<usize> {
        self.entries.binary_search_by_key(&arrival, |entry| entry.arrival).ok()
    }

    fn forget(&mut self, entry: &QueueEntry) {
        if let Some(at) = entry.message.expires_at() {
            self.deadlines.remove(&(at, entry.arrival));
        }
        self.bytes -= entry.message.size();
        if entry.qos == QoS::AtMostOnce {
            self.at_most_once -= 1;
            self.at_most_once_bytes -= entry.message.size();
        }
        if self.entries.is_empty() && self.entries.capacity() > 64 {
            // An emptied queue gives back what a long one had reserved.
            self.entries = VecDeque::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{MessageIdentity, MessageParts};

    fn entry(arrival: u64) -> QueueEntry {
        let parts = MessageParts {
            topic: "a",
            forwarded: &[],
            payload: &[],
            qos: QoS::AtLeastOnce,
            retain: false,
            received_at: Timestamp::default(),
            expires_at: None,
        };
        QueueEntry {
            arrival,
            qos: QoS::AtLeastOnce,
            retain: false,
            identifiers: MatchedIdentifiers::None,
            share: None,
            recorded: true,
            message: parts.to_message(MessageIdentity { origin: 0, sequence: arrival }, None),
        }
    }

    #[test]
    fn entries_stand_in_the_order_of_arrival_whatever_came_first() {
        let mut queue = Queue::default();
        for arrival in [5, 7, 6, 1, 9] {
            queue.push(entry(arrival));
        }
        let order: Vec<_> = queue.after(None).map(|entry| entry.arrival).collect();
        assert_eq!(order, [1, 5, 6, 7, 9]);
        assert!((1..10).all(|arrival| queue.get(arrival).is_some() == order.contains(&arrival)));
    }

    #[test]
    fn what_a_long_queue_had_reserved_is_given_back_once_it_is_empty() {
        for (reserved, left) in [(64, 64), (65, 0)] {
            let mut queue = Queue::default();
            queue.entries.reserve_exact(reserved);
            assert_eq!(queue.entries.capacity(), reserved);
            queue.push(entry(1));
            queue.push(entry(2));
            queue.pop();
            assert_eq!(queue.entries.capacity(), reserved);
            queue.pop();
            assert_eq!(queue.entries.capacity(), left);
        }
    }

    #[test]
    fn entries_whose_records_are_forgotten_are_still_there() {
        let mut queue = Queue::default();
        queue.push(entry(1));
        queue.forget_records();
        assert_eq!(queue.pop().map(|entry| entry.recorded), Some(false));
    }
}
