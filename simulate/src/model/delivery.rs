//! PUBLISH to a client: it is owed, it comes in order, and a repeat is told as one.

use afterlink_core::codec::packet::Publish;
use afterlink_core::codec::{ProtocolVersion, QoS};
use afterlink_core::sim::SentPacket;

use super::seen::{Life, Seen};
use super::state::{Flight, Kind, Owed, Promise, Session, matches};
use super::{Check, Model, ensure};

impl Model {
    /// PUBLISH was sent.
    pub(super) fn sent_publish(
        &mut self,
        link: u64,
        sent: &SentPacket,
        publish: &Publish<'_>,
    ) -> Check {
        let client = &sent.client;
        let topic = self.sent_topic(link, sent, publish)?;
        let is_v5 = sent.version == ProtocolVersion::V5;
        let now = self.now;
        if self.has_just_ended(link) {
            self.count_start(link, publish.qos, publish.payload);
            return Ok(());
        }
        let Some((_, session)) = self.parties(link) else {
            return Err(("I6", format!("{client} was sent a PUBLISH without a session")));
        };
        let identifiers: Vec<u32> = {
            let identifiers = publish.properties.subscription_identifiers.iter();
            let mut identifiers: Vec<u32> = identifiers.map(|one| one.get()).collect();
            identifiers.sort_unstable();
            identifiers
        };
        let seen = Seen {
            topic: &topic,
            payload: publish.payload,
            qos: publish.qos,
            retain: Some(publish.retain),
            // Version 3 cannot say them, though the Session may have been one of version 5.
            identifiers: is_v5.then_some(&identifiers),
            life: match is_v5 {
                true => Life::Left(publish.properties.message_expiry_interval, now),
                false => Life::Unseen,
            },
        };
        let Some(identifier) = publish.packet_identifier.map(|identifier| identifier.get()) else {
            ensure!(!publish.dup, "I4", "{client} was sent QoS 0 with DUP: {seen}");
            let (owed, _) = self.take_owed(link, &seen)?;
            self.count_start(link, owed.qos, publish.payload);
            // One that waits for its own removal to be stored has begun its way before.
            let began = owed.is_recorded && self.persist_ms > 0;
            return self.check_life(sent, publish, &owed, !began);
        };
        session.tell_retained_apart(identifier, &seen);
        match session.flights.get(&identifier).cloned() {
            Some(flight) => self.sent_again(link, sent, publish, &flight, &seen)?,
            None => self.sent_first(link, sent, publish, identifier, &seen)?,
        }
        let Some((entry, _)) = self.parties(link) else { return Ok(()) };
        entry.unacknowledged.insert(identifier);
        let (open, max) = (entry.unacknowledged.len(), entry.receive_maximum);
        ensure!(open <= max, "I4", "{client} has {open} in flight, its window is {max}");
        Ok(())
    }

    /// Whether a Session has ended in this step with its connection, at the broker's wish.
    fn has_just_ended(&self, link: u64) -> bool {
        let closing = self.links.get(&link).filter(|link| link.is_closing);
        closing.is_some_and(|link| !self.state.sessions.contains_key(&link.client_identifier))
    }

    /// The Topic Name of a PUBLISH, which an alias may stand for.
    fn sent_topic(
        &mut self,
        link: u64,
        sent: &SentPacket,
        publish: &Publish<'_>,
    ) -> Result<String, (&'static str, String)> {
        let Some(alias) = publish.properties.topic_alias else {
            return Ok(publish.topic.to_owned());
        };
        let client = &sent.client;
        let Some(entry) = self.links.get_mut(&link) else { return Ok(String::new()) };
        let max = entry.alias_max;
        ensure!((1..=max).contains(&alias), "I4", "{client} was sent alias {alias} of {max}");
        if !publish.topic.is_empty() {
            entry.aliases_out.insert(alias, publish.topic.to_owned());
        }
        let topic = entry.aliases_out.get(&alias).cloned();
        topic.ok_or_else(|| ("I4", format!("{client} was sent alias {alias} unset")))
    }

    /// A PUBLISH under an identifier that is in use.
    fn sent_again(
        &mut self,
        link: u64,
        sent: &SentPacket,
        publish: &Publish<'_>,
        flight: &Flight,
        seen: &Seen<'_>,
    ) -> Check {
        let client = &sent.client;
        ensure!(
            !flight.is_released && seen.is_flight(flight),
            "I4",
            "{client} was sent {seen} under the identifier of {:?}",
            flight.owed
        );
        let is_new = !flight.is_sent && flight.link == link;
        ensure!(
            is_new || flight.link != link,
            "I4",
            "{client} was sent {seen} twice on one connection"
        );
        ensure!(
            if flight.is_sent { publish.dup } else { !is_new || !publish.dup },
            "I4",
            "{client} was sent {seen} with DUP {}",
            publish.dup
        );
        let is_promise = flight.owed.qos == QoS::ExactlyOnce && flight.owed.is_recorded;
        ensure!(
            flight.is_sent || !is_promise || self.is_persisted(flight.since),
            "I10",
            "{client} was sent {seen} before its identifier was persisted"
        );
        if !flight.is_sent {
            self.count_start(link, flight.owed.qos, publish.payload);
        }
        let Some((entry, session)) = self.parties(link) else { return Ok(()) };
        let before = if is_new { None } else { entry.resent.replace(flight.order) };
        if let Some(identifier) = publish.packet_identifier
            && let Some(flight) = session.flights.get_mut(&identifier.get())
        {
            flight.link = link;
            flight.is_sent = true;
            seen.complete(&mut flight.owed);
        }
        ensure!(
            before.is_none_or(|before| before < flight.order),
            "I3",
            "{client} was sent {seen} again out of order"
        );
        self.figures.resends += u64::from(flight.is_sent);
        self.check_life(sent, publish, &flight.owed, false)
    }

