//! What a restart gives back.

mod expiry;

use afterlink_core::broker::{Input, QueueName, Recipient, Record, RetainedChange};
use afterlink_core::codec::Packet;
use afterlink_core::codec::packet::{RetainHandling, SubscribeFilter, SubscriptionOptions};
use afterlink_core::session::{SessionNumber, StageName};

use super::*;

#[test]
fn sessions_come_back_with_their_subscriptions_and_options() {
    for version in [V3_1, V3_1_1, V5] {
        let mut first = world();
        let (peer, _) = first.connect_kept(version, "one");
        let options = SubscriptionOptions {
            qos: ExactlyOnce,
            no_local: version == V5,
            retain_as_published: version == V5,
            retain_handling: RetainHandling::Send,
        };
        first.subscribe_with(peer, &[SubscribeFilter { filter: "a/+", options }]);
        first.subscribe(peer, "b", AtMostOnce);
        first.subscribe(peer, "b", AtLeastOnce);
        first.subscribe(peer, "c", AtLeastOnce);
        first.unsubscribe(peer, &["c"]);
        let before = first.broker.subscriptions("one", None, 9);
        assert_eq!(before.len(), 2);
        let mut world = restarted(&[&first]);
        assert_eq!(world.broker.subscriptions("one", None, 9), before);
        let (peer, present) = world.connect_kept(version, "one");
        assert_eq!(present, version != V3_1, "3.1 has no session present bit");
        let publisher = world.connect("publisher");
        world.publish(publisher, "a/x", "m", ExactlyOnce);
        world.publish(publisher, "c", "n", ExactlyOnce);
        assert_eq!(world.payloads(peer), ["m"]);
    }
}

#[test]
fn queues_come_back_in_order_with_qos_flags_and_identifiers() {
    let mut first = world();
    let (away, _) = first.connect_kept(V5, "away");
    first.subscribe(away, "a/#", ExactlyOnce);
    first.cut(away);
    let publisher = first.connect("publisher");
    for number in 0..20_u16 {
        let qos = if number % 2 == 0 { AtLeastOnce } else { ExactlyOnce };
        first.publish(publisher, &format!("a/{}", number % 3), &number.to_string(), qos);
    }
    let before = first.broker.queue("away", None, 99);
    assert_eq!(before.len(), 20);
    let mut world = restarted(&[&first]);
    assert_eq!(world.broker.queue("away", None, 99), before);
    assert_eq!(world.broker.totals().queued_bytes, first.broker.totals().queued_bytes);
    let (back, _) = world.connect_kept(V5, "away");
    let expected: Vec<_> = (0..20).map(|number| number.to_string()).collect();
    assert_eq!(world.drained(back), expected);
}

#[test]
fn inflight_messages_come_back_with_stage_identifier_and_order() {
    let mut first = world();
    let (peer, _) = first.connect_kept(V5, "one");
    first.subscribe(peer, "a", ExactlyOnce);
    let publisher = first.connect("publisher");
    for (payload, qos) in
        [("1", ExactlyOnce), ("2", AtLeastOnce), ("3", ExactlyOnce), ("4", AtLeastOnce)]
    {
        first.publish(publisher, "a", payload, qos);
    }
    let sent = first.all(peer);
    assert_eq!(sent.len(), 4);
    first.send(peer, &Packet::PubRec(ack(1)));
    first.send(peer, &Packet::PubAck(ack(2)));
    let stages = |world: &World| -> Vec<(u16, StageName)> {
        let inflight = world.broker.inflight("one", None, 9);
        inflight.iter().map(|one| (one.packet_identifier.get(), one.stage)).collect()
    };
    let expected = [
        (3, StageName::AwaitingPubRec),
        (4, StageName::AwaitingPubAck),
        (1, StageName::AwaitingPubComp),
    ];
    assert_eq!(stages(&first), expected);
    let mut world = restarted(&[&first]);
    assert_eq!(stages(&world), expected);
    let (peer, _) = world.connect_kept(V5, "one");
    let again = world.message(peer);
    assert_eq!((again.identifier, again.dup, again.payload.as_str()), (3, true, "3"));
    let again = world.message(peer);
    assert_eq!((again.identifier, again.dup, again.payload.as_str()), (4, true, "4"));
    assert_packet!(world.next(peer), Packet::PubRel(_));
    // [MQTT-2.2.1-4]: identifiers go on behind the last one used.
    let publisher = world.connect("publisher");
    world.publish(publisher, "a", "5", AtLeastOnce);
    assert_eq!(world.message(peer).identifier, 5);
}

