//! Properties (§2.2.2): one table, and what reads and writes by it.

use core::fmt;
use core::num::{NonZeroU16, NonZeroU32};

use super::decode::Context;
use super::property_value::{DataType, PropertyValue};
use super::reader::Reader;
use super::sink::{Counter, Sink};
use super::{
    DecodeError, DecodeErrorKind, QoS, SubscriptionIdentifier, SubscriptionIdentifiers,
    UserProperties,
};

/// What has a property block: a packet, or the Will Message inside CONNECT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PropertyOwner {
    Will,
    Connect,
    ConnAck,
    Publish,
    PubAck,
    PubRec,
    PubRel,
    PubComp,
    Subscribe,
    SubAck,
    Unsubscribe,
    UnsubAck,
    Disconnect,
    Auth,
}

macro_rules! properties {
    ($($identifier:literal $name:ident $text:literal $type:ty,
        in [$($owner:ident)*] repeated in [$($repeated:ident)*];)*) => {
        /// The identifier of a property (§2.2.2.2).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum PropertyIdentifier {
            $(
                #[doc = concat!($text, ", ", stringify!($identifier), ".")]
                $name = $identifier,
            )*
        }

        impl PropertyIdentifier {
            /// The name the standard gives it, such as "Session Expiry Interval".
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The property of the byte `identifier`; no identifier takes more than one.
            pub(super) const fn from_byte(identifier: u8) -> Option<Self> {
                match identifier {
                    $($identifier => Some(Self::$name),)*
                    _ => None,
                }
            }

            /// Where it may stand.
            const fn owners(self) -> Owners {
                match self {
                    $(Self::$name => const { Owners::of(&[$(PropertyOwner::$owner),*]) },)*
                }
            }

            /// Where it may stand more than once.
            const fn repeated_in(self) -> Owners {
                match self {
                    $(Self::$name => const { Owners::of(&[$(PropertyOwner::$repeated),*]) },)*
                }
            }
        }

        /// A property with its value.
        #[derive(Clone, Copy, Debug)]
        #[allow(clippy::enum_variant_names, reason = "the standard's names")]
        pub(super) enum Property<'a> {
            $($name($type),)*
        }

        impl<'a> Property<'a> {
            /// The value of the property `identifier`, as its type says.
            #[inline]
            fn read(
                identifier: PropertyIdentifier,
                reader: &mut Reader<'a>,
            ) -> Result<Self, DecodeError> {
                let before = *reader;
                let value = match identifier {
                    $(PropertyIdentifier::$name => {
                        <$type as PropertyValue<'a>>::read(reader)?.map(Self::$name)
                    })*
                };
                value.ok_or_else(|| before.error(DecodeErrorKind::PropertyValue(identifier)))
            }

            /// What the value of the property `identifier` is on the wire.
            pub(super) const fn data_type(identifier: PropertyIdentifier) -> DataType {
                match identifier {
                    $(PropertyIdentifier::$name => <$type as PropertyValue<'a>>::DATA_TYPE,)*
                }
            }
        }
    };
}

