//! What the core has no type for: pages of a trace and the state of a simulation as a whole.

use std::sync::Arc;

use afterlink_core::codec::{Dissection, ProtocolVersion};
use afterlink_core::sim::{
    CheckpointResult, ClientView, Entry, Fate, Lesson, LinkView, PacketFields, PacketRecord,
    PacketRow, Scenario, TimerFired, Why,
};
use serde::Serialize;
use tsify::Tsify;

/// Where a simulation stands. Times are milliseconds since the Unix epoch.
#[derive(Serialize, Tsify)]
pub struct Position {
    /// When virtual time began.
    pub start: u64,
    /// The present.
    pub now: u64,
    /// When the next step or command comes; absent if nothing lies ahead.
    #[tsify(optional)]
    pub next_at: Option<u64>,
    /// Steps taken up to the present.
    pub steps: u64,
    /// Commands carried out up to the present.
    pub commands: u64,
    /// Whether commands of the scenario lie in the future, which a new one would change.
    pub has_future_commands: bool,
    /// The number the next entry of the trace has at the present.
    pub next_entry: u64,
    /// When the broker's process is back; absent while it is up.
    #[tsify(optional)]
    pub broker_returns_at: Option<u64>,
    /// Histories that were left by a fork.
    pub branches: usize,
}

/// How far a run has come.
#[derive(Serialize, Tsify)]
pub struct RunProgress {
    /// Steps and commands done.
    pub steps: u64,
    /// Whether the goal was reached. Otherwise the bound on steps ended the run.
    pub reached: bool,
}

/// What was fired, or what is waited for.
#[derive(Serialize, Tsify)]
#[serde(transparent)]
pub struct Timers(pub Vec<TimerFired>);

/// Links with what is in flight.
#[derive(Serialize, Tsify)]
#[serde(transparent)]
pub struct Links(pub Vec<LinkView>);

/// Clients with their halves of sessions.
#[derive(Serialize, Tsify)]
#[serde(transparent)]
pub struct Clients(pub Vec<ClientView>);

/// A page of the trace.
#[derive(Serialize, Tsify)]
pub struct TracePage {
    /// The number of the first entry that is kept.
    pub first: u64,
    /// The number the next entry will have, at the farthest moment that was reached.
    pub next: u64,
    /// Entries in order.
    pub entries: Vec<ExplainedEntry>,
}

/// An entry of the trace and why it came about.
#[derive(Serialize, Tsify)]
pub struct ExplainedEntry {
    /// The entry.
    pub entry: Arc<Entry>,
    /// The packet that it is about, as at the present; absent for what is about none, and for a
    /// packet that is no longer kept.
    #[tsify(optional)]
    pub packet: Option<PacketRow>,
    /// Why; absent for what only reports a command, a link or the store.
    #[tsify(optional)]
    pub why: Option<Why>,
}

/// A packet, read.
#[derive(Serialize, Tsify)]
pub struct PacketDetails {
    /// The packet and what became of it.
    pub record: PacketRecord,
    /// What became of it up to the present; absent while it is in flight.
    #[tsify(optional)]
    pub fate: Option<Fate>,
    /// Its fields; absent for bytes that are no packet.
    #[tsify(optional)]
    pub fields: Option<PacketFields>,
    /// What is wrong with bytes that are no packet.
    #[tsify(optional)]
    pub fault: Option<String>,
    /// Which of its bytes are which field.
    pub dissection: Dissection,
}

/// A history that was left by a fork.
#[derive(Serialize, Tsify)]
pub struct LeftBranch {
    /// Its scenario, whole.
    pub scenario: Scenario,
    /// When it was left.
    pub left_at: u64,
}

/// The histories that were left, oldest first.
#[derive(Serialize, Tsify)]
#[serde(transparent)]
pub struct Branches(pub Vec<LeftBranch>);

/// A lesson that is taken.
#[derive(Serialize, Tsify)]
pub struct LessonState {
    /// The lesson.
    pub lesson: Arc<Lesson>,
    /// The variant in which it is taken.
    pub protocol: ProtocolVersion,
    /// The numbers of this variant's steps in the lesson.
    pub steps: Vec<usize>,
    /// The number of the step that was begun last.
    #[tsify(optional)]
    pub step: Option<usize>,
    /// The number of the step that can be begun next.
    #[tsify(optional)]
    pub next_step: Option<usize>,
    /// The checkpoints of the step that was begun last, at the present.
    pub checkpoints: Vec<CheckpointResult>,
    /// The numbers of the question's options that hold at the present.
    pub answers: Vec<usize>,
}