#[test]
fn an_identifier_that_has_become_free_is_not_used_next_after_a_restart() {
    let mut first = world();
    let (peer, _) = first.connect_kept(V5, "one");
    first.subscribe(peer, "a", AtLeastOnce);
    let publisher = first.connect("publisher");
    for _ in 0..3 {
        first.publish(publisher, "a", "m", AtLeastOnce);
        first.take(peer);
    }
    let mut world = restarted(&[&first]);
    let (peer, _) = world.connect_kept(V5, "one");
    let publisher = world.connect("publisher");
    world.publish(publisher, "a", "m", AtLeastOnce);
    assert_eq!(world.message(peer).identifier, 4);
}

#[test]
fn identifiers_of_incoming_qos_2_messages_come_back() {
    let mut first = world();
    let (peer, _) = first.connect_kept(V5, "one");
    for identifier in [3, 9] {
        first.send(peer, &Packet::Publish(publish("a", b"m", ExactlyOnce, identifier)));
    }
    first.send(peer, &Packet::PubRel(ack(3)));
    let world = restarted(&[&first]);
    assert_eq!(world.broker.received_identifiers("one", None, 9), [id(9)]);
}

#[test]
fn retained_messages_come_back_but_for_those_cleared_replaced_or_expired() {
    let mut first = world();
    let publisher = first.connect("publisher");
    let retained = |world: &mut World, topic: &str, payload: &str, expiry: Option<u32>| {
        let mut message = publish(topic, payload.as_bytes(), AtMostOnce, 0);
        message.retain = true;
        message.properties.message_expiry_interval = expiry;
        world.send(publisher, &Packet::Publish(message));
    };
    retained(&mut first, "a", "old", None);
    retained(&mut first, "a", "new", None);
    retained(&mut first, "b", "m", None);
    retained(&mut first, "b", "", None);
    retained(&mut first, "c", "short", Some(5));
    retained(&mut first, "d", "long", Some(50));
    retained(&mut first, "e", "swept", Some(1));
    first.advance(2);
    first.sleep(10);
    let mut world = restarted(&[&first]);
    let (peer, _) = world.connect_kept(V5, "one");
    world.subscribe(peer, "#", AtMostOnce);
    let (first, second) = (world.message(peer), world.message(peer));
    assert_eq!((first.payload.as_str(), first.expiry), ("new", None));
    assert_eq!((second.payload.as_str(), second.expiry), ("long", Some(38)));
    world.nothing(peer);
    world.advance(0);
    assert_eq!(world.broker.totals().retained_messages, 2);
}

#[test]
fn no_number_is_given_out_twice_over_restarts() {
    let mut first = world();
    for name in ["one", "two"] {
        first.connect_kept(V5, name);
    }
    let mut anew = kept(V5, "two");
    anew.clean_start = true;
    first.connect_with(anew);
    let (peer, _) = first.connect_kept(V5, "one");
    first.subscribe(peer, "a", AtLeastOnce);
    let publisher = first.connect("publisher");
    first.publish(publisher, "a", "m", AtLeastOnce);
    first.take(peer);
    let mut second = restarted(&[&first]);
    second.connect_kept(V5, "three");
    let publisher = second.connect("publisher");
    second.publish(publisher, "a", "m", AtLeastOnce);
    let number = |world: &World, name: &str| world.broker.session(name).map(|one| one.number);
    assert_eq!(number(&second, "three"), Some(SessionNumber(4)));
    let arrivals = |world: &World| -> Vec<u64> {
        let arrival = |record: &Record| match record {
            Record::Published { recipients, .. } => Some(recipients[0].arrival),
            _ => None,
        };
        world.records.iter().filter_map(|(_, record)| arrival(record)).collect()
    };
    assert!(arrivals(&first) < arrivals(&second));
}

