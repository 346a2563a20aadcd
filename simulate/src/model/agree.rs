//! Whether the broker's views agree with the model, at a moment at which nothing is left to do.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use afterlink_core::broker::Broker;
use afterlink_core::broker::view::{InflightView, QueueEntryView, SessionView};
use afterlink_core::codec::QoS;
use afterlink_core::session::StageName;

use super::seen::{Life, Seen};
use super::state::Flight;
use super::{Check, Model, ensure};

impl Model {
    /// Compares all there is.
    pub(super) fn agree(&mut self, broker: &Broker) -> Check {
        self.figures.agreements += 1;
        let views = broker.sessions(None, usize::MAX);
        let told: Vec<&str> = views.iter().map(|view| view.client_identifier.as_str()).collect();
        let mut known: Vec<&str> = self.state.sessions.keys().map(String::as_str).collect();
        let mut sorted = told.clone();
        sorted.sort_unstable();
        known.sort_unstable();
        ensure!(sorted == known, "I7", "sessions are {sorted:?}, the model has {known:?}");
        self.check_overdue(broker)?;
        for view in &views {
            let client = view.client_identifier.as_str();
            self.agree_on_session(client, view, broker)?;
            self.agree_on_inflight(client, broker)?;
        }
        let mut shared = BTreeMap::<String, Vec<(String, QueueEntryView)>>::new();
        for client in told {
            self.agree_on_queue(client, broker, &mut shared)?;
        }
        self.agree_on_groups(broker, shared)?;
        self.agree_on_retained(broker)?;
        for view in &views {
            self.settle_promises(view)?;
        }
        self.agree_on_totals(broker, &views)
    }

    /// Nothing that was due may be left.
    fn check_overdue(&mut self, broker: &Broker) -> Check {
        let now = self.now;
        for (client, session) in &self.state.sessions {
            let due_at = session.will_due_at;
            ensure!(due_at.is_none_or(|at| at > now), "I8", "the will of {client} is overdue");
            ensure!(!session.is_expired(now), "I7", "the session of {client} is overdue");
        }
        let connections = broker.connections(0, usize::MAX);
        for (number, link) in &mut self.links {
            let is_read = connections.iter().any(|one| one.connection.0 == *number && one.reading);
            if is_read && core::mem::take(&mut link.is_unread) {
                link.last_heard = now;
            }
            link.is_unread = !is_read;
            let is_late = link.held_back.as_ref().is_some_and(|one| one.deadline <= now);
            ensure!(!is_late, "I11", "{} is held back for too long", link.client);
            let overdue = Self::silence_ends(link).is_some_and(|at| is_read && at <= now);
            ensure!(!overdue, "keep alive", "{} is silent for too long", link.client);
        }
        Ok(())
    }

    fn agree_on_session(&self, client: &str, view: &SessionView, broker: &Broker) -> Check {
        let Some(session) = self.state.sessions.get(client) else { return Ok(()) };
        macro_rules! same {
            ($invariant:literal, $what:literal, $told:expr, $known:expr) => {
                let (told, known) = ($told, $known);
                ensure!(
                    told == known,
                    $invariant,
                    "{} of {client}: broker {told:?}, model {known:?}",
                    $what
                );
            };
        }
        let link = view.connection.as_ref().map(|connection| connection.connection.0);
        same!("I6", "connection", link, session.link);
        same!("I7", "session expiry", view.expiry_interval, session.expiry);
        same!("I7", "end of session", view.expires_at, session.expires_at);
        same!("I7", "disconnection", view.disconnected_at, session.disconnected_at);
        let will = view.will.as_ref();
        let told = will.map(|will| (will.topic.as_str(), will.payload.as_slice(), will.due_at));
        let known = session
            .will
            .as_ref()
            .map(|will| (will.topic.as_str(), will.payload.as_slice(), session.will_due_at));
        same!("I8", "will", told, known);
        let told: Vec<u16> = broker
            .received_identifiers(client, None, usize::MAX)
            .iter()
            .map(|identifier| identifier.get())
            .collect();
        same!("I2", "QoS 2 received", told, session.received.iter().copied().collect::<Vec<_>>());
        let mut told: Vec<_> = broker
            .subscriptions(client, None, usize::MAX)
            .into_iter()
            .map(|view| {
                let number = view.subscription.identifier.map(|number| number.get());
                (view.filter.to_string(), (view.subscription.options, number))
            })
            .collect();
        told.sort_by(|one, other| one.0.cmp(&other.0));
        let known = session.subscriptions.iter();
        let known: Vec<_> = known.map(|(filter, what)| (filter.clone(), *what)).collect();
        same!("I5", "subscriptions", told, known);
        Ok(())
    }

