//! Sessions: how they begin, are held, left and ended.

use std::collections::VecDeque;
use std::sync::Arc;

use super::connection::ConnectionKey;
use super::retained::RetainedDelivery;
use super::route::To;
use super::share_group::GroupKey;
use super::timers::TimerKey;
use super::{Broker, DisconnectReason, Event, Record, SessionEnd, WillCancelled};
use crate::Timestamp;
use crate::codec::{QoS, ReasonCode};
use crate::ordered::{OrderedMap, OrderedSet};
use crate::session::{
    ClientIdentifier, DropCause, QueueEntry, Session, SessionNumber, ShareGroupName, WillMessage,
};

crate::slots::key!(
    /// The index of a session.
    SessionKey
);

/// A session with what the broker needs to find it and to work for it.
#[derive(Clone, Debug)]
pub(super) struct SessionSlot {
    pub(super) session: Session,
    /// The connection that holds it.
    pub(super) connection: Option<ConnectionKey>,
    /// Whether a store holds it.
    pub(super) recorded: bool,
    /// Retained messages that a subscription is still to be given.
    pub(super) retained: VecDeque<RetainedDelivery>,
    /// The share groups it is a member of.
    pub(super) groups: OrderedMap<Arc<ShareGroupName>, GroupKey>,
    /// The policy under which its queue was last looked through.
    pub(super) policy_generation: u64,
    /// When its next queued message expires, as armed.
    pub(super) message_expiry: Option<Timestamp>,
    /// Its place among the offline queues by size, as noted.
    pub(super) size_class: u64,
    /// The route that found it last, and its place among the recipients.
    pub(super) route: (u64, usize),
    /// The route that was admitted to its queue last, and how many copies of it were.
    pub(super) copies: (u64, u32),
    /// The revision of its last change that a watcher has yet to see; 0 before the first.
    pub(super) revision: u64,
}

impl Broker {
    /// A new session, which no connection holds yet.
    pub(super) fn start_session(
        &mut self,
        identifier: ClientIdentifier,
        principal: Option<Arc<str>>,
    ) -> SessionKey {
        self.next_session_number += 1;
        let number = SessionNumber(self.next_session_number);
        let key = self.insert_session(Session::new(number, identifier, principal, self.now));
        if self.observed.lifecycle
            && let Some(slot) = self.sessions.get(key.index())
        {
            let client_identifier = slot.session.client_identifier.clone();
            self.out.event(Event::SessionStarted { client_identifier });
        }
        key
    }

    /// Puts a session into the tables.
    pub(super) fn insert_session(&mut self, session: Session) -> SessionKey {
        let identifier = session.client_identifier.clone();
        let number = session.number;
        let key = SessionKey::new(self.sessions.insert(SessionSlot {
            session,
            connection: None,
            recorded: false,
            retained: VecDeque::new(),
            groups: OrderedMap::new(),
            policy_generation: self.policy_generation,
            message_expiry: None,
            size_class: 0,
            route: (0, 0),
            copies: (0, 0),
            revision: 0,
        }));
        self.session_keys.insert(identifier, key);
        self.session_numbers.insert(number, key);
        self.changed(key);
        key
    }

    /// A connection holds a session from now on.
    pub(super) fn session_connected(
        &mut self,
        key: SessionKey,
        connection: ConnectionKey,
        expiry_interval: u32,
        will: Option<WillMessage>,
    ) {
        let now = self.now;
        let keeps_records = self.keeps_records();
        // A will whose delay is over has to go out, though nobody has swept it yet.
        let overdue = self
            .sessions
            .get(key.index())
            .is_some_and(|slot| slot.session.will_due_at.is_some_and(|at| at <= now));
        if overdue {
            self.publish_will(key);
        }
        let Some(slot) = self.sessions.get_mut(key.index()) else { return };
        if let Some(at) = slot.session.expires_at {
            self.timers.cancel(at, TimerKey::SessionExpiry(key));
        }
        if let Some(at) = slot.session.will_due_at.take() {
            // The client is back within the delay: its will is not sent [MQTT-3.1.3-9].
            self.timers.cancel(at, TimerKey::WillDelay(key));
            if self.observed.lifecycle {
                self.out.event(Event::WillCancelled {
                    client_identifier: slot.session.client_identifier.clone(),
                    reason: WillCancelled::Reconnected,
                });
            }
        }
        slot.connection = Some(connection);
        slot.session.expiry_interval = expiry_interval;
        slot.session.will = will;
        slot.session.connection_began();
        slot.recorded |= keeps_records && slot.session.is_durable();
        self.note_queue(key);
        // It may take at once what its queue has no room for.
        self.note_room(To::Session(key));
        self.changed(key);
    }

