//! Shared Subscriptions (§4.8.2): one member of a group gets each message.

use afterlink_core::authorization::Policy;
use afterlink_core::broker::{Command, Config, QueueOverflow, SharedDelivery};
use afterlink_core::codec::packet::{Publish, SubscriptionOptions};
use afterlink_core::codec::{Packet, QoS, ReasonCode};
use afterlink_core::session::DropCause;
use afterlink_core::topic::{TopicFilter, TopicLimits};

use crate::exchange::*;
use crate::harness::*;

const SHARE: &str = "$share/g/t";

/// A broker under `delivery` with kept members of one group, and a publisher.
fn group(delivery: SharedDelivery, members: &[&str]) -> (World, Vec<Peer>, Peer) {
    let mut world = World::set(|config| config.shared_delivery = delivery);
    let peers = members
        .iter()
        .map(|name| {
            let (peer, _) = world.connect_kept(V5, name);
            world.subscribe(peer, SHARE, ExactlyOnce);
            peer
        })
        .collect();
    let publisher = world.connect("publisher");
    (world, peers, publisher)
}

fn publish_all(world: &mut World, publisher: Peer, payloads: &[&str], qos: QoS) {
    for payload in payloads {
        world.publish(publisher, "t", payload, qos);
    }
}

fn end_session(world: &mut World, client_identifier: &str) {
    let client_identifier = client_identifier.to_owned();
    world.command(Command::ExpireSession { client_identifier });
}

#[test]
fn connected_members_get_messages_in_turn_each_once() {
    for delivery in [SharedDelivery::OnlineFirst, SharedDelivery::RoundRobin] {
        let (mut world, peers, publisher) = group(delivery, &["a", "b", "c"]);
        for qos in [AtMostOnce, AtLeastOnce] {
            publish_all(&mut world, publisher, &["1", "2", "3", "4", "5", "6"], qos);
            let taken: Vec<_> = peers.iter().map(|peer| world.payloads(*peer)).collect();
            assert!(taken.iter().all(|one| one.len() == 2), "{taken:?}");
            let mut all = taken.concat();
            all.sort();
            assert_eq!(all, ["1", "2", "3", "4", "5", "6"]);
        }
    }
}

#[test]
fn two_groups_and_a_plain_subscriber_each_get_a_copy() {
    let (mut world, peers, publisher) = group(SharedDelivery::OnlineFirst, &["a"]);
    let b = world.connect("b");
    world.subscribe(b, "$share/h/t", AtMostOnce);
    let plain = world.connect("plain");
    world.subscribe(plain, "t", AtMostOnce);
    publish_all(&mut world, publisher, &["1"], AtMostOnce);
    for peer in [peers[0], b, plain] {
        assert_eq!(world.payloads(peer), ["1"]);
    }
}

#[test]
fn a_member_with_a_plain_subscription_too_gets_two_copies() {
    let (mut world, peers, publisher) = group(SharedDelivery::OnlineFirst, &["a"]);
    world.subscribe(peers[0], "+", AtMostOnce);
    world.subscribe(peers[0], "$share/h/t", AtMostOnce);
    publish_all(&mut world, publisher, &["1"], AtMostOnce);
    assert_eq!(world.payloads(peers[0]), ["1", "1", "1"]);
}

#[test]
fn a_second_subscribe_to_a_group_replaces_the_first() {
    let (mut world, peers, publisher) = group(SharedDelivery::OnlineFirst, &["a"]);
    assert_eq!(world.message_qos(publisher, peers[0]), ExactlyOnce);
    world.subscribe(peers[0], SHARE, AtMostOnce);
    assert_eq!(world.message_qos(publisher, peers[0]), AtMostOnce);
    world.nothing(peers[0]);
}

impl World {
    /// The QoS at which a QoS 2 message reaches `peer`.
    #[track_caller]
    fn message_qos(&mut self, publisher: Peer, peer: Peer) -> QoS {
        self.publish(publisher, "t", "", ExactlyOnce);
        self.take(peer).qos
    }
}

// [MQTT-4.8.2-3]
#[test]
fn each_member_is_sent_messages_by_its_own_options() {
    let mut world = World::new();
    let a = world.connect("a");
    let as_published = SubscriptionOptions { retain_as_published: true, ..options(AtMostOnce) };
    world.subscribe_options(a, SHARE, as_published, Some(3));
    let b = world.connect("b");
    world.subscribe_options(b, SHARE, options(AtLeastOnce), Some(4));
    let publisher = world.connect("publisher");
    for _ in 0..2 {
        world.retain(publisher, "t", "1", ExactlyOnce);
    }
    let (to_a, to_b) = (world.message(a), world.message(b));
    assert_eq!((to_a.qos, to_a.retain), (AtMostOnce, true));
    assert_eq!(to_a.subscription_identifiers, [3]);
    assert_eq!((to_b.qos, to_b.retain), (AtLeastOnce, false));
    assert_eq!(to_b.subscription_identifiers, [4]);
}

