//! Session lifetime: what outlives a connection, and for how long (semantics of §4.1).

use afterlink_core::broker::{Config, Event, SessionEnd};
use afterlink_core::codec::packet::ConnAck;
use afterlink_core::codec::{Packet, ReasonCode};

use crate::handshake::*;
use crate::harness::*;

fn capped(seconds: u32) -> World {
    let mut config = Config::default();
    config.limits.session_expiry_seconds_max = Some(seconds);
    World::with(config)
}

/// The Session Expiry Interval of a CONNACK.
fn told(packet: &Received) -> Option<u32> {
    let Packet::ConnAck(ConnAck { properties, .. }) = packet.packet() else {
        panic!("CONNACK was expected, {packet:?} came");
    };
    properties.session_expiry_interval
}

/// Whether a 5.0 client that comes back finds its session.
fn finds(world: &mut World, client_identifier: &str) -> bool {
    world.connect_with(expiring(client_identifier, 3600)).1
}

#[test]
fn queued_messages_of_every_qos_above_zero_reach_a_client_that_comes_back() {
    for version in [V3_1, V3_1_1, V5] {
        let mut world = World::new();
        let (away, present) = world.connect_kept(version, "away");
        assert!(!present);
        world.subscribe(away, "news/#", ExactlyOnce);
        world.cut(away);
        let publisher = world.connect("publisher");
        world.publish(publisher, "news/a", "zero", AtMostOnce);
        world.publish(publisher, "news/a", "one", AtLeastOnce);
        world.publish(publisher, "news/a", "two", ExactlyOnce);
        let (back, present) = world.connect_kept(version, "away");
        assert_eq!(present, version != V3_1, "3.1 has no session present bit");
        assert_eq!(world.payloads(back), ["one", "two"]);
        world.nothing(back);
    }
}

// An absent Session Expiry Interval is 0 (§3.1.2.11.2), whatever Clean Start says.
#[test]
fn a_session_without_an_expiry_interval_ends_with_its_connection_even_without_clean_start() {
    let mut world = World::new();
    let mut asked = connect(V5, "brief");
    asked.clean_start = false;
    let (peer, _) = world.connect_with(asked.clone());
    world.subscribe(peer, "a", AtLeastOnce);
    world.cut(peer);
    assert!(world.broker.session("brief").is_none());
    assert!(!world.connect_with(asked).1);
}

// [MQTT-3.1.2-23] [MQTT-4.1.0-2]
#[test]
fn a_session_is_kept_for_its_interval_and_not_a_moment_longer() {
    let mut world = World::new();
    let (peer, _) = world.connect_with(expiring("edge", 15));
    world.cut(peer);
    world.advance_ms(14_999);
    let (peer, present) = world.connect_with(expiring("edge", 15));
    assert!(present);
    world.cut(peer);
    world.advance_ms(15_000);
    assert!(world.events.contains(&Event::SessionEnded {
        client_identifier: afterlink_core::session::ClientIdentifier::new("edge"),
        reason: SessionEnd::Expired,
    }));
    assert!(!world.connect_with(expiring("edge", 15)).1);
}

// [MQTT-4.1.0-1]
#[test]
fn the_interval_runs_from_the_end_of_the_connection_and_not_from_connect() {
    let mut world = World::new();
    let (peer, _) = world.connect_with(expiring("late", 10));
    world.advance(100);
    assert!(!world.is_closed(peer));
    world.cut(peer);
    world.advance(9);
    assert!(finds(&mut world, "late"));
}

// [MQTT-4.1.0-1] [MQTT3-4.1.0-1] [MQTT3-4.1.0-2]
#[test]
fn a_session_lives_at_least_as_long_as_its_connection() {
    let mut config = Config::default();
    config.limits.keep_alive_seconds_max = 0;
    for asked in [connect(V3_1, "c"), connect(V3_1_1, "c"), connect(V5, "c"), expiring("c", 10)] {
        let mut world = World::with(config.clone());
        let (peer, _) = world.connect_with(asked);
        world.subscribe(peer, "a", ExactlyOnce);
        let publisher = world.connect("publisher");
        world.publish(publisher, "a", "begun", ExactlyOnce);
        let begun = world.message(peer);
        world.advance(1_000_000);
        world.publish(publisher, "a", "later", AtLeastOnce);
        assert_eq!(world.take(peer).payload, "later");
        world.send(peer, &Packet::PubRec(ack(begun.identifier)));
        let pubrel = world.next(peer);
        let Packet::PubRel(answer) = pubrel.packet() else { panic!("{pubrel:?}") };
        assert_eq!(answer.reason_code, ReasonCode::SUCCESS, "the message is still in flight");
    }
}

