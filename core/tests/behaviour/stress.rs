//! Anything in any order: hostile and honest peers, a slow store, an operator, jumps of time.
//!
//! Each seed makes one run of random inputs under tiny limits. After each input the broker's
//! invariants hold and each packet is one that its peer may be sent. In the end all peers read,
//! everything is persisted and time passes: then nobody is left waiting.

mod limits;
mod packets;
mod peer;
mod random;
mod settings;
mod settle;

use std::collections::BTreeMap;

use afterlink_core::Timestamp;
use afterlink_core::broker::{
    AuthenticationVerdict, Broker, Command, ConnectionId, EventFilter, Input, Output, Record,
    RecordSequence, Records,
};
use afterlink_core::codec::ReasonCode;

use crate::harness::START;
use limits::GivenBack;
use packets::CLIENTS;
use peer::Peer;
use random::Random;

/// Connections that come and go at a time.
const SLOTS: usize = 8;
const STEPS: usize = 400;
/// Timeouts in a row that change nothing of the time: more are a loop without an end.
const TURNS_MAX: usize = 20_000;

struct Run {
    random: Random,
    broker: Broker,
    now: Timestamp,
    /// The peers with a connection, by its number.
    peers: BTreeMap<u64, Peer>,
    next: u64,
    /// Every record since the first broker began, and how many of them the present one was
    /// restored from.
    records: Vec<(Timestamp, Record)>,
    restored: usize,
    /// How many are persisted.
    persisted: usize,
    /// Connections whose client the driver is to judge.
    asked: Vec<ConnectionId>,
    /// Whether an operator has changed settings, so that what was taken may be beyond them.
    reconfigured: bool,
    /// What the last crash gave back and has not gone since.
    given_back: GivenBack,
}

