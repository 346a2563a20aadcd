//! Time as the core knows it: an argument, never a reading.

use core::fmt;

use crate::value::Read;
use serde::{Deserialize, Serialize};

/// Milliseconds since the Unix epoch.
///
/// Wall-clock milliseconds rather than a monotonic instant, because expiry deadlines survive a
/// restart, cross into JavaScript, and are written as plain numbers in a test. Arithmetic
/// saturates: a deadline beyond the end of time is one that never comes.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Read,
)]
#[serde(transparent)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The latest moment that can be named.
    pub const MAX: Self = Self(u64::MAX);

    /// The moment that lies `millis` milliseconds after the Unix epoch.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// The moment `millis` milliseconds later.
    #[must_use]
    pub const fn plus_millis(self, millis: u64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// The moment `seconds` seconds later.
    #[must_use]
    pub const fn plus_seconds(self, seconds: u64) -> Self {
        self.plus_millis(seconds.saturating_mul(1000))
    }

    /// Milliseconds from `earlier` to `self`; zero if `earlier` is the later one.
    #[must_use]
    pub const fn millis_since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ms", self.0)
    }
}
