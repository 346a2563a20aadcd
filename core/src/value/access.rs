//! The parts of a value.

use std::vec;

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error as _, MapAccess, SeqAccess, VariantAccess,
    Visitor,
};

use super::{Value, ValueError};

type Outcome<T> = Result<T, ValueError>;

/// The elements of a list.
pub(super) struct Elements(vec::IntoIter<Value>);

impl Elements {
    pub(super) fn new(values: Vec<Value>) -> Self {
        Self(values.into_iter())
    }

    /// That nothing is left over.
    pub(super) fn end(&self) -> Outcome<()> {
        match self.0.len() {
            0 => Ok(()),
            more => Err(ValueError::new(format_args!("{more} elements too many"))),
        }
    }
}

impl<'de> SeqAccess<'de> for &mut Elements {
    type Error = ValueError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Outcome<Option<T::Value>> {
        match self.0.next() {
            Some(value) => seed.deserialize(value).map(Some),
            None => Ok(None),
        }
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

/// The fields of a struct, which are told apart by their places among those that are known.
pub(super) struct Fields {
    known: &'static [&'static str],
    fields: vec::IntoIter<(String, Value)>,
    /// The value of the field that was named last.
    value: Value,
}

impl Fields {
    pub(super) fn new(known: &'static [&'static str], fields: Vec<(String, Value)>) -> Self {
        Self { known, fields: fields.into_iter(), value: Value::Null }
    }

    #[inline(never)]
    fn next(&mut self) -> Option<Name> {
        let (name, value) = self.fields.next()?;
        self.value = value;
        Some(match place(self.known, &name) {
            Some(place) => Name::Known(place),
            None => Name::Unknown(ValueError::unknown_field(&name, self.known)),
        })
    }

    #[inline(never)]
    fn take(&mut self) -> Value {
        core::mem::replace(&mut self.value, Value::Null)
    }
}

impl<'de> MapAccess<'de> for &mut Fields {
    type Error = ValueError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Outcome<Option<K::Value>> {
        match self.next() {
            Some(name) => seed.deserialize(name).map(Some),
            None => Ok(None),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Outcome<V::Value> {
        seed.deserialize(self.take())
    }
}

/// The variant of an enum, and what it holds.
pub(super) struct Variant {
    name: Name,
    contents: Contents,
}

/// What a variant holds.
pub(super) enum Contents {
    /// Nothing.
    Nothing,
    /// A value.
    Value(Value),
    /// The fields beside that which says what it is.
    Fields(Vec<(String, Value)>),
}

impl Contents {
    #[inline(never)]
    fn value(self) -> Value {
        match self {
            Self::Nothing => Value::Null,
            Self::Value(value) => value,
            Self::Fields(fields) => Value::Map(fields),
        }
    }
}

impl Variant {
    #[inline(never)]
    pub(super) fn new(
        known: &'static [&'static str],
        name: &str,
        contents: Contents,
    ) -> Outcome<Self> {
        match place(known, name) {
            Some(place) => Ok(Self { name: Name::Known(place), contents }),
            None => Err(ValueError::unknown_variant(name, known)),
        }
    }
}

impl<'de> EnumAccess<'de> for Variant {
    type Error = ValueError;
    type Variant = Contents;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Outcome<(V::Value, Contents)> {
        Ok((seed.deserialize(self.name)?, self.contents))
    }
}

impl<'de> VariantAccess<'de> for Contents {
    type Error = ValueError;

    #[inline(never)]
    fn unit_variant(self) -> Outcome<()> {
        match self {
            Self::Nothing | Self::Value(Value::Null) => Ok(()),
            Self::Value(other) => Err(other.refuse(&"unit variant")),
            // As serde has it, which looks at no field but the tag then.
            Self::Fields(_) => Ok(()),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Outcome<T::Value> {
        seed.deserialize(self.value())
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Outcome<V::Value> {
        self.value().deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        known: &'static [&'static str],
        visitor: V,
    ) -> Outcome<V::Value> {
        self.value().deserialize_struct("", known, visitor)
    }
}

/// The name of a field or variant.
enum Name {
    /// Its place among those that are known.
    Known(u64),
    /// What is said of it by a type that wants no unknown fields.
    Unknown(ValueError),
}

impl<'de> Deserializer<'de> for Name {
    type Error = ValueError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Outcome<V::Value> {
        match self {
            Self::Known(place) => visitor.visit_u64(place),
            Self::Unknown(error) => visitor.visit_u64::<ValueError>(u64::MAX).map_err(|_| error),
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
        ignored_any
    }
}

#[inline(never)]
fn place(known: &[&str], name: &str) -> Option<u64> {
    known.iter().position(|known| *known == name).map(|place| place as u64)
}
