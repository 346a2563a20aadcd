//! The Maximum Packet Size of a client, for what is no live message, and packets that no bytes
//! can say.

use afterlink_core::broker::{Authentication, AuthenticationVerdict, Config};
use afterlink_core::codec::packet::{Connect, Unsubscribe, UnsubscribeFilters};
use afterlink_core::codec::{Packet, ReasonCode, UserProperties};
use afterlink_core::session::DropCause;

use crate::exchange::*;
use crate::handshake::*;
use crate::harness::*;

fn small(client_identifier: &str, bytes: u32) -> Connect<'_> {
    let mut connect = kept(V5, client_identifier);
    connect.properties.maximum_packet_size = Some(bytes);
    connect
}

fn judged() -> World {
    World::with(Config { authentication: Authentication::Driver, ..Config::default() })
}

// [MQTT-3.1.2-24]
#[test]
fn an_unsuback_that_is_too_large_for_the_client_is_not_sent() {
    let mut world = World::new();
    let (client, _) = world.connect_with(small("client", 19));
    assert_eq!(world.unsubscribe(client, &["t"; 14]).len(), 14, "19 bytes");
    let unsubscribe = Unsubscribe {
        packet_identifier: id(1),
        user_properties: UserProperties::NONE,
        filters: UnsubscribeFilters::from_slice(&["t"; 15]),
    };
    world.send(client, &Packet::Unsubscribe(unsubscribe));
    world.nothing(client);
    world.ping(client);
}

// [MQTT-3.1.2-24]: what makes a copy larger than that of another subscriber counts.
#[test]
fn a_live_message_is_measured_with_the_identifiers_and_the_alias_of_its_own_client() {
    let mut world = World::new();
    let plain = world.connect_with(small("plain", 50)).0;
    world.subscribe(plain, "topic", AtMostOnce);
    let identified = world.connect_with(small("identified", 50)).0;
    world.subscribe_options(identified, "topic", options(AtMostOnce), Some(1));
    let mut asked = small("aliased", 50);
    asked.properties.topic_alias_maximum = Some(5);
    let aliased = world.connect_with(asked).0;
    world.subscribe(aliased, "topic", AtMostOnce);
    let publisher = world.connect("publisher");
    // Besides the payload there are 2 bytes of Fixed Header, 7 of the topic and the Property
    // Length; an identifier has 2.
    for (spare, came) in [(-1, [0, 0, 0]), (0, [1, 0, 1]), (1, [1, 0, 1]), (2, [1, 1, 1])] {
        let len = usize::try_from(50 - 2 - 7 - 1 - spare).expect("not less than nothing");
        world.publish(publisher, "topic", &"x".repeat(len), AtMostOnce);
        for (client, came) in [plain, identified, aliased].into_iter().zip(came) {
            assert_eq!(world.payloads(client).len(), came, "{spare} bytes to spare");
        }
    }
}

// [MQTT-3.1.2-24] [MQTT-3.1.2-25]
#[test]
fn a_retained_message_too_large_for_the_client_is_dropped_and_those_behind_it_come() {
    let mut world = World::new();
    let publisher = world.connect("publisher");
    for (topic, len) in [("t/1", 50), ("t/2", 1), ("t/3", 50), ("t/4", 1)] {
        world.retain(publisher, topic, &"x".repeat(len), AtLeastOnce);
    }
    let (client, _) = world.connect_with(small("client", 50));
    world.subscribe(client, "t/+", AtLeastOnce);
    let given: Vec<_> = (0..2).map(|_| world.take(client).topic).collect();
    assert_eq!(given, ["t/2", "t/4"]);
    world.nothing(client);
    let too_large = |topic| (Some("client"), topic, DropCause::TooLarge);
    assert_eq!(world.drops(), [too_large("t/1"), too_large("t/3")]);
}

// [MQTT-3.1.2-24]
#[test]
fn a_message_of_a_group_that_is_too_large_for_its_member_is_not_sent_to_it() {
    for is_away in [false, true] {
        let mut world = World::new();
        let (member, _) = world.connect_with(small("member", 50));
        world.subscribe(member, "$share/g/t", AtLeastOnce);
        if is_away {
            world.cut(member);
        }
        let publisher = world.connect("publisher");
        world.publish(publisher, "t", &"x".repeat(50), AtLeastOnce);
        world.publish(publisher, "t", "small", AtLeastOnce);
        let member = if is_away { world.connect_with(small("member", 50)).0 } else { member };
        assert_eq!(world.payloads(member), ["small"]);
        assert_eq!(world.broker.session("member").expect("kept").inflight_len, 0);
    }
}

// [MQTT-3.1.2-24]
#[test]
fn an_auth_that_is_too_large_for_a_client_that_authenticates_anew_ends_the_connection() {
    let mut world = judged();
    let mut asked = small("client", 60);
    asked.properties.authentication_method = Some("m");
    let peer = world.begin(asked);
    world.accept(peer, "somebody");
    assert!(matches!(world.next(peer).packet(), Packet::ConnAck(_)));
    world.send(peer, &auth(ReasonCode::RE_AUTHENTICATE, "m", b""));
    world.judge(peer, AuthenticationVerdict::Continue { data: Some(vec![0; 60]) });
    world.expect_disconnect(peer, ReasonCode::PACKET_TOO_LARGE);
}

// [MQTT-3.2.0-1]: a client is not left on a connection of which it was never told.
#[test]
fn a_connack_that_no_bytes_can_say_ends_the_connection() {
    for data in [65_535, 65_536] {
        let mut world = judged();
        let mut asked = kept(V5, "client");
        asked.properties.authentication_method = Some("m");
        let peer = world.begin(asked);
        let data = Some(vec![0; data]);
        let fits = data.as_ref().is_some_and(|data| data.len() <= 65_535);
        world.judge(peer, AuthenticationVerdict::Accept { principal: None, data });
        if fits {
            world.ping_after_connack(peer);
        } else {
            world.expect_silent_close(peer);
            assert_eq!(world.broker.totals().connections, 0);
        }
    }
}

#[test]
fn an_auth_that_no_bytes_can_say_ends_the_connection() {
    let mut world = judged();
    let mut asked = kept(V5, "client");
    asked.properties.authentication_method = Some("m");
    let peer = world.begin(asked);
    world.judge(peer, AuthenticationVerdict::Continue { data: Some(vec![0; 65_536]) });
    world.expect_silent_close(peer);
}
