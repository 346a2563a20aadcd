//! PUBLISH to a client: it is owed, it comes in order, and a repeat is told as one.

use std::rc::Rc;

use afterlink_core::Timestamp;
use afterlink_core::codec::packet::{Publish, SubscriptionOptions};
use afterlink_core::codec::{ProtocolVersion, QoS};
use afterlink_core::session::DropCause;
use afterlink_core::sim::SentPacket;

use super::state::{Flight, Kind, Message, Owed, Promise, matches};
use super::{Check, Model, ensure};

/// What is known of a message that the broker sends or holds.
#[derive(Clone, Copy)]
pub(super) struct Seen<'a> {
    pub(super) topic: &'a str,
    pub(super) payload: &'a [u8],
    pub(super) qos: QoS,
    /// RETAIN, unless it is not to be seen.
    pub(super) retain: Option<bool>,
    /// The Subscription Identifiers, unless they are not to be seen.
    pub(super) identifiers: Option<&'a [u32]>,
    pub(super) life: Life,
}

/// What is seen of a message's expiry.
#[derive(Clone, Copy)]
pub(super) enum Life {
    Unseen,
    /// When it ends, if it does.
    Until(Option<Timestamp>),
    /// Seconds that are left now.
    Left(Option<u32>, Timestamp),
}

impl Seen<'_> {
    fn is(&self, owed: &Owed) -> bool {
        owed.is(self.topic, self.payload, self.qos, self.retain.unwrap_or(owed.retain))
            && self.identifiers.is_none_or(|identifiers| owed.identifiers == identifiers)
            && self.lives_like(owed)
    }

    fn lives_like(&self, owed: &Owed) -> bool {
        match self.life {
            Life::Unseen => true,
            Life::Until(at) => owed.message.expires_at == at,
            Life::Left(seconds, now) => owed.message.seconds_left(now) == seconds,
        }
    }

    /// The same, or one of a group, of which a view and version 3 do not show everything.
    fn is_flight(&self, flight: &Flight) -> bool {
        let is_shared = flight.owed.kind == Kind::Shared && self.qos == flight.owed.qos;
        self.is(&flight.owed) || (is_shared && self.is_like(&flight.owed))
    }

    /// Notes what was not known before.
    fn complete(&self, owed: &mut Owed) {
        owed.retain = self.retain.unwrap_or(owed.retain);
        if let Some(identifiers) = self.identifiers {
            owed.identifiers = identifiers.to_vec();
        }
    }

    /// The same message, whatever the way to the client made of it.
    pub(super) fn is_like(&self, owed: &Owed) -> bool {
        owed.message.topic == self.topic
            && owed.message.payload == self.payload
            && owed.message.qos >= self.qos
            && self.lives_like(owed)
    }
}

