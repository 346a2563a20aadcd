//! Steps, seek, fork and checkpoints.

use afterlink_core::Timestamp;
use afterlink_core::broker::TimerReason;
use afterlink_core::client::ClientTimer;
use afterlink_core::codec::QoS::{AtLeastOnce, AtMostOnce};
use afterlink_core::sim::{
    CheckpointLimits, PerformError, Place, Scenario, Settings, Simulation, SimulationLimits,
    TimedCommand, TimerFired, TraceLimits,
};

use crate::support::{
    Play, STEPS, clean, connect, disconnect, persistent, publish, simulation, subscribe,
};

/// A subscriber, and a publisher that publishes every 10 ms.
fn busy(messages: u64, limits: SimulationLimits) -> Simulation {
    let settings = Settings { clients: vec![clean("S"), clean("P")], ..Settings::default() };
    let mut scenario = Scenario::new(settings);
    scenario.commands.push(TimedCommand::new(0, connect("S")));
    scenario.commands.push(TimedCommand::new(0, connect("P")));
    scenario.commands.push(TimedCommand::new(200, subscribe("S", "a", AtLeastOnce)));
    for number in 0..messages {
        let command = publish("P", "a", &number.to_string(), AtLeastOnce);
        scenario.commands.push(TimedCommand::new(500 + 10 * number, command));
    }
    Simulation::new(scenario, limits).unwrap()
}

#[test]
fn step_timer_says_what_fires_and_why() {
    let mut subscriber = persistent("S");
    subscriber.config.keep_alive = 20;
    subscriber.config.session_expiry_interval = Some(15);
    let mut simulation = simulation(vec![subscriber]);
    simulation.now(connect("S"));
    let fired = simulation.step_timer(STEPS).unwrap();
    let [TimerFired::Client { due_at, client, reason: ClientTimer::KeepAlive }] = &fired[..] else {
        panic!("{fired:?}")
    };
    assert_eq!((*due_at, &**client), (simulation.at(20_000), "S"));
    assert_eq!(simulation.world().now(), simulation.at(20_000));
    simulation.pass(1_000);
    simulation.now(disconnect("S"));
    let fired = simulation.step_timer(STEPS).unwrap();
    let [TimerFired::Broker { due_at, reason: TimerReason::SessionExpiry { client_identifier } }] =
        &fired[..]
    else {
        panic!("{fired:?}")
    };
    assert_eq!((*due_at, client_identifier.as_str()), (simulation.at(36_050), "s"));
    assert_eq!(simulation.step_timer(STEPS), None, "nothing is armed any more");
    assert_eq!(simulation.world().now(), simulation.at(36_050));
}

#[test]
fn upcoming_timers_of_all_parties_are_listed_in_order() {
    let mut subscriber = persistent("S");
    subscriber.config.keep_alive = 20;
    let mut simulation = simulation(vec![subscriber]);
    simulation.play(connect("S"));
    let timers = simulation.world().timers(10);
    let due: Vec<Timestamp> = timers.iter().map(TimerFired::due_at).collect();
    assert_eq!(due, [simulation.at(20_000), simulation.at(50 + 30_000)]);
    assert!(matches!(timers[0], TimerFired::Client { .. }));
    assert!(matches!(timers[1], TimerFired::Broker { .. }));
}

#[test]
fn a_run_is_bounded_and_goes_on_where_it_stopped() {
    let mut simulation = busy(10, SimulationLimits::default());
    let end = simulation.at(10_000);
    let mut calls = 0;
    while !simulation.run_until(end, 7).reached {
        calls += 1;
    }
    assert!(calls > 5);
    assert_eq!(simulation.world().now(), end);
    let mut whole = busy(10, SimulationLimits::default());
    whole.run_until(end, STEPS);
    assert_eq!(simulation.trace_bytes(), whole.trace_bytes());
}

#[test]
fn seek_leads_to_the_state_of_that_moment_and_keeps_the_future() {
    let mut simulation = busy(100, SimulationLimits::default());
    simulation.pass(5_000);
    let whole = simulation.trace_bytes();
    let place = Place::At(simulation.at(150));
    assert!(simulation.seek(place, STEPS).reached);
    assert_eq!(simulation.elapsed(), 150);
    assert!(simulation.world().broker().unwrap().session("s").is_some());
    assert_eq!(simulation.world().broker().unwrap().totals().subscriptions, 0);
    assert!(simulation.trace().next() > simulation.world().next_entry(), "the future is known");
    assert!(simulation.has_future_commands());
    assert!(simulation.seek(Place::Step(0), STEPS).reached);
    assert_eq!((simulation.elapsed(), simulation.world().commands()), (0, 0));
    let end = simulation.at(5_000);
    assert!(simulation.seek(Place::At(end), STEPS).reached);
    assert_eq!(simulation.trace_bytes(), whole);
}

#[test]
fn seek_to_a_step_stops_behind_it() {
    let mut simulation = busy(30, SimulationLimits::default());
    simulation.pass(5_000);
    for step in (0..simulation.world().steps()).step_by(7) {
        assert!(simulation.seek(Place::Step(step), STEPS).reached);
        assert_eq!(simulation.world().steps(), step);
    }
    assert!(!simulation.seek(Place::Step(1_000_000), STEPS).reached, "nothing lies there");
}

