//! Entries of a trace: everything that can happen in a [`World`](super::World).

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Command, Direction};
use crate::Timestamp;
use crate::broker::{ConnectionId, Event, TimerReason};
use crate::client::{ClientEvent, ClientTimer};
use crate::codec::{PacketType, ProtocolVersion};
use crate::value::Read;

/// The number of a packet in a trace, from 1.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Read,
)]
#[serde(transparent)]
pub struct PacketNumber(pub u64);

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number, consecutive from 0.
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// In which step of the World.
    pub step: u64,
    /// What.
    pub what: Happening,
}

/// What can happen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub enum Happening {
    /// A command was carried out, or was not.
    Commanded {
        /// The command.
        command: Box<Command>,
        /// Why it was not carried out.
        #[serde(skip_serializing_if = "Option::is_none")]
        refused: Option<CommandRefusal>,
    },
    /// A packet left.
    PacketSent(SentPacket),
    /// A packet arrived and was read.
    PacketDelivered {
        /// Which.
        packet: PacketNumber,
    },
    /// A packet will never arrive.
    PacketLost {
        /// Which.
        packet: PacketNumber,
        /// Why.
        cause: LossCause,
    },
    /// A packet waits to be released.
    PacketHeld {
        /// Which.
        packet: PacketNumber,
    },
    /// A packet is held no more.
    PacketReleased {
        /// Which.
        packet: PacketNumber,
    },
    /// A packet will arrive later.
    PacketDelayed {
        /// Which.
        packet: PacketNumber,
        /// When at the earliest.
        arrives_at: Timestamp,
    },
    /// A client opened a network connection.
    LinkOpened {
        /// Its number.
        link: ConnectionId,
        /// Which client.
        client: Arc<str>,
    },
    /// A network connection was cut.
    LinkCut {
        /// Which.
        link: ConnectionId,
        /// Whose.
        client: Arc<str>,
    },
    /// A cut network connection was mended.
    LinkRestored {
        /// Which.
        link: ConnectionId,
        /// Whose.
        client: Arc<str>,
    },
    /// One side of a network connection is closed.
    LinkClosed {
        /// Which.
        link: ConnectionId,
        /// Whose.
        client: Arc<str>,
        /// Which side.
        side: Side,
        /// Why.
        cause: CloseCause,
    },
    /// The broker reported an event.
    Broker(Event),
    /// A client reported an event.
    Client {
        /// Which client.
        client: Arc<str>,
        /// What.
        event: ClientEvent,
    },
    /// A timer fired.
    Timer(TimerFired),
    /// The store persisted records.
    Persisted {
        /// How many in all since the broker started.
        upto: u64,
    },
    /// The broker's process ended.
    BrokerStopped {
        /// Records that were not persisted, and are lost.
        unpersisted: u64,
    },
    /// The broker's process began.
    BrokerStarted {
        /// Records it goes on with.
        records: u64,
    },
}

impl Happening {
    /// The packet that it is about.
    #[must_use]
    pub const fn packet(&self) -> Option<PacketNumber> {
        match self {
            Self::PacketSent(SentPacket { packet, .. })
            | Self::PacketDelivered { packet }
            | Self::PacketLost { packet, .. }
            | Self::PacketHeld { packet }
            | Self::PacketReleased { packet }
            | Self::PacketDelayed { packet, .. } => Some(*packet),
            Self::Commanded { .. }
            | Self::LinkOpened { .. }
            | Self::LinkCut { .. }
            | Self::LinkRestored { .. }
            | Self::LinkClosed { .. }
            | Self::Broker(_)
            | Self::Client { .. }
            | Self::Timer(_)
            | Self::Persisted { .. }
            | Self::BrokerStopped { .. }
            | Self::BrokerStarted { .. } => None,
        }
    }
}

/// A packet that left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentPacket {
    /// Its number.
    pub packet: PacketNumber,
    /// On which network connection.
    pub link: ConnectionId,
    /// On whose link.
    pub client: Arc<str>,
    /// Which way.
    pub direction: Direction,
    /// The version the connection speaks.
    pub version: ProtocolVersion,
    /// Its type; absent for bytes that are no packet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub packet_type: Option<PacketType>,
    /// Its bytes.
    pub bytes: Arc<[u8]>,
    /// When it will arrive, if nothing comes between.
    pub arrives_at: Timestamp,
    /// The packet that the network made a second one of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duplicate_of: Option<PacketNumber>,
}

/// A timer that fired, or will.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "party", rename_all = "snake_case")]
pub enum TimerFired {
    /// One of the broker's.
    Broker {
        /// When it was due.
        due_at: Timestamp,
        /// What for.
        reason: TimerReason,
    },
    /// One of a client's.
    Client {
        /// When it was due.
        due_at: Timestamp,
        /// Which client.
        client: Arc<str>,
        /// What for.
        reason: ClientTimer,
    },
}

/// A side of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The client's.
    Client,
    /// The broker's.
    Broker,
}

/// Why a packet never arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
#[serde(rename_all = "snake_case")]
pub enum LossCause {
    /// A command dropped it.
    Dropped,
    /// Its receiver has closed the connection, or has taken it for closed.
    Closed,
    /// The connection was cut, and one side has given it up.
    Cut,
}

/// Why one side of a connection is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
#[serde(rename_all = "snake_case")]
pub enum CloseCause {
    /// It closed by itself.
    Own,
    /// The other side closed.
    Peer,
    /// The connection was cut, and this side noticed.
    Cut,
    /// Nobody listened there.
    Refused,
    /// The broker's process ended.
    BrokerStopped,
}

/// Why a command was not carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommandRefusal {
    /// No client has this name.
    ClientUnknown,
    /// There are as many clients as there may be.
    TooManyClients,
    /// The client is frozen.
    ClientFrozen,
    /// The client has no network connection.
    NotConnected,
    /// The connection is cut already.
    CutAlready,
    /// The connection is not cut.
    NotCut,
    /// No such packet is in flight.
    PacketUnknown,
    /// The packet is not held.
    NotHeld,
    /// The broker is down.
    BrokerDown,
    /// The client is one from outside: only its own program says what it does.
    ClientOutside,
    /// The client is not one from outside.
    ClientInside,
}
