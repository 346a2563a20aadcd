//! Scripts.

use std::fmt;

use afterlink_core::codec::ProtocolVersion;
use serde::{Deserialize, Serialize};

use crate::operation::Operation;

/// A version that scripts are played in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Version {
    /// MQTT 3.1.1.
    #[serde(rename = "3.1.1")]
    V3_1_1,
    /// MQTT 5.0.
    #[serde(rename = "5")]
    V5,
}

impl Version {
    /// Both.
    pub const ALL: [Self; 2] = [Self::V3_1_1, Self::V5];

    /// What the ids of its statements begin with.
    #[must_use]
    pub const fn statement_prefix(self) -> &'static str {
        match self {
            Self::V3_1_1 => "MQTT3-",
            Self::V5 => "MQTT-",
        }
    }
}

impl From<Version> for ProtocolVersion {
    fn from(version: Version) -> Self {
        match version {
            Version::V3_1_1 => Self::V3_1_1,
            Version::V5 => Self::V5,
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V3_1_1 => "3.1.1",
            Self::V5 => "5",
        })
    }
}

/// What a broker need not offer. A 5.0 broker says in CONNACK what it does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// QoS 1.
    Qos1,
    /// QoS 2.
    Qos2,
    /// Retained messages.
    Retain,
    /// Wildcards in Topic Filters.
    Wildcard,
    /// Subscription Identifiers.
    SubscriptionIdentifiers,
    /// Shared Subscriptions. In 3.1.1 they are an extension, which no script asks for.
    Shared,
    /// Topic Aliases taken from clients.
    TopicAlias,
    /// Clients without an identifier.
    AssignedIdentifier,
}

impl Need {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Qos1,
        Self::Qos2,
        Self::Retain,
        Self::Wildcard,
        Self::SubscriptionIdentifiers,
        Self::Shared,
        Self::TopicAlias,
        Self::AssignedIdentifier,
    ];

    /// The word for it in a script.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Qos1 => "qos-1",
            Self::Qos2 => "qos-2",
            Self::Retain => "retain",
            Self::Wildcard => "wildcard",
            Self::SubscriptionIdentifiers => "subscription-identifiers",
            Self::Shared => "shared",
            Self::TopicAlias => "topic-alias",
            Self::AssignedIdentifier => "assigned-identifier",
        }
    }
}

/// One behaviour, as what clients do and what a broker has to answer.
#[derive(Clone, Debug)]
pub struct Script {
    /// Its name, as a sentence without spaces; no two scripts share one.
    pub name: String,
    /// The file it stands in, without ending.
    pub file: &'static str,
    /// The line its name stands on, from 1.
    pub line: usize,
    /// The statements that a broker breaks if it fails here: `MQTT-` for 5.0, `MQTT3-` for 3.1.1.
    pub shows: Vec<String>,
    /// The versions it is for.
    pub versions: Vec<Version>,
    /// What it needs of the broker.
    pub needs: Vec<Need>,
    /// Settings of an Afterlink broker that it needs, by their keys: `limits.receive_maximum`.
    pub settings: Vec<(String, String)>,
    /// Its steps as they are written.
    pub text: String,
    pub(crate) steps: Vec<Step>,
}

impl Script {
    /// The statements of `version` that it shows.
    pub fn statements(&self, version: Version) -> impl Iterator<Item = &str> {
        let prefix = version.statement_prefix();
        self.shows.iter().map(String::as_str).filter(move |id| id.starts_with(prefix))
    }

    /// The milliseconds it waits for in `version`, which are real ones against a real broker.
    #[must_use]
    pub fn waits_ms(&self, version: Version) -> u64 {
        let steps = self.steps.iter().filter(|step| step.is_for(version));
        let operations = steps.flat_map(|step| &step.operations);
        operations.map(|operation| if let Operation::Wait(ms) = operation { *ms } else { 0 }).sum()
    }
}

/// A line of a script.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// From 1, in the file.
    pub(crate) line: usize,
    pub(crate) text: String,
    /// The only version it is for, if it is not for all.
    pub(crate) only: Option<Version>,
    /// Whose connection it is about; empty for none.
    pub(crate) client: String,
    pub(crate) operations: Vec<Operation>,
}

impl Step {
    pub(crate) fn is_for(&self, version: Version) -> bool {
        self.only.is_none_or(|only| only == version)
    }
}
