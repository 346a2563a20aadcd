//! Version 3 publishers that the `refuse` policy holds back: their message is taken when there is
//! room for it, or when their deadline has passed, which the timers of the broker tell.

use afterlink_core::Timestamp;
use afterlink_core::broker::view::MessageView;
use afterlink_core::broker::{Broker, Event, QueueOverflow, TimerReason};
use afterlink_core::codec::{DecodeLimits, Packet, ProtocolVersion, QoS, Sender, decode};
use afterlink_core::sim::{Entry, Happening, SentPacket, TimerFired};

use super::{Check, Link, Model};

/// A packet that has arrived and is not taken yet.
#[derive(Clone, Debug)]
pub(super) struct HeldBack {
    sent: SentPacket,
    /// Its place among all that were held back.
    turn: u64,
    /// Its place among those who get on in one step.
    place: (usize, u64),
    /// The number of its message, once that is taken in and seen.
    sequence: Option<u64>,
    /// When it is taken anyway.
    pub(super) deadline: Timestamp,
}

impl Model {
    /// Looks at which connections are held back once the step is done, and at which number the
    /// messages of the others were taken in.
    pub(super) fn look_who_is_held_back(&mut self, broker: &Broker, entries: &[Entry]) {
        self.held_back.clear();
        let is_anybody = self.links.values().any(|link| link.held_back.is_some());
        if self.config.queue_overflow != QueueOverflow::Refuse && !is_anybody {
            return;
        }
        for timer in broker.timers(usize::MAX) {
            if let TimerReason::RefuseDeadline { connection } = timer.reason {
                self.held_back.insert(connection.0);
            }
        }
        let overdue: Vec<u64> = entries.iter().filter_map(deadline).collect();
        let mut ready = Vec::new();
        for (number, link) in &mut self.links {
            if let Some(held_back) = &mut link.held_back
                && !self.held_back.contains(number)
            {
                let place = overdue.iter().position(|one| one == number);
                held_back.place = (place.unwrap_or(usize::MAX), held_back.turn);
                ready.push((link.client_identifier.as_str(), held_back));
            }
        }
        if !ready.is_empty() {
            number(&mut ready, self.last_sequence, broker, entries);
        }
    }

    /// Keeps a packet back if the broker does. Answers whether it does.
    pub(super) fn hold_back(
        &mut self,
        sent: &SentPacket,
        packet: &Packet<'_>,
    ) -> Result<bool, (&'static str, String)> {
        let number = sent.link.0;
        let Packet::Publish(publish) = packet else { return Ok(false) };
        let may_be = sent.version != ProtocolVersion::V5 && publish.qos > QoS::AtMostOnce;
        if !may_be || !self.held_back.contains(&number) {
            return Ok(false);
        }
        self.check_refusal(publish.topic, publish.qos)?;
        self.figures.held_back += 1;
        let ms = u64::from(self.config.limits.refuse_deadline_ms);
        let held_back = HeldBack {
            sent: sent.clone(),
            turn: self.figures.held_back,
            place: (usize::MAX, 0),
            sequence: None,
            deadline: self.now.plus_millis(ms),
        };
        if let Some(link) = self.links.get_mut(&number) {
            link.held_back = Some(held_back);
        }
        Ok(true)
    }

    /// Those who are held back no more have got on: by the numbers of their messages, between
    /// which those whose number is not to be seen have theirs, in the order in which they came.
    pub(super) fn get_on(&mut self) -> Check {
        self.get_on_while(|_, _| true)
    }

    /// The same up to the message with a number. One whose number is seen waits for its turn,
    /// since a will may come before it.
    pub(super) fn get_on_up_to(&mut self, last: u64) -> Check {
        self.get_on_while(|taken, held_back| taken < last && held_back.sequence.is_none())
    }

    fn get_on_while(&mut self, may_get_on: impl Fn(u64, &HeldBack) -> bool) -> Check {
        loop {
            self.get_on_next()?;
            let ready = self.links.iter().filter_map(|(number, link)| {
                let held_back = link.held_back.as_ref()?;
                let is_ready =
                    !self.held_back.contains(number) && may_get_on(self.last_sequence, held_back);
                is_ready.then_some((held_back.sequence, held_back.place, *number))
            });
            match ready.min() {
                Some((_, _, number)) => self.get_on_at(number)?,
                None => return Ok(()),
            }
        }
    }

