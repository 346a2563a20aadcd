//! Faults do what they say.

mod cut;
mod restart;

use afterlink_core::broker::TimerReason;
use afterlink_core::client::ClientEvent;
use afterlink_core::codec::PacketType::{self, PubAck, PubRel, Publish};
use afterlink_core::codec::QoS::{AtLeastOnce, ExactlyOnce};
use afterlink_core::sim::Direction::{ToBroker, ToClient};
use afterlink_core::sim::{
    Command, CommandRefusal, Direction, Fate, Fault, Happening, LinkSettings, LossCause, NoticedBy,
    Simulation, Target, TimerFired,
};

use crate::support::{
    Play, STEPS, clean, connect, disconnect, persistent, publish, simulation, subscribe,
};

const DELIVERED: Option<Fate> = Some(Fate::Delivered);
const DROPPED: Option<Fate> = Some(Fate::Lost(LossCause::Dropped));

/// A publisher P and a persistent subscriber S, both connected.
fn pair() -> Simulation {
    let mut simulation = simulation(vec![persistent("S"), clean("P")]);
    simulation.play(connect("S"));
    simulation.play(connect("P"));
    simulation.play(subscribe("S", "a", ExactlyOnce));
    simulation
}

fn next(client: &str, direction: Direction, packet_type: PacketType, fault: Fault) -> Command {
    let client = client.to_owned();
    let target = Target::Next { client, direction, packet_type: Some(packet_type) };
    Command::Fault { target, fault }
}

fn in_flight(client: &str, direction: Direction, fault: Fault) -> Command {
    let client = client.to_owned();
    Command::Fault { target: Target::InFlight { client, direction, packet_type: None }, fault }
}

fn cut(client: &str, noticed_by: NoticedBy) -> Command {
    Command::Cut { client: client.to_owned(), noticed_by }
}

/// How often the application of a client was given a message, and how often a repeat of one.
fn received(simulation: &Simulation, name: &str) -> (usize, usize) {
    let (mut messages, mut repeats) = (0, 0);
    for what in simulation.happened() {
        if let Happening::Client { client, event } = what
            && &*client == name
        {
            messages += usize::from(matches!(event, ClientEvent::Message(_)));
            repeats += usize::from(matches!(event, ClientEvent::Repeat { .. }));
        }
    }
    (messages, repeats)
}

#[test]
fn a_packet_takes_the_delay_of_its_link() {
    let mut simulation = pair();
    let link = LinkSettings { to_broker_ms: 300, to_client_ms: 20, ..LinkSettings::default() };
    simulation.now(Command::SetLink { client: "P".to_owned(), link });
    let start = simulation.elapsed();
    simulation.now(publish("P", "a", "m", AtLeastOnce));
    simulation.step_packet(STEPS).unwrap();
    assert_eq!(simulation.elapsed() - start, 300);
    // PUBACK to P, 20 ms, comes before PUBLISH to S, 50 ms.
    simulation.step_packet(STEPS).unwrap();
    assert_eq!(simulation.elapsed() - start, 320);
    assert_eq!(simulation.packets("P", ToClient, PubAck), [DELIVERED]);
    simulation.step_packet(STEPS).unwrap();
    assert_eq!(simulation.elapsed() - start, 350);
    assert_eq!(received(&simulation, "S"), (1, 0));
}

#[test]
fn a_packet_in_pieces_arrives_whole() {
    let mut simulation = pair();
    for client in ["P", "S"] {
        let link = LinkSettings { piece_bytes: 1, ..LinkSettings::default() };
        simulation.now(Command::SetLink { client: client.to_owned(), link });
    }
    simulation.play(publish("P", "a", "in pieces", ExactlyOnce));
    assert_eq!(received(&simulation, "S"), (1, 0));
    assert_eq!(simulation.packets("P", ToBroker, PubRel), [DELIVERED]);
}

#[test]
fn a_dropped_packet_never_arrives_and_nothing_is_sent_again_while_connected() {
    let mut simulation = pair();
    simulation.play(next("S", ToBroker, PubAck, Fault::Drop));
    simulation.play(publish("P", "a", "m", AtLeastOnce));
    simulation.pass(3_600_000);
    assert_eq!(simulation.packets("S", ToBroker, PubAck), [DROPPED]);
    assert_eq!(simulation.packets("S", ToClient, Publish), [DELIVERED]);
    // The exchange goes on with the next connection, and the application sees the message twice.
    simulation.play(cut("S", NoticedBy::Both));
    simulation.play(connect("S"));
    assert_eq!(simulation.packets("S", ToClient, Publish), [DELIVERED, DELIVERED]);
    let last = simulation.trace().packets(None).filter(|record| {
        record.sent.packet_type == Some(Publish) && record.sent.direction == ToClient
    });
    assert_eq!(last.last().unwrap().sent.bytes[0], 0x3A, "QoS 1 with DUP");
    assert_eq!(received(&simulation, "S"), (2, 0));
}

