//! Predicates, asked of what has just happened.

use afterlink_core::client::WillConfig;
use afterlink_core::codec::QoS::AtLeastOnce;
use afterlink_core::sim::{CloseCause, Observed, Place, Predicate, Side, Simulation, Since};
use serde_json::json;

use crate::support::{
    Play, STEPS, clean, connect, disconnect, persistent, publish, simulation, subscribe,
};

fn holds(simulation: &Simulation, predicate: &Predicate, step_entry: u64) -> bool {
    let (world, trace) = (simulation.world(), simulation.trace());
    predicate.holds(&Observed { world, trace, step_entry })
}

#[test]
fn closed_counts_one_side_by_cause_and_since_when() {
    let mut simulation = simulation(vec![clean("A"), clean("B")]);
    simulation.play(connect("A"));
    simulation.play(connect("B"));
    let closed = |side, cause, since, count| {
        let client = "A".to_owned();
        Predicate::Closed { client, side, cause, since, count }
    };
    let (first, broker) = (simulation.world().next_entry(), Side::Broker);
    assert!(holds(&simulation, &closed(broker, None, Since::Start, 0), first));

    // The broker closes: its side by its own wish, the client's because its peer did.
    let kick = json!({"command": "operate", "request": {
        "command": "disconnect", "client_identifier": "a", "reason_code": 0x98 }});
    simulation.play(serde_json::from_value(kick).unwrap());
    let own = Some(CloseCause::Own);
    assert!(holds(&simulation, &closed(broker, own, Since::Step, 1), first));
    assert!(holds(&simulation, &closed(broker, Some(CloseCause::Cut), Since::Start, 0), first));
    assert!(holds(&simulation, &closed(Side::Client, None, Since::Step, 1), first));

    // A step later the network does: both sides, and B has no part in it.
    let second = simulation.world().next_entry();
    simulation.play(connect("A"));
    let cut = json!({"command": "cut", "client": "A"});
    simulation.play(serde_json::from_value(cut).unwrap());
    assert!(holds(&simulation, &closed(broker, own, Since::Step, 0), second));
    assert!(holds(&simulation, &closed(broker, None, Since::Step, 1), second));
    assert!(holds(&simulation, &closed(broker, None, Since::Start, 2), second));

    // What lies behind the present does not count.
    let before = Place::At(simulation.at(1999));
    assert!(simulation.seek(before, STEPS).reached);
    assert!(holds(&simulation, &closed(broker, None, Since::Start, 0), first));
}

#[test]
fn will_tells_whether_the_broker_keeps_one() {
    let mut definition = persistent("A");
    definition.config.will = Some(WillConfig { topic: "status".into(), ..WillConfig::default() });
    let mut simulation = simulation(vec![definition]);
    let will = |exists| Predicate::Will { client_identifier: "a".to_owned(), exists };
    let keeps = |simulation: &Simulation| {
        // Of a session that is not there neither holds.
        [holds(simulation, &will(true), 0), holds(simulation, &will(false), 0)]
    };
    assert_eq!(keeps(&simulation), [false, false]);
    simulation.play(connect("A"));
    assert_eq!(keeps(&simulation), [true, false]);
    simulation.play(disconnect("A"));
    assert_eq!(keeps(&simulation), [false, true]);
}

#[test]
fn the_queue_of_a_share_group_is_not_that_of_a_member() {
    let mut simulation = simulation(vec![persistent("A"), persistent("B"), clean("P")]);
    let waits = |filter: &str, equals| {
        let filter = filter.to_owned();
        Predicate::GroupQueueLen { filter, equals }
    };
    simulation.play(connect("P"));
    for member in ["A", "B"] {
        simulation.play(connect(member));
        simulation.play(subscribe(member, "$share/crew/jobs", AtLeastOnce));
        simulation.play(disconnect(member));
    }
    assert!(holds(&simulation, &waits("$share/crew/jobs", 0), 0));
    simulation.play(publish("P", "jobs", "one", AtLeastOnce));
    assert!(holds(&simulation, &waits("$share/crew/jobs", 1), 0));
    assert!(!holds(&simulation, &waits("$share/crew/jobs", 0), 0));
    // Of a group that is not there neither holds.
    assert!(!holds(&simulation, &waits("$share/other/jobs", 0), 0));
    let own = Predicate::QueueLen { client_identifier: "a".to_owned(), equals: 0 };
    assert!(holds(&simulation, &own, 0));
}
