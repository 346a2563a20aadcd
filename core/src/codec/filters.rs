//! The lists of Topic Filters in SUBSCRIBE and UNSUBSCRIBE (§3.8.3, §3.10.3).

use core::fmt;

use super::packet::{SubscribeFilter, SubscriptionOptions};
use super::reader::Reader;

/// The Topic Filters of a SUBSCRIBE with their options, in order.
///
/// Of a decoded packet this is a slice of its bytes, checked once and read again by each
/// iteration.
#[derive(Clone, Copy)]
pub struct SubscribeFilters<'a>(Source<'a, SubscribeFilter<'a>>);

/// The Topic Filters of an UNSUBSCRIBE, in order.
///
/// Of a decoded packet this is a slice of its bytes, checked once and read again by each
/// iteration.
#[derive(Clone, Copy)]
pub struct UnsubscribeFilters<'a>(Source<'a, &'a str>);

enum Source<'a, T> {
    Slice(&'a [T]),
    Payload { bytes: &'a [u8], count: usize },
}

impl<'a> SubscribeFilters<'a> {
    /// The filters `filters`.
    #[must_use]
    pub const fn from_slice(filters: &'a [SubscribeFilter<'a>]) -> Self {
        Self(Source::Slice(filters))
    }

    /// Each filter with its options, in order.
    pub fn iter(&self) -> impl Iterator<Item = SubscribeFilter<'a>> + use<'a> {
        self.0.iter(|reader| {
            let filter = reader.string().ok()?;
            let options = SubscriptionOptions::from_byte(reader.byte().ok()?).ok()?;
            Some(SubscribeFilter { filter, options })
        })
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none, which no packet on the wire has.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The `count` filters of the payload `bytes`.
    pub(super) const fn from_payload(bytes: &'a [u8], count: usize) -> Self {
        Self(Source::Payload { bytes, count })
    }
}

impl<'a> UnsubscribeFilters<'a> {
    /// The filters `filters`.
    #[must_use]
    pub const fn from_slice(filters: &'a [&'a str]) -> Self {
        Self(Source::Slice(filters))
    }

    /// Each filter, in order.
    pub fn iter(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.0.iter(|reader| reader.string().ok())
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none, which no packet on the wire has.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The `count` filters of the payload `bytes`.
    pub(super) const fn from_payload(bytes: &'a [u8], count: usize) -> Self {
        Self(Source::Payload { bytes, count })
    }
}

impl PartialEq for SubscribeFilters<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for SubscribeFilters<'_> {}

impl PartialEq for UnsubscribeFilters<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for UnsubscribeFilters<'_> {}

impl fmt::Debug for SubscribeFilters<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl fmt::Debug for UnsubscribeFilters<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<T> Clone for Source<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Source<'_, T> {}

impl<'a, T: Copy> Source<'a, T> {
    fn iter(self, read: impl Fn(&mut Reader<'a>) -> Option<T>) -> impl Iterator<Item = T> {
        let (slice, bytes, count): (&[T], &[u8], usize) = match self {
            Self::Slice(slice) => (slice, &[], 0),
            Self::Payload { bytes, count } => (&[], bytes, count),
        };
        let mut reader = Reader::new(bytes, 0);
        let encoded = core::iter::from_fn(move || read(&mut reader));
        slice.iter().copied().chain(encoded.take(count))
    }
}

impl<T> Source<'_, T> {
    const fn len(&self) -> usize {
        match *self {
            Self::Slice(slice) => slice.len(),
            Self::Payload { count, .. } => count,
        }
    }
}
