//! Any type from a value.
#![allow(clippy::wildcard_enum_match_arm, reason = "all that is not wanted is refused alike")]

use serde::de::{Deserializer, Error as _, Expected, IntoDeserializer, Unexpected, Visitor};

use super::access::{Contents, Elements, Fields, Variant};
use super::{Value, ValueError};

type Outcome<T> = Result<T, ValueError>;

// What no visitor is needed for is done here, once for all types: `inline(never)` keeps it from
// being compiled again for each of them.
impl Value {
    fn found(&self) -> Unexpected<'_> {
        match self {
            Self::Null => Unexpected::Unit,
            Self::Bool(value) => Unexpected::Bool(*value),
            Self::Unsigned(value) => Unexpected::Unsigned(*value),
            Self::Negative(value) => Unexpected::Signed(*value),
            Self::OtherNumber => Unexpected::Other("number that is not whole or too large"),
            Self::Text(text) => Unexpected::Str(text),
            Self::List(_) => Unexpected::Seq,
            Self::Map(_) => Unexpected::Map,
        }
    }

    #[cold]
    pub(super) fn refuse(&self, expected: &dyn Expected) -> ValueError {
        match self {
            Self::Negative(_) => ValueError::invalid_value(self.found(), expected),
            _ => ValueError::invalid_type(self.found(), expected),
        }
    }

    #[inline(never)]
    pub(super) fn list(self, expected: &dyn Expected) -> Outcome<Elements> {
        match self {
            Self::List(values) => Ok(Elements::new(values)),
            other => Err(other.refuse(expected)),
        }
    }

    #[inline(never)]
    pub(super) fn fields(
        self,
        known: &'static [&'static str],
        expected: &dyn Expected,
    ) -> Outcome<Fields> {
        match self {
            Self::Map(fields) => Ok(Fields::new(known, fields)),
            other => Err(other.refuse(expected)),
        }
    }

    #[inline(never)]
    fn variant(self, known: &'static [&'static str], expected: &dyn Expected) -> Outcome<Variant> {
        match self {
            Self::Text(name) => Variant::new(known, &name, Contents::Nothing),
            Self::Map(fields) => match <[(String, Self); 1]>::try_from(fields) {
                Ok([(name, value)]) => Variant::new(known, &name, Contents::Value(value)),
                Err(fields) => Err(Self::Map(fields).refuse(&"map with a single key")),
            },
            other => Err(other.refuse(expected)),
        }
    }

    #[inline(never)]
    fn unsigned(&self, expected: &dyn Expected) -> Outcome<u64> {
        match self {
            Self::Unsigned(value) => Ok(*value),
            _ => Err(self.refuse(expected)),
        }
    }

    #[inline(never)]
    pub(super) fn text(self, expected: &dyn Expected) -> Outcome<String> {
        match self {
            Self::Text(text) => Ok(text),
            other => Err(other.refuse(expected)),
        }
    }
}

/// Reads whole numbers from 0 on.
macro_rules! unsigned {
    ($($name:ident)*) => {$(
        fn $name<V: Visitor<'de>>(self, visitor: V) -> Outcome<V::Value> {
            let value = self.unsigned(&visitor)?;
            visitor.visit_u64(value)
        }
    )*};
}

/// Reads what is as it stands.
macro_rules! any {
    ($($name:ident)*) => {$(
        fn $name<V: Visitor<'de>>(self, visitor: V) -> Outcome<V::Value> {
            self.deserialize_any(visitor)
        }
    )*};
}

// The visitor is called with nothing but what fits, so that a visitor's words about what does not
// fit are not compiled for each of them.
impl<'de> Deserializer<'de> for Value {
    type Error = ValueError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Outcome<V::Value> {
        match self {
            Self::Null => visitor.visit_unit(),
            Self::Bool(value) => visitor.visit_bool(value),
            Self::Unsigned(value) => visitor.visit_u64(value),
            Self::Negative(value) => visitor.visit_i64(value),
            Self::OtherNumber => Err(self.refuse(&visitor)),
            Self::Text(text) => visitor.visit_string(text),
            Self::List(_) => self.deserialize_seq(visitor),
            Self::Map(_) => self.deserialize_map(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Outcome<V::Value> {
        match self {
            Self::Bool(value) => visitor.visit_bool(value),
            other => Err(other.refuse(&visitor)),
        }
    }

    unsigned! { deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 }
    any! { deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 }
    any! { deserialize_f32 deserialize_f64 deserialize_char }
    any! { deserialize_bytes deserialize_byte_buf deserialize_unit }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Outcome<V::Value> {
        let text = self.text(&visitor)?;
        visitor.visit_string(text)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Outcome<V::Value> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Outcome<V::Value> {
        match self {
            Self::Null => visitor.visit_none(),
            value => visitor.visit_some(value),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Outcome<V::Value> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Outcome<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Outcome<V::Value> {
        let mut elements = self.list(&visitor)?;
        let value = visitor.visit_seq(&mut elements)?;
        elements.end()?;
        Ok(value)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Outcome<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Outcome<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Outcome<V::Value> {
        match self {
            Self::Map(fields) => {
                visitor.visit_map(serde::de::value::MapDeserializer::new(fields.into_iter()))
            }
            other => Err(other.refuse(&visitor)),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        known: &'static [&'static str],
        visitor: V,
    ) -> Outcome<V::Value> {
        let mut fields = self.fields(known, &visitor)?;
        visitor.visit_map(&mut fields)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        known: &'static [&'static str],
        visitor: V,
    ) -> Outcome<V::Value> {
        let variant = self.variant(known, &visitor)?;
        visitor.visit_enum(variant)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Outcome<V::Value> {
        self.deserialize_str(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Outcome<V::Value> {
        visitor.visit_unit()
    }
}

impl IntoDeserializer<'_, ValueError> for Value {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}
