//! Messages from the server, acknowledged by the engine.

use afterlink_core::client::*;
use afterlink_core::codec::packet::*;
use afterlink_core::codec::*;

use crate::harness::*;

fn repeat(value: u16, qos: QoS, dup: bool) -> ClientEvent {
    ClientEvent::Repeat { packet_identifier: identifier(value), qos, dup }
}

fn payloads(bench: &mut Bench) -> Vec<String> {
    let messages = bench.messages().into_iter();
    messages.map(|(_, payload)| String::from_utf8(payload).unwrap()).collect()
}

#[test]
fn each_qos_has_its_answer() {
    for version in VERSIONS {
        let mut bench = Bench::connected(persistent(version));
        bench.server_sends(&publish(QoS::AtMostOnce, 0, false, "a"));
        bench.assert_sent(&[]);
        bench.server_sends(&publish(QoS::AtLeastOnce, 5, false, "b"));
        bench.assert_sent(&[Packet::PubAck(ack(5))]);
        bench.server_sends(&publish(QoS::ExactlyOnce, 6, false, "c"));
        bench.assert_sent(&[Packet::PubRec(ack(6))]);
        assert_eq!(bench.received(), [6]);
        bench.pub_rel(6);
        bench.assert_sent(&[Packet::PubComp(ack(6))]);
        assert_eq!(bench.received(), []);
        assert_eq!(payloads(&mut bench), ["a", "b", "c"]);
    }
}

#[test]
fn a_message_comes_with_everything_it_has() {
    let mut bench = Bench::connected(v5());
    let two = [3, 3].map(|value| SubscriptionIdentifier::new(value).unwrap());
    bench.server_sends(&Packet::Publish(Publish {
        dup: true,
        qos: QoS::AtLeastOnce,
        retain: true,
        topic: "a/b",
        packet_identifier: Some(identifier(5)),
        properties: PublishProperties {
            payload_format_indicator: Some(true),
            message_expiry_interval: Some(30),
            topic_alias: None,
            response_topic: Some("rt"),
            correlation_data: Some(b"cd"),
            user_properties: UserProperties::from_pairs(&[("k", "v"), ("k", "v")]),
            subscription_identifiers: SubscriptionIdentifiers::from_slice(&two),
            content_type: Some("ct"),
        },
        payload: b"p",
    }));
    bench.assert_events(&[ClientEvent::Message(Box::new(IncomingMessage {
        topic: "a/b".to_owned(),
        payload: b"p".to_vec(),
        qos: QoS::AtLeastOnce,
        retain: true,
        dup: true,
        packet_identifier: Some(identifier(5)),
        properties: MessageProperties {
            payload_format_indicator: Some(true),
            message_expiry_interval: Some(30),
            content_type: Some("ct".to_owned()),
            response_topic: Some("rt".to_owned()),
            correlation_data: Some(b"cd".to_vec()),
            user_properties: vec![("k".to_owned(), "v".to_owned()); 2],
        },
        subscription_identifiers: two.to_vec(),
    }))]);
}

#[test]
fn after_puback_the_same_identifier_is_a_new_message_whatever_dup_says() {
    for version in VERSIONS {
        let mut bench = Bench::connected(persistent(version));
        bench.server_sends(&publish(QoS::AtLeastOnce, 5, false, "a"));
        bench.server_sends(&publish(QoS::AtLeastOnce, 5, true, "a"));
        assert_eq!(payloads(&mut bench), ["a", "a"]);
        bench.assert_sent(&[Packet::PubAck(ack(5)), Packet::PubAck(ack(5))]);
    }
}

#[test]
fn a_qos_2_message_is_handed_out_once_whatever_dup_says() {
    for version in VERSIONS {
        for dup in [true, false] {
            let mut bench = Bench::connected(persistent(version));
            bench.server_sends(&publish(QoS::ExactlyOnce, 5, false, "a"));
            assert_eq!(payloads(&mut bench), ["a"]);
            bench.server_sends(&publish(QoS::ExactlyOnce, 5, dup, "a"));
            bench.assert_events(&[repeat(5, QoS::ExactlyOnce, dup)]);
            // Also over a new connection: the identifier is Session State.
            bench.cut();
            bench.forget();
            bench.reconnect(true);
            bench.server_sends(&publish(QoS::ExactlyOnce, 5, dup, "a"));
            bench.assert_events(&[repeat(5, QoS::ExactlyOnce, dup)]);
            bench.assert_sent(&[Packet::PubRec(ack(5))]);
        }
    }
}

#[test]
fn a_qos_2_message_never_seen_is_handed_out_though_dup_is_set() {
    let mut bench = Bench::connected(v5());
    bench.server_sends(&publish(QoS::ExactlyOnce, 5, true, "a"));
    assert_eq!(payloads(&mut bench), ["a"]);
}

#[test]
fn after_pubcomp_the_same_identifier_is_a_new_message() {
    let mut bench = Bench::connected(v5());
    for payload in ["a", "b"] {
        bench.server_sends(&publish(QoS::ExactlyOnce, 5, true, payload));
        bench.pub_rel(5);
    }
    assert_eq!(payloads(&mut bench), ["a", "b"]);
}

