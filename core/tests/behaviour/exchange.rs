//! Steps that the chapters on messages share, in few words each.
#![allow(unreachable_pub, reason = "a test binary exports nothing")]
#![allow(clippy::wildcard_enum_match_arm, reason = "any other packet fails the test")]

use afterlink_core::broker::{Config, Event};
use afterlink_core::codec::packet::{
    Ack, Connect, Publish, Subscribe, SubscribeFilter, SubscribeFilters, SubscriptionOptions,
};
use afterlink_core::codec::{
    Packet, ProtocolVersion, QoS, ReasonCode, SubscriptionIdentifier, UserProperties,
};
use afterlink_core::session::DropCause;

use crate::harness::*;

/// An answer of the broker: its packet type, its Packet Identifier, its first code.
pub type Answer = (&'static str, u16, ReasonCode);

/// The code of success.
pub const SUCCESS: ReasonCode = ReasonCode::SUCCESS;

impl World {
    /// A broker with the defaults, but for what `change` changes.
    pub fn set(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::default();
        change(&mut config);
        Self::with(config)
    }

    /// Takes the next packet, which has to be an answer.
    #[track_caller]
    pub fn answer(&mut self, peer: Peer) -> Answer {
        let packet = self.next(peer);
        let of = |name, ack: Ack<'_>| (name, ack.packet_identifier.get(), ack.reason_code);
        match packet.packet() {
            Packet::PubAck(ack) => of("PUBACK", ack),
            Packet::PubRec(ack) => of("PUBREC", ack),
            Packet::PubRel(ack) => of("PUBREL", ack),
            Packet::PubComp(ack) => of("PUBCOMP", ack),
            Packet::PingResp => ("PINGRESP", 0, SUCCESS),
            other => panic!("an answer was expected, {other:?} came"),
        }
    }

    /// Sends a PUBLISH with its identifier, and nothing else.
    pub fn send_publish(&mut self, peer: Peer, topic: &str, payload: &str, qos: QoS, id: u16) {
        self.send(peer, &Packet::Publish(publish(topic, payload.as_bytes(), qos, id)));
    }

    /// Publishes to be retained, and takes the acknowledgement.
    #[track_caller]
    pub fn retain(&mut self, peer: Peer, topic: &str, payload: &str, qos: QoS) {
        let packet = Publish { retain: true, ..publish(topic, payload.as_bytes(), qos, 1) };
        self.send(peer, &Packet::Publish(packet));
        match qos {
            AtMostOnce => {}
            AtLeastOnce => assert_eq!(self.answer(peer), ("PUBACK", 1, SUCCESS)),
            ExactlyOnce => {
                assert_eq!(self.answer(peer), ("PUBREC", 1, SUCCESS));
                self.send(peer, &Packet::PubRel(ack(1)));
                assert_eq!(self.answer(peer), ("PUBCOMP", 1, SUCCESS));
            }
        }
    }

    /// Publishes at QoS 1 with a Message Expiry Interval, and takes the PUBACK.
    #[track_caller]
    pub fn publish_expiring(&mut self, peer: Peer, topic: &str, payload: &str, seconds: u32) {
        let mut packet = publish(topic, payload.as_bytes(), AtLeastOnce, 1);
        packet.properties.message_expiry_interval = Some(seconds);
        self.send(peer, &Packet::Publish(packet));
        assert_eq!(self.answer(peer), ("PUBACK", 1, SUCCESS));
    }

    /// Sends SUBSCRIBE for one filter with all its options.
    pub fn send_subscribe(
        &mut self,
        peer: Peer,
        filter: &str,
        options: SubscriptionOptions,
        identifier: Option<u32>,
    ) {
        let filters = [SubscribeFilter { filter, options }];
        let subscribe = Subscribe {
            packet_identifier: id(77),
            subscription_identifier: identifier.and_then(SubscriptionIdentifier::new),
            user_properties: UserProperties::NONE,
            filters: SubscribeFilters::from_slice(&filters),
        };
        self.send(peer, &Packet::Subscribe(subscribe));
    }

    /// Subscribes to one filter with all its options, and takes the code of the SUBACK.
    #[track_caller]
    pub fn subscribe_options(
        &mut self,
        peer: Peer,
        filter: &str,
        options: SubscriptionOptions,
        identifier: Option<u32>,
    ) -> ReasonCode {
        self.send_subscribe(peer, filter, options, identifier);
        let packet = self.next(peer);
        let Packet::SubAck(suback) = packet.packet() else {
            panic!("SUBACK was expected, {packet:?} came");
        };
        suback.reason_codes.iter().next().expect("a code for each filter")
    }

    /// Connects over a network that takes `credit` bytes and then nothing until `unstall`.
    #[track_caller]
    pub fn connect_slow(&mut self, connect: Connect<'_>, credit: u32) -> Peer {
        let peer = self.open_with(credit, None);
        self.send(peer, &Packet::Connect(connect));
        let packet = self.next(peer);
        assert!(matches!(packet.packet(), Packet::ConnAck(_)), "{packet:?}");
        self.stall(peer);
        peer
    }

    /// A session of `client_identifier` that is kept, subscribed to `filter`, its client away.
    #[track_caller]
    pub fn away(
        &mut self,
        version: ProtocolVersion,
        client_identifier: &str,
        filter: &str,
        qos: QoS,
    ) {
        let (peer, _) = self.connect_kept(version, client_identifier);
        self.subscribe(peer, filter, qos);
        self.cut(peer);
    }

    /// All messages dropped so far: for whom, of which topic, why.
    pub fn drops(&self) -> Vec<(Option<&str>, &str, DropCause)> {
        let dropped = |event| match event {
            &Event::MessageDropped { ref client_identifier, ref topic, cause, .. } => {
                let client = client_identifier.as_ref().map(|client| client.as_str());
                Some((client, topic.as_str(), cause))
            }
            _ => None,
        };
        self.events.iter().filter_map(dropped).collect()
    }

    /// The payloads of the packets the peer was sent, none of them acknowledged; all have to be
    /// PUBLISH.
    #[track_caller]
    pub fn unacknowledged(&mut self, peer: Peer) -> Vec<String> {
        let packets = self.all(peer);
        let payload = |packet: &Received| match packet.packet() {
            Packet::Publish(publish) => String::from_utf8_lossy(publish.payload).into_owned(),
            other => panic!("PUBLISH was expected, {other:?} came"),
        };
        packets.iter().map(payload).collect()
    }
}

/// An acknowledgement with a code.
pub fn ack_with(identifier: u16, reason_code: ReasonCode) -> Ack<'static> {
    Ack::new(id(identifier), reason_code)
}

