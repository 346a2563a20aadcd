//! Programs that run side by side and say PASS or FAIL.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};

/// Far above what the slowest case takes, below what makes people give up.
const PATIENCE: Duration = Duration::from_secs(240);

/// What a job has to do to pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expect {
    /// Print a line for each case, at least one, and succeed if all passed.
    Cases,
    /// The same, or say that it has no such case.
    CasesIfAny,
    /// Succeed.
    Success,
    /// Exit with 1 and say something, since what it looks at is broken. A command line that is
    /// not understood or a crash has another code.
    Failure,
}

/// A program to run.
pub(super) struct Job {
    pub(super) name: String,
    pub(super) command: Command,
    pub(super) expect: Expect,
    /// Whether it sees what other jobs do, so that none may run beside it.
    pub(super) is_alone: bool,
}

/// Cases counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) passed: u32,
    pub(super) failed: u32,
}

impl Tally {
    pub(super) fn note(self) -> String {
        format!("{} cases passed, {} failed", self.passed, self.failed)
    }

    fn one(passed: bool) -> Self {
        Self { passed: u32::from(passed), failed: u32::from(!passed) }
    }
}

/// Runs jobs at the same time, since most of them wait for a clock, and prints what each said when
/// it ends. Those that want a quiet broker come after the others, each by itself.
pub(super) fn run_all(jobs: Vec<Job>, logs: &Path) -> Result<Tally> {
    let total = Mutex::new(Tally::default());
    let (alone, together): (Vec<_>, Vec<_>) = jobs.into_iter().partition(|job| job.is_alone);
    thread::scope(|scope| {
        let running: Vec<_> =
            together.into_iter().map(|job| scope.spawn(|| run(job, logs, &total))).collect();
        for job in running {
            job.join().map_err(|_| anyhow!("a job's thread fell over"))??;
        }
        Ok::<_, anyhow::Error>(())
    })?;
    for job in alone {
        run(job, logs, &total)?;
    }
    total.into_inner().map_err(|_| anyhow!("a job's thread fell over"))
}

fn run(mut job: Job, logs: &Path, total: &Mutex<Tally>) -> Result<()> {
    let log = logs.join(format!("{}.log", job.name.replace(' ', "-")));
    let file = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
    job.command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
    let started = Instant::now();
    let status = run_to_the_end(&mut job.command)
        .with_context(|| format!("cannot run the job `{}`", job.name))?;
    let said = fs::read_to_string(&log)?;
    let tally = judge(job.expect, status.map(|status| status.code()), &said);

    let mut total = total.lock().map_err(|_| anyhow!("a job's thread fell over"))?;
    total.passed += tally.passed;
    total.failed += tally.failed;
    println!("{}: {} ({:.1} s)", job.name, tally.note(), started.elapsed().as_secs_f64());
    if tally.failed > 0 {
        println!("{}", said.trim_end());
        match status {
            Some(status) => println!("({} expected, {status})", describe(job.expect)),
            None => println!("(not over after {} s)", PATIENCE.as_secs()),
        }
    }
    Ok(())
}

/// The exit status, or nothing if it had to be ended.
fn run_to_the_end(command: &mut Command) -> Result<Option<ExitStatus>> {
    let mut child = command.spawn()?;
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        thread::sleep(Duration::from_millis(50));
    }
    child.kill()?;
    child.wait()?;
    Ok(None)
}

fn describe(expect: Expect) -> &'static str {
    match expect {
        Expect::Cases | Expect::CasesIfAny | Expect::Success => "success",
        Expect::Failure => "exit code 1",
    }
}

/// Counts what a job did: how it ended, if it did, and with which code, if no signal ended it.
fn judge(expect: Expect, ended: Option<Option<i32>>, said: &str) -> Tally {
    let Some(code) = ended else { return Tally::one(false) };
    let succeeded = code == Some(0);
    match expect {
        Expect::Success => return Tally::one(succeeded),
        Expect::Failure => return Tally::one(code == Some(1) && !said.trim().is_empty()),
        Expect::CasesIfAny if said.trim() == "no case was chosen" => return Tally::default(),
        Expect::Cases | Expect::CasesIfAny => {}
    }
    let count = |mark| u32::try_from(said.lines().filter(|line| line.starts_with(mark)).count());
    let passed = count("PASS ").unwrap_or(u32::MAX);
    let failed = count("FAIL ").unwrap_or(u32::MAX);
    // No line at all, or an exit status that the lines do not explain.
    let is_odd = passed + failed == 0 || succeeded != (failed == 0);
    Tally { passed, failed: failed + u32::from(is_odd) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(passed: u32, failed: u32) -> Tally {
        Tally { passed, failed }
    }

    #[test]
    fn cases_are_counted() {
        assert_eq!(judge(Expect::Cases, Some(Some(0)), "PASS a\nnoise\nPASS b\n"), tally(2, 0));
        assert_eq!(judge(Expect::Cases, Some(Some(1)), "PASS a\nFAIL b: why\n"), tally(1, 1));
    }

    #[test]
    fn a_job_without_cases_fails() {
        assert_eq!(judge(Expect::Cases, Some(Some(0)), ""), tally(0, 1));
        assert_eq!(judge(Expect::Cases, Some(Some(1)), "Traceback"), tally(0, 1));
    }

    #[test]
    fn a_job_whose_lines_do_not_explain_its_exit_fails() {
        assert_eq!(judge(Expect::Cases, Some(Some(1)), "PASS a\n"), tally(1, 1));
        assert_eq!(judge(Expect::Cases, Some(Some(0)), "FAIL a\n"), tally(0, 2));
    }

    #[test]
    fn a_job_may_have_no_case_of_the_name_asked_for() {
        assert_eq!(judge(Expect::CasesIfAny, Some(Some(1)), "no case was chosen\n"), tally(0, 0));
        assert_eq!(judge(Expect::Cases, Some(Some(1)), "no case was chosen\n"), tally(0, 1));
    }

    #[test]
    fn a_job_that_never_ends_fails_whatever_is_expected() {
        assert_eq!(judge(Expect::Failure, None, ""), tally(0, 1));
        assert_eq!(judge(Expect::Success, None, ""), tally(0, 1));
    }

    #[test]
    fn what_must_fail_must_say_why() {
        assert_eq!(judge(Expect::Failure, Some(Some(1)), "lost: 2 messages"), tally(1, 0));
        assert_eq!(judge(Expect::Failure, Some(Some(1)), ""), tally(0, 1));
        assert_eq!(judge(Expect::Failure, Some(Some(2)), "unknown command"), tally(0, 1));
        assert_eq!(judge(Expect::Failure, Some(Some(101)), "panicked"), tally(0, 1));
        assert_eq!(judge(Expect::Failure, Some(None), "killed"), tally(0, 1));
        assert_eq!(judge(Expect::Failure, Some(Some(0)), ""), tally(0, 1));
    }
}
