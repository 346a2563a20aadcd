//! Deliveries: an identifier is durable before it is used where a loss would double a message.

use afterlink_core::broker::Record;
use afterlink_core::codec::Packet;
use afterlink_core::session::StageName;

use super::*;
use crate::exchange::kept_with_receive_maximum;

/// A durable subscriber to `a` and a publisher that is not durable; nothing is persisted by
/// itself from now on.
fn subscriber() -> (World, Peer, Peer) {
    let mut world = world();
    let (subscriber, _) = world.connect_kept(V5, "subscriber");
    world.subscribe(subscriber, "a", ExactlyOnce);
    let publisher = world.connect("publisher");
    world.persists = false;
    (world, subscriber, publisher)
}

#[test]
fn a_qos_2_message_leaves_once_its_identifier_is_persisted() {
    let (mut first, subscriber, publisher) = subscriber();
    first.send(publisher, &Packet::Publish(publish("a", b"m", ExactlyOnce, 1)));
    assert!(matches!(first.last_record(), Record::Sent { .. }));
    assert_packet!(first.waits_for_the_last_record(subscriber), Packet::Publish(_));

    let mut world = restarted(&[&first]);
    let (subscriber, _) = world.connect_kept(V5, "subscriber");
    let again = world.message(subscriber);
    assert!(again.dup, "the original identifier, and said to be sent before");
    assert_eq!((again.identifier, again.payload.as_str()), (1, "m"));
    world.nothing(subscriber);
}

#[test]
fn a_qos_2_message_whose_identifier_was_not_persisted_was_never_sent() {
    let (mut first, subscriber, publisher) = subscriber();
    first.send(publisher, &Packet::Publish(publish("a", b"m", ExactlyOnce, 1)));
    first.nothing(subscriber);
    let mut world = restarted_from(&first, first.records.len() - 1);
    let (subscriber, _) = world.connect_kept(V5, "subscriber");
    assert!(!world.message(subscriber).dup);
}

#[test]
fn a_qos_1_message_does_not_wait_for_the_store() {
    let (mut world, subscriber, publisher) = subscriber();
    world.send(publisher, &Packet::Publish(publish("a", b"m", AtLeastOnce, 1)));
    assert_eq!(world.message(subscriber).qos, AtLeastOnce);
    world.nothing(publisher);
}

// [MQTT-4.3.3-5] [MQTT-4.3.3-6]
#[test]
fn pubrel_waits_until_the_pubrec_is_persisted() {
    let (mut first, subscriber, publisher) = subscriber();
    first.persists = true;
    first.publish(publisher, "a", "m", ExactlyOnce);
    let identifier = first.message(subscriber).identifier;
    first.persists = false;
    first.send(subscriber, &Packet::PubRec(ack(identifier)));
    // Asked again, it answers again, and no sooner.
    first.send(subscriber, &Packet::PubRec(ack(identifier)));
    assert_packet!(first.waits_for_the_last_record(subscriber), Packet::PubRel(_));
    assert_packet!(first.next(subscriber), Packet::PubRel(_));

    let mut world = restarted(&[&first]);
    let inflight = world.broker.inflight("subscriber", None, 9);
    assert_eq!(inflight[0].stage, StageName::AwaitingPubComp);
    let (subscriber, _) = world.connect_kept(V5, "subscriber");
    let packet = world.next(subscriber);
    let Packet::PubRel(pubrel) = packet.packet() else { panic!("{packet:?}") };
    assert_eq!(pubrel.packet_identifier, id(identifier));
    world.nothing(subscriber);
}

#[test]
fn a_lazily_recorded_pubcomp_costs_one_more_pubrel() {
    let (mut first, subscriber, publisher) = subscriber();
    first.persists = true;
    first.publish(publisher, "a", "m", ExactlyOnce);
    let kept = first.records.len() + 1;
    assert_eq!(first.take(subscriber).payload, "m");
    assert_eq!(first.records.len(), kept + 1, "PUBREC and PUBCOMP");
    let mut world = restarted_from(&first, kept);
    let (subscriber, _) = world.connect_kept(V5, "subscriber");
    assert_packet!(world.next(subscriber), Packet::PubRel(_));
    world.send(subscriber, &Packet::PubComp(ack(1)));
    world.nothing(subscriber);
    assert!(world.broker.inflight("subscriber", None, 9).is_empty());
}

