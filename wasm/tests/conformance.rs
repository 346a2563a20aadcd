//! The conformance suite as WebAssembly, in Node: every script on the core in virtual time.
#![cfg(target_arch = "wasm32")]

use afterlink_conformance::{Verdict, scripts, virtual_time};
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn every_script_passes() {
    let mut played = 0;
    for script in scripts() {
        for version in &script.versions {
            let outcome = virtual_time::play(&script, *version, 1);
            assert_eq!(outcome.verdict, Verdict::Passed, "{} in {version}", script.name);
            played += 1;
        }
    }
    assert!(played > 300, "{played} scripts");
}
