//! Randomness as the core knows it: all of it follows from one seed.

use core::fmt;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

use crate::map::HashKey;

/// A generator whose next value cannot be told from those before it.
#[derive(Clone)]
pub(crate) struct Random(ChaCha8Rng);

impl Random {
    /// The generator of `seed`.
    pub(crate) fn new(seed: [u8; 32]) -> Self {
        Self(ChaCha8Rng::from_seed(seed))
    }

    /// A number.
    pub(crate) fn number(&mut self) -> u64 {
        self.0.next_u64()
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
