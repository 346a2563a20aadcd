//! Embeds the playground anew when it was built anew.

use std::path::Path;

const PLAYGROUND: &str = "../web/dist";

fn main() {
    println!("cargo::rerun-if-changed={PLAYGROUND}");
    let is_release = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    if is_release && !Path::new(PLAYGROUND).join("index.html").exists() {
        println!(
            "cargo::warning=the playground is not built, so this server will not have it; \
             `cargo xtask web` builds it"
        );
    }
}
