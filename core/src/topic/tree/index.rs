//! From a hash to its node.
//!
//! Twelve entries share a bucket of one cache line, with a byte of each entry's hash, so that a
//! look at one line nearly always tells where a node is, or that there is none. A full bucket
//! lets entries pass on to the next one, and remembers that it did.

use super::node::NodeId;

/// How many entries a bucket has.
const ENTRIES: usize = 12;
/// How many bytes the tags take, so that they are compared in one stroke.
const TAGS: usize = 16;
/// The table grows when its buckets are to hold more entries than this on average.
const ENTRIES_MEAN_MAX: usize = 9;
/// A count of passed entries that has come here stays, as it may have gone further.
const PASSED_STICKY: u8 = u8::MAX;

/// Twelve places, each with a byte of the hash of what it holds.
#[derive(Clone)]
#[repr(align(64))]
struct Bucket {
    /// A tag for each entry. The last byte counts how many entries were to go here and passed on
    /// because the bucket was full; those between mean nothing.
    tags: [u8; TAGS],
    nodes: [Option<NodeId>; ENTRIES],
}

/// Finds nodes by hash. Buckets are a power of two.
#[derive(Clone)]
pub(super) struct Index {
    buckets: Vec<Bucket>,
    /// The hash of each node that is in the table, by [`NodeId::position`].
    hashes: Vec<u32>,
    len: usize,
}

impl Index {
    pub(super) fn new() -> Self {
        Self { buckets: vec![Bucket::EMPTY], hashes: Vec::new(), len: 0 }
    }

    /// Adds `node`, which is not there yet.
    pub(super) fn insert(&mut self, hash: u32, node: NodeId) {
        if self.len >= self.buckets.len() * ENTRIES_MEAN_MAX {
            self.grow();
        }
        if self.hashes.len() <= node.position() {
            self.hashes.resize(node.position() + 1, 0);
        }
        if let Some(place) = self.hashes.get_mut(node.position()) {
            *place = hash;
        }
        self.place(hash, node);
        self.len += 1;
    }

    /// Takes out `node`.
    pub(super) fn remove(&mut self, hash: u32, node: NodeId) {
        let mut bucket = self.home(hash);
        while let Some(here) = self.buckets.get_mut(bucket) {
            if let Some(entry) = here.nodes.iter().position(|&entry| entry == Some(node)) {
                here.set(entry, 0, None);
                self.len -= 1;
                return;
            }
            debug_assert!(here.passed() > 0, "removed a node that is not there");
            here.set_passed(here.passed().saturating_sub(1));
            bucket = (bucket + 1) & self.mask();
        }
    }

    /// The node under `hash` that `is_it` has an answer for, with the answer.
    #[inline]
    pub(super) fn find<T>(
        &self,
        hash: u32,
        mut is_it: impl FnMut(NodeId) -> Option<T>,
    ) -> Option<(NodeId, T)> {
        let mut bucket = self.home(hash);
        loop {
            let here = self.buckets.get(bucket)?;
            let mut candidates = here.candidates(tag(hash));
            while candidates != 0 {
                let entry = candidates.trailing_zeros() as usize / 8;
                candidates &= candidates - 1;
                if let Some(Some(node)) = here.nodes.get(entry).copied()
                    && let Some(answer) = is_it(node)
                {
                    return Some((node, answer));
                }
            }
            if here.passed() == 0 {
                return None;
            }
            bucket = (bucket + 1) & self.mask();
        }
    }

    #[cfg(test)]
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    fn grow(&mut self) {
        let doubled = vec![Bucket::EMPTY; self.buckets.len() * 2];
        let old = core::mem::replace(&mut self.buckets, doubled);
        for node in old.iter().flat_map(|bucket| bucket.nodes).flatten() {
            let hash = self.hashes.get(node.position()).copied();
            self.place(hash.expect("what is in the table has a hash"), node);
        }
    }

