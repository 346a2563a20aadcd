//! A client that keeps its half of the session as the standard asks.

use std::collections::{BTreeMap, VecDeque};

use afterlink_core::codec::packet::{Connect, WillProperties};
use afterlink_core::codec::{Packet, ProtocolVersion, QoS};

use super::*;

/// What a client is.
pub(super) struct Kind {
    pub(super) name: &'static str,
    pub(super) version: ProtocolVersion,
    /// Seconds its session outlives a connection; 0 for a clean session.
    pub(super) expiry: u32,
    /// What it may subscribe to.
    pub(super) filters: &'static [&'static str],
}

const PLAIN: &[&str] = &["t/0", "t/+", "#", "t/1", "w"];

/// A client gets a message in one way only, so that copies can be counted.
pub(super) const CLIENTS: &[Kind] = &[
    Kind { name: "five", version: V5, expiry: 3600, filters: PLAIN },
    Kind { name: "four", version: V3_1_1, expiry: u32::MAX, filters: PLAIN },
    Kind { name: "three", version: V3_1, expiry: u32::MAX, filters: PLAIN },
    Kind { name: "brief", version: V5, expiry: 20, filters: PLAIN },
    Kind { name: "clean", version: V5, expiry: 0, filters: PLAIN },
    Kind { name: "clean four", version: V3_1_1, expiry: 0, filters: &["$share/mixed/t/+"] },
    Kind { name: "first", version: V5, expiry: u32::MAX, filters: &[trace::GROUP] },
    Kind { name: "second", version: V5, expiry: 6, filters: &[trace::GROUP] },
    Kind { name: "mixed", version: V5, expiry: 3600, filters: &["$share/mixed/t/+"] },
];

/// A publish that is not acknowledged to the end.
#[derive(Clone, Debug)]
pub(super) struct Out {
    pub(super) topic: &'static str,
    pub(super) payload: String,
    pub(super) qos: QoS,
    pub(super) retain: bool,
    pub(super) expiry: Option<u32>,
    /// Whether PUBREC has come.
    pub(super) released: bool,
    /// The record its acknowledgement waits for.
    pub(super) recorded: Option<usize>,
    pub(super) to: Vec<(u64, u8)>,
    pub(super) to_group: bool,
}

#[derive(Clone)]
pub(super) struct Client {
    pub(super) kind: &'static Kind,
    pub(super) peer: Option<Peer>,
    /// Whether CONNACK has come.
    pub(super) ready: bool,
    pub(super) has_will: bool,
    /// The number of its session, and whether its last CONNECT found it there.
    pub(super) session: Option<u64>,
    pub(super) resumes: bool,
    /// The session that its last CONNACK was for.
    known: Option<u64>,
    pub(super) connack_waits: Vec<usize>,
    /// Records that SUBACK, UNSUBACK and PUBCOMP wait for, by identifier.
    pub(super) awaits: BTreeMap<u16, usize>,
    pub(super) inbox: VecDeque<Received>,
    pub(super) subscriptions: BTreeMap<&'static str, QoS>,
    pub(super) out: BTreeMap<u16, Out>,
    /// QoS 2 messages whose PUBREL has not come.
    pub(super) held: BTreeMap<u16, String>,
    /// How often each message came, by the QoS it came with; retained copies left out.
    pub(super) seen: BTreeMap<String, [u32; 3]>,
    next: u16,
}

impl Client {
    pub(super) fn new(kind: &'static Kind) -> Self {
        Self {
            kind,
            peer: None,
            ready: false,
            has_will: false,
            session: None,
            resumes: false,
            known: None,
            connack_waits: Vec::new(),
            awaits: BTreeMap::new(),
            inbox: VecDeque::new(),
            subscriptions: BTreeMap::new(),
            out: BTreeMap::new(),
            held: BTreeMap::new(),
            seen: BTreeMap::new(),
            next: 0,
        }
    }

    pub(super) fn lose_connection(&mut self) {
        self.peer = None;
        self.ready = false;
        self.connack_waits.clear();
        self.awaits.clear();
        self.inbox.clear();
    }

    /// CONNACK has come. It belongs to a session that the client knows, or its own half is gone:
    /// a new session whose first CONNACK was lost is not what the client means by resuming. The
    /// standard gives a client no way to tell; here it can.
    pub(super) fn connected(&mut self) {
        self.ready = true;
        let known = core::mem::replace(&mut self.known, self.session);
        if known != self.session {
            self.forget();
        }
    }

    /// Its half of the session is gone.
    pub(super) fn forget(&mut self) {
        self.out.clear();
        self.held.clear();
    }

    pub(super) fn next_identifier(&mut self) -> u16 {
        loop {
            self.next = self.next % 500 + 1;
            if !self.out.contains_key(&self.next) && !self.awaits.contains_key(&self.next) {
                return self.next;
            }
        }
    }

    pub(super) fn connect<'a>(
        &self,
        wipes: bool,
        for_now: bool,
        message: Option<(&'a str, Option<u32>)>,
    ) -> Connect<'a> {
        let mut connect = connect(self.kind.version, self.kind.name);
        connect.clean_start = self.kind.expiry == 0 || (wipes && self.kind.version == V5);
        let expires = self.kind.version == V5 && self.kind.expiry > 0 && !for_now;
        connect.properties.session_expiry_interval = expires.then_some(self.kind.expiry);
        connect.will = message.map(|(payload, delay)| {
            let mut will = will("w", payload, AtLeastOnce);
            let properties = WillProperties { will_delay_interval: delay, ..Default::default() };
            will.properties = if self.kind.version == V5 { properties } else { will.properties };
            will
        });
        connect
    }

    /// Takes a packet; gives what it answers.
    pub(super) fn take(&mut self, received: &Received) -> Option<Packet<'static>> {
        match received.packet() {
            Packet::Publish(publish) => {
                let payload = String::from_utf8_lossy(publish.payload).into_owned();
                let identifier = publish.packet_identifier.map_or(0, |one| one.get());
                if publish.qos == ExactlyOnce {
                    if let Some(earlier) = self.held.get(&identifier) {
                        assert_eq!(*earlier, payload, "an identifier is live once");
                        assert!(publish.dup, "the same message again says so");
                        return Some(Packet::PubRec(ack(identifier)));
                    }
                    self.held.insert(identifier, payload.clone());
                }
                if !publish.retain && !payload.is_empty() {
                    let counts = self.seen.entry(payload).or_default();
                    counts[usize::from(publish.qos.bits())] += 1;
                }
                match publish.qos {
                    AtMostOnce => None,
                    AtLeastOnce => Some(Packet::PubAck(ack(identifier))),
                    ExactlyOnce => Some(Packet::PubRec(ack(identifier))),
                }
            }
            Packet::PubRel(pubrel) => {
                self.held.remove(&pubrel.packet_identifier.get());
                Some(Packet::PubComp(ack(pubrel.packet_identifier.get())))
            }
            Packet::PubAck(one) | Packet::PubComp(one) => {
                self.out.remove(&one.packet_identifier.get());
                None
            }
            Packet::PubRec(one) => {
                let identifier = one.packet_identifier.get();
                self.out.get_mut(&identifier)?.released = true;
                Some(Packet::PubRel(ack(identifier)))
            }
            _ => None,
        }
    }
}
