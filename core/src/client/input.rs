//! What a client engine is given.

use serde::{Deserialize, Serialize};

use super::{ClientConfig, OutgoingMessage, Secret};
use crate::codec::packet::SubscriptionOptions;
use crate::codec::{PacketIdentifier, ReasonCode, SubscriptionIdentifier};
use crate::value::Read;

/// One thing that happens to a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientInput<'a> {
    /// A Network Connection is there. One that was there before has ended by that.
    Opened,
    /// The server sent these bytes: parts of packets, or several.
    Received {
        /// The bytes, in order behind those received before.
        bytes: &'a [u8],
    },
    /// The Network Connection has ended, by the server or by its own failure.
    Closed,
    /// The application wants something.
    Command(ClientCommand),
    /// The moment of [`Client::poll_timeout`](super::Client::poll_timeout) has come. Too early it
    /// does nothing.
    Timeout,
}

/// All that an application can ask of a client, as data.
///
/// A command that cannot be obeyed is answered by
/// [`ClientEvent::CommandRefused`](super::ClientEvent). A `tag` is the application's own number,
/// which the event that ends the matter carries again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub enum ClientCommand {
    /// Publish a message. QoS 0 is sent now or refused; QoS 1 and 2 wait in the outbox for a
    /// connection and for send quota.
    Publish {
        /// The application's number for this publish.
        tag: u64,
        /// What to publish.
        message: OutgoingMessage,
    },
    /// Subscribe to one or more Topic Filters.
    Subscribe {
        /// The application's number for this request.
        tag: u64,
        /// The Topic Filters with their options: at least one.
        filters: Vec<SubscriptionRequest>,
        /// The identifier of all these subscriptions. Version 5 only.
        subscription_identifier: Option<SubscriptionIdentifier>,
        /// User Properties of SUBSCRIBE, in order. Version 5 only.
        user_properties: Vec<(String, String)>,
    },
    /// End the subscriptions to one or more Topic Filters.
    Unsubscribe {
        /// The application's number for this request.
        tag: u64,
        /// The Topic Filters as they were subscribed to: at least one.
        filters: Vec<String>,
        /// User Properties of UNSUBSCRIBE, in order. Version 5 only.
        user_properties: Vec<(String, String)>,
    },
    /// Acknowledge a message, in [`AcknowledgementMode::Manual`](super::AcknowledgementMode).
    /// PUBACK and PUBREC leave in the order of their PUBLISH, whatever the order of commands.
    Acknowledge {
        /// The message's Packet Identifier.
        packet_identifier: PacketIdentifier,
        /// `SUCCESS`, or why the message is not taken (version 5 only).
        reason_code: ReasonCode,
    },
    /// Send DISCONNECT and close.
    Disconnect {
        /// `NORMAL_DISCONNECTION`, or another reason in version 5.
        reason_code: ReasonCode,
        /// Seconds the Session is to live from now on. Version 5 only.
        session_expiry_interval: Option<u32>,
    },
    /// Send AUTH: answer the server's challenge (`CONTINUE_AUTHENTICATION`) or start anew
    /// (`RE_AUTHENTICATE`). The method is the one of CONNECT. Version 5 only.
    Authenticate {
        /// `CONTINUE_AUTHENTICATION` or `RE_AUTHENTICATE`.
        reason_code: ReasonCode,
        /// Data whose meaning the method defines.
        authentication_data: Option<Secret>,
    },
    /// Send PINGREQ now.
    Ping,
    /// Use this configuration from the next CONNECT on.
    Reconfigure(Box<ClientConfig>),
    /// The client's store is gone, as after a crash without a disk: the connection, the Session
    /// State and the outbox with it.
    LoseState,
    /// Send these bytes as they are, even if no client may send them: for tests of a server and
    /// for showing what it does about errors. The engine does not look at them.
    Transmit {
        /// What goes to the server.
        bytes: Vec<u8>,
    },
}

/// One Topic Filter to subscribe to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Read)]
#[serde(default, deny_unknown_fields)]
pub struct SubscriptionRequest {
    /// The Topic Filter, `$share/` prefix included.
    pub filter: String,
    /// Its Subscription Options; beyond the QoS version 5 only.
    pub options: SubscriptionOptions,
}
