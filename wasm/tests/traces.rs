//! Plays scenarios and lessons natively and writes down their traces, for the tests of the module
//! (`tests/wasm`) to compare with byte by byte.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a test says what it expects by unwrapping")]

#[path = "../../core/tests/sim/generate.rs"]
mod generate;
#[path = "../../core/tests/sim/support.rs"]
#[allow(dead_code, reason = "the core's tests need more of it")]
mod support;

use std::fs;
use std::path::{Path, PathBuf};

use afterlink_core::sim::{Lesson, LessonRun, Scenario, Simulation, SimulationLimits};
use support::{Play, STEPS};

const SEEDS: core::ops::Range<u64> = 0..100;
/// Long enough for all that a random scenario does; `tests/wasm` plays as long.
const END_MS: u64 = 400_000;
const LESSONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../web/lessons");

/// An empty directory for what a test writes.
fn directory(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("traces").join(name);
    drop(fs::remove_dir_all(&path));
    fs::create_dir_all(&path).unwrap();
    path
}

#[test]
fn a_scenario_that_went_through_a_file_gives_the_same_trace() {
    let directory = directory("scenarios");
    for seed in SEEDS {
        let scenario = generate::scenario(seed);
        let text = serde_json::to_string(&scenario).unwrap();
        let read: Scenario = serde_json::from_str(&text).unwrap();
        let [trace, again] = [scenario, read].map(|scenario| {
            let mut simulation = Simulation::new(scenario, SimulationLimits::default()).unwrap();
            assert!(simulation.run_until(simulation.at(END_MS), STEPS).reached);
            simulation.trace_bytes()
        });
        assert_eq!(trace, again, "seed {seed}");
        fs::write(directory.join(format!("{seed}.json")), text).unwrap();
        fs::write(directory.join(format!("{seed}.trace")), trace).unwrap();
    }
}

#[test]
fn every_lesson_leaves_a_trace_in_each_of_its_variants() {
    let directory = directory("lessons");
    let mut written = 0;
    for entry in fs::read_dir(LESSONS).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            continue;
        }
        let lesson: Lesson = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        for variant in &lesson.variants {
            let limits = SimulationLimits::default();
            let mut run = LessonRun::new(lesson.clone(), variant.protocol, limits).unwrap();
            while run.run_step(STEPS).unwrap().is_some() {}
            let name = path.file_name().unwrap().to_string_lossy();
            let name = format!("{name}.{:?}.trace", variant.protocol);
            fs::write(directory.join(name), run.simulation().trace_bytes()).unwrap();
            written += 1;
        }
    }
    assert!(written > 0);
}
