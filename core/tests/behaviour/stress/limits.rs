//! Limits, which hold after each input but for what a restart has found in the store.

use std::collections::BTreeMap;

use afterlink_core::broker::Broker;
use afterlink_core::broker::view::Totals;

use super::Run;

/// How much a restart has found in the store, which may be beyond the limits: what had left a
/// queue is back in it where the record of that was lost, as is a session or a retained message
/// that had ended. It may only become less.
#[derive(Debug, Default)]
pub(super) struct GivenBack {
    /// Messages in the queue of each session.
    sessions: BTreeMap<String, usize>,
    /// Messages and bytes in the queue of each share group, by the text of its name.
    groups: BTreeMap<String, (usize, u64)>,
    totals: Totals,
}

impl GivenBack {
    pub(super) fn of(broker: &Broker) -> Self {
        let sessions = broker.sessions(None, usize::MAX).into_iter();
        let groups = broker.share_groups(None, usize::MAX).into_iter();
        Self {
            sessions: sessions
                .map(|one| (one.client_identifier.to_string(), one.queue_len))
                .collect(),
            groups: groups
                .map(|one| (format!("{:?}", one.name), (one.queue_len, one.queue_bytes)))
                .collect(),
            totals: broker.totals(),
        }
    }

    /// Nothing of it that has gone comes back.
    fn shrink_to(&mut self, now: &Self) {
        for (name, len) in &mut self.sessions {
            *len = (*len).min(now.sessions.get(name).copied().unwrap_or(0));
        }
        for (name, (len, bytes)) in &mut self.groups {
            let (now_len, now_bytes) = now.groups.get(name).copied().unwrap_or_default();
            *len = (*len).min(now_len);
            *bytes = (*bytes).min(now_bytes);
        }
        let totals = &mut self.totals;
        totals.sessions = totals.sessions.min(now.totals.sessions);
        totals.retained_messages = totals.retained_messages.min(now.totals.retained_messages);
        totals.retained_bytes = totals.retained_bytes.min(now.totals.retained_bytes);
    }
}

impl Run {
    pub(super) fn check_limits(&mut self) {
        if self.reconfigured {
            return;
        }
        let limits = &self.broker.config().limits;
        let (now, before) = (GivenBack::of(&self.broker), &self.given_back);
        for session in self.broker.sessions(None, usize::MAX) {
            assert!(session.subscriptions_len <= limits.subscriptions_per_session_max as usize);
        }
        for (name, len) in &now.sessions {
            let given = before.sessions.get(name).copied().unwrap_or(0);
            assert!(*len <= given.max(limits.queue_messages_max as usize), "{len} messages wait");
        }
        for (name, (len, bytes)) in &now.groups {
            let (given, given_bytes) = before.groups.get(name).copied().unwrap_or_default();
            assert!(*len <= given.max(limits.queue_messages_max as usize));
            assert!(*bytes <= given_bytes.max(limits.queue_bytes_max));
        }
        let (totals, given) = (&now.totals, &before.totals);
        assert!(totals.connections <= limits.connections_max as usize);
        assert!(totals.sessions <= given.sessions.max(limits.sessions_max as usize));
        let retained_max = given.retained_messages.max(limits.retained_messages_max as usize);
        assert!(totals.retained_messages <= retained_max);
        assert!(totals.retained_bytes <= given.retained_bytes.max(limits.retained_bytes_max));
        assert!(totals.unfinished_bytes <= limits.unfinished_packet_bytes_max);
        self.given_back.shrink_to(&now);
    }
}
