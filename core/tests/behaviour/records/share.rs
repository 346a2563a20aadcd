//! Share groups and records.

use afterlink_core::broker::{Command, QueueName, Record, SharedDelivery};
use afterlink_core::codec::Packet;
use afterlink_core::session::ShareGroupName;
use afterlink_core::topic::{ShareName, TopicFilter, TopicLimits};

use super::*;

const SHARED: &str = "$share/g/s";

fn group() -> ShareGroupName {
    ShareGroupName {
        share_name: ShareName::parse("g").expect("a name"),
        filter: TopicFilter::parse("s", &TopicLimits::default()).expect("a filter"),
    }
}

/// A world whose queues hold two messages.
fn narrow() -> World {
    let mut config = durable();
    config.limits.queue_messages_max = 2;
    World::with(config)
}

/// A connected member without a durable session that takes nothing, so that what comes for the
/// group waits though a member is there.
fn member_that_is_full(world: &mut World, publisher: Peer) -> Peer {
    let stays = world.connect_slow(connect(V5, "stays"), 1);
    world.subscribe(stays, "own", AtLeastOnce);
    world.subscribe(stays, SHARED, ExactlyOnce);
    for payload in ["a", "b"] {
        world.publish(publisher, "own", payload, AtLeastOnce);
    }
    stays
}

fn waiting(world: &World) -> Vec<String> {
    let queue = world.broker.group_queue(&group(), None, 99);
    let text = |payload: &[u8]| String::from_utf8_lossy(payload).into_owned();
    queue.iter().map(|entry| text(&entry.message.payload)).collect()
}

/// A world with a durable member that is away, and a publisher.
fn member_away() -> (World, Peer) {
    let mut world = world();
    let (member, _) = world.connect_kept(V5, "member");
    world.subscribe(member, SHARED, ExactlyOnce);
    world.cut(member);
    let publisher = world.connect("publisher");
    (world, publisher)
}

#[test]
fn the_queue_of_a_group_comes_back_in_order() {
    let (mut first, publisher) = member_away();
    for payload in ["1", "2", "3"] {
        first.publish(publisher, "s", payload, ExactlyOnce);
    }
    let mut world = restarted(&[&first]);
    assert_eq!(waiting(&world), ["1", "2", "3"]);
    assert_eq!(world.broker.share_groups(None, 9).len(), 1);
    let (member, _) = world.connect_kept(V5, "member");
    assert_eq!(world.drained(member), ["1", "2", "3"]);
}

#[test]
fn a_message_of_a_group_that_was_given_to_a_member_is_the_members() {
    let (mut first, publisher) = member_away();
    first.publish(publisher, "s", "1", ExactlyOnce);
    let (member, _) = first.connect_kept(V5, "member");
    assert_eq!(first.message(member).payload, "1");
    let mut world = restarted(&[&first]);
    assert!(waiting(&world).is_empty());
    let (other, _) = world.connect_kept(V5, "other");
    world.subscribe(other, SHARED, ExactlyOnce);
    world.nothing(other);
    let (member, _) = world.connect_kept(V5, "member");
    assert_eq!(world.drained(member), ["1"]);
}

// [MQTT-3.2.0-1]
#[test]
fn a_returning_member_is_sent_connack_before_what_waits_for_its_group() {
    for config in [Config::default(), durable()] {
        let mut world = World::with(config);
        let (member, _) = world.connect_kept(V5, "member");
        world.subscribe(member, SHARED, AtLeastOnce);
        world.cut(member);
        let publisher = world.connect("publisher");
        world.publish(publisher, "s", "m", AtLeastOnce);
        let member = world.open();
        world.send(member, &Packet::Connect(kept(V5, "member")));
        assert_packet!(world.next(member), Packet::ConnAck(_));
        assert_packet!(world.next(member), Packet::Publish(_));
    }
}

#[test]
fn the_connection_of_a_member_is_recorded_before_what_it_is_given() {
    let (mut world, publisher) = member_away();
    world.publish(publisher, "s", "m", AtLeastOnce);
    let before = world.records.len();
    world.connect_kept(V5, "member");
    let kinds: Vec<_> = world.records[before..].iter().map(|(_, record)| record).collect();
    assert!(matches!(
        kinds[..],
        [Record::Connected { .. }, Record::Assigned { .. }, Record::Sent { .. }]
    ));
}

#[test]
fn what_a_member_never_acknowledged_goes_back_to_its_group_at_once() {
    let (mut first, publisher) = member_away();
    let (second, _) = first.connect_kept(V5, "second");
    first.subscribe(second, SHARED, AtLeastOnce);
    first.publish(publisher, "s", "1", AtLeastOnce);
    assert_eq!(first.message(second).payload, "1");
    first.cut(second);
    let before = first.records.len();
    first.connect_with(connect(V5, "second"));
    let reassigned = first.records[before..]
        .iter()
        .position(|(_, record)| matches!(record, Record::Reassigned { .. }))
        .expect("it goes back");
    for kept in [before + reassigned, before + reassigned + 1, first.records.len()] {
        let mut world = restarted_from(&first, kept);
        // The session that was being wiped may be there still; then it is wiped again.
        world.connect_with(connect(V5, "second"));
        let (member, _) = world.connect_kept(V5, "member");
        assert_eq!(world.drained(member), ["1"], "with {kept} records");
    }
}

