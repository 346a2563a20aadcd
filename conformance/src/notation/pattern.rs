//! What a field of an expected packet may be.

use super::{Names, Value};

/// What a value has to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Pattern {
    Absent,
    Present,
    Error,
    Is(Value),
    Begins(Value),
    Range(u64, u64),
    Not(Box<Self>),
    OneOf(Vec<Self>),
}

impl Pattern {
    /// Reads a pattern; `is_quoted` if it stood in quotes, where nothing is special.
    pub(crate) fn parse(text: &str, is_quoted: bool) -> Self {
        let is = || Self::Is(Value(text.to_owned()));
        if is_quoted {
            return is();
        }
        if text.contains('|') {
            return Self::OneOf(text.split('|').map(|part| Self::parse(part, false)).collect());
        }
        if let Some(rest) = text.strip_prefix('!') {
            return Self::Not(Box::new(Self::parse(rest, false)));
        }
        if let Some(beginning) = text.strip_suffix("...") {
            return Self::Begins(Value(beginning.to_owned()));
        }
        let range = text.split_once("..").map(|(from, to)| (number(from), number(to)));
        if let Some((Some(from), Some(to))) = range {
            return Self::Range(from, to);
        }
        match text {
            "-" => Self::Absent,
            "*" => Self::Present,
            "error" => Self::Error,
            _ => is(),
        }
    }

    /// Whether `value` is such a value. A name without a value is given it.
    pub(crate) fn admits(&self, value: Option<&str>, names: &mut Names) -> bool {
        match (self, value) {
            (Self::Absent, value) => value.is_none(),
            (Self::Not(other), value) => !other.admits(value, names),
            (Self::OneOf(all), value) => all.iter().any(|one| one.admits(value, names)),
            (_, None) => false,
            (Self::Present, Some(_)) => true,
            (Self::Error, Some(value)) => number(value).is_some_and(|code| code >= 0x80),
            (Self::Range(from, to), Some(value)) => {
                number(value).is_some_and(|value| (*from..=*to).contains(&value))
            }
            (Self::Begins(beginning), Some(value)) => beginning
                .resolve(names)
                .is_ok_and(|beginning| value.as_bytes().starts_with(&beginning)),
            (Self::Is(expected), Some(value)) => {
                if let Some(name) = expected.variable()
                    && !names.values.contains_key(name)
                {
                    names.values.insert(name.to_owned(), value.to_owned());
                    return true;
                }
                expected.resolve(names).is_ok_and(|expected| is_same(&expected, value))
            }
        }
    }
}

/// Whether `expected` is what `value` shows: the same text, number, or bytes.
fn is_same(expected: &[u8], value: &str) -> bool {
    if value.as_bytes() == expected {
        return true;
    }
    if let Some(digits) = value.strip_prefix("hex:") {
        return super::value::hex(digits).is_ok_and(|bytes| bytes == expected);
    }
    let expected = str::from_utf8(expected).ok().and_then(number);
    expected.is_some() && expected == number(value)
}

fn number(text: &str) -> Option<u64> {
    match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn admits(pattern: &str, value: Option<&str>) -> bool {
        let mut names = Names { prefix: "run1".to_owned(), values: BTreeMap::new() };
        Pattern::parse(pattern, false).admits(value, &mut names)
    }

    #[test]
    fn each_pattern_admits_what_it_says() {
        for (pattern, value, is_admitted) in [
            ("a", Some("a"), true),
            ("a", Some("b"), false),
            ("a", None, false),
            ("~/a", Some("run1/a"), true),
            ("0x82", Some("0x82"), true),
            ("1", Some("0x01"), true),
            ("-", None, true),
            ("-", Some("a"), false),
            ("*", Some("a"), true),
            ("*", None, false),
            ("1|2|-", None, true),
            ("1|2|-", Some("3"), false),
            ("2..4", Some("4"), true),
            ("2..4", Some("5"), false),
            ("!a", Some("b"), true),
            ("!a", Some("a"), false),
            ("!-", None, false),
            ("$SYS/...", Some("$SYS/broker"), true),
            ("$SYS/...", Some("a"), false),
            ("error", Some("0x80"), true),
            ("error", Some("0x00"), false),
            ("hex:FF00", Some("hex:FF00"), true),
        ] {
            assert_eq!(admits(pattern, value), is_admitted, "{pattern} {value:?}");
        }
    }

    #[test]
    fn a_name_takes_the_first_value_and_compares_the_next() {
        let mut names = Names { prefix: "run1".to_owned(), values: BTreeMap::new() };
        let pattern = Pattern::parse("@m", false);
        assert!(pattern.admits(Some("7"), &mut names));
        assert!(pattern.admits(Some("7"), &mut names));
        assert!(!pattern.admits(Some("8"), &mut names));
        assert!(!pattern.admits(None, &mut names));
    }

    #[test]
    fn nothing_is_special_in_quotes() {
        let mut names = Names { prefix: "run1".to_owned(), values: BTreeMap::new() };
        assert!(Pattern::parse("*", true).admits(Some("*"), &mut names));
        assert!(!Pattern::parse("*", true).admits(Some("x"), &mut names));
    }
}
