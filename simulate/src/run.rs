//! One run: a scenario played step by step under the eyes of the model, then healed.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use afterlink_core::Timestamp;
use afterlink_core::sim::{Command, Entry, Scenario, TimedCommand, World};

use crate::heal;
use crate::model::{Figures, Model, Violation};

/// Steps that a run may take; more are a loop without an end.
const STEPS_MAX: u64 = 200_000;
/// Rounds in which held packets are released and publishers that are held back get on.
const ROUNDS_MAX: usize = 50;
/// Milliseconds after the last client has left, in which all that can end does.
const AFTERMATH_MS: u64 = 7_200_000;

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The scenario with the commands that healed it, as far as it came.
    pub scenario: Scenario,
    /// What was wrong, if anything was.
    pub violation: Option<Violation>,
    /// How much was looked at.
    pub figures: Figures,
    /// Steps and commands taken.
    pub steps: u64,
    /// Milliseconds of virtual time.
    pub virtual_ms: u64,
}

struct Run {
    world: World,
    model: Model,
    scenario: Scenario,
    entries: Vec<Entry>,
    steps: u64,
}

/// Plays a scenario and heals it. A panic of the core is a violation like any other.
#[must_use]
pub fn play(scenario: &Scenario) -> Outcome {
    let world = World::new(Arc::new(scenario.settings.clone()));
    let mut run = Run {
        world,
        model: Model::new(scenario),
        scenario: Scenario { commands: Vec::new(), ..scenario.clone() },
        entries: Vec::new(),
        steps: 0,
    };
    let played = catch_unwind(AssertUnwindSafe(|| run.play(&scenario.commands)));
    let violation = match played {
        Ok(played) => played.err(),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
            Some(run.model.violation("panic", text.unwrap_or("a panic").to_owned()))
        }
    };
    Outcome {
        violation,
        figures: run.model.figures,
        steps: run.steps,
        virtual_ms: run.world.now().millis_since(scenario.settings.start),
        scenario: run.scenario,
    }
}

impl Run {
    fn play(&mut self, commands: &[TimedCommand]) -> Result<(), Violation> {
        self.judge()?;
        for timed in commands {
            let start = self.scenario.settings.start;
            let at = start.plus_millis(timed.at).max(self.world.now());
            self.run_before(at, timed.after)?;
            self.world.pass_until(at);
            self.perform(timed.command.clone())?;
        }
        self.heal()
    }

    fn heal(&mut self) -> Result<(), Violation> {
        if let Some(at) = heal::is_up_at(&self.world) {
            self.run_to(at)?;
        }
        self.perform_all(heal::mend(&self.world))?;
        self.pass(6_000)?;
        self.perform_all(heal::connect(&self.world, false))?;
        self.pass(2_000)?;
        self.perform_all(heal::connect(&self.world, true))?;
        self.pass(heal::REST_MS)?;
        // Faults that waited for their packet come to an end one after another. And who is held
        // back is not read from, so that what it acknowledges may be behind its publishes: they
        // are taken at their deadlines.
        for _ in 0..ROUNDS_MAX {
            let releases = heal::release(&self.world);
            let held_back = self.model.figures.held_back;
            let was_quiet = releases.is_empty() && !heal::is_anybody_held_back(&self.world);
            self.perform_all(releases)?;
            self.pass(heal::REST_MS)?;
            let is_quiet = was_quiet && heal::release(&self.world).is_empty();
            if is_quiet && self.model.figures.held_back == held_back {
                break;
            }
        }
        self.model.rest(&self.world)?;
        self.perform_all(heal::leave(&self.world))?;
        self.pass(AFTERMATH_MS)?;
        self.model.rest(&self.world)
    }

    /// Takes all steps before `at`, and those at it that come before the command.
    fn run_before(&mut self, at: Timestamp, after: u64) -> Result<(), Violation> {
        while let Some(next) = self.world.next_at() {
            let moment = if self.world.now() == at { self.world.moment_steps() } else { 0 };
            if next > at || (next == at && moment >= after) {
                break;
            }
            self.step()?;
        }
        Ok(())
    }

    fn pass(&mut self, ms: u64) -> Result<(), Violation> {
        self.run_to(self.world.now().plus_millis(ms))
    }

    fn run_to(&mut self, at: Timestamp) -> Result<(), Violation> {
        while self.world.next_at().is_some_and(|next| next <= at) {
            self.step()?;
        }
        self.world.pass_until(at);
        Ok(())
    }

    fn step(&mut self) -> Result<(), Violation> {
        self.count()?;
        self.world.step();
        self.judge()
    }

    fn perform_all(&mut self, commands: Vec<Command>) -> Result<(), Violation> {
        commands.into_iter().try_for_each(|command| self.perform(command))
    }

    fn perform(&mut self, command: Command) -> Result<(), Violation> {
        self.count()?;
        let at = self.world.now().millis_since(self.scenario.settings.start);
        let after = self.world.moment_steps();
        self.scenario.commands.push(TimedCommand { at, after, command: command.clone() });
        self.model.foresee(&command, &self.world);
        let _ = self.world.perform(&command);
        self.judge()
    }

    fn count(&mut self) -> Result<(), Violation> {
        self.steps += 1;
        if self.steps > STEPS_MAX {
            let what = format!("more than {STEPS_MAX} steps");
            return Err(self.model.violation("I11", what));
        }
        Ok(())
    }

    fn judge(&mut self) -> Result<(), Violation> {
        self.entries.clear();
        while let Some(entry) = self.world.poll_entry() {
            self.entries.push(Arc::unwrap_or_clone(entry));
        }
        if let Some(broker) = self.world.broker() {
            broker.assert_invariants();
        }
        self.model.step(&self.entries, &self.world)
    }
}
