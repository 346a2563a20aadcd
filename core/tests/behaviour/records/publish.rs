//! Publishes of clients: ownership is durable before it is acknowledged.

use afterlink_core::broker::{Record, RetainedChange};
use afterlink_core::codec::{Packet, ReasonCode};

use super::*;

/// A world with a durable subscriber to `a` that is away and a publisher that is not durable;
/// nothing is persisted by itself from now on.
fn subscriber_away() -> (World, Peer) {
    let mut world = world();
    let (away, _) = world.connect_kept(V5, "away");
    world.subscribe(away, "a", ExactlyOnce);
    world.cut(away);
    let publisher = world.connect("publisher");
    world.persists = false;
    (world, publisher)
}

// [MQTT-4.3.2-4] [MQTT3-4.3.2-2]
#[test]
fn puback_waits_until_the_message_is_persisted_with_its_recipients() {
    let (mut world, publisher) = subscriber_away();
    world.send(publisher, &Packet::Publish(publish("a", b"m", AtLeastOnce, 1)));
    let Record::Published { recipients, .. } = world.last_record() else {
        panic!("{:?}", world.last_record())
    };
    assert_eq!(recipients.len(), 1);
    assert_packet!(world.waits_for_the_last_record(publisher), Packet::PubAck(_));
}

// [MQTT-4.3.3-8]
#[test]
fn pubrec_waits_for_one_record_of_the_message_and_the_identifier() {
    let mut world = world();
    let (away, _) = world.connect_kept(V5, "away");
    world.subscribe(away, "a", ExactlyOnce);
    world.cut(away);
    let (publisher, _) = world.connect_kept(V5, "publisher");
    world.persists = false;
    let records = world.records.len();
    world.send(publisher, &Packet::Publish(publish("a", b"m", ExactlyOnce, 5)));
    assert_eq!(world.records.len(), records + 1);
    let Record::Published { recipients, received: Some((_, identifier)), .. } = world.last_record()
    else {
        panic!("{:?}", world.last_record())
    };
    assert_eq!((recipients.len(), *identifier), (1, id(5)));
    assert_packet!(world.waits_for_the_last_record(publisher), Packet::PubRec(_));
}

#[test]
fn an_identifier_without_a_recipient_is_kept_too() {
    let mut world = world();
    let (publisher, _) = world.connect_kept(V5, "publisher");
    world.persists = false;
    world.send(publisher, &Packet::Publish(publish("nobody", b"m", ExactlyOnce, 5)));
    assert_packet!(world.waits_for_the_last_record(publisher), Packet::PubRec(_));
    let world = restarted(&[&world]);
    assert_eq!(world.broker.received_identifiers("publisher", None, 9), [id(5)]);
}

// [MQTT-4.3.3-10] [MQTT3-4.3.3-2]
#[test]
fn a_repeat_after_a_crash_between_fan_out_and_pubrec_is_delivered_once() {
    for version in [V3_1, V3_1_1, V5] {
        let mut first = world();
        let (away, _) = first.connect_kept(version, "away");
        first.subscribe(away, "a", ExactlyOnce);
        first.cut(away);
        let (publisher, _) = first.connect_kept(version, "publisher");
        first.persists = false;
        first.send(publisher, &Packet::Publish(publish("a", b"m", ExactlyOnce, 5)));
        first.nothing(publisher);

        let mut world = restarted(&[&first]);
        let (publisher, _) = world.connect_kept(version, "publisher");
        let mut again = publish("a", b"m", ExactlyOnce, 5);
        again.dup = true;
        world.send(publisher, &Packet::Publish(again));
        assert_packet!(world.next(publisher), Packet::PubRec(_));
        world.send(publisher, &Packet::PubRel(ack(5)));
        assert_packet!(world.next(publisher), Packet::PubComp(_));
        let (back, _) = world.connect_kept(version, "away");
        assert_eq!(world.payloads(back), ["m"]);
    }
}

#[test]
fn a_repeat_on_the_same_connection_is_answered_behind_the_first() {
    let mut world = world();
    let (publisher, _) = world.connect_kept(V5, "publisher");
    world.persists = false;
    for _ in 0..2 {
        world.send(publisher, &Packet::Publish(publish("a", b"m", ExactlyOnce, 5)));
    }
    assert_packet!(world.waits_for_the_last_record(publisher), Packet::PubRec(_));
    assert_packet!(world.next(publisher), Packet::PubRec(_));
}

