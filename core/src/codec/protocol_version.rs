//! The protocol versions spoken.

use crate::value::Read;
use serde::{Deserialize, Serialize};

/// A version of MQTT, as the Protocol Name and Protocol Level of CONNECT name it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Read,
)]
pub enum ProtocolVersion {
    /// MQTT 3.1: name `MQIsdp`, level 3.
    V3_1,
    /// MQTT 3.1.1: name `MQTT`, level 4.
    V3_1_1,
    /// MQTT 5.0: name `MQTT`, level 5.
    V5,
}

impl ProtocolVersion {
    /// Whether packets of this version carry properties and reason codes.
    #[must_use]
    pub const fn has_properties(self) -> bool {
        matches!(self, Self::V5)
    }
}
