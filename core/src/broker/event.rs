//! What an observer can be told.

use core::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::ConnectionId;
use crate::codec::{PacketIdentifier, ProtocolVersion, QoS, ReasonCode};
use crate::session::{ClientIdentifier, DropCause};
use crate::topic::SubscriptionFilter;
use crate::value::Read;

/// Which events are told. Nothing is made for those that are not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Read)]
#[serde(default, deny_unknown_fields)]
pub struct EventFilter {
    /// Connections and sessions that come and go, wills.
    pub lifecycle: bool,
    /// Subscriptions made and ended.
    pub subscriptions: bool,
    /// Messages dropped.
    pub drops: bool,
    /// Every message queued, sent and acknowledged.
    pub messages: bool,
}

impl EventFilter {
    /// Every event there is.
    pub const ALL: Self =
        Self { lifecycle: true, subscriptions: true, drops: true, messages: true };
}

/// Something that has happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A client was accepted.
    Connected {
        /// Its connection.
        connection: ConnectionId,
        /// Its identifier.
        client_identifier: ClientIdentifier,
        /// What it speaks.
        version: ProtocolVersion,
        /// Whether its session was there already.
        session_present: bool,
        /// Where it comes from.
        address: Option<IpAddr>,
    },
    /// A connection ended, or was refused before it had a client.
    Disconnected {
        /// Its connection.
        connection: ConnectionId,
        /// Its client, if one was accepted.
        client_identifier: Option<ClientIdentifier>,
        /// Why.
        reason: DisconnectReason,
    },
    /// A session began.
    SessionStarted {
        /// Whose.
        client_identifier: ClientIdentifier,
    },
    /// A session ended and all it held is gone.
    SessionEnded {
        /// Whose.
        client_identifier: ClientIdentifier,
        /// Why.
        reason: SessionEnd,
    },
    /// A Will Message was published.
    WillPublished {
        /// Whose.
        client_identifier: ClientIdentifier,
    },
    /// A Will Message will not be published.
    WillCancelled {
        /// Whose.
        client_identifier: ClientIdentifier,
        /// Why.
        reason: WillCancelled,
    },
    /// A subscription was made or replaced.
    Subscribed {
        /// Whose.
        client_identifier: ClientIdentifier,
        /// To what.
        filter: SubscriptionFilter,
        /// The QoS granted.
        qos: QoS,
        /// Whether one to the same filter was replaced.
        replaced: bool,
    },
    /// A subscription was ended.
    Unsubscribed {
        /// Whose.
        client_identifier: ClientIdentifier,
        /// To what.
        filter: SubscriptionFilter,
    },
    /// A message came to wait for a client.
    MessageQueued {
        /// For whom.
        client_identifier: ClientIdentifier,
        /// Its arrival number, which names it in this session.
        arrival: u64,
    },
    /// A message was sent to a client.
    MessageSent {
        /// To whom.
        client_identifier: ClientIdentifier,
        /// Its arrival number.
        arrival: u64,
        /// Its identifier, unless it is QoS 0.
        packet_identifier: Option<PacketIdentifier>,
        /// Whether it was sent before.
        dup: bool,
    },
    /// A client acknowledged a message, and it is forgotten.
    MessageAcknowledged {
        /// By whom.
        client_identifier: ClientIdentifier,
        /// Its identifier.
        packet_identifier: PacketIdentifier,
        /// The client's code.
        reason_code: ReasonCode,
    },
    /// A message was dropped for a client.
    MessageDropped {
        /// For whom; `None` for the queue of a share group, or a retained message.
        client_identifier: Option<ClientIdentifier>,
        /// Its number among the messages that the broker has taken in, by which two of one topic
        /// are told apart.
        sequence: u64,
        /// Its topic.
        topic: String,
        /// Why.
        cause: DropCause,
    },
}

/// Why a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisconnectReason {
    /// The client sent DISCONNECT.
    Client {
        /// Its code.
        reason_code: ReasonCode,
    },
    /// The network connection was lost or closed without a DISCONNECT.
    Network,
    /// The broker ended it.
    Broker {
        /// The code sent, or that would have been sent to a 5.0 client.
        reason_code: ReasonCode,
    },
    /// CONNECT was refused.
    Refused {
        /// The code of CONNACK.
        reason_code: ReasonCode,
    },
}

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionEnd {
    /// Its expiry interval passed without a connection.
    Expired,
    /// Its expiry interval was 0 when the connection ended.
    ConnectionEnded,
    /// A CONNECT with Clean Start discarded it.
    CleanStart,
    /// An operator ended it.
    Operator,
}

/// Why a Will Message will not be published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WillCancelled {
    /// The client sent DISCONNECT 0x00.
    NormalDisconnection,
    /// The client came back within the will delay.
    Reconnected,
    /// The client is not authorized to publish to its topic.
    NotAuthorized,
}
