//! The same scenario gives the same trace, however it is played.

use afterlink_core::sim::{Place, Scenario, Simulation, SimulationLimits};

use crate::generate::{Random, scenario};
use crate::support::{Play, STEPS};

const SEEDS: core::ops::Range<u64> = 0..100;
/// Long enough for all that a random scenario does.
const END_MS: u64 = 400_000;

fn start(scenario: &Scenario) -> Simulation {
    Simulation::new(scenario.clone(), SimulationLimits::default()).unwrap()
}

fn played(scenario: &Scenario) -> Simulation {
    let mut simulation = start(scenario);
    let end = simulation.at(END_MS);
    assert!(simulation.run_until(end, STEPS).reached);
    simulation
}

/// In a random mix of steps and jumps, to a moment at or beyond the end.
fn stepped(scenario: &Scenario, seed: u64) -> Simulation {
    let random = &mut Random(seed ^ 0xABCD);
    let mut simulation = start(scenario);
    while simulation.elapsed() < END_MS && simulation.next_at().is_some() {
        match random.below(4) {
            0 => drop(simulation.step_packet(STEPS)),
            1 => drop(simulation.step_timer(STEPS)),
            2 => drop(simulation.advance(random.below(10_000), STEPS)),
            _ => drop(simulation.advance_once()),
        }
    }
    let now = simulation.world().now();
    assert!(simulation.run_until(now, STEPS).reached);
    simulation
}

#[test]
fn random_scenarios_give_the_same_trace_twice_and_the_broker_stays_sound() {
    for seed in SEEDS {
        let scenario = scenario(seed);
        let mut simulation = start(&scenario);
        let end = simulation.at(END_MS);
        while simulation.next_at().is_some_and(|next| next <= end) {
            simulation.advance_once();
            if let Some(broker) = simulation.world().broker() {
                broker.assert_invariants();
            }
        }
        let again = played(&scenario);
        assert_eq!(simulation.trace_bytes(), again.trace_bytes(), "seed {seed}");
        assert!(simulation.trace().next() > 100, "seed {seed} does something");
    }
}

#[test]
fn any_mix_of_steps_gives_the_same_trace() {
    for seed in SEEDS {
        let scenario = scenario(seed);
        let stepped = stepped(&scenario, seed);
        let mut played = start(&scenario);
        assert!(played.run_until(stepped.world().now(), STEPS).reached);
        assert_eq!(played.trace_bytes(), stepped.trace_bytes(), "seed {seed}");
    }
}

#[test]
fn seeking_back_and_playing_again_gives_the_same_trace() {
    for seed in SEEDS {
        let scenario = scenario(seed);
        let mut simulation = played(&scenario);
        let whole = simulation.trace_bytes();
        let steps = simulation.world().steps();
        let random = &mut Random(seed);
        for _ in 0..5 {
            let place = if random.chance(50) {
                Place::Step(random.below(steps + 1))
            } else {
                Place::At(simulation.at(random.below(END_MS)))
            };
            assert!(simulation.seek(place, STEPS).reached, "seed {seed}: {place:?}");
            assert!(whole.starts_with(&simulation.trace_bytes()), "seed {seed}: {place:?}");
        }
        let end = simulation.at(END_MS);
        assert!(simulation.seek(Place::At(end), STEPS).reached);
        assert_eq!(simulation.trace_bytes(), whole, "seed {seed}");
    }
}

#[test]
fn commands_given_by_hand_are_played_again_as_they_were() {
    for seed in SEEDS {
        let plan = scenario(seed);
        let mut by_hand = start(&Scenario::new(plan.settings.clone()));
        let random = &mut Random(seed);
        for timed in &plan.commands {
            match random.below(3) {
                0 => drop(by_hand.step_packet(10)),
                1 => drop(by_hand.advance_once()),
                _ => drop(by_hand.advance(random.below(700), STEPS)),
            }
            by_hand.perform(timed.command.clone()).unwrap();
        }
        assert!(by_hand.advance(60_000, STEPS).reached);
        let text = serde_json::to_string(by_hand.scenario()).unwrap();
        let mut again = start(&serde_json::from_str(&text).unwrap());
        let now = by_hand.world().now();
        assert!(again.run_until(now, STEPS).reached);
        assert_eq!(again.trace_bytes(), by_hand.trace_bytes(), "seed {seed}");
    }
}

#[test]
fn another_seed_gives_other_identifiers() {
    let assigned = |seed| {
        let mut scenario = scenario(3);
        scenario.settings.seed = seed;
        for client in &mut scenario.settings.clients {
            client.config.client_identifier.clear();
            client.config.clean_start = true;
        }
        played(&scenario).trace_bytes()
    };
    assert_eq!(assigned(1), assigned(1));
    assert_ne!(assigned(1), assigned(2));
}
