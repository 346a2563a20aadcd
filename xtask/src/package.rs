//! `cargo xtask package`: the broker as an npm package.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;
use crate::{node, toolchain, wasm, web};

/// Where all of it is written, below the target directory.
const OUT: &str = "npm";
/// The driver and what npm is told of the package.
const SOURCE: &str = "wasm/js";
/// Its tests, and the tools that it is built with.
const TESTS: &str = "tests/package";
/// The version in its manifest, which is the workspace's in what is packed.
const NO_VERSION: &str = "\"version\": \"0.0.0\"";
/// Tells TypeScript that the sources are modules.
const MANIFEST: &str = "{ \"private\": true, \"type\": \"module\" }\n";
/// Milliseconds of a test file, so that one that hangs fails.
const TEST_MS_MAX: &str = "120000";
/// What goes into the package from the root of the tree.
const LICENSES: &[&str] = &["LICENSE-APACHE", "LICENSE-MIT"];

pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    println!("{}", pack(workspace)?.display());
    Ok(())
}

/// The step of `cargo xtask test`: the package is installed, used, typed and small.
pub(crate) fn check(workspace: &Workspace) -> Result<String> {
    ensure_tested(workspace)?;
    let project = install(workspace)?;
    let mut sizes = String::new();
    workspace
        .command("node")
        .args(["--test", "--test-reporter", "spec", "--test-timeout", TEST_MS_MAX])
        .args([project.join("cases"), project.join("example")])
        .run_seeing(|line| {
            if let Some((_, found)) = line.split_once("package size: ") {
                found.clone_into(&mut sizes);
            }
        })?;
    Ok(sizes)
}

/// Measures the package beside another broker.
pub(crate) fn bench(workspace: &Workspace) -> Result<()> {
    let project = install(workspace)?;
    workspace.command("node").arg(project.join("bench/run.mjs")).run()
}

/// Installs what the package is built with.
fn ensure_installed(workspace: &Workspace) -> Result<()> {
    node::ensure_packages(workspace, TESTS)
}

/// The same, and the browser it is tested in.
pub(crate) fn ensure_tested(workspace: &Workspace) -> Result<()> {
    ensure_installed(workspace)?;
    web::ensure_browser(workspace)
}

/// Packs the package and installs it into a project of its own.
fn install(workspace: &Workspace) -> Result<PathBuf> {
    let tarball = pack(workspace)?;
    let project = workspace.target(OUT).join("project");
    let script = workspace.path(TESTS).join("project.mjs");
    workspace.command("node").arg(script).arg(tarball).arg(&project).run()?;
    Ok(project)
}

/// Builds the package and packs it.
fn pack(workspace: &Workspace) -> Result<PathBuf> {
    ensure_installed(workspace)?;
    let out = workspace.target(OUT);
    if out.exists() {
        // Else a file that is no longer made would still be packed.
        fs::remove_dir_all(&out)?;
    }
    let build = out.join("build");
    fs::create_dir_all(&build)?;
    build_module(workspace, &build)?;
    build_driver(workspace, &build)?;
    let package = out.join("package");
    stage(workspace, &build, &package)?;
    workspace
        .command("npm")
        .arg("--prefix")
        .arg(&package)
        .args(["pack", "--silent", "--pack-destination"])
        .arg(&out)
        .arg(&package)
        .run_quietly()?;
    let packed = fs::read_dir(&out)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|ending| ending == "tgz"));
    packed.context("npm has packed nothing")
}

/// The module with the broker alone, and its JavaScript.
fn build_module(workspace: &Workspace, build: &Path) -> Result<()> {
    toolchain::ensure_wasm_target(workspace)?;
    workspace
        .cargo()
        .args(["build", "--package", "afterlink-wasm", "--lib", "--profile", "wasm-release"])
        .args(["--target", toolchain::WASM, "--no-default-features", "--features", "broker"])
        .run()?;
    let module = workspace.target(toolchain::WASM).join("wasm-release/afterlink_wasm.wasm");
    wasm::generate(&module, build).context("the JavaScript of the broker cannot be generated")?;
    let declarations = fs::read_to_string(build.join("afterlink.d.ts"))?;
    fs::write(build.join("types.d.ts"), types_in(&declarations)?)?;
    Ok(())
}

/// The driver, from TypeScript.
fn build_driver(workspace: &Workspace, build: &Path) -> Result<()> {
    for entry in fs::read_dir(workspace.path(SOURCE))? {
        let entry = entry?;
        fs::copy(entry.path(), build.join(entry.file_name()))?;
    }
    fs::write(build.join("package.json"), MANIFEST)?;
    let modules = workspace.path(TESTS).join("node_modules");
    workspace
        .command("node")
        .arg(modules.join("typescript/bin/tsc"))
        .arg("--project")
        .arg(build)
        .arg("--typeRoots")
        .arg(modules.join("@types"))
        .run()
}

/// Puts together what is packed.
fn stage(workspace: &Workspace, build: &Path, package: &Path) -> Result<()> {
    let dist = package.join("dist");
    fs::create_dir_all(&dist)?;
    for entry in fs::read_dir(build.join("dist"))? {
        let entry = entry?;
        fs::copy(entry.path(), dist.join(entry.file_name()))?;
    }
    for name in ["afterlink.js", "afterlink_bg.wasm", "types.d.ts"] {
        fs::copy(build.join(name), dist.join(name))?;
    }
    let manifest = fs::read_to_string(workspace.path(SOURCE).join("package.json"))?;
    if !manifest.contains(NO_VERSION) {
        bail!("{SOURCE}/package.json has to say {NO_VERSION}");
    }
    let version = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
    fs::write(package.join("package.json"), manifest.replace(NO_VERSION, &version))?;
    fs::copy(workspace.path(SOURCE).join("README.md"), package.join("README.md"))?;
    for license in LICENSES {
        fs::copy(workspace.path(license), package.join(license))?;
    }
    Ok(())
}

/// The declarations of values, without those of the module, which name what only browsers have.
fn types_in(declarations: &str) -> Result<&str> {
    let found = declarations.find("\nexport class Engine");
    let end = found.context("the class Engine is not declared")?;
    // The comment of the class stands before it.
    let end = declarations[..end].rfind("/**").unwrap_or(end);
    Ok(&declarations[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_end_before_the_class() {
        let text = "/** A. */\nexport type A = 1;\n\n/**\n * It.\n */\nexport class Engine {\n}\n";
        assert_eq!(types_in(text).expect("it is there"), "/** A. */\nexport type A = 1;\n\n");
        assert!(types_in("export type A = 1;\n").is_err());
    }
}
