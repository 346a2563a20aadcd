//! The policy that refuses: a 5.0 publisher is told, one of version 3 is held back until there is
//! room.

use afterlink_core::authorization::Policy;
use afterlink_core::broker::{Command, Input, Output, QueueOverflow, TimerReason};
use afterlink_core::codec::{Packet, ReasonCode};
use afterlink_core::session::DropCause;
use afterlink_core::topic::{TopicFilter, TopicLimits};

use super::{away, away_in_groups, groups, publish_all, queue};
use crate::exchange::*;
use crate::harness::*;

const OVER: ReasonCode = ReasonCode::QUOTA_EXCEEDED;

#[test]
fn refuse_tells_a_5_0_publisher_and_gives_the_message_to_nobody() {
    let (mut world, publisher) = away(QueueOverflow::Refuse);
    let other = world.connect("other");
    world.subscribe(other, "#", ExactlyOnce);
    publish_all(&mut world, publisher, &["1", "2", "3"]);
    world.unacknowledged(other);
    world.send_publish(publisher, "4", "4", AtLeastOnce, 9);
    assert_eq!(world.answer(publisher), ("PUBACK", 9, OVER));
    world.send_publish(publisher, "4", "4", ExactlyOnce, 9);
    assert_eq!(world.answer(publisher), ("PUBREC", 9, OVER));
    world.nothing(other);
    assert!(world.drops().is_empty(), "nobody has lost anything");
    assert_eq!(world.broker.counters().publishes_refused, 2);
    // QoS 0 is dropped for the full queue alone.
    world.publish(publisher, "0", "0", AtMostOnce);
    assert_eq!(world.message(other).payload, "0");
    assert_eq!(world.drops(), [(Some("client"), "0", DropCause::QueueMessages)]);
    // A message the full queue has nothing to do with is taken; and so is one that comes again
    // once there is room.
    let (client, _) = world.connect_kept(V5, "client");
    assert_eq!(world.payloads(client), ["1", "2", "3"]);
    world.send_publish(publisher, "4", "4", ExactlyOnce, 9);
    assert_eq!(world.answer(publisher), ("PUBREC", 9, SUCCESS));
    assert_eq!(world.message(client).payload, "4");
}

#[test]
fn refuse_looks_only_at_sessions_that_outlive_their_connection() {
    let mut world = World::set(|config| {
        config.queue_overflow = QueueOverflow::Refuse;
        config.limits.queue_messages_max = 1;
    });
    let mut fleeting = connect(V5, "fleeting");
    fleeting.properties.receive_maximum = Some(1);
    let (client, _) = world.connect_with(fleeting);
    world.subscribe(client, "#", AtLeastOnce);
    let publisher = world.connect("publisher");
    publish_all(&mut world, publisher, &["1", "2", "3"]);
    assert_eq!(world.drops(), [(Some("fleeting"), "3", DropCause::QueueMessages)]);
}

#[test]
fn refuse_expires_before_it_refuses() {
    let (mut world, publisher) = away(QueueOverflow::Refuse);
    world.publish_expiring(publisher, "old", "old", 10);
    publish_all(&mut world, publisher, &["1", "2"]);
    world.sleep(10);
    publish_all(&mut world, publisher, &["3"]);
    assert_eq!(queue(&world), ["1", "2", "3"]);
}

#[test]
fn refuse_looks_at_the_queue_of_a_share_group_too() {
    let mut world = World::set(|config| {
        config.queue_overflow = QueueOverflow::Refuse;
        config.limits.queue_messages_max = 1;
    });
    world.away(V5, "member", "$share/g/#", AtLeastOnce);
    let publisher = world.connect("publisher");
    publish_all(&mut world, publisher, &["1"]);
    world.send_publish(publisher, "2", "2", AtLeastOnce, 9);
    assert_eq!(world.answer(publisher), ("PUBACK", 9, OVER));
    let (member, _) = world.connect_kept(V5, "member");
    assert_eq!(world.payloads(member), ["1"]);
}

