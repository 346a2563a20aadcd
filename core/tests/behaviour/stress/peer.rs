//! A peer that checks what it is sent.

use std::collections::{BTreeMap, VecDeque};

use afterlink_core::codec::packet::Connect;
use afterlink_core::codec::{
    DecodeLimits, Deframer, Packet, PacketType, ProtocolVersion, QoS, Sender, decode,
};

use super::packets;
use super::random::Random;
use crate::harness::{ExactlyOnce, V3_1, V3_1_1, V5, ack, kept};

/// The client's side of one connection.
pub(super) struct Peer {
    version: ProtocolVersion,
    pub(super) reading: bool,
    /// Bytes on their way that the driver still holds.
    pub(super) unread: u64,
    /// Whether its stream is made of whole packets, so that it can still be understood.
    pub(super) is_honest: bool,
    /// Whether it has sent no acknowledgement that nobody asked for.
    is_strict: bool,
    /// What it owes the broker, in order.
    owed: VecDeque<Owed>,
    /// Identifiers of PUBLISH packets it has not answered to the end, and their QoS.
    open: BTreeMap<u16, QoS>,
    connect_sent: bool,
    connected: bool,
    deframer: Deframer,
    packet_size_max: usize,
    receive_maximum: usize,
}

/// An acknowledgement, by its type and identifier.
type Owed = (PacketType, u16);

impl Peer {
    pub(super) fn new(random: &mut Random) -> Self {
        Self { version: random.pick(&[V3_1, V3_1_1, V5, V5]), ..Self::honest() }
    }

    pub(super) fn honest() -> Self {
        Self {
            version: V5,
            reading: true,
            unread: 0,
            is_honest: true,
            is_strict: true,
            owed: VecDeque::new(),
            open: BTreeMap::new(),
            connect_sent: false,
            connected: false,
            deframer: Deframer::new(),
            packet_size_max: usize::MAX,
            receive_maximum: usize::MAX,
        }
    }

    pub(super) fn connect(&mut self, client_identifier: &str, out: &mut Vec<u8>) {
        self.connect_sent = true;
        packets::encode(&Packet::Connect(kept(self.version, client_identifier)), self.version, out);
    }

    /// Bytes have come from the broker: one or more whole packets.
    pub(super) fn take(&mut self, head: &[u8], payload: &[u8]) {
        let bytes = [head, payload].concat();
        self.unread += bytes.len() as u64;
        let mut deframer = core::mem::take(&mut self.deframer);
        let mut rest = bytes.as_slice();
        while let Some(frame) = deframer.next(&mut rest, usize::MAX).expect("whole packets") {
            assert!(frame.len() <= self.packet_size_max, "{} bytes", frame.len());
            let limits = DecodeLimits {
                user_properties_max: usize::MAX,
                properties_bytes_max: usize::MAX,
                filters_max: usize::MAX,
            };
            let packet = decode(frame, self.version, Sender::Server, &limits);
            match packet {
                Ok(packet) => self.see(&packet),
                Err(error) => assert!(!self.connected, "{error:?} in {frame:?}"),
            }
        }
        assert_eq!(deframer.buffered(), 0, "whole packets only");
        self.deframer = deframer;
    }

    fn see(&mut self, packet: &Packet<'_>) {
        match packet {
            Packet::ConnAck(connack) => {
                assert!(!self.connected, "CONNACK comes once");
                self.connected = !connack.reason_code.is_error();
            }
            Packet::Auth(_) => assert_eq!(self.version, V5),
            _ => assert!(self.connected, "{packet:?} before CONNACK"),
        }
        match packet {
            Packet::Publish(publish) => {
                let Some(identifier) = publish.packet_identifier else { return };
                let identifier = identifier.get();
                let earlier = self.open.insert(identifier, publish.qos);
                if self.is_strict {
                    assert_eq!(earlier, None, "identifier {identifier} is in use");
                    assert!(self.open.len() <= self.receive_maximum, "receive maximum");
                }
                let exactly_once = publish.qos == ExactlyOnce;
                let owed = if exactly_once { PacketType::PubRec } else { PacketType::PubAck };
                self.owed.push_back((owed, identifier));
            }
            Packet::PubRec(ack) if !ack.reason_code.is_error() => {
                self.owed.push_back((PacketType::PubRel, ack.packet_identifier.get()));
            }
            Packet::PubRel(ack) => {
                self.owed.push_back((PacketType::PubComp, ack.packet_identifier.get()))
            }
            _ => {}
        }
    }

    /// Writes some packet, honest or not.
    pub(super) fn next_packet(&mut self, random: &mut Random, out: &mut Vec<u8>) {
        let version = self.version;
        if !self.connect_sent || random.one_in(200) {
            if !random.one_in(30) {
                let connect = packets::connect(random, version);
                if !self.connect_sent {
                    self.promise(&connect);
                }
                self.connect_sent = true;
                packets::encode(&Packet::Connect(connect), version, out);
            }
            return;
        }
        match random.below(20) {
            0..8 => {
                if let Some(owed) = self.owed.pop_front() {
                    self.answer(owed, out);
                }
            }
            8..14 => packets::encode(&Packet::Publish(packets::publish(random)), version, out),
            14..17 => packets::subscribe(random, version, out),
            17 => packets::unsubscribe(random, version, out),
            _ => {
                let packet = packets::other(random);
                self.forget(&packet);
                packets::encode(&packet, version, out);
            }
        }
    }

    /// Writes all that is owed.
    pub(super) fn answers(&mut self, out: &mut Vec<u8>) {
        while let Some(owed) = self.owed.pop_front() {
            self.answer(owed, out);
        }
    }

    /// What its CONNECT asks for has to be kept to.
    fn promise(&mut self, connect: &Connect<'_>) {
        if self.version != V5 {
            return;
        }
        let properties = &connect.properties;
        if let Some(max) = properties.maximum_packet_size {
            self.packet_size_max = max as usize;
        }
        self.receive_maximum = properties.receive_maximum.map_or(usize::MAX, usize::from);
    }

    /// The other end cannot make sense of what it sends any more.
    pub(super) fn garbled(&mut self) {
        self.is_honest = false;
        self.is_strict = false;
        self.packet_size_max = usize::MAX;
    }

    /// An acknowledgement that is not owed may free an identifier.
    fn forget(&mut self, packet: &Packet<'_>) {
        if matches!(packet, Packet::PubAck(_) | Packet::PubRec(_) | Packet::PubComp(_)) {
            self.is_strict = false;
        }
    }

    fn answer(&mut self, (packet_type, identifier): Owed, out: &mut Vec<u8>) {
        let ack = ack(identifier);
        let packet = match packet_type {
            PacketType::PubRec => Packet::PubRec(ack),
            PacketType::PubRel => Packet::PubRel(ack),
            PacketType::PubComp => Packet::PubComp(ack),
            _ => Packet::PubAck(ack),
        };
        if matches!(packet, Packet::PubAck(_) | Packet::PubComp(_)) {
            self.open.remove(&identifier);
        }
        packets::encode(&packet, self.version, out);
    }
}
