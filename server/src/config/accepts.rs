//! What the value of a key may be.

use std::net::SocketAddr;

use afterlink_core::topic::{TopicFilter, TopicLimits};
use toml::Value;

/// The word for a limit that is not set.
pub(super) const NONE: &str = "none";

/// The values a key takes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Accepts {
    /// A whole number.
    Whole { min: u64, max: u64 },
    /// A whole number, or the word `none`.
    WholeOrNone { min: u64, max: u64 },
    /// `true` or `false`.
    Boolean,
    /// One of some words.
    Word(&'static [&'static str]),
    /// An IP address and a port.
    Address,
    /// A text, empty for nothing.
    Text,
    /// A list of host names or addresses, without a port.
    Hosts,
    /// A list of origins of web pages.
    Origins,
    /// A list of Topic Filters.
    Filters,
}

impl Accepts {
    /// Whether `value` is one of the values.
    pub(super) fn admits(&self, value: &Value) -> bool {
        match self {
            Self::Whole { min, max } => is_whole(value, *min, *max),
            Self::WholeOrNone { min, max } => {
                value.as_str() == Some(NONE) || is_whole(value, *min, *max)
            }
            Self::Boolean => value.is_bool(),
            Self::Word(words) => value.as_str().is_some_and(|word| words.contains(&word)),
            Self::Address => {
                value.as_str().is_some_and(|address| address.parse::<SocketAddr>().is_ok())
            }
            Self::Text => value.is_str(),
            Self::Hosts => all_texts(value, is_host),
            Self::Origins => all_texts(value, is_origin),
            Self::Filters => all_texts(value, |filter| {
                TopicFilter::parse(filter, &TopicLimits::default()).is_ok()
            }),
        }
    }

    /// The values in words, as the object of "give".
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Whole { min, max } => format!("a whole number from {min} to {max}"),
            Self::WholeOrNone { min, max } => {
                format!("a whole number from {min} to {max}, or \"{NONE}\" for no limit")
            }
            Self::Boolean => "true or false".to_owned(),
            Self::Word(words) => {
                let quoted: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
                match quoted.split_last() {
                    Some((last, others)) if !others.is_empty() => {
                        format!("{} or {last}", others.join(", "))
                    }
                    _ => quoted.concat(),
                }
            }
            Self::Address => "an IP address and a port, such as \"127.0.0.1:1883\" or \
                              \"[::]:0\"; port 0 lets the system choose one"
                .to_owned(),
            Self::Text => "a text in quotes, \"\" for none".to_owned(),
            Self::Hosts => "a list of names or addresses without a port, such as \
                            [\"broker.example\"]; [\"*\"] for any"
                .to_owned(),
            Self::Origins => "a list of origins, such as [\"https://app.example\"]; [\"*\"] \
                              for any"
                .to_owned(),
            Self::Filters => "a list of topic filters, such as [\"plant/+/secret/#\"]".to_owned(),
        }
    }
}

fn is_whole(value: &Value, min: u64, max: u64) -> bool {
    value
        .as_integer()
        .and_then(|number| u64::try_from(number).ok())
        .is_some_and(|number| (min..=max).contains(&number))
}

fn all_texts(value: &Value, admits: impl Fn(&str) -> bool) -> bool {
    value
        .as_array()
        .is_some_and(|texts| texts.iter().all(|text| text.as_str().is_some_and(&admits)))
}

fn is_host(text: &str) -> bool {
    if text.parse::<std::net::Ipv6Addr>().is_ok() || text == "*" {
        return true;
    }
    !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || "/:@*[]".contains(c))
}

fn is_origin(text: &str) -> bool {
    if text == "*" || text == "null" {
        return true;
    }
    text.split_once("://").is_some_and(|(scheme, authority)| {
        !scheme.is_empty()
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
            && !authority.is_empty()
            && !authority.contains(|c: char| c.is_whitespace() || "/@*".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_number_is_taken_up_to_its_limits_and_not_beyond() {
        let accepts = Accepts::Whole { min: 1, max: 65_535 };
        for (number, admitted) in [(0, false), (1, true), (65_535, true), (65_536, false)] {
            assert_eq!(accepts.admits(&Value::Integer(number)), admitted, "{number}");
        }
        assert!(!accepts.admits(&Value::Integer(-1)));
        assert!(!accepts.admits(&Value::String("7".to_owned())));
    }

    #[test]
    fn a_limit_can_be_lifted_by_a_word_where_that_is_said() {
        let word = Value::String(NONE.to_owned());
        assert!(Accepts::WholeOrNone { min: 0, max: 1 }.admits(&word));
        assert!(!Accepts::Whole { min: 0, max: 1 }.admits(&word));
    }

    #[test]
    fn hosts_have_no_port_and_origins_no_path() {
        let list = |text: &str| Value::Array(vec![Value::String(text.to_owned())]);
        for host in ["broker.example", "*", "::1", "10.0.0.7"] {
            assert!(Accepts::Hosts.admits(&list(host)), "{host}");
        }
        for host in ["", "broker.example:80", "http://broker.example", "*.example"] {
            assert!(!Accepts::Hosts.admits(&list(host)), "{host}");
        }
        for origin in ["https://app.example", "http://10.0.0.7:8080", "null", "*"] {
            assert!(Accepts::Origins.admits(&list(origin)), "{origin}");
        }
        for origin in ["", "app.example", "https://app.example/page", "https://"] {
            assert!(!Accepts::Origins.admits(&list(origin)), "{origin}");
        }
    }

    #[test]
    fn filters_are_those_of_the_standard() {
        let list = |text: &str| Value::Array(vec![Value::String(text.to_owned())]);
        assert!(Accepts::Filters.admits(&list("a/+/b/#")));
        assert!(!Accepts::Filters.admits(&list("a/#/b")));
    }
}
