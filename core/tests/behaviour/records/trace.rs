//! A long seeded trace: clients of all versions that connect, subscribe, publish, acknowledge
//! late, vanish and come back, before a store that is always somewhat behind and a broker that is
//! restarted now and then.
//!
//! Each packet that promises something is checked as it comes: the record of it is persisted.

mod publish;
mod subscribe;

use std::collections::BTreeSet;

use afterlink_core::broker::{QueueOverflow, Record, RecordSequence};
use afterlink_core::codec::packet::Disconnect;
use afterlink_core::codec::{Packet, ReasonCode};
use afterlink_core::{Broker, Timestamp};

use super::client::{CLIENTS, Client};
use super::promise::Promise;
use super::*;

/// The share group whose members are all durable.
pub(super) const GROUP: &str = "$share/g/t/#";

/// A number generator whose sequence follows from its seed.
#[derive(Clone, Debug)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let bound = u64::try_from(bound).expect("small");
        usize::try_from((value ^ (value >> 31)) % bound).expect("small")
    }

    pub(super) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

/// What clients know while the store has between `from` and `to` records.
#[derive(Clone)]
pub(super) struct Segment {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) now: Timestamp,
    pub(super) clients: Vec<Client>,
}

/// The trace while it is played, and after.
pub(super) struct Trace {
    pub(super) records: Vec<(Timestamp, Record)>,
    pub(super) segments: Vec<Segment>,
    pub(super) promises: Vec<Promise>,
    pub(super) clients: Vec<Client>,
    pub(super) world: World,
    dice: Dice,
    /// Records of earlier lives.
    base: usize,
    pub(super) persisted: usize,
    pub(super) stored: BTreeSet<u64>,
    payloads: u32,
    /// Connections whose will was withdrawn, with the record of it.
    withdrawn: Vec<(Peer, usize)>,
}

pub(super) fn config() -> Config {
    let mut config =
        Config { queue_overflow: QueueOverflow::DropOldest, queue_qos0_offline: true, ..durable() };
    config.limits.queue_messages_max = 12;
    config.limits.inflight_messages_max = 2;
    config
}

impl Trace {
    /// Plays `steps` steps.
    pub(super) fn run(seed: u64, steps: usize) -> Self {
        let mut world = World::with(config());
        world.persists = false;
        let mut trace = Self::around(world, Vec::new(), CLIENTS.iter().map(Client::new).collect());
        trace.dice = Dice(seed);
        for _ in 0..steps {
            trace.step();
        }
        let all = trace.total();
        trace.segment_until(all + 1);
        trace.records.extend(trace.world.records.iter().cloned());
        trace
    }

    /// A trace that goes on with `clients` around a broker restored from `records`.
    pub(super) fn around(
        world: World,
        records: Vec<(Timestamp, Record)>,
        clients: Vec<Client>,
    ) -> Self {
        let base = records.len();
        let mut trace = Self {
            records,
            segments: Vec::new(),
            promises: Vec::new(),
            clients,
            world,
            dice: Dice(0),
            base,
            persisted: base,
            stored: BTreeSet::new(),
            payloads: 0,
            withdrawn: Vec::new(),
        };
        trace.begin_anew();
        trace
    }

    /// All connections are gone, and what was not recorded with them.
    fn begin_anew(&mut self) {
        let stored = self.records.iter().filter_map(|(_, record)| match record {
            Record::Connected { session, .. } => Some(session.0),
            _ => None,
        });
        self.stored = stored.collect();
        self.withdrawn.clear();
        for client in &mut self.clients {
            client.lose_connection();
            let broker = &self.world.broker;
            client.session = broker.session(client.kind.name).map(|one| one.number.0);
            let subscribed = broker.subscriptions(client.kind.name, None, 1000);
            client
                .subscriptions
                .retain(|filter, _| subscribed.iter().any(|one| one.filter.to_string() == *filter));
            for one in subscribed {
                let filter = one.filter.to_string();
                let filter = client.kind.filters.iter().find(|known| **known == filter);
                let filter = filter.expect("no other was ever asked for");
                client.subscriptions.insert(filter, one.subscription.options.qos);
            }
        }
    }

    pub(super) fn total(&self) -> usize {
        self.base + self.world.records.len()
    }

    fn record(&self, index: usize) -> &Record {
        let record = match index.checked_sub(self.base) {
            Some(index) => &self.world.records[index],
            None => &self.records[index],
        };
        &record.1
    }

    /// The first record from `from` on that is asked for.
    fn find(&self, from: usize, is: impl Fn(&Record) -> bool) -> Option<usize> {
        (from..self.total()).find(|index| is(self.record(*index)))
    }

    /// The last record that is asked for.
    pub(super) fn find_last(&self, is: impl Fn(&Record) -> bool) -> Option<usize> {
        (0..self.total()).rev().find(|index| is(self.record(*index)))
    }

    fn step(&mut self) {
        if self.dice.chance(25) {
            let pending = self.total() - self.persisted;
            let upto = self.persisted + self.dice.below(pending + 1);
            self.persist(upto);
        }
        let who = self.dice.below(self.clients.len());
        let away = self.clients[who].peer.is_none();
        let ready = self.clients[who].ready;
        match self.dice.below(100) {
            0 => self.connect(who, false),
            1..=3 => self.lose(who),
            4 if self.dice.chance(30) => self.restart(),
            5..=8 => {
                let millis = 200 + self.dice.below(5000) as u64;
                self.world.advance_ms(millis);
                self.arrive();
            }
            _ if away => self.connect(who, false),
            9..=10 if ready => self.say_goodbye(who),
            11..=19 if ready => self.subscribe(who),
            20..=21 if ready => self.unsubscribe(who),
            22..=55 if ready => self.publish(who),
            56..=57 => {
                self.react(who, 20);
            }
            _ => {
                let limit = 1 + self.dice.below(3);
                self.react(who, limit);
            }
        }
        if self.total() - self.persisted > 60 {
            let upto = self.persisted + 30;
            self.persist(upto);
        }
    }

