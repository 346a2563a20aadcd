//! The gate between a fact and the packet that promises it.
//!
//! A packet that promises something waits until the records it depends on are persisted. On one
//! connection packets leave in the order in which they were made: one that waits holds back all
//! that come after it. Nothing else in the core knows of a store.

use std::collections::VecDeque;

use super::connection::{Blocked, ConnectionKey, Held};
use super::{Broker, ConnectionId, Record, RecordSequence, Records};
use crate::Timestamp;
use crate::codec::Packet;
use crate::ordered::{OrderedMap, OrderedSet};
use crate::session::ClientIdentifier;

/// What the broker knows of its records.
#[derive(Clone, Debug, Default)]
pub(super) struct Gate {
    /// The last record emitted.
    emitted: RecordSequence,
    /// The last record persisted.
    persisted: RecordSequence,
    /// Records emitted and not persisted, with the bytes of their messages.
    pending: VecDeque<(RecordSequence, u64)>,
    pending_bytes: u64,
    /// Connections with a packet that waits, in the order of the records.
    waiting: OrderedSet<(RecordSequence, ConnectionKey)>,
    /// Clients not read from because too much is pending.
    blocked: OrderedSet<ConnectionKey>,
    /// Connections that are forgotten but not closed, in the order of the records.
    closing: VecDeque<(RecordSequence, ConnectionId)>,
    /// Clients whose session has ended in a record that is not persisted, in the order of the
    /// records and by name.
    endings: VecDeque<(RecordSequence, ClientIdentifier)>,
    ended: OrderedMap<ClientIdentifier, RecordSequence>,
}

impl Gate {
    /// The record that a packet which promises all that has been done so far waits for.
    pub(super) const fn barrier(&self) -> RecordSequence {
        self.emitted
    }

    /// Whether all records up to `barrier` are persisted.
    pub(super) fn is_open(&self, barrier: RecordSequence) -> bool {
        barrier <= self.persisted
    }

    /// Bytes of records that are not persisted.
    pub(super) const fn pending_bytes(&self) -> u64 {
        self.pending_bytes
    }

    /// The session of this client has ended in the last record.
    pub(super) fn session_ended(&mut self, client_identifier: ClientIdentifier) {
        self.endings.push_back((self.emitted, client_identifier.clone()));
        self.ended.insert(client_identifier, self.emitted);
    }

    /// The record in which a session of this client ended, unless it is persisted.
    pub(super) fn ended(&self, client_identifier: &ClientIdentifier) -> RecordSequence {
        self.ended.get(client_identifier).copied().unwrap_or_default()
    }

    /// How many connections are forgotten but not closed.
    pub(super) fn closing(&self) -> usize {
        self.closing.len()
    }

    /// The peer has closed before it was this side's turn.
    pub(super) fn forget_closing(&mut self, id: ConnectionId) {
        self.closing.retain(|(_, closing)| *closing != id);
    }

    /// Checks what has to hold between two inputs.
    pub(super) fn assert_invariants(&self) {
        let pending: u64 = self.pending.iter().map(|(_, bytes)| bytes).sum();
        assert_eq!(self.pending_bytes, pending, "bytes of records that are not persisted");
        let persisted = |sequence: &RecordSequence| *sequence <= self.persisted;
        assert!(!self.pending.iter().any(|(sequence, _)| persisted(sequence)));
        assert!(!self.closing.iter().any(|(sequence, _)| persisted(sequence)));
        assert!(!self.endings.iter().any(|(sequence, _)| persisted(sequence)));
        assert!(!self.ended.values().any(persisted), "what is persisted is forgotten");
    }

    fn forget_endings(&mut self) {
        while let Some((sequence, _)) = self.endings.front() {
            if *sequence > self.persisted {
                break;
            }
            if let Some((sequence, client_identifier)) = self.endings.pop_front()
                && self.ended.get(&client_identifier) == Some(&sequence)
            {
                self.ended.remove(&client_identifier);
            }
        }
    }
}

impl Broker {
    /// Whether durable facts are recorded at all.
    pub(super) fn keeps_records(&self) -> bool {
        self.config.records == Records::Durable
    }

    /// Emits a record.
    pub(super) fn record(&mut self, record: Record) -> RecordSequence {
        self.record_at(self.now, record)
    }

    /// Emits a record of something that was so at `at` already.
    pub(super) fn record_at(&mut self, at: Timestamp, record: Record) -> RecordSequence {
        let sequence = RecordSequence(self.gate.emitted.0 + 1);
        let bytes = record.size();
        self.gate.emitted = sequence;
        self.gate.pending.push_back((sequence, bytes));
        self.gate.pending_bytes += bytes;
        self.out.persist(sequence, at, record);
        sequence
    }

