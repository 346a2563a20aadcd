//! What comes from outside is read here, all of it from JSON text, within the core's limits.

use afterlink_core::sim::{Command, Lesson, Scenario, ScenarioLimits, ScenarioVersion};
use afterlink_core::value::Value;
use serde::Deserialize as _;
use serde::de::DeserializeOwned;

use crate::convert::Outcome;
use crate::json;

/// Reads a scenario, refusing one of another version for that and not for some field.
pub(crate) fn scenario(text: &str) -> Outcome<Scenario> {
    let value = parse(text)?;
    if let Value::Map(fields) = &value {
        let version = fields.iter().filter(|(name, _)| name == "version");
        let version = Value::Map(version.cloned().collect());
        ScenarioVersion::deserialize(version)?.check()?;
    }
    Ok(Scenario::deserialize(value)?)
}

/// Reads a lesson.
pub(crate) fn lesson(text: &str) -> Outcome<Lesson> {
    Ok(Lesson::deserialize(parse(text)?)?)
}

/// Reads a command.
pub(crate) fn command(text: &str) -> Outcome<Command> {
    Ok(Command::deserialize(parse(text)?)?)
}

/// Reads what is one word.
pub(crate) fn word<T: DeserializeOwned>(text: &str) -> Outcome<T> {
    Ok(T::deserialize(Value::Text(text.to_owned()))?)
}

fn parse(text: &str) -> Outcome<Value> {
    ScenarioLimits::default().check_file(text.len())?;
    Ok(json::parse(text)?)
}