#[test]
fn a_packet_in_flight_can_be_dropped_by_its_number() {
    let mut simulation = pair();
    simulation.now(publish("P", "a", "m", AtLeastOnce));
    let links = simulation.world().link_views();
    let packet = links.iter().find(|link| link.client == "P").unwrap().to_broker[0].packet;
    let target = Target::Packet { packet };
    assert_eq!(simulation.now(Command::Fault { target, fault: Fault::Drop }), None);
    simulation.pass(1000);
    assert_eq!(simulation.packets("P", ToBroker, Publish), [DROPPED]);
    let target = Target::Packet { packet };
    let refusal = simulation.now(Command::Fault { target, fault: Fault::Drop });
    assert_eq!(refusal, Some(CommandRefusal::PacketUnknown));
}

#[test]
fn a_duplicated_packet_arrives_twice() {
    let mut simulation = pair();
    simulation.play(next("P", ToBroker, Publish, Fault::Duplicate));
    simulation.play(publish("P", "a", "m", ExactlyOnce));
    assert_eq!(simulation.packets("P", ToBroker, Publish), [DELIVERED, DELIVERED]);
    assert_eq!(received(&simulation, "S"), (1, 0), "QoS 2 is exactly once");
    let copy = simulation.trace().packets(None).find(|record| record.sent.duplicate_of.is_some());
    let copy = copy.unwrap();
    let original = simulation.trace().packet(copy.sent.duplicate_of.unwrap()).unwrap();
    assert_eq!(copy.sent.bytes, original.sent.bytes);
    assert_eq!(copy.sent.packet.0, original.sent.packet.0 + 1);
}

#[test]
fn a_held_packet_keeps_back_what_is_behind_it_until_it_is_released() {
    let mut simulation = pair();
    simulation.play(next("P", ToBroker, Publish, Fault::Hold));
    simulation.play(publish("P", "a", "1", AtLeastOnce));
    simulation.play(publish("P", "a", "2", AtLeastOnce));
    simulation.pass(60_000);
    assert_eq!(simulation.packets("P", ToBroker, Publish), [None, None]);
    assert_eq!(simulation.step_packet(STEPS), None, "nothing moves");
    let flights = &simulation.world().link_views()[1].to_broker;
    assert!(flights[0].is_held && flights.iter().all(|flight| flight.arrives_at.is_none()));
    simulation.play(in_flight("P", ToBroker, Fault::Release));
    assert_eq!(simulation.packets("P", ToBroker, Publish), [DELIVERED, DELIVERED]);
    assert_eq!(received(&simulation, "S"), (2, 0));
    let payloads: Vec<u8> = simulation
        .trace()
        .packets(None)
        .filter(|record| record.sent.direction == ToClient)
        .filter(|record| record.sent.packet_type == Some(Publish))
        .map(|record| *record.sent.bytes.last().unwrap())
        .collect();
    assert_eq!(payloads, *b"12");
}

#[test]
fn packets_overtake_one_that_is_held_only_where_reordering_is_on() {
    let mut simulation = pair();
    let link = LinkSettings { reorder: true, ..LinkSettings::default() };
    simulation.now(Command::SetLink { client: "P".to_owned(), link });
    simulation.play(next("P", ToBroker, Publish, Fault::Hold));
    simulation.play(publish("P", "a", "1", AtLeastOnce));
    simulation.play(publish("P", "a", "2", AtLeastOnce));
    assert_eq!(simulation.packets("P", ToBroker, Publish), [None, DELIVERED]);
}

#[test]
fn a_delayed_packet_comes_later_and_those_behind_it_too() {
    let mut simulation = pair();
    simulation.now(next("P", ToBroker, Publish, Fault::Delay { ms: 700 }));
    let start = simulation.elapsed();
    simulation.now(publish("P", "a", "1", AtLeastOnce));
    simulation.now(publish("P", "a", "2", AtLeastOnce));
    simulation.step_packet(STEPS).unwrap();
    assert_eq!(simulation.elapsed() - start, 750);
    simulation.step_packet(STEPS).unwrap();
    assert_eq!(simulation.elapsed() - start, 750);
    assert_eq!(simulation.packets("P", ToBroker, Publish), [DELIVERED, DELIVERED]);
}

