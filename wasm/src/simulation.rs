//! The class `Simulation`: making one, moving it, and what it is made of.

use std::cell::RefCell;

use afterlink_core::Timestamp;
use afterlink_core::codec::ProtocolVersion;
use afterlink_core::sim::{
    self, ClientDefinition, LessonRun, Place, Progress, Scenario, Settings, SimulationLimits,
};
use tsify::Ts;
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::convert::{Outcome, moment, number, show, shown_number, text, write};
use crate::lists::page;
use crate::page::{Branches, LeftBranch, Position, RunProgress, Timers};
use crate::{panic, read, types};

/// A scenario that is played, freely or as a lesson.
///
/// Every method throws an `Error` for what is wrong. What moves takes a bound on steps, so that a
/// call never lasts long; it says whether it got where it was to go.
// All methods share it, and what they change is in a cell: a call that ended in a trap would else
// leave it locked, and the next one would not come to the point of saying why.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Simulation {
    state: RefCell<State>,
}

/// A simulation, alone or inside a lesson.
#[derive(Debug)]
pub(crate) enum State {
    Free(Box<sim::Simulation>),
    Lesson(Box<LessonRun>),
}

impl State {
    fn copy(&self) -> Self {
        match self {
            Self::Free(simulation) => Self::Free(Box::new(simulation.copy())),
            Self::Lesson(run) => Self::Lesson(Box::new(run.copy())),
        }
    }
}

#[wasm_bindgen]
impl Simulation {
    /// The start of a scenario.
    #[wasm_bindgen(constructor)]
    pub fn new(scenario: &Ts<types::Scenario>) -> Outcome<Self> {
        panic::check()?;
        Self::play(read::scenario(&text(scenario)?)?)
    }

    /// The start of a scenario in a file.
    #[wasm_bindgen(js_name = fromText)]
    pub fn from_text(text: &str) -> Outcome<Self> {
        panic::check()?;
        Self::play(read::scenario(text)?)
    }

    /// The beginning of a lesson, from its file.
    #[wasm_bindgen(js_name = fromLesson)]
    pub fn from_lesson(text: &str, protocol: &Ts<types::ProtocolVersion>) -> Outcome<Self> {
        panic::check()?;
        let protocol = protocol.js_value().as_string().unwrap_or_default();
        let protocol: ProtocolVersion = read::word(&protocol)?;
        let run = LessonRun::new(read::lesson(text)?, protocol, SimulationLimits::default())?;
        Ok(Self { state: RefCell::new(State::Lesson(Box::new(run))) })
    }

    /// Another one in the same state, which goes on by itself.
    pub fn copy(&self) -> Outcome<Self> {
        self.look_at_state(|state| Ok(Self { state: RefCell::new(state.copy()) }))
    }

    /// Carries out a command now, and adds it to the scenario. Gives back why the broker's world
    /// has no place for it, if so. Throws when commands lie in the future: `fork` first.
    pub fn perform(
        &self,
        command: &Ts<types::Command>,
    ) -> Outcome<Option<Ts<types::CommandRefusal>>> {
        self.change(|simulation| {
            let refusal = simulation.perform(read::command(&text(command)?)?)?;
            refusal.as_ref().map(show).transpose()
        })
    }

    /// Adds a command for later, `at` milliseconds after the start.
    pub fn schedule(&self, at: f64, command: &Ts<types::Command>) -> Outcome<()> {
        let (at, command) = (number("at", at)?, read::command(&text(command)?)?);
        self.change(|simulation| Ok(simulation.schedule(at, command)?))
    }

    /// Takes the next step or carries out the next command. Whether there was one.
    #[wasm_bindgen(js_name = advanceOnce)]
    pub fn advance_once(&self) -> Outcome<bool> {
        self.change(|simulation| Ok(simulation.advance_once().is_some()))
    }

    /// Goes on until the next packet has arrived, and gives its number; `undefined` if none is on
    /// its way that can arrive.
    #[wasm_bindgen(js_name = stepPacket)]
    pub fn step_packet(&self, steps_max: u32) -> Outcome<Option<f64>> {
        self.change(|simulation| {
            let packet = simulation.step_packet(steps_max.into());
            Ok(packet.map(|packet| shown_number(packet.0)))
        })
    }

    /// Goes on until the next timer has fired, and says what fired and why; `undefined` if none
    /// is armed.
    #[wasm_bindgen(js_name = stepTimer)]
    pub fn step_timer(&self, steps_max: u32) -> Outcome<Option<Ts<Timers>>> {
        self.change(|simulation| {
            let fired = simulation.step_timer(steps_max.into());
            fired.map(|fired| page(&Timers(fired))).transpose()
        })
    }

    /// Lets milliseconds pass.
    pub fn advance(&self, ms: f64, steps_max: u32) -> Outcome<Ts<RunProgress>> {
        self.change(|it| progress(it.advance(number("ms", ms)?, steps_max.into())))
    }

