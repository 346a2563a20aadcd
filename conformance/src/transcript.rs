//! What went over the wire in a run.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::notation::{Described, Names, quote};

/// Bytes shown of one packet.
const BYTES_SHOWN: usize = 64;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Milliseconds since the run began.
    pub at_ms: u64,
    /// Whose connection.
    pub client: String,
    /// What: `> PACKET` if the client sent it, `< PACKET` if it came, or in words.
    pub what: String,
    /// The bytes in hexadecimal digits, the first ones of many.
    pub bytes: String,
}

impl Entry {
    pub(crate) fn new(at_ms: u64, client: &str, what: String, bytes: &[u8]) -> Self {
        let shown = bytes.iter().take(BYTES_SHOWN);
        let mut digits: String = shown.map(|byte| format!("{byte:02X} ")).collect();
        if bytes.len() > BYTES_SHOWN {
            digits.push_str("...");
        }
        let bytes = digits.trim_end().to_owned();
        Self { at_ms, client: client.to_owned(), what, bytes }
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>6} ms  {} {}", self.at_ms, self.client, self.what)?;
        if self.bytes.is_empty() { Ok(()) } else { write!(f, "  [{}]", self.bytes) }
    }
}

/// A packet as a script would write it.
pub(crate) fn show(packet: &Described, names: &Names) -> String {
    let mut text = packet.name.to_owned();
    for (key, value) in &packet.fields {
        // A flag that is off says nothing.
        let is_off = value == "0" && matches!(*key, "retain" | "dup" | "nl" | "rap" | "rh");
        if !(is_off && packet.name != "CONNACK") {
            text.push_str(&format!(" {key}={}", quote(&names.shorten(value))));
        }
    }
    text
}
