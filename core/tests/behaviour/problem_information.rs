//! Request Problem Information (§3.1.2.11.7): who wants none is told codes alone.

use afterlink_core::broker::{Authentication, AuthenticationVerdict, Config};
use afterlink_core::codec::{Packet, ReasonCode};

use crate::handshake::*;
use crate::harness::*;

/// What a client sends that goes wrong, and the answer with nothing but its codes.
const CASES: [(&[u8], &[u8]); 6] = [
    (b"\x32\x08\0\x03$no\0\x01\0", b"\x40\x03\0\x01\x87"),
    (b"\x34\x08\0\x03$no\0\x02\0", b"\x50\x03\0\x02\x87"),
    (b"\x50\x02\0\x03", b"\x62\x03\0\x03\x92"),
    (b"\x62\x02\0\x04", b"\x70\x03\0\x04\x92"),
    (b"\x82\x08\0\x05\0\0\x02a#\0", b"\x90\x04\0\x05\0\x8F"),
    (b"\xA2\x06\0\x06\0\0\x01a", b"\xB0\x04\0\x06\0\x11"),
];

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
    for (sent, answer) in CASES {
        world.send_bytes(peer, sent);
        assert_eq!(world.next(peer).bytes(), answer);
    }
    world.nothing(peer);
}
