//! Scripts out of the text of their files.

mod line;
mod shorthand;

use crate::operation::Operation;
use crate::script::{Need, Script, Step, Version};

/// Why a file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ParseError {
    /// From 1.
    pub(crate) line: usize,
    pub(crate) message: String,
}

/// The scripts of a file.
///
/// # Errors
///
/// The first line that cannot be read, and why.
pub(crate) fn parse(file: &'static str, text: &str) -> Result<Vec<Script>, ParseError> {
    let mut scripts: Vec<Script> = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let error = |message: String| ParseError { line: number, message };
        let line = line.trim();
        if let Some(name) = line.strip_prefix("== ") {
            scripts.push(Script {
                name: name.to_owned(),
                file,
                line: number,
                shows: Vec::new(),
                versions: Version::ALL.to_vec(),
                needs: Vec::new(),
                settings: Vec::new(),
                text: String::new(),
                steps: Vec::new(),
            });
            continue;
        }
        let Some(script) = scripts.last_mut() else {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            return Err(error("a script begins with == and its name".to_owned()));
        };
        if !head(script, line).map_err(error)? {
            step(script, number, line).map_err(error)?;
        }
    }
    for script in &mut scripts {
        script.text.truncate(script.text.trim_end().len());
        whole(script).map_err(|message| ParseError { line: script.line, message })?;
    }
    Ok(scripts)
}

/// Whether the line says something of the whole script; it is taken in then.
fn head(script: &mut Script, line: &str) -> Result<bool, String> {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    let rest = rest.split_whitespace();
    match word {
        "shows" => script.shows.extend(rest.map(str::to_owned)),
        "for" => {
            let version = |word: &str| {
                let version = Version::ALL.into_iter().find(|version| version.to_string() == word);
                version.ok_or_else(|| format!("no version is called {word}"))
            };
            script.versions = rest.map(version).collect::<Result<_, _>>()?;
        }
        "needs" => {
            for word in rest {
                let need = Need::ALL.into_iter().find(|need| need.word() == word);
                script.needs.push(need.ok_or_else(|| format!("no need is called {word}"))?);
            }
        }
        "broker" => {
            for setting in rest {
                let (key, value) = setting.split_once('=').ok_or("a setting is KEY=VALUE")?;
                script.settings.push((key.to_owned(), value.to_owned()));
            }
        }
        _ => return Ok(false),
    }
    if script.steps.is_empty() { Ok(true) } else { Err(format!("{word} comes before all steps")) }
}

fn step(script: &mut Script, number: usize, line: &str) -> Result<(), String> {
    if !(script.text.is_empty() && line.is_empty()) {
        script.text.push_str(line);
        script.text.push('\n');
    }
    if line.is_empty() || line.starts_with('#') {
        return Ok(());
    }
    if let Some(packet) = line.strip_prefix("+ ") {
        let last = script.steps.last_mut().and_then(|step| step.operations.last_mut());
        let Some(Operation::Expect(packets)) = last else {
            return Err("+ follows a packet that is expected".to_owned());
        };
        packets.push(line::expected(packet)?);
        return Ok(());
    }
    let (only, rest) = match line.split_once(": ") {
        Some(("3", rest)) => (Some(Version::V3_1_1), rest),
        Some(("5", rest)) => (Some(Version::V5), rest),
        _ => (None, line),
    };
    let (client, operations) = line::read(rest, number)?;
    script.steps.push(Step { line: number, text: line.to_owned(), only, client, operations });
    Ok(())
}

/// Whether a script says all it has to.
fn whole(script: &Script) -> Result<(), String> {
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if script.name.is_empty() || !script.name.chars().all(is_name) {
        return Err(format!("{:?} is no name", script.name));
    }
    if script.steps.is_empty() {
        return Err(format!("{} has no steps", script.name));
    }
    for version in &script.versions {
        if script.statements(*version).next().is_none() {
            return Err(format!("{} shows no statement of {version}", script.name));
        }
    }
    for id in &script.shows {
        let of = |version: &Version| id.starts_with(version.statement_prefix());
        if !script.versions.iter().any(of) {
            return Err(format!("{} is not for the version of {id}", script.name));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "== it_works\nshows MQTT-3.1.0-2 MQTT3-3.1.0-2\n";

    fn message(text: &str) -> String {
        parse("file", text).expect_err("it has to be refused").message
    }

    #[test]
    fn a_script_has_a_head_and_steps() {
        let text = "# A file.\n\n== it_works\nshows MQTT-3.1.0-2\nfor 5\nneeds retain qos-1\n\
                    broker limits.receive_maximum=2\n\na > PINGREQ\n5: wait 20ms\n";
        let scripts = parse("file", text).expect("it is well formed");
        let [script] = &scripts[..] else { panic!("{scripts:?}") };
        assert_eq!((script.name.as_str(), script.line), ("it_works", 3));
        assert_eq!(script.versions, [Version::V5]);
        assert_eq!(script.needs, [Need::Retain, Need::Qos1]);
        assert_eq!(script.settings, [("limits.receive_maximum".into(), "2".into())]);
        assert_eq!(script.text, "a > PINGREQ\n5: wait 20ms");
        assert_eq!((script.steps[0].line, script.steps[1].line), (9, 10));
        assert_eq!((script.waits_ms(Version::V5), script.waits_ms(Version::V3_1_1)), (20, 0));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (steps, said) in [
            ("a sings\n", "sings"),
            ("a > PINGREQ id=1\n", "PINGREQ has no field id"),
            ("a < CONACK\n", "no packet is called CONACK"),
            ("a > PUBLISH topic\n", "topic"),
            ("+ PUBLISH\n", "+ follows"),
            ("wait 2\n", "2"),
            ("a >> 0\n", "hexadecimal"),
            ("a > PINGREQ\nneeds retain\n", "before all steps"),
            ("", "no steps"),
        ] {
            let text = format!("{HEAD}{steps}");
            let message = message(&text);
            assert!(message.contains(said), "{steps}: {message}");
        }
        assert!(message("a > PINGREQ\n").contains("begins with =="));
        assert!(message("== It\nshows MQTT-3.1.0-2\na cut\n").contains("no name"));
        assert!(message("== a\nshows MQTT-3.1.0-2\na cut\n").contains("shows no statement"));
        let other = "== a\nshows MQTT-3.1.0-2 MQTT3-3.1.0-2\nfor 5\na cut\n";
        assert!(message(other).contains("not for the version"));
    }
}
