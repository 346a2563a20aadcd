//! One target under libFuzzer, which keeps the inputs that reach code no other reached.
//!
//! The target's name stands in the environment, since the arguments are libFuzzer's own.
#![no_main]

use std::sync::OnceLock;

use afterlink_fuzz::targets::{TARGETS, Target};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    static TARGET: OnceLock<&Target> = OnceLock::new();
    let target = TARGET.get_or_init(|| {
        let name = std::env::var("AFTERLINK_FUZZ_TARGET").unwrap_or_default();
        TARGETS.iter().find(|target| target.name == name).expect("the name of a target")
    });
    (target.run)(input);
});
