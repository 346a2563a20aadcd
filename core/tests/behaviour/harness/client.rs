//! What a client says and hears, a packet or an exchange at a time.

use afterlink_core::codec::ProtocolVersion::V5;
use afterlink_core::codec::QoS::{AtLeastOnce, AtMostOnce, ExactlyOnce};
use afterlink_core::codec::packet::{
    ConnAck, Connect, Disconnect, Subscribe, SubscribeFilter, SubscribeFilters, Unsubscribe,
    UnsubscribeFilters,
};
use afterlink_core::codec::{
    Packet, PacketIdentifier, ProtocolVersion, QoS, ReasonCode, UserProperties,
};

use super::{Peer, World};
use crate::packets::*;

impl World {
    /// Opens, sends `connect` and takes the CONNACK, which has to be a success. Gives the peer and
    /// session present.
    #[track_caller]
    pub fn connect_with(&mut self, connect: Connect<'_>) -> (Peer, bool) {
        let peer = self.open();
        self.send(peer, &Packet::Connect(connect));
        let packet = self.next(peer);
        let Packet::ConnAck(ConnAck { session_present, reason_code, .. }) = packet.packet() else {
            panic!("CONNACK was expected, {packet:?} came");
        };
        assert_eq!(reason_code, ReasonCode::SUCCESS, "{packet:?}");
        (peer, session_present)
    }

    /// A clean 5.0 client without expiry.
    #[track_caller]
    pub fn connect(&mut self, client_identifier: &str) -> Peer {
        self.connect_with(connect(V5, client_identifier)).0
    }

    /// A client of `version` whose session is kept: 5.0 with an expiry of an hour.
    #[track_caller]
    pub fn connect_kept(
        &mut self,
        version: ProtocolVersion,
        client_identifier: &str,
    ) -> (Peer, bool) {
        self.connect_with(kept(version, client_identifier))
    }

