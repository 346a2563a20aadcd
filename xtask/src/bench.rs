//! `cargo xtask bench`: the benchmarks of the core.

use anyhow::Result;

use crate::workspace::Workspace;

/// Options of `cargo xtask bench`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Runs only the benchmarks whose name contains this.
    filter: Option<String>,
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    // Only targets that are benchmarks: the library's own test harness does not know criterion.
    let mut bench =
        workspace.cargo().args(["bench", "--package", "afterlink-core", "--bench", "*"]);
    if let Some(filter) = &arguments.filter {
        bench = bench.args(["--", filter]);
    }
    bench.run()
}
