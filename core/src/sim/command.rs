//! All that can be done to a [`World`](super::World), as data.

use core::fmt;

use serde::de::value::SeqAccessDeserializer;
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::{ClientDefinition, LinkSettings, PacketNumber};
use crate::broker::Command as OperatorCommand;
use crate::client::{ClientCommand, MessageProperties, SubscriptionRequest};
use crate::codec::{PacketIdentifier, PacketType, QoS, ReasonCode, Sender, SubscriptionIdentifier};
use crate::value::{Read, Source, Value};

/// Something that is done at a virtual time. Clients go by their names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Read)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Adds a client, or gives one that is there another configuration, from its next CONNECT
    /// on.
    SetClient {
        /// The client.
        definition: Box<ClientDefinition>,
    },
    /// Opens a network connection; the client sends CONNECT.
    Connect {
        /// Which client.
        client: String,
    },
    /// The client sends DISCONNECT and closes.
    Disconnect {
        /// Which client.
        client: String,
        /// Its reason; other than 0 only in version 5.
        #[serde(default = "normal_disconnection")]
        reason_code: ReasonCode,
        /// Seconds the Session is to live from now on. Version 5 only.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        session_expiry_interval: Option<u32>,
    },
    /// Cuts the client's network connection. What is in flight is stuck.
    Cut {
        /// Whose.
        client: String,
        /// Who learns of it, at once.
        #[serde(default)]
        noticed_by: NoticedBy,
    },
    /// Mends a cut connection. If both sides still hold it, what was stuck goes on; a side that
    /// holds it alone learns that it is gone.
    Restore {
        /// Whose.
        client: String,
    },
    /// The client publishes a message.
    Publish {
        /// Which client.
        client: String,
        /// The Topic Name.
        topic: String,
        /// The payload.
        #[serde(default)]
        payload: Payload,
        /// The QoS.
        #[serde(default)]
        qos: QoS,
        /// Whether the broker is to retain it.
        #[serde(default)]
        retain: bool,
        /// What version 5 can say besides.
        #[serde(default)]
        properties: Box<MessageProperties>,
    },
    /// The client subscribes.
    Subscribe {
        /// Which client.
        client: String,
        /// To what: at least one Topic Filter.
        filters: Vec<SubscriptionRequest>,
        /// The identifier of these subscriptions. Version 5 only.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subscription_identifier: Option<SubscriptionIdentifier>,
        /// User Properties of SUBSCRIBE. Version 5 only.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        user_properties: Vec<(String, String)>,
    },
    /// The client ends subscriptions.
    Unsubscribe {
        /// Which client.
        client: String,
        /// To what.
        filters: Vec<String>,
    },
    /// The client's application acknowledges a message, in manual mode.
    Acknowledge {
        /// Which client.
        client: String,
        /// The message's identifier.
        packet_identifier: PacketIdentifier,
        /// How.
        #[serde(default = "success")]
        reason_code: ReasonCode,
    },
    /// Anything else that an application can ask of its client.
    Ask {
        /// Which client.
        client: String,
        /// What is asked.
        request: Box<ClientCommand>,
    },
    /// The client's process stands still: it reads nothing, sends nothing and sees no timer.
    Freeze {
        /// Which client.
        client: String,
    },
    /// A frozen client goes on, with all that came in the meantime.
    Thaw {
        /// Which client.
        client: String,
    },
    /// The client's process dies and what it knew of its Session with it; the network
    /// connection is closed.
    LoseState {
        /// Which client.
        client: String,
    },
    /// Gives a client's link other settings, for packets sent from now on.
    SetLink {
        /// Whose.
        client: String,
        /// The settings.
        link: LinkSettings,
    },
    /// A program outside this World opens a network connection as a client of it; one that the
    /// client holds is closed. A name that no client has becomes one from outside.
    OpenOutside {
        /// What the client is called here.
        client: String,
    },
    /// A client from outside sends bytes. Those of a packet that is not complete wait for its
    /// rest.
    SendOutside {
        /// Which client.
        client: String,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// A client from outside closes its network connection.
    CloseOutside {
        /// Which client.
        client: String,
    },
    /// Does something to one packet.
    Fault {
        /// Which packet.
        target: Target,
        /// What.
        fault: Fault,
    },
    /// The broker's process dies. Connections are closed, and attempts to connect fail until it
    /// is back.
    RestartBroker {
        /// Milliseconds until it is back.
        #[serde(default)]
        down_ms: u64,
        /// Whether it goes on with what its store has persisted; it starts empty otherwise. A
        /// broker whose `records` setting is off has persisted nothing.
        #[serde(default)]
        keep_records: bool,
    },
    /// The clock jumps ahead, as when a machine sleeps: what was due in between is late.
    SkipClock {
        /// By how much.
        ms: u64,
    },
    /// An operator's wish, settings and policies among them.
    Operate {
        /// Which.
        request: Box<OperatorCommand>,
    },
}

