//! The nodes of the tree and where they live.

use core::num::NonZeroU32;

use super::label::Label;
use super::subscribers::Subscribers;

/// Where a node is in the [`Arena`], plus one, so that an optional one needs no more room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NodeId(NonZeroU32);

impl NodeId {
    pub(super) const ROOT: Self = Self(NonZeroU32::MIN);

    #[inline]
    pub(super) const fn get(self) -> u32 {
        self.0.get()
    }

    /// The place in a list that has one for each node; ids count from one.
    #[inline]
    pub(super) const fn position(self) -> usize {
        (self.0.get() - 1) as usize
    }

    #[cfg(test)]
    pub(super) fn new(id: u32) -> Option<Self> {
        NonZeroU32::new(id).map(Self)
    }
}

/// A place where filters end or part. Aligned so that it never lies across two cache lines.
#[derive(Clone)]
#[repr(align(64))]
pub(super) struct Node<K, V> {
    /// Who subscribed to the filter that ends here.
    pub(super) subscribers: Subscribers<K, V>,
    /// The levels from the parent to here; none for the root.
    pub(super) label: Label,
    /// The parent; for the root itself; for a free node the next free one, or itself.
    pub(super) parent: NodeId,
    /// How many children whose label begins with a name the index has for this node.
    pub(super) named: u32,
    /// The child whose label begins with `+`.
    pub(super) single: Option<NodeId>,
    /// The child whose label is `#`.
    pub(super) multi: Option<NodeId>,
}

impl<K: Copy + Ord, V> Node<K, V> {
    const fn new(parent: NodeId, label: Label) -> Self {
        Self { subscribers: Subscribers::None, label, parent, named: 0, single: None, multi: None }
    }

    /// Whether no filter ends here or below.
    pub(super) const fn is_unused(&self) -> bool {
        self.named == 0
            && self.single.is_none()
            && self.multi.is_none()
            && matches!(self.subscribers, Subscribers::None)
    }
}

/// All nodes of a tree. Freed places are used again, the last first.
#[derive(Clone)]
pub(super) struct Arena<K, V> {
    nodes: Vec<Node<K, V>>,
    free: Option<NodeId>,
}

impl<K: Copy + Ord, V> Arena<K, V> {
    /// An arena with the root alone.
    pub(super) fn new() -> Self {
        Self { nodes: vec![Node::new(NodeId::ROOT, Label::EMPTY)], free: None }
    }

    pub(super) fn allocate(&mut self, parent: NodeId, label: &[u8]) -> NodeId {
        let node = Node::new(parent, Label::new(label));
        let Some(id) = self.free else {
            self.nodes.push(node);
            return u32::try_from(self.nodes.len())
                .ok()
                .and_then(NonZeroU32::new)
                .map(NodeId)
                .expect("memory ends long before 2^32 nodes of 64 bytes");
        };
        let next = self.get(id).parent;
        self.free = (next != id).then_some(next);
        *self.get_mut(id) = node;
        id
    }

    pub(super) fn free(&mut self, id: NodeId) {
        debug_assert!(self.get(id).is_unused() && id != NodeId::ROOT, "freed while in use");
        *self.get_mut(id) = Node::new(self.free.unwrap_or(id), Label::EMPTY);
        self.free = Some(id);
    }

    #[inline]
    pub(super) fn get(&self, id: NodeId) -> &Node<K, V> {
        self.nodes.get(id.position()).expect("ids come from this arena, which never shrinks")
    }

    #[inline]
    pub(super) fn get_mut(&mut self, id: NodeId) -> &mut Node<K, V> {
        self.nodes.get_mut(id.position()).expect("ids come from this arena, which never shrinks")
    }

    #[cfg(test)]
    pub(super) fn in_use(&self) -> usize {
        let mut free = 0;
        let mut next = self.free;
        while let Some(id) = next {
            free += 1;
            let after = self.get(id).parent;
            next = (after != id).then_some(after);
        }
        self.nodes.len() - free
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_fills_one_cache_line() {
        assert_eq!(size_of::<Node<u32, [u32; 3]>>(), 64);
        assert_eq!(size_of::<Node<u32, u64>>(), 64);
    }

    #[test]
    fn freed_places_are_used_again() {
        let mut arena = Arena::<u32, u32>::new();
        let ids: Vec<_> = (0..3).map(|_| arena.allocate(NodeId::ROOT, b"a")).collect();
        for id in &ids {
            arena.free(*id);
        }
        assert_eq!(arena.in_use(), 1);
        let again: Vec<_> = (0..3).map(|_| arena.allocate(NodeId::ROOT, b"b")).collect();
        assert!(ids.iter().rev().eq(&again));
        assert_eq!((arena.nodes.len(), arena.in_use(), arena.free), (4, 4, None));
    }
}
