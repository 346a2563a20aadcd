//! The core asks for nothing from outside, shown on a wasm32 module that runs it.

use std::path::Path;

use anyhow::{Context, Result, bail};
use wasmparser::{Parser, Payload};

use crate::toolchain::{self, WASM};
use crate::workspace::Workspace;

/// Less code than this cannot hold a broker: the compiler threw the core away, and the module
/// would prove nothing.
const CODE_BYTES_MIN: u32 = 64 * 1024;

/// Instantiates the module with no imports at all, and runs it.
const RUN_IN_NODE: &str = "\
const bytes = require('node:fs').readFileSync(process.argv[1]);
const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), {});
process.exitCode = instance.exports.main(0, 0);
";

/// Builds `xtask/probe` for wasm32, reads its imports, and runs it in Node and natively.
pub(crate) fn check(workspace: &Workspace) -> Result<String> {
    toolchain::ensure_wasm_target(workspace)?;
    toolchain::node_version(workspace)?;
    let build = ["build", "--release", "--package", "afterlink-probe"];
    workspace.cargo().args(build).args(["--target", WASM]).run()?;
    let module = workspace.target(WASM).join("release/afterlink-probe.wasm");
    let bytes =
        std::fs::read(&module).with_context(|| format!("cannot read {}", module.display()))?;
    let found = read(&bytes)?;
    if found.code_bytes < CODE_BYTES_MIN {
        bail!("the probe has {} bytes of code: too few for a broker", found.code_bytes);
    }
    if !found.imports.is_empty() {
        bail!("the core imports {}", found.imports.join(", "));
    }
    run_in_node(workspace, &module)?;
    Ok(format!("{} KiB of wasm32 code, no imports", found.code_bytes / 1024))
}

fn run_in_node(workspace: &Workspace, module: &Path) -> Result<()> {
    workspace
        .command("node")
        .args(["--eval", RUN_IN_NODE])
        .arg(module)
        .run()
        .context("the core imports nothing, but does not do its work in wasm32")
}

/// What there is to know about a WebAssembly module.
#[derive(Debug, Default)]
struct Module {
    /// `module.name` of each import.
    imports: Vec<String>,
    /// The size of the code section.
    code_bytes: u32,
}

#[allow(clippy::wildcard_enum_match_arm, reason = "two of the many sections matter")]
fn read(bytes: &[u8]) -> Result<Module> {
    let mut module = Module::default();
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import?;
                    module.imports.push(format!("{}.{}", import.module, import.name));
                }
            }
            Payload::CodeSectionStart { size, .. } => module.code_bytes = size,
            _ => {}
        }
    }
    Ok(module)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &[u8] = b"\0asm\x01\0\0\0";
    /// One type, `() -> ()`.
    const TYPES: &[u8] = b"\x01\x04\x01\x60\x00\x00";
    /// One function of that type: `env.now`.
    const IMPORTS: &[u8] = b"\x02\x0b\x01\x03env\x03now\x00\x00";

    #[test]
    fn an_import_is_named() {
        let module = [HEADER, TYPES, IMPORTS].concat();
        assert_eq!(read(&module).unwrap().imports, ["env.now"]);
    }

    #[test]
    fn a_module_without_imports_has_none() {
        let module = [HEADER, TYPES].concat();
        assert!(read(&module).unwrap().imports.is_empty());
    }

    #[test]
    fn bytes_that_are_no_module_are_an_error() {
        assert!(read(b"not wasm").is_err());
    }
}