properties! {
    0x01 PayloadFormatIndicator "Payload Format Indicator" bool,
        in [Publish Will] repeated in [];
    0x02 MessageExpiryInterval "Message Expiry Interval" u32,
        in [Publish Will] repeated in [];
    0x03 ContentType "Content Type" &'a str,
        in [Publish Will] repeated in [];
    0x08 ResponseTopic "Response Topic" &'a str,
        in [Publish Will] repeated in [];
    0x09 CorrelationData "Correlation Data" &'a [u8],
        in [Publish Will] repeated in [];
    0x0B SubscriptionIdentifier "Subscription Identifier" SubscriptionIdentifier,
        in [Publish Subscribe] repeated in [Publish];
    0x11 SessionExpiryInterval "Session Expiry Interval" u32,
        in [Connect ConnAck Disconnect] repeated in [];
    0x12 AssignedClientIdentifier "Assigned Client Identifier" &'a str,
        in [ConnAck] repeated in [];
    0x13 ServerKeepAlive "Server Keep Alive" u16,
        in [ConnAck] repeated in [];
    0x15 AuthenticationMethod "Authentication Method" &'a str,
        in [Connect ConnAck Auth] repeated in [];
    0x16 AuthenticationData "Authentication Data" &'a [u8],
        in [Connect ConnAck Auth] repeated in [];
    0x17 RequestProblemInformation "Request Problem Information" bool,
        in [Connect] repeated in [];
    0x18 WillDelayInterval "Will Delay Interval" u32,
        in [Will] repeated in [];
    0x19 RequestResponseInformation "Request Response Information" bool,
        in [Connect] repeated in [];
    0x1A ResponseInformation "Response Information" &'a str,
        in [ConnAck] repeated in [];
    0x1C ServerReference "Server Reference" &'a str,
        in [ConnAck Disconnect] repeated in [];
    0x1F ReasonString "Reason String" &'a str,
        in [ConnAck PubAck PubRec PubRel PubComp SubAck UnsubAck Disconnect Auth] repeated in [];
    0x21 ReceiveMaximum "Receive Maximum" NonZeroU16,
        in [Connect ConnAck] repeated in [];
    0x22 TopicAliasMaximum "Topic Alias Maximum" u16,
        in [Connect ConnAck] repeated in [];
    0x23 TopicAlias "Topic Alias" NonZeroU16,
        in [Publish] repeated in [];
    0x24 MaximumQoS "Maximum QoS" QoS,
        in [ConnAck] repeated in [];
    0x25 RetainAvailable "Retain Available" bool,
        in [ConnAck] repeated in [];
    0x26 UserProperty "User Property" (&'a str, &'a str),
        in [Will Connect ConnAck Publish PubAck PubRec PubRel PubComp Subscribe SubAck Unsubscribe
            UnsubAck Disconnect Auth]
        repeated in [Will Connect ConnAck Publish PubAck PubRec PubRel PubComp Subscribe SubAck
            Unsubscribe UnsubAck Disconnect Auth];
    0x27 MaximumPacketSize "Maximum Packet Size" NonZeroU32,
        in [Connect ConnAck] repeated in [];
    0x28 WildcardSubscriptionAvailable "Wildcard Subscription Available" bool,
        in [ConnAck] repeated in [];
    0x29 SubscriptionIdentifiersAvailable "Subscription Identifiers Available" bool,
        in [ConnAck] repeated in [];
    0x2A SharedSubscriptionAvailable "Shared Subscription Available" bool,
        in [ConnAck] repeated in [];
}

/// How the properties of a struct are kept in its fields, both ways. The properties that may
/// repeat are left to the struct itself.
macro_rules! property_fields {
    ($struct:ident { $($property:ident => $($field:ident).+,)* }) => {
        impl<'a> $struct<'a> {
            /// Takes one property of the block into its field.
            #[inline]
            fn set_property(&mut self, property: $crate::codec::property::Property<'a>) {
                #[allow(clippy::wildcard_enum_match_arm, reason = "the table lets no other pass")]
                match property {
                    $($crate::codec::property::Property::$property(value) => {
                        self.$($field).+ = Some(value.into());
                    })*
                    _ => {}
                }
            }

            /// Writes each field that is present.
            #[inline]
            fn write_properties(&self, sink: &mut dyn $crate::codec::sink::Sink) {
                $(
                    $crate::codec::property::write(
                        sink,
                        $crate::codec::property::PropertyIdentifier::$property,
                        self.$($field).+,
                    );
                )*
            }
        }
    };
}

pub(super) use property_fields;

impl PropertyIdentifier {
    /// Whether the table allows it in `owner`.
    pub(super) const fn may_stand_in(self, owner: PropertyOwner) -> bool {
        self.owners().contains(owner)
    }
}

impl fmt::Display for PropertyIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The properties of a block that may repeat.
#[derive(Default)]
pub(super) struct Repeated<'a> {
    pub(super) user_properties: UserProperties<'a>,
    pub(super) subscription_identifiers: SubscriptionIdentifiers<'a>,
}

/// Reads the block that `reader` is at and hands each property that may stand once to `set`.
#[inline]
pub(super) fn read_block<'a>(
    reader: &mut Reader<'a>,
    context: &mut Context,
    owner: PropertyOwner,
    mut set: impl FnMut(Property<'a>),
) -> Result<Repeated<'a>, DecodeError> {
    let before = *reader;
    let len = reader.variable_byte_integer()?;
    if len == 0 {
        return Ok(Repeated::default());
    }
    context.spend_property_bytes(len).map_err(|kind| before.error(kind))?;
    read_properties(reader.part(len)?, context, owner, &mut set)
}

