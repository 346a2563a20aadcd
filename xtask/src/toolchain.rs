//! The compilers: which versions are here, and the wasm32 target.

use anyhow::{Context, Result, bail};

use crate::process::{Command, is_installed};
use crate::workspace::Workspace;

/// The target of the browser build.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// The oldest Node the pinned npm packages run on.
const NODE_OLDEST: (u32, u32) = (20, 19);

/// The version line of rustc. Cargo itself refuses one older than `rust-version`.
pub(crate) fn rustc_version(workspace: &Workspace) -> Result<String> {
    let version = rustc(workspace).arg("--version").read()?;
    Ok(version.trim().to_owned())
}

/// The version of Node, or what is wrong with it.
pub(crate) fn node_version(workspace: &Workspace) -> Result<String> {
    let (major, minor) = NODE_OLDEST;
    if !is_installed("node") {
        bail!("node is not installed; {major}.{minor} or newer is needed");
    }
    let version = workspace.command("node").arg("--version").read()?;
    let version = version.trim();
    let found = parse_node_version(version)
        .with_context(|| format!("cannot read the version of node: {version}"))?;
    if found < NODE_OLDEST {
        bail!("node {version} is too old; {major}.{minor} or newer is needed");
    }
    Ok(format!("node {version}"))
}

/// Installs the wasm32 target if this toolchain lacks it.
pub(crate) fn ensure_wasm_target(workspace: &Workspace) -> Result<()> {
    let sysroot = rustc(workspace).args(["--print", "sysroot"]).read()?;
    let installed = std::path::Path::new(sysroot.trim()).join("lib/rustlib").join(WASM);
    if installed.is_dir() {
        return Ok(());
    }
    if !is_installed("rustup") {
        bail!("the target {WASM} is missing and there is no rustup to add it with");
    }
    workspace.command("rustup").args(["target", "add", WASM]).run()
}

fn rustc(workspace: &Workspace) -> Command {
    workspace.command(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
}

/// Major and minor of a line like `v20.19.2`.
fn parse_node_version(line: &str) -> Option<(u32, u32)> {
    let mut numbers = line.strip_prefix('v')?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_versions_compare_as_numbers() {
        assert_eq!(parse_node_version("v20.9.0"), Some((20, 9)));
        assert!(parse_node_version("v20.9.0") < Some(NODE_OLDEST));
        assert!(parse_node_version("v22.1.0") > Some(NODE_OLDEST));
        assert_eq!(parse_node_version("20"), None);
    }
}
