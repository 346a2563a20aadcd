//! The command: seeds are run on several threads, failures shrunk and written as scenario files.
#![allow(clippy::print_stdout, reason = "what a command prints is what it is for")]

use std::fs;
use std::io::Write as _;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use afterlink_core::sim::{Simulation, SimulationLimits};

use crate::generate::scenario;
use crate::link::fragment;
use crate::model::Figures;
use crate::run::{Outcome, play};
use crate::shrink::shrink;

/// Where `cargo xtask run` serves the page, unless told.
const PAGE: &str = "http://127.0.0.1:8080/";

/// What is asked for.
#[derive(Clone, Debug)]
struct Arguments {
    seeds: Range<u64>,
    jobs: usize,
    /// Failures after which no more seeds are begun.
    failures_max: usize,
    /// Where scenarios of failures are written, and how far a range has come.
    directory: PathBuf,
    resume: bool,
    /// Only says which invariants are broken; nothing is shrunk or written.
    brief: bool,
    /// Entries of the trace that are told before a violation.
    trace: usize,
}

/// What has been done so far.
#[derive(Default)]
struct Progress {
    figures: Figures,
    steps: u64,
    virtual_ms: u64,
    seeds: u64,
    failed: Vec<(u64, String)>,
}

/// Runs the seeds that the arguments ask for. Answers whether all was well.
///
/// # Errors
///
/// If the arguments cannot be understood, or a file cannot be written.
pub fn run(arguments: impl Iterator<Item = String>) -> Result<bool, String> {
    let arguments = Arguments::parse(arguments)?;
    let mark = arguments
        .directory
        .join(format!("progress-{}-{}", arguments.seeds.start, arguments.seeds.end));
    let mut first = arguments.seeds.start;
    if arguments.resume
        && let Ok(text) = fs::read_to_string(&mark)
    {
        first = text.trim().parse().unwrap_or(first).max(first);
        println!("going on with seed {first}");
    }
    let started = Instant::now();
    let next = AtomicU64::new(first);
    let stop = AtomicBool::new(false);
    let progress = Mutex::new(Progress::default());
    std::panic::set_hook(Box::new(|_| {}));
    std::thread::scope(|threads| {
        for _ in 0..arguments.jobs {
            threads.spawn(|| work(&arguments, &next, &stop, &progress, &mark));
        }
    });
    let _ = std::panic::take_hook();
    let progress = progress.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    report(&progress, started.elapsed().as_secs_f64());
    Ok(progress.failed.is_empty())
}

fn work(
    arguments: &Arguments,
    next: &AtomicU64,
    stop: &AtomicBool,
    progress: &Mutex<Progress>,
    mark: &PathBuf,
) {
    while !stop.load(Ordering::Relaxed) {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        if seed >= arguments.seeds.end {
            return;
        }
        let outcome = play(&scenario(seed));
        let failure = outcome.violation.is_some().then(|| tell(arguments, seed, &outcome));
        let mut progress = progress.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        progress.figures.add(&outcome.figures);
        progress.steps += outcome.steps;
        progress.virtual_ms += outcome.virtual_ms;
        progress.seeds += 1;
        if let Some(failure) = failure {
            progress.failed.push((seed, failure));
            if progress.failed.len() >= arguments.failures_max {
                stop.store(true, Ordering::Relaxed);
            }
        }
        // A run that is ended begins again with the seeds that were under way.
        if arguments.resume && progress.seeds.is_multiple_of(100) {
            let done = seed.saturating_sub(arguments.jobs as u64);
            let _ = fs::create_dir_all(&arguments.directory);
            let _ = fs::write(mark, done.to_string());
        }
        if progress.seeds.is_multiple_of(1_000) {
            println!("{} seeds, up to {seed}", progress.seeds);
        }
    }
}

