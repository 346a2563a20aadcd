//! What comes from outside is read here, all of it from JSON text, within the core's limits.

use core::fmt;

use afterlink_core::sim::{Command, Lesson, Scenario, ScenarioLimits, ScenarioVersion};
use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, Visitor};
use wasm_bindgen::JsError;

use crate::convert::Outcome;

/// Anything that is read.
///
/// Commands say what they are by a field, and serde reads such a thing by way of a copy. Were the
/// rest read directly, the code for all that both hold would be there twice, which is a quarter of
/// the module; so everything is read as if it had such a field.
#[derive(Deserialize)]
#[serde(tag = "\0")]
enum Document {
    Scenario(Box<Scenario>),
    Lesson(Box<Lesson>),
    Command(Box<Command>),
}

/// Reads a scenario, refusing one of another version for that and not for some field.
pub(crate) fn scenario(text: &str) -> Outcome<Scenario> {
    ScenarioLimits::default().check_file(text.len())?;
    serde_json::from_str::<ScenarioVersion>(text)?.check()?;
    match document("Scenario", text)? {
        Document::Scenario(scenario) => Ok(*scenario),
        Document::Lesson(_) | Document::Command(_) => Err(other()),
    }
}

/// Reads a lesson.
pub(crate) fn lesson(text: &str) -> Outcome<Lesson> {
    match document("Lesson", text)? {
        Document::Lesson(lesson) => Ok(*lesson),
        Document::Scenario(_) | Document::Command(_) => Err(other()),
    }
}

/// Reads a command.
pub(crate) fn command(text: &str) -> Outcome<Command> {
    match document("Command", text)? {
        Document::Command(command) => Ok(*command),
        Document::Scenario(_) | Document::Lesson(_) => Err(other()),
    }
}

/// Reads what is one word.
pub(crate) fn word<'de, T: Deserialize<'de>>(text: &'de str) -> Outcome<T> {
    let deserializer: StrDeserializer<'de, serde_json::Error> = text.into_deserializer();
    Ok(T::deserialize(deserializer)?)
}

fn document(kind: &'static str, text: &str) -> Outcome<Document> {
    ScenarioLimits::default().check_file(text.len())?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let document = deserializer.deserialize_map(Kind(kind))?;
    deserializer.end()?;
    Ok(document)
}

fn other() -> JsError {
    JsError::new("this is something else")
}

/// Reads an object as the document of a kind, which is said before its own fields.
struct Kind(&'static str);

impl<'de> Visitor<'de> for Kind {
    type Value = Document;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<Document, A::Error> {
        Document::deserialize(MapAccessDeserializer::new(Fields { kind: Some(self.0), fields }))
    }
}

struct Fields<A> {
    /// The kind, until it has been said.
    kind: Option<&'static str>,
    fields: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Fields<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        match self.kind {
            Some(_) => seed.deserialize("\0".into_deserializer()).map(Some),
            None => self.fields.next_key_seed(seed),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        match self.kind.take() {
            Some(kind) => seed.deserialize(kind.into_deserializer()),
            None => self.fields.next_value_seed(seed),
        }
    }
}
