//! SUBSCRIBE (§3.8).

use serde::{Deserialize, Serialize};

use crate::codec::decode::Context;
use crate::codec::property::{self, Block, PropertyOwner, property_fields};
use crate::codec::reader::Reader;
use crate::codec::sink::Sink;
use crate::codec::{
    DecodeError, DecodeErrorKind, PacketIdentifier, ProtocolVersion, QoS, SubscriptionIdentifier,
    UserProperties,
};
use crate::value::Read;

pub use crate::codec::filters::SubscribeFilters;

/// A client's request for one or more subscriptions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscribe<'a> {
    /// The identifier that SUBACK will repeat.
    pub packet_identifier: PacketIdentifier,
    /// The identifier of every subscription in this packet.
    pub subscription_identifier: Option<SubscriptionIdentifier>,
    /// Name and value pairs, in order.
    pub user_properties: UserProperties<'a>,
    /// The Topic Filters with their options: at least one.
    pub filters: SubscribeFilters<'a>,
}

/// One Topic Filter of a SUBSCRIBE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubscribeFilter<'a> {
    /// The Topic Filter as written, `$share/` prefix included; not yet parsed.
    pub filter: &'a str,
    /// Its Subscription Options.
    pub options: SubscriptionOptions,
}

/// Subscription Options (§3.8.3.1). Version 3 knows the QoS alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, Read)]
pub struct SubscriptionOptions {
    /// The highest QoS at which messages are sent.
    pub qos: QoS,
    /// Whether messages of the subscriber itself are left out.
    pub no_local: bool,
    /// Whether the RETAIN flag is forwarded as it was published.
    pub retain_as_published: bool,
    /// Which retained messages are sent when the subscription is made.
    pub retain_handling: RetainHandling,
}

/// Retain Handling (§3.8.3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, Read)]
pub enum RetainHandling {
    /// Send retained messages at each SUBSCRIBE.
    #[default]
    Send = 0,
    /// Send them only if the subscription is new.
    SendIfNew = 1,
    /// Never send them.
    DoNotSend = 2,
}

property_fields!(Subscribe { SubscriptionIdentifier => subscription_identifier, });

impl<'a> Subscribe<'a> {
    pub(in crate::codec) fn decode(
        mut reader: Reader<'a>,
        context: &mut Context,
    ) -> Result<Self, DecodeError> {
        let mut subscribe = Self {
            packet_identifier: reader.packet_identifier()?,
            subscription_identifier: None,
            user_properties: UserProperties::NONE,
            filters: SubscribeFilters::from_slice(&[]),
        };
        if context.version.has_properties() {
            let owner = PropertyOwner::Subscribe;
            let repeated = property::read_block(&mut reader, context, owner, |value| {
                subscribe.set_property(value);
            })?;
            subscribe.user_properties = repeated.user_properties;
        }
        let payload = reader.rest();
        let count = super::count_filters(&mut reader, context, |reader| {
            reader.string()?; // [MQTT-3.8.3-1]
            let before = *reader;
            let byte = reader.byte()?;
            // Version 3 has the QoS alone [MQTT3-3.8.3-4].
            if !context.version.has_properties() && byte & !SubscriptionOptions::QOS != 0 {
                return Err(before.error(DecodeErrorKind::SubscriptionOptionsReserved));
            }
            SubscriptionOptions::from_byte(byte).map_err(|kind| before.error(kind))?;
            Ok(())
        })?;
        subscribe.filters = SubscribeFilters::from_payload(payload, count);
        Ok(subscribe)
    }

    pub(in crate::codec) fn write(&self, version: ProtocolVersion, sink: &mut dyn Sink) {
        sink.packet_identifier(self.packet_identifier);
        if version.has_properties() {
            property::write_block(sink, self);
        }
        for SubscribeFilter { filter, options } in self.filters.iter() {
            sink.string(filter);
            sink.byte(if version.has_properties() { options.byte() } else { options.qos.bits() });
        }
    }
}

impl Block for Subscribe<'_> {
    fn write(&self, sink: &mut dyn Sink) {
        self.write_properties(sink);
        self.user_properties.write(sink);
    }
}

impl SubscriptionOptions {
    const QOS: u8 = 0b0000_0011;
    const NO_LOCAL: u8 = 0b0000_0100;
    const RETAIN_AS_PUBLISHED: u8 = 0b0000_1000;
    const RESERVED: u8 = 0b1100_0000;

    pub(in crate::codec) const fn from_byte(byte: u8) -> Result<Self, DecodeErrorKind> {
        // [MQTT-3.8.3-5]
        if byte & Self::RESERVED != 0 {
            return Err(DecodeErrorKind::SubscriptionOptionsReserved);
        }
        let Some(qos) = QoS::from_bits(byte & Self::QOS) else {
            return Err(DecodeErrorKind::MaximumQosReserved);
        };
        let retain_handling = match (byte >> 4) & 0b11 {
            0 => RetainHandling::Send,
            1 => RetainHandling::SendIfNew,
            2 => RetainHandling::DoNotSend,
            _ => return Err(DecodeErrorKind::RetainHandlingReserved),
        };
        Ok(Self {
            qos,
            no_local: byte & Self::NO_LOCAL != 0,
            retain_as_published: byte & Self::RETAIN_AS_PUBLISHED != 0,
            retain_handling,
        })
    }

    const fn byte(self) -> u8 {
        let no_local = if self.no_local { Self::NO_LOCAL } else { 0 };
        let retain_as_published =
            if self.retain_as_published { Self::RETAIN_AS_PUBLISHED } else { 0 };
        self.qos.bits() | no_local | retain_as_published | ((self.retain_handling as u8) << 4)
    }
}
