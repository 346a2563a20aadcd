//! What a client sets bounds to: Receive Maximum, Maximum Packet Size, Topic Alias Maximum, and
//! what its network takes.

mod maximum_packet_size;

use afterlink_core::codec::Packet;
use afterlink_core::codec::packet::Connect;
use afterlink_core::session::DropCause;

use crate::exchange::*;
use crate::harness::*;

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
