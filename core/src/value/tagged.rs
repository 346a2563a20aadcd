//! Enums that say by a field of theirs which variant they are.

use serde::de::{Deserialize, Deserializer, Error as _, Visitor};

use super::access::{Contents, Variant};
use super::{Value, ValueError};

/// Declares an enum with the attribute `#[serde(tag = "...")]`, which is written as ever, but read
/// by way of a [`Value`].
///
/// What serde derives for reading such an enum reads all that it holds, in all depths, by code of
/// its own, which is half of the code of this crate.
macro_rules! internally_tagged {
    (
        $(#[doc = $doc:literal])*
        #[derive($($derive:ident),*)]
        #[serde(tag = $tag:literal, $($rule:tt)*)]
        $visibility:vis enum $name:ident { $($body:tt)* }
    ) => {
        $(#[doc = $doc])*
        #[derive($($derive,)* serde::Serialize)]
        #[serde(tag = $tag, $($rule)*)]
        $visibility enum $name { $($body)* }

        const _: () = {
            type Declared = $name;

            /// The same, read as serde reads an enum without a tag.
            #[derive(serde::Deserialize)]
            #[serde(remote = "Declared", $($rule)*)]
            #[allow(dead_code, reason = "only its declaration is used")]
            enum Untagged { $($body)* }

            impl<'de> serde::Deserialize<'de> for $name {
                fn deserialize<D: serde::Deserializer<'de>>(
                    deserializer: D,
                ) -> Result<Self, D::Error> {
                    $crate::value::read_tagged($tag, deserializer, Untagged::deserialize)
                }
            }
        };
    };
}

pub(crate) use internally_tagged;

/// Reads an enum whose variant the field `tag` names, as one that has no tag.
pub(crate) fn read<'de, T, D: Deserializer<'de>>(
    tag: &'static str,
    deserializer: D,
    read: fn(Tagged) -> Result<T, ValueError>,
) -> Result<T, D::Error> {
    let value = Value::deserialize(deserializer)?;
    read(Tagged { tag, value }).map_err(D::Error::custom)
}

/// A value with a tag.
pub(crate) struct Tagged {
    tag: &'static str,
    value: Value,
}

impl Tagged {
    fn split(self, known: &'static [&'static str]) -> Result<Variant, ValueError> {
        let Value::Map(mut fields) = self.value else {
            return Err(self.value.refuse(&"map with a field that says what it is"));
        };
        let place = fields.iter().position(|(name, _)| name == self.tag);
        let place = place.ok_or_else(|| ValueError::missing_field(self.tag))?;
        let (_, name) = fields.remove(place);
        if fields.iter().any(|(name, _)| name == self.tag) {
            return Err(ValueError::duplicate_field(self.tag));
        }
        Variant::new(known, &name.text(&"string")?, Contents::Fields(fields))
    }
}

impl<'de> Deserializer<'de> for Tagged {
    type Error = ValueError;

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        visitor.visit_enum(self.split(known)?)
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        self.value.deserialize_any(visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    internally_tagged! {
        /// One of several.
        #[derive(Clone, Debug, PartialEq)]
        #[serde(tag = "is", rename_all = "snake_case", deny_unknown_fields)]
        enum Shape {
            Point,
            Circle {
                radius: u8,
                #[serde(default)]
                center: Vec<u8>,
            },
            Group {
                #[serde(rename = "of")]
                shapes: Vec<Shape>,
                name: Option<String>,
            },
        }
    }

    /// What serde makes of the same declaration.
    #[derive(Serialize, Deserialize)]
    #[serde(tag = "is", rename_all = "snake_case", deny_unknown_fields)]
    enum Derived {
        Point,
        Circle {
            radius: u8,
            #[serde(default)]
            center: Vec<u8>,
        },
        Group {
            #[serde(rename = "of")]
            shapes: Vec<Self>,
            name: Option<String>,
        },
    }

    fn refusal(text: &str) -> String {
        serde_json::from_str::<Shape>(text).expect_err(text).to_string()
    }

    #[test]
    fn it_reads_what_serde_derives_the_reading_of() {
        for text in [
            r#"{"is":"point"}"#,
            r#"{"is":"circle","radius":3,"center":[1,2]}"#,
            r#"{"radius":255,"is":"circle"}"#,
            r#"{"is":"group","of":[{"is":"point"},{"of":[],"is":"group"}],"name":null}"#,
            r#"{"is":"group","of":[],"name":"x"}"#,
        ] {
            let read: Shape = serde_json::from_str(text).expect(text);
            let derived: Derived = serde_json::from_str(text).expect(text);
            let derived = serde_json::to_string(&derived).expect("it was read");
            assert_eq!(serde_json::to_string(&read).expect("it was read"), derived);
        }
    }

    #[test]
    fn it_refuses_what_serde_would_refuse() {
        for (text, words) in [
            ("[]", "invalid type: sequence, expected map"),
            ("7", "invalid type: integer `7`, expected map"),
            ("{}", "missing field `is`"),
            (r#"{"is":1}"#, "invalid type: integer `1`, expected string"),
            (r#"{"is":"line"}"#, "unknown variant `line`, expected one of `point`, `circle`, "),
            (r#"{"is":"circle"}"#, "missing field `radius`"),
            (r#"{"is":"circle","radius":256}"#, "invalid value: integer `256`, expected u8"),
            (r#"{"is":"circle","radius":-1}"#, "invalid value: integer `-1`, expected u8"),
            (r#"{"is":"circle","radius":0.5}"#, "invalid type: number that is not whole"),
            (r#"{"is":"circle","radius":1,"x":2}"#, "unknown field `x`, expected `radius` or"),
            (r#"{"is":"circle","radius":1,"radius":2}"#, "duplicate field `radius`"),
            (r#"{"is":"point","is":"circle"}"#, "duplicate field `is`"),
            (r#"{"is":"group","of":[{"is":"group","of":{}}]}"#, "invalid type: map, expected a se"),
        ] {
            assert!(serde_json::from_str::<Derived>(text).is_err(), "{text}");
            let refusal = refusal(text);
            assert!(refusal.starts_with(words), "{text}: {refusal}");
        }
    }
}
