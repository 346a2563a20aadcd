//! CONNECT, CONNACK and the values in force after them.

use afterlink_core::client::*;
use afterlink_core::codec::packet::*;
use afterlink_core::codec::*;

use crate::harness::*;

#[test]
fn connect_is_the_first_packet_and_carries_the_whole_configuration() {
    let pairs = || vec![("k".to_owned(), "v".to_owned()), ("k".to_owned(), "w".to_owned())];
    let mut bench = Bench::new(ClientConfig {
        clean_start: true,
        session_expiry_interval: Some(7),
        keep_alive: 9,
        receive_maximum: Some(10),
        maximum_packet_size: Some(2000),
        topic_alias_maximum: Some(3),
        request_response_information: Some(true),
        request_problem_information: Some(false),
        user_name: Some("u".to_owned()),
        password: Some("p".into()),
        will: Some(WillConfig {
            topic: "w".to_owned(),
            payload: b"gone".to_vec(),
            qos: QoS::AtLeastOnce,
            retain: true,
            will_delay_interval: Some(5),
            properties: MessageProperties {
                payload_format_indicator: Some(true),
                message_expiry_interval: Some(6),
                content_type: Some("ct".to_owned()),
                response_topic: Some("rt".to_owned()),
                correlation_data: Some(b"cd".to_vec()),
                user_properties: pairs(),
            },
        }),
        user_properties: pairs(),
        authentication_method: Some("m".to_owned()),
        authentication_data: Some("d".into()),
        ..v5()
    });
    bench.open();
    let pairs = UserProperties::from_pairs(&[("k", "v"), ("k", "w")]);
    bench.assert_sent(&[Packet::Connect(Connect {
        version: ProtocolVersion::V5,
        clean_start: true,
        keep_alive: 9,
        client_identifier: "c",
        will: Some(Will {
            qos: QoS::AtLeastOnce,
            retain: true,
            topic: "w",
            payload: b"gone",
            properties: WillProperties {
                will_delay_interval: Some(5),
                payload_format_indicator: Some(true),
                message_expiry_interval: Some(6),
                content_type: Some("ct"),
                response_topic: Some("rt"),
                correlation_data: Some(b"cd"),
                user_properties: pairs,
            },
        }),
        user_name: Some("u"),
        password: Some(b"p"),
        properties: ConnectProperties {
            session_expiry_interval: Some(7),
            receive_maximum: Some(10),
            maximum_packet_size: Some(2000),
            topic_alias_maximum: Some(3),
            request_response_information: Some(true),
            request_problem_information: Some(false),
            user_properties: pairs,
            authentication_method: Some("m"),
            authentication_data: Some(b"d"),
        },
    })]);
}

#[test]
fn each_version_names_itself() {
    for (version, bytes) in [
        (ProtocolVersion::V3_1, &b"\x10\x0f\x00\x06MQIsdp\x03\x00\x00\x00\x00\x01c"[..]),
        (ProtocolVersion::V3_1_1, &b"\x10\x0d\x00\x04MQTT\x04\x00\x00\x00\x00\x01c"[..]),
        (
            ProtocolVersion::V5,
            &b"\x10\x18\x00\x04MQTT\x05\x00\x00\x00\
               \x0a\x11\x00\x00\x0e\x10\x27\x00\x10\x00\x00\x00\x01c"[..],
        ),
    ] {
        let mut bench = Bench::new(persistent(version));
        bench.open();
        assert_eq!(bench.sent, [bytes], "{version:?}");
        assert_eq!(bench.client.state(), ClientState::Connecting);
    }
}

#[test]
fn without_properties_the_defaults_of_the_standard_are_in_force() {
    let mut bench = Bench::new(ClientConfig { keep_alive: 30, ..v5() });
    bench.open();
    bench.server_sends(&accepted(false, ConnAckProperties::default()));
    let values = ConnectionValues {
        client_identifier: "c".to_owned(),
        session_expiry_interval: 3600,
        keep_alive: 30,
        receive_maximum: 65_535,
        maximum_qos: QoS::ExactlyOnce,
        retain_available: true,
        maximum_packet_size: None,
        topic_alias_maximum: 0,
        wildcard_subscription_available: true,
        subscription_identifiers_available: true,
        shared_subscription_available: true,
    };
    assert_eq!(bench.client.values(), Some(&values));
    bench.assert_events(&[ClientEvent::Connected(Box::new(Connected {
        session_present: false,
        resumed: false,
        values,
        response_information: None,
        server_reference: None,
        authentication_data: None,
        details: Details::default(),
    }))]);
}

