//! Every script passes on the core, however what is sent is cut.

use std::collections::BTreeSet;
use std::fs;

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

#[test]
fn every_file_of_scripts_is_part_of_the_suite() {
    let played: BTreeSet<_> = scripts().iter().map(|script| script.file.to_owned()).collect();
    let entries =
        fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/scripts")).expect("it is there");
    for entry in entries {
        let path = entry.expect("it can be read").path();
        let stem = path.file_stem().expect("a file has a name").to_string_lossy().into_owned();
        assert!(played.contains(&stem), "{stem}");
    }
}