    /// Takes up what the broker has begun to deliver and holds back until that is persisted.
    pub(super) fn agree_on_begun(&mut self, broker: &Broker) -> Check {
        let clients: Vec<String> = self.state.sessions.keys().cloned().collect();
        for client in clients {
            for view in broker.inflight(&client, None, usize::MAX) {
                self.agree_on_flight(&client, &view)?;
            }
        }
        Ok(())
    }

    fn agree_on_inflight(&mut self, client: &str, broker: &Broker) -> Check {
        let views = broker.inflight(client, None, usize::MAX);
        for view in &views {
            self.agree_on_flight(client, view)?;
        }
        let Some(session) = self.state.sessions.get(client) else { return Ok(()) };
        let is_told =
            |identifier: u16| views.iter().any(|view| view.packet_identifier.get() == identifier);
        let gone = session.flights.iter().find(|(identifier, _)| !is_told(**identifier));
        ensure!(gone.is_none(), "I1", "{client} has lost what was in flight: {gone:?}");
        Ok(())
    }

    /// Of two messages that are alike, the one in flight is that which the view says.
    fn tell_apart(&mut self, client: &str, identifier: u16, sequence: u64) {
        let Some(message) = self.messages.get(&sequence).cloned() else { return };
        let Some(session) = self.state.sessions.get_mut(client) else { return };
        let Some(flight) = session.flights.get_mut(&identifier) else { return };
        if flight.owed.message.number == message.number || !flight.owed.message.is_like(&message) {
            return;
        }
        let other = core::mem::replace(&mut flight.owed.message, Rc::clone(&message));
        let groups = self.state.groups.values_mut().flat_map(|group| &mut group.waiting);
        let mut waiting = session.waiting.iter_mut().chain(groups);
        if let Some(owed) = waiting.find(|owed| owed.message.number == message.number) {
            owed.message = other;
        }
    }

    /// One message in flight: known, or taken up as begun.
    fn agree_on_flight(&mut self, client: &str, view: &InflightView) -> Check {
        let identifier = view.packet_identifier.get();
        let is_released = view.stage == StageName::AwaitingPubComp;
        if let Some(message) = &view.message {
            self.tell_apart(client, identifier, message.sequence);
        }
        let Some(session) = self.state.sessions.get(client) else { return Ok(()) };
        if let Some(flight) = session.flights.get(&identifier) {
            let payload = view.message.as_ref().map(|message| message.payload.as_slice());
            let known = &flight.owed.message.payload;
            ensure!(
                flight.is_released == is_released
                    && flight.owed.qos == view.qos
                    && payload.is_none_or(|payload| payload == known),
                "I4",
                "{client} has {view:?} in flight, the model {flight:?}"
            );
            return Ok(());
        }
        let Some(message) = &view.message else {
            return Err(("I4", format!("{client} has {view:?} in flight, the model nothing")));
        };
        let (topic, payload) = (message.topic.as_str(), message.payload.as_slice());
        let seen = Seen {
            topic,
            payload,
            qos: view.qos,
            retain: None,
            identifiers: None,
            life: Life::Until(message.expires_at),
        };
        let taken = self.take_owed_of(client, &seen)?;
        let Some((owed, group)) = taken else {
            return Err(("I1", format!("{client} has in flight what it is not owed: {seen}")));
        };
        let now = self.now;
        let Some(session) = self.state.sessions.get_mut(client) else { return Ok(()) };
        let (link, order) = (session.link.unwrap_or(0), session.next_order);
        session.next_order += 1;
        let flight = Flight { owed, group, is_released, is_sent: false, since: now, link, order };
        session.flights.insert(identifier, flight);
        Ok(())
    }

