//! Packets that a peer may send, should not send, or that are none.

use afterlink_core::broker::Command;
use afterlink_core::codec::packet::{
    Auth, Connect, ConnectProperties, Disconnect, Publish, PublishProperties, ReasonProperties,
    RetainHandling, Subscribe, SubscribeFilter, SubscribeFilters, SubscriptionOptions, Unsubscribe,
    UnsubscribeFilters, Will, WillProperties,
};
use afterlink_core::codec::{
    Packet, ProtocolVersion, QoS, ReasonCode, SubscriptionIdentifier, UserProperties,
};

use super::random::Random;
use crate::harness::{AtLeastOnce, AtMostOnce, ExactlyOnce, V5, ack, id};

pub(super) const CLIENTS: [&str; 6] =
    ["one", "two", "three", "four", "five", "a much longer name than 23"];
const TOPICS: [&str; 7] = ["a", "a/b", "b", "b/c", "a/b/c", "long/topic", "$own/a"];
const FILTERS: [&str; 14] = [
    "a",
    "#",
    "a/#",
    "+/b",
    "b",
    "+",
    "b/+",
    "a/b/c",
    "$share/g/a",
    "$share/g/#",
    "$share/h/b",
    "$share/h/+/c",
    "a/#/b",
    "$share/g/+",
];
const PAYLOADS: [&[u8]; 5] = [b"", b"x", b"twelve bytes", &[0xFF; 40], &[b'y'; 120]];
const QOS: [QoS; 3] = [AtMostOnce, AtLeastOnce, ExactlyOnce];

fn number(random: &mut Random, end: u64) -> u32 {
    u32::try_from(random.below(end)).expect("small")
}

fn identifier(random: &mut Random) -> u16 {
    u16::try_from(random.below(5) + 1).expect("small")
}

fn pairs(random: &mut Random) -> UserProperties<'static> {
    if random.one_in(6) { UserProperties::from_pairs(&[("k", "v")]) } else { UserProperties::NONE }
}

pub(super) fn connect(random: &mut Random, version: ProtocolVersion) -> Connect<'static> {
    let will = random.one_in(3).then(|| Will {
        qos: random.pick(&QOS),
        retain: random.one_in(3),
        topic: random.pick(&TOPICS),
        payload: random.pick(&PAYLOADS),
        properties: WillProperties {
            will_delay_interval: random.one_in(2).then(|| number(random, 20)),
            message_expiry_interval: random.one_in(4).then(|| number(random, 5)),
            ..WillProperties::default()
        },
    });
    Connect {
        version,
        clean_start: random.one_in(4),
        keep_alive: if random.one_in(3) { random.pick(&[1, 5, 60]) } else { 0 },
        client_identifier: if random.one_in(12) { "" } else { random.pick(&CLIENTS) },
        will,
        user_name: random.one_in(3).then_some("p"),
        password: None,
        properties: ConnectProperties {
            session_expiry_interval: random.pick(&[
                None,
                Some(0),
                Some(1),
                Some(60),
                Some(5000),
                Some(u32::MAX),
            ]),
            receive_maximum: random.pick(&[None, Some(1), Some(2), Some(10)]),
            maximum_packet_size: random.one_in(4).then(|| 5 + number(random, 150)),
            topic_alias_maximum: random.pick(&[None, Some(1), Some(10)]),
            request_response_information: random.pick(&[None, Some(true)]),
            request_problem_information: random.pick(&[None, Some(false), Some(true)]),
            user_properties: pairs(random),
            authentication_method: random.one_in(10).then_some("m"),
            authentication_data: None,
        },
    }
}

pub(super) fn publish(random: &mut Random) -> Publish<'static> {
    let qos = random.pick(&QOS);
    let alias = random.one_in(8).then(|| u16::try_from(random.below(4)).expect("small"));
    Publish {
        dup: qos != AtMostOnce && random.one_in(6),
        qos,
        retain: random.one_in(4),
        topic: if random.one_in(20) { "" } else { random.pick(&TOPICS) },
        packet_identifier: (qos != AtMostOnce).then(|| id(identifier(random))),
        properties: PublishProperties {
            payload_format_indicator: random.one_in(8).then_some(true),
            message_expiry_interval: random.one_in(4).then(|| number(random, 30)),
            topic_alias: alias,
            response_topic: random.one_in(12).then_some("a"),
            user_properties: pairs(random),
            ..PublishProperties::default()
        },
        payload: random.pick(&PAYLOADS),
    }
}

