//! Randomness as the core knows it: all of it follows from one seed.

use core::fmt;

use crate::map::HashKey;

/// The words of the state that are always the same: "expand 32-byte k".
const CONSTANTS: [u32; 4] = [0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574];

/// Eight rounds, of which every second one goes along the diagonals.
const DOUBLE_ROUNDS: usize = 4;

/// The four words that each quarter of a double round mixes.
const QUARTERS: [[usize; 4]; 8] = [
    [0, 4, 8, 12],
    [1, 5, 9, 13],
    [2, 6, 10, 14],
    [3, 7, 11, 15],
    [0, 5, 10, 15],
    [1, 6, 11, 12],
    [2, 7, 8, 13],
    [3, 4, 9, 14],
];

/// A generator whose next value cannot be told from those before it: the key stream of ChaCha8,
/// with the seed as its key. A broker draws a few numbers, so that it is written to be short.
#[derive(Clone)]
pub(crate) struct Random {
    key: [u32; 8],
    /// The number of the next block.
    counter: u64,
    /// What is left of the block before, from the end.
    left: Vec<u64>,
}

impl Random {
    /// The generator of `seed`.
    pub(crate) fn new(seed: [u8; 32]) -> Self {
        let mut key = [0; 8];
        for (word, bytes) in key.iter_mut().zip(seed.as_chunks().0) {
            *word = u32::from_le_bytes(*bytes);
        }
        Self { key, counter: 0, left: Vec::new() }
    }

    /// A number.
    pub(crate) fn number(&mut self) -> u64 {
        loop {
            if let Some(number) = self.left.pop() {
                return number;
            }
            let block = self.next_block();
            let pairs = block.as_chunks().0.iter().rev();
            self.left.extend(pairs.map(|[low, high]| u64::from(*low) | u64::from(*high) << 32));
        }
    }

    fn next_block(&mut self) -> [u32; 16] {
        let mut start = [0; 16];
        let counter = [self.counter as u32, (self.counter >> 32) as u32];
        let words = CONSTANTS.iter().chain(&self.key).chain(&counter);
        for (place, word) in start.iter_mut().zip(words) {
            *place = *word;
        }
        self.counter += 1;
        let mut block = start;
        for [a, b, c, d] in [QUARTERS; DOUBLE_ROUNDS].into_iter().flatten() {
            for (to, from, mixed, by) in [(a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)]
            {
                block[to] = block[to].wrapping_add(block[from]);
                block[mixed] = (block[mixed] ^ block[to]).rotate_left(by);
            }
        }
        for (word, start) in block.iter_mut().zip(start) {
            *word = word.wrapping_add(start);
        }
        block
    }

    /// A key for hash tables whose keys a peer chooses.
    pub(crate) fn hash_key(&mut self) -> HashKey {
        HashKey([self.number(), self.number(), self.number(), self.number()])
    }
}

impl fmt::Debug for Random {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The state foretells assigned Client Identifiers.
        f.write_str("Random(..)")
    }
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

    use super::*;

    #[test]
    fn its_numbers_are_those_of_chacha8() {
        for seed in [[0; 32], [0x5e; 32], core::array::from_fn(|at| at as u8)] {
            let (mut ours, mut theirs) = (Random::new(seed), ChaCha8Rng::from_seed(seed));
            for at in 0..10_000 {
                assert_eq!(ours.number(), theirs.next_u64(), "{at}");
            }
        }
    }
}
