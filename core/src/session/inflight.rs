//! Inflight messages: QoS 1 and 2 messages sent to the client and not completely acknowledged.
//!
//! The rules of one message, from the server to its client:
//!
//! - QoS 1: PUBLISH sent, until PUBACK.
//! - QoS 2: PUBLISH sent, until PUBREC; then PUBREL sent, until PUBCOMP. A PUBREC with a code of
//!   0x80 or more ends it at once `[MQTT-4.3.3-4]`.
//! - Its Packet Identifier is in use until it ends `[MQTT-2.2.1-4]`; identifiers rotate, so that
//!   one that has just become free is the last to be used again.
//! - After a reconnect everything unfinished is sent again in the original order, PUBLISH with
//!   DUP, PUBREL in the order of the PUBRECs `[MQTT-4.4.0-1]`; at no other time.

use core::ops::Bound;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{MatchedIdentifiers, Message, QueueEntry, ShareGroupName};
use crate::Timestamp;
use crate::codec::{PacketIdentifier, QoS};
use crate::ordered::OrderedMap;
use crate::value::Read;

/// How far the exchange of an inflight message has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// PUBLISH with QoS 1 was sent: PUBACK has to come.
    AwaitingPubAck(Outgoing),
    /// PUBLISH with QoS 2 was sent: PUBREC has to come.
    AwaitingPubRec(Outgoing),
    /// PUBREL was sent: PUBCOMP has to come. The message itself is forgotten, since PUBLISH may
    /// not be sent again `[MQTT-4.3.3-6]`.
    AwaitingPubComp,
}

/// What is needed to send a PUBLISH again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// The message.
    pub message: Arc<Message>,
    /// The RETAIN flag it carries.
    pub retain: bool,
    /// The Subscription Identifiers it carries.
    pub identifiers: MatchedIdentifiers,
    /// The share group it came through.
    pub share: Option<Arc<ShareGroupName>>,
}

/// The names of the stages, for views and records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
#[serde(rename_all = "snake_case")]
pub enum StageName {
    /// See [`Stage::AwaitingPubAck`].
    AwaitingPubAck,
    /// See [`Stage::AwaitingPubRec`].
    AwaitingPubRec,
    /// See [`Stage::AwaitingPubComp`].
    AwaitingPubComp,
}

/// A message on its way to the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InflightMessage {
    /// Its identifier on the wire.
    pub packet_identifier: PacketIdentifier,
    /// Its arrival number in the session.
    pub arrival: u64,
    /// How far it has come.
    pub stage: Stage,
    /// When its last packet was made.
    pub sent_at: Timestamp,
    /// Whether its PUBLISH was sent more than once.
    pub dup: bool,
    /// Whether its last packet was sent on the present connection. On a new connection with a
    /// smaller Receive Maximum some have to wait.
    pub sent_here: bool,
}

impl InflightMessage {
    /// The QoS at which it was sent.
    #[must_use]
    pub const fn qos(&self) -> QoS {
        match self.stage {
            Stage::AwaitingPubAck(_) => QoS::AtLeastOnce,
            Stage::AwaitingPubRec(_) | Stage::AwaitingPubComp => QoS::ExactlyOnce,
        }
    }

    /// The name of its stage.
    #[must_use]
    pub const fn stage_name(&self) -> StageName {
        match self.stage {
            Stage::AwaitingPubAck(_) => StageName::AwaitingPubAck,
            Stage::AwaitingPubRec(_) => StageName::AwaitingPubRec,
            Stage::AwaitingPubComp => StageName::AwaitingPubComp,
        }
    }

    /// What is sent again with a PUBLISH; `None` once PUBREC has come.
    #[must_use]
    pub const fn outgoing(&self) -> Option<&Outgoing> {
        match &self.stage {
            Stage::AwaitingPubAck(outgoing) | Stage::AwaitingPubRec(outgoing) => Some(outgoing),
            Stage::AwaitingPubComp => None,
        }
    }

    /// Whether its PUBREL has to be sent again on the present connection.
    const fn is_release_due(&self) -> bool {
        matches!(self.stage, Stage::AwaitingPubComp) && !self.sent_here
    }
}

/// All inflight messages of a session.
#[derive(Clone, Debug)]
pub struct Inflight {
    /// By order of sending; PUBREC moves a message to the end.
    messages: OrderedMap<u64, InflightMessage>,
    /// The order under which an identifier is found.
    orders: OrderedMap<PacketIdentifier, u64>,
    next_order: u64,
    /// Where the search for a free identifier begins.
    next_identifier: PacketIdentifier,
    /// How many were sent on the present connection, which is what Receive Maximum bounds.
    sent_here: usize,
    /// All before this place were sent on the present connection, so that the search for the
    /// next to be sent again does not begin anew for each.
    resent_before: u64,
    /// The same of PUBREL, which may be ahead.
    released_before: u64,
    /// How many PUBREL have to be sent again.
    releases: usize,
}

