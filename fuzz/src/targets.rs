//! The targets: each takes any bytes, and panics if something is wrong.

use std::collections::BTreeSet;

use afterlink_core::Timestamp;
use afterlink_core::broker::{
    Broker, Command, Config, ConnectionId, EventFilter, Input, Output, QueueOverflow, Record,
    RecordSequence, Records, SharedDelivery,
};
use afterlink_core::client::{Client, ClientCommand, ClientConfig, ClientInput, ClientOutput};
use afterlink_core::codec::{DecodeLimits, Deframer, ProtocolVersion, ReasonCode, Sender, decode};
use afterlink_core::sim::{
    Scenario, ScenarioLimits, ScenarioVersion, Simulation, SimulationLimits,
};

use crate::reader::FrameReader;

/// A target.
pub struct Target {
    /// Its name, and that of its corpus.
    pub name: &'static str,
    /// What it does with an input.
    pub run: fn(&[u8]),
}

/// All targets.
pub const TARGETS: &[Target] = &[
    Target { name: "decode", run: decode_packet },
    Target { name: "stream", run: split_stream },
    Target { name: "broker", run: broker_inputs },
    Target { name: "client", run: client_inputs },
    Target { name: "scenario", run: scenario },
    Target { name: "websocket", run: websocket },
];

const VERSIONS: [ProtocolVersion; 3] =
    [ProtocolVersion::V3_1, ProtocolVersion::V3_1_1, ProtocolVersion::V5];
const START: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// Takes the first bytes of an input for decisions.
struct Choices<'a>(&'a [u8]);

impl<'a> Choices<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn number(&mut self) -> Option<u32> {
        Some(u32::from(self.byte()?) << 8 | u32::from(self.byte()?))
    }

    /// Bytes behind their length.
    fn bytes(&mut self) -> Option<&'a [u8]> {
        let len = usize::from(self.byte()?).min(self.0.len());
        let (bytes, rest) = self.0.split_at(len);
        self.0 = rest;
        Some(bytes)
    }
}

/// One packet of any version from either side. What is decoded can be encoded, and then decoded
/// to the same.
fn decode_packet(input: &[u8]) {
    let limits = DecodeLimits::default();
    for version in VERSIONS {
        for sender in [Sender::Client, Sender::Server] {
            let Ok(packet) = decode(input, version, sender, &limits) else { continue };
            let mut bytes = Vec::new();
            packet.encode(version, &mut bytes).expect("what was decoded can be encoded");
            let again = decode(&bytes, version, sender, &limits).expect("and decoded again");
            assert_eq!(packet, again, "the same packet");
        }
    }
}

/// A stream that arrives in pieces gives the packets that it gives at once.
fn split_stream(input: &[u8]) {
    let mut choices = Choices(input);
    let Some(len) = choices.byte() else { return };
    let stream = choices.0;
    let whole = packets(&[stream]);
    let pieces: Vec<&[u8]> = stream.chunks(usize::from(len).max(1)).collect();
    assert_eq!(packets(&pieces), whole, "in pieces of {len}");
}

/// The packets of a stream, and whether it ends in an error.
fn packets(pieces: &[&[u8]]) -> (Vec<Vec<u8>>, bool) {
    const SIZE_MAX: usize = 1000;
    let (mut deframer, mut packets) = (Deframer::new(), Vec::new());
    for piece in pieces {
        let mut rest = *piece;
        loop {
            match deframer.next(&mut rest, SIZE_MAX) {
                Ok(Some(packet)) => packets.push(packet.to_vec()),
                Ok(None) => break,
                Err(_) => return (packets, true),
            }
            assert!(deframer.buffered() <= SIZE_MAX, "no more is held than a packet");
        }
    }
    (packets, false)
}

/// Inputs of a broker in any order: several connections, bytes, time, a store, an operator.
fn broker_inputs(input: &[u8]) {
    let mut choices = Choices(input);
    let Some(settings) = choices.byte() else { return };
    let mut run = BrokerRun::new(settings);
    while let Some(operation) = choices.byte() {
        if run.operate(operation, &mut choices).is_none() {
            break;
        }
    }
    run.operate(7, &mut Choices(&[0xFF, 0xFF]));
}

