//! Packets other than PUBLISH on their way to a client.

use super::Broker;
use super::connection::ConnectionKey;
use super::output_queue::Payload;
use crate::codec::Packet;
use crate::codec::packet::{Ack, Auth, Disconnect, ReasonProperties, SubAck};

impl Broker {
    /// Sends a packet that promises nothing, behind all that waits on this connection.
    pub(super) fn send(&mut self, key: ConnectionKey, packet: &Packet<'_>) {
        self.send_behind(key, super::RecordSequence::default(), false, packet);
    }

    /// Sends a packet now.
    pub(super) fn send_now(&mut self, key: ConnectionKey, packet: &Packet<'_>) {
        let Some(connection) = self.connections.get_mut(key.index()) else { return };
        let version = connection.version;
        let packet_size_max = connection.packet_size_max;
        let explains = connection.active().is_none_or(|active| active.problem_information);
        let mut failed = false;
        let mut piece = self.out.write(|out| failed = packet.encode(version, out).is_err());
        if failed || piece.len() > packet_size_max || !(explains || may_always_explain(packet)) {
            // Without the explanation it may fit [MQTT-3.2.2-19] [MQTT-3.4.2-2] [MQTT-3.5.2-2]
            // [MQTT-3.6.2-2] [MQTT-3.7.2-2] [MQTT-3.9.2-1] [MQTT-3.11.2-1] [MQTT-3.14.2-3], or
            // the client does not want it [MQTT-3.1.2-29].
            self.out.unwrite(piece);
            let Some(bare) = without_explanation(packet) else { return };
            piece = self.out.write(|out| failed = bare.encode(version, out).is_err());
            if failed || piece.len() > packet_size_max {
                self.out.unwrite(piece); // [MQTT-3.1.2-24]
                return;
            }
        }
        connection.credit -= i64::try_from(piece.len()).unwrap_or(i64::MAX);
        self.counters.packets_sent += 1;
        self.out.transmit(connection.id, piece, Payload::None);
    }

    /// Encodes a packet to be sent later.
    pub(super) fn encode_for(&self, key: ConnectionKey, packet: &Packet<'_>) -> Option<Vec<u8>> {
        let connection = self.connections.get(key.index())?;
        let packet_size_max = connection.packet_size_max;
        let explains = connection.active().is_none_or(|active| active.problem_information);
        let mut bytes = Vec::new();
        let fits = packet.encode(connection.version, &mut bytes).is_ok()
            && bytes.len() <= packet_size_max
            && (explains || may_always_explain(packet));
        if fits {
            return Some(bytes);
        }
        bytes.clear();
        let bare = without_explanation(packet)?;
        bare.encode(connection.version, &mut bytes).ok()?;
        (bytes.len() <= packet_size_max).then_some(bytes)
    }

    /// Sends a packet that was encoded before.
    pub(super) fn send_bytes(&mut self, key: ConnectionKey, bytes: &[u8]) {
        let Some(connection) = self.connections.get_mut(key.index()) else { return };
        connection.credit -= i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        self.counters.packets_sent += 1;
        let piece = self.out.write(|out| out.extend_from_slice(bytes));
        self.out.transmit(connection.id, piece, Payload::None);
    }
}

/// Whether a packet may carry a Reason String though the client asked for none
/// `[MQTT-3.1.2-29]`. One that carries none may go as it is.
fn may_always_explain(packet: &Packet<'_>) -> bool {
    match packet {
        Packet::PubAck(ack) | Packet::PubRec(ack) | Packet::PubRel(ack) | Packet::PubComp(ack) => {
            is_empty(&ack.properties)
        }
        Packet::SubAck(ack) | Packet::UnsubAck(ack) => is_empty(&ack.properties),
        Packet::Auth(auth) => is_empty(&auth.properties),
        Packet::Connect(_)
        | Packet::ConnAck(_)
        | Packet::Publish(_)
        | Packet::Subscribe(_)
        | Packet::Unsubscribe(_)
        | Packet::PingReq
        | Packet::PingResp
        | Packet::Disconnect(_) => true,
    }
}

fn is_empty(properties: &ReasonProperties<'_>) -> bool {
    properties.reason_string.is_none() && properties.user_properties.is_empty()
}

/// A packet without its Reason String and User Properties, if it is one that may have them.
fn without_explanation<'a>(packet: &Packet<'a>) -> Option<Packet<'a>> {
    let bare = |ack: &Ack<'a>| Ack::new(ack.packet_identifier, ack.reason_code);
    let properties = ReasonProperties::default();
    Some(match packet {
        Packet::PubAck(ack) => Packet::PubAck(bare(ack)),
        Packet::PubRec(ack) => Packet::PubRec(bare(ack)),
        Packet::PubRel(ack) => Packet::PubRel(bare(ack)),
        Packet::PubComp(ack) => Packet::PubComp(bare(ack)),
        Packet::SubAck(ack) => {
            Packet::SubAck(SubAck { reason_codes: ack.reason_codes, properties, ..*ack })
        }
        Packet::UnsubAck(ack) => {
            Packet::UnsubAck(SubAck { reason_codes: ack.reason_codes, properties, ..*ack })
        }
        Packet::Auth(auth) => Packet::Auth(Auth { properties, ..*auth }),
        Packet::ConnAck(connack) => {
            let mut bare = connack.clone();
            bare.properties.reason_string = None;
            Packet::ConnAck(bare)
        }
        Packet::Disconnect(disconnect) => {
            Packet::Disconnect(Disconnect { properties, ..*disconnect })
        }
        Packet::Connect(_)
        | Packet::Publish(_)
        | Packet::Subscribe(_)
        | Packet::Unsubscribe(_)
        | Packet::PingReq
        | Packet::PingResp => return None,
    })
}
