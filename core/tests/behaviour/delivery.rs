//! From the broker to a client: resume, acknowledgements, packet identifiers, flow control.

use afterlink_core::codec::packet::Publish;
use afterlink_core::codec::{Packet, ReasonCode};

use crate::exchange::*;
use crate::harness::*;

const UNKNOWN: ReasonCode = ReasonCode::PACKET_IDENTIFIER_NOT_FOUND;

// [MQTT-4.4.0-1] [MQTT-3.3.1-1] [MQTT3-4.4.0-1] [MQTT3-3.3.1-1] [MQTT-4.3.2-3] [MQTT-4.3.3-3]
#[test]
fn what_was_not_acknowledged_is_sent_again_with_dup_its_identifier_and_in_order() {
    for version in [V3_1, V3_1_1, V5] {
        let mut world = World::new();
        let (client, _) = world.connect_kept(version, "client");
        world.subscribe(client, "#", ExactlyOnce);
        let publisher = world.connect("publisher");
        for (payload, qos) in [("a", AtLeastOnce), ("b", ExactlyOnce), ("c", AtLeastOnce)] {
            world.publish(publisher, "t", payload, qos);
        }
        let first: Vec<_> = (0..3).map(|_| world.message(client)).collect();
        assert!(first.iter().all(|message| !message.dup), "a first PUBLISH has no DUP");
        world.cut(client);
        let (client, _) = world.connect_kept(version, "client");
        for message in first {
            assert_eq!(world.message(client), Message { dup: true, ..message });
        }
        world.nothing(client);
    }
}

// [MQTT-4.6.0-5] [MQTT-4.6.0-6] [MQTT3-4.6.0-5] [MQTT3-4.6.0-6]
#[test]
fn what_was_queued_meanwhile_follows_what_is_sent_again() {
    let mut world = World::new();
    let (client, _) = world.connect_kept(V5, "client");
    world.subscribe(client, "#", AtLeastOnce);
    let publisher = world.connect("publisher");
    world.publish(publisher, "t", "1", AtLeastOnce);
    world.publish(publisher, "t", "2", AtLeastOnce);
    world.cut(client);
    world.publish(publisher, "t", "3", AtLeastOnce);
    world.publish(publisher, "t", "4", ExactlyOnce);
    let (client, _) = world.connect_kept(V5, "client");
    world.publish(publisher, "t", "5", AtLeastOnce);
    assert_eq!(world.payloads(client), ["1", "2", "3", "4", "5"]);
}

// [MQTT-4.3.3-6] [MQTT-4.3.3-5] [MQTT-4.4.0-1] [MQTT3-4.3.3-1]
#[test]
fn a_pubrel_is_sent_again_in_the_order_of_the_pubrecs_and_its_publish_is_not() {
    for version in [V3_1_1, V5] {
        let mut world = World::new();
        let (client, _) = world.connect_kept(version, "client");
        world.subscribe(client, "#", ExactlyOnce);
        let publisher = world.connect("publisher");
        for payload in ["1", "2", "3"] {
            world.publish(publisher, "t", payload, ExactlyOnce);
        }
        let ids: Vec<_> = (0..3).map(|_| world.message(client).identifier).collect();
        for at in [2, 0] {
            world.send(client, &Packet::PubRec(ack(ids[at])));
            assert_eq!(world.answer(client), ("PUBREL", ids[at], SUCCESS));
        }
        world.cut(client);
        let (client, _) = world.connect_kept(version, "client");
        let again = world.message(client);
        assert_eq!((again.identifier, again.dup, again.payload.as_str()), (ids[1], true, "2"));
        assert_eq!(world.answer(client), ("PUBREL", ids[2], SUCCESS));
        assert_eq!(world.answer(client), ("PUBREL", ids[0], SUCCESS));
        world.nothing(client);
        for identifier in [ids[2], ids[0]] {
            world.send(client, &Packet::PubComp(ack(identifier)));
        }
        assert_eq!(world.broker.session("client").unwrap().inflight_len, 1);
    }
}

// Version 3 does not forbid it.
#[test]
fn nothing_is_sent_again_while_the_connection_lives() {
    let mut world = World::new();
    let client = world.connect_with(kept(V3_1_1, "client")).0;
    world.subscribe(client, "#", ExactlyOnce);
    let publisher = world.connect_with(kept(V3_1_1, "publisher")).0;
    world.publish(publisher, "t", "1", AtLeastOnce);
    world.publish(publisher, "t", "2", ExactlyOnce);
    assert_eq!(world.unacknowledged(client), ["1", "2"]);
    world.advance(86_400);
    world.nothing(client);
}

