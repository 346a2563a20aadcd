//! Whether the queues of sessions hold what the model says.

use std::collections::BTreeMap;

use afterlink_core::broker::Broker;
use afterlink_core::broker::view::{MessageView, QueueEntryView};
use afterlink_core::codec::QoS;

use super::seen::{Life, Seen};
use super::state::{Kind, Owed};
use super::{Check, Model};

impl Model {
    pub(super) fn agree_on_queue(
        &mut self,
        client: &str,
        broker: &Broker,
        shared: &mut BTreeMap<String, Vec<(String, QueueEntryView)>>,
    ) -> Check {
        let mut found = Vec::new();
        for view in broker.queue(client, None, usize::MAX) {
            match &view.share {
                Some(name) => {
                    shared.entry(name.clone()).or_default().push((client.to_owned(), view));
                }
                None => found.push(self.find_queued(client, &view)?),
            }
        }
        let is_gated = self.is_gated();
        let Some(session) = self.state.sessions.get_mut(client) else { return Ok(()) };
        for owed in core::mem::take(&mut session.waiting) {
            // One that waits for its own removal to be stored is in no view.
            let may_be_held = is_gated && owed.qos == QoS::AtMostOnce;
            if owed.kind == Kind::Shared || (may_be_held && session.link.is_some()) {
                found.push(owed);
            } else if !may_be_held {
                let what = "has lost a message, and no drop tells of it";
                return Err(("I1", format!("{client} {what}: {owed:?}")));
            }
        }
        found.sort_by_key(|owed| owed.message.number);
        session.waiting = found;
        Ok(())
    }

    /// The message that a queue entry stands for.
    fn find_queued(
        &mut self,
        client: &str,
        view: &QueueEntryView,
    ) -> Result<Owed, (&'static str, String)> {
        let mut identifiers = view.subscription_identifiers.clone();
        identifiers.sort_unstable();
        let seen = Seen {
            topic: &view.message.topic,
            payload: &view.message.payload,
            qos: view.qos,
            retain: Some(view.retain),
            identifiers: Some(&identifiers),
            life: Life::Until(view.message.expires_at),
        };
        let is_it = |owed: &Owed| {
            owed.kind.is_certain()
                && owed.is(seen.topic, seen.payload, seen.qos, view.retain)
                && owed.identifiers == identifiers
                && owed.message.expires_at == view.message.expires_at
        };
        let waiting = self.state.sessions.get_mut(client).map(|session| &mut session.waiting);
        if let Some(waiting) = waiting
            && let Some(index) = position(waiting, &view.message, is_it)
        {
            return Ok(waiting.remove(index));
        }
        let taken = match self.take_retained(client, &seen) {
            Some(owed) => Some(owed),
            None => self.take_owed_of(client, &seen)?.map(|(owed, _)| owed),
        };
        taken.ok_or_else(|| ("I1", format!("{client} has queued what it is not owed: {seen}")))
    }
}

/// The place of the message that a view shows, of those that fit: where two are alike, the one
/// that it names.
fn position(
    waiting: &mut [Owed],
    view: &MessageView,
    fits: impl Fn(&Owed) -> bool,
) -> Option<usize> {
    let is_named = |owed: &Owed| owed.message.sequence == view.sequence;
    let found = waiting.iter().position(|owed| is_named(owed) && fits(owed));
    found.or_else(|| waiting.iter().position(fits))
}
