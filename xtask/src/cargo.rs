//! The steps that are one cargo command each.

use anyhow::{Result, bail};

use crate::clients;
use crate::workspace::Workspace;

pub(crate) fn format(workspace: &Workspace) -> Result<String> {
    workspace.cargo().args(["fmt", "--all", "--", "--check"]).run()?;
    Ok(String::new())
}

pub(crate) fn doc(workspace: &Workspace) -> Result<String> {
    workspace
        .cargo()
        .env("RUSTDOCFLAGS", "-Dwarnings")
        .args(["doc", "--workspace", "--no-deps", "--quiet"])
        .run()?;
    Ok(String::new())
}

pub(crate) fn test(workspace: &Workspace) -> Result<String> {
    clients::write_vectors(workspace)?;
    let mut totals = Totals::default();
    workspace.cargo().args(["test", "--workspace"]).run_seeing(|line| totals.add(line))?;
    if totals.passed == 0 {
        bail!("no test ran");
    }
    println!("{} passed, {} failed", totals.passed, totals.failed);
    Ok(format!("{} tests", totals.passed))
}

/// Sums of the closing lines of the test binaries.
#[derive(Debug, Default, PartialEq, Eq)]
struct Totals {
    passed: u32,
    failed: u32,
}

impl Totals {
    fn add(&mut self, line: &str) {
        let Some(counts) = line.strip_prefix("test result: ") else { return };
        for count in counts.split(['.', ';']) {
            let mut words = count.split_whitespace();
            let (Some(number), Some(what)) = (words.next(), words.next()) else { continue };
            let Ok(number) = number.parse::<u32>() else { continue };
            match what {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_sum_the_closing_lines() {
        let mut totals = Totals::default();
        totals.add("test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out;");
        totals.add("test result: FAILED. 3 passed; 2 failed; 0 ignored; finished in 0.00s");
        totals.add("test codec::passed ... ok");
        assert_eq!(totals, Totals { passed: 15, failed: 2 });
    }
}