// Nobody durable was there to keep it for; from now on somebody is.
#[test]
fn a_message_that_waited_in_memory_is_recorded_with_the_durable_member_that_takes_it() {
    let mut first = narrow();
    let publisher = first.connect("publisher");
    member_that_is_full(&mut first, publisher);
    first.publish(publisher, "s", "1", ExactlyOnce);
    first.publish(publisher, "s", "2", ExactlyOnce);
    assert_eq!(waiting(&first), ["1", "2"]);
    assert!(first.records.is_empty());
    let (member, _) = first.connect_kept(V5, "member");
    first.subscribe(member, SHARED, ExactlyOnce);
    assert_eq!(first.message(member).payload, "1");
    assert_eq!(first.message(member).payload, "2");
    let mut world = restarted(&[&first]);
    let (member, _) = world.connect_kept(V5, "member");
    for (identifier, payload) in [(1, "1"), (2, "2")] {
        let again = world.message(member);
        assert_eq!((again.payload.as_str(), again.dup), (payload, true));
        assert_eq!(again.identifier, identifier);
    }
}

#[test]
fn a_group_without_a_durable_member_is_kept_in_memory_alone() {
    let mut first = narrow();
    let (member, _) = first.connect_kept(V5, "member");
    first.subscribe(member, SHARED, ExactlyOnce);
    first.cut(member);
    let publisher = first.connect("publisher");
    let stays = member_that_is_full(&mut first, publisher);
    first.publish(publisher, "s", "1", ExactlyOnce);
    assert_eq!(waiting(&first), ["1"], "for whoever has room");
    assert_eq!(waiting(&restarted(&[&first])), ["1"]);
    let client_identifier = "member".to_owned();
    first.command(Command::ExpireSession { client_identifier });
    assert_eq!(waiting(&first), ["1"]);
    let world = restarted(&[&first]);
    assert!(world.broker.share_groups(None, 9).is_empty());
    assert_eq!(world.broker.totals().queued_bytes, 0);
    // It is not removed from a store that does not have it.
    first.cut(stays);
    assert!(waiting(&first).is_empty());
    restarted(&[&first]);
}

#[test]
fn a_group_ends_with_its_last_member_and_so_does_its_queue() {
    let (mut first, publisher) = member_away();
    first.publish(publisher, "s", "1", ExactlyOnce);
    first.connect_with(connect(V5, "member"));
    let world = restarted(&[&first]);
    assert!(world.broker.share_groups(None, 9).is_empty());
    assert_eq!(world.broker.totals().queued_bytes, 0);
}

#[test]
fn what_expired_for_a_group_meanwhile_is_gone() {
    let (mut first, publisher) = member_away();
    let mut message = publish("s", b"m", AtLeastOnce, 1);
    message.properties.message_expiry_interval = Some(10);
    first.send(publisher, &Packet::Publish(message));
    first.sleep(11);
    let mut world = restarted(&[&first]);
    let (member, _) = world.connect_kept(V5, "member");
    world.nothing(member);
    assert_eq!(world.broker.counters().drops.expired, 1);
}

#[test]
fn what_a_member_gives_back_is_not_dropped_for_its_own_sake() {
    let mut config = durable();
    config.shared_delivery = SharedDelivery::RoundRobin;
    // Three messages of 11 bytes.
    config.limits.queued_bytes_max = 33;
    let mut first = World::with(config);
    first.away(V5, "member", SHARED, AtLeastOnce);
    let publisher = first.connect("publisher");
    for n in 0..3 {
        first.publish(publisher, "s", &format!("{n:010}"), AtLeastOnce);
    }
    first.away(V5, "other", SHARED, AtLeastOnce);
    first.command(Command::ExpireSession { client_identifier: "member".to_owned() });
    assert_eq!(first.drops(), []);
    assert_eq!(waiting(&first).len(), 3);
    let world = restarted(&[&first]);
    assert_eq!(waiting(&world), waiting(&first));
}

#[test]
fn room_that_comes_while_a_message_is_fanned_out_is_seen() {
    let mut config = durable();
    config.limits.queue_messages_max = 1;
    let mut world = World::with(config);
    let (member, _) = world.connect_kept(V5, "member");
    world.subscribe(member, "two", ExactlyOnce);
    world.subscribe(member, "zero", AtMostOnce);
    world.subscribe(member, "s", AtLeastOnce);
    world.subscribe(member, SHARED, AtLeastOnce);
    let publisher = world.connect("publisher");
    world.persists = false;
    world.send(publisher, &Packet::Publish(publish("two", b"1", ExactlyOnce, 1)));
    // It waits behind the first, and is dropped for the member's own copy of the next, which
    // leaves the queue at once. The other copy was to wait for room.
    world.send(publisher, &Packet::Publish(publish("zero", b"2", AtMostOnce, 1)));
    world.send(publisher, &Packet::Publish(publish("s", b"3", AtLeastOnce, 2)));
    world.persists = true;
    world.persist_all();
    assert_eq!(world.drained(member), ["1", "3", "3"]);
}

#[test]
fn a_qos_0_message_of_a_group_is_forgotten_once_a_connected_member_has_it() {
    let mut world = World::with(Config { queue_qos0_offline: true, ..durable() });
    world.away(V5, "member", "$share/g/t", AtMostOnce);
    let publisher = world.connect("publisher");
    world.publish(publisher, "t", "m", AtMostOnce);
    let (member, _) = world.connect_kept(V5, "member");
    assert_eq!(world.payloads(member), ["m"]);
    let Record::Removed { queue, cause, .. } = world.last_record() else {
        panic!("{:?}", world.last_record())
    };
    assert!(matches!(queue, QueueName::Group(_)) && cause.is_none());
}
