//! What a client asks for in CONNECT, and its own limits.

use core::fmt;

use serde::{Deserialize, Serialize};

use super::MessageProperties;
use crate::codec::{ProtocolVersion, QoS};
use crate::value::Read;

/// All that a client is told beforehand. What an absent property means is the standard's to say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
#[serde(default, deny_unknown_fields)]
pub struct ClientConfig {
    /// The version the client speaks.
    pub version: ProtocolVersion,
    /// The Client Identifier; empty asks the server to assign one.
    pub client_identifier: String,
    /// Clean Start; in version 3 Clean Session, which also ends the Session with the connection.
    pub clean_start: bool,
    /// Seconds the Session outlives a connection; absent means 0. Version 5 only.
    pub session_expiry_interval: Option<u32>,
    /// Seconds between two packets at most; 0 turns the Keep Alive off.
    pub keep_alive: u16,
    /// QoS 1 and 2 publishes taken unacknowledged, 1 to 65 535. Version 5 only.
    pub receive_maximum: Option<u16>,
    /// Bytes of the largest packet taken, and so of an unfinished one that is held. Version 5
    /// tells the server, version 3 only enforces it. Absent means what the protocol can express.
    pub maximum_packet_size: Option<u32>,
    /// The highest Topic Alias taken; absent means none. Version 5 only.
    pub topic_alias_maximum: Option<u16>,
    /// Whether Response Information is asked for. Version 5 only.
    pub request_response_information: Option<bool>,
    /// Whether Reason Strings and User Properties are wanted; absent means yes. Version 5 only.
    pub request_problem_information: Option<bool>,
    /// The User Name, if there is one.
    pub user_name: Option<String>,
    /// The Password, if there is one.
    pub password: Option<Secret>,
    /// The Will Message, if there is one.
    pub will: Option<WillConfig>,
    /// User Properties of CONNECT, in order. Version 5 only.
    pub user_properties: Vec<(String, String)>,
    /// The method of extended authentication. Version 5 only.
    pub authentication_method: Option<String>,
    /// The first data of that method. Version 5 only.
    pub authentication_data: Option<Secret>,
    /// Who acknowledges what the server publishes.
    pub acknowledgement_mode: AcknowledgementMode,
    /// The client's own limits.
    pub limits: ClientLimits,
}

/// Version 5, an empty identifier, Clean Start, no Session Expiry Interval, a Keep Alive of 60
/// seconds and packets of up to 1 MiB.
impl Default for ClientConfig {
    fn default() -> Self {
        Self {
            version: ProtocolVersion::V5,
            client_identifier: String::new(),
            clean_start: true,
            session_expiry_interval: None,
            keep_alive: 60,
            receive_maximum: None,
            maximum_packet_size: Some(1 << 20),
            topic_alias_maximum: None,
            request_response_information: None,
            request_problem_information: None,
            user_name: None,
            password: None,
            will: None,
            user_properties: Vec::new(),
            authentication_method: None,
            authentication_data: None,
            acknowledgement_mode: AcknowledgementMode::Automatic,
            limits: ClientLimits::default(),
        }
    }
}

impl ClientConfig {
    /// The largest packet the protocol can express, in bytes.
    const PACKET_SIZE_CEILING: u32 = 268_435_460;

    /// Bytes of the largest packet taken.
    pub(super) fn packet_size_max(&self) -> usize {
        let max = self.maximum_packet_size.unwrap_or(Self::PACKET_SIZE_CEILING);
        usize::try_from(max.min(Self::PACKET_SIZE_CEILING)).unwrap_or(usize::MAX)
    }

    /// QoS 1 and 2 publishes that the server may send unacknowledged. Version 3 knows no such
    /// limit; there are no more Packet Identifiers than this either.
    pub(super) fn receive_maximum(&self) -> u16 {
        match self.version {
            ProtocolVersion::V5 => self.receive_maximum.unwrap_or(u16::MAX),
            ProtocolVersion::V3_1 | ProtocolVersion::V3_1_1 => u16::MAX,
        }
    }

