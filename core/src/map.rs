//! A hash map whose order nobody can see.
//!
//! Topics and Client Identifiers are chosen by peers, so the hash is keyed, and the key is an
//! argument: the core draws no random number. What a hash map yields when it is walked depends on
//! that key, and the core's outputs must not, so [`KeyedMap`] cannot be walked at all: it has no
//! iterator, no `keys`, no `retain`, no `drain`. Whoever needs an order keeps an ordered map.

use core::borrow::Borrow;
use core::fmt;
use core::hash::{BuildHasher, Hash, Hasher};
use std::collections::HashMap;

use ahash::RandomState;

/// The secret that keys every hash of one broker, 256 bits drawn from its seed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct HashKey(pub [u64; 4]);

impl HashKey {
    const fn state(self) -> RandomState {
        let [k0, k1, k2, k3] = self.0;
        RandomState::with_seeds(k0, k1, k2, k3)
    }
}

/// Hides the key: who knows it can make topics collide.
impl fmt::Debug for HashKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HashKey(..)")
    }
}

/// Hashes bytes under a [`HashKey`].
#[derive(Clone)]
pub(crate) struct BytesHash(RandomState);

impl BytesHash {
    pub(crate) const fn new(key: HashKey) -> Self {
        Self(key.state())
    }

    #[inline]
    pub(crate) fn hash(&self, bytes: &[u8]) -> u64 {
        let mut hasher = self.0.build_hasher();
        hasher.write(bytes);
        hasher.finish()
    }
}

/// A hash map under a caller's key, without any way to walk it.
#[derive(Clone)]
pub struct KeyedMap<K, V> {
    map: HashMap<K, V, RandomState>,
}

impl<K: Eq + Hash, V> KeyedMap<K, V> {
    /// An empty map that hashes under `key`.
    #[must_use]
    pub fn new(key: HashKey) -> Self {
        Self { map: HashMap::with_hasher(key.state()) }
    }

    /// Puts `value` under `key`; gives back the value that was there.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        self.map.insert(key, value)
    }

    /// Takes out the value under `key`.
    pub fn remove<Q>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.map.remove(key)
    }

    /// The value under `key`, for change.
    #[must_use]
    pub fn get_mut<Q>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.map.get_mut(key)
    }

    /// The value under `key`, made by `make` if there is none yet.
    pub fn get_or_insert_with(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        self.map.entry(key).or_insert_with(make)
    }

    /// Drops every entry.
    pub fn clear(&mut self) {
        self.map.clear();
    }

    /// The value under `key`.
    #[must_use]
    pub fn get<Q>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.map.get(key)
    }

    /// Whether there is a value under `key`.
    #[must_use]
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.map.contains_key(key)
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.map.len()
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }
}

/// Prints the length only: entries would come in an order that depends on the key.
impl<K, V> fmt::Debug for KeyedMap<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyedMap").field("len", &self.map.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: HashKey = HashKey([1, 2, 3, 4]);

    #[test]
    fn a_value_is_found_replaced_and_taken_out() {
        let mut map = KeyedMap::new(KEY);
        assert_eq!(map.insert("a".to_owned(), 1), None);
        assert_eq!(map.insert("a".to_owned(), 2), Some(1));
        assert_eq!(map.get("a"), Some(&2));
        assert!(map.contains_key("a") && !map.contains_key("b"));
        *map.get_mut("a").unwrap() += 1;
        assert_eq!((map.len(), map.remove("a"), map.remove("a")), (1, Some(3), None));
        assert!(map.is_empty());
    }

    #[test]
    fn a_missing_value_is_made_once() {
        let mut map = KeyedMap::new(KEY);
        *map.get_or_insert_with(7, || 1) += 1;
        assert_eq!(*map.get_or_insert_with(7, || unreachable!("it is there")), 2);
        map.clear();
        assert!(map.is_empty());
    }

    #[test]
    fn debug_tells_neither_entries_nor_key() {
        let mut map = KeyedMap::new(KEY);
        map.insert("secret", 1);
        assert_eq!(format!("{map:?}"), "KeyedMap { len: 1, .. }");
        assert_eq!(format!("{KEY:?}"), "HashKey(..)");
    }

    #[test]
    fn the_hash_is_a_function_of_the_key_and_the_bytes_alone() {
        let hash = |key, bytes: &[u8]| BytesHash::new(key).hash(bytes);
        assert_eq!(hash(KEY, b"a"), hash(KEY, b"a"));
        assert_ne!(hash(KEY, b"a"), hash(HashKey([5, 2, 3, 4]), b"a"));
        assert_ne!(hash(KEY, b"a"), hash(KEY, b"a\0"));
    }
}
