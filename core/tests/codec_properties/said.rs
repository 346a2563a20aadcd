//! What a version keeps of a packet, and who may send it.

use afterlink_core::codec::packet::*;
use afterlink_core::codec::*;

use super::leak_slice;

/// What `version` says of `packet`; `None` if nothing.
pub(crate) fn as_said_in(
    packet: &Packet<'static>,
    version: ProtocolVersion,
) -> Option<Packet<'static>> {
    if version == ProtocolVersion::V5 {
        return Some(packet.clone());
    }
    Some(match packet.clone() {
        Packet::ConnAck(connack) => Packet::ConnAck(ConnAck {
            session_present: connack.session_present && version == ProtocolVersion::V3_1_1,
            reason_code: nearest_return_code(connack.reason_code),
            properties: ConnAckProperties::default(),
        }),
        // A Topic Alias cannot stand for a Topic Name there.
        Packet::Publish(publish) if publish.topic.is_empty() => return None,
        Packet::Publish(publish) => {
            Packet::Publish(Publish { properties: PublishProperties::default(), ..publish })
        }
        Packet::PubAck(ack) => Packet::PubAck(plain(&ack)),
        Packet::PubRec(ack) => Packet::PubRec(plain(&ack)),
        Packet::PubRel(ack) => Packet::PubRel(plain(&ack)),
        Packet::PubComp(ack) => Packet::PubComp(plain(&ack)),
        Packet::Subscribe(subscribe) => Packet::Subscribe(Subscribe {
            subscription_identifier: None,
            user_properties: UserProperties::NONE,
            filters: SubscribeFilters::from_slice(leak_slice(
                subscribe
                    .filters
                    .iter()
                    .map(|SubscribeFilter { filter, options }| SubscribeFilter {
                        filter,
                        options: SubscriptionOptions { qos: options.qos, ..Default::default() },
                    })
                    .collect(),
            )),
            ..subscribe
        }),
        Packet::SubAck(suback) => Packet::SubAck(SubAck {
            reason_codes: ReasonCodes::from_slice(leak_slice(
                suback
                    .reason_codes
                    .iter()
                    .map(|code| if code.get() < 0x80 { code } else { ReasonCode::from_u8(0x80) })
                    .collect(),
            )),
            properties: ReasonProperties::default(),
            ..suback
        }),
        Packet::UnsubAck(unsuback) => Packet::UnsubAck(SubAck {
            reason_codes: ReasonCodes::from_slice(&[]),
            properties: ReasonProperties::default(),
            ..unsuback
        }),
        Packet::Unsubscribe(unsubscribe) => Packet::Unsubscribe(Unsubscribe {
            user_properties: UserProperties::NONE,
            ..unsubscribe
        }),
        Packet::Disconnect(_) => {
            Packet::Disconnect(Disconnect::new(ReasonCode::NORMAL_DISCONNECTION))
        }
        Packet::Auth(_) => return None,
        same @ (Packet::Connect(_) | Packet::PingReq | Packet::PingResp) => same,
    })
}

/// Who may send `packet` in `version`.
pub(crate) fn sender_of(packet: &Packet<'_>, version: ProtocolVersion) -> Vec<Sender> {
    let both = vec![Sender::Client, Sender::Server];
    match packet {
        Packet::Connect(_) | Packet::Subscribe(_) | Packet::Unsubscribe(_) | Packet::PingReq => {
            vec![Sender::Client]
        }
        Packet::ConnAck(_) | Packet::SubAck(_) | Packet::UnsubAck(_) | Packet::PingResp => {
            vec![Sender::Server]
        }
        Packet::Publish(publish) if !publish.properties.subscription_identifiers.is_empty() => {
            vec![Sender::Server]
        }
        Packet::Disconnect(disconnect)
            if version != ProtocolVersion::V5 || disconnect.session_expiry_interval.is_some() =>
        {
            vec![Sender::Client]
        }
        Packet::Publish(_)
        | Packet::PubAck(_)
        | Packet::PubRec(_)
        | Packet::PubRel(_)
        | Packet::PubComp(_)
        | Packet::Disconnect(_)
        | Packet::Auth(_) => both,
    }
}

fn nearest_return_code(code: ReasonCode) -> ReasonCode {
    match code.get() {
        0 => ReasonCode::SUCCESS,
        0x84 => ReasonCode::UNSUPPORTED_PROTOCOL_VERSION,
        0x85 => ReasonCode::CLIENT_IDENTIFIER_NOT_VALID,
        0x86 => ReasonCode::BAD_USER_NAME_OR_PASSWORD,
        0x87 | 0x8A | 0x8C => ReasonCode::NOT_AUTHORIZED,
        _ => ReasonCode::SERVER_UNAVAILABLE,
    }
}

fn plain(ack: &Ack<'static>) -> Ack<'static> {
    Ack::new(ack.packet_identifier, ReasonCode::SUCCESS)
}
