//! Clippy, and a proof that the bans of `core/clippy.toml` do fire.

use anyhow::{Context, Result, bail};

use crate::toolchain;
use crate::workspace::Workspace;

/// A crate that does all the core must not, each on a line marked `// refused`.
const BANS: &str = include_str!("bans.rs");

const BANS_MANIFEST: &str = "\
[package]
name = \"bans\"
version = \"0.0.0\"
edition = \"2024\"

[lib]
path = \"bans.rs\"

[workspace]
";

pub(crate) fn clippy(workspace: &Workspace) -> Result<String> {
    let clippy = || workspace.cargo().arg("clippy");
    clippy().args(["--workspace", "--all-targets", "--", "-Dwarnings"]).run()?;
    toolchain::ensure_wasm_target(workspace)?;
    clippy()
        .args(["--package", "afterlink-core", "--target", toolchain::WASM, "--", "-Dwarnings"])
        .run()?;
    clippy()
        .args(["--package", "afterlink-wasm", "--all-targets", "--target", toolchain::WASM])
        .args(["--", "-Dwarnings"])
        .run()?;
    clippy()
        .args(["--package", "afterlink-wasm", "--lib", "--target", toolchain::WASM])
        .args(["--no-default-features", "--features", "broker", "--", "-Dwarnings"])
        .run()?;
    Ok(String::new())
}

/// Runs clippy with the core's configuration over [`BANS`] and compares line by line.
pub(crate) fn bans_fire(workspace: &Workspace) -> Result<String> {
    let directory = workspace.target("bans");
    std::fs::create_dir_all(&directory)?;
    std::fs::write(directory.join("Cargo.toml"), BANS_MANIFEST)?;
    // Written each time, so that clippy never answers from an earlier configuration.
    std::fs::write(directory.join("bans.rs"), BANS)?;
    let messages = workspace
        .cargo()
        .arg("clippy")
        .args(["--quiet", "--message-format", "json", "--manifest-path"])
        .arg(directory.join("Cargo.toml"))
        .env("CARGO_TARGET_DIR", directory.join("target"))
        .env("CLIPPY_CONF_DIR", workspace.path("core"))
        .read()?;
    let found = refused_lines(&messages)?;
    let expected: Vec<u64> = marked_lines(BANS);
    for line in &expected {
        if !found.contains(line) {
            let text = BANS.lines().nth(usize::try_from(*line)? - 1).unwrap_or_default();
            bail!("clippy does not refuse `{}`", text.trim());
        }
    }
    Ok(format!("{} bans", expected.len()))
}

/// The numbers of the lines that end in `// refused`.
fn marked_lines(source: &str) -> Vec<u64> {
    let numbered = (1..).zip(source.lines());
    numbered.filter(|(_, line)| line.ends_with("// refused")).map(|(number, _)| number).collect()
}

/// The numbers of the lines on which clippy named a disallowed thing.
fn refused_lines(messages: &str) -> Result<Vec<u64>> {
    let mut lines = Vec::new();
    for message in messages.lines() {
        let message: serde_json::Value = serde_json::from_str(message)?;
        let message = &message["message"];
        let code = message["code"]["code"].as_str().unwrap_or_default();
        if !code.starts_with("clippy::disallowed_") && code != "clippy::iter_over_hash_type" {
            continue;
        }
        let spans = message["spans"].as_array().context("a lint without a place")?;
        lines.extend(spans.iter().filter_map(|span| span["line_start"].as_u64()));
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_disallowed_things_count_as_refused() {
        let refused = r#"{"message":{"code":{"code":"clippy::disallowed_methods"},
            "spans":[{"line_start":7}]}}"#
            .replace('\n', "");
        let other = r#"{"message":{"code":{"code":"clippy::needless_return"},"spans":[]}}"#;
        let artefact = r#"{"reason":"compiler-artifact"}"#;
        let messages = [refused.as_str(), other, artefact].join("\n");
        assert_eq!(refused_lines(&messages).unwrap(), [7]);
    }

    #[test]
    fn marked_lines_are_counted_from_one() {
        assert_eq!(marked_lines("a\nb; // refused\nc"), [2]);
    }
}
