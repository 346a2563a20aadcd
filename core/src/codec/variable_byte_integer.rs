//! Variable Byte Integer (§1.5.5).

use super::DecodeErrorKind;

/// The largest value that four bytes can carry.
pub(super) const MAX: usize = 268_435_455;

/// The value at the start of `bytes` and the number of bytes it takes; `None` if `bytes` ends
/// before the value does.
#[inline]
pub(super) fn decode(bytes: &[u8]) -> Result<Option<(usize, usize)>, DecodeErrorKind> {
    match bytes.first() {
        Some(&byte) if byte < 0x80 => Ok(Some((usize::from(byte), 1))),
        Some(_) => decode_long(bytes),
        None => Ok(None),
    }
}

/// The number of bytes that `value` takes; 4 for values that none could carry.
#[inline]
pub(super) const fn encoded_len(value: usize) -> usize {
    match value {
        0..=0x7F => 1,
        0x80..=0x3FFF => 2,
        0x4000..=0x1F_FFFF => 3,
        _ => 4,
    }
}

/// The bytes of `value`, of which the first [`encoded_len`] count.
#[inline]
pub(super) const fn encode(value: usize) -> [u8; 4] {
    // Each byte but the last of the value says that another one follows.
    const fn byte(value: usize, shift: u32) -> u8 {
        let rest = value >> shift;
        let more = if rest > 0x7F { 0x80 } else { 0 };
        (rest & 0x7F) as u8 | more
    }
    [byte(value, 0), byte(value, 7), byte(value, 14), byte(value, 21) & 0x7F]
}

fn decode_long(bytes: &[u8]) -> Result<Option<(usize, usize)>, DecodeErrorKind> {
    let mut value = 0_usize;
    let mut shift = 0_u32;
    let mut len = 0_usize;
    for &byte in bytes.iter().take(4) {
        value |= usize::from(byte & 0x7F).wrapping_shl(shift);
        shift = shift.wrapping_add(7);
        len = len.wrapping_add(1);
        if byte & 0x80 == 0 {
            // A last byte of zero adds nothing, so fewer bytes would have done [MQTT-1.5.5-1].
            if byte == 0 {
                return Err(DecodeErrorKind::VariableByteIntegerNotMinimal);
            }
            return Ok(Some((value, len)));
        }
    }
    if len == 4 { Err(DecodeErrorKind::VariableByteIntegerTooLong) } else { Ok(None) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(value: usize) -> Vec<u8> {
        encode(value)[..encoded_len(value)].to_vec()
    }

    #[test]
    fn values_at_the_edges_of_each_length_come_back() {
        for (value, len) in [
            (0, 1),
            (127, 1),
            (128, 2),
            (16_383, 2),
            (16_384, 3),
            (2_097_151, 3),
            (2_097_152, 4),
            (MAX, 4),
        ] {
            let bytes = encoded(value);
            assert_eq!(bytes.len(), len, "{value}");
            assert_eq!(decode(&bytes), Ok(Some((value, len))));
        }
    }

    #[test]
    fn the_bytes_are_those_of_the_standard() {
        assert_eq!(encoded(321), [0xC1, 0x02]);
        assert_eq!(encoded(MAX), [0xFF, 0xFF, 0xFF, 0x7F]);
    }

    #[test]
    fn a_value_cut_short_asks_for_more() {
        for bytes in [&[][..], &[0x80], &[0xFF, 0xFF], &[0xFF, 0xFF, 0xFF]] {
            assert_eq!(decode(bytes), Ok(None));
        }
    }

    #[test]
    fn more_bytes_than_needed_are_refused() {
        for bytes in [&[0x80, 0x00][..], &[0xFF, 0x80, 0x00], &[0x80, 0x80, 0x80, 0x00]] {
            assert_eq!(decode(bytes), Err(DecodeErrorKind::VariableByteIntegerNotMinimal));
        }
    }

    #[test]
    fn a_fifth_byte_is_refused_before_it_arrives() {
        assert_eq!(
            decode(&[0x80, 0x80, 0x80, 0x80]),
            Err(DecodeErrorKind::VariableByteIntegerTooLong)
        );
    }
}
