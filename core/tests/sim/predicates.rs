//! Predicates hold when what they say is so, and only then.

use afterlink_core::codec::PacketType;
use afterlink_core::codec::QoS::{AtLeastOnce, ExactlyOnce};
use afterlink_core::session::StageName::{self, AwaitingPubAck, AwaitingPubComp, AwaitingPubRec};
use afterlink_core::sim::{Command, Direction, Fault, Observed, Predicate, Simulation, Target};

use crate::support::{Play, connect, disconnect, persistent, publish, simulation};

fn holds(simulation: &Simulation, predicate: &Predicate) -> bool {
    let (world, trace) = (simulation.world(), simulation.trace());
    predicate.holds(&Observed { world, trace, step_entry: 0 })
}

#[test]
fn a_client_is_connected_once_connack_came_and_until_its_connection_ends() {
    let mut simulation = simulation(vec![persistent("P")]);
    let is_connected = |simulation: &Simulation, client: &str| {
        [true, false].map(|connected| {
            let client = client.to_owned();
            holds(simulation, &Predicate::ClientConnected { client, connected })
        })
    };
    assert_eq!(is_connected(&simulation, "P"), [false, true]);
    simulation.now(connect("P"));
    simulation.pass(99);
    assert_eq!(is_connected(&simulation, "P"), [false, true], "CONNACK is on its way");
    simulation.pass(1);
    assert_eq!(is_connected(&simulation, "P"), [true, false]);
    simulation.play(disconnect("P"));
    assert_eq!(is_connected(&simulation, "P"), [false, true]);
    assert_eq!(is_connected(&simulation, "X"), [false, false], "nothing holds of nobody");
}

#[test]
fn what_is_on_its_way_from_a_client_is_counted_by_what_it_waits_for() {
    let mut simulation = simulation(vec![persistent("P")]);
    let counts = |simulation: &Simulation, stage: Option<StageName>| -> Vec<usize> {
        let count = |equals: &usize| {
            let (client, equals) = ("P".to_owned(), *equals);
            holds(simulation, &Predicate::ClientInflightLen { client, stage, equals })
        };
        (0..10).filter(count).collect()
    };
    assert_eq!(counts(&simulation, None), [0], "without a session there is nothing");
    simulation.play(connect("P"));
    for (lost, qos, times) in [
        (PacketType::PubAck, AtLeastOnce, 1),
        (PacketType::PubRec, ExactlyOnce, 2),
        (PacketType::PubComp, ExactlyOnce, 3),
    ] {
        for _ in 0..times {
            let target = Target::Next {
                client: "P".to_owned(),
                direction: Direction::ToClient,
                packet_type: Some(lost),
            };
            simulation.now(Command::Fault { target, fault: Fault::Drop });
            simulation.play(publish("P", "a", "m", qos));
        }
    }
    assert_eq!(counts(&simulation, None), [6]);
    assert_eq!(counts(&simulation, Some(AwaitingPubAck)), [1]);
    assert_eq!(counts(&simulation, Some(AwaitingPubRec)), [2]);
    assert_eq!(counts(&simulation, Some(AwaitingPubComp)), [3]);
}
