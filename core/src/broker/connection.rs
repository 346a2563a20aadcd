//! Connections: what the broker knows of a network connection.
//!
//! The rules of one connection:
//!
//! - Nothing but CONNECT is taken first, and only once `[MQTT-3.1.0-1]` `[MQTT-3.1.0-2]`.
//! - While its CONNECT is judged by the driver, nothing more is read.
//! - It is active from the accepted CONNECT to its end, and holds exactly one session.
//! - Whatever ends it, ends it at once: the broker forgets it, and bytes that still come from it
//!   are ignored.

use core::net::IpAddr;
use std::collections::VecDeque;
use std::sync::Arc;

use super::config::{Capabilities, Config};
use super::connect::PendingConnect;
use super::input::ConnectionId;
use super::room::HeldBack;
use super::timers::TimerKey;
use super::{RecordSequence, SessionKey};
use crate::Timestamp;
use crate::codec::{Deframer, PacketIdentifier, PacketType, ProtocolVersion};
use crate::session::QueueEntry;
use crate::topic::alias::{IncomingAliases, OutgoingAliases};

crate::slots::key!(
    /// The index of a connection.
    ConnectionKey
);

/// A network connection.
#[derive(Clone, Debug)]
pub(super) struct Connection {
    pub(super) id: ConnectionId,
    pub(super) address: Option<IpAddr>,
    /// What its CONNECT asked for; 5.0 until then.
    pub(super) version: ProtocolVersion,
    pub(super) state: State,
    /// Bytes of the largest packet the client takes, as its CONNECT says.
    pub(super) packet_size_max: usize,
    pub(super) deframer: Deframer,
    /// Bytes of its unfinished packet, as counted in the broker's total.
    pub(super) unfinished: u64,
    /// Bytes the driver will still take. Publishes stop at zero; answers go on and make it
    /// negative, until reading stops.
    pub(super) credit: i64,
    /// Packets that wait for records, in order.
    pub(super) held: VecDeque<Held>,
    pub(super) held_bytes: u64,
    /// Why nothing is read from it, if so.
    pub(super) blocked: Option<Blocked>,
    /// QoS 1 and 2 publishes taken and not answered to the end.
    pub(super) unacknowledged: u16,
    /// When its CONNECT deadline or Keep Alive is over, or the time in which it has to read its
    /// answers.
    pub(super) deadline: Option<Timestamp>,
    /// How the `refuse` policy holds it back, if it does.
    pub(super) held_back: Option<HeldBack>,
}

/// How far a connection has come.
#[derive(Clone, Debug)]
pub(super) enum State {
    /// CONNECT has to come.
    AwaitingConnect,
    /// The driver judges its CONNECT.
    Authenticating(Box<PendingConnect>),
    /// Its CONNECT was accepted.
    Active(Box<Active>),
}

/// What an accepted CONNECT settled.
#[derive(Clone, Debug)]
pub(super) struct Active {
    pub(super) session: SessionKey,
    pub(super) told: Told,
    /// Milliseconds of silence after which it is closed; 0 for never.
    pub(super) silence_ms: u64,
    /// QoS 1 and 2 messages it may be sent unacknowledged.
    pub(super) window: usize,
    /// Whether it wants Reason Strings `[MQTT-3.1.2-29]`.
    pub(super) problem_information: bool,
    /// The Session Expiry Interval that CONNECT itself named; the rule about DISCONNECT is
    /// judged on it, whatever it was capped to.
    pub(super) requested_expiry: u32,
    pub(super) aliases_in: IncomingAliases,
    pub(super) aliases_out: OutgoingAliases,
    /// The method of its extended authentication.
    pub(super) authentication_method: Option<Arc<str>>,
    /// Whose turn it is, while it authenticates anew.
    pub(super) re_authentication: Option<Turn>,
}

/// What its CONNACK told of the limits, and what therefore holds as long as the connection,
/// whatever the settings become meanwhile.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    /// QoS 1 and 2 publishes taken from it unacknowledged.
    pub(super) receive_maximum: u16,
    /// Bytes of the largest packet taken from it.
    pub(super) packet_size_bytes_max: u32,
    pub(super) capabilities: Capabilities,
}

