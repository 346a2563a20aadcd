//! The default config as a file, every key with its meaning.

use std::fmt::Write as _;

use toml::Value;

use super::keys::{Key, TABLES};
use super::{Config, read};

/// Columns of a comment.
const WIDTH: usize = 96;

/// A config file that names every key with what it means, what it takes and its default.
#[must_use]
pub fn print_default() -> String {
    let mut out = String::new();
    comment(&mut out, HEAD);
    let values = values(&Config::default());
    for table in TABLES {
        out.push('\n');
        comment(&mut out, table.about);
        line(&mut out, format_args!("[{}]", table.name));
        for key in table.keys {
            out.push('\n');
            comment(&mut out, key.meaning);
            comment(&mut out, &format!("Takes {}.", key.accepts.describe()));
            if let Some(value) = value_of(&values, key) {
                line(&mut out, format_args!("{} = {value}", key.name));
            }
        }
    }
    out
}

const HEAD: &str = "The settings of Afterlink with their defaults. A file needs only the keys it \
                    changes; start with: afterlink serve --config FILE";

/// The settings as the values of a config file.
fn values(config: &Config) -> toml::Table {
    let mut values = toml::Table::try_from(config).unwrap_or_default();
    read::to_file(&mut values);
    values
}

/// The value of a key as it stands in a file.
fn value_of(values: &toml::Table, key: &Key) -> Option<Value> {
    values.get(key.table)?.get(key.name).cloned()
}

fn comment(out: &mut String, text: &str) {
    let mut columns = 0;
    for word in text.split_whitespace() {
        if columns > 0 && columns + 1 + word.chars().count() > WIDTH {
            out.push('\n');
            columns = 0;
        }
        out.push_str(if columns == 0 { "# " } else { " " });
        out.push_str(word);
        columns += word.chars().count() + if columns == 0 { 2 } else { 1 };
    }
    out.push('\n');
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{text}");
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::config::accepts::NONE;
    use crate::config::parse;

    #[test]
    fn what_is_printed_parses_back_to_the_default() {
        let config = parse(&print_default()).expect("the default is a valid file");
        assert_eq!(config, Config::default());
    }

    #[test]
    fn no_key_is_missing_and_none_is_made_up() {
        let printed: toml::Table = print_default().parse().expect("it is TOML");
        let mut settable = toml::Table::try_from(Config::default()).expect("it serializes");
        read::to_file(&mut settable);
        assert_eq!(paths(&printed), paths(&settable));
    }

    #[test]
    fn every_key_has_a_comment_and_no_line_is_long() {
        let printed = print_default();
        for line in printed.lines() {
            assert!(line.chars().count() <= 100, "{line}");
        }
        for key in TABLES.iter().flat_map(|table| table.keys) {
            assert!(key.meaning.ends_with('.'), "{}", key.path());
        }
    }

    #[test]
    fn a_limit_that_is_lifted_is_printed_as_a_word() {
        let mut config = Config::default();
        config.limits.session_expiry_seconds_max = None;
        let values = values(&config);
        assert_eq!(values["limits"]["session_expiry_seconds_max"].as_str(), Some(NONE));
    }

    fn paths(tables: &toml::Table) -> BTreeSet<String> {
        tables
            .iter()
            .flat_map(|(name, table)| {
                let table = table.as_table().expect("all keys stand in tables");
                table.keys().map(move |key| format!("{name}.{key}"))
            })
            .collect()
    }
}
