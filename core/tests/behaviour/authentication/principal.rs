//! The principal of a session: who may take it over.

use afterlink_core::broker::AuthenticationVerdict;
use afterlink_core::codec::{Packet, ReasonCode};

use super::{authenticated, judged, refused, reject, with_method};
use crate::harness::*;

#[test]
fn nothing_is_taken_over_before_the_newcomer_is_known() {
    let mut world = judged();
    let old = authenticated(&mut world, "client", "alice");
    let rejected = world.begin(with_method("client"));
    world.ping(old);
    world.judge(rejected, reject(ReasonCode::NOT_AUTHORIZED));
    world.ping(old);
    let new = world.begin(with_method("client"));
    world.ping(old);
    world.accept(new, "alice");
    world.expect_disconnect(old, ReasonCode::SESSION_TAKEN_OVER);
}

#[test]
fn of_two_that_are_judged_at_once_the_one_accepted_last_wins() {
    let mut world = judged();
    let first = world.begin(kept(V5, "client"));
    let second = world.begin(kept(V5, "client"));
    world.accept(second, "alice");
    world.accept(first, "alice");
    world.next(second);
    world.expect_disconnect(second, ReasonCode::SESSION_TAKEN_OVER);
    let packet = world.next(first);
    let Packet::ConnAck(connack) = packet.packet() else { panic!("{packet:?}") };
    assert!(connack.session_present);
}

// A session is tied to who made it, so that nobody reads or wipes the session of somebody else.
#[test]
fn a_session_belongs_to_its_principal() {
    let mut world = judged();
    let alice = authenticated(&mut world, "client", "alice");
    world.subscribe(alice, "a", AtLeastOnce);
    for connected in [true, false] {
        if !connected {
            world.cut(alice);
        }
        for version in [V3_1, V3_1_1, V5] {
            for connect in [kept(version, "client"), connect(version, "client")] {
                let mallory = world.begin(connect);
                world.accept(mallory, "mallory");
                refused(&mut world, mallory, ReasonCode::NOT_AUTHORIZED);
            }
        }
        let anonymous = world.begin(kept(V5, "client"));
        let principal = None;
        world.judge(anonymous, AuthenticationVerdict::Accept { principal, data: None });
        refused(&mut world, anonymous, ReasonCode::NOT_AUTHORIZED);
    }
    let back = world.begin(kept(V3_1_1, "client"));
    world.accept(back, "alice");
    assert_eq!(world.next(back).bytes(), [0x20, 2, 1, 0]);
}

#[test]
fn a_session_that_has_expired_belongs_to_nobody() {
    let mut world = judged();
    let mut connect = with_method("client");
    connect.properties.session_expiry_interval = Some(10);
    let alice = world.begin(connect);
    world.accept(alice, "alice");
    world.cut(alice);
    world.sleep(10);
    let bob = world.begin(kept(V5, "client"));
    world.accept(bob, "bob");
    world.ping_after_connack(bob);
}
