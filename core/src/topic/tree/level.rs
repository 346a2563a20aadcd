//! Levels as bytes, and their hashes.
//!
//! Inside the tree, text is bytes: it was checked before it came here, and is only ever cut at
//! separators.

use super::node::NodeId;
use crate::map::{BytesHash, HashKey};
use crate::topic::text;

pub(super) const SINGLE: &[u8] = text::SINGLE.as_bytes();
pub(super) const MULTI: &[u8] = text::MULTI.as_bytes();
const SEPARATOR: u8 = b'/';

/// A level of a Topic Name with its hash, computed once for all the nodes it is looked up from.
#[derive(Clone, Copy)]
pub(super) struct Level<'a> {
    text: &'a [u8],
    hash: u64,
}

impl<'a> Level<'a> {
    pub(super) const EMPTY: Self = Self { text: b"", hash: 0 };

    #[inline]
    pub(super) const fn text(&self) -> &'a [u8] {
        self.text
    }
}

/// Hashes under the tree's key, so that nobody can choose levels that fall together.
#[derive(Clone)]
pub(super) struct LevelHasher {
    bytes: BytesHash,
    multiplier: u64,
}

impl LevelHasher {
    pub(super) fn new(key: HashKey) -> Self {
        let bytes = BytesHash::new(key);
        let multiplier = bytes.hash(b"multiplier") | 1;
        Self { bytes, multiplier }
    }

    #[inline]
    pub(super) fn level<'a>(&self, text: &'a [u8]) -> Level<'a> {
        Level { text, hash: self.bytes.hash(text) }
    }

    /// The hash of the child that `level` leads to from `parent`: a folded multiplication, which
    /// is cheap and mixes well.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the halves are what is wanted")]
    pub(super) fn child(&self, parent: NodeId, level: &Level<'_>) -> u32 {
        let seed = level.hash ^ u64::from(parent.get());
        let product = u128::from(seed) * u128::from(self.multiplier);
        ((product as u64) ^ ((product >> 64) as u64)) as u32
    }
}

/// The first level, and the levels after it if there are any.
#[inline]
pub(super) fn split_first(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|&byte| byte == SEPARATOR) {
        Some(at) => (text.get(..at).unwrap_or_default(), text.get(at + 1..)),
        None => (text, None),
    }
}

/// What comes after the levels `start` in `text`, if it begins with them.
#[inline]
#[expect(clippy::option_option, reason = "whether it begins so, and whether something is left")]
pub(super) fn after<'t>(text: &'t [u8], start: &[u8]) -> Option<Option<&'t [u8]>> {
    match text.strip_prefix(start)?.split_first() {
        None => Some(None),
        Some((&SEPARATOR, rest)) => Some(Some(rest)),
        Some(_) => None,
    }
}

/// The bytes of the levels that `a` and `b` both begin with; the first level is the same.
pub(super) fn shared_len(a: &[u8], b: &[u8]) -> usize {
    let same = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let ends = |text: &[u8]| matches!(text.get(same), None | Some(&SEPARATOR));
    if ends(a) && ends(b) {
        return same;
    }
    // The level in which they part does not count, nor does the separator before it.
    let shared = a.get(..same).unwrap_or_default();
    shared.iter().rposition(|&byte| byte == SEPARATOR).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_levels_are_whole_levels() {
        for (a, b, shared) in [
            ("a", "a", 1),
            ("a/b", "a", 1),
            ("a/b", "a/c", 1),
            ("a/bc", "a/bd", 1),
            ("a/b", "a/bc", 1),
            ("a/b/c", "a/b/d", 3),
            ("a/", "a/b", 1),
            ("/", "/", 1),
            ("//a", "//b", 1),
            ("/a", "/b", 0),
            ("", "/a", 0),
        ] {
            assert_eq!(shared_len(a.as_bytes(), b.as_bytes()), shared, "{a} {b}");
            assert_eq!(shared_len(b.as_bytes(), a.as_bytes()), shared, "{b} {a}");
        }
    }

    #[test]
    fn what_comes_after_begins_at_a_separator() {
        assert_eq!(after(b"a/b", b"a"), Some(Some(&b"b"[..])));
        assert_eq!(after(b"a/", b"a"), Some(Some(&b""[..])));
        assert_eq!(after(b"a", b"a"), Some(None));
        assert_eq!(after(b"ab", b"a"), None);
        assert_eq!(after(b"b", b"a"), None);
        assert_eq!(after(b"/b", b""), Some(Some(&b"b"[..])));
    }
}
