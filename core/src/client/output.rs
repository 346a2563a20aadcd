//! What a client engine gives back, in order.

use serde::{Deserialize, Serialize};

use super::message::owned;
use super::{IncomingMessage, Refusal};
use crate::codec::packet::ReasonProperties;
use crate::codec::{PacketIdentifier, PacketType, QoS, ReasonCode};

/// One thing a client wants done or known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClientOutput {
    /// Send these bytes to the server: one packet.
    Transmit {
        /// The packet.
        bytes: Vec<u8>,
    },
    /// Close the Network Connection once everything before this is sent. The engine is through
    /// with it already: `Closed` need not be reported, and what still arrives is not to be given.
    Close,
    /// Something the application may want to know.
    Event(ClientEvent),
}

/// What happened to a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClientEvent {
    /// The server accepted the connection.
    Connected(Box<Connected>),
    /// The server refused the connection. The Session State is untouched.
    ConnectionRefused {
        /// Why.
        reason: Reason,
        /// Another server to use.
        server_reference: Option<String>,
    },
    /// The connection, accepted or not, has ended.
    Disconnected(DisconnectCause),
    /// A message for the application. Each QoS 2 message comes once.
    Message(Box<IncomingMessage>),
    /// The server sent a message again that the application has been given already. It is
    /// acknowledged and not handed out again.
    Repeat {
        /// The message's Packet Identifier.
        packet_identifier: PacketIdentifier,
        /// Its QoS.
        qos: QoS,
        /// The DUP flag of this repeat.
        dup: bool,
    },
    /// A publish is through: sent (QoS 0), or acknowledged by PUBACK, PUBCOMP or a PUBREC of
    /// 0x80 and above.
    Published {
        /// The application's number.
        tag: u64,
        /// The Packet Identifier of QoS 1 and 2.
        packet_identifier: Option<PacketIdentifier>,
        /// What the server made of it. A message that PUBREC has accepted is a success, whatever
        /// PUBCOMP says.
        reason: Reason,
    },
    /// A publish that was accepted can no longer be sent: what the server of the current
    /// connection takes does not include it.
    PublishDropped {
        /// The application's number.
        tag: u64,
        /// The Packet Identifier, if it was sent before.
        packet_identifier: Option<PacketIdentifier>,
        /// Why.
        refusal: Refusal,
    },
    /// SUBACK came.
    Subscribed {
        /// The application's number.
        tag: u64,
        /// The Packet Identifier of the SUBSCRIBE.
        packet_identifier: PacketIdentifier,
        /// One code for each Topic Filter, in order.
        reason_codes: Vec<ReasonCode>,
        /// Reason String and User Properties.
        details: Details,
    },
    /// UNSUBACK came.
    Unsubscribed {
        /// The application's number.
        tag: u64,
        /// The Packet Identifier of the UNSUBSCRIBE.
        packet_identifier: PacketIdentifier,
        /// One code for each Topic Filter, in order; none in version 3.
        reason_codes: Vec<ReasonCode>,
        /// Reason String and User Properties.
        details: Details,
    },
    /// A SUBSCRIBE or UNSUBSCRIBE whose answer did not come before the connection ended. Whether
    /// the server obeyed is unknown.
    RequestUnanswered {
        /// The application's number.
        tag: u64,
        /// The Packet Identifier.
        packet_identifier: PacketIdentifier,
    },
    /// A step of extended authentication by the server.
    Authenticate {
        /// `CONTINUE_AUTHENTICATION` asks for an answer, `SUCCESS` ends a re-authentication.
        reason: Reason,
        /// Data whose meaning the method defines.
        authentication_data: Option<Vec<u8>>,
    },
    /// The client's Session State is gone.
    SessionDiscarded {
        /// Why.
        cause: DiscardCause,
        /// The publishes whose outcome will never be known, in the order they were sent.
        unacknowledged: Vec<DiscardedPublish>,
    },
    /// The server acknowledged something that was not open. Harmless, and worth a look.
    Unexpected {
        /// The packet.
        packet_type: PacketType,
        /// Its Packet Identifier.
        packet_identifier: PacketIdentifier,
    },
    /// A command, or the CONNECT that the configuration asks for, was not obeyed.
    CommandRefused {
        /// The application's number, if the command had one.
        tag: Option<u64>,
        /// Why.
        refusal: Refusal,
    },
}

