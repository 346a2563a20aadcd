//! Reason Codes: what a client may say, and which of a server's it takes.

use afterlink_core::client::*;
use afterlink_core::codec::packet::*;
use afterlink_core::codec::*;

use crate::harness::*;

/// Says each byte with `command` on a connected client of `config`; gives those that were sent.
fn said(
    config: &ClientConfig,
    properties: &ConnAckProperties<'_>,
    command: impl Fn(&mut Bench, ReasonCode),
) -> Vec<u8> {
    let is_said = |code: &u8| {
        let mut bench = Bench::connected_with(config.clone(), properties.clone());
        command(&mut bench, ReasonCode::from_u8(*code));
        let refusal = Refusal::ReasonCodeNotAllowed;
        let refused = ClientEvent::CommandRefused { tag: None, refusal };
        let is_refused = bench.events.contains(&refused);
        assert_ne!(is_refused, !bench.sent.is_empty(), "{code:#x} is sent or refused");
        !is_refused
    };
    (0..=u8::MAX).filter(is_said).collect()
}

// [MQTT-3.14.2-1]: §3.14.2.1 says which a client sends; 0x8C stands in §2.4.
#[test]
fn a_client_leaves_with_the_codes_of_a_client() {
    let codes = said(&v5(), &ConnAckProperties::default(), |bench, reason_code| {
        bench.command(ClientCommand::Disconnect { reason_code, session_expiry_interval: None });
    });
    let expected =
        [0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x8C, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99];
    assert_eq!(codes, expected);
}

// [MQTT-3.4.2-1] [MQTT-3.5.2-1]: 0x10 is sent only by a server.
#[test]
fn a_client_acknowledges_with_the_codes_of_a_client() {
    let config = ClientConfig { acknowledgement_mode: AcknowledgementMode::Manual, ..v5() };
    for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
        let codes = said(&config, &ConnAckProperties::default(), |bench, reason_code| {
            bench.server_sends(&publish(qos, 1, false, "a"));
            bench.forget();
            let packet_identifier = identifier(1);
            bench.command(ClientCommand::Acknowledge { packet_identifier, reason_code });
        });
        assert_eq!(codes, [0x00, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99], "{qos:?}");
    }
}

fn scram() -> ClientConfig {
    ClientConfig { authentication_method: Some("SCRAM".to_owned()), ..v5() }
}

fn with_method() -> ConnAckProperties<'static> {
    ConnAckProperties { authentication_method: Some("SCRAM"), ..ConnAckProperties::default() }
}

fn authenticate(reason_code: ReasonCode) -> ClientCommand {
    ClientCommand::Authenticate { reason_code, authentication_data: None }
}

// [MQTT-3.15.2-1] [MQTT-4.12.1-1] [MQTT-4.12.0-3]
#[test]
fn a_client_begins_with_one_code_of_auth_and_goes_on_with_another() {
    let codes = said(&scram(), &with_method(), |bench, reason_code| {
        bench.command(authenticate(reason_code));
    });
    assert_eq!(codes, [0x19]);
    let codes = said(&scram(), &with_method(), |bench, reason_code| {
        bench.command(authenticate(ReasonCode::RE_AUTHENTICATE));
        bench.forget();
        bench.command(authenticate(reason_code));
    });
    assert_eq!(codes, [0x18]);
}

// [MQTT-4.12.0-2] [MQTT-3.15.2-1]
#[test]
fn a_server_that_sends_an_auth_with_a_code_that_is_not_its_turn_is_left() {
    let connecting = || {
        let mut bench = Bench::new(scram());
        bench.open();
        bench
    };
    let again = || {
        let mut bench = Bench::connected_with(scram(), with_method());
        bench.command(authenticate(ReasonCode::RE_AUTHENTICATE));
        bench
    };
    for (mut bench, code, is_taken) in [
        (connecting(), ReasonCode::CONTINUE_AUTHENTICATION, true),
        (connecting(), ReasonCode::SUCCESS, false),
        (connecting(), ReasonCode::RE_AUTHENTICATE, false),
        (again(), ReasonCode::CONTINUE_AUTHENTICATION, true),
        (again(), ReasonCode::SUCCESS, true),
        (again(), ReasonCode::RE_AUTHENTICATE, false),
    ] {
        bench.forget();
        bench.server_sends(&Packet::Auth(Auth {
            reason_code: code,
            authentication_method: Some("SCRAM"),
            authentication_data: None,
            properties: ReasonProperties::default(),
        }));
        assert_eq!(bench.closed, !is_taken, "{code}");
        let disconnect = Packet::Disconnect(Disconnect::new(ReasonCode::PROTOCOL_ERROR));
        bench.assert_sent(if is_taken { &[] } else { std::slice::from_ref(&disconnect) });
    }
}
