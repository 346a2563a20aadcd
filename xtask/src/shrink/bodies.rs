//! What can be chosen inside a function.
//!
//! Where much can be said in several ways, saying it always in the same one leaves less to tell.

use std::cmp::Reverse;
use std::convert::Infallible;

use anyhow::Result;
use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{CodeSection, Function, Instruction, MemArg, Module};
use wasmparser::{CustomSectionReader, FunctionBody, Operator, ValType};

use super::{Functions, Outcome, write};

/// The module with its accesses to memory and its local variables told in one way.
pub(super) fn normalize(module: &[u8]) -> Result<Vec<u8>> {
    let functions = Functions::of(module)?;
    let parameters = functions.types.iter().map(|ty| functions.parameters[*ty as usize]);
    let normalized = Normalized { parameters: parameters.collect::<Vec<_>>().into_iter() };
    write(module, normalized)
}

/// Writes the functions of a module in one way.
struct Normalized {
    /// How many parameters the functions have that are still to come.
    parameters: std::vec::IntoIter<u32>,
}

impl Reencode for Normalized {
    type Error = Infallible;

    /// The alignment of an access is a hint on which nothing depends. It promises nothing here.
    fn mem_arg(&mut self, access: wasmparser::MemArg) -> Outcome<MemArg> {
        reencode::utils::mem_arg(self, wasmparser::MemArg { align: 0, ..access })
    }

    fn parse_function_body(
        &mut self,
        code: &mut CodeSection,
        body: FunctionBody<'_>,
    ) -> Outcome<()> {
        let parameters = self.parameters.next().expect("each function has a type");
        let locals = Locals::of(&body, parameters)?;
        let mut types = Vec::new();
        for ty in &locals.types {
            types.push(self.val_type(*ty)?);
        }
        let mut function = Function::new_with_locals_types(types);
        for operator in body.get_operators_reader()? {
            let mut instruction = self.instruction(operator?)?;
            if let Instruction::LocalGet(local)
            | Instruction::LocalSet(local)
            | Instruction::LocalTee(local) = &mut instruction
            {
                *local = locals.number(*local);
            }
            function.instruction(&instruction);
        }
        code.function(&function);
        Ok(())
    }

    fn parse_custom_section(&mut self, _: &mut Module, _: CustomSectionReader<'_>) -> Outcome<()> {
        Ok(())
    }
}

/// The local variables of a function by their types, those before that are used more often.
struct Locals {
    /// How many parameters come before them; they keep their numbers.
    parameters: u32,
    /// The type of each that is used.
    types: Vec<ValType>,
    /// The number of each, by the one it had.
    numbers: Vec<u32>,
}

impl Locals {
    fn of(body: &FunctionBody<'_>, parameters: u32) -> Outcome<Self> {
        let mut locals = Vec::new();
        for run in body.get_locals_reader()? {
            let (count, ty) = run?;
            for _ in 0..count {
                locals.push(Uses { ty, old: locals.len(), count: 0, first: 0 });
            }
        }
        let mut numbers = vec![0; locals.len()];
        for (place, operator) in body.get_operators_reader()?.into_iter().enumerate() {
            if let Operator::LocalGet { local_index }
            | Operator::LocalSet { local_index }
            | Operator::LocalTee { local_index } = operator?
                && let Some(own) = local_index.checked_sub(parameters)
            {
                let uses = &mut locals[own as usize];
                if uses.count == 0 {
                    uses.first = place;
                }
                uses.count += 1;
            }
        }
        locals.retain(|uses| uses.count > 0);
        locals.sort_by_key(|uses| (rank(uses.ty), Reverse(uses.count), uses.first));
        for (number, uses) in (parameters..).zip(&locals) {
            numbers[uses.old] = number;
        }
        let types = locals.into_iter().map(|uses| uses.ty).collect();
        Ok(Self { parameters, types, numbers })
    }

    fn number(&self, local: u32) -> u32 {
        let own = local.checked_sub(self.parameters);
        own.map_or(local, |own| self.numbers[own as usize])
    }
}

/// How a local variable is used.
struct Uses {
    ty: ValType,
    /// Its number among them.
    old: usize,
    /// By how many instructions.
    count: usize,
    /// The place of the first of them.
    first: usize,
}

/// The place of a type among the others: the most frequent is the first.
fn rank(ty: ValType) -> u8 {
    match ty {
        ValType::I32 => 0,
        ValType::I64 => 1,
        ValType::F32 => 2,
        ValType::F64 => 3,
        ValType::V128 => 4,
        ValType::Ref(_) => 5,
    }
}
