//! A module written again, so that it does the same and compresses better.
//!
//! Three things are chosen anew of which nothing depends: what an access to memory promises about
//! its address and how local variables are numbered, of functions that are equal one is kept, and
//! the functions are put in another order.

use std::convert::Infallible;

use anyhow::{Result, bail};
use wasm_encoder::Module;
use wasm_encoder::reencode::{self, Reencode};
use wasmparser::{Parser, Payload, TypeRef};

mod bodies;
mod equal;
mod numbers;
mod order;

type Outcome<T> = Result<T, reencode::Error<Infallible>>;

/// The same module in fewer bytes, without its custom sections, which tell of the tools that made
/// it.
pub(crate) fn shrink(module: &[u8]) -> Result<Vec<u8>> {
    let mut module = bodies::normalize(module)?;
    while let Some(fewer) = equal::merge(&module)? {
        module = fewer;
    }
    order::reorder(&module)
}

/// The functions of a module.
struct Functions<'a> {
    /// How many are imported; their numbers come first.
    imported: u32,
    /// The number of the type of each of the module's own.
    types: Vec<u32>,
    /// The bytes of each of them.
    bodies: Vec<&'a [u8]>,
    /// How many parameters a function of each type has.
    parameters: Vec<u32>,
}

impl<'a> Functions<'a> {
    fn of(module: &'a [u8]) -> Result<Self> {
        let mut functions =
            Self { imported: 0, types: Vec::new(), bodies: Vec::new(), parameters: Vec::new() };
        for payload in Parser::new(0).parse_all(module) {
            #[allow(clippy::wildcard_enum_match_arm, reason = "functions are all that counts")]
            match payload? {
                Payload::TypeSection(section) => {
                    for function in section.into_iter_err_on_gc_types() {
                        functions.parameters.push(u32::try_from(function?.params().len())?);
                    }
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        functions.imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                    }
                }
                Payload::FunctionSection(section) => {
                    functions.types = section.into_iter().collect::<Result<_, _>>()?;
                }
                Payload::CodeSectionEntry(body) => functions.bodies.push(body.as_bytes()),
                _ => {}
            }
        }
        Ok(functions)
    }
}

/// Writes a module again, in another way.
fn write(module: &[u8], mut way: impl Reencode<Error = Infallible>) -> Result<Vec<u8>> {
    let mut written = Module::new();
    match way.parse_core_module(&mut written, Parser::new(0), module) {
        Ok(()) => Ok(written.finish()),
        Err(error) => bail!("the module cannot be written again: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{
        CodeSection, ExportKind, ExportSection, Function, FunctionSection, MemArg, MemArgTarget,
        MemorySection, MemoryType, TypeSection, ValType,
    };
    use wasmparser::Operator;

    use super::*;

    /// A function that reads a number from its second local variable on.
    fn reading(align: u32) -> Function {
        let mut function = Function::new([(1, ValType::I64), (2, ValType::I32)]);
        let access = MemArg { offset: 8, align, target: MemArgTarget::Memory(0), ordering: None };
        function.instructions().local_get(2).i32_load(access).local_set(3).local_get(3).end();
        function
    }

    /// A function that calls another with what it is given.
    fn calling(function: u32) -> Function {
        let mut caller = Function::new([]);
        caller.instructions().local_get(0).call(function).end();
        caller
    }

    fn module() -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([ValType::I32], [ValType::I32]);
        let mut functions = FunctionSection::new();
        let mut code = CodeSection::new();
        for function in [calling(1), reading(2), reading(0), calling(2)] {
            functions.function(0);
            code.function(&function);
        }
        let mut memories = MemorySection::new();
        memories.memory(MemoryType {
            minimum: 1,
            maximum: None,
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        let mut exports = ExportSection::new();
        exports.export("first", ExportKind::Func, 0);
        exports.export("last", ExportKind::Func, 3);
        let mut module = Module::new();
        module.section(&types).section(&functions).section(&memories).section(&exports);
        module.section(&code);
        module.finish()
    }

    /// The functions that are exported, and the instructions of each function.
    fn parts(module: &[u8]) -> (Vec<u32>, Vec<Vec<Operator<'_>>>) {
        let mut exported = Vec::new();
        let mut instructions = Vec::new();
        for payload in Parser::new(0).parse_all(module) {
            #[allow(clippy::wildcard_enum_match_arm, reason = "only these are looked at")]
            match payload.expect("a section") {
                Payload::ExportSection(section) => {
                    exported.extend(section.into_iter().map(|export| export.expect("one").index));
                }
                Payload::CodeSectionEntry(body) => {
                    let operators = body.get_operators_reader().expect("operators");
                    instructions.push(operators.into_iter().collect::<Result<_, _>>().expect("ok"));
                }
                _ => {}
            }
        }
        (exported, instructions)
    }

    #[test]
    fn of_equal_functions_one_is_kept_and_called() {
        let shrunk = shrink(&module()).expect("a module");
        let (exported, instructions) = parts(&shrunk);
        assert_eq!(instructions.len(), 2, "the callers are equal once the called are");
        let [first, last] = exported[..] else { panic!("two are exported") };
        assert_eq!(first, last);
        let caller = &instructions[first as usize];
        assert!(matches!(caller[1], Operator::Call { function_index } if function_index != first));
    }

    #[test]
    fn the_most_used_local_of_the_first_type_comes_first() {
        let shrunk = shrink(&module()).expect("a module");
        let (_, instructions) = parts(&shrunk);
        let reader = instructions.iter().find(|function| function.len() == 5).expect("it is kept");
        let Operator::LocalSet { local_index: 1 } = reader[2] else { panic!("{:?}", reader[2]) };
        let Operator::LocalGet { local_index: 2 } = reader[0] else { panic!("{:?}", reader[0]) };
        let Operator::I32Load { memarg } = reader[1] else { panic!("{:?}", reader[1]) };
        assert_eq!((memarg.align, memarg.offset), (0, 8));
    }

    #[test]
    fn a_module_that_is_cut_off_is_an_error() {
        let module = module();
        assert!(shrink(&module[..module.len() - 3]).is_err());
    }
}