    /// Those whose message is the next by its number have got on before anything else happens.
    pub(super) fn get_on_next(&mut self) -> Check {
        let is_next = |link: &Link, sequence: u64| {
            link.held_back.as_ref().is_some_and(|one| one.sequence == Some(sequence))
        };
        loop {
            let sequence = self.last_sequence + 1;
            let mut links = self.links.iter();
            let next = links.find(|(_, link)| is_next(link, sequence)).map(|(number, _)| *number);
            match next {
                Some(number) => self.get_on_at(number)?,
                None => return Ok(()),
            }
        }
    }

    fn get_on_at(&mut self, number: u64) -> Check {
        let link = self.links.get_mut(&number);
        link.and_then(|link| link.held_back.take()).map_or(Ok(()), |one| self.receive(&one.sent))
    }
}

impl HeldBack {
    fn publish(&self) -> Option<(String, Vec<u8>)> {
        let limits = DecodeLimits::default();
        match decode(&self.sent.bytes, self.sent.version, Sender::Client, &limits) {
            Ok(Packet::Publish(publish)) => {
                Some((publish.topic.to_owned(), publish.payload.to_vec()))
            }
            Ok(_) | Err(_) => None,
        }
    }
}

/// Gives those who have got on the numbers above `last` at which their messages were taken in, if
/// a view or else a drop tells.
fn number(ready: &mut [(&str, &mut HeldBack)], last: u64, broker: &Broker, entries: &[Entry]) {
    let views = all_messages(broker);
    let mut dropped: Vec<(u64, &str)> = entries.iter().filter_map(drop).collect();
    dropped.retain(|(sequence, _)| *sequence > last);
    ready.sort_by_key(|(_, held_back)| held_back.place);
    for (publisher, held_back) in ready.iter_mut() {
        let Some((topic, payload)) = held_back.publish() else { continue };
        let found = views.iter().find(|view| {
            let by = view.publisher.as_ref().map(|client| client.as_str());
            view.sequence > last
                && by == Some(publisher)
                && (&view.topic, &view.payload) == (&topic, &payload)
        });
        held_back.sequence = found.map(|view| view.sequence);
        dropped.retain(|(sequence, _)| Some(*sequence) != held_back.sequence);
    }
    for (_, held_back) in ready.iter_mut().filter(|(_, one)| one.sequence.is_none()) {
        let Some((topic, _)) = held_back.publish() else { continue };
        let found = dropped.iter().find(|(_, of)| **of == topic).map(|(sequence, _)| *sequence);
        held_back.sequence = found;
        dropped.retain(|(sequence, _)| Some(*sequence) != found);
    }
}

/// Whose deadline has passed.
fn deadline(entry: &Entry) -> Option<u64> {
    let Happening::Timer(TimerFired::Broker { reason, .. }) = &entry.what else { return None };
    let TimerReason::RefuseDeadline { connection } = reason else { return None };
    Some(connection.0)
}

/// What was dropped.
fn drop(entry: &Entry) -> Option<(u64, &str)> {
    let Happening::Broker(event) = &entry.what else { return None };
    let Event::MessageDropped { sequence, topic, .. } = event else { return None };
    Some((*sequence, topic.as_str()))
}

/// All messages that wait, are on their way or are retained.
pub(super) fn all_messages(broker: &Broker) -> Vec<MessageView> {
    let mut all = Vec::new();
    for group in broker.share_groups(None, usize::MAX) {
        all.extend(
            broker.group_queue(&group.name, None, usize::MAX).into_iter().map(|one| one.message),
        );
    }
    for session in broker.sessions(None, usize::MAX) {
        let client = session.client_identifier.as_str();
        all.extend(broker.queue(client, None, usize::MAX).into_iter().map(|one| one.message));
        all.extend(
            broker.inflight(client, None, usize::MAX).into_iter().filter_map(|one| one.message),
        );
    }
    all.extend(broker.retained(None, usize::MAX).into_iter().map(|one| one.message));
    all
}
