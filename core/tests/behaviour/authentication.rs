//! The driver as judge: AUTH and principals.

mod principal;
mod re_authentication;

use afterlink_core::broker::{
    Authentication, AuthenticationRequest, AuthenticationVerdict, Config, ConnectionId,
};
use afterlink_core::codec::packet::{Auth, Connect, Disconnect, ReasonProperties};
use afterlink_core::codec::{Packet, ReasonCode};

use crate::handshake::*;
use crate::harness::*;

const CONTINUE: ReasonCode = ReasonCode::CONTINUE_AUTHENTICATION;

/// A broker that asks its driver.
fn judged() -> World {
    World::with(Config { authentication: Authentication::Driver, ..Config::default() })
}

fn with_method(client_identifier: &str) -> Connect<'_> {
    let mut connect = kept(V5, client_identifier);
    connect.properties.authentication_method = Some("SCRAM");
    connect.properties.authentication_data = Some(b"first");
    connect
}

/// The request the driver was asked last.
#[track_caller]
fn asked(world: &mut World, peer: Peer) -> AuthenticationRequest {
    assert_eq!(world.authentications.len(), 1);
    let (connection, request) = world.authentications.remove(0);
    assert_eq!(connection, ConnectionId(peer.0));
    request
}

/// A client that has authenticated with a method, as `principal`.
fn authenticated(world: &mut World, client_identifier: &str, principal: &str) -> Peer {
    let peer = world.begin(with_method(client_identifier));
    world.authentications.clear();
    world.accept(peer, principal);
    let packet = world.next(peer);
    assert!(matches!(packet.packet(), Packet::ConnAck(_)), "{packet:?}");
    peer
}

fn go_on(data: &[u8]) -> AuthenticationVerdict {
    AuthenticationVerdict::Continue { data: Some(data.to_vec()) }
}

fn reject(reason_code: ReasonCode) -> AuthenticationVerdict {
    AuthenticationVerdict::Reject { reason_code }
}

/// Takes an AUTH; gives its code and data.
#[track_caller]
fn auth_came(world: &mut World, peer: Peer) -> (ReasonCode, Option<Vec<u8>>) {
    let packet = world.next(peer);
    let Packet::Auth(auth) = packet.packet() else { panic!("AUTH was expected, {packet:?} came") };
    assert_eq!(auth.authentication_method, Some("SCRAM")); // [MQTT-4.12.0-5]
    (auth.reason_code, auth.authentication_data.map(<[u8]>::to_vec))
}

/// Takes the CONNACK of a refusal, and the close.
#[track_caller]
fn refused(world: &mut World, peer: Peer, reason: ReasonCode) {
    let packet = world.next(peer);
    let Packet::ConnAck(connack) = packet.packet() else { panic!("{packet:?}") };
    assert_eq!(connack.reason_code, reason);
    world.expect_silent_close(peer);
}

#[test]
fn the_driver_is_told_what_connect_says() {
    let mut world = judged();
    let mut connect = with_method("client");
    connect.user_name = Some("user");
    connect.password = Some(b"\0secret");
    let peer = world.begin(connect);
    let expected = AuthenticationRequest {
        client_identifier: "client".to_owned(),
        user_name: Some("user".to_owned()),
        password: Some(b"\0secret".to_vec()),
        method: Some("SCRAM".to_owned()),
        data: Some(b"first".to_vec()),
        re_authentication: false,
    };
    assert_eq!(asked(&mut world, peer), expected);
    world.nothing(peer);
    let old = world.begin(connect_version_3());
    let expected = AuthenticationRequest {
        client_identifier: String::new(),
        user_name: None,
        password: None,
        method: None,
        data: None,
        re_authentication: false,
    };
    assert_eq!(asked(&mut world, old), expected);
}

fn connect_version_3() -> Connect<'static> {
    connect(V3_1_1, "")
}