#[test]
fn a_repeat_does_not_wait_for_the_records_of_others() {
    let (mut world, publisher) = subscriber_away();
    world.send(publisher, &Packet::Publish(publish("a", b"pending", AtLeastOnce, 1)));
    let other = world.connect("other");
    for _ in 0..2 {
        world.send(other, &Packet::Publish(publish("elsewhere", b"m", ExactlyOnce, 5)));
        assert_packet!(world.next(other), Packet::PubRec(_));
    }
}

// [MQTT-4.3.3-11] [MQTT-4.3.3-12]
#[test]
fn pubcomp_waits_until_the_identifier_is_durably_free() {
    let mut first = world();
    let (away, _) = first.connect_kept(V5, "away");
    first.subscribe(away, "a", ExactlyOnce);
    first.cut(away);
    let (publisher, _) = first.connect_kept(V5, "publisher");
    first.send(publisher, &Packet::Publish(publish("a", b"one", ExactlyOnce, 5)));
    assert_packet!(first.next(publisher), Packet::PubRec(_));
    first.persists = false;
    first.send(publisher, &Packet::PubRel(ack(5)));
    assert_packet!(first.waits_for_the_last_record(publisher), Packet::PubComp(_));

    let mut world = restarted(&[&first]);
    let (publisher, _) = world.connect_kept(V5, "publisher");
    world.send(publisher, &Packet::Publish(publish("a", b"two", ExactlyOnce, 5)));
    assert_packet!(world.next(publisher), Packet::PubRec(_));
    let (back, _) = world.connect_kept(V5, "away");
    assert_eq!(world.drained(back), ["one", "two"], "a new message under the same identifier");
}

#[test]
fn a_message_for_nobody_durable_is_acknowledged_at_once() {
    let (mut world, publisher) = subscriber_away();
    world.send(publisher, &Packet::Publish(publish("a", b"pending", AtLeastOnce, 1)));
    let other = world.connect("other");
    for payload in ["m", ""] {
        world.publish(other, "elsewhere", payload, AtLeastOnce);
        world.publish(other, "elsewhere", payload, ExactlyOnce);
    }
}

// [MQTT-4.6.0-2] [MQTT-4.6.0-3]
#[test]
fn acknowledgements_leave_in_the_order_of_the_publishes() {
    let (mut world, publisher) = subscriber_away();
    world.send(publisher, &Packet::Publish(publish("a", b"m", AtLeastOnce, 1)));
    world.send(publisher, &Packet::Publish(publish("elsewhere", b"m", AtLeastOnce, 2)));
    world.send(publisher, &Packet::PingReq);
    world.nothing(publisher);
    world.persist_all();
    let first = world.next(publisher);
    let Packet::PubAck(first) = first.packet() else { panic!("{first:?}") };
    assert_eq!(first.packet_identifier, id(1));
    let second = world.next(publisher);
    let Packet::PubAck(second) = second.packet() else { panic!("{second:?}") };
    assert_eq!(second.packet_identifier, id(2));
    assert_packet!(world.next(publisher), Packet::PingResp);
}

#[test]
fn a_refusal_promises_nothing_and_leaves_no_record() {
    let (mut world, publisher) = subscriber_away();
    let records = world.records.len();
    world.send(publisher, &Packet::Publish(publish("$SYS/a", b"m", AtLeastOnce, 1)));
    let packet = world.next(publisher);
    let Packet::PubAck(ack) = packet.packet() else { panic!("{packet:?}") };
    assert_eq!(ack.reason_code, ReasonCode::NOT_AUTHORIZED);
    assert_eq!(world.records.len(), records);
}

// [MQTT-3.1.2-24] [MQTT-3.1.2-29] [MQTT-3.4.2-2]
#[test]
fn a_refusal_that_waits_behind_another_answer_is_as_long_as_one_that_does_not() {
    let answer = |waits: bool, wanted: Option<bool>, maximum: Option<u32>| {
        let (mut world, _) = subscriber_away();
        let mut connect = connect(V5, "another");
        connect.properties.request_problem_information = wanted;
        connect.properties.maximum_packet_size = maximum;
        let (publisher, _) = world.connect_with(connect);
        if waits {
            world.send(publisher, &Packet::Publish(publish("a", b"m", AtLeastOnce, 1)));
        }
        world.send(publisher, &Packet::Publish(publish("$SYS/a", b"m", AtLeastOnce, 2)));
        if waits {
            world.nothing(publisher);
            world.persist_all();
            assert_packet!(world.next(publisher), Packet::PubAck(_));
        }
        world.next(publisher).bytes().to_vec()
    };
    let whole = answer(false, None, None);
    let bare = answer(false, Some(false), None);
    assert_eq!(bare, [0x40, 3, 0, 2, 0x87]);
    let len = u32::try_from(whole.len()).expect("short");
    assert_eq!(answer(true, None, None), whole);
    assert_eq!(answer(true, Some(false), None), bare);
    for (maximum, expected) in [(len, &whole), (len - 1, &bare)] {
        assert_eq!(&answer(false, None, Some(maximum)), expected);
        assert_eq!(&answer(true, None, Some(maximum)), expected);
    }
}