#[test]
fn refuse_holds_a_version_3_publisher_back_until_there_is_room() {
    for qos in [AtLeastOnce, ExactlyOnce] {
        let (mut world, publisher) = away(QueueOverflow::Refuse);
        publish_all(&mut world, publisher, &["1", "2", "3"]);
        let old = world.connect_with(connect(V3_1_1, "old")).0;
        world.send_publish(old, "4", "4", qos, 4);
        world.send(old, &Packet::PingReq);
        world.nothing(old);
        assert!(!world.is_reading(old));
        let (client, _) = world.connect_with(kept_with_receive_maximum("client", 1));
        assert!(world.is_reading(old), "one has left the queue");
        let answer = if qos == AtLeastOnce { "PUBACK" } else { "PUBREC" };
        assert_eq!(world.answer(old), (answer, 4, SUCCESS));
        assert_eq!(world.answer(old), ("PINGRESP", 0, SUCCESS));
        assert_eq!(queue(&world), ["2", "3", "4"]);
        assert_eq!(world.unacknowledged(client), ["1"]);
        assert!(world.drops().is_empty());
    }
}

#[test]
fn refuse_drops_for_the_full_queue_alone_once_the_deadline_of_a_version_3_publisher_passes() {
    let (mut world, publisher) = away(QueueOverflow::Refuse);
    publish_all(&mut world, publisher, &["1", "2", "3"]);
    let other = world.connect("other");
    world.subscribe(other, "#", AtLeastOnce);
    let mut connect = connect(V3_1_1, "old");
    connect.keep_alive = 5;
    let old = world.connect_with(connect).0;
    world.send_publish(old, "4", "4", AtLeastOnce, 4);
    let (at, reason) = world.next_timer().unwrap();
    assert_eq!(at, world.now.plus_seconds(30));
    assert!(matches!(reason, TimerReason::RefuseDeadline { .. }), "{reason:?}");
    world.advance_ms(29_999);
    assert!(!world.is_reading(old) && !world.is_closed(old), "keep alive is not judged");
    world.nothing(other);
    world.advance_ms(1);
    assert!(world.is_reading(old));
    assert_eq!(world.answer(old), ("PUBACK", 4, SUCCESS));
    assert_eq!(world.message(other).payload, "4");
    assert_eq!(world.drops(), [(Some("client"), "4", DropCause::QueueMessages)]);
}

#[test]
fn publishers_held_back_go_on_one_after_another_as_room_comes() {
    let (mut world, publisher) = away(QueueOverflow::Refuse);
    publish_all(&mut world, publisher, &["1", "2", "3"]);
    let old: Vec<_> = ["x", "y"]
        .iter()
        .map(|name| {
            let peer = world.connect_with(connect(V3_1_1, name)).0;
            world.send_publish(peer, name, name, AtLeastOnce, 4);
            peer
        })
        .collect();
    let (client, _) = world.connect_with(kept_with_receive_maximum("client", 1));
    assert_eq!(old.iter().filter(|peer| world.is_reading(**peer)).count(), 1);
    assert_eq!(world.take(client).payload, "1");
    assert!(old.iter().all(|peer| world.is_reading(*peer)));
    let mut rest = world.payloads(client);
    assert_eq!(rest.split_off(2).len(), 2);
    assert_eq!(rest, ["2", "3"]);
}

#[test]
fn publishers_held_back_get_on_in_the_order_of_their_publishes_whoever_connected_first() {
    let (mut world, publisher) = away(QueueOverflow::Refuse);
    publish_all(&mut world, publisher, &["1", "2", "3"]);
    let [second, first] =
        ["second", "first"].map(|name| world.connect_with(connect(V3_1_1, name)).0);
    for peer in [first, second] {
        world.send_publish(peer, "t", "held back", AtLeastOnce, 4);
    }
    world.connect_with(kept_with_receive_maximum("client", 1));
    assert!(world.is_reading(first) && !world.is_reading(second));
}

