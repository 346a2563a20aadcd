//! `afterlink-fuzz TARGET --seconds N`: makes inputs for a target.

use std::process::ExitCode;

fn main() -> ExitCode {
    match afterlink_fuzz::command::run(std::env::args().skip(1)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}
