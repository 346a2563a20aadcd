//! The queue of a share group: what waits for its members, and where it goes when one ends.

use afterlink_core::authorization::Policy;
use afterlink_core::broker::{Command, Config, QueueOverflow, SharedDelivery};
use afterlink_core::codec::Packet;
use afterlink_core::session::DropCause;
use afterlink_core::topic::{TopicFilter, TopicLimits};

use super::{SHARE, end_session, group, publish_all};
use crate::exchange::*;
use crate::harness::*;

#[test]
fn while_a_member_is_connected_nothing_goes_to_an_absent_one() {
    let (mut world, peers, publisher) = group(SharedDelivery::OnlineFirst, &["a", "b"]);
    world.cut(peers[0]);
    publish_all(&mut world, publisher, &["1", "2", "3"], AtLeastOnce);
    assert_eq!(world.payloads(peers[1]), ["1", "2", "3"]);
    let (a, _) = world.connect_kept(V5, "a");
    world.nothing(a);
}

#[test]
fn if_all_are_away_the_first_that_returns_gets_all_that_waited() {
    let (mut world, peers, publisher) = group(SharedDelivery::OnlineFirst, &["a", "b"]);
    for peer in peers {
        world.cut(peer);
    }
    publish_all(&mut world, publisher, &["1", "2", "3"], AtLeastOnce);
    assert_eq!(world.broker.session("a").unwrap().queue_len, 0);
    assert_eq!(world.broker.share_groups(None, 10)[0].queue_len, 3);
    let (b, _) = world.connect_kept(V5, "b");
    assert_eq!(world.payloads(b), ["1", "2", "3"]);
    let (a, _) = world.connect_kept(V5, "a");
    world.nothing(a);
    assert_eq!(world.broker.totals().queued_bytes, 0);
}

#[test]
fn round_robin_puts_messages_into_the_queues_of_absent_members_too() {
    let (mut world, peers, publisher) = group(SharedDelivery::RoundRobin, &["a", "b"]);
    world.cut(peers[0]);
    publish_all(&mut world, publisher, &["1", "2", "3", "4"], AtLeastOnce);
    let of_b = world.payloads(peers[1]);
    let (a, _) = world.connect_kept(V5, "a");
    let of_a = world.payloads(a);
    assert_eq!((of_a.len(), of_b.len()), (2, 2));
}

#[test]
fn round_robin_does_not_give_qos_0_to_a_member_for_whom_it_would_be_lost() {
    let (mut world, peers, publisher) = group(SharedDelivery::RoundRobin, &["a", "b"]);
    world.cut(peers[0]);
    publish_all(&mut world, publisher, &["1", "2", "3"], AtMostOnce);
    assert_eq!(world.payloads(peers[1]), ["1", "2", "3"]);
    assert!(world.drops().is_empty());
}

// [MQTT-4.8.2-5]
#[test]
fn when_a_session_ends_its_begun_qos_2_message_goes_to_nobody_and_qos_1_to_another() {
    let (mut world, peers, publisher) = group(SharedDelivery::OnlineFirst, &["a", "b"]);
    publish_all(&mut world, publisher, &["to a", "to b"], ExactlyOnce);
    publish_all(&mut world, publisher, &["1 to a", "1 to b"], AtLeastOnce);
    assert_eq!(world.unacknowledged(peers[0]), ["to a", "1 to a"]);
    assert_eq!(world.unacknowledged(peers[1]), ["to b", "1 to b"]);
    world.cut(peers[0]);
    world.nothing(peers[1]);
    end_session(&mut world, "a");
    let again = world.message(peers[1]);
    assert_eq!((again.payload.as_str(), again.dup), ("1 to a", false));
    world.nothing(peers[1]);
}

#[test]
fn when_a_session_ends_what_was_queued_for_it_goes_to_another() {
    let (mut world, peers, publisher) = group(SharedDelivery::RoundRobin, &["a", "b"]);
    world.cut(peers[0]);
    publish_all(&mut world, publisher, &["1", "2", "3", "4"], ExactlyOnce);
    assert_eq!(world.broker.session("a").unwrap().queue_len, 2);
    let before = world.unacknowledged(peers[1]);
    end_session(&mut world, "a");
    let mut all = [before, world.unacknowledged(peers[1])].concat();
    all.sort();
    assert_eq!(all, ["1", "2", "3", "4"]);
}