#[test]
fn no_message_is_known_by_the_number_of_another_though_a_seed_comes_twice() {
    let mut first = world();
    let publisher = first.connect("publisher");
    for topic in ["a", "b"] {
        first.retain(publisher, topic, "x", AtLeastOnce);
    }
    let records = first.records.iter().cloned();
    let broker = Broker::restore(durable(), [7; 32], first.now, records);
    let mut second = World::around(broker, first.now);
    let publisher = second.connect("publisher");
    second.retain(publisher, "c", "x", AtLeastOnce);
    let mut identities = Vec::new();
    for (_, record) in first.records.iter().chain(&second.records) {
        if let Record::Published { message, .. } = record {
            assert!(!identities.contains(&message.identity()));
            identities.push(message.identity());
        }
    }
    assert_eq!(identities.len(), 3);
}

#[test]
fn numbers_that_a_store_has_only_noted_are_not_given_out_again() {
    let numbered = Record::Numbered { session: SessionNumber(41), arrival: 99 };
    let broker = Broker::restore(durable(), [8; 32], START, [(START, numbered)]);
    let mut world = World::around(broker, START);
    let (peer, _) = world.connect_kept(V5, "one");
    assert_eq!(world.broker.session("one").map(|one| one.number), Some(SessionNumber(42)));
    world.subscribe(peer, "a", AtLeastOnce);
    let publisher = world.connect("publisher");
    world.publish(publisher, "a", "m", AtLeastOnce);
    let Some(one) = world.broker.inflight("one", None, 1).pop() else { panic!() };
    assert_eq!(one.arrival, 100);
}

#[test]
fn a_restored_broker_goes_on_recording_behind_what_it_was_restored_from() {
    let mut first = world();
    let (peer, _) = first.connect_kept(V5, "one");
    first.subscribe(peer, "a", ExactlyOnce);
    first.cut(peer);
    let publisher = first.connect("publisher");
    first.publish(publisher, "a", "1", ExactlyOnce);
    let mut second = restarted(&[&first]);
    let publisher = second.connect("publisher");
    second.publish(publisher, "a", "2", ExactlyOnce);
    let (peer, _) = second.connect_kept(V5, "one");
    second.send(peer, &Packet::PubRec(ack(1)));
    let mut third = restarted(&[&first, &second]);
    let (peer, present) = third.connect_kept(V5, "one");
    assert!(present);
    assert_eq!(third.message(peer).payload, "2");
    assert_packet!(third.next(peer), Packet::PubRel(_));
}

#[test]
fn a_session_belongs_to_its_principal_after_a_restart() {
    use afterlink_core::broker::{Authentication, AuthenticationVerdict, ConnectionId};
    use afterlink_core::codec::ReasonCode;
    fn connect_as(world: &mut World, principal: &str) -> ReasonCode {
        let peer = world.open();
        world.send(peer, &Packet::Connect(kept(V5, "one")));
        let connection = ConnectionId(peer.0);
        let principal = Some(principal.to_owned());
        let verdict = AuthenticationVerdict::Accept { principal, data: None };
        world.input(Input::Authenticated { connection, verdict });
        let packet = world.next(peer);
        let Packet::ConnAck(connack) = packet.packet() else { panic!("{packet:?}") };
        connack.reason_code
    }
    let config = Config { authentication: Authentication::Driver, ..durable() };
    let mut first = World::with(config);
    assert_eq!(connect_as(&mut first, "alice"), ReasonCode::SUCCESS);
    let mut world = restarted(&[&first]);
    assert_eq!(connect_as(&mut world, "mallory"), ReasonCode::NOT_AUTHORIZED);
    assert_eq!(connect_as(&mut world, "alice"), ReasonCode::SUCCESS);
}

