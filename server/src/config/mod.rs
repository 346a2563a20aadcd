//! Everything that can be set about the server, with its defaults.
//!
//! A config file holds some of the keys that `afterlink config --print-default` prints; what it
//! does not name keeps its default. A key or value that is wrong stops the start: no part of a
//! file is ever taken without the rest.

mod accepts;
mod keys;
mod print;
mod read;

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use afterlink_core::authorization::Policy;
use afterlink_core::broker::{
    Capabilities, Config as BrokerConfig, Limits, QueueOverflow, SharedDelivery,
    V3PublishNotAuthorized, V31SubscribeNotAuthorized,
};
use serde::{Deserialize, Serialize};

pub use print::print_default;
pub use read::{parse, read};

/// The server's cap on session expiry: 7 days. The core has none of its own.
pub const SESSION_EXPIRY_SECONDS_MAX: u32 = 7 * 24 * 60 * 60;

/// The settings of the server, as the tables of its config file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where to listen.
    pub listen: Listen,
    /// HTTP and MQTT over WebSocket.
    pub websocket: WebSocket,
    /// Network connections.
    pub connection: Connection,
    /// How the server ends.
    pub shutdown: Shutdown,
    /// How much of everything there may be.
    pub limits: Limits,
    /// What the broker offers.
    pub capabilities: Capabilities,
    /// Choices the standard leaves to a broker.
    pub policies: Policies,
    /// What clients are refused.
    pub authorization: Policy,
    /// What is told on stderr.
    pub log: Log,
}

/// Where to listen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Listen {
    /// MQTT over TCP.
    pub tcp: SocketAddr,
    /// HTTP, with MQTT over WebSocket.
    pub http: SocketAddr,
}

/// HTTP and MQTT over WebSocket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WebSocket {
    /// Origins of pages that may open a WebSocket, besides the server's own.
    pub allowed_origins: Vec<String>,
    /// Names the server may be called by, besides its own addresses and `localhost`.
    pub allowed_hosts: Vec<String>,
    /// Milliseconds from the opening of a connection to the end of its request's header.
    pub upgrade_deadline_ms: u32,
    /// Bytes of the header of one request.
    pub header_bytes_max: u32,
    /// Fields of the header of one request.
    pub header_fields_max: u16,
}

/// Network connections.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Connection {
    /// Bytes held for a peer that does not take them.
    pub send_credit_bytes: u32,
    /// Milliseconds a peer is given to take what is on its way when its connection is closed.
    pub close_deadline_ms: u32,
}

/// How the server ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Shutdown {
    /// Milliseconds all connections together are given to close.
    pub deadline_ms: u32,
}

/// Choices the standard leaves to a broker; each is explained where the core defines it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policies {
    /// What happens to a message for a queue that is full.
    pub queue_overflow: QueueOverflow,
    /// Whether QoS 0 messages are queued for a session whose client is away.
    pub queue_qos0_offline: bool,
    /// Which member of a share group gets a message.
    pub shared_delivery: SharedDelivery,
    /// What a version 3 publisher sees of a publish it is not authorized for.
    pub v3_publish_not_authorized: V3PublishNotAuthorized,
    /// What a 3.1 subscriber sees of a refused filter.
    pub v3_1_subscribe_not_authorized: V31SubscribeNotAuthorized,
    /// Whether 3.1 clients may use identifiers of more than 23 characters.
    pub v3_1_long_client_identifiers: bool,
    /// Whether a payload that is said to be UTF-8 is checked.
    pub payload_format_validated: bool,
    /// What a client that asks for Response Information is told.
    pub response_information: Option<String>,
}

/// What is told on stderr.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// The least important that is told: `off`, `error`, `warn`, `info`, `debug` or `trace`.
    pub level: String,
}

impl Config {
    /// The broker's part of the settings.
    #[must_use]
    pub fn broker(&self) -> BrokerConfig {
        let policies = self.policies.clone();
        BrokerConfig {
            limits: self.limits.clone(),
            capabilities: self.capabilities,
            queue_overflow: policies.queue_overflow,
            queue_qos0_offline: policies.queue_qos0_offline,
            shared_delivery: policies.shared_delivery,
            v3_publish_not_authorized: policies.v3_publish_not_authorized,
            v3_1_subscribe_not_authorized: policies.v3_1_subscribe_not_authorized,
            v3_1_long_client_identifiers: policies.v3_1_long_client_identifiers,
            payload_format_validated: policies.payload_format_validated,
            response_information: policies.response_information,
            ..BrokerConfig::default()
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        let session_expiry_seconds_max = Some(SESSION_EXPIRY_SECONDS_MAX);
        Self {
            listen: Listen::default(),
            websocket: WebSocket::default(),
            connection: Connection::default(),
            shutdown: Shutdown::default(),
            limits: Limits { session_expiry_seconds_max, ..Limits::default() },
            capabilities: Capabilities::default(),
            policies: Policies::default(),
            authorization: Policy::default(),
            log: Log::default(),
        }
    }
}

impl Default for Listen {
    fn default() -> Self {
        Self { tcp: (Ipv4Addr::LOCALHOST, 1883).into(), http: (Ipv4Addr::LOCALHOST, 8080).into() }
    }
}

impl Default for WebSocket {
    fn default() -> Self {
        Self {
            allowed_origins: Vec::new(),
            allowed_hosts: Vec::new(),
            upgrade_deadline_ms: 10_000,
            header_bytes_max: 16 * 1024,
            header_fields_max: 64,
        }
    }
}

impl Default for Connection {
    fn default() -> Self {
        Self { send_credit_bytes: 256 * 1024, close_deadline_ms: 2000 }
    }
}

impl Default for Shutdown {
    fn default() -> Self {
        Self { deadline_ms: 5000 }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { level: "warn".to_owned() }
    }
}

impl WebSocket {
    /// See [`WebSocket::upgrade_deadline_ms`].
    #[must_use]
    pub const fn upgrade_deadline(&self) -> Duration {
        Duration::from_millis(self.upgrade_deadline_ms as u64)
    }
}

impl Connection {
    /// See [`Connection::close_deadline_ms`].
    #[must_use]
    pub const fn close_deadline(&self) -> Duration {
        Duration::from_millis(self.close_deadline_ms as u64)
    }
}

impl Shutdown {
    /// See [`Shutdown::deadline_ms`].
    #[must_use]
    pub const fn deadline(&self) -> Duration {
        Duration::from_millis(self.deadline_ms as u64)
    }
}
