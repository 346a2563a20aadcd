//! How packets are written in scripts, and shown when they come.
//!
//! A packet is its name and its fields: `PUBLISH topic=~/a payload=hello qos=1 id=7`. The same
//! fields are sent, expected and shown; the order does not matter, and what is not named is at
//! its default when sent and may be anything when expected.
//!
//! | a value | is |
//! |---|---|
//! | `text`, `"two words"` | itself; in quotes, `\n`, `\"`, `\\` and `\u{FEFF}` are as in Rust |
//! | `~` | the name of this run, in any place, which keeps runs apart: `~/a`, `~sub` |
//! | `x*1000` | a character, so many times |
//! | `hex:00FF` | bytes |
//! | `@m` | the value called `m`; what comes where it has none yet gives it one |
//! | `-` | absent |
//!
//! Where packets are expected there is more:
//!
//! | a value | is |
//! |---|---|
//! | `1\|2\|-` | one of these |
//! | `1..5` | a number from 1 to 5 |
//! | `*` | present, whatever it is |
//! | `!x` | anything but `x` |
//! | `a...` | what begins with `a` |
//! | `error` | a Reason Code of 0x80 and above |
//!
//! Bytes that are no packet are written as they are: hexadecimal digits, `"text"` behind its two
//! bytes of length, `'text'` without, `@m` as two bytes, and `[ ... ]` for a part behind its
//! length as a Variable Byte Integer: `82 [ 0001 00 "~/a" 00 ]`.

mod build;
mod fields;
mod keys;
mod pattern;
mod raw;
mod value;

pub(crate) use build::build;
pub(crate) use fields::{describe, wire_name};
pub(crate) use keys::{check, key};
pub(crate) use pattern::Pattern;
pub(crate) use raw::Bytes;
pub(crate) use value::{Names, Value, quote, tokens, unquote};

/// A packet as its name and fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Described {
    pub(crate) name: &'static str,
    pub(crate) fields: Vec<(&'static str, String)>,
}

impl Described {
    /// The value of a field, if the packet has it.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.fields.iter().find(|(name, _)| *name == key).map(|(_, value)| value.as_str())
    }
}
