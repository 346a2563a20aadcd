//! `cargo xtask web`: the playground, built and tested.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::clients::Afterlink;
use crate::debian::{self, Program};
use crate::workspace::Workspace;
use crate::{node, wasm};

/// The page's directory.
const DIRECTORY: &str = "web";
/// Where the page expects the module and its JavaScript.
const MODULE: &str = "web/wasm";
/// Where the page is written.
const OUT: &str = "web/dist";

/// What names another browser than Debian's.
const CHROMIUM: &str = "CHROMIUM";
const PROGRAMS: &[Program] = &[Program { file: "chromium", package: "chromium" }];

/// Options of `cargo xtask web`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Also copies the built page to this directory, which is made, or has to be empty.
    #[arg(long, value_name = "DIRECTORY")]
    out: Option<PathBuf>,
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    // Else one waits minutes to be told.
    if let Some(out) = &arguments.out {
        let is_used = fs::read_dir(out).is_ok_and(|mut entries| entries.next().is_some());
        if is_used {
            bail!("--out {}: is not empty; name a new directory, or empty it", out.display());
        }
    }
    build(workspace)?;
    let mut built = workspace.path(OUT);
    if let Some(out) = &arguments.out {
        copy(&built, out).with_context(|| format!("--out {}: cannot be written", out.display()))?;
        built.clone_from(out);
    }
    println!("{}: serve it from any web host, under any path", built.display());
    Ok(())
}

/// Builds the page with the module in it.
pub(crate) fn build(workspace: &Workspace) -> Result<()> {
    prepare(workspace)?;
    npm(workspace, "build").run()
}

/// The step of `cargo xtask test`: the page is typed, its parts do what they should, it builds.
pub(crate) fn check(workspace: &Workspace) -> Result<String> {
    prepare(workspace)?;
    npm(workspace, "formatted").run()?;
    npm(workspace, "check").run()?;
    npm(workspace, "unit").run()?;
    npm(workspace, "build").run()?;
    Ok(String::new())
}

/// The step of `cargo xtask test`: the page in a browser, served by the server.
pub(crate) fn check_in_browser(workspace: &Workspace) -> Result<String> {
    ensure_installed(workspace)?;
    if !workspace.path(OUT).join("index.html").is_file() {
        build(workspace)?;
    }
    workspace.cargo().args(["build", "--package", "afterlink"]).run()?;
    let logs = workspace.target("page/logs");
    fs::create_dir_all(&logs).with_context(|| format!("cannot make {}", logs.display()))?;
    let server = Afterlink::start(workspace, &logs, "page", None)?;
    let mut figures = Vec::new();
    let tested = npm(workspace, "e2e")
        .env("BASE_URL", format!("http://{}", server.http))
        .env("PLAYGROUND_RESULTS", workspace.target("page/results"))
        .run_seeing(|line| {
            if let Some((_, figure)) = line.split_once("figure: ") {
                figures.push(figure.to_owned());
            }
        });
    server.finish()?;
    tested?;
    Ok(figures.join(", "))
}

/// Installs what the page and its tests need.
pub(crate) fn ensure_installed(workspace: &Workspace) -> Result<()> {
    node::ensure_packages(workspace, DIRECTORY)?;
    ensure_browser(workspace)
}

/// Installs Chromium, unless another one is named.
pub(crate) fn ensure_browser(workspace: &Workspace) -> Result<()> {
    if std::env::var_os(CHROMIUM).is_none() {
        debian::ensure(workspace, PROGRAMS)?;
    }
    Ok(())
}

/// Puts the module where the page expects it.
fn prepare(workspace: &Workspace) -> Result<()> {
    node::ensure_packages(workspace, DIRECTORY)?;
    let package = wasm::build(workspace)?;
    let module = workspace.path(MODULE);
    if module.exists() {
        fs::remove_dir_all(&module)?;
    }
    copy(&package, &module).with_context(|| format!("cannot write {}", module.display()))
}

fn npm(workspace: &Workspace, script: &str) -> crate::process::Command {
    let directory = workspace.path(DIRECTORY);
    workspace.command("npm").arg("--prefix").arg(directory).args(["--silent", "run", script])
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_copied_whole() {
        let place = std::env::temp_dir().join(format!("afterlink-copy-{}", std::process::id()));
        fs::create_dir_all(place.join("from/below")).expect("it can be made");
        fs::write(place.join("from/below/file"), "text").expect("it can be written");
        copy(&place.join("from"), &place.join("to")).expect("it can be copied");
        let copied = fs::read_to_string(place.join("to/below/file")).expect("it is there");
        fs::remove_dir_all(&place).expect("it can be removed");
        assert_eq!(copied, "text");
    }
}
