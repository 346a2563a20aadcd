//! Which Topic Filters match a Topic Name.
//!
//! The tree has a node wherever a filter ends or filters part, labelled with the levels that lead
//! to it from its parent. The children for `+` and `#` hang on their parent; all other children of
//! all nodes are found through one hash table, by parent and first level. So a match visits what
//! the topic's levels lead to, and its cost depends on depth and matches, not on how many filters
//! there are.

mod index;
mod label;
mod level;
mod node;
mod subscribers;

use core::fmt;

use self::index::Index;
use self::label::{Followed, Label};
use self::level::{Level, LevelHasher};
use self::node::{Arena, NodeId};
use super::{TopicFilter, TopicNameRef};
use crate::map::HashKey;

/// The most levels of a Topic Name whose match needs no memory from the allocator.
const LEVELS_INLINE: usize = 8;

/// Subscriptions, each a Topic Filter, a key that says whose it is, and a value.
///
/// A value of up to 12 bytes with a 4-byte key keeps a node within one cache line of 64 bytes.
/// Memory that removed subscriptions leave is kept for later ones.
#[derive(Clone)]
pub struct SubscriptionTree<K, V> {
    hasher: LevelHasher,
    nodes: Arena<K, V>,
    named: Index,
    len: usize,
}

impl<K: Copy + Ord, V> SubscriptionTree<K, V> {
    /// An empty tree that hashes under `key`. What it answers, and in which order, does not
    /// depend on the key.
    #[must_use]
    pub fn new(key: HashKey) -> Self {
        Self { hasher: LevelHasher::new(key), nodes: Arena::new(), named: Index::new(), len: 0 }
    }

    /// Subscribes `key` to `filter`; gives back the value that was there.
    pub fn insert(&mut self, filter: &TopicFilter, key: K, value: V) -> Option<V> {
        let node = self.make(filter.as_str().as_bytes());
        let replaced = self.nodes.get_mut(node).subscribers.insert(key, value);
        if replaced.is_none() {
            self.len += 1;
        }
        replaced
    }

    /// Ends the subscription of `key` to exactly `filter`; gives back its value.
    pub fn remove(&mut self, filter: &TopicFilter, key: K) -> Option<V> {
        let mut node = self.locate(filter)?;
        let removed = self.nodes.get_mut(node).subscribers.remove(key)?;
        self.len -= 1;
        while node != NodeId::ROOT && self.nodes.get(node).is_unused() {
            let parent = self.nodes.get(node).parent;
            self.unlink(node);
            self.nodes.free(node);
            node = parent;
        }
        Some(removed)
    }

    /// The value of `key`'s subscription to exactly `filter`, for change.
    #[must_use]
    pub fn get_mut(&mut self, filter: &TopicFilter, key: K) -> Option<&mut V> {
        let node = self.locate(filter)?;
        self.nodes.get_mut(node).subscribers.get_mut(key)
    }

    /// The value of `key`'s subscription to exactly `filter`.
    #[must_use]
    pub fn get(&self, filter: &TopicFilter, key: K) -> Option<&V> {
        self.nodes.get(self.locate(filter)?).subscribers.get(key)
    }

    /// Hands every subscription whose filter matches `topic` to `found`.
    ///
    /// A key that subscribed to several matching filters is handed over once for each. The order
    /// is a function of the subscriptions that are there: not of the hash key, nor of the order
    /// in which they came.
    pub fn matches<'t>(&'t self, topic: TopicNameRef<'_>, found: &mut impl FnMut(K, &'t V)) {
        let mut levels = [Level::EMPTY; LEVELS_INLINE];
        let mut rest = Some(topic.as_str().as_bytes());
        let mut depth = 0;
        for (level, place) in levels.iter_mut().enumerate() {
            let Some(text) = rest else { break };
            let (first, after) = level::split_first(text);
            *place = self.hasher.level(first);
            depth = level + 1;
            rest = after;
        }
        if rest.is_none() {
            let levels = levels.get(..depth).unwrap_or_default();
            self.walk(levels, &mut [(NodeId::ROOT, 0); LEVELS_INLINE], topic.is_dollar(), found);
        } else {
            let levels = topic.levels().map(|text| self.hasher.level(text.as_bytes()));
            let levels: Vec<_> = levels.collect();
            let mut waiting = vec![(NodeId::ROOT, 0); levels.len()];
            self.walk(&levels, &mut waiting, topic.is_dollar(), found);
        }
    }

    /// How many subscriptions there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no subscription.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }
}

