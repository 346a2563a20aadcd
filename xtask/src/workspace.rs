//! Where the tree and its build products are.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::process::Command;

/// The root of the tree, and the directory cargo builds into.
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// Asks cargo, which knows about `CARGO_TARGET_DIR` and configuration files.
    pub(crate) fn find() -> Result<Self> {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = manifest.parent().context("xtask stands in a workspace")?.to_path_buf();
        let metadata = Command::cargo(&root)
            .args(["metadata", "--format-version", "1", "--no-deps"])
            .read()
            .context("cargo cannot read the workspace")?;
        let metadata: serde_json::Value = serde_json::from_str(&metadata)?;
        let target = metadata["target_directory"].as_str().context("no target directory")?;
        Ok(Self { target: PathBuf::from(target), root })
    }

    /// The directory of the workspace's `Cargo.toml`.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// A path below the root.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// A path below the directory cargo builds into.
    pub(crate) fn target(&self, relative: &str) -> PathBuf {
        self.target.join(relative)
    }

    /// `cargo`, run at the root.
    pub(crate) fn cargo(&self) -> Command {
        Command::cargo(&self.root)
    }

    /// A program, run at the root.
    pub(crate) fn command(&self, program: impl AsRef<Path>) -> Command {
        Command::new(program.as_ref(), &self.root)
    }
}