    /// A PUBLISH under an identifier that is free.
    fn sent_first(
        &mut self,
        link: u64,
        sent: &SentPacket,
        publish: &Publish<'_>,
        identifier: u16,
        seen: &Seen<'_>,
    ) -> Check {
        let (client, now) = (&sent.client, self.now);
        ensure!(!publish.dup, "I4", "{client} was sent {seen} with DUP for the first time");
        let (owed, group) = self.take_owed(link, seen)?;
        self.count_start(link, owed.qos, publish.payload);
        self.check_life(sent, publish, &owed, true)?;
        let (is_gated, keeps) = (self.persist_ms > 0, self.keeps_records);
        let Some((_, session)) = self.parties(link) else { return Ok(()) };
        ensure!(
            !(is_gated && keeps && owed.is_recorded && owed.qos == QoS::ExactlyOnce),
            "I10",
            "{client} was sent {seen} before its identifier was persisted"
        );
        let is_behind = session.flights.values().all(|flight| flight.link == link);
        ensure!(is_behind, "I3", "{client} was sent {seen} before what has to be sent again");
        let flight = Flight {
            owed,
            group,
            is_released: false,
            is_sent: true,
            since: now,
            link,
            order: session.next_order,
        };
        session.next_order += 1;
        session.flights.insert(identifier, flight);
        Ok(())
    }

    /// Message Expiry Interval and User Properties.
    fn check_life(
        &self,
        sent: &SentPacket,
        publish: &Publish<'_>,
        owed: &Owed,
        is_first: bool,
    ) -> Check {
        let (message, client) = (&owed.message, &sent.client);
        let text = String::from_utf8_lossy(&message.payload);
        ensure!(
            !is_first || !message.is_expired(self.now),
            "I7",
            "{client} was sent `{text}`, which expired at {:?}",
            message.expires_at
        );
        if sent.version != ProtocolVersion::V5 {
            return Ok(());
        }
        let (told, left) =
            (publish.properties.message_expiry_interval, message.seconds_left(self.now));
        ensure!(told == left, "I7", "`{text}` has {left:?} s left, {client} was told {told:?}");
        let count = publish.properties.user_properties.iter().count();
        ensure!(
            count == message.user_properties,
            "I1",
            "`{text}` came to {client} with other user properties"
        );
        Ok(())
    }

    fn count_start(&mut self, link: u64, qos: QoS, payload: &[u8]) {
        self.figures.sends += 1;
        let Some(client) = self.links.get(&link).map(|link| link.client_identifier.clone()) else {
            return;
        };
        *self.started.entry((client, qos, payload.to_vec())).or_default() += 1;
    }
}

impl Session {
    /// A retained message that two subscriptions match is given twice. Which of the two it is
    /// that has begun its way no view shows, but its first PUBLISH does.
    fn tell_retained_apart(&mut self, identifier: u16, seen: &Seen<'_>) {
        let is_open = |flight: &Flight| !flight.is_sent && flight.owed.kind == Kind::Retained;
        let Some(flight) = self.flights.get(&identifier).filter(|flight| is_open(flight)) else {
            return;
        };
        if seen.is(&flight.owed) || !seen.is_like(&flight.owed) {
            return;
        }
        let told = flight.owed.identifiers.clone();
        let number = flight.owed.message.number;
        let flights = self.flights.values_mut().filter(|flight| is_open(flight));
        let waiting = self.waiting.iter_mut().filter(|owed| owed.kind == Kind::Retained);
        let mut others = flights.map(|flight| &mut flight.owed).chain(waiting);
        let is_other = |owed: &Owed| owed.message.number == number && seen.is(owed);
        if let Some(other) = others.find(|owed| is_other(owed)) {
            other.identifiers = told;
        } else {
            let mut promises = self.promises.iter_mut();
            let is_meant = |promise: &Promise| {
                seen.identifiers.is_some_and(|identifiers| promise.identifiers == identifiers)
                    && matches(&promise.filter, seen.topic)
                    && !promise.given.contains(&number)
            };
            let Some(promise) = promises.find(|promise| is_meant(promise)) else { return };
            promise.given.insert(number);
            let mut promises = self.promises.iter_mut();
            let is_free =
                |promise: &Promise| promise.identifiers == told && promise.given.contains(&number);
            if let Some(promise) = promises.find(|promise| is_free(promise)) {
                promise.given.remove(&number);
            }
        }
        if let Some(flight) = self.flights.get_mut(&identifier) {
            seen.complete(&mut flight.owed);
        }
    }
}
