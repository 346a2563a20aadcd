//! Delivery: from the queue of a session to its client.
//!
//! The order: what has to be sent again, then the queue, then retained messages that a
//! subscription is still to be given. PUBLISH of QoS 1 and 2 waits for the Receive Maximum
//! `[MQTT-3.3.4-9]`; PUBREL and QoS 0 may pass it, but not their own kind. All wait for send
//! credit, and in the queue they stay visible, expire and can be dropped.

use super::connection::{ConnectionKey, Held};
use super::route::{Routed, Target, To};
use super::transmit::SharedPieces;
use super::{Broker, Event, Record, SessionKey};
use crate::authorization::Action;
use crate::codec::{PublishHead, QoS};
use crate::session::{DropCause, QueueEntry};

impl Broker {
    /// Gives a routed message to its targets.
    pub(super) fn deliver(&mut self, targets: &mut Vec<Target>, routed: &mut Routed<'_>) {
        let mut shared = SharedPieces::default();
        // Each gets all its copies before it is given more that waits for an empty queue.
        let mut queued = Vec::new();
        for target in targets.drain(..) {
            if !target.admitted {
                continue;
            }
            match target.to {
                To::Session(key) if self.sends_directly(key, target.qos) => {
                    self.send_directly(key, target, routed, &mut shared);
                }
                To::Session(key) => {
                    let recorded = self.is_recorded(&target);
                    let entry = target.entry(routed.message(), recorded);
                    self.insert_entry(key, entry);
                    queued.push(key);
                }
                To::Group(key) => {
                    let recorded = self.is_recorded(&target);
                    let entry = target.entry(routed.message(), recorded);
                    self.push_group_entry(key, entry);
                    self.stall_group(key);
                }
            }
        }
        for key in queued {
            self.pump(key);
        }
    }

    /// Whether a message for this session can leave at once, with nothing it would overtake.
    pub(super) fn sends_directly(&self, key: SessionKey, qos: QoS) -> bool {
        let Some(slot) = self.sessions.get(key.index()) else { return false };
        let Some(connection) =
            slot.connection.and_then(|connection| self.connections.get(connection.index()))
        else {
            return false;
        };
        let Some(active) = connection.active() else { return false };
        if connection.credit <= 0 || !slot.retained.is_empty() {
            return false;
        }
        let session = &slot.session;
        if qos == QoS::AtMostOnce {
            return connection.held.is_empty() && session.queue.at_most_once() == 0;
        }
        let inflight = &session.inflight;
        session.queue.is_empty()
            && inflight.sent_here() < active.window
            && inflight.sent_here() == inflight.len()
    }

    fn send_directly(
        &mut self,
        key: SessionKey,
        target: Target,
        routed: &mut Routed<'_>,
        shared: &mut SharedPieces,
    ) {
        let Some(connection) = self.sessions.get(key.index()).and_then(|slot| slot.connection)
        else {
            return;
        };
        if target.qos > QoS::AtMostOnce {
            let recorded = self.has_record(key);
            let entry = target.entry(routed.message(), recorded);
            self.start_inflight(key, connection, entry);
            return;
        }
        let parts = routed.parts;
        let payload = match shared.payload {
            Some(piece) => piece,
            None => {
                *shared.payload.insert(self.out.write(|out| out.extend_from_slice(parts.payload)))
            }
        };
        let expiry = parts.expires_at.map(|at| {
            let left = at.millis_since(self.now).div_ceil(1000).max(1);
            u32::try_from(left).unwrap_or(u32::MAX)
        });
        let head = PublishHead {
            dup: false, // [MQTT-3.3.1-2] [MQTT3-3.3.1-2]
            qos: QoS::AtMostOnce,
            retain: target.retain,
            topic: parts.topic,
            packet_identifier: None,
            message_expiry_interval: expiry, // [MQTT-3.3.2-6]
            topic_alias: None,
            subscription_identifiers: target.identifiers.as_slice(),
            forwarded: parts.forwarded,
            payload_len: parts.payload.len(),
        };
        if !self.send_shared(connection, head, payload, shared) {
            self.count_drop(key, routed.name(), DropCause::TooLarge);
            return;
        }
        self.sent_event(key, target.arrival, None, false);
    }

    /// Adds an entry to a session's queue and sends what may leave.
    pub(super) fn push_entry(&mut self, key: SessionKey, entry: QueueEntry) {
        self.insert_entry(key, entry);
        self.pump(key);
    }

    /// Adds an entry to a session's queue.
    pub(super) fn insert_entry(&mut self, key: SessionKey, entry: QueueEntry) {
        let Some(slot) = self.sessions.get_mut(key.index()) else { return };
        self.queued_bytes += entry.message.size();
        let arrival = entry.arrival;
        let expires = entry.message.expires_at().is_some();
        let client_identifier =
            self.observed.messages.then(|| slot.session.client_identifier.clone());
        slot.session.queue.push(entry);
        if let Some(client_identifier) = client_identifier {
            self.out.event(Event::MessageQueued { client_identifier, arrival });
        }
        if expires {
            self.arm_message_expiry(key);
        }
        self.note_queue(key);
        self.changed(key);
    }

    /// Sends what may leave on a connection.
    pub(super) fn pump_connection(&mut self, key: ConnectionKey) {
        let session = self.connections.get(key.index()).and_then(|one| one.session());
        if let Some(session) = session {
            self.pump(session);
        }
    }

