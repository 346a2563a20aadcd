//! CONNECT and subscriptions: what CONNACK, SUBACK and UNSUBACK promise.

use afterlink_core::broker::Record;
use afterlink_core::codec::{Packet, ReasonCode};

use super::*;

#[test]
fn connack_waits_for_a_durable_session_that_is_made_or_resumed() {
    for version in [V3_1, V3_1_1, V5] {
        let mut world = world();
        world.persists = false;
        for round in 0..2 {
            let peer = world.open();
            world.send(peer, &Packet::Connect(kept(version, "kept")));
            assert!(matches!(world.last_record(), Record::Connected { .. }));
            let packet = world.waits_for_the_last_record(peer);
            let Packet::ConnAck(connack) = packet.packet() else { panic!("{packet:?}") };
            assert_eq!(connack.session_present, round == 1 && version != V3_1);
            world.cut(peer);
        }
    }
}

#[test]
fn connack_waits_until_the_earlier_session_is_wiped_though_the_new_one_is_not_durable() {
    let mut world = world();
    let (peer, _) = world.connect_kept(V5, "one");
    world.cut(peer);
    world.persists = false;
    let peer = world.open();
    world.send(peer, &Packet::Connect(connect(V5, "one")));
    assert!(matches!(world.last_record(), Record::Ended { .. }));
    assert_packet!(world.waits_for_the_last_record(peer), Packet::ConnAck(_));
}

#[test]
fn connack_waits_for_the_end_of_a_session_that_ended_with_its_connection() {
    let mut world = world();
    let (peer, _) = world.connect_kept(V5, "one");
    world.persists = false;
    world.say_goodbye(peer, ReasonCode::NORMAL_DISCONNECTION, Some(0));
    let mut not_clean = connect(V5, "one");
    not_clean.clean_start = false;
    let peer = world.open();
    world.send(peer, &Packet::Connect(not_clean));
    assert!(matches!(world.last_record(), Record::Ended { .. }));
    let packet = world.waits_for_the_last_record(peer);
    let Packet::ConnAck(connack) = packet.packet() else { panic!("{packet:?}") };
    assert!(!connack.session_present, "and after a crash there is none either");
    assert!(restarted(&[&world]).broker.session("one").is_none());
}

#[test]
fn connack_waits_for_the_end_of_a_session_though_that_of_another_is_persisted() {
    let mut world = world();
    let peers = ["one", "two"].map(|name| world.connect_kept(V5, name).0);
    world.persists = false;
    for peer in peers {
        world.say_goodbye(peer, ReasonCode::NORMAL_DISCONNECTION, Some(0));
        // Another fact, between the two ends and behind them.
        let other = world.open();
        world.send(other, &Packet::Connect(kept(V5, &format!("after {}", peer.0))));
    }
    let ends = world.records.iter().enumerate();
    let ends = ends.filter(|(_, (_, record))| matches!(record, Record::Ended { .. }));
    let ends: Vec<u64> = ends.map(|(at, _)| at as u64 + 1).collect();
    world.persist(ends[0] + 1);
    let mut not_clean = connect(V5, "two");
    not_clean.clean_start = false;
    let peer = world.open();
    world.send(peer, &Packet::Connect(not_clean));
    world.nothing(peer);
    world.persist(ends[1]);
    assert!(matches!(world.next(peer).packet(), Packet::ConnAck(_)));
}

#[test]
fn another_client_does_not_wait_for_an_end_that_is_not_its_own() {
    let mut world = world();
    let (peer, _) = world.connect_kept(V5, "one");
    world.cut(peer);
    world.persists = false;
    let peer = world.open();
    world.send(peer, &Packet::Connect(connect(V5, "one")));
    world.connect("two");
    world.nothing(peer);
}

#[test]
fn suback_and_unsuback_wait_for_their_records() {
    let mut world = world();
    let (peer, _) = world.connect_kept(V5, "one");
    world.persists = false;
    world.subscribe_later(peer, "a");
    assert!(matches!(world.last_record(), Record::Subscribed { .. }));
    assert_packet!(world.waits_for_the_last_record(peer), Packet::SubAck(_));
    world.unsubscribe_later(peer, "a");
    assert!(matches!(world.last_record(), Record::Unsubscribed { .. }));
    assert_packet!(world.waits_for_the_last_record(peer), Packet::UnsubAck(_));
}

#[test]
fn a_durable_session_resumed_with_expiry_0_ends_at_a_crash() {
    let mut first = world();
    let (peer, _) = first.connect_kept(V5, "one");
    first.subscribe(peer, "a", AtLeastOnce);
    first.cut(peer);
    let mut to_the_end = connect(V5, "one");
    to_the_end.clean_start = false;
    let (_, present) = first.connect_with(to_the_end);
    assert!(present);
    let mut world = restarted(&[&first]);
    assert!(world.broker.session("one").is_none());
    let (_, present) = world.connect_kept(V5, "one");
    assert!(!present);
}

#[test]
fn a_disconnect_that_changes_the_expiry_to_0_ends_the_session_durably() {
    let mut first = world();
    let (peer, _) = first.connect_kept(V5, "one");
    first.say_goodbye(peer, ReasonCode::NORMAL_DISCONNECTION, Some(0));
    assert!(matches!(first.last_record(), Record::Ended { .. }));
    let (_, present) = restarted(&[&first]).connect_kept(V5, "one");
    assert!(!present);
}

#[test]
fn a_disconnect_that_shortens_the_expiry_is_kept() {
    let mut first = world();
    let (peer, _) = first.connect_kept(V5, "one");
    first.say_goodbye(peer, ReasonCode::NORMAL_DISCONNECTION, Some(30));
    let world = restarted(&[&first]);
    let session = world.broker.session("one").expect("it lives for 30 s");
    assert_eq!(session.expires_at, Some(first.now.plus_seconds(30)));
}

#[test]
fn a_session_that_was_granted_0_is_not_kept_because_of_a_later_disconnect() {
    let mut config = durable();
    config.limits.session_expiry_seconds_max = Some(0);
    let mut world = World::with(config);
    let (peer, _) = world.connect_kept(V5, "one");
    world.command(afterlink_core::broker::Command::Config { config: Box::new(durable()) });
    world.say_goodbye(peer, ReasonCode::NORMAL_DISCONNECTION, Some(30));
    assert!(world.broker.session("one").is_none());
    assert!(world.records.is_empty());
}
