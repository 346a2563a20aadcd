//! A scenario: settings, and commands at virtual times. Nothing else decides what a
//! [`World`](super::World) does.

use serde::{Deserialize, Serialize};

use super::Command;
use crate::Timestamp;
use crate::broker::Config;
use crate::client::ClientConfig;
use crate::value::Read;

/// A scenario, as it stands in a file. Check one that comes from outside with
/// [`ScenarioLimits`](super::ScenarioLimits).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Read)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The version of the format, [`Self::VERSION`]. [`ScenarioVersion`] reads it alone.
    pub version: u32,
    /// What a person calls it.
    #[serde(default)]
    pub title: String,
    /// What holds from the start.
    #[serde(default)]
    pub settings: Settings,
    /// What is done, in the order of time.
    #[serde(default)]
    pub commands: Vec<TimedCommand>,
}

/// The version of a scenario file, whatever else stands in it. Read before the rest, so that a
/// file of another version is refused for its version and not for some field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub struct ScenarioVersion {
    /// The version of the format.
    pub version: u32,
}

/// What holds from the start of a scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// What the broker's hash keys and assigned Client Identifiers follow from.
    pub seed: u64,
    /// When virtual time begins.
    pub start: Timestamp,
    /// The broker's settings.
    pub broker: Config,
    /// The links of clients that have no settings of their own.
    pub link: LinkSettings,
    /// Bytes the network holds for a client that does not read.
    pub send_credit_bytes: u32,
    /// Milliseconds the store takes to persist a record.
    pub persist_ms: u32,
    /// The clients that are there from the start.
    pub clients: Vec<ClientDefinition>,
}

/// A client and its link.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Read)]
#[serde(deny_unknown_fields)]
pub struct ClientDefinition {
    /// What commands call it. Its Client Identifier may be another: two clients can share one.
    pub name: String,
    /// What it asks for in CONNECT, and its own limits.
    #[serde(default)]
    pub config: ClientConfig,
    /// Its link; absent for that of the settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<LinkSettings>,
}

/// How a link carries packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
#[serde(default, deny_unknown_fields)]
pub struct LinkSettings {
    /// Milliseconds from the client to the broker.
    pub to_broker_ms: u32,
    /// Milliseconds from the broker to the client.
    pub to_client_ms: u32,
    /// Whether a packet may overtake one that was delayed or held. TCP never lets it, and MQTT
    /// counts on that.
    pub reorder: bool,
    /// Bytes of the pieces in which a packet is handed to its reader, as TCP may split it; 0 for
    /// whole packets.
    #[serde(skip_serializing_if = "is_whole")]
    pub piece_bytes: u32,
}

/// A command and its moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Read)]
#[serde(deny_unknown_fields)]
pub struct TimedCommand {
    /// Milliseconds since the start. A moment that is past, because the clock was skipped, counts
    /// as now.
    pub at: u64,
    /// How many of the things that happen at this very moment come before it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub after: u64,
    /// What is done.
    #[serde(rename = "do")]
    pub command: Command,
}

impl Scenario {
    /// The version of the format that is read and written.
    pub const VERSION: u32 = 1;

    /// A scenario in which nothing is done yet.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { version: Self::VERSION, title: String::new(), settings, commands: Vec::new() }
    }
}

impl TimedCommand {
    /// `command`, `at` milliseconds after the start.
    #[must_use]
    pub const fn new(at: u64, command: Command) -> Self {
        Self { at, after: 0, command }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: 1,
            start: Timestamp::from_millis(1_800_000_000_000),
            broker: Config::default(),
            link: LinkSettings::default(),
            send_credit_bytes: 64 * 1024,
            persist_ms: 0,
            clients: Vec::new(),
        }
    }
}

/// 50 milliseconds each way, in order and whole.
impl Default for LinkSettings {
    fn default() -> Self {
        Self { to_broker_ms: 50, to_client_ms: 50, reorder: false, piece_bytes: 0 }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
const fn is_zero(value: &u64) -> bool {
    *value == 0
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
const fn is_whole(piece_bytes: &u32) -> bool {
    *piece_bytes == 0
}
