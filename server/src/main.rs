//! The program `afterlink`.

use std::io::Write as _;
use std::process::ExitCode;

use afterlink::Cli;
use clap::Parser as _;

fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // With stderr gone there is nobody left to tell.
            let _ = writeln!(std::io::stderr(), "afterlink: {failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}