#[test]
fn an_expired_session_is_gone_though_no_timer_has_fired() {
    let mut world = World::new();
    let (peer, _) = world.connect_with(expiring("late", 15));
    world.subscribe(peer, "a", AtLeastOnce);
    world.cut(peer);
    world.sleep(15);
    let publisher = world.connect("publisher");
    world.publish(publisher, "a", "for nobody", AtLeastOnce);
    let (peer, present) = world.connect_with(expiring("late", 15));
    assert!(!present);
    world.nothing(peer);
    world.publish(publisher, "a", "not subscribed", AtLeastOnce);
    world.nothing(peer);
}

#[test]
fn an_interval_of_all_ones_never_expires_where_there_is_no_cap() {
    let mut world = World::new();
    let (peer, connack) = world.handshake(expiring("for ever", u32::MAX));
    assert_eq!(told(&connack), None, "it is used as it was asked");
    world.cut(peer);
    assert_eq!(world.next_timer(), None);
    world.advance(u64::from(u32::MAX) * 100);
    assert!(finds(&mut world, "for ever"));
}

#[test]
fn the_longest_interval_that_ends_does_end() {
    let mut world = World::new();
    let (peer, _) = world.connect_with(expiring("long", u32::MAX - 1));
    world.cut(peer);
    world.advance(u64::from(u32::MAX) - 1);
    assert!(!finds(&mut world, "long"));
}

// §3.2.2.3.2: the client has to be told what is used instead.
#[test]
fn a_cap_replaces_a_longer_interval_and_is_told_in_connack() {
    for asked in [101, u32::MAX] {
        let mut world = capped(100);
        let (peer, connack) = world.handshake(expiring("capped", asked));
        assert_eq!(told(&connack), Some(100));
        world.cut(peer);
        world.advance_ms(99_999);
        let (peer, present) = world.connect_with(expiring("capped", asked));
        assert!(present);
        world.cut(peer);
        world.advance(100);
        assert!(!finds(&mut world, "capped"));
    }
}

#[test]
fn an_interval_up_to_the_cap_is_granted_without_a_word() {
    let mut world = capped(100);
    assert_eq!(told(&world.handshake(expiring("at the edge", 100)).1), None);
    assert_eq!(told(&world.handshake(connect(V5, "none")).1), None);
}

// §3.14.2.2.2
#[test]
fn disconnect_changes_the_interval_both_ways() {
    for (first, then) in [(100, 5), (5, 100)] {
        let mut world = World::new();
        let (peer, _) = world.connect_with(expiring("changing", first));
        world.say_goodbye(peer, ReasonCode::NORMAL_DISCONNECTION, Some(then));
        assert!(world.is_closed(peer));
        world.advance_ms(u64::from(then) * 1000 - 1);
        assert!(world.broker.session("changing").is_some());
        world.advance_ms(1);
        assert!(world.broker.session("changing").is_none());
    }
}

#[test]
fn disconnect_with_interval_0_ends_the_session() {
    let mut world = World::new();
    let (peer, _) = world.connect_with(expiring("done", 100));
    world.say_goodbye(peer, ReasonCode::NORMAL_DISCONNECTION, Some(0));
    assert!(!finds(&mut world, "done"));
}

#[test]
fn the_cap_holds_for_the_interval_in_disconnect_too() {
    let mut world = capped(50);
    let (peer, _) = world.connect_with(expiring("capped", 10));
    world.say_goodbye(peer, ReasonCode::NORMAL_DISCONNECTION, Some(u32::MAX));
    world.advance_ms(49_999);
    assert!(world.broker.session("capped").is_some());
    world.advance_ms(1);
    assert!(world.broker.session("capped").is_none());
}

