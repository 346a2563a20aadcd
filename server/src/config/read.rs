//! From a file to settings, or to one line that names what is wrong and how to mend it.

use std::path::Path;

use toml::{Table, Value};

use super::accepts::NONE;
use super::keys::{self, Key, TABLES};
use super::{Config, SESSION_EXPIRY_SECONDS_MAX};
use crate::Failure;

/// Reads a config file.
///
/// # Errors
///
/// If the file cannot be read, is not TOML, or has a key or a value that is not known.
pub fn read(path: &Path) -> Result<Config, Failure> {
    let name = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::usage(format!(
            "cannot read the config file {name}: {error}; give the path of a readable file, \
             or make one with: afterlink config --print-default"
        ))
    })?;
    parse(&text).map_err(|failure| failure.within(&format!("config file {name}")))
}

/// Reads the text of a config file.
///
/// # Errors
///
/// If it is not TOML, or has a key or a value that is not known.
pub fn parse(text: &str) -> Result<Config, Failure> {
    let mut values: Table = text.parse().map_err(|error| not_toml(text, &error))?;
    for (name, value) in &values {
        check_table(name, value)?;
    }
    from_file(&mut values);
    values.try_into().map_err(|error: toml::de::Error| {
        Failure::usage(error.message().lines().collect::<Vec<_>>().join(" "))
    })
}

fn check_table(name: &str, value: &Value) -> Result<(), Failure> {
    let Some(table) = keys::table(name) else {
        let is_key = TABLES.iter().find_map(|table| table.keys.iter().find(|key| key.name == name));
        let mend = match is_key {
            Some(key) => format!("this key belongs under [{}]", key.table),
            None => similar(name, TABLES.iter().map(|table| table.name)),
        };
        return Err(Failure::usage(format!("unknown key {name} = {}: {mend}", shown(value))));
    };
    let Some(values) = value.as_table() else {
        return Err(Failure::usage(format!(
            "{name} = {} is no table: write [{name}] on a line and its keys below",
            shown(value)
        )));
    };
    for (key, value) in values {
        let Some(key) = table.keys.iter().find(|known| known.name == key) else {
            let mend = similar(key, table.keys.iter().map(|key| key.name));
            let value = shown(value);
            return Err(Failure::usage(format!("unknown key {name}.{key} = {value}: {mend}")));
        };
        check_value(key, value)?;
    }
    Ok(())
}

fn check_value(key: &Key, value: &Value) -> Result<(), Failure> {
    if key.accepts.admits(value) {
        return Ok(());
    }
    let (path, value, mend) = (key.path(), shown(value), key.accepts.describe());
    Err(Failure::usage(format!("{path} = {value} cannot be: give {mend}")))
}

/// Where the file says something otherwise than the types of the settings do: from the file.
fn from_file(values: &mut Table) {
    let limits = values.entry("limits").or_insert_with(|| Value::Table(Table::new()));
    if let Some(limits) = limits.as_table_mut() {
        let expiry = limits
            .entry("session_expiry_seconds_max")
            .or_insert(Value::Integer(i64::from(SESSION_EXPIRY_SECONDS_MAX)));
        if expiry.as_str() == Some(NONE) {
            limits.remove("session_expiry_seconds_max");
        }
    }
    if let Some(qos) = values.get_mut("capabilities").and_then(|table| table.get_mut("maximum_qos"))
        && let Some(name) = qos.as_integer().and_then(|bits| QOS.get(usize::try_from(bits).ok()?))
    {
        *qos = Value::String((*name).to_owned());
    }
    if let Some(policies) = values.get_mut("policies").and_then(Value::as_table_mut)
        && policies.get("response_information").and_then(Value::as_str) == Some("")
    {
        policies.remove("response_information");
    }
}

/// The other way: to what the file says.
pub(super) fn to_file(values: &mut Table) {
    if let Some(limits) = values.get_mut("limits").and_then(Value::as_table_mut) {
        limits
            .entry("session_expiry_seconds_max")
            .or_insert_with(|| Value::String(NONE.to_owned()));
    }
    if let Some(qos) = values.get_mut("capabilities").and_then(|table| table.get_mut("maximum_qos"))
        && let Some(bits) = QOS.iter().position(|name| qos.as_str() == Some(name))
    {
        *qos = Value::Integer(i64::try_from(bits).unwrap_or_default());
    }
    if let Some(policies) = values.get_mut("policies").and_then(Value::as_table_mut) {
        policies.entry("response_information").or_insert_with(|| Value::String(String::new()));
    }
}

/// The names of the QoS values in the core's serialized form, by number.
const QOS: [&str; 3] = ["AtMostOnce", "AtLeastOnce", "ExactlyOnce"];

fn not_toml(text: &str, error: &toml::de::Error) -> Failure {
    let start = error.span().map_or(0, |span| span.start);
    let line = text.get(..start).unwrap_or(text).matches('\n').count() + 1;
    let message = error.message().lines().collect::<Vec<_>>().join(" ");
    let written = text.lines().nth(line - 1).unwrap_or_default().trim();
    Failure::usage(format!(
        "line {line}, `{written}`, is not TOML: {message}; write key = value, texts in quotes"
    ))
}

/// A value as it would be written, on one line and not endless.
fn shown(value: &Value) -> String {
    const CHARS_MAX: usize = 80;
    let text = value.to_string().replace('\n', " ");
    if text.chars().count() <= CHARS_MAX {
        return text;
    }
    text.chars().take(CHARS_MAX).chain("...".chars()).collect()
}

