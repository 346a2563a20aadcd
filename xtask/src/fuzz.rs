//! `cargo xtask fuzz`: inputs for one of the fuzz targets, led by what they reach.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::process::Command;
use crate::workspace::Workspace;

/// What makes LLVM count the edges that an input takes and report what it compares.
const COVERAGE: &str = "--cfg fuzzing -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares";
/// Bytes of the longest input made.
const LEN_MAX: u32 = 4096;
/// MiB of memory above which a run has failed.
const MEMORY_MAX: u32 = 1024;
/// Seconds for which a target gets inputs unless told otherwise.
const SECONDS: u64 = 60;
/// Seconds after which one input has failed.
const INPUT_SECONDS_MAX: u32 = 10;

/// Options of `cargo xtask fuzz`.
///
/// It needs a C++ compiler, for libFuzzer.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The target: a directory of fuzz/corpus.
    target: String,
    /// For how long: 60 unless told, or as long as `--runs` takes.
    #[arg(long)]
    seconds: Option<u64>,
    /// How many inputs, if not the seconds end it sooner.
    #[arg(long)]
    runs: Option<u64>,
    /// What the inputs follow from, beside those that earlier runs have found; another each time
    /// unless told.
    #[arg(long)]
    seed: Option<u32>,
    /// Takes those inputs into the corpus of the tree that reach what it does not.
    #[arg(long)]
    keep: bool,
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    let corpora = workspace.path("fuzz/corpus");
    let corpus = corpora.join(&arguments.target);
    ensure!(
        !arguments.target.is_empty() && corpus.is_dir(),
        "{} is no fuzz target; there are {}",
        arguments.target,
        names(&corpora)?.join(", ")
    );
    let program = build(workspace)?;
    let found = workspace.target("fuzz").join(&arguments.target);
    let failed = workspace.target("fuzz/failed/");
    fs::create_dir_all(&found)?;
    fs::create_dir_all(&failed)?;
    let target = || {
        workspace
            .command(&program)
            .env("AFTERLINK_FUZZ_TARGET", &arguments.target)
            .arg(format!("-max_len={LEN_MAX}"))
            .arg(format!("-rss_limit_mb={MEMORY_MAX}"))
            .arg(format!("-timeout={INPUT_SECONDS_MAX}"))
            .arg(format!("-artifact_prefix={}/", failed.display()))
    };
    let mut command = target().arg("-print_final_stats=1");
    let seconds = match (arguments.seconds, arguments.runs) {
        (None, None) => Some(SECONDS),
        (seconds, _) => seconds,
    };
    if let Some(seconds) = seconds {
        command = command.arg(format!("-max_total_time={seconds}"));
    }
    if let Some(runs) = arguments.runs {
        command = command.arg(format!("-runs={runs}"));
    }
    if let Some(seed) = arguments.seed {
        command = command.arg(format!("-seed={seed}"));
    }
    command.arg(&found).arg(&corpus).run().with_context(|| {
        format!(
            "the input that fails stands in {}; put it into {}",
            failed.display(),
            corpus.display()
        )
    })?;
    if arguments.keep {
        // Edges alone: how often one was taken would keep three times as many.
        let merge = ["-set_cover_merge=1", "-use_counters=0"];
        target().args(merge).arg(&corpus).arg(&found).run()?;
    }
    Ok(())
}

fn names(corpora: &Path) -> Result<Vec<String>> {
    let mut names = fs::read_dir(corpora)?
        .map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()))
        .collect::<Result<Vec<_>, _>>()?;
    names.sort();
    Ok(names)
}

/// The program of all targets. The system is named, so that cargo leaves build scripts without
/// counters.
fn build(workspace: &Workspace) -> Result<PathBuf> {
    let host = Command::new(Path::new("rustc"), workspace.root()).args(["-vV"]).read()?;
    let host = host.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.context("rustc -vV names no host")?;
    workspace
        .cargo()
        .args(["build", "--package", "afterlink-fuzz", "--features", "libfuzzer"])
        .args(["--profile", "simulate", "--target", host])
        .env("RUSTFLAGS", COVERAGE)
        .env("CARGO_TARGET_DIR", workspace.target("fuzz/build"))
        .run()
        .context("the targets cannot be built; libFuzzer needs a C++ compiler (g++ or clang++)")?;
    Ok(workspace.target("fuzz/build").join(host).join("simulate/afterlink-fuzz"))
}