    fn place(&mut self, hash: u32, node: NodeId) {
        let (mut bucket, mask) = (self.home(hash), self.mask());
        while let Some(here) = self.buckets.get_mut(bucket) {
            if let Some(entry) = here.nodes.iter().position(Option::is_none) {
                here.set(entry, tag(hash), Some(node));
                return;
            }
            here.set_passed(here.passed().saturating_add(1));
            bucket = (bucket + 1) & mask;
        }
    }

    #[inline]
    const fn home(&self, hash: u32) -> usize {
        hash as usize & self.mask()
    }

    #[inline]
    const fn mask(&self) -> usize {
        self.buckets.len() - 1
    }
}

impl Bucket {
    const EMPTY: Self = Self { tags: [0; TAGS], nodes: [None; ENTRIES] };

    /// One bit in each byte of an entry whose tag is `tag`; a few others may be among them.
    #[inline]
    const fn candidates(&self, tag: u8) -> u128 {
        const ONES: u128 = u128::from_le_bytes([1; TAGS]);
        const HIGH_BITS: u128 = (ONES << 7) & (u128::MAX >> ((TAGS - ENTRIES) * 8));
        // A byte that is equal becomes zero, and only at a zero byte a borrow begins.
        let differences = u128::from_le_bytes(self.tags) ^ u128::from_le_bytes([tag; TAGS]);
        differences.wrapping_sub(ONES) & !differences & HIGH_BITS
    }

    #[inline]
    const fn passed(&self) -> u8 {
        let [.., passed] = self.tags;
        passed
    }

    fn set_passed(&mut self, count: u8) {
        let [.., passed] = &mut self.tags;
        if *passed != PASSED_STICKY {
            *passed = count;
        }
    }

    fn set(&mut self, entry: usize, tag: u8, node: Option<NodeId>) {
        if let (Some(own_tag), Some(own_node)) =
            (self.tags.get_mut(entry), self.nodes.get_mut(entry))
        {
            (*own_tag, *own_node) = (tag, node);
        }
    }
}

/// The byte of the hash that a bucket keeps: not one that told the bucket, unless there are more
/// than 2^24 of them.
#[inline]
const fn tag(hash: u32) -> u8 {
    hash.to_le_bytes()[3]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(index: &Index, hash: u32, node: NodeId) -> bool {
        index.find(hash, |found| (found == node).then_some(())).is_some()
    }

    #[test]
    fn a_bucket_fills_one_cache_line() {
        assert_eq!(size_of::<Bucket>(), 64);
    }

    #[test]
    fn every_equal_tag_is_a_candidate() {
        for tag in [0, 1, 0x7f, 0x80, 0xff] {
            let mut bucket = Bucket::EMPTY;
            for (entry, other) in bucket.tags.iter_mut().enumerate() {
                *other = if entry % 5 == 0 { tag } else { tag.wrapping_add(1) };
            }
            let candidates = bucket.candidates(tag);
            for entry in (0..ENTRIES).step_by(5) {
                assert_ne!(candidates & (0x80 << (entry * 8)), 0, "{tag} {entry}");
            }
            assert!(candidates.leading_zeros() >= 32, "only entries are candidates");
        }
    }

    #[test]
    fn entries_are_found_through_growth_and_removal_even_with_few_hashes() {
        for hashes in [1, 2, 40, u32::MAX] {
            let hash_of = |i: u32| (i % hashes).wrapping_mul(0x9e37_79b1);
            let nodes: Vec<_> = (1..=1500).filter_map(NodeId::new).collect();
            let mut index = Index::new();
            for node in &nodes {
                index.insert(hash_of(node.get()), *node);
            }
            for (taken, node) in nodes.iter().enumerate() {
                assert!(find(&index, hash_of(node.get()), *node));
                assert_eq!(index.len(), nodes.len() - taken);
                index.remove(hash_of(node.get()), *node);
                assert!(!find(&index, hash_of(node.get()), *node));
            }
            for node in &nodes {
                index.insert(hash_of(node.get()), *node);
                assert!(find(&index, hash_of(node.get()), *node));
            }
        }
    }
}
