//! `cargo xtask test`: every check, in the order in which a fault is cheapest to find.

use anyhow::{Context, Result};

use crate::steps::{self, Step};
use crate::workspace::Workspace;
use crate::{cargo, clients, lint, package, purity, simulate, tidy, toolchain, wasm, web};

/// Options of `cargo xtask test`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Runs only these steps.
    steps: Vec<String>,
    /// Names the steps and runs none.
    #[arg(long)]
    list: bool,
}

const STEPS: &[Step] = &[
    Step {
        name: "install",
        title: "what the tests need and cargo does not bring",
        run: install,
        mend: "install what is named above, then run `cargo xtask test` again",
    },
    Step {
        name: "format",
        title: "cargo fmt --check",
        run: cargo::format,
        mend: "run `cargo fmt --all`",
    },
    Step {
        name: "tidy",
        title: "the house rules no compiler knows",
        run: tidy::check,
        mend: "mend the lines above; `cargo xtask tidy` prints them again",
    },
    Step {
        name: "lint",
        title: "clippy, natively and for wasm32",
        run: lint::clippy,
        mend: "mend the lines above",
    },
    Step {
        name: "bans",
        title: "each thing the core must not ask for is refused by clippy",
        run: lint::bans_fire,
        mend: "compare core/clippy.toml with xtask/src/lint/bans.rs",
    },
    Step {
        name: "purity",
        title: "the core on wasm32 imports nothing",
        run: purity::check,
        mend: "find what in core/ reaches for the outside world",
    },
    Step {
        name: "cargo-test",
        title: "cargo test --workspace",
        run: cargo::test,
        mend: "mend the test, or run it alone: `cargo test -p PACKAGE NAME`",
    },
    Step {
        name: "simulate",
        title: "random worlds under faults, against the reference model",
        run: simulate::check,
        mend: "look at the scenario it wrote; `cargo xtask simulate --seeds SEED` runs it again",
    },
    Step {
        name: "wasm",
        title: "the module in Node does as the core does natively",
        run: wasm::check,
        mend: "mend wasm/; `cargo xtask test wasm` runs this alone",
    },
    Step {
        name: "package",
        title: "the npm package, installed as one installs it, with MQTT.js",
        run: package::check,
        mend: "mend wasm/; `cargo xtask test package` runs this alone",
    },
    Step {
        name: "web",
        title: "the page is typed, its parts work, it builds",
        run: web::check,
        mend: "in web/: `npm run format`, `npm run check`, `npm run unit`, `npm run build`",
    },
    Step {
        name: "doc",
        title: "cargo doc without a warning",
        run: cargo::doc,
        mend: "mend the links and texts named above",
    },
    Step {
        name: "clients",
        title: "real clients against the server",
        run: clients::check,
        mend: "repeat some with `cargo xtask clients FILTER --case NAME`",
    },
    Step {
        name: "page",
        title: "the page in Chromium, served by the server",
        run: web::check_in_browser,
        mend: "look at the pictures named above; `cargo xtask test page` runs this alone",
    },
];

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    if arguments.list {
        for step in STEPS {
            println!("{:<12} {}", step.name, step.title);
        }
        return Ok(());
    }
    let chosen: Vec<&Step> = if arguments.steps.is_empty() {
        STEPS.iter().collect()
    } else {
        arguments.steps.iter().map(|name| find(name)).collect::<Result<_>>()?
    };
    steps::run(workspace, &chosen)
}

fn find(name: &str) -> Result<&'static Step> {
    STEPS
        .iter()
        .find(|step| step.name == name)
        .with_context(|| format!("no step is called `{name}`: see `cargo xtask test --list`"))
}

fn install(workspace: &Workspace) -> Result<String> {
    println!("{}", toolchain::rustc_version(workspace)?);
    println!("{}", toolchain::node_version(workspace)?);
    toolchain::ensure_wasm_target(workspace)?;
    clients::ensure_installed(workspace)?;
    wasm::ensure_installed(workspace)?;
    package::ensure_tested(workspace)?;
    web::ensure_installed(workspace)?;
    Ok(String::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_found_by_its_name() {
        assert!(find("purity").is_ok());
        assert!(find("no such step").is_err());
    }
}
