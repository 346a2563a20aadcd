//! What the model holds: the state of a broker as the standard describes it, in plain lists.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use afterlink_core::Timestamp;
use afterlink_core::codec::QoS;
use afterlink_core::codec::packet::SubscriptionOptions;

/// All that outlives connections. A clone is what a store holds of a moment.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    /// By Client Identifier.
    pub(super) sessions: BTreeMap<String, Session>,
    /// By the whole filter, `$share/` included.
    pub(super) groups: BTreeMap<String, Group>,
    /// By topic.
    pub(super) retained: BTreeMap<String, Rc<Message>>,
    /// Retained messages that are so no more, with their topic and until when by `routed`.
    pub(super) past_retained: Vec<(Rc<Message>, u64)>,
    /// Messages routed so far.
    pub(super) routed: u64,
}

/// An Application Message that was routed.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) topic: String,
    pub(super) payload: Vec<u8>,
    pub(super) qos: QoS,
    pub(super) retain: bool,
    pub(super) user_properties: usize,
    /// Bytes of these in a packet.
    pub(super) user_properties_len: usize,
    pub(super) expires_at: Option<Timestamp>,
    pub(super) publisher: String,
    /// Its place among all that were routed.
    pub(super) number: u64,
    /// The number that the broker gave it.
    pub(super) sequence: u64,
    pub(super) is_will: bool,
    /// Whether its publisher can be told that a queue is full.
    pub(super) is_refusable: bool,
    /// Whether something of it has to be persisted before it may be acknowledged.
    pub(super) is_recorded: Cell<bool>,
}

/// A message that somebody is owed.
#[derive(Clone, Debug)]
pub(super) struct Owed {
    pub(super) message: Rc<Message>,
    pub(super) qos: QoS,
    pub(super) retain: bool,
    /// Subscription Identifiers, in order.
    pub(super) identifiers: Vec<u32>,
    pub(super) kind: Kind,
    /// Whether a store holds it.
    pub(super) is_recorded: bool,
    /// The member in whose queue a message of a group was seen.
    pub(super) holder: Option<String>,
    /// Whether a message of a group was seen in its queue or a member's.
    pub(super) is_seen: bool,
    /// Whether a restart may have lost it: a group's, which may have been a member's at QoS 0.
    pub(super) may_be_lost: bool,
}

/// By what a message came to be owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It was published while the subscription was there.
    Live,
    /// It was retained when the subscription was made.
    Retained,
    /// Through a share group.
    Shared,
}

/// A message that was sent and is not completely acknowledged.
#[derive(Clone, Debug)]
pub(super) struct Flight {
    pub(super) owed: Owed,
    pub(super) group: Option<String>,
    /// Whether PUBREC has come.
    pub(super) is_released: bool,
    /// Whether its PUBLISH has left.
    pub(super) is_sent: bool,
    /// Since when the broker holds it as started.
    pub(super) since: Timestamp,
    /// The connection its last packet was made for.
    pub(super) link: u64,
    /// Its place in the order of sending, and of PUBREC after that.
    pub(super) order: u64,
}

/// Retained messages that a subscription is to be given.
#[derive(Clone, Debug)]
pub(super) struct Promise {
    pub(super) filter: String,
    pub(super) qos: QoS,
    pub(super) identifiers: Vec<u32>,
    pub(super) no_local: bool,
    /// Messages routed before it was made.
    pub(super) since: u64,
    /// Whether all must come: not once the connection has ended in between.
    pub(super) is_due: bool,
    /// The messages given or dropped, by number.
    pub(super) given: BTreeSet<u64>,
}

/// A Will Message.
#[derive(Clone, Debug)]
pub(super) struct Will {
    pub(super) topic: String,
    pub(super) payload: Vec<u8>,
    pub(super) qos: QoS,
    pub(super) retain: bool,
    pub(super) delay: u32,
    pub(super) expiry: Option<u32>,
}

