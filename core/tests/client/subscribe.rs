//! SUBSCRIBE, UNSUBSCRIBE and their answers.

use afterlink_core::client::*;
use afterlink_core::codec::packet::*;
use afterlink_core::codec::*;

use crate::harness::*;

fn unsubscribe(tag: u64, filters: &[&str]) -> ClientCommand {
    let filters = filters.iter().map(|&filter| filter.to_owned()).collect();
    ClientCommand::Unsubscribe { tag, filters, user_properties: Vec::new() }
}

fn sub_ack(value: u16, codes: &[ReasonCode]) -> SubAck<'_> {
    SubAck {
        packet_identifier: identifier(value),
        reason_codes: ReasonCodes::from_slice(codes),
        properties: ReasonProperties::default(),
    }
}

#[test]
fn subscribe_goes_out_with_all_options_and_comes_back_with_all_codes() {
    let mut bench = Bench::connected(v5());
    let options = SubscriptionOptions {
        qos: QoS::ExactlyOnce,
        no_local: true,
        retain_as_published: true,
        retain_handling: RetainHandling::DoNotSend,
    };
    let shared = SubscriptionRequest { filter: "a/#".to_owned(), options };
    bench.command(ClientCommand::Subscribe {
        tag: 3,
        filters: vec![shared, filter("$share/g/b", QoS::AtLeastOnce)],
        subscription_identifier: SubscriptionIdentifier::new(77),
        user_properties: vec![("k".to_owned(), "v".to_owned())],
    });
    bench.assert_sent(&[Packet::Subscribe(Subscribe {
        packet_identifier: identifier(1),
        subscription_identifier: SubscriptionIdentifier::new(77),
        user_properties: UserProperties::from_pairs(&[("k", "v")]),
        filters: SubscribeFilters::from_slice(&[
            SubscribeFilter { filter: "a/#", options },
            SubscribeFilter {
                filter: "$share/g/b",
                options: SubscriptionOptions { qos: QoS::AtLeastOnce, ..Default::default() },
            },
        ]),
    })]);
    let codes = [ReasonCode::GRANTED_QOS_2, ReasonCode::NOT_AUTHORIZED];
    bench.server_sends(&Packet::SubAck(SubAck {
        properties: ReasonProperties {
            reason_string: Some("partly"),
            user_properties: UserProperties::from_pairs(&[("x", "y")]),
        },
        ..sub_ack(1, &codes)
    }));
    bench.assert_events(&[ClientEvent::Subscribed {
        tag: 3,
        packet_identifier: identifier(1),
        reason_codes: codes.to_vec(),
        details: Details {
            reason_string: Some("partly".to_owned()),
            user_properties: vec![("x".to_owned(), "y".to_owned())],
        },
    }]);
}

#[test]
fn unsubscribe_goes_out_and_comes_back() {
    for version in VERSIONS {
        let mut bench = Bench::connected(persistent(version));
        bench.command(unsubscribe(4, &["a/+", "b"]));
        bench.assert_sent(&[Packet::Unsubscribe(Unsubscribe {
            packet_identifier: identifier(1),
            user_properties: UserProperties::NONE,
            filters: UnsubscribeFilters::from_slice(&["a/+", "b"]),
        })]);
        let codes = [ReasonCode::SUCCESS, ReasonCode::NO_SUBSCRIPTION_EXISTED];
        bench.server_sends(&Packet::UnsubAck(sub_ack(1, &codes)));
        let has_codes = version == ProtocolVersion::V5;
        bench.assert_events(&[ClientEvent::Unsubscribed {
            tag: 4,
            packet_identifier: identifier(1),
            reason_codes: if has_codes { codes.to_vec() } else { Vec::new() },
            details: Details::default(),
        }]);
    }
}

#[test]
fn version_3_subscribes_by_filter_and_qos() {
    let mut bench = Bench::connected(v3());
    bench.command(subscribe(1, vec![filter("a", QoS::AtLeastOnce)]));
    assert_eq!(bench.sent, [b"\x82\x06\x00\x01\x00\x01a\x01"]);
    bench.server_sends(&Packet::SubAck(sub_ack(1, &[ReasonCode::UNSPECIFIED_ERROR])));
    bench.assert_events(&[ClientEvent::Subscribed {
        tag: 1,
        packet_identifier: identifier(1),
        reason_codes: vec![ReasonCode::UNSPECIFIED_ERROR],
        details: Details::default(),
    }]);
}

fn command(filters: Vec<SubscriptionRequest>, identifier: Option<u32>) -> ClientCommand {
    ClientCommand::Subscribe {
        tag: 1,
        filters,
        subscription_identifier: identifier.and_then(SubscriptionIdentifier::new),
        user_properties: Vec::new(),
    }
}

