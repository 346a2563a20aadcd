//! Speaks the wire to a broker on virtual time.
//!
//! A [`World`] is one broker with a clock that stands still until it is told to go on. A
//! [`Peer`] is a network connection to it: packets are encoded for the broker and decoded from
//! what it transmits, byte by byte, as a real client would see them.
#![allow(unreachable_pub, reason = "a test binary exports nothing")]

mod client;

use std::collections::BTreeMap;

use afterlink_core::Timestamp;
use afterlink_core::broker::{
    Broker, Command, Config, ConnectionId, Event, EventFilter, Input, Output, Record,
    RecordSequence, TimerReason,
};
pub use afterlink_core::codec::ProtocolVersion::{V3_1, V3_1_1, V5};
pub use afterlink_core::codec::QoS::{AtLeastOnce, AtMostOnce, ExactlyOnce};
use afterlink_core::codec::{DecodeLimits, Deframer, Packet, ProtocolVersion, Sender, decode};

use crate::contract::Contract;
pub use crate::packets::*;

/// When virtual time begins.
pub const START: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// Bytes the harness takes for a connection before `flush` is needed; it flushes by itself.
pub const CREDIT: u32 = 1 << 30;

/// The broker's invariants are checked after each of so many first inputs of a world, and then
/// once in as many, since a check looks at all there is.
const INVARIANTS_INPUTS: u64 = 1000;

/// A packet that owns its bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Received {
    bytes: Vec<u8>,
    version: ProtocolVersion,
}

impl Received {
    /// The packet, decoded.
    pub fn packet(&self) -> Packet<'_> {
        let limits = DecodeLimits {
            user_properties_max: usize::MAX,
            properties_bytes_max: usize::MAX,
            filters_max: usize::MAX,
        };
        decode(&self.bytes, self.version, Sender::Server, &limits).expect("the broker's packet")
    }

    /// The bytes on the wire.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl std::fmt::Debug for Received {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.packet().fmt(f)
    }
}

/// What the driver's side of one connection has seen.
#[derive(Default)]
struct Line {
    deframer: Deframer,
    packets: Vec<Received>,
    version: Option<ProtocolVersion>,
    contract: Option<Contract>,
    closed: bool,
    reading: bool,
    /// Whether transmitted bytes count as flushed at once.
    stalled: bool,
    unflushed: u32,
    transmitted: u64,
}

/// A name for a connection of a [`World`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Peer(pub u64);

/// A broker, its clock, and its peers.
pub struct World {
    pub broker: Broker,
    pub now: Timestamp,
    pub events: Vec<Event>,
    /// Every record, in order.
    pub records: Vec<(Timestamp, Record)>,
    /// Whether records are persisted as soon as they come.
    pub persists: bool,
    pub authentications: Vec<(ConnectionId, afterlink_core::broker::AuthenticationRequest)>,
    persisted: u64,
    inputs: u64,
    lines: BTreeMap<u64, Line>,
    next: u64,
}

impl World {
    /// A broker with the defaults.
    pub fn new() -> Self {
        Self::with(Config::default())
    }

    /// A broker with `config`.
    pub fn with(config: Config) -> Self {
        Self::around(Broker::new(config, [7; 32], START), START)
    }

    /// The same around a broker that exists.
    pub fn around(broker: Broker, now: Timestamp) -> Self {
        let mut world = Self {
            broker,
            now,
            events: Vec::new(),
            records: Vec::new(),
            persists: true,
            authentications: Vec::new(),
            persisted: 0,
            inputs: 0,
            lines: BTreeMap::new(),
            next: 1,
        };
        world.input(Input::Observe { filter: EventFilter::ALL });
        world
    }

    /// Gives the broker an input now, and takes what comes of it.
    pub fn input(&mut self, input: Input<'_>) {
        self.broker.handle_input(self.now, input);
        self.drain();
    }

    pub fn command(&mut self, command: Command) {
        self.input(Input::Command(command));
    }

    fn drain(&mut self) {
        loop {
            let mut flushed = Vec::new();
            while let Some(output) = self.broker.poll_output() {
                match output {
                    Output::Transmit { connection, head, payload } => {
                        let line = self.lines.get_mut(&connection.0).expect("a known connection");
                        assert!(!line.closed, "nothing is transmitted after close");
                        let bytes = [head, payload].concat();
                        line.transmitted += bytes.len() as u64;
                        let mut rest = bytes.as_slice();
                        let version = line.version.unwrap_or(V5);
                        while let Some(packet) =
                            line.deframer.next(&mut rest, usize::MAX).expect("whole packets")
                        {
                            let received = Received { bytes: packet.to_vec(), version };
                            if let Some(contract) = &mut line.contract {
                                contract.look(&received.packet(), received.bytes.len());
                            }
                            line.packets.push(received);
                        }
                        assert_eq!(line.deframer.buffered(), 0, "whole packets only");
                        if line.stalled {
                            line.unflushed += u32::try_from(bytes.len()).expect("small");
                        } else {
                            flushed.push((connection, bytes.len()));
                        }
                    }
                    Output::Read { connection, on } => {
                        self.lines.get_mut(&connection.0).expect("known").reading = on;
                    }
                    Output::Close { connection } => {
                        if let Some(line) = self.lines.get_mut(&connection.0) {
                            line.closed = true;
                        }
                    }
                    Output::Persist { sequence, at, record } => {
                        self.records.push((at, record));
                        assert_eq!(sequence.0, self.records.len() as u64, "consecutive records");
                    }
                    Output::Authenticate { connection, request } => {
                        self.authentications.push((connection, *request));
                    }
                    Output::Event(event) => self.events.push(event),
                }
            }
            let all = self.records.len() as u64;
            if self.persists && self.persisted < all {
                self.persisted = all;
                let upto = RecordSequence(all);
                self.broker.handle_input(self.now, Input::Persisted { upto });
            } else if flushed.is_empty() {
                break;
            }
            for (connection, len) in flushed {
                let len = u32::try_from(len).expect("small");
                self.broker.handle_input(self.now, Input::Flushed { connection, len });
            }
        }
        self.inputs += 1;
        if self.inputs < INVARIANTS_INPUTS || self.inputs.is_multiple_of(INVARIANTS_INPUTS) {
            self.broker.assert_invariants();
        }
    }