/// A Session.
#[derive(Clone, Debug)]
pub(super) struct Session {
    /// The connection that acts on it.
    pub(super) link: Option<u64>,
    pub(super) expiry: u32,
    pub(super) connected_at: Timestamp,
    pub(super) disconnected_at: Option<Timestamp>,
    pub(super) expires_at: Option<Timestamp>,
    pub(super) subscriptions: BTreeMap<String, (SubscriptionOptions, Option<u32>)>,
    pub(super) will: Option<Will>,
    pub(super) will_due_at: Option<Timestamp>,
    /// QoS 2 messages taken and not released.
    pub(super) received: BTreeSet<u16>,
    /// In the order of routing.
    pub(super) waiting: Vec<Owed>,
    pub(super) flights: BTreeMap<u16, Flight>,
    pub(super) promises: Vec<Promise>,
    pub(super) next_order: u64,
    /// Whether a store holds it.
    pub(super) is_recorded: bool,
    /// Whether the CONNACK that told of its beginning has reached the client.
    pub(super) is_told: bool,
}

/// A share group.
#[derive(Clone, Debug, Default)]
pub(super) struct Group {
    pub(super) members: BTreeSet<String>,
    pub(super) waiting: Vec<Owed>,
    /// Of these, the ones found while views are compared.
    pub(super) seen: Vec<Owed>,
}

impl Session {
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            link: None,
            expiry: 0,
            connected_at: now,
            disconnected_at: None,
            expires_at: None,
            subscriptions: BTreeMap::new(),
            will: None,
            will_due_at: None,
            received: BTreeSet::new(),
            waiting: Vec::new(),
            flights: BTreeMap::new(),
            promises: Vec::new(),
            next_order: 0,
            is_recorded: false,
            is_told: false,
        }
    }

    pub(super) fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }

    /// A subscription is replaced or ended: what it was to be given still may come.
    pub(super) fn forget_promise(&mut self, filter: &str) {
        for promise in self.promises.iter_mut().filter(|promise| promise.filter == filter) {
            promise.is_due = false;
        }
    }
}

impl Message {
    pub(super) fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }

    /// Whether it cannot be told from another by what it says.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.topic == other.topic && self.payload == other.payload
    }

    /// Seconds it has left, rounded up, as a PUBLISH carries them.
    pub(super) fn seconds_left(&self, now: Timestamp) -> Option<u32> {
        let at = self.expires_at?;
        u32::try_from(at.millis_since(now).div_ceil(1000).max(1)).ok()
    }
}

impl Owed {
    /// Whether a packet or a view with these fields can be this one.
    pub(super) fn is(&self, topic: &str, payload: &[u8], qos: QoS, retain: bool) -> bool {
        self.qos == qos
            && self.retain == retain
            && self.message.payload == payload
            && self.message.topic == topic
    }
}

/// Whether a Topic Filter matches a Topic Name.
pub(super) fn matches(filter: &str, topic: &str) -> bool {
    let mut names = topic.split('/');
    for level in filter.split('/') {
        match (level, names.next()) {
            ("#", _) => return true,
            ("+", Some(_)) => {}
            (level, Some(name)) if level == name => {}
            _ => return false,
        }
    }
    names.next().is_none()
}

/// The Topic Filter of a shared subscription.
pub(super) fn shared(filter: &str) -> Option<&str> {
    filter.strip_prefix("$share/").and_then(|rest| rest.split_once('/')).map(|(_, inner)| inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_match_as_the_standard_says() {
        assert!(matches("sport/#", "sport"));
        assert!(matches("sport/+/player", "sport/tennis/player"));
        assert!(!matches("sport/+", "sport"));
        assert!(matches("+/+", "/finance"));
        assert!(!matches("+", "/finance"));
        assert!(matches("d//e", "d//e") && !matches("d/e", "d//e"));
        assert_eq!(shared("$share/g/a/#"), Some("a/#"));
        assert_eq!(shared("a/#"), None);
    }
}