#[test]
fn a_retained_message_is_recorded_for_a_new_subscription_unless_it_is_sent_at_qos_0() {
    for qos in [AtMostOnce, AtLeastOnce] {
        let mut world = world();
        let publisher = world.connect("publisher");
        world.retain(publisher, "a", "m", AtLeastOnce);
        let (peer, _) = world.connect_kept(V5, "one");
        world.subscribe(peer, "a", qos);
        assert_eq!(world.message(peer).qos, qos);
        let queued = world.records.iter().any(|(_, one)| matches!(one, Record::Queued { .. }));
        assert_eq!(queued, qos == AtLeastOnce);
    }
}

#[test]
fn a_retained_message_is_durable_before_its_acknowledgement_and_lazily_at_qos_0() {
    let mut world = world();
    let publisher = world.connect("publisher");
    world.persists = false;
    let mut retained = publish("a", b"zero", AtMostOnce, 0);
    retained.retain = true;
    world.send(publisher, &Packet::Publish(retained));
    world.send(publisher, &Packet::PingReq);
    assert_packet!(world.next(publisher), Packet::PingResp);
    let Record::Published { retained, .. } = world.last_record() else { panic!() };
    assert_eq!(*retained, RetainedChange::Set);
    let mut retained = publish("a", b"one", AtLeastOnce, 1);
    retained.retain = true;
    world.send(publisher, &Packet::Publish(retained));
    assert_packet!(world.waits_for_the_last_record(publisher), Packet::PubAck(_));
}

#[test]
fn a_retained_message_whose_successor_had_no_room_does_not_come_back() {
    let mut config = durable();
    config.limits.retained_bytes_max = 20;
    let mut first = World::with(config);
    let publisher = first.connect_with(connect(V3_1_1, "publisher")).0;
    for (payload, answers) in [("old", true), ("much more than there is room for", false)] {
        first.persists = answers;
        let mut retained = publish("a", payload.as_bytes(), AtLeastOnce, 1);
        retained.retain = true;
        first.send(publisher, &Packet::Publish(retained));
        if answers {
            assert_packet!(first.next(publisher), Packet::PubAck(_));
        }
    }
    let Record::Published { retained, .. } = first.last_record() else { panic!() };
    assert_eq!(*retained, RetainedChange::Cleared);
    // Another that finds nothing to remove is promised no less.
    let other = first.connect_with(connect(V3_1_1, "other")).0;
    let mut again = publish("a", b"again more than there is room for", AtLeastOnce, 2);
    again.retain = true;
    first.send(other, &Packet::Publish(again));
    first.nothing(other);
    assert_packet!(first.waits_for_the_last_record(publisher), Packet::PubAck(_));
    assert_packet!(first.next(other), Packet::PubAck(_));
    let mut world = restarted(&[&first]);
    let reader = world.connect("reader");
    world.subscribe(reader, "a", AtMostOnce);
    world.nothing(reader);
}

#[test]
fn who_clears_a_retained_message_that_another_is_clearing_waits_as_long() {
    let mut world = world();
    let one = world.connect("one");
    let two = world.connect("two");
    let mut retained = publish("a", b"m", AtLeastOnce, 1);
    retained.retain = true;
    world.send(one, &Packet::Publish(retained));
    assert_packet!(world.next(one), Packet::PubAck(_));
    world.persists = false;
    for peer in [one, two] {
        let mut clear = publish("a", b"", AtLeastOnce, 2);
        clear.retain = true;
        world.send(peer, &Packet::Publish(clear));
    }
    world.nothing(one);
    world.nothing(two);
    world.persist_all();
    assert_packet!(world.next(one), Packet::PubAck(_));
    assert_packet!(world.next(two), Packet::PubAck(_));
}
