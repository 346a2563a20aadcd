//! Three clients and our own broker over links that fail: whatever is lost on the way, in the end
//! each QoS 1 message has arrived and each QoS 2 message has arrived once, in order.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use afterlink_core::Timestamp;
use afterlink_core::broker::{Broker, Config, ConnectionId, Input, Output};
use afterlink_core::client::*;
use afterlink_core::codec::{ProtocolVersion, QoS};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::harness::{START, filter, persistent, subscribe};

/// The tag of every client's SUBSCRIBE.
const SUBSCRIBE: u64 = 0;

#[derive(Clone, Debug)]
enum Step {
    Publish {
        who: usize,
        qos: QoS,
    },
    /// Some bytes arrive at the broker, or at the client.
    Carry {
        who: usize,
        to_broker: bool,
        bytes: usize,
    },
    /// The link fails with all that is on it; the broker may learn of it only by the new one.
    Cut {
        who: usize,
        is_noticed: bool,
    },
    Connect {
        who: usize,
    },
    Pass {
        seconds: u64,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let who = 0..3_usize;
    prop_oneof![
        8 => (who.clone(), prop_oneof![Just(QoS::AtLeastOnce), Just(QoS::ExactlyOnce)])
            .prop_map(|(who, qos)| Step::Publish { who, qos }),
        24 => (who.clone(), any::<bool>(), 1..80_usize)
            .prop_map(|(who, to_broker, bytes)| Step::Carry { who, to_broker, bytes }),
        4 => (who.clone(), any::<bool>())
            .prop_map(|(who, is_noticed)| Step::Cut { who, is_noticed }),
        6 => who.prop_map(|who| Step::Connect { who }),
        2 => (0..12_u64).prop_map(|seconds| Step::Pass { seconds }),
    ]
}

/// A network connection with the bytes that are on it.
struct Link {
    connection: ConnectionId,
    to_broker: VecDeque<u8>,
    to_client: VecDeque<u8>,
}

struct Station {
    client: Client,
    link: Option<Link>,
    /// What the application was given: who published it, at which QoS, with which tag.
    given: Vec<(usize, QoS, u64)>,
    /// What the application knows to be through.
    through: BTreeSet<u64>,
    /// How many tags it has given out at each QoS.
    tags: BTreeMap<QoS, u64>,
}

struct World {
    now: Timestamp,
    broker: Broker,
    stations: Vec<Station>,
    connections: u64,
}

impl World {
    /// Three connected clients, each subscribed to all there is.
    fn new(versions: [ProtocolVersion; 3], receive_maximum: u16) -> Self {
        let station = |(who, version): (usize, ProtocolVersion)| Station {
            client: Client::new(ClientConfig {
                client_identifier: format!("c{who}"),
                keep_alive: 10,
                receive_maximum: (version == ProtocolVersion::V5).then_some(receive_maximum),
                ..persistent(version)
            }),
            link: None,
            given: Vec::new(),
            through: BTreeSet::new(),
            tags: BTreeMap::new(),
        };
        let stations = versions.into_iter().enumerate().map(station).collect();
        let mut config = Config::default();
        config.limits.receive_maximum = receive_maximum;
        let broker = Broker::new(config, [7; 32], START);
        let mut world = Self { now: START, broker, stations, connections: 0 };
        world.settle();
        for who in 0..3 {
            let filters = vec![filter("#", QoS::ExactlyOnce)];
            world.client(who, ClientInput::Command(subscribe(SUBSCRIBE, filters)));
        }
        world.settle();
        world
    }

    fn take(&mut self, step: &Step) {
        match *step {
            Step::Publish { who, qos } => self.publish(who, qos),
            Step::Carry { who, to_broker, bytes } => self.carry(who, to_broker, bytes),
            Step::Cut { who, is_noticed } => {
                let Some(link) = self.stations[who].link.take() else { return };
                self.client(who, ClientInput::Closed);
                if is_noticed {
                    self.broker(Input::Closed { connection: link.connection });
                }
            }
            Step::Connect { who } => self.connect(who),
            Step::Pass { seconds } => self.pass(seconds),
        }
    }

