//! Shared Subscriptions (§4.8.2): one member of a group gets each message.

mod queue;

use afterlink_core::broker::{Command, SharedDelivery};
use afterlink_core::codec::packet::{Publish, SubscriptionOptions};
use afterlink_core::codec::{Packet, QoS, ReasonCode};

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
