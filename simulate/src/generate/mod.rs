//! The scenario of a seed: a broker with tight limits, clients of all kinds, and a long list of
//! wishes and faults.
//!
//! Faults are those that a network and machines have: connections are cut, stuck, slow and in
//! pieces, processes stand still or die, clocks jump. Within a connection nothing is lost or
//! doubled and nothing overtakes, as TCP promises and MQTT relies on.

mod request;

use afterlink_core::broker::{
    Command as OperatorCommand, Config, QueueOverflow, Records, SharedDelivery,
};
use afterlink_core::client::{ClientConfig, MessageProperties, WillConfig};
use afterlink_core::codec::{PacketType, ProtocolVersion, QoS, ReasonCode};
use afterlink_core::sim::{
    ClientDefinition, Command, Direction, Fault, LinkSettings, NoticedBy, Scenario, Settings,
    Target, TimedCommand,
};

use crate::random::Random;

const TOPICS: &[&str] = &["a", "a/b", "a/b/c", "a/c", "b", "b/c", "d//e"];
const FILTERS: &[&str] = &["a", "a/#", "a/+", "b/+", "b/#", "a/b/c", "+/+/e", "d//e", "w/#"];
const WIDE: &[&str] = &["#", "+/b", "+/+/c", "+/#"];

/// Topics and filters of share groups are their own: which of two messages that are alike came
/// through a group cannot be seen from outside.
const SHARED_TOPICS: &[&str] = &["s/1/x", "s/1/y", "s/2", "s/3/z"];

const SHARED: &[&str] = &["$share/g/s/1/#", "$share/g/s/2", "$share/h/s/3/+"];
const GAPS_MS: &[u64] = &[0, 0, 1, 3, 20, 60, 100, 300, 1_000, 3_000, 9_000, 30_000];
const RESTARTS_MAX: u32 = 3;

/// What the generator knows of a client.
struct Client {
    name: String,
    client_identifier: String,
    version: ProtocolVersion,
    /// Whether it mostly asks for sessions that outlive their connection.
    is_durable: bool,
    /// Whether it has lost what it knew of its Session.
    has_lost_state: bool,
}

struct Generator {
    random: Random,
    clients: Vec<Client>,
    commands: Vec<TimedCommand>,
    at: u64,
    messages: u64,
    restarts: u32,
    /// Whether there are share groups; otherwise there are filters that match everything.
    has_groups: bool,
    /// The settings of the broker, as they are by now.
    settings: Config,
}

/// The random scenario of `seed`, without the healing that follows.
#[must_use]
pub fn scenario(seed: u64) -> Scenario {
    let mut random = Random::new(seed ^ 0x5EED_0F5E_5510_0000);
    let count = if random.chance(8) { 20 } else { 2 + random.below(6) };
    let clients: Vec<Client> = (0..count).map(|number| client(&mut random, number)).collect();
    let settings = Settings {
        seed,
        broker: broker(&mut random),
        link: link(&mut random),
        send_credit_bytes: random.pick(&[150, 2_000, 64 * 1024, 64 * 1024]),
        persist_ms: random.pick(&[0, 0, 4, 40, 250]),
        ..Settings::default()
    };
    let has_groups = random.chance(60);
    let mut generator = Generator {
        random,
        clients,
        commands: Vec::new(),
        at: 0,
        messages: 0,
        restarts: 0,
        has_groups,
        settings: settings.broker.clone(),
    };
    let mut scenario = Scenario::new(settings);
    scenario.title = format!("Simulation of seed {seed}");
    generator.begin(&mut scenario.settings.clients);
    let steps = 60 + generator.random.below(120);
    for _ in 0..steps {
        generator.step();
    }
    scenario.commands = generator.commands;
    scenario
}

fn client(random: &mut Random, number: u64) -> Client {
    // Now and then two clients go by one identifier, and take the Session from each other.
    let shared = number > 0 && random.chance(6);
    Client {
        name: format!("C{number}"),
        client_identifier: format!("c{}", if shared { number - 1 } else { number }),
        version: random.pick(&[
            ProtocolVersion::V3_1,
            ProtocolVersion::V3_1_1,
            ProtocolVersion::V3_1_1,
            ProtocolVersion::V5,
            ProtocolVersion::V5,
            ProtocolVersion::V5,
        ]),
        is_durable: random.chance(75),
        has_lost_state: false,
    }
}

fn broker(random: &mut Random) -> Config {
    let mut config = Config::default();
    let limits = &mut config.limits;
    limits.queue_messages_max = random.pick(&[2, 5, 20, 1000, 1000, 1000]);
    limits.inflight_messages_max = random.pick(&[1, 2, 4, 32, 32]);
    limits.receive_maximum = random.pick(&[1, 3, 64]);
    limits.topic_alias_maximum = random.pick(&[0, 2, 16]);
    limits.session_expiry_seconds_max = random.pick(&[None, None, Some(45)]);
    limits.keep_alive_seconds_max = random.pick(&[0, 20, 3600]);
    limits.work_per_call_max = random.pick(&[1, 3, 1024, 1024]);
    set_policies(random, &mut config);
    config.records = random.pick(&[Records::Durable, Records::Durable, Records::Off]);
    config
}