#[test]
fn deliveries_keep_their_order_behind_what_waits() {
    let (mut world, subscriber, publisher) = subscriber();
    world.send(publisher, &Packet::Publish(publish("a", b"0", AtMostOnce, 0)));
    world.send(publisher, &Packet::Publish(publish("a", b"1", ExactlyOnce, 1)));
    world.send(publisher, &Packet::Publish(publish("a", b"2", AtLeastOnce, 2)));
    world.send(publisher, &Packet::Publish(publish("a", b"3", AtMostOnce, 0)));
    world.send(subscriber, &Packet::PingReq);
    assert_eq!(world.message(subscriber).payload, "0");
    world.nothing(subscriber);
    world.persists = true;
    world.persist_all();
    let mut seen = Vec::new();
    while let Some(packet) = world.try_next(subscriber) {
        match packet.packet() {
            Packet::Publish(publish) => seen.push(publish.payload.to_vec()),
            Packet::PingResp => seen.push(b"ping".to_vec()),
            _ => panic!("{packet:?}"),
        }
    }
    assert_eq!(seen, [&b"1"[..], b"2", b"ping", b"3"]);
}

#[test]
fn a_stored_qos_0_message_is_removed_durably_before_it_is_sent() {
    let mut first = World::with(Config { queue_qos0_offline: true, ..durable() });
    let (away, _) = first.connect_kept(V5, "away");
    first.subscribe(away, "a", AtMostOnce);
    first.cut(away);
    let publisher = first.connect("publisher");
    for payload in ["one", "two", "three"] {
        first.publish(publisher, "a", payload, AtMostOnce);
    }
    assert_eq!(restarted(&[&first]).broker.queue("away", None, 9).len(), 3);
    let (back, _) = first.connect_kept(V5, "away");
    let sent: Vec<_> = std::iter::from_fn(|| first.try_next(back)).collect();
    assert_eq!(sent.len(), 3);
    let mut world = restarted(&[&first]);
    let (back, _) = world.connect_kept(V5, "away");
    world.nothing(back);
}

#[test]
fn no_more_stored_qos_0_messages_wait_for_their_removal_than_the_window_has_places() {
    let mut world = World::with(Config { queue_qos0_offline: true, ..durable() });
    world.away(V5, "away", "a", AtMostOnce);
    let publisher = world.connect("publisher");
    for _ in 0..5 {
        world.publish(publisher, "a", "m", AtMostOnce);
    }
    world.persists = false;
    let back = world.open();
    world.send(back, &Packet::Connect(kept_with_receive_maximum("away", 3)));
    world.nothing(back);
    // One place is the CONNACK's.
    assert_eq!(world.broker.session("away").unwrap().queue_len, 3);
    world.persist_all();
    world.persist_all();
    world.persist_all();
    assert_eq!(world.all(back).len(), 1 + 5);
}

#[test]
fn a_stored_qos_0_message_waits_for_its_removal() {
    let mut world = World::with(Config { queue_qos0_offline: true, ..durable() });
    let (away, _) = world.connect_kept(V5, "away");
    world.subscribe(away, "a", AtMostOnce);
    world.cut(away);
    let publisher = world.connect("publisher");
    world.publish(publisher, "a", "m", AtMostOnce);
    world.persists = false;
    let back = world.open();
    world.send(back, &Packet::Connect(kept(V5, "away")));
    let connected = world.records.len() as u64 - 1;
    assert!(matches!(world.last_record(), Record::Removed { .. }));
    world.persist(connected);
    assert_packet!(world.next(back), Packet::ConnAck(_));
    assert_packet!(world.waits_for_the_last_record(back), Packet::Publish(_));
}
