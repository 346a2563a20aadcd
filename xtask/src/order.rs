//! The order of the functions of a module.
//!
//! A compressor refers to what it has seen in the fewer bits the nearer that is, and half of a
//! module are functions that are much like others. So each function is put behind the one that it
//! has most in common with. Nothing else about the module changes but the numbers of functions.

use std::collections::HashMap;
use std::convert::Infallible;

use anyhow::{Result, bail};
use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{CodeSection, FunctionSection, Module};
use wasmparser::{
    CodeSectionReader, CustomSectionReader, FunctionSectionReader, Parser, Payload, TypeRef,
};

/// A sequence of bytes that more functions have than this says little about which are alike.
const SHARED_BY_MAX: usize = 600;

/// A function goes behind the one before if they have at least one in this many sequences of
/// bytes in common.
const ALIKE_PARTS: usize = 20;

/// The same module with its functions in another order, and without its custom sections, which
/// tell of the tools that made it.
pub(crate) fn reorder(module: &[u8]) -> Result<Vec<u8>> {
    let mut imported = 0;
    let mut bodies = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                }
            }
            Payload::CodeSectionEntry(body) => bodies.push(body.as_bytes()),
            _ => {}
        }
    }
    let order = order(&bodies);
    let mut places = vec![0; order.len()];
    for (place, function) in (imported..).zip(&order) {
        places[*function] = place;
    }
    let mut reordered = Module::new();
    let written = Reordered { imported, order, places }.parse_core_module(
        &mut reordered,
        Parser::new(0),
        module,
    );
    match written {
        Ok(()) => Ok(reordered.finish()),
        Err(error) => bail!("the module cannot be written again: {error}"),
    }
}

/// Writes a module with its functions in another order.
struct Reordered {
    /// Functions that are imported; their numbers come first.
    imported: u32,
    /// Functions of the module in the order in which they are written.
    order: Vec<usize>,
    /// The number that each gets.
    places: Vec<u32>,
}

type Outcome<T> = Result<T, reencode::Error<Infallible>>;

impl Reencode for Reordered {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> Outcome<u32> {
        let own = function.checked_sub(self.imported).map(|own| self.places[own as usize]);
        Ok(own.unwrap_or(function))
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: FunctionSectionReader<'_>,
    ) -> Outcome<()> {
        let types = section.into_iter().collect::<Result<Vec<_>, _>>()?;
        for function in &self.order {
            functions.function(types[*function]);
        }
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: CodeSectionReader<'_>,
    ) -> Outcome<()> {
        let bodies = section.into_iter().collect::<Result<Vec<_>, _>>()?;
        for function in self.order.clone() {
            self.parse_function_body(code, bodies[function].clone())?;
        }
        Ok(())
    }

    fn parse_custom_section(&mut self, _: &mut Module, _: CustomSectionReader<'_>) -> Outcome<()> {
        Ok(())
    }
}

/// In which order functions are written, by their numbers: from the largest on always the one
/// that is most like the one before, or the largest that is left if none is.
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
    largest.sort_by_key(|function| std::cmp::Reverse(bodies[*function].len()));
    let mut largest = largest.into_iter();
    let mut is_left = vec![true; bodies.len()];
    let mut common = vec![0_usize; bodies.len()];
    let mut order: Vec<usize> = Vec::with_capacity(bodies.len());
    while order.len() < bodies.len() {
        let alike = order.last().and_then(|before| {
            let mut touched = Vec::new();
            for sequence in &sequences[*before] {
                for function in holders.get(sequence).into_iter().flatten() {
                    if is_left[*function] {
                        if common[*function] == 0 {
                            touched.push(*function);
                        }
                        common[*function] += 1;
                    }
                }
            }
            touched.sort_unstable();
            let own = sequences[*before].len();
            // Of two fractions that is greater whose product with the other's divisor is.
            let mut best: Option<(usize, usize, usize)> = None;
            for function in touched {
                let shared = std::mem::take(&mut common[function]);
                let all = own + sequences[function].len() - shared;
                if best.is_none_or(|(_, most, of)| shared * of > most * all) {
                    best = Some((function, shared, all));
                }
            }
            best.filter(|(_, shared, all)| shared * ALIKE_PARTS >= *all)
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
