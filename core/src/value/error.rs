//! Why a value cannot be read.

use core::fmt;

use super::Value;

/// Why a [`Value`] is not what it is read as, in words; those of serde, where it has some.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueError(Box<str>);

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::error::Error for ValueError {}

impl ValueError {
    /// An error of these words.
    #[must_use]
    pub fn new(words: fmt::Arguments<'_>) -> Self {
        Self(words.to_string().into())
    }

    pub(super) fn unexpected(found: &Value, expected: &str) -> Self {
        Self::new(format_args!("invalid type: {}, expected {expected}", Found(found)))
    }

    pub(super) fn out_of_range(found: &Value, expected: &str) -> Self {
        Self::new(format_args!("invalid value: {}, expected {expected}", Found(found)))
    }

    pub(super) fn missing_field(name: &str) -> Self {
        Self::new(format_args!("missing field `{name}`"))
    }

    pub(super) fn wrong_length(len: usize, expected: &str) -> Self {
        Self::new(format_args!("invalid length {len}, expected {expected}"))
    }

    pub(super) fn duplicate_field(name: &str) -> Self {
        Self::new(format_args!("duplicate field `{name}`"))
    }

    /// `what` is said of `name`, which is none of those that are known, with spaces in between.
    pub(super) fn unknown(what: &str, name: &str, known: &str) -> Self {
        let (of, between) = match known.matches(' ').count() {
            0 => ("", ""),
            1 => ("", "` or `"),
            _ => ("one of ", "`, `"),
        };
        let known = known.replace(' ', between);
        Self::new(format_args!("unknown {what} `{name}`, expected {of}`{known}`"))
    }
}

/// What was found, in serde's words; but no number with a fraction, whose words take more code
/// than all the others.
struct Found<'a>(&'a Value);

impl fmt::Display for Found<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::Null => f.write_str("null"),
            Value::Bool(value) => write!(f, "boolean `{value}`"),
            Value::Unsigned(value) => write!(f, "integer `{value}`"),
            Value::Negative(value) => write!(f, "integer `{value}`"),
            Value::OtherNumber => f.write_str("number that is not whole or too large"),
            Value::Text(text) => write!(f, "string \"{text}\""),
            Value::List(_) => f.write_str("sequence"),
            Value::Map(_) => f.write_str("map"),
        }
    }
}
