//! Routing: which sessions get a message, and how.
//!
//! One publish is routed in a fixed order: find the recipients, decide who has room, change the
//! retained message, record it all as one fact, then deliver.

use std::sync::Arc;

use super::share_group::GroupKey;
use super::{
    Broker, QueueName, Recipient, Record, RecordSequence, RetainedChange, SessionKey, SessionSlot,
};
use crate::authorization::Action;
use crate::codec::{PacketIdentifier, QoS};
use crate::session::{
    ClientIdentifier, MatchedIdentifiers, Message, MessageIdentity, MessageName, MessageParts,
    QueueEntry, ShareGroupName, Subscription,
};
use crate::topic::TopicNameRef;

/// Where a message comes from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Origin {
    /// A client's PUBLISH, under this identifier if it is QoS 2.
    Client(SessionKey, Option<PacketIdentifier>),
    /// The Will Message of this session.
    Will(SessionKey),
    /// The broker.
    Broker,
}

/// A queue that a message goes to.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) to: To,
    pub(super) qos: QoS,
    /// The RETAIN flag to carry.
    pub(super) retain: bool,
    pub(super) identifiers: MatchedIdentifiers,
    pub(super) share: Option<Arc<ShareGroupName>>,
    /// The same group by key.
    pub(super) group: Option<GroupKey>,
    /// The message's number in the queue.
    pub(super) arrival: u64,
    /// Whether there is room for it.
    pub(super) admitted: bool,
}

/// A queue by key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum To {
    Session(SessionKey),
    Group(GroupKey),
}

/// A message while it is routed: borrowed parts, and a stored copy once somebody needs one.
#[derive(Debug)]
pub(super) struct Routed<'a> {
    pub(super) parts: &'a MessageParts<'a>,
    identity: MessageIdentity,
    publisher: Option<ClientIdentifier>,
    stored: Option<Arc<Message>>,
}

impl<'a> Routed<'a> {
    /// How events name it.
    pub(super) const fn name(&self) -> MessageName<'a> {
        MessageName { sequence: self.identity.sequence, topic: self.parts.topic }
    }

    /// The stored copy.
    pub(super) fn message(&mut self) -> Arc<Message> {
        let (parts, identity, publisher) = (self.parts, self.identity, &self.publisher);
        Arc::clone(self.stored.get_or_insert_with(|| parts.to_message(identity, publisher.clone())))
    }
}

impl Target {
    /// The queue entry of this target.
    pub(super) fn entry(self, message: Arc<Message>, recorded: bool) -> QueueEntry {
        QueueEntry {
            arrival: self.arrival,
            qos: self.qos,
            retain: self.retain,
            identifiers: self.identifiers,
            share: self.share,
            recorded,
            message,
        }
    }
}

impl Broker {
    /// Routes a message. Returns the record that an acknowledgement has to wait for.
    pub(super) fn route(
        &mut self,
        topic: TopicNameRef<'_>,
        parts: &MessageParts<'_>,
        origin: Origin,
    ) -> RecordSequence {
        let publisher = origin.session();
        self.last_sequence += 1;
        let mut targets = self.find_targets(topic, parts, publisher);
        if !self.shared.is_empty() {
            self.take_turns(&targets);
        }
        let mut routed = Routed {
            parts,
            identity: MessageIdentity { origin: self.origin, sequence: self.last_sequence },
            publisher: publisher
                .and_then(|key| self.sessions.get(key.index()))
                .map(|slot| slot.session.client_identifier.clone()),
            stored: None,
        };
        let mut admitted = 0;
        for target in &mut targets {
            target.admitted = self.admit(target, &routed, &mut admitted);
        }
        let retained = self.change_retained(topic, &mut routed);
        let barrier = if self.keeps_records() {
            self.record_published(&targets, &mut routed, retained, origin)
        } else {
            RecordSequence::default()
        };
        self.deliver(&mut targets, &mut routed);
        targets.clear();
        self.targets = targets;
        barrier
    }

    /// The recipients of a message, in an order that follows from the subscriptions alone, each
    /// with a number for the message in its queue.
    pub(super) fn find_targets(
        &mut self,
        topic: TopicNameRef<'_>,
        parts: &MessageParts<'_>,
        publisher: Option<SessionKey>,
    ) -> Vec<Target> {
        let mut targets = core::mem::take(&mut self.targets);
        targets.clear();
        self.next_route += 1;
        let (route, arrival, now) = (self.next_route, self.next_arrival, self.now);
        let policy = (!self.policy.allows_all()).then_some(&self.policy);
        let sessions = &mut self.sessions;
        self.plain.matches(topic, &mut |key: SessionKey, subscription: &Subscription| {
            let Some(slot) = sessions.get_mut(key.index()) else { return };
            let own = publisher == Some(key);
            if !may_receive(slot, topic, policy, now) || (own && subscription.options.no_local) {
                return; // [MQTT-3.8.3-3]
            }
            let (seen, place) = slot.route;
            if seen == route
                && let Some(target) = targets.get_mut(place)
            {
                target.overlap(subscription, parts);
                return;
            }
            slot.route = (route, targets.len());
            targets.push(Target::new(key, subscription, parts, arrival));
        });
        if !self.shared.is_empty() {
            self.find_group_targets(topic, parts, &mut targets);
        }
        self.next_arrival += 1 + targets.len() as u64;
        targets
    }