/// Who has to say something next in an authentication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// The client, with AUTH.
    Client,
    /// The driver, with a verdict.
    Driver,
}

/// Something that waits for records.
#[derive(Clone, Debug)]
pub(super) enum Held {
    /// A whole packet.
    Packet { barrier: RecordSequence, bytes: Vec<u8>, frees_receive_quota: bool },
    /// The PUBLISH of an inflight message, which is encoded when it leaves.
    Publish { barrier: RecordSequence, packet_identifier: PacketIdentifier },
    /// The PUBLISH of a stored QoS 0 message.
    AtMostOnce { barrier: RecordSequence, entry: Box<QueueEntry> },
}

/// Why nothing is read from a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Blocked {
    /// It does not read its answers.
    Answers,
    /// The store is behind.
    Unpersisted,
    /// Its publish waits for room in a queue.
    Refused,
    /// The driver judges it.
    Authentication,
}

impl Connection {
    pub(super) fn new(id: ConnectionId, send_credit: u32, address: Option<IpAddr>) -> Self {
        Self {
            id,
            address,
            version: ProtocolVersion::V5,
            state: State::AwaitingConnect,
            packet_size_max: usize::MAX,
            deframer: Deframer::new(),
            unfinished: 0,
            credit: i64::from(send_credit),
            held: VecDeque::new(),
            held_bytes: 0,
            blocked: None,
            unacknowledged: 0,
            deadline: None,
            held_back: None,
        }
    }

    pub(super) fn active(&self) -> Option<&Active> {
        match &self.state {
            State::Active(active) => Some(active),
            State::AwaitingConnect | State::Authenticating(_) => None,
        }
    }

    pub(super) fn active_mut(&mut self) -> Option<&mut Active> {
        match &mut self.state {
            State::Active(active) => Some(active),
            State::AwaitingConnect | State::Authenticating(_) => None,
        }
    }

    /// Whether its CONNACK was made and waits for records; being the first packet, it is then in
    /// front of all that waits.
    pub(super) fn awaits_connack(&self) -> bool {
        self.held.front().is_some_and(|held| match held {
            Held::Packet { bytes, .. } => bytes.first() == Some(&PacketType::ConnAck.first_byte()),
            Held::Publish { .. } | Held::AtMostOnce { .. } => false,
        })
    }

    /// What its deadline is for.
    pub(super) const fn deadline_timer(&self, key: ConnectionKey) -> TimerKey {
        match (&self.state, self.blocked) {
            (State::Active(_), Some(Blocked::Answers)) => TimerKey::UnreadAnswers(key),
            (State::Active(_), _) => TimerKey::KeepAlive(key),
            (State::AwaitingConnect | State::Authenticating(_), _) => {
                TimerKey::ConnectDeadline(key)
            }
        }
    }

    /// The session it holds.
    pub(super) fn session(&self) -> Option<SessionKey> {
        self.active().map(|active| active.session)
    }
}

impl Told {
    /// What is told under these settings.
    pub(super) const fn new(config: &Config) -> Self {
        Self {
            receive_maximum: config.limits.receive_maximum,
            packet_size_bytes_max: config.limits.packet_size_bytes_max,
            capabilities: config.capabilities,
        }
    }
}

impl Held {
    pub(super) const fn barrier(&self) -> RecordSequence {
        match self {
            Self::Packet { barrier, .. }
            | Self::Publish { barrier, .. }
            | Self::AtMostOnce { barrier, .. } => *barrier,
        }
    }

    /// The same, waiting for `barrier`.
    pub(super) fn behind(mut self, last: RecordSequence) -> Self {
        match &mut self {
            Self::Packet { barrier, .. }
            | Self::Publish { barrier, .. }
            | Self::AtMostOnce { barrier, .. } => *barrier = last,
        }
        self
    }

    /// The bytes of the answer it is, if it is one.
    pub(super) const fn len(&self) -> u64 {
        match self {
            Self::Packet { bytes, .. } => bytes.len() as u64,
            Self::Publish { .. } | Self::AtMostOnce { .. } => 0,
        }
    }
}
