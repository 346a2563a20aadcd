//! The commands that build, run and test Afterlink: `cargo xtask run`, `cargo xtask test`.
#![allow(clippy::print_stdout, reason = "what these commands print is what they are for")]

mod bench;
mod cargo;
mod clients;
mod debian;
mod fuzz;
mod lint;
mod mutations;
mod node;
mod package;
mod process;
mod purity;
mod python;
mod run;
mod shrink;
mod simulate;
mod steps;
mod test;
mod tidy;
mod toolchain;
mod wasm;
mod web;
mod workspace;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::workspace::Workspace;

/// Builds, runs and tests Afterlink.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Builds the server in release and runs it.
    Run(run::Arguments),
    /// Runs every check, installing what is missing; `--list` names the steps.
    Test(test::Arguments),
    /// Prints what of the tree breaks the house rules, and the files above the size aimed at.
    Tidy,
    /// Runs the real clients, or some of them, against the server.
    Clients(clients::Arguments),
    /// Plays random worlds under faults and checks them against a reference model.
    Simulate(simulate::Arguments),
    /// Makes mistakes in a copy of the core, which the simulation has to find.
    Mutations(mutations::Arguments),
    /// Makes inputs for a fuzz target for a while.
    Fuzz(fuzz::Arguments),
    /// Runs the benchmarks of the core.
    Bench(bench::Arguments),
    /// Builds the module of the playground with its JavaScript.
    Wasm,
    /// Builds the broker as an npm package and packs it.
    Package,
    /// Measures the npm package beside aedes, in Node.
    BenchPackage,
    /// Builds the playground into web/dist, a folder for any web host.
    Web(web::Arguments),
    /// Runs a test binary of wasm32; cargo calls it.
    #[command(hide = true)]
    TestRunner {
        /// The binary, and what it is told.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
}

fn main() -> ExitCode {
    let command = Arguments::parse().command;
    let outcome = Workspace::find().and_then(|workspace| match command {
        Command::Run(arguments) => run::run(&workspace, &arguments),
        Command::Test(arguments) => test::run(&workspace, &arguments),
        Command::Tidy => tidy::report(&workspace),
        Command::Clients(arguments) => clients::run(&workspace, &arguments),
        Command::Simulate(arguments) => simulate::run(&workspace, &arguments),
        Command::Mutations(arguments) => mutations::run(&workspace, &arguments),
        Command::Fuzz(arguments) => fuzz::run(&workspace, &arguments),
        Command::Bench(arguments) => bench::run(&workspace, &arguments),
        Command::Wasm => wasm::run(&workspace),
        Command::Package => package::run(&workspace),
        Command::BenchPackage => package::bench(&workspace),
        Command::Web(arguments) => web::run(&workspace, &arguments),
        Command::TestRunner { arguments } => wasm::run_tests(&arguments),
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
