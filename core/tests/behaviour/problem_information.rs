//! Request Problem Information (§3.1.2.11.7): who wants none is told codes alone.

use afterlink_core::broker::{Authentication, AuthenticationVerdict, Config};
use afterlink_core::codec::{Packet, ReasonCode};

use crate::exchange::*;
use crate::handshake::*;
use crate::harness::*;

// [MQTT-3.1.2-29]
#[test]
fn who_wants_no_problem_information_is_told_codes_alone_in_every_answer() {
    let mut world =
        World::with(Config { authentication: Authentication::Driver, ..Config::default() });
    let mut asked = connect(V5, "client");
    asked.properties.request_problem_information = Some(false);
    asked.properties.authentication_method = Some("m");
    let peer = world.begin(asked);
    world.judge(peer, AuthenticationVerdict::Continue { data: None });
    assert_eq!(world.next(peer).bytes(), b"\xF0\x06\x18\x04\x15\0\x01m");
    world.send(peer, &auth(ReasonCode::CONTINUE_AUTHENTICATION, "m", b""));
    world.judge(peer, AuthenticationVerdict::Accept { principal: None, data: None });
    assert!(matches!(world.next(peer).packet(), Packet::ConnAck(_)));
    for (sent, answer) in ANSWERED_BY_A_CODE {
        world.send_bytes(peer, sent);
        assert_eq!(world.next(peer).bytes(), answer);
    }
    world.nothing(peer);
}
