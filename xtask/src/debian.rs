//! Programs that come from Debian's packages.

use std::io::Write as _;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::process::is_installed;
use crate::workspace::Workspace;

/// A file that tells Debian's package scripts whether they may start services.
const POLICY: &str = "/usr/sbin/policy-rc.d";

/// A program and the Debian package that brings it.
pub(crate) struct Program {
    /// What is looked for: a name on `PATH`, or an absolute path.
    pub(crate) file: &'static str,
    /// The package to install when it is not there.
    pub(crate) package: &'static str,
}

/// Installs what is missing as root on Debian; elsewhere says what to install.
pub(crate) fn ensure(workspace: &Workspace, programs: &[Program]) -> Result<()> {
    let missing: Vec<&str> = programs
        .iter()
        .filter(|program| !is_present(program.file))
        .map(|program| program.package)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let by_hand = format!("sudo apt-get install --no-install-recommends {}", missing.join(" "));
    if !is_installed("apt-get") {
        bail!("not installed: {}; on Debian: {by_hand}", missing.join(", "));
    }
    if !is_root(workspace)? {
        bail!("not installed: {}; run: {by_hand}", missing.join(", "));
    }
    println!("installing {}", missing.join(", "));
    let _no_services = NoServices::start()?;
    let apt = || workspace.command("apt-get").env("DEBIAN_FRONTEND", "noninteractive");
    apt().arg("update").run_quietly()?;
    apt().args(["install", "-y", "--no-install-recommends"]).args(&missing).run_quietly()?;
    match programs.iter().find(|program| !is_present(program.file)) {
        Some(program) => bail!("package {} brought no {}", program.package, program.file),
        None => Ok(()),
    }
}

fn is_present(file: &str) -> bool {
    if file.starts_with('/') { Path::new(file).exists() } else { is_installed(file) }
}

fn is_root(workspace: &Workspace) -> Result<bool> {
    Ok(workspace.command("id").arg("-u").read()?.trim() == "0")
}

/// While it lives, installing a package does not start its service: the tests start their own
/// broker, and a machine should not find itself serving MQTT because it ran them.
struct NoServices {
    is_ours: bool,
}

impl NoServices {
    fn start() -> Result<Self> {
        if Path::new(POLICY).exists() {
            return Ok(Self { is_ours: false });
        }
        let mut file =
            std::fs::File::create_new(POLICY).with_context(|| format!("cannot write {POLICY}"))?;
        let policy = Self { is_ours: true };
        file.write_all(b"#!/bin/sh\nexit 101\n")?;
        drop(file);
        make_executable(Path::new(POLICY))?;
        Ok(policy)
    }
}

impl Drop for NoServices {
    fn drop(&mut self) {
        if self.is_ours && std::fs::remove_file(POLICY).is_err() {
            eprintln!("cannot remove {POLICY}: remove it by hand");
        }
    }
}

#[cfg(unix)]
fn make_executable(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))?;
    Ok(())
}

#[cfg(not(unix))]
fn make_executable(_path: &Path) -> Result<()> {
    Ok(())
}
