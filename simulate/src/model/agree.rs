//! Whether the broker's views agree with the model, at a moment at which nothing is left to do.

use std::collections::{BTreeMap, BTreeSet};

use afterlink_core::Timestamp;
use afterlink_core::broker::view::{InflightView, QueueEntryView, SessionView};
use afterlink_core::broker::{Broker, QueueOverflow};
use afterlink_core::codec::QoS;
use afterlink_core::session::{DropCause, StageName};

use super::delivery::{Life, Seen};
use super::state::{Flight, Kind, Owed};
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
        let now = self.now;
        let Some(session) = self.state.sessions.get_mut(client) else { return Ok(()) };
        let is_told =
            |identifier: u16| views.iter().any(|view| view.packet_identifier.get() == identifier);
        let gone: Vec<u16> =
            session.flights.keys().copied().filter(|identifier| !is_told(*identifier)).collect();
        for identifier in gone {
            let Some(flight) = session.flights.remove(&identifier) else { continue };
            let paid = !flight.is_released && session.pay(&flight.owed, now);
            ensure!(paid, "I1", "{client} has lost {identifier} in flight: {:?}", flight.owed);
            if let Some(link) = session.link.and_then(|link| self.links.get_mut(&link)) {
                link.unacknowledged.remove(&identifier);
            }
        }
        Ok(())
    }

    /// One message in flight: known, or taken up as begun.
    fn agree_on_flight(&mut self, client: &str, view: &InflightView) -> Check {
        let identifier = view.packet_identifier.get();
        let is_released = view.stage == StageName::AwaitingPubComp;
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

    fn agree_on_queue(
        &mut self,
        client: &str,
        broker: &Broker,
        shared: &mut BTreeMap<String, Vec<(String, QueueEntryView)>>,
    ) -> Check {
        let mut found = Vec::new();
        let mut views = broker.queue(client, None, usize::MAX);
        // Of two that are alike, the older one may have made room for the younger.
        if self.config.queue_overflow == QueueOverflow::DropOldest {
            views.reverse();
        }
        for view in views {
            match &view.share {
                Some(name) => {
                    shared.entry(name.clone()).or_default().push((client.to_owned(), view));
                }
                None => found.push(self.find_queued(client, &view)?),
            }
        }
        let is_gated = self.is_gated();
        let now = self.now;
        let Some(session) = self.state.sessions.get_mut(client) else { return Ok(()) };
        for owed in core::mem::take(&mut session.waiting) {
            // One that waits for its own removal to be stored is in no view.
            let may_be_held = is_gated && owed.qos == QoS::AtMostOnce;
            if owed.kind == Kind::Shared || (may_be_held && session.link.is_some()) {
                found.push(owed);
            } else if may_be_held || session.pay(&owed, now) {
                continue;
            } else {
                let what = "has lost a message, and no drop tells of it";
                return Err(("I1", format!("{client} {what}: {owed:?}")));
            }
        }
        found.sort_by_key(|owed| owed.message.number);
        session.waiting = found;
        Ok(())
    }

    /// The message that a queue entry stands for.
    fn find_queued(
        &mut self,
        client: &str,
        view: &QueueEntryView,
    ) -> Result<Owed, (&'static str, String)> {
        let mut identifiers = view.subscription_identifiers.clone();
        identifiers.sort_unstable();
        let seen = Seen {
            topic: &view.message.topic,
            payload: &view.message.payload,
            qos: view.qos,
            retain: Some(view.retain),
            identifiers: Some(&identifiers),
            life: Life::Until(view.message.expires_at),
        };
        let is_it = |owed: &Owed| {
            owed.kind.is_certain()
                && owed.is(seen.topic, seen.payload, seen.qos, view.retain)
                && owed.identifiers == identifiers
                && owed.message.expires_at == view.message.expires_at
        };
        let drops_oldest = self.config.queue_overflow == QueueOverflow::DropOldest;
        let waiting = self.state.sessions.get_mut(client).map(|session| &mut session.waiting);
        if let Some(waiting) = waiting {
            let found = match drops_oldest {
                true => waiting.iter().rposition(is_it),
                false => waiting.iter().position(is_it),
            };
            if let Some(index) = found {
                return Ok(waiting.remove(index));
            }
        }
        let taken = match self.take_retained(client, &seen) {
            Some(owed) => Some(owed),
            None => self.take_owed_of(client, &seen)?.map(|(owed, _)| owed),
        };
        taken.ok_or_else(|| ("I1", format!("{client} has queued what it is not owed: {seen}")))
    }

    fn agree_on_groups(
        &mut self,
        broker: &Broker,
        mut shared: BTreeMap<String, Vec<(String, QueueEntryView)>>,
    ) -> Check {
        let views = broker.share_groups(None, usize::MAX);
        ensure!(
            views.len() == self.state.groups.len(),
            "I5",
            "{} share groups, the model has {}",
            views.len(),
            self.state.groups.len()
        );
        let mut unknown = Vec::new();
        for view in views {
            let name = format!("$share/{}/{}", view.name.share_name, view.name.filter);
            let Some(group) = self.state.groups.get(&name) else {
                return Err(("I5", format!("the model has no share group {name}")));
            };
            let mut told: Vec<&str> =
                view.members.iter().map(|(client, _)| client.as_str()).collect();
            told.sort_unstable();
            let known: Vec<&str> = group.members.iter().map(String::as_str).collect();
            ensure!(told == known, "I5", "members of {name}: {told:?}, the model has {known:?}");
            let mut entries: Vec<Held> = broker
                .group_queue(&view.name, None, usize::MAX)
                .into_iter()
                .map(|view| Held { group: name.clone(), holder: None, view })
                .collect();
            for (client, view) in shared.remove(&name).unwrap_or_default() {
                entries.push(Held { group: name.clone(), holder: Some(client), view });
            }
            unknown.extend(self.match_group(&name, entries));
        }
        for held in unknown {
            self.match_elsewhere(held)?;
        }
        for name in self.state.groups.keys().cloned().collect::<Vec<_>>() {
            self.settle_group(&name)?;
        }
        // What is left is of groups that are no more.
        for (name, entries) in shared {
            for (client, view) in entries {
                let session = self.state.sessions.get(&client);
                let is_known = session
                    .is_some_and(|session| session.waiting.iter().any(|owed| is_same(owed, &view)));
                ensure!(is_known, "I1", "{client} holds what {name} did not owe it: {view:?}");
            }
        }
        self.group_drops.clear();
        for session in self.state.sessions.values_mut() {
            session.drops.clear();
        }
        Ok(())
    }

    /// Finds what a group is owed in its own queue and its members'. Answers what is there beyond.
    fn match_group(&mut self, name: &str, entries: Vec<Held>) -> Vec<Held> {
        let Some(group) = self.state.groups.get_mut(name) else { return entries };
        group.seen.clear();
        let mut unknown = Vec::new();
        for held in entries {
            match group.waiting.iter().position(|owed| is_same(owed, &held.view)) {
                Some(index) => {
                    let owed = group.waiting.remove(index);
                    group.seen.push(Owed { holder: held.holder, may_be_lost: false, ..owed });
                }
                None => unknown.push(held),
            }
        }
        unknown
    }

    /// Finds a message of a group that came to a client by another way at the same time: which of
    /// two alike was sent first cannot be seen.
    fn match_elsewhere(&mut self, held: Held) -> Check {
        let message = &held.view.message;
        let same = |owed: &Owed| {
            owed.message.topic == message.topic && owed.message.payload == message.payload
        };
        let groups = self.state.groups.values_mut().map(|group| &mut group.waiting);
        let sessions = self.state.sessions.values_mut().map(|session| &mut session.waiting);
        let owed = groups.chain(sessions).find_map(|waiting| {
            let index = waiting.iter().position(same)?;
            Some(waiting.remove(index))
        });
        let Some(owed) = owed else {
            return Err(("I1", format!("{} holds what it is not owed: {held:?}", held.group)));
        };
        if let Some(group) = self.state.groups.get_mut(&held.group) {
            group.seen.push(Owed { kind: Kind::Shared, holder: held.holder, ..owed });
        }
        Ok(())
    }

    /// What a group is owed and nobody has was dropped and counted.
    fn settle_group(&mut self, name: &str) -> Check {
        let (now, is_gated) = (self.now, self.is_gated());
        let Some(group) = self.state.groups.get_mut(name) else { return Ok(()) };
        let mut seen = core::mem::take(&mut group.seen);
        for owed in core::mem::take(&mut group.waiting) {
            // One that waits for its own removal to be stored is in no view, as above.
            if is_gated && owed.message.qos == QoS::AtMostOnce {
                seen.push(owed);
                continue;
            }
            let sessions = self.state.sessions.values_mut().map(|session| &mut session.drops);
            let lists = [&mut self.group_drops].into_iter().chain(sessions);
            let paid = owed.pay(lists, |cause| owed.may_be_dropped_shared(cause, now), now);
            // What an expired session holds is not seen until it is swept.
            if owed.may_be_lost && !paid {
                continue;
            }
            // Held for a client, as above; its QoS is only known when it is sent.
            if is_gated && !paid {
                seen.push(owed);
                continue;
            }
            ensure!(paid, "I1", "{name} has lost a message, no drop tells of it: {owed:?}");
        }
        seen.sort_by_key(|owed| owed.message.number);
        if let Some(group) = self.state.groups.get_mut(name) {
            group.waiting = seen;
        }
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
                    && !promise.dropped.contains(topic.as_str())
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

/// A message of a group that was seen in its queue or a member's.
#[derive(Debug)]
struct Held {
    group: String,
    holder: Option<String>,
    view: QueueEntryView,
}

fn is_same(owed: &Owed, view: &QueueEntryView) -> bool {
    owed.message.topic == view.message.topic
        && owed.message.payload == view.message.payload
        && owed.message.expires_at == view.message.expires_at
}

impl Owed {
    /// Whether a drop can have meant this message of a group, whose QoS is its member's.
    fn may_be_dropped_shared(&self, cause: DropCause, now: Timestamp) -> bool {
        let is_at_most_once = cause == DropCause::AtMostOnce;
        is_at_most_once || self.may_be_dropped(cause, now)
    }
}
