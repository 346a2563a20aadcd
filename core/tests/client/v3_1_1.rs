//! MQTT 3.1.1 where other chapters speak 5.0: its order, its identifiers, what it refuses.

use afterlink_core::client::*;
use afterlink_core::codec::packet::*;
use afterlink_core::codec::*;

use crate::harness::*;

// [MQTT3-3.1.2-9] [MQTT3-3.1.2-14] [MQTT3-3.1.2-19] [MQTT3-3.1.2-21] [MQTT3-3.1.3-1]
// [MQTT3-3.1.3-3]
#[test]
fn connect_has_the_fields_of_its_flags_in_their_order() {
    let mut bench = Bench::new(ClientConfig {
        clean_start: true,
        keep_alive: 60,
        user_name: Some("u".to_owned()),
        password: Some("pw".into()),
        will: Some(WillConfig {
            topic: "w".to_owned(),
            payload: b"bye".to_vec(),
            qos: QoS::ExactlyOnce,
            retain: true,
            ..WillConfig::default()
        }),
        ..v3()
    });
    bench.open();
    let expected = b"\x10\x1C\0\x04MQTT\x04\xF6\0\x3C\0\x01c\0\x01w\0\x03bye\0\x01u\0\x02pw";
    assert_eq!(bench.sent, [expected]);
}

fn sent_identifiers(bench: &mut Bench) -> Vec<u16> {
    let sent = std::mem::take(&mut bench.sent);
    let identifiers = sent.iter().map(|bytes| match bench.decoded(bytes) {
        Packet::Publish(publish) => publish.packet_identifier.unwrap().get(),
        Packet::Subscribe(request) => request.packet_identifier.get(),
        Packet::Unsubscribe(request) => request.packet_identifier.get(),
        other => panic!("{other:?}"),
    });
    identifiers.collect()
}

// [MQTT3-2.3.1-1] [MQTT3-2.3.1-2] [MQTT3-4.3.2-1] [MQTT3-4.3.3-1]
#[test]
fn identifiers_rotate_without_0_and_those_in_use_are_passed_over() {
    let mut bench = Bench::connected(v3());
    bench.publish(1, QoS::AtLeastOnce);
    bench.command(subscribe(2, vec![filter("a", QoS::AtMostOnce)]));
    bench.command(ClientCommand::Unsubscribe {
        tag: 3,
        filters: vec!["a".to_owned()],
        user_properties: Vec::new(),
    });
    bench.publish(4, QoS::ExactlyOnce);
    bench.pub_rec(4);
    bench.sent.pop_back();
    assert_eq!(sent_identifiers(&mut bench), [1, 2, 3, 4]);
    for expected in (5..=u16::MAX).chain(5..7) {
        bench.publish(u64::from(expected), QoS::AtLeastOnce);
        assert_eq!(sent_identifiers(&mut bench), [expected]);
        bench.pub_ack(expected);
    }
    // What has come to its end gives its identifier back.
    bench.pub_comp(4);
    bench.pub_ack(1);
    for expected in (7..=u16::MAX).chain([1, 4]) {
        bench.publish(u64::from(expected), QoS::AtLeastOnce);
        assert_eq!(sent_identifiers(&mut bench), [expected]);
        bench.pub_ack(expected);
    }
}

// [MQTT3-4.6.0-1] [MQTT3-4.6.0-4] [MQTT3-4.4.0-1] [MQTT3-3.3.1-3]
#[test]
fn what_comes_again_comes_in_the_order_it_was_sent_in() {
    let mut bench = Bench::connected(v3());
    // The identifiers wrap, so that their own order is another one.
    for tag in 1..=65_532_u16 {
        bench.publish(u64::from(tag), QoS::AtLeastOnce);
        bench.pub_ack(tag);
    }
    for tag in 1..=8 {
        let qos = if tag % 2 == 0 { QoS::ExactlyOnce } else { QoS::AtLeastOnce };
        bench.publish(tag, qos);
    }
    // And PUBREC comes neither in that order nor in the one of PUBLISH.
    let released = [3, 65_534, 1];
    for value in released {
        bench.pub_rec(value);
    }
    bench.pub_ack(2);
    for _ in 0..2 {
        bench.cut();
        bench.forget();
        bench.reconnect(true);
        let publishes = bench.sent.split_off(3);
        bench.assert_sent(&released.map(|value| Packet::PubRel(ack(value))));
        bench.sent = publishes;
        bench.assert_sent(&[
            publish(QoS::AtLeastOnce, 65_533, true, "1"),
            publish(QoS::AtLeastOnce, 65_535, true, "3"),
            publish(QoS::AtLeastOnce, 4, true, "7"),
            publish(QoS::ExactlyOnce, 5, true, "8"),
        ]);
    }
    bench.publish(9, QoS::AtLeastOnce);
    bench.assert_sent(&[publish(QoS::AtLeastOnce, 6, false, "9")]);
}

// [MQTT3-3.1.3-2]
#[test]
fn a_session_goes_by_its_client_identifier() {
    let mut bench = Bench::connected(v3());
    bench.publish(1, QoS::AtLeastOnce);
    for (client_identifier, inflight) in [("c", &[1][..]), ("C", &[])] {
        bench.cut();
        bench.forget();
        let config = ClientConfig { client_identifier: client_identifier.to_owned(), ..v3() };
        bench.command(ClientCommand::Reconfigure(Box::new(config)));
        bench.open();
        let Packet::Connect(connect) = bench.decoded(&bench.sent[0]) else { panic!("no CONNECT") };
        assert_eq!(connect.client_identifier, client_identifier);
        assert_eq!(bench.inflight(), inflight, "whatever the server will say");
    }
}