// [MQTT-4.4.0-1] [MQTT-4.3.3-6]
#[test]
fn a_pubrec_that_comes_before_the_publish_is_sent_again_gets_one_pubrel() {
    let mut world = World::new();
    let (client, _) = world.connect_kept(V5, "client");
    world.subscribe(client, "#", ExactlyOnce);
    let publisher = world.connect("publisher");
    world.publish(publisher, "t", "1", ExactlyOnce);
    world.publish(publisher, "t", "2", ExactlyOnce);
    let ids: Vec<_> = (0..2).map(|_| world.message(client).identifier).collect();
    world.cut(client);
    let (client, _) = world.connect_with(kept_with_receive_maximum("client", 1));
    assert_eq!(world.message(client).identifier, ids[0]);
    world.send(client, &Packet::PubRec(ack(ids[1])));
    assert_eq!(world.answer(client), ("PUBREL", ids[1], SUCCESS));
    world.send(client, &Packet::PubRec(ack(ids[0])));
    assert_eq!(world.answer(client), ("PUBREL", ids[0], SUCCESS));
    world.send(client, &Packet::PubComp(ack(ids[0])));
    world.send(client, &Packet::PubComp(ack(ids[1])));
    world.nothing(client);
    assert_eq!(world.broker.session("client").unwrap().inflight_len, 0);
}

// [MQTT-3.3.1-2] [MQTT-3.3.1-3] [MQTT3-3.3.1-2] [MQTT3-3.3.1-3] [MQTT-4.3.1-1] [MQTT-4.3.2-2]
#[test]
fn the_dup_flag_of_a_publisher_is_not_passed_on() {
    let mut world = World::new();
    let client = world.connect("client");
    world.subscribe(client, "#", ExactlyOnce);
    let publisher = world.connect("publisher");
    for (qos, identifier) in [(AtLeastOnce, 1), (ExactlyOnce, 2)] {
        let publish = Publish { dup: true, ..publish("t", b"", qos, identifier) };
        world.send(publisher, &Packet::Publish(publish));
        let message = world.take(client);
        assert_eq!((message.qos, message.dup), (qos, false));
    }
    world.publish(publisher, "t", "", AtMostOnce);
    assert!(!world.take(client).dup);
}

#[test]
fn what_was_acknowledged_is_not_sent_again() {
    let mut world = World::new();
    let (client, _) = world.connect_kept(V3_1_1, "client");
    world.subscribe(client, "#", ExactlyOnce);
    let publisher = world.connect("publisher");
    for (payload, qos) in [("1", AtLeastOnce), ("2", ExactlyOnce)] {
        world.publish(publisher, "t", payload, qos);
        world.take(client);
    }
    world.publish(publisher, "t", "3", AtLeastOnce);
    assert_eq!(world.message(client).payload, "3");
    world.cut(client);
    let (client, _) = world.connect_kept(V3_1_1, "client");
    assert_eq!(world.payloads(client), ["3"]);
}

// [MQTT-4.4.0-2]
#[test]
fn a_refusing_puback_ends_a_message_as_any_other() {
    let mut world = World::new();
    let (client, _) = world.connect_with(kept_with_receive_maximum("client", 1));
    world.subscribe(client, "#", AtLeastOnce);
    let publisher = world.connect("publisher");
    world.publish(publisher, "t", "1", AtLeastOnce);
    world.publish(publisher, "t", "2", AtLeastOnce);
    let first = world.message(client).identifier;
    world.send(client, &Packet::PubAck(ack_with(first, ReasonCode::QUOTA_EXCEEDED)));
    assert_eq!(world.message(client).payload, "2", "the refusal frees the Receive Maximum");
    world.cut(client);
    let (client, _) = world.connect_kept(V5, "client");
    assert_eq!(world.payloads(client), ["2"]);
}

// [MQTT-4.3.3-4] [MQTT-4.4.0-2]
#[test]
fn a_refusing_pubrec_ends_a_message_without_pubrel() {
    let mut world = World::new();
    let (client, _) = world.connect_with(kept_with_receive_maximum("client", 1));
    world.subscribe(client, "#", ExactlyOnce);
    let publisher = world.connect("publisher");
    world.publish(publisher, "t", "1", ExactlyOnce);
    world.publish(publisher, "t", "2", ExactlyOnce);
    let first = world.message(client).identifier;
    world.send(client, &Packet::PubRec(ack_with(first, ReasonCode::NOT_AUTHORIZED)));
    assert_eq!(world.message(client).payload, "2", "no PUBREL, and the Receive Maximum is free");
    world.cut(client);
    let (client, _) = world.connect_kept(V5, "client");
    assert_eq!(world.payloads(client), ["2"]);
}

