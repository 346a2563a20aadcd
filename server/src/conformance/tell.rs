//! What the command prints.

use std::collections::BTreeMap;
use std::io::Write as _;

use afterlink_conformance::{Outcome, Report, Script, StatementVerdict, Verdict, Version};

use super::Options;
use super::differences::{Difference, Whose};

/// Prints the scripts with the statements they show.
pub(super) fn list(scripts: &[Script], version: Version) {
    let mut text = String::new();
    for script in scripts {
        let statements: Vec<_> = script.statements(version).collect();
        text.push_str(&format!("{}::{}  {}\n", script.file, script.name, statements.join(" ")));
    }
    print(&text);
}

/// Says what came of a script that was played again, by itself.
pub(super) fn again(outcome: &Outcome) {
    let verdict = match outcome.verdict {
        Verdict::Passed => "passed",
        Verdict::Failed { .. } => "failed",
        Verdict::Skipped { .. } => "skipped",
    };
    print(&format!("again, by itself: {}: {verdict}\n", outcome.script));
}

/// Prints a verdict for each statement, the packets of each failure, and sums.
pub(super) fn report(options: &Options, report: &Report, known: &BTreeMap<String, Difference>) {
    let mut text = format!("MQTT {} at {}\n\n", options.version, options.address);
    for (id, verdict) in &report.statements {
        let scripts = scripts_of(report, id, *verdict).join(", ");
        let verdict = match verdict {
            StatementVerdict::Holds => "holds    ",
            StatementVerdict::Broken => "BROKEN   ",
            StatementVerdict::NotTried => "not tried",
        };
        text.push_str(&format!("{verdict}  {id:<14} {scripts}\n"));
    }
    for outcome in &report.outcomes {
        if let Verdict::Skipped { why } = &outcome.verdict {
            text.push_str(&format!("\nskipped: {}: {why}", outcome.script));
        }
    }
    text.push('\n');
    for outcome in report.failures() {
        text.push_str(&failure(outcome, known.get(&outcome.script)));
    }
    let (passed, failed, skipped) = report.counts();
    let count =
        |of: StatementVerdict| report.statements.values().filter(|verdict| **verdict == of).count();
    text.push_str(&format!(
        "\nscripts: {passed} passed, {failed} failed, {skipped} skipped\n\
         statements: {} hold, {} are broken, {} were not tried\n",
        count(StatementVerdict::Holds),
        count(StatementVerdict::Broken),
        count(StatementVerdict::NotTried),
    ));
    print(&text);
}

/// The scripts that a verdict rests on.
fn scripts_of<'a>(report: &'a Report, id: &str, verdict: StatementVerdict) -> Vec<&'a str> {
    let counts = |outcome: &&Outcome| {
        outcome.statements.iter().any(|shown| shown == id)
            && match &outcome.verdict {
                Verdict::Passed => verdict == StatementVerdict::Holds,
                Verdict::Failed { .. } => verdict == StatementVerdict::Broken,
                Verdict::Skipped { .. } => verdict == StatementVerdict::NotTried,
            }
    };
    report.outcomes.iter().filter(counts).map(|outcome| outcome.script.as_str()).collect()
}

/// A failure with its packets; one that is known, with its explanation.
fn failure(outcome: &Outcome, known: Option<&Difference>) -> String {
    let Verdict::Failed { line, step, why } = &outcome.verdict else { return String::new() };
    let title = if known.is_some() { "known" } else { "FAILED" };
    let mut text = format!("\n{title}: {} ({}.txt:{line})\n", outcome.script, outcome.file);
    if let Some(known) = known {
        let whose = match known.whose {
            Whose::Defect => "a defect of the broker",
            Whose::Choice => "a choice of the broker",
        };
        text.push_str(&format!("  {whose}: {}\n", known.why.trim()));
    }
    text.push_str(&format!("  at: {step}\n  why: {why}\n"));
    for entry in &outcome.transcript {
        text.push_str(&format!("  {entry}\n"));
    }
    text
}

fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    // Whether anybody listens does not change what was found out.
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
