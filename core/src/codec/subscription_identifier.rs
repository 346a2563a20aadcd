//! Subscription Identifier (§3.8.2.1.2).

use core::fmt;
use core::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use super::property::{self, Property};
use crate::value::Read;

/// The number, 1 to 268 435 455, by which a client knows its subscription again.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Read,
)]
#[serde(transparent)]
pub struct SubscriptionIdentifier(NonZeroU32);

impl SubscriptionIdentifier {
    /// The largest identifier a Variable Byte Integer can carry.
    pub const MAX: u32 = 268_435_455;

    /// The identifier `value`; `None` for 0 and above [`Self::MAX`].
    #[must_use]
    pub const fn new(value: u32) -> Option<Self> {
        if value > Self::MAX {
            return None;
        }
        match NonZeroU32::new(value) {
            Some(value) => Some(Self(value)),
            None => None,
        }
    }

    /// The number on the wire.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0.get()
    }
}

/// The Subscription Identifiers of a PUBLISH, in order (§3.3.2.3.8).
///
/// Of a decoded packet this is a slice of its bytes, checked once and read again by each
/// iteration.
#[derive(Clone, Copy)]
pub struct SubscriptionIdentifiers<'a>(Source<'a>);

#[derive(Clone, Copy)]
enum Source<'a> {
    Slice(&'a [SubscriptionIdentifier]),
    /// Encoded properties, `count` Subscription Identifiers among them.
    Block {
        bytes: &'a [u8],
        count: usize,
    },
}

impl<'a> SubscriptionIdentifiers<'a> {
    /// No Subscription Identifier.
    pub const NONE: Self = Self(Source::Slice(&[]));

    /// The identifiers `identifiers`.
    #[must_use]
    pub const fn from_slice(identifiers: &'a [SubscriptionIdentifier]) -> Self {
        Self(Source::Slice(identifiers))
    }

    /// Each identifier, in order.
    pub fn iter(&self) -> impl Iterator<Item = SubscriptionIdentifier> + use<'a> {
        let (slice, mut bytes, count): (&[_], &[u8], usize) = match self.0 {
            Source::Slice(slice) => (slice, &[], 0),
            Source::Block { bytes, count } => (&[], bytes, count),
        };
        let encoded = core::iter::from_fn(move || {
            loop {
                if let Property::SubscriptionIdentifier(value) = property::next(&mut bytes)? {
                    return Some(value);
                }
            }
        });
        slice.iter().copied().chain(encoded.take(count))
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        match self.0 {
            Source::Slice(slice) => slice.len(),
            Source::Block { count, .. } => count,
        }
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The `count` Subscription Identifiers among the encoded properties `bytes`.
    pub(super) const fn from_block(bytes: &'a [u8], count: usize) -> Self {
        Self(Source::Block { bytes, count })
    }
}

impl Default for SubscriptionIdentifiers<'_> {
    fn default() -> Self {
        Self::NONE
    }
}

impl PartialEq for SubscriptionIdentifiers<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for SubscriptionIdentifiers<'_> {}

impl fmt::Debug for SubscriptionIdentifiers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
