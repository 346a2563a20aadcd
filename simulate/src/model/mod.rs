//! The reference model: what a broker has to do, told from the packets that reach it.
//!
//! The model reads the trace of a world step by step. From what arrives at the broker (packets,
//! ends of connections, time) it computes sessions, subscriptions, what each is owed, wills and
//! retained messages, in its own plain way. Against that it holds every packet the broker sends,
//! and, whenever nothing is left to do at a moment, all of the broker's views. It knows nothing
//! of the broker's order of work: which message is sent when, and to which member of a share
//! group, it learns from the packets and judges afterwards.

mod agree;
mod causes;
mod connect;
mod delivery;
mod drops;
mod groups;
mod held_back;
mod operate;
mod owed;
mod queues;
mod quiet;
mod request;
mod restart;
mod route;
mod seen;
mod sent;
mod state;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use afterlink_core::Timestamp;
use afterlink_core::broker::{Config, Records};
use afterlink_core::codec::{PacketType, ProtocolVersion, QoS, ReasonCode};
use afterlink_core::sim::{Entry, PacketNumber, Scenario, SentPacket, World};

use held_back::HeldBack;
use operate::Purge;
use state::{Message, Owed, State};

/// What was found to be wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The invariant, `I1` to `I11`, or what else was broken.
    pub invariant: &'static str,
    /// What happened, for a person.
    pub what: String,
    /// Milliseconds from the start of the scenario.
    pub at_ms: u64,
    /// The number of the trace's entry at which it was seen.
    pub entry: u64,
}

/// The outcome of a check: what is wrong, by invariant and in words.
type Check = Result<(), (&'static str, String)>;

/// Fails a check unless a condition holds.
macro_rules! ensure {
    ($condition:expr, $invariant:literal, $($what:tt)+) => {
        if !$condition {
            return Err(($invariant, format!($($what)+)));
        }
    };
}
use ensure;

/// A network connection, as the model needs it.
#[derive(Clone, Debug)]
struct Link {
    /// The client that opened it.
    client: String,
    client_identifier: String,
    version: ProtocolVersion,
    /// Whether it acts on its client's Session.
    is_attached: bool,
    /// Whether the broker has ended that in this step, perhaps after it had sent something.
    is_closing: bool,
    /// Whether its client began without what it remembered.
    is_clean: bool,
    /// Session Present as CONNACK has to say it, while it is due, since when.
    connack: Option<(bool, Timestamp)>,
    /// Answers that are due, by type, in order.
    answers: BTreeMap<PacketType, VecDeque<Answer>>,
    /// A publish that has arrived and is not taken yet.
    held_back: Option<HeldBack>,
    last_heard: Timestamp,
    /// Whether the broker did not read from it when last looked at: silence is not judged then.
    is_unread: bool,
    keep_alive: u16,
    requested_expiry: u32,
    receive_maximum: usize,
    packet_size_max: usize,
    alias_max: u16,
    aliases_out: BTreeMap<u16, String>,
    aliases_in: BTreeMap<u16, String>,
    /// QoS 1 and 2 messages sent here and not acknowledged.
    unacknowledged: BTreeSet<u16>,
    /// The order of the message whose PUBLISH was sent again last.
    resent: Option<u64>,
    /// The same of PUBREL.
    released: Option<u64>,
}

/// An answer that is due.
#[derive(Clone, Debug)]
struct Answer {
    identifier: u16,
    codes: Vec<ReasonCode>,
    /// Since when, if it may not leave before that is persisted.
    promised: Option<Timestamp>,
    /// The message, if it is only for its sake that the answer waits.
    message: Option<Rc<Message>>,
}

/// The model of one world.
pub struct Model {
    now: Timestamp,
    start: Timestamp,
    entry: u64,
    config: Config,
    keeps_records: bool,
    persist_ms: u64,
    state: State,
    links: BTreeMap<u64, Link>,
    packets: BTreeMap<PacketNumber, SentPacket>,
    /// States of moments that may not be persisted yet, and the latest that is.
    past: VecDeque<(Timestamp, State)>,
    /// Whether a broker process that ended left its records behind.
    keeps_store: bool,
    /// Set by the start of a process until its sessions have been looked at.
    has_restarted: Option<Timestamp>,
    stopped_at: Timestamp,
    /// Wills published in this step that the broker has to tell of.
    wills: Vec<String>,
    /// Messages by the number that the broker gave them.
    messages: BTreeMap<u64, Rc<Message>>,
    /// The number of the last of them.
    last_sequence: u64,
    /// How often each payload was routed: one that was published again is two messages alike.
    alike: BTreeMap<Vec<u8>, u32>,
    /// What the command that is about to be carried out would have dropped.
    foreseen: Option<Purge>,
    /// What an operator has wanted to be dropped in this step.
    purge: Option<Purge>,
    /// What share groups have left in this step to nobody.
    left: Vec<Owed>,
    /// Whether all views were compared at the end of the step before.
    has_agreed: bool,
    /// Connections that are held back at the end of this step.
    held_back: BTreeSet<u64>,
    /// Client Identifiers that were seen before.
    known: BTreeSet<String>,
    /// Of these, the ones whose client has forgotten its Session since.
    forgetful: BTreeSet<String>,
    /// Publishes refused in this step for full queues.
    refused: u64,
    refused_before: u64,
    /// Messages handed to applications, and first sends, by Client Identifier, QoS and payload.
    delivered: BTreeMap<(String, QoS, Vec<u8>), u32>,
    started: BTreeMap<(String, QoS, Vec<u8>), u32>,
    /// Client Identifiers for which repeats and losses are the clients' own doing.
    excused: BTreeSet<String>,
    /// Figures for the report.
    pub figures: Figures,
}

/// How much a run has looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Packets sent by the broker and judged.
    pub packets: u64,
    /// Messages routed.
    pub routed: u64,
    /// First sends of a message to a client.
    pub sends: u64,
    /// Messages sent again.
    pub resends: u64,
    /// Wills published.
    pub wills: u64,
    /// Restarts from a store that was compared.
    pub restarts: u64,
    /// Times at which all views were compared.
    pub agreements: u64,
    /// Messages dropped and counted.
    pub drops: u64,
    /// Sessions that ended.
    pub ended: u64,
    /// Of these, the ones that an operator ended.
    pub expired: u64,
    /// Connections that an operator ended.
    pub kicks: u64,
    /// Queues that an operator emptied.
    pub purges: u64,
    /// Changes of the settings.
    pub switches: u64,
    /// Publishes refused for a full queue.
    pub refused: u64,
    /// Publishes of version 3 clients held back for a full queue.
    pub held_back: u64,
    /// CONNECTs of MQTT 3.1.
    pub v3_1: u64,
    /// Jumps of the clock while the broker was down.
    pub skips_while_down: u64,
}

