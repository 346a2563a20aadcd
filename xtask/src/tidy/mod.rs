//! The house rules that no compiler and no linter knows, as a test.

mod code;
mod layering;
mod leftovers;
mod purity;
mod shape;
mod statements;
mod tree;

use std::fmt;

use anyhow::{Result, bail};

use crate::workspace::Workspace;
use tree::Source;

/// A breach of a rule.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    path: String,
    /// Counted from 1.
    line: usize,
    message: String,
}

impl Finding {
    fn new(source: &Source, line: usize, message: impl Into<String>) -> Self {
        Self { path: source.path.clone(), line, message: message.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.message)
    }
}

/// `cargo xtask tidy`.
pub(crate) fn report(workspace: &Workspace) -> Result<()> {
    let note = check(workspace)?;
    println!("{note}");
    Ok(())
}

/// Prints every breach, and the files above the size one aims at; an error if there is a breach.
pub(crate) fn check(workspace: &Workspace) -> Result<String> {
    let sources = tree::read(workspace.root())?;
    for (path, lines) in shape::long_files(&sources) {
        println!("long: {path} has {lines} lines, the aim is {}", shape::FILE_LINES_AIM);
    }
    let findings = findings(&sources)?;
    for finding in &findings {
        println!("{finding}");
    }
    if !findings.is_empty() {
        bail!("{} breaches of the house rules", findings.len());
    }
    Ok(format!("{} files", sources.len()))
}

fn findings(sources: &[Source]) -> Result<Vec<Finding>> {
    let known = statements::Known::read(sources)?;
    let mut findings = Vec::new();
    for source in sources {
        shape::check(source, &mut findings);
        leftovers::check(source, &mut findings);
        layering::check(source, &mut findings);
        purity::check(source, &mut findings);
        statements::check(source, &known, &mut findings);
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_is_tidy() {
        let workspace = Workspace::find().unwrap();
        let sources = tree::read(workspace.root()).unwrap();
        assert!(sources.len() > 30, "the walk of the tree found {} files", sources.len());
        let findings = findings(&sources).unwrap();
        let lines: Vec<String> = findings.iter().map(Finding::to_string).collect();
        assert!(lines.is_empty(), "\n{}\n", lines.join("\n"));
    }
}