#[test]
fn records_that_fit_nothing_are_counted_and_change_nothing() {
    let mut first = world();
    let (peer, _) = first.connect_kept(V5, "one");
    first.subscribe(peer, "a", ExactlyOnce);
    first.subscribe(peer, "$share/g/s", ExactlyOnce);
    let mut with_will = kept(V5, "two");
    with_will.will = Some(will("w", "gone", AtLeastOnce));
    let (two, _) = first.connect_with(with_will);
    first.cut(two);
    let publisher = first.connect("publisher");
    first.publish(publisher, "a", "1", ExactlyOnce);
    first.take(peer);
    first.publish(publisher, "a", "2", AtLeastOnce);
    first.cut(peer);
    first.publish(publisher, "s", "3", ExactlyOnce);
    first.connect_kept(V5, "one");
    first.connect_with(connect(V5, "one"));
    let all = &first.records;
    // Each record twice, in the wrong order, and each left out: damage of every kind.
    let damaged = [
        all.iter().flat_map(|record| [record.clone(), record.clone()]).collect::<Vec<_>>(),
        all.iter().rev().cloned().collect(),
    ];
    let without = (0..all.len()).map(|gap| {
        let mut rest = all.clone();
        rest.remove(gap);
        rest
    });
    for records in damaged.into_iter().chain(without) {
        let count = records.len();
        let broker = Broker::restore(durable(), [8; 32], first.now, records);
        assert!(broker.counters().records_ignored <= 2 * count as u64);
        let mut world = World::around(broker, first.now);
        world.advance(10_000);
        let (peer, _) = world.connect_kept(V5, "one");
        let publisher = world.connect("publisher");
        world.publish(publisher, "a", "4", ExactlyOnce);
        world.publish(publisher, "s", "5", ExactlyOnce);
        world.drained(peer);
    }
    let reversed = all.iter().rev().cloned();
    let broker = Broker::restore(durable(), [8; 32], first.now, reversed);
    assert!(broker.counters().records_ignored > 5);
}

#[test]
fn a_message_for_an_unknown_queue_still_reaches_the_known_ones() {
    let mut first = world();
    let (peer, _) = first.connect_kept(V5, "one");
    first.subscribe(peer, "a", AtLeastOnce);
    first.cut(peer);
    let publisher = first.connect("publisher");
    first.publish(publisher, "a", "m", AtLeastOnce);
    let mut records = first.records.clone();
    let Some((_, Record::Published { recipients, retained, .. })) = records.last_mut() else {
        panic!()
    };
    let unknown = QueueName::Session(SessionNumber(77));
    recipients.insert(0, Recipient { queue: unknown, ..recipients[0].clone() });
    *retained = RetainedChange::Set;
    let broker = Broker::restore(durable(), [8; 32], first.now, records);
    assert_eq!(broker.counters().records_ignored, 1);
    assert_eq!(broker.queue("one", None, 9).len(), 1);
    assert_eq!(broker.totals().retained_messages, 1);
}

#[test]
fn without_records_a_restored_broker_serves_and_forgets() {
    let mut first = world();
    let (peer, _) = first.connect_kept(V5, "one");
    first.subscribe(peer, "a", ExactlyOnce);
    first.cut(peer);
    let publisher = first.connect("publisher");
    first.publish(publisher, "a", "m", ExactlyOnce);
    let records = first.records.iter().cloned();
    let broker = Broker::restore(Config::default(), [8; 32], first.now, records);
    let mut world = World::around(broker, first.now);
    let (peer, present) = world.connect_kept(V5, "one");
    assert!(present);
    assert_eq!(world.payloads(peer), ["m"]);
    assert!(world.records.is_empty());
}
