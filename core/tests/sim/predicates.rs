//! Predicates hold when what they say is so, and only then.

use afterlink_core::codec::QoS::{AtLeastOnce, ExactlyOnce};
use afterlink_core::codec::{PacketIdentifier, PacketType};
use afterlink_core::sim::{
    ClientInflightMessage, ClientStageName, ClientStateName, Command, Direction, Fault, Observed,
    Predicate, Simulation, Target,
};

use crate::support::{Play, connect, disconnect, persistent, publish, simulation};

fn holds(simulation: &Simulation, predicate: &Predicate) -> bool {
    let (world, trace) = (simulation.world(), simulation.trace());
    predicate.holds(&Observed { world, trace, step_entry: 0 })
}

fn drop_next(packet_type: PacketType) -> Command {
    let target = Target::Next {
        client: "P".to_owned(),
        direction: Direction::ToClient,
        packet_type: Some(packet_type),
    };
    Command::Fault { target, fault: Fault::Drop }
}

#[test]
fn a_client_is_offline_connecting_or_connected() {
    let mut simulation = simulation(vec![persistent("P")]);
    let states = |simulation: &Simulation, client: &str| {
        let states =
            [ClientStateName::Offline, ClientStateName::Connecting, ClientStateName::Connected];
        states.map(|state| {
            let client = client.to_owned();
            holds(simulation, &Predicate::ClientState { client, state })
        })
    };
    assert_eq!(states(&simulation, "P"), [true, false, false]);
    simulation.now(connect("P"));
    assert_eq!(states(&simulation, "P"), [false, true, false]);
    simulation.pass(1000);
    assert_eq!(states(&simulation, "P"), [false, false, true]);
    simulation.play(disconnect("P"));
    assert_eq!(states(&simulation, "P"), [true, false, false]);
    assert_eq!(states(&simulation, "X"), [false, false, false], "nobody is anywhere");
}

#[test]
fn what_is_on_its_way_from_a_client_is_told_in_order_with_its_stages() {
    use ClientStageName::{AwaitingPubAck, AwaitingPubComp, AwaitingPubRec};
    let mut simulation = simulation(vec![persistent("P")]);
    let inflight = |simulation: &Simulation, client: &str, stages: &[(u16, ClientStageName)]| {
        let message = |(number, stage): &(u16, _)| ClientInflightMessage {
            packet_identifier: PacketIdentifier::new(*number).unwrap(),
            stage: *stage,
        };
        let messages = stages.iter().map(message).collect();
        holds(simulation, &Predicate::ClientInflight { client: client.to_owned(), messages })
    };
    assert!(inflight(&simulation, "P", &[]), "without a session there is nothing");
    assert!(!inflight(&simulation, "X", &[]), "without a client too");
    simulation.play(connect("P"));
    for (lost, qos) in [
        (PacketType::PubAck, AtLeastOnce),
        (PacketType::PubRec, ExactlyOnce),
        (PacketType::PubComp, ExactlyOnce),
    ] {
        simulation.now(drop_next(lost));
        simulation.play(publish("P", "a", "m", qos));
    }
    assert!(inflight(
        &simulation,
        "P",
        &[(1, AwaitingPubAck), (2, AwaitingPubRec), (3, AwaitingPubComp)]
    ));
    for wrong in [
        &[][..],
        &[(1, AwaitingPubAck), (2, AwaitingPubRec)],
        &[(1, AwaitingPubAck), (2, AwaitingPubRec), (4, AwaitingPubComp)],
        &[(1, AwaitingPubAck), (2, AwaitingPubComp), (3, AwaitingPubComp)],
        &[(2, AwaitingPubRec), (1, AwaitingPubAck), (3, AwaitingPubComp)],
    ] {
        assert!(!inflight(&simulation, "P", wrong), "{wrong:?}");
    }
}
