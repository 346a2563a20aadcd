//! Properties as plain data.

use serde::{Deserialize, Serialize};

use crate::codec::packet::ReasonProperties;
use crate::codec::{PropertyIdentifier, UserProperties};

/// A property.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PropertyField {
    /// Its name in the standard.
    pub name: String,
    /// Its value.
    pub value: PropertyFieldValue,
}

/// The value of a property.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PropertyFieldValue {
    /// Yes or no.
    Flag(bool),
    /// A number.
    Number(u32),
    /// A text.
    Text(String),
    /// A name and a value.
    Pair(String, String),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// Properties as they are gathered.
#[derive(Default)]
pub(super) struct List(pub(super) Vec<PropertyField>);

impl List {
    fn put(mut self, name: PropertyIdentifier, value: Option<PropertyFieldValue>) -> Self {
        let name = name.name().to_owned();
        self.0.extend(value.map(|value| PropertyField { name, value }));
        self
    }

    pub(super) fn number(self, name: PropertyIdentifier, value: Option<impl Into<u32>>) -> Self {
        self.put(name, value.map(|value| PropertyFieldValue::Number(value.into())))
    }

    pub(super) fn flag(self, name: PropertyIdentifier, value: Option<bool>) -> Self {
        self.put(name, value.map(PropertyFieldValue::Flag))
    }

    pub(super) fn text(self, name: PropertyIdentifier, value: Option<&str>) -> Self {
        self.put(name, value.map(|value| PropertyFieldValue::Text(value.to_owned())))
    }

    pub(super) fn bytes(self, name: PropertyIdentifier, value: Option<&[u8]>) -> Self {
        self.put(name, value.map(|value| PropertyFieldValue::Bytes(value.to_owned())))
    }

    pub(super) fn user(self, properties: &UserProperties<'_>) -> Self {
        properties.iter().fold(self, |list, (name, value)| {
            let pair = PropertyFieldValue::Pair(name.to_owned(), value.to_owned());
            list.put(PropertyIdentifier::UserProperty, Some(pair))
        })
    }

    pub(super) fn reason(self, properties: &ReasonProperties<'_>) -> Self {
        self.text(PropertyIdentifier::ReasonString, properties.reason_string)
            .user(&properties.user_properties)
    }
}
