//! Which Topic Names match a Topic Filter.
//!
//! One ordered map from Topic Name to value, level by level, so that all topics under a topic lie
//! in a row. A match walks along the order and leaps over what cannot match: past a whole subtree,
//! or ahead to the name that a filter asks for. It therefore stops and goes on anywhere: where it
//! stopped is a place in the order, whatever comes or goes in between.

mod seek;

use core::fmt;
use core::ops::Bound;

use self::seek::{Next, Ordered, Place, step};
use super::{TopicFilter, TopicName, TopicNameRef};
use crate::ordered::{Iter, OrderedMap};

/// A value for each Topic Name, found by name or by Topic Filter.
#[derive(Clone)]
pub struct RetainedTree<V> {
    topics: OrderedMap<TopicName, V>,
}

/// Where a match stopped: at the first topic it has not looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetainedCursor(TopicName);

impl<V> RetainedTree<V> {
    /// An empty tree.
    #[must_use]
    pub const fn new() -> Self {
        Self { topics: OrderedMap::new() }
    }

    /// Puts `value` under `topic`; gives back the value that was there.
    pub fn insert(&mut self, topic: TopicName, value: V) -> Option<V> {
        self.topics.insert(topic, value)
    }

    /// Takes out the value under `topic`.
    pub fn remove(&mut self, topic: TopicNameRef<'_>) -> Option<V> {
        self.topics.remove(&Place::at(topic.as_str()) as &dyn Ordered)
    }

    /// The value under `topic`, for change.
    #[must_use]
    pub fn get_mut(&mut self, topic: TopicNameRef<'_>) -> Option<&mut V> {
        self.topics.get_mut(&Place::at(topic.as_str()) as &dyn Ordered)
    }

    /// The value under `topic`.
    #[must_use]
    pub fn get(&self, topic: TopicNameRef<'_>) -> Option<&V> {
        self.topics.get(&Place::at(topic.as_str()) as &dyn Ordered)
    }

    /// Hands the topics that `filter` matches to `found`, in order, from the beginning or from
    /// where an earlier call for the same filter stopped.
    ///
    /// One call looks at no more than `budget` topics, matching or not, and at one if `budget` is
    /// 0. Gives `None` when it has come to the end, else where to go on. An entry that is there
    /// throughout is handed over exactly once over all calls; one that comes or goes between them,
    /// at most once.
    pub fn matches(
        &self,
        filter: &TopicFilter,
        from: Option<&RetainedCursor>,
        budget: usize,
        found: &mut impl FnMut(&TopicName, &V),
    ) -> Option<RetainedCursor> {
        let mut budget = budget.max(1);
        let mut entries = match from {
            Some(cursor) => self.starting(Place::at(cursor.0.as_str())),
            None => self.starting(Place::at(seek::literal_prefix(filter))),
        };
        let mut ahead = String::new();
        let mut next = entries.next();
        while let Some((topic, value)) = next {
            if budget == 0 {
                return Some(RetainedCursor(topic.clone()));
            }
            budget -= 1;
            let step = step(filter, topic.as_ref_name(), &mut ahead);
            if step.found {
                found(topic, value);
            }
            next = entries.next();
            match step.next {
                Next::InOrder => {}
                Next::End => return None,
                Next::Leap(place) => {
                    // The next entry is often far enough; a search is worth its cost if not.
                    if next.is_some_and(|(topic, _)| place > Place::at(topic.as_str())) {
                        entries = self.starting(place);
                        next = entries.next();
                    }
                }
            }
        }
        None
    }

    /// Up to `limit` entries in order, those after `after` if it is given.
    pub fn page(
        &self,
        after: Option<&TopicName>,
        limit: usize,
    ) -> impl Iterator<Item = (&TopicName, &V)> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.topics.range_from(start).take(limit)
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.topics.len()
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.topics.is_empty()
    }

    /// The entries that do not come before `place`.
    fn starting(&self, place: Place<'_>) -> Iter<'_, TopicName, V> {
        let start: Bound<&dyn Ordered> = Bound::Included(&place);
        self.topics.range_from(start)
    }
}

impl<V> Default for RetainedTree<V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<V> fmt::Debug for RetainedTree<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RetainedTree").field("len", &self.len()).finish_non_exhaustive()
    }
}
