//! A Simulation: a scenario that is played, with its trace, its past and its other branches.

use std::sync::Arc;

use super::checkpoints::{CheckpointLimits, Checkpoints};
use super::trace::{Trace, TraceLimits};
use super::{
    Command, CommandRefusal, PacketNumber, Scenario, ScenarioError, ScenarioLimits, Step,
    TimedCommand, TimerFired, World,
};
use crate::Timestamp;

/// A scenario that is played.
///
/// The state at a moment is the fold over the commands before it: [`seek`](Self::seek) goes back
/// by the nearest checkpoint and plays what lies between again, and whatever mix of steps and
/// jumps led to a moment, the trace up to it is the same.
#[derive(Clone, Debug)]
pub struct Simulation {
    scenario: Scenario,
    limits: SimulationLimits,
    world: World,
    trace: Trace,
    checkpoints: Checkpoints,
    branches: Vec<Branch>,
}

/// Limits of a [`Simulation`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SimulationLimits {
    /// Of its scenario.
    pub scenario: ScenarioLimits,
    /// Of its trace.
    pub trace: TraceLimits,
    /// Of its checkpoints.
    pub checkpoints: CheckpointLimits,
    /// Branches kept; the oldest makes room.
    pub branches_max: usize,
}

/// A history that was left by a fork.
#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    /// Its scenario, whole.
    pub scenario: Scenario,
    /// When it was left.
    pub left_at: Timestamp,
}

/// How far a run has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Steps and commands done.
    pub steps: u64,
    /// Whether the goal was reached. Otherwise the bound on steps ended the run: go on with
    /// another call.
    pub reached: bool,
}

/// A place in a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// When everything up to this moment has happened.
    At(Timestamp),
    /// When this many steps have been taken, and not yet the next command.
    Step(u64),
}

/// Why a command was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PerformError {
    /// Commands lie in the future, which it would change: [`Simulation::fork`] first.
    FutureCommands,
    /// It goes beyond the limits of a scenario.
    Scenario(ScenarioError),
}

impl Default for SimulationLimits {
    fn default() -> Self {
        Self {
            scenario: ScenarioLimits::default(),
            trace: TraceLimits::default(),
            checkpoints: CheckpointLimits::default(),
            branches_max: 16,
        }
    }
}

impl Simulation {
    /// The start of a scenario.
    ///
    /// # Errors
    ///
    /// If the scenario goes beyond the limits.
    pub fn new(scenario: Scenario, limits: SimulationLimits) -> Result<Self, ScenarioError> {
        limits.scenario.check(&scenario)?;
        let world = World::new(Arc::new(scenario.settings.clone()));
        let mut simulation = Self {
            checkpoints: Checkpoints::new(limits.checkpoints, &world),
            trace: Trace::new(limits.trace),
            branches: Vec::new(),
            scenario,
            limits,
            world,
        };
        simulation.collect();
        simulation.checkpoints = Checkpoints::new(limits.checkpoints, &simulation.world);
        Ok(simulation)
    }

    /// Takes the next step or carries out the next command, whatever comes first. `None` if
    /// nothing lies ahead.
    pub fn advance_once(&mut self) -> Option<Advance> {
        let advance = if let Some(timed) = self.next_command() {
            let timed = timed.clone();
            self.world.pass_until(self.moment_of(&timed));
            Advance::Command(self.world.perform(&timed.command))
        } else {
            Advance::Step(self.world.step()?)
        };
        self.collect();
        self.checkpoints.offer(&self.world);
        Some(advance)
    }

    /// Goes on until the next packet has arrived, with all that comes before it. `None` if no
    /// packet is on its way that can arrive, or `steps_max` steps led to none.
    pub fn step_packet(&mut self, steps_max: u64) -> Option<PacketNumber> {
        for _ in 0..steps_max {
            if !self.world.has_packet_under_way() {
                return None;
            }
            if let Advance::Step(Step::Delivered(packet)) = self.advance_once()? {
                return Some(packet);
            }
        }
        None
    }