    fn agree_on_retained(&mut self, broker: &Broker) -> Check {
        let (now, routed) = (self.now, self.state.routed);
        let state = &mut self.state;
        let expired = state.retained.extract_if(.., |_, message| message.is_expired(now));
        state.past_retained.extend(expired.map(|(_, message)| (message, routed)));
        let views = broker.retained(None, usize::MAX);
        let mut told: Vec<(&str, &[u8])> = views
            .iter()
            .map(|view| (view.message.topic.as_str(), view.message.payload.as_slice()))
            .collect();
        told.sort_unstable();
        let known: Vec<(&str, &[u8])> = state
            .retained
            .iter()
            .map(|(topic, message)| (topic.as_str(), message.payload.as_slice()))
            .collect();
        ensure!(told == known, "I1", "retained: {told:?}, the model has {known:?}");
        Ok(())
    }

    /// Retained messages that a subscription was to be given have been, if nothing was in the way.
    fn settle_promises(&mut self, view: &SessionView) -> Check {
        let client = view.client_identifier.as_str();
        let is_gated = self.is_gated();
        let Some(session) = self.state.sessions.get_mut(client) else { return Ok(()) };
        let Some(connection) = &view.connection else { return Ok(()) };
        if view.queue_len > 0 || connection.send_credit <= 0 || connection.held_len > 0 {
            return Ok(());
        }
        let promises = core::mem::take(&mut session.promises);
        // Under which of two subscriptions that are alike it came cannot be seen.
        let given: BTreeSet<u64> = promises.iter().flat_map(|one| one.given.clone()).collect();
        for promise in promises {
            let missing = self.state.retained.iter().find(|(topic, message)| {
                super::state::matches(&promise.filter, topic)
                    && message.number <= promise.since
                    && !given.contains(&message.number)
                    // One of QoS 0 may wait for a store, or have been dropped meanwhile.
                    && (!is_gated || promise.qos.min(message.qos) > QoS::AtMostOnce)
                    && !(promise.no_local && message.publisher == client)
            });
            let is_broken = promise.is_due && connection.window > view.inflight_len;
            ensure!(
                !is_broken || missing.is_none(),
                "I1",
                "{client} was not given what is retained under {}: {missing:?}",
                promise.filter
            );
        }
        Ok(())
    }

    fn agree_on_totals(&self, broker: &Broker, views: &[SessionView]) -> Check {
        let totals = broker.totals();
        let groups = broker.share_groups(None, usize::MAX);
        let bytes: u64 = views.iter().map(|view| view.queue_bytes).sum::<u64>()
            + groups.iter().map(|group| group.queue_bytes).sum::<u64>();
        ensure!(
            totals.queued_bytes == bytes && totals.sessions == views.len(),
            "I9",
            "{totals:?}, but {} sessions and {bytes} bytes",
            views.len()
        );
        let retained: usize = self
            .state
            .retained
            .values()
            .map(|message| message.topic.len() + message.payload.len())
            .sum();
        ensure!(
            totals.retained_messages == self.state.retained.len()
                && totals.retained_bytes >= retained as u64,
            "I9",
            "{totals:?}, the model has {} retained",
            self.state.retained.len()
        );
        let max = self.config.limits.queue_messages_max as usize;
        for view in views {
            let client = &view.client_identifier;
            ensure!(view.queue_len <= max, "I9", "{client} has {} queued", view.queue_len);
        }
        Ok(())
    }
}