    /// Lets everything up to and at a moment happen.
    #[wasm_bindgen(js_name = runUntil)]
    pub fn run_until(&self, at: f64, steps_max: u32) -> Outcome<Ts<RunProgress>> {
        self.change(|it| progress(it.run_until(moment("at", at)?, steps_max.into())))
    }

    /// Goes to another moment of this history, earlier or later.
    #[wasm_bindgen(js_name = seekTime)]
    pub fn seek_time(&self, at: f64, steps_max: u32) -> Outcome<Ts<RunProgress>> {
        self.change(|it| progress(it.seek(Place::At(moment("at", at)?), steps_max.into())))
    }

    /// Goes to where this many steps have been taken, earlier or later.
    #[wasm_bindgen(js_name = seekStep)]
    pub fn seek_step(&self, step: f64, steps_max: u32) -> Outcome<Ts<RunProgress>> {
        self.change(|it| progress(it.seek(Place::Step(number("step", step)?), steps_max.into())))
    }

    /// Leaves the future that is known; it is kept as a branch if commands lie in it.
    pub fn fork(&self) -> Outcome<()> {
        self.change(|simulation| {
            simulation.fork();
            Ok(())
        })
    }

    /// The histories that were left by a fork, oldest first.
    pub fn branches(&self) -> Outcome<Ts<Branches>> {
        self.look(|simulation| {
            let branches = simulation.branches().iter().map(|branch| LeftBranch {
                scenario: branch.scenario.clone(),
                left_at: branch.left_at.as_millis(),
            });
            page(&Branches(branches.collect()))
        })
    }

    /// Where it stands.
    pub fn position(&self) -> Outcome<Ts<Position>> {
        self.look(|simulation| {
            let world = simulation.world();
            page(&Position {
                start: simulation.scenario().settings.start.as_millis(),
                now: world.now().as_millis(),
                next_at: simulation.next_at().map(Timestamp::as_millis),
                steps: world.steps(),
                commands: world.commands(),
                has_future_commands: simulation.has_future_commands(),
                next_entry: world.next_entry(),
                broker_returns_at: world.broker_returns_at().map(Timestamp::as_millis),
                branches: simulation.branches().len(),
            })
        })
    }

    /// The present, in milliseconds since the Unix epoch.
    pub fn now(&self) -> Outcome<f64> {
        self.look(|simulation| Ok(shown_number(simulation.world().now().as_millis())))
    }

    /// The scenario as it stands.
    pub fn scenario(&self) -> Outcome<Ts<types::Scenario>> {
        self.look(|simulation| show(simulation.scenario()))
    }

    /// The scenario as it stands, for a file.
    #[wasm_bindgen(js_name = scenarioText)]
    pub fn scenario_text(&self) -> Outcome<String> {
        self.look(|simulation| {
            let mut text = String::new();
            write(simulation.scenario(), &mut text)?;
            Ok(text)
        })
    }
}

impl Simulation {
    fn play(scenario: Scenario) -> Outcome<Self> {
        let simulation = sim::Simulation::new(scenario, SimulationLimits::default())?;
        Ok(Self { state: RefCell::new(State::Free(Box::new(simulation))) })
    }

    pub(crate) fn look_at_state<T>(&self, look: impl FnOnce(&State) -> Outcome<T>) -> Outcome<T> {
        panic::check()?;
        look(&*self.state.try_borrow().map_err(|_| busy())?)
    }

    pub(crate) fn change_state<T>(
        &self,
        change: impl FnOnce(&mut State) -> Outcome<T>,
    ) -> Outcome<T> {
        panic::check()?;
        change(&mut *self.state.try_borrow_mut().map_err(|_| busy())?)
    }

    pub(crate) fn look<T>(&self, look: impl FnOnce(&sim::Simulation) -> Outcome<T>) -> Outcome<T> {
        self.look_at_state(|state| match state {
            State::Free(simulation) => look(simulation),
            State::Lesson(run) => look(run.simulation()),
        })
    }

    pub(crate) fn change<T>(
        &self,
        change: impl FnOnce(&mut sim::Simulation) -> Outcome<T>,
    ) -> Outcome<T> {
        self.change_state(|state| match state {
            State::Free(simulation) => change(simulation),
            State::Lesson(run) => change(run.simulation_mut()),
        })
    }
}

/// The settings of a scenario that says nothing about them.
#[wasm_bindgen(js_name = defaultSettings)]
pub fn default_settings() -> Outcome<Ts<types::Settings>> {
    show(&Settings::default())
}

/// A client of this name of which nothing else is said.
#[wasm_bindgen(js_name = defaultClient)]
pub fn default_client(name: &str) -> Outcome<Ts<types::ClientDefinition>> {
    show(&ClientDefinition { name: name.to_owned(), ..ClientDefinition::default() })
}

fn progress(progress: Progress) -> Outcome<Ts<RunProgress>> {
    page(&RunProgress { steps: progress.steps, reached: progress.reached })
}

/// A listener of a getter or of `toJSON` that calls back in the middle of a call.
fn busy() -> JsError {
    JsError::new("another call of this simulation has not ended")
}
