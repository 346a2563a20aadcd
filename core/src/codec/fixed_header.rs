//! Fixed Header (§2.1) and the Control Packet types.

use core::fmt;

use serde::{Deserialize, Serialize};

use super::{DecodeError, DecodeErrorKind, variable_byte_integer};
use crate::value::Read;

/// The type of a Control Packet (§2.1.2).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Read,
)]
pub enum PacketType {
    /// CONNECT, client to server.
    Connect = 1,
    /// CONNACK, server to client.
    ConnAck = 2,
    /// PUBLISH, both ways.
    Publish = 3,
    /// PUBACK, both ways.
    PubAck = 4,
    /// PUBREC, both ways.
    PubRec = 5,
    /// PUBREL, both ways.
    PubRel = 6,
    /// PUBCOMP, both ways.
    PubComp = 7,
    /// SUBSCRIBE, client to server.
    Subscribe = 8,
    /// SUBACK, server to client.
    SubAck = 9,
    /// UNSUBSCRIBE, client to server.
    Unsubscribe = 10,
    /// UNSUBACK, server to client.
    UnsubAck = 11,
    /// PINGREQ, client to server.
    PingReq = 12,
    /// PINGRESP, server to client.
    PingResp = 13,
    /// DISCONNECT, both ways; before version 5 client to server only.
    Disconnect = 14,
    /// AUTH, both ways, version 5 only.
    Auth = 15,
}

impl PacketType {
    /// The type that the four bits `bits` stand for; `None` for the reserved 0 and above 15.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Option<Self> {
        Some(match bits {
            1 => Self::Connect,
            2 => Self::ConnAck,
            3 => Self::Publish,
            4 => Self::PubAck,
            5 => Self::PubRec,
            6 => Self::PubRel,
            7 => Self::PubComp,
            8 => Self::Subscribe,
            9 => Self::SubAck,
            10 => Self::Unsubscribe,
            11 => Self::UnsubAck,
            12 => Self::PingReq,
            13 => Self::PingResp,
            14 => Self::Disconnect,
            15 => Self::Auth,
            _ => return None,
        })
    }

    /// The four bits that stand for this type on the wire.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self as u8
    }

    /// The name the standard gives it, such as `CONNECT`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connect => "CONNECT",
            Self::ConnAck => "CONNACK",
            Self::Publish => "PUBLISH",
            Self::PubAck => "PUBACK",
            Self::PubRec => "PUBREC",
            Self::PubRel => "PUBREL",
            Self::PubComp => "PUBCOMP",
            Self::Subscribe => "SUBSCRIBE",
            Self::SubAck => "SUBACK",
            Self::Unsubscribe => "UNSUBSCRIBE",
            Self::UnsubAck => "UNSUBACK",
            Self::PingReq => "PINGREQ",
            Self::PingResp => "PINGRESP",
            Self::Disconnect => "DISCONNECT",
            Self::Auth => "AUTH",
        }
    }

    /// The first byte of a packet of this type whose flags are fixed (all but PUBLISH).
    pub(crate) const fn first_byte(self) -> u8 {
        (self.bits() << 4) | self.reserved_flags()
    }

    /// The flags that a packet of this type has to carry [MQTT-3.6.1-1] [MQTT-3.8.1-1]
    /// [MQTT-3.10.1-1]; PUBLISH gives them a meaning of its own.
    const fn reserved_flags(self) -> u8 {
        if matches!(self, Self::PubRel | Self::Subscribe | Self::Unsubscribe) { 0b0010 } else { 0 }
    }
}

impl fmt::Display for PacketType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The length in bytes of the packet that starts `bytes`, told by its Fixed Header alone; `None`
/// while the Fixed Header is not complete. The rest of the packet need not be there.
///
/// `packet_size_max` counts the whole packet, Fixed Header included, as Maximum Packet Size does.
///
/// # Errors
///
/// If no packet can start like this: a reserved type, flags that the type does not have, a
/// Remaining Length that is malformed, or a packet of more than `packet_size_max` bytes.
pub fn packet_length(bytes: &[u8], packet_size_max: usize) -> Result<Option<usize>, DecodeError> {
    let Some(header) = FixedHeader::read(bytes)? else { return Ok(None) };
    let len = header.packet_len();
    if len > packet_size_max {
        let kind = DecodeErrorKind::PacketTooLarge { len, max: packet_size_max };
        return Err(DecodeError { kind, offset: 1 });
    }
    Ok(Some(len))
}

/// The two fields that start every packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FixedHeader {
    pub(super) packet_type: PacketType,
    /// The low four bits of the first byte, valid for the type.
    pub(super) flags: u8,
    /// The bytes of this header.
    pub(super) len: usize,
    /// The bytes that follow this header.
    pub(super) remaining_length: usize,
}

impl FixedHeader {
    /// The Fixed Header at the start of `bytes`; `None` if it is not complete. A first byte that
    /// no packet can have is refused before the length arrives.
    #[inline]
    pub(super) fn read(bytes: &[u8]) -> Result<Option<Self>, DecodeError> {
        let Some((&first, rest)) = bytes.split_first() else { return Ok(None) };
        let flags = first & 0x0F;
        let packet_type = PacketType::from_bits(first >> 4)
            .ok_or(DecodeError { kind: DecodeErrorKind::PacketTypeReserved, offset: 0 })?;
        check_flags(packet_type, flags).map_err(|kind| DecodeError { kind, offset: 0 })?;
        let decoded =
            variable_byte_integer::decode(rest).map_err(|kind| DecodeError { kind, offset: 1 })?;
        Ok(decoded.map(|(remaining_length, len)| Self {
            packet_type,
            flags,
            len: len.wrapping_add(1),
            remaining_length,
        }))
    }

    /// The bytes of the whole packet.
    pub(super) const fn packet_len(self) -> usize {
        self.remaining_length.wrapping_add(self.len)
    }
}

#[inline]
fn check_flags(packet_type: PacketType, flags: u8) -> Result<(), DecodeErrorKind> {
    if packet_type == PacketType::Publish {
        return match flags & 0b0110 {
            0b0110 => Err(DecodeErrorKind::QosReserved), // [MQTT-3.3.1-4]
            0 if flags & 0b1000 != 0 => Err(DecodeErrorKind::DupWithQos0), // [MQTT-3.3.1-2]
            _ => Ok(()),
        };
    }
    // [MQTT-2.1.3-1]
    if flags == packet_type.reserved_flags() {
        Ok(())
    } else {
        Err(DecodeErrorKind::FixedHeaderFlags)
    }
}