/// Subscription Options with this QoS and nothing else.
pub fn options(qos: QoS) -> SubscriptionOptions {
    SubscriptionOptions { qos, ..SubscriptionOptions::default() }
}

/// A 5.0 CONNECT for a kept session with this Receive Maximum.
pub fn kept_with_receive_maximum(client_identifier: &str, maximum: u16) -> Connect<'_> {
    let mut connect = kept(V5, client_identifier);
    connect.properties.receive_maximum = Some(maximum);
    connect
}

/// What a client sends that goes wrong, and the answer with nothing but its codes.
pub const ANSWERED_BY_A_CODE: [(&[u8], &[u8]); 6] = [
    (b"\x32\x08\0\x03$no\0\x01\0", b"\x40\x03\0\x01\x87"),
    (b"\x34\x08\0\x03$no\0\x02\0", b"\x50\x03\0\x02\x87"),
    (b"\x50\x02\0\x03", b"\x62\x03\0\x03\x92"),
    (b"\x62\x02\0\x04", b"\x70\x03\0\x04\x92"),
    (b"\x82\x08\0\x05\0\0\x02a#\0", b"\x90\x04\0\x05\0\x8F"),
    (b"\xA2\x06\0\x06\0\0\x01a", b"\xB0\x04\0\x06\0\x11"),
];
