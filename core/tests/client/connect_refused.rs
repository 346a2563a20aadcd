//! Connections that do not come about.

use afterlink_core::client::*;
use afterlink_core::codec::packet::*;
use afterlink_core::codec::*;

use crate::harness::*;

#[test]
fn a_refusal_is_told_and_leaves_the_session_alone() {
    for version in VERSIONS {
        let mut bench = Bench::connected(persistent(version));
        bench.publish(1, QoS::AtLeastOnce);
        bench.cut();
        bench.forget();
        bench.open();
        bench.server_sends(&Packet::ConnAck(ConnAck {
            session_present: false,
            reason_code: ReasonCode::NOT_AUTHORIZED,
            properties: ConnAckProperties::default(),
        }));
        let reason = failed(ReasonCode::NOT_AUTHORIZED);
        bench.assert_events(&[ClientEvent::ConnectionRefused { reason, server_reference: None }]);
        assert!(bench.closed);
        assert_eq!(bench.sent.len(), 1, "only CONNECT was sent");
        assert_eq!(bench.client.state(), ClientState::Offline);
        assert_eq!(bench.inflight(), [1]);
    }
}

#[test]
fn a_refusal_says_where_else_to_go() {
    let mut bench = Bench::new(v5());
    bench.open();
    bench.server_sends(&Packet::ConnAck(ConnAck {
        session_present: false,
        reason_code: ReasonCode::USE_ANOTHER_SERVER,
        properties: ConnAckProperties {
            server_reference: Some("there"),
            reason_string: Some("full"),
            ..ConnAckProperties::default()
        },
    }));
    let details = Details { reason_string: Some("full".to_owned()), user_properties: Vec::new() };
    bench.assert_events(&[ClientEvent::ConnectionRefused {
        reason: Reason { code: ReasonCode::USE_ANOTHER_SERVER, details },
        server_reference: Some("there".to_owned()),
    }]);
}

#[test]
fn what_no_connect_can_say_is_refused_to_the_caller() {
    use Refusal::*;
    let will = |topic: &str| WillConfig { topic: topic.to_owned(), ..WillConfig::default() };
    let answered_on = |topic: &str| {
        let response_topic = Some(topic.to_owned());
        let properties = MessageProperties { response_topic, ..MessageProperties::default() };
        WillConfig { properties, ..will("w") }
    };
    let anonymous = |config| ClientConfig { client_identifier: String::new(), ..config };
    for (config, refusal) in [
        (ClientConfig { receive_maximum: Some(0), ..v5() }, ValueZero),
        (ClientConfig { maximum_packet_size: Some(0), ..v5() }, ValueZero),
        (ClientConfig { will: Some(will("a/#")), ..v5() }, TopicNameInvalid),
        (ClientConfig { will: Some(will("")), ..v3() }, TopicNameInvalid),
        (
            ClientConfig { authentication_data: Some("d".into()), ..v5() },
            AuthenticationMethodMissing,
        ),
        (ClientConfig { client_identifier: "x".repeat(65_536), ..v5() }, NotEncodable),
        (ClientConfig { client_identifier: "a\0".to_owned(), ..v3() }, NotEncodable),
        (ClientConfig { user_name: Some("\0".to_owned()), ..v5() }, NotEncodable),
        (ClientConfig { will: Some(answered_on("a/#")), ..v5() }, ResponseTopicInvalid),
        (ClientConfig { password: Some("p".into()), ..v3() }, PasswordWithoutUserName),
        (ClientConfig { receive_maximum: Some(1), ..v3() }, NotInVersion),
        (ClientConfig { session_expiry_interval: Some(1), ..v3() }, NotInVersion),
        (ClientConfig { authentication_method: Some("m".to_owned()), ..v3() }, NotInVersion),
        (
            ClientConfig {
                will: Some(WillConfig { will_delay_interval: Some(1), ..will("w") }),
                ..v3()
            },
            NotInVersion,
        ),
        (anonymous(v3()), ClientIdentifierMissing),
        (
            ClientConfig { clean_start: true, ..anonymous(persistent(ProtocolVersion::V3_1)) },
            ClientIdentifierMissing,
        ),
    ] {
        let mut bench = Bench::new(config.clone());
        bench.open();
        bench.assert_events(&[ClientEvent::CommandRefused { tag: None, refusal }]);
        bench.assert_sent(&[]);
        assert!(bench.closed, "{config:?}");
    }
}

