//! Messages that the broker says it has dropped: each has to be one that somebody was owed, for
//! a cause that is true of it.

use std::rc::Rc;

use afterlink_core::broker::QueueOverflow;
use afterlink_core::codec::QoS;
use afterlink_core::session::DropCause;

use super::state::{Flight, Kind, Message, Owed, Promise, Session, matches, shared};
use super::{Check, Model, ensure};

impl Model {
    /// The broker has dropped a message, for a client or, without one, for a share group or as a
    /// retained message.
    pub(super) fn claim_drop(
        &mut self,
        client: Option<&str>,
        sequence: u64,
        topic: &str,
        cause: DropCause,
    ) -> Check {
        self.figures.drops += 1;
        // It is one that was held back, or makes way for it.
        if sequence > self.last_sequence {
            self.get_on_up_to(sequence)?;
        } else if self.makes_way(client, cause) {
            self.get_on_up_to(self.last_sequence + 1)?;
        }
        let Some(message) = self.messages.get(&sequence).cloned() else {
            return Err(("I1", format!("message {sequence} was dropped, and never taken in")));
        };
        ensure!(
            message.topic == topic,
            "I1",
            "message {sequence} on {} was dropped as one on {topic}",
            message.topic
        );
        // What nobody keeps need not be persisted before it is acknowledged.
        message.is_recorded.set(false);
        let Some(client) = client else {
            if let Some(owed) = self.take_dropped_of_group(&message, None) {
                return self.check_cause(None, &owed, cause);
            }
            // What is retained no more is in no view from now on.
            let has_ended = message.retain && message.is_expired(self.now);
            ensure!(
                cause == DropCause::Expired && has_ended,
                "I1",
                "message {sequence} on {topic} was dropped for {cause:?}, and nobody was owed it"
            );
            return Ok(());
        };
        if cause == DropCause::Purged {
            self.claim_purged(client, sequence)?;
        }
        let max = self.config.limits.queue_messages_max as usize;
        let now = self.now;
        if let Some(session) = self.state.sessions.get_mut(client) {
            let is_old = session.connected_at < now;
            if cause == DropCause::QueueMessages && is_old && session.is_queue_known() {
                let waiting = session.waiting.len();
                let what = format!("{client} has {waiting} messages waiting, {max} fit");
                ensure!(waiting > max, "I1", "dropped for a full queue: {what}");
            }
            if let Some((owed, identifier)) = session.take_dropped(&message, cause) {
                let link = session.link.and_then(|link| self.links.get_mut(&link));
                if let (Some(link), Some(identifier)) = (link, identifier) {
                    link.unacknowledged.remove(&identifier);
                }
                return self.check_cause(Some(client), &owed, cause);
            }
        }
        if let Some(owed) = self.take_dropped_of_group(&message, Some(client)) {
            return self.check_cause(Some(client), &owed, cause);
        }
        // A Session that has just ended, with what it held, may have had a successor at once.
        let session = self.state.sessions.get(client);
        let is_old = session.is_some_and(|session| session.connected_at < now);
        ensure!(
            !is_old,
            "I1",
            "{client} is said to have lost what it was not owed: message {sequence} on {topic}"
        );
        Ok(())
    }

    /// Whether a message was dropped for a full queue, and what has come does not fill it.
    fn makes_way(&self, client: Option<&str>, cause: DropCause) -> bool {
        let max = self.config.limits.queue_messages_max as usize;
        let waiting = client.map(|client| self.waiting_for(client));
        cause == DropCause::QueueMessages && waiting.is_none_or(|waiting| waiting <= max)
    }

    /// How many messages wait for a client, those through groups as far as they were seen.
    pub(super) fn waiting_for(&self, client: &str) -> usize {
        let session = self.state.sessions.get(client);
        let groups = self.state.groups.values().flat_map(|group| &group.waiting);
        let through_groups = groups.filter(|owed| owed.holder.as_deref() == Some(client));
        session.map_or(0, |session| session.waiting.len()) + through_groups.count()
    }