    /// Goes on until the next timer of any party has fired, with all that comes before it, and
    /// says what fired and why. `None` if none is armed, or `steps_max` steps led to none.
    pub fn step_timer(&mut self, steps_max: u64) -> Option<Vec<TimerFired>> {
        for _ in 0..steps_max {
            if let Advance::Step(Step::Timers(fired)) = self.advance_once()? {
                return Some(fired);
            }
        }
        None
    }

    /// Lets `ms` milliseconds pass. Takes `steps_max` steps and commands at most.
    pub fn advance(&mut self, ms: u64, steps_max: u64) -> Progress {
        self.run_until(self.world.now().plus_millis(ms), steps_max)
    }

    /// Lets everything up to and at the moment `at` happen. Takes `steps_max` steps and commands
    /// at most.
    pub fn run_until(&mut self, at: Timestamp, steps_max: u64) -> Progress {
        let mut steps = 0;
        while self.next_at().is_some_and(|next| next <= at) {
            if steps == steps_max {
                return Progress { steps, reached: false };
            }
            self.advance_once();
            steps += 1;
        }
        self.world.pass_until(at);
        Progress { steps, reached: true }
    }

    /// Goes to another place of this history, earlier or later. Takes `steps_max` steps and
    /// commands at most, counted from the nearest checkpoint.
    pub fn seek(&mut self, place: Place, steps_max: u64) -> Progress {
        if self.is_behind(place) {
            self.world = self.checkpoints.before(place).clone();
        } else if let Some(checkpoint) = self.checkpoints.between(&self.world, place) {
            self.world = checkpoint.clone();
        }
        match place {
            Place::At(at) => self.run_until(at, steps_max),
            Place::Step(step) => self.run_to_step(step, steps_max),
        }
    }

    /// Carries out a command now, and adds it to the scenario.
    ///
    /// # Errors
    ///
    /// If commands lie in the future, or the command goes beyond the limits. Nothing has changed
    /// then.
    pub fn perform(&mut self, command: Command) -> Result<Option<CommandRefusal>, PerformError> {
        if self.has_future_commands() {
            return Err(PerformError::FutureCommands);
        }
        let at = self.world.now().millis_since(self.scenario.settings.start);
        let after = self.world.moment_steps();
        self.add(TimedCommand { at, after, command })?;
        match self.advance_once() {
            Some(Advance::Command(refusal)) => Ok(refusal),
            // The command just added is the first thing that lies ahead.
            Some(Advance::Step(_)) | None => Ok(None),
        }
    }

    /// Adds a command for later, `at` milliseconds after the start. It comes behind those that
    /// are there, whatever `at` says.
    ///
    /// # Errors
    ///
    /// If the command goes beyond the limits.
    pub fn schedule(&mut self, at: u64, command: Command) -> Result<(), PerformError> {
        let now = self.world.now().millis_since(self.scenario.settings.start);
        let last = self.scenario.commands.last().map_or(0, |last| last.at);
        let at = at.max(last).max(now);
        let after = if at == now { self.world.moment_steps() } else { 0 };
        self.add(TimedCommand { at, after, command })
    }

    /// Leaves the future that is known: commands that lie ahead are taken out of the scenario,
    /// which is kept as a branch if there are any.
    pub fn fork(&mut self) {
        if self.has_future_commands() {
            if self.branches.len() >= self.limits.branches_max {
                self.branches.remove(0);
            }
            if self.limits.branches_max > 0 {
                let scenario = self.scenario.clone();
                self.branches.push(Branch { scenario, left_at: self.world.now() });
            }
            self.scenario.commands.truncate(self.commands_done());
        }
        self.forget_future();
    }

    /// The scenario as it stands.
    #[must_use]
    pub const fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// The World at the present.
    #[must_use]
    pub const fn world(&self) -> &World {
        &self.world
    }

