//! Predicates: what can be asked of a World and its trace, as data. Lessons are checked, and
//! their questions answered, by them.

use serde::{Deserialize, Serialize};

use super::{CloseCause, Direction, Fate, Payload, Side};
use crate::codec::{PacketIdentifier, PacketType, QoS, ReasonCode};
use crate::session::{DropCause, StageName};
use crate::value::Read;

/// A statement about a World and what has happened in it. Sessions go by their client
/// identifiers, clients by their names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
#[serde(tag = "is", rename_all = "snake_case", deny_unknown_fields)]
pub enum Predicate {
    /// Whether the broker holds a session.
    Session {
        /// Whose.
        client_identifier: String,
        /// Whether it is there.
        exists: bool,
    },
    /// The broker holds a session, and its client is connected or not.
    Connected {
        /// Whose.
        client_identifier: String,
        /// Whether it is connected.
        connected: bool,
    },
    /// How many messages wait in a session.
    QueueLen {
        /// Whose.
        client_identifier: String,
        /// How many.
        equals: usize,
    },
    /// Which messages wait in a session, all of them in order.
    Queue {
        /// Whose.
        client_identifier: String,
        /// Which.
        messages: Vec<QueuedMessage>,
    },
    /// Which messages are on their way to a client, all of them in order.
    Inflight {
        /// Whose.
        client_identifier: String,
        /// Which.
        messages: Vec<InflightMessage>,
    },
    /// How many QoS 2 messages of a client wait for PUBREL.
    ReceivedLen {
        /// Whose.
        client_identifier: String,
        /// How many.
        equals: usize,
    },
    /// Whether a session holds a subscription.
    Subscription {
        /// Whose.
        client_identifier: String,
        /// Its filter.
        filter: String,
        /// Whether it is there.
        exists: bool,
    },
    /// Whether a session holds a Will Message.
    Will {
        /// Whose.
        client_identifier: String,
        /// Whether it is there.
        exists: bool,
    },
    /// When something that a session waits for is due.
    Deadline {
        /// Whose.
        client_identifier: String,
        /// What.
        what: Deadline,
        /// In how many milliseconds; absent for never.
        in_ms: Option<u64>,
    },
    /// How many messages a session has lost.
    Drops {
        /// Whose.
        client_identifier: String,
        /// For which cause.
        cause: DropCause,
        /// How many.
        equals: u64,
    },
    /// Whether a client holds its half of a session.
    ClientSession {
        /// Which client.
        client: String,
        /// Whether it is there.
        exists: bool,
    },
    /// How many messages of a client are on their way to the broker.
    ClientInflightLen {
        /// Which client.
        client: String,
        /// How many.
        equals: usize,
    },
    /// How many QoS 2 messages a client has received and not completely acknowledged.
    ClientReceivedLen {
        /// Which client.
        client: String,
        /// How many.
        equals: usize,
    },
    /// How many packets of a kind were sent.
    Packets {
        /// Which.
        #[serde(rename = "where")]
        filter: Box<PacketFilter>,
        /// Since when.
        #[serde(default)]
        since: Since,
        /// How many.
        count: usize,
    },
    /// How many messages the application of a client was given, repeats of QoS 2 not counted.
    Messages {
        /// Which client.
        client: String,
        /// Of which topic; absent for any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        topic: Option<String>,
        /// With which payload; absent for any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        payload: Option<Payload>,
        /// Since when.
        #[serde(default)]
        since: Since,
        /// How many.
        count: usize,
    },
    /// How many times a side of a client's connections was closed.
    Closed {
        /// Which client.
        client: String,
        /// Which side.
        side: Side,
        /// Why; absent for any cause.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cause: Option<CloseCause>,
        /// Since when.
        #[serde(default)]
        since: Since,
        /// How many times.
        count: usize,
    },
    /// How many messages wait for whichever member of a share group comes first, in the queue of
    /// none of them.
    GroupQueueLen {
        /// The filter of its members, `$share/name/filter`.
        filter: String,
        /// How many.
        equals: usize,
    },
    /// How many retained messages there are.
    RetainedLen {
        /// How many.
        equals: usize,
    },
    /// All of these hold.
    All {
        /// Which.
        of: Vec<Self>,
    },
    /// One of these holds, or several.
    Any {
        /// Which.
        of: Vec<Self>,
    },
    /// This does not hold.
    Not {
        /// What.
        of: Box<Self>,
    },
}

/// What a session can wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
#[serde(rename_all = "snake_case")]
pub enum Deadline {
    /// Its end.
    SessionExpiry,
    /// Its Will Message.
    Will,
    /// The end of the message at the head of its queue.
    MessageExpiry,
}

/// The part of a trace that counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Read)]
#[serde(rename_all = "snake_case")]
pub enum Since {
    /// From the beginning of the step.
    #[default]
    Step,
    /// From the beginning of the lesson.
    Start,
}

/// A message that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
#[serde(deny_unknown_fields)]
pub struct QueuedMessage {
    /// Its topic.
    pub topic: String,
    /// Its payload.
    pub payload: Payload,
    /// The QoS at which it will be sent.
    pub qos: QoS,
}

/// A message on its way to a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
#[serde(deny_unknown_fields)]
pub struct InflightMessage {
    /// Its identifier.
    pub packet_identifier: PacketIdentifier,
    /// What has to come next.
    pub stage: StageName,
    /// Whether its PUBLISH was sent more than once.
    pub dup: bool,
}

/// Which packets are meant; what is absent does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Read)]
#[serde(default, deny_unknown_fields)]
pub struct PacketFilter {
    /// On whose link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// Which way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// Of which type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub packet_type: Option<PacketType>,
    /// What became of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fate: Option<Fate>,
    /// Its Packet Identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub packet_identifier: Option<PacketIdentifier>,
    /// Its Reason Code, or the first of several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason_code: Option<ReasonCode>,
    /// Session Present of a CONNACK.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_present: Option<bool>,
    /// DUP of a PUBLISH.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dup: Option<bool>,
    /// QoS of a PUBLISH.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qos: Option<QoS>,
    /// RETAIN of a PUBLISH.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retain: Option<bool>,
    /// Topic Name of a PUBLISH.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// Payload of a PUBLISH.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<Payload>,
    /// A property, by the standard's name, with a number for its value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub property: Option<(String, u32)>,
}
