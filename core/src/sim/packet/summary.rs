//! What is seen of a packet at a glance: enough to draw it in a list or on its way.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Direction, SentPacket};
use crate::Timestamp;
use crate::broker::ConnectionId;
use crate::codec::packet::{Ack, Publish};
use crate::codec::{
    DecodeLimits, Packet, PacketIdentifier, PacketType, ProtocolVersion, QoS, ReasonCode, decode,
};
use crate::sim::{Fate, PacketNumber, PacketRecord};

/// What a packet says, in short. What its type does not have is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PacketSummary {
    /// Its type; absent for bytes that are no packet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub packet_type: Option<PacketType>,
    /// Bytes of the whole packet.
    pub size_bytes: usize,
    /// Packet Identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub packet_identifier: Option<PacketIdentifier>,
    /// DUP of a PUBLISH.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dup: Option<bool>,
    /// QoS of a PUBLISH.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qos: Option<QoS>,
    /// RETAIN of a PUBLISH.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retain: Option<bool>,
    /// Topic Name of a PUBLISH; empty where a Topic Alias stands for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// Topic Alias of a PUBLISH.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic_alias: Option<u16>,
    /// Bytes of the payload of a PUBLISH.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload_bytes: Option<usize>,
    /// Topic Filters of a SUBSCRIBE or UNSUBSCRIBE, in order.
    pub filters: Vec<String>,
    /// Its codes: one for each Topic Filter in SUBACK and UNSUBACK, else at most one.
    pub reasons: Vec<NamedReason>,
    /// Client Identifier of a CONNECT.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_identifier: Option<String>,
    /// Clean Start of a CONNECT; Clean Session in version 3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clean_start: Option<bool>,
    /// Session Present of a CONNACK.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_present: Option<bool>,
    /// What is wrong with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

/// A code and what it is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedReason {
    /// The code; of a version 3 return code the one that means the same.
    pub code: ReasonCode,
    /// Its name in this packet.
    pub name: String,
}

/// A packet as a row of a list shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PacketRow {
    /// Its number.
    pub packet: PacketNumber,
    /// On which network connection.
    pub link: ConnectionId,
    /// On whose link; at the other end is the broker.
    pub client: Arc<str>,
    /// Which way.
    pub direction: Direction,
    /// The version the connection speaks.
    pub version: ProtocolVersion,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// When it was to arrive as it was sent.
    pub arrives_at: Timestamp,
    /// What became of it; absent while it is in flight.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fate: Option<Fate>,
    /// When that was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// The packet that the network made a second one of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duplicate_of: Option<PacketNumber>,
    /// What it says.
    pub summary: PacketSummary,
}

impl PacketRow {
    /// The row of a packet, as far as the entries before number `position` tell.
    #[must_use]
    pub fn new(record: &PacketRecord, position: u64) -> Self {
        let ended = record.ended.filter(|end| end.entry < position);
        let SentPacket { packet, link, direction, version, arrives_at, duplicate_of, .. } =
            record.sent;
        Self {
            packet,
            link,
            client: Arc::clone(&record.sent.client),
            direction,
            version,
            sent_at: record.sent_at,
            arrives_at,
            fate: ended.map(|end| end.fate),
            ended_at: ended.map(|end| end.at),
            duplicate_of,
            summary: record.sent.summary(),
        }
    }
}

impl PacketSummary {
    /// What bytes say that go this way; `packet_type` is what they are known to be.
    pub(in crate::sim) fn new(
        bytes: &[u8],
        packet_type: Option<PacketType>,
        version: ProtocolVersion,
        direction: Direction,
    ) -> Self {
        let mut summary = Self { packet_type, size_bytes: bytes.len(), ..Self::default() };
        match decode(bytes, version, direction.sender(), &DecodeLimits::NONE) {
            Ok(packet) => summary.read(&packet, version),
            Err(error) => summary.fault = Some(error.to_string()),
        }
        summary
    }

    fn read(&mut self, packet: &Packet<'_>, version: ProtocolVersion) {
        // Before version 5 only the answers to CONNECT and SUBSCRIBE have codes.
        let has_codes = version.has_properties();
        match packet {
            Packet::Connect(connect) => {
                self.client_identifier = Some(connect.client_identifier.to_owned());
                self.clean_start = Some(connect.clean_start);
            }
            Packet::ConnAck(connack) => {
                self.session_present = Some(connack.session_present);
                self.put_reason(connack.reason_code);
            }
            Packet::Publish(publish) => self.read_publish(publish),
            Packet::PubAck(Ack { packet_identifier, reason_code, .. })
            | Packet::PubRec(Ack { packet_identifier, reason_code, .. })
            | Packet::PubRel(Ack { packet_identifier, reason_code, .. })
            | Packet::PubComp(Ack { packet_identifier, reason_code, .. }) => {
                self.packet_identifier = Some(*packet_identifier);
                if has_codes {
                    self.put_reason(*reason_code);
                }
            }
            Packet::Subscribe(subscribe) => {
                self.packet_identifier = Some(subscribe.packet_identifier);
                self.filters = subscribe.filters.iter().map(|it| it.filter.to_owned()).collect();
            }
            Packet::Unsubscribe(unsubscribe) => {
                self.packet_identifier = Some(unsubscribe.packet_identifier);
                self.filters = unsubscribe.filters.iter().map(str::to_owned).collect();
            }
            Packet::SubAck(suback) | Packet::UnsubAck(suback) => {
                self.packet_identifier = Some(suback.packet_identifier);
                suback.reason_codes.iter().for_each(|code| self.put_reason(code));
            }
            Packet::Disconnect(disconnect) if has_codes => self.put_reason(disconnect.reason_code),
            Packet::Auth(auth) => self.put_reason(auth.reason_code),
            Packet::PingReq | Packet::PingResp | Packet::Disconnect(_) => {}
        }
    }

    fn read_publish(&mut self, publish: &Publish<'_>) {
        self.packet_identifier = publish.packet_identifier;
        self.dup = Some(publish.dup);
        self.qos = Some(publish.qos);
        self.retain = Some(publish.retain);
        self.topic = Some(publish.topic.to_owned());
        self.topic_alias = publish.properties.topic_alias;
        self.payload_bytes = Some(publish.payload.len());
    }

    fn put_reason(&mut self, code: ReasonCode) {
        let own = self.packet_type.and_then(|packet_type| code.name_in(packet_type));
        let name = own.or_else(|| code.name()).unwrap_or_default().to_owned();
        self.reasons.push(NamedReason { code, name });
    }
}
