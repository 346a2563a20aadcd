//! A session that outlives a cut, on virtual time: every packet, and why it was sent.
//!
//! `cargo run --package afterlink-core --example simulation`
#![allow(clippy::print_stdout, clippy::disallowed_macros, reason = "it shows the trace")]

use std::error::Error;

use afterlink_core::client::{ClientConfig, SubscriptionRequest};
use afterlink_core::codec::QoS;
use afterlink_core::codec::packet::SubscriptionOptions;
use afterlink_core::sim::{
    ClientDefinition, Command, Direction, Happening, NoticedBy, Payload, Scenario, Settings,
    Simulation, SimulationLimits, TimedCommand, Why,
};

/// More steps than this scenario takes.
const STEPS_MAX: u64 = 1_000;

fn main() -> Result<(), Box<dyn Error>> {
    for line in trace()? {
        println!("{line}");
    }
    Ok(())
}

/// A subscriber is cut, a message waits for it, and comes when it resumes its session.
pub(crate) fn trace() -> Result<Vec<String>, Box<dyn Error>> {
    let clients = vec![client("S", false), client("P", true)];
    let mut scenario = Scenario::new(Settings { clients, ..Settings::default() });
    let s = || "S".to_owned();
    scenario.commands = [
        (0, Command::Connect { client: s() }),
        (0, Command::Connect { client: "P".to_owned() }),
        (200, subscribe(s(), "news")),
        (1_000, Command::Cut { client: s(), noticed_by: NoticedBy::Both }),
        (2_000, publish("P".to_owned(), "news", "one")),
        (60_000, Command::Connect { client: s() }),
    ]
    .into_iter()
    .map(|(at, command)| TimedCommand::new(at, command))
    .collect();

    let mut simulation = Simulation::new(scenario, SimulationLimits::default())?;
    simulation.advance(30_000, STEPS_MAX);
    let broker = simulation.world().broker().ok_or("the broker is down")?;
    let session = broker.session("s").ok_or("the session is gone")?;
    let mut lines = vec![format!("after 30 s: {} message waits for S", session.queue_len)];

    simulation.advance(31_000, STEPS_MAX);
    let start = simulation.scenario().settings.start;
    for entry in simulation.trace().entries(0, usize::MAX) {
        let Happening::PacketSent(packet) = &entry.what else { continue };
        let (ms, client) = (entry.at.millis_since(start), &packet.client);
        let arrow = if packet.direction == Direction::ToBroker { "->" } else { "<-" };
        let name = packet.packet_type.map_or_else(String::new, |it| it.to_string());
        let why = Why::of(&entry.what).map_or("", |why| why.text);
        lines.push(format!("{ms:>6} ms  {client} {arrow} broker  {name:<9}  {why}"));
    }
    Ok(lines)
}

/// A client whose session outlives the connection by an hour, unless it is clean.
fn client(name: &str, clean_start: bool) -> ClientDefinition {
    let config = ClientConfig {
        client_identifier: name.to_lowercase(),
        clean_start,
        session_expiry_interval: (!clean_start).then_some(3_600),
        keep_alive: 0,
        ..ClientConfig::default()
    };
    ClientDefinition { name: name.to_owned(), config, link: None }
}

fn subscribe(client: String, filter: &str) -> Command {
    let options = SubscriptionOptions { qos: QoS::AtLeastOnce, ..SubscriptionOptions::default() };
    Command::Subscribe {
        client,
        filters: vec![SubscriptionRequest { filter: filter.to_owned(), options }],
        subscription_identifier: None,
        user_properties: Vec::new(),
    }
}

fn publish(client: String, topic: &str, payload: &str) -> Command {
    Command::Publish {
        client,
        topic: topic.to_owned(),
        payload: Payload::Text(payload.to_owned()),
        qos: QoS::AtLeastOnce,
        retain: false,
        properties: Box::default(),
    }
}