impl Figures {
    /// Adds those of another run.
    pub fn add(&mut self, other: &Self) {
        self.packets += other.packets;
        self.routed += other.routed;
        self.sends += other.sends;
        self.resends += other.resends;
        self.wills += other.wills;
        self.restarts += other.restarts;
        self.agreements += other.agreements;
        self.drops += other.drops;
        self.ended += other.ended;
        self.expired += other.expired;
        self.kicks += other.kicks;
        self.purges += other.purges;
        self.switches += other.switches;
        self.refused += other.refused;
        self.held_back += other.held_back;
        self.v3_1 += other.v3_1;
        self.skips_while_down += other.skips_while_down;
    }
}

impl Model {
    /// The model of a scenario's world before its first step.
    #[must_use]
    pub fn new(scenario: &Scenario) -> Self {
        let settings = &scenario.settings;
        let mut names = BTreeMap::<&str, &str>::new();
        let mut excused = BTreeSet::new();
        for client in &settings.clients {
            let identifier = client.config.client_identifier.as_str();
            if names.insert(identifier, &client.name).is_some() {
                excused.insert(identifier.to_owned());
            }
        }
        Self {
            now: settings.start,
            start: settings.start,
            entry: 0,
            keeps_records: settings.broker.records == Records::Durable,
            config: settings.broker.clone(),
            persist_ms: settings.persist_ms.into(),
            state: State::default(),
            links: BTreeMap::new(),
            packets: BTreeMap::new(),
            past: VecDeque::new(),
            keeps_store: false,
            has_restarted: None,
            stopped_at: settings.start,
            wills: Vec::new(),
            messages: BTreeMap::new(),
            last_sequence: 0,
            alike: BTreeMap::new(),
            foreseen: None,
            purge: None,
            left: Vec::new(),
            has_agreed: false,
            held_back: BTreeSet::new(),
            known: BTreeSet::new(),
            forgetful: BTreeSet::new(),
            refused: 0,
            refused_before: 0,
            delivered: BTreeMap::new(),
            started: BTreeMap::new(),
            excused,
            figures: Figures::default(),
        }
    }