    /// Records up to and including number `upto` (from 1) are persisted.
    pub fn persist(&mut self, upto: u64) {
        self.persisted = upto;
        self.input(Input::Persisted { upto: RecordSequence(upto) });
    }

    /// Lets time pass, firing each timer at its moment.
    pub fn advance_ms(&mut self, millis: u64) {
        let end = self.now.plus_millis(millis);
        while let Some(at) = self.broker.next_timeout().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.input(Input::Timeout);
        }
        self.now = end;
    }

    /// Lets seconds pass, firing each timer at its moment.
    pub fn advance(&mut self, seconds: u64) {
        self.advance_ms(seconds * 1000);
    }

    /// Lets time pass without a timer fired, as when a process sleeps.
    pub fn sleep(&mut self, seconds: u64) {
        self.now = self.now.plus_seconds(seconds);
    }

    pub fn next_timer(&self) -> Option<(Timestamp, TimerReason)> {
        self.broker.poll_timeout()
    }

    /// A network connection, with nothing sent on it.
    pub fn open(&mut self) -> Peer {
        self.open_with(CREDIT, None)
    }

    pub fn open_with(&mut self, send_credit: u32, address: Option<std::net::IpAddr>) -> Peer {
        let number = self.next;
        self.next += 1;
        self.lines.insert(number, Line { reading: true, ..Line::default() });
        let connection = ConnectionId(number);
        self.input(Input::Opened { connection, send_credit, address });
        Peer(number)
    }

    /// Sends raw bytes.
    pub fn send_bytes(&mut self, peer: Peer, bytes: &[u8]) {
        self.input(Input::Received { connection: ConnectionId(peer.0), bytes });
    }

    /// Sends a packet in the version of the peer's CONNECT.
    pub fn send(&mut self, peer: Peer, packet: &Packet<'_>) {
        let line = self.lines.get_mut(&peer.0).expect("a known peer");
        if let Packet::Connect(connect) = packet {
            line.version = Some(connect.version);
            line.contract.get_or_insert_with(|| Contract::of(connect));
        }
        let version = line.version.unwrap_or(V5);
        let mut bytes = Vec::new();
        packet.encode(version, &mut bytes).expect("a packet that can be encoded");
        self.send_bytes(peer, &bytes);
    }

    /// The next packet the peer was sent, if any.
    pub fn try_next(&mut self, peer: Peer) -> Option<Received> {
        let packets = &mut self.lines.get_mut(&peer.0).expect("a known peer").packets;
        (!packets.is_empty()).then(|| packets.remove(0))
    }

    /// The next packet the peer was sent.
    #[track_caller]
    pub fn next(&mut self, peer: Peer) -> Received {
        let Some(packet) = self.try_next(peer) else { panic!("{peer:?} was sent nothing more") };
        packet
    }

    /// Everything the peer was sent and did not look at yet.
    pub fn all(&mut self, peer: Peer) -> Vec<Received> {
        std::mem::take(&mut self.lines.get_mut(&peer.0).expect("a known peer").packets)
    }

    /// The peer was sent nothing more.
    #[track_caller]
    pub fn nothing(&mut self, peer: Peer) {
        if let Some(packet) = self.try_next(peer) {
            panic!("{peer:?} was sent {packet:?}");
        }
    }

    pub fn is_closed(&self, peer: Peer) -> bool {
        self.lines[&peer.0].closed
    }

    pub fn is_reading(&self, peer: Peer) -> bool {
        self.lines[&peer.0].reading
    }

    pub fn transmitted(&self, peer: Peer) -> u64 {
        self.lines[&peer.0].transmitted
    }

    /// From now on the peer takes nothing from the network.
    pub fn stall(&mut self, peer: Peer) {
        self.lines.get_mut(&peer.0).expect("a known peer").stalled = true;
    }

    /// The peer takes everything again.
    pub fn unstall(&mut self, peer: Peer) {
        let line = self.lines.get_mut(&peer.0).expect("a known peer");
        line.stalled = false;
        let len = std::mem::take(&mut line.unflushed);
        self.input(Input::Flushed { connection: ConnectionId(peer.0), len });
    }

    /// The peer takes `len` of the bytes that wait for it.
    pub fn read(&mut self, peer: Peer, len: u32) {
        let line = self.lines.get_mut(&peer.0).expect("a known peer");
        line.unflushed = line.unflushed.checked_sub(len).expect("so many wait");
        self.input(Input::Flushed { connection: ConnectionId(peer.0), len });
    }

    /// The network connection is lost.
    pub fn cut(&mut self, peer: Peer) {
        self.lines.get_mut(&peer.0).expect("a known peer").closed = true;
        self.input(Input::Closed { connection: ConnectionId(peer.0) });
    }
}
