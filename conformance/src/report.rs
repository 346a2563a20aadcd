//! What all scripts together say of each statement.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::run::{Outcome, Verdict};

/// What is known of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StatementVerdict {
    /// All scripts that show it passed, but for those that were skipped.
    Holds,
    /// A script that shows it failed.
    Broken,
    /// All scripts that show it were skipped.
    NotTried,
}

/// The outcomes of some scripts, and what they say of statements.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// In the order in which they were asked for.
    pub outcomes: Vec<Outcome>,
    /// By the ids of the statements.
    pub statements: BTreeMap<String, StatementVerdict>,
}

impl Report {
    /// The report on these outcomes.
    #[must_use]
    pub fn new(outcomes: Vec<Outcome>) -> Self {
        let mut statements = BTreeMap::new();
        for outcome in &outcomes {
            let verdict = match outcome.verdict {
                Verdict::Passed => StatementVerdict::Holds,
                Verdict::Failed { .. } => StatementVerdict::Broken,
                Verdict::Skipped { .. } => StatementVerdict::NotTried,
            };
            for id in &outcome.statements {
                let all = statements.entry(id.clone()).or_insert(verdict);
                *all = match (*all, verdict) {
                    (StatementVerdict::Broken, _) | (_, StatementVerdict::Broken) => {
                        StatementVerdict::Broken
                    }
                    (StatementVerdict::Holds, _) | (_, StatementVerdict::Holds) => {
                        StatementVerdict::Holds
                    }
                    _ => StatementVerdict::NotTried,
                };
            }
        }
        Self { outcomes, statements }
    }

    /// The outcomes that are failures.
    pub fn failures(&self) -> impl Iterator<Item = &Outcome> {
        self.outcomes.iter().filter(|outcome| matches!(outcome.verdict, Verdict::Failed { .. }))
    }

    /// How many outcomes passed, failed, and were skipped.
    #[must_use]
    pub fn counts(&self) -> (usize, usize, usize) {
        let count = |of: fn(&Verdict) -> bool| {
            self.outcomes.iter().filter(|outcome| of(&outcome.verdict)).count()
        };
        (
            count(|verdict| matches!(verdict, Verdict::Passed)),
            count(|verdict| matches!(verdict, Verdict::Failed { .. })),
            count(|verdict| matches!(verdict, Verdict::Skipped { .. })),
        )
    }
}