#[test]
fn what_version_5_and_3_1_1_do_allow_is_sent() {
    let anonymous = |config| ClientConfig { client_identifier: String::new(), ..config };
    for config in [
        ClientConfig { password: Some("p".into()), ..v5() },
        ClientConfig { client_identifier: "x".repeat(65_535), ..v5() },
        anonymous(v5()),
        ClientConfig { clean_start: true, ..anonymous(v3()) },
        ClientConfig { receive_maximum: Some(1), maximum_packet_size: Some(1), ..v5() },
    ] {
        let mut bench = Bench::new(config);
        bench.open();
        assert_eq!((bench.sent.len(), bench.closed), (1, false));
    }
}

/// What the client says and does about a fault of the server.
#[track_caller]
fn assert_faulted(bench: &mut Bench, code: ReasonCode) {
    if bench.version == ProtocolVersion::V5 {
        bench.assert_sent(&[Packet::Disconnect(Disconnect::new(code))]);
    } else {
        bench.assert_sent(&[]);
    }
    assert!(bench.closed);
    let disconnected = bench.events.iter().any(|event| {
        let ClientEvent::Disconnected(DisconnectCause::ServerFault { reason_code, .. }) = event
        else {
            return false;
        };
        *reason_code == code
    });
    assert!(disconnected, "{:?}", bench.events);
    assert_eq!(bench.client.state(), ClientState::Offline);
}

#[test]
fn anything_before_connack_is_a_fault() {
    for version in VERSIONS {
        for packet in [Packet::PingResp, publish(QoS::AtMostOnce, 0, false, "x")] {
            let mut bench = Bench::new(persistent(version));
            bench.open();
            bench.forget();
            bench.server_sends(&packet);
            assert_faulted(&mut bench, ReasonCode::PROTOCOL_ERROR);
        }
    }
}

#[test]
fn a_second_connack_is_a_fault() {
    for version in VERSIONS {
        let mut bench = Bench::connected(persistent(version));
        bench.server_sends(&accepted(false, ConnAckProperties::default()));
        assert_faulted(&mut bench, ReasonCode::PROTOCOL_ERROR);
    }
}

#[test]
fn an_empty_identifier_must_be_answered_with_an_assigned_one() {
    let mut bench = Bench::new(ClientConfig { client_identifier: String::new(), ..v5() });
    bench.open();
    bench.forget();
    bench.server_sends(&accepted(false, ConnAckProperties::default()));
    assert_faulted(&mut bench, ReasonCode::PROTOCOL_ERROR);
}

#[test]
fn packets_that_only_clients_send_are_a_fault() {
    let subscribe = [SubscribeFilter { filter: "t", options: SubscriptionOptions::default() }];
    for version in VERSIONS {
        for packet in [
            Packet::PingReq,
            Packet::Subscribe(Subscribe {
                packet_identifier: identifier(1),
                subscription_identifier: None,
                user_properties: UserProperties::NONE,
                filters: SubscribeFilters::from_slice(&subscribe),
            }),
        ] {
            let mut bench = Bench::connected(persistent(version));
            bench.server_sends(&packet);
            assert_faulted(&mut bench, ReasonCode::PROTOCOL_ERROR);
        }
    }
}

#[test]
fn a_malformed_packet_is_a_fault_and_ends_everything_behind_it() {
    for version in VERSIONS {
        let mut bench = Bench::connected(persistent(version));
        // A PUBLISH of QoS 3, and a good PINGRESP and PUBLISH behind it.
        let bytes = [0x36, 0x02, 0x00, 0x00, 0xD0, 0x00, 0x30, 0x03, 0x00, 0x01, b't'];
        bench.input(ClientInput::Received { bytes: &bytes });
        assert_faulted(&mut bench, ReasonCode::MALFORMED_PACKET);
        assert!(bench.messages().is_empty());
    }
}
