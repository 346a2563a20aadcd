//! Who subscribed to one filter.
//!
//! Most filters have one subscriber, which lies in its node. A few share a short ordered list, and
//! many an ordered map, where coming and going costs the same for the first as for the
//! hundred-thousandth. All three keep the order of the keys.

use crate::ordered::OrderedMap;

/// The longest list; one more subscriber makes it a map.
const LIST_LEN_MAX: usize = 32;
/// The largest map that becomes a list again: far enough below that nobody can make it swing.
const MAP_LEN_MIN: usize = 16;

#[derive(Clone)]
pub(super) enum Subscribers<K, V> {
    None,
    One(K, V),
    List(Vec<(K, V)>),
    /// In a box, since a map in place would make every node larger.
    Map(Box<OrderedMap<K, V>>),
}

impl<K: Copy + Ord, V> Subscribers<K, V> {
    pub(super) fn insert(&mut self, key: K, value: V) -> Option<V> {
        match core::mem::replace(self, Self::None) {
            Self::None => {
                *self = Self::One(key, value);
                None
            }
            Self::One(own, old) if own == key => {
                *self = Self::One(key, value);
                Some(old)
            }
            Self::One(own, old) => {
                let mut list = vec![(own, old), (key, value)];
                list.sort_unstable_by_key(|(key, _)| *key);
                *self = Self::List(list);
                None
            }
            Self::List(mut list) => match list.binary_search_by_key(&key, |(key, _)| *key) {
                Ok(at) => {
                    let old = list.get_mut(at).map(|(_, old)| core::mem::replace(old, value));
                    *self = Self::List(list);
                    old
                }
                Err(at) => {
                    list.insert(at, (key, value));
                    *self = if list.len() > LIST_LEN_MAX {
                        Self::Map(Box::new(list.into_iter().collect()))
                    } else {
                        Self::List(list)
                    };
                    None
                }
            },
            Self::Map(mut map) => {
                let old = map.insert(key, value);
                *self = Self::Map(map);
                old
            }
        }
    }

    pub(super) fn remove(&mut self, key: K) -> Option<V> {
        match self {
            Self::None => None,
            Self::One(own, _) if *own != key => None,
            Self::One(..) => match core::mem::replace(self, Self::None) {
                Self::One(_, value) => Some(value),
                Self::None | Self::List(_) | Self::Map(_) => None,
            },
            Self::List(list) => {
                let at = list.binary_search_by_key(&key, |(key, _)| *key).ok()?;
                let (_, value) = list.remove(at);
                if list.len() == 1
                    && let Some((key, value)) = list.pop()
                {
                    *self = Self::One(key, value);
                }
                Some(value)
            }
            Self::Map(map) => {
                let value = map.remove(&key)?;
                if map.len() <= MAP_LEN_MIN {
                    *self = Self::List(core::mem::take(&mut **map).into_entries());
                }
                Some(value)
            }
        }
    }

    pub(super) fn get_mut(&mut self, key: K) -> Option<&mut V> {
        match self {
            Self::One(own, value) if *own == key => Some(value),
            Self::None | Self::One(..) => None,
            Self::List(list) => {
                let at = list.binary_search_by_key(&key, |(key, _)| *key).ok()?;
                list.get_mut(at).map(|(_, value)| value)
            }
            Self::Map(map) => map.get_mut(&key),
        }
    }

    pub(super) fn get(&self, key: K) -> Option<&V> {
        match self {
            Self::One(own, value) if *own == key => Some(value),
            Self::None | Self::One(..) => None,
            Self::List(list) => {
                let at = list.binary_search_by_key(&key, |(key, _)| *key).ok()?;
                list.get(at).map(|(_, value)| value)
            }
            Self::Map(map) => map.get(&key),
        }
    }

    /// In the order of the keys.
    #[inline]
    pub(super) fn for_each<'t>(&'t self, found: &mut impl FnMut(K, &'t V)) {
        match self {
            Self::None => {}
            Self::One(key, value) => found(*key, value),
            Self::List(list) => list.iter().for_each(|(key, value)| found(*key, value)),
            Self::Map(map) => map.iter().for_each(|(key, value)| found(*key, value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(subscribers: &Subscribers<u32, u32>) -> Vec<(u32, u32)> {
        let mut seen = Vec::new();
        subscribers.for_each(&mut |key, value| seen.push((key, *value)));
        seen
    }

    #[test]
    fn every_size_keeps_the_order_of_keys_and_gives_up_its_memory() {
        let mut subscribers = Subscribers::None;
        let keys: Vec<u32> = (0..100).map(|i| i * 37 % 101).collect();
        for (len, &key) in keys.iter().enumerate() {
            assert_eq!(subscribers.insert(key, key), None);
            assert_eq!(subscribers.insert(key, key + 1), Some(key));
            let mut expected: Vec<_> = keys[..=len].iter().map(|&key| (key, key + 1)).collect();
            expected.sort_unstable();
            assert_eq!(seen(&subscribers), expected);
            assert_eq!(subscribers.get(key), Some(&(key + 1)));
            assert_eq!(subscribers.get(200), None);
        }
        assert!(matches!(subscribers, Subscribers::Map(_)));
        for (left, &key) in keys.iter().enumerate().rev() {
            *subscribers.get_mut(key).unwrap() = 7;
            assert_eq!(subscribers.remove(key), Some(7));
            assert_eq!(subscribers.remove(key), None);
            assert_eq!(seen(&subscribers).len(), left);
            match left {
                0 => assert!(matches!(subscribers, Subscribers::None)),
                1 => assert!(matches!(subscribers, Subscribers::One(..))),
                2..=MAP_LEN_MIN => assert!(matches!(subscribers, Subscribers::List(_))),
                _ => assert!(matches!(subscribers, Subscribers::Map(_))),
            }
        }
    }

    #[test]
    fn the_list_becomes_a_map_at_its_limit() {
        let mut subscribers = Subscribers::None;
        for key in 0..32 {
            subscribers.insert(key, ());
        }
        assert!(matches!(subscribers, Subscribers::List(_)));
        subscribers.insert(32, ());
        assert!(matches!(subscribers, Subscribers::Map(_)));
    }

    #[test]
    fn it_takes_24_bytes_at_most() {
        assert!(size_of::<Subscribers<u32, [u32; 3]>>() <= 24);
    }
}
