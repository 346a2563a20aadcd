//! The client's half of a Session: what it must remember when the network does not.
//!
//! "The Session State in the Client consists of" two things (§4.1): the QoS 1 and 2 messages sent
//! to the server and not completely acknowledged, and the QoS 2 messages received from the server
//! and not completely acknowledged. Subscriptions, the Will and everything of a connection are not
//! among them.

use std::ops::Bound::{Excluded, Unbounded};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::OutgoingMessage;
use crate::codec::PacketIdentifier;
use crate::ordered::OrderedMap;

/// The Session State of a client. It survives connections, and with a store of the application
/// also the program, by way of serde and [`Client::restore`](super::Client::restore).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientSession {
    /// Whose Session it is [MQTT-3.1.3-2]: the client's own identifier or the assigned one.
    client_identifier: String,
    inflight: OrderedMap<PacketIdentifier, Inflight>,
    received: OrderedMap<PacketIdentifier, ReceivedStage>,
    /// Where the search for a free identifier goes on, so that one just released rests longest.
    next_packet_identifier: PacketIdentifier,
    next_position: u64,
}

/// A QoS 1 or 2 message sent to the server and not completely acknowledged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inflight {
    /// The application's number for the publish.
    pub tag: u64,
    /// What is still to come.
    pub stage: InflightStage,
    /// Where it stands in the order in which the packet that waits for an answer, PUBLISH or
    /// PUBREL, was first sent.
    pub(super) position: u64,
}

/// What a message in flight waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InflightStage {
    /// QoS 1: PUBLISH is unacknowledged [MQTT-4.3.2-3].
    AwaitingPubAck {
        /// What a resend needs.
        message: Arc<OutgoingMessage>,
    },
    /// QoS 2: PUBLISH is unacknowledged [MQTT-4.3.3-3].
    AwaitingPubRec {
        /// What a resend needs.
        message: Arc<OutgoingMessage>,
    },
    /// QoS 2: PUBREL is unacknowledged [MQTT-4.3.3-5]. The message is the server's now.
    AwaitingPubComp,
}

impl InflightStage {
    /// What a resend needs; `None` once PUBREL is sent, when the message is not sent again
    /// [MQTT-4.3.3-6].
    #[must_use]
    pub const fn message(&self) -> Option<&Arc<OutgoingMessage>> {
        match self {
            Self::AwaitingPubAck { message } | Self::AwaitingPubRec { message } => Some(message),
            Self::AwaitingPubComp => None,
        }
    }
}

/// Where a received QoS 2 message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ReceivedStage {
    /// The application has the message and has not acknowledged it: PUBREC is not sent.
    AwaitingApplication,
    /// PUBREC is sent, PUBREL is to come.
    AwaitingPubRel,
}

impl ClientSession {
    /// How many Packet Identifiers there are.
    const PACKET_IDENTIFIERS: usize = 65_535;

    /// An empty Session of the client `client_identifier`.
    #[must_use]
    pub const fn new(client_identifier: String) -> Self {
        Self {
            client_identifier,
            inflight: OrderedMap::new(),
            received: OrderedMap::new(),
            next_packet_identifier: PacketIdentifier::FIRST,
            next_position: 0,
        }
    }

    /// The Client Identifier the Session belongs to.
    #[must_use]
    pub fn client_identifier(&self) -> &str {
        &self.client_identifier
    }

    /// Messages in flight to the server by Packet Identifier, from the one after `after`. Each
    /// step costs the logarithm of their number at most.
    pub fn inflight(
        &self,
        after: Option<PacketIdentifier>,
    ) -> impl Iterator<Item = (PacketIdentifier, &Inflight)> {
        let start = after.map_or(Unbounded, Excluded);
        self.inflight
            .range_from(start.as_ref())
            .map(|(identifier, inflight)| (*identifier, inflight))
    }

    /// The message in flight under `packet_identifier`.
    #[must_use]
    pub fn inflight_by(&self, packet_identifier: PacketIdentifier) -> Option<&Inflight> {
        self.inflight.get(&packet_identifier)
    }

    /// How many messages are in flight to the server.
    #[must_use]
    pub fn inflight_len(&self) -> usize {
        self.inflight.len()
    }

    /// QoS 2 messages received and not completely acknowledged by Packet Identifier, from the one
    /// after `after`. Each step costs the logarithm of their number at most.
    pub fn received(
        &self,
        after: Option<PacketIdentifier>,
    ) -> impl Iterator<Item = (PacketIdentifier, ReceivedStage)> {
        let start = after.map_or(Unbounded, Excluded);
        self.received.range_from(start.as_ref()).map(|(identifier, stage)| (*identifier, *stage))
    }