// §3.14.2.2.2: 0 in CONNECT stays 0. A client that breaks the rules keeps its will.
#[test]
fn a_session_that_was_to_end_with_its_connection_cannot_be_kept_by_disconnect() {
    let mut world = World::new();
    let watcher = world.connect("watcher");
    world.subscribe(watcher, "will", AtMostOnce);
    let mut asked = connect(V5, "raising");
    asked.will = Some(will("will", "raised", AtMostOnce));
    let (peer, _) = world.connect_with(asked);
    world.say_goodbye(peer, ReasonCode::NORMAL_DISCONNECTION, Some(1));
    world.expect_disconnect(peer, ReasonCode::PROTOCOL_ERROR);
    assert!(world.broker.session("raising").is_none());
    assert_eq!(world.payloads(watcher), ["raised"]);
}

#[test]
fn disconnect_may_say_0_again() {
    let mut world = World::new();
    let peer = world.connect("same");
    world.say_goodbye(peer, ReasonCode::NORMAL_DISCONNECTION, Some(0));
    world.expect_silent_close(peer);
}

#[test]
fn whether_disconnect_may_raise_the_interval_is_judged_on_what_connect_asked() {
    let mut world = capped(0);
    let (peer, connack) = world.handshake(expiring("capped to nothing", 60));
    assert_eq!(told(&connack), Some(0));
    world.say_goodbye(peer, ReasonCode::NORMAL_DISCONNECTION, Some(60));
    world.expect_silent_close(peer);
    assert!(world.broker.session("capped to nothing").is_none(), "the cap still holds");
}

// [MQTT-3.1.2-4] [MQTT-3.2.2-2] [MQTT3-3.1.2-6] [MQTT3-3.2.2-1]
#[test]
fn clean_start_discards_everything_of_the_session_that_was() {
    for version in [V3_1_1, V5] {
        let mut world = World::new();
        let (peer, _) = world.connect_kept(version, "fresh");
        world.subscribe(peer, "a", ExactlyOnce);
        let publisher = world.connect("publisher");
        world.publish(publisher, "a", "inflight", ExactlyOnce);
        world.message(peer);
        world.cut(peer);
        world.publish(publisher, "a", "queued", AtLeastOnce);
        let (peer, present) = world.connect_with(connect(version, "fresh"));
        assert!(!present);
        world.publish(publisher, "a", "after", AtLeastOnce);
        world.nothing(peer);
        let session = world.broker.session("fresh").expect("a new one");
        assert_eq!((session.queue_len, session.inflight_len), (0, 0));
        assert_eq!(session.subscriptions_len, 0);
    }
}

// [MQTT-3.1.2-6] [MQTT-3.2.2-3] [MQTT3-3.1.2-4] [MQTT3-3.2.2-2] [MQTT3-3.2.2-3]
#[test]
fn session_present_says_whether_there_was_a_session() {
    for version in [V3_1_1, V5] {
        let mut world = World::new();
        let (peer, present) = world.connect_kept(version, "client");
        assert!(!present);
        world.cut(peer);
        let (peer, present) = world.connect_kept(version, "client");
        assert!(present);
        world.cut(peer);
        assert!(!world.connect_with(connect(version, "client")).1);
        assert!(!world.connect_kept(version, "Client").1, "identifiers are compared exactly");
    }
}

// [MQTT-3.1.2-5] and the list of §4.1.
#[test]
fn subscriptions_queue_inflight_and_received_identifiers_outlive_the_connection() {
    let mut world = World::new();
    let (peer, _) = world.connect_kept(V5, "kept");
    world.subscribe(peer, "in/#", ExactlyOnce);
    let publisher = world.connect("publisher");
    world.publish(publisher, "in/1", "inflight", AtLeastOnce);
    let first = world.message(peer);
    world.send(peer, &Packet::Publish(publish("out", b"mine", ExactlyOnce, 7)));
    world.next(peer);
    world.cut(peer);
    world.publish(publisher, "in/2", "queued", ExactlyOnce);
    let (peer, present) = world.connect_kept(V5, "kept");
    assert!(present);
    let again = world.take(peer);
    assert_eq!((again.identifier, again.dup), (first.identifier, true));
    assert_eq!(world.take(peer).payload, "queued");
    world.publish(publisher, "in/3", "live", AtMostOnce);
    assert_eq!(world.take(peer).payload, "live");
    world.send(peer, &Packet::PubRel(ack(7)));
    let pubcomp = world.next(peer);
    let Packet::PubComp(answer) = pubcomp.packet() else { panic!("{pubcomp:?}") };
    assert_eq!(answer.reason_code, ReasonCode::SUCCESS, "the identifier was still known");
}

