//! Packet Identifier.

use core::num::NonZeroU16;

use crate::value::Read;
use serde::{Deserialize, Serialize};

/// The non-zero number that ties an acknowledgement to its packet (§2.2.1).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Read,
)]
#[serde(transparent)]
pub struct PacketIdentifier(NonZeroU16);

impl PacketIdentifier {
    /// The identifier 1, at which a fresh session starts to count.
    pub const FIRST: Self = Self(NonZeroU16::MIN);

    /// The identifier `value`; `None` for zero, which is reserved `[MQTT-2.2.1-3]`.
    #[must_use]
    pub const fn new(value: u16) -> Option<Self> {
        match NonZeroU16::new(value) {
            Some(value) => Some(Self(value)),
            None => None,
        }
    }

    /// The number on the wire.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0.get()
    }

    /// The identifier after this one; 1 follows 65 535.
    #[must_use]
    pub const fn next(self) -> Self {
        match self.0.checked_add(1) {
            Some(value) => Self(value),
            None => Self::FIRST,
        }
    }
}
