//! A map in the order of its keys.
//!
//! Entries stand in chunks, sorted, and so do the chunks: two binary searches find an entry, and a
//! change moves no more than one chunk. That is as fast as the tree of the standard library where a
//! broker's tables are, and a small part of its code; there are some forty of them here.

mod set;

use core::borrow::Borrow;
use core::fmt;
use core::ops::Bound;
use core::slice;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use set::OrderedSet;

/// Entries in one chunk.
const CHUNK_LEN_MAX: usize = 64;

/// A map that is walked in the order of its keys.
#[derive(Clone)]
pub struct OrderedMap<K, V> {
    /// None of them is empty; two neighbours have half of the most together at least.
    chunks: Vec<Vec<(K, V)>>,
    len: usize,
}

/// Where an entry stands, or would.
#[derive(Clone, Copy)]
struct Place {
    chunk: usize,
    index: usize,
}

impl<K: Ord, V> OrderedMap<K, V> {
    /// An empty map.
    #[must_use]
    pub const fn new() -> Self {
        Self { chunks: Vec::new(), len: 0 }
    }

    /// Puts `value` under `key`; gives back the value that was there.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.find(&key) {
            Ok(at) => Some(core::mem::replace(&mut self.chunks[at.chunk][at.index].1, value)),
            Err(at) => {
                self.insert_at(at, (key, value));
                None
            }
        }
    }

    /// Takes out the value under `key`.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let at = self.find(key).ok()?;
        Some(self.remove_at(at).1)
    }

    /// Takes out the first entry.
    pub fn pop_first(&mut self) -> Option<(K, V)> {
        if self.is_empty() { None } else { Some(self.remove_at(Place { chunk: 0, index: 0 })) }
    }

    /// The value under `key`, for change.
    #[must_use]
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let at = self.find(key).ok()?;
        Some(&mut self.chunks[at.chunk][at.index].1)
    }

    /// The value under `key`, which is made if there is none.
    pub fn get_or_insert_with(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        let at = match self.find(&key) {
            Ok(at) => at,
            Err(at) => self.insert_at(at, (key, make())),
        };
        &mut self.chunks[at.chunk][at.index].1
    }

    /// All entries in order, out of their map.
    #[must_use]
    pub fn into_entries(self) -> Vec<(K, V)> {
        let mut all = Vec::with_capacity(self.len);
        for mut chunk in self.chunks {
            all.append(&mut chunk);
        }
        all
    }

    /// All values in the order of their keys, for change.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.chunks.iter_mut().flatten().map(|(_, value)| value)
    }

    /// The entry under `key`.
    #[must_use]
    pub fn get_key_value<Q: Ord + ?Sized>(&self, key: &Q) -> Option<(&K, &V)>
    where
        K: Borrow<Q>,
    {
        let at = self.find(key).ok()?;
        let (key, value) = &self.chunks[at.chunk][at.index];
        Some((key, value))
    }

    /// The value under `key`.
    #[must_use]
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let at = self.find(key).ok()?;
        Some(&self.chunks[at.chunk][at.index].1)
    }

    /// Whether there is a value under `key`.
    #[must_use]
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.find(key).is_ok()
    }

    /// How many entries there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no entry.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The first entry.
    #[must_use]
    pub fn first(&self) -> Option<(&K, &V)> {
        self.chunks.first()?.first().map(|(key, value)| (key, value))
    }

    /// The last entry.
    #[must_use]
    pub fn last(&self) -> Option<(&K, &V)> {
        self.chunks.last()?.last().map(|(key, value)| (key, value))
    }

    /// All entries in order.
    #[must_use]
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter { entries: [].iter(), chunks: self.chunks.iter() }
    }

    /// The entries from a key on, in order.
    #[must_use]
    pub fn range_from<Q: Ord + ?Sized>(&self, start: Bound<&Q>) -> Iter<'_, K, V>
    where
        K: Borrow<Q>,
    {
        let at = match start {
            Bound::Unbounded => Place { chunk: 0, index: 0 },
            Bound::Included(key) => self.find(key).unwrap_or_else(|at| at),
            Bound::Excluded(key) => match self.find(key) {
                Ok(at) => Place { index: at.index + 1, ..at },
                Err(at) => at,
            },
        };
        let mut chunks = self.chunks.get(at.chunk..).unwrap_or_default().iter();
        let entries = chunks.next().and_then(|chunk| chunk.get(at.index..));
        Iter { entries: entries.unwrap_or_default().iter(), chunks }
    }

    /// All keys in order.
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.iter().map(|(key, _)| key)
    }

    /// All values in the order of their keys.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }

    fn find<Q: Ord + ?Sized>(&self, key: &Q) -> Result<Place, Place>
    where
        K: Borrow<Q>,
    {
        let is_before = |chunk: &Vec<(K, V)>| chunk.last().is_some_and(|it| it.0.borrow() < key);
        let chunk = self.chunks.partition_point(is_before);
        let entries = self.chunks.get(chunk).map_or(&[][..], Vec::as_slice);
        match entries.binary_search_by(|(found, _)| found.borrow().cmp(key)) {
            Ok(index) => Ok(Place { chunk, index }),
            Err(index) => Err(Place { chunk, index }),
        }
    }

    /// Puts in an entry where one would stand; gives back where it stands.
    fn insert_at(&mut self, mut at: Place, entry: (K, V)) -> Place {
        self.len += 1;
        if at.chunk == self.chunks.len() {
            // Behind all others: a chunk that is full stays so.
            if let Some(chunk) = self.chunks.last_mut().filter(|it| it.len() < CHUNK_LEN_MAX) {
                chunk.push(entry);
                return Place { chunk: at.chunk - 1, index: chunk.len() - 1 };
            }
            self.chunks.push(vec![entry]);
            return at;
        }
        let chunk = &mut self.chunks[at.chunk];
        if chunk.len() == CHUNK_LEN_MAX {
            const HALF: usize = CHUNK_LEN_MAX / 2;
            let behind = chunk.split_off(HALF);
            self.chunks.insert(at.chunk + 1, behind);
            if at.index > HALF {
                at = Place { chunk: at.chunk + 1, index: at.index - HALF };
            }
        }
        self.chunks[at.chunk].insert(at.index, entry);
        at
    }

    fn remove_at(&mut self, at: Place) -> (K, V) {
        self.len -= 1;
        let chunk = &mut self.chunks[at.chunk];
        let entry = chunk.remove(at.index);
        let len = chunk.len();
        if len * 4 <= chunk.capacity() {
            chunk.shrink_to(len * 2);
        }
        if len == 0 {
            self.chunks.remove(at.chunk);
        } else {
            // So that chunks with little in them do not become many.
            self.join(at.chunk);
            self.join(at.chunk.wrapping_sub(1));
        }
        entry
    }

    /// Makes a chunk and the next one into one, if there are two and they hold little.
    fn join(&mut self, chunk: usize) {
        let len_of = |chunk: usize| self.chunks.get(chunk).map(Vec::len);
        let (Some(len), Some(next_len)) = (len_of(chunk), len_of(chunk.wrapping_add(1))) else {
            return;
        };
        if len + next_len < CHUNK_LEN_MAX / 2 {
            let mut next = self.chunks.remove(chunk + 1);
            self.chunks[chunk].append(&mut next);
        }
    }
}