/// What an operator may change while the broker runs.
fn set_policies(random: &mut Random, config: &mut Config) {
    config.queue_overflow =
        random.pick(&[QueueOverflow::DropNewest, QueueOverflow::DropOldest, QueueOverflow::Refuse]);
    config.queue_qos0_offline = random.chance(40);
    config.shared_delivery =
        random.pick(&[SharedDelivery::OnlineFirst, SharedDelivery::RoundRobin]);
}

fn link(random: &mut Random) -> LinkSettings {
    LinkSettings {
        to_broker_ms: random.pick(&[0, 1, 8, 50, 400]),
        to_client_ms: random.pick(&[0, 1, 8, 50, 400]),
        piece_bytes: random.pick(&[0, 0, 1, 7]),
        ..LinkSettings::default()
    }
}

impl Generator {
    /// Everybody connects and most subscribe, so that there is something to disturb.
    fn begin(&mut self, definitions: &mut Vec<ClientDefinition>) {
        for index in 0..self.clients.len() {
            let link = self.random.chance(40).then(|| link(&mut self.random));
            let definition = ClientDefinition { link, ..self.definition(index) };
            definitions.push(definition);
            let client = self.clients[index].name.clone();
            self.put(Command::Connect { client });
        }
        self.at += 1_000;
        for index in 0..self.clients.len() {
            for _ in 0..self.random.below(4) {
                self.subscribe(index);
            }
        }
        self.at += 1_000;
    }

    fn put(&mut self, command: Command) {
        self.commands.push(TimedCommand::new(self.at, command));
    }

    fn step(&mut self) {
        self.at += self.random.pick(GAPS_MS);
        let index = usize::try_from(self.random.below(self.clients.len() as u64)).unwrap_or(0);
        let client = self.clients[index].name.clone();
        match self.random.below(100) {
            0..32 => self.burst(index),
            32..44 => self.interrupt(index),
            44..52 => self.subscribe(index),
            52..55 => {
                let filter = self.filter();
                self.put(Command::Unsubscribe { client, filters: vec![filter] });
            }
            55..70 => self.connect(index),
            70..73 => self.disconnect(index),
            73..77 => self.operate(index),
            77..82 => {
                let noticed_by = self.random.pick(&[
                    NoticedBy::Both,
                    NoticedBy::Client,
                    NoticedBy::Broker,
                    NoticedBy::Nobody,
                ]);
                self.put(Command::Cut { client, noticed_by });
            }
            82..84 => self.put(Command::Restore { client }),
            84..86 => self.put(Command::Freeze { client }),
            86..89 => self.put(Command::Thaw { client }),
            89..95 => self.fault(client),
            95 => {
                let link = link(&mut self.random);
                self.put(Command::SetLink { client, link });
            }
            96 => {
                self.clients[index].has_lost_state = true;
                self.put(Command::LoseState { client });
            }
            97 => {
                let ms = self.random.pick(&[5, 700, 20_000, 120_000]);
                self.put(Command::SkipClock { ms });
                // What is late because of it happens before the next command.
                self.at += ms + 1;
            }
            _ => self.restart(),
        }
    }

    fn burst(&mut self, index: usize) {
        for _ in 0..=self.random.below(4) {
            self.publish(index);
        }
    }

    /// Somebody's acknowledgements are stuck while messages come, and then the connection ends.
    fn interrupt(&mut self, index: usize) {
        let client = self.clients[index].name.clone();
        let packet_type = self.random.pick(&[
            PacketType::PubAck,
            PacketType::PubRec,
            PacketType::PubRec,
            PacketType::PubComp,
            PacketType::PubRel,
        ]);
        let direction = self.random.pick(&[Direction::ToBroker, Direction::ToClient]);
        let target =
            Target::Next { client: client.clone(), direction, packet_type: Some(packet_type) };
        self.put(Command::Fault { target, fault: Fault::Hold });
        let other = self.random.below(self.clients.len() as u64);
        self.burst(usize::try_from(other).unwrap_or(0));
        self.burst(index);
        self.at += self.random.pick(&[0, 20, 200, 1_000, 4_000]);
        if self.random.chance(30) {
            self.restart();
        } else if self.random.chance(50) {
            self.put(Command::Cut { client, noticed_by: NoticedBy::Both });
            self.at += self.random.pick(&[0, 50, 7_000]);
        }
        self.connect(index);
    }

    fn restart(&mut self) {
        if self.restarts >= RESTARTS_MAX {
            return;
        }
        self.restarts += 1;
        self.at += 1;
        let down_ms = self.random.pick(&[0, 10, 900, 15_000, 60_000]);
        let keep_records = self.random.chance(90);
        self.put(Command::RestartBroker { down_ms, keep_records });
        if self.random.chance(25) {
            // The machine sleeps, or its clock is set ahead, while the process is not there.
            let ms = self.random.pick(&[7, 3_000, 70_000]);
            self.put(Command::SkipClock { ms });
            self.at += ms + 1;
        }
        self.at += self.random.pick(&[0, 5, 1_000]);
    }