/// Matching.
impl<K: Copy + Ord, V> SubscriptionTree<K, V> {
    /// Depth first, and at each node `#`, then the named child, then the `+` child: the order of
    /// a tree with a node a level, however the levels are spread over labels here. At most one `+`
    /// child waits on each level, so `waiting` needs as many places as there are levels.
    fn walk<'t>(
        &'t self,
        levels: &[Level<'_>],
        waiting: &mut [(NodeId, usize)],
        dollar: bool,
        found: &mut impl FnMut(K, &'t V),
    ) {
        let (mut id, mut node, mut depth) = (NodeId::ROOT, self.nodes.get(NodeId::ROOT), 0);
        let mut waiting_len = 0;
        // A filter that begins with a wildcard does not match a `$` topic [MQTT-4.7.2-1].
        let mut wildcards = !dollar;
        loop {
            if wildcards && let Some(multi) = node.multi {
                // `#` stands for all levels below, and for none: the parent itself.
                self.nodes.get(multi).subscribers.for_each(found);
            }
            let mut next = None;
            if depth == levels.len() {
                node.subscribers.for_each(found);
            } else {
                if wildcards
                    && let Some(single) = node.single
                    && let Some(place) = waiting.get_mut(waiting_len)
                {
                    *place = (single, depth);
                    waiting_len += 1;
                }
                if node.named != 0 {
                    next = self.follow_named(id, levels, depth);
                }
            }
            wildcards = true;
            loop {
                match next {
                    Some((at, Followed::Reached(reached))) => {
                        (id, node, depth) = (at, self.nodes.get(at), reached);
                        break;
                    }
                    Some((at, Followed::Everything)) => {
                        self.nodes.get(at).subscribers.for_each(found);
                    }
                    Some((_, Followed::Apart)) | None => {}
                }
                if waiting_len == 0 {
                    return;
                }
                waiting_len -= 1;
                next = waiting
                    .get(waiting_len)
                    .map(|&(at, depth)| (at, self.nodes.get(at).label.follow(levels, depth)));
            }
        }
    }

    /// The child of `parent` for the level at `depth`, and where its label leads.
    #[inline]
    fn follow_named(
        &self,
        parent: NodeId,
        levels: &[Level<'_>],
        depth: usize,
    ) -> Option<(NodeId, Followed)> {
        let hash = self.hasher.child(parent, levels.get(depth)?);
        self.named.find(hash, |id| {
            let node = self.nodes.get(id);
            if node.parent == parent { node.label.follow_named(levels, depth) } else { None }
        })
    }
}

/// Filters as such: `+` and `#` are levels like any other.
impl<K: Copy + Ord, V> SubscriptionTree<K, V> {
    /// The node where the filter `text` ends.
    fn locate(&self, filter: &TopicFilter) -> Option<NodeId> {
        let mut at = NodeId::ROOT;
        let mut rest = Some(filter.as_str().as_bytes());
        while let Some(text) = rest {
            at = self.child(at, text)?;
            rest = level::after(text, self.nodes.get(at).label.as_bytes())?;
        }
        Some(at)
    }

    /// As [`Self::locate`]; makes what is not there.
    fn make(&mut self, text: &[u8]) -> NodeId {
        let mut at = NodeId::ROOT;
        let mut rest = Some(text);
        while let Some(text) = rest {
            let Some(child) = self.child(at, text) else {
                let child = self.nodes.allocate(at, text);
                self.link(child);
                return child;
            };
            let label = self.nodes.get(child).label.as_bytes();
            let shared = level::shared_len(label, text);
            at = if shared < label.len() { self.split(child, shared) } else { child };
            rest = text.get(shared + 1..);
        }
        at
    }

    /// Puts a node between `child` and its parent, so that `shared` bytes of the label lead to it
    /// and the levels behind them from it to `child`. Gives the new node.
    fn split(&mut self, child: NodeId, shared: usize) -> NodeId {
        let node = self.nodes.get(child);
        let (parent, label) = (node.parent, node.label.clone());
        let (upper, lower) = label.as_bytes().split_at(shared);
        self.unlink(child);
        let between = self.nodes.allocate(parent, upper);
        self.link(between);
        let node = self.nodes.get_mut(child);
        node.parent = between;
        node.label = Label::new(lower.get(1..).unwrap_or_default());
        self.link(child);
        between
    }

    /// The child of `parent` whose label begins with the first level of `text`.
    fn child(&self, parent: NodeId, text: &[u8]) -> Option<NodeId> {
        let (first, _) = level::split_first(text);
        match self.hook(parent, first) {
            Hook::Single => self.nodes.get(parent).single,
            Hook::Multi => self.nodes.get(parent).multi,
            Hook::Named(hash) => {
                let found = self.named.find(hash, |id| {
                    let node = self.nodes.get(id);
                    let is_it = node.parent == parent
                        && level::split_first(node.label.as_bytes()).0 == first;
                    is_it.then_some(())
                });
                found.map(|(id, ())| id)
            }
        }
    }

    /// Lets `node`'s parent find it by its label.
    fn link(&mut self, node: NodeId) {
        let (parent, hook) = self.place(node);
        let above = self.nodes.get_mut(parent);
        match hook {
            Hook::Single => above.single = Some(node),
            Hook::Multi => above.multi = Some(node),
            Hook::Named(hash) => {
                above.named += 1;
                self.named.insert(hash, node);
            }
        }
    }

    fn unlink(&mut self, node: NodeId) {
        let (parent, hook) = self.place(node);
        let above = self.nodes.get_mut(parent);
        match hook {
            Hook::Single => above.single = None,
            Hook::Multi => above.multi = None,
            Hook::Named(hash) => {
                above.named -= 1;
                self.named.remove(hash, node);
            }
        }
    }

    /// Where `node` hangs.
    fn place(&self, node: NodeId) -> (NodeId, Hook) {
        let node = self.nodes.get(node);
        let (first, _) = level::split_first(node.label.as_bytes());
        (node.parent, self.hook(node.parent, first))
    }

    fn hook(&self, parent: NodeId, level: &[u8]) -> Hook {
        match level {
            level::SINGLE => Hook::Single,
            level::MULTI => Hook::Multi,
            name => Hook::Named(self.hasher.child(parent, &self.hasher.level(name))),
        }
    }
}

/// How a child hangs on its parent, by the first level of its label.
enum Hook {
    Single,
    Multi,
    /// In the index, under this hash.
    Named(u32),
}

impl<K, V> fmt::Debug for SubscriptionTree<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubscriptionTree").field("len", &self.len).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
