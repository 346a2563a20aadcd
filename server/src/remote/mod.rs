//! A broker elsewhere: its address, and connections to it.

mod address;
mod link;

pub(crate) use address::Address;
pub(crate) use link::Link;