#[test]
fn a_publisher_that_gets_on_makes_room_for_another_in_the_same_turn() {
    let mut world = World::set(|config| {
        config.queue_overflow = QueueOverflow::Refuse;
        config.limits.queue_messages_max = 1;
        config.limits.inflight_messages_max = 1;
    });
    world.away(V5, "client", "a", AtLeastOnce);
    let publisher = world.connect("publisher");
    world.publish_expiring(publisher, "a", "old", 10);
    let waits = world.connect_with(connect(V3_1_1, "waits")).0;
    // This one reads nothing more, so that the broker is told of nothing in between.
    let both = world.connect_slow(kept(V3_1_1, "both"), CREDIT);
    world.subscribe(both, "b", AtLeastOnce);
    publish_all(&mut world, publisher, &["b", "b"]);
    let first = world.message(both);
    world.send_publish(waits, "b", "late", AtLeastOnce, 1);
    world.send_publish(both, "a", "new", AtLeastOnce, 1);
    world.send(both, &Packet::PubAck(ack(first.identifier)));
    assert!(!world.is_reading(waits) && !world.is_reading(both));
    world.sleep(10);
    world.input(Input::Timeout);
    assert!(world.is_reading(both), "the old message has expired");
    assert!(world.is_reading(waits), "and the other queue has lost one to its client");
    assert_eq!(queue(&world), ["new"]);
}

#[test]
fn a_publisher_that_goes_while_it_is_held_back_leaves_nothing_behind() {
    let (mut world, publisher) = away(QueueOverflow::Refuse);
    publish_all(&mut world, publisher, &["1", "2", "3"]);
    let old = world.connect_with(connect(V3_1_1, "old")).0;
    world.send_publish(old, "4", "4", AtLeastOnce, 4);
    world.cut(old);
    assert_eq!(world.broker.totals().unfinished_bytes, 0);
    assert!(!matches!(world.next_timer(), Some((_, TimerReason::RefuseDeadline { .. }))));
    assert_eq!(world.payloads_back(), ["1", "2", "3"]);
}

#[test]
fn a_publisher_held_back_goes_on_when_the_full_session_ends() {
    let (mut world, _) = away(QueueOverflow::Refuse);
    let publisher = world.connect_with(connect(V3_1_1, "v3")).0;
    publish_all(&mut world, publisher, &["1", "2", "3"]);
    world.send_publish(publisher, "4", "4", AtLeastOnce, 4);
    assert!(!world.is_reading(publisher));
    world.command(Command::ExpireSession { client_identifier: "client".to_owned() });
    assert!(world.is_reading(publisher));
    assert_eq!(world.answer(publisher), ("PUBACK", 4, ReasonCode::SUCCESS));
}

#[test]
fn refuse_counts_the_bytes_of_copies_through_share_groups_one_by_one() {
    for (queue_bytes_max, reason) in [(29, OVER), (30, SUCCESS)] {
        let (mut world, publisher) = groups(|config| {
            config.queue_overflow = QueueOverflow::Refuse;
            config.limits.queue_bytes_max = queue_bytes_max;
        });
        world.send_publish(publisher, "t", "123456789", AtLeastOnce, 2);
        assert_eq!(world.answer(publisher), ("PUBACK", 2, reason));
    }
}

#[test]
fn refuse_counts_copies_through_share_groups_one_by_one() {
    let (mut world, publisher) = away_in_groups(QueueOverflow::Refuse);
    publish_all(&mut world, publisher, &["1"]);
    world.command(Command::DropMessage { client_identifier: "client".to_owned(), arrival: 3 });
    assert_eq!(queue(&world).len(), 2);
    world.send_publish(publisher, "2", "2", AtLeastOnce, 2);
    assert_eq!(world.answer(publisher), ("PUBACK", 2, OVER));
    assert_eq!(queue(&world).len(), 2);
}

