//! All timers, in one queue, each with its reason.

use serde::{Deserialize, Serialize};

use super::connection::{Connection, ConnectionKey};
use super::share_group::GroupKey;
use super::{Broker, ConnectionId, SessionEnd, SessionKey, SessionSlot};
use crate::Timestamp;
use crate::codec::ReasonCode;
use crate::ordered::OrderedSet;
use crate::session::{ClientIdentifier, ShareGroupName};

/// What a timer is for, by key. The order is that in which timers of one moment fire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum TimerKey {
    ConnectDeadline(ConnectionKey),
    KeepAlive(ConnectionKey),
    UnreadAnswers(ConnectionKey),
    RefuseDeadline(ConnectionKey),
    MessageExpiry(SessionKey),
    GroupMessageExpiry(GroupKey),
    RetainedExpiry,
    WillDelay(SessionKey),
    SessionExpiry(SessionKey),
}

/// What the broker waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "timer", rename_all = "snake_case")]
pub enum TimerReason {
    /// A connection's CONNECT has to be accepted by then.
    ConnectDeadline {
        /// Which connection.
        connection: ConnectionId,
    },
    /// A client has to be heard from by then `[MQTT-3.1.2-22]`.
    KeepAlive {
        /// Which connection.
        connection: ConnectionId,
        /// Which client.
        client_identifier: ClientIdentifier,
    },
    /// A client has to have read its answers by then.
    UnreadAnswers {
        /// Which connection.
        connection: ConnectionId,
        /// Which client.
        client_identifier: ClientIdentifier,
    },
    /// A publish that waits for room in full queues is taken anyway.
    RefuseDeadline {
        /// Which connection.
        connection: ConnectionId,
    },
    /// A message that waits for a client expires `[MQTT-3.3.2-5]`.
    MessageExpiry {
        /// Whose queue.
        client_identifier: ClientIdentifier,
    },
    /// A message that waits for a share group expires.
    GroupMessageExpiry {
        /// Which group.
        group: ShareGroupName,
    },
    /// A retained message expires.
    RetainedExpiry,
    /// A will is due.
    WillDelay {
        /// Whose.
        client_identifier: ClientIdentifier,
    },
    /// A session expires `[MQTT-4.1.0-2]`.
    SessionExpiry {
        /// Whose.
        client_identifier: ClientIdentifier,
    },
    /// Postponed work goes on, at once.
    Work,
}

/// Timers by time.
#[derive(Clone, Debug, Default)]
pub(super) struct Timers(OrderedSet<(Timestamp, TimerKey)>);

impl Timers {
    pub(super) fn set(&mut self, at: Timestamp, key: TimerKey) {
        self.0.insert((at, key));
    }

    pub(super) fn cancel(&mut self, at: Timestamp, key: TimerKey) {
        self.0.remove(&(at, key));
    }

    pub(super) fn first(&self) -> Option<(Timestamp, TimerKey)> {
        self.0.first().copied()
    }

    pub(super) fn pop_due(&mut self, now: Timestamp) -> Option<TimerKey> {
        let &(at, key) = self.0.first()?;
        if at > now {
            return None;
        }
        self.0.pop_first();
        Some(key)
    }

    /// Whether a timer is armed.
    pub(super) fn contains(&self, at: Timestamp, key: TimerKey) -> bool {
        self.0.contains(&(at, key))
    }

    /// A session whose expiry is due.
    pub(super) fn session_due(&self, now: Timestamp) -> Option<SessionKey> {
        self.0.iter().take_while(|(at, _)| *at <= now).find_map(|(_, key)| match key {
            TimerKey::SessionExpiry(session) => Some(*session),
            TimerKey::ConnectDeadline(_)
            | TimerKey::KeepAlive(_)
            | TimerKey::UnreadAnswers(_)
            | TimerKey::RefuseDeadline(_)
            | TimerKey::MessageExpiry(_)
            | TimerKey::GroupMessageExpiry(_)
            | TimerKey::RetainedExpiry
            | TimerKey::WillDelay(_) => None,
        })
    }

    /// Timers in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &(Timestamp, TimerKey)> {
        self.0.iter()
    }
}

impl Broker {
    /// Does what is due, within the bound of one call; what is left over is due at once.
    pub(super) fn timeout(&mut self) {
        while self.work_left > 0
            && let Some(timer) = self.timers.pop_due(self.now)
        {
            self.work_left -= 1;
            self.fire(timer);
        }
        self.work();
    }

