//! What every packet to a client keeps to, whatever a test is about. The harness looks at each.

use afterlink_core::codec::packet::{Connect, ReasonProperties};
use afterlink_core::codec::{Packet, ReasonCode};

/// What a client said in CONNECT that binds the broker, and what has come since.
pub(super) struct Contract {
    maximum_packet_size: usize,
    topic_alias_maximum: u16,
    problem_information: bool,
    response_information: bool,
    authentication_method: Option<String>,
    connack: Option<ReasonCode>,
}

impl Contract {
    pub(super) fn of(connect: &Connect<'_>) -> Self {
        let asked = &connect.properties;
        let size = asked.maximum_packet_size.map_or(Ok(usize::MAX), usize::try_from);
        Self {
            maximum_packet_size: size.expect("a size"),
            topic_alias_maximum: asked.topic_alias_maximum.unwrap_or(0),
            problem_information: asked.request_problem_information.unwrap_or(true),
            response_information: asked.request_response_information.unwrap_or(false),
            authentication_method: asked.authentication_method.map(str::to_owned),
            connack: None,
        }
    }

    /// Looks at a packet of `len` bytes.
    pub(super) fn look(&mut self, packet: &Packet<'_>, len: usize) {
        // [MQTT-3.1.2-24], and with it every rule on a property that would make a packet too large.
        assert!(len <= self.maximum_packet_size, "{len} bytes are too large: {packet:?}");
        self.look_at_order(packet);
        self.look_at_method(packet);
        let explanation = match packet {
            Packet::PubAck(ack) | Packet::PubRec(ack) => Some(&ack.properties),
            Packet::PubRel(ack) | Packet::PubComp(ack) => Some(&ack.properties),
            Packet::SubAck(ack) | Packet::UnsubAck(ack) => Some(&ack.properties),
            Packet::Auth(auth) => Some(&auth.properties),
            Packet::Publish(publish) => {
                // [MQTT-3.1.2-26] [MQTT-3.1.2-27] [MQTT-3.3.2-11]
                let alias = publish.properties.topic_alias;
                assert!(alias.unwrap_or(0) <= self.topic_alias_maximum, "{packet:?}");
                None
            }
            Packet::ConnAck(connack) => {
                // [MQTT-3.1.2-28]
                let informs = connack.properties.response_information.is_some();
                assert!(self.response_information || !informs, "{packet:?}");
                None
            }
            _ => None,
        };
        // [MQTT-3.1.2-29]
        let is_bare = explanation.is_none_or(|said| *said == ReasonProperties::default());
        assert!(self.problem_information || is_bare, "{packet:?}");
    }

    /// One CONNACK, before all but AUTH, and no DISCONNECT without it [MQTT-3.2.0-1]
    /// [MQTT-3.2.0-2] [MQTT-3.14.0-1].
    fn look_at_order(&mut self, packet: &Packet<'_>) {
        match packet {
            Packet::ConnAck(connack) => {
                assert_eq!(self.connack.replace(connack.reason_code), None, "{packet:?}");
            }
            Packet::Auth(_) => {}
            _ => assert_eq!(self.connack, Some(ReasonCode::SUCCESS), "{packet:?}"),
        }
    }

    /// The method of CONNECT, or none [MQTT-4.12.0-5] [MQTT-4.12.0-6].
    fn look_at_method(&self, packet: &Packet<'_>) {
        let method = match packet {
            Packet::Auth(auth) => auth.authentication_method,
            Packet::ConnAck(connack) if connack.reason_code == ReasonCode::SUCCESS => {
                connack.properties.authentication_method
            }
            _ => return,
        };
        assert_eq!(method, self.authentication_method.as_deref(), "{packet:?}");
        let is_auth = matches!(packet, Packet::Auth(_));
        assert!(!is_auth || method.is_some(), "{packet:?}");
    }
}
