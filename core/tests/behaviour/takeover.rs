//! Takeover: two connections, one Client Identifier.

use afterlink_core::broker::{Config, DisconnectReason, Event, Records};
use afterlink_core::codec::{Packet, ReasonCode};

use crate::harness::*;

// [MQTT-3.1.4-3] [MQTT-3.14.2-2]
#[test]
fn a_version_5_client_is_told_that_its_session_was_taken_over() {
    let mut world = World::new();
    let (old, _) = world.connect_kept(V5, "client");
    let (new, present) = world.connect_kept(V5, "client");
    assert!(present);
    let packet = world.next(old);
    let Packet::Disconnect(disconnect) = packet.packet() else { panic!("{packet:?}") };
    assert_eq!(disconnect.reason_code, ReasonCode::SESSION_TAKEN_OVER);
    assert_eq!(disconnect.session_expiry_interval, None);
    world.expect_silent_close(old);
    world.ping(new);
}

// [MQTT3-3.1.4-2]
#[test]
fn a_version_3_client_that_is_taken_over_is_closed_without_a_word() {
    for version in [V3_1, V3_1_1] {
        let mut world = World::new();
        let (old, _) = world.connect_kept(version, "client");
        let (new, _) = world.connect_kept(version, "client");
        world.expect_silent_close(old);
        world.ping(new);
    }
}

#[test]
fn a_takeover_crosses_versions() {
    let mut world = World::new();
    let (old, _) = world.connect_kept(V5, "client");
    world.subscribe(old, "a", AtLeastOnce);
    let (new, present) = world.connect_kept(V3_1_1, "client");
    assert!(present);
    world.expect_disconnect(old, ReasonCode::SESSION_TAKEN_OVER);
    let publisher = world.connect("publisher");
    world.publish(publisher, "a", "on", AtLeastOnce);
    assert_eq!(world.payloads(new), ["on"]);
}

#[test]
fn the_newcomer_gets_again_what_the_old_connection_left_unacknowledged() {
    let mut world = World::new();
    let (old, _) = world.connect_kept(V5, "client");
    world.subscribe(old, "a", AtLeastOnce);
    let publisher = world.connect("publisher");
    world.publish(publisher, "a", "acknowledged", AtLeastOnce);
    world.take(old);
    world.publish(publisher, "a", "not", AtLeastOnce);
    let first = world.message(old);
    let (new, _) = world.connect_kept(V5, "client");
    let again = world.take(new);
    assert_eq!((again.payload.as_str(), again.dup), ("not", true));
    assert_eq!(again.identifier, first.identifier);
    world.nothing(new);
}

#[test]
fn the_old_connection_is_closed_before_the_new_one_is_answered() {
    let mut world = World::new();
    let (old, _) = world.connect_kept(V5, "client");
    let (new, _) = world.connect_kept(V5, "client");
    let order: Vec<_> = world
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Connected { connection, .. } => Some((connection.0, true)),
            Event::Disconnected { connection, reason, .. } => {
                let reason_code = ReasonCode::SESSION_TAKEN_OVER;
                assert_eq!(*reason, DisconnectReason::Broker { reason_code });
                Some((connection.0, false))
            }
            _ => None,
        })
        .collect();
    assert_eq!(order, [(old.0, true), (old.0, false), (new.0, true)]);
}

#[test]
fn what_still_comes_from_the_old_connection_is_ignored() {
    let mut world = World::new();
    let watcher = world.connect("watcher");
    world.subscribe(watcher, "#", AtMostOnce);
    let (old, _) = world.connect_kept(V5, "client");
    let (new, _) = world.connect_kept(V5, "client");
    world.all(old);
    world.send(old, &Packet::Publish(publish("late", b"x", AtLeastOnce, 1)));
    world.send(old, &Packet::PingReq);
    world.nothing(old);
    world.nothing(watcher);
    world.cut(old);
    assert!(!world.is_closed(new));
    world.ping(new);
}

// [MQTT-4.1.0-2] [MQTT3-3.1.2-6]
#[test]
fn a_session_without_expiry_that_is_taken_over_ends_and_its_delayed_will_is_sent() {
    for version in [V3_1_1, V5] {
        for clean_start in [true, false] {
            let mut world = World::new();
            let watcher = world.connect("watcher");
            world.subscribe(watcher, "will", AtMostOnce);
            let mut asked = connect(version, "client");
            let mut message = will("will", "gone", AtMostOnce);
            message.properties.will_delay_interval = (version == V5).then_some(60);
            asked.will = Some(message);
            let (old, _) = world.connect_with(asked);
            world.subscribe(old, "a", AtLeastOnce);
            let mut again = connect(version, "client");
            again.clean_start = clean_start;
            let (_, present) = world.connect_with(again);
            assert!(!present);
            assert_eq!(world.payloads(watcher), ["gone"]);
            assert_eq!(world.broker.totals().subscriptions, 1, "the watcher's");
        }
    }
}