/// Shrinks a failure, writes it down and tells of it.
fn tell(arguments: &Arguments, seed: u64, outcome: &Outcome) -> String {
    let Some(violation) = &outcome.violation else { return String::new() };
    if arguments.brief {
        println!("seed {seed}: {}", violation.invariant);
        return violation.invariant.to_owned();
    }
    let (small, shrunk) = shrink(&scenario(seed), violation.invariant);
    let told = shrunk.violation.as_ref().unwrap_or(violation);
    let path = arguments.directory.join(format!("seed-{seed}.json"));
    let mut file = shrunk.scenario.clone();
    file.title = format!("Seed {seed}: {}", violation.invariant);
    let written =
        serde_json::to_string_pretty(&file).map_err(|error| error.to_string()).and_then(|text| {
            fs::create_dir_all(&arguments.directory).map_err(|error| error.to_string())?;
            let mut out = fs::File::create(&path).map_err(|error| error.to_string())?;
            out.write_all(text.as_bytes()).map_err(|error| error.to_string())
        });
    let mut text = format!(
        "seed {seed} breaks {violation}\n  shrunk to {} commands of {} clients: {told}\n",
        small.commands.len(),
        small.settings.clients.len(),
    );
    for timed in &small.commands {
        let command = serde_json::to_string(&timed.command).unwrap_or_default();
        text.push_str(&format!("    {:>8} ms  {command}\n", timed.at));
    }
    text.push_str(&last_entries(&shrunk, arguments.trace));
    text.push_str(&match written {
        Ok(()) => format!(
            "  the playground imports {}
",
            path.display()
        ),
        Err(error) => format!(
            "  {} cannot be written: {error}
",
            path.display()
        ),
    });
    text.push_str(&match fragment(&file, told.at_ms) {
        Some(link) => format!("  or opens it at any address of the page: {PAGE}{link}"),
        None => "  a link would be too long: the file has to be imported".to_owned(),
    });
    println!("{text}");
    violation.invariant.to_owned()
}

/// The last entries of a trace up to a violation, as a [`Simulation`] plays it.
fn last_entries(outcome: &Outcome, count: usize) -> String {
    let Some(violation) = outcome.violation.as_ref().filter(|_| count > 0) else {
        return String::new();
    };
    let limits = SimulationLimits::default();
    let Ok(mut simulation) = Simulation::new(outcome.scenario.clone(), limits) else {
        return "  a simulation does not take the scenario\n".to_owned();
    };
    let position = violation.entry + 1;
    let play = std::panic::AssertUnwindSafe(|| {
        while simulation.world().next_entry() < position && simulation.advance_once().is_some() {}
    });
    // The broker may panic once more at the end of it.
    let _ = std::panic::catch_unwind(play);
    let from = position.saturating_sub(count as u64);
    let entries = simulation.trace().entries(from, count);
    let lines = entries.map(|entry| {
        let at = entry.at.millis_since(outcome.scenario.settings.start);
        format!("    {:>6} {at:>8} ms  {:?}\n", entry.number, entry.what)
    });
    lines.collect()
}

fn report(progress: &Progress, seconds: f64) {
    let Figures {
        packets, routed, sends, resends, wills, restarts, agreements, drops, ended, ..
    } = progress.figures;
    println!(
        "{} seeds in {seconds:.1} s: {} h of virtual time, {} steps; {routed} messages routed, \
         {sends} sent and {resends} again, {packets} packets judged, {wills} wills, {drops} \
         drops, {ended} sessions ended, {restarts} restarts, {agreements} comparisons",
        progress.seeds,
        progress.virtual_ms / 3_600_000,
        progress.steps,
    );
    let Figures { expired, kicks, purges, switches, refused, held_back, v3_1, .. } =
        progress.figures;
    println!(
        "by operators: {kicks} connections and {expired} sessions ended, {purges} queues emptied, \
         {switches} changes of the settings; {refused} publishes refused and {held_back} held \
         back for full queues, {v3_1} CONNECTs of MQTT 3.1, {} jumps of the clock while down",
        progress.figures.skips_while_down,
    );
    for (seed, invariant) in &progress.failed {
        println!("FAILED: seed {seed} breaks {invariant}");
    }
}

impl Arguments {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let mut parsed = Self {
            seeds: 0..500,
            jobs: cores,
            failures_max: 5,
            directory: PathBuf::from("target/simulate"),
            resume: false,
            brief: false,
            trace: 0,
        };
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value"));
            match argument.as_str() {
                "--seeds" => parsed.seeds = range(&value()?)?,
                "--jobs" => parsed.jobs = number(&value()?)?.max(1),
                "--failures" => parsed.failures_max = number(&value()?)?.max(1),
                "--directory" => parsed.directory = PathBuf::from(value()?),
                "--resume" => parsed.resume = true,
                "--trace" => parsed.trace = number(&value()?)?,
                "--brief" => parsed.brief = true,
                _ => return Err(format!("unknown argument {argument}")),
            }
        }
        Ok(parsed)
    }
}

fn number(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| format!("{text} is no number"))
}

/// `A..B`, or one seed.
fn range(text: &str) -> Result<Range<u64>, String> {
    let seed = |text: &str| text.parse::<u64>().map_err(|_| format!("{text} is no seed"));
    match text.split_once("..") {
        Some((from, to)) => Ok(seed(from)?..seed(to)?),
        None => {
            let seed = seed(text)?;
            Ok(seed..seed.saturating_add(1))
        }
    }
}
