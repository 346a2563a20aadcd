//! Re-authentication (§4.12.1), and AUTH that comes when nobody waits for it.

use afterlink_core::codec::ReasonCode;

use super::{CONTINUE, asked, auth_came, authenticated, go_on, judged, reject, with_method};
use crate::handshake::*;
use crate::harness::*;

// [MQTT-4.12.1-1]
#[test]
fn a_client_may_authenticate_anew_while_its_packets_go_on() {
    let mut world = judged();
    let peer = authenticated(&mut world, "client", "alice");
    world.send(peer, &auth(ReasonCode::RE_AUTHENTICATE, "SCRAM", b"again"));
    let request = asked(&mut world, peer);
    assert!(request.re_authentication);
    assert_eq!(request.data.as_deref(), Some(b"again".as_slice()));
    world.ping(peer);
    world.judge(peer, go_on(b"prove it"));
    assert_eq!(auth_came(&mut world, peer), (CONTINUE, Some(b"prove it".to_vec())));
    world.publish(peer, "a", "meanwhile", AtLeastOnce);
    world.send(peer, &auth(CONTINUE, "SCRAM", b"proof"));
    asked(&mut world, peer);
    world.accept(peer, "alice");
    assert_eq!(auth_came(&mut world, peer), (ReasonCode::SUCCESS, None));
    world.send(peer, &auth(ReasonCode::RE_AUTHENTICATE, "SCRAM", b"once more"));
    asked(&mut world, peer);
}

// [MQTT-4.12.1-2]
#[test]
fn a_client_that_fails_to_authenticate_anew_is_disconnected() {
    for (reason, told) in [
        (ReasonCode::NOT_AUTHORIZED, ReasonCode::NOT_AUTHORIZED),
        // Codes of CONNACK that DISCONNECT does not have [MQTT-3.14.2-1].
        (ReasonCode::BAD_USER_NAME_OR_PASSWORD, ReasonCode::NOT_AUTHORIZED),
        (ReasonCode::BANNED, ReasonCode::NOT_AUTHORIZED),
        (ReasonCode::BAD_AUTHENTICATION_METHOD, ReasonCode::BAD_AUTHENTICATION_METHOD),
    ] {
        let mut world = judged();
        let peer = authenticated(&mut world, "client", "alice");
        world.send(peer, &auth(ReasonCode::RE_AUTHENTICATE, "SCRAM", b"again"));
        world.judge(peer, reject(reason));
        world.expect_disconnect(peer, told);
    }
}

#[test]
fn nobody_becomes_somebody_else_by_authenticating_anew() {
    let mut world = judged();
    let peer = authenticated(&mut world, "client", "alice");
    world.send(peer, &auth(ReasonCode::RE_AUTHENTICATE, "SCRAM", b"again"));
    world.accept(peer, "bob");
    world.expect_disconnect(peer, ReasonCode::NOT_AUTHORIZED);
}

// [MQTT-4.12.0-5] [MQTT-4.12.1-1]
#[test]
fn an_auth_out_of_turn_is_a_protocol_error() {
    for packet in [
        auth(ReasonCode::RE_AUTHENTICATE, "PLAIN", b""),
        auth(CONTINUE, "SCRAM", b""),
        auth(ReasonCode::SUCCESS, "SCRAM", b""),
    ] {
        let mut world = judged();
        let peer = authenticated(&mut world, "client", "alice");
        world.send(peer, &packet);
        world.expect_disconnect(peer, ReasonCode::PROTOCOL_ERROR);
        assert_eq!(world.authentications, []);
    }
    // While the driver judges it is not the client's turn.
    for second in [ReasonCode::RE_AUTHENTICATE, CONTINUE] {
        let mut world = judged();
        let peer = authenticated(&mut world, "client", "alice");
        world.send(peer, &auth(ReasonCode::RE_AUTHENTICATE, "SCRAM", b""));
        world.send(peer, &auth(second, "SCRAM", b""));
        world.expect_disconnect(peer, ReasonCode::PROTOCOL_ERROR);
        assert_eq!(world.authentications.len(), 1);
    }
}

// [MQTT-4.12.0-7]
#[test]
fn a_client_that_named_no_method_may_not_send_auth() {
    let mut world = judged();
    let peer = world.begin(connect(V5, "client"));
    world.accept(peer, "alice");
    world.next(peer);
    world.send(peer, &auth(ReasonCode::RE_AUTHENTICATE, "SCRAM", b""));
    world.expect_disconnect(peer, ReasonCode::PROTOCOL_ERROR);
}

#[test]
fn a_verdict_that_nobody_asked_for_does_nothing() {
    let mut world = judged();
    let peer = authenticated(&mut world, "client", "alice");
    world.accept(peer, "bob");
    world.judge(peer, reject(ReasonCode::NOT_AUTHORIZED));
    world.judge(peer, go_on(b"x"));
    world.nothing(peer);
    world.ping(peer);
    let idle = world.open();
    world.accept(idle, "bob");
    world.nothing(idle);
}

// [MQTT-3.1.2-24]
#[test]
fn an_auth_that_is_too_large_for_the_client_is_not_sent() {
    let mut world = judged();
    let mut connect = with_method("client");
    connect.properties.maximum_packet_size = Some(60);
    let peer = world.begin(connect);
    world.judge(peer, go_on(&[0; 100]));
    // Without the AUTH the client could only wait for its deadline.
    world.expect_silent_close(peer);
}

// [MQTT-3.15.2-2] [MQTT-3.15.2-3]
#[test]
fn an_auth_carries_nothing_that_can_be_left_out_where_there_is_no_room() {
    let mut world = judged();
    let mut connect = with_method("client");
    connect.properties.maximum_packet_size = Some(18);
    let peer = world.begin(connect);
    world.judge(peer, go_on(b"one"));
    assert_eq!(world.next(peer).bytes(), b"\xF0\x10\x18\x0E\x15\0\x05SCRAM\x16\0\x03one");
}
