//! A broker process that ends, and one that goes on from the store.
//!
//! The store persists each record a fixed time after it was made. So what a new process knows is
//! the state of the moment that lay so far before the end, less what is never stored.

use afterlink_core::Timestamp;
use afterlink_core::broker::Broker;
use afterlink_core::codec::QoS;
use afterlink_core::session::Session as Stored;
use afterlink_core::sim::{Command, World};

use super::state::{Owed, Session, State};
use super::{Check, Model, ensure};

impl Model {
    /// A command was carried out.
    pub(super) fn commanded(&mut self, command: &Command, world: &World) {
        if let Command::RestartBroker { keep_records, .. } = command {
            self.keeps_store = *keep_records && self.keeps_records;
        }
        if let Command::Operate { request } = command {
            self.operated(request);
        }
        if matches!(command, Command::SkipClock { .. }) && world.broker().is_none() {
            self.figures.skips_while_down += 1;
        }
        if let Command::LoseState { client } = command
            && let Some(client) = world.client(client)
        {
            self.excused.insert(client.config().client_identifier.clone());
        }
    }

    /// The process has ended.
    pub(super) fn broker_stopped(&mut self, at: Timestamp) {
        self.stopped_at = at;
        // The store may not know yet that these began anew; their clients have.
        for link in core::mem::take(&mut self.links).into_values() {
            if link.is_clean && link.connack.is_some() {
                self.forgetful.insert(link.client_identifier);
            }
        }
        self.refused_before = 0;
        self.state = if !self.keeps_store {
            State::default()
        } else if self.persist_ms == 0 {
            core::mem::take(&mut self.state)
        } else {
            let ms = self.persist_ms;
            let stored = self.past.iter().rev().find(|(since, _)| since.plus_millis(ms) < at);
            stored.map(|(_, state)| state.clone()).unwrap_or_default()
        };
        self.state.forget_what_is_not_stored();
        self.past.clear();
        self.past.push_back((Timestamp::default(), self.state.clone()));
    }

    /// A process begins.
    pub(super) fn broker_started(&mut self, has_records: bool, world: &World) -> Check {
        self.now = world.now();
        ensure!(
            has_records || self.state.sessions.is_empty(),
            "I10",
            "the store is empty, and the model has {} sessions",
            self.state.sessions.len()
        );
        // Numbers go on from the store's, all of which were given out before the end.
        let (taken, known) = (world.broker().map_or(0, Broker::last_sequence), self.last_sequence);
        ensure!(
            taken <= known,
            "I10",
            "the new process is at number {taken}, the last was {known}"
        );
        self.last_sequence = taken;
        self.has_restarted = Some(self.now);
        Ok(())
    }

    /// Looks at what the new process has made of the store, and learns when the sessions of
    /// connected clients count as left. The store learns that too, but not at once.
    pub(super) fn check_restart(&mut self, world: &World) -> Check {
        self.has_restarted = None;
        let Some(broker) = world.broker() else { return Ok(()) };
        self.figures.restarts += 1;
        let ignored = broker.counters().records_ignored;
        ensure!(ignored == 0, "I10", "{ignored} records fitted nothing");
        let (taken, there) = (broker.last_sequence(), super::held_back::all_messages(broker));
        let highest = there.iter().map(|view| view.sequence).max().unwrap_or(0);
        ensure!(
            highest <= taken,
            "I10",
            "message {highest} is in the store, and the new process numbers on from {taken}"
        );
        let (now, stopped_at) = (self.now, self.stopped_at);
        for (client, session) in &mut self.state.sessions {
            let view = broker.session(client);
            if session.disconnected_at.is_some() {
                ensure!(
                    view.is_some() || session.is_expired(now),
                    "I10",
                    "the session of {client} is gone with the process"
                );
                continue;
            }
            let told = view.map(|view| view.disconnected_at.unwrap_or_default());
            let earliest = session.connected_at;
            let left_at = told.unwrap_or(earliest);
            ensure!(
                (earliest..=stopped_at).contains(&left_at),
                "I10",
                "{client} counts as gone since {left_at:?}, the process ended at {stopped_at:?}"
            );
            session.left_at(left_at);
            ensure!(
                told.is_some() || session.is_expired(now),
                "I10",
                "the session of {client} is gone with the process"
            );
        }
        for owed in self.state.groups.values_mut().flat_map(|group| &mut group.waiting) {
            owed.may_be_lost &= !is_there(broker, owed);
        }
        Ok(())
    }
}

/// Whether a message waits for a share group or one of its members.
fn is_there(broker: &Broker, owed: &Owed) -> bool {
    let groups = broker.share_groups(None, usize::MAX);
    let queued = groups.iter().flat_map(|group| broker.group_queue(&group.name, None, usize::MAX));
    let sessions = broker.sessions(None, usize::MAX);
    let held = sessions
        .iter()
        .flat_map(|session| broker.queue(session.client_identifier.as_str(), None, usize::MAX));
    let begun = sessions.iter().flat_map(|session| {
        let inflight = broker.inflight(session.client_identifier.as_str(), None, usize::MAX);
        inflight.into_iter().filter_map(|view| view.message)
    });
    let mut all = queued.chain(held).map(|view| view.message).chain(begun);
    all.any(|view| owed.message.topic == view.topic && owed.message.payload == view.payload)
}

impl Session {
    /// Its connection counts as gone since `at`.
    fn left_at(&mut self, at: Timestamp) {
        self.disconnected_at = Some(at);
        self.expires_at = match self.expiry {
            Stored::NEVER => None,
            seconds => Some(at.plus_seconds(seconds.into())),
        };
        self.will_due_at = self.will.as_ref().map(|will| {
            let due_at = at.plus_seconds(will.delay.into());
            self.expires_at.map_or(due_at, |end| end.min(due_at))
        });
    }
}

impl State {
    /// Leaves what a store holds of this state.
    fn forget_what_is_not_stored(&mut self) {
        self.sessions.retain(|_, session| session.is_recorded);
        for session in self.sessions.values_mut() {
            session.link = None;
            session.promises.clear();
            session.waiting.retain(|owed| owed.is_recorded);
            session.flights.retain(|_, flight| flight.owed.is_recorded);
            for flight in session.flights.values_mut() {
                flight.link = 0;
            }
        }
        for (name, group) in &mut self.groups {
            group.members.retain(|member| self.sessions.contains_key(member));
            group.waiting.retain(|owed| {
                let holder = owed.holder.as_ref();
                holder.is_none_or(|holder| self.sessions.contains_key(holder))
            });
            let members = group.members.iter().filter_map(|member| self.sessions.get(member));
            let qos = members.filter_map(|session| Some(session.subscriptions.get(name)?.0.qos));
            let lowest = qos.min().unwrap_or_default();
            for owed in &mut group.waiting {
                owed.may_be_lost = lowest.min(owed.qos) == QoS::AtMostOnce;
            }
        }
        self.groups.retain(|_, group| !group.members.is_empty());
    }
}
