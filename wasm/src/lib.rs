//! The broker and the simulator for JavaScript.
//!
//! Each is one class and a module of its own, by a feature: `Engine`, a broker that a driver in
//! JavaScript gives inputs and a clock, and `Simulation`, over the simulator of the core. This
//! crate translates and knows no rule of MQTT: what comes in is read as the core reads it from a
//! file, within the core's limits, and what goes out are the core's own views, with TypeScript
//! types generated from their declarations.
//!
//! Times are whole milliseconds, and a time that is no whole number up to 2^53 - 1 is refused, as
//! is everything else that is wrong: by an `Error` with a message. Should the engine itself
//! panic, it says so once by [`on_panic`], and every later call is such an error.

#[cfg(target_arch = "wasm32")]
mod allocator;
#[cfg(feature = "broker")]
mod broker;
mod convert;
mod json;
#[cfg(feature = "simulator")]
mod lesson;
pub mod lists;
#[cfg(feature = "simulator")]
pub mod page;
mod panic;
mod read;
#[cfg(feature = "simulator")]
mod simulation;
#[cfg(feature = "simulator")]
mod trace;
mod types;
#[cfg(feature = "simulator")]
mod views;

#[cfg(feature = "broker")]
#[doc(inline)]
pub use broker::Engine;
#[cfg(feature = "broker")]
pub use broker::page as broker_page;

#[doc(inline)]
pub use panic::{on_panic, panic_message};
#[cfg(feature = "simulator")]
#[doc(inline)]
pub use simulation::{Simulation, default_client, default_settings};
