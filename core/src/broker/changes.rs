//! Which sessions have changed, so that a watcher asks for those alone.
//!
//! Each change gives a session the next revision, but only if somebody has looked since its last
//! one: a session that everyone will find anyway is left where it stands. So a broker that nobody
//! watches pays one comparison for a change.

use core::ops::Bound;
use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::{Broker, SessionKey};
use crate::ordered::OrderedMap;
use crate::session::ClientIdentifier;

/// How many ended sessions are remembered for watchers.
const ENDED_KEPT: usize = 1024;

/// Sessions by revision.
#[derive(Clone, Debug, Default)]
pub(super) struct Changes {
    /// The revision given last.
    revision: u64,
    /// The revision up to which somebody has looked.
    looked: u64,
    by_revision: OrderedMap<u64, SessionKey>,
    /// Sessions that ended, with the revision of it.
    ended: VecDeque<(u64, ClientIdentifier)>,
    /// The revision up to which endings are forgotten.
    ended_forgotten: u64,
}

/// A page of what has changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedSessions {
    /// Sessions that began or changed.
    pub changed: Vec<ClientIdentifier>,
    /// Sessions that ended.
    pub ended: Vec<ClientIdentifier>,
    /// What to ask for next time.
    pub revision: u64,
    /// Whether there is more now.
    pub more: bool,
    /// Whether endings were missed, so that the watcher has to list the sessions anew.
    pub missed: bool,
}

impl Broker {
    /// Sessions that began, changed or ended after `revision` (0 for all), at most `limit` of
    /// them. Costs a step for each.
    #[must_use]
    pub fn changed_since(&mut self, revision: u64, limit: usize) -> ChangedSessions {
        let changes = &mut self.changes;
        let mut page = ChangedSessions {
            missed: revision < changes.ended_forgotten && revision > 0,
            revision: changes.revision,
            ..ChangedSessions::default()
        };
        let mut upto = revision;
        for (&at, key) in changes.by_revision.range_from(Bound::Excluded(&revision)) {
            if page.changed.len() == limit {
                page.more = true;
                break;
            }
            upto = at;
            if let Some(slot) = self.sessions.get(key.index()) {
                page.changed.push(slot.session.client_identifier.clone());
            }
        }
        if page.more {
            page.revision = upto;
        }
        let first = changes.ended.partition_point(|&(at, _)| at <= revision);
        page.ended = changes
            .ended
            .range(first..)
            .take_while(|&&(at, _)| at <= page.revision)
            .map(|(_, identifier)| identifier.clone())
            .collect();
        changes.looked = changes.looked.max(page.revision);
        page
    }

    /// A session has changed.
    pub(super) fn changed(&mut self, key: SessionKey) {
        let changes = &mut self.changes;
        let Some(slot) = self.sessions.get_mut(key.index()) else { return };
        if slot.revision > changes.looked {
            return;
        }
        changes.by_revision.remove(&slot.revision);
        changes.revision += 1;
        slot.revision = changes.revision;
        changes.by_revision.insert(slot.revision, key);
    }

    /// A session has ended.
    pub(super) fn note_ended(&mut self, revision: u64, client_identifier: ClientIdentifier) {
        let changes = &mut self.changes;
        changes.by_revision.remove(&revision);
        changes.revision += 1;
        if changes.ended.len() == ENDED_KEPT
            && let Some((revision, _)) = changes.ended.pop_front()
        {
            changes.ended_forgotten = revision;
        }
        changes.ended.push_back((changes.revision, client_identifier));
    }
}