    /// The connection that held a session has ended.
    pub(super) fn session_disconnected(&mut self, key: SessionKey, reason: DisconnectReason) {
        let now = self.now;
        self.drop_unkept(key);
        let Some(slot) = self.sessions.get_mut(key.index()) else { return };
        slot.connection = None;
        let session = &mut slot.session;
        // [MQTT-3.1.2-10] [MQTT-3.14.4-3] [MQTT3-3.1.2-10] [MQTT3-3.14.4-3]
        let normal = matches!(
            reason,
            DisconnectReason::Client { reason_code: ReasonCode::NORMAL_DISCONNECTION }
        );
        if normal && session.will.take().is_some() && self.observed.lifecycle {
            self.out.event(Event::WillCancelled {
                client_identifier: session.client_identifier.clone(),
                reason: WillCancelled::NormalDisconnection,
            });
        }
        let will_due_at = session.connection_lost(now);
        let expires_at = session.expires_at;
        let ends = session.expiry_interval == 0;
        if slot.recorded && !ends {
            let record = Record::Disconnected {
                session: session.number,
                expiry_interval: session.expiry_interval,
                will_due_at,
            };
            self.record(record);
        }
        let Some(slot) = self.sessions.get(key.index()) else { return };
        let groups: Vec<GroupKey> = slot.groups.values().copied().collect();
        for group in groups {
            self.group_member_disconnected(group, key);
        }
        self.note_queue(key);
        self.changed(key);
        if ends {
            self.end_session(key, SessionEnd::ConnectionEnded);
            return;
        }
        if let Some(at) = expires_at {
            self.timers.set(at, TimerKey::SessionExpiry(key));
        }
        match will_due_at {
            Some(at) if at <= now => self.publish_will(key), // [MQTT-3.1.2-8] [MQTT3-3.1.2-8]
            Some(at) => self.timers.set(at, TimerKey::WillDelay(key)),
            None => {}
        }
    }

    /// Drops what is only kept for a client that is there: QoS 0 messages, unless they are
    /// queued for absent clients.
    fn drop_unkept(&mut self, key: SessionKey) {
        if self.config.queue_qos0_offline {
            return;
        }
        let Some(slot) = self.sessions.get_mut(key.index()) else { return };
        for entry in slot.session.queue.take_at_most_once() {
            self.dropped(key, &entry, DropCause::AtMostOnce);
        }
    }

    /// Ends a session that has expired and whose timer has not fired yet, if there is one, so that
    /// its place is free as if it had `[MQTT-4.1.0-2]`.
    pub(super) fn end_an_expired_session(&mut self) {
        if let Some(key) = self.timers.session_due(self.now) {
            self.end_session(key, SessionEnd::Expired);
        }
    }

    /// Ends a session and all it held. Its connection, if any, must have ended.
    pub(super) fn end_session(&mut self, key: SessionKey, why: SessionEnd) {
        // The end of the session ends the will's delay (§3.1.3.2.2) [MQTT-3.1.2-8].
        if self.sessions.get(key.index()).is_some_and(|slot| slot.session.will.is_some()) {
            self.publish_will(key);
        }
        self.give_up_queue(key);
        let Some(slot) = self.sessions.get(key.index()) else { return };
        let filters: Vec<_> = slot.session.subscriptions.keys().cloned().collect();
        for filter in &filters {
            self.remove_subscription(key, filter);
        }
        self.forget_retained_work(key);
        let Some(slot) = self.sessions.try_remove(key.index()) else { return };
        self.cancel_session_timers(key, &slot);
        let session = slot.session;
        self.session_keys.remove(&session.client_identifier);
        self.session_numbers.remove(&session.number);
        self.note_ended(slot.revision, session.client_identifier.clone());
        if self.observed.lifecycle {
            let client_identifier = session.client_identifier.clone();
            self.out.event(Event::SessionEnded { client_identifier, reason: why });
        }
        if slot.recorded {
            self.record(Record::Ended { session: session.number });
            self.gate.session_ended(session.client_identifier);
        }
    }

    /// Empties the queue of a session that ends. Gives back to their groups what it got from them
    /// and never began to send, and QoS 1 messages it never acknowledged. QoS 2 messages once
    /// sent go to nobody else `[MQTT-4.8.2-5]`.
    fn give_up_queue(&mut self, key: SessionKey) {
        // What it held makes way first, and is not counted twice.
        let Some(slot) = self.sessions.get_mut(key.index()) else { return };
        let queue = core::mem::take(&mut slot.session.queue);
        self.queued_bytes -= queue.bytes();
        self.note_room(To::Session(key));
        self.arm_message_expiry(key);
        self.note_queue(key);
        let Some(slot) = self.sessions.get(key.index()) else { return };
        let (session, recorded) = (&slot.session, slot.recorded);
        let unacknowledged = session.inflight.iter().filter_map(|message| {
            let outgoing = message.outgoing()?;
            let share = outgoing.share.clone()?;
            (message.qos() == QoS::AtLeastOnce).then(|| QueueEntry {
                arrival: message.arrival,
                qos: message.qos(),
                retain: outgoing.retain,
                identifiers: outgoing.identifiers.clone(),
                share: Some(share),
                recorded,
                message: Arc::clone(&outgoing.message),
            })
        });
        let waiting = queue.after(None).filter(|entry| entry.share.is_some()).cloned();
        let returned: Vec<_> = unacknowledged.chain(waiting).collect();
        let mut groups: OrderedSet<GroupKey> = slot.groups.values().copied().collect();
        while let Some(group) = groups.pop_first() {
            self.group_member_leaves(group, key);
        }
        for entry in returned {
            self.reassign(key, entry);
        }
    }
}