    fn connect(&mut self, index: usize) {
        let definition = self.definition(index);
        self.clients[index].has_lost_state = false;
        let client = definition.name.clone();
        self.put(Command::SetClient { definition: Box::new(definition) });
        self.put(Command::Connect { client });
    }

    /// What a client asks for in its next CONNECT.
    fn definition(&mut self, index: usize) -> ClientDefinition {
        self.messages += 1;
        let payload = format!("w{}", self.messages).into_bytes();
        let random = &mut self.random;
        let client = &self.clients[index];
        let is_v5 = client.version == ProtocolVersion::V5;
        let will = random.chance(40).then(|| WillConfig {
            topic: random.pick(&["w/1", "w/2"]).to_owned(),
            payload,
            qos: qos(random),
            retain: random.chance(20),
            will_delay_interval: (is_v5 && random.chance(60)).then(|| random.pick(&[1, 6, 50])),
            properties: MessageProperties {
                message_expiry_interval: (is_v5 && random.chance(20)).then_some(30),
                ..MessageProperties::default()
            },
        });
        let keeps = if client.is_durable { random.chance(92) } else { random.chance(10) };
        let config = ClientConfig {
            version: client.version,
            client_identifier: client.client_identifier.clone(),
            clean_start: client.has_lost_state || if is_v5 { random.chance(8) } else { !keeps },
            session_expiry_interval: (is_v5 && keeps)
                .then(|| random.pick(&[5, 60, 600, 600, u32::MAX])),
            keep_alive: random.pick(&[0, 4, 30, 60]),
            receive_maximum: (is_v5 && random.chance(50)).then(|| random.pick(&[1, 2, 9])),
            maximum_packet_size: if is_v5 && random.chance(15) { Some(90) } else { Some(1 << 20) },
            topic_alias_maximum: (is_v5 && random.chance(50)).then_some(2),
            will,
            ..ClientConfig::default()
        };
        ClientDefinition { name: client.name.clone(), config, link: None }
    }

    /// An operator does something to a client, its Session or the settings.
    fn operate(&mut self, index: usize) {
        let client_identifier = self.clients[index].client_identifier.clone();
        let random = &mut self.random;
        let request = match random.below(10) {
            0..3 => OperatorCommand::Disconnect {
                client_identifier,
                reason_code: ReasonCode::ADMINISTRATIVE_ACTION,
            },
            3..5 => OperatorCommand::ExpireSession { client_identifier },
            5 => OperatorCommand::PurgeQueue { client_identifier },
            6 => return self.drop_messages(&client_identifier),
            7 => {
                self.messages += 1;
                OperatorCommand::Publish {
                    topic: random.pick(TOPICS).to_owned(),
                    payload: format!("m{}", self.messages).into_bytes(),
                    qos: qos(random),
                    retain: random.chance(18),
                    message_expiry_interval: random.chance(25).then_some(5),
                }
            }
            _ => {
                set_policies(random, &mut self.settings);
                OperatorCommand::Config { config: Box::new(self.settings.clone()) }
            }
        };
        self.put(Command::Operate { request: Box::new(request) });
    }

    /// An operator drops messages by their number: some of these may be waiting.
    fn drop_messages(&mut self, client_identifier: &str) {
        let first = self.random.below(60);
        for arrival in first..first + 8 {
            let client_identifier = client_identifier.to_owned();
            let request = OperatorCommand::DropMessage { client_identifier, arrival };
            self.put(Command::Operate { request: Box::new(request) });
        }
    }

    fn disconnect(&mut self, index: usize) {
        let client = &self.clients[index];
        let is_v5 = client.version == ProtocolVersion::V5;
        let with_will = is_v5 && self.random.chance(30);
        let command = Command::Disconnect {
            client: client.name.clone(),
            reason_code: if with_will {
                ReasonCode::DISCONNECT_WITH_WILL_MESSAGE
            } else {
                ReasonCode::NORMAL_DISCONNECTION
            },
            session_expiry_interval: (is_v5 && self.random.chance(25))
                .then(|| self.random.pick(&[0, 3, 100])),
        };
        self.put(command);
    }

    fn fault(&mut self, client: String) {
        let random = &mut self.random;
        let direction = random.pick(&[Direction::ToBroker, Direction::ToClient]);
        let packet_type = random.pick(&[
            None,
            Some(PacketType::Publish),
            Some(PacketType::PubAck),
            Some(PacketType::PubRec),
            Some(PacketType::PubRel),
            Some(PacketType::PubComp),
            Some(PacketType::ConnAck),
        ]);
        let fault = random.pick(&[
            Fault::Delay { ms: 90 },
            Fault::Delay { ms: 4_000 },
            Fault::Hold,
            Fault::Release,
        ]);
        let target = if fault != Fault::Release && random.chance(60) {
            Target::Next { client, direction, packet_type }
        } else {
            Target::InFlight { client, direction, packet_type }
        };
        self.put(Command::Fault { target, fault });
    }
}

fn qos(random: &mut Random) -> QoS {
    random.pick(&[QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce, QoS::ExactlyOnce])
}
