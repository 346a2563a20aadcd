//! Which of the messages that a client is owed it is that the broker sends or holds.

use std::rc::Rc;

use afterlink_core::codec::QoS;
use afterlink_core::codec::packet::SubscriptionOptions;

use super::seen::Seen;
use super::state::{Kind, Message, Owed, Promise, matches};
use super::{Model, ensure};

impl Model {
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
            ensure!(
                !is_certain || skipped == 0,
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
        let group = self.take_shared(client, seen);
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
                return Some((group.waiting.remove(index), name.clone()));
            }
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
                return Some(Owed::retained(message, promise, seen.qos, session.is_recorded));
            }
        }
        None
    }
}

impl Owed {
    /// A message that was retained when a subscription was made.
    pub(super) fn retained(
        message: &Rc<Message>,
        promise: &Promise,
        qos: QoS,
        is_recorded: bool,
    ) -> Self {
        Self {
            message: Rc::clone(message),
            qos,
            retain: true,
            identifiers: promise.identifiers.clone(),
            kind: Kind::Retained,
            is_recorded: is_recorded && qos > QoS::AtMostOnce,
            holder: None,
            is_seen: false,
            may_be_lost: false,
        }
    }
}
