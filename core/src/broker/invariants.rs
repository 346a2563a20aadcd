//! What is true of a broker after every input.
//!
//! Tests and simulations check it after each step; the server never does, since it looks at
//! everything there is.

use std::collections::BTreeSet;

use super::connection::{Blocked, ConnectionKey};
use super::share_group::GroupKey;
use super::timers::TimerKey;
use super::{Broker, SessionKey};

impl Broker {
    /// Checks everything that has to hold between two inputs. Costs a step for all there is.
    ///
    /// # Panics
    ///
    /// If something does not hold, which is a defect of the broker.
    pub fn assert_invariants(&self) {
        self.assert_connections();
        self.assert_sessions();
        self.assert_groups();
        self.gate.assert_invariants();
        let retained: u64 =
            self.retained.tree.page(None, usize::MAX).map(|(_, message)| message.size()).sum();
        assert_eq!(self.retained.bytes, retained, "bytes of retained messages");
        let queued: u64 = self
            .sessions
            .iter()
            .map(|(_, slot)| slot.session.queue.bytes())
            .chain(self.groups.iter().map(|(_, group)| group.queue.bytes()))
            .sum();
        assert_eq!(self.queued_bytes, queued, "bytes in all queues");
    }

    fn assert_connections(&self) {
        assert_eq!(self.connections.len(), self.connection_keys.len(), "one key a connection");
        let mut unfinished = 0;
        let mut held = BTreeSet::new();
        for (index, connection) in &self.connections {
            let key = ConnectionKey::new(index);
            assert_eq!(self.connection_keys.get(&connection.id), Some(&key));
            unfinished += connection.unfinished;
            assert_eq!(connection.unfinished, connection.deframer.buffered() as u64);
            let bytes: u64 = connection.held.iter().map(super::connection::Held::len).sum();
            assert_eq!(connection.held_bytes, bytes, "bytes that wait for records");
            if let Some(deadline) = connection.deadline {
                let timer = connection.deadline_timer(key);
                assert!(self.timers.contains(deadline, timer), "{timer:?} is armed");
            }
            if let Some(held_back) = connection.held_back {
                let waits = held_back.queue.is_some();
                assert_eq!(waits, connection.blocked == Some(Blocked::Refused));
                let timer = TimerKey::RefuseDeadline(key);
                assert!(self.timers.contains(held_back.deadline, timer), "{timer:?} is armed");
                held.extend(held_back.queue.map(|queue| (queue, (held_back.turn, key))));
            }
            let Some(active) = connection.active() else { continue };
            let slot = self.sessions.get(active.session.index()).expect("its session");
            assert_eq!(slot.connection, Some(key), "connection and session know each other");
            let inflight = &slot.session.inflight;
            let sent = inflight.iter().filter(|one| one.sent_here && one.outgoing().is_some());
            assert!(sent.count() <= active.window, "receive maximum {}", active.window);
        }
        let waiting = self
            .waiting_for_room
            .iter()
            .flat_map(|(queue, waiting)| waiting.iter().map(|one| (*queue, *one)));
        assert!(waiting.eq(held), "publishers that wait for room");
        assert!(self.room.is_empty(), "room is used up");
        assert_eq!(self.unfinished_bytes, unfinished, "bytes of unfinished packets");
        let counted = self
            .connections
            .iter()
            .filter(|(_, one)| one.address.is_some_and(|address| !address.is_loopback()));
        let addresses: u32 = self.addresses.values().sum();
        assert_eq!(addresses as usize, counted.count(), "connections by address");
    }

    fn assert_sessions(&self) {
        assert_eq!(self.sessions.len(), self.session_keys.len(), "one identifier a session");
        assert_eq!(self.sessions.len(), self.session_numbers.len(), "one number a session");
        let mut subscriptions = 0;
        let mut offline = 0;
        for (index, slot) in &self.sessions {
            let key = SessionKey::new(index);
            let session = &slot.session;
            assert_eq!(self.session_keys.get(&session.client_identifier), Some(&key));
            assert_eq!(self.session_numbers.get(&session.number), Some(&key));
            assert_eq!(slot.connection.is_some(), session.disconnected_at.is_none());
            assert!(slot.connection.is_none() || session.expires_at.is_none());
            let to_give = slot.retained.iter().filter(|one| !one.repeats).count();
            assert!(to_give <= session.subscriptions.len(), "one a subscription is to be given");
            assert!(slot.connection.is_none() || session.will_due_at.is_none());
            if let Some(at) = session.expires_at {
                assert!(self.timers.contains(at, TimerKey::SessionExpiry(key)), "expiry armed");
            }
            if let Some(at) = session.will_due_at {
                assert!(self.timers.contains(at, TimerKey::WillDelay(key)), "will armed");
            }
            assert_eq!(slot.message_expiry, session.queue.next_expiry(), "message expiry armed");
            if let Some(at) = slot.message_expiry {
                assert!(self.timers.contains(at, TimerKey::MessageExpiry(key)));
            }
            subscriptions +=
                session.subscriptions.keys().filter(|filter| filter.share_name().is_none()).count();
            if slot.connection.is_none() && !session.queue.is_empty() {
                offline += 1;
                assert!(self.offline_queues.contains(&(slot.size_class, key)));
            }
            session.queue.assert_invariants();
            session.inflight.assert_invariants();
        }
        assert_eq!(self.plain.len(), subscriptions, "subscriptions in the tree");
        assert_eq!(self.offline_queues.len(), offline, "queues of absent clients");
    }

    fn assert_groups(&self) {
        assert_eq!(self.groups.len(), self.group_keys.len(), "one name a group");
        assert_eq!(self.groups.len(), self.shared.len(), "groups in the tree");
        for (index, group) in &self.groups {
            let key = GroupKey::new(index);
            assert_eq!(self.group_keys.get(&group.name), Some(&key));
            assert!(!group.members.is_empty(), "a group has a member");
            group.queue.assert_invariants();
            let recorded = group.members.keys().filter(|member| self.has_record(**member));
            assert_eq!(group.recorded_members, recorded.count(), "members that a store holds");
            for member in group.members.keys() {
                let slot = self.sessions.get(member.index()).expect("a member's session");
                assert_eq!(slot.groups.get(&group.name), Some(&key));
                assert_eq!(slot.connection.is_some(), group.online.contains(member));
            }
            let idle = group.queue.is_empty() || group.online.is_empty();
            assert!(idle || self.stalled_groups.contains(&key), "what waits is not forgotten");
            assert!(group.online.iter().all(|member| group.members.contains_key(member)));
        }
    }
}