#[test]
fn a_publish_that_is_held_back_is_counted_when_it_is_taken() {
    let (mut world, publisher) = away(QueueOverflow::Refuse);
    publish_all(&mut world, publisher, &["1", "2", "3"]);
    let waiting = world.connect_with(connect(V3_1_1, "v3")).0;
    world.send_publish(waiting, "4", "4", AtLeastOnce, 4);
    assert!(!world.is_reading(waiting));
    let received = world.broker.counters().packets_received;
    world.command(Command::Policy { policy: Policy::default() });
    assert!(!world.is_reading(waiting));
    assert_eq!(world.broker.counters().packets_received, received);
    world.command(Command::PurgeQueue { client_identifier: "client".to_owned() });
    assert!(world.is_reading(waiting));
    assert_eq!(world.broker.counters().packets_received, received + 1);
}

#[test]
fn a_publisher_whose_message_was_refused_otherwise_has_its_whole_time_for_the_next() {
    let (mut world, publisher) = away(QueueOverflow::Refuse);
    publish_all(&mut world, publisher, &["1", "2", "3"]);
    let waiting = world.connect_with(connect(V3_1_1, "v3")).0;
    world.send_publish(waiting, "4", "4", AtLeastOnce, 4);
    let filter = TopicFilter::parse("4", &TopicLimits::PROTOCOL).unwrap();
    let policy = Policy { refuse_publish: vec![filter], refuse_receive: vec![] };
    world.command(Command::Policy { policy });
    assert_eq!(world.answer(waiting), ("PUBACK", 4, ReasonCode::SUCCESS));
    world.advance(29);
    world.send_publish(waiting, "5", "5", AtLeastOnce, 5);
    world.advance(29);
    assert!(!world.is_reading(waiting));
    world.advance(1);
    assert_eq!(world.answer(waiting), ("PUBACK", 5, ReasonCode::SUCCESS));
}

#[test]
fn room_in_one_queue_wakes_only_those_who_wait_for_it() {
    let (mut world, publisher) = away(QueueOverflow::Refuse);
    world.away(V5, "other", "other", ExactlyOnce);
    publish_all(&mut world, publisher, &["other"]);
    publish_all(&mut world, publisher, &["2", "3"]);
    for n in 0..5 {
        let waiting = world.connect_with(connect(V3_1_1, &format!("v3 {n}"))).0;
        world.send_publish(waiting, "4", "4", AtLeastOnce, 4);
    }
    let mut woken = |client_identifier: &str| {
        let arrival = world.broker.queue(client_identifier, None, 1)[0].arrival;
        let client_identifier = client_identifier.to_owned();
        let command = Command::DropMessage { client_identifier, arrival };
        world.broker.handle_input(world.now, Input::Command(command));
        let mut woken = 0;
        while let Some(output) = world.broker.poll_output() {
            woken += u32::from(matches!(output, Output::Read { on: true, .. }));
        }
        woken
    };
    assert_eq!(woken("other"), 0);
    assert_eq!(woken("client"), 2, "one gets on, and the next finds the queue full again");
}

#[test]
fn refuse_asks_whether_the_qos_0_messages_that_wait_would_make_room_enough() {
    let mut world = World::set(|config| {
        config.queue_overflow = QueueOverflow::Refuse;
        config.queue_qos0_offline = true;
        config.limits.queue_bytes_max = 20;
    });
    world.away(V5, "client", "#", ExactlyOnce);
    let publisher = world.connect("publisher");
    world.publish(publisher, "t", "kept", AtLeastOnce);
    world.publish(publisher, "t", "0", AtMostOnce);
    world.send_publish(publisher, "t", &"x".repeat(15), AtLeastOnce, 2);
    assert_eq!(world.answer(publisher), ("PUBACK", 2, OVER));
    assert_eq!(queue(&world), ["kept", "0"]);
    world.send_publish(publisher, "t", &"x".repeat(14), AtLeastOnce, 3);
    assert_eq!(world.answer(publisher), ("PUBACK", 3, ReasonCode::SUCCESS));
    assert_eq!(queue(&world), ["kept", &"x".repeat(14)]);
}
