//! The order of the functions of a module.
//!
//! A compressor refers to what it has seen in the fewer bits the nearer that is, and half of a
//! module are functions that are much like others. So each function is put behind the ones that it
//! has most in common with. Nothing else about the module changes but the numbers of functions.

use std::cmp::Reverse;
use std::collections::HashMap;

use anyhow::Result;

use super::numbers::Renumbered;
use super::{Functions, write};

/// A sequence of bytes that more functions have than this says little about which are alike.
const SHARED_BY_MAX: usize = 600;

/// A function goes behind the ones before if they have at least one in this many sequences of
/// bytes in common.
const ALIKE_PARTS: usize = 14;

/// How much it counts to have a sequence in common with the function before, with the one before
/// that and so on.
const WEIGHTS: [usize; 4] = [8, 4, 2, 1];

/// The same module with its functions in another order.
pub(super) fn reorder(module: &[u8]) -> Result<Vec<u8>> {
    let functions = Functions::of(module)?;
    let order = order(&functions.bodies);
    let all: Vec<usize> = (0..order.len()).collect();
    write(module, Renumbered::new(&functions, order, &all))
}

/// In which order functions are written, by their numbers: from the largest on always the one
/// that is most like those before, or the largest that is left if none is.
fn order(bodies: &[&[u8]]) -> Vec<usize> {
    let sequences: Vec<Vec<u32>> = bodies.iter().map(|body| sequences(body)).collect();
    let mut holders: HashMap<u32, Vec<usize>> = HashMap::new();
    for (function, sequences) in sequences.iter().enumerate() {
        for sequence in sequences {
            holders.entry(*sequence).or_default().push(function);
        }
    }
    holders.retain(|_, functions| functions.len() <= SHARED_BY_MAX);
    let mut largest: Vec<usize> = (0..bodies.len()).collect();
    largest.sort_by_key(|function| Reverse(bodies[*function].len()));
    let mut largest = largest.into_iter();
    let mut is_left = vec![true; bodies.len()];
    let mut common = vec![0_usize; bodies.len()];
    let mut order: Vec<usize> = Vec::with_capacity(bodies.len());
    while order.len() < bodies.len() {
        let alike = order.last().and_then(|last| {
            let mut touched = Vec::new();
            for (before, weight) in order.iter().rev().zip(WEIGHTS) {
                for sequence in &sequences[*before] {
                    for function in holders.get(sequence).into_iter().flatten() {
                        if is_left[*function] {
                            if common[*function] == 0 {
                                touched.push(*function);
                            }
                            common[*function] += weight;
                        }
                    }
                }
            }
            touched.sort_unstable();
            let last = sequences[*last].len() * WEIGHTS[0] * WEIGHTS[0];
            // The share is in the geometric mean of both. Squares compare as it does, and of two
            // fractions that is greater whose product with the other's divisor is.
            let mut best: Option<(usize, usize, usize)> = None;
            for function in touched {
                let shared = std::mem::take(&mut common[function]).pow(2);
                let own = sequences[function].len();
                if best.is_none_or(|(_, most, of)| shared * of > most * own) {
                    best = Some((function, shared, own));
                }
            }
            best.filter(|(_, shared, own)| shared * ALIKE_PARTS.pow(2) >= last * own)
        });
        let next = match alike {
            Some((function, ..)) => function,
            None => largest.find(|function| is_left[*function]).expect("one is left"),
        };
        is_left[next] = false;
        order.push(next);
    }
    order
}

/// The sequences of four bytes in a function, each once.
fn sequences(body: &[u8]) -> Vec<u32> {
    let words =
        body.windows(4).map(|bytes| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
    let mut sequences: Vec<u32> = words.collect();
    sequences.sort_unstable();
    sequences.dedup();
    sequences
}