#[test]
fn in_a_new_session_the_same_identifier_is_a_new_message() {
    let mut bench = Bench::connected(v5());
    bench.server_sends(&publish(QoS::ExactlyOnce, 5, false, "a"));
    bench.cut();
    bench.forget();
    bench.reconnect(false);
    bench.server_sends(&publish(QoS::ExactlyOnce, 5, false, "b"));
    assert_eq!(payloads(&mut bench), ["b"]);
}

#[test]
fn pubrel_is_always_answered() {
    let unexpected = ClientEvent::Unexpected {
        packet_type: PacketType::PubRel,
        packet_identifier: identifier(9),
    };
    for version in VERSIONS {
        let mut bench = Bench::connected(persistent(version));
        bench.pub_rel(9);
        let code = match version {
            ProtocolVersion::V5 => ReasonCode::PACKET_IDENTIFIER_NOT_FOUND,
            ProtocolVersion::V3_1 | ProtocolVersion::V3_1_1 => ReasonCode::SUCCESS,
        };
        bench.assert_sent(&[Packet::PubComp(nack(9, code))]);
        bench.assert_events(std::slice::from_ref(&unexpected));
        assert!(!bench.closed);
    }
}

#[test]
fn a_pubrel_after_resume_ends_the_flow() {
    let mut bench = Bench::connected(v5());
    bench.server_sends(&publish(QoS::ExactlyOnce, 5, false, "a"));
    bench.cut();
    bench.forget();
    bench.reconnect(true);
    bench.pub_rel(5);
    bench.assert_sent(&[Packet::PubComp(ack(5))]);
    bench.assert_events(&[]);
    assert_eq!(bench.received(), []);
}

#[test]
fn identifiers_of_both_directions_are_independent() {
    let mut bench = Bench::connected(v5());
    bench.publish(1, QoS::ExactlyOnce);
    bench.server_sends(&publish(QoS::ExactlyOnce, 1, false, "a"));
    bench.forget();
    bench.pub_rel(1);
    bench.assert_sent(&[Packet::PubComp(ack(1))]);
    assert_eq!(bench.inflight(), [1]);
    bench.pub_rec(1);
    bench.pub_comp(1);
    bench.assert_events(&[published(1, 1)]);
}

#[test]
fn many_packets_in_one_piece_and_one_packet_in_many_are_the_same() {
    let mut bytes = Vec::new();
    for value in 1..=3 {
        let packet = publish(QoS::AtLeastOnce, value, false, "x");
        packet.encode(ProtocolVersion::V5, &mut bytes).unwrap();
    }
    let acks = [1, 2, 3].map(|value| Packet::PubAck(ack(value)));
    for step in 1..=bytes.len() {
        let mut bench = Bench::connected(v5());
        for piece in bytes.chunks(step) {
            bench.input(ClientInput::Received { bytes: piece });
        }
        assert_eq!(bench.messages().len(), 3);
        bench.assert_sent(&acks);
    }
}

#[test]
fn a_topic_alias_stands_for_its_topic_until_the_connection_ends() {
    let mut bench = Bench::connected(ClientConfig { topic_alias_maximum: Some(2), ..v5() });
    for (topic, alias) in [("a", 1), ("b", 2), ("", 1), ("c", 1), ("", 1), ("", 2)] {
        bench.server_sends(&aliased(topic, Some(alias)));
    }
    let topics: Vec<_> = bench.messages().into_iter().map(|(topic, _)| topic).collect();
    assert_eq!(topics, ["a", "b", "a", "c", "c", "b"]);
    bench.cut();
    bench.reconnect(true);
    bench.server_sends(&aliased("", Some(1)));
    bench.assert_sent(&[Packet::Disconnect(Disconnect::new(ReasonCode::TOPIC_ALIAS_INVALID))]);
    assert!(bench.closed);
}

#[test]
fn a_topic_alias_beyond_the_maximum_is_a_fault() {
    for (maximum, alias) in [(Some(2), 3), (Some(0), 1), (None, 1)] {
        let mut bench = Bench::connected(ClientConfig { topic_alias_maximum: maximum, ..v5() });
        bench.server_sends(&aliased("a", Some(alias)));
        bench.assert_sent(&[Packet::Disconnect(Disconnect::new(ReasonCode::TOPIC_ALIAS_INVALID))]);
        assert!(bench.messages().is_empty());
    }
}

#[test]
fn a_wildcard_in_a_topic_name_is_a_fault() {
    let wildcard = Packet::Publish(Publish {
        dup: false,
        qos: QoS::AtMostOnce,
        retain: false,
        topic: "a/+",
        packet_identifier: None,
        properties: PublishProperties::default(),
        payload: b"",
    });
    let mut bench = Bench::connected(v5());
    bench.server_sends(&wildcard);
    bench.assert_sent(&[Packet::Disconnect(Disconnect::new(ReasonCode::TOPIC_NAME_INVALID))]);
    let mut bench = Bench::connected(v3());
    bench.server_sends(&wildcard);
    bench.assert_sent(&[]);
    assert!(bench.closed);
}

#[test]
fn an_answer_that_the_server_has_no_room_for_ends_the_connection() {
    let properties =
        ConnAckProperties { maximum_packet_size: Some(3), ..ConnAckProperties::default() };
    let mut bench = Bench::connected_with(v5(), properties);
    bench.server_sends(&publish(QoS::AtLeastOnce, 1, false, "a"));
    bench.assert_sent(&[Packet::Disconnect(Disconnect::new(ReasonCode::PACKET_TOO_LARGE))]);
    assert!(bench.closed);
}