    /// Subscribes and takes the SUBACK; gives its codes.
    #[track_caller]
    pub fn subscribe_with(
        &mut self,
        peer: Peer,
        filters: &[SubscribeFilter<'_>],
    ) -> Vec<ReasonCode> {
        self.send(
            peer,
            &Packet::Subscribe(Subscribe {
                packet_identifier: id(9999),
                subscription_identifier: None,
                user_properties: UserProperties::NONE,
                filters: SubscribeFilters::from_slice(filters),
            }),
        );
        let packet = self.next(peer);
        let Packet::SubAck(suback) = packet.packet() else {
            panic!("SUBACK was expected, {packet:?} came");
        };
        assert_eq!(suback.packet_identifier, id(9999));
        suback.reason_codes.iter().collect()
    }

    /// Subscribes to one filter, which has to be granted as asked.
    #[track_caller]
    pub fn subscribe(&mut self, peer: Peer, filter: &str, qos: QoS) {
        let codes = self.subscribe_with(peer, &[filter_of(filter, qos)]);
        assert_eq!(codes, [ReasonCode::from_u8(qos.bits())]);
    }

    /// Unsubscribes and takes the UNSUBACK; gives its codes.
    #[track_caller]
    pub fn unsubscribe(&mut self, peer: Peer, filters: &[&str]) -> Vec<ReasonCode> {
        self.send(
            peer,
            &Packet::Unsubscribe(Unsubscribe {
                packet_identifier: id(9998),
                user_properties: UserProperties::NONE,
                filters: UnsubscribeFilters::from_slice(filters),
            }),
        );
        let packet = self.next(peer);
        let Packet::UnsubAck(unsuback) = packet.packet() else {
            panic!("UNSUBACK was expected, {packet:?} came");
        };
        assert_eq!(unsuback.packet_identifier, id(9998));
        unsuback.reason_codes.iter().collect()
    }

    /// Sends a PUBLISH and takes what completes it on the publisher's side: PUBACK, or PUBREC,
    /// PUBREL, PUBCOMP.
    #[track_caller]
    pub fn publish(&mut self, peer: Peer, topic: &str, payload: &str, qos: QoS) {
        let publish = publish(topic, payload.as_bytes(), qos, 1);
        self.send(peer, &Packet::Publish(publish));
        match qos {
            AtMostOnce => {}
            AtLeastOnce => self.expect_ack(peer, |packet| matches!(packet, Packet::PubAck(_)), 1),
            ExactlyOnce => {
                self.expect_ack(peer, |packet| matches!(packet, Packet::PubRec(_)), 1);
                self.send(peer, &Packet::PubRel(ack(1)));
                self.expect_ack(peer, |packet| matches!(packet, Packet::PubComp(_)), 1);
            }
        }
    }

    #[track_caller]
    fn expect_ack(&mut self, peer: Peer, kind: fn(&Packet<'_>) -> bool, identifier: u16) {
        let packet = self.next(peer);
        let decoded = packet.packet();
        assert!(kind(&decoded), "another packet came: {packet:?}");
        let (Packet::PubAck(ack)
        | Packet::PubRec(ack)
        | Packet::PubRel(ack)
        | Packet::PubComp(ack)) = decoded
        else {
            panic!("no acknowledgement: {packet:?}");
        };
        assert_eq!(ack.packet_identifier, id(identifier));
        assert!(!ack.reason_code.is_error(), "{packet:?}");
    }

    /// Takes the next packet, which has to be a PUBLISH.
    #[track_caller]
    pub fn message(&mut self, peer: Peer) -> Message {
        let packet = self.next(peer);
        let Packet::Publish(publish) = packet.packet() else {
            panic!("PUBLISH was expected, {packet:?} came");
        };
        Message {
            topic: publish.topic.to_owned(),
            payload: String::from_utf8_lossy(publish.payload).into_owned(),
            qos: publish.qos,
            dup: publish.dup,
            retain: publish.retain,
            identifier: publish.packet_identifier.map_or(0, PacketIdentifier::get),
            expiry: publish.properties.message_expiry_interval,
            subscription_identifiers: publish
                .properties
                .subscription_identifiers
                .iter()
                .map(|identifier| identifier.get())
                .collect(),
        }
    }

    /// Takes the next PUBLISH and acknowledges it to the end.
    #[track_caller]
    pub fn take(&mut self, peer: Peer) -> Message {
        let message = self.message(peer);
        match message.qos {
            AtMostOnce => {}
            AtLeastOnce => self.send(peer, &Packet::PubAck(ack(message.identifier))),
            ExactlyOnce => {
                self.send(peer, &Packet::PubRec(ack(message.identifier)));
                let pubrel = self.next(peer);
                assert!(matches!(pubrel.packet(), Packet::PubRel(_)), "{pubrel:?}");
                self.send(peer, &Packet::PubComp(ack(message.identifier)));
            }
        }
        message
    }

    /// The payloads of all PUBLISH packets the peer was sent, acknowledged to the end.
    #[track_caller]
    pub fn payloads(&mut self, peer: Peer) -> Vec<String> {
        let mut payloads = Vec::new();
        while !self.lines[&peer.0].packets.is_empty() {
            payloads.push(self.take(peer).payload);
        }
        payloads
    }

    /// Sends DISCONNECT 0x00 and checks that the broker closes.
    #[track_caller]
    pub fn disconnect(&mut self, peer: Peer) {
        self.send(peer, &Packet::Disconnect(Disconnect::new(ReasonCode::NORMAL_DISCONNECTION)));
        assert!(self.is_closed(peer));
    }

    /// The peer was sent DISCONNECT with `reason`, and closed.
    #[track_caller]
    pub fn expect_disconnect(&mut self, peer: Peer, reason: ReasonCode) {
        let packet = self.next(peer);
        let Packet::Disconnect(disconnect) = packet.packet() else {
            panic!("DISCONNECT was expected, {packet:?} came");
        };
        assert_eq!(disconnect.reason_code, reason);
        self.nothing(peer);
        assert!(self.is_closed(peer));
    }

    /// Sends `connect` on a new connection, which has to be refused with `reason` and closed.
    #[track_caller]
    pub fn expect_refused(&mut self, connect: Connect<'_>, reason: ReasonCode) {
        let peer = self.open();
        self.send(peer, &Packet::Connect(connect));
        let packet = self.next(peer);
        let Packet::ConnAck(connack) = packet.packet() else {
            panic!("CONNACK was expected, {packet:?} came");
        };
        assert_eq!(connack.reason_code, reason);
        assert!(!connack.session_present);
        assert!(self.is_closed(peer));
    }
}