    /// Records a publish with all that follows from it, if anything of it is durable.
    fn record_published(
        &mut self,
        targets: &[Target],
        routed: &mut Routed<'_>,
        retained: RetainedChange,
        origin: Origin,
    ) -> RecordSequence {
        let recipients: Vec<Recipient> =
            targets.iter().filter_map(|target| self.recipient(target)).collect();
        let recorded = |key: SessionKey| {
            self.sessions
                .get(key.index())
                .filter(|slot| slot.recorded)
                .map(|slot| slot.session.number)
        };
        let (received, will_of) = match origin {
            Origin::Client(key, Some(packet_identifier)) => {
                (recorded(key).map(|number| (number, packet_identifier)), None)
            }
            Origin::Will(key) => (None, recorded(key)),
            Origin::Client(_, None) | Origin::Broker => (None, None),
        };
        if recipients.is_empty()
            && retained == RetainedChange::None
            && received.is_none()
            && will_of.is_none()
        {
            // Nothing to remove is left, perhaps because another's removal is on its way; this
            // publisher is promised no less.
            let cleared = routed.parts.retain;
            return if cleared { self.gate.barrier() } else { RecordSequence::default() };
        }
        let message = routed.message();
        self.record(Record::Published { message, recipients, retained, received, will_of })
    }

    /// How a record names a target; `None` if it is not durable.
    fn recipient(&self, target: &Target) -> Option<Recipient> {
        if !target.admitted || !self.is_recorded(target) {
            return None;
        }
        let queue = match target.to {
            To::Session(key) => QueueName::Session(self.sessions.get(key.index())?.session.number),
            To::Group(key) => QueueName::Group(Arc::clone(&self.groups.get(key.index())?.name)),
        };
        Some(Recipient {
            queue,
            arrival: target.arrival,
            qos: target.qos,
            retain: target.retain,
            identifiers: target.identifiers.clone(),
            share: target.share.clone(),
        })
    }

    /// Whether a store holds the message for this target: QoS 1 and 2 for a session that
    /// outlives its connection, and QoS 0 for one that is away. A group's queue is held as long
    /// as one of its members is.
    pub(super) fn is_recorded(&self, target: &Target) -> bool {
        if !self.keeps_records() {
            return false;
        }
        match target.to {
            To::Session(key) => self.sessions.get(key.index()).is_some_and(|slot| {
                slot.recorded && (target.qos > QoS::AtMostOnce || slot.connection.is_none())
            }),
            To::Group(key) => {
                self.groups.get(key.index()).is_some_and(|group| group.recorded_members > 0)
            }
        }
    }

    /// Whether a store holds this session.
    pub(super) fn has_record(&self, key: SessionKey) -> bool {
        self.sessions.get(key.index()).is_some_and(|slot| slot.recorded)
    }
}

impl Origin {
    /// The session whose client published the message.
    const fn session(self) -> Option<SessionKey> {
        match self {
            Self::Client(key, _) | Self::Will(key) => Some(key),
            Self::Broker => None,
        }
    }
}

impl Target {
    fn new(
        key: SessionKey,
        subscription: &Subscription,
        parts: &MessageParts<'_>,
        arrival: u64,
    ) -> Self {
        Self {
            to: To::Session(key),
            qos: subscription.effective_qos(parts.qos), // [MQTT-3.8.4-8] [MQTT3-3.8.4-6]
            // [MQTT-3.3.1-12] [MQTT-3.3.1-13] [MQTT3-3.3.1-9]
            retain: parts.retain && subscription.options.retain_as_published,
            identifiers: subscription
                .identifier
                .map_or(MatchedIdentifiers::None, MatchedIdentifiers::One),
            share: None,
            group: None,
            arrival,
            admitted: false,
        }
    }

    /// One more subscription of the same session matched: one copy is sent, with the highest QoS
    /// `[MQTT-3.3.4-2]` and all identifiers `[MQTT-3.3.4-3]` `[MQTT-3.3.4-4]`.
    fn overlap(&mut self, subscription: &Subscription, parts: &MessageParts<'_>) {
        self.qos = self.qos.max(subscription.effective_qos(parts.qos));
        self.retain |= parts.retain && subscription.options.retain_as_published;
        if let Some(identifier) = subscription.identifier {
            self.identifiers.add(identifier);
        }
    }
}

fn may_receive(
    slot: &SessionSlot,
    topic: TopicNameRef<'_>,
    policy: Option<&crate::authorization::Policy>,
    now: crate::Timestamp,
) -> bool {
    // A session that has expired is gone, swept or not.
    !slot.session.is_expired(now)
        && policy.is_none_or(|policy| {
            policy.allows(Action::Receive, slot.session.principal.as_deref(), topic)
        })
}
