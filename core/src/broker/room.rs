//! Room in queues: who waits for it, and who gets it.
//!
//! Two wait: publishers that the `refuse` policy holds back, each for the queue that refused its
//! message, and share groups, for the queues of their connected members. When an entry leaves a
//! queue, only those who wait for this queue try again, so that room for one costs the others
//! nothing. Publishers get on in the order in which they came.

use super::connection::{Blocked, ConnectionKey};
use super::receive::Taken;
use super::route::To;
use super::timers::TimerKey;
use super::{Broker, GroupKey};
use crate::Timestamp;
use crate::ordered::OrderedSet;

/// A version 3 publisher that is held back, from the first refusal of its message until that is
/// taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct HeldBack {
    /// When the message is taken anyway.
    pub(super) deadline: Timestamp,
    /// Its place among those who wait.
    pub(super) turn: u64,
    /// The queue it waits for; `None` while it tries.
    pub(super) queue: Option<To>,
}

impl Broker {
    /// A queue has lost an entry, or is gone.
    pub(super) fn note_room(&mut self, queue: To) {
        if !self.stalled_groups.is_empty() || self.waiting_for_room.contains_key(&queue) {
            self.room.insert(queue);
        }
    }

    /// The rules have changed, so that anybody who waits may get on.
    pub(super) fn note_room_everywhere(&mut self) {
        let groups: Vec<_> = self.groups.iter().map(|(index, _)| GroupKey::new(index)).collect();
        for key in groups {
            self.drain_group(key);
        }
        self.room.extend(self.waiting_for_room.keys().copied());
    }

    /// Lets those who wait for room try again. Who gets on may make room for another: each round
    /// takes something out of a queue.
    pub(super) fn use_room(&mut self) {
        while let Some(queue) = self.room.pop_first() {
            for group in self.stalled_by(queue) {
                self.stalled_groups.remove(&group);
                self.drain_group(group);
            }
            while let Some(first) = self.first_waiting(queue) {
                self.retry_for_room(first.1);
                if self.first_waiting(queue) == Some(first) {
                    break; // There is no room for it, and none for those behind it.
                }
            }
        }
    }

    /// Holds a version 3 publisher back until `queue` has room or its deadline has passed; then
    /// the message is dropped for the full queues alone.
    pub(super) fn wait_for_room(&mut self, key: ConnectionKey, queue: To) -> Option<Taken> {
        let now = self.now;
        let connection = self.connections.get_mut(key.index())?;
        let mut held_back = match connection.held_back {
            Some(held_back) if held_back.deadline <= now => return None,
            Some(held_back) => held_back,
            None => {
                let millis = u64::from(self.config.limits.refuse_deadline_ms);
                let deadline = now.plus_millis(millis);
                self.timers.set(deadline, TimerKey::RefuseDeadline(key));
                self.next_turn += 1;
                HeldBack { deadline, turn: self.next_turn, queue: None }
            }
        };
        held_back.queue = Some(queue);
        connection.held_back = Some(held_back);
        let waiting = self.waiting_for_room.get_or_insert_with(queue, OrderedSet::new);
        waiting.insert((held_back.turn, key));
        self.block(key, Blocked::Refused);
        Some(Taken::NotYet)
    }

    /// Lets a publisher that is held back try again.
    pub(super) fn retry_for_room(&mut self, key: ConnectionKey) {
        let Some(connection) = self.connections.get_mut(key.index()) else { return };
        if let Some(held_back) = &mut connection.held_back
            && let Some(queue) = held_back.queue.take()
        {
            let turn = held_back.turn;
            self.waits_no_more(queue, turn, key);
            self.unblock(key);
        }
    }

    /// The message of a publisher that was held back is taken.
    pub(super) fn got_on(&mut self, key: ConnectionKey) {
        let Some(connection) = self.connections.get_mut(key.index()) else { return };
        if let Some(held_back) = connection.held_back.take() {
            self.forget_held_back(key, held_back);
        }
    }

    /// Forgets what was noted of a publisher that was held back.
    pub(super) fn forget_held_back(&mut self, key: ConnectionKey, held_back: HeldBack) {
        self.timers.cancel(held_back.deadline, TimerKey::RefuseDeadline(key));
        if let Some(queue) = held_back.queue {
            self.waits_no_more(queue, held_back.turn, key);
        }
    }

    fn waits_no_more(&mut self, queue: To, turn: u64, key: ConnectionKey) {
        if let Some(waiting) = self.waiting_for_room.get_mut(&queue) {
            waiting.remove(&(turn, key));
            if waiting.is_empty() {
                self.waiting_for_room.remove(&queue);
            }
        }
    }

    /// The stalled groups that may get on: those of the member whose queue has room, or one that
    /// has just come to wait.
    fn stalled_by(&self, queue: To) -> Vec<GroupKey> {
        let stalled = |group: &GroupKey| self.stalled_groups.contains(group);
        match queue {
            To::Group(group) => Some(group).filter(stalled).into_iter().collect(),
            To::Session(member) => {
                self.sessions.get(member.index()).map_or_else(Vec::new, |slot| {
                    slot.groups.values().copied().filter(stalled).collect()
                })
            }
        }
    }

    fn first_waiting(&self, queue: To) -> Option<(u64, ConnectionKey)> {
        self.waiting_for_room.get(&queue)?.first().copied()
    }
}