/// What CONNACK said, with the defaults of the standard filled in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connected {
    /// Session Present. MQTT 3.1 cannot say it: there it is always false.
    pub session_present: bool,
    /// Whether the client goes on with Session State it held.
    pub resumed: bool,
    /// The values in force on this connection.
    pub values: ConnectionValues,
    /// A basis for response topics.
    pub response_information: Option<String>,
    /// Another server to use.
    pub server_reference: Option<String>,
    /// The last data of an extended authentication.
    pub authentication_data: Option<Vec<u8>>,
    /// Reason String and User Properties.
    pub details: Details,
}

/// What holds on one connection, after the server had its say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionValues {
    /// The Client Identifier: the client's own or the assigned one.
    pub client_identifier: String,
    /// Seconds the Session outlives the connection; 4 294 967 295 is for ever.
    pub session_expiry_interval: u32,
    /// Seconds between two packets of the client at most; 0 is off.
    pub keep_alive: u16,
    /// QoS 1 and 2 publishes the server takes unacknowledged.
    pub receive_maximum: u16,
    /// The highest QoS the server takes.
    pub maximum_qos: QoS,
    /// Whether the server retains messages.
    pub retain_available: bool,
    /// Bytes of the largest packet the server takes, if there is a limit.
    pub maximum_packet_size: Option<u32>,
    /// The highest Topic Alias the server takes; 0 is none.
    pub topic_alias_maximum: u16,
    /// Whether the server takes wildcards in Topic Filters.
    pub wildcard_subscription_available: bool,
    /// Whether the server takes Subscription Identifiers.
    pub subscription_identifiers_available: bool,
    /// Whether the server takes Shared Subscriptions.
    pub shared_subscription_available: bool,
}

/// Why a connection ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DisconnectCause {
    /// The application asked for it.
    Requested,
    /// The server sent DISCONNECT.
    Server {
        /// Why.
        reason: Reason,
        /// Another server to use.
        server_reference: Option<String>,
    },
    /// The Network Connection ended without a word.
    Network,
    /// The server broke the protocol or a limit of the client.
    ServerFault {
        /// The code that names the fault, told to the server in version 5.
        reason_code: ReasonCode,
        /// The fault, for a person.
        detail: String,
    },
    /// The server has a Session for a client that holds none [MQTT-3.2.2-4]. To connect with
    /// Clean Start is the way out.
    SessionPresentWithoutState,
    /// CONNACK did not come in time.
    ConnAckOverdue,
    /// PINGRESP did not come in time.
    PingRespOverdue,
    /// The client lost its store, and the connection with it.
    StateLost,
}

/// Why Session State is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DiscardCause {
    /// The client connects with Clean Start.
    CleanStart,
    /// The server holds no Session: Session Present is 0.
    SessionNotPresent,
    /// The connection has ended and the Session Expiry Interval is 0.
    SessionEnded,
    /// The client connects under another Client Identifier.
    ClientIdentifierChanged,
    /// The client lost its store.
    StateLost,
}

/// A publish whose outcome will never be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiscardedPublish {
    /// The application's number.
    pub tag: u64,
    /// Its Packet Identifier.
    pub packet_identifier: PacketIdentifier,
}

/// An outcome with what explains it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The outcome; `SUCCESS` where the version has no code.
    pub code: ReasonCode,
    /// What explains it.
    pub details: Details,
}

impl Reason {
    /// Success, without a word.
    pub(super) fn success() -> Self {
        Self { code: ReasonCode::SUCCESS, details: Details::default() }
    }

    /// The outcome `code` with what `properties` say about it.
    pub(super) fn new(code: ReasonCode, properties: &ReasonProperties<'_>) -> Self {
        Self { code, details: Details::new(properties) }
    }
}

/// What a server explains beside a reason code.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Details {
    /// Text for a person.
    pub reason_string: Option<String>,
    /// Name and value pairs, in order.
    pub user_properties: Vec<(String, String)>,
}

impl Details {
    pub(super) fn new(properties: &ReasonProperties<'_>) -> Self {
        Self {
            reason_string: properties.reason_string.map(str::to_owned),
            user_properties: owned(&properties.user_properties),
        }
    }
}
