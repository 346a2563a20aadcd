//! Publishing: QoS 0, 1 and 2 towards the server.

use afterlink_core::client::*;
use afterlink_core::codec::packet::*;
use afterlink_core::codec::*;

use crate::harness::*;

#[test]
fn a_qos_0_publish_is_through_once_it_is_sent() {
    for version in VERSIONS {
        let mut bench = Bench::connected(persistent(version));
        bench.publish(7, QoS::AtMostOnce);
        bench.assert_sent(&[publish(QoS::AtMostOnce, 0, false, "7")]);
        bench.assert_events(&[published(7, 0)]);
        assert_eq!(bench.inflight(), []);
    }
}

#[test]
fn a_qos_1_publish_is_in_flight_until_puback() {
    for version in VERSIONS {
        let mut bench = Bench::connected(persistent(version));
        bench.publish(7, QoS::AtLeastOnce);
        bench.assert_sent(&[publish(QoS::AtLeastOnce, 1, false, "7")]);
        bench.assert_events(&[]);
        assert_eq!(bench.inflight(), [1]);
        bench.pub_ack(1);
        bench.assert_events(&[published(7, 1)]);
        assert_eq!(bench.inflight(), []);
    }
}

#[test]
fn a_qos_2_publish_is_in_flight_until_pubcomp() {
    for version in VERSIONS {
        let mut bench = Bench::connected(persistent(version));
        bench.publish(7, QoS::ExactlyOnce);
        bench.assert_sent(&[publish(QoS::ExactlyOnce, 1, false, "7")]);
        bench.pub_rec(1);
        bench.assert_sent(&[Packet::PubRel(ack(1))]);
        bench.assert_events(&[]);
        assert_eq!(bench.inflight(), [1]);
        bench.pub_comp(1);
        bench.assert_events(&[published(7, 1)]);
        assert_eq!(bench.inflight(), []);
        bench.assert_sent(&[]);
    }
}

#[test]
fn the_stage_of_a_message_in_flight_can_be_seen() {
    let mut bench = Bench::connected(v5());
    bench.publish(1, QoS::AtLeastOnce);
    bench.publish(2, QoS::ExactlyOnce);
    let stage = |bench: &Bench, value| {
        bench.client.session().unwrap().inflight_by(identifier(value)).unwrap().stage.clone()
    };
    assert!(matches!(stage(&bench, 1), InflightStage::AwaitingPubAck { .. }));
    assert!(matches!(stage(&bench, 2), InflightStage::AwaitingPubRec { .. }));
    bench.pub_rec(2);
    assert_eq!(stage(&bench, 2), InflightStage::AwaitingPubComp);
}

#[test]
fn puback_with_an_error_ends_the_flow_and_is_told() {
    let mut bench = Bench::connected(v5());
    bench.publish(7, QoS::AtLeastOnce);
    bench.server_sends(&Packet::PubAck(Ack {
        properties: ReasonProperties {
            reason_string: Some("full"),
            user_properties: UserProperties::from_pairs(&[("a", "b")]),
        },
        ..nack(1, ReasonCode::QUOTA_EXCEEDED)
    }));
    bench.assert_events(&[ClientEvent::Published {
        tag: 7,
        packet_identifier: Some(identifier(1)),
        reason: Reason {
            code: ReasonCode::QUOTA_EXCEEDED,
            details: Details {
                reason_string: Some("full".to_owned()),
                user_properties: vec![("a".to_owned(), "b".to_owned())],
            },
        },
    }]);
    assert_eq!(bench.inflight(), []);
}

#[test]
fn pubrec_with_an_error_ends_the_flow_without_pubrel() {
    let mut bench = Bench::connected(v5());
    bench.publish(7, QoS::ExactlyOnce);
    bench.forget();
    bench.server_sends(&Packet::PubRec(nack(1, ReasonCode::NOT_AUTHORIZED)));
    bench.assert_sent(&[]);
    let reason = failed(ReasonCode::NOT_AUTHORIZED);
    let packet_identifier = Some(identifier(1));
    bench.assert_events(&[ClientEvent::Published { tag: 7, packet_identifier, reason }]);
    assert_eq!(bench.inflight(), []);
    // Treated as acknowledged: nothing to resend [MQTT-4.4.0-2].
    bench.cut();
    bench.reconnect(true);
    bench.assert_sent(&[]);
}