#[test]
fn what_connack_says_is_in_force() {
    let mut bench = Bench::new(ClientConfig { keep_alive: 30, ..v5() });
    bench.open();
    bench.server_sends(&accepted(
        false,
        ConnAckProperties {
            session_expiry_interval: Some(60),
            receive_maximum: Some(5),
            maximum_qos: Some(QoS::AtLeastOnce),
            retain_available: Some(false),
            maximum_packet_size: Some(100),
            topic_alias_maximum: Some(4),
            reason_string: Some("welcome"),
            user_properties: UserProperties::from_pairs(&[("a", "b")]),
            wildcard_subscription_available: Some(false),
            subscription_identifiers_available: Some(false),
            shared_subscription_available: Some(false),
            server_keep_alive: Some(11),
            response_information: Some("ri"),
            server_reference: Some("other"),
            ..ConnAckProperties::default()
        },
    ));
    let values = ConnectionValues {
        client_identifier: "c".to_owned(),
        session_expiry_interval: 60,
        keep_alive: 11,
        receive_maximum: 5,
        maximum_qos: QoS::AtLeastOnce,
        retain_available: false,
        maximum_packet_size: Some(100),
        topic_alias_maximum: 4,
        wildcard_subscription_available: false,
        subscription_identifiers_available: false,
        shared_subscription_available: false,
    };
    bench.assert_events(&[ClientEvent::Connected(Box::new(Connected {
        session_present: false,
        resumed: false,
        values,
        response_information: Some("ri".to_owned()),
        server_reference: Some("other".to_owned()),
        authentication_data: None,
        details: Details {
            reason_string: Some("welcome".to_owned()),
            user_properties: vec![("a".to_owned(), "b".to_owned())],
        },
    }))]);
}

#[test]
fn connack_may_come_byte_by_byte() {
    let mut bench = Bench::new(v5());
    bench.open();
    let mut bytes = Vec::new();
    accepted(false, ConnAckProperties::default()).encode(ProtocolVersion::V5, &mut bytes).unwrap();
    for byte in bytes {
        assert_eq!(bench.client.state(), ClientState::Connecting);
        bench.input(ClientInput::Received { bytes: &[byte] });
    }
    assert_eq!(bench.client.state(), ClientState::Connected);
}

#[test]
fn an_assigned_identifier_is_used_as_long_as_its_session_lives() {
    let mut bench = Bench::new(ClientConfig { client_identifier: String::new(), ..v5() });
    let assigned = |identifier| ConnAckProperties {
        assigned_client_identifier: Some(identifier),
        ..ConnAckProperties::default()
    };
    bench.open();
    bench.server_sends(&accepted(false, assigned("auto-1")));
    assert_eq!(bench.client.session().unwrap().client_identifier(), "auto-1");
    bench.cut();
    bench.forget();
    bench.open();
    let Packet::Connect(connect) = bench.decoded(&bench.sent[0]) else { panic!("no CONNECT") };
    assert_eq!(connect.client_identifier, "auto-1");
    bench.server_sends(&accepted(true, ConnAckProperties::default()));
    assert_eq!(bench.client.values().unwrap().client_identifier, "auto-1");

    bench.command(ClientCommand::LoseState);
    bench.forget();
    bench.open();
    let Packet::Connect(connect) = bench.decoded(&bench.sent[0]) else { panic!("no CONNECT") };
    assert_eq!(connect.client_identifier, "");
}

#[test]
fn a_new_configuration_is_for_the_next_connect() {
    let mut bench = Bench::connected(v5());
    let config = ClientConfig { keep_alive: 5, ..v3() };
    bench.command(ClientCommand::Reconfigure(Box::new(config)));
    assert_eq!(bench.client.values().unwrap().keep_alive, 0);
    bench.publish(1, QoS::AtLeastOnce);
    bench.assert_sent(&[publish(QoS::AtLeastOnce, 1, false, "1")]);
    bench.cut();
    bench.open();
    let Packet::Connect(connect) = bench.decoded(&bench.sent[0]) else { panic!("no CONNECT") };
    assert_eq!((connect.version, connect.keep_alive), (ProtocolVersion::V3_1_1, 5));
}

#[test]
fn opened_again_means_that_the_old_connection_is_gone() {
    let mut bench = Bench::connected(v5());
    bench.open();
    bench.assert_events(&[ClientEvent::Disconnected(DisconnectCause::Network)]);
    assert_eq!(bench.client.state(), ClientState::Connecting);
    assert_eq!(bench.sent.len(), 1);
}

#[test]
fn half_a_packet_of_the_old_connection_is_not_taken_for_the_new_one() {
    let mut bench = Bench::connected(v5());
    bench.input(ClientInput::Received { bytes: &[0x30, 0x08, 0x00] });
    bench.cut();
    bench.reconnect(true);
    assert_eq!(bench.client.state(), ClientState::Connected);
}

#[test]
fn bytes_without_a_connection_are_ignored() {
    let mut bench = Bench::new(v5());
    bench.server_sends(&accepted(false, ConnAckProperties::default()));
    bench.cut();
    bench.input(ClientInput::Timeout);
    bench.assert_sent(&[]);
    bench.assert_events(&[]);
    assert_eq!(bench.client.poll_timeout(), None);
}