    /// Sends a packet once `barrier` is persisted, behind all that waits on this connection.
    pub(super) fn send_behind(
        &mut self,
        key: ConnectionKey,
        barrier: RecordSequence,
        frees_receive_quota: bool,
        packet: &Packet<'_>,
    ) {
        let open = self.gate.is_open(barrier);
        let Some(connection) = self.connections.get_mut(key.index()) else { return };
        if open && connection.held.is_empty() {
            if frees_receive_quota {
                connection.unacknowledged = connection.unacknowledged.saturating_sub(1);
            }
            self.send_now(key, packet);
            return;
        }
        // One that is too large for the client is held as nothing: what it frees, it frees.
        let bytes = self.encode_for(key, packet).unwrap_or_default();
        self.hold(key, barrier, Held::Packet { barrier, bytes, frees_receive_quota });
    }

    /// Lets something wait on a connection.
    pub(super) fn hold(&mut self, key: ConnectionKey, barrier: RecordSequence, held: Held) {
        let Some(connection) = self.connections.get_mut(key.index()) else { return };
        connection.held_bytes += held.len();
        let last = connection.held.back().map_or(barrier, |last| last.barrier().max(barrier));
        connection.held.push_back(held.behind(last));
        self.gate.waiting.insert((last, key));
    }

    /// Closes a connection that is forgotten already, once `barrier` is persisted.
    pub(super) fn close_behind(&mut self, id: ConnectionId, barrier: RecordSequence) {
        if self.gate.is_open(barrier) {
            self.out.close(id);
        } else {
            self.gate.closing.push_back((barrier, id));
        }
    }

    /// Stops reading from a client whose packet has led to records while too many bytes of them
    /// are pending, and from a version 3 one that waits for more answers than a 5.0 client may.
    /// `before` is the last record before its packet.
    pub(super) fn hold_back(&mut self, key: ConnectionKey, before: RecordSequence) {
        let limits = &self.config.limits;
        let Some(connection) = self.connections.get(key.index()) else { return };
        let behind = self.gate.emitted > before && self.is_store_behind();
        let many = !connection.version.has_properties()
            && connection.held.len() >= usize::from(limits.receive_maximum);
        if (behind || many) && connection.blocked.is_none() {
            self.wait_for_store(key);
        }
    }

    /// Whether too many bytes of records are pending.
    pub(super) const fn is_store_behind(&self) -> bool {
        self.gate.pending_bytes > self.config.limits.unpersisted_bytes_max
    }

    /// Stops reading from a client until the store has caught up.
    pub(super) fn wait_for_store(&mut self, key: ConnectionKey) {
        self.gate.blocked.insert(key);
        self.block(key, Blocked::Unpersisted);
    }

    /// Records up to `upto` are persisted: what waited for them leaves, in order.
    pub(super) fn persisted(&mut self, upto: RecordSequence) {
        // A driver that claims more than was emitted must not open the gate for what comes.
        let upto = upto.min(self.gate.emitted);
        if upto <= self.gate.persisted {
            return;
        }
        self.gate.persisted = upto;
        while let Some(&(sequence, bytes)) = self.gate.pending.front() {
            if sequence > upto {
                break;
            }
            self.gate.pending_bytes -= bytes;
            self.gate.pending.pop_front();
        }
        self.gate.forget_endings();
        while let Some(&(sequence, id)) = self.gate.closing.front() {
            if sequence > upto {
                break;
            }
            self.gate.closing.pop_front();
            self.out.close(id);
        }
        while let Some(&(sequence, key)) = self.gate.waiting.first() {
            if sequence > upto {
                break;
            }
            self.gate.waiting.pop_first();
            self.release_held(key);
        }
        if self.gate.pending_bytes <= self.config.limits.unpersisted_bytes_max / 2 {
            let mut blocked = core::mem::take(&mut self.gate.blocked);
            while let Some(key) = blocked.pop_first() {
                self.unblock_unpersisted(key);
            }
        }
    }

    /// Sends what waited on a connection and waits no longer.
    fn release_held(&mut self, key: ConnectionKey) {
        while let Some(connection) = self.connections.get_mut(key.index()) {
            let ready =
                connection.held.front().is_some_and(|held| self.gate.is_open(held.barrier()));
            if !ready {
                break;
            }
            let Some(held) = connection.held.pop_front() else { break };
            connection.held_bytes -= held.len();
            match held {
                Held::Packet { bytes, frees_receive_quota, .. } => {
                    if frees_receive_quota {
                        connection.unacknowledged = connection.unacknowledged.saturating_sub(1);
                    }
                    if !bytes.is_empty() {
                        self.send_bytes(key, &bytes);
                    }
                }
                Held::Publish { packet_identifier, .. } => {
                    self.send_inflight(key, packet_identifier);
                }
                Held::AtMostOnce { entry, .. } => self.transmit_at_most_once(key, &entry),
            }
        }
        self.pump_connection(key);
        self.resume_if_answers_fit(key);
    }
}