    fn segment_until(&mut self, to: usize) {
        if self.persisted < to {
            let clients = self.clients.clone();
            let (from, now) = (self.persisted, self.world.now);
            self.segments.push(Segment { from, to, now, clients });
        }
    }

    fn persist(&mut self, upto: usize) {
        self.segment_until(upto);
        self.persisted = self.persisted.max(upto);
        self.world.persist((self.persisted - self.base) as u64);
        self.arrive();
    }

    /// The broker dies; its store may have kept more than it had time to say.
    fn restart(&mut self) {
        let pending = self.total() - self.persisted;
        let kept = self.persisted + self.dice.below(pending + 1);
        self.segment_until(kept);
        self.records.extend(self.world.records.iter().cloned());
        self.records.truncate(kept);
        let now = self.world.now;
        let broker = Broker::restore(config(), [9; 32], now, self.records.iter().cloned());
        assert_eq!(broker.counters().records_ignored, 0, "every record fits");
        (self.base, self.persisted) = (kept, kept);
        self.world = World::around(broker, now);
        self.world.persists = false;
        self.begin_anew();
    }

    /// Connects a client; in `recovery` it wants its session as it was.
    pub(super) fn connect(&mut self, who: usize, recovery: bool) {
        let before = self.total();
        let wipes = !recovery && self.dice.chance(3);
        let for_now = !recovery && self.dice.chance(4);
        let delay = [None, Some(0), Some(3), Some(40)][self.dice.below(4)];
        let wills = !recovery && self.dice.chance(30);
        let payload = self.next_payload();
        let client = &mut self.clients[who];
        let earlier = self.world.broker.session(client.kind.name).map(|one| one.number.0);
        let peer = self.world.open();
        client.lose_connection();
        client.peer = Some(peer);
        let connect = client.connect(wipes, for_now, wills.then_some((payload.as_str(), delay)));
        client.has_will = connect.will.is_some();
        let durable = connect.version != V5 && !connect.clean_start
            || connect.properties.session_expiry_interval.is_some();
        self.world.send(peer, &Packet::Connect(connect));
        let client = &self.clients[who];
        let number = self.world.broker.session(client.kind.name).map(|one| one.number.0);
        let number = number.expect("it has a session");
        if durable {
            self.stored.insert(number);
        }
        let mut waits = Vec::new();
        if self.stored.contains(&number) {
            let connected = self.find(
                before,
                |record| matches!(record, Record::Connected { session, .. } if session.0 == number),
            );
            waits.push(connected.expect("a stored session's connection is recorded"));
        }
        if let Some(earlier) = earlier.filter(|one| *one != number && self.stored.contains(one)) {
            let ended = self.find(
                before,
                |record| matches!(record, Record::Ended { session } if session.0 == earlier),
            );
            waits.push(ended.expect("a stored session's end is recorded"));
        }
        let client = &mut self.clients[who];
        client.session = Some(number);
        client.resumes = earlier == Some(number);
        if !client.resumes {
            client.subscriptions.clear();
        }
        client.connack_waits = waits;
        self.arrive();
    }

    fn lose(&mut self, who: usize) {
        if let Some(peer) = self.clients[who].peer {
            self.clients[who].lose_connection();
            self.world.cut(peer);
            self.arrive();
        }
    }

    fn say_goodbye(&mut self, who: usize) {
        let before = self.total();
        let ends = self.dice.chance(25);
        let client = &mut self.clients[who];
        let peer = client.peer.expect("it is connected");
        let number = client.session.expect("it has a session");
        let mut goodbye = Disconnect::new(ReasonCode::NORMAL_DISCONNECTION);
        goodbye.session_expiry_interval = (client.kind.version == V5 && ends).then_some(0);
        let withdraws = client.has_will && self.stored.contains(&number);
        client.lose_connection();
        self.world.send(peer, &Packet::Disconnect(goodbye));
        if withdraws {
            let recorded = self.find(before, |record| {
                matches!(record, Record::Disconnected { session, .. } | Record::Ended { session }
                    if session.0 == number)
            });
            self.withdrawn.push((peer, recorded.expect("the end of its connection is recorded")));
        }
        self.arrive();
    }

    fn next_payload(&mut self) -> String {
        self.payloads += 1;
        format!("m{}", self.payloads)
    }

    /// Takes what the peers were sent: promises are checked, packets wait for the client.
    pub(super) fn arrive(&mut self) {
        if self.world.persists {
            self.persisted = self.total();
        }
        for who in 0..self.clients.len() {
            let Some(peer) = self.clients[who].peer else { continue };
            for packet in self.world.all(peer) {
                self.check_promise(who, &packet);
                self.clients[who].inbox.push_back(packet);
            }
            assert!(!self.world.is_closed(peer), "{} was closed", self.clients[who].kind.name);
        }
        let (world, persisted) = (&self.world, self.persisted);
        self.withdrawn.retain(|(peer, recorded)| {
            let closed = world.is_closed(*peer);
            assert!(!closed || *recorded < persisted, "closed before its will is withdrawn");
            !closed
        });
        let upto = RecordSequence(self.world.records.len() as u64);
        debug_assert!(self.persisted <= self.base + usize::try_from(upto.0).unwrap_or(0));
    }
}
