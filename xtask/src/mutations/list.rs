//! The mutations: each a mistake that somebody could make in the core.

/// A mistake: in a file, a text that stands there once, and what takes its place.
pub(super) struct Mutation {
    /// What it is called, and told by.
    pub(super) name: &'static str,
    /// Relative to the sources of the core.
    pub(super) file: &'static str,
    pub(super) text: &'static str,
    pub(super) instead: &'static str,
}

const fn mutation(
    name: &'static str,
    file: &'static str,
    text: &'static str,
    instead: &'static str,
) -> Mutation {
    Mutation { name, file, text, instead }
}

pub(super) const MUTATIONS: &[Mutation] = &[
    mutation(
        "a message is sent again without DUP",
        "session/inflight.rs",
        "message.dup |= message.outgoing().is_some();",
        "message.dup &= message.outgoing().is_some();",
    ),
    mutation(
        "a packet identifier is used again while it is in use",
        "session/inflight.rs",
        "if self.orders.len() == usize::from(u16::MAX) {\n            return None;",
        "if self.orders.len() > 1 {\n            return self.orders.keys().next().copied();",
    ),
    mutation(
        "a session lives a second too long",
        "session/state.rs",
        "seconds => Some(now.plus_seconds(u64::from(seconds))),",
        "seconds => Some(now.plus_seconds(u64::from(seconds) + 1)),",
    ),
    mutation(
        "a will is not cut short by the end of its session",
        "session/state.rs",
        "Some(self.expires_at.map_or(due_at, |end| end.min(due_at)))",
        "Some(self.expires_at.map_or(due_at, |end| end.max(due_at)))",
    ),
    mutation(
        "the seconds that a message has left are rounded down",
        "session/message.rs",
        "let seconds = at.millis_since(now).div_ceil(1000).max(1);",
        "let seconds = (at.millis_since(now) / 1000).max(1);",
    ),
    mutation(
        "the second PUBLISH of a QoS 2 message is taken for a new one",
        "broker/publish.rs",
        "slot.session.received.contains(&identifier).then_some(identifier)",
        "slot.session.received.contains(&identifier).then_some(identifier).filter(|_| false)",
    ),
    mutation(
        "DISCONNECT does not withdraw the will",
        "broker/sessions.rs",
        "if normal && session.will.take().is_some() && self.observed.lifecycle {",
        "if normal && session.will.is_some() && self.observed.lifecycle {",
    ),
    mutation(
        "a will is published though its client came back in time",
        "broker/sessions.rs",
        "if overdue {\n            self.publish_will(key);",
        "if overdue || self.now.as_millis() > 0 {\n            self.publish_will(key);",
    ),
    mutation(
        "a connection that was lost has no will",
        "broker/sessions.rs",
        "Some(at) if at <= now => self.publish_will(key),",
        "Some(at) if at <= now => self.changed(key),",
    ),
    mutation(
        "a share group passes on a QoS 2 message whose delivery has begun",
        "broker/sessions.rs",
        "(message.qos() == QoS::AtLeastOnce).then(|| QueueEntry {",
        "(message.qos() > QoS::AtMostOnce).then(|| QueueEntry {",
    ),
    mutation(
        "Clean Start resumes",
        "broker/connect.rs",
        "if !expired && !clean_start {",
        "if !expired {",
    ),
    mutation(
        "Session Present is 0 though the session is resumed",
        "broker/connect.rs",
        "return (true, key);",
        "return (false, key);",
    ),
    mutation(
        "two connections act on one session",
        "broker/connect.rs",
        "self.disconnect(holder, ReasonCode::SESSION_TAKEN_OVER, \"another connection took it\");",
        "self.pump_connection(holder);",
    ),
    mutation(
        "keep alive is one time the interval",
        "broker/connect.rs",
        "silence_ms: u64::from(settled.keep_alive) * 1500,",
        "silence_ms: u64::from(settled.keep_alive) * 1000,",
    ),
    mutation(
        "DISCONNECT does not change the session expiry",
        "broker/disconnect.rs",
        "slot.session.expiry_interval = granted;",
        "slot.session.expiry_interval = granted.max(slot.session.expiry_interval);",
    ),
    mutation(
        "one message more than the receive maximum",
        "broker/deliver.rs",
        "let open = inflight.sent_here() < active.window;",
        "let open = inflight.sent_here() <= active.window;",
    ),
    mutation(
        "PUBREL is not sent again",
        "broker/acknowledge.rs",
        "self.send(connection, &Packet::PubRel(pubrel));\n            return;",
        "let _ = pubrel;\n            return;",
    ),
    mutation(
        "the higher QoS of publisher and subscriber counts",
        "session/subscription.rs",
        "self.options.qos.min(published)",
        "self.options.qos.max(published)",
    ),
    mutation(
        "No Local is forgotten",
        "broker/route.rs",
        "(own && subscription.options.no_local)",
        "(own && !subscription.options.no_local)",
    ),
    mutation(
        "the identifiers of overlapping subscriptions are lost",
        "broker/route.rs",
        "self.identifiers.add(identifier);",
        "self.identifiers = MatchedIdentifiers::One(identifier);",
    ),
    mutation(
        "nothing waits for the store",
        "broker/gate.rs",
        "barrier <= self.persisted\n",
        "barrier <= self.persisted || barrier > self.persisted\n",
    ),
    mutation(
        "the identifier of a QoS 2 message is not stored with it",
        "broker/route.rs",
        "(recorded(key).map(|number| (number, packet_identifier)), None)",
        "(recorded(key).map(|number| (number, packet_identifier)).filter(|_| false), None)",
    ),
    mutation(
        "a restart forgets that PUBREC has come",
        "broker/restore/mod.rs",
        "self.session(session)?.inflight.release(packet_identifier, at).then_some(())",
        "self.session(session)?.inflight.get(packet_identifier).map(|_| ())",
    ),
    mutation(
        "an empty payload does not clear what is retained",
        "broker/retained.rs",
        "let removed = self.retained.remove(topic).is_some();",
        "let removed = self.retained.tree.get(topic).is_some();",
    ),
    mutation(
        "Retain Handling 1 sends to those who are subscribed already",
        "broker/subscribe.rs",
        "RetainHandling::SendIfNew => earlier.is_none(),",
        "RetainHandling::SendIfNew => earlier.is_some(),",
    ),
    mutation(
        "a client hands out a QoS 2 message twice",
        "client/deliver.rs",
        "Some(_) => self.repeat(publish, packet_identifier),",
        "Some(_) => self.hand_out(publish, topic),",
    ),
    mutation(
        "an operator empties the queue of another client",
        "broker/operate.rs",
        "while let Some(slot) = self.sessions.get_mut(key.index()) {",
        "let keys = self.sessions.iter().map(|(index, _)| SessionKey::new(index));
                let key = keys.max().unwrap_or(key);
                while let Some(slot) = self.sessions.get_mut(key.index()) {",
    ),
    mutation(
        "an operator empties no queue",
        "broker/operate.rs",
        "let Some(entry) = slot.session.queue.pop() else { break };",
        "let Some(entry) = slot.session.queue.pop_expired(self.now) else { break };",
    ),
    mutation(
        "an operator drops another message than the one that was named",
        "broker/operate.rs",
        "if let Some(entry) = slot.session.queue.remove(arrival) {",
        "if let Some(entry) = slot.session.queue.remove(arrival + 1) {",
    ),
    mutation(
        "a restart numbers messages from 1 again",
        "broker/restore/mod.rs",
        "*last = (*last).max(possible(message.identity().sequence)?);",
        "*last = (*last).min(possible(message.identity().sequence)?);",
    ),
    mutation(
        "a restart leaves out a number that no message has had",
        "broker/restore/mod.rs",
        "*last = (*last).max(possible(message.identity().sequence)?);",
        "*last = (*last).max(possible(message.identity().sequence)? + 1);",
    ),
    mutation(
        "the view of a share group's queue shows no expiry",
        "broker/view/totals.rs",
        "group.queue.after(after).take(limit).map(QueueEntryView::new).collect()",
        "let mut views: Vec<_> =
                    group.queue.after(after).take(limit).map(QueueEntryView::new).collect();
                views.iter_mut().for_each(|view| view.message.expires_at = None);
                views",
    ),
    mutation(
        "the policy refuse drops a QoS 1 message for a full queue",
        "broker/admit.rs",
        "if !durable || qos == QoS::AtMostOnce {",
        "if !durable || qos < QoS::ExactlyOnce {",
    ),
    mutation(
        "a message for which a queue is too full is called too large",
        "broker/admit.rs",
        "Some(DropCause::QueueMessages)",
        "Some(DropCause::TooLarge)",
    ),
    mutation(
        "a share group that ends does not tell of what has waited for it",
        "broker/share_group.rs",
        "self.dropped_from_group(key, &entry, DropCause::Purged);",
        "self.queued_bytes -= entry.message.size();
                self.note_room(super::route::To::Group(key));",
    ),
    mutation(
        "a retained message that expires is called too large",
        "broker/retained.rs",
        "self.count_drop_of_nobody(message.name(), DropCause::Expired);",
        "self.count_drop_of_nobody(message.name(), DropCause::TooLarge);",
    ),
];
