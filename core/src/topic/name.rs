//! Topic Name (§4.7): what a message is published under.

use core::cmp::Ordering;
use core::fmt;
use std::sync::Arc;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::text;
use super::{TopicError, TopicLimits};

/// A Topic Name that owns its text.
///
/// The text is shared by reference count in one allocation of its exact size: a message, its
/// retained copy, its records and its events name the same topic, and cloning it costs no copy.
///
/// Topic Names are ordered level by level, bytes within a level, so that everything under a topic
/// comes right after it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct TopicName(Arc<str>);

/// A borrowed Topic Name.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TopicNameRef<'a>(&'a str);

impl TopicName {
    /// The Topic Name `text`.
    ///
    /// # Errors
    ///
    /// As [`TopicNameRef::parse`].
    pub fn parse(text: &str, limits: &TopicLimits) -> Result<Self, TopicError> {
        TopicNameRef::parse(text, limits).map(TopicNameRef::to_owned)
    }

    /// The same topic, borrowed.
    #[must_use]
    pub fn as_ref_name(&self) -> TopicNameRef<'_> {
        TopicNameRef(&self.0)
    }

    /// The text as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'a> TopicNameRef<'a> {
    /// The Topic Name `text`.
    ///
    /// # Errors
    ///
    /// If it is empty, longer or deeper than `limits` allow, or contains U+0000 or a wildcard
    /// character.
    pub fn parse(text: &'a str, limits: &TopicLimits) -> Result<Self, TopicError> {
        text::check(text, limits)?;
        // [MQTT-4.7.0-1] [MQTT-3.3.2-2]
        match text.bytes().position(|byte| byte == b'+' || byte == b'#') {
            Some(offset) => Err(TopicError::Wildcard { offset }),
            None => Ok(Self(text)),
        }
    }

    /// A copy that owns its text, exactly its size.
    #[must_use]
    pub fn to_owned(self) -> TopicName {
        TopicName(Arc::from(self.0))
    }

    /// The text as it was written.
    #[must_use]
    pub const fn as_str(self) -> &'a str {
        self.0
    }

    /// The levels, at least one; any of them may be empty.
    pub fn levels(self) -> impl DoubleEndedIterator<Item = &'a str> + Clone {
        text::levels(self.0)
    }

    /// Whether it begins with `$`, which keeps it from filters that begin with a wildcard
    /// [MQTT-4.7.2-1].
    #[must_use]
    pub fn is_dollar(self) -> bool {
        self.0.starts_with('$')
    }
}

impl Ord for TopicName {
    fn cmp(&self, other: &Self) -> Ordering {
        text::compare(&self.0, &other.0)
    }
}

impl PartialOrd for TopicName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for TopicNameRef<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        text::compare(self.0, other.0)
    }
}

impl PartialOrd for TopicNameRef<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for TopicName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for TopicNameRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Debug for TopicName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Debug for TopicNameRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.0, f)
    }
}

impl Serialize for TopicName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// Parses the text again, under [`TopicLimits::PROTOCOL`].
impl<'de> Deserialize<'de> for TopicName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text, &TopicLimits::PROTOCOL).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<TopicNameRef<'_>, TopicError> {
        TopicNameRef::parse(text, &TopicLimits::default())
    }

    #[test]
    fn empty_levels_are_levels_and_nothing_is_normalised() {
        for (text, levels) in [
            ("a", &["a"][..]),
            ("/", &["", ""]),
            ("/a", &["", "a"]),
            ("a//b/", &["a", "", "b", ""]),
            ("Ä/ ", &["Ä", " "]),
        ] {
            let topic = parse(text).unwrap();
            assert_eq!(topic.levels().collect::<Vec<_>>(), levels);
            assert_eq!(topic.as_str(), text);
            assert_eq!(topic.to_owned().as_ref_name(), topic);
            assert_eq!(topic.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_topic_name_is_refused_with_the_reason() {
        for (text, error) in [
            ("", TopicError::Empty),
            ("a\0b", TopicError::Nul { offset: 1 }),
            ("a/+", TopicError::Wildcard { offset: 2 }),
            ("#", TopicError::Wildcard { offset: 0 }),
            ("a+b", TopicError::Wildcard { offset: 1 }),
        ] {
            assert_eq!(parse(text), Err(error), "{text:?}");
        }
    }

    #[test]
    fn length_and_depth_are_limited_at_their_edges() {
        let limits = TopicLimits { levels_max: 3, bytes_max: 8 };
        assert!(TopicNameRef::parse("a/b/cdef", &limits).is_ok());
        assert_eq!(
            TopicNameRef::parse("a/b/cdefg", &limits),
            Err(TopicError::TooLong { bytes: 9, bytes_max: 8 })
        );
        assert_eq!(
            TopicNameRef::parse("///", &limits),
            Err(TopicError::TooManyLevels { levels_max: 3 })
        );
    }

    #[test]
    fn the_ceiling_of_the_protocol_holds_whatever_the_limits_say() {
        let limits = TopicLimits { levels_max: usize::MAX, bytes_max: usize::MAX };
        let slashes = "/".repeat(65_536);
        assert!(TopicNameRef::parse(&slashes[..65_535], &limits).is_ok());
        assert!(TopicNameRef::parse(&slashes[..65_535], &TopicLimits::PROTOCOL).is_ok());
        assert_eq!(
            TopicNameRef::parse(&slashes, &limits),
            Err(TopicError::TooLong { bytes: 65_536, bytes_max: 65_535 })
        );
    }

    #[test]
    fn the_default_allows_64_levels() {
        assert!(parse(&"/".repeat(63)).is_ok());
        assert_eq!(parse(&"/".repeat(64)), Err(TopicError::TooManyLevels { levels_max: 64 }));
    }

    #[test]
    fn only_a_leading_dollar_makes_a_dollar_topic() {
        assert!(parse("$SYS/a").unwrap().is_dollar());
        assert!(parse("$").unwrap().is_dollar());
        assert!(!parse("a/$SYS").unwrap().is_dollar());
        assert!(!parse("/$SYS").unwrap().is_dollar());
    }
}
