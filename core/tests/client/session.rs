//! Which half of a Session survives what.

use afterlink_core::client::*;
use afterlink_core::codec::packet::*;
use afterlink_core::codec::*;

use crate::harness::*;

fn discarded(cause: DiscardCause, publishes: &[(u64, u16)]) -> ClientEvent {
    let unacknowledged = publishes
        .iter()
        .map(|(tag, value)| DiscardedPublish { tag: *tag, packet_identifier: identifier(*value) })
        .collect();
    ClientEvent::SessionDiscarded { cause, unacknowledged }
}

/// A client of `config` with a publish in flight and a QoS 2 message received, then cut off.
fn interrupted(config: ClientConfig) -> Bench {
    let mut bench = Bench::connected(config);
    bench.publish(1, QoS::AtLeastOnce);
    bench.publish(2, QoS::ExactlyOnce);
    bench.server_sends(&publish(QoS::ExactlyOnce, 9, false, "x"));
    bench.cut();
    bench.forget();
    bench
}

#[test]
fn session_present_0_discards_what_the_client_holds() {
    for version in [ProtocolVersion::V3_1_1, ProtocolVersion::V5] {
        let mut bench = interrupted(persistent(version));
        bench.publish(3, QoS::AtLeastOnce);
        bench.reconnect(false);
        bench.assert_events(&[discarded(DiscardCause::SessionNotPresent, &[(1, 1), (2, 2)])]);
        assert_eq!(bench.received(), []);
        // The outbox is no Session State: it is sent, and in the new Session.
        bench.assert_sent(&[publish(QoS::AtLeastOnce, 1, false, "3")]);
    }
}

#[test]
fn session_present_1_without_state_closes() {
    for version in [ProtocolVersion::V3_1_1, ProtocolVersion::V5] {
        let mut bench = Bench::new(persistent(version));
        bench.open();
        bench.forget();
        bench.server_sends(&accepted(true, ConnAckProperties::default()));
        bench.assert_sent(&[Packet::Disconnect(Disconnect::new(ReasonCode::NORMAL_DISCONNECTION))]);
        assert!(bench.closed);
        let cause = DisconnectCause::SessionPresentWithoutState;
        bench.assert_events(&[ClientEvent::Disconnected(cause)]);
        assert!(bench.client.session().is_none());
        // The way out.
        let config = ClientConfig { clean_start: true, ..persistent(version) };
        bench.command(ClientCommand::Reconfigure(Box::new(config)));
        bench.reconnect(false);
        assert_eq!(bench.client.state(), ClientState::Connected);
    }
}

#[test]
fn session_present_1_after_clean_start_is_the_servers_fault() {
    let mut bench = Bench::new(ClientConfig { clean_start: true, ..v5() });
    bench.open();
    bench.forget();
    bench.server_sends(&accepted(true, ConnAckProperties::default()));
    bench.assert_sent(&[Packet::Disconnect(Disconnect::new(ReasonCode::PROTOCOL_ERROR))]);
    assert!(bench.closed);
}

#[test]
fn a_client_that_lost_its_store_does_not_take_up_the_servers_half() {
    let mut bench = interrupted(v5());
    bench.command(ClientCommand::LoseState);
    bench.assert_events(&[discarded(DiscardCause::StateLost, &[(1, 1), (2, 2)])]);
    bench.open();
    bench.server_sends(&accepted(true, ConnAckProperties::default()));
    let cause = DisconnectCause::SessionPresentWithoutState;
    bench.assert_events(&[ClientEvent::Disconnected(cause)]);
}

#[test]
fn losing_the_store_takes_connection_and_outbox_along() {
    let receive_maximum = Some(1);
    let properties = ConnAckProperties { receive_maximum, ..ConnAckProperties::default() };
    let mut bench = Bench::connected_with(v5(), properties);
    bench.publish(1, QoS::AtLeastOnce);
    bench.publish(2, QoS::AtLeastOnce);
    bench.forget();
    bench.command(ClientCommand::LoseState);
    assert!(bench.closed);
    bench.assert_sent(&[]);
    bench.assert_events(&[
        ClientEvent::Disconnected(DisconnectCause::StateLost),
        discarded(DiscardCause::StateLost, &[(1, 1)]),
    ]);
    assert_eq!(bench.client.outbox().len(), 0);
}

#[test]
fn mqtt_3_1_cannot_say_session_present_and_goes_by_what_the_client_holds() {
    let mut bench = interrupted(persistent(ProtocolVersion::V3_1));
    bench.reconnect(false);
    bench.assert_events(&[]);
    bench.assert_sent(&[
        publish(QoS::AtLeastOnce, 1, true, "1"),
        publish(QoS::ExactlyOnce, 2, true, "2"),
    ]);
    assert_eq!(bench.received(), [9]);
}

#[test]
fn clean_start_discards_at_connect() {
    for version in VERSIONS {
        let mut bench = interrupted(persistent(version));
        let config = ClientConfig { clean_start: true, ..persistent(version) };
        bench.command(ClientCommand::Reconfigure(Box::new(config)));
        bench.open();
        bench.assert_events(&[discarded(DiscardCause::CleanStart, &[(1, 1), (2, 2)])]);
        bench.forget();
        bench.server_sends(&accepted(false, ConnAckProperties::default()));
        bench.assert_sent(&[]);
        assert_eq!(bench.received(), []);
    }
}

