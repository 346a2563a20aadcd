//! The model store: what a store on disk keeps of the broker's records, in memory.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::Timestamp;
use crate::broker::{Broker, Config, Record, RecordSequence};
use crate::session::SessionNumber;

/// A record with its time, as the broker is restored from it.
pub(super) type StoredRecord = (Timestamp, Record);

/// Records in the order in which they came, persisted a while after.
///
/// A clone shares all whole chunks, so that checkpoints stay cheap.
#[derive(Clone, Debug, Default)]
pub(super) struct Store {
    chunks: Vec<Arc<Vec<StoredRecord>>>,
    len: u64,
    /// Records of earlier broker processes.
    before: u64,
    /// Records persisted, of all processes.
    persisted: u64,
    /// When the records up to a number of this process will be persisted.
    pending: VecDeque<(Timestamp, u64)>,
    /// When the last process ended. A store knows that as it notes the time while it runs.
    ended_at: Option<Timestamp>,
}

impl Store {
    const CHUNK_RECORDS: usize = 128;

    /// Takes a record that will be persisted at `persisted_at`.
    pub(super) fn push(
        &mut self,
        sequence: RecordSequence,
        record: StoredRecord,
        persisted_at: Timestamp,
    ) {
        match self.chunks.last_mut().filter(|chunk| chunk.len() < Self::CHUNK_RECORDS) {
            Some(chunk) => Arc::make_mut(chunk).push(record),
            None => self.chunks.push(Arc::new(vec![record])),
        }
        self.len += 1;
        match self.pending.back_mut().filter(|(at, _)| *at == persisted_at) {
            Some((_, upto)) => *upto = sequence.0,
            None => self.pending.push_back((persisted_at, sequence.0)),
        }
    }

    /// When the next records are persisted.
    pub(super) fn next_at(&self) -> Option<Timestamp> {
        self.pending.front().map(|(at, _)| *at)
    }

    /// The number up to which records are persisted next.
    pub(super) fn persist(&mut self) -> Option<RecordSequence> {
        let (_, upto) = self.pending.pop_front()?;
        self.persisted = self.before + upto;
        Some(RecordSequence(upto))
    }

    /// The broker's process ends: what is not persisted is lost. Gives back how many.
    pub(super) fn crash(&mut self, now: Timestamp) -> u64 {
        self.ended_at = Some(now);
        let lost = self.len - self.persisted;
        self.pending.clear();
        for _ in 0..lost {
            let Some(chunk) = self.chunks.last_mut() else { break };
            Arc::make_mut(chunk).pop();
            if chunk.is_empty() {
                self.chunks.pop();
            }
        }
        self.len = self.persisted;
        self.before = self.persisted;
        lost
    }

    /// A broker that goes on with what is kept.
    pub(super) fn broker(&self, config: Config, seed: [u8; 32], now: Timestamp) -> Broker {
        if self.len == 0 {
            return Broker::new(config, seed, now);
        }
        // The time of connections that were there to the end begins then, and not with the last
        // record [MQTT-3.1.2-23]. This one says nothing but the time.
        let session = SessionNumber(0);
        let end = self.ended_at.map(|at| (at, Record::Numbered { session, arrival: 0 }));
        Broker::restore(config, seed, now, self.records().chain(end))
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Records kept.
    pub(super) const fn len(&self) -> u64 {
        self.len
    }

    /// The records kept, in order.
    fn records(&self) -> impl Iterator<Item = StoredRecord> {
        self.chunks.iter().flat_map(|chunk| chunk.iter().cloned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn record(topic: u64) -> StoredRecord {
        (at(topic), Record::RetainedExpired { topic: topic.to_string() })
    }

    #[test]
    fn a_crash_keeps_exactly_what_was_persisted() {
        let mut store = Store::default();
        for number in 1..=300 {
            store.push(RecordSequence(number), record(number), at(number / 100));
        }
        assert_eq!(store.next_at(), Some(at(0)));
        assert_eq!(store.persist(), Some(RecordSequence(99)));
        assert_eq!(store.persist(), Some(RecordSequence(199)));
        let checkpoint = store.clone();
        assert_eq!(store.crash(at(3)), 101);
        assert_eq!((store.len(), store.next_at()), (199, None));
        assert_eq!(store.records().last(), Some(record(199)));
        // A broker that goes on counts from 1 again.
        store.push(RecordSequence(1), record(1000), at(9));
        assert_eq!(store.persist(), Some(RecordSequence(1)));
        assert_eq!(store.crash(at(9)), 0);
        assert_eq!(store.records().count(), 200);
        assert_eq!(checkpoint.records().count(), 300);
    }
}