pub(super) fn subscribe(random: &mut Random, version: ProtocolVersion, out: &mut Vec<u8>) {
    let filters: Vec<_> = (0..=random.below(3))
        .map(|_| {
            let filter = random.pick(&FILTERS);
            let options = SubscriptionOptions {
                qos: random.pick(&QOS),
                no_local: random.one_in(if filter.starts_with("$share") { 30 } else { 4 }),
                retain_as_published: random.one_in(3),
                retain_handling: random.pick(&[
                    RetainHandling::Send,
                    RetainHandling::SendIfNew,
                    RetainHandling::DoNotSend,
                ]),
            };
            let v3 = SubscriptionOptions { qos: options.qos, ..Default::default() };
            SubscribeFilter { filter, options: if version == V5 { options } else { v3 } }
        })
        .collect();
    let subscription_identifier =
        random.one_in(3).then(|| SubscriptionIdentifier::new(1 + number(random, 300))).flatten();
    let packet = Packet::Subscribe(Subscribe {
        packet_identifier: id(identifier(random)),
        subscription_identifier: subscription_identifier.filter(|_| version == V5),
        user_properties: pairs(random),
        filters: SubscribeFilters::from_slice(&filters),
    });
    encode(&packet, version, out);
}

pub(super) fn unsubscribe(random: &mut Random, version: ProtocolVersion, out: &mut Vec<u8>) {
    let filters = [random.pick(&FILTERS), random.pick(&FILTERS)];
    let packet = Packet::Unsubscribe(Unsubscribe {
        packet_identifier: id(identifier(random)),
        user_properties: pairs(random),
        filters: UnsubscribeFilters::from_slice(&filters),
    });
    encode(&packet, version, out);
}

/// Any packet but CONNECT, SUBSCRIBE, UNSUBSCRIBE and PUBLISH.
pub(super) fn other(random: &mut Random) -> Packet<'static> {
    let mut some = ack(identifier(random));
    if random.one_in(4) {
        some.reason_code = ReasonCode::QUOTA_EXCEEDED;
    }
    let kind = random.below(40);
    match kind {
        0..8 => Packet::PubAck(some),
        8..16 => Packet::PubRec(some),
        16..24 => Packet::PubRel(ack(identifier(random))),
        24..32 => Packet::PubComp(ack(identifier(random))),
        32 => Packet::Auth(Auth {
            reason_code: random
                .pick(&[ReasonCode::RE_AUTHENTICATE, ReasonCode::CONTINUE_AUTHENTICATION]),
            authentication_method: Some("m"),
            authentication_data: None,
            properties: ReasonProperties::default(),
        }),
        33 | 34 => {
            let reason = random.pick(&[
                ReasonCode::NORMAL_DISCONNECTION,
                ReasonCode::DISCONNECT_WITH_WILL_MESSAGE,
            ]);
            let mut disconnect = Disconnect::new(reason);
            disconnect.session_expiry_interval = random.pick(&[None, None, Some(0), Some(9)]);
            Packet::Disconnect(disconnect)
        }
        35 if random.one_in(4) => Packet::PingResp,
        _ => Packet::PingReq,
    }
}

/// Encodes a packet as far as the version can say it.
pub(super) fn encode(packet: &Packet<'_>, version: ProtocolVersion, out: &mut Vec<u8>) {
    let len = out.len();
    if packet.encode(version, out).is_err() {
        out.truncate(len);
    }
}

pub(super) fn corrupt(random: &mut Random, bytes: &mut Vec<u8>) {
    if bytes.is_empty() {
        return;
    }
    let place = random.below(bytes.len() as u64) as usize;
    match random.below(3) {
        0 => bytes[place] ^= 1 << random.below(8),
        1 => bytes.truncate(place),
        _ => bytes.insert(place, 0xFF),
    }
}

pub(super) fn operator_publish(random: &mut Random) -> Command {
    Command::Publish {
        topic: random.pick(&TOPICS).to_owned(),
        payload: random.pick(&PAYLOADS).to_vec(),
        qos: random.pick(&QOS),
        retain: random.one_in(3),
        message_expiry_interval: random.one_in(3).then(|| number(random, 10)),
    }
}
