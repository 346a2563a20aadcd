//! Shared Subscriptions (§4.8.2): groups of sessions of which one gets each message.

use core::ops::Bound;
use std::sync::Arc;

use super::config::SharedDelivery;
use super::route::{Target, To};
use super::timers::TimerKey;
use super::{Broker, SessionKey};
use crate::Timestamp;
use crate::authorization::Action;
use crate::codec::QoS;
use crate::ordered::{OrderedMap, OrderedSet};
use crate::session::{
    DropCause, MatchedIdentifiers, MessageParts, Queue, ShareGroupName, Subscription,
};
use crate::topic::TopicNameRef;

crate::slots::key!(
    /// The index of a share group.
    GroupKey
);

/// Who of a group takes a message now.
pub(super) enum Taker {
    /// This member.
    Member(SessionKey),
    /// Nobody is connected.
    Nobody,
    /// Nobody who is connected has room for it.
    Full,
    /// Nobody who is connected may be given it.
    NotAuthorized,
}

/// A share group. It lives as long as it has a member.
#[derive(Clone, Debug)]
pub(super) struct ShareGroup {
    pub(super) name: Arc<ShareGroupName>,
    /// Each member with its own options `[MQTT-4.8.2-3]`.
    pub(super) members: OrderedMap<SessionKey, Subscription>,
    /// The members whose client is connected.
    pub(super) online: OrderedSet<SessionKey>,
    /// How many members a store holds; as long as there is one, it holds the queue too.
    pub(super) recorded_members: usize,
    /// Messages that wait for any member.
    pub(super) queue: Queue,
    /// Who got the last message.
    pub(super) last: Option<SessionKey>,
    /// When its next message expires, as armed.
    pub(super) message_expiry: Option<Timestamp>,
}

impl Broker {
    /// A session becomes a member, or changes its options. Returns whether it is new.
    pub(super) fn join_group(
        &mut self,
        name: ShareGroupName,
        session: SessionKey,
        subscription: Subscription,
    ) -> bool {
        let name = Arc::new(name);
        let key = if let Some(key) = self.group_keys.get(&name) {
            *key
        } else {
            let key = GroupKey::new(self.groups.insert(ShareGroup {
                name: Arc::clone(&name),
                members: OrderedMap::new(),
                online: OrderedSet::new(),
                recorded_members: 0,
                queue: Queue::default(),
                last: None,
                message_expiry: None,
            }));
            self.shared.insert(&name.filter, key, ());
            self.group_keys.insert(Arc::clone(&name), key);
            key
        };
        let Some(slot) = self.sessions.get_mut(session.index()) else { return false };
        slot.groups.insert(Arc::clone(&name), key);
        let (online, recorded) = (slot.connection.is_some(), slot.recorded);
        let Some(group) = self.groups.get_mut(key.index()) else { return false };
        let new = group.members.insert(session, subscription).is_none();
        group.recorded_members += usize::from(new && recorded);
        if online {
            // What waits is given to it behind its SUBACK.
            group.online.insert(session);
        }
        new
    }

    /// A session is no member any more; the last one takes the group with it.
    pub(super) fn group_member_leaves(&mut self, key: GroupKey, session: SessionKey) {
        let recorded = self.has_record(session);
        let Some(group) = self.groups.get_mut(key.index()) else { return };
        let left = group.members.remove(&session).is_some();
        group.online.remove(&session);
        if left && recorded {
            group.recorded_members -= 1;
            if group.recorded_members == 0 && !group.members.is_empty() {
                // A store forgets the group with its last member there.
                group.queue.forget_records();
            }
        }
        let name = Arc::clone(&group.name);
        if group.members.is_empty() {
            while let Some(group) = self.groups.get_mut(key.index()) {
                let Some(entry) = group.queue.pop() else { break };
                self.dropped_from_group(key, &entry, DropCause::Purged);
            }
            if let Some(group) = self.groups.try_remove(key.index())
                && let Some(at) = group.message_expiry
            {
                self.timers.cancel(at, TimerKey::GroupMessageExpiry(key));
            }
            self.stalled_groups.remove(&key);
            self.group_keys.remove(&name);
            self.shared.remove(&name.filter, key);
        }
        if let Some(slot) = self.sessions.get_mut(session.index()) {
            slot.groups.remove(&name);
        }
    }

    /// A client is there and has its CONNACK: it may take what waits for the groups that its
    /// session is a member of.
    pub(super) fn groups_connected(&mut self, session: SessionKey) {
        let Some(slot) = self.sessions.get(session.index()) else { return };
        let groups: Vec<GroupKey> = slot.groups.values().copied().collect();
        for key in groups {
            if let Some(group) = self.groups.get_mut(key.index()) {
                group.online.insert(session);
            }
            self.drain_group(key);
        }
    }

    /// A member's client is away.
    pub(super) fn group_member_disconnected(&mut self, key: GroupKey, session: SessionKey) {
        if let Some(group) = self.groups.get_mut(key.index()) {
            group.online.remove(&session);
        }
    }