    /// Seconds for which the client asks the server to keep the Session.
    pub(super) fn session_expiry_interval(&self) -> u32 {
        match self.version {
            ProtocolVersion::V5 => self.session_expiry_interval.unwrap_or(0),
            // [MQTT3-3.1.2-6]
            ProtocolVersion::V3_1 | ProtocolVersion::V3_1_1 if self.clean_start => 0,
            ProtocolVersion::V3_1 | ProtocolVersion::V3_1_1 => u32::MAX,
        }
    }
}

/// Who acknowledges a QoS 1 or 2 publish of the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, Read)]
pub enum AcknowledgementMode {
    /// The engine does, as soon as it has handed the message out.
    #[default]
    Automatic,
    /// The application does, by [`ClientCommand::Acknowledge`](super::ClientCommand), when it
    /// is done with the message.
    Manual,
}

/// A Will Message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Read)]
#[serde(default, deny_unknown_fields)]
pub struct WillConfig {
    /// Will Topic.
    pub topic: String,
    /// Will Payload.
    pub payload: Vec<u8>,
    /// Will QoS.
    pub qos: QoS,
    /// Will Retain.
    pub retain: bool,
    /// Seconds between the end of the connection and the Will. Version 5 only.
    pub will_delay_interval: Option<u32>,
    /// What a message can carry besides. Version 5 only.
    pub properties: MessageProperties,
}

/// What the client holds and waits for at most.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
#[serde(default, deny_unknown_fields)]
pub struct ClientLimits {
    /// QoS 1 and 2 publishes sent and not acknowledged, if the server's Receive Maximum allows as
    /// many. 0 counts as 1, since a send quota is never zero at the start [MQTT-4.9.0-1].
    pub inflight_messages_max: u16,
    /// Publishes that wait for send quota or a connection.
    pub outbox_messages_max: usize,
    /// Bytes of topic and payload that these have together.
    pub outbox_bytes_max: usize,
    /// SUBSCRIBE and UNSUBSCRIBE packets without an answer.
    pub requests_max: usize,
    /// Topic Aliases used when publishing, if the server takes as many; 0 uses none.
    pub topic_aliases_max: u16,
    /// User Properties taken in one packet of the server.
    pub user_properties_max: usize,
    /// Bytes of properties taken in one packet of the server.
    pub properties_bytes_max: usize,
    /// Seconds to wait for CONNACK; 0 waits for ever.
    pub connack_seconds_max: u32,
    /// Seconds to wait for PINGRESP; 0 waits for ever.
    pub pingresp_seconds_max: u32,
}

impl Default for ClientLimits {
    fn default() -> Self {
        Self {
            inflight_messages_max: 1_000,
            outbox_messages_max: 1_000,
            outbox_bytes_max: 8 << 20,
            requests_max: 256,
            topic_aliases_max: 0,
            user_properties_max: 256,
            properties_bytes_max: 256 << 10,
            connack_seconds_max: 10,
            pingresp_seconds_max: 10,
        }
    }
}

/// Bytes that `Debug` does not show, so that a password does not end in a log.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, Read)]
#[serde(transparent)]
pub struct Secret(pub Vec<u8>);

impl Secret {
    /// The bytes themselves.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} bytes>", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_show_itself() {
        let config = ClientConfig { password: Some("tea".into()), ..ClientConfig::default() };
        assert!(!format!("{config:?}").contains("tea"));
        assert!(format!("{config:?}").contains("<3 bytes>"));
    }

    #[test]
    fn clean_session_of_version_3_ends_with_the_connection() {
        let mut config =
            ClientConfig { version: ProtocolVersion::V3_1_1, ..ClientConfig::default() };
        assert_eq!(config.session_expiry_interval(), 0);
        config.clean_start = false;
        assert_eq!(config.session_expiry_interval(), u32::MAX);
    }

    #[test]
    fn an_absent_session_expiry_interval_is_0() {
        let config = ClientConfig { clean_start: false, ..ClientConfig::default() };
        assert_eq!(config.session_expiry_interval(), 0);
    }
}
