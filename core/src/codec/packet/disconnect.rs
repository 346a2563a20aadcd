//! DISCONNECT (§3.14).

use super::ReasonProperties;
use crate::codec::decode::Context;
use crate::codec::property::{self, Block, PropertyOwner, property_fields};
use crate::codec::reader::Reader;
use crate::codec::sink::Sink;
use crate::codec::{DecodeError, PacketType, ProtocolVersion, ReasonCode};

/// The end of a connection, said beforehand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disconnect<'a> {
    /// Why; `NORMAL_DISCONNECTION` where the version has no code.
    pub reason_code: ReasonCode,
    /// Seconds; a new Session Expiry Interval, only from a client.
    pub session_expiry_interval: Option<u32>,
    /// Another server to use, only from a server.
    pub server_reference: Option<&'a str>,
    /// Reason String and User Properties.
    pub properties: ReasonProperties<'a>,
}

impl Disconnect<'_> {
    /// A DISCONNECT with `reason_code` and no properties.
    #[must_use]
    pub const fn new(reason_code: ReasonCode) -> Self {
        Self {
            reason_code,
            session_expiry_interval: None,
            server_reference: None,
            properties: super::Ack::new(crate::codec::PacketIdentifier::FIRST, reason_code)
                .properties,
        }
    }
}

property_fields!(Disconnect {
    SessionExpiryInterval => session_expiry_interval,
    ServerReference => server_reference,
    ReasonString => properties.reason_string,
});

impl<'a> Disconnect<'a> {
    pub(in crate::codec) fn decode(
        mut reader: Reader<'a>,
        context: &mut Context,
    ) -> Result<Self, DecodeError> {
        let mut disconnect = Self::new(ReasonCode::NORMAL_DISCONNECTION);
        // Without a code it is normal, without a Property Length there are no properties.
        if context.version.has_properties() && !reader.is_empty() {
            disconnect.reason_code = super::read_reason_code(&mut reader, PacketType::Disconnect)?;
            if !reader.is_empty() {
                let owner = PropertyOwner::Disconnect;
                let repeated = property::read_block(&mut reader, context, owner, |value| {
                    disconnect.set_property(value);
                })?;
                disconnect.properties.user_properties = repeated.user_properties;
            }
        }
        reader.finish()?;
        Ok(disconnect)
    }

    pub(in crate::codec) fn write(&self, version: ProtocolVersion, sink: &mut dyn Sink) {
        if !version.has_properties() {
            return;
        }
        let has_properties = self.session_expiry_interval.is_some()
            || self.server_reference.is_some()
            || !self.properties.is_empty();
        if has_properties || self.reason_code != ReasonCode::NORMAL_DISCONNECTION {
            sink.byte(self.reason_code.get());
        }
        if has_properties {
            property::write_block(sink, self);
        }
    }
}

impl Block for Disconnect<'_> {
    fn write(&self, sink: &mut dyn Sink) {
        self.write_properties(sink);
        self.properties.user_properties.write(sink);
    }
}
