//! Bytes cut at random.

/// Cuts what is sent into pieces, by a seed.
///
/// A broker must not care how the network cuts a stream. Most pieces are small, so that they end
/// inside of packets; some are a whole stretch of packets.
#[derive(Clone, Debug)]
pub struct Pieces(u64);

impl Pieces {
    /// The pieces of the seed `seed`.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The length of the next piece of `len` bytes, at least 1 if there is one.
    pub fn next_len(&mut self, len: usize) -> usize {
        let random = self.next();
        let small = usize::try_from(random >> 32 & 7).unwrap_or_default() + 1;
        // Large payloads would be too many pieces otherwise.
        let piece = match random & 3 {
            0 => len,
            1 => small * 37,
            _ => small,
        };
        let piece = if len > 4096 { piece.max(1000) } else { piece };
        piece.min(len)
    }

    /// The generator splitmix64.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_never_empty_nor_too_long_and_differ() {
        let mut pieces = Pieces::new(1);
        let lens: Vec<_> = (0..100).map(|_| pieces.next_len(50)).collect();
        assert!(lens.iter().all(|len| (1..=50).contains(len)), "{lens:?}");
        assert!(lens.contains(&1) && lens.contains(&50), "{lens:?}");
        assert_eq!(pieces.next_len(1), 1);
    }
}