// [MQTT-3.1.4-6]
#[test]
fn what_is_sent_behind_connect_waits_for_the_verdict() {
    for version in [V3_1_1, V5] {
        let mut world = judged();
        let peer = world.begin(connect(version, "client"));
        assert!(!world.is_reading(peer));
        world.send(peer, &Packet::Publish(publish("a", b"1", AtLeastOnce, 1)));
        world.send(peer, &Packet::PingReq);
        world.send_bytes(peer, &[0xC0]);
        world.nothing(peer);
        world.accept(peer, "somebody");
        assert!(world.is_reading(peer));
        let kinds: Vec<u8> = world.all(peer).iter().map(|packet| packet.bytes()[0]).collect();
        assert_eq!(kinds, [0x20, 0x40, 0xD0]);
        world.send_bytes(peer, &[0x00]);
        assert_eq!(world.next(peer).bytes(), [0xD0, 0]);
    }
}

// [MQTT-3.1.4-6] [MQTT-4.12.0-4]
#[test]
fn what_is_sent_behind_a_connect_that_is_rejected_is_not_processed() {
    let mut world = judged();
    let watcher = world.begin(connect(V5, "watcher"));
    world.accept(watcher, "watcher");
    world.next(watcher);
    world.subscribe(watcher, "#", AtMostOnce);
    let peer = world.begin(connect(V5, "client"));
    world.send(peer, &Packet::Publish(publish("a", b"1", AtMostOnce, 1)));
    world.judge(peer, reject(ReasonCode::BAD_USER_NAME_OR_PASSWORD));
    refused(&mut world, peer, ReasonCode::BAD_USER_NAME_OR_PASSWORD);
    world.nothing(watcher);
    assert_eq!(world.broker.totals().sessions, 1);
}

// [MQTT3-3.2.2-4] [MQTT3-3.2.2-5]
#[test]
fn a_rejection_is_told_in_terms_of_the_version() {
    for (reason, code) in [
        (ReasonCode::BAD_USER_NAME_OR_PASSWORD, 4),
        (ReasonCode::NOT_AUTHORIZED, 5),
        (ReasonCode::BANNED, 5),
        (ReasonCode::SERVER_UNAVAILABLE, 3),
    ] {
        for version in [V3_1, V3_1_1] {
            let mut world = judged();
            let peer = world.begin(connect(version, "client"));
            world.judge(peer, reject(reason));
            assert_eq!(world.next(peer).bytes(), [0x20, 2, 0, code]);
            world.expect_silent_close(peer);
        }
    }
}

// [MQTT-3.2.2-8]
#[test]
fn a_rejection_with_a_code_that_connack_does_not_have_says_not_authorized() {
    for reason in [ReasonCode::SUCCESS, ReasonCode::SESSION_TAKEN_OVER, ReasonCode::from_u8(0xFF)] {
        let mut world = judged();
        let peer = world.begin(connect(V5, "client"));
        world.judge(peer, reject(reason));
        refused(&mut world, peer, ReasonCode::NOT_AUTHORIZED);
    }
}

// [MQTT-4.12.0-1]
#[test]
fn nobody_knows_a_method_where_everybody_is_anonymous() {
    let mut world = World::new();
    world.expect_refused(with_method("client"), ReasonCode::BAD_AUTHENTICATION_METHOD);
}

// [MQTT-4.12.0-2] [MQTT-4.12.0-3] [MQTT-4.12.0-5] [MQTT-3.2.0-1]
#[test]
fn a_method_may_take_several_steps() {
    let mut world = judged();
    let peer = world.begin(with_method("client"));
    asked(&mut world, peer);
    for step in [b"one", b"two"] {
        world.judge(peer, go_on(step));
        assert_eq!(auth_came(&mut world, peer), (CONTINUE, Some(step.to_vec())));
        assert!(world.is_reading(peer));
        world.send(peer, &auth(CONTINUE, "SCRAM", b"answer"));
        let request = asked(&mut world, peer);
        assert_eq!(request.data.as_deref(), Some(b"answer".as_slice()));
        assert!(!request.re_authentication);
        assert!(!world.is_reading(peer));
    }
    let data = Some(b"proof".to_vec());
    world.judge(peer, AuthenticationVerdict::Accept { principal: None, data });
    let packet = world.next(peer);
    let Packet::ConnAck(connack) = packet.packet() else { panic!("{packet:?}") };
    assert_eq!(connack.properties.authentication_method, Some("SCRAM"));
    assert_eq!(connack.properties.authentication_data, Some(b"proof".as_slice()));
    world.ping(peer);
}