impl Run {
    fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let config = settings::config(&mut random);
        let mut run = Self {
            broker: Broker::new(config, [3; 32], START),
            random,
            now: START,
            peers: BTreeMap::new(),
            next: 1,
            records: Vec::new(),
            restored: 0,
            persisted: 0,
            asked: Vec::new(),
            reconfigured: false,
            given_back: GivenBack::default(),
        };
        if run.random.one_in(2) {
            run.input(Input::Observe { filter: EventFilter::ALL });
        }
        run
    }

    /// Gives an input, takes what comes of it, and checks.
    fn input(&mut self, input: Input<'_>) {
        self.broker.handle_input(self.now, input);
        while let Some(output) = self.broker.poll_output() {
            match output {
                Output::Transmit { connection, head, payload } => {
                    let peer = self.peers.get_mut(&connection.0).expect("a known connection");
                    peer.take(head, payload);
                }
                Output::Read { connection, on } => {
                    let peer = self.peers.get_mut(&connection.0).expect("a known connection");
                    assert_ne!(peer.reading, on, "reading is turned on or off, not again");
                    peer.reading = on;
                }
                Output::Close { connection } => {
                    self.peers.remove(&connection.0).expect("closed once");
                }
                Output::Persist { sequence, at, record } => {
                    self.records.push((at, record));
                    let number = self.records.len() - self.restored;
                    assert_eq!(sequence.0, number as u64, "consecutive records");
                }
                Output::Authenticate { connection, .. } => self.asked.push(connection),
                Output::Event(_) => {}
            }
        }
        self.broker.assert_invariants();
        self.check_limits();
    }

    fn step(&mut self) {
        match self.random.below(100) {
            0..8 => self.open(),
            8..68 => self.send(),
            68..74 => self.flush(false),
            74..78 => self.cut(),
            78..84 => self.persist(),
            84..88 => self.judge(),
            88..95 => self.pass_time(),
            95..99 => self.command(),
            _ => self.crash(),
        }
    }

    fn open(&mut self) {
        if self.peers.len() >= SLOTS {
            return;
        }
        let number = self.next;
        self.next += 1;
        let send_credit =
            if self.random.one_in(3) { self.random.below(200) as u32 + 1 } else { 5000 };
        self.peers.insert(number, Peer::new(&mut self.random));
        let address = self.random.one_in(2).then(|| [10, 0, 0, self.random.below(3) as u8].into());
        let connection = ConnectionId(number);
        self.input(Input::Opened { connection, send_credit, address });
    }

    fn pick(&mut self) -> Option<u64> {
        let place = self.random.below(self.peers.len().max(1) as u64) as usize;
        self.peers.keys().nth(place).copied()
    }

    /// Some peer sends one or several packets, in one piece or in several.
    fn send(&mut self) {
        let Some(number) = self.pick() else { return self.open() };
        let connection = ConnectionId(number);
        let mut bytes = Vec::new();
        for _ in 0..=self.random.below(3) {
            let Some(peer) = self.peers.get_mut(&number) else { return };
            if !peer.reading && self.random.one_in(2) {
                break;
            }
            peer.next_packet(&mut self.random, &mut bytes);
        }
        if self.random.one_in(150) {
            packets::corrupt(&mut self.random, &mut bytes);
            if let Some(peer) = self.peers.get_mut(&number) {
                peer.garbled();
            }
        }
        let cut = if self.random.one_in(4) { self.random.below(bytes.len() as u64 + 1) } else { 0 };
        for piece in [&bytes[..cut as usize], &bytes[cut as usize..]] {
            if !piece.is_empty() {
                self.input(Input::Received { connection, bytes: piece });
            }
        }
        if !self.random.one_in(4) {
            self.flush_one(number, true);
        }
    }

    fn flush(&mut self, all: bool) {
        let numbers: Vec<_> = self.peers.keys().copied().collect();
        for number in numbers {
            self.flush_one(number, all);
        }
    }

    /// A peer reads what is on its way to it, or a part of that.
    fn flush_one(&mut self, number: u64, all: bool) {
        let Some(peer) = self.peers.get_mut(&number) else { return };
        let unread = peer.unread;
        let len = if all { unread } else { self.random.below(unread + 1) };
        peer.unread -= len;
        let len = u32::try_from(len).expect("little");
        if len > 0 {
            self.input(Input::Flushed { connection: ConnectionId(number), len });
        }
    }

    fn cut(&mut self) {
        let Some(number) = self.pick() else { return };
        self.peers.remove(&number);
        self.input(Input::Closed { connection: ConnectionId(number) });
    }

    fn persist(&mut self) {
        let unpersisted = self.records.len() - self.persisted;
        let some = self.random.below(unpersisted as u64 + 1) as usize;
        let all = self.random.one_in(2);
        self.persist_some(if all { unpersisted } else { some });
    }

    fn persist_some(&mut self, count: usize) {
        self.persisted += count;
        let upto = RecordSequence(self.persisted.saturating_sub(self.restored) as u64);
        self.input(Input::Persisted { upto });
    }

    fn judge(&mut self) {
        let verdict = match self.random.below(6) {
            0 => AuthenticationVerdict::Continue { data: Some(vec![1; 3]) },
            1 => AuthenticationVerdict::Reject { reason_code: ReasonCode::BANNED },
            2 => AuthenticationVerdict::Accept { principal: Some("p".to_owned()), data: None },
            _ => AuthenticationVerdict::Accept { principal: None, data: None },
        };
        let connection = if self.asked.is_empty() || self.random.one_in(8) {
            ConnectionId(self.random.below(self.next + 1))
        } else {
            let place = self.random.below(self.asked.len() as u64);
            self.asked.swap_remove(place as usize)
        };
        self.input(Input::Authenticated { connection, verdict });
    }

    fn pass_time(&mut self) {
        let millis = match self.random.below(10) {
            0..4 => self.random.below(50),
            4..8 => self.random.below(3000),
            8 => self.random.below(40_000),
            _ => self.random.below(10_000_000),
        };
        self.now = self.now.plus_millis(millis);
        if !self.random.one_in(3) {
            self.turn();
        }
    }

    /// Fires all timers that are due.
    fn turn(&mut self) {
        for _ in 0..TURNS_MAX {
            let timer = self.broker.poll_timeout();
            assert_eq!(timer.as_ref().map(|(at, _)| *at), self.broker.next_timeout());
            if timer.is_none_or(|(at, _)| at > self.now) {
                return;
            }
            self.input(Input::Timeout);
        }
        panic!("timers fire for ever: {:?}", self.broker.poll_timeout());
    }

    fn command(&mut self) {
        let client_identifier = self.random.pick(&CLIENTS).to_owned();
        let command = match self.random.below(12) {
            0 | 1 => Command::Policy { policy: settings::policy(&mut self.random) },
            2 => {
                self.reconfigured = true;
                Command::Config { config: Box::new(settings::config(&mut self.random)) }
            }
            3 => Command::Disconnect { client_identifier, reason_code: ReasonCode::BANNED },
            4 => Command::ExpireSession { client_identifier },
            5 => Command::PurgeQueue { client_identifier },
            6 => {
                let first = self.broker.queue(&client_identifier, None, 1);
                let arrival = first.first().map_or(3, |entry| entry.arrival);
                Command::DropMessage { client_identifier, arrival }
            }
            7 if self.random.one_in(4) => Command::Shutdown,
            _ => packets::operator_publish(&mut self.random),
        };
        self.input(Input::Command(command));
    }

    /// The broker is gone, with all that is not persisted, and another goes on from the store.
    fn crash(&mut self) {
        let config = self.broker.config().clone();
        if config.records == Records::Off || self.random.one_in(2) {
            return;
        }
        self.records.truncate(self.persisted);
        let records = self.records.iter().cloned();
        let broker = Broker::restore(config, [4; 32], self.now, records);
        assert_eq!(broker.counters().records_ignored, 0, "every record fits");
        self.given_back = GivenBack::of(&broker);
        self.broker = broker;
        self.restored = self.records.len();
        self.peers.clear();
        self.asked.clear();
        self.input(Input::Timeout);
    }
}

