//! A failing scenario made small: commands and clients that do not matter are left out.

use afterlink_core::sim::Scenario;

use crate::run::{Outcome, play};

/// Runs that shrinking may take.
const RUNS_MAX: usize = 600;

/// The smallest scenario found, without its healing, that breaks the same invariant, and what
/// came of it. `scenario` has to be one that fails.
#[must_use]
pub fn shrink(scenario: &Scenario, invariant: &str) -> (Scenario, Outcome) {
    shrink_by(scenario, invariant, &play)
}

/// The same, with another judge of what fails.
#[must_use]
pub fn shrink_by(
    scenario: &Scenario,
    invariant: &str,
    judge: &dyn Fn(&Scenario) -> Outcome,
) -> (Scenario, Outcome) {
    let mut shrinking = Shrinking {
        best: scenario.clone(),
        outcome: judge(scenario),
        invariant: invariant.to_owned(),
        judge,
        runs: 0,
    };
    shrinking.leave_out_commands();
    shrinking.leave_out_clients();
    shrinking.leave_out_commands();
    (shrinking.best, shrinking.outcome)
}

struct Shrinking<'a> {
    best: Scenario,
    outcome: Outcome,
    invariant: String,
    judge: &'a dyn Fn(&Scenario) -> Outcome,
    runs: usize,
}

impl Shrinking<'_> {
    /// Whether a smaller scenario fails in the same way; it is the best one then.
    fn try_out(&mut self, scenario: Scenario) -> bool {
        if self.runs >= RUNS_MAX {
            return false;
        }
        self.runs += 1;
        let outcome = (self.judge)(&scenario);
        let fails = outcome
            .violation
            .as_ref()
            .is_some_and(|violation| violation.invariant == self.invariant);
        if fails {
            self.best = scenario;
            self.outcome = outcome;
        }
        fails
    }

    /// Leaves out ever smaller runs of commands.
    fn leave_out_commands(&mut self) {
        let mut size = self.best.commands.len() / 2;
        while size > 0 {
            let mut from = 0;
            while from < self.best.commands.len() {
                let to = (from + size).min(self.best.commands.len());
                let mut smaller = self.best.clone();
                smaller.commands.drain(from..to);
                if !self.try_out(smaller) {
                    from = to;
                }
            }
            size /= 2;
        }
    }

    fn leave_out_clients(&mut self) {
        for index in (0..self.best.settings.clients.len()).rev() {
            let mut smaller = self.best.clone();
            let client = smaller.settings.clients.remove(index);
            let is_other = |name: Option<&str>| name != Some(client.name.as_str());
            smaller.commands.retain(|timed| is_other(timed.command.client()));
            self.try_out(smaller);
        }
    }
}
