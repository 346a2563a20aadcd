//! `cargo xtask mutations`: the simulation has to find mistakes that are made on purpose.
//!
//! All happens in a copy of the core and the simulation below the target directory; the tree
//! itself is only read. A mutation is caught if a seed fails while it is in place.

mod list;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::process::Command;
use crate::workspace::Workspace;
use list::{MUTATIONS, Mutation};

/// What of the tree is copied.
const COPIED: &[&str] =
    &["Cargo.lock", "clippy.toml", "core/Cargo.toml", "core/derive", "core/src", "simulate"];

/// Options of `cargo xtask mutations`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Only those whose name contains this.
    filter: Option<String>,
    /// The seeds among which one has to fail.
    #[arg(long, default_value = "0..1000")]
    seeds: String,
    /// Threads; as many as there are cores unless told.
    #[arg(long)]
    jobs: Option<usize>,
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    let copy = workspace.target("mutations/tree");
    lay_out(workspace, &copy)?;
    let simulation = Simulation {
        target: workspace.target("mutations/target"),
        copy,
        seeds: &arguments.seeds,
        jobs: arguments.jobs,
    };
    if let Some(invariant) = simulation.failure()? {
        bail!("{invariant} is broken without any mutation: `cargo xtask simulate` tells more");
    }
    let wanted = |mutation: &&Mutation| {
        arguments.filter.as_ref().is_none_or(|filter| mutation.name.contains(filter.as_str()))
    };
    let mut missed = Vec::new();
    let mut count = 0;
    for mutation in MUTATIONS.iter().filter(wanted) {
        count += 1;
        let path = simulation.copy.join("core/src").join(mutation.file);
        let text = fs::read_to_string(&path)?;
        fs::write(&path, mutation.apply(&text)?)?;
        let caught = simulation.failure();
        fs::write(&path, &text)?;
        match caught.with_context(|| format!("`{}`", mutation.name))? {
            Some(invariant) => println!("caught by {invariant}: {}", mutation.name),
            None => {
                println!("MISSED: {}", mutation.name);
                missed.push(mutation.name);
            }
        }
    }
    println!("{} of {count} mutations caught", count - missed.len());
    if !missed.is_empty() {
        bail!("not caught: {}", missed.join("; "));
    }
    Ok(())
}

/// The copy of the simulation.
struct Simulation<'a> {
    copy: PathBuf,
    target: PathBuf,
    seeds: &'a str,
    jobs: Option<usize>,
}

impl Simulation<'_> {
    /// Builds it and runs the seeds; the invariant that one of them breaks, if any does.
    fn failure(&self) -> Result<Option<String>> {
        // Small steps between two builds: what is compiled is used for seconds only.
        Command::cargo(&self.copy)
            .env("CARGO_TARGET_DIR", &self.target)
            .env("CARGO_PROFILE_SIMULATE_OPT_LEVEL", "1")
            .env("CARGO_PROFILE_SIMULATE_INCREMENTAL", "true")
            .args(["build", "--quiet", "--package", "afterlink-simulate", "--profile", "simulate"])
            .run_quietly()?;
        let program = self.target.join("simulate/afterlink-simulate");
        let mut command = Command::new(&program, &self.copy).args(["--seeds", self.seeds]);
        if let Some(jobs) = self.jobs {
            command = command.args(["--jobs", &jobs.to_string()]);
        }
        let (said, code) = command.args(["--brief", "--failures", "1"]).outcome()?;
        match code {
            Some(0) => Ok(None),
            Some(1) => {
                let told = said.lines().find_map(|line| line.strip_prefix("FAILED: seed "));
                let told = told.and_then(|line| line.split_once(" breaks "));
                let (seed, invariant) = told.context("the simulation failed without a word")?;
                Ok(Some(format!("{invariant} (seed {seed})")))
            }
            _ => bail!("the simulation came to no end:\n{said}"),
        }
    }
}