/// Writes `properties` with their Property Length in front.
#[inline]
pub(super) fn write_block(sink: &mut dyn Sink, properties: &dyn Block) {
    let mut counter = Counter::default();
    properties.write(&mut counter);
    sink.variable_byte_integer(counter.len);
    if counter.len > 0 {
        properties.write(sink);
    }
}

/// Something that writes the inside of a property block.
pub(super) trait Block {
    fn write(&self, sink: &mut dyn Sink);
}

/// Writes the property `identifier` if it is present.
#[inline]
pub(super) fn write<'a>(
    sink: &mut dyn Sink,
    identifier: PropertyIdentifier,
    value: Option<impl PropertyValue<'a>>,
) {
    if let Some(value) = value {
        sink.byte(identifier as u8);
        value.write(sink);
    }
}

/// The next property of `bytes`, which is cut off; `None` at the end or at what is no property.
pub(super) fn next<'a>(bytes: &mut &'a [u8]) -> Option<Property<'a>> {
    let mut reader = Reader::new(bytes, 0);
    let identifier = PropertyIdentifier::from_byte(reader.byte().ok()?)?;
    let property = Property::read(identifier, &mut reader).ok()?;
    *bytes = reader.rest();
    Some(property)
}

/// A set of owners.
#[derive(Clone, Copy)]
struct Owners(u16);

impl Owners {
    const fn of(mut owners: &[PropertyOwner]) -> Self {
        let mut bits = 0;
        while let [owner, rest @ ..] = owners {
            bits |= 1 << *owner as u16;
            owners = rest;
        }
        Self(bits)
    }

    const fn contains(self, owner: PropertyOwner) -> bool {
        self.0 & Self::of(&[owner]).0 != 0
    }
}

/// Where the occurrences of a property that repeats lie in a block.
#[derive(Clone, Copy, Default)]
struct Occurrences<'a> {
    /// The block from the first occurrence on.
    bytes: &'a [u8],
    count: usize,
}

impl<'a> Occurrences<'a> {
    fn add(&mut self, bytes: &'a [u8]) {
        if self.count == 0 {
            self.bytes = bytes;
        }
        self.count = self.count.saturating_add(1);
    }
}

fn read_properties<'a>(
    mut reader: Reader<'a>,
    context: &mut Context,
    owner: PropertyOwner,
    set: &mut dyn FnMut(Property<'a>),
) -> Result<Repeated<'a>, DecodeError> {
    let mut seen = 0_u64;
    let mut user_properties = Occurrences::default();
    let mut subscription_identifiers = Occurrences::default();
    while !reader.is_empty() {
        let start = reader;
        let byte = reader.byte()?;
        let identifier = PropertyIdentifier::from_byte(byte)
            .ok_or_else(|| start.error(DecodeErrorKind::PropertyUnknown { identifier: byte }))?;
        check(identifier, owner, context, &mut seen).map_err(|kind| start.error(kind))?;
        let property = Property::read(identifier, &mut reader)?;
        #[allow(clippy::wildcard_enum_match_arm, reason = "what may not repeat is for `set`")]
        match property {
            Property::UserProperty(_) => {
                context.spend_user_property().map_err(|kind| start.error(kind))?;
                user_properties.add(start.rest());
            }
            Property::SubscriptionIdentifier(_) if owner == PropertyOwner::Publish => {
                subscription_identifiers.add(start.rest());
            }
            _ => set(property),
        }
    }
    Ok(Repeated {
        user_properties: UserProperties::from_block(user_properties.bytes, user_properties.count),
        subscription_identifiers: SubscriptionIdentifiers::from_block(
            subscription_identifiers.bytes,
            subscription_identifiers.count,
        ),
    })
}

/// Whether the property may stand where it does, by the table.
#[inline]
fn check(
    identifier: PropertyIdentifier,
    owner: PropertyOwner,
    context: &Context,
    seen: &mut u64,
) -> Result<(), DecodeErrorKind> {
    if !identifier.may_stand_in(owner) {
        return Err(DecodeErrorKind::PropertyNotAllowed(identifier));
    }
    if !context.may_carry(identifier, owner) {
        return Err(DecodeErrorKind::PropertyWrongDirection(identifier));
    }
    let bit = 1_u64.wrapping_shl(identifier as u32);
    if *seen & bit != 0 && !identifier.repeated_in().contains(owner) {
        return Err(DecodeErrorKind::PropertyRepeated(identifier));
    }
    *seen |= bit;
    Ok(())
}