    /// Takes a message from the group it was dropped for; preferably what `client` held of it.
    fn take_dropped_of_group(
        &mut self,
        message: &Rc<Message>,
        client: Option<&str>,
    ) -> Option<Owed> {
        let groups = || self.state.groups.iter();
        let find = |is_it: &dyn Fn(&Owed) -> bool| {
            groups().find_map(|(name, group)| {
                let index = group.waiting.iter().position(is_it)?;
                Some((name.clone(), index))
            })
        };
        let found = find(&|owed| {
            owed.is_message(message) && client.is_none_or(|it| owed.holder.as_deref() == Some(it))
        })
        .or_else(|| find(&|owed| owed.is_message(message)))
        .or_else(|| find(&|owed| owed.is_alike(message)));
        match found {
            Some((name, index)) => Some(self.state.groups.get_mut(&name)?.waiting.remove(index)),
            None => self.take_left_by_group(message),
        }
    }

    /// Takes a message that a Session has through a group: one that is no more, or one to which
    /// it comes back since the Session is about to end. Else one that a group has left to nobody.
    fn take_left_by_group(&mut self, message: &Rc<Message>) -> Option<Owed> {
        let found = self.state.sessions.values_mut().find_map(|session| {
            let comes_back =
                |flight: &Flight| flight.group.is_some() && flight.owed.qos == QoS::AtLeastOnce;
            let is_left = |owed: &Owed| owed.kind == Kind::Shared && owed.is_message(message);
            let flight = session.take_flight(message, comes_back);
            flight.map(|(_, flight)| flight.owed).or_else(|| session.take_waiting(is_left))
        });
        found.or_else(|| {
            let index = self.left.iter().position(|owed| owed.is_message(message))?;
            Some(self.left.remove(index))
        })
    }

    /// What was in the queue of a group that has ended was dropped. What a member had in its own
    /// queue has ended with its Session, and since the last comparison more may be there.
    pub(super) fn check_left(&mut self) -> Check {
        let left = core::mem::take(&mut self.left);
        let has_agreed = self.has_agreed;
        let is_certain = |owed: &&Owed| has_agreed && owed.is_seen && owed.holder.is_none();
        let lost = left.iter().find(is_certain);
        ensure!(lost.is_none(), "I1", "a share group has ended, no drop tells of {lost:?}");
        Ok(())
    }

    /// A cause has to be true.
    fn check_cause(&self, client: Option<&str>, owed: &Owed, cause: DropCause) -> Check {
        let is_true = match cause {
            DropCause::Expired => owed.message.is_expired(self.now),
            DropCause::AtMostOnce => owed.may_go_for(cause),
            DropCause::QueueMessages => !self.was_refusable(client, owed),
            DropCause::TooLarge => self.may_be_too_large(client, owed),
            // An operator's wish names its client; without one, it is a group that is no more.
            DropCause::Purged => client.is_some() || owed.kind == Kind::Shared,
            // Nothing in a simulation comes near these.
            DropCause::QueueBytes | DropCause::QueuedBytes | DropCause::NotAuthorized => false,
        };
        ensure!(is_true, "I1", "dropped for {cause:?}: {owed:?}");
        Ok(())
    }

    /// Whether the `refuse` policy would have had a message refused as a whole rather than that
    /// a Session that outlives its connection misses it.
    fn was_refusable(&self, client: Option<&str>, owed: &Owed) -> bool {
        let session = client.and_then(|client| self.state.sessions.get(client));
        self.config.queue_overflow == QueueOverflow::Refuse
            && owed.kind == Kind::Live
            && owed.qos > QoS::AtMostOnce
            && owed.message.is_refusable
            && session.is_some_and(|session| session.expiry > 0)
    }

    /// Whether a packet with a message may be larger than its client takes.
    fn may_be_too_large(&self, client: Option<&str>, owed: &Owed) -> bool {
        let session = client.and_then(|client| self.state.sessions.get(client));
        let link = session.and_then(|session| self.links.get(&session.link?));
        link.is_some_and(|link| link.packet_size_max < owed.packet_size_bound())
    }
}

impl Session {
    /// Whether what waits is known to be all that is queued: nothing came by a group or is to be
    /// given as retained.
    fn is_queue_known(&self) -> bool {
        self.promises.is_empty() && !self.subscriptions.keys().any(|it| shared(it).is_some())
    }

