//! Packets as plain data, for those who look at a trace.

mod decode;
mod fields;
mod property;
mod summary;

pub use fields::{AckFields, PacketFields, WillFields};
pub use property::{PropertyField, PropertyFieldValue};
pub use summary::{NamedReason, PacketRow, PacketSummary};

use super::{Direction, SentPacket};
use crate::codec::{DecodeError, Dissection, dissect};

impl SentPacket {
    /// The fields of the packet.
    ///
    /// # Errors
    ///
    /// If the bytes are no packet that this side may send.
    pub fn fields(&self) -> Result<PacketFields, DecodeError> {
        PacketFields::decode(&self.bytes, self.version, self.direction)
    }

    /// Which of its bytes are which field.
    #[must_use]
    pub fn dissection(&self) -> Dissection {
        dissect(&self.bytes, self.version, self.direction.sender())
    }

    /// What is seen of it at a glance.
    #[must_use]
    pub fn summary(&self) -> PacketSummary {
        PacketSummary::new(&self.bytes, self.packet_type, self.version, self.direction)
    }
}
