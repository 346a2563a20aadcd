//! The Client Identifier: its length, its letters, and what a client without one gets.

use std::collections::BTreeSet;

use afterlink_core::broker::Config;
use afterlink_core::codec::{Packet, ReasonCode};

use super::properties;
use crate::harness::*;

// [MQTT-3.1.3-6] [MQTT-3.1.3-7] [MQTT-3.2.2-16]
#[test]
fn a_client_without_an_identifier_is_assigned_one_that_it_can_come_back_with() {
    let mut world = World::new();
    let (peer, packet) = world.handshake(kept(V5, ""));
    let assigned = properties(&packet).assigned_client_identifier.expect("one").to_owned();
    world.cut(peer);
    let (_, packet) = world.handshake(kept(V5, &assigned));
    assert_eq!(properties(&packet).assigned_client_identifier, None);
    let Packet::ConnAck(connack) = packet.packet() else { panic!("{packet:?}") };
    assert!(connack.session_present);
}

// [MQTT3-3.1.3-6] [MQTT3-3.1.3-7]
#[test]
fn assigned_identifiers_differ_from_each_other_and_from_broker_to_broker() {
    let mut seen = BTreeSet::new();
    for seed in 0..4 {
        let broker = afterlink_core::Broker::new(Config::default(), [seed; 32], START);
        let mut world = World::around(broker, START);
        for _ in 0..50 {
            let (_, packet) = world.handshake(connect(V5, ""));
            let properties = properties(&packet);
            seen.insert(properties.assigned_client_identifier.expect("one").to_owned());
        }
        world.connect_with(connect(V3_1_1, ""));
        assert_eq!(world.broker.totals().sessions, 51);
    }
    assert_eq!(seen.len(), 200);
}

// [MQTT3-3.1.3-8] [MQTT3-3.1.3-9]
#[test]
fn a_version_3_1_1_session_without_an_identifier_cannot_be_kept() {
    let mut world = World::new();
    world.expect_refused(kept(V3_1_1, ""), ReasonCode::CLIENT_IDENTIFIER_NOT_VALID);
    assert_eq!(world.broker.totals().sessions, 0);
}

// [MQTT-3.1.3-8] [MQTT3-3.1.3-9]
#[test]
fn a_client_identifier_may_be_as_long_as_the_limit_says() {
    let mut world = World::new();
    let longest = "i".repeat(1024);
    for version in [V3_1, V3_1_1, V5] {
        world.connect_with(connect(version, &longest));
        let longer = "i".repeat(1025);
        let reason = ReasonCode::CLIENT_IDENTIFIER_NOT_VALID;
        world.expect_refused(connect(version, &longer), reason);
        world.connect_with(connect(version, "0123456789abcdefghijklm"));
        world.connect_with(connect(version, "NOPQRSTUVWXYZ"));
    }
    world.connect("+/#/$ \u{FEFF}\u{1F980}");
}

// [MQTT-3.1.3-5] [MQTT3-3.1.3-5]
#[test]
fn every_client_identifier_of_1_to_23_letters_and_digits_is_allowed() {
    let all = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let mut world = World::new();
    for version in [V3_1, V3_1_1, V5] {
        for (start, _) in all.char_indices() {
            let letters = all.chars().cycle().skip(start).take(1 + start % 23);
            world.connect_with(connect(version, &letters.collect::<String>()));
        }
    }
}
