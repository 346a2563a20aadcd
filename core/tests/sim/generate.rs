//! Random scenarios, each from one seed.
#![allow(unreachable_pub, reason = "a test binary exports nothing")]

use afterlink_core::broker::{Config, QueueOverflow, Records};
use afterlink_core::client::{ClientConfig, MessageProperties, WillConfig};
use afterlink_core::codec::{PacketType, ProtocolVersion, QoS};
use afterlink_core::sim::{
    ClientDefinition, Command, Direction, Fault, LinkSettings, NoticedBy, Payload, Scenario,
    Settings, Target, TimedCommand,
};

use crate::support::{connect, disconnect, subscribe};

const FILTERS: &[&str] = &["t/#", "t/1", "+", "$share/g/t/#"];

/// A small generator (splitmix64): tests need no better one.
pub struct Random(pub u64);

impl Random {
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut number = self.0;
        number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        number ^ (number >> 31)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.number() % bound
    }

    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[usize::try_from(self.below(choices.len() as u64)).unwrap()]
    }

    fn qos(&mut self) -> QoS {
        *self.pick(&[QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce])
    }
}

/// The random scenario of a seed: two to five clients and 120 commands.
pub fn scenario(seed: u64) -> Scenario {
    let random = &mut Random(seed);
    let clients: Vec<_> = (0..2 + random.below(4)).map(|number| client(random, number)).collect();
    let mut broker = Config::default();
    broker.limits.queue_messages_max = 8;
    broker.limits.receive_maximum = 4;
    broker.queue_qos0_offline = random.chance(50);
    broker.queue_overflow = *random.pick(&[
        QueueOverflow::DropNewest,
        QueueOverflow::DropOldest,
        QueueOverflow::Refuse,
    ]);
    broker.records = *random.pick(&[Records::Off, Records::Durable]);
    let persist_ms = *random.pick(&[0, 0, 20]);
    let mut scenario =
        Scenario::new(Settings { seed, broker, persist_ms, clients, ..Settings::default() });
    let (mut at, mut held) = (0, Vec::<Target>::new());
    let names: Vec<String> = scenario.settings.clients.iter().map(|c| c.name.clone()).collect();
    for name in &names {
        scenario.commands.push(TimedCommand::new(at, connect(name)));
    }
    // A choice of its own, so that the rest of a seed's scenario is the same without it.
    let outside = &mut Random(!seed);
    for _ in 0..120 {
        if outside.chance(25) {
            let commands = outside_commands(outside).into_iter();
            scenario.commands.extend(commands.map(|command| TimedCommand::new(at, command)));
        }
        at += *random.pick(&[0, 0, 1, 30, 100, 100, 500, 3_000, 20_000]);
        let name = random.pick(&names).clone();
        let command = if !held.is_empty() && random.chance(20) {
            Command::Fault { target: random.pick(&held).clone(), fault: Fault::Release }
        } else {
            command(random, &name)
        };
        if let Command::Fault {
            target:
                Target::Next { client, direction, .. } | Target::InFlight { client, direction, .. },
            fault: Fault::Hold,
        } = &command
        {
            let (client, direction) = (client.clone(), *direction);
            held.push(Target::InFlight { client, direction, packet_type: None });
        }
        scenario.commands.push(TimedCommand::new(at, command));
    }
    scenario
}

fn client(random: &mut Random, number: u64) -> ClientDefinition {
    use ProtocolVersion::{V3_1, V3_1_1, V5};
    let version = *random.pick(&[V3_1, V3_1_1, V3_1_1, V5, V5, V5]);
    let is_v5 = version == V5;
    let will = random.chance(40).then(|| WillConfig {
        topic: "t/1".to_owned(),
        payload: b"gone".to_vec(),
        qos: random.qos(),
        will_delay_interval: (is_v5 && random.chance(50)).then_some(5),
        ..WillConfig::default()
    });
    let config = ClientConfig {
        version,
        // Now and then two clients share an identifier.
        client_identifier: format!("c{}", if random.chance(20) { 0 } else { number }),
        clean_start: random.chance(30),
        session_expiry_interval: (is_v5 && random.chance(80)).then(|| *random.pick(&[0, 10, 600])),
        keep_alive: *random.pick(&[0, 5, 60]),
        receive_maximum: (is_v5 && random.chance(50)).then_some(2),
        topic_alias_maximum: (is_v5 && random.chance(50)).then_some(2),
        will,
        ..ClientConfig::default()
    };
    let link = LinkSettings {
        to_broker_ms: *random.pick(&[0, 1, 50]),
        to_client_ms: *random.pick(&[0, 7, 50]),
        ..LinkSettings::default()
    };
    ClientDefinition { name: format!("C{number}"), config, link: Some(link) }
}