/// Who learns at once that a connection is cut. The others learn it by Keep Alive, if at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Read)]
#[serde(rename_all = "snake_case")]
pub enum NoticedBy {
    /// Client and broker.
    #[default]
    Both,
    /// The client alone: the broker holds a half-open connection.
    Client,
    /// The broker alone.
    Broker,
    /// Nobody.
    Nobody,
}

/// Which way a packet goes.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Read,
)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From the client to the broker.
    ToBroker,
    /// From the broker to the client.
    ToClient,
}

impl Direction {
    /// Which side sends packets that go this way.
    #[must_use]
    pub const fn sender(self) -> Sender {
        match self {
            Self::ToBroker => Sender::Client,
            Self::ToClient => Sender::Server,
        }
    }
}

/// The packet a fault is done to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
#[serde(tag = "target", rename_all = "snake_case", deny_unknown_fields)]
pub enum Target {
    /// The one with this number, in flight.
    Packet {
        /// Its number in the trace.
        packet: PacketNumber,
    },
    /// The first one in flight of this kind.
    InFlight {
        /// On whose link.
        client: String,
        /// Which way.
        direction: Direction,
        /// Of which type; absent for any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        packet_type: Option<PacketType>,
    },
    /// The next one that is sent of this kind.
    Next {
        /// On whose link.
        client: String,
        /// Which way.
        direction: Direction,
        /// Of which type; absent for any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        packet_type: Option<PacketType>,
    },
}

/// What is done to a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
#[serde(tag = "fault", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// It never arrives.
    Drop,
    /// It arrives later, and whatever was sent behind it too.
    Delay {
        /// By how much.
        ms: u32,
    },
    /// It arrives twice.
    Duplicate,
    /// It waits until it is released, and whatever was sent behind it too.
    Hold,
    /// It is held no more.
    Release,
}

/// The payload of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Payload {
    /// As text.
    Text(String),
    /// As bytes.
    Bytes(Vec<u8>),
}

impl Payload {
    /// The bytes on the wire.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }
}

// Two kinds that a format tells apart need none of the trials that serde derives.
impl<'de> Deserialize<'de> for Payload {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextOrBytes)
    }
}

impl Read for Payload {
    fn read(source: Source<'_>) -> Self {
        match source.value() {
            Some(Value::List(_)) => Self::Bytes(Read::read(source)),
            _ => Self::Text(Read::read(source)),
        }
    }
}

struct TextOrBytes;

impl<'de> Visitor<'de> for TextOrBytes {
    type Value = Payload;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or a list of bytes")
    }

    fn visit_str<E>(self, text: &str) -> Result<Payload, E> {
        Ok(Payload::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, bytes: A) -> Result<Payload, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(bytes)).map(Payload::Bytes)
    }
}

impl Default for Payload {
    fn default() -> Self {
        Self::Text(String::new())
    }
}

impl Command {
    /// The client it is done to, if it is one.
    #[must_use]
    pub fn client(&self) -> Option<&str> {
        match self {
            Self::Connect { client }
            | Self::Disconnect { client, .. }
            | Self::Cut { client, .. }
            | Self::Restore { client }
            | Self::Publish { client, .. }
            | Self::Subscribe { client, .. }
            | Self::Unsubscribe { client, .. }
            | Self::Acknowledge { client, .. }
            | Self::Ask { client, .. }
            | Self::Freeze { client }
            | Self::Thaw { client }
            | Self::LoseState { client }
            | Self::SetLink { client, .. }
            | Self::OpenOutside { client }
            | Self::SendOutside { client, .. }
            | Self::CloseOutside { client } => Some(client),
            Self::Fault { target, .. } => match target {
                Target::Packet { .. } => None,
                Target::InFlight { client, .. } | Target::Next { client, .. } => Some(client),
            },
            Self::SetClient { definition } => Some(&definition.name),
            Self::RestartBroker { .. } | Self::SkipClock { .. } | Self::Operate { .. } => None,
        }
    }
}

const fn normal_disconnection() -> ReasonCode {
    ReasonCode::NORMAL_DISCONNECTION
}

const fn success() -> ReasonCode {
    ReasonCode::SUCCESS
}