#[test]
fn a_connect_that_cannot_be_sent_discards_nothing() {
    let mut bench = interrupted(v5());
    let config = ClientConfig { clean_start: true, receive_maximum: Some(0), ..v5() };
    bench.command(ClientCommand::Reconfigure(Box::new(config)));
    bench.open();
    assert_eq!(bench.inflight(), [1, 2]);
}

#[test]
fn another_client_identifier_is_another_session() {
    let mut bench = interrupted(v5());
    let config = ClientConfig { client_identifier: "d".to_owned(), ..v5() };
    bench.command(ClientCommand::Reconfigure(Box::new(config)));
    bench.open();
    let cause = DiscardCause::ClientIdentifierChanged;
    bench.assert_events(&[discarded(cause, &[(1, 1), (2, 2)])]);
}

#[test]
fn a_session_that_ends_with_its_connection_is_discarded_then() {
    let absent = ClientConfig { session_expiry_interval: None, ..v5() };
    let zero = ClientConfig { session_expiry_interval: Some(0), ..v5() };
    let clean = ClientConfig { clean_start: true, ..v3() };
    for config in [absent, zero, clean] {
        let mut bench = Bench::connected(config);
        bench.publish(1, QoS::AtLeastOnce);
        bench.cut();
        bench.assert_events(&[
            ClientEvent::Disconnected(DisconnectCause::Network),
            discarded(DiscardCause::SessionEnded, &[(1, 1)]),
        ]);
        assert!(bench.client.session().is_none());
    }
}

#[test]
fn the_servers_session_expiry_interval_counts() {
    let server = |seconds| ConnAckProperties {
        session_expiry_interval: Some(seconds),
        ..ConnAckProperties::default()
    };
    let mut bench = Bench::connected_with(v5(), server(0));
    bench.cut();
    assert!(bench.client.session().is_none());

    let asked_for_none = ClientConfig { session_expiry_interval: None, ..v5() };
    let mut bench = Bench::connected_with(asked_for_none, server(60));
    bench.cut();
    assert!(bench.client.session().is_some());
}

#[test]
fn disconnect_can_end_the_session() {
    let mut bench = Bench::connected(v5());
    bench.publish(1, QoS::AtLeastOnce);
    bench.forget();
    bench.command(ClientCommand::Disconnect {
        reason_code: ReasonCode::NORMAL_DISCONNECTION,
        session_expiry_interval: Some(0),
    });
    bench.assert_sent(&[Packet::Disconnect(Disconnect {
        session_expiry_interval: Some(0),
        ..Disconnect::new(ReasonCode::NORMAL_DISCONNECTION)
    })]);
    bench.assert_events(&[
        ClientEvent::Disconnected(DisconnectCause::Requested),
        discarded(DiscardCause::SessionEnded, &[(1, 1)]),
    ]);
}

#[test]
fn the_client_keeps_its_half_however_long_it_takes_until_the_server_says_no() {
    let mut bench = interrupted(ClientConfig { session_expiry_interval: Some(15), ..v5() });
    bench.pass_seconds(1_000_000);
    assert_eq!(bench.inflight(), [1, 2]);
    assert_eq!(bench.received(), [9]);
}

#[test]
fn a_lost_connack_leaves_a_client_without_state() {
    let mut bench = Bench::new(v5());
    bench.open();
    bench.cut();
    assert!(bench.client.session().is_none());
    bench.assert_events(&[ClientEvent::Disconnected(DisconnectCause::Network)]);
}

#[test]
fn a_stored_session_is_taken_up_by_a_new_client() {
    let bench = interrupted(v5());
    let stored = bench.client.session().unwrap().clone();
    let mut bench = Bench::with(Client::restore(v5(), stored));
    bench.reconnect(true);
    bench.assert_sent(&[
        publish(QoS::AtLeastOnce, 1, true, "1"),
        publish(QoS::ExactlyOnce, 2, true, "2"),
    ]);
    bench.server_sends(&publish(QoS::ExactlyOnce, 9, true, "x"));
    assert!(bench.messages().is_empty());
    bench.assert_sent(&[Packet::PubRec(ack(9))]);
}

#[test]
fn views_can_be_read_in_pages() {
    let mut bench = Bench::connected(v5());
    for tag in 1..=5 {
        bench.publish(tag, QoS::AtLeastOnce);
        let value = u16::try_from(tag).unwrap() * 10;
        bench.server_sends(&publish(QoS::ExactlyOnce, value, false, "x"));
    }
    let session = bench.client.session().unwrap();
    let page: Vec<_> =
        session.inflight(Some(identifier(2))).take(2).map(|(_, inflight)| inflight.tag).collect();
    assert_eq!(page, [3, 4]);
    let page: Vec<_> = session.received(Some(identifier(30))).map(|(id, _)| id.get()).collect();
    assert_eq!(page, [40, 50]);
    assert_eq!((session.inflight_len(), session.received_len()), (5, 5));
}
