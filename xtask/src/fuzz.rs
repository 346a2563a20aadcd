//! `cargo xtask fuzz`: inputs made for one of the fuzz targets.

use anyhow::Result;

use crate::workspace::Workspace;

/// Options of `cargo xtask fuzz`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The target: decode, stream, broker, client, scenario or websocket.
    target: String,
    /// For how long.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// What the inputs follow from, beside the corpus.
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    workspace
        .cargo()
        .args(["run", "--quiet", "--package", "afterlink-fuzz", "--profile", "simulate", "--"])
        .arg(&arguments.target)
        .args(["--seconds", &arguments.seconds.to_string()])
        .args(["--seed", &arguments.seed.to_string(), "--directory"])
        .arg(workspace.target("fuzz"))
        .run()
}
