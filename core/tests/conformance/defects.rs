//! The table of defects that brokers have had.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Deserialize;

use super::assert_none;
use super::tests::Tests;

/// How short an explanation is none, in bytes.
const WHY_BYTES_MIN: usize = 40;

/// What a regression test may wait for.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Feature {
    #[serde(rename = "ACL files")]
    AclFiles,
    #[serde(rename = "TLS")]
    Tls,
    #[serde(rename = "store on disk")]
    StoreOnDisk,
    #[serde(rename = "admin API")]
    AdminApi,
}

impl Feature {
    /// The feature as it stands behind a number of defects.
    fn name(self) -> &'static str {
        match self {
            Self::AclFiles => "ACL files",
            Self::Tls => "TLS",
            Self::StoreOnDisk => "a store on disk",
            Self::AdminApi => "an admin API",
        }
    }
}

/// What is said of one kind of defect.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Defect {
    /// The projects that had it, with the numbers under which it is known.
    seen: String,
    /// The tests that fail when it is there.
    #[serde(default)]
    tests: Vec<String>,
    /// What has to be built before it can be there.
    pending: Option<Feature>,
    /// Why it cannot be there before.
    why: Option<String>,
}

/// The kinds of defects by what goes wrong.
pub(crate) type Defects = BTreeMap<String, Defect>;

pub(crate) fn defects() -> Defects {
    parse(include_str!("defects.toml")).unwrap_or_else(|error| panic!("{error}"))
}

fn parse(text: &str) -> Result<Defects, toml::de::Error> {
    toml::from_str(text)
}

/// What is wrong with an entry, if anything is.
fn fault(defect: &Defect, tests: &Tests) -> Option<String> {
    if defect.seen.trim().is_empty() {
        return Some("nobody has seen it".to_owned());
    }
    match (defect.pending, defect.tests.is_empty()) {
        (None, true) => return Some("neither tests nor what it waits for".to_owned()),
        (Some(_), false) => return Some("both tests and what it waits for".to_owned()),
        _ => {}
    }
    let explanation = defect.why.as_ref().map_or(0, |why| why.trim().len());
    if defect.pending.is_some() && explanation < WHY_BYTES_MIN {
        return Some("it waits and nobody says why".to_owned());
    }
    if defect.pending.is_none() && defect.why.is_some() {
        return Some("an explanation though it does not wait".to_owned());
    }
    if defect.tests.iter().collect::<BTreeSet<_>>().len() < defect.tests.len() {
        return Some("a test twice".to_owned());
    }
    let errors = defect.tests.iter().filter_map(|test| tests.find(test).err());
    errors.reduce(|all, error| format!("{all}; {error}"))
}

fn faults(defects: &Defects) -> Vec<String> {
    let tests = Tests::default();
    let faults = defects
        .iter()
        .filter_map(|(title, defect)| Some(format!("{title}: {}", fault(defect, &tests)?)));
    faults.collect()
}

/// The counts for the README.
pub(crate) fn counts(defects: &Defects) -> String {
    let mut waiting: BTreeMap<Feature, usize> = BTreeMap::new();
    for feature in defects.values().filter_map(|defect| defect.pending) {
        *waiting.entry(feature).or_default() += 1;
    }
    let pending = waiting.values().sum::<usize>();
    let tested = defects.len() - pending;
    let mut text = format!(
        "{} kinds of defects, most of them seen in other brokers, stand in\n\
         [defects.toml](core/tests/conformance/defects.toml): {tested} have tests that fail if one \
         is there,\n{pending} wait for what is to be built",
        defects.len()
    );
    for (at, (feature, count)) in waiting.into_iter().enumerate() {
        let before = if at == 0 { ":" } else { "," };
        write!(text, "{before} {count} for {}", feature.name()).expect("a string takes everything");
    }
    text.push_str(".\n");
    text
}

#[test]
fn a_defect_has_tests_that_exist_or_waits_for_a_feature() {
    assert_none("wrong entries", &faults(&defects()));
}

#[test]
fn an_entry_that_is_wrong_is_found_out() {
    const WHY: &str = "There is no file of that kind that could be read by anybody.";
    let test = "behaviour::keep_alive::every_packet_ends_the_silence";
    let cases = [
        ("".to_owned(), "neither"),
        (format!("tests = ['{test}']\npending = 'TLS'\nwhy = '{WHY}'"), "both"),
        ("pending = 'TLS'".to_owned(), "why"),
        ("pending = 'TLS'\nwhy = 'later'".to_owned(), "why"),
        (format!("tests = ['{test}']\nwhy = '{WHY}'"), "does not wait"),
        (format!("tests = ['{test}', '{test}']"), "twice"),
        (format!("tests = ['{test}', '{test}_long']"), "no test"),
        ("tests = ['simulate::nowhere::a_test']".to_owned(), "no file"),
    ];
    for (entry, expected) in cases {
        let found = faults(&parse(&format!("[x]\nseen = 'a broker'\n{entry}")).expect("TOML"));
        assert_eq!(found.len(), 1, "{entry}");
        assert!(found[0].contains(expected), "{entry}: {found:?}");
    }
    let right = format!("[x]\nseen = 'y'\npending = 'TLS'\nwhy = '{WHY}'");
    assert_eq!(faults(&parse(&right).expect("TOML")), Vec::<String>::new());
    let unseen = right.replace("'y'", "''");
    assert_eq!(faults(&parse(&unseen).expect("TOML")).len(), 1);
    let unknown = right.replace("'TLS'", "'later'");
    assert!(parse(&unknown).is_err(), "a feature nobody knows");
}