#[test]
fn seek_plays_no_more_than_lies_behind_the_nearest_checkpoint() {
    let limits = SimulationLimits::default();
    let distance = limits.checkpoints.distance_steps;
    let mut simulation = busy(1000, limits);
    simulation.pass(20_000);
    let steps = simulation.world().steps();
    assert!(steps > 3000, "{steps}");
    for step in [10, steps / 3, steps / 2, steps - 1, 1] {
        let progress = simulation.seek(Place::Step(step), STEPS);
        assert!(progress.reached && progress.steps <= 2 * distance, "{progress:?} to {step}");
    }
}

#[test]
fn checkpoints_are_capped_in_number() {
    let mut limits = SimulationLimits::default();
    limits.checkpoints =
        CheckpointLimits { distance_steps: 1, checkpoints_max: 10, ..limits.checkpoints };
    let mut simulation = busy(500, limits);
    while simulation.advance_once().is_some() && simulation.elapsed() < 20_000 {
        assert!(simulation.checkpoints().len() <= 10);
    }
    assert!(simulation.checkpoints().len() >= 5, "thinned, not emptied");
    // They are spread over the whole history.
    let progress = simulation.seek(Place::Step(simulation.world().steps() / 4), STEPS);
    assert!(progress.steps < 1000, "{progress:?}");
}

#[test]
fn checkpoints_are_capped_in_memory() {
    let mut limits = SimulationLimits::default();
    limits.checkpoints.distance_steps = 1;
    limits.checkpoints.bytes_max = 400_000;
    let mut simulation = busy(200, limits);
    while simulation.advance_once().is_some() && simulation.elapsed() < 10_000 {
        assert!(simulation.checkpoints().bytes() <= 400_000);
    }
    assert!(simulation.checkpoints().len() >= 2);
}

#[test]
fn a_command_in_the_past_needs_a_fork_which_keeps_the_old_branch() {
    let mut simulation = busy(10, SimulationLimits::default());
    simulation.pass(3_000);
    let whole = simulation.trace_bytes();
    let place = Place::At(simulation.at(400));
    simulation.seek(place, STEPS);
    let before = simulation.trace_bytes();
    let refused = simulation.perform(publish("P", "a", "other", AtMostOnce));
    assert_eq!(refused, Err(PerformError::FutureCommands));
    simulation.fork();
    assert!(!simulation.has_future_commands());
    assert_eq!(simulation.trace().next(), simulation.world().next_entry());
    simulation.play(publish("P", "a", "other", AtMostOnce));
    assert_eq!(simulation.scenario().commands.len(), 4);
    assert!(simulation.trace_bytes().starts_with(&before));
    // The branch that was left is whole.
    let [branch] = simulation.branches() else { panic!("one branch") };
    assert_eq!(branch.left_at, simulation.at(400));
    let mut old = Simulation::new(branch.scenario.clone(), SimulationLimits::default()).unwrap();
    old.pass(3_000);
    assert_eq!(old.trace_bytes(), whole);
    // The new one is what its scenario says.
    let scenario = simulation.scenario().clone();
    let mut again = Simulation::new(scenario, SimulationLimits::default()).unwrap();
    again.pass(1_400);
    assert_eq!(again.trace_bytes(), simulation.trace_bytes());
}

#[test]
fn branches_are_capped() {
    let limits = SimulationLimits { branches_max: 2, ..SimulationLimits::default() };
    let mut simulation = busy(5, limits);
    simulation.pass(1_000);
    for ms in [520, 510, 500] {
        let place = Place::At(simulation.at(ms));
        simulation.seek(place, STEPS);
        simulation.fork();
    }
    let left: Vec<_> = simulation.branches().iter().map(|branch| branch.left_at).collect();
    assert_eq!(left, [simulation.at(510), simulation.at(500)]);
}

#[test]
fn a_trace_keeps_the_latest_entries_within_its_limits() {
    let limits = SimulationLimits {
        trace: TraceLimits { entries_max: 100, packet_bytes_max: 1_000 },
        ..SimulationLimits::default()
    };
    let mut simulation = busy(200, limits);
    simulation.pass(5_000);
    let trace = simulation.trace();
    assert!(trace.entries(0, usize::MAX).count() <= 100);
    let bytes: usize = trace.packets(None).map(|record| record.sent.bytes.len()).sum();
    assert!(bytes > 0 && bytes <= 1_000, "{bytes}");
    assert!(trace.first() > 0);
    let last = trace.entries(trace.next() - 1, 1).next().unwrap();
    assert_eq!(last.number, trace.next() - 1);
    // What was dropped does not come back when it is played again.
    let first = trace.first();
    simulation.seek(Place::Step(10), STEPS);
    assert_eq!(simulation.trace().first(), first);
}

#[test]
fn packets_are_found_behind_a_number() {
    let mut simulation = busy(5, SimulationLimits::default());
    simulation.pass(5_000);
    let all: Vec<_> = simulation.trace().packets(None).map(|record| record.sent.packet).collect();
    let rest: Vec<_> =
        simulation.trace().packets(Some(all[3])).map(|record| record.sent.packet).collect();
    assert_eq!(rest, all[4..]);
}

#[test]
fn scheduled_commands_come_at_their_time() {
    let mut simulation = simulation(vec![clean("S")]);
    simulation.schedule(2_000, connect("S")).unwrap();
    simulation.pass(1_999);
    assert_eq!(simulation.world().commands(), 0);
    simulation.pass(1);
    assert_eq!(simulation.world().commands(), 1);
    // What is past counts as now.
    simulation.schedule(5, disconnect("S")).unwrap();
    assert_eq!(simulation.scenario().commands[1].at, 2_000);
}