    /// Takes what was dropped of a message, of which there may be several copies, and the Packet
    /// Identifier under which it was in flight.
    fn take_dropped(
        &mut self,
        message: &Rc<Message>,
        cause: DropCause,
    ) -> Option<(Owed, Option<u16>)> {
        let link = self.link;
        let flown = |(identifier, flight): (u16, Flight)| (flight.owed, Some(identifier));
        // What is too large is found out before anything new is sent.
        let is_resent = |flight: &Flight| {
            cause == DropCause::TooLarge && !flight.is_released && Some(flight.link) != link
        };
        if let Some(found) = self.take_flight(message, is_resent) {
            return Some(flown(found));
        }
        // Of two copies, which two subscriptions give, the one of which the cause can be true.
        let may_go = |owed: &Owed| owed.is_message(message) && owed.may_go_for(cause);
        let waiting = match self.take_waiting(may_go) {
            None if cause == DropCause::AtMostOnce => self.forget_retained(message, cause),
            waiting => waiting,
        };
        let waiting = waiting.or_else(|| self.take_waiting(|owed| owed.is_message(message)));
        if let Some(owed) = waiting {
            return Some((owed, None));
        }
        // A queue that is full never costs what is in flight.
        let may_be = |flight: &Flight| !flight.is_released && cause != DropCause::QueueMessages;
        if let Some(found) = self.take_flight(message, may_be) {
            return Some(flown(found));
        }
        let alike = self.take_waiting(|owed| owed.is_alike(message));
        let owed = alike.or_else(|| self.forget_retained(message, cause))?;
        Some((owed, None))
    }

    fn take_waiting(&mut self, is_it: impl Fn(&Owed) -> bool) -> Option<Owed> {
        let index = self.waiting.iter().position(is_it)?;
        Some(self.waiting.remove(index))
    }

    /// Takes a message that was sent and may be sent again.
    fn take_flight(
        &mut self,
        message: &Rc<Message>,
        may_be: impl Fn(&Flight) -> bool,
    ) -> Option<(u16, Flight)> {
        let is_it = |flight: &Flight| flight.owed.is_message(message) && may_be(flight);
        let identifier = *self.flights.iter().find(|(_, flight)| is_it(flight))?.0;
        self.flights.remove_entry(&identifier)
    }

    /// Counts a retained message as given, and answers it, if it was to be given for a
    /// subscription of which the cause can be true.
    fn forget_retained(&mut self, message: &Rc<Message>, cause: DropCause) -> Option<Owed> {
        let is_recorded = self.is_recorded;
        let qos = |promise: &Promise| promise.qos.min(message.qos);
        let promise = self.promises.iter_mut().find(|promise| {
            matches(&promise.filter, &message.topic)
                && !promise.given.contains(&message.number)
                && (cause != DropCause::AtMostOnce || qos(promise) == QoS::AtMostOnce)
        })?;
        promise.given.insert(message.number);
        Some(Owed::retained(message, promise, qos(promise), is_recorded))
    }
}

impl Owed {
    /// Whether its QoS allows that it is dropped for a cause. That of a group's message is its
    /// member's.
    fn may_go_for(&self, cause: DropCause) -> bool {
        cause != DropCause::AtMostOnce || self.qos == QoS::AtMostOnce || self.kind == Kind::Shared
    }

    /// Whether it is this message.
    fn is_message(&self, message: &Rc<Message>) -> bool {
        self.message.number == message.number
    }

    /// Bytes that a PUBLISH with it has at most.
    fn packet_size_bound(&self) -> usize {
        // The Fixed Header, the topic's length, the Packet Identifier, the properties' length.
        let fixed = 5 + 2 + 2 + 4;
        // The Message Expiry Interval, and Subscription Identifiers: a group's message has that
        // of its member's subscription.
        let properties = 5 + 5 * self.identifiers.len().max(1) + self.message.user_properties_len;
        fixed + properties + self.message.topic.len() + self.message.payload.len()
    }

    /// Whether it is the same message published again.
    fn is_alike(&self, message: &Rc<Message>) -> bool {
        self.message.is_like(message)
    }
}
