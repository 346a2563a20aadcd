//! Maximum Packet Size (§3.1.2.11.4): what is too large for a client is not sent to it.

use afterlink_core::codec::packet::{Connect, Subscribe, SubscribeFilters};
use afterlink_core::codec::{Packet, UserProperties};
use afterlink_core::session::DropCause;

use crate::exchange::*;
use crate::harness::*;

fn kept_with_packet_size(client_identifier: &str, bytes: u32) -> Connect<'_> {
    let mut connect = kept(V5, client_identifier);
    connect.properties.maximum_packet_size = Some(bytes);
    connect
}

// [MQTT-3.1.2-24] [MQTT-3.1.2-25]
#[test]
fn a_message_too_large_for_the_client_is_dropped_and_the_rest_flows() {
    let mut world = World::new();
    world.away(V5, "client", "#", ExactlyOnce);
    let publisher = world.connect("publisher");
    world.publish(publisher, "large", &"x".repeat(100), AtLeastOnce);
    world.publish(publisher, "t", "1", AtLeastOnce);
    world.publish(publisher, "large", &"x".repeat(100), ExactlyOnce);
    world.publish(publisher, "t", "2", ExactlyOnce);
    let (client, _) = world.connect_with(kept_with_packet_size("client", 50));
    let one = world.message(client);
    let two = world.message(client);
    assert_eq!((one.payload.as_str(), one.identifier), ("1", 1), "no identifier is lost");
    assert_eq!((two.payload.as_str(), two.identifier), ("2", 2));
    world.publish(publisher, "large", &"x".repeat(100), AtMostOnce);
    world.publish(publisher, "large", &"x".repeat(100), AtLeastOnce);
    world.nothing(client);
    assert_eq!(world.drops(), [(Some("client"), "large", DropCause::TooLarge); 4]);
    assert_eq!(world.broker.session("client").unwrap().drops.too_large, 4);
    assert_eq!(world.broker.totals().queued_bytes, 0);
}

// [MQTT-3.1.2-24]
#[test]
fn a_message_of_exactly_the_maximum_packet_size_is_sent() {
    for (qos, overhead) in [(AtMostOnce, 6), (AtLeastOnce, 8)] {
        let mut world = World::new();
        let client = world.connect_with(kept_with_packet_size("client", 50)).0;
        world.subscribe(client, "#", AtLeastOnce);
        let publisher = world.connect("publisher");
        let fits = "x".repeat(50 - overhead);
        world.publish(publisher, "t", &fits, qos);
        let packet = world.next(client);
        assert_eq!(packet.bytes().len(), 50);
        world.publish(publisher, "t", &format!("{fits}x"), qos);
        world.nothing(client);
    }
}

// [MQTT-3.1.2-24] [MQTT-3.1.2-25]
#[test]
fn what_waited_may_be_exactly_as_large_as_the_maximum_packet_size() {
    for (qos, overhead) in [(AtMostOnce, 6), (AtLeastOnce, 8)] {
        for beyond in [0, 1] {
            let mut world = World::set(|config| config.queue_qos0_offline = true);
            world.away(V5, "client", "#", AtLeastOnce);
            let publisher = world.connect("publisher");
            world.publish(publisher, "t", &"x".repeat(50 - overhead + beyond), qos);
            let (client, _) = world.connect_with(kept_with_packet_size("client", 50));
            assert_eq!(world.payloads(client).len(), 1 - beyond, "{qos:?}");
            assert_eq!(world.drops().len(), beyond);
            assert_eq!(world.broker.session("client").unwrap().inflight_len, 0);
        }
    }
}

// [MQTT-3.1.2-25]
#[test]
fn what_was_sent_and_no_longer_fits_is_given_up_and_its_identifier_freed() {
    let mut world = World::new();
    let (client, _) = world.connect_kept(V5, "client");
    world.subscribe(client, "#", ExactlyOnce);
    let publisher = world.connect("publisher");
    world.publish(publisher, "large", &"x".repeat(100), AtLeastOnce);
    world.publish(publisher, "large", &"x".repeat(100), ExactlyOnce);
    world.publish(publisher, "t", "1", AtLeastOnce);
    world.cut(client);
    let (client, _) = world.connect_with(kept_with_packet_size("client", 50));
    assert_eq!(world.payloads(client), ["1"]);
    assert_eq!(world.broker.session("client").unwrap().inflight_len, 0);
    assert_eq!(world.drops(), [(Some("client"), "large", DropCause::TooLarge); 2]);
}

