//! Runs of the first seeds, and that a run is what it says: a scenario that anybody can play.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by unwrapping")]

use afterlink_core::sim::{Command, Happening, Scenario, ScenarioLimits, Simulation};
use afterlink_simulate::generate::scenario;
use afterlink_simulate::model::{Figures, Violation};
use afterlink_simulate::run::{Outcome, play};
use afterlink_simulate::shrink::shrink_by;

const SEEDS: u64 = 25;

#[test]
fn the_broker_does_what_the_model_says_for_the_first_seeds() {
    let mut figures = Figures::default();
    for seed in 0..SEEDS {
        let outcome = play(&scenario(seed));
        figures.add(&outcome.figures);
        if let Some(violation) = outcome.violation {
            panic!(
                "seed {seed} breaks {violation}; `cargo xtask simulate --seeds {seed}` tells more"
            );
        }
    }
    // A generator that made nothing happen would find nothing.
    let Figures { routed, sends, resends, wills, restarts, drops, ended, agreements, .. } = figures;
    let all = [routed, sends, resends, wills, restarts, drops, ended, agreements];
    assert!(all.iter().all(|count| *count >= 20), "{figures:?}");
}

#[test]
fn a_seed_gives_the_same_run_again() {
    let (one, other) = (play(&scenario(7)), play(&scenario(7)));
    assert_eq!(one.scenario, other.scenario);
    assert_eq!((one.steps, one.figures), (other.steps, other.figures));
    assert_ne!(scenario(7).commands, scenario(8).commands);
}

#[test]
fn a_run_is_a_scenario_file_that_a_simulation_plays_to_the_same_end() {
    let limits = ScenarioLimits::default();
    for seed in 0..4 {
        let outcome = play(&scenario(seed));
        let text = serde_json::to_string(&outcome.scenario).unwrap();
        limits.check_file(text.len()).unwrap();
        let read: Scenario = serde_json::from_str(&text).unwrap();
        assert_eq!(read, outcome.scenario);
        let mut simulation = Simulation::new(read, Default::default()).unwrap();
        let (start, ms) = (simulation.scenario().settings.start, outcome.virtual_ms);
        while simulation.next_at().is_some_and(|at| at <= start.plus_millis(ms)) {
            simulation.advance_once();
        }
        let position = simulation.world().next_entry();
        let entries = simulation.trace().entries(0, usize::MAX);
        let sent = entries.filter(|entry| matches!(entry.what, Happening::PacketSent(_)));
        assert!(position > 100 && sent.count() > 20);
        assert_eq!(simulation.world().steps() + simulation.world().commands(), outcome.steps);
    }
}

#[test]
fn shrinking_leaves_only_what_matters() {
    let judge = |scenario: &Scenario| {
        let matters = |command: &Command| matches!(command, Command::LoseState { .. });
        let lost = scenario.commands.iter().filter(|timed| matters(&timed.command)).count();
        let violation = (lost > 0).then(|| Violation {
            invariant: "I1",
            what: "state is lost".to_owned(),
            at_ms: 0,
            entry: 0,
        });
        Outcome {
            scenario: scenario.clone(),
            violation,
            figures: Figures::default(),
            steps: 0,
            virtual_ms: 0,
        }
    };
    let seed = (0..).find(|seed| judge(&scenario(*seed)).violation.is_some()).unwrap();
    let (small, outcome) = shrink_by(&scenario(seed), "I1", &judge);
    assert_eq!(small.commands.len(), 1);
    assert_eq!(small.settings.clients.len(), 1);
    assert!(outcome.violation.is_some());
}
