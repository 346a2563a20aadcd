//! Steps run in order, each under a heading and with its time, and a table at the end.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::workspace::Workspace;

/// One step of a longer command.
pub(crate) struct Step {
    /// The name it is asked for by.
    pub(crate) name: &'static str,
    /// What it does, in a few words.
    pub(crate) title: &'static str,
    /// Does it, and answers what the table should say.
    pub(crate) run: fn(&Workspace) -> Result<String>,
    /// What one does when it fails.
    pub(crate) mend: &'static str,
}

struct Row {
    name: &'static str,
    state: &'static str,
    took: Duration,
    note: String,
}

/// Runs the steps until one fails.
pub(crate) fn run(workspace: &Workspace, steps: &[&Step]) -> Result<()> {
    let mut rows = Vec::with_capacity(steps.len());
    let mut failure = None;
    for step in steps {
        if failure.is_some() {
            rows.push(Row {
                name: step.name,
                state: "not run",
                took: Duration::ZERO,
                note: String::new(),
            });
            continue;
        }
        println!("\n== {}: {}", step.name, step.title);
        let started = Instant::now();
        let outcome = (step.run)(workspace);
        let took = started.elapsed();
        println!("-- {}: {:.1} s", step.name, took.as_secs_f64());
        let (state, note) = match outcome {
            Ok(note) => ("ok", note),
            Err(error) => {
                failure = Some((step, error));
                ("FAILED", String::new())
            }
        };
        rows.push(Row { name: step.name, state, took, note });
    }
    print_table(&rows);
    if let Some((step, error)) = failure {
        bail!("step `{}`: {error:#}\nto do: {}", step.name, step.mend);
    }
    Ok(())
}

fn print_table(rows: &[Row]) {
    println!("\n{:<12} {:>8}  {:<8}", "step", "seconds", "");
    for row in rows {
        let line = format!(
            "{:<12} {:>8.1}  {:<8} {}",
            row.name,
            row.took.as_secs_f64(),
            row.state,
            row.note
        );
        println!("{}", line.trim_end());
    }
    let total: Duration = rows.iter().map(|row| row.took).sum();
    println!("{:<12} {:>8.1}", "all", total.as_secs_f64());
}
