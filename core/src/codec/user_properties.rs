//! User Properties (§3.1.2.11.8 and its twins).

use core::fmt;

use super::PropertyIdentifier;
use super::property::{self, Property};
use super::sink::Sink;

/// Name and value pairs, in order; a name may stand more than once.
///
/// Of a decoded packet this is a slice of its bytes, checked once and read again by each
/// iteration, so that decoding does not allocate.
#[derive(Clone, Copy)]
pub struct UserProperties<'a>(Source<'a>);

#[derive(Clone, Copy)]
enum Source<'a> {
    Pairs(&'a [(&'a str, &'a str)]),
    /// Encoded properties, `count` User Properties among them.
    Block {
        bytes: &'a [u8],
        count: usize,
    },
}

impl<'a> UserProperties<'a> {
    /// No User Property.
    pub const NONE: Self = Self(Source::Pairs(&[]));

    /// The pairs `pairs`, name first.
    #[must_use]
    pub const fn from_pairs(pairs: &'a [(&'a str, &'a str)]) -> Self {
        Self(Source::Pairs(pairs))
    }

    /// Each pair, name first, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let (pairs, mut bytes, count): (&[_], &[u8], usize) = match self.0 {
            Source::Pairs(pairs) => (pairs, &[], 0),
            Source::Block { bytes, count } => (&[], bytes, count),
        };
        let encoded = core::iter::from_fn(move || {
            loop {
                if let Property::UserProperty(pair) = property::next(&mut bytes)? {
                    return Some(pair);
                }
            }
        });
        pairs.iter().copied().chain(encoded.take(count))
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        match self.0 {
            Source::Pairs(pairs) => pairs.len(),
            Source::Block { count, .. } => count,
        }
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The `count` User Properties among the encoded properties `bytes`.
    pub(super) const fn from_block(bytes: &'a [u8], count: usize) -> Self {
        Self(Source::Block { bytes, count })
    }

    /// Writes them as properties.
    #[inline]
    pub(super) fn write(&self, sink: &mut dyn Sink) {
        if self.is_empty() {
            return;
        }
        for pair in self.iter() {
            property::write(sink, PropertyIdentifier::UserProperty, Some(pair));
        }
    }
}

impl Default for UserProperties<'_> {
    fn default() -> Self {
        Self::NONE
    }
}

impl PartialEq for UserProperties<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for UserProperties<'_> {}

impl fmt::Debug for UserProperties<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
