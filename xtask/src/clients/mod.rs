//! Clients that nobody here wrote, against servers started for them.

mod brokers;
mod job;
mod plan;

use std::fs;

use anyhow::{Context, Result, bail};

use crate::debian::{self, Program};
use crate::workspace::Workspace;
use crate::{node, python};
pub(crate) use brokers::Afterlink;
use brokers::Brokers;
use job::Tally;

/// Where the clients and their cases are.
const DIRECTORY: &str = "tests/clients";

const PROGRAMS: &[Program] = &[
    Program { file: "mosquitto_pub", package: "mosquitto-clients" },
    Program { file: "mosquitto_sub", package: "mosquitto-clients" },
    Program { file: brokers::MOSQUITTO, package: "mosquitto" },
];

/// Options of `cargo xtask clients`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Runs only jobs whose name contains this, such as `paho`, `ws` or `conformance`.
    filter: Option<String>,
    /// Runs only cases whose name contains this.
    #[arg(long)]
    case: Option<String>,
}

/// `cargo xtask clients`.
pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    ensure_installed(workspace)?;
    let tally = run_jobs(workspace, arguments)?;
    println!("{}", tally.note());
    Ok(())
}

/// The step of `cargo xtask test`.
pub(crate) fn check(workspace: &Workspace) -> Result<String> {
    ensure_installed(workspace)?;
    let tally = run_jobs(workspace, &Arguments { filter: None, case: None })?;
    println!("{} passed, {} failed", tally.passed, tally.failed);
    Ok(tally.note())
}

/// Installs the clients, and Debian's broker.
pub(crate) fn ensure_installed(workspace: &Workspace) -> Result<()> {
    debian::ensure(workspace, PROGRAMS)?;
    python::ensure(workspace)?;
    node::ensure_packages(workspace, DIRECTORY)
}

/// Writes down what the tests of mqtt-packet say, for `xtask/tests/mqtt_packet` to read.
pub(crate) fn write_vectors(workspace: &Workspace) -> Result<()> {
    node::ensure_packages(workspace, DIRECTORY)?;
    // Where cargo lets integration tests keep files.
    let file = workspace.target("tmp/mqtt-packet.json");
    fs::create_dir_all(workspace.target("tmp"))?;
    let script = workspace.path(DIRECTORY).join("mqtt-packet/record.mjs");
    workspace.command("node").arg(script).arg(file).run()
}

fn run_jobs(workspace: &Workspace, arguments: &Arguments) -> Result<Tally> {
    workspace.cargo().args(["build", "--package", "afterlink"]).run()?;
    let logs = workspace.target("clients/logs");
    fs::create_dir_all(&logs).with_context(|| format!("cannot make {}", logs.display()))?;
    let brokers = Brokers::start(workspace, &logs)?;
    let mut jobs = plan::jobs(workspace, &brokers, arguments.case.as_deref());
    if let Some(filter) = &arguments.filter {
        jobs.retain(|job| job.name.contains(filter));
    }
    if jobs.is_empty() {
        bail!("no job has such a name");
    }
    let tally = job::run_all(jobs, &logs)?;
    // A broker that fell over or ends badly is a failure, whatever the clients saw of it.
    brokers.finish()?;
    if tally.failed > 0 {
        bail!("{}; what each said stands in {}", tally.note(), logs.display());
    }
    Ok(tally)
}
