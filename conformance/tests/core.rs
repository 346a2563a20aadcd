//! Every script passes on the core, however what is sent is cut.

use afterlink_conformance::{Verdict, scripts, virtual_time};

const SEEDS: core::ops::Range<u64> = 0..3;

#[test]
fn every_script_passes() {
    let mut failures = String::new();
    for script in scripts() {
        for version in &script.versions {
            for seed in SEEDS {
                let outcome = virtual_time::play(&script, *version, seed);
                if outcome.verdict == Verdict::Passed {
                    continue;
                }
                failures.push_str(&format!(
                    "\n{}:{} {} in {version}, seed {seed}: {:#?}\n",
                    script.file, script.line, script.name, outcome.verdict
                ));
                for entry in &outcome.transcript {
                    failures.push_str(&format!("{entry}\n"));
                }
                break;
            }
        }
    }
    assert!(failures.is_empty(), "{failures}");
}
