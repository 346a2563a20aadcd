//! What ends the program before its time: one line, and an exit code.

use std::fmt;
use std::process::ExitCode;

/// The exit code for what its caller can mend: arguments, config, addresses.
const USAGE: u8 = 2;
/// The exit code for everything else.
const FAILED: u8 = 1;

/// Why the program cannot go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    message: String,
    exit_code: u8,
}

impl Failure {
    /// Something its caller can mend.
    #[must_use]
    pub const fn usage(message: String) -> Self {
        Self { message, exit_code: USAGE }
    }

    /// Something that went wrong.
    #[must_use]
    pub const fn failed(message: String) -> Self {
        Self { message, exit_code: FAILED }
    }

    /// The same, with the place where it was found.
    #[must_use]
    pub fn within(self, place: &str) -> Self {
        Self { message: format!("{place}: {}", self.message), ..self }
    }

    /// The code the process exits with.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        self.exit_code
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

impl From<&Failure> for ExitCode {
    fn from(failure: &Failure) -> Self {
        Self::from(failure.exit_code)
    }
}
