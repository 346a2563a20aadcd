//! The command: makes inputs for one target for a while.
#![allow(clippy::print_stdout, reason = "what a command prints is what it is for")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use afterlink_simulate::random::Random;

use crate::mutate::mutate;
use crate::targets::{TARGETS, Target};

/// Inputs run between two looks at the clock.
const BATCH: u64 = 64;

/// The inputs of a target's corpus, in the order of their names.
///
/// # Errors
///
/// If it cannot be read.
pub fn corpus(target: &Target) -> std::io::Result<Vec<(PathBuf, Vec<u8>)>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target.name);
    let mut paths = fs::read_dir(directory)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    paths.into_iter().map(|path| fs::read(&path).map(|bytes| (path, bytes))).collect()
}

/// Whether a target panics at an input.
#[must_use]
pub fn fails(target: &Target, input: &[u8]) -> bool {
    std::panic::catch_unwind(|| (target.run)(input)).is_err()
}

/// Makes inputs as the arguments ask. Answers whether all was well.
///
/// # Errors
///
/// If the arguments cannot be understood, or a file cannot be read or written.
pub fn run(mut arguments: impl Iterator<Item = String>) -> Result<bool, String> {
    let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    let name = arguments.next().ok_or_else(|| format!("which target? {}", names.join(", ")))?;
    let target = TARGETS.iter().find(|target| target.name == name);
    let target = target.ok_or_else(|| format!("{name} is none of {}", names.join(", ")))?;
    let (mut seconds, mut seed, mut directory) = (60, 0, PathBuf::from("target/fuzz"));
    while let Some(argument) = arguments.next() {
        let value = arguments.next().ok_or_else(|| format!("{argument} needs a value"))?;
        let number = || value.parse::<u64>().map_err(|_| format!("{value} is no number"));
        match argument.as_str() {
            "--seconds" => seconds = number()?,
            "--seed" => seed = number()?,
            "--directory" => directory = PathBuf::from(value),
            _ => return Err(format!("unknown argument {argument}")),
        }
    }
    let corpus = corpus(target).map_err(|error| error.to_string())?;
    let corpus: Vec<Vec<u8>> = corpus.into_iter().map(|(_, bytes)| bytes).collect();
    let (mut random, mut count, started) = (Random::new(seed), 0_u64, Instant::now());
    while started.elapsed() < Duration::from_secs(seconds) {
        for _ in 0..BATCH {
            let input = mutate(&mut random, &corpus);
            count += 1;
            if fails(target, &input) {
                let path = write(target, &directory, &smaller(target, input))?;
                println!("{name} fails at {}, input {count} of seed {seed}", path.display());
                return Ok(false);
            }
        }
    }
    println!("{name}: {count} inputs of seed {seed} in {seconds} s, all well");
    Ok(true)
}

/// Leaves out bytes as long as the target still fails.
fn smaller(target: &Target, mut input: Vec<u8>) -> Vec<u8> {
    let mut size = input.len() / 2;
    while size > 0 {
        let mut from = 0;
        while from < input.len() {
            let mut less = input.clone();
            less.drain(from..(from + size).min(input.len()));
            if fails(target, &less) {
                input = less;
            } else {
                from += size;
            }
        }
        size /= 2;
    }
    input
}

fn write(target: &Target, directory: &Path, input: &[u8]) -> Result<PathBuf, String> {
    let sum = input.iter().fold(0_u64, |sum, byte| {
        sum.wrapping_mul(0x0100_0000_01B3).wrapping_add(u64::from(*byte) + 1)
    });
    let path = directory.join(format!("{}-{sum:016x}", target.name));
    fs::create_dir_all(directory).map_err(|error| error.to_string())?;
    fs::write(&path, input).map_err(|error| error.to_string())?;
    Ok(path)
}