/// What to write instead of `name`.
fn similar<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    let nearest = known
        .clone()
        .map(|other| (distance(name, other), other))
        .filter(|&(distance, other)| distance * 3 <= other.len())
        .min();
    match nearest {
        Some((_, other)) => format!("did you mean {other}?"),
        None => {
            let known: Vec<_> = known.collect();
            if known.len() <= 12 {
                return format!("known here are {}", known.join(", "));
            }
            "afterlink config --print-default lists the known ones".to_owned()
        }
    }
}

/// How many letters have to be put in, left out or changed to come from one to the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, c) in one.chars().enumerate() {
        let mut diagonal = i;
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
        for (j, d) in other.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = (diagonal + usize::from(c != *d)).min(above + 1).min(row[j] + 1);
            diagonal = above;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::accepts::Accepts;

    fn complaint(text: &str) -> String {
        let failure = parse(text).expect_err("the file is wrong");
        assert_eq!(failure.exit_code(), 2);
        let text = failure.to_string();
        assert!(!text.contains('\n'), "more than one line: {text}");
        text
    }

    #[test]
    fn an_empty_file_is_the_default() {
        assert_eq!(parse("").expect("nothing is wrong with it"), Config::default());
    }

    #[test]
    fn nobody_but_this_machine_is_listened_to_unless_that_is_asked_for() {
        for file in ["", "[log]\nlevel = \"info\"\n", "[limits]\nreceive_maximum = 7\n"] {
            let listen = parse(file).expect("it is right").listen;
            assert!(listen.tcp.ip().is_loopback(), "{file}");
            assert!(listen.http.ip().is_loopback(), "{file}");
        }
        let listen = parse("[listen]\ntcp = \"0.0.0.0:1883\"\n").expect("it is right").listen;
        assert!(listen.tcp.ip().is_unspecified());
        assert!(
            listen.http.ip().is_loopback(),
            "what is asked for one listener is not for the other"
        );
    }

    #[test]
    fn a_file_changes_what_it_names() {
        let config = parse("[limits]\nreceive_maximum = 7\n[capabilities]\nmaximum_qos = 1\n")
            .expect("it is right");
        assert_eq!(config.limits.receive_maximum, 7);
        assert_eq!(config.capabilities.maximum_qos, afterlink_core::codec::QoS::AtLeastOnce);
        assert_eq!(
            config.limits.session_expiry_seconds_max,
            Some(SESSION_EXPIRY_SECONDS_MAX),
            "a table that is there keeps the server's own default"
        );
    }

    #[test]
    fn the_cap_on_session_expiry_can_be_lifted() {
        let config = parse("limits.session_expiry_seconds_max = \"none\"").expect("it is right");
        assert_eq!(config.limits.session_expiry_seconds_max, None);
    }

    #[test]
    fn an_unknown_key_is_named_with_its_value_and_the_likely_one() {
        assert_eq!(
            complaint("[limits]\nrecieve_maximum = 7\n"),
            "unknown key limits.recieve_maximum = 7: did you mean receive_maximum?"
        );
        assert_eq!(
            complaint("receive_maximum = 7\n"),
            "unknown key receive_maximum = 7: this key belongs under [limits]"
        );
        let text = complaint("[colour]\nred = 1\n");
        assert!(text.starts_with("unknown key colour = "), "{text}");
        assert!(text.contains("known here are listen, websocket,"), "{text}");
    }

    #[test]
    fn a_wrong_value_is_named_with_its_key_and_what_to_give() {
        assert_eq!(
            complaint("[limits]\nreceive_maximum = 65536\n"),
            "limits.receive_maximum = 65536 cannot be: give a whole number from 1 to 65535"
        );
        assert_eq!(
            complaint("[policies]\nqueue_overflow = \"drop\"\n"),
            "policies.queue_overflow = \"drop\" cannot be: give \"drop-newest\", \
             \"drop-oldest\" or \"refuse\""
        );
        assert!(complaint("listen = 1883").starts_with("listen = 1883 is no table"));
        assert!(complaint("[listen]\ntcp = \"localhost\"").contains("listen.tcp = \"localhost\""));
    }

    #[test]
    fn a_file_that_is_not_toml_is_refused_with_its_line() {
        let text = complaint("[limits]\nreceive_maximum: 7\n");
        assert!(text.starts_with("line 2, `receive_maximum: 7`, is not TOML: "), "{text}");
    }

    #[test]
    fn every_key_takes_its_smallest_and_its_largest_value() {
        for key in TABLES.iter().flat_map(|table| table.keys) {
            let (Accepts::Whole { min, max } | Accepts::WholeOrNone { min, max }) = key.accepts
            else {
                continue;
            };
            for value in [min, max] {
                let text = format!("{} = {value}", key.path());
                assert!(parse(&text).is_ok(), "{text}: {:?}", parse(&text));
            }
        }
    }

    #[test]
    fn every_word_is_understood() {
        for key in TABLES.iter().flat_map(|table| table.keys) {
            let Accepts::Word(words) = key.accepts else { continue };
            for word in words {
                let text = format!("{} = \"{word}\"", key.path());
                assert!(parse(&text).is_ok(), "{text}: {:?}", parse(&text));
            }
        }
    }

    #[test]
    fn a_missing_file_is_one_line() {
        let failure = read(Path::new("/nowhere/afterlink.toml")).expect_err("it is not there");
        let text = failure.to_string();
        assert!(text.starts_with("cannot read the config file /nowhere/afterlink.toml: "));
        assert_eq!(failure.exit_code(), 2);
    }
}
