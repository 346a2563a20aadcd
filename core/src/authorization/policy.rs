//! The policy and its gate.

use serde::{Deserialize, Serialize};

use crate::topic::{TopicFilter, TopicNameRef};
use crate::value::Read;

/// What is asked of the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// To publish to the topic, a Will Message included.
    Publish,
    /// To be given a message of the topic.
    Receive,
}

/// What clients are authorized for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Read)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Topics that no client may publish to.
    pub refuse_publish: Vec<TopicFilter>,
    /// Topics that no client is given messages of; a subscription to exactly such a filter, or
    /// to one that covers it alone, is refused.
    pub refuse_receive: Vec<TopicFilter>,
}

impl Policy {
    /// Whether everybody may do everything.
    #[must_use]
    pub fn allows_all(&self) -> bool {
        self.refuse_publish.is_empty() && self.refuse_receive.is_empty()
    }

    /// The gate for messages: whether `principal` may do `action` with `topic`.
    #[must_use]
    pub fn allows(
        &self,
        action: Action,
        _principal: Option<&str>,
        topic: TopicNameRef<'_>,
    ) -> bool {
        let refused = match action {
            Action::Publish => &self.refuse_publish,
            Action::Receive => &self.refuse_receive,
        };
        !refused.iter().any(|filter| filter.matches(topic))
    }

    /// The gate for SUBSCRIBE: whether `principal` may subscribe to `filter`. A filter that is
    /// refused itself, or that lies wholly under a refused one, is refused; one that merely
    /// overlaps is granted, and the gate for messages keeps back what is refused.
    #[must_use]
    pub fn allows_subscription(&self, _principal: Option<&str>, filter: &TopicFilter) -> bool {
        !self.refuse_receive.iter().any(|refused| covers(refused, filter))
    }
}

/// Whether every topic that `filter` matches is matched by `refused`.
fn covers(refused: &TopicFilter, filter: &TopicFilter) -> bool {
    if refused.starts_with_wildcard() && filter.as_str().starts_with('$') {
        return false; // [MQTT-4.7.2-1]
    }
    let mut wide = refused.as_str().split('/');
    let mut narrow = filter.as_str().split('/');
    loop {
        match (wide.next(), narrow.next()) {
            (Some("#"), _) | (None, None) => return true,
            (Some("+"), Some(level)) if level != "#" => {}
            (Some(one), Some(other)) if one == other => {}
            _ => return false,
        }
    }
}
