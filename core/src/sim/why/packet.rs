//! Why a packet is sent.

use super::{Why, both, free};
use crate::codec::PacketType;
use crate::sim::{Direction, SentPacket};

/// Why a packet is sent.
pub(super) fn of_packet(sent: &SentPacket) -> Why {
    let Some(packet_type) = sent.packet_type else {
        return free("These bytes are no whole packet.");
    };
    match packet_type {
        PacketType::Connect => both(
            "The first packet of a connection has to be CONNECT.",
            "MQTT-3.1.0-1",
            "MQTT3-3.1.0-1",
        ),
        PacketType::ConnAck => both(
            "The broker answers CONNECT, and says whether it holds a session for this client.",
            "MQTT-3.2.2-3",
            "MQTT3-3.2.2-2",
        ),
        PacketType::Publish => of_publish(sent),
        PacketType::PubAck => both(
            "QoS 1 was received: its sender need not send it again.",
            "MQTT-4.3.2-4",
            "MQTT3-4.3.2-2",
        ),
        PacketType::PubRec => both(
            "QoS 2, second packet: the message was received, and the identifier is remembered.",
            "MQTT-4.3.3-8",
            "MQTT3-4.3.3-2",
        ),
        PacketType::PubRel => both(
            "QoS 2, third packet: the sender has forgotten the message and will not send it again.",
            "MQTT-4.3.3-4",
            "MQTT3-4.3.3-1",
        ),
        PacketType::PubComp => both(
            "QoS 2, last packet: both sides are done, and the identifier is free.",
            "MQTT-4.3.3-11",
            "MQTT3-4.3.3-2",
        ),
        PacketType::Subscribe => free("The application wants messages of these topics."),
        PacketType::SubAck => both(
            "Every SUBSCRIBE is answered, with one code for each filter.",
            "MQTT-3.8.4-1",
            "MQTT3-3.8.4-1",
        ),
        PacketType::Unsubscribe => free("The application wants no more messages of these topics."),
        PacketType::UnsubAck => {
            both("Every UNSUBSCRIBE is answered.", "MQTT-3.10.4-4", "MQTT3-3.10.4-4")
        }
        PacketType::PingReq => both(
            "The client has nothing else to say and shows that it lives.",
            "MQTT-3.1.2-20",
            "MQTT3-3.1.2-23",
        ),
        PacketType::PingResp => {
            both("Every PINGREQ is answered.", "MQTT-3.12.4-1", "MQTT3-3.12.4-1")
        }
        PacketType::Disconnect => both(
            "The connection is about to end, and this is the last packet of it.",
            "MQTT-3.14.4-1",
            "MQTT3-3.14.4-2",
        ),
        PacketType::Auth => free("A step of extended authentication."),
    }
}

fn of_publish(sent: &SentPacket) -> Why {
    const DUP: u8 = 0b1000;
    let is_repeat = sent.bytes.first().is_some_and(|first| first & DUP != 0);
    match (is_repeat, sent.direction) {
        (true, _) => both(
            "It was sent before and not acknowledged, so it comes again with the same identifier \
             and DUP set.",
            "MQTT-3.3.1-1",
            "MQTT3-3.3.1-1",
        ),
        (false, Direction::ToBroker) => free("The application publishes a message."),
        (false, Direction::ToClient) => both(
            "A subscription of this client matches; the QoS is the lower one of publish and \
             subscription.",
            "MQTT-3.8.4-8",
            "MQTT3-3.8.4-6",
        ),
    }
}
