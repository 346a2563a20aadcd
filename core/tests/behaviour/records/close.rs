//! Connections that end while something waits for records.

use afterlink_core::broker::{Command, Record};
use afterlink_core::codec::{Packet, ReasonCode};

use super::*;

#[test]
fn an_unanswered_publish_is_answered_on_the_next_connection() {
    let mut world = world();
    let (away, _) = world.connect_kept(V5, "away");
    world.subscribe(away, "a", ExactlyOnce);
    world.cut(away);
    let (publisher, _) = world.connect_kept(V5, "publisher");
    world.persists = false;
    world.send(publisher, &Packet::Publish(publish("a", b"m", ExactlyOnce, 5)));
    world.cut(publisher);
    world.persists = true;
    world.persist_all();
    let (publisher, present) = world.connect_kept(V5, "publisher");
    assert!(present);
    let mut again = publish("a", b"m", ExactlyOnce, 5);
    again.dup = true;
    world.send(publisher, &Packet::Publish(again));
    assert_packet!(world.next(publisher), Packet::PubRec(_));
    let (back, _) = world.connect_kept(V5, "away");
    assert_eq!(world.payloads(back), ["m"]);
}

#[test]
fn a_held_delivery_is_made_on_the_next_connection() {
    let mut world = world();
    let (subscriber, _) = world.connect_kept(V5, "subscriber");
    world.subscribe(subscriber, "a", ExactlyOnce);
    let publisher = world.connect("publisher");
    world.persists = false;
    world.send(publisher, &Packet::Publish(publish("a", b"m", ExactlyOnce, 5)));
    world.cut(subscriber);
    world.persists = true;
    world.persist_all();
    let (subscriber, _) = world.connect_kept(V5, "subscriber");
    assert_eq!(world.payloads(subscriber), ["m"]);
}

// [MQTT-3.1.4-3]
#[test]
fn a_client_whose_answers_wait_is_still_told_that_it_is_taken_over() {
    let mut world = world();
    let (old, _) = world.connect_kept(V5, "one");
    world.persists = false;
    world.subscribe_later(old, "a");
    let new = world.open();
    world.send(new, &Packet::Connect(kept(V5, "one")));
    world.expect_disconnect(old, ReasonCode::SESSION_TAKEN_OVER);
    world.persist_all();
    let packet = world.next(new);
    let Packet::ConnAck(connack) = packet.packet() else { panic!("{packet:?}") };
    assert!(connack.session_present);
    assert_eq!(world.broker.subscriptions("one", None, 9).len(), 1);
}

// [MQTT-3.14.0-1]
#[test]
fn a_client_whose_connack_waits_is_closed_without_a_disconnect() {
    let mut world = world();
    world.persists = false;
    let old = world.open();
    world.send(old, &Packet::Connect(kept(V5, "one")));
    let new = world.open();
    world.send(new, &Packet::Connect(kept(V5, "one")));
    world.nothing(old);
    assert!(world.is_closed(old));
    world.persist_all();
    world.nothing(old);
    assert_packet!(world.next(new), Packet::ConnAck(_));
}

#[test]
fn packets_behind_a_waiting_connack_are_answered_behind_it() {
    let mut world = world();
    world.persists = false;
    let peer = world.open();
    world.send(peer, &Packet::Connect(kept(V5, "one")));
    world.subscribe_later(peer, "a");
    world.send(peer, &Packet::PingReq);
    world.nothing(peer);
    world.persist_all();
    assert_packet!(world.next(peer), Packet::ConnAck(_));
    assert_packet!(world.next(peer), Packet::SubAck(_));
    assert_packet!(world.next(peer), Packet::PingResp);
}

// The connection's number in the tables may belong to another by the time of the record.
#[test]
fn what_a_lost_connection_waited_for_is_not_sent_to_another() {
    let mut world = world();
    let (lost, _) = world.connect_kept(V5, "one");
    world.persists = false;
    world.subscribe_later(lost, "a");
    world.cut(lost);
    let other = world.connect("other");
    world.persist_all();
    world.nothing(other);
}

#[test]
fn a_shutdown_does_not_wait_for_the_store() {
    let mut world = world();
    let (peer, _) = world.connect_kept(V5, "one");
    world.persists = false;
    world.subscribe_later(peer, "a");
    world.command(Command::Shutdown);
    world.expect_disconnect(peer, ReasonCode::SERVER_SHUTTING_DOWN);
    assert!(matches!(world.last_record(), Record::Disconnected { .. }));
}

#[test]
fn a_withdrawn_will_is_durably_withdrawn_before_the_connection_is_closed() {
    for version in [V3_1, V3_1_1, V5] {
        let mut world = world();
        let mut with_will = kept(version, "one");
        with_will.will = Some(will("w", "gone", AtLeastOnce));
        let (peer, _) = world.connect_with(with_will);
        world.persists = false;
        let goodbye =
            afterlink_core::codec::packet::Disconnect::new(ReasonCode::NORMAL_DISCONNECTION);
        world.send(peer, &Packet::Disconnect(goodbye));
        assert!(!world.is_closed(peer));
        assert!(world.broker.session("one").is_some_and(|one| one.connection.is_none()));
        world.persist_all();
        assert!(world.is_closed(peer));
        let mut after = restarted(&[&world]);
        after.advance(1);
        assert_eq!(after.broker.counters().wills_published, 0);
    }
}

#[test]
fn without_a_will_to_withdraw_a_goodbye_waits_for_no_record() {
    let mut world = world();
    let (peer, _) = world.connect_kept(V5, "one");
    world.persists = false;
    world.subscribe_later(peer, "a");
    world.disconnect(peer);
    // Nor if a will is withdrawn that no store holds.
    let mut with_will = connect(V5, "two");
    with_will.will = Some(will("w", "gone", AtLeastOnce));
    let (peer, _) = world.connect_with(with_will);
    world.disconnect(peer);
}

#[test]
fn a_peer_that_closes_first_is_not_closed_again() {
    let mut world = world();
    let mut with_will = kept(V5, "one");
    with_will.will = Some(will("w", "gone", AtLeastOnce));
    let (peer, _) = world.connect_with(with_will);
    world.persists = false;
    let goodbye = afterlink_core::codec::packet::Disconnect::new(ReasonCode::NORMAL_DISCONNECTION);
    world.send(peer, &Packet::Disconnect(goodbye));
    let connection = afterlink_core::broker::ConnectionId(peer.0);
    let now = world.now;
    world.broker.handle_input(now, afterlink_core::broker::Input::Closed { connection });
    let upto = afterlink_core::broker::RecordSequence(world.records.len() as u64);
    world.broker.handle_input(now, afterlink_core::broker::Input::Persisted { upto });
    while let Some(output) = world.broker.poll_output() {
        let closes = matches!(output, afterlink_core::broker::Output::Close { .. });
        assert!(!closes, "{output:?}");
    }
}

#[test]
fn connections_that_wait_to_be_closed_count_as_connections() {
    let mut config = durable();
    config.limits.connections_max = 1;
    let mut world = World::with(config);
    let mut with_will = kept(V5, "one");
    with_will.will = Some(will("w", "gone", AtLeastOnce));
    let (peer, _) = world.connect_with(with_will);
    world.persists = false;
    let goodbye = afterlink_core::codec::packet::Disconnect::new(ReasonCode::NORMAL_DISCONNECTION);
    world.send(peer, &Packet::Disconnect(goodbye));
    let refused = world.open();
    assert!(world.is_closed(refused));
    world.persist_all();
    let taken = world.open();
    assert!(!world.is_closed(taken));
}