impl core::fmt::Display for Seen<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let text = String::from_utf8_lossy(self.payload);
        let Self { topic, qos, retain, identifiers, .. } = self;
        write!(f, "`{text}` on {topic} with {qos:?}, retain {retain:?}, {identifiers:?}")
    }
}

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
        let too_large = |(_, cause): &(String, DropCause)| *cause == DropCause::TooLarge;
        let is_behind = session.flights.values().all(|flight| flight.link == link);
        ensure!(
            is_behind || session.drops.iter().any(too_large),
            "I3",
            "{client} was sent {seen} before what has to be sent again"
        );
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

    /// Takes the message that a client is owed and that is seen, and the group it came through.
    pub(super) fn take_owed(
        &mut self,
        link: u64,
        seen: &Seen<'_>,
    ) -> Result<(Owed, Option<String>), (&'static str, String)> {
        let nobody = || ("I1", format!("a message was sent that is not owed: {seen}"));
        let client = self.links.get(&link).ok_or_else(nobody)?.client_identifier.clone();
        self.take_owed_of(&client, seen)?.ok_or_else(|| {
            ("I1", format!("{client} was sent a message that it is not owed: {seen}"))
        })
    }

    /// The same for the client of a Session.
    #[allow(
        clippy::type_complexity,
        reason = "what is owed, through which group, or what is wrong"
    )]
    pub(super) fn take_owed_of(
        &mut self,
        client: &str,
        seen: &Seen<'_>,
    ) -> Result<Option<(Owed, Option<String>)>, (&'static str, String)> {
        let (now, is_gated) = (self.now, self.is_gated());
        let Some(session) = self.state.sessions.get_mut(client) else { return Ok(None) };
        let certain = |owed: &Owed| owed.kind.is_certain() && seen.is(owed);
        let live = |owed: &Owed| certain(owed) && !owed.message.is_expired(now);
        let waiting = &session.waiting;
        let found = waiting.iter().position(live).or_else(|| waiting.iter().position(certain));
        if let Some(index) = found {
            let owed = session.waiting.remove(index);
            let is_like = |other: &&Owed| {
                let same = other.message.topic == owed.message.topic && other.qos == owed.qos;
                let live = other.kind == Kind::Live && owed.kind == Kind::Live;
                let is_one = |one: &Owed| self.alike.get(&one.message.payload) == Some(&1);
                let no_will = !other.message.is_will && !owed.message.is_will;
                same && live && no_will && is_one(other) && is_one(&owed)
            };
            // Which of two that are alike came through a group cannot be seen, nor which of those
            // that wait for a store is gone.
            let is_alone = !session.subscriptions.keys().any(|filter| {
                super::state::shared(filter).is_some_and(|filter| matches(filter, seen.topic))
            });
            let is_certain = is_alone && (seen.qos > QoS::AtMostOnce || !is_gated);
            let skipped = session.waiting[..index].iter().filter(is_like).count();
            let told = session.drops.iter().filter(|(topic, _)| topic == seen.topic).count();
            ensure!(
                !is_certain || skipped <= told,
                "I3",
                "{client} was sent {seen} before {skipped} others"
            );
            return Ok(Some((owed, None)));
        }
        if let Some(owed) = self.take_retained(client, seen) {
            return Ok(Some((owed, None)));
        }
        let Some(session) = self.state.sessions.get_mut(client) else { return Ok(None) };
        let is_recorded = session.is_recorded && seen.qos > QoS::AtMostOnce;
        let through = |mut owed: Owed| {
            owed.qos = seen.qos;
            owed.is_recorded = is_recorded;
            seen.complete(&mut owed);
            owed
        };
        let left = |owed: &Owed| owed.kind == Kind::Shared && seen.is_like(owed);
        if let Some(index) = session.waiting.iter().position(left) {
            return Ok(Some((through(session.waiting.remove(index)), None)));
        }
        let group = self.take_shared(client, seen).or_else(|| self.exchange_shared(client, seen));
        Ok(group.map(|(owed, name)| (through(owed), Some(name))))
    }

    /// Takes a message from a group that a client is a member of, or in whose place it holds it.
    fn take_shared(&mut self, client: &str, seen: &Seen<'_>) -> Option<(Owed, String)> {
        let session = self.state.sessions.get(client)?;
        for (name, group) in &mut self.state.groups {
            let subscription = session.subscriptions.get(name);
            let fits = |owed: &Owed| {
                let is_holder = owed.holder.as_deref() == Some(client);
                let fits = |(options, number): &(SubscriptionOptions, Option<u32>)| {
                    let identifiers: Vec<u32> = number.iter().copied().collect();
                    let retain = owed.message.retain && options.retain_as_published;
                    options.qos.min(owed.message.qos) == seen.qos
                        && seen.retain.is_none_or(|told| told == retain)
                        && seen.identifiers.is_none_or(|told| told == identifiers)
                };
                seen.is_like(owed) && (is_holder || subscription.is_some_and(fits))
            };
            // Of two that are alike, not the one that was last seen with somebody else.
            let is_elsewhere = |owed: &Owed| owed.holder.as_deref().is_some_and(|it| it != client);
            let mut waiting = group.waiting.iter();
            let found = waiting.position(|owed| fits(owed) && !is_elsewhere(owed));
            let found = found.or_else(|| group.waiting.iter().position(fits));
            if let Some(index) = found {
                let owed = group.waiting.remove(index);
                let message = owed.message.clone();
                self.taken.push_back((name.clone(), client.to_owned(), message));
                if self.taken.len() > 200 {
                    self.taken.pop_front();
                }
                return Some((owed, name.clone()));
            }
        }
        None
    }

    /// The same if another client seemed to have taken it, who is owed it by another group as
    /// well: through which of them it came to him cannot be seen.
    fn exchange_shared(&mut self, client: &str, seen: &Seen<'_>) -> Option<(Owed, String)> {
        let session = self.state.sessions.get(client)?;
        let taken: Vec<_> = self.taken.iter().cloned().enumerate().collect();
        for (place, (name, other, message)) in taken {
            if message.topic != seen.topic
                || message.payload != seen.payload
                || !session.subscriptions.contains_key(&name)
            {
                continue;
            }
            let groups = self.state.groups.iter_mut();
            let found = groups.filter(|(_, group)| group.members.contains(&other)).find_map(
                |(instead, group)| {
                    let mut waiting = group.waiting.iter();
                    let index = waiting.position(|owed| owed.message.number == message.number)?;
                    Some((group.waiting.remove(index), instead.clone()))
                },
            );
            let Some((owed, instead)) = found else { continue };
            if let Some(taken) = self.taken.get_mut(place) {
                taken.0.clone_from(&instead);
            }
            let flights = self.state.sessions.get_mut(&other).map(|session| &mut session.flights);
            let mut flights = flights.into_iter().flat_map(|flights| flights.values_mut());
            if let Some(flight) = flights.find(|flight| {
                let is_it = flight.owed.message.number == message.number;
                is_it && flight.group.as_ref() == Some(&name)
            }) {
                flight.group = Some(instead);
            }
            self.taken.push_back((name.clone(), client.to_owned(), message));
            return Some((owed, name));
        }
        None
    }

    /// Takes a retained message that a subscription is to be given.
    pub(super) fn take_retained(&mut self, client: &str, seen: &Seen<'_>) -> Option<Owed> {
        if seen.retain == Some(false) {
            return None;
        }
        let state = &mut self.state;
        let session = state.sessions.get_mut(client)?;
        let current = state.retained.get(seen.topic).map(|message| (message, u64::MAX));
        let past = state.past_retained.iter().map(|(message, until)| (message, *until));
        let known: Vec<_> = current.into_iter().chain(past).collect();
        // Those of before the subscription are surely meant; one published since may be.
        let mut promises: Vec<&mut Promise> = session.promises.iter_mut().collect();
        promises.sort_by_key(|promise| {
            let is_older = |(message, _): &&(&Rc<Message>, u64)| {
                message.topic == seen.topic
                    && message.payload == seen.payload
                    && message.number <= promise.since
            };
            (!known.iter().any(|message| is_older(&message)), !promise.is_due)
        });
        for promise in promises {
            let found = known.iter().find(|(message, until)| {
                message.topic == seen.topic
                    && message.payload == seen.payload
                    && *until > promise.since
                    && matches(&promise.filter, &message.topic)
                    && promise.qos.min(message.qos) == seen.qos
                    && seen.identifiers.is_none_or(|told| told == promise.identifiers)
                    && !(promise.no_local && message.publisher == client)
                    && !promise.given.contains(&message.number)
            });
            if let Some((message, _)) = found {
                promise.given.insert(message.number);
                return Some(Owed {
                    message: (*message).clone(),
                    qos: seen.qos,
                    retain: true,
                    identifiers: promise.identifiers.clone(),
                    kind: Kind::Retained,
                    is_recorded: session.is_recorded && seen.qos > QoS::AtMostOnce,
                    holder: None,
                    may_be_lost: false,
                });
            }
        }
        None
    }
}
