//! Every normative statement of MQTT 5.0 and of 3.1.1 is tested, or does not apply and says why.
//!
//! The tables are `conformance/v5.toml` and `conformance/v3_1_1.toml`. An entry is called by the
//! id of its statement, `MQTT-` for 5.0 and `MQTT3-` for 3.1.1. It says whom the statement binds,
//! the server, the client or both, and names the tests that fail when the statement is broken.
//! `behaviour::will::NAME` is a test of `core/tests/behaviour/will.rs`; `core::` stands for the
//! tests inside `core/src`, `server::` for those of the server, `server_src::` for those inside
//! it, `fuzz::` and `simulate::` for those of these packages. What an id of the list hides that a
//! reader ought to know stands in `note`.
//!
//! The scripts of the conformance suite (`conformance/scripts`) say themselves which statements
//! they show; an entry may name one all the same, as `scripts::will::NAME`.
//!
//! `conformance/defects.toml` does the same for defects of other brokers. An entry is called by
//! what goes wrong and says in `seen` who had it. It names the tests that fail when the defect is
//! there, or says in `pending` what has to be built before it can be, and why in `why`.
#![allow(clippy::disallowed_methods, reason = "the sources of the tests are looked into")]
#![allow(clippy::unwrap_used, reason = "a test says what it expects by unwrapping")]

#[path = "conformance/defects.rs"]
mod defects;
#[path = "conformance/readme.rs"]
mod readme;
#[path = "conformance/scripts.rs"]
mod scripts;
#[path = "conformance/table.rs"]
mod table;
#[path = "conformance/tests.rs"]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use table::{Binds, Entry, Table, tables};
use tests::Tests;

#[track_caller]
fn assert_none(what: &str, findings: &[impl Debug]) {
    assert!(findings.is_empty(), "{what}: {findings:#?}");
}

/// The entries of which `find` has something to say, with what it says.
fn findings(find: impl Fn(&Entry) -> Option<String>) -> Vec<String> {
    let entries = tables().into_iter().flat_map(|table| table.entries);
    entries.filter_map(|(id, entry)| Some(format!("{id}: {}", find(&entry)?))).collect()
}

#[test]
fn each_statement_has_one_entry_and_each_entry_a_statement() {
    for Table { ids, entries, .. } in tables() {
        let entries: BTreeSet<_> = entries.into_keys().collect();
        assert_none("no entry", &ids.difference(&entries).collect::<Vec<_>>());
        assert_none("no such statement", &entries.difference(&ids).collect::<Vec<_>>());
    }
}

#[test]
fn an_entry_names_tests_or_says_why_it_does_not_apply() {
    let unclear = findings(|entry| match (&entry.not_applicable, entry.tests.is_empty()) {
        (None, true) => Some("neither tests nor a reason".to_owned()),
        (Some(_), false) => Some("both tests and a reason".to_owned()),
        (Some(reason), true) => {
            (reason.len() < 40).then(|| "no reason one could accept".to_owned())
        }
        (None, false) => None,
    });
    assert_none("unclear", &unclear);
}

#[test]
fn who_is_bound_is_tested_and_nobody_else() {
    let untested = findings(|entry| {
        if entry.not_applicable.is_some() {
            return None;
        }
        let has = |side: fn(&str) -> bool| entry.tests.iter().any(|test| side(test));
        let server = matches!(entry.binds, Binds::Server | Binds::Both);
        let client = matches!(entry.binds, Binds::Client | Binds::Both);
        if server && !has(tests::is_of_server) {
            return Some("no test of the server".to_owned());
        }
        if client && !has(tests::is_of_client) {
            return Some("no test of the client".to_owned());
        }
        let is_others = |test: &&String| match entry.binds {
            Binds::Server => !tests::is_of_server(test),
            Binds::Client => !tests::is_of_client(test),
            Binds::Both => false,
        };
        entry.tests.iter().find(is_others).map(|test| format!("not bound: {test}"))
    });
    assert_none("untested", &untested);
}

#[test]
fn each_test_that_is_named_exists_and_is_named_once() {
    let tests = Tests::default();
    let wrong = findings(|entry| {
        let distinct: BTreeSet<_> = entry.tests.iter().collect();
        if distinct.len() < entry.tests.len() {
            return Some("a test twice".to_owned());
        }
        let errors = entry.tests.iter().filter_map(|test| tests.find(test).err());
        errors.reduce(|all, error| format!("{all}; {error}"))
    });
    assert_none("wrong names", &wrong);
}

#[test]
fn a_test_that_does_not_exist_is_found_out() {
    let tests = Tests::default();
    assert_eq!(tests.find("behaviour::keep_alive::every_packet_ends_the_silence"), Ok(()));
    assert_eq!(
        tests.find("behaviour::records::will::a_will_that_is_not_authorized_is_dropped_durably"),
        Ok(())
    );
    assert_eq!(tests.find("scripts::keep_alive::whoever_sends_is_not_silent"), Ok(()));
    for name in [
        "behaviour::keep_alive::every_packet_ends_the",
        "scripts::keep_alive::whoever_sends",
        // A function that helps tests is none.
        "behaviour::keep_alive::told",
        "behaviour::nowhere::every_packet_ends_the_silence",
        "every_packet_ends_the_silence",
    ] {
        assert!(tests.find(name).is_err(), "{name}");
    }
}

#[test]
fn a_script_shows_statements_that_exist_and_bind_the_server() {
    let entries: BTreeMap<_, _> = tables().into_iter().flat_map(|table| table.entries).collect();
    let mut wrong = Vec::new();
    for (script, shown) in scripts::scripts() {
        for id in shown {
            match entries.get(&id) {
                None => wrong.push(format!("{script}: there is no {id}")),
                Some(entry) if matches!(entry.binds, Binds::Client) => {
                    wrong.push(format!("{script}: {id} binds the client alone"));
                }
                Some(entry) if entry.not_applicable.is_some() => {
                    wrong.push(format!("{script}: {id} does not apply"));
                }
                Some(_) => {}
            }
        }
    }
    assert_none("wrong statements", &wrong);
}

#[test]
fn a_script_that_an_entry_names_shows_its_statement() {
    let scripts = scripts::scripts();
    let entries = tables().into_iter().flat_map(|table| table.entries);
    let mut wrong = Vec::new();
    for (id, entry) in entries {
        let named = entry.tests.iter().filter(|test| test.starts_with("scripts::"));
        let shows = |test: &&String| scripts.get(*test).is_some_and(|shown| shown.contains(&id));
        wrong.extend(named.filter(|test| !shows(test)).map(|test| format!("{id}: {test}")));
    }
    assert_none("not shown", &wrong);
}

#[test]
fn the_readme_counts_what_the_tables_say() {
    readme::check(&tables(), &scripts::shown(), &defects::defects());
}
