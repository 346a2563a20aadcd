//! AUTH: extended authentication.

use afterlink_core::client::*;
use afterlink_core::codec::packet::*;
use afterlink_core::codec::*;

use crate::harness::*;

fn scram() -> ClientConfig {
    ClientConfig { authentication_method: Some("SCRAM".to_owned()), ..v5() }
}

fn with_method() -> ConnAckProperties<'static> {
    ConnAckProperties { authentication_method: Some("SCRAM"), ..ConnAckProperties::default() }
}

fn auth(reason_code: ReasonCode, data: &'static [u8]) -> Auth<'static> {
    Auth {
        reason_code,
        authentication_method: Some("SCRAM"),
        authentication_data: Some(data),
        properties: ReasonProperties::default(),
    }
}

fn command(reason_code: ReasonCode, data: &str) -> ClientCommand {
    ClientCommand::Authenticate { reason_code, authentication_data: Some(data.into()) }
}

fn asked(code: ReasonCode, data: &[u8]) -> ClientEvent {
    ClientEvent::Authenticate { reason: failed(code), authentication_data: Some(data.to_vec()) }
}

const CONTINUE: ReasonCode = ReasonCode::CONTINUE_AUTHENTICATION;
const AGAIN: ReasonCode = ReasonCode::RE_AUTHENTICATE;

#[track_caller]
fn assert_protocol_error(bench: &mut Bench) {
    bench.assert_sent(&[Packet::Disconnect(Disconnect::new(ReasonCode::PROTOCOL_ERROR))]);
    assert!(bench.closed);
}

#[test]
fn authentication_takes_as_many_steps_as_the_server_wants() {
    let mut bench = Bench::new(scram());
    bench.open();
    bench.forget();
    for (challenge, answer) in [("1", &b"a"[..]), ("2", &b"b"[..])] {
        bench.server_sends(&Packet::Auth(auth(CONTINUE, answer)));
        bench.assert_events(&[asked(CONTINUE, answer)]);
        bench.command(command(CONTINUE, challenge));
        assert_eq!(bench.sent.len(), 1);
        bench.forget();
    }
    let properties = ConnAckProperties { authentication_data: Some(b"end"), ..with_method() };
    bench.server_sends(&accepted(false, properties));
    let Some(ClientEvent::Connected(connected)) = bench.events.pop_front() else {
        panic!("not connected")
    };
    assert_eq!(connected.authentication_data.as_deref(), Some(&b"end"[..]));
}

#[test]
fn auth_carries_the_method_of_connect() {
    let mut bench = Bench::new(scram());
    bench.open();
    bench.forget();
    bench.command(command(CONTINUE, "x"));
    bench.assert_sent(&[Packet::Auth(auth(CONTINUE, b"x"))]);
}

#[test]
fn each_step_gives_the_server_time_again() {
    let mut bench = Bench::new(scram());
    bench.open();
    bench.pass_seconds(9);
    bench.server_sends(&Packet::Auth(auth(CONTINUE, b"x")));
    bench.pass_seconds(9);
    bench.command(command(CONTINUE, "y"));
    assert_eq!(bench.pass_seconds(9), []);
    assert_eq!(bench.pass_seconds(1), [ClientTimer::ConnAck]);
}

#[test]
fn a_client_can_authenticate_again() {
    let mut bench = Bench::connected_with(scram(), with_method());
    bench.command(command(AGAIN, "1"));
    bench.server_sends(&Packet::Auth(auth(CONTINUE, b"a")));
    bench.command(command(CONTINUE, "2"));
    bench.server_sends(&Packet::Auth(auth(ReasonCode::SUCCESS, b"b")));
    bench.assert_sent(&[Packet::Auth(auth(AGAIN, b"1")), Packet::Auth(auth(CONTINUE, b"2"))]);
    bench.assert_events(&[asked(CONTINUE, b"a"), asked(ReasonCode::SUCCESS, b"b")]);
    // It is over: the server has nothing to say by AUTH any more.
    bench.server_sends(&Packet::Auth(auth(CONTINUE, b"c")));
    assert_protocol_error(&mut bench);
}

#[test]
fn auth_that_may_not_be_sent_is_refused_to_the_caller() {
    use Refusal::*;
    let connected = |config, properties| Bench::connected_with(config, properties);
    let mut connecting = Bench::new(scram());
    connecting.open();
    connecting.forget();
    for (mut bench, code, refusal) in [
        (Bench::new(scram()), CONTINUE, NotConnected),
        (connecting, AGAIN, ReasonCodeNotAllowed),
        (connected(scram(), with_method()), CONTINUE, ReasonCodeNotAllowed),
        (connected(scram(), with_method()), ReasonCode::SUCCESS, ReasonCodeNotAllowed),
        (connected(v5(), ConnAckProperties::default()), AGAIN, AuthenticationMethodMissing),
        (connected(v3(), ConnAckProperties::default()), AGAIN, NotInVersion),
    ] {
        bench.command(command(code, "x"));
        bench.assert_events(&[ClientEvent::CommandRefused { tag: None, refusal }]);
        bench.assert_sent(&[]);
    }
}

#[test]
fn auth_that_nobody_asked_for_is_a_fault() {
    let mut connecting = Bench::new(v5());
    connecting.open();
    connecting.forget();
    let connected = Bench::connected_with(scram(), with_method());
    for mut bench in [connecting, connected] {
        bench.server_sends(&Packet::Auth(auth(CONTINUE, b"x")));
        assert_protocol_error(&mut bench);
    }
}

#[test]
fn the_server_must_stay_with_the_method() {
    for method in [None, Some("PLAIN")] {
        let mut bench = Bench::new(scram());
        bench.open();
        bench.forget();
        let auth = Auth { authentication_method: method, ..auth(CONTINUE, b"x") };
        bench.server_sends(&Packet::Auth(auth));
        assert!(bench.closed);

        let mut bench = Bench::new(scram());
        bench.open();
        bench.forget();
        let properties =
            ConnAckProperties { authentication_method: method, ..ConnAckProperties::default() };
        bench.server_sends(&accepted(false, properties));
        assert_protocol_error(&mut bench);
    }
    let mut bench = Bench::new(v5());
    bench.open();
    bench.forget();
    bench.server_sends(&accepted(false, with_method()));
    assert_protocol_error(&mut bench);
}

// [MQTT-4.12.1-2]
#[test]
fn a_server_that_changes_the_method_while_a_client_authenticates_again_is_left() {
    let mut bench = Bench::connected_with(scram(), with_method());
    bench.command(command(AGAIN, "1"));
    bench.forget();
    let other = Auth { authentication_method: Some("PLAIN"), ..auth(CONTINUE, b"x") };
    bench.server_sends(&Packet::Auth(other));
    assert_protocol_error(&mut bench);
}

#[test]
fn only_auth_and_disconnect_leave_before_connack() {
    let mut bench = Bench::new(ClientConfig { keep_alive: 1, ..scram() });
    bench.open();
    bench.forget();
    bench.publish(1, QoS::AtMostOnce);
    bench.publish(2, QoS::AtLeastOnce);
    bench.command(subscribe(3, vec![filter("a", QoS::AtMostOnce)]));
    bench.command(ClientCommand::Ping);
    bench.pass_seconds(9);
    bench.assert_sent(&[]);
}
