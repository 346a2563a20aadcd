//! What a client sets bounds to: Receive Maximum, Maximum Packet Size, Topic Alias Maximum, and
//! what its network takes.

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

fn with_aliases(client_identifier: &str, maximum: u16) -> Connect<'_> {
    let mut connect = kept(V5, client_identifier);
    connect.properties.topic_alias_maximum = Some(maximum);
    connect
}

/// The topic and the Topic Alias of the next PUBLISH, as they stand on the wire.
#[track_caller]
fn topic_and_alias(world: &mut World, peer: Peer) -> (String, Option<u16>) {
    let packet = world.next(peer);
    let Packet::Publish(publish) = packet.packet() else { panic!("{packet:?}") };
    if let Some(identifier) = publish.packet_identifier {
        world.send(peer, &Packet::PubAck(ack(identifier.get())));
    }
    (publish.topic.to_owned(), publish.properties.topic_alias)
}

// [MQTT-3.3.4-9] [MQTT-4.9.0-1] [MQTT-4.9.0-2]
#[test]
fn receive_maximum_counts_qos_1_and_2_together_and_a_pubrec_frees_nothing() {
    let mut world = World::new();
    let (client, _) = world.connect_with(kept_with_receive_maximum("client", 2));
    world.subscribe(client, "#", ExactlyOnce);
    let publisher = world.connect("publisher");
    for (payload, qos) in [("1", AtLeastOnce), ("2", ExactlyOnce), ("3", AtLeastOnce)] {
        world.publish(publisher, "t", payload, qos);
    }
    world.publish(publisher, "t", "4", ExactlyOnce);
    let (one, two) = (world.message(client), world.message(client));
    world.nothing(client);
    world.send(client, &Packet::PubRec(ack(two.identifier)));
    assert_eq!(world.answer(client), ("PUBREL", two.identifier, SUCCESS));
    world.nothing(client);
    world.send(client, &Packet::PubComp(ack(two.identifier)));
    assert_eq!(world.message(client).payload, "3");
    world.nothing(client);
    world.send(client, &Packet::PubAck(ack(one.identifier)));
    assert_eq!(world.message(client).payload, "4");
}

// [MQTT-3.3.4-10] [MQTT-4.9.0-3]
#[test]
fn a_full_receive_maximum_holds_back_neither_qos_0_nor_any_answer() {
    let mut world = World::new();
    let (client, _) = world.connect_with(kept_with_receive_maximum("client", 1));
    world.subscribe(client, "#", AtLeastOnce);
    let publisher = world.connect("publisher");
    world.publish(publisher, "t", "1", AtLeastOnce);
    world.publish(publisher, "t", "2", AtLeastOnce);
    assert_eq!(world.message(client).payload, "1");
    world.publish(publisher, "t", "zero", AtMostOnce);
    assert_eq!(world.message(client).payload, "zero");
    world.send(client, &Packet::PingReq);
    assert_eq!(world.answer(client), ("PINGRESP", 0, SUCCESS));
    world.subscribe(client, "other", AtMostOnce);
    world.send_publish(client, "elsewhere/x", "", ExactlyOnce, 3);
    world.send(client, &Packet::PubRel(ack(3)));
    assert_eq!(world.answer(client), ("PUBREC", 3, SUCCESS));
    assert_eq!(world.answer(client), ("PUBCOMP", 3, SUCCESS));
    assert_eq!(world.unsubscribe(client, &["other"]), [SUCCESS]);
}

#[test]
fn qos_0_passes_what_waits_before_it_for_the_receive_maximum() {
    let mut world = World::set(|config| config.queue_qos0_offline = true);
    world.away(V5, "client", "#", AtLeastOnce);
    let publisher = world.connect("publisher");
    for (payload, qos) in [("1", AtLeastOnce), ("2", AtLeastOnce), ("0", AtMostOnce)] {
        world.publish(publisher, "t", payload, qos);
    }
    let (client, _) = world.connect_with(kept_with_receive_maximum("client", 1));
    assert_eq!(world.unacknowledged(client), ["1", "0"]);
}

