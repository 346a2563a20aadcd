//! Running programs, with errors that name the command to repeat.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{self, Stdio};

use anyhow::{Context, Result, bail};

/// A program with its arguments and the directory it runs in.
pub(crate) struct Command {
    inner: process::Command,
}

impl Command {
    /// A program found on `PATH`, or a path to one.
    pub(crate) fn new(program: &Path, directory: &Path) -> Self {
        let mut inner = process::Command::new(program);
        inner.current_dir(directory).stdin(Stdio::null());
        Self { inner }
    }

    /// The cargo that runs this program.
    pub(crate) fn cargo(directory: &Path) -> Self {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        Self::new(Path::new(&cargo), directory)
    }

    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.inner.arg(argument);
        self
    }

    pub(crate) fn args<S: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        self.inner.args(arguments);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.inner.env(name, value);
        self
    }

    /// Runs with the terminal's output; an error unless the program succeeds.
    pub(crate) fn run(mut self) -> Result<()> {
        let status = self.inner.status().with_context(|| self.cannot_start())?;
        if !status.success() {
            bail!("`{}` failed ({status})", self.line());
        }
        Ok(())
    }

    /// Runs quietly; an error carries all the program printed.
    pub(crate) fn run_quietly(mut self) -> Result<()> {
        let output = self.inner.output().with_context(|| self.cannot_start())?;
        if !output.status.success() {
            let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
            said.push_str(&String::from_utf8_lossy(&output.stderr));
            bail!("`{}` failed ({}):\n{}", self.line(), output.status, said.trim_end());
        }
        Ok(())
    }

    /// Runs and answers what was printed on standard output.
    pub(crate) fn read(mut self) -> Result<String> {
        self.inner.stderr(Stdio::inherit());
        let output = self.inner.output().with_context(|| self.cannot_start())?;
        if !output.status.success() {
            bail!("`{}` failed ({})", self.line(), output.status);
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Runs and answers what was printed on standard output, and how it ended: the exit code,
    /// unless a signal ended it.
    pub(crate) fn outcome(mut self) -> Result<(String, Option<i32>)> {
        self.inner.stderr(Stdio::inherit());
        let output = self.inner.output().with_context(|| self.cannot_start())?;
        Ok((String::from_utf8_lossy(&output.stdout).into_owned(), output.status.code()))
    }

    /// Runs with the terminal's output, showing each line of standard output to `see` as well.
    pub(crate) fn run_seeing(mut self, mut see: impl FnMut(&str)) -> Result<()> {
        self.inner.stdout(Stdio::piped());
        let mut child = self.inner.spawn().with_context(|| self.cannot_start())?;
        let stdout = child.stdout.take().context("standard output is piped")?;
        for line in BufReader::new(stdout).split(b'\n') {
            let line = line?;
            let line = String::from_utf8_lossy(&line);
            println!("{line}");
            see(&line);
        }
        let status = child.wait()?;
        if !status.success() {
            bail!("`{}` failed ({status})", self.line());
        }
        Ok(())
    }

    /// Gives the terminal to the program, whose end is ours.
    pub(crate) fn become_it(mut self) -> Result<()> {
        self.inner.stdin(Stdio::inherit());
        #[cfg(unix)]
        {
            use std::os::unix::process::CommandExt as _;
            let error = self.inner.exec();
            Err(error).with_context(|| self.cannot_start())
        }
        #[cfg(not(unix))]
        self.run()
    }

    fn cannot_start(&self) -> String {
        format!("cannot start `{}`", self.line())
    }

    /// The command as one would type it.
    fn line(&self) -> String {
        let mut line = self.inner.get_program().to_string_lossy().into_owned();
        for argument in self.inner.get_args() {
            let argument = argument.to_string_lossy();
            if argument.contains(' ') {
                let _ = write!(line, " '{argument}'");
            } else {
                let _ = write!(line, " {argument}");
            }
        }
        line
    }
}

/// Whether a program of this name is on `PATH`.
pub(crate) fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|directory| directory.join(program).is_file())
}
