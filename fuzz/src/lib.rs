//! Targets for bytes that nobody has foreseen, and a runner that makes such bytes.
//!
//! A [target](targets::TARGETS) is a function of bytes that panics if something is wrong. Its
//! corpus in `corpus/NAME` is replayed by the tests. The runner makes inputs from the corpus by
//! mutations that follow from a seed: stable Rust offers no coverage without a sanitizer runtime,
//! so that it is blind to what an input reaches, and relies on the structure of the corpus and on
//! speed. What fails is made smaller and written down; put into the corpus it is a regression
//! test.

pub mod command;
pub mod mutate;
pub mod targets;

// The reader of frames belongs to the server and to nobody else; it is compiled here once more.
#[allow(dead_code, unreachable_pub, reason = "the server uses all of it, a target only a part")]
#[path = "../../server/src/listener/websocket/reader.rs"]
mod reader;