    /// Takes the entries of one step or command, after which the world stands as given.
    ///
    /// # Errors
    ///
    /// If the broker has done something that it must not, or not done what it must.
    pub fn step(&mut self, entries: &[Entry], world: &World) -> Result<(), Violation> {
        let first = entries.first().map_or(self.entry, |entry| entry.number);
        self.entry = first;
        self.now = world.now();
        let outcome = self.judge(entries, world);
        outcome.map_err(|(invariant, what)| self.violation(invariant, what))
    }

    /// Judges what is left when everything has come to rest.
    ///
    /// # Errors
    ///
    /// If somebody still waits for something.
    pub fn rest(&mut self, world: &World) -> Result<(), Violation> {
        let outcome = self.check_rest(world);
        outcome.map_err(|(invariant, what)| self.violation(invariant, what))
    }

    /// A violation seen now.
    #[must_use]
    pub fn violation(&self, invariant: &'static str, what: String) -> Violation {
        let at_ms = self.now.millis_since(self.start);
        Violation { invariant, what, at_ms, entry: self.entry }
    }

    fn judge(&mut self, entries: &[Entry], world: &World) -> Check {
        if let Some(broker) = world.broker() {
            let refused = broker.counters().publishes_refused;
            self.refused = refused.saturating_sub(self.refused_before);
            self.refused_before = refused;
        }
        if let Some(broker) = world.broker() {
            self.look_who_is_held_back(broker, entries);
        }
        // First what has happened to the broker and what it says it did, then what it sent.
        for entry in entries {
            self.entry = entry.number;
            self.take_cause(entry, world)?;
        }
        self.get_on()?;
        self.check_purge()?;
        self.check_left()?;
        if let Some(broker) = world.broker() {
            let (taken, known) = (broker.last_sequence(), self.last_sequence);
            ensure!(taken == known, "I1", "{taken} messages were taken in, {known} came");
        }
        ensure!(self.wills.is_empty(), "I8", "wills are due and not published: {:?}", self.wills);
        for entry in entries {
            self.entry = entry.number;
            self.take_sent(entry)?;
        }
        self.links.retain(|_, link| !link.is_closing);
        if self.has_restarted.is_some() {
            self.check_restart(world)?;
        }
        let is_settled = world.next_at().is_none_or(|at| at > world.now());
        self.has_agreed = is_settled && world.broker().is_some();
        let Some(broker) = world.broker() else { return Ok(()) };
        if is_settled {
            self.agree(broker)?;
            self.remember();
        } else if self.is_gated() {
            self.agree_on_begun(broker)?;
        }
        Ok(())
    }

    /// Keeps the states that a store may hold.
    fn remember(&mut self) {
        if !self.is_gated() {
            return;
        }
        if self.past.back().is_some_and(|(at, _)| *at == self.now) {
            self.past.pop_back();
        }
        self.past.push_back((self.now, self.state.clone()));
        let now = self.now;
        while self.past.get(1).is_some_and(|(at, _)| at.plus_millis(self.persist_ms) < now) {
            self.past.pop_front();
        }
    }

    /// Whether packets wait for a store that takes its time.
    const fn is_gated(&self) -> bool {
        self.keeps_records && self.persist_ms > 0
    }

    /// Whether something that has happened at `since` is persisted by now.
    fn is_persisted(&self, since: Timestamp) -> bool {
        since.plus_millis(self.persist_ms) <= self.now
    }
}

impl core::fmt::Display for Violation {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self { invariant, what, at_ms, entry } = self;
        write!(f, "{invariant} at {at_ms} ms, entry {entry}: {what}")
    }
}

impl core::error::Error for Violation {}