    fn publish(&mut self, who: usize, qos: QoS) {
        let count = self.stations[who].tags.entry(qos).or_insert(0);
        *count += 1;
        let tag = *count * 10 + u64::from(qos.bits());
        let message = OutgoingMessage {
            topic: format!("from/{who}"),
            payload: tag.to_string().into_bytes(),
            qos,
            ..OutgoingMessage::default()
        };
        self.client(who, ClientInput::Command(ClientCommand::Publish { tag, message }));
    }

    fn connect(&mut self, who: usize) {
        if self.stations[who].link.is_some() {
            return;
        }
        self.connections += 1;
        let connection = ConnectionId(self.connections);
        let (to_broker, to_client) = (VecDeque::new(), VecDeque::new());
        self.stations[who].link = Some(Link { connection, to_broker, to_client });
        self.broker(Input::Opened { connection, send_credit: 1 << 20, address: None });
        self.client(who, ClientInput::Opened);
    }

    fn carry(&mut self, who: usize, to_broker: bool, bytes: usize) {
        let Some(link) = &mut self.stations[who].link else { return };
        let connection = link.connection;
        let queue = if to_broker { &mut link.to_broker } else { &mut link.to_client };
        let bytes: Vec<u8> = queue.drain(..bytes.min(queue.len())).collect();
        if to_broker {
            self.broker(Input::Received { connection, bytes: &bytes });
        } else {
            self.broker(Input::Flushed { connection, len: u32::try_from(bytes.len()).unwrap() });
            self.client(who, ClientInput::Received { bytes: &bytes });
        }
    }

    fn pass(&mut self, seconds: u64) {
        let end = self.now.plus_seconds(seconds);
        loop {
            let clients = self.stations.iter().filter_map(|station| station.client.poll_timeout());
            let clients = clients.map(|(at, _)| at).min();
            let broker = self.broker.poll_timeout().map(|(at, _)| at);
            match clients.into_iter().chain(broker).min() {
                Some(at) if at <= end => self.now = self.now.max(at),
                Some(_) | None => break,
            }
            self.broker(Input::Timeout);
            for who in 0..3 {
                self.client(who, ClientInput::Timeout);
            }
        }
        self.now = end;
    }

    /// The faults end, everybody comes back, and all that is under way arrives.
    fn settle(&mut self) {
        loop {
            for who in 0..3 {
                self.connect(who);
                self.carry(who, true, usize::MAX);
                self.carry(who, false, usize::MAX);
            }
            self.pass(0);
            let is_quiet = |station: &Station| {
                station.client.state() == ClientState::Connected
                    && station
                        .link
                        .as_ref()
                        .is_some_and(|link| link.to_broker.is_empty() && link.to_client.is_empty())
            };
            if self.stations.iter().all(is_quiet) {
                return;
            }
        }
    }

    fn client(&mut self, who: usize, input: ClientInput<'_>) {
        let station = &mut self.stations[who];
        station.client.handle_input(self.now, input);
        let mut closed = None;
        while let Some(output) = station.client.poll_output() {
            match output {
                ClientOutput::Transmit { bytes } => {
                    // The broker may have closed already, and the answer to its last word is lost.
                    if let Some(link) = &mut station.link {
                        link.to_broker.extend(bytes);
                    }
                }
                ClientOutput::Close => closed = station.link.take(),
                ClientOutput::Event(event) => note(station, event),
            }
        }
        if let Some(Link { connection, mut to_broker, .. }) = closed {
            self.broker(Input::Received { connection, bytes: to_broker.make_contiguous() });
            self.broker(Input::Closed { connection });
        }
    }

