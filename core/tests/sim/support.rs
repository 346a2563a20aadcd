//! Plays scenarios, and looks at what came of them.
#![allow(unreachable_pub, reason = "a test binary exports nothing")]

use afterlink_core::Timestamp;
use afterlink_core::client::{ClientConfig, SubscriptionRequest};
use afterlink_core::codec::packet::SubscriptionOptions;
use afterlink_core::codec::{PacketType, ProtocolVersion, QoS};
use afterlink_core::sim::{
    ClientDefinition, Command, CommandRefusal, Direction, Fate, Happening, Payload, Scenario,
    Settings, Simulation, SimulationLimits,
};

/// More steps than any test takes.
pub const STEPS: u64 = 100_000;

/// A client that keeps its session, without Keep Alive.
pub fn persistent(name: &str) -> ClientDefinition {
    let config = ClientConfig {
        version: ProtocolVersion::V5,
        client_identifier: name.to_lowercase(),
        clean_start: false,
        session_expiry_interval: Some(3600),
        keep_alive: 0,
        ..ClientConfig::default()
    };
    ClientDefinition { name: name.to_owned(), config, link: None }
}

/// A client whose session ends with its connection, without Keep Alive.
pub fn clean(name: &str) -> ClientDefinition {
    let mut definition = persistent(name);
    definition.config.clean_start = true;
    definition.config.session_expiry_interval = None;
    definition
}

pub fn simulation(clients: Vec<ClientDefinition>) -> Simulation {
    let settings = Settings { clients, ..Settings::default() };
    Simulation::new(Scenario::new(settings), SimulationLimits::default()).unwrap()
}

pub fn connect(client: &str) -> Command {
    Command::Connect { client: client.to_owned() }
}

pub fn disconnect(client: &str) -> Command {
    serde_json::from_value(serde_json::json!({"command": "disconnect", "client": client})).unwrap()
}

pub fn subscribe(client: &str, filter: &str, qos: QoS) -> Command {
    let options = SubscriptionOptions { qos, ..SubscriptionOptions::default() };
    Command::Subscribe {
        client: client.to_owned(),
        filters: vec![SubscriptionRequest { filter: filter.to_owned(), options }],
        subscription_identifier: None,
        user_properties: Vec::new(),
    }
}

pub fn publish(client: &str, topic: &str, payload: &str, qos: QoS) -> Command {
    Command::Publish {
        client: client.to_owned(),
        topic: topic.to_owned(),
        payload: Payload::Text(payload.to_owned()),
        qos,
        retain: false,
        properties: Box::default(),
    }
}

/// What tests say often.
pub trait Play {
    /// Carries out a command that is not refused, and lets a second pass.
    fn play(&mut self, command: Command);
    /// Carries out a command at the present moment.
    fn now(&mut self, command: Command) -> Option<CommandRefusal>;
    /// Lets milliseconds pass.
    fn pass(&mut self, ms: u64);
    /// The present, in milliseconds since the start.
    fn elapsed(&self) -> u64;
    /// The moment `ms` milliseconds after the start.
    fn at(&self, ms: u64) -> Timestamp;
    /// Packets of a type sent one way on a client's link, up to the present, with their ends.
    fn packets(&self, client: &str, way: Direction, kind: PacketType) -> Vec<Option<Fate>>;
    /// What has happened up to the present.
    fn happened(&self) -> Vec<Happening>;
    /// The trace up to the present, as bytes.
    fn trace_bytes(&self) -> Vec<u8>;
}

impl Play for Simulation {
    #[track_caller]
    fn play(&mut self, command: Command) {
        assert_eq!(self.perform(command), Ok(None));
        self.pass(1000);
    }

    #[track_caller]
    fn now(&mut self, command: Command) -> Option<CommandRefusal> {
        self.perform(command).expect("nothing lies in the future")
    }

    #[track_caller]
    fn pass(&mut self, ms: u64) {
        assert!(self.advance(ms, STEPS).reached);
        if let Some(broker) = self.world().broker() {
            broker.assert_invariants();
        }
    }

    fn elapsed(&self) -> u64 {
        self.world().now().millis_since(self.scenario().settings.start)
    }

    fn at(&self, ms: u64) -> Timestamp {
        self.scenario().settings.start.plus_millis(ms)
    }

    fn packets(&self, client: &str, way: Direction, kind: PacketType) -> Vec<Option<Fate>> {
        let position = self.world().next_entry();
        self.trace()
            .packets(None)
            .filter(|record| record.sent_entry < position)
            .filter(|record| &*record.sent.client == client && record.sent.direction == way)
            .filter(|record| record.sent.packet_type == Some(kind))
            .map(|record| record.fate_at(position))
            .collect()
    }

    fn happened(&self) -> Vec<Happening> {
        let position = self.world().next_entry();
        let entries = self.trace().entries(0, usize::MAX);
        entries.filter(|entry| entry.number < position).map(|entry| entry.what.clone()).collect()
    }

    fn trace_bytes(&self) -> Vec<u8> {
        let position = self.world().next_entry();
        let mut bytes = Vec::new();
        for entry in self.trace().entries(0, usize::MAX) {
            if entry.number < position {
                serde_json::to_writer(&mut bytes, entry).unwrap();
                bytes.push(b'\n');
            }
        }
        bytes
    }
}