#[test]
fn what_cannot_be_subscribed_to_is_refused_to_the_caller() {
    let plain = |text| vec![filter(text, QoS::AtMostOnce)];
    let no_local = |text: &str| {
        let options = SubscriptionOptions { no_local: true, ..SubscriptionOptions::default() };
        vec![SubscriptionRequest { filter: text.to_owned(), options }]
    };
    let with_properties = ClientCommand::Subscribe {
        tag: 1,
        filters: plain("a"),
        subscription_identifier: None,
        user_properties: vec![("k".to_owned(), "v".to_owned())],
    };
    for (config, command, refusal) in [
        (v5(), command(Vec::new(), None), Refusal::TopicFilterMissing),
        (v5(), command(plain("a/#/b"), None), Refusal::TopicFilterInvalid),
        (v5(), command(plain(""), None), Refusal::TopicFilterInvalid),
        (v5(), command(plain("$share/g"), None), Refusal::TopicFilterInvalid),
        (v5(), command(no_local("$share/g/a"), None), Refusal::NoLocalOnSharedSubscription),
        (v3(), command(no_local("a"), None), Refusal::NotInVersion),
        (v3(), command(plain("a"), Some(1)), Refusal::NotInVersion),
        (v3(), with_properties, Refusal::NotInVersion),
        (v5(), unsubscribe(1, &[]), Refusal::TopicFilterMissing),
        (v5(), unsubscribe(1, &["a+"]), Refusal::TopicFilterInvalid),
    ] {
        let mut bench = Bench::connected(config);
        bench.command(command);
        bench.assert_events(&[ClientEvent::CommandRefused { tag: Some(1), refusal }]);
        bench.assert_sent(&[]);
    }
}

#[test]
fn what_the_server_does_not_offer_is_refused_to_the_caller() {
    let properties = || ConnAckProperties {
        wildcard_subscription_available: Some(false),
        subscription_identifiers_available: Some(false),
        shared_subscription_available: Some(false),
        maximum_packet_size: Some(30),
        ..ConnAckProperties::default()
    };
    let long = "x".repeat(30);
    for (text, identifier, refusal) in [
        ("a/#", None, Refusal::WildcardSubscriptionsNotSupported),
        ("+", None, Refusal::WildcardSubscriptionsNotSupported),
        ("$share/g/a", None, Refusal::SharedSubscriptionsNotSupported),
        ("a", Some(1), Refusal::SubscriptionIdentifiersNotSupported),
        (long.as_str(), None, Refusal::PacketTooLarge),
    ] {
        let mut bench = Bench::connected_with(v5(), properties());
        bench.command(command(vec![filter(text, QoS::AtMostOnce)], identifier));
        bench.assert_events(&[ClientEvent::CommandRefused { tag: Some(1), refusal }]);
        bench.assert_sent(&[]);
        bench.command(command(vec![filter("a", QoS::ExactlyOnce)], None));
        assert_eq!(bench.sent.len(), 1);
    }
}

#[test]
fn requests_need_an_accepted_connection() {
    let mut bench = Bench::new(v5());
    for _ in 0..2 {
        for request in [command(vec![filter("a", QoS::AtMostOnce)], None), unsubscribe(1, &["a"])] {
            bench.command(request);
            let refusal = Refusal::NotConnected;
            bench.assert_events(&[ClientEvent::CommandRefused { tag: Some(1), refusal }]);
        }
        bench.open();
    }
}

#[test]
fn a_request_without_an_answer_is_told_when_the_connection_ends() {
    let mut bench = Bench::connected(v5());
    bench.command(subscribe(8, vec![filter("a", QoS::AtMostOnce)]));
    bench.command(unsubscribe(9, &["b"]));
    bench.server_sends(&Packet::UnsubAck(sub_ack(2, &[ReasonCode::SUCCESS])));
    bench.forget();
    bench.cut();
    bench.assert_events(&[
        ClientEvent::RequestUnanswered { tag: 8, packet_identifier: identifier(1) },
        ClientEvent::Disconnected(DisconnectCause::Network),
    ]);
    // Requests are no Session State: nothing of them comes again.
    bench.reconnect(true);
    bench.assert_sent(&[]);
}

#[test]
fn an_answer_to_nothing_does_no_harm() {
    let mut bench = Bench::connected(v5());
    bench.command(subscribe(1, vec![filter("a", QoS::AtMostOnce)]));
    bench.server_sends(&Packet::SubAck(sub_ack(9, &[ReasonCode::GRANTED_QOS_0])));
    bench.server_sends(&Packet::UnsubAck(sub_ack(1, &[ReasonCode::SUCCESS])));
    let unexpected = |packet_type, value| ClientEvent::Unexpected {
        packet_type,
        packet_identifier: identifier(value),
    };
    bench.assert_events(&[unexpected(PacketType::SubAck, 9), unexpected(PacketType::UnsubAck, 1)]);
    bench.server_sends(&Packet::SubAck(sub_ack(1, &[ReasonCode::GRANTED_QOS_0])));
    assert!(matches!(bench.events.pop_back(), Some(ClientEvent::Subscribed { tag: 1, .. })));
}

#[test]
fn an_answer_with_too_few_or_too_many_codes_is_a_fault() {
    for codes in [&[ReasonCode::GRANTED_QOS_0][..], &[ReasonCode::GRANTED_QOS_0; 3]] {
        let mut bench = Bench::connected(v5());
        let filters = ["a", "b"].map(|text| filter(text, QoS::AtMostOnce)).to_vec();
        bench.command(subscribe(1, filters));
        bench.forget();
        bench.server_sends(&Packet::SubAck(sub_ack(1, codes)));
        bench.assert_sent(&[Packet::Disconnect(Disconnect::new(ReasonCode::PROTOCOL_ERROR))]);
        assert!(bench.closed);
    }
}
