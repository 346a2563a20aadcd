//! The files of the tree that the rules are about.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// Names of directories that hold nothing written by hand.
const NOT_OURS: &[&str] = &["target", "node_modules", "dist", "pkg", "__pycache__"];

/// Paths of what is generated beside what is ours.
const GENERATED: &[&str] = &["web/wasm"];

/// Names that begin with a dot and are read all the same.
const DOTTED: &[&str] = &[".cargo", ".ci"];

/// Endings of text files.
const TEXT: &[&str] =
    &["rs", "toml", "md", "py", "js", "mjs", "ts", "svelte", "css", "html", "txt"];

/// A text file.
#[derive(Debug)]
pub(super) struct Source {
    /// Relative to the root, with `/` between names.
    pub(super) path: String,
    pub(super) text: String,
}

impl Source {
    /// What follows the last dot of the name.
    pub(super) fn ending(&self) -> &str {
        ending(&self.path)
    }

    /// Whether people write it as code, so that the rules about code hold.
    pub(super) fn is_code(&self) -> bool {
        matches!(self.ending(), "rs" | "py" | "js" | "mjs" | "ts" | "svelte" | "css" | "html")
            || self.path == ".ci/run"
    }

    /// Whether it is a Rust file below a directory.
    pub(super) fn is_rust_below(&self, directory: &str) -> bool {
        self.ending() == "rs" && self.path.starts_with(directory)
    }
}

/// Reads all text files, ordered by path.
pub(super) fn read(root: &Path) -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    read_directory(root, "", &mut sources)?;
    sources.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(sources)
}

fn read_directory(root: &Path, relative: &str, sources: &mut Vec<Source>) -> Result<()> {
    let directory = root.join(relative);
    let entries =
        fs::read_dir(&directory).with_context(|| format!("cannot read {}", directory.display()))?;
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if NOT_OURS.contains(&name.as_str()) {
            continue;
        }
        if name.starts_with('.') && !DOTTED.contains(&name.as_str()) {
            continue;
        }
        let path = if relative.is_empty() { name } else { format!("{relative}/{name}") };
        if GENERATED.contains(&path.as_str()) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            read_directory(root, &path, sources)?;
        } else if TEXT.contains(&ending(&path)) || path == ".ci/run" {
            let text = fs::read_to_string(root.join(&path))
                .with_context(|| format!("cannot read {path} as text"))?;
            sources.push(Source { path, text });
        }
    }
    Ok(())
}

fn ending(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(_, ending)| ending)
}

#[cfg(test)]
pub(super) fn source(path: &str, text: &str) -> Source {
    Source { path: path.to_owned(), text: text.to_owned() }
}
