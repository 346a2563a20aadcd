//! The levels that lead from a node to its child.

use super::level::{self, Level};

/// The longest label that lies in its node.
const INLINE_BYTES_MAX: usize = 22;

/// One or more levels of a filter, as written: within 24 bytes, or beside them if they are long.
#[derive(Clone)]
pub(super) enum Label {
    Inline { len: u8, bytes: [u8; INLINE_BYTES_MAX] },
    Beside(Box<[u8]>),
}

/// How a label and the next levels of a Topic Name go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Followed {
    /// They do not.
    Apart,
    /// The label is used up, and so are the levels before this depth.
    Reached(usize),
    /// The label ended in `#`, which takes all that is left.
    Everything,
}

impl Label {
    pub(super) const EMPTY: Self = Self::Inline { len: 0, bytes: [0; INLINE_BYTES_MAX] };

    pub(super) fn new(text: &[u8]) -> Self {
        let mut bytes = [0; INLINE_BYTES_MAX];
        match (bytes.get_mut(..text.len()), u8::try_from(text.len())) {
            (Some(place), Ok(len)) => {
                place.copy_from_slice(text);
                Self::Inline { len, bytes }
            }
            _ => Self::Beside(Box::from(text)),
        }
    }

    #[inline]
    pub(super) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Inline { len, bytes } => bytes.get(..usize::from(*len)).unwrap_or_default(),
            Self::Beside(bytes) => bytes,
        }
    }

    /// Compares the label with `levels`, those from `depth` on.
    #[inline]
    pub(super) fn follow(&self, levels: &[Level<'_>], depth: usize) -> Followed {
        follow(Some(self.as_bytes()), levels, depth)
    }

    /// As [`Self::follow`] for a child that was looked up by the level at `depth`; `None` if it
    /// has another name, and was found only because the hashes are the same.
    #[inline]
    pub(super) fn follow_named(&self, levels: &[Level<'_>], depth: usize) -> Option<Followed> {
        let rest = level::after(self.as_bytes(), levels.get(depth)?.text())?;
        Some(follow(rest, levels, depth + 1))
    }
}

#[inline]
fn follow(label: Option<&[u8]>, levels: &[Level<'_>], depth: usize) -> Followed {
    let (mut label, mut depth) = (label, depth);
    while let Some(text) = label {
        let (part, rest) = level::split_first(text);
        if part == level::MULTI {
            return Followed::Everything;
        }
        match levels.get(depth) {
            Some(level) if part == level::SINGLE || part == level.text() => depth += 1,
            Some(_) | None => return Followed::Apart,
        }
        label = rest;
    }
    Followed::Reached(depth)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::map::HashKey;

    fn follow(label: &str, topic: &str, depth: usize) -> Followed {
        let hasher = level::LevelHasher::new(HashKey([1, 2, 3, 4]));
        let levels: Vec<_> = topic.split('/').map(|text| hasher.level(text.as_bytes())).collect();
        Label::new(label.as_bytes()).follow(&levels, depth)
    }

    #[test]
    fn a_label_keeps_its_text_on_both_sides_of_the_inline_limit() {
        for len in 0..300 {
            let text = vec![b'x'; len];
            let label = Label::new(&text);
            assert_eq!(label.as_bytes(), text);
            assert_eq!(matches!(label, Label::Inline { .. }), len <= INLINE_BYTES_MAX);
        }
        assert_eq!(Label::EMPTY.as_bytes(), b"");
    }

    #[test]
    fn a_label_is_followed_level_by_level() {
        assert_eq!(follow("a", "a", 0), Followed::Reached(1));
        assert_eq!(follow("a", "a/b/c", 0), Followed::Reached(1));
        assert_eq!(follow("b/+", "a/b/c", 1), Followed::Reached(3));
        assert_eq!(follow("b/", "a/b/", 1), Followed::Reached(3));
        assert_eq!(follow("/", "//", 0), Followed::Reached(2));
        for (label, topic) in [("a/b", "a"), ("a", "ab"), ("ab", "a"), ("a/", "a"), ("+/b", "a/c")]
        {
            assert_eq!(follow(label, topic, 0), Followed::Apart, "{label} {topic}");
        }
    }

    #[test]
    fn a_label_that_ends_in_hash_takes_what_is_left_even_nothing() {
        assert_eq!(follow("a/#", "a/b/c", 0), Followed::Everything);
        assert_eq!(follow("+/#", "a", 0), Followed::Everything);
        assert_eq!(follow("#", "a", 1), Followed::Everything);
        assert_eq!(follow("a/b/#", "a", 0), Followed::Apart);
    }
}
