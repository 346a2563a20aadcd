//! Lessons: scenarios in steps, with what a learner is to see at the end of each.
//!
//! A lesson is data, the same file for the page that shows it and for the test that runs it. All
//! its words are keys of a table of texts. What is claimed is checked by [`Predicate`]s, and so is
//! which answer to its question is right.

use core::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::observed::Observed;
use super::predicate::Predicate;
use super::{
    Command, PerformError, Scenario, ScenarioError, Settings, Simulation, SimulationLimits,
};
use crate::Timestamp;
use crate::codec::ProtocolVersion;
use crate::value::Read;

/// A lesson.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Read)]
#[serde(deny_unknown_fields)]
pub struct Lesson {
    /// The version of the format, [`Self::VERSION`].
    pub version: u32,
    /// Its name in links and texts.
    pub id: String,
    /// Its place in the list of lessons.
    pub number: u32,
    /// The text of its title.
    pub title: String,
    /// The text of what it shows to be true.
    pub claim: String,
    /// The text of what many believe instead.
    pub common_belief: String,
    /// The text of what follows for a system in use.
    pub in_production: String,
    /// The protocol versions it can be taken in, with what holds at the start.
    pub variants: Vec<Variant>,
    /// Its steps.
    pub steps: Vec<LessonStep>,
    /// Its question.
    pub prediction: Prediction,
}

/// A protocol version of a lesson.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Read)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// Which.
    pub protocol: ProtocolVersion,
    /// What holds at the start.
    pub settings: Settings,
}

/// A step of a lesson.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Read)]
#[serde(deny_unknown_fields)]
pub struct LessonStep {
    /// The text that tells what happens.
    pub text: String,
    /// The variant that has this step; absent for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only: Option<ProtocolVersion>,
    /// What is done.
    pub commands: Vec<LessonCommand>,
    /// Milliseconds until the step is over.
    pub run_ms: u64,
    /// What the learner sees then.
    pub checkpoints: Vec<LessonCheckpoint>,
}

/// A command of a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Read)]
#[serde(deny_unknown_fields)]
pub struct LessonCommand {
    /// Milliseconds since the beginning of the step.
    #[serde(default)]
    pub at: u64,
    /// The variant that does it; absent for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only: Option<ProtocolVersion>,
    /// What is done.
    #[serde(rename = "do")]
    pub command: Command,
}

/// Something a learner sees at the end of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
#[serde(deny_unknown_fields)]
pub struct LessonCheckpoint {
    /// The text that says it.
    pub text: String,
    /// The variant for which it holds; absent for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only: Option<ProtocolVersion>,
    /// What has to hold.
    pub holds: Predicate,
}

/// The question of a lesson, asked before its answer can be seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
#[serde(deny_unknown_fields)]
pub struct Prediction {
    /// The text of the question.
    pub text: String,
    /// The text of the step before which it is asked.
    pub asked_before: String,
    /// The text of the step at whose end it is answered.
    pub answered_after: String,
    /// The answers to choose from. Exactly one of them holds in the end.
    pub options: Vec<PredictionOption>,
}

/// An answer to choose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
#[serde(deny_unknown_fields)]
pub struct PredictionOption {
    /// The text of the answer.
    pub text: String,
    /// What holds if it is right.
    pub holds: Predicate,
}

/// A lesson that is taken, in one of its variants.
#[derive(Clone, Debug)]
pub struct LessonRun {
    lesson: Arc<Lesson>,
    protocol: ProtocolVersion,
    simulation: Simulation,
    /// The steps of this variant that were begun: their number in the lesson, and the number of
    /// their first entry in the trace.
    begun: Vec<(usize, u64)>,
}

/// A checkpoint, and whether it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckpointResult {
    /// The text of the checkpoint.
    pub text: String,
    /// Whether it holds.
    pub holds: bool,
}

/// Why a lesson cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LessonError {
    /// It is of another version.
    Version {
        /// Which.
        version: u32,
    },
    /// It has no such variant.
    NoVariant,
    /// Its question names a step that it does not have.
    NoStep {
        /// The text of the step.
        text: String,
    },
    /// Its settings or commands go beyond the limits.
    Scenario(ScenarioError),
    /// A command lies in the future of a step that begins.
    FutureCommands,
}

impl Lesson {
    /// The version of the format that is read and written.
    pub const VERSION: u32 = 1;

    /// All keys of texts that the lesson uses.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let own = [&self.title, &self.claim, &self.common_belief, &self.in_production];
        let steps = self.steps.iter().flat_map(|step| {
            let checkpoints = step.checkpoints.iter().map(|checkpoint| &checkpoint.text);
            core::iter::once(&step.text).chain(checkpoints)
        });
        let question = &self.prediction;
        let options = question.options.iter().map(|option| &option.text);
        own.into_iter()
            .chain(steps)
            .chain(core::iter::once(&question.text))
            .chain(options)
            .map(String::as_str)
    }

    /// The steps of a variant, with their numbers in the lesson.
    pub fn steps_of(
        &self,
        protocol: ProtocolVersion,
    ) -> impl Iterator<Item = (usize, &LessonStep)> {
        let steps = self.steps.iter().enumerate();
        steps.filter(move |(_, step)| is_for(step.only, protocol))
    }
}