impl Default for Inflight {
    fn default() -> Self {
        Self {
            messages: OrderedMap::new(),
            orders: OrderedMap::new(),
            next_order: 0,
            next_identifier: PacketIdentifier::FIRST,
            sent_here: 0,
            resent_before: 0,
            released_before: 0,
            releases: 0,
        }
    }
}

impl Inflight {
    /// Takes a queue entry of QoS 1 or 2 in, under the next free Packet Identifier
    /// `[MQTT-2.2.1-4]`. `None` if all 65 535 are in use.
    pub fn start(&mut self, entry: QueueEntry, now: Timestamp) -> Option<&InflightMessage> {
        let packet_identifier = self.free_identifier()?;
        self.next_identifier = packet_identifier.next();
        let message = InflightMessage {
            packet_identifier,
            arrival: entry.arrival,
            stage: Self::first_stage(entry),
            sent_at: now,
            dup: false,
            sent_here: true,
        };
        self.sent_here += 1;
        Some(self.insert(message))
    }

    /// Puts back a message that a store had kept. It has not been sent on any connection here.
    pub fn restore(
        &mut self,
        entry: QueueEntry,
        packet_identifier: PacketIdentifier,
        at: Timestamp,
    ) {
        self.next_identifier = packet_identifier.next();
        let message = InflightMessage {
            packet_identifier,
            arrival: entry.arrival,
            stage: Self::first_stage(entry),
            sent_at: at,
            dup: false,
            sent_here: false,
        };
        self.insert(message);
    }

    /// PUBREC has come: the message is forgotten and PUBREL is due. `false` if no QoS 2 message
    /// under `identifier` waits for PUBREC.
    pub fn release(&mut self, identifier: PacketIdentifier, now: Timestamp) -> bool {
        let Some(order) = self.orders.get_mut(&identifier) else { return false };
        let Some(message) = self.messages.get(order) else { return false };
        let Stage::AwaitingPubRec(_) = &message.stage else { return false };
        let Some(mut message) = self.messages.remove(order) else { return false };
        message.stage = Stage::AwaitingPubComp;
        message.sent_at = now;
        // PUBREL leaves now, and is not due again on this connection [MQTT-4.4.0-1].
        self.sent_here += usize::from(!message.sent_here);
        message.sent_here = true;
        *order = self.next_order;
        self.messages.insert(self.next_order, message);
        self.next_order += 1;
        true
    }

    /// Ends the exchange under `identifier` and frees it.
    pub fn finish(&mut self, identifier: PacketIdentifier) -> Option<InflightMessage> {
        let order = self.orders.remove(&identifier)?;
        let message = self.messages.remove(&order)?;
        self.sent_here -= usize::from(message.sent_here);
        self.releases -= usize::from(message.is_release_due());
        Some(message)
    }

    /// The connection is gone: whatever is unfinished has to be sent again on the next one.
    pub fn connection_ended(&mut self) {
        self.sent_here = 0;
        self.resent_before = 0;
        self.released_before = 0;
        self.releases = 0;
        for message in self.messages.values_mut() {
            message.sent_here = false;
            self.releases += usize::from(message.is_release_due());
        }
    }

    /// The first message in order that has to be sent again on this connection. PUBREL does not
    /// wait for the Receive Maximum: while that is full, it is the first PUBREL
    /// `[MQTT-3.3.4-10]` `[MQTT-4.9.0-3]`.
    pub fn next_resend(&mut self, full: bool) -> Option<PacketIdentifier> {
        let (done, before) = if full {
            (self.releases == 0, &mut self.released_before)
        } else {
            (self.sent_here == self.messages.len(), &mut self.resent_before)
        };
        if done {
            return None;
        }
        let mut rest = self.messages.range_from(Bound::Included(before));
        let is_due = |one: &InflightMessage| {
            if full { one.is_release_due() } else { !one.sent_here }
        };
        let (order, message) = rest.find(|(_, message)| is_due(message))?;
        *before = *order;
        Some(message.packet_identifier)
    }

