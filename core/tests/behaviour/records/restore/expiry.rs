//! Deadlines after a restart: time has gone on, and no timer fires before the first timeout.

use afterlink_core::broker::{Input, Output, Record};
use afterlink_core::codec::Packet;

use crate::records::*;

#[test]
fn time_has_gone_on_for_messages_that_wait() {
    let mut first = world();
    let (away, _) = first.connect_kept(V5, "away");
    first.subscribe(away, "a", AtLeastOnce);
    first.cut(away);
    let publisher = first.connect("publisher");
    for expiry in [10, 60] {
        let mut message = publish("a", b"m", AtLeastOnce, 1);
        message.properties.message_expiry_interval = Some(expiry);
        first.send(publisher, &Packet::Publish(message));
    }
    first.sleep(20);
    for swept in [false, true] {
        let mut world = restarted(&[&first]);
        if swept {
            world.advance(0);
            assert_eq!(world.broker.session("away").map(|one| one.drops.expired), Some(1));
        }
        let (back, _) = world.connect_kept(V5, "away");
        assert_eq!(world.message(back).expiry, Some(40));
        world.nothing(back);
    }
}

#[test]
fn the_expiry_of_a_session_counts_from_its_disconnect_or_the_last_record() {
    let mut first = world();
    let (gone, _) = first.connect_kept(V5, "gone");
    first.connect_kept(V5, "there");
    first.cut(gone);
    first.advance(100);
    first.connect_kept(V5, "late");
    let mut world = restarted(&[&first]);
    let expires_at = |world: &World, identifier: &str| {
        world.broker.session(identifier).and_then(|one| one.expires_at)
    };
    assert_eq!(expires_at(&world, "gone"), Some(START.plus_seconds(3600)));
    assert_eq!(expires_at(&world, "there"), Some(START.plus_seconds(3700)));
    world.advance(3499);
    let (_, present) = world.connect_kept(V5, "gone");
    assert!(present);
    world.advance(101);
    let (_, present) = world.connect_kept(V5, "there");
    assert!(!present);
}

#[test]
fn a_session_that_never_expires_comes_back_whatever_the_time() {
    let mut first = world();
    first.connect_kept(V3_1_1, "old");
    first.sleep(10 * 365 * 24 * 3600);
    let mut world = restarted(&[&first]);
    world.advance(0);
    let (_, present) = world.connect_kept(V3_1_1, "old");
    assert!(present);
}

#[test]
fn sessions_that_expired_while_the_broker_was_down_are_gone_to_all_who_look() {
    let mut first = world();
    let (peer, _) = first.connect_kept(V5, "one");
    first.subscribe(peer, "a", AtLeastOnce);
    first.sleep(3600);
    let mut world = restarted(&[&first]);
    assert!(world.broker.session("one").is_none());
    let publisher = world.connect("publisher");
    world.publish(publisher, "a", "m", AtLeastOnce);
    assert_eq!(world.broker.totals().queued_bytes, 0);
    world.advance(0);
    assert!(matches!(world.last_record(), Record::Ended { .. }));
    assert_eq!(world.broker.totals().sessions, 1, "the publisher's");
}

#[test]
fn a_further_restart_does_not_make_deadlines_later() {
    let mut first = world();
    first.connect_kept(V5, "one");
    let deadline = first.now.plus_seconds(3600);
    let mut second = restarted(&[&first]);
    second.advance(1000);
    second.connect_kept(V5, "another");
    let mut third = restarted(&[&first, &second]);
    assert_eq!(third.broker.session("one").and_then(|one| one.expires_at), Some(deadline));
    third.advance(2600);
    assert!(third.broker.session("one").is_none());
}

#[test]
fn nothing_is_sent_and_nothing_fires_before_the_first_timeout() {
    let mut first = world();
    first.connect_kept(V5, "one");
    first.sleep(7200);
    let records = first.records.iter().cloned();
    let mut broker = Broker::restore(durable(), [8; 32], first.now, records);
    let mut outputs = 0;
    while let Some(output) = broker.poll_output() {
        outputs += 1;
        let Output::Persist { sequence, at, record: Record::Disconnected { .. } } = output else {
            panic!("{output:?}")
        };
        assert_eq!((sequence.0, at), (1, START), "numbered anew, and true since the crash");
    }
    assert_eq!(outputs, 1);
    assert_eq!(broker.next_timeout(), Some(START.plus_seconds(3600)));
    broker.handle_input(first.now, Input::Timeout);
    assert_eq!(broker.totals().sessions, 0);
}

#[test]
fn a_clock_that_was_set_back_meanwhile_does_not_lead_behind_the_records() {
    let mut first = world();
    first.connect_kept(V5, "one");
    let records = first.records.iter().cloned();
    let broker = Broker::restore(durable(), [8; 32], afterlink_core::Timestamp::default(), records);
    let mut world = World::around(broker, afterlink_core::Timestamp::default());
    world.connect_kept(V5, "one");
    assert_eq!(world.records.last().map(|&(at, _)| at), Some(first.now));
}
