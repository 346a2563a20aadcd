//! PUBACK, PUBREC, PUBREL and PUBCOMP (§3.4 to §3.7).

use crate::codec::decode::Context;
use crate::codec::property::{self, Block, PropertyOwner, property_fields};
use crate::codec::reader::Reader;
use crate::codec::sink::Sink;
use crate::codec::{
    DecodeError, PacketIdentifier, PacketType, ProtocolVersion, ReasonCode, UserProperties,
};

/// What the four acknowledgements of PUBLISH carry. Before version 5 only the identifier is on
/// the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ack<'a> {
    /// The identifier of the PUBLISH that is answered.
    pub packet_identifier: PacketIdentifier,
    /// The outcome; `SUCCESS` where the version has no code.
    pub reason_code: ReasonCode,
    /// Reason String and User Properties.
    pub properties: ReasonProperties<'a>,
}

/// The two properties that explain a reason code to a person or a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReasonProperties<'a> {
    /// Text for diagnostics, not to be parsed.
    pub reason_string: Option<&'a str>,
    /// Name and value pairs, in order.
    pub user_properties: UserProperties<'a>,
}

impl Ack<'_> {
    /// An acknowledgement with `reason_code` and no properties.
    #[must_use]
    pub const fn new(packet_identifier: PacketIdentifier, reason_code: ReasonCode) -> Self {
        let properties =
            ReasonProperties { reason_string: None, user_properties: UserProperties::NONE };
        Self { packet_identifier, reason_code, properties }
    }
}

property_fields!(ReasonProperties { ReasonString => reason_string, });

impl<'a> Ack<'a> {
    pub(in crate::codec) fn decode(
        mut reader: Reader<'a>,
        packet_type: PacketType,
        context: &mut Context,
    ) -> Result<Self, DecodeError> {
        let mut ack = Self::new(reader.packet_identifier()?, ReasonCode::SUCCESS);
        // Without a code it is success, without a Property Length there are no properties.
        if context.version.has_properties() && !reader.is_empty() {
            ack.reason_code = super::read_reason_code(&mut reader, packet_type)?;
            if !reader.is_empty() {
                ack.properties =
                    ReasonProperties::decode(&mut reader, context, owner(packet_type))?;
            }
        }
        reader.finish()?;
        Ok(ack)
    }

    pub(in crate::codec) fn write(&self, version: ProtocolVersion, sink: &mut dyn Sink) {
        sink.packet_identifier(self.packet_identifier);
        if !version.has_properties() {
            return;
        }
        let has_properties = !self.properties.is_empty();
        if has_properties || self.reason_code != ReasonCode::SUCCESS {
            sink.byte(self.reason_code.get());
        }
        if has_properties {
            property::write_block(sink, &self.properties);
        }
    }
}

impl<'a> ReasonProperties<'a> {
    pub(in crate::codec) fn decode(
        reader: &mut Reader<'a>,
        context: &mut Context,
        owner: PropertyOwner,
    ) -> Result<Self, DecodeError> {
        let mut properties = Self::default();
        let repeated =
            property::read_block(reader, context, owner, |value| properties.set_property(value))?;
        properties.user_properties = repeated.user_properties;
        Ok(properties)
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.reason_string.is_none() && self.user_properties.is_empty()
    }
}

impl Block for ReasonProperties<'_> {
    fn write(&self, sink: &mut dyn Sink) {
        self.write_properties(sink);
        self.user_properties.write(sink);
    }
}

#[allow(clippy::wildcard_enum_match_arm, reason = "no other type is an acknowledgement")]
const fn owner(packet_type: PacketType) -> PropertyOwner {
    match packet_type {
        PacketType::PubRec => PropertyOwner::PubRec,
        PacketType::PubRel => PropertyOwner::PubRel,
        PacketType::PubComp => PropertyOwner::PubComp,
        _ => PropertyOwner::PubAck,
    }
}
