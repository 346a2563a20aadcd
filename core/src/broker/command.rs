//! All an operator can do, as data.

use serde::{Deserialize, Serialize};

use super::Config;
use crate::authorization::Policy;
use crate::codec::{QoS, ReasonCode};
use crate::value::Read;

/// An operator's wish, an input like any other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Read)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    /// Replaces what clients are authorized for.
    Policy {
        /// The new policy.
        policy: Policy,
    },
    /// Replaces the settings; sessions and connections keep what they were granted, and what is
    /// recorded was settled at the start.
    Config {
        /// The new settings.
        config: Box<Config>,
    },
    /// Publishes a message in the broker's own name.
    Publish {
        /// Its Topic Name; one that is not valid makes the command do nothing.
        topic: String,
        /// Its payload.
        payload: Vec<u8>,
        /// Its QoS.
        qos: QoS,
        /// Whether it is retained.
        retain: bool,
        /// Seconds it lives, for ever if absent.
        message_expiry_interval: Option<u32>,
    },
    /// Ends a client's connection; its session lives on by its own rules.
    Disconnect {
        /// Whose.
        client_identifier: String,
        /// What a 5.0 client is told; "administrative action" if it is no code of DISCONNECT.
        reason_code: ReasonCode,
    },
    /// Ends a session now, its connection too.
    ExpireSession {
        /// Whose.
        client_identifier: String,
    },
    /// Drops all messages that wait for a client.
    PurgeQueue {
        /// Whose.
        client_identifier: String,
    },
    /// Drops one message that waits for a client.
    DropMessage {
        /// Whose.
        client_identifier: String,
        /// Which, by its arrival number.
        arrival: u64,
    },
    /// Says goodbye to all connections: DISCONNECT 0x8B, then close; wills by the rules.
    Shutdown,
}
