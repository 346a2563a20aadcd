//! The data types of the standard (§1.5), read from bytes.

use super::{DecodeError, DecodeErrorKind, PacketIdentifier, variable_byte_integer};

/// What is left of a packet, or of a part of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    /// Where `rest` ends, in bytes from the start of the packet.
    end: usize,
}

impl<'a> Reader<'a> {
    /// A reader of `bytes`, the first of which stands `offset` bytes into the packet.
    pub(super) const fn new(bytes: &'a [u8], offset: usize) -> Self {
        Self { rest: bytes, end: offset.saturating_add(bytes.len()) }
    }

    /// The byte that comes next.
    #[inline]
    pub(super) fn byte(&mut self) -> Result<u8, DecodeError> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// A Two Byte Integer (§1.5.2).
    #[inline]
    pub(super) fn two_byte_integer(&mut self) -> Result<u16, DecodeError> {
        self.array().map(u16::from_be_bytes)
    }

    /// A Four Byte Integer (§1.5.3).
    #[inline]
    pub(super) fn four_byte_integer(&mut self) -> Result<u32, DecodeError> {
        self.array().map(u32::from_be_bytes)
    }

    /// A Variable Byte Integer (§1.5.5).
    #[inline]
    pub(super) fn variable_byte_integer(&mut self) -> Result<usize, DecodeError> {
        match variable_byte_integer::decode(self.rest) {
            Ok(Some((value, len))) => {
                self.rest = self.rest.get(len..).unwrap_or_default();
                Ok(value)
            }
            Ok(None) => Err(self.error(DecodeErrorKind::Truncated)),
            Err(kind) => Err(self.error(kind)),
        }
    }

    /// Binary Data (§1.5.6).
    #[inline]
    pub(super) fn binary(&mut self) -> Result<&'a [u8], DecodeError> {
        let Some((len, rest)) = self.rest.split_first_chunk() else {
            return Err(self.error(DecodeErrorKind::Truncated));
        };
        match rest.split_at_checked(usize::from(u16::from_be_bytes(*len))) {
            Some((field, rest)) => {
                self.rest = rest;
                Ok(field)
            }
            None => Err(self.error(DecodeErrorKind::Truncated)),
        }
    }

    /// A UTF-8 Encoded String (§1.5.4). A byte order mark is a character like any other
    /// [MQTT-1.5.4-3].
    #[inline]
    pub(super) fn string(&mut self) -> Result<&'a str, DecodeError> {
        let before = *self;
        match text(self.binary()?) {
            Ok(text) => Ok(text),
            Err(kind) => Err(before.error(kind)),
        }
    }

    /// A Packet Identifier [MQTT-2.2.1-3] [MQTT-2.2.1-4].
    #[inline]
    pub(super) fn packet_identifier(&mut self) -> Result<PacketIdentifier, DecodeError> {
        let before = *self;
        PacketIdentifier::new(self.two_byte_integer()?)
            .ok_or_else(|| before.error(DecodeErrorKind::PacketIdentifierZero))
    }

    /// The next `len` bytes as a reader of their own.
    #[inline]
    pub(super) fn part(&mut self, len: usize) -> Result<Self, DecodeError> {
        let Some((part, rest)) = self.rest.split_at_checked(len) else {
            return Err(self.error(DecodeErrorKind::Truncated));
        };
        let part = Self::new(part, self.offset());
        self.rest = rest;
        Ok(part)
    }

    /// All that is left.
    pub(super) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Whether nothing is left.
    pub(super) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Bytes from the start of the packet to what comes next.
    pub(super) const fn offset(&self) -> usize {
        self.end.saturating_sub(self.rest.len())
    }

    /// The error `kind` at what comes next.
    #[cold]
    pub(super) const fn error(&self, kind: DecodeErrorKind) -> DecodeError {
        DecodeError { kind, offset: self.offset() }
    }

    /// Nothing more: an error if something is left.
    #[inline]
    pub(super) fn finish(&self) -> Result<(), DecodeError> {
        if self.is_empty() { Ok(()) } else { Err(self.error(DecodeErrorKind::TrailingBytes)) }
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        match self.rest.split_first_chunk() {
            Some((array, rest)) => {
                self.rest = rest;
                Ok(*array)
            }
            None => Err(self.error(DecodeErrorKind::Truncated)),
        }
    }
}

/// The text that `bytes` encode: well-formed UTF-8 [MQTT-1.5.4-1] without the null character
/// [MQTT-1.5.4-2].
#[inline]
pub(super) fn text(bytes: &[u8]) -> Result<&str, DecodeErrorKind> {
    let text = core::str::from_utf8(bytes).map_err(|_| DecodeErrorKind::Utf8NotValid)?;
    if has_zero(bytes) { Err(DecodeErrorKind::NullCharacter) } else { Ok(text) }
}

/// Whether one of `bytes` is zero. Eight are looked at in one step, the last eight perhaps again,
/// since Topic Names are too short for the search of the standard library to pay.
#[inline]
fn has_zero(bytes: &[u8]) -> bool {
    let Some(last) = bytes.last_chunk() else { return bytes.contains(&0) };
    let (words, _) = bytes.as_chunks();
    let zeros = words.iter().fold(zero_bytes(last), |zeros, word| zeros | zero_bytes(word));
    zeros != 0
}

/// Not zero if and only if a byte of `word` is: only such a byte borrows from a high bit that it
/// does not have itself.
#[inline]
const fn zero_bytes(word: &[u8; 8]) -> u64 {
    let word = u64::from_ne_bytes(*word);
    word.wrapping_sub(0x0101_0101_0101_0101) & !word & 0x8080_8080_8080_8080
}