    fn fire(&mut self, timer: TimerKey) {
        match timer {
            TimerKey::ConnectDeadline(key) => {
                if let Some(connection) = self.connections.get_mut(key.index()) {
                    connection.deadline = None;
                    self.drop_connection(key, ReasonCode::MAXIMUM_CONNECT_TIME);
                }
            }
            TimerKey::KeepAlive(key) => {
                if let Some(connection) = self.connections.get_mut(key.index()) {
                    connection.deadline = None;
                    // [MQTT-3.1.2-22] [MQTT3-3.1.2-24]
                    self.disconnect(key, ReasonCode::KEEP_ALIVE_TIMEOUT, "nothing was heard");
                }
            }
            TimerKey::UnreadAnswers(key) => {
                if let Some(connection) = self.connections.get_mut(key.index()) {
                    connection.deadline = None;
                    self.disconnect(key, ReasonCode::QUOTA_EXCEEDED, "answers were left unread");
                }
            }
            TimerKey::RefuseDeadline(key) => self.retry_for_room(key),
            TimerKey::MessageExpiry(key) => {
                if let Some(slot) = self.sessions.get_mut(key.index()) {
                    slot.message_expiry = None;
                    self.expire_queue(key);
                    self.arm_message_expiry(key);
                    // Retained messages may have waited behind what has expired.
                    self.pump(key);
                }
            }
            TimerKey::GroupMessageExpiry(key) => self.group_expiry_fired(key),
            TimerKey::RetainedExpiry => self.expire_retained(),
            TimerKey::WillDelay(key) => {
                if let Some(slot) = self.sessions.get_mut(key.index()) {
                    slot.session.will_due_at = None;
                    self.publish_will(key);
                }
            }
            TimerKey::SessionExpiry(key) => {
                self.end_session(key, SessionEnd::Expired);
            }
        }
    }

    /// The reason of a timer, in words that mean something outside.
    pub(super) fn timer_reason(&self, timer: TimerKey) -> Option<TimerReason> {
        let connection = |key: ConnectionKey| self.connections.get(key.index());
        let client = |key: SessionKey| {
            self.sessions.get(key.index()).map(|slot| slot.session.client_identifier.clone())
        };
        Some(match timer {
            TimerKey::ConnectDeadline(key) => {
                TimerReason::ConnectDeadline { connection: connection(key)?.id }
            }
            TimerKey::KeepAlive(key) => {
                let connection = connection(key)?;
                let client_identifier = client(connection.session()?)?;
                TimerReason::KeepAlive { connection: connection.id, client_identifier }
            }
            TimerKey::UnreadAnswers(key) => {
                let connection = connection(key)?;
                let client_identifier = client(connection.session()?)?;
                TimerReason::UnreadAnswers { connection: connection.id, client_identifier }
            }
            TimerKey::RefuseDeadline(key) => {
                TimerReason::RefuseDeadline { connection: connection(key)?.id }
            }
            TimerKey::MessageExpiry(key) => {
                TimerReason::MessageExpiry { client_identifier: client(key)? }
            }
            TimerKey::GroupMessageExpiry(key) => TimerReason::GroupMessageExpiry {
                group: self.groups.get(key.index())?.name.as_ref().clone(),
            },
            TimerKey::RetainedExpiry => TimerReason::RetainedExpiry,
            TimerKey::WillDelay(key) => TimerReason::WillDelay { client_identifier: client(key)? },
            TimerKey::SessionExpiry(key) => {
                TimerReason::SessionExpiry { client_identifier: client(key)? }
            }
        })
    }

    /// Arms or disarms the timer of a session's next message expiry.
    pub(super) fn arm_message_expiry(&mut self, key: SessionKey) {
        let Some(slot) = self.sessions.get_mut(key.index()) else { return };
        let next = slot.session.queue.next_expiry();
        if slot.message_expiry == next {
            return;
        }
        if let Some(at) = slot.message_expiry {
            self.timers.cancel(at, TimerKey::MessageExpiry(key));
        }
        if let Some(at) = next {
            self.timers.set(at, TimerKey::MessageExpiry(key));
        }
        slot.message_expiry = next;
    }

    /// Disarms what belongs to a connection that is gone.
    pub(super) fn cancel_connection_timers(&mut self, key: ConnectionKey, connection: &Connection) {
        if let Some(at) = connection.deadline {
            self.timers.cancel(at, connection.deadline_timer(key));
        }
        if let Some(held_back) = connection.held_back {
            self.forget_held_back(key, held_back);
        }
    }

    /// Disarms what belongs to a session that is gone.
    pub(super) fn cancel_session_timers(&mut self, key: SessionKey, slot: &SessionSlot) {
        if let Some(at) = slot.session.expires_at {
            self.timers.cancel(at, TimerKey::SessionExpiry(key));
        }
        if let Some(at) = slot.session.will_due_at {
            self.timers.cancel(at, TimerKey::WillDelay(key));
        }
        if let Some(at) = slot.message_expiry {
            self.timers.cancel(at, TimerKey::MessageExpiry(key));
        }
    }
}
