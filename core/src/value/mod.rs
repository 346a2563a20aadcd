//! What a file says, before it is known what it means.
//!
//! Where code has to be small, text is read into a [`Value`] first, and a type from that by
//! [`read`]. The types are the same that serde reads and say by its attributes how they are
//! written down; what differs is the code that is derived, a fifth of serde's.

mod collect;
mod error;
mod fields;
mod read;

pub use error::ValueError;
pub use fields::Fields;
pub use read::{Read, Source, read};

/// A value of JSON or of a format like it.
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
