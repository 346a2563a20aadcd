//! What a client does because time passes.

use afterlink_core::client::*;
use afterlink_core::codec::packet::*;
use afterlink_core::codec::*;

use crate::harness::*;

fn keep_alive(seconds: u16) -> ClientConfig {
    ClientConfig { keep_alive: seconds, ..v5() }
}

#[test]
fn a_silent_client_pings_at_its_keep_alive() {
    for version in VERSIONS {
        let mut bench = Bench::connected(ClientConfig { keep_alive: 10, ..persistent(version) });
        let due = (START.plus_seconds(10), ClientTimer::KeepAlive);
        assert_eq!(bench.client.poll_timeout(), Some(due));
        assert_eq!(bench.pass_seconds(9), []);
        assert_eq!(bench.pass_seconds(1), [ClientTimer::KeepAlive]);
        bench.assert_sent(&[Packet::PingReq]);
        bench.server_sends(&Packet::PingResp);
        assert_eq!(bench.pass_seconds(10), [ClientTimer::KeepAlive]);
        assert!(!bench.closed);
    }
}

#[test]
fn every_packet_sent_puts_the_ping_off_and_none_received_does() {
    let mut bench = Bench::connected(keep_alive(10));
    bench.pass_seconds(6);
    bench.publish(1, QoS::AtMostOnce);
    bench.pass_seconds(6);
    // The PUBACK is a packet sent.
    bench.server_sends(&publish(QoS::AtLeastOnce, 1, false, "x"));
    bench.pass_seconds(6);
    bench.server_sends(&publish(QoS::AtMostOnce, 0, false, "x"));
    bench.forget();
    assert_eq!(bench.pass_seconds(3), []);
    assert_eq!(bench.pass_seconds(1), [ClientTimer::KeepAlive]);
    bench.assert_sent(&[Packet::PingReq]);
}

#[test]
fn keep_alive_0_is_off() {
    let mut bench = Bench::connected(keep_alive(0));
    assert_eq!(bench.client.poll_timeout(), None);
    assert_eq!(bench.pass_seconds(1_000_000), []);
}

#[test]
fn the_servers_keep_alive_counts() {
    for (server, expected) in [(3, Some(3)), (0, None)] {
        let properties =
            ConnAckProperties { server_keep_alive: Some(server), ..ConnAckProperties::default() };
        let bench = Bench::connected_with(keep_alive(10), properties);
        let due = expected.map(|seconds| (START.plus_seconds(seconds), ClientTimer::KeepAlive));
        assert_eq!(bench.client.poll_timeout(), due);
    }
}

#[test]
fn without_pingresp_the_client_closes_as_if_the_network_had_failed() {
    let limits = ClientLimits { pingresp_seconds_max: 4, ..ClientLimits::default() };
    let mut bench = Bench::connected(ClientConfig { limits, ..keep_alive(10) });
    bench.publish(1, QoS::AtLeastOnce);
    bench.forget();
    bench.pass_seconds(13);
    // What else the server sends is no PINGRESP.
    bench.server_sends(&publish(QoS::AtMostOnce, 0, false, "x"));
    bench.forget();
    assert!(!bench.closed);
    assert_eq!(bench.pass_seconds(1), [ClientTimer::PingResp]);
    assert!(bench.closed);
    bench.assert_sent(&[]);
    bench.assert_events(&[ClientEvent::Disconnected(DisconnectCause::PingRespOverdue)]);
    assert_eq!(bench.inflight(), [1]);
    assert_eq!(bench.client.poll_timeout(), None);
}

#[test]
fn pingresp_at_the_last_moment_is_in_time() {
    let limits = ClientLimits { pingresp_seconds_max: 4, ..ClientLimits::default() };
    let mut bench = Bench::connected(ClientConfig { limits, ..keep_alive(10) });
    bench.pass_seconds(13);
    bench.now = bench.now.plus_millis(999);
    bench.server_sends(&Packet::PingResp);
    assert_eq!(bench.pass_seconds(1), []);
    assert!(!bench.closed);
}

