//! Scenarios that were found to fail once, and what is made of one for the playground.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by unwrapping")]

use std::fs;
use std::path::Path;

use afterlink_core::sim::Scenario;
use afterlink_simulate::link::fragment;
use afterlink_simulate::run::play;

fn path(of: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(of)
}

fn scenarios() -> Vec<(String, Scenario)> {
    let files = fs::read_dir(path("tests/scenarios")).unwrap();
    let paths = files.map(|file| file.unwrap().path());
    paths
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            (path.display().to_string(), serde_json::from_str(&text).unwrap())
        })
        .collect()
}

#[test]
fn scenarios_that_failed_once_do_not() {
    let scenarios = scenarios();
    assert!(scenarios.len() >= 15);
    for (name, scenario) in scenarios {
        let outcome = play(&scenario);
        assert_eq!(outcome.violation, None, "{name}");
        assert!(outcome.figures.agreements > 10, "{name}");
    }
}

/// The page reads this link in `web/tests/share.test.ts`.
#[test]
fn the_link_of_a_scenario_is_the_one_that_the_page_is_tested_with() {
    let text = fs::read_to_string(path("tests/scenarios/one_of_two_is_too_large.json")).unwrap();
    let scenario: Scenario = serde_json::from_str(&text).unwrap();
    let link = fragment(&scenario, 295_612).unwrap();
    let known = fs::read_to_string(path("../web/tests/simulate_link.txt")).unwrap();
    assert_eq!(link, known.trim_end());
}
