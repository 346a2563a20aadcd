//! Whether share groups and their members hold what the model says.

use std::collections::BTreeMap;
use std::rc::Rc;

use afterlink_core::broker::Broker;
use afterlink_core::broker::view::QueueEntryView;
use afterlink_core::codec::QoS;

use super::state::{Kind, Message, Owed};
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
                .map(|view| Held { holder: None, view })
                .collect();
            for (client, view) in shared.remove(&name).unwrap_or_default() {
                entries.push(Held { holder: Some(client), view });
            }
            self.rejoin(&name, &entries);
            self.match_group(&name, entries)?;
            self.settle_group(&name)?;
        }
        // What is left is of groups that are no more.
        for (name, entries) in shared {
            for (client, view) in entries {
                let session = self.state.sessions.get(&client);
                let is_known = session.is_some_and(|session| {
                    session.waiting.iter().any(|owed| owed.message.is_shown_by(&view))
                });
                ensure!(is_known, "I1", "{client} holds what {name} did not owe it: {view:?}");
            }
        }
        Ok(())
    }

    /// What Sessions hold through a group that had come to its end is the group's again when
    /// somebody subscribes to it anew: should such a Session end, it goes to a member.
    fn rejoin(&mut self, name: &str, entries: &[Held]) {
        for held in entries {
            let Some(client) = &held.holder else { continue };
            let Some(session) = self.state.sessions.get_mut(client) else { continue };
            let is_it = |owed: &Owed| {
                owed.kind == Kind::Shared
                    && owed.message.sequence == held.view.message.sequence
                    && owed.message.is_shown_by(&held.view)
            };
            let Some(index) = session.waiting.iter().position(is_it) else { continue };
            let owed = session.waiting.remove(index);
            if let Some(group) = self.state.groups.get_mut(name) {
                group.waiting.push(owed);
            }
        }
    }

    /// Finds what a group is owed in its own queue and its members': first the messages that are
    /// named, then those that cannot be told from one that was taken.
    fn match_group(&mut self, name: &str, entries: Vec<Held>) -> Check {
        let Some(group) = self.state.groups.get_mut(name) else { return Ok(()) };
        let mut take = |held: &Held, is_it: &dyn Fn(&Owed) -> bool| {
            let index = group.waiting.iter().position(is_it)?;
            let mut owed = group.waiting.remove(index);
            owed.holder.clone_from(&held.holder);
            owed.is_seen = true;
            owed.may_be_lost = false;
            Some(owed)
        };
        let (mut seen, mut alike) = (Vec::new(), Vec::new());
        for held in entries {
            let is_named = |owed: &Owed| owed.message.sequence == held.view.message.sequence;
            match take(&held, &|owed| is_named(owed) && owed.message.is_shown_by(&held.view)) {
                Some(owed) => seen.push(owed),
                None => alike.push(held),
            }
        }
        for held in alike {
            let message = self.messages.get(&held.view.message.sequence);
            let message = message.filter(|message| message.is_shown_by(&held.view));
            let found = message.and_then(|message| {
                let owed = take(&held, &|owed| owed.message.is_like(message))?;
                Some(Owed { message: Rc::clone(message), ..owed })
            });
            let Some(owed) = found else {
                return Err(("I1", format!("{name} holds what it is not owed: {held:?}")));
            };
            seen.push(owed);
        }
        group.seen = seen;
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
    holder: Option<String>,
    view: QueueEntryView,
}

impl Message {
    /// Whether a view tells of it what it says.
    fn is_shown_by(&self, view: &QueueEntryView) -> bool {
        self.topic == view.message.topic
            && self.payload == view.message.payload
            && self.expires_at == view.message.expires_at
    }
}