#[test]
fn a_member_that_left_the_group_gives_back_what_it_did_not_send_when_it_ends() {
    let (mut world, peers, publisher) = group(SharedDelivery::RoundRobin, &["a", "b"]);
    world.cut(peers[0]);
    publish_all(&mut world, publisher, &["1", "2"], AtLeastOnce);
    let (a, _) = world.connect_with(kept_with_receive_maximum("a", 1));
    world.message(a);
    world.publish(publisher, "t", "3", AtLeastOnce);
    world.publish(publisher, "t", "4", AtLeastOnce);
    world.unsubscribe(a, &[SHARE]);
    let before = world.unacknowledged(peers[1]);
    world.cut(a);
    end_session(&mut world, "a");
    let mut all = [before, world.unacknowledged(peers[1])].concat();
    all.sort();
    assert_eq!(all, ["1", "2", "3", "4"]);
}

#[test]
fn the_queue_of_a_group_has_the_caps_of_a_session_and_counts_what_it_drops() {
    for policy in [QueueOverflow::DropNewest, QueueOverflow::DropOldest] {
        let (mut world, peers, publisher) = {
            let mut world = World::set(|config| {
                config.limits.queue_messages_max = 2;
                config.queue_overflow = policy;
            });
            let (peer, _) = world.connect_kept(V5, "a");
            world.subscribe(peer, SHARE, ExactlyOnce);
            let publisher = world.connect("publisher");
            (world, vec![peer], publisher)
        };
        world.cut(peers[0]);
        publish_all(&mut world, publisher, &["1", "2", "3"], AtLeastOnce);
        assert_eq!(world.drops(), [(None, "t", DropCause::QueueMessages)]);
        let (a, _) = world.connect_kept(V5, "a");
        let kept = if policy == QueueOverflow::DropNewest { ["1", "2"] } else { ["2", "3"] };
        assert_eq!(world.payloads(a), kept);
    }
}

#[test]
fn the_queue_of_a_group_ends_with_its_last_member() {
    let (mut world, peers, publisher) = group(SharedDelivery::OnlineFirst, &["a"]);
    world.cut(peers[0]);
    publish_all(&mut world, publisher, &["1"], AtLeastOnce);
    world.advance(3600);
    assert_eq!(world.broker.totals().share_groups, 0);
    assert_eq!(world.broker.totals().queued_bytes, 0);
    assert_eq!(world.drops().len(), 1);
    let (a, present) = world.connect_kept(V5, "a");
    world.subscribe(a, SHARE, AtLeastOnce);
    assert!(!present);
    world.nothing(a);
}

#[test]
fn qos_0_waits_for_a_group_only_if_offline_qos_0_is_on() {
    for queued in [false, true] {
        let mut world = World::set(|config| config.queue_qos0_offline = queued);
        world.away(V5, "a", SHARE, AtLeastOnce);
        let publisher = world.connect("publisher");
        publish_all(&mut world, publisher, &["1"], AtMostOnce);
        let (a, _) = world.connect_kept(V5, "a");
        assert_eq!(world.payloads(a).len(), usize::from(queued));
    }
}

#[test]
fn a_member_without_room_is_passed_over_and_what_waits_is_not_overtaken() {
    let mut world = World::set(|config| config.limits.queue_messages_max = 2);
    let full = |world: &mut World, name| {
        let (peer, _) = world.connect_with(kept_with_receive_maximum(name, 1));
        world.subscribe(peer, SHARE, AtLeastOnce);
        world.subscribe(peer, name, AtLeastOnce);
        let publisher = world.connect("filler");
        for _ in 0..3 {
            world.publish(publisher, name, "own", AtLeastOnce);
        }
        world.message(peer);
        peer
    };
    let a = full(&mut world, "a");
    let b = full(&mut world, "b");
    let publisher = world.connect("publisher");
    publish_all(&mut world, publisher, &["1", "2"], AtLeastOnce);
    assert!(world.drops().is_empty(), "both wait in the queue of the group");
    assert_eq!(world.broker.share_groups(None, 1)[0].queue_len, 2);
    // b makes room for one: it gets the first, and a new message comes behind the second.
    world.send(b, &Packet::PubAck(ack(1)));
    assert_eq!(world.broker.share_groups(None, 1)[0].queue_len, 1);
    world.publish(publisher, "t", "3", AtLeastOnce);
    assert_eq!(world.broker.share_groups(None, 1)[0].queue_len, 2);
    assert_eq!(world.payloads(b), ["own", "own", "1", "2", "3"]);
    world.nothing(a);
}

#[test]
fn a_message_as_large_as_a_whole_queue_waits_until_that_of_a_member_is_empty() {
    let mut world = World::set(|config| config.limits.queue_bytes_max = 20);
    let (member, _) = world.connect_with(kept_with_receive_maximum("member", 1));
    world.subscribe(member, SHARE, AtLeastOnce);
    let publisher = world.connect("publisher");
    let large = "x".repeat(19);
    publish_all(&mut world, publisher, &["1", "2", &large], AtLeastOnce);
    assert_eq!(world.broker.share_groups(None, 1)[0].queue_len, 1);
    assert_eq!(world.payloads(member), ["1", "2", &large]);
    assert!(world.drops().is_empty());
}

