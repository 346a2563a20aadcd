//! One whole packet, from its bytes.

use super::fixed_header::FixedHeader;
use super::packet::{
    Ack, Auth, ConnAck, Connect, Disconnect, Publish, SubAck, Subscribe, Unsubscribe,
};
use super::property::PropertyOwner;
use super::reader::Reader;
use super::{
    DecodeError, DecodeErrorKind, Packet, PacketType, PropertyIdentifier, ProtocolVersion,
};

/// Which side of a connection has sent the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sender {
    /// The side that opened the connection.
    Client,
    /// The side that accepted it.
    Server,
}

/// What a packet may hold beyond its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeLimits {
    /// User Properties a packet, those of the Will included.
    pub user_properties_max: usize,
    /// Bytes of properties a packet, those of the Will included, Property Length not.
    pub properties_bytes_max: usize,
    /// Topic Filters a SUBSCRIBE or UNSUBSCRIBE.
    pub filters_max: usize,
}

impl DecodeLimits {
    /// No limit: for those who look at packets and act on none.
    pub const NONE: Self = Self {
        user_properties_max: usize::MAX,
        properties_bytes_max: usize::MAX,
        filters_max: usize::MAX,
    };
}

impl Default for DecodeLimits {
    fn default() -> Self {
        Self { user_properties_max: 32, properties_bytes_max: 16 * 1024, filters_max: 100 }
    }
}

/// The packet that `packet`, exactly one whole packet, encodes in `version`.
///
/// A CONNECT names its own version, and `version` does not matter for it. Topic Names and Topic
/// Filters are checked as strings only: wildcards and share names are for who parses them.
///
/// # Errors
///
/// If the bytes are no packet that `sender` may send, or go beyond `limits`.
pub fn decode<'a>(
    packet: &'a [u8],
    version: ProtocolVersion,
    sender: Sender,
    limits: &DecodeLimits,
) -> Result<Packet<'a>, DecodeError> {
    let truncated = DecodeError { kind: DecodeErrorKind::Truncated, offset: packet.len() };
    let header = FixedHeader::read(packet)?.ok_or(truncated)?;
    let mut rest = Reader::new(packet, 0);
    rest.part(header.len)?;
    let reader = rest.part(header.remaining_length).map_err(|_| truncated)?;
    rest.finish()?;
    let mut context = Context::new(version, sender, limits);
    context.check_direction(header.packet_type)?;
    let context = &mut context;
    Ok(match header.packet_type {
        PacketType::Publish => Packet::Publish(Publish::decode(reader, header.flags, context)?),
        PacketType::PubAck => Packet::PubAck(Ack::decode(reader, PacketType::PubAck, context)?),
        PacketType::PubRec => Packet::PubRec(Ack::decode(reader, PacketType::PubRec, context)?),
        PacketType::PubRel => Packet::PubRel(Ack::decode(reader, PacketType::PubRel, context)?),
        PacketType::PubComp => Packet::PubComp(Ack::decode(reader, PacketType::PubComp, context)?),
        PacketType::Connect => Packet::Connect(Connect::decode(reader, context)?),
        PacketType::ConnAck => Packet::ConnAck(ConnAck::decode(reader, context)?),
        PacketType::Subscribe => Packet::Subscribe(Subscribe::decode(reader, context)?),
        PacketType::SubAck => Packet::SubAck(SubAck::decode(reader, PacketType::SubAck, context)?),
        PacketType::Unsubscribe => Packet::Unsubscribe(Unsubscribe::decode(reader, context)?),
        PacketType::UnsubAck => {
            Packet::UnsubAck(SubAck::decode(reader, PacketType::UnsubAck, context)?)
        }
        PacketType::PingReq => {
            reader.finish()?;
            Packet::PingReq
        }
        PacketType::PingResp => {
            reader.finish()?;
            Packet::PingResp
        }
        PacketType::Disconnect => Packet::Disconnect(Disconnect::decode(reader, context)?),
        PacketType::Auth => Packet::Auth(Auth::decode(reader, context)?),
    })
}

/// What the parts of a packet have to know of the whole.
pub(super) struct Context {
    pub(super) version: ProtocolVersion,
    pub(super) limits: DecodeLimits,
    sender: Sender,
    user_properties: usize,
    properties_bytes: usize,
}

impl Context {
    const fn new(version: ProtocolVersion, sender: Sender, limits: &DecodeLimits) -> Self {
        Self { version, limits: *limits, sender, user_properties: 0, properties_bytes: 0 }
    }

    /// Counts `len` bytes of properties.
    pub(super) const fn spend_property_bytes(&mut self, len: usize) -> Result<(), DecodeErrorKind> {
        let max = self.limits.properties_bytes_max;
        self.properties_bytes = self.properties_bytes.saturating_add(len);
        if self.properties_bytes > max {
            return Err(DecodeErrorKind::PropertiesTooLong { max });
        }
        Ok(())
    }

    /// Counts one User Property.
    pub(super) const fn spend_user_property(&mut self) -> Result<(), DecodeErrorKind> {
        let max = self.limits.user_properties_max;
        self.user_properties = self.user_properties.saturating_add(1);
        if self.user_properties > max {
            return Err(DecodeErrorKind::TooManyUserProperties { max });
        }
        Ok(())
    }

    /// Whether the sender may put `identifier`, which the table allows in `owner`, there.
    pub(super) fn may_carry(&self, identifier: PropertyIdentifier, owner: PropertyOwner) -> bool {
        match (owner, identifier) {
            // [MQTT-3.3.4-6]
            (PropertyOwner::Publish, PropertyIdentifier::SubscriptionIdentifier) => {
                self.sender == Sender::Server
            }
            // [MQTT-3.14.2-2]
            (PropertyOwner::Disconnect, PropertyIdentifier::SessionExpiryInterval) => {
                self.sender == Sender::Client
            }
            _ => true,
        }
    }

    fn check_direction(&self, packet_type: PacketType) -> Result<(), DecodeError> {
        use PacketType::{Auth, ConnAck, Connect, Disconnect, PingReq, PingResp};
        use PacketType::{SubAck, Subscribe, UnsubAck, Unsubscribe};
        let has_properties = self.version.has_properties();
        let foreign = match self.sender {
            Sender::Client => matches!(packet_type, ConnAck | SubAck | UnsubAck | PingResp),
            Sender::Server => {
                matches!(packet_type, Connect | Subscribe | Unsubscribe | PingReq)
                    || packet_type == Disconnect && !has_properties
            }
        };
        if foreign {
            return Err(DecodeError { kind: DecodeErrorKind::WrongDirection, offset: 0 });
        }
        if packet_type == Auth && !has_properties {
            return Err(DecodeError { kind: DecodeErrorKind::PacketTypeReserved, offset: 0 });
        }
        Ok(())
    }
}
