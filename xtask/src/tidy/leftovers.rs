//! What should not outlive an afternoon's work, and what belongs to one machine.

use super::Finding;
use super::code::code_only;
use super::tree::Source;

/// Words in code or comments that promise work to come. Put together here, so that this file
/// does not find itself.
const MARKS: &[&str] = &[concat!("FIX", "ME"), concat!("TO", "DO"), concat!("XX", "X")];

/// Calls and attributes of code that is not finished, or of a test that does not run.
const UNFINISHED: &[&str] = &[
    concat!("todo", "!"),
    concat!("unimplemented", "!"),
    concat!("dbg", "!"),
    concat!("#[ign", "ore"),
];

/// The same in scripts.
const UNFINISHED_SCRIPT: &[&str] = &[
    concat!(".on", "ly("),
    concat!("test.sk", "ip"),
    concat!("it.sk", "ip"),
    concat!("@ts-ig", "nore"),
    concat!("@ts-no", "check"),
    concat!("debug", "ger;"),
];

/// Beginnings of paths that exist on one machine only.
const MACHINE_PATHS: &[&str] = &["/ho\x6de/", "/ro\x6ft/", "/wo\x72k/", "/Us\x65rs/", "C:\\U"];

pub(super) fn check(source: &Source, findings: &mut Vec<Finding>) {
    let is_rust = source.ending() == "rs";
    let code = if is_rust { code_only(&source.text) } else { String::new() };
    let unfinished = if is_rust { UNFINISHED } else { UNFINISHED_SCRIPT };
    let code = if is_rust { &code } else { &source.text };
    for (number, (line, code)) in (1..).zip(source.text.lines().zip(code.lines())) {
        for path in MACHINE_PATHS.iter().filter(|path| line.contains(**path)) {
            let message = format!("`{path}` is a path of one machine");
            findings.push(Finding::new(source, number, message));
        }
        if !source.is_code() {
            continue;
        }
        let marks = MARKS.iter().filter(|mark| has_word(line, mark));
        let calls = unfinished.iter().filter(|call| code.contains(**call));
        for found in marks.chain(calls) {
            findings.push(Finding::new(source, number, format!("left over: `{found}`")));
        }
    }
}

/// Whether a line has the word as a word of its own.
fn has_word(line: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        !line[..at].ends_with(is_part) && !line[at + word.len()..].starts_with(is_part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tree::source;

    fn count(path: &str, text: &str) -> usize {
        let mut findings = Vec::new();
        check(&source(path, text), &mut findings);
        findings.len()
    }

    #[test]
    fn each_mark_is_found_in_a_comment() {
        for mark in MARKS {
            assert_eq!(count("a.rs", &format!("// {mark}: later\n")), 1, "{mark}");
            assert_eq!(count("a.py", &format!("# {mark} later\n")), 1, "{mark}");
        }
    }

    #[test]
    fn a_mark_inside_a_word_is_none() {
        assert_eq!(count("a.rs", &format!("// {}S of old\n", MARKS[1])), 0);
    }

    #[test]
    fn unfinished_code_is_found() {
        for call in UNFINISHED {
            assert_eq!(count("a.rs", &format!("fn f() {{ {call} }}\n")), 1, "{call}");
        }
        for call in UNFINISHED_SCRIPT {
            assert_eq!(count("a.mjs", &format!("{call}\n")), 1, "{call}");
        }
    }

    #[test]
    fn unfinished_code_in_a_string_is_data() {
        assert_eq!(count("a.rs", &format!("const A: &str = \"{}\";\n", UNFINISHED[0])), 0);
    }

    #[test]
    fn paths_of_one_machine_are_found_anywhere() {
        for path in MACHINE_PATHS {
            assert_eq!(count("README.md", &format!("see {path}x\n")), 1, "{path}");
            assert_eq!(count("a.rs", &format!("// see {path}x\n")), 1, "{path}");
        }
    }
}