#[test]
fn pubrec_without_matching_subscribers_is_no_error() {
    let mut bench = Bench::connected(v5());
    bench.publish(7, QoS::ExactlyOnce);
    bench.forget();
    bench.server_sends(&Packet::PubRec(nack(1, ReasonCode::NO_MATCHING_SUBSCRIBERS)));
    bench.assert_sent(&[Packet::PubRel(ack(1))]);
}

#[test]
fn a_second_pubrec_is_answered_by_pubrel_again() {
    for version in VERSIONS {
        let mut bench = Bench::connected(persistent(version));
        bench.publish(7, QoS::ExactlyOnce);
        bench.pub_rec(1);
        bench.forget();
        bench.pub_rec(1);
        bench.assert_sent(&[Packet::PubRel(ack(1))]);
    }
}

// [MQTT-4.6.0-4] [MQTT3-4.6.0-4]
#[test]
fn pubrels_leave_in_the_order_of_their_pubrecs() {
    for version in VERSIONS {
        let mut bench = Bench::connected(persistent(version));
        for tag in 1..=3 {
            bench.publish(tag, QoS::ExactlyOnce);
        }
        bench.forget();
        let order = [3, 1, 2];
        let mut bytes = Vec::new();
        for value in order {
            Packet::PubRec(ack(value)).encode(version, &mut bytes).unwrap();
        }
        bench.input(ClientInput::Received { bytes: &bytes });
        bench.assert_sent(&order.map(|value| Packet::PubRel(ack(value))));
    }
}

#[test]
fn pubrec_for_an_unknown_identifier_is_answered() {
    let unexpected = ClientEvent::Unexpected {
        packet_type: PacketType::PubRec,
        packet_identifier: identifier(9),
    };
    for version in VERSIONS {
        let mut bench = Bench::connected(persistent(version));
        bench.pub_rec(9);
        let code = match version {
            ProtocolVersion::V5 => ReasonCode::PACKET_IDENTIFIER_NOT_FOUND,
            ProtocolVersion::V3_1 | ProtocolVersion::V3_1_1 => ReasonCode::SUCCESS,
        };
        bench.assert_sent(&[Packet::PubRel(nack(9, code))]);
        bench.assert_events(std::slice::from_ref(&unexpected));
        assert!(!bench.closed);
    }
    let mut bench = Bench::connected(v5());
    bench.server_sends(&Packet::PubRec(nack(9, ReasonCode::UNSPECIFIED_ERROR)));
    bench.assert_sent(&[]);
    bench.assert_events(&[unexpected]);
}

#[test]
fn puback_and_pubcomp_for_an_unknown_identifier_do_no_harm() {
    for (packet, packet_type) in [
        (Packet::PubAck(ack(9)), PacketType::PubAck),
        (Packet::PubComp(ack(9)), PacketType::PubComp),
    ] {
        let mut bench = Bench::connected(v5());
        bench.server_sends(&packet);
        let packet_identifier = identifier(9);
        bench.assert_events(&[ClientEvent::Unexpected { packet_type, packet_identifier }]);
        bench.assert_sent(&[]);
        assert!(!bench.closed);
    }
}

#[test]
fn an_acknowledgement_of_the_wrong_kind_is_a_fault() {
    for (qos, packet) in [
        (QoS::AtLeastOnce, Packet::PubRec(ack(1))),
        (QoS::AtLeastOnce, Packet::PubComp(ack(1))),
        (QoS::ExactlyOnce, Packet::PubAck(ack(1))),
        (QoS::ExactlyOnce, Packet::PubComp(ack(1))),
    ] {
        let mut bench = Bench::connected(v5());
        bench.publish(1, qos);
        bench.forget();
        bench.server_sends(&packet);
        bench.assert_sent(&[Packet::Disconnect(Disconnect::new(ReasonCode::PROTOCOL_ERROR))]);
        assert!(bench.closed);
        assert_eq!(bench.inflight(), [1], "the message is not lost by that");
    }
}

