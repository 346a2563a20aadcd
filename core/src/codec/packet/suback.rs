//! SUBACK and UNSUBACK (§3.9, §3.11).

use super::ReasonProperties;
use crate::codec::decode::Context;
use crate::codec::property::{self, PropertyOwner};
use crate::codec::reader::Reader;
use crate::codec::sink::Sink;
use crate::codec::{
    DecodeError, DecodeErrorKind, PacketIdentifier, PacketType, ProtocolVersion, ReasonCode,
};

pub use crate::codec::reason_codes::ReasonCodes;

/// The answer to SUBSCRIBE or UNSUBSCRIBE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubAck<'a> {
    /// The identifier of the packet that is answered.
    pub packet_identifier: PacketIdentifier,
    /// One code for each Topic Filter, in order; none for a version 3 UNSUBACK.
    pub reason_codes: ReasonCodes<'a>,
    /// Reason String and User Properties.
    pub properties: ReasonProperties<'a>,
}

impl<'a> SubAck<'a> {
    pub(in crate::codec) fn decode(
        mut reader: Reader<'a>,
        packet_type: PacketType,
        context: &mut Context,
    ) -> Result<Self, DecodeError> {
        let is_suback = packet_type == PacketType::SubAck;
        let has_properties = context.version.has_properties();
        let mut suback = Self {
            packet_identifier: reader.packet_identifier()?,
            reason_codes: ReasonCodes::default(),
            properties: ReasonProperties::default(),
        };
        if has_properties {
            let owner = if is_suback { PropertyOwner::SubAck } else { PropertyOwner::UnsubAck };
            suback.properties = ReasonProperties::decode(&mut reader, context, owner)?;
        } else if !is_suback {
            reader.finish()?;
            return Ok(suback);
        }
        if reader.is_empty() {
            return Err(reader.error(DecodeErrorKind::ReasonCodeMissing));
        }
        suback.reason_codes = ReasonCodes::from_encoded(reader.rest());
        while !reader.is_empty() {
            let before = reader;
            let code = super::read_reason_code(&mut reader, packet_type)?;
            // [MQTT3-3.9.3-2]
            if !has_properties && code.is_error() && code != ReasonCode::UNSPECIFIED_ERROR {
                let kind = DecodeErrorKind::ReasonCodeNotAllowed { code: code.get() };
                return Err(before.error(kind));
            }
        }
        Ok(suback)
    }

    pub(in crate::codec) fn write(
        &self,
        packet_type: PacketType,
        version: ProtocolVersion,
        sink: &mut dyn Sink,
    ) {
        sink.packet_identifier(self.packet_identifier);
        let has_properties = version.has_properties();
        if has_properties {
            property::write_block(sink, &self.properties);
        } else if packet_type == PacketType::UnsubAck {
            return;
        }
        for code in self.reason_codes.iter() {
            let code = if !has_properties && code.is_error() {
                ReasonCode::UNSPECIFIED_ERROR
            } else {
                code
            };
            sink.byte(code.get());
        }
    }
}
