//! `cargo xtask wasm`: the module of wasm/ and its JavaScript.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::node;
use crate::shrink;
use crate::toolchain::{self, WASM};
use crate::workspace::Workspace;

/// Where the module and its JavaScript are written, below the target directory.
const PACKAGE: &str = "wasm-package";

/// What makes the module smaller and a little slower, which a page does not show: values are
/// moved by one instruction each, not by many, only what is tiny is copied to where it is called,
/// loops count in one variable where several would be quicker, and the stack ends where addresses
/// behind it are of three bytes and not of four.
const SMALL: [&str; 4] = [
    "-Cllvm-args=-max-store-memcpy=1",
    "-Cllvm-args=-inline-threshold=10",
    "-Cllvm-args=-disable-lsr",
    "-Clink-arg=-zstack-size=983040",
];

/// Tells Node that the JavaScript is a module.
const MANIFEST: &str = "{ \"private\": true, \"type\": \"module\" }\n";

/// The tests that Node runs on the module.
const TESTS: &str = "tests/wasm";

/// Builds the module for release and generates its JavaScript and TypeScript declarations.
pub(crate) fn build(workspace: &Workspace) -> Result<PathBuf> {
    toolchain::ensure_wasm_target(workspace)?;
    workspace
        .cargo()
        .env("CARGO_ENCODED_RUSTFLAGS", SMALL.join("\u{1f}"))
        .args(["build", "--package", "afterlink-wasm", "--lib", "--profile", "wasm-release"])
        .args(["--target", WASM])
        .run()?;
    let module = workspace.target(WASM).join("wasm-release/afterlink_wasm.wasm");
    let package = workspace.target(PACKAGE);
    if package.exists() {
        // Else a file that is no longer generated would still be found there.
        std::fs::remove_dir_all(&package)?;
    }
    generate(&module, &package).context("the JavaScript of wasm/ cannot be generated")?;
    std::fs::write(package.join("package.json"), MANIFEST)?;
    Ok(package)
}

/// The step of `cargo xtask test`: the module does as the core does natively, is typed and small.
pub(crate) fn check(workspace: &Workspace) -> Result<String> {
    ensure_installed(workspace)?;
    let native = ["test", "--package", "afterlink-wasm", "--test", "traces"];
    workspace.cargo().args(native).run()?;
    let in_node = ["test", "--package", "afterlink-wasm", "--target", WASM];
    workspace.cargo().args(in_node).args(["--test", "node", "--test", "conformance"]).run()?;
    let package = build(workspace)?;
    let mut sizes = String::new();
    let tests = ["--test", "--test-reporter", "spec", TESTS];
    workspace
        .command("node")
        .args(tests)
        .env("AFTERLINK_PACKAGE", &package)
        .env("AFTERLINK_TRACES", workspace.target("tmp/traces"))
        .env("AFTERLINK_SCRATCH", workspace.target("wasm-types"))
        .run_seeing(|line| {
            if let Some((_, found)) = line.split_once("module size: ") {
                found.clone_into(&mut sizes);
            }
        })?;
    Ok(sizes)
}

/// Installs what the tests of the module need from npm.
pub(crate) fn ensure_installed(workspace: &Workspace) -> Result<()> {
    node::ensure_packages(workspace, TESTS)
}

pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let package = build(workspace)?;
    println!("{}", package.display());
    Ok(())
}

/// Runs a test binary of wasm32, as cargo asks its `runner` to.
pub(crate) fn run_tests(arguments: &[OsString]) -> Result<()> {
    let program = [OsString::from("wasm-bindgen-test-runner")];
    wasm_bindgen_cli::wasm_bindgen_test_runner::run_cli_with_args(
        program.iter().chain(arguments).cloned(),
    )
}

/// Generates the JavaScript and the TypeScript declarations of a module.
pub(crate) fn generate(module: &Path, package: &Path) -> Result<()> {
    if !module.is_file() {
        bail!("there is no {}", module.display());
    }
    let out = ["wasm-bindgen", "--target", "web", "--remove-name-section", "--out-name"];
    let mut arguments: Vec<OsString> = out.iter().map(OsString::from).collect();
    arguments.extend(["afterlink".into(), "--out-dir".into(), package.into(), module.into()]);
    wasm_bindgen_cli::wasm_bindgen::run_cli_with_args(arguments)?;
    let module = package.join("afterlink_bg.wasm");
    let shrunk = shrink::shrink(&std::fs::read(&module)?)?;
    Ok(std::fs::write(module, shrunk)?)
}