    /// The message under `identifier`, which [`Self::next_resend`] gave, has been sent again.
    pub fn resent(&mut self, identifier: PacketIdentifier, now: Timestamp) {
        let Some(&order) = self.orders.get(&identifier) else { return };
        if let Some(message) = self.messages.get_mut(&order) {
            self.releases -= usize::from(message.is_release_due());
            self.sent_here += usize::from(!message.sent_here);
            message.sent_here = true;
            message.sent_at = now;
            message.dup |= message.outgoing().is_some();
        }
    }

    /// The message under `identifier`.
    #[must_use]
    pub fn get(&self, identifier: PacketIdentifier) -> Option<&InflightMessage> {
        self.messages.get(self.orders.get(&identifier)?)
    }

    /// Messages in order of sending, each with its place, those behind `after` or all.
    pub fn after(&self, after: Option<u64>) -> impl Iterator<Item = (u64, &InflightMessage)> {
        let start = after.map_or(0, |after| after.saturating_add(1));
        self.messages.range_from(Bound::Included(&start)).map(|(order, message)| (*order, message))
    }

    /// All messages in order of sending.
    pub fn iter(&self) -> impl Iterator<Item = &InflightMessage> {
        self.messages.values()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.messages.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// How many were sent on the present connection: what Receive Maximum bounds.
    #[must_use]
    pub const fn sent_here(&self) -> usize {
        self.sent_here
    }

    /// Checks what has to hold between two calls.
    ///
    /// # Panics
    ///
    /// If something does not hold, which is a defect.
    pub fn assert_invariants(&self) {
        assert_eq!(self.messages.len(), self.orders.len(), "one identifier a message");
        for (order, message) in &self.messages {
            assert_eq!(self.orders.get(&message.packet_identifier), Some(order));
        }
        let here = self.messages.values().filter(|message| message.sent_here).count();
        assert_eq!(self.sent_here, here, "messages sent on this connection");
        let releases = self.messages.values().filter(|message| message.is_release_due()).count();
        assert_eq!(self.releases, releases, "releases to be sent again");
    }

    fn insert(&mut self, message: InflightMessage) -> &InflightMessage {
        let order = self.next_order;
        self.next_order += 1;
        self.orders.insert(message.packet_identifier, order);
        self.messages.get_or_insert_with(order, || message)
    }

    fn first_stage(entry: QueueEntry) -> Stage {
        let qos = entry.qos;
        let outgoing = Outgoing {
            message: entry.message,
            retain: entry.retain,
            identifiers: entry.identifiers,
            share: entry.share,
        };
        match qos {
            QoS::ExactlyOnce => Stage::AwaitingPubRec(outgoing),
            QoS::AtMostOnce | QoS::AtLeastOnce => Stage::AwaitingPubAck(outgoing),
        }
    }

    /// The next identifier that is not in use. The search walks over the used ones that follow
    /// each other, which the map holds in order, and not over all there are.
    fn free_identifier(&self) -> Option<PacketIdentifier> {
        if self.orders.len() == usize::from(u16::MAX) {
            return None;
        }
        let mut candidate = self.next_identifier;
        for (used, _) in self.orders.range_from(Bound::Included(&self.next_identifier)) {
            if *used != candidate {
                return Some(candidate);
            }
            candidate = candidate.next();
        }
        if !self.orders.contains_key(&candidate) {
            return Some(candidate);
        }
        candidate = PacketIdentifier::FIRST;
        for used in self.orders.keys() {
            if *used != candidate {
                break;
            }
            candidate = candidate.next();
        }
        Some(candidate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{MessageIdentity, MessageParts};

    #[test]
    fn the_search_for_a_free_identifier_goes_on_at_the_first_behind_the_last() {
        let parts = MessageParts {
            topic: "a",
            forwarded: &[],
            payload: &[],
            qos: QoS::AtLeastOnce,
            retain: false,
            received_at: Timestamp::default(),
            expires_at: None,
        };
        let entry = |arrival| QueueEntry {
            arrival,
            qos: QoS::AtLeastOnce,
            retain: false,
            identifiers: MatchedIdentifiers::None,
            share: None,
            recorded: false,
            message: parts.to_message(MessageIdentity { origin: 0, sequence: arrival }, None),
        };
        let mut inflight = Inflight::default();
        assert!(inflight.is_empty());
        for (arrival, used) in [(1, u16::MAX), (2, 1), (3, 2), (4, 4), (5, u16::MAX - 1)] {
            let used = PacketIdentifier::new(used).expect("not zero");
            inflight.restore(entry(arrival), used, Timestamp::default());
        }
        let begun = inflight.start(entry(6), Timestamp::default()).expect("one is free");
        assert_eq!(begun.packet_identifier.get(), 3);
        assert!(!inflight.is_empty());
    }
}
