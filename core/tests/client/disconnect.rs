//! How connections end.

use afterlink_core::client::*;
use afterlink_core::codec::packet::*;
use afterlink_core::codec::*;

use crate::harness::*;

fn disconnect(reason_code: ReasonCode, session_expiry_interval: Option<u32>) -> ClientCommand {
    ClientCommand::Disconnect { reason_code, session_expiry_interval }
}

#[test]
fn disconnect_is_the_last_packet_and_then_the_client_closes() {
    for version in VERSIONS {
        let mut bench = Bench::connected(persistent(version));
        bench.command(disconnect(ReasonCode::NORMAL_DISCONNECTION, None));
        assert_eq!(bench.sent, [[0xE0, 0x00]]);
        assert!(bench.closed);
        bench.forget();
        // Nothing is taken or sent any more, and the driver may report the end or not.
        bench.server_sends(&publish(QoS::AtLeastOnce, 1, false, "x"));
        bench.publish(1, QoS::AtLeastOnce);
        bench.cut();
        bench.assert_sent(&[]);
        bench.assert_events(&[]);
        assert!(bench.client.session().is_some());
    }
}

#[test]
fn version_5_can_say_why_and_how_long_the_session_is_to_live() {
    let mut bench = Bench::connected(v5());
    bench.command(disconnect(ReasonCode::DISCONNECT_WITH_WILL_MESSAGE, Some(99)));
    bench.assert_sent(&[Packet::Disconnect(Disconnect {
        session_expiry_interval: Some(99),
        ..Disconnect::new(ReasonCode::DISCONNECT_WITH_WILL_MESSAGE)
    })]);
    bench.assert_events(&[ClientEvent::Disconnected(DisconnectCause::Requested)]);
}

#[test]
fn what_disconnect_cannot_say_is_refused_to_the_caller() {
    let normal = ReasonCode::NORMAL_DISCONNECTION;
    let ends = || ClientConfig { session_expiry_interval: None, ..v5() };
    for (config, command, refusal) in [
        (ends(), disconnect(normal, Some(1)), Refusal::SessionExpiryIntervalWasZero),
        (v5(), disconnect(ReasonCode::SESSION_TAKEN_OVER, None), Refusal::ReasonCodeNotAllowed),
        (v5(), disconnect(ReasonCode::GRANTED_QOS_1, None), Refusal::ReasonCodeNotAllowed),
        (v3(), disconnect(normal, Some(1)), Refusal::NotInVersion),
        (v3(), disconnect(ReasonCode::UNSPECIFIED_ERROR, None), Refusal::NotInVersion),
    ] {
        let mut bench = Bench::connected(config);
        bench.command(command);
        bench.assert_events(&[ClientEvent::CommandRefused { tag: None, refusal }]);
        bench.assert_sent(&[]);
        assert!(!bench.closed);
    }
}

#[test]
fn an_interval_of_0_may_be_repeated() {
    let mut bench = Bench::connected(ClientConfig { session_expiry_interval: None, ..v5() });
    bench.command(disconnect(ReasonCode::NORMAL_DISCONNECTION, Some(0)));
    assert!(bench.closed);
}

#[test]
fn what_connect_asked_for_counts_even_if_the_server_made_it_0() {
    let properties =
        ConnAckProperties { session_expiry_interval: Some(0), ..ConnAckProperties::default() };
    let mut bench = Bench::connected_with(v5(), properties);
    bench.command(disconnect(ReasonCode::NORMAL_DISCONNECTION, Some(5)));
    assert!(bench.closed);
    assert!(bench.client.session().is_some());
}

#[test]
fn a_client_can_disconnect_before_connack() {
    let mut bench = Bench::new(v5());
    bench.command(disconnect(ReasonCode::NORMAL_DISCONNECTION, None));
    let refusal = Refusal::NotConnected;
    bench.assert_events(&[ClientEvent::CommandRefused { tag: None, refusal }]);
    bench.open();
    bench.forget();
    bench.command(disconnect(ReasonCode::NORMAL_DISCONNECTION, None));
    bench.assert_sent(&[Packet::Disconnect(Disconnect::new(ReasonCode::NORMAL_DISCONNECTION))]);
    bench.assert_events(&[ClientEvent::Disconnected(DisconnectCause::Requested)]);
}

#[test]
fn the_servers_disconnect_is_told_with_all_it_says() {
    let mut bench = Bench::connected(v5());
    bench.server_sends(&Packet::Disconnect(Disconnect {
        reason_code: ReasonCode::SESSION_TAKEN_OVER,
        session_expiry_interval: None,
        server_reference: Some("there"),
        properties: ReasonProperties {
            reason_string: Some("again"),
            user_properties: UserProperties::from_pairs(&[("a", "b")]),
        },
    }));
    assert!(bench.closed);
    bench.assert_sent(&[]);
    bench.assert_events(&[ClientEvent::Disconnected(DisconnectCause::Server {
        reason: Reason {
            code: ReasonCode::SESSION_TAKEN_OVER,
            details: Details {
                reason_string: Some("again".to_owned()),
                user_properties: vec![("a".to_owned(), "b".to_owned())],
            },
        },
        server_reference: Some("there".to_owned()),
    })]);
}

#[test]
fn before_version_5_a_server_has_no_disconnect() {
    let mut bench = Bench::connected(v3());
    bench.server_sends(&Packet::Disconnect(Disconnect::new(ReasonCode::NORMAL_DISCONNECTION)));
    bench.assert_sent(&[]);
    assert!(bench.closed);
    let Some(ClientEvent::Disconnected(DisconnectCause::ServerFault { reason_code, .. })) =
        bench.events.pop_back()
    else {
        panic!("{:?}", bench.events)
    };
    assert_eq!(reason_code, ReasonCode::PROTOCOL_ERROR);
}

#[test]
fn raw_bytes_go_out_as_they_are() {
    let bytes = vec![0xE0, 0x07, 0x00, 0x05, 0x11, 0x00, 0x00, 0x00, 0x3C];
    let mut bench = Bench::new(v5());
    bench.command(ClientCommand::Transmit { bytes: bytes.clone() });
    let refusal = Refusal::NotConnected;
    bench.assert_events(&[ClientEvent::CommandRefused { tag: None, refusal }]);
    bench.reconnect(false);
    bench.command(ClientCommand::Transmit { bytes: bytes.clone() });
    assert_eq!(bench.sent, [bytes]);
    assert_eq!(bench.client.state(), ClientState::Connected);
}
