//! The list of Reason Codes in SUBACK and UNSUBACK (§3.9.3, §3.11.3).

use core::fmt;

use super::ReasonCode;

/// The codes of a SUBACK or UNSUBACK, one for each Topic Filter, in order.
#[derive(Clone, Copy)]
pub struct ReasonCodes<'a>(Source<'a>);

#[derive(Clone, Copy)]
enum Source<'a> {
    Slice(&'a [ReasonCode]),
    Encoded(&'a [u8]),
}

impl<'a> ReasonCodes<'a> {
    /// The codes `codes`.
    #[must_use]
    pub const fn from_slice(codes: &'a [ReasonCode]) -> Self {
        Self(Source::Slice(codes))
    }

    /// The codes, in order.
    pub fn iter(&self) -> impl Iterator<Item = ReasonCode> + use<'a> {
        let (codes, bytes): (&[ReasonCode], &[u8]) = match self.0 {
            Source::Slice(codes) => (codes, &[]),
            Source::Encoded(bytes) => (&[], bytes),
        };
        codes.iter().copied().chain(bytes.iter().copied().map(ReasonCode::from_u8))
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        match self.0 {
            Source::Slice(codes) => codes.len(),
            Source::Encoded(bytes) => bytes.len(),
        }
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The codes that the bytes `bytes` are; each has been checked.
    pub(super) const fn from_encoded(bytes: &'a [u8]) -> Self {
        Self(Source::Encoded(bytes))
    }
}

impl Default for ReasonCodes<'_> {
    fn default() -> Self {
        Self::from_slice(&[])
    }
}

impl PartialEq for ReasonCodes<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for ReasonCodes<'_> {}

impl fmt::Debug for ReasonCodes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
