//! Wills across a restart: at most late, never twice, never lost with a stored session.

use afterlink_core::broker::{Record, TimerReason};
use afterlink_core::codec::packet::Connect;

use super::*;

fn with_will(identifier: &str, delay: Option<u32>) -> Connect<'_> {
    let mut connect = kept(V5, identifier);
    let mut message = will("w", "gone", AtLeastOnce);
    message.properties.will_delay_interval = delay;
    connect.will = Some(message);
    connect
}

/// A world where `watcher`, durable and away, subscribes to wills.
fn watched() -> World {
    let mut world = world();
    let (watcher, _) = world.connect_kept(V5, "watcher");
    world.subscribe(watcher, "w", AtLeastOnce);
    world.cut(watcher);
    world
}

#[track_caller]
fn wills_seen(world: &mut World) -> usize {
    let (watcher, _) = world.connect_kept(V5, "watcher");
    world.payloads(watcher).len()
}

#[test]
fn a_will_leaves_its_session_in_the_record_of_its_fan_out() {
    let mut first = watched();
    let (peer, _) = first.connect_with(with_will("one", None));
    first.cut(peer);
    let Record::Published { recipients, will_of: Some(_), .. } = first.last_record() else {
        panic!("{:?}", first.last_record())
    };
    assert_eq!(recipients.len(), 1);
    // Published before the crash, or after it, and in no case twice.
    let all = first.records.len();
    for kept in [all, all - 1, all - 2] {
        let mut world = restarted_from(&first, kept);
        world.advance(0);
        assert_eq!(wills_seen(&mut world), 1, "with {kept} of {all} records");
        assert!(world.broker.session("one").expect("it is kept").will.is_none());
    }
}

#[test]
fn a_will_of_a_connected_session_is_due_its_delay_after_the_last_record() {
    let mut first = watched();
    first.connect_with(with_will("one", Some(60)));
    let last = first.now;
    first.sleep(20);
    let mut world = restarted(&[&first]);
    assert_eq!(
        world.next_timer(),
        Some((
            last.plus_seconds(60),
            TimerReason::WillDelay {
                client_identifier: afterlink_core::session::ClientIdentifier::new("one")
            }
        ))
    );
    world.advance_ms(39_999);
    assert_eq!(world.broker.counters().wills_published, 0);
    world.advance_ms(1);
    assert_eq!(world.broker.counters().wills_published, 1);
    assert_eq!(wills_seen(&mut world), 1);
}

#[test]
fn the_end_of_its_session_cuts_the_delay_of_a_will_short() {
    let mut first = watched();
    let mut connect = with_will("one", Some(60));
    connect.properties.session_expiry_interval = Some(10);
    first.connect_with(connect);
    let mut world = restarted(&[&first]);
    world.advance_ms(9_999);
    assert_eq!(world.broker.counters().wills_published, 0);
    world.advance_ms(1);
    assert_eq!(world.broker.counters().wills_published, 1);
    assert!(world.broker.session("one").is_none());
}

#[test]
fn a_will_whose_delay_ran_at_the_crash_is_due_when_it_was() {
    let mut first = watched();
    let (peer, _) = first.connect_with(with_will("one", Some(60)));
    first.cut(peer);
    let due = first.now.plus_seconds(60);
    first.sleep(3);
    first.connect_kept(V5, "another");
    let world = restarted(&[&first]);
    let will = world.broker.session("one").and_then(|one| one.will).expect("it has a will");
    assert_eq!(will.due_at, Some(due));
}

#[test]
fn a_client_that_is_back_within_the_delay_has_cancelled_its_will_durably() {
    let mut first = watched();
    first.connect_with(with_will("one", Some(60)));
    let mut second = restarted(&[&first]);
    second.advance(59);
    second.connect_kept(V5, "one");
    let mut third = restarted(&[&first, &second]);
    third.advance(3000);
    assert_eq!(wills_seen(&mut third), 0);
}

#[test]
fn a_will_that_came_due_while_the_broker_was_down_is_published_at_the_first_timeout() {
    let mut first = watched();
    first.connect_with(with_will("one", Some(60)));
    first.sleep(600);
    let mut world = restarted(&[&first]);
    assert_eq!(world.broker.counters().wills_published, 0);
    assert_eq!(world.next_timer().map(|(at, _)| at), Some(START.plus_seconds(60)));
    world.advance(0);
    assert_eq!(wills_seen(&mut world), 1);
}

#[test]
fn a_will_that_came_due_is_published_though_its_client_is_first_to_come_back() {
    let mut first = watched();
    first.connect_with(with_will("one", Some(60)));
    first.sleep(600);
    let mut world = restarted(&[&first]);
    world.connect_kept(V5, "one");
    assert_eq!(wills_seen(&mut world), 1);
}

#[test]
fn the_will_of_a_session_that_is_not_stored_is_lost_with_it() {
    let mut first = watched();
    let mut connect = with_will("one", None);
    connect.properties.session_expiry_interval = None;
    first.connect_with(connect);
    let mut world = restarted(&[&first]);
    world.advance(3000);
    assert_eq!(world.broker.counters().wills_published, 0);
}

#[test]
fn a_will_that_is_not_authorized_is_dropped_durably() {
    use afterlink_core::authorization::Policy;
    use afterlink_core::topic::{TopicFilter, TopicLimits};
    let mut first = watched();
    let (peer, _) = first.connect_with(with_will("one", None));
    let refused = TopicFilter::parse("w", &TopicLimits::default()).expect("a filter");
    let policy = Policy { refuse_publish: vec![refused], ..Policy::default() };
    first.command(afterlink_core::broker::Command::Policy { policy });
    first.cut(peer);
    assert!(matches!(first.last_record(), Record::WillDropped { .. }));
    let mut world = restarted(&[&first]);
    world.advance(0);
    assert_eq!(wills_seen(&mut world), 0);
}

#[test]
fn the_message_expiry_of_a_will_counts_from_when_it_is_published() {
    let mut first = watched();
    let mut connect = with_will("one", Some(60));
    if let Some(will) = &mut connect.will {
        will.properties.message_expiry_interval = Some(30);
    }
    first.connect_with(connect);
    first.sleep(600);
    let mut world = restarted(&[&first]);
    world.advance(29);
    let (watcher, _) = world.connect_kept(V5, "watcher");
    assert_eq!(world.message(watcher).expiry, Some(1));
}
