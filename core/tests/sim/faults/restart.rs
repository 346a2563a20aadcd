//! A broker that crashes and comes back, with records and without.

use afterlink_core::broker::{Config, Records};
use afterlink_core::codec::PacketType::{self, PubAck};
use afterlink_core::codec::QoS::AtLeastOnce;
use afterlink_core::sim::Direction::{ToBroker, ToClient};
use afterlink_core::sim::{
    CloseCause, Command, CommandRefusal, Happening, Scenario, Settings, Side, Simulation,
    SimulationLimits,
};

use super::{DELIVERED, pair, received};
use crate::support::{Play, clean, connect, disconnect, persistent, publish, subscribe};

#[test]
fn a_broker_without_records_comes_back_empty() {
    let mut simulation = pair();
    simulation.play(disconnect("S"));
    let restart = Command::RestartBroker { down_ms: 5_000, keep_records: false };
    simulation.now(restart.clone());
    assert!(simulation.world().broker().is_none());
    assert_eq!(simulation.world().broker_returns_at(), Some(simulation.at(9_000)));
    assert_eq!(simulation.now(restart), Some(CommandRefusal::BrokerDown));
    // P learns of it, and nobody listens when S comes.
    simulation.play(connect("S"));
    assert_eq!(simulation.packets("S", ToBroker, PacketType::Connect).len(), 2);
    let closed = simulation.happened().into_iter().filter_map(|what| match what {
        Happening::LinkClosed { client, side, cause, .. } => {
            Some((client.to_string(), side, cause))
        }
        _ => None,
    });
    let closed: Vec<_> = closed.skip(2).collect();
    let expected = [
        ("P", Side::Broker, CloseCause::BrokerStopped),
        ("P", Side::Client, CloseCause::Peer),
        ("S", Side::Broker, CloseCause::Refused),
        ("S", Side::Client, CloseCause::Peer),
    ];
    assert_eq!(closed.len(), expected.len(), "{closed:?}");
    for expected in expected.map(|(client, side, cause)| (client.to_owned(), side, cause)) {
        assert!(closed.contains(&expected), "{expected:?} in {closed:?}");
    }
    simulation.pass(5_000);
    let broker = simulation.world().broker().unwrap();
    assert_eq!(broker.totals().sessions, 0);
    simulation.play(connect("S"));
    assert!(simulation.world().broker().unwrap().session("s").is_some());
}

/// S with a subscription and a queued message, behind a broker that keeps records.
fn recorded(persist_ms: u32) -> Simulation {
    let broker = Config { records: Records::Durable, ..Config::default() };
    let clients = vec![persistent("S"), clean("P")];
    let settings = Settings { broker, persist_ms, clients, ..Settings::default() };
    let mut simulation =
        Simulation::new(Scenario::new(settings), SimulationLimits::default()).unwrap();
    simulation.play(connect("S"));
    simulation.play(connect("P"));
    simulation.play(subscribe("S", "a", AtLeastOnce));
    simulation.play(disconnect("S"));
    simulation
}

fn restart(down_ms: u64) -> Command {
    Command::RestartBroker { down_ms, keep_records: true }
}

#[test]
fn a_broker_with_records_goes_on_where_it_was() {
    let mut simulation = recorded(0);
    simulation.play(publish("P", "a", "m", AtLeastOnce));
    simulation.play(restart(20_000));
    simulation.pass(20_000);
    let session = simulation.world().broker().unwrap().session("s").unwrap();
    assert_eq!((session.queue_len, session.subscriptions_len), (1, 1));
    simulation.play(connect("S"));
    assert_eq!(received(&simulation, "S"), (1, 0));
    // It can be done again, with what the second process has recorded.
    simulation.play(restart(0));
    assert_eq!(simulation.world().broker().unwrap().session("s").unwrap().queue_len, 0);
}

#[test]
fn a_session_expires_while_the_broker_is_down() {
    let mut simulation = recorded(0);
    // DISCONNECT arrived at 3 050 ms, and the session lives for an hour.
    let end = 3_050 + 3_600_000;
    simulation.now(restart(end - 1 - simulation.elapsed()));
    simulation.pass(end - 1 - simulation.elapsed());
    assert!(simulation.world().broker().unwrap().session("s").is_some());
    simulation.now(restart(1));
    simulation.pass(1);
    assert!(simulation.world().broker().unwrap().session("s").is_none());
}

#[test]
fn the_time_of_a_session_that_was_connected_begins_with_the_crash() {
    let mut simulation = recorded(0);
    simulation.play(connect("S"));
    // Nothing is recorded for longer than the session would live without a connection.
    simulation.pass(2 * 3_600_000);
    let crash = simulation.world().now();
    simulation.now(restart(20_000));
    simulation.pass(20_000);
    let session = simulation.world().broker().unwrap().session("s").unwrap();
    assert_eq!(session.expires_at, Some(crash.plus_seconds(3600)));
    // Nor does a second crash make it later.
    simulation.now(restart(20_000));
    simulation.pass(20_000);
    let session = simulation.world().broker().unwrap().session("s").unwrap();
    assert_eq!(session.expires_at, Some(crash.plus_seconds(3600)));
}

#[test]
fn what_was_not_persisted_is_lost_and_was_not_acknowledged() {
    let mut simulation = recorded(200);
    simulation.now(publish("P", "a", "m", AtLeastOnce));
    // It has reached the broker, whose store is not done yet.
    simulation.pass(100);
    assert_eq!(simulation.world().broker().unwrap().session("s").unwrap().queue_len, 1);
    assert_eq!(simulation.packets("P", ToClient, PubAck), []);
    simulation.play(restart(0));
    assert_eq!(simulation.world().broker().unwrap().session("s").unwrap().queue_len, 0);
    let lost = simulation.happened().into_iter().find_map(|what| match what {
        Happening::BrokerStopped { unpersisted } => Some(unpersisted),
        _ => None,
    });
    assert!(lost.is_some_and(|lost| lost > 0));
}

#[test]
fn what_was_acknowledged_was_persisted() {
    let mut simulation = recorded(200);
    simulation.play(publish("P", "a", "m", AtLeastOnce));
    assert_eq!(simulation.packets("P", ToClient, PubAck), [DELIVERED]);
    simulation.play(restart(0));
    assert_eq!(simulation.world().broker().unwrap().session("s").unwrap().queue_len, 1);
}
