//! Subscription: what a session asked to be given.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::codec::packet::SubscriptionOptions;
use crate::codec::{QoS, SubscriptionIdentifier};
use crate::topic::{ShareName, TopicFilter};

/// The name of a share group: sessions that subscribe with both the same are its members, and
/// each message goes to one of them `[MQTT-4.8.2-3]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ShareGroupName {
    /// What stands behind `$share/`.
    pub share_name: ShareName,
    /// The Topic Filter behind it.
    pub filter: TopicFilter,
}

/// As its members subscribe to it: `$share/name/filter`.
impl fmt::Display for ShareGroupName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "$share/{}/{}", self.share_name, self.filter.as_str())
    }
}

/// A subscription as the session holds it; its Topic Filter is the key it is held under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// The options as asked for, with the QoS that was granted.
    pub options: SubscriptionOptions,
    /// The client's number for it.
    pub identifier: Option<SubscriptionIdentifier>,
}

/// The Subscription Identifiers of all subscriptions through which a message came
/// `[MQTT-3.3.4-4]`. Mostly none or one, so these need no allocation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum MatchedIdentifiers {
    /// No subscription that matched has an identifier.
    #[default]
    None,
    /// One has.
    One(SubscriptionIdentifier),
    /// Several have.
    Many(Box<[SubscriptionIdentifier]>),
}

impl MatchedIdentifiers {
    /// The identifiers, in the order of the match.
    #[must_use]
    pub fn as_slice(&self) -> &[SubscriptionIdentifier] {
        match self {
            Self::None => &[],
            Self::One(one) => core::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }

    /// Adds the identifier of one more subscription that matched.
    pub fn add(&mut self, identifier: SubscriptionIdentifier) {
        *self = match core::mem::take(self) {
            Self::None => Self::One(identifier),
            Self::One(one) => Self::Many(Box::new([one, identifier])),
            Self::Many(many) => {
                let mut all = many.into_vec();
                all.push(identifier);
                Self::Many(all.into_boxed_slice())
            }
        };
    }
}

impl Subscription {
    /// The QoS at which a message of `published` QoS is sent through this subscription
    /// `[MQTT-3.8.4-8]`.
    #[must_use]
    pub fn effective_qos(&self, published: QoS) -> QoS {
        self.options.qos.min(published)
    }
}