fn run(seed: u64) -> Counts {
    let mut run = Run::new(seed);
    for _ in 0..STEPS {
        run.step();
    }
    run.settle();
    run.check_settled();
    // A good client comes back to each session and is given all there is.
    let numbers: Vec<_> = run.peers.keys().copied().collect();
    for number in numbers {
        run.peers.remove(&number);
        run.input(Input::Closed { connection: ConnectionId(number) });
    }
    run.asked.clear();
    for client_identifier in CLIENTS {
        let number = run.next;
        run.next += 1;
        run.peers.insert(number, Peer::honest());
        let connection = ConnectionId(number);
        run.input(Input::Opened { connection, send_credit: 100, address: None });
        if !run.peers.contains_key(&number) {
            continue;
        }
        let mut bytes = Vec::new();
        run.peers.get_mut(&number).expect("open").connect(client_identifier, &mut bytes);
        run.input(Input::Received { connection, bytes: &bytes });
    }
    run.settle();
    run.check_settled();
    Counts::of(&run)
}

/// What the runs together have seen, so that a run that does nothing is noticed.
#[derive(Debug, Default)]
struct Counts {
    accepted: u64,
    received: u64,
    sent: u64,
    dropped: u64,
}

impl Counts {
    fn of(run: &Run) -> Self {
        let counters = run.broker.counters();
        Self {
            accepted: counters.connects_accepted,
            received: counters.messages_received.iter().sum(),
            sent: counters.messages_sent.iter().sum(),
            dropped: counters.drops.total(),
        }
    }

    fn add(&mut self, other: &Self) {
        self.accepted += other.accepted;
        self.received += other.received;
        self.sent += other.sent;
        self.dropped += other.dropped;
    }
}

/// The seeds are 0 to 299, or those that `AFTERLINK_STRESS_SEEDS` names as `first..end`.
#[expect(clippy::disallowed_methods, reason = "a developer may ask for more seeds, or for one")]
fn seeds() -> core::ops::Range<u64> {
    let Ok(text) = std::env::var("AFTERLINK_STRESS_SEEDS") else { return 0..300 };
    let (first, end) = text.split_once("..").expect("first..end");
    first.parse().expect("a number")..end.parse().expect("a number")
}

#[test]
fn whatever_comes_in_whatever_order_leaves_nobody_waiting() {
    let mut counts = Counts::default();
    for seed in seeds() {
        let outcome = std::panic::catch_unwind(|| run(seed));
        match outcome {
            Ok(seen) => counts.add(&seen),
            Err(_) => panic!("seed {seed}: AFTERLINK_STRESS_SEEDS={seed}..{}", seed + 1),
        }
    }
    let Counts { accepted, received, sent, dropped } = counts;
    assert!(accepted > 0 && received > 0 && sent > 0 && dropped > 0, "the runs do something");
}