    /// Adds the recipients among the groups whose filter matches.
    pub(super) fn find_group_targets(
        &mut self,
        topic: TopicNameRef<'_>,
        parts: &MessageParts<'_>,
        targets: &mut Vec<Target>,
    ) {
        let mut matched = Vec::new();
        self.shared.matches(topic, &mut |key: GroupKey, ()| matched.push(key));
        for key in matched {
            let arrival = self.next_arrival + 1 + targets.len() as u64;
            let member = self.pick_member(key, topic, parts);
            let Some(group) = self.groups.get(key.index()) else { continue };
            if member.is_none()
                && !self.policy.allows_all()
                && !group.members.keys().any(|member| self.may_take(*member, topic))
            {
                // Nobody is there for whom it could wait.
                continue;
            }
            let share = Some(Arc::clone(&group.name));
            let target = match member.and_then(|member| Some((member, group.members.get(&member)?)))
            {
                Some((member, subscription)) => Target {
                    to: To::Session(member),
                    qos: subscription.effective_qos(parts.qos),
                    retain: parts.retain && subscription.options.retain_as_published,
                    identifiers: identifiers(subscription),
                    share,
                    group: Some(key),
                    arrival,
                    admitted: false,
                },
                None => Target {
                    to: To::Group(key),
                    qos: parts.qos,
                    retain: parts.retain,
                    identifiers: MatchedIdentifiers::None,
                    share,
                    group: Some(key),
                    arrival,
                    admitted: false,
                },
            };
            targets.push(target);
        }
    }

    /// Whose turn it is; `None` if the message is to wait for whoever comes first.
    fn pick_member(
        &self,
        key: GroupKey,
        topic: TopicNameRef<'_>,
        parts: &MessageParts<'_>,
    ) -> Option<SessionKey> {
        let group = self.groups.get(key.index())?;
        match self.config.shared_delivery {
            // What waits already is not overtaken.
            SharedDelivery::OnlineFirst if !group.queue.is_empty() => None,
            SharedDelivery::OnlineFirst => {
                match self.online_taker(group, topic, parts.qos, parts.size()) {
                    Taker::Member(member) => Some(member),
                    Taker::Nobody | Taker::Full | Taker::NotAuthorized => None,
                }
            }
            SharedDelivery::RoundRobin => {
                let after = group.after_last();
                let later = group.members.range_from(Bound::Included(&after));
                let earlier = group.members.iter().take_while(|(member, _)| **member < after);
                let mut members = later.chain(earlier);
                members
                    .find(|(member, subscription)| {
                        let qos = subscription.effective_qos(parts.qos);
                        self.may_take(**member, topic) && self.is_kept_for(**member, group, qos)
                    })
                    .map(|(member, _)| *member)
            }
        }
    }

    /// The connected member whose turn it is of those who have room.
    pub(super) fn online_taker(
        &self,
        group: &ShareGroup,
        topic: TopicNameRef<'_>,
        qos: QoS,
        size: u64,
    ) -> Taker {
        let after = group.after_last();
        let mut outcome = Taker::Nobody;
        let later = group.online.range_from(Bound::Included(&after));
        let earlier = group.online.iter().take_while(|member| **member < after);
        for member in later.chain(earlier) {
            if !self.may_take(*member, topic) {
                if matches!(outcome, Taker::Nobody) {
                    outcome = Taker::NotAuthorized;
                }
                continue;
            }
            let qos = group.members.get(member).map_or(qos, |one| one.effective_qos(qos));
            let room = self.sends_directly(*member, qos)
                || self
                    .sessions
                    .get(member.index())
                    .is_some_and(|slot| self.lacks_room(&slot.session.queue, size, 0).is_none());
            if room {
                return Taker::Member(*member);
            }
            outcome = Taker::Full;
        }
        outcome
    }

    /// Whether a message of `qos` for a member is kept until its client takes it.
    fn is_kept_for(&self, member: SessionKey, group: &ShareGroup, qos: QoS) -> bool {
        qos > QoS::AtMostOnce || self.config.queue_qos0_offline || group.online.contains(&member)
    }

    /// The members that are given a message have had their turn.
    pub(super) fn take_turns(&mut self, targets: &[Target]) {
        for target in targets {
            if let (To::Session(member), Some(group)) =
                (target.to, target.group.and_then(|key| self.groups.get_mut(key.index())))
            {
                group.last = Some(member);
            }
        }
    }

    pub(super) fn may_take(&self, member: SessionKey, topic: TopicNameRef<'_>) -> bool {
        self.sessions.get(member.index()).is_some_and(|slot| {
            let principal = slot.session.principal.as_deref();
            !slot.session.is_expired(self.now)
                && (self.policy.allows_all()
                    || self.policy.allows(Action::Receive, principal, topic))
        })
    }
}

impl ShareGroup {
    /// Where the search for the next in turn begins.
    pub(super) fn after_last(&self) -> SessionKey {
        SessionKey::new(self.last.map_or(0, |last| last.index() + 1))
    }
}

pub(super) fn identifiers(subscription: &Subscription) -> MatchedIdentifiers {
    subscription.identifier.map_or(MatchedIdentifiers::None, MatchedIdentifiers::One)
}
