//! What a file says, before it is known what it means.
//!
//! A type that says by a field what it is can only be read once that field is found, and the
//! others have to wait meanwhile, as [`Value`]s. Whoever reads text may as well make a [`Value`] of
//! all of it: then every type is read in one way, which is compiled once.

mod access;
mod collect;
mod deserializer;
mod error;
mod tagged;

pub use error::ValueError;

pub(crate) use tagged::{internally_tagged, read as read_tagged};

/// A value of JSON or of a format like it. Read it with `T::deserialize(value)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A whole number from 0 on.
    Unsigned(u64),
    /// A whole number below 0.
    Negative(i64),
    /// A number with a fraction, or one that is too large; no type of this crate holds such.
    OtherNumber,
    /// A text.
    Text(String),
    /// Values in order.
    List(Vec<Self>),
    /// Values by their names, in the order in which they stand.
    Map(Vec<(String, Self)>),
}
