//! One script, played against one broker, without I/O.
//!
//! A driver carries out what [`Run::poll_action`] asks for until there is nothing more, tells the
//! run what has come, and comes back when [`Run::wake_at`] says. Time is milliseconds since the
//! run began.

mod perform;

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::connection::Line;
use crate::notation::Names;
use crate::operation::Operation;
use crate::script::{Script, Version};
use crate::tidy::Traces;
use crate::transcript::{Entry, show};

/// A network connection of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Connection(pub u32);

/// What a driver has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Open a connection to the broker.
    Open {
        /// Its name from now on.
        connection: Connection,
    },
    /// Send bytes on a connection.
    Send {
        /// On which.
        connection: Connection,
        /// The bytes; how they are cut does not matter.
        bytes: Vec<u8>,
    },
    /// Close a connection, once what was sent before is on its way.
    Close {
        /// Which one.
        connection: Connection,
    },
}

/// How long a run waits.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Milliseconds for what has to come.
    pub expect_ms: u64,
    /// Milliseconds for what must not come.
    pub settle_ms: u64,
    /// Whether sessions and retained messages are removed at the end.
    pub tidies: bool,
}

impl Patience {
    /// For a broker that has done all it has to before time goes on, and that lives no longer
    /// than the run.
    pub const VIRTUAL: Self = Self { expect_ms: 0, settle_ms: 0, tidies: false };
    /// For a broker across a network.
    pub const REAL: Self = Self { expect_ms: 5000, settle_ms: 100, tidies: true };
}

/// What came of a script.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "verdict")]
pub enum Verdict {
    /// The broker did what it has to.
    Passed,
    /// It did not.
    Failed {
        /// The line of the script's file, from 1.
        line: usize,
        /// What the line says.
        step: String,
        /// What is wrong.
        why: String,
    },
    /// It could not be tried.
    Skipped {
        /// Why not.
        why: String,
    },
}

/// A script in one version, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The name of the script.
    pub script: String,
    /// The file it stands in.
    pub file: String,
    /// The version it was played in.
    pub version: Version,
    /// The statements it shows.
    pub statements: Vec<String>,
    /// What came of it.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// What went over the wire.
    pub transcript: Vec<Entry>,
    /// Milliseconds.
    pub took_ms: u64,
}

impl Outcome {
    /// A script that was not tried.
    #[must_use]
    pub fn skipped(script: &Script, version: Version, why: String) -> Self {
        Self::of(script, version, Verdict::Skipped { why })
    }

    fn of(script: &Script, version: Version, verdict: Verdict) -> Self {
        Self {
            script: script.name.clone(),
            file: script.file.to_owned(),
            version,
            statements: script.statements(version).map(str::to_owned).collect(),
            verdict,
            transcript: Vec::new(),
            took_ms: 0,
        }
    }
}

/// A script while it is played.
#[derive(Debug)]
pub struct Run<'a> {
    script: &'a Script,
    version: Version,
    patience: Patience,
    names: Names,
    items: VecDeque<Item>,
    lines: BTreeMap<Connection, Line>,
    clients: BTreeMap<String, Connection>,
    next: u32,
    actions: VecDeque<Action>,
    now: u64,
    deadline: Option<u64>,
    /// Whether the driver has come back for the time alone.
    is_woken: bool,
    transcript: Vec<Entry>,
    traces: Traces,
    verdict: Option<Verdict>,
    is_done: bool,
}

/// An operation that is still to come.
#[derive(Clone, Debug)]
struct Item {
    client: String,
    operation: Operation,
    line: usize,
    step: String,
}

impl<'a> Run<'a> {
    /// Begins. `name` is what `~` stands for: a few letters and digits that no other run on the
    /// same broker has.
    #[must_use]
    pub fn new(script: &'a Script, version: Version, name: &str, patience: Patience) -> Self {
        let steps = script.steps.iter().filter(|step| step.is_for(version));
        let items = steps.flat_map(|step| {
            step.operations.iter().map(|operation| Item {
                client: step.client.clone(),
                operation: operation.clone(),
                line: step.line,
                step: step.text.clone(),
            })
        });
        let mut run = Self {
            script,
            version,
            patience,
            names: Names { prefix: name.to_owned(), values: BTreeMap::new() },
            items: items.collect(),
            lines: BTreeMap::new(),
            clients: BTreeMap::new(),
            next: 0,
            actions: VecDeque::new(),
            now: 0,
            deadline: None,
            is_woken: false,
            transcript: Vec::new(),
            traces: Traces::default(),
            verdict: None,
            is_done: false,
        };
        run.advance();
        run
    }

