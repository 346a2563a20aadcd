//! Totals over the broker's life.

use serde::{Deserialize, Serialize};

use crate::session::DropCounters;

/// How often things happened since the broker started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// CONNECTs answered with success.
    pub connects_accepted: u64,
    /// Connections turned away, before or by CONNACK.
    pub connections_refused: u64,
    /// Packets taken from clients.
    pub packets_received: u64,
    /// Packets other than PUBLISH sent to clients.
    pub packets_sent: u64,
    /// Publishes taken from clients, by QoS.
    pub messages_received: [u64; 3],
    /// PUBLISH packets sent to clients, by QoS.
    pub messages_sent: [u64; 3],
    /// Publishes refused with a reason code.
    pub publishes_refused: u64,
    /// Retained messages not kept for lack of room.
    pub retained_refused: u64,
    /// Will Messages published.
    pub wills_published: u64,
    /// Records that fitted nothing when the broker was restored from them.
    pub records_ignored: u64,
    /// Messages dropped, by cause.
    pub drops: DropCounters,
}