    fn broker(&mut self, input: Input<'_>) {
        self.broker.handle_input(self.now, input);
        let mut closed = Vec::new();
        while let Some(output) = self.broker.poll_output() {
            match output {
                Output::Transmit { connection, head, payload } => {
                    let links = self.stations.iter_mut().filter_map(|it| it.link.as_mut());
                    for link in links.filter(|link| link.connection == connection) {
                        link.to_client.extend(head);
                        link.to_client.extend(payload);
                    }
                }
                Output::Close { connection } => closed.push(connection),
                Output::Read { .. } => {}
                other => panic!("not asked for: {other:?}"),
            }
        }
        for connection in closed {
            let is_its = |it: &Station| it.link.as_ref().map(|link| link.connection);
            let who = self.stations.iter().position(|it| is_its(it) == Some(connection));
            let Some(who) = who else { continue };
            let Some(mut link) = self.stations[who].link.take() else { continue };
            let bytes = link.to_client.make_contiguous();
            self.client(who, ClientInput::Received { bytes });
            self.client(who, ClientInput::Closed);
        }
    }
}

fn note(station: &mut Station, event: ClientEvent) {
    match event {
        ClientEvent::Message(message) => {
            let publisher = message.topic.strip_prefix("from/").unwrap().parse().unwrap();
            let tag: u64 = String::from_utf8(message.payload).unwrap().parse().unwrap();
            let qos = QoS::from_bits(u8::try_from(tag % 10).unwrap()).unwrap();
            station.given.push((publisher, qos, tag));
        }
        ClientEvent::Published { tag, reason, .. } => {
            assert!(!reason.code.is_error(), "{reason:?}");
            assert!(station.through.insert(tag), "through twice");
        }
        ClientEvent::Connected(_)
        | ClientEvent::Repeat { .. }
        | ClientEvent::Unexpected { .. }
        | ClientEvent::Subscribed { .. }
        | ClientEvent::Disconnected(
            DisconnectCause::Network
            | DisconnectCause::ConnAckOverdue
            | DisconnectCause::PingRespOverdue
            | DisconnectCause::Server { .. },
        ) => {}
        other => panic!("must not happen: {other:?}"),
    }
}

/// First arrivals of what `publisher` published at `qos`.
fn first_arrivals(given: &[(usize, QoS, u64)], publisher: usize, qos: QoS) -> Vec<u64> {
    let mut seen = BTreeSet::new();
    let of_these = given.iter().filter(|(from, at, _)| *from == publisher && *at == qos);
    of_these.map(|(_, _, tag)| *tag).filter(|tag| seen.insert(*tag)).collect()
}

fn version() -> impl Strategy<Value = ProtocolVersion> {
    prop_oneof![Just(ProtocolVersion::V3_1_1), Just(ProtocolVersion::V5)]
}

proptest! {
    #[test]
    fn nothing_is_lost_and_qos_2_is_not_doubled_over_links_that_fail(
        versions in [version(), version(), version()],
        receive_maximum in prop_oneof![Just(1_u16), Just(3), Just(50)],
        steps in vec(step(), 1..250),
    ) {
        let mut world = World::new(versions, receive_maximum);
        for step in &steps {
            world.take(step);
        }
        world.settle();
        for (who, station) in world.stations.iter().enumerate() {
            let session = station.client.session().unwrap();
            prop_assert_eq!((session.inflight_len(), session.received_len()), (0, 0));
            prop_assert_eq!(station.client.outbox().len(), 0);
            let published: u64 = station.tags.values().sum();
            prop_assert_eq!(station.through.len() as u64, published, "through at {}", who);
        }
        for station in &world.stations {
            for (publisher, qos) in (0..3).flat_map(|publisher| {
                [(publisher, QoS::AtLeastOnce), (publisher, QoS::ExactlyOnce)]
            }) {
                let count = world.stations[publisher].tags.get(&qos).copied().unwrap_or(0);
                let expected: Vec<_> =
                    (1..=count).map(|number| number * 10 + u64::from(qos.bits())).collect();
                let arrived = first_arrivals(&station.given, publisher, qos);
                prop_assert_eq!(arrived, expected, "{} at {:?}", publisher, qos);
            }
            let twice: Vec<_> =
                station.given.iter().filter(|(_, qos, _)| *qos == QoS::ExactlyOnce).collect();
            let once: BTreeSet<_> = twice.iter().collect();
            prop_assert_eq!(once.len(), twice.len(), "a QoS 2 message came twice");
        }
    }
}
