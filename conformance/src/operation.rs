//! What a line of a script comes to.

use crate::notation::{Bytes, Pattern, Value};

/// A packet to send.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    pub(crate) name: &'static str,
    pub(crate) fields: Vec<(&'static str, Value)>,
}

/// A packet that has to come.
#[derive(Clone, Debug)]
pub(crate) struct Expected {
    pub(crate) name: &'static str,
    pub(crate) fields: Vec<(&'static str, Pattern)>,
    /// Where the standard leaves a broker the choice: what the rest of the script rests on.
    pub(crate) supposed: Vec<(&'static str, Pattern)>,
    /// As the script has it.
    pub(crate) text: String,
}

impl Expected {
    pub(crate) fn field(&self, key: &str) -> Option<&Pattern> {
        self.fields.iter().find(|(name, _)| *name == key).map(|(_, pattern)| pattern)
    }
}

/// One thing a run does for a client, or waits for.
#[derive(Clone, Debug)]
pub(crate) enum Operation {
    /// Opens a new connection.
    Open,
    /// Sends a packet; opens a connection if there is none.
    Send(Template),
    /// Sends bytes; opens a connection if there is none.
    SendBytes(Bytes),
    /// Loses the connection.
    Cut,
    /// Waits for packets, in any order if there are several.
    Expect(Vec<Expected>),
    /// Waits for the broker to close; what it says of the reason has to be among these codes.
    Closed(Pattern),
    /// Waits for a packet that refuses, or for the broker to close.
    ExpectOrClosed(Expected),
    /// Waits for the broker to close, which it should do; if it does not, the client does.
    Gone,
    /// Gives what is on its way a moment to come.
    Settle,
    /// Nothing has come that was not taken.
    Empty,
    /// Nothing of the kind has come.
    Without(Expected),
    /// Takes all there is of the kind.
    Drain(Expected),
    /// Lets milliseconds pass.
    Wait(u64),
}
