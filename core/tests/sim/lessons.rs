//! The lessons of the playground, run to their ends.

use std::collections::{BTreeMap, BTreeSet};

use afterlink_core::codec::ProtocolVersion::{self, V3_1_1, V5};
use afterlink_core::sim::{Lesson, LessonError, LessonRun, Simulation, SimulationLimits};

use crate::support::{Play, STEPS};

pub(crate) const LESSONS: &[&str] = &[
    include_str!("../../../web/lessons/01-clean-or-persistent.json"),
    include_str!("../../../web/lessons/02-session-present.json"),
    include_str!("../../../web/lessons/03-effective-qos.json"),
    include_str!("../../../web/lessons/04-sent-again.json"),
    include_str!("../../../web/lessons/05-exactly-once.json"),
    include_str!("../../../web/lessons/06-newcomer-wins.json"),
    include_str!("../../../web/lessons/07-session-expiry.json"),
    include_str!("../../../web/lessons/08-two-knobs.json"),
    include_str!("../../../web/lessons/09-change-of-expiry.json"),
    include_str!("../../../web/lessons/10-message-expiry.json"),
    include_str!("../../../web/lessons/11-full-queue.json"),
    include_str!("../../../web/lessons/12-will.json"),
    include_str!("../../../web/lessons/13-retained.json"),
    include_str!("../../../web/lessons/14-receive-maximum.json"),
    include_str!("../../../web/lessons/15-shared-subscription.json"),
    include_str!("../../../web/lessons/16-keep-alive.json"),
    include_str!("../../../web/lessons/17-both-sides.json"),
    include_str!("../../../web/lessons/18-restart.json"),
    include_str!("../../../web/lessons/19-not-session-state.json"),
];
/// Lessons about what 3.1.1 does not have.
const ONLY_V5: &[&str] =
    &["two-knobs", "change-of-expiry", "message-expiry", "shared-subscription"];
/// Lessons whose clients speak both versions, side by side.
const SIDE_BY_SIDE: &[&str] = &["two-knobs"];
const TEXTS: &str = include_str!("../../../web/lessons/texts/en.json");

fn lessons() -> Vec<Lesson> {
    LESSONS.iter().map(|text| serde_json::from_str(text).unwrap()).collect()
}

fn run(lesson: &Lesson, protocol: ProtocolVersion) -> LessonRun {
    LessonRun::new(lesson.clone(), protocol, SimulationLimits::default()).unwrap()
}

#[test]
fn every_lesson_keeps_what_it_claims_in_each_of_its_variants() {
    for lesson in lessons() {
        for protocol in lesson.variants.iter().map(|variant| variant.protocol) {
            let mut run = run(&lesson, protocol);
            let (mut steps, mut answered) = (0, false);
            while let Some(results) = run.run_step(STEPS).unwrap() {
                steps += 1;
                let step = run.step().unwrap().text.clone();
                assert!(!results.is_empty(), "{step} shows something");
                for result in results {
                    assert!(result.holds, "{protocol:?}, {step}: {}", result.text);
                }
                if step == lesson.prediction.answered_after {
                    assert_eq!(run.answers().len(), 1, "{protocol:?}: one right answer");
                    answered = true;
                }
                if let Some(broker) = run.simulation().world().broker() {
                    broker.assert_invariants();
                }
            }
            assert_eq!(steps, lesson.steps_of(protocol).count());
            assert!(answered);
        }
    }
}

#[test]
fn no_command_of_a_lesson_is_refused() {
    for lesson in lessons() {
        for protocol in lesson.variants.iter().map(|variant| variant.protocol) {
            let mut run = run(&lesson, protocol);
            while run.run_step(STEPS).unwrap().is_some() {}
            for happening in run.into_simulation().happened() {
                let value = serde_json::to_value(&happening).unwrap();
                assert!(value.get("refused").is_none(), "{}: {value}", lesson.id);
                let event = &value["event"];
                assert!(event.get("CommandRefused").is_none(), "{}: {value}", lesson.id);
            }
        }
    }
}

#[test]
fn every_lesson_can_be_taken_in_both_versions_if_both_know_its_subject() {
    let lessons = lessons();
    assert!(lessons.is_sorted_by_key(|lesson| lesson.number));
    for lesson in lessons {
        let protocols: Vec<_> = lesson.variants.iter().map(|variant| variant.protocol).collect();
        let known_to: &[_] =
            if ONLY_V5.contains(&lesson.id.as_str()) { &[V5] } else { &[V5, V3_1_1] };
        assert_eq!(protocols, known_to, "{}", lesson.id);
        for variant in &lesson.variants {
            let mut clients = variant.settings.clients.iter();
            let is_one = clients.all(|client| client.config.version == variant.protocol);
            assert_eq!(is_one, !SIDE_BY_SIDE.contains(&lesson.id.as_str()), "{}", lesson.id);
        }
    }
}

#[test]
fn every_text_of_a_lesson_is_in_the_table_and_every_text_of_the_table_in_a_lesson() {
    let table: BTreeMap<String, String> = serde_json::from_str(TEXTS).unwrap();
    let lessons = lessons();
    let used: BTreeSet<&str> = lessons.iter().flat_map(Lesson::texts).collect();
    let there: BTreeSet<&str> = table.keys().map(String::as_str).collect();
    assert_eq!(used, there);
    assert!(table.values().all(|text| !text.trim().is_empty()));
}

#[test]
fn what_a_learner_continues_from_is_the_whole_lesson() {
    for lesson in lessons() {
        let mut run = run(&lesson, V5);
        while run.run_step(STEPS).unwrap().is_some() {}
        let simulation = run.into_simulation();
        let limits = SimulationLimits::default();
        let mut again = Simulation::new(simulation.scenario().clone(), limits).unwrap();
        assert!(again.run_until(simulation.world().now(), STEPS).reached);
        assert_eq!(again.trace_bytes(), simulation.trace_bytes(), "{}", lesson.id);
    }
}

#[test]
fn a_checkpoint_that_does_not_hold_is_told() {
    for text in LESSONS {
        // The same lessons without their faults, cuts and restarts show something else.
        let mut lesson: Lesson = serde_json::from_str(text).unwrap();
        for step in &mut lesson.steps {
            step.commands.retain(|timed| {
                let value = serde_json::to_value(&timed.command).unwrap();
                !matches!(value["command"].as_str(), Some("cut" | "connect" | "fault"))
            });
        }
        let mut run = run(&lesson, V5);
        let mut failed = 0;
        while let Some(results) = run.run_step(STEPS).unwrap() {
            failed += results.iter().filter(|result| !result.holds).count();
        }
        assert!(failed > 3, "{}: {failed}", lesson.id);
    }
}

#[test]
fn a_lesson_that_cannot_be_taken_is_refused_in_words() {
    let lesson = &lessons()[0];
    let refused = |lesson: Lesson, protocol| {
        LessonRun::new(lesson, protocol, SimulationLimits::default()).unwrap_err().to_string()
    };
    assert_eq!(
        refused(Lesson { version: 2, ..lesson.clone() }, V5),
        "the lesson is of version 2; version 1 is read here"
    );
    assert_eq!(
        refused(lesson.clone(), ProtocolVersion::V3_1),
        "the lesson has no variant of this protocol version"
    );
    let mut other = lesson.clone();
    other.prediction.answered_after = "nowhere".to_owned();
    assert_eq!(refused(other, V5), "the question names a step \"nowhere\"; there is none");
    let mut run = run(lesson, V5);
    run.begin_step().unwrap();
    assert_eq!(run.begin_step(), Err(LessonError::FutureCommands));
}