#[test]
fn acknowledgements_of_nothing_are_answered_and_not_fatal() {
    let mut world = World::new();
    let client = world.connect("client");
    world.send(client, &Packet::PubRec(ack(5)));
    assert_eq!(world.answer(client), ("PUBREL", 5, UNKNOWN));
    world.send(client, &Packet::PubRel(ack(6)));
    assert_eq!(world.answer(client), ("PUBCOMP", 6, UNKNOWN));
    world.send(client, &Packet::PubAck(ack(7)));
    world.send(client, &Packet::PubComp(ack(8)));
    world.send(client, &Packet::PubRec(ack_with(9, ReasonCode::UNSPECIFIED_ERROR)));
    world.nothing(client);
    assert!(!world.is_closed(client));
}

// [MQTT3-4.3.3-2]
#[test]
fn a_version_3_pubrel_is_always_answered_with_pubcomp() {
    for version in [V3_1, V3_1_1] {
        let mut world = World::new();
        let client = world.connect_with(connect(version, "client")).0;
        world.send(client, &Packet::PubRel(ack(6)));
        assert_eq!(world.answer(client), ("PUBCOMP", 6, SUCCESS));
    }
}

#[test]
fn a_pubrec_that_comes_twice_is_answered_twice() {
    let mut world = World::new();
    let client = world.connect("client");
    world.subscribe(client, "#", ExactlyOnce);
    let publisher = world.connect("publisher");
    world.publish(publisher, "t", "1", ExactlyOnce);
    let identifier = world.message(client).identifier;
    for _ in 0..2 {
        world.send(client, &Packet::PubRec(ack(identifier)));
        assert_eq!(world.answer(client), ("PUBREL", identifier, SUCCESS));
    }
    world.send(client, &Packet::PubComp(ack(identifier)));
    world.send(client, &Packet::PubRec(ack(identifier)));
    assert_eq!(world.answer(client), ("PUBREL", identifier, UNKNOWN));
}

// [MQTT-4.3.2-3] [MQTT-4.3.3-3] [MQTT-4.3.3-5]
#[test]
fn an_acknowledgement_of_another_kind_ends_nothing() {
    let mut world = World::new();
    let client = world.connect("client");
    world.subscribe(client, "#", ExactlyOnce);
    let publisher = world.connect("publisher");
    world.publish(publisher, "t", "1", AtLeastOnce);
    world.publish(publisher, "t", "2", ExactlyOnce);
    let (one, two) = (world.message(client).identifier, world.message(client).identifier);
    world.send(client, &Packet::PubComp(ack(one)));
    world.send(client, &Packet::PubRec(ack(one)));
    assert_eq!(world.answer(client), ("PUBREL", one, UNKNOWN));
    world.send(client, &Packet::PubAck(ack(two)));
    world.send(client, &Packet::PubComp(ack(two)));
    assert_eq!(world.broker.session("client").unwrap().inflight_len, 2);
    world.send(client, &Packet::PubAck(ack(one)));
    world.send(client, &Packet::PubRec(ack(two)));
    assert_eq!(world.answer(client), ("PUBREL", two, SUCCESS));
    world.send(client, &Packet::PubComp(ack(two)));
    assert_eq!(world.broker.session("client").unwrap().inflight_len, 0);
}

// [MQTT-2.2.1-4] [MQTT-4.3.2-1] [MQTT-4.3.3-1] [MQTT3-2.3.1-4]
#[test]
fn identifiers_rotate_and_one_in_use_is_passed_over() {
    let mut world = World::new();
    let client = world.connect("client");
    world.subscribe(client, "#", AtLeastOnce);
    let publisher = world.connect("publisher");
    world.publish(publisher, "t", "kept", AtLeastOnce);
    assert_eq!(world.message(client).identifier, 1);
    let expected = (2..=u16::MAX).chain(2..4);
    for identifier in expected {
        world.publish(publisher, "t", "", AtMostOnce);
        world.all(client);
        world.publish(publisher, "t", "", AtLeastOnce);
        assert_eq!(world.take(client).identifier, identifier);
    }
}

