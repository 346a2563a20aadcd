//! The simulator for JavaScript.
//!
//! One class, [`Simulation`], over the simulator of the core. This crate
//! translates and knows no rule of MQTT: what comes in is read as the core reads it from a file,
//! within the core's limits, and what goes out are the core's own views, with TypeScript types
//! generated from their declarations.
//!
//! Times are whole milliseconds, and a time that is no whole number up to 2^53 - 1 is refused, as
//! is everything else that is wrong: by an `Error` with a message. Should the engine itself
//! panic, it says so once by [`on_panic`], and every later call is such an error.

mod convert;
mod json;
mod lesson;
pub mod page;
mod panic;
mod read;
mod simulation;
mod trace;
mod types;
mod views;

#[doc(inline)]
pub use panic::{on_panic, panic_message};
#[doc(inline)]
pub use simulation::{Simulation, default_client, default_settings};
