//! What comes from outside is read here, all of it from JSON text, within the core's limits.

#[cfg(feature = "simulator")]
use afterlink_core::sim::{Command, Lesson, Scenario, ScenarioLimits, ScenarioVersion};
#[cfg(feature = "simulator")]
use afterlink_core::value::Value;
use afterlink_core::value::{self, Read};
#[cfg(feature = "broker")]
use wasm_bindgen::JsError;

use crate::convert::Outcome;
use crate::json;

/// Bytes of one value that is told to a broker, as text.
#[cfg(feature = "broker")]
const TOLD_TEXT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Reads what a broker is told.
#[cfg(feature = "broker")]
pub(crate) fn told<T: Read>(text: &str) -> Outcome<T> {
    if text.len() > TOLD_TEXT_BYTES_MAX {
        let (found, max) = (text.len(), TOLD_TEXT_BYTES_MAX);
        return Err(JsError::new(&format!("{found} bytes of text, {max} are allowed")));
    }
    Ok(value::read(&json::parse(text)?)?)
}

/// Reads a scenario, refusing one of another version for that and not for some field.
#[cfg(feature = "simulator")]
pub(crate) fn scenario(text: &str) -> Outcome<Scenario> {
    let value = parse(text)?;
    if let Value::Map(_) = value {
        value::read::<ScenarioVersion>(&value)?.check()?;
    }
    Ok(value::read(&value)?)
}

/// Reads a lesson.
#[cfg(feature = "simulator")]
pub(crate) fn lesson(text: &str) -> Outcome<Lesson> {
    Ok(value::read(&parse(text)?)?)
}

/// Reads a command.
#[cfg(feature = "simulator")]
pub(crate) fn command(text: &str) -> Outcome<Command> {
    Ok(value::read(&parse(text)?)?)
}

/// Reads what is one word.
#[cfg(feature = "simulator")]
pub(crate) fn word<T: Read>(text: &str) -> Outcome<T> {
    Ok(value::read(&Value::Text(text.to_owned()))?)
}

#[cfg(feature = "simulator")]
fn parse(text: &str) -> Outcome<Value> {
    ScenarioLimits::default().check_file(text.len())?;
    Ok(json::parse(text)?)
}