// [MQTT3-4.6.0-2] [MQTT3-4.6.0-3]
#[test]
fn acknowledgements_leave_in_the_order_of_their_publish() {
    let acknowledgement_mode = AcknowledgementMode::Manual;
    let mut bench = Bench::connected(ClientConfig { acknowledgement_mode, ..v3() });
    for value in [7, 3, 5] {
        bench.server_sends(&publish(QoS::AtLeastOnce, value, false, "a"));
        bench.server_sends(&publish(QoS::ExactlyOnce, value + 10, false, "b"));
    }
    let mut acknowledge = |value| {
        let packet_identifier = identifier(value);
        let reason_code = ReasonCode::SUCCESS;
        bench.command(ClientCommand::Acknowledge { packet_identifier, reason_code });
        sent(&mut bench)
    };
    for value in [5, 3, 15, 13] {
        assert_eq!(acknowledge(value), [[0; 4]; 0]);
    }
    assert_eq!(acknowledge(7), [[0x40, 2, 0, 7], [0x40, 2, 0, 3], [0x40, 2, 0, 5]]);
    assert_eq!(acknowledge(17), [[0x50, 2, 0, 17], [0x50, 2, 0, 13], [0x50, 2, 0, 15]]);
}

// [MQTT3-4.6.0-2] [MQTT3-4.6.0-3] [MQTT3-4.5.0-2] [MQTT3-6.0.0-2]
#[test]
fn many_packets_in_one_piece_are_answered_as_one_packet_in_many() {
    let mut bytes = Vec::new();
    for value in [9, 2, 4] {
        publish(QoS::AtLeastOnce, value, false, "x").encode(V3_1_1, &mut bytes).unwrap();
        publish(QoS::ExactlyOnce, value + 10, false, "y").encode(V3_1_1, &mut bytes).unwrap();
    }
    for step in 1..=bytes.len() {
        let mut bench = Bench::connected(v3());
        for piece in bytes.chunks(step) {
            bench.input(ClientInput::Received { bytes: piece });
        }
        assert_eq!(bench.messages().len(), 6);
        let answers = sent(&mut bench);
        let of = |first| answers.iter().filter(move |answer| answer[0] == first);
        assert!(of(0x40).map(|answer| answer[3]).eq([9, 2, 4]), "{answers:?}");
        assert!(of(0x50).map(|answer| answer[3]).eq([19, 12, 14]), "{answers:?}");
        assert_eq!(answers.len(), 6);
    }
}

const V3_1_1: ProtocolVersion = ProtocolVersion::V3_1_1;

/// The bytes of what was sent, all of it acknowledgements.
fn sent(bench: &mut Bench) -> Vec<[u8; 4]> {
    bench.sent.drain(..).map(|bytes| bytes.try_into().unwrap()).collect()
}

// [MQTT3-3.3.2-2] [MQTT3-4.7.1-1] [MQTT3-4.7.3-1] [MQTT3-4.7.3-2] [MQTT3-4.7.3-3]
#[test]
fn what_is_no_topic_name_is_neither_published_nor_a_will() {
    for topic in ["", "a/+", "+", "#", "a/#", "a+b", "a\0", &"x".repeat(65_536)] {
        let mut bench = Bench::connected(v3());
        let message = OutgoingMessage { topic: topic.to_owned(), ..OutgoingMessage::default() };
        bench.command(ClientCommand::Publish { tag: 1, message });
        let refusal = Refusal::TopicNameInvalid;
        bench.assert_events(&[ClientEvent::CommandRefused { tag: Some(1), refusal }]);
        bench.assert_sent(&[]);

        let will = WillConfig { topic: topic.to_owned(), ..WillConfig::default() };
        let mut bench = Bench::new(ClientConfig { will: Some(will), ..v3() });
        bench.open();
        bench.assert_events(&[ClientEvent::CommandRefused { tag: None, refusal }]);
        bench.assert_sent(&[]);
    }
}

// [MQTT3-3.8.3-3] [MQTT3-3.10.3-2] [MQTT3-4.7.1-2] [MQTT3-4.7.1-3] [MQTT3-4.7.3-1]
// [MQTT3-4.7.3-2] [MQTT3-4.7.3-3]
#[test]
fn what_is_no_topic_filter_is_neither_subscribed_to_nor_unsubscribed_from() {
    let long = "x".repeat(65_536);
    let mut cases = vec![(vec![], Refusal::TopicFilterMissing)];
    for text in ["", "a#", "a/#/b", "#/a", "a+", "+a", "a/b+/c", "a\0", &long] {
        cases.push((vec![text], Refusal::TopicFilterInvalid));
        cases.push((vec!["good", text], Refusal::TopicFilterInvalid));
    }
    for (filters, refusal) in cases {
        let requests = filters.iter().map(|text| filter(text, QoS::AtMostOnce)).collect();
        let unsubscribe = ClientCommand::Unsubscribe {
            tag: 1,
            filters: filters.iter().map(|&text| text.to_owned()).collect(),
            user_properties: Vec::new(),
        };
        for command in [subscribe(1, requests), unsubscribe] {
            let mut bench = Bench::connected(v3());
            bench.command(command);
            bench.assert_events(&[ClientEvent::CommandRefused { tag: Some(1), refusal }]);
            bench.assert_sent(&[]);
        }
    }
}
