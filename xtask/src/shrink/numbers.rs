//! The numbers of functions.

use std::convert::Infallible;

use anyhow::Result;
use wasm_encoder::reencode::Reencode;
use wasm_encoder::{CodeSection, FunctionSection, Module};
use wasmparser::{CodeSectionReader, CustomSectionReader, FunctionSectionReader};

use super::{Functions, Outcome};

/// Writes a module with functions of other numbers.
pub(super) struct Renumbered {
    /// Functions that are imported; their numbers come first and stay.
    imported: u32,
    /// Functions of the module in the order in which they are written.
    order: Vec<usize>,
    /// The number that each gets.
    numbers: Vec<u32>,
}

impl Renumbered {
    /// The functions that are written, in this order. For one that is not, another stands.
    pub(super) fn new(functions: &Functions<'_>, order: Vec<usize>, stand_ins: &[usize]) -> Self {
        let imported = functions.imported;
        let mut places = vec![imported; stand_ins.len()];
        for (place, function) in (imported..).zip(&order) {
            places[*function] = place;
        }
        let numbers = stand_ins.iter().map(|stand_in| places[*stand_in]).collect();
        Self { imported, order, numbers }
    }
}

impl Reencode for Renumbered {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> Outcome<u32> {
        let own = function.checked_sub(self.imported).map(|own| self.numbers[own as usize]);
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
