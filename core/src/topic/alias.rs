//! Topic Alias (§3.3.2.3.4): a number that stands for a Topic Name on one connection.
//!
//! Aliases belong to a Network Connection and end with it [MQTT-3.3.2-7]; both maps here are made
//! anew for each.

use core::fmt;

use super::{TopicError, TopicLimits, TopicName, TopicNameRef};
use crate::ordered::OrderedMap;

/// The aliases that a client has set on its connection, for what it sends.
///
/// Memory is held for the aliases used only: at most the maximum times the longest topic.
#[derive(Clone, Debug)]
pub struct IncomingAliases {
    maximum: u16,
    topics: OrderedMap<u16, TopicName>,
}

/// The aliases that are in use towards a client.
///
/// First come, first served: the first topics sent get the aliases there are and keep them as long
/// as the connection lives; later topics are sent in full. Nothing is ever reassigned, so a client
/// with more topics than aliases costs no churn, and what is assigned does not depend on timing.
#[derive(Clone, Debug)]
pub struct OutgoingAliases {
    maximum: u16,
    aliases: OrderedMap<Box<str>, u16>,
}

/// What a PUBLISH to the client carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alias {
    /// The Topic Name alone.
    None,
    /// The Topic Name, and this alias for it from now on.
    New(u16),
    /// This alias alone, with an empty Topic Name.
    Known(u16),
}

/// Why a PUBLISH with a Topic Alias names no topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AliasError {
    /// The alias is 0.
    Zero,
    /// The alias is above the maximum that the connection was given.
    AboveMaximum {
        /// The alias.
        alias: u16,
        /// The Topic Alias Maximum.
        maximum: u16,
    },
    /// The Topic Name is empty and the alias was never set.
    Unknown {
        /// The alias.
        alias: u16,
    },
    /// The Topic Name that came with the alias is none.
    Topic(TopicError),
}

impl IncomingAliases {
    /// No alias yet, and at most `maximum` as the largest; 0 allows none.
    #[must_use]
    pub const fn new(maximum: u16) -> Self {
        Self { maximum, topics: OrderedMap::new() }
    }

    /// The topic of a PUBLISH that carries `alias` and the Topic Name `topic`.
    ///
    /// A `topic` that is not empty sets the alias, or sets it anew; an empty one asks for what was
    /// set before.
    ///
    /// # Errors
    ///
    /// If `alias` is 0, above the maximum, or unknown while `topic` is empty; all three are Topic
    /// Alias invalid (0x94) [MQTT-3.3.2-8] [MQTT-3.3.2-9]. If `topic` is not empty and no Topic
    /// Name under `limits`; the alias then keeps what it had.
    pub fn resolve(
        &mut self,
        alias: u16,
        topic: &str,
        limits: &TopicLimits,
    ) -> Result<TopicName, AliasError> {
        if alias == 0 {
            return Err(AliasError::Zero); // [MQTT-3.3.2-8]
        }
        if alias > self.maximum {
            // [MQTT-3.3.2-9]
            return Err(AliasError::AboveMaximum { alias, maximum: self.maximum });
        }
        match self.topics.get(&alias) {
            Some(known) if topic.is_empty() || known.as_str() == topic => Ok(known.clone()),
            None if topic.is_empty() => Err(AliasError::Unknown { alias }),
            Some(_) | None => {
                let topic = TopicName::parse(topic, limits).map_err(AliasError::Topic)?;
                self.topics.insert(alias, topic.clone());
                Ok(topic)
            }
        }
    }

    /// The Topic Alias Maximum of the connection.
    #[must_use]
    pub const fn maximum(&self) -> u16 {
        self.maximum
    }

    /// How many aliases are set.
    #[must_use]
    pub fn len(&self) -> usize {
        self.topics.len()
    }

    /// Whether no alias is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.topics.is_empty()
    }
}

impl OutgoingAliases {
    /// An alias costs this many bytes on the wire; a topic that is no longer gains nothing.
    const COST_BYTES: usize = 3;

    /// No alias yet, and at most `maximum` in all: the smaller of what the client accepts
    /// [MQTT-3.1.2-26] and what we are willing to remember. 0 allows none [MQTT-3.1.2-27].
    #[must_use]
    pub const fn new(maximum: u16) -> Self {
        Self { maximum, aliases: OrderedMap::new() }
    }

    /// How to send `topic`. After [`Alias::New`] the packet must be sent, as the client learns the
    /// alias from it; if it is not, [`Self::withdraw`] takes the alias back.
    pub fn assign(&mut self, topic: TopicNameRef<'_>) -> Alias {
        let topic = topic.as_str();
        if let Some(&alias) = self.aliases.get(topic) {
            return Alias::Known(alias);
        }
        let used = u16::try_from(self.aliases.len()).unwrap_or(u16::MAX);
        // [MQTT-3.3.2-11]
        if used >= self.maximum || topic.len() <= Self::COST_BYTES {
            return Alias::None;
        }
        let alias = used.saturating_add(1);
        self.aliases.insert(Box::from(topic), alias);
        Alias::New(alias)
    }

    /// Takes back the alias that [`Self::assign`] has just assigned anew to `topic`; no other one.
    pub fn withdraw(&mut self, topic: TopicNameRef<'_>) {
        let latest = self.aliases.len();
        if self.aliases.get(topic.as_str()).is_some_and(|&alias| usize::from(alias) == latest) {
            self.aliases.remove(topic.as_str());
        }
    }

