//! Targets for bytes that nobody has foreseen, and their corpora.
//!
//! A [target](targets::TARGETS) is a function of bytes that panics if something is wrong. Its
//! corpus in `corpus/NAME` is replayed by the tests. The program of this package makes more
//! inputs with libFuzzer, led by what they reach: LLVM's counters of edges and traces of
//! comparisons are had from stable Rust, without a sanitizer. What fails is written down; put
//! into the corpus it is a regression test.

pub mod corpus;
pub mod targets;

// The reader of frames belongs to the server and to nobody else; it is compiled here once more.
#[allow(dead_code, unreachable_pub, reason = "the server uses all of it, a target only a part")]
#[path = "../../server/src/listener/websocket/reader.rs"]
mod reader;