#[test]
fn a_frozen_client_reads_nothing_until_it_thaws() {
    let mut simulation = pair();
    simulation.play(Command::Freeze { client: "S".to_owned() });
    simulation.play(publish("P", "a", "m", ExactlyOnce));
    simulation.pass(60_000);
    assert_eq!(simulation.packets("S", ToClient, Publish), [None]);
    assert_eq!(simulation.step_packet(STEPS), None);
    assert_eq!(simulation.now(disconnect("S")), Some(CommandRefusal::ClientFrozen));
    simulation.play(Command::Thaw { client: "S".to_owned() });
    assert_eq!(received(&simulation, "S"), (1, 0));
    assert_eq!(simulation.packets("S", ToBroker, PacketType::PubRec), [DELIVERED]);
}

#[test]
fn a_client_that_does_not_read_has_its_messages_wait_in_its_session() {
    let mut simulation = simulation(vec![persistent("S"), clean("P")]);
    simulation.play(connect("S"));
    simulation.play(connect("P"));
    simulation.play(subscribe("S", "a", AtLeastOnce));
    simulation.play(Command::Freeze { client: "S".to_owned() });
    let payload = "x".repeat(40_000);
    for _ in 0..4 {
        simulation.play(publish("P", "a", &payload, AtLeastOnce));
    }
    // 64 KiB of send credit are spent by two of them.
    assert_eq!(simulation.packets("S", ToClient, Publish), [None, None]);
    let queue_len = |simulation: &Simulation| {
        simulation.world().broker().unwrap().session("s").unwrap().queue_len
    };
    assert_eq!(queue_len(&simulation), 2);
    simulation.play(Command::Thaw { client: "S".to_owned() });
    assert_eq!(received(&simulation, "S"), (4, 0));
    assert_eq!(queue_len(&simulation), 0);
}

#[test]
fn a_client_that_loses_its_state_holds_no_session_any_more() {
    let mut simulation = pair();
    simulation.now(next("P", ToBroker, PubRel, Fault::Drop));
    simulation.play(publish("P", "a", "m", ExactlyOnce));
    let session = |simulation: &Simulation| {
        simulation.world().client_views(10)[1].session.as_ref().map(|session| session.inflight_len)
    };
    assert_eq!(session(&simulation), Some(1));
    simulation.play(Command::LoseState { client: "P".to_owned() });
    assert_eq!(session(&simulation), None);
    assert!(simulation.world().broker().unwrap().session("p").is_none());
}

#[test]
fn a_clock_that_skips_makes_one_big_step() {
    let mut subscriber = persistent("S");
    subscriber.config.session_expiry_interval = Some(10);
    let mut simulation = simulation(vec![subscriber]);
    simulation.play(connect("S"));
    simulation.play(disconnect("S"));
    let start = simulation.elapsed();
    simulation.now(Command::SkipClock { ms: 3_600_000 });
    assert_eq!(simulation.elapsed(), start + 3_600_000);
    let fired = simulation.step_timer(STEPS).unwrap();
    assert_eq!(simulation.elapsed(), start + 3_600_000, "late, but at once");
    let [TimerFired::Broker { due_at, reason: TimerReason::SessionExpiry { .. } }] = &fired[..]
    else {
        panic!("{fired:?}")
    };
    assert_eq!(*due_at, simulation.at(start - 1000 + 50 + 10_000));
}

#[test]
fn commands_for_nobody_are_refused() {
    let mut simulation = pair();
    assert_eq!(simulation.now(connect("X")), Some(CommandRefusal::ClientUnknown));
    simulation.play(disconnect("S"));
    let refusal = simulation.now(cut("S", NoticedBy::Both));
    assert_eq!(refusal, Some(CommandRefusal::NotConnected));
    assert_eq!(simulation.now(cut("P", NoticedBy::Nobody)), None);
    let refusal = simulation.now(cut("P", NoticedBy::Nobody));
    assert_eq!(refusal, Some(CommandRefusal::CutAlready));
    let release = next("P", ToBroker, Publish, Fault::Release);
    assert_eq!(simulation.now(release), Some(CommandRefusal::NotHeld));
}

#[test]
fn bytes_that_are_no_packet_go_as_they_are() {
    let mut simulation = pair();
    let request = Box::new(afterlink_core::client::ClientCommand::Transmit { bytes: vec![0xF7] });
    simulation.now(Command::Ask { client: "P".to_owned(), request });
    let flight = simulation.world().link_views()[1].to_broker[0].clone();
    assert_eq!(flight.summary.packet_type, None);
    simulation.pass(1000);
    let sent = simulation.trace().packet(flight.packet).unwrap();
    assert_eq!((&*sent.sent.bytes, sent.fate_at(u64::MAX)), (&[0xF7_u8][..], DELIVERED));
}
