//! The data types of the standard (§1.5), written.
//!
//! A packet is written twice by one function: first into a [`Counter`], which yields the lengths
//! that stand in front and sees what is too long, then into the buffer.

use super::{EncodeError, PacketIdentifier, variable_byte_integer};

/// Where the fields of a packet go.
pub(super) trait Sink {
    /// Bytes as they are.
    fn bytes(&mut self, bytes: &[u8]);

    /// Binary Data (§1.5.6): two bytes of length in front.
    fn field(&mut self, bytes: &[u8]);

    /// A UTF-8 Encoded String (§1.5.4): the same on the wire.
    #[inline]
    fn string(&mut self, text: &str) {
        self.field(text.as_bytes());
    }

    /// One byte.
    #[inline]
    fn byte(&mut self, byte: u8) {
        self.bytes(&[byte]);
    }

    /// A Two Byte Integer (§1.5.2).
    #[inline]
    fn two_byte_integer(&mut self, value: u16) {
        self.bytes(&value.to_be_bytes());
    }

    /// A Four Byte Integer (§1.5.3).
    #[inline]
    fn four_byte_integer(&mut self, value: u32) {
        self.bytes(&value.to_be_bytes());
    }

    /// A Variable Byte Integer (§1.5.5) in as few bytes as it needs [MQTT-1.5.5-1].
    #[inline]
    fn variable_byte_integer(&mut self, value: usize) {
        match u8::try_from(value) {
            Ok(byte) if byte < 0x80 => self.byte(byte),
            _ => {
                let bytes = variable_byte_integer::encode(value);
                let len = variable_byte_integer::encoded_len(value);
                self.bytes(bytes.get(..len).unwrap_or(&bytes));
            }
        }
    }

    /// A Packet Identifier (§2.2.1).
    #[inline]
    fn packet_identifier(&mut self, identifier: PacketIdentifier) {
        self.two_byte_integer(identifier.get());
    }
}

impl Sink for Vec<u8> {
    #[inline]
    fn bytes(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }

    #[inline]
    fn field(&mut self, bytes: &[u8]) {
        // What is longer has been refused when it was counted.
        self.two_byte_integer(u16::try_from(bytes.len()).unwrap_or(u16::MAX));
        self.extend_from_slice(bytes);
    }

    #[inline]
    fn byte(&mut self, byte: u8) {
        self.push(byte);
    }
}

/// A sink that keeps lengths only.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counter {
    /// Bytes so far.
    pub(super) len: usize,
    /// Bytes of the longest length-prefixed field.
    field_len_max: usize,
    /// Whether a string has a null character.
    null_character: bool,
}

impl Counter {
    /// The bytes counted.
    ///
    /// # Errors
    ///
    /// If a field or the whole is longer than the length in front of it can say, or if a string has
    /// a null character.
    pub(super) fn checked_len(self) -> Result<usize, EncodeError> {
        if self.field_len_max > usize::from(u16::MAX) {
            return Err(EncodeError::FieldTooLong { len: self.field_len_max });
        }
        if self.len > variable_byte_integer::MAX {
            return Err(EncodeError::PacketTooLarge { len: self.len });
        }
        if self.null_character {
            return Err(EncodeError::NullCharacter); // [MQTT-1.5.4-2] [MQTT3-1.5.3-2]
        }
        Ok(self.len)
    }
}

impl Sink for Counter {
    #[inline]
    fn bytes(&mut self, bytes: &[u8]) {
        self.len = self.len.saturating_add(bytes.len());
    }

    #[inline]
    fn field(&mut self, bytes: &[u8]) {
        self.len = self.len.saturating_add(2).saturating_add(bytes.len());
        self.field_len_max = self.field_len_max.max(bytes.len());
    }

    #[inline]
    fn string(&mut self, text: &str) {
        self.field(text.as_bytes());
        self.null_character |= text.as_bytes().contains(&0);
    }

    #[inline]
    fn variable_byte_integer(&mut self, value: usize) {
        self.len = self.len.saturating_add(variable_byte_integer::encoded_len(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_passes_the_largest_lengths_and_refuses_the_next() {
        let counter = Counter { len: 268_435_455, field_len_max: 65_535, null_character: false };
        assert_eq!(counter.checked_len(), Ok(268_435_455));
        let packet = Counter { len: 268_435_456, ..counter };
        assert_eq!(packet.checked_len(), Err(EncodeError::PacketTooLarge { len: 268_435_456 }));
        let field = Counter { field_len_max: 65_536, ..counter };
        assert_eq!(field.checked_len(), Err(EncodeError::FieldTooLong { len: 65_536 }));
    }
}
