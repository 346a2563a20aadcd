//! Views of the broker as a whole: totals, timers, share groups.

use serde::{Deserialize, Serialize};

use super::QueueEntryView;
use crate::Timestamp;
use crate::broker::{Broker, Config, Counters, TimerReason};
use crate::session::{ClientIdentifier, ShareGroupName};

/// How much of everything there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Network connections.
    pub connections: usize,
    /// Sessions, of connected and of absent clients.
    pub sessions: usize,
    /// Subscriptions that are not shared.
    pub subscriptions: usize,
    /// Share groups.
    pub share_groups: usize,
    /// Bytes that wait in all queues.
    pub queued_bytes: u64,
    /// Retained messages.
    pub retained_messages: usize,
    /// Their bytes.
    pub retained_bytes: u64,
    /// Bytes of packets that have not arrived whole.
    pub unfinished_bytes: u64,
    /// Bytes of records that are not yet persisted.
    pub unpersisted_bytes: u64,
}

/// Something the broker waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimerView {
    /// When it comes.
    pub at: Timestamp,
    /// What happens then.
    pub reason: TimerReason,
}

/// A share group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupView {
    /// Its name; pages go by it.
    pub name: ShareGroupName,
    /// Its members, and whether each is connected.
    pub members: Vec<(ClientIdentifier, bool)>,
    /// Messages that wait for any of them.
    pub queue_len: usize,
    /// Their bytes.
    pub queue_bytes: u64,
}

impl Broker {
    /// How much of everything there is.
    #[must_use]
    pub fn totals(&self) -> Totals {
        Totals {
            connections: self.connections.len(),
            sessions: self.sessions.len(),
            subscriptions: self.plain.len(),
            share_groups: self.groups.len(),
            queued_bytes: self.queued_bytes,
            retained_messages: self.retained.tree.len(),
            retained_bytes: self.retained.bytes,
            unfinished_bytes: self.unfinished_bytes,
            unpersisted_bytes: self.gate.pending_bytes(),
        }
    }

    /// How often things happened.
    #[must_use]
    pub const fn counters(&self) -> &Counters {
        &self.counters
    }

    /// The number of the message taken in last, of a client or the broker itself: its
    /// [`sequence`](crate::session::MessageIdentity::sequence).
    #[must_use]
    pub const fn last_sequence(&self) -> u64 {
        self.last_sequence
    }

    /// The settings in force.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// The next `limit` timers.
    #[must_use]
    pub fn timers(&self, limit: usize) -> Vec<TimerView> {
        let timers = self.timers.iter().take(limit);
        timers
            .filter_map(|&(at, key)| Some(TimerView { at, reason: self.timer_reason(key)? }))
            .collect()
    }

    /// Share groups in the order of their names, behind `after`. Costs a step for each member.
    #[must_use]
    pub fn share_groups(&self, after: Option<&ShareGroupName>, limit: usize) -> Vec<GroupView> {
        use core::ops::Bound;
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let page = self.group_keys.range_from(start);
        page.take(limit)
            .filter_map(|(_, key)| self.groups.get(key.index()))
            .map(|group| GroupView {
                name: group.name.as_ref().clone(),
                members: group
                    .members
                    .keys()
                    .filter_map(|member| {
                        let slot = self.sessions.get(member.index())?;
                        let online = group.online.contains(member);
                        Some((slot.session.client_identifier.clone(), online))
                    })
                    .collect(),
                queue_len: group.queue.len(),
                queue_bytes: group.queue.bytes(),
            })
            .collect()
    }

    /// Messages that wait for a share group, in order, behind `after`.
    #[must_use]
    pub fn group_queue(
        &self,
        name: &ShareGroupName,
        after: Option<u64>,
        limit: usize,
    ) -> Vec<QueueEntryView> {
        self.group_keys
            .get(name)
            .and_then(|key| self.groups.get(key.index()))
            .map_or_else(Vec::new, |group| {
                group.queue.after(after).take(limit).map(QueueEntryView::new).collect()
            })
    }
}