// [MQTT-3.3.4-9] [MQTT-4.4.0-1]
#[test]
fn after_a_resume_with_a_smaller_receive_maximum_only_as_many_are_sent_again_as_fit() {
    let mut world = World::new();
    let (client, _) = world.connect_kept(V5, "client");
    world.subscribe(client, "#", ExactlyOnce);
    let publisher = world.connect("publisher");
    for payload in ["1", "2", "3"] {
        world.publish(publisher, "t", payload, AtLeastOnce);
    }
    world.publish(publisher, "t", "4", ExactlyOnce);
    let last = (0..4).map(|_| world.message(client).identifier).last().unwrap();
    world.send(client, &Packet::PubRec(ack(last)));
    world.answer(client);
    world.cut(client);
    world.publish(publisher, "t", "5", AtLeastOnce);
    let (client, _) = world.connect_with(kept_with_receive_maximum("client", 2));
    let (one, two) = (world.message(client), world.message(client));
    assert_eq!((one.payload.as_str(), two.payload.as_str()), ("1", "2"));
    assert_eq!(world.answer(client), ("PUBREL", last, SUCCESS));
    for done in [two, one] {
        world.nothing(client);
        world.send(client, &Packet::PubAck(ack(done.identifier)));
    }
    let three = world.message(client);
    assert_eq!((three.payload.as_str(), three.dup), ("3", true));
    world.nothing(client);
    world.send(client, &Packet::PubComp(ack(last)));
    let five = world.message(client);
    assert_eq!((five.payload.as_str(), five.dup), ("5", false));
}