/// Entries of an [`OrderedMap`] in order.
#[derive(Clone, Debug)]
pub struct Iter<'a, K, V> {
    entries: slice::Iter<'a, (K, V)>,
    chunks: slice::Iter<'a, Vec<(K, V)>>,
}

impl<'a, K, V> Iterator for Iter<'a, K, V> {
    type Item = (&'a K, &'a V);

    fn next(&mut self) -> Option<(&'a K, &'a V)> {
        loop {
            if let Some((key, value)) = self.entries.next() {
                return Some((key, value));
            }
            self.entries = self.chunks.next()?.iter();
        }
    }
}

impl<'a, K: Ord, V> IntoIterator for &'a OrderedMap<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Iter<'a, K, V> {
        self.iter()
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for OrderedMap<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = Self::new();
        for (key, value) in entries {
            map.insert(key, value);
        }
        map
    }
}

/// Where one chunk ends and the next begins does not matter.
impl<K: Ord, V: PartialEq> PartialEq for OrderedMap<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.iter().eq(other)
    }
}

impl<K: Ord, V: Eq> Eq for OrderedMap<K, V> {}

impl<K: Ord, V> Default for OrderedMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: fmt::Debug + Ord, V: fmt::Debug> fmt::Debug for OrderedMap<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

impl<K: Ord + Serialize, V: Serialize> Serialize for OrderedMap<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self)
    }
}

impl<'de, K, V> Deserialize<'de> for OrderedMap<K, V>
where
    K: Ord + Deserialize<'de>,
    V: Deserialize<'de>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries(Self::new()))
    }
}

/// Reads entries into a map.
struct Entries<K, V>(OrderedMap<K, V>);

impl<'de, K, V> Visitor<'de> for Entries<K, V>
where
    K: Ord + Deserialize<'de>,
    V: Deserialize<'de>,
{
    type Value = OrderedMap<K, V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<Self::Value, A::Error> {
        while let Some((key, value)) = entries.next_entry()? {
            self.0.insert(key, value);
        }
        Ok(self.0)
    }
}

#[cfg(test)]
mod tests;
