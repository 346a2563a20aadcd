//! Inputs made of other inputs.

use afterlink_simulate::random::Random;

/// Bytes of the longest input made.
const LEN_MAX: usize = 4096;
/// Values at which lengths and counts go wrong.
const EDGES: &[u8] = &[0, 1, 2, 4, 0x10, 0x20, 0x30, 0x3F, 0x7F, 0x80, 0x81, 0xFE, 0xFF];

/// An input that is like one or two of the corpus.
#[must_use]
pub fn mutate(random: &mut Random, corpus: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = pick(random, corpus);
    for _ in 0..=random.below(5) {
        step(random, &mut bytes, corpus);
    }
    bytes.truncate(LEN_MAX);
    bytes
}

fn step(random: &mut Random, bytes: &mut Vec<u8>, corpus: &[Vec<u8>]) {
    let at = place(random, bytes.len() + 1);
    match random.below(9) {
        0 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
        1 if at < bytes.len() => bytes[at] = random.pick(EDGES),
        2 if at < bytes.len() => bytes[at] = random.number().to_le_bytes()[0],
        3 => bytes.insert(at, random.pick(EDGES)),
        4 => {
            let to = (at + place(random, 9)).min(bytes.len());
            bytes.drain(at..to);
        }
        5 => {
            let to = (at + place(random, 40)).min(bytes.len());
            let copy = bytes[at..to].to_vec();
            let into = place(random, bytes.len() + 1);
            bytes.splice(into..into, copy);
        }
        6 => {
            let other = pick(random, corpus);
            let from = place(random, other.len() + 1);
            bytes.splice(at.., other[from..].iter().copied());
        }
        7 => bytes.truncate(at),
        _ => bytes.extend(pick(random, corpus)),
    }
}

fn pick(random: &mut Random, corpus: &[Vec<u8>]) -> Vec<u8> {
    let index = place(random, corpus.len());
    corpus.get(index).cloned().unwrap_or_default()
}

fn place(random: &mut Random, bound: usize) -> usize {
    usize::try_from(random.below(bound as u64)).unwrap_or(0)
}
