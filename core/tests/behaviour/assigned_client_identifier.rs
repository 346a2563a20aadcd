//! Assigned Client Identifiers (§3.1.3.1): whose they are.

use afterlink_core::Broker;
use afterlink_core::broker::Config;
use afterlink_core::codec::Packet;

use crate::harness::*;

/// A broker that draws the same numbers each time.
fn seeded() -> World {
    World::around(Broker::new(Config::default(), [7; 32], START), START)
}

/// Connects without an identifier; gives the peer and the identifier assigned.
fn assigned(world: &mut World) -> (Peer, String) {
    let (peer, packet) = world.handshake(kept(V5, ""));
    let Packet::ConnAck(connack) = packet.packet() else { panic!("{packet:?}") };
    let identifier = connack.properties.assigned_client_identifier.expect("one is assigned");
    (peer, identifier.to_owned())
}

// [MQTT-3.2.2-16] [MQTT-3.1.3-6]
#[test]
fn an_identifier_that_a_session_has_is_assigned_to_nobody_else() {
    let foretold = assigned(&mut seeded()).1;
    let mut world = seeded();
    assert_eq!(assigned(&mut world).1, foretold, "it is what would be assigned next");
    for is_away in [false, true] {
        let mut world = seeded();
        let (owner, present) = world.connect_kept(V5, &foretold);
        assert!(!present);
        world.subscribe(owner, "t", AtLeastOnce);
        if is_away {
            world.cut(owner);
        }
        let (peer, identifier) = assigned(&mut world);
        assert_ne!(identifier, foretold);
        world.publish(peer, "t", "for its owner", AtLeastOnce);
        world.nothing(peer);
        let owner = if is_away { world.connect_kept(V5, &foretold).0 } else { owner };
        assert_eq!(world.payloads(owner), ["for its owner"]);
    }
}

// [MQTT-3.1.3-7]: also where its CONNECT would have taken over, or resumed, a session.
#[test]
fn a_client_that_names_its_assigned_identifier_takes_its_own_session_over() {
    let mut world = World::new();
    let (first, identifier) = assigned(&mut world);
    let (second, present) = world.connect_kept(V5, &identifier);
    assert!(present);
    world.expect_disconnect(first, afterlink_core::codec::ReasonCode::SESSION_TAKEN_OVER);
    world.ping(second);
}