struct BrokerRun {
    broker: Broker,
    now: Timestamp,
    open: BTreeSet<u64>,
    next: u64,
    records: Vec<(Timestamp, Record)>,
    restored: usize,
    persisted: usize,
}

impl BrokerRun {
    fn new(settings: u8) -> Self {
        let mut config = Config::default();
        config.limits.queue_messages_max = if settings & 1 > 0 { 2 } else { 1000 };
        config.limits.receive_maximum = if settings & 2 > 0 { 1 } else { 64 };
        config.limits.work_per_call_max = if settings & 4 > 0 { 1 } else { 1024 };
        config.records = if settings & 8 > 0 { Records::Durable } else { Records::Off };
        config.queue_overflow =
            if settings & 16 > 0 { QueueOverflow::Refuse } else { QueueOverflow::DropOldest };
        config.shared_delivery = match settings & 32 {
            0 => SharedDelivery::OnlineFirst,
            _ => SharedDelivery::RoundRobin,
        };
        let mut broker = Broker::new(config, [1; 32], START);
        if settings & 64 > 0 {
            broker.handle_input(START, Input::Observe { filter: EventFilter::ALL });
        }
        Self {
            broker,
            now: START,
            open: BTreeSet::new(),
            next: 1,
            records: Vec::new(),
            restored: 0,
            persisted: 0,
        }
    }

    /// Takes one operation; `None` at the end of the input.
    fn operate(&mut self, operation: u8, choices: &mut Choices<'_>) -> Option<()> {
        let connection = ConnectionId(u64::from(operation >> 4));
        match operation & 15 {
            0 | 1 => {
                let connection = ConnectionId(self.next);
                self.next += 1;
                self.open.insert(connection.0);
                let send_credit = choices.number()?;
                self.input(Input::Opened { connection, send_credit, address: None });
            }
            2..=6 => {
                let bytes = choices.bytes()?;
                self.input(Input::Received { connection, bytes });
            }
            7 | 8 => {
                let seconds = choices.number()?;
                self.now = self.now.plus_millis(u64::from(seconds) * 100);
                self.input(Input::Timeout);
            }
            9 => {
                let len = choices.number()?;
                self.input(Input::Flushed { connection, len });
            }
            10 => {
                self.open.remove(&connection.0);
                self.input(Input::Closed { connection });
            }
            11 | 12 => {
                self.persisted = self.records.len();
                let upto = RecordSequence((self.persisted - self.restored) as u64);
                self.input(Input::Persisted { upto });
            }
            13 => self.restart(),
            _ => self.command(choices)?,
        }
        Some(())
    }

    fn command(&mut self, choices: &mut Choices<'_>) -> Option<()> {
        let kind = choices.byte()?;
        let client_identifier = String::from_utf8_lossy(choices.bytes()?).into_owned();
        let command = match kind & 3 {
            0 => Command::ExpireSession { client_identifier },
            1 => Command::PurgeQueue { client_identifier },
            2 => Command::Disconnect { client_identifier, reason_code: ReasonCode::BANNED },
            _ => Command::Shutdown,
        };
        self.input(Input::Command(command));
        Some(())
    }

    /// Another process goes on with what is persisted.
    fn restart(&mut self) {
        let config = self.broker.config().clone();
        if config.records == Records::Off {
            return;
        }
        self.records.truncate(self.persisted);
        let records = self.records.iter().cloned();
        self.broker = Broker::restore(config, [2; 32], self.now, records);
        assert_eq!(self.broker.counters().records_ignored, 0, "every record fits");
        self.restored = self.records.len();
        self.open.clear();
        self.input(Input::Timeout);
    }

    fn input(&mut self, input: Input<'_>) {
        self.broker.handle_input(self.now, input);
        while let Some(output) = self.broker.poll_output() {
            match output {
                Output::Transmit { connection, .. } | Output::Read { connection, .. } => {
                    assert!(self.open.contains(&connection.0), "nothing for the absent");
                }
                Output::Close { connection } => {
                    assert!(self.open.remove(&connection.0), "closed once");
                }
                Output::Persist { at, record, .. } => self.records.push((at, record)),
                Output::Authenticate { .. } | Output::Event(_) => {}
            }
        }
        self.broker.assert_invariants();
    }
}