    /// What is to be done next. Ask until there is nothing more, after each call that tells the
    /// run something.
    #[must_use]
    pub fn poll_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// When to come back with [`Self::handle_time`], unless something comes before.
    #[must_use]
    pub const fn wake_at(&self) -> Option<u64> {
        self.deadline
    }

    /// Whether it is over, once all actions are done.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        self.is_done
    }

    /// Bytes have come.
    pub fn handle_bytes(&mut self, now: u64, connection: Connection, bytes: &[u8]) {
        self.now = self.now.max(now);
        let Some(line) = self.lines.get_mut(&connection) else { return };
        let arrivals = line.receive(bytes);
        let client = self.client(connection);
        let mut fault = None;
        for arrival in arrivals {
            let what = format!("< {}", show(&arrival.packet, &self.names));
            self.log(&client, what, &arrival.bytes);
            fault = fault.or(arrival.fault);
        }
        if let Some(why) = fault {
            self.fail(why);
        }
        self.advance();
    }

    /// A connection was closed by the broker, or could not be opened.
    pub fn handle_closed(&mut self, now: u64, connection: Connection) {
        self.now = self.now.max(now);
        let client = self.client(connection);
        let Some(line) = self.lines.get_mut(&connection).filter(|line| line.is_open) else {
            return;
        };
        line.is_open = false;
        self.log(&client, "is closed by the broker".to_owned(), &[]);
        self.advance();
    }

    /// Time has passed.
    pub fn handle_time(&mut self, now: u64) {
        self.now = self.now.max(now);
        self.is_woken = true;
        self.advance();
        self.is_woken = false;
    }

    /// The result; it failed if it is not done.
    #[must_use]
    pub fn finish(mut self) -> Outcome {
        if self.verdict.is_none() {
            self.fail("it did not come to its end".to_owned());
        }
        let verdict = self.verdict.unwrap_or(Verdict::Passed);
        Outcome {
            transcript: self.transcript,
            took_ms: self.now,
            ..Outcome::of(self.script, self.version, verdict)
        }
    }

    fn client(&self, connection: Connection) -> String {
        let found = self.clients.iter().find(|(_, named)| **named == connection);
        found.map_or_else(|| "(gone)".to_owned(), |(client, _)| client.clone())
    }

    /// Notes what happened, as long as there is no verdict.
    fn log(&mut self, client: &str, what: String, bytes: &[u8]) {
        if self.verdict.is_none() {
            self.transcript.push(Entry::new(self.now, client, what, bytes));
        }
    }

    fn fail(&mut self, why: String) {
        let place = self.items.front();
        let line = place.map_or(self.script.line, |item| item.line);
        let step = place.map_or(String::new(), |item| item.step.clone());
        self.conclude(Verdict::Failed { line, step, why });
    }

    /// Sets the verdict, and goes on to leave nothing behind.
    fn conclude(&mut self, verdict: Verdict) {
        if self.verdict.is_some() {
            return;
        }
        self.verdict = Some(verdict);
        self.deadline = None;
        self.items.clear();
        for (connection, line) in &mut self.lines {
            if line.is_open {
                line.is_open = false;
                if line.contract.is_accepted() {
                    let bytes = vec![0xE0, 0];
                    self.actions.push_back(Action::Send { connection: *connection, bytes });
                }
                self.actions.push_back(Action::Close { connection: *connection });
            }
        }
        if self.patience.tidies {
            self.items.extend(self.traces.remove().into_iter().map(|operation| Item {
                client: "(tidy)".to_owned(),
                operation,
                line: 0,
                step: String::new(),
            }));
        }
    }
}

#[cfg(test)]
mod tests;
