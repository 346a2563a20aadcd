//! Every input of the corpora, and each of them cut off anywhere.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by unwrapping")]

use afterlink_fuzz::corpus::{corpus, fails};
use afterlink_fuzz::targets::{TARGETS, Target};

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
fn no_input_that_ends_too_soon_fails() {
    for target in TARGETS {
        for (path, input) in corpus(target).unwrap() {
            for len in (0..input.len()).rev().take(40) {
                assert!(!fails(target, &input[..len]), "{} cut to {len} B", path.display());
            }
        }
    }
}

#[test]
fn what_panics_fails() {
    let target = Target { name: "none", run: |input| assert!(input.is_empty(), "not empty") };
    assert!(!fails(&target, b"") && fails(&target, b"x"));
}
