//! AUTH (§3.15), version 5 only.

use super::ReasonProperties;
use crate::codec::decode::Context;
use crate::codec::property::{self, Block, PropertyOwner, property_fields};
use crate::codec::reader::Reader;
use crate::codec::sink::Sink;
use crate::codec::{DecodeError, PacketType, ReasonCode};

/// One step of an extended authentication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Auth<'a> {
    /// `SUCCESS`, `CONTINUE_AUTHENTICATION` or `RE_AUTHENTICATE`.
    pub reason_code: ReasonCode,
    /// The method that CONNECT named.
    pub authentication_method: Option<&'a str>,
    /// Data whose meaning the method defines.
    pub authentication_data: Option<&'a [u8]>,
    /// Reason String and User Properties.
    pub properties: ReasonProperties<'a>,
}

property_fields!(Auth {
    AuthenticationMethod => authentication_method,
    AuthenticationData => authentication_data,
    ReasonString => properties.reason_string,
});

impl<'a> Auth<'a> {
    pub(in crate::codec) fn decode(
        mut reader: Reader<'a>,
        context: &mut Context,
    ) -> Result<Self, DecodeError> {
        let mut auth = Self {
            reason_code: ReasonCode::SUCCESS,
            authentication_method: None,
            authentication_data: None,
            properties: ReasonProperties::default(),
        };
        // An empty packet is success without properties.
        if !reader.is_empty() {
            auth.reason_code = super::read_reason_code(&mut reader, PacketType::Auth)?;
            let owner = PropertyOwner::Auth;
            let repeated = property::read_block(&mut reader, context, owner, |value| {
                auth.set_property(value);
            })?;
            auth.properties.user_properties = repeated.user_properties;
        }
        reader.finish()?;
        Ok(auth)
    }

    pub(in crate::codec) fn write(&self, sink: &mut dyn Sink) {
        let has_properties = self.authentication_method.is_some()
            || self.authentication_data.is_some()
            || !self.properties.is_empty();
        if has_properties || self.reason_code != ReasonCode::SUCCESS {
            sink.byte(self.reason_code.get());
            property::write_block(sink, self);
        }
    }
}

impl Block for Auth<'_> {
    fn write(&self, sink: &mut dyn Sink) {
        self.write_properties(sink);
        self.properties.user_properties.write(sink);
    }
}
