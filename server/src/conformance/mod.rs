//! `afterlink conformance`: the scripts of the conformance suite, played against any broker.

mod differences;
mod network;
mod offer;
mod report;
mod tell;

use std::path::PathBuf;

use afterlink_conformance::{Outcome, Patience, Report, Script, Verdict, Version, scripts};
use futures_util::{StreamExt as _, stream};

use crate::Failure;
use crate::remote::Address;
use differences::Differences;
use offer::Offer;

/// What to play, and how.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) address: Address,
    pub(crate) version: Version,
    /// What a script has in its name, its file or a statement it shows.
    pub(crate) filter: Option<String>,
    /// Where to write the results.
    pub(crate) report: Option<PathBuf>,
    /// Where known failures are explained.
    pub(crate) differences: Option<PathBuf>,
    /// Scripts at a time.
    pub(crate) parallel: usize,
    pub(crate) patience: Patience,
    /// How often scripts that failed are played again, by themselves.
    pub(crate) again: usize,
    /// The longest that a script may let pass.
    pub(crate) wait_max_ms: u64,
    /// The seed by which what is sent is cut.
    pub(crate) cut: Option<u64>,
    /// The settings the broker has, as `KEY=VALUE`.
    pub(crate) settings: Vec<String>,
}

impl Options {
    /// The scripts that are asked for.
    fn scripts(&self) -> Result<Vec<Script>, Failure> {
        let chosen = |script: &Script| {
            script.versions.contains(&self.version)
                && self.filter.as_ref().is_none_or(|filter| {
                    script.name.contains(filter)
                        || script.file.contains(filter)
                        || script.statements(self.version).any(|id| id.contains(filter))
                })
        };
        let scripts: Vec<_> = scripts().into_iter().filter(chosen).collect();
        if scripts.is_empty() {
            return Err(Failure::usage("no script is called so; --list names them".to_owned()));
        }
        Ok(scripts)
    }

    /// Why a script cannot be played, if it cannot.
    fn obstacle(&self, script: &Script, offer: &Offer) -> Option<String> {
        let needs: Vec<_> =
            script.settings.iter().map(|(key, value)| format!("{key}={value}")).collect();
        if needs != self.settings {
            let needs = if needs.is_empty() { "defaults".to_owned() } else { needs.join(" ") };
            return Some(format!("it needs a broker with {needs}"));
        }
        let wait = script.waits_ms(self.version);
        if wait > self.wait_max_ms {
            return Some(format!("it lets {wait} ms pass, and --wait-max is less"));
        }
        let missing = script.needs.iter().find(|need| !offer.has(**need))?;
        Some(format!("the broker does not offer {}", missing.word()))
    }
}

/// Names the scripts.
///
/// # Errors
///
/// If there is none.
pub(crate) fn list(options: &Options) -> Result<(), Failure> {
    tell::list(&options.scripts()?, options.version);
    Ok(())
}

/// Plays the scripts, and tells what came of them.
///
/// # Errors
///
/// If the broker is not there, or fails at a script in a way that is not known.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let differences = options.differences.as_deref().map(Differences::read).transpose()?;
    let scripts = options.scripts()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()
        .map_err(|error| Failure::failed(format!("cannot start: {error}")))?;
    let known = differences.unwrap_or_default().of(options.version);
    let is_known = |outcome: &Outcome| known.contains_key(&outcome.script);
    let report = Report::new(runtime.block_on(play(options, &scripts, is_known))?);
    if let Some(path) = &options.report {
        report::write(path, &report, options)?;
    }
    tell::report(options, &report, &known);
    let unknown: Vec<_> = report.failures().filter(|outcome| !is_known(outcome)).collect();
    if !unknown.is_empty() {
        let note =
            if known.is_empty() { "" } else { " in a way that no known difference explains" };
        let (failed, all) = (unknown.len(), report.outcomes.len());
        return Err(Failure::failed(format!("{failed} of {all} scripts failed{note}")));
    }
    let gone: Vec<_> = report
        .outcomes
        .iter()
        .filter(|outcome| is_known(outcome))
        .filter(|outcome| outcome.verdict == Verdict::Passed)
        .map(|outcome| outcome.script.as_str())
        .collect();
    if !gone.is_empty() {
        let gone = gone.join(", ");
        return Err(Failure::failed(format!("known differences that are none: {gone}")));
    }
    Ok(())
}

async fn play(
    options: &Options,
    scripts: &[Script],
    is_known: impl Fn(&Outcome) -> bool,
) -> Result<Vec<Outcome>, Failure> {
    let offer = Offer::ask(&options.address, options.version).await?;
    let mut random = [0; 4];
    getrandom::fill(&mut random)
        .map_err(|error| Failure::failed(format!("the system has no randomness: {error}")))?;
    let random = u32::from_ne_bytes(random) & 0xFF_FFFF;
    let played = scripts.iter().enumerate().map(|(at, script)| {
        let obstacle = options.obstacle(script, &offer);
        // Short, since a broker need not take a Client Identifier of more than 23 characters.
        let name = format!("c{random:06x}n{at}");
        async move {
            match obstacle {
                Some(why) => (at, Outcome::skipped(script, options.version, why)),
                None => (at, network::play(script, options, &name).await),
            }
        }
    });
    let played: Vec<_> = played.collect();
    let played = stream::iter(played).buffer_unordered(options.parallel);
    let mut outcomes: Vec<_> = played.collect().await;
    // Which of them ended first does not matter to who reads the results.
    outcomes.sort_by_key(|(at, _)| *at);
    // Where many scripts wait for a clock on a busy machine, some are late for no fault of the
    // broker's: by itself, a script has the machine for itself.
    for round in 1..=options.again {
        for (at, outcome) in &mut outcomes {
            if matches!(outcome.verdict, Verdict::Failed { .. }) && !is_known(outcome) {
                let name = format!("c{random:06x}r{round}n{at}");
                *outcome = network::play(&scripts[*at], options, &name).await;
                tell::again(outcome);
            }
        }
    }
    Ok(outcomes.into_iter().map(|(_, outcome)| outcome).collect())
}
