//! Which bytes of a packet are which field: for those who look at a packet.
//!
//! The bytes are walked with the readers and tables that [`decode`] uses, as far as its fields can
//! be told apart; what is wrong with a packet is what `decode` says of it. So a field with a value
//! that it must not have is shown, and so is what can be read of a packet that was cut short.

mod flags;
mod layout;
mod properties;
mod tree;
mod value;

use serde::Serialize;

use super::{DecodeLimits, ProtocolVersion, Sender, decode};
use layout::Layout;

pub use value::{BINARY_BYTES_SHOWN_MAX, TEXT_BYTES_SHOWN_MAX};

/// Fields of a packet that are told apart, those that hold others included. What follows them is
/// left out.
pub const FIELDS_MAX: usize = 4096;

/// A packet, field by field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Dissection {
    /// The fields in the order of their bytes. Those without children lie one behind the other,
    /// from the first byte on and without a gap.
    pub fields: Vec<DissectedField>,
    /// Whether the fields reach to the last byte. They do if there is no fault and there are no
    /// more than [`FIELDS_MAX`].
    pub is_complete: bool,
    /// What is wrong; absent if nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<DissectionFault>,
}

/// A field of a packet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DissectedField {
    /// Its name in the standard.
    pub name: &'static str,
    /// Its first byte, counted from the start of the packet.
    pub start: usize,
    /// The byte behind its last one.
    pub end: usize,
    /// The bits of its one byte that it takes; absent for whole bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bits: Option<BitRange>,
    /// Its value as text; absent for what only holds other fields. Strings stand in quotes; codes
    /// have their names in front.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The section that describes it, such as "3.1.2.4": of MQTT 5.0, or of MQTT 3.1.1 for that
    /// version and the one before.
    pub section: String,
    /// The fields it holds.
    pub children: Vec<Self>,
}

/// Bits of a byte, both included; 7 is the most significant one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct BitRange {
    /// The first.
    pub high: u8,
    /// The last.
    pub low: u8,
}

/// What is wrong with a packet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DissectionFault {
    /// Where: bytes from the start of the packet to the field at fault.
    pub offset: usize,
    /// What.
    pub text: String,
}

/// The fields of `packet`, which should be one whole packet.
///
/// A CONNECT names its own version, and `version` does not matter for it.
#[must_use]
pub fn dissect(packet: &[u8], version: ProtocolVersion, sender: Sender) -> Dissection {
    let fields = Layout::of(packet, version);
    let end = fields.last().map_or(0, |field| field.end);
    let decoded = decode(packet, version, sender, &DecodeLimits::NONE);
    let fault = decoded
        .err()
        .map(|error| DissectionFault { offset: error.offset, text: error.kind.to_string() });
    Dissection { fields, is_complete: end == packet.len(), fault }
}
