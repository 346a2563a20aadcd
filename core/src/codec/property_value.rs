//! The types that the value of a property may have (§2.2.2.2).

use core::num::{NonZeroU16, NonZeroU32};

use super::reader::Reader;
use super::sink::Sink;
use super::{DecodeError, QoS, SubscriptionIdentifier};

/// A data type of the standard (§1.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DataType {
    Byte,
    TwoByteInteger,
    FourByteInteger,
    VariableByteInteger,
    Utf8String,
    BinaryData,
    Utf8StringPair,
}

/// The type of a property's value: how it is read and written.
pub(super) trait PropertyValue<'a>: Sized {
    /// What it is on the wire.
    const DATA_TYPE: DataType;
    /// The value; `None` if it is of the type but not one that the property may have.
    fn read(reader: &mut Reader<'a>) -> Result<Option<Self>, DecodeError>;
    fn write(&self, sink: &mut dyn Sink);
}

impl<'a> PropertyValue<'a> for bool {
    const DATA_TYPE: DataType = DataType::Byte;

    #[inline]
    fn read(reader: &mut Reader<'a>) -> Result<Option<Self>, DecodeError> {
        Ok(match reader.byte()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        })
    }

    #[inline]
    fn write(&self, sink: &mut dyn Sink) {
        sink.byte(u8::from(*self));
    }
}

impl<'a> PropertyValue<'a> for u16 {
    const DATA_TYPE: DataType = DataType::TwoByteInteger;

    #[inline]
    fn read(reader: &mut Reader<'a>) -> Result<Option<Self>, DecodeError> {
        reader.two_byte_integer().map(Some)
    }

    #[inline]
    fn write(&self, sink: &mut dyn Sink) {
        sink.two_byte_integer(*self);
    }
}

impl<'a> PropertyValue<'a> for u32 {
    const DATA_TYPE: DataType = DataType::FourByteInteger;

    #[inline]
    fn read(reader: &mut Reader<'a>) -> Result<Option<Self>, DecodeError> {
        reader.four_byte_integer().map(Some)
    }

    #[inline]
    fn write(&self, sink: &mut dyn Sink) {
        sink.four_byte_integer(*self);
    }
}

impl<'a> PropertyValue<'a> for NonZeroU16 {
    const DATA_TYPE: DataType = DataType::TwoByteInteger;

    #[inline]
    fn read(reader: &mut Reader<'a>) -> Result<Option<Self>, DecodeError> {
        reader.two_byte_integer().map(Self::new)
    }

    #[inline]
    fn write(&self, sink: &mut dyn Sink) {
        sink.two_byte_integer(self.get());
    }
}

impl<'a> PropertyValue<'a> for NonZeroU32 {
    const DATA_TYPE: DataType = DataType::FourByteInteger;

    #[inline]
    fn read(reader: &mut Reader<'a>) -> Result<Option<Self>, DecodeError> {
        reader.four_byte_integer().map(Self::new)
    }

    #[inline]
    fn write(&self, sink: &mut dyn Sink) {
        sink.four_byte_integer(self.get());
    }
}

impl<'a> PropertyValue<'a> for &'a str {
    const DATA_TYPE: DataType = DataType::Utf8String;

    #[inline]
    fn read(reader: &mut Reader<'a>) -> Result<Option<Self>, DecodeError> {
        reader.string().map(Some)
    }

    #[inline]
    fn write(&self, sink: &mut dyn Sink) {
        sink.string(self);
    }
}

impl<'a> PropertyValue<'a> for &'a [u8] {
    const DATA_TYPE: DataType = DataType::BinaryData;

    #[inline]
    fn read(reader: &mut Reader<'a>) -> Result<Option<Self>, DecodeError> {
        reader.binary().map(Some)
    }

    #[inline]
    fn write(&self, sink: &mut dyn Sink) {
        sink.field(self);
    }
}

/// A UTF-8 String Pair (§1.5.7); both are strings like any other [MQTT-1.5.7-1].
impl<'a> PropertyValue<'a> for (&'a str, &'a str) {
    const DATA_TYPE: DataType = DataType::Utf8StringPair;

    #[inline]
    fn read(reader: &mut Reader<'a>) -> Result<Option<Self>, DecodeError> {
        Ok(Some((reader.string()?, reader.string()?)))
    }

    #[inline]
    fn write(&self, sink: &mut dyn Sink) {
        sink.string(self.0);
        sink.string(self.1);
    }
}

impl<'a> PropertyValue<'a> for SubscriptionIdentifier {
    const DATA_TYPE: DataType = DataType::VariableByteInteger;

    #[inline]
    fn read(reader: &mut Reader<'a>) -> Result<Option<Self>, DecodeError> {
        let value = reader.variable_byte_integer()?;
        Ok(u32::try_from(value).ok().and_then(Self::new))
    }

    #[inline]
    fn write(&self, sink: &mut dyn Sink) {
        sink.variable_byte_integer(usize::try_from(self.get()).unwrap_or(usize::MAX));
    }
}

/// Maximum QoS: 2 is said by leaving it out.
impl<'a> PropertyValue<'a> for QoS {
    const DATA_TYPE: DataType = DataType::Byte;

    #[inline]
    fn read(reader: &mut Reader<'a>) -> Result<Option<Self>, DecodeError> {
        Ok(Self::from_bits(reader.byte()?).filter(|qos| *qos != Self::ExactlyOnce))
    }

    #[inline]
    fn write(&self, sink: &mut dyn Sink) {
        sink.byte(self.bits());
    }
}
