//! Will Message: what is published for a client that does not say goodbye (§3.1.2.5).

use serde::{Deserialize, Serialize};

use crate::codec::QoS;

/// A Will Message as the session keeps it `[MQTT-3.1.2-7]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WillMessage {
    /// Will Topic.
    pub topic: String,
    /// Will Payload.
    pub payload: Vec<u8>,
    /// Will QoS.
    pub qos: QoS,
    /// Will Retain.
    pub retain: bool,
    /// Seconds between the end of the connection and the will.
    pub delay_interval: u32,
    /// Seconds it lives once it is published; `None` for ever. The time counts from then, not
    /// from CONNECT.
    pub message_expiry_interval: Option<u32>,
    /// Properties passed on unaltered, encoded.
    pub forwarded: Vec<u8>,
}

impl WillMessage {
    /// Bytes of topic, properties and payload.
    #[must_use]
    pub const fn size(&self) -> u64 {
        (self.topic.len() + self.forwarded.len() + self.payload.len()) as u64
    }
}
