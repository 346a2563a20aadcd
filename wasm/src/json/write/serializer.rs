//! What serde asks of a writer: a value of each kind, and the parts of lists and structs.

use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use super::{Never, Outcome, Writer};

impl<'a, 'w> Serializer for &'a mut Writer<'w> {
    type Ok = ();
    type Error = Never;
    type SerializeSeq = Open<'a, 'w>;
    type SerializeTuple = Open<'a, 'w>;
    type SerializeTupleStruct = Open<'a, 'w>;
    type SerializeTupleVariant = Open<'a, 'w>;
    type SerializeMap = Open<'a, 'w>;
    type SerializeStruct = Open<'a, 'w>;
    type SerializeStructVariant = Open<'a, 'w>;

    fn serialize_bool(self, value: bool) -> Outcome {
        self.word(if value { "true" } else { "false" });
        Ok(())
    }

    fn serialize_i8(self, value: i8) -> Outcome {
        self.serialize_i64(value.into())
    }

    fn serialize_i16(self, value: i16) -> Outcome {
        self.serialize_i64(value.into())
    }

    fn serialize_i32(self, value: i32) -> Outcome {
        self.serialize_i64(value.into())
    }

    fn serialize_i64(self, value: i64) -> Outcome {
        if value < 0 {
            self.text.push('-');
        }
        self.unsigned(value.unsigned_abs())
    }

    fn serialize_u8(self, value: u8) -> Outcome {
        self.unsigned(value.into())
    }

    fn serialize_u16(self, value: u16) -> Outcome {
        self.unsigned(value.into())
    }

    fn serialize_u32(self, value: u32) -> Outcome {
        self.unsigned(value.into())
    }

    fn serialize_u64(self, value: u64) -> Outcome {
        self.unsigned(value)
    }

    /// No type that crosses holds one.
    fn serialize_f32(self, _: f32) -> Outcome {
        self.refuse()
    }

    /// No type that crosses holds one.
    fn serialize_f64(self, _: f64) -> Outcome {
        self.refuse()
    }

    fn serialize_char(self, value: char) -> Outcome {
        self.string(value.encode_utf8(&mut [0; 4]));
        Ok(())
    }

    fn serialize_str(self, text: &str) -> Outcome {
        self.string(text);
        Ok(())
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Outcome {
        bytes.serialize(self)
    }

    fn serialize_none(self) -> Outcome {
        self.none();
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Outcome {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Outcome {
        self.word("null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Outcome {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Outcome {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Outcome {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Outcome {
        self.open(None, '{');
        self.name(variant);
        value.serialize(&mut *self)?;
        self.close("}")
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Open<'a, 'w>, Never> {
        Ok(self.opened(None, '[', "]"))
    }

    fn serialize_tuple(self, _: usize) -> Result<Open<'a, 'w>, Never> {
        Ok(self.opened(None, '[', "]"))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Open<'a, 'w>, Never> {
        Ok(self.opened(None, '[', "]"))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Open<'a, 'w>, Never> {
        Ok(self.opened(Some(variant), '[', "]}"))
    }

    /// No type that crosses is one.
    fn serialize_map(self, _: Option<usize>) -> Result<Open<'a, 'w>, Never> {
        self.is_refused = true;
        Ok(self.opened(None, '{', "}"))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Open<'a, 'w>, Never> {
        Ok(self.opened(None, '{', "}"))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Open<'a, 'w>, Never> {
        Ok(self.opened(Some(variant), '{', "}}"))
    }
}

/// A list or a struct whose parts are being written.
pub(super) struct Open<'a, 'w> {
    writer: &'a mut Writer<'w>,
    /// What comes behind the last part.
    closing: &'static str,
}

impl<'w> Writer<'w> {
    fn opened(
        &mut self,
        variant: Option<&str>,
        bracket: char,
        closing: &'static str,
    ) -> Open<'_, 'w> {
        self.open(variant, bracket);
        Open { writer: self, closing }
    }
}

/// Parts without names.
macro_rules! elements {
    ($($part:ident $write:ident)*) => {$(
        impl $part for Open<'_, '_> {
            type Ok = ();
            type Error = Never;

            fn $write<T: Serialize + ?Sized>(&mut self, value: &T) -> Outcome {
                self.writer.element(value)
            }

            fn end(self) -> Outcome {
                self.writer.close(self.closing)
            }
        }
    )*};
}

/// Parts with names.
macro_rules! fields {
    ($($part:ident)*) => {$(
        impl $part for Open<'_, '_> {
            type Ok = ();
            type Error = Never;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Outcome {
                self.writer.field(name, value)
            }

            fn end(self) -> Outcome {
                self.writer.close(self.closing)
            }
        }
    )*};
}

elements! {
    SerializeSeq serialize_element
    SerializeTuple serialize_element
    SerializeTupleStruct serialize_field
    SerializeTupleVariant serialize_field
}
fields! { SerializeStruct SerializeStructVariant }

/// No type that crosses is a map.
impl SerializeMap for Open<'_, '_> {
    type Ok = ();
    type Error = Never;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, _: &T) -> Outcome {
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, _: &T) -> Outcome {
        Ok(())
    }

    fn end(self) -> Outcome {
        Ok(())
    }
}
