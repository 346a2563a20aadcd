//! What a client may do: synchronous data with one gate for every path.

mod policy;

pub use policy::{Action, Policy};
