//! The state of a Session.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{ClientIdentifier, DropCounters, Inflight, Queue, Subscription, WillMessage};
use crate::Timestamp;
use crate::codec::PacketIdentifier;
use crate::ordered::{OrderedMap, OrderedSet};
use crate::topic::SubscriptionFilter;

/// The number of a session, never used again for another one of the same broker.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct SessionNumber(pub u64);

/// What the broker keeps for a client (§4.1). The existence of this value is itself the first
/// item of that list.
#[derive(Clone, Debug)]
pub struct Session {
    /// Its number.
    pub number: SessionNumber,
    /// The client it belongs to.
    pub client_identifier: ClientIdentifier,
    /// Who made it; nobody else may resume, wipe or take it over.
    pub principal: Option<Arc<str>>,
    /// Seconds it outlives its connection; `u32::MAX` for ever.
    pub expiry_interval: u32,
    /// When it ends, while no connection holds it; `None` while one does, or for never.
    pub expires_at: Option<Timestamp>,
    /// Subscriptions by Topic Filter.
    pub subscriptions: OrderedMap<SubscriptionFilter, Subscription>,
    /// Messages whose delivery has not started.
    pub queue: Queue,
    /// QoS 1 and 2 messages sent and not completely acknowledged.
    pub inflight: Inflight,
    /// QoS 2 messages received and not yet released by PUBREL.
    pub received: OrderedSet<PacketIdentifier>,
    /// The Will Message, until it is published or withdrawn.
    pub will: Option<WillMessage>,
    /// When the will is published, while its delay runs.
    pub will_due_at: Option<Timestamp>,
    /// When the session began.
    pub created_at: Timestamp,
    /// When its last connection ended; `None` while one is there.
    pub disconnected_at: Option<Timestamp>,
    /// Messages it lost, by cause.
    pub drops: DropCounters,
}

impl Session {
    /// The interval that stands for "does not expire" (§3.1.2.11.2).
    pub const NEVER: u32 = u32::MAX;

    /// An empty session.
    #[must_use]
    pub fn new(
        number: SessionNumber,
        client_identifier: ClientIdentifier,
        principal: Option<Arc<str>>,
        now: Timestamp,
    ) -> Self {
        Self {
            number,
            client_identifier,
            principal,
            expiry_interval: 0,
            expires_at: None,
            subscriptions: OrderedMap::new(),
            queue: Queue::default(),
            inflight: Inflight::default(),
            received: OrderedSet::new(),
            will: None,
            will_due_at: None,
            created_at: now,
            disconnected_at: None,
            drops: DropCounters::default(),
        }
    }

    /// Whether it outlives its connection `[MQTT-3.1.2-23]`.
    #[must_use]
    pub const fn is_durable(&self) -> bool {
        self.expiry_interval > 0
    }

    /// Whether it has ended by `now`, though nobody may have swept it yet `[MQTT-4.1.0-2]`.
    #[must_use]
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }

    /// Its connection ended at `now`: the expiry interval starts to run.
    pub fn connection_ended(&mut self, now: Timestamp) {
        self.disconnected_at = Some(now);
        self.expires_at = match self.expiry_interval {
            Self::NEVER => None,
            seconds => Some(now.plus_seconds(u64::from(seconds))),
        };
        self.inflight.connection_ended();
    }

    /// Its connection ended at `now`, with the Will Message still to be published: the delay of
    /// that begins to run too, and the end of the session cuts it short. Returns when it is due.
    pub fn connection_lost(&mut self, now: Timestamp) -> Option<Timestamp> {
        self.connection_ended(now);
        if let Some(will) = &self.will {
            let due_at = now.plus_seconds(u64::from(will.delay_interval));
            self.will_due_at = Some(self.expires_at.map_or(due_at, |end| end.min(due_at)));
        }
        self.will_due_at
    }

    /// A connection holds it again.
    pub const fn connection_began(&mut self) {
        self.disconnected_at = None;
        self.expires_at = None;
    }
}
