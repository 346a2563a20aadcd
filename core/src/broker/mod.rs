//! The broker: a pure function of (state, input, now).
//!
//! This module owns the tables; the rules live in the others, each named after what it is about.

mod acknowledge;
mod admit;
mod authenticate;
mod changes;
mod command;
mod config;
mod connack;
mod connect;
mod connection;
mod counters;
mod deliver;
mod disconnect;
mod event;
mod gate;
mod input;
mod invariants;
mod keep_alive;
mod operate;
mod output;
mod output_queue;
mod publish;
mod receive;
mod record;
mod restore;
mod retained;
mod room;
mod route;
mod send;
mod sessions;
mod share_group;
mod share_queue;
mod subscribe;
mod timers;
mod transmit;
pub mod view;
mod will;

use core::net::IpAddr;
use std::sync::Arc;

use slab::Slab;

pub use changes::ChangedSessions;
pub use command::Command;
pub use config::{
    Authentication, Capabilities, Config, Limits, QueueOverflow, Records, SharedDelivery,
    V3PublishNotAuthorized, V31SubscribeNotAuthorized,
};
pub use counters::Counters;
pub use event::{DisconnectReason, Event, EventFilter, SessionEnd, WillCancelled};
pub use input::{AuthenticationVerdict, ConnectionId, Input};
pub use output::{AuthenticationRequest, Output, RecordSequence};
pub use record::{QueueName, Recipient, Record, RetainedChange};
pub use timers::TimerReason;

use crate::Timestamp;
use crate::authorization::Policy;
use crate::map::KeyedMap;
use crate::ordered::{OrderedMap, OrderedSet};
use crate::random::Random;
use crate::session::{ClientIdentifier, SessionNumber, ShareGroupName, Subscription};
use crate::topic::SubscriptionTree;
use connection::{Connection, ConnectionKey};
use gate::Gate;
use output_queue::OutputQueue;
use retained::Retained;
use route::{Target, To};
use sessions::{SessionKey, SessionSlot};
use share_group::{GroupKey, ShareGroup};
use timers::Timers;

/// An MQTT broker without sockets, clock or threads.
///
/// A driver feeds it inputs with the time at which they came, and carries out its outputs:
///
/// 1. call [`handle_input`](Self::handle_input) for whatever has happened, once or many times;
/// 2. call [`poll_output`](Self::poll_output) until it gives `None`;
/// 3. sleep until something happens or the time of [`poll_timeout`](Self::poll_timeout) has come,
///    then give [`Input::Timeout`].
///
/// All it does follows from its configuration, its seed and its inputs. A clone goes on by itself.
#[derive(Clone, Debug)]
pub struct Broker {
    config: Config,
    policy: Policy,
    policy_generation: u64,
    /// The time of the call in hand.
    now: Timestamp,
    random: Random,
    /// What its messages are numbered under.
    origin: u64,

    connections: Slab<Connection>,
    connection_keys: KeyedMap<ConnectionId, ConnectionKey>,
    /// Connections by address, loopback not counted.
    addresses: OrderedMap<IpAddr, u32>,
    sessions: Slab<SessionSlot>,
    session_keys: KeyedMap<ClientIdentifier, SessionKey>,
    session_numbers: OrderedMap<SessionNumber, SessionKey>,
    plain: SubscriptionTree<SessionKey, Subscription>,
    shared: SubscriptionTree<GroupKey, ()>,
    groups: Slab<ShareGroup>,
    group_keys: OrderedMap<Arc<ShareGroupName>, GroupKey>,
    retained: Retained,

    timers: Timers,
    gate: Gate,
    out: OutputQueue,
    observed: EventFilter,
    changes: changes::Changes,
    counters: Counters,

    /// Bytes in all queues.
    queued_bytes: u64,
    /// Bytes of packets that have not arrived whole.
    unfinished_bytes: u64,
    /// Absent clients' queues by size, largest last.
    offline_queues: OrderedSet<(u64, SessionKey)>,
    /// Publishers held back by the `refuse` policy, in turn, by the queue they wait for.
    waiting_for_room: OrderedMap<To, OrderedSet<(u64, ConnectionKey)>>,
    /// The last turn given to one of them.
    next_turn: u64,
    /// Share groups whose connected members' queues are full.
    stalled_groups: OrderedSet<GroupKey>,
    /// Queues that have lost an entry in this call and that somebody may wait for.
    room: OrderedSet<To>,
    /// Sessions with postponed work.
    work: OrderedSet<SessionKey>,
    /// Steps of work left in this call.
    work_left: u32,

