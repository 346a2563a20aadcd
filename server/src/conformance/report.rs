//! Results as files: JUnit for who collects tests, JSON for who wants all of it.

use std::path::Path;

use afterlink_conformance::{Report, Verdict};
use serde::Serialize;

use super::Options;
use crate::Failure;

/// Writes `report` to a file, as JUnit if it is called so.
///
/// # Errors
///
/// If it cannot be written.
pub(super) fn write(path: &Path, report: &Report, options: &Options) -> Result<(), Failure> {
    let is_junit = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("xml"));
    let text = if is_junit { junit(report, options) } else { json(report, options)? };
    std::fs::write(path, text)
        .map_err(|error| Failure::usage(error.to_string()).within(&path.display().to_string()))
}

#[derive(Serialize)]
struct Document<'a> {
    broker: String,
    protocol: afterlink_conformance::Version,
    #[serde(flatten)]
    report: &'a Report,
}

fn json(report: &Report, options: &Options) -> Result<String, Failure> {
    let broker = options.address.to_string();
    let document = Document { broker, protocol: options.version, report };
    serde_json::to_string_pretty(&document)
        .map(|text| text + "\n")
        .map_err(|error| Failure::failed(format!("cannot write the results: {error}")))
}

fn junit(report: &Report, options: &Options) -> String {
    let (_, failed, skipped) = report.counts();
    let name = format!("MQTT {} at {}", options.version, options.address);
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuite name=\"{}\" tests=\"{}\" failures=\"{failed}\" skipped=\"{skipped}\">\n",
        escape(&name),
        report.outcomes.len()
    );
    for outcome in &report.outcomes {
        let seconds = outcome.took_ms as f64 / 1000.0;
        text.push_str(&format!(
            "  <testcase classname=\"{}\" name=\"{}\" time=\"{seconds:.3}\">\n    <properties>\n",
            escape(&outcome.file),
            escape(&outcome.script),
        ));
        for id in &outcome.statements {
            text.push_str(&format!(
                "      <property name=\"statement\" value=\"{}\"/>\n",
                escape(id)
            ));
        }
        text.push_str("    </properties>\n");
        match &outcome.verdict {
            Verdict::Passed => {}
            Verdict::Failed { line, step, why } => {
                let packets: Vec<_> = outcome.transcript.iter().map(ToString::to_string).collect();
                text.push_str(&format!(
                    "    <failure message=\"{}\">{}.txt:{line}: {}\n{}</failure>\n",
                    escape(why),
                    escape(&outcome.file),
                    escape(step),
                    escape(&packets.join("\n")),
                ));
            }
            Verdict::Skipped { why } => {
                text.push_str(&format!("    <skipped message=\"{}\"/>\n", escape(why)));
            }
        }
        text.push_str("  </testcase>\n");
    }
    text.push_str("</testsuite>\n");
    text
}

/// Text as XML may have it; characters that XML does not know are replaced.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') => out.push('\u{FFFD}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_is_taken_for_xml() {
        assert_eq!(escape("a<b>&\"\u{0}\nc"), "a&lt;b&gt;&amp;&quot;\u{FFFD}\nc");
    }
}