    /// The most aliases that will be assigned.
    #[must_use]
    pub const fn maximum(&self) -> u16 {
        self.maximum
    }

    /// How many aliases are assigned.
    #[must_use]
    pub fn len(&self) -> usize {
        self.aliases.len()
    }

    /// Whether no alias is assigned.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.aliases.is_empty()
    }
}

impl fmt::Display for AliasError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zero => f.write_str("a Topic Alias of 0"),
            Self::AboveMaximum { alias, maximum } => {
                write!(f, "Topic Alias {alias} is above the maximum of {maximum}")
            }
            Self::Unknown { alias } => write!(f, "Topic Alias {alias} was never set"),
            Self::Topic(error) => write!(f, "no Topic Name beside the Topic Alias: {error}"),
        }
    }
}

impl core::error::Error for AliasError {}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: TopicLimits = TopicLimits { levels_max: 4, bytes_max: 16 };

    fn topic(text: &str) -> TopicNameRef<'_> {
        TopicNameRef::parse(text, &LIMITS).unwrap()
    }

    fn owned(text: &str) -> TopicName {
        topic(text).to_owned()
    }

    #[test]
    fn an_alias_is_set_asked_for_and_set_anew() {
        let mut aliases = IncomingAliases::new(2);
        assert_eq!(aliases.resolve(2, "a/b", &LIMITS), Ok(owned("a/b")));
        assert_eq!(aliases.resolve(2, "", &LIMITS), Ok(owned("a/b")));
        assert_eq!(aliases.resolve(2, "c", &LIMITS), Ok(owned("c")));
        assert_eq!(aliases.resolve(2, "", &LIMITS), Ok(owned("c")));
        assert_eq!(aliases.len(), 1);
    }

    #[test]
    fn zero_above_maximum_and_unknown_are_refused() {
        let mut aliases = IncomingAliases::new(2);
        assert_eq!(aliases.resolve(0, "a", &LIMITS), Err(AliasError::Zero));
        assert_eq!(
            aliases.resolve(3, "a", &LIMITS),
            Err(AliasError::AboveMaximum { alias: 3, maximum: 2 })
        );
        assert_eq!(aliases.resolve(1, "", &LIMITS), Err(AliasError::Unknown { alias: 1 }));
        assert_eq!(
            IncomingAliases::new(0).resolve(1, "a", &LIMITS),
            Err(AliasError::AboveMaximum { alias: 1, maximum: 0 })
        );
        assert!(aliases.is_empty());
    }

    #[test]
    fn what_is_no_topic_leaves_the_alias_as_it_was() {
        let mut aliases = IncomingAliases::new(u16::MAX);
        assert_eq!(aliases.resolve(u16::MAX, "a", &LIMITS), Ok(owned("a")));
        assert_eq!(
            aliases.resolve(u16::MAX, "a/#", &LIMITS),
            Err(AliasError::Topic(TopicError::Wildcard { offset: 2 }))
        );
        assert_eq!(aliases.resolve(u16::MAX, "", &LIMITS), Ok(owned("a")));
    }

    #[test]
    fn the_first_topics_get_the_aliases_and_keep_them() {
        let mut aliases = OutgoingAliases::new(2);
        assert_eq!(aliases.assign(topic("a/bc")), Alias::New(1));
        assert_eq!(aliases.assign(topic("a/bd")), Alias::New(2));
        assert_eq!(aliases.assign(topic("a/be")), Alias::None);
        assert_eq!(aliases.assign(topic("a/bc")), Alias::Known(1));
        assert_eq!(aliases.assign(topic("a/bd")), Alias::Known(2));
        assert_eq!(aliases.len(), 2);
    }

    #[test]
    fn an_alias_that_the_client_did_not_learn_is_taken_back() {
        let mut aliases = OutgoingAliases::new(2);
        assert_eq!(aliases.assign(topic("a/bc")), Alias::New(1));
        assert_eq!(aliases.assign(topic("a/bd")), Alias::New(2));
        aliases.withdraw(topic("a/bc"));
        assert_eq!(aliases.assign(topic("a/bc")), Alias::Known(1));
        aliases.withdraw(topic("a/bd"));
        assert_eq!(aliases.assign(topic("a/be")), Alias::New(2));
    }

    #[test]
    fn a_maximum_of_zero_assigns_none() {
        assert_eq!(OutgoingAliases::new(0).assign(topic("a/bc")), Alias::None);
    }

    #[test]
    fn a_topic_no_longer_than_an_alias_gets_none() {
        let mut aliases = OutgoingAliases::new(1);
        assert_eq!(aliases.assign(topic("abc")), Alias::None);
        assert_eq!(aliases.assign(topic("abcd")), Alias::New(1));
    }

    #[test]
    fn all_65_535_aliases_can_be_assigned_and_no_more() {
        let mut aliases = OutgoingAliases::new(u16::MAX);
        for number in 1..=u16::MAX {
            let text = format!("a/{number}");
            let alias = aliases.assign(TopicNameRef::parse(&text, &LIMITS).unwrap());
            assert!(alias == Alias::New(number) || text.len() <= 3);
            if alias == Alias::None {
                assert_eq!(aliases.assign(topic(&format!("long/{number}"))), Alias::New(number));
            }
        }
        assert_eq!(aliases.assign(topic("one/more")), Alias::None);
        assert_eq!(aliases.len(), 65_535);
    }
}