impl LessonRun {
    /// The beginning of a lesson.
    ///
    /// # Errors
    ///
    /// If its version is another, it has no such variant, its question names a step that is not
    /// there, or its settings go beyond the limits.
    pub fn new(
        lesson: Lesson,
        protocol: ProtocolVersion,
        limits: SimulationLimits,
    ) -> Result<Self, LessonError> {
        if lesson.version != Lesson::VERSION {
            return Err(LessonError::Version { version: lesson.version });
        }
        for text in [&lesson.prediction.asked_before, &lesson.prediction.answered_after] {
            if !lesson.steps_of(protocol).any(|(_, step)| step.text == *text) {
                return Err(LessonError::NoStep { text: text.clone() });
            }
        }
        let variant = lesson.variants.iter().find(|variant| variant.protocol == protocol);
        let settings = variant.ok_or(LessonError::NoVariant)?.settings.clone();
        let mut scenario = Scenario::new(settings);
        scenario.title.clone_from(&lesson.id);
        let simulation = Simulation::new(scenario, limits).map_err(LessonError::Scenario)?;
        Ok(Self { lesson: Arc::new(lesson), protocol, simulation, begun: Vec::new() })
    }

    /// Begins the next step at the present: its commands are in the scenario from now on. Gives
    /// back when it is over; `None` if there is no further step.
    ///
    /// # Errors
    ///
    /// If commands lie in the future, or those of the step go beyond the limits.
    pub fn begin_step(&mut self) -> Result<Option<Timestamp>, LessonError> {
        let Some((index, step)) = self.next_step() else { return Ok(None) };
        if self.simulation.has_future_commands() {
            return Err(LessonError::FutureCommands);
        }
        let protocol = self.protocol;
        let (run_ms, commands) = (step.run_ms, step.commands.clone());
        let now = self.simulation.world().now();
        let start = now.millis_since(self.simulation.scenario().settings.start);
        self.begun.push((index, self.simulation.world().next_entry()));
        for timed in commands.into_iter().filter(|timed| is_for(timed.only, protocol)) {
            let at = start.saturating_add(timed.at);
            self.simulation.schedule(at, timed.command).map_err(|error| match error {
                PerformError::FutureCommands => LessonError::FutureCommands,
                PerformError::Scenario(error) => LessonError::Scenario(error),
            })?;
        }
        Ok(Some(now.plus_millis(run_ms)))
    }

    /// Takes the next step to its end, in `steps_max` steps and commands at most. `None` if there
    /// is no further step.
    ///
    /// # Errors
    ///
    /// As [`begin_step`](Self::begin_step).
    pub fn run_step(
        &mut self,
        steps_max: u64,
    ) -> Result<Option<Vec<CheckpointResult>>, LessonError> {
        let Some(end) = self.begin_step()? else { return Ok(None) };
        self.simulation.run_until(end, steps_max);
        Ok(Some(self.check()))
    }

    /// The checkpoints of the step that was begun last, at the present.
    #[must_use]
    pub fn check(&self) -> Vec<CheckpointResult> {
        let Some(step) = self.step() else { return Vec::new() };
        let observed = self.observed();
        step.checkpoints
            .iter()
            .filter(|checkpoint| is_for(checkpoint.only, self.protocol))
            .map(|checkpoint| CheckpointResult {
                text: checkpoint.text.clone(),
                holds: checkpoint.holds.holds(&observed),
            })
            .collect()
    }

    /// Which options of the question hold at the present.
    #[must_use]
    pub fn answers(&self) -> Vec<usize> {
        let observed = self.observed();
        let options = self.lesson.prediction.options.iter().enumerate();
        options.filter(|(_, option)| option.holds.holds(&observed)).map(|(it, _)| it).collect()
    }

    /// The number in the lesson of the step that was begun last.
    #[must_use]
    pub fn step_number(&self) -> Option<usize> {
        self.begun.last().map(|(index, _)| *index)
    }

    /// The step that was begun last.
    #[must_use]
    pub fn step(&self) -> Option<&LessonStep> {
        self.begun.last().and_then(|(index, _)| self.lesson.steps.get(*index))
    }

    /// The step that can be begun next, with its number in the lesson.
    #[must_use]
    pub fn next_step(&self) -> Option<(usize, &LessonStep)> {
        let begun = self.begun.last().map(|(index, _)| *index);
        self.lesson.steps_of(self.protocol).find(|(index, _)| Some(*index) > begun)
    }

    /// The variant in which it is taken.
    #[must_use]
    pub const fn protocol(&self) -> ProtocolVersion {
        self.protocol
    }

    /// Another one in the same state, which goes on by itself.
    #[must_use]
    pub fn copy(&self) -> Self {
        // The code of `clone` would else be compiled in each crate that calls it.
        self.clone()
    }

    /// The lesson.
    #[must_use]
    pub const fn lesson(&self) -> &Arc<Lesson> {
        &self.lesson
    }

    /// The simulation in which it is taken.
    #[must_use]
    pub const fn simulation(&self) -> &Simulation {
        &self.simulation
    }

    /// The simulation, to move it.
    #[must_use]
    pub const fn simulation_mut(&mut self) -> &mut Simulation {
        &mut self.simulation
    }

    /// The simulation, to go on with it freely.
    #[must_use]
    pub fn into_simulation(self) -> Simulation {
        self.simulation
    }

    fn observed(&self) -> Observed<'_> {
        Observed {
            world: self.simulation.world(),
            trace: self.simulation.trace(),
            step_entry: self.begun.last().map_or(0, |(_, entry)| *entry),
        }
    }
}

fn is_for(only: Option<ProtocolVersion>, protocol: ProtocolVersion) -> bool {
    only.is_none_or(|only| only == protocol)
}

impl fmt::Display for LessonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version { version } => write!(
                f,
                "the lesson is of version {version}; version {} is read here",
                Lesson::VERSION
            ),
            Self::NoVariant => f.write_str("the lesson has no variant of this protocol version"),
            Self::NoStep { text } => {
                write!(f, "the question names a step \"{text}\"; there is none")
            }
            Self::Scenario(error) => error.fmt(f),
            Self::FutureCommands => f.write_str("commands of the step before lie in the future"),
        }
    }
}

impl core::error::Error for LessonError {}