/// Anything that a server may say to a client, and what its application asks in between.
fn client_inputs(input: &[u8]) {
    let mut choices = Choices(input);
    let Some(settings) = choices.byte() else { return };
    let config = ClientConfig {
        version: VERSIONS[usize::from(settings) % VERSIONS.len()],
        client_identifier: "fuzz".to_owned(),
        clean_start: settings & 64 > 0,
        ..ClientConfig::default()
    };
    let mut client = Client::new(config);
    let mut now = START;
    while let Some(operation) = choices.byte() {
        let Some(bytes) = choices.bytes() else { break };
        now = now.plus_millis(u64::from(operation) * 50);
        let text = String::from_utf8_lossy(bytes).into_owned();
        client.handle_input(
            now,
            match operation & 7 {
                0 => ClientInput::Opened,
                1 => ClientInput::Closed,
                2 => ClientInput::Timeout,
                3 => ClientInput::Command(ClientCommand::Publish {
                    tag: 1,
                    message: afterlink_core::client::OutgoingMessage {
                        topic: text,
                        qos: afterlink_core::codec::QoS::ExactlyOnce,
                        ..Default::default()
                    },
                }),
                4 => ClientInput::Command(ClientCommand::Subscribe {
                    tag: 2,
                    filters: vec![afterlink_core::client::SubscriptionRequest {
                        filter: text,
                        ..Default::default()
                    }],
                    subscription_identifier: None,
                    user_properties: Vec::new(),
                }),
                _ => ClientInput::Received { bytes },
            },
        );
        while let Some(output) = client.poll_output() {
            if let ClientOutput::Transmit { bytes } = output {
                assert!(!bytes.is_empty(), "a packet has bytes");
            }
        }
    }
}

/// A scenario file: refused in words, or played to its end.
fn scenario(input: &[u8]) {
    let limits = ScenarioLimits { commands_max: 60, clients_max: 6, ..ScenarioLimits::default() };
    if limits.check_file(input.len()).is_err()
        || !serde_json::from_slice::<ScenarioVersion>(input)
            .is_ok_and(|version| version.check().is_ok())
    {
        return;
    }
    let Ok(scenario) = serde_json::from_slice::<Scenario>(input) else { return };
    let limits = SimulationLimits { scenario: limits, ..SimulationLimits::default() };
    let Ok(mut simulation) = Simulation::new(scenario, limits) else { return };
    for _ in 0..400 {
        if simulation.advance_once().is_none() {
            break;
        }
    }
    if let Some(broker) = simulation.world().broker() {
        broker.assert_invariants();
    }
    let text = serde_json::to_string(simulation.scenario()).expect("a scenario can be written");
    let again: Scenario = serde_json::from_str(&text).expect("and read again");
    assert_eq!(&again, simulation.scenario(), "the same scenario");
}

/// A stream of WebSocket frames gives the same data in pieces as at once.
fn websocket(input: &[u8]) {
    let mut choices = Choices(input);
    let Some(len) = choices.byte() else { return };
    let whole = data(&[choices.0]);
    let pieces: Vec<&[u8]> = choices.0.chunks(usize::from(len).max(1)).collect();
    assert_eq!(data(&pieces), whole, "in pieces of {len}");
}

/// The data of a stream of frames, and how it ends.
fn data(pieces: &[&[u8]]) -> (Vec<u8>, Option<String>) {
    let (mut reader, mut data) = (FrameReader::default(), Vec::new());
    for piece in pieces {
        let mut piece = piece.to_vec();
        let decoded = reader.decode(&mut piece);
        assert!(decoded.len <= piece.len(), "no more data than bytes");
        data.extend_from_slice(&piece[..decoded.len]);
        assert!(decoded.ping.as_ref().is_none_or(|ping| ping.len() <= 125), "a ping is short");
        if let Some(end) = decoded.end {
            return (data, Some(format!("{end:?}")));
        }
    }
    (data, None)
}
