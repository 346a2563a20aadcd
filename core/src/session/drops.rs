//! Messages that were not delivered, by cause.

use crate::value::Read;
use serde::{Deserialize, Serialize};

/// Why a message was dropped for one client.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Read,
)]
#[serde(rename_all = "snake_case")]
pub enum DropCause {
    /// The queue held as many messages as it may.
    QueueMessages,
    /// The queue held as many bytes as it may.
    QueueBytes,
    /// All queues together held as many bytes as they may.
    QueuedBytes,
    /// Its Message Expiry Interval passed.
    Expired,
    /// It is larger than the client's Maximum Packet Size.
    TooLarge,
    /// QoS 0, and the client was away or did not take it.
    AtMostOnce,
    /// The client may not be given messages of this topic.
    NotAuthorized,
    /// An operator dropped it.
    Purged,
}

impl DropCause {
    /// All causes.
    pub const ALL: [Self; 8] = [
        Self::QueueMessages,
        Self::QueueBytes,
        Self::QueuedBytes,
        Self::Expired,
        Self::TooLarge,
        Self::AtMostOnce,
        Self::NotAuthorized,
        Self::Purged,
    ];
}

/// How many messages were dropped, by cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DropCounters {
    /// See [`DropCause::QueueMessages`].
    pub queue_messages: u64,
    /// See [`DropCause::QueueBytes`].
    pub queue_bytes: u64,
    /// See [`DropCause::QueuedBytes`].
    pub queued_bytes: u64,
    /// See [`DropCause::Expired`].
    pub expired: u64,
    /// See [`DropCause::TooLarge`].
    pub too_large: u64,
    /// See [`DropCause::AtMostOnce`].
    pub at_most_once: u64,
    /// See [`DropCause::NotAuthorized`].
    pub not_authorized: u64,
    /// See [`DropCause::Purged`].
    pub purged: u64,
}

impl DropCounters {
    /// Counts one message dropped for `cause`.
    pub const fn count(&mut self, cause: DropCause) {
        let counter = match cause {
            DropCause::QueueMessages => &mut self.queue_messages,
            DropCause::QueueBytes => &mut self.queue_bytes,
            DropCause::QueuedBytes => &mut self.queued_bytes,
            DropCause::Expired => &mut self.expired,
            DropCause::TooLarge => &mut self.too_large,
            DropCause::AtMostOnce => &mut self.at_most_once,
            DropCause::NotAuthorized => &mut self.not_authorized,
            DropCause::Purged => &mut self.purged,
        };
        *counter += 1;
    }

    /// How many were dropped for `cause`.
    #[must_use]
    pub const fn get(&self, cause: DropCause) -> u64 {
        match cause {
            DropCause::QueueMessages => self.queue_messages,
            DropCause::QueueBytes => self.queue_bytes,
            DropCause::QueuedBytes => self.queued_bytes,
            DropCause::Expired => self.expired,
            DropCause::TooLarge => self.too_large,
            DropCause::AtMostOnce => self.at_most_once,
            DropCause::NotAuthorized => self.not_authorized,
            DropCause::Purged => self.purged,
        }
    }

    /// All causes together.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.queue_messages
            + self.queue_bytes
            + self.queued_bytes
            + self.expired
            + self.too_large
            + self.at_most_once
            + self.not_authorized
            + self.purged
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cause_is_counted_apart_and_all_together() {
        let mut drops = DropCounters::default();
        for (cause, times) in DropCause::ALL.into_iter().zip(2..) {
            for _ in 0..times {
                drops.count(cause);
            }
        }
        for (cause, times) in DropCause::ALL.into_iter().zip(2..) {
            assert_eq!(drops.get(cause), times, "{cause:?}");
        }
        assert_eq!(drops.total(), (2..10).sum::<u64>());
    }
}