// [MQTT3-3.1.2-4] [MQTT3-3.1.2-5]
#[test]
fn a_version_3_session_is_kept_for_ever_unless_there_is_a_cap() {
    let mut world = World::new();
    let (peer, _) = world.connect_kept(V3_1_1, "old");
    world.disconnect(peer);
    world.advance(u64::from(u32::MAX) * 10);
    assert!(world.connect_kept(V3_1_1, "old").1);
    let mut world = capped(100);
    let (peer, _) = world.connect_kept(V3_1_1, "old");
    world.disconnect(peer);
    world.advance_ms(99_999);
    let (peer, present) = world.connect_kept(V3_1_1, "old");
    assert!(present);
    world.disconnect(peer);
    world.advance(100);
    assert!(!world.connect_kept(V3_1_1, "old").1);
}

// [MQTT3-3.1.2-6]
#[test]
fn a_clean_version_3_session_is_discarded_at_both_ends() {
    for version in [V3_1, V3_1_1] {
        let mut world = World::new();
        let (peer, _) = world.connect_kept(version, "client");
        world.subscribe(peer, "a", AtLeastOnce);
        world.cut(peer);
        let (peer, _) = world.connect_with(connect(version, "client"));
        assert_eq!(world.broker.totals().subscriptions, 0);
        world.subscribe(peer, "a", AtLeastOnce);
        world.cut(peer);
        assert!(world.broker.session("client").is_none());
        assert_eq!(world.broker.totals().subscriptions, 0);
    }
}

// [MQTT3-3.1.2-7]
#[test]
fn retained_messages_survive_the_session_of_their_publisher() {
    let mut world = World::new();
    let peer = world.connect("publisher");
    let mut retained = publish("a", b"stays", AtLeastOnce, 1);
    retained.retain = true;
    world.send(peer, &Packet::Publish(retained));
    world.disconnect(peer);
    assert!(world.broker.session("publisher").is_none());
    let peer = world.connect("reader");
    world.subscribe(peer, "a", AtLeastOnce);
    assert_eq!(world.payloads(peer), ["stays"]);
}

#[test]
fn a_session_goes_from_one_version_to_another_and_back() {
    let mut world = World::new();
    let (peer, _) = world.connect_with(expiring("both", 10));
    world.subscribe(peer, "a", AtLeastOnce);
    world.disconnect(peer);
    let publisher = world.connect("publisher");
    let mut message = publish("a", b"to version 3", AtLeastOnce, 1);
    message.properties.content_type = Some("text/plain");
    message.properties.message_expiry_interval = Some(60);
    world.send(publisher, &Packet::Publish(message));
    let (peer, present) = world.connect_kept(V3_1_1, "both");
    assert!(present);
    assert_eq!(world.payloads(peer), ["to version 3"]);
    world.disconnect(peer);
    world.advance(1000);
    let (peer, present) = world.connect_with(expiring("both", 10));
    assert!(present, "CleanSession 0 had made the interval endless");
    world.disconnect(peer);
    world.advance(10);
    assert!(!world.connect_kept(V3_1_1, "both").1, "and 5.0 had set it anew");
}

#[test]
fn each_connect_sets_the_interval_anew() {
    let mut world = World::new();
    let (peer, _) = world.connect_with(expiring("anew", 1000));
    world.cut(peer);
    let (peer, present) = world.connect_with(expiring("anew", 5));
    assert!(present);
    world.cut(peer);
    world.advance(5);
    assert!(!finds(&mut world, "anew"));
}
