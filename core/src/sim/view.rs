//! What can be seen of a World, as plain data: clients' halves of sessions, links, timers.
//!
//! The broker has views of its own; [`World::broker`] leads to them.

use serde::{Deserialize, Serialize};

use super::link::{End, Link};
use super::world::{Party, Process, World};
use super::{Direction, LinkSettings, PacketNumber, PacketSummary, TimerFired};
use crate::Timestamp;
use crate::broker::ConnectionId;
use crate::client::{
    ClientConfig, ClientSession, ClientState, ConnectionValues, InflightStage, OutgoingMessage,
    ReceivedStage,
};
use crate::codec::{PacketIdentifier, ProtocolVersion, QoS};

/// A client and its half of the Session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientView {
    /// What commands call it.
    pub name: String,
    /// Its configuration for the next CONNECT.
    pub config: ClientConfig,
    /// How its link carries packets.
    pub link_settings: LinkSettings,
    /// The network connection it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<ConnectionId>,
    /// Whether it is a client from outside: its program runs elsewhere, and what is said of it
    /// here is what the network has seen.
    pub is_outside: bool,
    /// Where it stands with its network.
    pub state: ClientStateName,
    /// Whether its process stands still.
    pub is_frozen: bool,
    /// What is in force on its connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values: Option<ConnectionValues>,
    /// QoS 1 and 2 publishes it may send now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub send_quota: Option<usize>,
    /// Publishes that wait for a connection or for send quota.
    pub outbox_len: usize,
    /// Messages that wait for its application to acknowledge them.
    pub unacknowledged: Vec<(PacketIdentifier, QoS)>,
    /// Its Session State, if it holds any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<ClientSessionView>,
}

/// Where a client stands with its network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientStateName {
    /// It has no connection.
    Offline,
    /// CONNACK is to come.
    Connecting,
    /// Its connection is accepted.
    Connected,
}

/// A client's Session State, the first of each list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientSessionView {
    /// Whose it is.
    pub client_identifier: String,
    /// Messages on their way to the broker, in all.
    pub inflight_len: usize,
    /// The first of them by identifier.
    pub inflight: Vec<ClientInflightView>,
    /// QoS 2 messages received and not completely acknowledged, in all.
    pub received_len: usize,
    /// The first of them by identifier.
    pub received: Vec<ClientReceivedView>,
}

/// A message on its way to the broker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientInflightView {
    /// Its identifier.
    pub packet_identifier: PacketIdentifier,
    /// What has to come next.
    pub stage: ClientStageName,
    /// The message; absent once PUBREC has come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<OutgoingMessage>,
}

/// What a message on its way to the broker waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientStageName {
    /// PUBACK has to come.
    AwaitingPubAck,
    /// PUBREC has to come.
    AwaitingPubRec,
    /// PUBCOMP has to come.
    AwaitingPubComp,
}

/// A QoS 2 message received and not completely acknowledged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientReceivedView {
    /// Its identifier.
    pub packet_identifier: PacketIdentifier,
    /// Where it stands.
    pub stage: ReceivedStage,
}

/// A network connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkView {
    /// Its number.
    pub link: ConnectionId,
    /// Whose it is.
    pub client: String,
    /// What it speaks.
    pub version: ProtocolVersion,
    /// Whether it is cut.
    pub is_cut: bool,
    /// Whether the client holds it.
    pub client_holds: bool,
    /// Whether the broker holds it.
    pub broker_holds: bool,
    /// Whether the broker reads from it.
    pub broker_reads: bool,
    /// Packets on their way to the broker, first come first.
    pub to_broker: Vec<FlightView>,
    /// Packets on their way to the client, first come first.
    pub to_client: Vec<FlightView>,
}

/// A packet in flight.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlightView {
    /// Its number in the trace.
    pub packet: PacketNumber,
    /// What it says.
    pub summary: PacketSummary,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// When it is due at the other end, whether it moves or not.
    pub due_at: Timestamp,
    /// When it arrives; absent while it is stuck: held, behind one that is held, on a link that is
    /// cut, or before one who does not read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arrives_at: Option<Timestamp>,
    /// Whether it is held itself.
    pub is_held: bool,
}

impl World {
    /// All clients in the order in which they were added, with at most `limit` entries in each
    /// list of their sessions.
    #[must_use]
    pub fn client_views(&self, limit: usize) -> Vec<ClientView> {
        self.clients.iter().map(|party| ClientView::new(party, limit)).collect()
    }

    /// All network connections in the order in which they were opened.
    #[must_use]
    pub fn link_views(&self) -> Vec<LinkView> {
        self.links.values().filter_map(|link| self.link_view(link)).collect()
    }

    /// What the parties wait for: the broker's first `limit` timers and one of each client, in
    /// the order of time.
    #[must_use]
    pub fn timers(&self, limit: usize) -> Vec<TimerFired> {
        let broker = self.broker().map_or_else(Vec::new, |broker| broker.timers(limit));
        let broker = broker
            .into_iter()
            .map(|timer| TimerFired::Broker { due_at: timer.at, reason: timer.reason });
        let mut timers: Vec<_> = broker.collect();
        let clients = self.clients.iter().filter(|party| !party.is_frozen).filter_map(|party| {
            let (due_at, reason) = party.client.poll_timeout()?;
            Some(TimerFired::Client { due_at, client: party.name.clone(), reason })
        });
        // Few come to what is in order already.
        for timer in clients {
            let due_at = timer.due_at();
            let place = timers.partition_point(|other: &TimerFired| other.due_at() <= due_at);
            timers.insert(place, timer);
        }
        timers
    }

