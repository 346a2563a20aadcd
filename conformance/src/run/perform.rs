//! Operation by operation.

use super::{Action, Connection, Run, Verdict};
use crate::connection::Line;
use crate::notation::{Described, Names, Pattern, build};
use crate::operation::{Expected, Operation, Template};
use crate::script::Version;
use crate::transcript::show;

/// How far an operation has come.
enum Progress {
    Done,
    /// The broker chose what the script is not about.
    Skips(String),
    /// More has to come; what is missing is told if time is up.
    Waits {
        until: u64,
        missing: String,
    },
    Failed(String),
}

impl Run<'_> {
    /// Goes on as far as it can.
    pub(super) fn advance(&mut self) {
        while !self.is_done {
            let Some(item) = self.items.front().cloned() else {
                if self.verdict.is_none() {
                    self.conclude(Verdict::Passed);
                    continue;
                }
                self.is_done = true;
                self.deadline = None;
                return;
            };
            match self.perform(&item.client, &item.operation) {
                Progress::Done => {
                    self.items.pop_front();
                    self.deadline = None;
                }
                Progress::Waits { until, missing } => {
                    let deadline = *self.deadline.get_or_insert(until);
                    // Time is up when the driver says so, for it knows that nothing else comes.
                    if !std::mem::take(&mut self.is_woken) || self.now < deadline {
                        return;
                    }
                    self.time_is_up(&item.client, &item.operation, missing);
                }
                Progress::Skips(why) => self.conclude(Verdict::Skipped { why }),
                Progress::Failed(why) => self.give_up(why),
            }
        }
    }

    /// What waited has waited long enough.
    fn time_is_up(&mut self, client: &str, operation: &Operation, missing: String) {
        if matches!(operation, Operation::Gone) {
            self.cut(client);
        } else if !matches!(operation, Operation::Wait(_) | Operation::Settle) {
            return self.give_up(missing);
        }
        self.items.pop_front();
        self.deadline = None;
    }

    fn give_up(&mut self, why: String) {
        if self.verdict.is_none() {
            self.fail(why);
        } else {
            // What cannot be tidied up stays.
            self.items.clear();
        }
    }

    fn perform(&mut self, client: &str, operation: &Operation) -> Progress {
        let outcome = match operation {
            Operation::Open => {
                self.open(client);
                Ok(Progress::Done)
            }
            Operation::Send(template) => self.send(client, template),
            Operation::SendBytes(bytes) => bytes.resolve(&self.names).map(|bytes| {
                self.transmit(client, "bytes".to_owned(), bytes);
                Progress::Done
            }),
            Operation::Cut => {
                self.cut(client);
                Ok(Progress::Done)
            }
            Operation::Expect(packets) => self.expect(client, packets),
            Operation::Closed(codes) => self.closed(client, codes),
            Operation::ExpectOrClosed(packet) => self.expect_or_closed(client, packet),
            Operation::Gone => match self.line(client).map(|line| line.is_open) {
                Ok(true) => Ok(self.waits("the broker closes")),
                Ok(false) => Ok(Progress::Done),
                Err(why) => Err(why),
            },
            Operation::Settle => Ok(Progress::Waits {
                until: self.now + self.patience.settle_ms,
                missing: String::new(),
            }),
            Operation::Empty => self.empty(client),
            Operation::Without(packet) => self.without(client, packet),
            Operation::Drain(packet) => self.drain(client, packet),
            Operation::Wait(ms) => {
                Ok(Progress::Waits { until: self.now + ms, missing: String::new() })
            }
        };
        outcome.unwrap_or_else(Progress::Failed)
    }

    fn waits(&self, missing: &str) -> Progress {
        let until = self.now + self.patience.expect_ms;
        Progress::Waits { until, missing: format!("in vain: {missing}") }
    }

    fn open(&mut self, client: &str) {
        let connection = Connection(self.next);
        self.next += 1;
        self.clients.insert(client.to_owned(), connection);
        self.lines.insert(connection, Line::new(self.version));
        self.actions.push_back(Action::Open { connection });
        self.log(client, "opens a connection".to_owned(), &[]);
    }

    fn cut(&mut self, client: &str) {
        let Some(connection) = self.clients.get(client) else { return };
        if let Some(line) = self.lines.get_mut(connection) {
            line.is_open = false;
            self.actions.push_back(Action::Close { connection: *connection });
            self.log(client, "loses its connection".to_owned(), &[]);
        }
    }

    fn line(&mut self, client: &str) -> Result<&mut Line, String> {
        let connection = self.clients.get(client);
        let line = connection.and_then(|connection| self.lines.get_mut(connection));
        line.ok_or_else(|| format!("{client} has no connection"))
    }

    /// Nothing can be sent where there never was a connection, or the client has left it.
    fn ensure_open(&mut self, client: &str) {
        if self.line(client).is_err() {
            self.open(client);
        }
    }

    fn send(&mut self, client: &str, template: &Template) -> Result<Progress, String> {
        // A CONNECT behind the end of a connection begins another; one before it does not.
        if template.name == "CONNECT" && self.line(client).is_ok_and(|line| !line.is_open) {
            self.open(client);
        }
        self.ensure_open(client);
        let mut fields = Vec::new();
        for (key, value) in &template.fields {
            if value.0 != "-" {
                fields.push((*key, value.resolve(&self.names)?));
            }
        }
        let bytes = build(template.name, &fields, self.version.into())?;
        if self.verdict.is_none() {
            self.traces.note(template.name, &fields);
        }
        self.line(client)?.contract.sent(template.name, &fields);
        let shown = fields.iter().map(|(key, value)| {
            let value = match str::from_utf8(value) {
                Ok(text) => text.to_owned(),
                Err(_) => value.iter().map(|byte| format!("{byte:02X}")).collect(),
            };
            (*key, value)
        });
        let packet = Described { name: template.name, fields: shown.collect() };
        self.transmit(client, show(&packet, &self.names), bytes);
        Ok(Progress::Done)
    }

    fn transmit(&mut self, client: &str, what: String, bytes: Vec<u8>) {
        self.ensure_open(client);
        self.log(client, format!("> {what}"), &bytes);
        if let Some(connection) = self.clients.get(client) {
            self.actions.push_back(Action::Send { connection: *connection, bytes });
        }
    }

    fn expect(&mut self, client: &str, packets: &[Expected]) -> Result<Progress, String> {
        let mut names = self.names.clone();
        let line = self.line(client)?;
        if let [packet] = packets {
            // What comes first of its kind has to be it: there the standard knows an order.
            let topic = packet.field("topic").cloned();
            let at = line.inbox.iter().position(|came| {
                let is_topic =
                    |topic: &Pattern| topic.admits(came.get("topic"), &mut names.clone());
                came.name == packet.name && topic.as_ref().is_none_or(is_topic)
            });
            if let Some(at) = at {
                let came = &line.inbox[at];
                if let Some(key) = mismatch(packet, came, &mut names) {
                    let came = show(came, &names);
                    return Err(format!("{key} is wrong: {came} came, not {}", packet.text));
                }
                let mut supposed = packet.supposed.iter();
                let other = supposed
                    .find(|(key, pattern)| !pattern.admits(came.get(key), &mut names))
                    .map(|(key, _)| format!("the broker chose otherwise: {key} in {}", came.name));
                line.inbox.remove(at);
                self.names = names;
                return Ok(other.map_or(Progress::Done, Progress::Skips));
            }
        } else if let Some(taken) = take_all(packets, &line.inbox, &mut names) {
            let mut at = 0;
            line.inbox.retain(|_| {
                at += 1;
                !taken.contains(&(at - 1))
            });
            self.names = names;
            return Ok(Progress::Done);
        }
        let texts: Vec<_> = packets.iter().map(|packet| packet.text.as_str()).collect();
        let wanted = texts.join(" + ");
        let came: Vec<_> = line.inbox.iter().map(|came| show(came, &names)).collect();
        let came = if came.is_empty() { "nothing".to_owned() } else { came.join(", ") };
        if !line.is_open {
            return Err(format!("{wanted} did not come before the end; {came} did"));
        }
        Ok(self.waits(&format!("{wanted}; {came} came")))
    }

    fn closed(&mut self, client: &str, codes: &Pattern) -> Result<Progress, String> {
        let version = self.version;
        let mut names = self.names.clone();
        let line = self.line(client)?;
        if line.is_open {
            return Ok(self.waits("the broker closes the connection"));
        }
        for came in &line.inbox {
            if !matches!(came.name, "CONNACK" | "DISCONNECT") {
                continue;
            }
            // Return Codes of 3.1.1 are no Reason Codes; those that refuse are not 0.
            let fits = match version {
                Version::V3_1_1 => came.get("code") != Some("0x00"),
                Version::V5 => codes.admits(came.get("code"), &mut names),
            };
            if !fits {
                return Err(format!("before the end came {}", show(came, &names)));
            }
        }
        line.inbox.clear();
        Ok(Progress::Done)
    }

    fn expect_or_closed(&mut self, client: &str, packet: &Expected) -> Result<Progress, String> {
        let line = self.line(client)?;
        let has_come = line.inbox.iter().any(|came| came.name == packet.name);
        if has_come || line.is_open {
            self.expect(client, std::slice::from_ref(packet))
        } else {
            self.closed(client, &Pattern::Error)
        }
    }

    fn empty(&mut self, client: &str) -> Result<Progress, String> {
        let names = self.names.clone();
        let line = self.line(client)?;
        if let Some(came) = line.inbox.front() {
            return Err(format!("{} came", show(came, &names)));
        }
        if line.is_open { Ok(Progress::Done) } else { Err("the connection was closed".to_owned()) }
    }

    fn without(&mut self, client: &str, packet: &Expected) -> Result<Progress, String> {
        let mut names = self.names.clone();
        let line = self.line(client)?;
        for came in &line.inbox {
            if came.name == packet.name && mismatch(packet, came, &mut names).is_none() {
                return Err(format!("{} came", show(came, &names)));
            }
        }
        Ok(Progress::Done)
    }

    fn drain(&mut self, client: &str, packet: &Expected) -> Result<Progress, String> {
        let mut names = self.names.clone();
        let line = self.line(client)?;
        line.inbox.retain(|came| {
            came.name != packet.name || mismatch(packet, came, &mut names).is_some()
        });
        Ok(Progress::Done)
    }
}

/// The first field of `came` that is not as `expected` says.
fn mismatch(expected: &Expected, came: &Described, names: &mut Names) -> Option<&'static str> {
    let mut fields = expected.fields.iter();
    let wrong = fields.find(|(key, pattern)| !pattern.admits(came.get(key), names));
    wrong.map(|(key, _)| *key)
}

/// Which packets of the inbox are the expected ones, in any order; `None` if one is missing.
fn take_all<'a>(
    packets: &[Expected],
    inbox: impl IntoIterator<Item = &'a Described> + Copy,
    names: &mut Names,
) -> Option<Vec<usize>> {
    let mut taken: Vec<usize> = Vec::new();
    for packet in packets {
        let mut inbox = inbox.into_iter().enumerate();
        let (at, _) = inbox.find(|(at, came)| {
            let mut tried = names.clone();
            let fits = !taken.contains(at)
                && came.name == packet.name
                && mismatch(packet, came, &mut tried).is_none();
            if fits {
                *names = tried;
            }
            fits
        })?;
        taken.push(at);
    }
    Some(taken)
}