// [MQTT-3.1.2-8] [MQTT-3.1.3-9]
#[test]
fn a_kept_session_that_is_taken_over_sends_its_will_unless_it_has_a_delay() {
    for delay in [None, Some(0), Some(1)] {
        let mut world = World::new();
        let watcher = world.connect("watcher");
        world.subscribe(watcher, "will", AtMostOnce);
        let mut asked = kept(V5, "client");
        let mut message = will("will", "gone", AtMostOnce);
        message.properties.will_delay_interval = delay;
        asked.will = Some(message);
        world.connect_with(asked);
        world.connect_kept(V5, "client");
        world.advance(100);
        assert_eq!(world.payloads(watcher).len(), usize::from(delay != Some(1)), "{delay:?}");
    }
}

// Clean Start 1 ends the session, and with it the delay of its will.
#[test]
fn a_takeover_with_clean_start_sends_a_delayed_will_at_once() {
    let mut world = World::new();
    let watcher = world.connect("watcher");
    world.subscribe(watcher, "will", AtMostOnce);
    let mut asked = kept(V5, "client");
    let mut message = will("will", "gone", AtMostOnce);
    message.properties.will_delay_interval = Some(60);
    asked.will = Some(message);
    world.connect_with(asked);
    assert!(!world.connect_with(connect(V5, "client")).1);
    assert_eq!(world.payloads(watcher), ["gone"]);
    world.advance(1000);
    world.nothing(watcher);
}

// [MQTT-3.1.4-3] binds also while an acknowledgement waits for the store.
#[test]
fn a_client_whose_acknowledgements_wait_for_the_store_is_told_too() {
    let config = Config { records: Records::Durable, ..Config::default() };
    let mut world = World::with(config);
    let (away, _) = world.connect_kept(V5, "away");
    world.subscribe(away, "a", AtLeastOnce);
    world.cut(away);
    let (old, _) = world.connect_kept(V5, "client");
    world.persists = false;
    world.send(old, &Packet::Publish(publish("a", b"x", AtLeastOnce, 1)));
    world.nothing(old);
    let new = world.begin(kept(V5, "client"));
    world.expect_disconnect(old, ReasonCode::SESSION_TAKEN_OVER);
    world.persist(world.records.len() as u64);
    assert!(matches!(world.next(new).packet(), Packet::ConnAck(_)));
    world.nothing(old);
}

// [MQTT-3.14.0-1]
#[test]
fn a_client_whose_connack_waits_for_the_store_is_closed_without_a_disconnect() {
    let config = Config { records: Records::Durable, ..Config::default() };
    let mut world = World::with(config);
    world.persists = false;
    let old = world.begin(kept(V5, "client"));
    let new = world.begin(kept(V5, "client"));
    world.expect_silent_close(old);
    world.persist(world.records.len() as u64);
    let packet = world.next(new);
    let Packet::ConnAck(connack) = packet.packet() else { panic!("{packet:?}") };
    assert!(connack.session_present);
}

#[test]
fn a_storm_of_takeovers_has_one_winner_and_neither_loses_nor_doubles_a_message() {
    let mut world = World::new();
    let publisher = world.connect("publisher");
    let (mut peer, _) = world.connect_kept(V5, "storm");
    world.subscribe(peer, "a", ExactlyOnce);
    let mut delivered = Vec::new();
    let mut known = std::collections::BTreeSet::new();
    for round in 0..100_u32 {
        world.publish(publisher, "a", &round.to_string(), ExactlyOnce);
        // The client tells a QoS 2 message by its identifier, and stops at a different point of
        // the exchange each time.
        for packet in world.all(peer) {
            match packet.packet() {
                Packet::Publish(message) => {
                    let identifier = message.packet_identifier.expect("QoS 2");
                    if known.insert(identifier) {
                        delivered.push(String::from_utf8_lossy(message.payload).into_owned());
                    }
                    if round % 3 > 0 {
                        world.send(peer, &Packet::PubRec(ack(identifier.get())));
                    }
                }
                Packet::PubRel(pubrel) => {
                    known.remove(&pubrel.packet_identifier);
                    if round % 3 > 1 {
                        world.send(peer, &Packet::PubComp(ack(pubrel.packet_identifier.get())));
                    }
                }
                _ => {}
            }
        }
        world.advance_ms(10);
        let (next, present) = world.connect_kept(V5, "storm");
        assert!(present);
        world.all(peer);
        assert!(world.is_closed(peer));
        peer = next;
    }
    for _ in 0..10 {
        for packet in world.all(peer) {
            match packet.packet() {
                Packet::Publish(message) => {
                    let identifier = message.packet_identifier.expect("QoS 2");
                    if known.insert(identifier) {
                        delivered.push(String::from_utf8_lossy(message.payload).into_owned());
                    }
                    world.send(peer, &Packet::PubRec(ack(identifier.get())));
                }
                Packet::PubRel(pubrel) => {
                    known.remove(&pubrel.packet_identifier);
                    world.send(peer, &Packet::PubComp(ack(pubrel.packet_identifier.get())));
                }
                other => panic!("{other:?}"),
            }
        }
    }
    let expected: Vec<_> = (0..100).map(|round| round.to_string()).collect();
    assert_eq!(delivered, expected);
    assert_eq!(world.broker.totals().connections, 2);
    assert_eq!(world.broker.totals().sessions, 2);
    let session = world.broker.session("storm").expect("kept");
    assert_eq!((session.queue_len, session.inflight_len), (0, 0));
}
