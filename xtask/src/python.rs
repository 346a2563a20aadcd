//! The Python environment of the client tests.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::debian::{self, Program};
use crate::workspace::Workspace;

/// Debian's Python refuses packages outside a virtual environment, and a tree should not touch
/// the machine's: so one is made below the target directory.
const ENVIRONMENT: &str = "clients/python";

/// Exact versions, kept beside the scripts that use them.
const REQUIREMENTS: &str = "tests/clients/requirements.txt";

/// The environment's interpreter.
pub(crate) fn interpreter(workspace: &Workspace) -> PathBuf {
    workspace.target(ENVIRONMENT).join("bin/python")
}

/// Makes the environment, unless it already holds exactly what is required.
pub(crate) fn ensure(workspace: &Workspace) -> Result<()> {
    let required = std::fs::read_to_string(workspace.path(REQUIREMENTS))
        .with_context(|| format!("cannot read {REQUIREMENTS}"))?;
    let stamp = workspace.target(ENVIRONMENT).join("requirements.txt");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == required) {
        return Ok(());
    }
    debian::ensure(workspace, &[Program { file: "python3", package: "python3" }])?;
    if !has_venv(workspace) {
        let ensurepip = Program { file: "/usr/share/python-wheels", package: "python3-venv" };
        debian::ensure(workspace, &[ensurepip])?;
    }
    println!("installing {REQUIREMENTS}");
    workspace
        .command("python3")
        .args(["-m", "venv", "--clear"])
        .arg(workspace.target(ENVIRONMENT))
        .run_quietly()?;
    workspace
        .command(interpreter(workspace))
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"])
        .arg(REQUIREMENTS)
        .run_quietly()?;
    std::fs::write(&stamp, required)?;
    Ok(())
}

/// Debian ships Python without the module that puts pip into an environment.
fn has_venv(workspace: &Workspace) -> bool {
    workspace.command("python3").args(["-c", "import ensurepip, venv"]).run_quietly().is_ok()
}