#[test]
fn options_of_the_member_that_returns_hold_for_what_waited() {
    let mut world = World::new();
    for name in ["a", "b"] {
        let (peer, _) = world.connect_kept(V5, name);
        let number = if name == "a" { 1 } else { 2 };
        let qos = if name == "a" { AtMostOnce } else { AtLeastOnce };
        world.subscribe_options(peer, SHARE, options(qos), Some(number));
        world.cut(peer);
    }
    let publisher = world.connect("publisher");
    publish_all(&mut world, publisher, &["1"], ExactlyOnce);
    let (b, _) = world.connect_kept(V5, "b");
    let message = world.take(b);
    assert_eq!((message.qos, message.subscription_identifiers), (AtLeastOnce, vec![2]));
}

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

// [MQTT-4.8.2-4]
#[test]
fn a_message_begun_to_a_member_is_completed_to_it() {
    let (mut world, peers, publisher) = group(SharedDelivery::OnlineFirst, &["a", "b"]);
    publish_all(&mut world, publisher, &["1"], ExactlyOnce);
    publish_all(&mut world, publisher, &["2"], AtLeastOnce);
    let (one, two) = (world.message(peers[0]), world.message(peers[1]));
    for peer in peers {
        world.cut(peer);
    }
    let (b, _) = world.connect_kept(V5, "b");
    assert_eq!(world.message(b), Message { dup: true, ..two });
    let (a, _) = world.connect_kept(V5, "a");
    assert_eq!(world.message(a), Message { dup: true, ..one });
    world.nothing(b);
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

// [MQTT-4.8.2-6]
#[test]
fn a_message_that_a_member_refuses_goes_to_nobody_else() {
    let (mut world, peers, publisher) = group(SharedDelivery::OnlineFirst, &["a", "b"]);
    publish_all(&mut world, publisher, &["1"], AtLeastOnce);
    publish_all(&mut world, publisher, &["2"], ExactlyOnce);
    let (one, two) = (world.message(peers[0]), world.message(peers[1]));
    let refused = |identifier| ack_with(identifier, ReasonCode::UNSPECIFIED_ERROR);
    world.send(peers[0], &Packet::PubAck(refused(one.identifier)));
    world.send(peers[1], &Packet::PubRec(refused(two.identifier)));
    for (name, peer) in ["a", "b"].into_iter().zip(peers) {
        world.nothing(peer);
        world.cut(peer);
        end_session(&mut world, name);
    }
    assert_eq!(world.broker.totals().queued_bytes, 0);
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

// [MQTT-4.7.2-1] [MQTT-4.8.2-1] [MQTT-4.8.2-2]
#[test]
fn filters_of_groups_follow_the_rules_of_filters() {
    let mut world = World::new();
    let a = world.connect("a");
    for filter in ["$share/g", "$share//t", "$share/g/", "$share/+/t", "$share/g#/t", "$share/g/a#"]
    {
        let codes = world.subscribe_with(a, &[filter_of(filter, AtMostOnce)]);
        assert_eq!(codes, [ReasonCode::TOPIC_FILTER_INVALID], "{filter}");
    }
    world.subscribe(a, "$share/g/#", AtMostOnce);
    world.subscribe(a, "$share/g//x", AtMostOnce);
    let publish = |topic: &str| Command::Publish {
        topic: topic.to_owned(),
        payload: Vec::new(),
        qos: AtMostOnce,
        retain: false,
        message_expiry_interval: None,
    };
    world.command(publish("$SYS/x"));
    world.nothing(a);
    world.command(publish("/x"));
    assert_eq!(world.payloads(a).len(), 2, "an empty level is a level");
}

#[test]
fn a_version_3_client_may_be_a_member() {
    for version in [V3_1, V3_1_1] {
        let mut world = World::new();
        world.away(version, "a", SHARE, AtLeastOnce);
        let publisher = world.connect("publisher");
        let retained = Publish { retain: true, ..publish("t", b"1", AtLeastOnce, 1) };
        world.send(publisher, &Packet::Publish(retained));
        let (a, _) = world.connect_kept(version, "a");
        let message = world.take(a);
        assert_eq!((message.payload.as_str(), message.retain), ("1", false));
    }
}

// [MQTT-3.3.4-5]
#[test]
fn each_copy_of_a_message_has_the_identifier_of_its_own_subscription() {
    let mut world = World::new();
    let client = world.connect("client");
    let subscriptions =
        [("$share/g/t", Some(1)), ("$share/h/t", Some(2)), ("t", Some(3)), ("$share/i/t", None)];
    for (filter, identifier) in subscriptions {
        world.subscribe_options(client, filter, options(AtMostOnce), identifier);
    }
    let publisher = world.connect("publisher");
    world.publish(publisher, "t", "", AtMostOnce);
    let mut copies: Vec<_> =
        (0..4).map(|_| world.message(client).subscription_identifiers).collect();
    copies.sort();
    assert_eq!(copies, [vec![], vec![1], vec![2], vec![3]]);
    world.nothing(client);
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
