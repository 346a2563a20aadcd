//! No Local: a client is not sent what it has published, whatever way it went meanwhile.

use afterlink_core::codec::packet::SubscriptionOptions;

use crate::exchange::*;
use crate::harness::*;

fn asked(no_local: bool) -> SubscriptionOptions {
    SubscriptionOptions { no_local, ..options(AtLeastOnce) }
}

// [MQTT-3.8.3-3]
#[test]
fn the_will_of_a_client_is_its_own_message() {
    for no_local in [false, true] {
        for taken_over in [false, true] {
            let mut world = World::new();
            let mut connect = kept(V5, "client");
            connect.will = Some(will("will", "own", AtLeastOnce));
            let (client, _) = world.connect_with(connect);
            world.subscribe_options(client, "will", asked(no_local), None);
            let other = world.connect("other");
            world.subscribe_options(other, "will", asked(true), None);
            if !taken_over {
                world.cut(client);
            }
            let (client, present) = world.connect_kept(V5, "client");
            assert!(present);
            let expected: &[&str] = if no_local { &[] } else { &["own"] };
            assert_eq!(world.payloads(client), expected, "no local {no_local}");
            assert_eq!(world.payloads(other), ["own"], "no local is about the client's own");
        }
    }
}

// [MQTT-3.8.3-3]
#[test]
fn a_retained_message_is_its_publisher_s_own_in_every_later_session_of_it() {
    let mut world = World::new();
    let publisher = world.connect("publisher");
    world.retain(publisher, "t", "own", AtLeastOnce);
    world.disconnect(publisher);
    for (client_identifier, expected) in [("publisher", 0), ("Publisher", 1)] {
        let client = world.connect(client_identifier);
        world.subscribe_options(client, "t", asked(true), None);
        assert_eq!(world.payloads(client).len(), expected, "{client_identifier}");
    }
}
