//! Topic Filter (§4.7.1): which topics a subscription asks for.

use core::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::text::{self, MULTI, SINGLE};
use super::{TopicError, TopicLimits, TopicNameRef};
use crate::value::{Read, Source};

/// A Topic Filter that owns its text, one allocation of its exact size.
///
/// This is the inner filter: `$share/...` is told apart by
/// [`SubscriptionFilter`](super::SubscriptionFilter). Equality and order are those of the bytes,
/// since a subscription is known by its exact text [MQTT-3.10.4-1].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicFilter(Box<str>);

impl TopicFilter {
    /// The Topic Filter `text`.
    ///
    /// # Errors
    ///
    /// If it is empty, longer or deeper than `limits` allow, contains U+0000, or has a wildcard
    /// where none may be.
    pub fn parse(text: &str, limits: &TopicLimits) -> Result<Self, TopicError> {
        text::check(text, limits)?;
        check_wildcards(text)?;
        Ok(Self(Box::from(text)))
    }

    /// The text as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The levels, at least one; `+` and `#` are levels too.
    pub fn levels(&self) -> impl DoubleEndedIterator<Item = &str> + Clone {
        text::levels(&self.0)
    }

    /// Whether it can match more than one topic.
    #[must_use]
    pub fn has_wildcard(&self) -> bool {
        self.0.bytes().any(|byte| byte == b'+' || byte == b'#')
    }

    /// Whether its first level is a wildcard, which keeps it from `$` topics [MQTT-4.7.2-1].
    #[must_use]
    pub fn starts_with_wildcard(&self) -> bool {
        self.0.starts_with(['+', '#'])
    }

    /// Whether `topic` is among the topics it asks for.
    ///
    /// This is the definition, level against level; the trees give the same answer for many
    /// filters, or many topics, at once.
    #[must_use]
    pub fn matches(&self, topic: TopicNameRef<'_>) -> bool {
        if topic.is_dollar() && self.starts_with_wildcard() {
            return false; // [MQTT-4.7.2-1]
        }
        let mut names = topic.levels();
        for level in self.levels() {
            if level == MULTI {
                // All that is left, and nothing left too: `a/#` matches `a` (§4.7.1.2).
                return true;
            }
            match names.next() {
                Some(name) if level == SINGLE || level == name => {}
                Some(_) | None => return false,
            }
        }
        names.next().is_none()
    }
}

fn check_wildcards(text: &str) -> Result<(), TopicError> {
    let mut start = 0_usize;
    for level in text::levels(text) {
        let end = start.saturating_add(level.len());
        let last = end == text.len();
        let allowed = level == SINGLE || (level == MULTI && last);
        if !allowed && let Some(at) = level.bytes().position(|byte| byte == b'+' || byte == b'#') {
            // [MQTT-4.7.1-1] [MQTT-4.7.1-2]
            return Err(TopicError::MisplacedWildcard { offset: start.saturating_add(at) });
        }
        start = end.saturating_add(1);
    }
    Ok(())
}

impl fmt::Display for TopicFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for TopicFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl Serialize for TopicFilter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// Parses the text again, under [`TopicLimits::PROTOCOL`].
impl<'de> Deserialize<'de> for TopicFilter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text, &TopicLimits::PROTOCOL).map_err(D::Error::custom)
    }
}

/// Parses the text as well.
impl Read for TopicFilter {
    fn read(source: Source<'_>) -> Self {
        Self::parse(source.text(), &TopicLimits::PROTOCOL).unwrap_or_else(|error| {
            source.fault(&error);
            Self("#".into())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(text: &str) -> TopicFilter {
        TopicFilter::parse(text, &TopicLimits::default()).unwrap()
    }

    fn matches(text: &str, topic: &str) -> bool {
        filter(text).matches(TopicNameRef::parse(topic, &TopicLimits::default()).unwrap())
    }

    #[test]
    fn a_wildcard_must_be_a_whole_level_and_hash_the_last() {
        for text in ["#", "+", "a/#", "+/#", "+/a/+", "/#", "/+", "a//+", "$SYS/#"] {
            assert_eq!(filter(text).as_str(), text);
            assert!(filter(text).has_wildcard());
        }
        for (text, offset) in
            [("a#", 1), ("#/a", 0), ("a/#/b", 2), ("a+", 1), ("+a/b", 0), ("a/b+", 3), ("##", 0)]
        {
            assert_eq!(
                TopicFilter::parse(text, &TopicLimits::default()),
                Err(TopicError::MisplacedWildcard { offset }),
                "{text}"
            );
        }
    }

    #[test]
    fn what_no_topic_may_be_no_filter_may_be() {
        let parse = |text| TopicFilter::parse(text, &TopicLimits { levels_max: 2, bytes_max: 5 });
        assert_eq!(parse(""), Err(TopicError::Empty));
        assert_eq!(parse("+\0"), Err(TopicError::Nul { offset: 1 }));
        assert!(parse("+/abc").is_ok());
        assert_eq!(parse("+/abcd"), Err(TopicError::TooLong { bytes: 6, bytes_max: 5 }));
        assert_eq!(parse("+/+/#"), Err(TopicError::TooManyLevels { levels_max: 2 }));
    }

    #[test]
    fn hash_matches_its_parent_and_everything_below() {
        for topic in ["sport", "sport/", "sport/tennis", "sport/tennis/player1"] {
            assert!(matches("sport/#", topic), "{topic}");
        }
        assert!(!matches("sport/#", "sports"));
        assert!(matches("#", "/"));
    }

    #[test]
    fn plus_matches_one_whole_level_even_an_empty_one() {
        assert!(matches("sport/+", "sport/"));
        assert!(!matches("sport/+", "sport"));
        assert!(matches("+/+", "/finance"));
        assert!(matches("/+", "/finance"));
        assert!(!matches("+", "/finance"));
    }

    #[test]
    fn a_leading_wildcard_does_not_match_dollar_topics() {
        assert!(!matches("#", "$SYS/a"));
        assert!(!matches("+/a", "$SYS/a"));
        assert!(!matches("+", "$"));
        assert!(matches("$SYS/#", "$SYS/a"));
        assert!(matches("$SYS/+", "$SYS/a"));
        assert!(matches("+/$SYS", "a/$SYS"));
    }

    #[test]
    fn text_is_compared_as_it_stands() {
        assert!(!matches("ACCOUNTS", "Accounts"));
        assert!(!matches("e\u{301}", "é"));
        assert!(!filter("a/b").has_wildcard());
    }
}
