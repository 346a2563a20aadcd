//! JSON, which all that crosses is written in and read from.

mod read;
mod write;

pub(crate) use read::parse;
pub(crate) use write::{Style, write};