#[test]
fn properties_go_out_as_they_are() {
    let mut bench = Bench::connected(v5());
    let message = OutgoingMessage {
        topic: "a/b".to_owned(),
        payload: b"p".to_vec(),
        qos: QoS::AtMostOnce,
        retain: true,
        properties: MessageProperties {
            payload_format_indicator: Some(true),
            message_expiry_interval: Some(30),
            content_type: Some("ct".to_owned()),
            response_topic: Some("rt".to_owned()),
            correlation_data: Some(b"cd".to_vec()),
            user_properties: vec![("k".to_owned(), "v".to_owned())],
        },
    };
    bench.command(ClientCommand::Publish { tag: 1, message });
    bench.assert_sent(&[Packet::Publish(Publish {
        dup: false,
        qos: QoS::AtMostOnce,
        retain: true,
        topic: "a/b",
        packet_identifier: None,
        properties: PublishProperties {
            payload_format_indicator: Some(true),
            message_expiry_interval: Some(30),
            content_type: Some("ct"),
            response_topic: Some("rt"),
            correlation_data: Some(b"cd"),
            user_properties: UserProperties::from_pairs(&[("k", "v")]),
            ..PublishProperties::default()
        },
        payload: b"p",
    })]);
}

#[test]
fn what_cannot_be_published_is_refused_to_the_caller() {
    let of_topic =
        |topic: &str| OutgoingMessage { topic: topic.to_owned(), ..message(1, QoS::AtLeastOnce) };
    let with = |properties| OutgoingMessage { properties, ..message(1, QoS::AtLeastOnce) };
    let response_topic = |topic: &str| MessageProperties {
        response_topic: Some(topic.to_owned()),
        ..MessageProperties::default()
    };
    let content_type = |text: &str| MessageProperties {
        content_type: Some(text.to_owned()),
        ..MessageProperties::default()
    };
    let user_property = |text: &str| MessageProperties {
        user_properties: vec![("k".to_owned(), text.to_owned())],
        ..MessageProperties::default()
    };
    for (config, message, refusal) in [
        (v5(), of_topic(""), Refusal::TopicNameInvalid),
        (v5(), of_topic("a/+"), Refusal::TopicNameInvalid),
        (v5(), of_topic("a\0"), Refusal::TopicNameInvalid),
        (v5(), of_topic(&"x".repeat(65_536)), Refusal::TopicNameInvalid),
        (v5(), with(response_topic("a/#")), Refusal::ResponseTopicInvalid),
        (v5(), with(response_topic("")), Refusal::ResponseTopicInvalid),
        (v3(), with(response_topic("a")), Refusal::NotInVersion),
        (v5(), with(content_type("a\0")), Refusal::NotEncodable),
        (v5(), with(user_property("a\0")), Refusal::NotEncodable),
    ] {
        let mut bench = Bench::connected(config);
        bench.command(ClientCommand::Publish { tag: 1, message });
        bench.assert_events(&[ClientEvent::CommandRefused { tag: Some(1), refusal }]);
        bench.assert_sent(&[]);
    }
}

#[test]
fn what_the_server_does_not_take_is_refused_to_the_caller() {
    let retained = OutgoingMessage { retain: true, ..message(1, QoS::AtMostOnce) };
    for (properties, message, refusal) in [
        (
            ConnAckProperties {
                maximum_qos: Some(QoS::AtLeastOnce),
                ..ConnAckProperties::default()
            },
            message(1, QoS::ExactlyOnce),
            Refusal::QosNotSupported,
        ),
        (
            ConnAckProperties {
                maximum_qos: Some(QoS::AtMostOnce),
                ..ConnAckProperties::default()
            },
            message(1, QoS::AtLeastOnce),
            Refusal::QosNotSupported,
        ),
        (
            ConnAckProperties { retain_available: Some(false), ..ConnAckProperties::default() },
            retained,
            Refusal::RetainNotSupported,
        ),
    ] {
        let mut bench = Bench::connected_with(v5(), properties);
        bench.command(ClientCommand::Publish { tag: 1, message });
        bench.assert_events(&[ClientEvent::CommandRefused { tag: Some(1), refusal }]);
        bench.assert_sent(&[]);
        assert_eq!(bench.inflight(), []);
    }
}

