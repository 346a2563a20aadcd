//! What a SUBSCRIBE asks for: a plain Topic Filter or a Shared Subscription (§4.8.2).

use core::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{TopicError, TopicFilter, TopicLimits};

/// How a Shared Subscription's text begins [MQTT-4.8.2-1].
const SHARE_PREFIX: &str = "$share/";

/// The name of a share group: at least one character, none of `/`, `+`, `#` and U+0000
/// [MQTT-4.8.2-1] [MQTT-4.8.2-2].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShareName(Box<str>);

impl ShareName {
    /// The ShareName `text`.
    ///
    /// # Errors
    ///
    /// If it is empty or contains a character that a ShareName must not.
    pub fn parse(text: &str) -> Result<Self, TopicError> {
        if text.is_empty() {
            return Err(TopicError::ShareNameEmpty); // [MQTT-4.8.2-1]
        }
        // [MQTT-4.8.2-2]
        match text.find(['/', '+', '#', '\0']) {
            Some(offset) => Err(TopicError::ShareNameCharacter { offset }),
            None => Ok(Self(Box::from(text))),
        }
    }

    /// The text as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The Topic Filter of a SUBSCRIBE or UNSUBSCRIBE, with its share group if it has one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SubscriptionFilter {
    /// Every matching message goes to the subscriber.
    Plain(TopicFilter),
    /// Every matching message goes to one member of the group.
    Shared {
        /// The group's name.
        share_name: ShareName,
        /// What the group asks for.
        filter: TopicFilter,
    },
}

impl SubscriptionFilter {
    /// The subscription that `text` asks for. `limits` hold for the whole text's bytes and for
    /// the levels of its Topic Filter.
    ///
    /// # Errors
    ///
    /// If the Topic Filter is none, or the text begins with `$share/` and a ShareName, `/` and a
    /// Topic Filter do not follow.
    pub fn parse(text: &str, limits: &TopicLimits) -> Result<Self, TopicError> {
        let Some(shared) = text.strip_prefix(SHARE_PREFIX) else {
            return TopicFilter::parse(text, limits).map(Self::Plain);
        };
        let bytes_max = limits.bytes_max.min(TopicLimits::BYTES_CEILING);
        if text.len() > bytes_max {
            return Err(TopicError::TooLong { bytes: text.len(), bytes_max }); // [MQTT-4.7.3-3]
        }
        let (share_name, filter) = match shared.split_once('/') {
            Some((share_name, filter)) => (ShareName::parse(share_name)?, filter),
            None => {
                ShareName::parse(shared)?;
                return Err(TopicError::ShareFilterMissing); // [MQTT-4.8.2-2]
            }
        };
        if filter.is_empty() {
            return Err(TopicError::ShareFilterMissing); // [MQTT-4.8.2-2]
        }
        Ok(Self::Shared { share_name, filter: TopicFilter::parse(filter, limits)? })
    }

    /// The Topic Filter without `$share` and the ShareName.
    #[must_use]
    pub const fn filter(&self) -> &TopicFilter {
        match self {
            Self::Plain(filter) | Self::Shared { filter, .. } => filter,
        }
    }

    /// The group's name, if it is a Shared Subscription.
    #[must_use]
    pub const fn share_name(&self) -> Option<&ShareName> {
        match self {
            Self::Plain(_) => None,
            Self::Shared { share_name, .. } => Some(share_name),
        }
    }
}

impl fmt::Display for ShareName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ShareName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// The text as the client wrote it.
impl fmt::Display for SubscriptionFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(filter) => filter.fmt(f),
            Self::Shared { share_name, filter } => {
                write!(f, "{SHARE_PREFIX}{share_name}/{filter}")
            }
        }
    }
}

impl fmt::Debug for SubscriptionFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_string(), f)
    }
}

impl Serialize for ShareName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ShareName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl Serialize for SubscriptionFilter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Parses the text again, under [`TopicLimits::PROTOCOL`].
impl<'de> Deserialize<'de> for SubscriptionFilter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text, &TopicLimits::PROTOCOL).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<SubscriptionFilter, TopicError> {
        SubscriptionFilter::parse(text, &TopicLimits::default())
    }

    #[test]
    fn a_shared_subscription_is_its_share_name_and_its_filter() {
        for (text, name, filter) in [
            ("$share/g/a/+/#", "g", "a/+/#"),
            ("$share/g//", "g", "/"),
            ("$share/group one/#", "group one", "#"),
            ("$share/g/$share/h/a", "g", "$share/h/a"),
            ("$share/$share/a", "$share", "a"),
        ] {
            let parsed = parse(text).unwrap();
            assert_eq!(parsed.share_name().unwrap().as_str(), name, "{text}");
            assert_eq!(parsed.filter().as_str(), filter, "{text}");
            assert_eq!(parsed.to_string(), text);
        }
    }

    #[test]
    fn what_only_looks_like_a_share_is_plain() {
        for text in ["$share", "$SHARE/g/a", "$shared/g/a", "/$share/g/a", "a", "#", "$sharex"] {
            let parsed = parse(text).unwrap();
            assert_eq!((parsed.share_name(), parsed.filter().as_str()), (None, text));
            assert_eq!(parsed.to_string(), text);
        }
    }

    #[test]
    fn a_share_without_name_or_filter_is_refused() {
        for (text, error) in [
            ("$share/", TopicError::ShareNameEmpty),
            ("$share//a", TopicError::ShareNameEmpty),
            ("$share/g", TopicError::ShareFilterMissing),
            ("$share/g/", TopicError::ShareFilterMissing),
            ("$share/g+/a", TopicError::ShareNameCharacter { offset: 1 }),
            ("$share/#/a", TopicError::ShareNameCharacter { offset: 0 }),
            ("$share/g\0/a", TopicError::ShareNameCharacter { offset: 1 }),
            ("$share/+", TopicError::ShareNameCharacter { offset: 0 }),
            ("$share/g/a#", TopicError::MisplacedWildcard { offset: 1 }),
        ] {
            assert_eq!(parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn limits_hold_for_the_whole_text_and_for_the_inner_levels() {
        let limits = TopicLimits { levels_max: 2, bytes_max: 12 };
        assert!(SubscriptionFilter::parse("$share/g/a/b", &limits).is_ok());
        assert_eq!(
            SubscriptionFilter::parse("$share/g/a/bc", &limits),
            Err(TopicError::TooLong { bytes: 13, bytes_max: 12 })
        );
        assert_eq!(
            SubscriptionFilter::parse("$share/g/a//", &limits),
            Err(TopicError::TooManyLevels { levels_max: 2 })
        );
    }
}