// [MQTT-4.12.0-4]
#[test]
fn a_client_may_be_rejected_at_any_step() {
    let mut world = judged();
    let peer = world.begin(with_method("client"));
    world.judge(peer, go_on(b"one"));
    auth_came(&mut world, peer);
    world.send(peer, &auth(CONTINUE, "SCRAM", b"wrong"));
    world.judge(peer, reject(ReasonCode::NOT_AUTHORIZED));
    refused(&mut world, peer, ReasonCode::NOT_AUTHORIZED);
}

// [MQTT-4.12.0-6]
#[test]
fn a_client_without_a_method_is_sent_no_auth() {
    for version in [V3_1_1, V5] {
        let mut world = judged();
        let peer = world.begin(connect(version, "client"));
        world.judge(peer, go_on(b"more"));
        refused(&mut world, peer, ReasonCode::NOT_AUTHORIZED);
    }
    let mut world = judged();
    let peer = world.begin(connect(V5, "client"));
    world.accept(peer, "somebody");
    let packet = world.next(peer);
    let Packet::ConnAck(connack) = packet.packet() else { panic!("{packet:?}") };
    assert_eq!(connack.properties.authentication_method, None);
}

// [MQTT-4.12.0-3] [MQTT-4.12.0-5] [MQTT-3.1.2-30]
#[test]
fn a_client_that_does_not_go_on_with_auth_of_its_method_is_refused() {
    let no_method = Packet::Auth(Auth {
        reason_code: CONTINUE,
        authentication_method: None,
        authentication_data: None,
        properties: ReasonProperties::default(),
    });
    for packet in [
        auth(CONTINUE, "PLAIN", b""),
        auth(ReasonCode::RE_AUTHENTICATE, "SCRAM", b""),
        auth(ReasonCode::SUCCESS, "SCRAM", b""),
        no_method,
        Packet::PingReq,
        Packet::Publish(publish("a", b"x", AtMostOnce, 1)),
        Packet::Connect(with_method("client")),
    ] {
        let mut world = judged();
        let peer = world.begin(with_method("client"));
        world.judge(peer, go_on(b"one"));
        auth_came(&mut world, peer);
        world.authentications.clear();
        world.send(peer, &packet);
        refused(&mut world, peer, ReasonCode::PROTOCOL_ERROR);
        assert_eq!(world.authentications, []);
    }
}

#[test]
fn bytes_that_are_no_packet_refuse_a_client_that_is_being_judged() {
    let mut world = judged();
    let peer = world.begin(with_method("client"));
    world.judge(peer, go_on(b"one"));
    auth_came(&mut world, peer);
    world.send_bytes(peer, &[0x00, 0x00]);
    refused(&mut world, peer, ReasonCode::MALFORMED_PACKET);
}

// [MQTT-3.1.2-30]
#[test]
fn a_client_may_give_up_while_it_is_judged() {
    let mut world = judged();
    let peer = world.begin(with_method("client"));
    world.judge(peer, go_on(b"one"));
    auth_came(&mut world, peer);
    let goodbye = Disconnect::new(ReasonCode::NORMAL_DISCONNECTION);
    world.send(peer, &Packet::Disconnect(goodbye));
    world.expect_silent_close(peer);
    assert_eq!(world.broker.totals().connections, 0);
}

#[test]
fn the_connect_deadline_runs_while_a_client_is_judged() {
    let mut world = judged();
    let waiting = world.begin(with_method("waiting"));
    let answering = world.begin(with_method("answering"));
    world.advance(5);
    world.judge(answering, go_on(b"one"));
    auth_came(&mut world, answering);
    world.send(answering, &auth(CONTINUE, "SCRAM", b"x"));
    world.advance_ms(4_999);
    assert!(!world.is_closed(waiting) && !world.is_closed(answering));
    world.advance_ms(1);
    world.expect_silent_close(waiting);
    world.expect_silent_close(answering);
    // A verdict that comes too late is about nobody.
    world.accept(waiting, "somebody");
    assert_eq!(world.broker.totals().sessions, 0);
}

#[test]
fn a_verdict_on_a_client_that_has_gone_does_nothing() {
    let mut world = judged();
    let peer = world.begin(connect(V5, "client"));
    world.cut(peer);
    world.accept(peer, "somebody");
    assert_eq!(world.broker.totals().sessions, 0);
}
