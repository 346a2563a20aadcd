//! Functions that are equal.
//!
//! The compiler tells functions apart that come from different types even where their instructions
//! turn out to be the same.

use std::collections::HashMap;

use anyhow::Result;

use super::numbers::Renumbered;
use super::{Functions, write};

/// The module with one of each set of equal functions, which may make others equal; nothing if all
/// of them differ.
pub(super) fn merge(module: &[u8]) -> Result<Option<Vec<u8>>> {
    let functions = Functions::of(module)?;
    let mut firsts = HashMap::new();
    let mut order = Vec::new();
    let mut stand_ins = Vec::new();
    for (function, content) in functions.types.iter().zip(&functions.bodies).enumerate() {
        let first = *firsts.entry(content).or_insert(function);
        if first == function {
            order.push(function);
        }
        stand_ins.push(first);
    }
    if order.len() == stand_ins.len() {
        return Ok(None);
    }
    let merged = Renumbered::new(&functions, order, &stand_ins);
    write(module, merged).map(Some)
}