    /// Where the QoS 2 message received under `packet_identifier` stands.
    #[must_use]
    pub fn received_by(&self, packet_identifier: PacketIdentifier) -> Option<ReceivedStage> {
        self.received.get(&packet_identifier).copied()
    }

    /// How many received QoS 2 messages are not completely acknowledged.
    #[must_use]
    pub fn received_len(&self) -> usize {
        self.received.len()
    }

    /// A Packet Identifier that neither a message in flight nor one of `requests` requests uses
    /// [MQTT-2.2.1-3], if there is one.
    pub(super) fn unused_packet_identifier(
        &self,
        requests: usize,
        is_request: impl Fn(PacketIdentifier) -> bool,
    ) -> Option<PacketIdentifier> {
        if self.inflight.len().saturating_add(requests) >= Self::PACKET_IDENTIFIERS {
            return None;
        }
        let mut identifier = self.next_packet_identifier;
        while self.inflight.contains_key(&identifier) || is_request(identifier) {
            identifier = identifier.next();
        }
        Some(identifier)
    }

    /// Notes that `packet_identifier` goes out now.
    pub(super) const fn use_packet_identifier(&mut self, packet_identifier: PacketIdentifier) {
        self.next_packet_identifier = packet_identifier.next();
    }

    /// Notes a message that was sent and now waits for `stage`.
    pub(super) fn add_inflight(
        &mut self,
        packet_identifier: PacketIdentifier,
        tag: u64,
        stage: InflightStage,
    ) {
        self.use_packet_identifier(packet_identifier);
        let position = self.next_position();
        self.inflight.insert(packet_identifier, Inflight { tag, stage, position });
    }

    /// Notes that PUBREC came: PUBREL is the packet that waits now, behind those before it.
    pub(super) fn await_pub_comp(&mut self, packet_identifier: PacketIdentifier) {
        let position = self.next_position();
        if let Some(inflight) = self.inflight.get_mut(&packet_identifier) {
            inflight.stage = InflightStage::AwaitingPubComp;
            inflight.position = position;
        }
    }

    /// Ends the flow of `packet_identifier`, which is free from now on.
    pub(super) fn remove_inflight(
        &mut self,
        packet_identifier: PacketIdentifier,
    ) -> Option<Inflight> {
        self.inflight.remove(&packet_identifier)
    }

    /// Messages in flight in the order of sending [MQTT-4.6.0-1].
    pub(super) fn inflight_in_order(&self) -> Vec<(PacketIdentifier, &Inflight)> {
        let mut inflight: Vec<(_, &Inflight)> = Vec::with_capacity(self.inflight.len());
        for (packet_identifier, next) in self.inflight(None) {
            // Most were sent in the order of their identifiers, so that most come last.
            let place = inflight.partition_point(|(_, other)| other.position < next.position);
            inflight.insert(place, (packet_identifier, next));
        }
        inflight
    }

    pub(super) fn set_received(
        &mut self,
        packet_identifier: PacketIdentifier,
        stage: ReceivedStage,
    ) {
        self.received.insert(packet_identifier, stage);
    }

    pub(super) fn remove_received(&mut self, packet_identifier: PacketIdentifier) -> bool {
        self.received.remove(&packet_identifier).is_some()
    }

    const fn next_position(&mut self) -> u64 {
        let position = self.next_position;
        self.next_position = position.saturating_add(1);
        position
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identifier(value: u16) -> PacketIdentifier {
        PacketIdentifier::new(value).unwrap()
    }

    #[test]
    fn an_identifier_in_use_is_passed_over() {
        let mut session = ClientSession::new("c".to_owned());
        for value in [1, 2, 4] {
            session.add_inflight(identifier(value), 0, InflightStage::AwaitingPubComp);
        }
        session.use_packet_identifier(identifier(65_535));
        let is_request = |packet_identifier| packet_identifier == identifier(3);
        assert_eq!(session.unused_packet_identifier(1, is_request), Some(identifier(5)));
    }

    #[test]
    fn a_released_identifier_rests_until_all_others_were_used() {
        let mut session = ClientSession::new("c".to_owned());
        session.add_inflight(identifier(1), 0, InflightStage::AwaitingPubComp);
        session.remove_inflight(identifier(1));
        assert_eq!(session.unused_packet_identifier(0, |_| false), Some(identifier(2)));
    }

    #[test]
    fn with_all_65_535_identifiers_in_use_there_is_none() {
        let mut session = ClientSession::new("c".to_owned());
        for value in 1..=u16::MAX {
            session.add_inflight(identifier(value), 0, InflightStage::AwaitingPubComp);
        }
        assert_eq!(session.unused_packet_identifier(0, |_| false), None);
        session.remove_inflight(identifier(40_000));
        assert_eq!(session.unused_packet_identifier(0, |_| false), Some(identifier(40_000)));
        assert_eq!(session.unused_packet_identifier(1, |_| false), None);
    }
}
