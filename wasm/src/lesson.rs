//! The class `Simulation` as a lesson.

use std::sync::Arc;

use afterlink_core::Timestamp;
use afterlink_core::sim::LessonRun;
use tsify::Ts;
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::convert::{Outcome, shown_number};
use crate::lists::page;
use crate::page::LessonState;
use crate::simulation::{Simulation, State};

#[wasm_bindgen]
impl Simulation {
    /// The lesson and how it stands at the present; `undefined` in free play.
    pub fn lesson(&self) -> Outcome<Option<Ts<LessonState>>> {
        self.look_at_state(|state| match state {
            State::Free(_) => Ok(None),
            State::Lesson(run) => page(&LessonState::new(run)).map(Some),
        })
    }

    /// Begins the next step of the lesson at the present and gives the moment at which it is
    /// over: `runUntil` takes it there. `undefined` if there is no further step.
    #[wasm_bindgen(js_name = beginStep)]
    pub fn begin_step(&self) -> Outcome<Option<f64>> {
        self.change_state(|state| match state {
            State::Free(_) => Err(JsError::new("this simulation is no lesson")),
            State::Lesson(run) => Ok(run.begin_step()?.map(Timestamp::as_millis).map(shown_number)),
        })
    }

    /// Leaves the lesson and goes on with its World freely. Does nothing in free play.
    #[wasm_bindgen(js_name = continueFreely)]
    pub fn continue_freely(&self) -> Outcome<()> {
        self.change_state(|state| {
            if let State::Lesson(run) = state {
                *state = State::Free(Box::new(run.copy().into_simulation()));
            }
            Ok(())
        })
    }
}

impl LessonState {
    fn new(run: &LessonRun) -> Self {
        let steps = run.lesson().steps_of(run.protocol()).map(|(number, _)| number);
        Self {
            lesson: Arc::clone(run.lesson()),
            protocol: run.protocol(),
            steps: steps.collect(),
            step: run.step_number(),
            next_step: run.next_step().map(|(number, _)| number),
            checkpoints: run.check(),
            answers: run.answers(),
        }
    }
}
