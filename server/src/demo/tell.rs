//! What the demo prints.

use std::io::Write as _;

/// Columns of a line.
const WIDTH: usize = 88;

/// Tells a story on stdout, line by line as it happens.
#[derive(Debug, Default)]
pub(super) struct Tell {
    steps: u32,
}

impl Tell {
    /// A line of its own.
    pub(super) fn line(&mut self, text: &str) {
        let mut out = std::io::stdout().lock();
        // Whether anybody listens does not change what the demo finds out.
        let _ = writeln!(out, "{text}").and_then(|()| out.flush());
    }

    /// The title of the next phase.
    pub(super) fn phase(&mut self, title: &str) {
        self.steps += 1;
        let title = format!("\n{}. {title}\n", self.steps);
        self.line(&title);
    }

    /// Something that has happened in a phase.
    pub(super) fn step(&mut self, text: &str) {
        self.line(&wrap(text, "   ", "     "));
    }
}

fn wrap(text: &str, first: &str, others: &str) -> String {
    let mut lines = first.to_owned();
    let mut columns = first.len();
    let mut begins = true;
    for word in text.split_whitespace() {
        let len = word.chars().count();
        if !begins && columns + 1 + len > WIDTH {
            lines.push('\n');
            lines.push_str(others);
            columns = others.len();
            begins = true;
        }
        if !begins {
            lines.push(' ');
            columns += 1;
        }
        lines.push_str(word);
        columns += len;
        begins = false;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_wrapped_at_words_and_indented() {
        let text = "word ".repeat(40);
        let wrapped = wrap(&text, "   ", "     ");
        let lines: Vec<_> = wrapped.lines().collect();
        assert_eq!(lines.len(), 3);
        assert!(lines[0].starts_with("   word") && lines[1].starts_with("     word"));
        assert!(lines.iter().all(|line| line.len() <= WIDTH && !line.ends_with(' ')));
        assert_eq!(wrapped.split_whitespace().count(), 40);
    }
}
