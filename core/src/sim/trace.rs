//! The trace: every packet and every state change of a [`World`](super::World), in order.
//!
//! A World tells its trace entry by entry and keeps none of it; a [`Trace`] does, within limits.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Entry, Happening, LossCause, PacketNumber, SentPacket};
use crate::Timestamp;
use crate::value::Read;

/// How a packet ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It arrived.
    Delivered,
    /// It never will.
    Lost(LossCause),
}

/// A packet and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PacketRecord {
    /// The packet.
    pub sent: SentPacket,
    /// The number of the entry that tells of its sending.
    pub sent_entry: u64,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// How it ended, when, and in which entry; absent while it is in flight.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<PacketEnd>,
}

/// The end of a packet's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PacketEnd {
    /// How.
    pub fate: Fate,
    /// When.
    pub at: Timestamp,
    /// The number of the entry that tells of it.
    pub entry: u64,
}

/// How much of a trace is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceLimits {
    /// Entries.
    pub entries_max: usize,
    /// Bytes of packets.
    pub packet_bytes_max: usize,
}

impl Default for TraceLimits {
    fn default() -> Self {
        Self { entries_max: 200_000, packet_bytes_max: 32 << 20 }
    }
}

/// The latest entries of a trace, and the packets they tell of.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    limits: TraceLimits,
    entries: VecDeque<Arc<Entry>>,
    packets: VecDeque<PacketRecord>,
    packet_bytes: usize,
    next: u64,
}

impl Trace {
    /// An empty trace.
    #[must_use]
    pub fn new(limits: TraceLimits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Entries from number `from` on, at most `limit`. Those no longer kept are passed over.
    pub fn entries(&self, from: u64, limit: usize) -> impl Iterator<Item = &Arc<Entry>> {
        let skip = from.saturating_sub(self.first());
        self.entries.iter().skip(usize::try_from(skip).unwrap_or(usize::MAX)).take(limit)
    }

    /// The number of the first entry kept.
    #[must_use]
    pub fn first(&self) -> u64 {
        self.entries.front().map_or(self.next, |entry| entry.number)
    }

    /// The number the next entry will have.
    #[must_use]
    pub const fn next(&self) -> u64 {
        self.next
    }

    /// The packet `number`, if it is kept.
    #[must_use]
    pub fn packet(&self, number: PacketNumber) -> Option<&PacketRecord> {
        self.packets.get(self.packet_index(number)?)
    }

    /// Packets behind `after`, in the order of sending.
    pub fn packets(&self, after: Option<PacketNumber>) -> impl Iterator<Item = &PacketRecord> {
        let first = self.packets.front().map_or(0, |record| record.sent.packet.0);
        let from = after.map_or(0, |after| after.0.saturating_add(1).saturating_sub(first));
        self.packets.iter().skip(usize::try_from(from).unwrap_or(usize::MAX))
    }

    /// Adds an entry. One that is there already, since history is played again, is passed over.
    pub(super) fn push(&mut self, entry: Arc<Entry>) {
        if entry.number < self.next {
            debug_assert!(
                self.entries(entry.number, 1)
                    .all(|known| known.number != entry.number || *known == entry),
                "history repeats itself"
            );
            return;
        }
        self.next = entry.number + 1;
        if let Happening::PacketSent(sent) = &entry.what {
            self.packet_bytes += sent.bytes.len();
            self.packets.push_back(PacketRecord {
                sent: sent.clone(),
                sent_entry: entry.number,
                sent_at: entry.at,
                ended: None,
            });
        } else if let Happening::PacketDelivered { packet } = &entry.what {
            self.end(*packet, Fate::Delivered, &entry);
        } else if let Happening::PacketLost { packet, cause } = &entry.what {
            self.end(*packet, Fate::Lost(*cause), &entry);
        }
        self.entries.push_back(entry);
        self.trim();
    }

    /// Forgets the entries from number `from` on.
    pub(super) fn truncate(&mut self, from: u64) {
        while self.entries.back().is_some_and(|entry| entry.number >= from) {
            self.entries.pop_back();
        }
        while let Some(record) = self.packets.back().filter(|record| record.sent_entry >= from) {
            self.packet_bytes -= record.sent.bytes.len();
            self.packets.pop_back();
        }
        for record in &mut self.packets {
            record.ended = record.ended.filter(|end| end.entry < from);
        }
        self.next = self.next.min(from);
    }

    fn end(&mut self, packet: PacketNumber, fate: Fate, entry: &Entry) {
        if let Some(index) = self.packet_index(packet)
            && let Some(record) = self.packets.get_mut(index)
        {
            record.ended = Some(PacketEnd { fate, at: entry.at, entry: entry.number });
        }
    }

    fn trim(&mut self) {
        while self.entries.len() > self.limits.entries_max {
            self.entries.pop_front();
        }
        while self.packet_bytes > self.limits.packet_bytes_max
            || self.packets.len() > self.limits.entries_max
        {
            let Some(record) = self.packets.pop_front() else { break };
            self.packet_bytes -= record.sent.bytes.len();
            // The bytes of a packet stand in its entry too.
            while self.entries.front().is_some_and(|entry| entry.number <= record.sent_entry) {
                self.entries.pop_front();
            }
        }
    }

    fn packet_index(&self, number: PacketNumber) -> Option<usize> {
        let first = self.packets.front()?.sent.packet.0;
        usize::try_from(number.0.checked_sub(first)?).ok()
    }
}

impl PacketRecord {
    /// How it ended, as far as the entries before number `position` tell.
    #[must_use]
    pub fn fate_at(&self, position: u64) -> Option<Fate> {
        self.ended.filter(|end| end.entry < position).map(|end| end.fate)
    }
}
