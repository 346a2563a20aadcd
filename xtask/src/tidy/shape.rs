//! How long files and lines are, and how files begin and end.

use super::Finding;
use super::tree::Source;

/// Above this a file is listed.
pub(super) const FILE_LINES_AIM: usize = 400;
/// Above this a file is a breach.
const FILE_LINES_MAX: usize = 600;
/// Columns, for code; prose and tables may be wider.
const LINE_COLUMNS_MAX: usize = 100;

/// Code files above the size one aims at, the longest first.
pub(super) fn long_files(sources: &[Source]) -> Vec<(&str, usize)> {
    let mut files: Vec<(&str, usize)> = sources
        .iter()
        .filter(|source| source.is_code())
        .map(|source| (source.path.as_str(), source.text.lines().count()))
        .filter(|(_, lines)| *lines > FILE_LINES_AIM)
        .collect();
    files.sort_by_key(|(_, lines)| std::cmp::Reverse(*lines));
    files
}

pub(super) fn check(source: &Source, findings: &mut Vec<Finding>) {
    for (number, line) in (1..).zip(source.text.lines()) {
        if line.contains('\t') || line.ends_with([' ', '\r']) {
            findings.push(Finding::new(source, number, "a tab, or space at the end of the line"));
        }
        let columns = line.chars().count();
        if source.is_code() && !is_visible_text(source, line) && columns > LINE_COLUMNS_MAX {
            let message = format!("{columns} columns, {LINE_COLUMNS_MAX} are allowed");
            findings.push(Finding::new(source, number, message));
        }
    }
    let lines = source.text.lines().count();
    if !source.text.is_empty() && !source.text.ends_with('\n') {
        findings.push(Finding::new(source, lines, "no line end at the end of the file"));
    }
    if source.is_code() && lines > FILE_LINES_MAX {
        let message = format!("{lines} lines, {FILE_LINES_MAX} are allowed: split it by noun");
        findings.push(Finding::new(source, lines, message));
    }
    if source.ending() == "rs" && !is_test_part(&source.path) && !source.text.starts_with("//!") {
        findings.push(Finding::new(source, 1, "the file does not begin by saying what it is"));
    }
}

/// A part of an integration test, which its main file describes.
fn is_test_part(path: &str) -> bool {
    let Some((_, below)) = path.split_once("/tests/") else { return false };
    below.contains('/') && !below.ends_with("/main.rs")
}

/// Whether a line of the page is none that could be broken: prettier does that where one can, and
/// leaves sentences for people, and markup in which a space would be seen, as they are.
fn is_visible_text(source: &Source, line: &str) -> bool {
    source.path.starts_with("web/") && !line.trim_start().starts_with(['/', '*'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tree::source;

    fn lines_found(path: &str, text: &str) -> Vec<usize> {
        let mut findings = Vec::new();
        check(&source(path, text), &mut findings);
        findings.iter().map(|finding| finding.line).collect()
    }

    fn rust_file(lines: usize) -> String {
        format!("//! A file.\n{}", "\n".repeat(lines - 1))
    }

    #[test]
    fn a_file_may_have_six_hundred_lines_and_no_more() {
        assert!(lines_found("a.rs", &rust_file(600)).is_empty());
        assert_eq!(lines_found("a.rs", &rust_file(601)), [601]);
    }

    #[test]
    fn files_above_the_aim_are_listed_longest_first() {
        let sources = [
            source("a.rs", &rust_file(400)),
            source("b.rs", &rust_file(401)),
            source("c.rs", &rust_file(500)),
        ];
        assert_eq!(long_files(&sources), [("c.rs", 500), ("b.rs", 401)]);
    }

    #[test]
    fn a_line_of_code_may_have_a_hundred_columns_and_no_more() {
        let line = |columns: usize| format!("//! A file.\n//{}\n", "ä".repeat(columns - 2));
        assert!(lines_found("a.rs", &line(100)).is_empty());
        assert_eq!(lines_found("a.rs", &line(101)), [2]);
    }

    #[test]
    fn what_the_formatter_of_the_page_leaves_wide_is_left_and_comments_are_not() {
        let text = format!("/** A file. */\nconst a = '{}';\n", "x".repeat(100));
        assert!(lines_found("web/src/a.ts", &text).is_empty());
        assert_eq!(lines_found("core/a.js", &text), [2]);
        assert_eq!(lines_found("web/src/a.ts", &format!("// {}\n", "x".repeat(100))), [1]);
    }

    #[test]
    fn prose_may_be_wider() {
        assert!(lines_found("README.md", &format!("{}\n", "x".repeat(300))).is_empty());
    }

    #[test]
    fn stray_white_space_is_found() {
        assert_eq!(lines_found("a.toml", "a \nb\n\tc\nd"), [1, 3, 4]);
    }

    #[test]
    fn a_rust_file_says_what_it_is() {
        assert_eq!(lines_found("a.rs", "fn main() {}\n"), [1]);
        assert_eq!(lines_found("core/tests/rules.rs", "fn main() {}\n"), [1]);
        assert_eq!(lines_found("core/tests/rules/main.rs", "fn main() {}\n"), [1]);
        assert!(lines_found("core/tests/rules/connect.rs", "fn main() {}\n").is_empty());
    }
}