    /// Sends what may leave of a session.
    pub(super) fn pump(&mut self, key: SessionKey) {
        loop {
            let Some(slot) = self.sessions.get_mut(key.index()) else { return };
            let Some(connection_key) = slot.connection else { return };
            let Some(connection) = self.connections.get(connection_key.index()) else { return };
            let Some(active) = connection.active() else { return };
            if connection.credit <= 0 {
                return;
            }
            let inflight = &mut slot.session.inflight;
            let open = inflight.sent_here() < active.window;
            if let Some(identifier) = inflight.next_resend(!open) {
                self.resend(key, connection_key, identifier);
                continue;
            }
            if slot.policy_generation != self.policy_generation {
                self.apply_policy(key);
                continue;
            }
            let held = !connection.held.is_empty();
            let Some(front) = slot.session.queue.front() else {
                if self.refill(key) {
                    continue;
                }
                return;
            };
            if front.message.is_expired(self.now) {
                self.expire_queue(key);
                continue;
            }
            let at_most_once = front.qos == QoS::AtMostOnce;
            // A stored one has to wait for its own record anyway.
            let waits = front.recorded && connection.held.len() < active.window;
            if at_most_once || (!open && slot.session.queue.at_most_once() > 0) {
                // A packet that waits for records is not overtaken, and what is not promised
                // anything waits in the queue, where it can be dropped.
                if held && !(at_most_once && waits) {
                    return;
                }
                self.send_at_most_once(key, connection_key);
            } else if open {
                let Some(slot) = self.sessions.get_mut(key.index()) else { return };
                let Some(entry) = slot.session.queue.pop() else { return };
                self.left_queue(key, &entry);
                self.start_inflight(key, connection_key, entry);
            } else {
                return;
            }
        }
    }

    /// Sends the oldest QoS 0 message of the queue.
    fn send_at_most_once(&mut self, key: SessionKey, connection: ConnectionKey) {
        let Some(slot) = self.sessions.get_mut(key.index()) else { return };
        let Some(entry) = slot.session.queue.pop_oldest_at_most_once() else { return };
        if entry.message.is_expired(self.now) {
            return self.dropped(key, &entry, DropCause::Expired);
        }
        self.left_queue(key, &entry);
        if self.is_too_large(connection, &entry) {
            self.record_removed(key, &entry, Some(DropCause::TooLarge));
            self.count_drop(key, entry.message.name(), DropCause::TooLarge);
        } else if entry.recorded {
            // Sent before its removal is kept, it would be sent again after a crash.
            self.record_removed(key, &entry, None);
            let barrier = self.gate.barrier();
            let held = Held::AtMostOnce { barrier, entry: Box::new(entry) };
            self.hold(connection, barrier, held);
        } else {
            self.transmit_at_most_once(connection, &entry);
        }
    }

    /// Starts the delivery of a QoS 1 or 2 message that is in no queue any more.
    fn start_inflight(&mut self, key: SessionKey, connection: ConnectionKey, entry: QueueEntry) {
        let recorded = entry.recorded;
        let arrival = entry.arrival;
        if self.is_too_large(connection, &entry) {
            // It is dropped for this client, and counts as delivered [MQTT-3.1.2-25].
            self.record_removed(key, &entry, Some(DropCause::TooLarge));
            self.count_drop(key, entry.message.name(), DropCause::TooLarge);
            return;
        }
        let Some(slot) = self.sessions.get_mut(key.index()) else { return };
        let number = slot.session.number;
        // The window is smaller than the number of identifiers, so that one is always free.
        let Some(message) = slot.session.inflight.start(entry, self.now) else { return };
        let (packet_identifier, qos) = (message.packet_identifier, message.qos());
        self.changed(key);
        let mut barrier = super::RecordSequence::default();
        if recorded {
            let sent = self.record(Record::Sent { session: number, arrival, packet_identifier });
            if qos == QoS::ExactlyOnce {
                // Sent before its identifier is kept, it would be doubled after a crash.
                barrier = sent;
            }
        }
        let waits = !self.gate.is_open(barrier)
            || self.connections.get(connection.index()).is_some_and(|one| !one.held.is_empty());
        if waits {
            let held = Held::Publish { barrier, packet_identifier };
            self.hold(connection, barrier, held);
        } else {
            self.send_inflight(connection, packet_identifier);
        }
    }

    /// Looks through a queue once after the policy has changed: what may not be received any
    /// more is dropped.
    fn apply_policy(&mut self, key: SessionKey) {
        let Some(slot) = self.sessions.get_mut(key.index()) else { return };
        slot.policy_generation = self.policy_generation;
        if self.policy.allows_all() {
            return;
        }
        let Some(slot) = self.sessions.get(key.index()) else { return };
        let principal = slot.session.principal.clone();
        let refused: Vec<u64> = slot
            .session
            .queue
            .after(None)
            .filter(|entry| {
                entry.message.topic_name().is_none_or(|topic| {
                    !self.policy.allows(Action::Receive, principal.as_deref(), topic)
                })
            })
            .map(|entry| entry.arrival)
            .collect();
        for arrival in refused {
            let Some(slot) = self.sessions.get_mut(key.index()) else { return };
            if let Some(entry) = slot.session.queue.remove(arrival) {
                self.dropped(key, &entry, DropCause::NotAuthorized);
            }
        }
    }
}
