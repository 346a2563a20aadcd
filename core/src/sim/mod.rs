//! A world in which a broker and its clients can be watched: virtual time, links that fail on
//! command, a past that can be visited again.
//!
//! A [`Scenario`] is plain data: settings, and [`Command`]s at virtual times. A [`World`] is what
//! they lead to: one [`Broker`](crate::Broker), any number of [`Client`](crate::client::Client)s,
//! and the links between them. It composes these engines and adds no rule of MQTT. A
//! [`Simulation`] plays a scenario, keeps the [`Trace`] of every packet and state change, and goes
//! back and forth in it. The same scenario gives the same trace, byte for byte, in whatever steps
//! and on whatever machine it is played.
//!
//! ```
//! use afterlink_core::client::ClientConfig;
//! use afterlink_core::sim::{
//!     ClientDefinition, Command, Place, Scenario, Settings, Simulation, SimulationLimits,
//! };
//!
//! let config = ClientConfig { client_identifier: "s".to_owned(), ..ClientConfig::default() };
//! let clients = vec![ClientDefinition { name: "S".to_owned(), config, link: None }];
//! let scenario = Scenario::new(Settings { clients, ..Settings::default() });
//! let mut simulation = Simulation::new(scenario, SimulationLimits::default())?;
//!
//! simulation.perform(Command::Connect { client: "S".to_owned() })?;
//! let connect = simulation.step_packet(10).expect("CONNECT is on its way");
//! let start = simulation.scenario().settings.start;
//! assert_eq!(simulation.world().now(), start.plus_millis(50));
//! assert_eq!(simulation.trace().packet(connect).expect("kept").sent.bytes[0], 0x10);
//! assert!(simulation.world().broker().expect("up").session("s").is_some());
//!
//! simulation.advance(1_000, 100);
//! simulation.seek(Place::At(start.plus_millis(49)), 100);
//! assert!(simulation.world().broker().expect("up").session("s").is_none());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod checkpoints;
mod command;
mod cut;
mod entry;
mod lesson;
mod limits;
mod link;
mod network;
mod observed;
mod outside;
mod packet;
mod perform;
mod predicate;
mod scenario;
mod simulation;
mod size;
mod step;
mod store;
mod trace;
mod view;
mod why;
mod world;

pub use checkpoints::{CheckpointLimits, Checkpoints};
pub use command::{Command, Direction, Fault, NoticedBy, Payload, Target};
pub use entry::{
    CloseCause, CommandRefusal, Entry, Happening, LossCause, PacketNumber, SentPacket, Side,
    TimerFired,
};
pub use lesson::{
    CheckpointResult, Lesson, LessonCheckpoint, LessonCommand, LessonError, LessonRun, LessonStep,
    Prediction, PredictionOption, Variant,
};
pub use limits::{ScenarioError, ScenarioLimits};
pub use observed::Observed;
pub use packet::{
    AckFields, NamedReason, PacketFields, PacketRow, PacketSummary, PropertyField,
    PropertyFieldValue, WillFields,
};
pub use predicate::{Deadline, InflightMessage, PacketFilter, Predicate, QueuedMessage, Since};
pub use scenario::{
    ClientDefinition, LinkSettings, Scenario, ScenarioVersion, Settings, TimedCommand,
};
pub use simulation::{
    Advance, Branch, PerformError, Place, Progress, Simulation, SimulationLimits,
};
pub use step::Step;
pub use trace::{Fate, PacketEnd, PacketRecord, Trace, TraceLimits};
pub use view::{
    ClientInflightView, ClientReceivedView, ClientSessionView, ClientStageName, ClientStateName,
    ClientView, FlightView, LinkView,
};
pub use why::Why;
pub use world::World;
