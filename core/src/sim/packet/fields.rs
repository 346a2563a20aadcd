//! The fields of each packet, by name.

use serde::{Deserialize, Serialize};

use super::PropertyField;
use crate::codec::packet::SubscriptionOptions;
use crate::codec::{PacketIdentifier, ProtocolVersion, QoS, ReasonCode};

/// The fields of a packet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "packet", rename_all = "snake_case")]
pub enum PacketFields {
    /// CONNECT.
    Connect {
        /// Protocol Name and Level.
        version: ProtocolVersion,
        /// Clean Start; in version 3 Clean Session.
        clean_start: bool,
        /// Keep Alive, in seconds.
        keep_alive: u16,
        /// Client Identifier.
        client_identifier: String,
        /// Will Message.
        #[serde(skip_serializing_if = "Option::is_none")]
        will: Option<Box<WillFields>>,
        /// User Name.
        #[serde(skip_serializing_if = "Option::is_none")]
        user_name: Option<String>,
        /// Whether there is a Password.
        has_password: bool,
        /// Properties.
        properties: Vec<PropertyField>,
    },
    /// CONNACK.
    ConnAck {
        /// Session Present.
        session_present: bool,
        /// Reason Code.
        reason_code: ReasonCode,
        /// Properties.
        properties: Vec<PropertyField>,
    },
    /// PUBLISH.
    Publish {
        /// DUP.
        dup: bool,
        /// QoS.
        qos: QoS,
        /// RETAIN.
        retain: bool,
        /// Topic Name; empty where a Topic Alias stands for it.
        topic: String,
        /// Packet Identifier of QoS 1 and 2.
        #[serde(skip_serializing_if = "Option::is_none")]
        packet_identifier: Option<PacketIdentifier>,
        /// Properties.
        properties: Vec<PropertyField>,
        /// Payload.
        payload: Vec<u8>,
    },
    /// PUBACK.
    PubAck(AckFields),
    /// PUBREC.
    PubRec(AckFields),
    /// PUBREL.
    PubRel(AckFields),
    /// PUBCOMP.
    PubComp(AckFields),
    /// SUBSCRIBE.
    Subscribe {
        /// Packet Identifier.
        packet_identifier: PacketIdentifier,
        /// Topic Filters with their options.
        filters: Vec<(String, SubscriptionOptions)>,
        /// Properties.
        properties: Vec<PropertyField>,
    },
    /// SUBACK.
    SubAck {
        /// Packet Identifier.
        packet_identifier: PacketIdentifier,
        /// One Reason Code for each filter.
        reason_codes: Vec<ReasonCode>,
        /// Properties.
        properties: Vec<PropertyField>,
    },
    /// UNSUBSCRIBE.
    Unsubscribe {
        /// Packet Identifier.
        packet_identifier: PacketIdentifier,
        /// Topic Filters.
        filters: Vec<String>,
        /// Properties.
        properties: Vec<PropertyField>,
    },
    /// UNSUBACK.
    UnsubAck {
        /// Packet Identifier.
        packet_identifier: PacketIdentifier,
        /// One Reason Code for each filter; none in version 3.
        reason_codes: Vec<ReasonCode>,
        /// Properties.
        properties: Vec<PropertyField>,
    },
    /// PINGREQ.
    PingReq,
    /// PINGRESP.
    PingResp,
    /// DISCONNECT.
    Disconnect {
        /// Reason Code.
        reason_code: ReasonCode,
        /// Properties.
        properties: Vec<PropertyField>,
    },
    /// AUTH.
    Auth {
        /// Reason Code.
        reason_code: ReasonCode,
        /// Properties.
        properties: Vec<PropertyField>,
    },
}

/// The fields of PUBACK, PUBREC, PUBREL and PUBCOMP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AckFields {
    /// Packet Identifier.
    pub packet_identifier: PacketIdentifier,
    /// Reason Code.
    pub reason_code: ReasonCode,
    /// Properties.
    pub properties: Vec<PropertyField>,
}

/// The fields of a Will Message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WillFields {
    /// Will Topic.
    pub topic: String,
    /// Will Payload.
    pub payload: Vec<u8>,
    /// Will QoS.
    pub qos: QoS,
    /// Will Retain.
    pub retain: bool,
    /// Will Properties.
    pub properties: Vec<PropertyField>,
}

impl PacketFields {
    /// The Packet Identifier, if it has one.
    #[must_use]
    pub const fn packet_identifier(&self) -> Option<PacketIdentifier> {
        match self {
            Self::Publish { packet_identifier, .. } => *packet_identifier,
            Self::PubAck(ack) | Self::PubRec(ack) | Self::PubRel(ack) | Self::PubComp(ack) => {
                Some(ack.packet_identifier)
            }
            Self::Subscribe { packet_identifier, .. }
            | Self::SubAck { packet_identifier, .. }
            | Self::Unsubscribe { packet_identifier, .. }
            | Self::UnsubAck { packet_identifier, .. } => Some(*packet_identifier),
            Self::Connect { .. }
            | Self::ConnAck { .. }
            | Self::PingReq
            | Self::PingResp
            | Self::Disconnect { .. }
            | Self::Auth { .. } => None,
        }
    }

    /// The Reason Code, or the first of several.
    #[must_use]
    pub fn reason_code(&self) -> Option<ReasonCode> {
        match self {
            Self::ConnAck { reason_code, .. }
            | Self::Disconnect { reason_code, .. }
            | Self::Auth { reason_code, .. } => Some(*reason_code),
            Self::PubAck(ack) | Self::PubRec(ack) | Self::PubRel(ack) | Self::PubComp(ack) => {
                Some(ack.reason_code)
            }
            Self::SubAck { reason_codes, .. } | Self::UnsubAck { reason_codes, .. } => {
                reason_codes.first().copied()
            }
            Self::Connect { .. }
            | Self::Publish { .. }
            | Self::Subscribe { .. }
            | Self::Unsubscribe { .. }
            | Self::PingReq
            | Self::PingResp => None,
        }
    }

    /// Its properties.
    #[must_use]
    pub fn properties(&self) -> &[PropertyField] {
        match self {
            Self::Connect { properties, .. }
            | Self::ConnAck { properties, .. }
            | Self::Publish { properties, .. }
            | Self::Subscribe { properties, .. }
            | Self::SubAck { properties, .. }
            | Self::Unsubscribe { properties, .. }
            | Self::UnsubAck { properties, .. }
            | Self::Disconnect { properties, .. }
            | Self::Auth { properties, .. } => properties,
            Self::PubAck(ack) | Self::PubRec(ack) | Self::PubRel(ack) | Self::PubComp(ack) => {
                &ack.properties
            }
            Self::PingReq | Self::PingResp => &[],
        }
    }
}
