//! A set that is walked in order.

use core::borrow::Borrow;
use core::fmt;
use core::ops::Bound;

use super::OrderedMap;

/// A set that is walked in order.
#[derive(Clone)]
pub struct OrderedSet<K>(pub(super) OrderedMap<K, ()>);

impl<K: Ord> OrderedSet<K> {
    /// An empty set.
    #[must_use]
    pub const fn new() -> Self {
        Self(OrderedMap::new())
    }

    /// Puts in `key`. Whether it was not there.
    pub fn insert(&mut self, key: K) -> bool {
        self.0.insert(key, ()).is_none()
    }

    /// Takes out `key`. Whether it was there.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.0.remove(key).is_some()
    }

    /// Takes out the first key.
    pub fn pop_first(&mut self) -> Option<K> {
        self.0.pop_first().map(|(key, ())| key)
    }

    /// Whether `key` is there.
    #[must_use]
    pub fn contains<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.0.contains_key(key)
    }

    /// How many keys there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no key.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first key.
    #[must_use]
    pub fn first(&self) -> Option<&K> {
        self.0.first().map(|(key, ())| key)
    }

    /// The last key.
    #[must_use]
    pub fn last(&self) -> Option<&K> {
        self.0.last().map(|(key, ())| key)
    }

    /// All keys in order.
    pub fn iter(&self) -> impl Iterator<Item = &K> {
        self.0.keys()
    }

    /// The keys from one on, in order.
    pub fn range_from<Q: Ord + ?Sized>(&self, start: Bound<&Q>) -> impl Iterator<Item = &K>
    where
        K: Borrow<Q>,
    {
        self.0.range_from(start).map(|(key, ())| key)
    }
}

impl<K: Ord> FromIterator<K> for OrderedSet<K> {
    fn from_iter<I: IntoIterator<Item = K>>(keys: I) -> Self {
        let mut set = Self::new();
        set.extend(keys);
        set
    }
}

impl<K: Ord> Extend<K> for OrderedSet<K> {
    fn extend<I: IntoIterator<Item = K>>(&mut self, keys: I) {
        for key in keys {
            self.insert(key);
        }
    }
}

impl<K: Ord> PartialEq for OrderedSet<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<K: Ord> Eq for OrderedSet<K> {}

impl<K: Ord> Default for OrderedSet<K> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: fmt::Debug + Ord> fmt::Debug for OrderedSet<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