#[test]
fn after_a_resume_with_a_larger_receive_maximum_more_is_sent() {
    let mut world = World::new();
    let (client, _) = world.connect_with(kept_with_receive_maximum("client", 1));
    world.subscribe(client, "#", AtLeastOnce);
    let publisher = world.connect("publisher");
    for payload in ["1", "2", "3"] {
        world.publish(publisher, "t", payload, AtLeastOnce);
    }
    assert_eq!(world.unacknowledged(client), ["1"]);
    world.cut(client);
    let (client, _) = world.connect_with(kept_with_receive_maximum("client", 3));
    assert_eq!(world.unacknowledged(client), ["1", "2", "3"]);
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

// [MQTT-3.3.2-11] [MQTT-3.3.2-8] [MQTT-3.1.2-26]
#[test]
fn an_alias_is_told_once_and_never_goes_above_the_client_s_maximum() {
    let mut world = World::new();
    let client = world.connect_with(with_aliases("client", 2)).0;
    world.subscribe(client, "#", AtLeastOnce);
    let publisher = world.connect("publisher");
    let expected = [
        ("topic/1", "topic/1", Some(1)),
        ("topic/2", "topic/2", Some(2)),
        ("topic/3", "topic/3", None),
        ("topic/1", "", Some(1)),
        ("topic/2", "", Some(2)),
        ("topic/3", "topic/3", None),
    ];
    for qos in [AtMostOnce, AtLeastOnce] {
        for (at, (topic, sent, alias)) in expected.into_iter().enumerate() {
            world.publish(publisher, topic, "", qos);
            let sent = if qos == AtLeastOnce && at < 2 { "" } else { sent };
            assert_eq!(topic_and_alias(&mut world, client), (sent.to_owned(), alias));
        }
    }
}

// [MQTT-3.1.2-27]
#[test]
fn no_alias_is_sent_to_a_client_that_takes_none() {
    let mut world = World::new();
    for client in [world.connect("client"), world.connect_with(with_aliases("zero", 0)).0] {
        world.subscribe(client, "topic", AtMostOnce);
        let publisher = world.connect("publisher");
        for _ in 0..2 {
            world.publish(publisher, "topic", "", AtMostOnce);
            assert_eq!(topic_and_alias(&mut world, client), ("topic".to_owned(), None));
        }
    }
}

// [MQTT-3.3.2-7]
#[test]
fn aliases_end_with_their_connection_and_a_resend_names_its_topic() {
    let mut world = World::new();
    let client = world.connect_with(with_aliases("client", 5)).0;
    world.subscribe(client, "#", AtLeastOnce);
    let publisher = world.connect("publisher");
    world.publish(publisher, "topic", "1", AtLeastOnce);
    world.publish(publisher, "topic", "2", AtLeastOnce);
    assert_eq!(world.all(client).len(), 2);
    world.cut(client);
    let client = world.connect_with(with_aliases("client", 5)).0;
    assert_eq!(topic_and_alias(&mut world, client), ("topic".to_owned(), Some(1)));
    assert_eq!(topic_and_alias(&mut world, client), (String::new(), Some(1)));
}

// [MQTT-3.1.2-24]
#[test]
fn an_alias_that_would_make_a_message_too_large_is_left_out() {
    let mut world = World::new();
    let mut connect = with_aliases("client", 5);
    connect.properties.maximum_packet_size = Some(50);
    let client = world.connect_with(connect).0;
    world.subscribe(client, "#", AtMostOnce);
    let publisher = world.connect("publisher");
    for spare in 0..3 {
        world.publish(publisher, "topic", &"x".repeat(50 - 2 - 7 - 1 - spare), AtMostOnce);
        assert_eq!(topic_and_alias(&mut world, client), ("topic".to_owned(), None));
    }
    world.publish(publisher, "other", &"x".repeat(50 - 2 - 7 - 1 - 3), AtMostOnce);
    assert_eq!(topic_and_alias(&mut world, client), ("other".to_owned(), Some(1)), "50 bytes");
    world.publish(publisher, "topic", "", AtMostOnce);
    assert_eq!(topic_and_alias(&mut world, client), ("topic".to_owned(), Some(2)));
}

#[test]
fn publishes_stop_when_the_network_takes_no_more_and_go_on_in_order() {
    let mut world = World::new();
    let client = world.connect_slow(kept(V5, "client"), 400);
    world.subscribe(client, "#", AtLeastOnce);
    let publisher = world.connect("publisher");
    let payload = |n: u32| format!("{n:0>100}");
    for n in 0..20 {
        world.publish(publisher, "t", &payload(n), AtLeastOnce);
    }
    let before = world.unacknowledged(client);
    assert!((1..20).contains(&before.len()), "{} were sent", before.len());
    assert!(world.transmitted(client) < 400 + 128, "not beyond the credit by more than one");
    world.unstall(client);
    let sent = [before, world.unacknowledged(client)].concat();
    assert_eq!(sent, (0..20).map(payload).collect::<Vec<_>>());
}

#[test]
fn whatever_is_sent_takes_its_bytes_of_send_credit() {
    for qos in [AtMostOnce, AtLeastOnce, ExactlyOnce] {
        let mut world = World::new();
        let client = world.connect_slow(kept(V5, "client"), 1000);
        world.subscribe(client, "#", qos);
        let publisher = world.connect("publisher");
        for topic in ["t", "topic"] {
            let before = world.transmitted(client);
            let credit = |world: &World| {
                world.broker.session("client").unwrap().connection.unwrap().send_credit
            };
            let had = credit(&world);
            world.publish(publisher, topic, "payload", qos);
            let sent = world.transmitted(client) - before;
            assert!(sent > 7);
            assert_eq!(had - credit(&world), i64::try_from(sent).unwrap());
        }
    }
}

#[test]
fn qos_0_for_a_client_that_does_not_read_waits_and_goes_with_the_connection() {
    let mut world = World::new();
    let client = world.connect_slow(kept(V5, "client"), 60);
    world.subscribe(client, "#", AtLeastOnce);
    let publisher = world.connect("publisher");
    world.publish(publisher, "t", &"x".repeat(100), AtLeastOnce);
    world.publish(publisher, "t", "0", AtMostOnce);
    world.publish(publisher, "t", "1", AtLeastOnce);
    assert_eq!(world.broker.session("client").unwrap().queue_len, 2);
    world.cut(client);
    assert_eq!(world.drops(), [(Some("client"), "t", DropCause::AtMostOnce)]);
    let (client, _) = world.connect_kept(V5, "client");
    assert_eq!(world.payloads(client), ["x".repeat(100), "1".to_owned()]);
}

#[test]
fn with_offline_qos_0_on_what_a_slow_client_did_not_take_is_kept() {
    let mut world = World::set(|config| config.queue_qos0_offline = true);
    let client = world.connect_slow(kept(V5, "client"), 40);
    world.subscribe(client, "#", AtLeastOnce);
    let publisher = world.connect("publisher");
    world.publish(publisher, "t", &"x".repeat(100), AtLeastOnce);
    world.publish(publisher, "t", "0", AtMostOnce);
    world.cut(client);
    let (client, _) = world.connect_kept(V5, "client");
    assert_eq!(world.payloads(client), ["x".repeat(100), "0".to_owned()]);
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
    let cases: [(&[u8], &[u8]); 7] = [
        (b"\x32\x08\0\x03$no\0\x01\0", b"\x40\x03\0\x01\x87"),
        (b"\x34\x08\0\x03$no\0\x02\0", b"\x50\x03\0\x02\x87"),
        (b"\x50\x02\0\x03", b"\x62\x03\0\x03\x92"),
        (b"\x62\x02\0\x04", b"\x70\x03\0\x04\x92"),
        (b"\x82\x08\0\x05\0\0\x02a#\0", b"\x90\x04\0\x05\0\x8F"),
        (b"\xA2\x06\0\x06\0\0\x01a", b"\xB0\x04\0\x06\0\x11"),
        (b"\x00\x00", b"\xE0\x01\x81"),
    ];
    for (sent, answer) in cases {
        world.send_bytes(client, sent);
        assert_eq!(world.next(client).bytes(), answer);
    }
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
