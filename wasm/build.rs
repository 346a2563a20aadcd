//! Writes down the types that cross into JavaScript, as the core declares them.
//!
//! The core knows nothing of JavaScript, so its types cannot describe themselves to it. Their
//! declarations are read from its source instead, and copied with a derive that turns them into
//! TypeScript: a field added there is a field added here, and nothing is written twice. Values are
//! never made of the copies; they are the core's own, serialised by the core's own rules.
#![allow(clippy::wildcard_enum_match_arm, reason = "syntax has more kinds than types are made of")]

#[path = "build/copy.rs"]
mod copy;
#[path = "build/source.rs"]
mod source;

use std::path::Path;
use std::{env, fs};

use source::Source;

/// The types that cross by themselves, by their public paths; all that they hold follows.
const ROOTS: &[&str] = &[
    "broker::Config",
    "broker::Counters",
    "broker::view::ConnectionView",
    "broker::view::GroupView",
    "broker::view::InflightView",
    "broker::view::QueueEntryView",
    "broker::view::RetainedView",
    "broker::view::SessionView",
    "broker::view::SubscriptionView",
    "broker::view::Totals",
];

/// The same, of the class `Engine` alone.
const BROKER: &[&str] = &[
    "broker::AuthenticationVerdict",
    "broker::Command",
    "broker::Event",
    "broker::EventFilter",
    "broker::view::TimerView",
];

/// The same, of the class `Simulation` alone.
const SIMULATOR: &[&str] = &[
    "broker::ChangedSessions",
    "client::ClientConfig",
    "codec::Dissection",
    "codec::ProtocolVersion",
    "sim::CheckpointResult",
    "sim::ClientDefinition",
    "sim::ClientView",
    "sim::Command",
    "sim::CommandRefusal",
    "sim::Entry",
    "sim::Lesson",
    "sim::LinkView",
    "sim::PacketFields",
    "sim::PacketRecord",
    "sim::PacketRow",
    "sim::Scenario",
    "sim::Settings",
    "sim::TimerFired",
    "sim::Why",
];

fn main() {
    let core = Path::new("../core/src");
    println!("cargo::rerun-if-changed={}", core.display());
    println!("cargo::rerun-if-changed=build");
    let source = Source::read(core);
    let mut roots = ROOTS.to_vec();
    for (feature, more) in [("BROKER", BROKER), ("SIMULATOR", SIMULATOR)] {
        if env::var_os(format!("CARGO_FEATURE_{feature}")).is_some() {
            roots.extend(more);
        }
    }
    let text = copy::write(&source, &roots);
    let directory = env::var_os("OUT_DIR").expect("cargo names the directory");
    fs::write(Path::new(&directory).join("types.rs"), text).expect("the directory is there");
}
