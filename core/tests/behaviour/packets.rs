//! Packets as tests send them and look at them.
#![allow(unreachable_pub, reason = "a test binary exports nothing")]

use afterlink_core::codec::packet::{
    Ack, Connect, ConnectProperties, Publish, PublishProperties, SubscribeFilter,
    SubscriptionOptions, Will, WillProperties,
};
use afterlink_core::codec::{PacketIdentifier, ProtocolVersion, QoS, ReasonCode};

use crate::harness::{AtMostOnce, V5};

/// A PUBLISH as a test looks at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub topic: String,
    pub payload: String,
    pub qos: QoS,
    pub dup: bool,
    pub retain: bool,
    /// 0 for QoS 0.
    pub identifier: u16,
    pub expiry: Option<u32>,
    pub subscription_identifiers: Vec<u32>,
}

/// A Packet Identifier.
pub fn id(value: u16) -> PacketIdentifier {
    PacketIdentifier::new(value).expect("not zero")
}

/// An acknowledgement with success.
pub fn ack(identifier: u16) -> Ack<'static> {
    Ack::new(id(identifier), ReasonCode::SUCCESS)
}

/// A CONNECT with Clean Start and nothing else.
pub fn connect(version: ProtocolVersion, client_identifier: &str) -> Connect<'_> {
    Connect {
        version,
        clean_start: true,
        keep_alive: 0,
        client_identifier,
        will: None,
        user_name: None,
        password: None,
        properties: ConnectProperties::default(),
    }
}

/// A CONNECT for a session that is resumed and kept, in 5.0 for an hour.
pub fn kept(version: ProtocolVersion, client_identifier: &str) -> Connect<'_> {
    let mut connect = connect(version, client_identifier);
    connect.clean_start = false;
    connect.properties.session_expiry_interval = (version == V5).then_some(3600);
    connect
}

/// A Will Message without properties.
pub fn will<'a>(topic: &'a str, payload: &'a str, qos: QoS) -> Will<'a> {
    Will {
        qos,
        retain: false,
        topic,
        payload: payload.as_bytes(),
        properties: WillProperties::default(),
    }
}

/// A PUBLISH without properties; `identifier` counts for QoS 1 and 2.
pub fn publish<'a>(topic: &'a str, payload: &'a [u8], qos: QoS, identifier: u16) -> Publish<'a> {
    Publish {
        dup: false,
        qos,
        retain: false,
        topic,
        packet_identifier: (qos != AtMostOnce).then(|| id(identifier)),
        properties: PublishProperties::default(),
        payload,
    }
}

/// A Topic Filter with a QoS and no other option.
pub fn filter_of(filter: &str, qos: QoS) -> SubscribeFilter<'_> {
    SubscribeFilter { filter, options: SubscriptionOptions { qos, ..Default::default() } }
}
