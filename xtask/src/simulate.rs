//! `cargo xtask simulate`: runs of random worlds, built fast and with all assertions.

use anyhow::Result;

use crate::workspace::Workspace;

/// Seeds that every test runs.
const SEEDS: &str = "0..1500";

/// Options of `cargo xtask simulate`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Which seeds: `A..B`, or one.
    #[arg(long, default_value = SEEDS)]
    seeds: String,
    /// Threads; as many as there are cores unless told.
    #[arg(long)]
    jobs: Option<usize>,
    /// Goes on where an earlier run of the same range was ended.
    #[arg(long)]
    resume: bool,
    /// Entries of the trace to print before a violation.
    #[arg(long, default_value_t = 0)]
    trace: usize,
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    let mut command = workspace
        .cargo()
        .args(["run", "--quiet", "--package", "afterlink-simulate", "--profile", "simulate"])
        .args(["--", "--seeds", &arguments.seeds, "--directory"])
        .arg(workspace.target("simulate/failures"))
        .args(["--trace", &arguments.trace.to_string()]);
    if let Some(jobs) = arguments.jobs {
        command = command.args(["--jobs", &jobs.to_string()]);
    }
    if arguments.resume {
        command = command.arg("--resume");
    }
    command.run()
}

/// The seeds of `cargo xtask test`.
pub(crate) fn check(workspace: &Workspace) -> Result<String> {
    let arguments = Arguments { seeds: SEEDS.to_owned(), jobs: None, resume: false, trace: 0 };
    run(workspace, &arguments)?;
    Ok(format!("seeds {SEEDS}"))
}