fn command(random: &mut Random, name: &str) -> Command {
    let client = name.to_owned();
    let topic = *random.pick(&["t/1", "t/2", "u"]);
    match random.below(31) {
        0..=4 => connect(name),
        5 => disconnect(name),
        6..=9 => {
            let filter = *random.pick(FILTERS);
            subscribe(name, filter, random.qos())
        }
        10..=11 => {
            Command::Unsubscribe { client, filters: vec![(*random.pick(FILTERS)).to_owned()] }
        }
        12..=20 => Command::Publish {
            client,
            topic: topic.to_owned(),
            payload: Payload::Bytes(random.number().to_be_bytes().to_vec()),
            qos: random.qos(),
            retain: random.chance(20),
            properties: Box::new(MessageProperties::default()),
        },
        21 => Command::Cut {
            client,
            noticed_by: *random.pick(&[
                NoticedBy::Both,
                NoticedBy::Client,
                NoticedBy::Broker,
                NoticedBy::Nobody,
            ]),
        },
        22 => Command::Restore { client },
        23 => Command::Freeze { client },
        24..=25 => Command::Thaw { client },
        26 => Command::LoseState { client },
        27..=29 => fault(random, client),
        _ => match random.below(3) {
            0 => Command::SkipClock { ms: random.below(20_000) },
            1 => Command::RestartBroker {
                down_ms: random.below(2_000),
                keep_records: random.chance(50),
            },
            _ => Command::Thaw { client },
        },
    }
}

/// What a client from outside does, whether it is connected or not.
fn outside_commands(random: &mut Random) -> Vec<Command> {
    let client = (*random.pick(&["X", "Y", "C0"])).to_owned();
    let pieces: &[&[u8]] = match random.below(11) {
        0..=2 => return vec![Command::OpenOutside { client }],
        3 => return vec![Command::CloseOutside { client }],
        4..=5 => &[b"\x10\x14\0\x04MQTT\x05\0\0\x05\x05\x11\0\0\0\x0A\0\x02c0"],
        6 => &[b"\x82\x09\0\x01\0\0\x03t/#\x02\xC0\0"],
        7 => &[b"\x32\x09\0\x03t/1\0\x07\0X"],
        8 => &[b"\x32", b"\x09\0\x03t", b"/1\0\x08\0Y\xC0\0"],
        9 => &[b"\x40\x02\0\x01"],
        _ => &[b"\x34\x09\0\x03t/2\0\x09\0Z\x62\x02\0\x09"],
    };
    let send =
        |bytes: &&[u8]| Command::SendOutside { client: client.clone(), bytes: bytes.to_vec() };
    pieces.iter().map(send).collect()
}

fn fault(random: &mut Random, client: String) -> Command {
    let direction = *random.pick(&[Direction::ToBroker, Direction::ToClient]);
    let packet_type = *random.pick(&[
        None,
        Some(PacketType::Publish),
        Some(PacketType::Publish),
        Some(PacketType::PubAck),
        Some(PacketType::PubRec),
        Some(PacketType::PubRel),
        Some(PacketType::PubComp),
    ]);
    let fault = *random.pick(&[
        Fault::Delay { ms: 200 },
        Fault::Delay { ms: 5_000 },
        Fault::Hold,
        Fault::Hold,
        Fault::Drop,
        Fault::Duplicate,
    ]);
    let target = if random.chance(50) {
        Target::Next { client, direction, packet_type }
    } else {
        Target::InFlight { client, direction, packet_type }
    };
    Command::Fault { target, fault }
}
