//! Packet Identifiers of incoming publishes: in use, free again, sent again.

use afterlink_core::codec::packet::Publish;
use afterlink_core::codec::{Packet, ReasonCode};

use super::{pair, refuse_publish};
use crate::exchange::*;
use crate::harness::*;

// [MQTT-4.3.3-8] [MQTT-4.3.3-10] [MQTT3-4.3.3-2]
#[test]
fn a_qos_2_message_is_delivered_at_its_publish_and_once() {
    for version in [V3_1_1, V5] {
        let mut world = World::new();
        let subscriber = world.connect("subscriber");
        world.subscribe(subscriber, "#", AtMostOnce);
        let publisher = world.connect_with(connect(version, "publisher")).0;
        world.send_publish(publisher, "t", "1", ExactlyOnce, 5);
        assert_eq!(world.message(subscriber).payload, "1");
        for dup in [true, false] {
            let again = Publish { dup, ..publish("t", b"1", ExactlyOnce, 5) };
            world.send(publisher, &Packet::Publish(again));
        }
        world.send(publisher, &Packet::PubRel(ack(5)));
        for _ in 0..3 {
            assert_eq!(world.answer(publisher), ("PUBREC", 5, SUCCESS));
        }
        assert_eq!(world.answer(publisher), ("PUBCOMP", 5, SUCCESS));
        world.nothing(subscriber);
    }
}

// The table of identifiers decides, not the flag.
#[test]
fn a_qos_2_message_with_dup_that_was_never_seen_is_delivered() {
    let (mut world, subscriber, publisher) = pair();
    let publish = Publish { dup: true, ..publish("t", b"new", ExactlyOnce, 5) };
    world.send(publisher, &Packet::Publish(publish));
    assert_eq!(world.message(subscriber).payload, "new");
    assert_eq!(world.answer(publisher), ("PUBREC", 5, SUCCESS));
}

// [MQTT-4.3.3-12]
#[test]
fn after_pubcomp_the_same_identifier_is_a_new_message() {
    let (mut world, subscriber, publisher) = pair();
    world.publish(publisher, "t", "1", ExactlyOnce);
    world.publish(publisher, "t", "2", ExactlyOnce);
    assert_eq!(world.unacknowledged(subscriber), ["1", "2"]);
}

// [MQTT-4.3.2-5]
#[test]
fn after_puback_the_same_identifier_is_a_new_message_even_with_dup() {
    let (mut world, subscriber, publisher) = pair();
    for dup in [false, true] {
        let publish = Publish { dup, ..publish("t", b"1", AtLeastOnce, 5) };
        world.send(publisher, &Packet::Publish(publish));
        assert_eq!(world.answer(publisher), ("PUBACK", 5, SUCCESS));
    }
    assert_eq!(world.unacknowledged(subscriber), ["1", "1"]);
}

// [MQTT-4.3.3-10] [MQTT-4.1.0-1]
#[test]
fn a_qos_2_message_sent_again_after_a_resume_is_not_delivered_again() {
    for version in [V3_1_1, V5] {
        let mut world = World::new();
        let subscriber = world.connect("subscriber");
        world.subscribe(subscriber, "#", AtMostOnce);
        let publisher = world.connect_kept(version, "publisher").0;
        world.send_publish(publisher, "t", "1", ExactlyOnce, 5);
        world.cut(publisher);
        let publisher = world.connect_kept(version, "publisher").0;
        let again = Publish { dup: true, ..publish("t", b"1", ExactlyOnce, 5) };
        world.send(publisher, &Packet::Publish(again));
        assert_eq!(world.answer(publisher), ("PUBREC", 5, SUCCESS));
        world.cut(publisher);
        let publisher = world.connect_kept(version, "publisher").0;
        world.send(publisher, &Packet::PubRel(ack(5)));
        assert_eq!(world.answer(publisher), ("PUBCOMP", 5, SUCCESS));
        assert_eq!(world.unacknowledged(subscriber), ["1"]);
    }
}

#[test]
fn a_new_session_knows_nothing_of_earlier_qos_2_identifiers() {
    let (mut world, subscriber, publisher) = pair();
    world.send_publish(publisher, "t", "1", ExactlyOnce, 5);
    world.cut(publisher);
    let publisher = world.connect("publisher");
    let again = Publish { dup: true, ..publish("t", b"2", ExactlyOnce, 5) };
    world.send(publisher, &Packet::Publish(again));
    assert_eq!(world.unacknowledged(subscriber), ["1", "2"]);
}

// [MQTT-4.3.3-9]
#[test]
fn an_identifier_whose_pubrec_refused_is_free_for_a_new_message() {
    let (mut world, subscriber, publisher) = pair();
    refuse_publish(&mut world, "no");
    world.send_publish(publisher, "no", "", ExactlyOnce, 5);
    assert_eq!(world.answer(publisher), ("PUBREC", 5, ReasonCode::NOT_AUTHORIZED));
    world.send_publish(publisher, "yes", "", ExactlyOnce, 5);
    assert_eq!(world.answer(publisher), ("PUBREC", 5, SUCCESS));
    assert_eq!(world.message(subscriber).topic, "yes");
    world.nothing(subscriber);
}

// [MQTT-4.3.3-10] [MQTT-4.3.3-12]
#[test]
fn a_qos_2_message_that_is_owned_is_not_refused_when_it_comes_again() {
    let (mut world, subscriber, publisher) = pair();
    world.send_publish(publisher, "t", "1", ExactlyOnce, 5);
    assert_eq!(world.answer(publisher), ("PUBREC", 5, SUCCESS));
    refuse_publish(&mut world, "t");
    let again = Publish { dup: true, ..publish("t", b"1", ExactlyOnce, 5) };
    world.send(publisher, &Packet::Publish(again));
    assert_eq!(world.answer(publisher), ("PUBREC", 5, SUCCESS));
    world.send(publisher, &Packet::PubRel(ack(5)));
    assert_eq!(world.answer(publisher), ("PUBCOMP", 5, SUCCESS));
    world.send_publish(publisher, "other", "2", ExactlyOnce, 5);
    assert_eq!(world.unacknowledged(subscriber), ["1", "2"]);
}

#[test]
fn a_qos_1_message_under_an_identifier_of_qos_2_is_refused_where_there_is_a_code() {
    let (mut world, subscriber, publisher) = pair();
    let old = world.connect_with(kept(V3_1_1, "old")).0;
    for (peer, code) in [(publisher, ReasonCode::PACKET_IDENTIFIER_IN_USE), (old, SUCCESS)] {
        world.send_publish(peer, "t", "2", ExactlyOnce, 5);
        assert_eq!(world.answer(peer), ("PUBREC", 5, SUCCESS));
        world.send_publish(peer, "t", "1", AtLeastOnce, 5);
        assert_eq!(world.answer(peer), ("PUBACK", 5, code));
    }
    assert_eq!(world.unacknowledged(subscriber), ["2", "2", "1"]);
}
