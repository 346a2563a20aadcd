//! Whether share groups and their members hold what the model says.

use std::collections::BTreeMap;

use afterlink_core::broker::Broker;
use afterlink_core::broker::view::QueueEntryView;
use afterlink_core::codec::QoS;

use super::queues::position;
use super::state::{Kind, Owed};
use super::{Check, Model, ensure};

impl Model {
    pub(super) fn agree_on_groups(
        &mut self,
        broker: &Broker,
        mut shared: BTreeMap<String, Vec<(String, QueueEntryView)>>,
    ) -> Check {
        let views = broker.share_groups(None, usize::MAX);
        ensure!(
            views.len() == self.state.groups.len(),
            "I5",
            "{} share groups, the model has {}",
            views.len(),
            self.state.groups.len()
        );
        let mut unknown = Vec::new();
        for view in views {
            let name = format!("$share/{}/{}", view.name.share_name, view.name.filter);
            let Some(group) = self.state.groups.get(&name) else {
                return Err(("I5", format!("the model has no share group {name}")));
            };
            let mut told: Vec<&str> =
                view.members.iter().map(|(client, _)| client.as_str()).collect();
            told.sort_unstable();
            let known: Vec<&str> = group.members.iter().map(String::as_str).collect();
            ensure!(told == known, "I5", "members of {name}: {told:?}, the model has {known:?}");
            let mut entries: Vec<Held> = broker
                .group_queue(&view.name, None, usize::MAX)
                .into_iter()
                .map(|view| Held { group: name.clone(), holder: None, view })
                .collect();
            for (client, view) in shared.remove(&name).unwrap_or_default() {
                entries.push(Held { group: name.clone(), holder: Some(client), view });
            }
            unknown.extend(self.match_group(&name, entries));
        }
        for held in unknown {
            self.match_elsewhere(held)?;
        }
        for name in self.state.groups.keys().cloned().collect::<Vec<_>>() {
            self.settle_group(&name)?;
        }
        // What is left is of groups that are no more.
        for (name, entries) in shared {
            for (client, view) in entries {
                let session = self.state.sessions.get(&client);
                let is_known = session
                    .is_some_and(|session| session.waiting.iter().any(|owed| is_same(owed, &view)));
                ensure!(is_known, "I1", "{client} holds what {name} did not owe it: {view:?}");
            }
        }
        Ok(())
    }

    /// Finds what a group is owed in its own queue and its members'. Answers what is there beyond.
    fn match_group(&mut self, name: &str, entries: Vec<Held>) -> Vec<Held> {
        let Some(group) = self.state.groups.get_mut(name) else { return entries };
        group.seen.clear();
        let mut unknown = Vec::new();
        for held in entries {
            match position(&mut group.waiting, &held.view.message, |owed| is_same(owed, &held.view))
            {
                Some(index) => {
                    let owed = group.waiting.remove(index);
                    group.seen.push(Owed { holder: held.holder, may_be_lost: false, ..owed });
                }
                None => unknown.push(held),
            }
        }
        unknown
    }

    /// Finds a message of a group that came to a client by another way at the same time: which of
    /// two alike was sent first cannot be seen.
    fn match_elsewhere(&mut self, held: Held) -> Check {
        let message = &held.view.message;
        let same = |owed: &Owed| {
            owed.message.topic == message.topic && owed.message.payload == message.payload
        };
        let groups = self.state.groups.values_mut().map(|group| &mut group.waiting);
        let sessions = self.state.sessions.values_mut().map(|session| &mut session.waiting);
        let owed = groups.chain(sessions).find_map(|waiting| {
            let index = waiting.iter().position(same)?;
            Some(waiting.remove(index))
        });
        let Some(owed) = owed else {
            return Err(("I1", format!("{} holds what it is not owed: {held:?}", held.group)));
        };
        if let Some(group) = self.state.groups.get_mut(&held.group) {
            group.seen.push(Owed { kind: Kind::Shared, holder: held.holder, ..owed });
        }
        Ok(())
    }

    /// What a group is owed and nobody has was dropped and counted.
    fn settle_group(&mut self, name: &str) -> Check {
        let is_gated = self.is_gated();
        let Some(group) = self.state.groups.get_mut(name) else { return Ok(()) };
        let mut seen = core::mem::take(&mut group.seen);
        for owed in core::mem::take(&mut group.waiting) {
            // One that waits for its own removal to be stored is in no view, as above.
            if is_gated && owed.message.qos == QoS::AtMostOnce {
                seen.push(owed);
                continue;
            }
            // What an expired session holds is not seen until it is swept.
            if owed.may_be_lost {
                continue;
            }
            // Held for a client, as above; its QoS is only known when it is sent.
            if is_gated {
                seen.push(owed);
                continue;
            }
            return Err((
                "I1",
                format!("{name} has lost a message, no drop tells of it: {owed:?}"),
            ));
        }
        seen.sort_by_key(|owed| owed.message.number);
        if let Some(group) = self.state.groups.get_mut(name) {
            group.waiting = seen;
        }
        Ok(())
    }
}

/// A message of a group that was seen in its queue or a member's.
#[derive(Debug)]
struct Held {
    group: String,
    holder: Option<String>,
    view: QueueEntryView,
}

fn is_same(owed: &Owed, view: &QueueEntryView) -> bool {
    owed.message.topic == view.message.topic
        && owed.message.payload == view.message.payload
        && owed.message.expires_at == view.message.expires_at
}