#[test]
fn the_servers_maximum_packet_size_is_kept_to_the_byte() {
    let mut small = Vec::new();
    publish(QoS::AtLeastOnce, 1, false, "7").encode(ProtocolVersion::V5, &mut small).unwrap();
    let maximum = u32::try_from(small.len()).unwrap();
    for (maximum_packet_size, fits) in [(maximum, true), (maximum - 1, false)] {
        let properties = ConnAckProperties {
            maximum_packet_size: Some(maximum_packet_size),
            ..ConnAckProperties::default()
        };
        let mut bench = Bench::connected_with(v5(), properties);
        bench.publish(7, QoS::AtLeastOnce);
        if fits {
            bench.assert_sent(&[publish(QoS::AtLeastOnce, 1, false, "7")]);
        } else {
            let refusal = Refusal::PacketTooLarge;
            bench.assert_events(&[ClientEvent::CommandRefused { tag: Some(7), refusal }]);
            bench.assert_sent(&[]);
            assert_eq!(bench.inflight(), []);
        }
    }
}

fn publish_to(bench: &mut Bench, topic: &str) {
    let message = OutgoingMessage { topic: topic.to_owned(), ..OutgoingMessage::default() };
    bench.command(ClientCommand::Publish { tag: 1, message });
}

#[test]
fn topic_aliases_are_used_as_far_as_both_sides_want_and_no_connection_longer() {
    let limits = ClientLimits { topic_aliases_max: 9, ..ClientLimits::default() };
    let server = || ConnAckProperties { topic_alias_maximum: Some(1), ..Default::default() };
    let mut bench = Bench::connected_with(ClientConfig { limits, ..v5() }, server());
    for topic in ["one/topic", "one/topic", "another/topic"] {
        publish_to(&mut bench, topic);
    }
    bench.assert_sent(&[
        aliased("one/topic", Some(1)),
        aliased("", Some(1)),
        aliased("another/topic", None),
    ]);
    bench.cut();
    bench.reconnect_with(true, server());
    publish_to(&mut bench, "one/topic");
    bench.assert_sent(&[aliased("one/topic", Some(1))]);
}

#[test]
fn no_topic_alias_is_used_unless_both_sides_want_it() {
    for (client, server) in [(0, Some(5)), (5, Some(0)), (5, None)] {
        let limits = ClientLimits { topic_aliases_max: client, ..ClientLimits::default() };
        let properties = ConnAckProperties { topic_alias_maximum: server, ..Default::default() };
        let mut bench = Bench::connected_with(ClientConfig { limits, ..v5() }, properties);
        publish_to(&mut bench, "one/topic");
        bench.assert_sent(&[aliased("one/topic", None)]);
    }
}

#[test]
fn an_alias_that_would_make_a_packet_too_large_is_left_out() {
    let limits = ClientLimits { topic_aliases_max: 1, ..ClientLimits::default() };
    let mut plain = Vec::new();
    aliased("one/topic", None).encode(ProtocolVersion::V5, &mut plain).unwrap();
    let properties = ConnAckProperties {
        topic_alias_maximum: Some(1),
        maximum_packet_size: Some(u32::try_from(plain.len()).unwrap()),
        ..ConnAckProperties::default()
    };
    let mut bench = Bench::connected_with(ClientConfig { limits, ..v5() }, properties);
    publish_to(&mut bench, "one/topic");
    publish_to(&mut bench, "one/topic");
    bench.assert_sent(&[aliased("one/topic", None), aliased("one/topic", None)]);
}
