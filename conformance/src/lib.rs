//! The statements of MQTT as scripts that any broker can be put through.
//!
//! A [`Script`] says at the level of packets what clients do and what a broker has to answer, and
//! which statements of the standards that shows. [`scripts`] has them all. A [`Run`] plays one of
//! them without I/O: its driver opens connections, carries bytes, and tells it the time.
//! [`virtual_time`] is the driver for the core; the server has another, for any broker by its URL.
//!
//! How a script is written stands in [`notation`].
//!
//! ```
//! use afterlink_conformance::{Verdict, Version, scripts, virtual_time};
//!
//! let scripts = scripts();
//! let script = scripts.iter().find(|script| script.name == "a_ping_is_answered");
//! let script = script.expect("the suite has it");
//! assert_eq!(script.statements(Version::V5).collect::<Vec<_>>(), ["MQTT-3.12.4-1"]);
//! let outcome = virtual_time::play(script, Version::V5, 1);
//! assert_eq!(outcome.verdict, Verdict::Passed);
//! ```
#![warn(missing_docs)]

mod connection;
mod contract;
pub mod notation;
mod operation;
mod parse;
mod pieces;
mod report;
mod run;
mod script;
mod suite;
mod tidy;
mod transcript;
pub mod virtual_time;

pub use pieces::Pieces;
pub use report::{Report, StatementVerdict};
pub use run::{Action, Connection, Outcome, Patience, Run, Verdict};
pub use script::{Need, Script, Version};
pub use suite::scripts;
pub use transcript::Entry;