    /// When the broker's process is back; `None` while it is up.
    #[must_use]
    pub fn broker_returns_at(&self) -> Option<Timestamp> {
        match &self.process {
            Process::Up(_) => None,
            Process::Down { until, .. } => Some(*until),
        }
    }

    /// Bytes of memory, about: for the checkpoints' bound.
    pub(super) fn weight_bytes(&self) -> usize {
        const BASE: usize = 16 * 1024;
        const SESSION: usize = 4 * 1024;
        const PACKET: usize = 128;
        let broker = self.broker().map_or(0, |broker| {
            let totals = broker.totals();
            let bytes = totals.queued_bytes + totals.retained_bytes + totals.unfinished_bytes;
            let sessions = SESSION.saturating_mul(totals.sessions);
            usize::try_from(bytes).unwrap_or(usize::MAX).saturating_add(sessions)
        });
        let clients = self.clients.iter().map(party_weight);
        let lanes = self.links.values().flat_map(|link| [&link.to_broker, &link.to_client]);
        let flights = lanes.flat_map(|lane| lane.flights());
        let flights = flights.map(|(_, flight)| PACKET.saturating_add(flight.bytes.len()));
        clients.chain(flights).fold(BASE.saturating_add(broker), usize::saturating_add)
    }

    fn link_view(&self, link: &Link) -> Option<LinkView> {
        let party = self.clients.get(link.client)?;
        let lane = |direction: Direction, moves: bool| {
            let moves = moves && !link.is_cut;
            flights(link, direction, moves, party.link_settings.reorder)
        };
        Some(LinkView {
            link: link.number,
            client: party.name.to_string(),
            version: link.version,
            is_cut: link.is_cut,
            client_holds: link.client_end == End::Open,
            broker_holds: link.broker_end == End::Open,
            broker_reads: link.is_read,
            to_broker: lane(Direction::ToBroker, link.is_read),
            to_client: lane(Direction::ToClient, !party.is_frozen),
        })
    }
}

impl TimerFired {
    /// When it is due.
    #[must_use]
    pub const fn due_at(&self) -> Timestamp {
        match self {
            Self::Broker { due_at, .. } | Self::Client { due_at, .. } => *due_at,
        }
    }
}

fn flights(link: &Link, direction: Direction, mut moves: bool, reorder: bool) -> Vec<FlightView> {
    let mut before = Timestamp::default();
    let flights = link.lane(direction).flights().map(|(item, flight)| {
        if reorder {
            before = Timestamp::default();
        } else {
            moves &= !item.is_held;
        }
        before = before.max(item.arrives_at);
        FlightView {
            packet: flight.packet,
            summary: PacketSummary::new(
                &flight.bytes,
                flight.packet_type,
                flight.version,
                direction,
            ),
            sent_at: flight.sent_at,
            due_at: item.arrives_at,
            arrives_at: (moves && !item.is_held).then_some(before),
            is_held: item.is_held,
        }
    });
    flights.collect()
}

fn party_weight(party: &Party) -> usize {
    let client = &party.client;
    const CLIENT: usize = 1024;
    const MESSAGE: usize = 128;
    let session = client.session().map_or(0, ClientSession::inflight_len);
    let outbox: usize = client
        .outbox()
        .map(|waiting| MESSAGE + waiting.message.topic.len() + waiting.message.payload.len())
        .sum();
    let unsent = party.outside.as_ref().map_or(0, |outside| outside.unsent.len());
    CLIENT + MESSAGE * session + outbox + unsent
}

impl ClientView {
    fn new(party: &Party, limit: usize) -> Self {
        let client = &party.client;
        Self {
            name: party.name.to_string(),
            config: client.config().clone(),
            link_settings: party.link_settings,
            link: party.link.map(ConnectionId),
            is_outside: party.outside.is_some(),
            state: match party.state() {
                ClientState::Offline => ClientStateName::Offline,
                ClientState::Connecting => ClientStateName::Connecting,
                ClientState::Connected => ClientStateName::Connected,
            },
            is_frozen: party.is_frozen,
            values: client.values().cloned(),
            send_quota: client.send_quota(),
            outbox_len: client.outbox().len(),
            unacknowledged: client.unacknowledged().take(limit).collect(),
            session: client.session().map(|session| ClientSessionView::new(session, limit)),
        }
    }
}

impl ClientSessionView {
    fn new(session: &ClientSession, limit: usize) -> Self {
        let inflight = session.inflight(None).take(limit).map(|(packet_identifier, inflight)| {
            ClientInflightView {
                packet_identifier,
                stage: ClientStageName::new(&inflight.stage),
                message: inflight.stage.message().map(|message| OutgoingMessage::clone(message)),
            }
        });
        let received = session
            .received(None)
            .take(limit)
            .map(|(packet_identifier, stage)| ClientReceivedView { packet_identifier, stage });
        Self {
            client_identifier: session.client_identifier().to_owned(),
            inflight_len: session.inflight_len(),
            inflight: inflight.collect(),
            received_len: session.received_len(),
            received: received.collect(),
        }
    }
}

impl ClientStageName {
    pub(super) const fn new(stage: &InflightStage) -> Self {
        match stage {
            InflightStage::AwaitingPubAck { .. } => Self::AwaitingPubAck,
            InflightStage::AwaitingPubRec { .. } => Self::AwaitingPubRec,
            InflightStage::AwaitingPubComp => Self::AwaitingPubComp,
        }
    }
}
