//! Every input of the corpora, and some that are made of them.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by unwrapping")]

use afterlink_fuzz::command::{corpus, fails};
use afterlink_fuzz::mutate::mutate;
use afterlink_fuzz::targets::{TARGETS, Target};
use afterlink_simulate::random::Random;

/// Inputs made for each target.
const MADE: usize = 300;

#[test]
fn no_input_of_a_corpus_fails() {
    for target in TARGETS {
        let corpus = corpus(target).unwrap();
        assert!(corpus.len() >= 4, "{} has a corpus", target.name);
        for (path, input) in corpus {
            assert!(!fails(target, &input), "{}", path.display());
        }
    }
}

#[test]
fn no_input_made_of_a_corpus_fails() {
    for target in TARGETS {
        let corpus: Vec<_> = corpus(target).unwrap().into_iter().map(|(_, input)| input).collect();
        let mut random = Random::new(1);
        for _ in 0..MADE {
            let input = mutate(&mut random, &corpus);
            assert!(!fails(target, &input), "{} at {input:?}", target.name);
        }
    }
}

#[test]
fn what_panics_fails() {
    let target = Target { name: "none", run: |input| assert!(input.is_empty(), "not empty") };
    assert!(!fails(&target, b"") && fails(&target, b"x"));
}
