//! npm packages.

use anyhow::{Context, Result};

use crate::toolchain;
use crate::workspace::Workspace;

/// Runs `npm ci` in a directory, unless what is installed is what its lock file says.
pub(crate) fn ensure_packages(workspace: &Workspace, directory: &str) -> Result<()> {
    toolchain::node_version(workspace)?;
    let directory = workspace.path(directory);
    let lock = directory.join("package-lock.json");
    let locked = std::fs::read_to_string(&lock)
        .with_context(|| format!("cannot read {}", lock.display()))?;
    let stamp = directory.join("node_modules/.installed-lock.json");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == locked) {
        return Ok(());
    }
    println!("installing the npm packages of {}", directory.display());
    workspace
        .command("npm")
        .arg("--prefix")
        .arg(&directory)
        .args(["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"])
        .run_quietly()?;
    std::fs::write(&stamp, locked)?;
    Ok(())
}