impl Mutation {
    /// The text of its file with the mistake in it.
    fn apply(&self, text: &str) -> Result<String> {
        let count = text.matches(self.text).count();
        if count != 1 {
            let Self { name, file, .. } = self;
            bail!("`{name}`: its text stands {count} times in core/src/{file}, not once");
        }
        Ok(text.replacen(self.text, self.instead, 1))
    }
}

/// Makes a workspace of the two packages, with the settings of the real one.
fn lay_out(workspace: &Workspace, copy: &Path) -> Result<()> {
    for part in COPIED {
        copy_all(&workspace.path(part), &copy.join(part))?;
    }
    let manifest = fs::read_to_string(workspace.path("Cargo.toml"))?;
    let members = r#"members = ["core", "simulate"]"#;
    let lines: Vec<&str> = manifest
        .lines()
        .filter(|line| !line.starts_with("default-members"))
        .map(|line| if line.starts_with("members = ") { members } else { line })
        .collect();
    fs::write(copy.join("Cargo.toml"), lines.join("\n") + "\n")?;
    let manifest = fs::read_to_string(copy.join("core/Cargo.toml"))?;
    fs::write(copy.join("core/Cargo.toml"), without_targets(&manifest))?;
    Ok(())
}

/// A manifest without the tests and benchmarks that are not copied.
fn without_targets(manifest: &str) -> String {
    let mut kept = String::new();
    let mut is_left_out = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            is_left_out = matches!(line, "[[bench]]" | "[[test]]" | "[dev-dependencies]");
        }
        if !is_left_out {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

/// Copies a file or a directory, whose copy holds nothing else then. Files that are the same keep
/// their time, so that nothing is built anew for them.
fn copy_all(from: &Path, to: &Path) -> Result<()> {
    if from.is_dir() {
        fs::create_dir_all(to)?;
        for entry in fs::read_dir(to)? {
            let path = entry?.path();
            let is_left = path.file_name().is_some_and(|name| from.join(name).exists());
            if !is_left && path.is_dir() {
                fs::remove_dir_all(&path)?;
            } else if !is_left {
                fs::remove_file(&path)?;
            }
        }
        for entry in fs::read_dir(from)? {
            let name = entry?.file_name();
            copy_all(&from.join(&name), &to.join(&name))?;
        }
        return Ok(());
    }
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent)?;
    }
    let bytes = fs::read(from).with_context(|| format!("cannot read {}", from.display()))?;
    if fs::read(to).ok().as_ref() != Some(&bytes) {
        fs::write(to, bytes)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mutation_applies_to_the_tree_exactly_once() {
        let workspace = Workspace::find().unwrap();
        for mutation in MUTATIONS {
            let path = workspace.path("core/src").join(mutation.file);
            let text = fs::read_to_string(path).unwrap();
            let mutated = mutation.apply(&text).unwrap_or_else(|error| panic!("{error}"));
            assert_ne!(mutated, text, "{}", mutation.name);
        }
        assert!(MUTATIONS.len() >= 15);
    }

    #[test]
    fn a_copy_holds_what_is_there_and_nothing_else() {
        let place = Workspace::find().unwrap().target("mutations-test");
        let _ = fs::remove_dir_all(&place);
        let (from, to) = (place.join("from"), place.join("to"));
        fs::create_dir_all(from.join("a")).unwrap();
        fs::write(from.join("a/file"), "text").unwrap();
        fs::create_dir_all(to.join("b")).unwrap();
        fs::write(to.join("b/old"), "text").unwrap();
        copy_all(&from, &to).unwrap();
        assert_eq!(fs::read_to_string(to.join("a/file")).unwrap(), "text");
        assert!(!to.join("b").exists());
        fs::remove_dir_all(&place).unwrap();
    }

    #[test]
    fn tests_and_benchmarks_are_left_out() {
        let manifest = "[package]\nname = \"a\"\n\n[[bench]]\nname = \"b\"\n\n[lints]\nc = 1\n";
        assert_eq!(without_targets(manifest), "[package]\nname = \"a\"\n\n[lints]\nc = 1\n");
    }
}