    next_session_number: u64,
    next_arrival: u64,
    next_route: u64,
    /// The number of the message taken in last.
    last_sequence: u64,
    /// Buffers used again by each publish.
    targets: Vec<Target>,
    forwarded: Vec<u8>,
}

impl Broker {
    /// A broker with no sessions. `seed` keys its hash tables and makes assigned Client
    /// Identifiers unforeseeable; a driver draws it from a good source and tells nobody.
    #[must_use]
    pub fn new(config: Config, seed: [u8; 32], now: Timestamp) -> Self {
        let config = Config { limits: config.limits.workable(), ..config };
        let mut random = Random::new(seed);
        Self {
            policy: Policy::default(),
            policy_generation: 0,
            now,
            origin: random.number(),
            connections: Slab::new(),
            connection_keys: KeyedMap::new(random.hash_key()),
            addresses: OrderedMap::new(),
            sessions: Slab::new(),
            session_keys: KeyedMap::new(random.hash_key()),
            session_numbers: OrderedMap::new(),
            plain: SubscriptionTree::new(random.hash_key()),
            shared: SubscriptionTree::new(random.hash_key()),
            groups: Slab::new(),
            group_keys: OrderedMap::new(),
            retained: Retained::new(),
            timers: Timers::default(),
            gate: Gate::default(),
            out: OutputQueue::default(),
            observed: EventFilter::default(),
            changes: changes::Changes::default(),
            counters: Counters::default(),
            queued_bytes: 0,
            unfinished_bytes: 0,
            offline_queues: OrderedSet::new(),
            waiting_for_room: OrderedMap::new(),
            next_turn: 0,
            stalled_groups: OrderedSet::new(),
            room: OrderedSet::new(),
            work: OrderedSet::new(),
            work_left: config.limits.work_per_call_max,
            next_session_number: 0,
            next_arrival: 1,
            next_route: 0,
            last_sequence: 0,
            targets: Vec::new(),
            forwarded: Vec::new(),
            random,
            config,
        }
    }

    /// Takes in what has happened at `now`. A peer's fault becomes an output, never an error of
    /// the call. Poll outputs and the timeout afterwards.
    pub fn handle_input(&mut self, now: Timestamp, input: Input<'_>) {
        // A driver whose clock steps back cannot make time run backwards here.
        self.now = self.now.max(now);
        self.work_left = self.config.limits.work_per_call_max;
        match input {
            Input::Opened { connection, send_credit, address } => {
                self.opened(connection, send_credit, address);
            }
            Input::Received { connection, bytes } => self.received(connection, bytes),
            Input::Flushed { connection, len } => self.flushed(connection, len),
            Input::Closed { connection } => self.closed(connection),
            Input::Authenticated { connection, verdict } => {
                self.authenticated(connection, verdict);
            }
            Input::Persisted { upto } => self.persisted(upto),
            Input::Command(command) => self.command(command),
            Input::Observe { filter } => self.observed = filter,
            Input::Timeout => self.timeout(),
        }
        self.use_room();
    }

    /// Takes the next output. Poll until `None` after each [`handle_input`](Self::handle_input),
    /// or after several.
    #[must_use]
    pub fn poll_output(&mut self) -> Option<Output<'_>> {
        self.out.poll()
    }

    /// When to give [`Input::Timeout`], and what for. Ask after each
    /// [`handle_input`](Self::handle_input).
    #[must_use]
    pub fn poll_timeout(&self) -> Option<(Timestamp, TimerReason)> {
        if !self.work.is_empty() {
            return Some((self.now, TimerReason::Work));
        }
        let (at, key) = self.timers.first()?;
        Some((at, self.timer_reason(key)?))
    }

    /// When to give [`Input::Timeout`]: the time of [`poll_timeout`](Self::poll_timeout) alone.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Timestamp> {
        if self.work.is_empty() { self.timers.first().map(|(at, _)| at) } else { Some(self.now) }
    }
}