    /// The trace of this history, up to the farthest moment that was reached. What lies before
    /// the present has numbers below [`World::next_entry`].
    #[must_use]
    pub const fn trace(&self) -> &Trace {
        &self.trace
    }

    /// The histories that were left by a fork, oldest first.
    #[must_use]
    pub fn branches(&self) -> &[Branch] {
        &self.branches
    }

    /// The checkpoints.
    #[must_use]
    pub const fn checkpoints(&self) -> &Checkpoints {
        &self.checkpoints
    }

    /// Whether commands of the scenario lie in the future.
    #[must_use]
    pub fn has_future_commands(&self) -> bool {
        self.commands_done() < self.scenario.commands.len()
    }

    /// When the next step or command comes; `None` if nothing lies ahead.
    #[must_use]
    pub fn next_at(&self) -> Option<Timestamp> {
        let command = self.scenario.commands.get(self.commands_done());
        let command = command.map(|timed| self.moment_of(timed));
        command.into_iter().chain(self.world.next_at()).min()
    }

    /// The next command, if it comes before the next step.
    fn next_command(&self) -> Option<&TimedCommand> {
        let timed = self.scenario.commands.get(self.commands_done())?;
        let Some(next) = self.world.next_at() else { return Some(timed) };
        let at = self.moment_of(timed);
        let steps = if at == self.world.now() { self.world.moment_steps() } else { 0 };
        (at < next || (at == next && steps >= timed.after)).then_some(timed)
    }

    fn moment_of(&self, timed: &TimedCommand) -> Timestamp {
        self.scenario.settings.start.plus_millis(timed.at).max(self.world.now())
    }

    fn commands_done(&self) -> usize {
        usize::try_from(self.world.commands()).unwrap_or(usize::MAX)
    }

    fn run_to_step(&mut self, step: u64, steps_max: u64) -> Progress {
        let mut steps = 0;
        while self.world.steps() < step && self.next_at().is_some() {
            if steps == steps_max {
                return Progress { steps, reached: false };
            }
            self.advance_once();
            steps += 1;
        }
        Progress { steps, reached: self.world.steps() == step }
    }

    /// Whether the present lies beyond a place.
    fn is_behind(&self, place: Place) -> bool {
        match place {
            Place::At(at) => self.world.now() > at,
            // Commands may have followed the step itself.
            Place::Step(step) => self.world.steps() >= step,
        }
    }

    fn add(&mut self, timed: TimedCommand) -> Result<(), PerformError> {
        let (index, limits) = (self.scenario.commands.len(), &self.limits.scenario);
        let error = ScenarioError::TooMuch {
            command: None,
            what: "commands",
            found: index as u64 + 1,
            max: limits.commands_max as u64,
        };
        if index >= limits.commands_max {
            return Err(PerformError::Scenario(error));
        }
        limits.check_command(index, timed.at, &timed.command).map_err(PerformError::Scenario)?;
        self.forget_future();
        self.scenario.commands.push(timed);
        Ok(())
    }

    /// Forgets what was played beyond the present.
    fn forget_future(&mut self) {
        self.trace.truncate(self.world.next_entry());
        self.checkpoints.truncate(&self.world);
    }

    /// Another one in the same state, which goes on by itself.
    #[must_use]
    pub fn copy(&self) -> Self {
        // The code of `clone` would else be compiled in each crate that calls it.
        self.clone()
    }

    fn collect(&mut self) {
        while let Some(entry) = self.world.poll_entry() {
            self.trace.push(entry);
        }
    }
}

/// One thing that a Simulation did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Advance {
    /// The World took a step.
    Step(Step),
    /// A command was carried out, or refused.
    Command(Option<CommandRefusal>),
}

impl core::fmt::Display for PerformError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::FutureCommands => {
                f.write_str("commands lie in the future, which this would change")
            }
            Self::Scenario(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for PerformError {}