#[test]
fn a_message_that_comes_in_one_piece_with_the_room_for_it_overtakes_nothing() {
    let mut world = World::set(|config| config.limits.queue_messages_max = 2);
    let (member, _) = world.connect_with(kept_with_receive_maximum("member", 1));
    world.subscribe(member, "own", AtLeastOnce);
    world.subscribe(member, SHARE, AtLeastOnce);
    let publisher = world.connect("publisher");
    for payload in ["a", "b", "c"] {
        world.publish(publisher, "own", payload, AtLeastOnce);
    }
    publish_all(&mut world, publisher, &["1"], AtLeastOnce);
    let first = world.message(member);
    let mut bytes = Vec::new();
    Packet::PubAck(ack(first.identifier)).encode(V5, &mut bytes).unwrap();
    Packet::Publish(publish("t", b"2", AtLeastOnce, 1)).encode(V5, &mut bytes).unwrap();
    world.send_bytes(member, &bytes);
    let second = world.message(member);
    assert_eq!((second.payload.as_str(), world.answer(member)), ("b", ("PUBACK", 1, SUCCESS)));
    world.send(member, &Packet::PubAck(ack(second.identifier)));
    assert_eq!(world.payloads(member), ["c", "1", "2"]);
}

#[test]
fn turns_are_fair_under_the_refuse_policy() {
    let mut world = World::set(|config| config.queue_overflow = QueueOverflow::Refuse);
    let peers: Vec<_> = ["a", "b"]
        .iter()
        .map(|name| {
            let peer = world.connect(name);
            world.subscribe(peer, SHARE, AtLeastOnce);
            peer
        })
        .collect();
    let publisher = world.connect("publisher");
    publish_all(&mut world, publisher, &["1", "2", "3", "4"], AtLeastOnce);
    for peer in peers {
        assert_eq!(world.payloads(peer).len(), 2);
    }
}

#[test]
fn what_no_member_may_be_given_any_more_does_not_hold_back_the_rest() {
    let mut world = World::new();
    world.away(V5, "a", "$share/g/#", AtLeastOnce);
    let publisher = world.connect("publisher");
    world.publish(publisher, "secret", "1", AtLeastOnce);
    world.publish(publisher, "open", "2", AtLeastOnce);
    let refuse_receive = vec![TopicFilter::parse("secret", &TopicLimits::default()).unwrap()];
    world.command(Command::Policy { policy: Policy { refuse_receive, ..Policy::default() } });
    let (a, _) = world.connect_kept(V5, "a");
    assert_eq!(world.payloads(a), ["2"]);
    assert_eq!(world.drops(), [(None, "secret", DropCause::NotAuthorized)]);
}

#[test]
fn unsubscribing_a_member_leaves_the_messages_to_the_others() {
    let (mut world, peers, publisher) = group(SharedDelivery::OnlineFirst, &["a", "b"]);
    assert_eq!(world.unsubscribe(peers[0], &[SHARE]), [SUCCESS]);
    publish_all(&mut world, publisher, &["1", "2"], AtLeastOnce);
    world.nothing(peers[0]);
    assert_eq!(world.payloads(peers[1]), ["1", "2"]);
}

/// A group whose only member is away, with a message that waits for it.
fn waiting_for_a_group(topic: &str) -> World {
    let mut world = World::new();
    world.away(V5, "member", "$share/g/#", AtLeastOnce);
    let publisher = world.connect("publisher");
    world.publish(publisher, topic, "0123456789", AtLeastOnce);
    world
}

fn reconfigure(world: &mut World, change: impl FnOnce(&mut Config)) {
    let mut config = Box::new(world.broker.config().clone());
    change(&mut config);
    world.command(Command::Config { config });
}

#[test]
fn what_waits_for_a_group_is_given_out_though_topics_may_have_fewer_levels_now() {
    let mut world = waiting_for_a_group("a/b/c");
    reconfigure(&mut world, |config| config.limits.topic_levels_max = 2);
    let (member, _) = world.connect_kept(V5, "member");
    assert_eq!(world.payloads(member).len(), 1);
}

#[test]
fn what_no_queue_has_room_for_any_more_does_not_hold_the_group_up() {
    let mut world = waiting_for_a_group("t");
    let publisher = world.connect("another");
    world.publish(publisher, "t", "small", AtLeastOnce);
    reconfigure(&mut world, |config| config.limits.queue_bytes_max = 8);
    let slow = world.connect_slow(kept(V5, "member"), 0);
    assert_eq!(world.drops(), [(None, "t", DropCause::QueueBytes)]);
    world.unstall(slow);
    assert_eq!(world.broker.session("member").unwrap().queue_len, 1);
}