// [MQTT-2.2.1-4] [MQTT-4.4.0-1]
#[test]
fn with_all_identifiers_in_flight_new_messages_wait_also_after_a_resume() {
    let mut world = World::set(|config| {
        config.limits.inflight_messages_max = u16::MAX;
        config.limits.queue_messages_max = 10;
    });
    let (client, _) = world.connect_kept(V5, "client");
    world.subscribe(client, "#", AtLeastOnce);
    let publisher = world.connect("publisher");
    for _ in 0..u16::MAX {
        world.publish(publisher, "t", "", AtLeastOnce);
    }
    assert_eq!(world.all(client).len(), usize::from(u16::MAX));
    world.publish(publisher, "t", "new", AtLeastOnce);
    world.nothing(client);
    world.cut(client);
    let (client, _) = world.connect_kept(V5, "client");
    let again = world.all(client);
    let identifiers = again.iter().map(|packet| {
        let Packet::Publish(publish) = packet.packet() else { panic!("{packet:?}") };
        publish.packet_identifier.unwrap().get()
    });
    assert!(identifiers.eq(1..=u16::MAX), "each under its own identifier, in order");
    world.send(client, &Packet::PubAck(ack(40_000)));
    let new = world.message(client);
    assert_eq!((new.payload.as_str(), new.identifier, new.dup), ("new", 40_000, false));
    world.nothing(client);
}

#[test]
fn the_same_identifier_may_be_in_use_in_both_directions() {
    let mut world = World::new();
    let client = world.connect("client");
    world.subscribe(client, "#", ExactlyOnce);
    world.send_publish(client, "t", "own", ExactlyOnce, 1);
    assert_eq!(world.message(client).identifier, 1, "its own message comes back to it");
    assert_eq!(world.answer(client), ("PUBREC", 1, SUCCESS));
    world.send(client, &Packet::PubRec(ack(1)));
    assert_eq!(world.answer(client), ("PUBREL", 1, SUCCESS));
    world.send(client, &Packet::PubRel(ack(1)));
    assert_eq!(world.answer(client), ("PUBCOMP", 1, SUCCESS));
    world.send(client, &Packet::PubComp(ack(1)));
    world.nothing(client);
}

#[test]
fn a_message_downgraded_to_a_lower_qos_keeps_its_place() {
    let mut world = World::set(|config| config.queue_qos0_offline = true);
    world.away(V5, "client", "#", AtLeastOnce);
    let publisher = world.connect("publisher");
    for (payload, qos) in
        [("1", ExactlyOnce), ("2", AtMostOnce), ("3", AtLeastOnce), ("4", AtMostOnce)]
    {
        world.publish(publisher, "t", payload, qos);
    }
    let (client, _) = world.connect_kept(V5, "client");
    let taken: Vec<_> = (0..4).map(|_| world.take(client)).collect();
    assert_eq!(
        taken.iter().map(|one| one.payload.as_str()).collect::<Vec<_>>(),
        ["1", "2", "3", "4"]
    );
    assert_eq!(
        taken.iter().map(|one| one.qos).collect::<Vec<_>>(),
        [AtLeastOnce, AtMostOnce, AtLeastOnce, AtMostOnce]
    );
}

// [MQTT3-3.1.2-5]
#[test]
fn qos_0_is_queued_for_an_absent_client_only_if_that_is_set() {
    for queued in [false, true] {
        let mut world = World::set(|config| config.queue_qos0_offline = queued);
        world.away(V3_1_1, "client", "#", AtLeastOnce);
        let publisher = world.connect("publisher");
        world.publish(publisher, "t", "0", AtMostOnce);
        let (client, _) = world.connect_kept(V3_1_1, "client");
        assert_eq!(world.payloads(client).len(), usize::from(queued));
    }
}

#[test]
fn a_session_moves_between_versions_and_properties_go_only_where_they_are_known() {
    let mut world = World::new();
    let (client, _) = world.connect_kept(V5, "client");
    world.subscribe_options(client, "#", options(AtLeastOnce), Some(9));
    let publisher = world.connect("publisher");
    let mut publish = publish("t", b"1", AtLeastOnce, 1);
    publish.properties.content_type = Some("text");
    world.send(publisher, &Packet::Publish(publish));
    let first = world.message(client);
    assert_eq!(first.subscription_identifiers, [9]);
    world.cut(client);
    let (client, present) = world.connect_kept(V3_1_1, "client");
    assert!(present);
    let again = world.message(client);
    assert_eq!((again.identifier, again.dup), (first.identifier, true));
    assert!(again.subscription_identifiers.is_empty());
    world.cut(client);
    let (client, present) = world.connect_kept(V5, "client");
    assert!(present);
    assert_eq!(world.message(client), Message { dup: true, ..first });
}
