//! UNSUBSCRIBE (§3.10).

use crate::codec::decode::Context;
use crate::codec::property::{self, Block, PropertyOwner};
use crate::codec::reader::Reader;
use crate::codec::sink::Sink;
use crate::codec::{DecodeError, PacketIdentifier, ProtocolVersion, UserProperties};

pub use crate::codec::filters::UnsubscribeFilters;

/// A client's request to end subscriptions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsubscribe<'a> {
    /// The identifier that UNSUBACK will repeat.
    pub packet_identifier: PacketIdentifier,
    /// Name and value pairs, in order.
    pub user_properties: UserProperties<'a>,
    /// The Topic Filters as written: at least one.
    pub filters: UnsubscribeFilters<'a>,
}

impl<'a> Unsubscribe<'a> {
    pub(in crate::codec) fn decode(
        mut reader: Reader<'a>,
        context: &mut Context,
    ) -> Result<Self, DecodeError> {
        let packet_identifier = reader.packet_identifier()?;
        let mut user_properties = UserProperties::NONE;
        if context.version.has_properties() {
            // The table lets no other property pass.
            let repeated =
                property::read_block(&mut reader, context, PropertyOwner::Unsubscribe, |_| {})?;
            user_properties = repeated.user_properties;
        }
        let payload = reader.rest();
        // [MQTT-3.10.3-1]
        let count = super::count_filters(&mut reader, context, |reader| reader.string().map(drop))?;
        let filters = UnsubscribeFilters::from_payload(payload, count);
        Ok(Self { packet_identifier, user_properties, filters })
    }

    pub(in crate::codec) fn write(&self, version: ProtocolVersion, sink: &mut dyn Sink) {
        sink.packet_identifier(self.packet_identifier);
        if version.has_properties() {
            property::write_block(sink, self);
        }
        for filter in self.filters.iter() {
            sink.string(filter);
        }
    }
}

impl Block for Unsubscribe<'_> {
    fn write(&self, sink: &mut dyn Sink) {
        self.user_properties.write(sink);
    }
}
