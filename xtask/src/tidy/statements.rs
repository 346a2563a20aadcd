//! Cited normative statements exist.

use std::collections::BTreeSet;

use anyhow::{Context, Result};

use super::Finding;
use super::tree::Source;

/// The ids of MQTT 5.0, cited as `[MQTT-x.y.z-n]`.
const VERSION_5: &str = "core/tests/spec/mqtt-v5-statement-ids.txt";
/// The ids of MQTT 3.1.1, cited as `[MQTT3-x.y.z-n]`.
const VERSION_3: &str = "core/tests/spec/mqtt-v311-statement-ids.txt";

/// All ids, as they are cited.
pub(super) struct Known(BTreeSet<String>);

impl Known {
    pub(super) fn read(sources: &[Source]) -> Result<Self> {
        let list = |path: &str| {
            let found = sources.iter().find(|source| source.path == path);
            Ok::<_, anyhow::Error>(found.with_context(|| format!("no {path}"))?.text.lines())
        };
        let mut known: BTreeSet<String> = list(VERSION_5)?.map(str::to_owned).collect();
        known.extend(list(VERSION_3)?.map(|id| id.replacen("MQTT-", "MQTT3-", 1)));
        Ok(Self(known))
    }
}

pub(super) fn check(source: &Source, known: &Known, findings: &mut Vec<Finding>) {
    // The tests below cite what does not exist.
    let is_exempt = source.path == "xtask/src/tidy/statements.rs";
    if is_exempt || source.path == VERSION_5 || source.path == VERSION_3 {
        return;
    }
    for (number, line) in (1..).zip(source.text.lines()) {
        for cited in citations(line) {
            if !known.0.contains(cited) {
                let message = format!("no statement is called `{cited}`; cite each in full");
                findings.push(Finding::new(source, number, message));
            }
        }
    }
}

/// Whatever looks like an id: `MQTT-` or `MQTT3-` before a digit, to the end of the word.
fn citations(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices("MQTT").filter_map(|(at, _)| {
        let word = &line[at..];
        let rest = word.strip_prefix("MQTT3-").or_else(|| word.strip_prefix("MQTT-"))?;
        if !rest.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let ends = |c: char| !c.is_ascii_digit() && c != '.' && c != '-';
        let length = rest.find(ends).unwrap_or(rest.len());
        let id = &word[..word.len() - rest.len() + length];
        Some(id.trim_end_matches(['.', '-']))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tree::source;

    fn unknown(text: &str) -> usize {
        let lists = [
            source(VERSION_5, "MQTT-3.1.2-5\nMQTT-3.1.2-11\n"),
            source(VERSION_3, "MQTT-3.1.2-7\n"),
        ];
        let known = Known::read(&lists).unwrap();
        let mut findings = Vec::new();
        check(&source("core/src/a.rs", text), &known, &mut findings);
        findings.len()
    }

    #[test]
    fn a_cited_statement_exists_in_its_version() {
        assert_eq!(unknown("// [MQTT-3.1.2-5] and [MQTT3-3.1.2-7]."), 0);
        assert_eq!(unknown("// [MQTT-3.1.2-7]"), 1);
        assert_eq!(unknown("// [MQTT3-3.1.2-5]"), 1);
        assert_eq!(unknown("// [MQTT-3.1.2-1]"), 1, "the beginning of another id");
    }

    #[test]
    fn an_id_without_brackets_counts_and_may_end_a_sentence() {
        assert_eq!(unknown("\"MQTT-3.1.2-5\"; see MQTT-3.1.2-11."), 0);
        assert_eq!(unknown("see MQTT-9.9.9-9."), 1);
    }

    #[test]
    fn half_an_id_is_none() {
        assert_eq!(unknown("// [MQTT-3.1.2]"), 1);
    }

    #[test]
    fn other_words_are_no_citations() {
        assert_eq!(unknown("// MQTT-over-WebSocket, MQTT 3.1.1"), 0);
    }

    #[test]
    fn without_the_lists_there_is_no_answer() {
        assert!(Known::read(&[]).is_err());
    }
}
