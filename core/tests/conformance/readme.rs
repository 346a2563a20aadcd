//! The counts that the README shows.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use super::defects::{self, Defects};
use super::table::{Binds, Entry, Table};

const START: &str = "<!-- Counted by core/tests/conformance.rs; UPDATE=1 writes it anew. -->\n";
const END: &str = "<!-- End of what is counted. -->\n";

/// The README shows the counts of `tables`, of the statements `shown` by scripts, and of `defects`.
/// With `UPDATE` in the environment it is written.
pub(crate) fn check(tables: &[Table], shown: &BTreeSet<String>, defects: &Defects) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let readme = std::fs::read_to_string(&path).expect("the README can be read");
    let (before, rest) = readme.split_once(START).expect("the README marks the start");
    let (found, after) = rest.split_once(END).expect("the README marks the end");
    let counts = format!("{}\n{}", counts(tables, shown), defects::counts(defects));
    if std::env::var_os("UPDATE").is_some() {
        let text = [before, START, &counts, END, after].concat();
        std::fs::write(&path, text).expect("the README can be written");
        return;
    }
    assert_eq!(
        found, counts,
        "write it anew with: UPDATE=1 cargo test -p afterlink-core --test conformance"
    );
}

fn counts(tables: &[Table], shown: &BTreeSet<String>) -> String {
    let head = ["statements", "tested", "by scripts", "not applicable"];
    let mut text = format!("|{:34}|", "");
    let mut rule = format!("|{:-<34}|", "");
    for column in head {
        text.push_str(&format!(" {column} |"));
        rule.push_str(&format!("{:->1$}:|", "", column.len() + 1));
    }
    text = format!("{text}\n{rule}\n");
    for table in tables {
        let of = |row: &str, keep: fn(&Entry) -> bool| {
            let entries = || table.entries.iter().filter(|(_, entry)| keep(entry));
            let all = entries().count();
            let tested = entries().filter(|(_, entry)| entry.not_applicable.is_none()).count();
            let scripted = entries().filter(|(id, _)| shown.contains(*id)).count();
            let not_applicable = all - tested;
            format!(
                "| {row:<32} | {all:>10} | {tested:>6} | {scripted:>10} | {not_applicable:>14} |\n"
            )
        };
        let row = |who: &str| format!("{}, {who}", table.version);
        let binds_server = |entry: &Entry| matches!(entry.binds, Binds::Server);
        let binds_client = |entry: &Entry| matches!(entry.binds, Binds::Client);
        let binds_both = |entry: &Entry| matches!(entry.binds, Binds::Both);
        text.push_str(&of(&row("bind the server"), binds_server));
        text.push_str(&of(&row("bind both"), binds_both));
        text.push_str(&of(&row("bind the client"), binds_client));
        text.push_str(&of(&format!("**{}**", table.version), |_| true));
    }
    let all = tables.iter().map(|table| table.entries.len()).sum::<usize>();
    writeln!(text, "\n{all} statements in all.").expect("a string takes everything");
    text
}