// [MQTT-3.1.2-24]
#[test]
fn what_is_sent_again_may_be_exactly_as_large_as_the_maximum_packet_size() {
    for (qos, dropped) in [(AtLeastOnce, 0), (AtLeastOnce, 1), (ExactlyOnce, 0), (ExactlyOnce, 1)] {
        let mut world = World::new();
        let (client, _) = world.connect_kept(V5, "client");
        world.subscribe(client, "#", ExactlyOnce);
        let publisher = world.connect("publisher");
        world.publish(publisher, "t", &"x".repeat(50 - 8), qos);
        assert_eq!(world.next(client).bytes().len(), 50);
        world.cut(client);
        let (client, _) = world.connect_with(kept_with_packet_size("client", 50 - dropped));
        assert_eq!(world.payloads(client).len(), 1 - dropped as usize);
    }
}

#[test]
fn a_message_too_large_for_one_connection_is_judged_anew_on_the_next() {
    let mut world = World::new();
    let client = world.connect_with(kept_with_packet_size("client", 50)).0;
    world.subscribe(client, "#", AtLeastOnce);
    world.cut(client);
    let publisher = world.connect("publisher");
    let large = "x".repeat(100);
    world.publish(publisher, "large", &large, AtLeastOnce);
    let (client, _) = world.connect_kept(V5, "client");
    assert_eq!(world.payloads(client), [large]);
}

// [MQTT-3.1.2-24]
#[test]
fn one_subscriber_s_packet_size_does_not_bind_another() {
    let mut world = World::new();
    let small = world.connect_with(kept_with_packet_size("small", 50)).0;
    let large = world.connect("large");
    for client in [small, large] {
        world.subscribe(client, "#", AtMostOnce);
    }
    let publisher = world.connect("publisher");
    world.publish(publisher, "t", &"x".repeat(100), AtMostOnce);
    world.nothing(small);
    assert_eq!(world.payloads(large).len(), 1);
}

// [MQTT-3.2.2-20] [MQTT-3.4.2-2] [MQTT-3.4.2-3] [MQTT-3.5.2-2] [MQTT-3.5.2-3] [MQTT-3.6.2-2]
// [MQTT-3.6.2-3] [MQTT-3.7.2-2] [MQTT-3.7.2-3] [MQTT-3.9.2-1] [MQTT-3.9.2-2] [MQTT-3.11.2-1]
// [MQTT-3.11.2-2] [MQTT-3.14.2-3] [MQTT-3.14.2-4]
#[test]
fn a_client_of_the_smallest_packet_size_is_told_nothing_that_can_be_left_out() {
    // CONNACK with its four properties has 19 bytes.
    let mut world = World::new();
    let (client, connack) = world.handshake(kept_with_packet_size("small", 19));
    assert_eq!(connack.bytes().len(), 19);
    for (sent, answer) in ANSWERED_BY_A_CODE {
        world.send_bytes(client, sent);
        assert_eq!(world.next(client).bytes(), answer);
    }
    world.send_bytes(client, b"\x00\x00");
    assert_eq!(world.next(client).bytes(), b"\xE0\x01\x81");
    world.expect_silent_close(client);
}

// [MQTT-3.1.2-24]
#[test]
fn a_suback_that_is_too_large_for_the_client_is_not_sent() {
    let mut world = World::new();
    let client = world.connect_with(kept_with_packet_size("small", 19)).0;
    let filters = [filter_of("t", AtMostOnce); 14];
    assert_eq!(world.subscribe_with(client, &filters).len(), 14, "19 bytes");
    let filters = [filter_of("t", AtMostOnce); 15];
    let subscribe = Subscribe {
        packet_identifier: id(1),
        subscription_identifier: None,
        user_properties: UserProperties::NONE,
        filters: SubscribeFilters::from_slice(&filters),
    };
    world.send(client, &Packet::Subscribe(subscribe));
    world.nothing(client);
    world.ping(client);
}
