//! The tables and the lists of ids, as they stand in their files.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

/// Whom a statement binds.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Binds {
    Server,
    Client,
    Both,
}

/// What is said of one statement.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    pub(crate) binds: Binds,
    /// The tests that fail when the statement is broken.
    #[serde(default)]
    pub(crate) tests: Vec<String>,
    /// Why there can be none.
    pub(crate) not_applicable: Option<String>,
    /// What a reader of the standard ought to know.
    #[serde(rename = "note")]
    pub(crate) _note: Option<String>,
}

/// The statements of one version.
pub(crate) struct Table {
    pub(crate) version: &'static str,
    /// The ids of the standard.
    pub(crate) ids: BTreeSet<String>,
    pub(crate) entries: BTreeMap<String, Entry>,
}

/// The tables of both versions.
pub(crate) fn tables() -> [Table; 2] {
    let v5 = include_str!("../spec/mqtt-v5-statement-ids.txt");
    let v3 = include_str!("../spec/mqtt-v311-statement-ids.txt");
    [
        Table {
            version: "MQTT 5.0",
            ids: v5.lines().map(str::to_owned).collect(),
            entries: entries(include_str!("v5.toml")),
        },
        Table {
            version: "MQTT 3.1.1",
            ids: v3.lines().map(|id| id.replacen("MQTT-", "MQTT3-", 1)).collect(),
            entries: entries(include_str!("v3_1_1.toml")),
        },
    ]
}

fn entries(text: &str) -> BTreeMap<String, Entry> {
    toml::from_str(text).unwrap_or_else(|error| panic!("{error}"))
}