#[test]
fn while_pingresp_is_to_come_the_keep_alive_is_kept() {
    let limits = ClientLimits { pingresp_seconds_max: 25, ..ClientLimits::default() };
    let mut bench = Bench::connected(ClientConfig { limits, ..keep_alive(10) });
    let fired = bench.pass_seconds(35);
    use ClientTimer::{KeepAlive, PingResp};
    assert_eq!(fired, [KeepAlive, KeepAlive, KeepAlive, PingResp]);
    assert!(bench.closed);
}

#[test]
fn a_pingresp_limit_of_0_waits_for_ever() {
    let limits = ClientLimits { pingresp_seconds_max: 0, ..ClientLimits::default() };
    let mut bench = Bench::connected(ClientConfig { limits, ..keep_alive(10) });
    assert_eq!(bench.pass_seconds(1000).len(), 100);
    assert!(!bench.closed);
}

#[test]
fn the_application_can_ping() {
    let mut bench = Bench::connected(keep_alive(0));
    bench.command(ClientCommand::Ping);
    bench.assert_sent(&[Packet::PingReq]);
    let due = (START.plus_seconds(10), ClientTimer::PingResp);
    assert_eq!(bench.client.poll_timeout(), Some(due));
    bench.server_sends(&Packet::PingResp);
    assert_eq!(bench.client.poll_timeout(), None);
    bench.cut();
    bench.forget();
    bench.command(ClientCommand::Ping);
    let refusal = Refusal::NotConnected;
    bench.assert_events(&[ClientEvent::CommandRefused { tag: None, refusal }]);
}

#[test]
fn without_connack_the_client_closes() {
    let limits = ClientLimits { connack_seconds_max: 7, ..ClientLimits::default() };
    let mut bench = Bench::new(ClientConfig { limits, ..keep_alive(2) });
    bench.open();
    bench.forget();
    assert_eq!(bench.pass_seconds(6), []);
    assert_eq!(bench.pass_seconds(1), [ClientTimer::ConnAck]);
    assert!(bench.closed);
    bench.assert_sent(&[]);
    bench.assert_events(&[ClientEvent::Disconnected(DisconnectCause::ConnAckOverdue)]);
}

#[test]
fn a_connack_limit_of_0_waits_for_ever() {
    let limits = ClientLimits { connack_seconds_max: 0, ..ClientLimits::default() };
    let mut bench = Bench::new(ClientConfig { limits, ..keep_alive(2) });
    bench.open();
    assert_eq!(bench.client.poll_timeout(), None);
}

#[test]
fn an_early_timeout_does_nothing() {
    let mut bench = Bench::connected(keep_alive(10));
    bench.now = bench.now.plus_millis(9_999);
    bench.input(ClientInput::Timeout);
    bench.assert_sent(&[]);
    bench.now = bench.now.plus_millis(1);
    bench.input(ClientInput::Timeout);
    bench.assert_sent(&[Packet::PingReq]);
}

#[test]
fn a_timeout_that_comes_a_week_late_is_one_step() {
    let mut bench = Bench::connected(keep_alive(10));
    bench.now = bench.now.plus_seconds(7 * 86_400);
    bench.input(ClientInput::Timeout);
    bench.assert_sent(&[Packet::PingReq]);
    let (deadline, _) = bench.client.poll_timeout().unwrap();
    assert_eq!(deadline, bench.now.plus_seconds(10));
}

#[test]
fn a_clock_that_steps_back_or_stands_at_its_end_does_no_harm() {
    let mut bench = Bench::connected(keep_alive(10));
    bench.now = afterlink_core::Timestamp::from_millis(0);
    bench.publish(1, QoS::AtMostOnce);
    bench.input(ClientInput::Timeout);
    bench.now = afterlink_core::Timestamp::MAX;
    bench.input(ClientInput::Timeout);
    bench.input(ClientInput::Timeout);
    assert!(bench.closed);
}

#[test]
fn a_server_that_has_no_room_for_pingreq_is_left() {
    let properties =
        ConnAckProperties { maximum_packet_size: Some(1), ..ConnAckProperties::default() };
    let mut bench = Bench::connected_with(keep_alive(10), properties);
    bench.pass_seconds(10);
    bench.assert_sent(&[]);
    assert!(bench.closed);
}
