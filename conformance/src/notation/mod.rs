//! How scripts are written, and packets shown.
//!
//! A script begins with `==` and its name. Lines follow that say something of the whole of it:
//! `shows` statements, `for` versions (both unless said), `needs` of the broker what it need not
//! offer, and the settings of an Afterlink `broker` that is not at its defaults. Then come its
//! steps, one a line; `3:` or `5:` before a step keeps it to that version, and `#` begins a
//! comment.
//!
//! | a step | is |
//! |---|---|
//! | `a > PACKET` | the client `a` sends a packet, on a new connection if it never had one |
//! | `a >> BYTES` | it sends bytes |
//! | `a < PACKET` | the first packet that comes of its kind, and of its topic, is this one |
//! | `a < PACKET or skip` | so it is, or the script is skipped: a broker may choose otherwise |
//! | `+ PACKET` | behind such a line: this one as well, in any order |
//! | `a < nothing` | behind a PINGREQ comes its answer, and nothing else has come |
//! | `a < silence` | the same without a PINGREQ |
//! | `a < no PACKET` | the same, for packets like this |
//! | `a ? PACKET` | any number of packets like this may have come |
//! | `a < closed 0x82` | the broker closes; if it says why, then with such a code |
//! | `a < closed or PACKET` | the broker closes or refuses with this packet |
//! | `a opens`, `a cut` | a new connection; the connection is lost |
//! | `wait 2s` | time passes |
//! | `a connects clean=0` | a new connection, CONNECT with these fields, CONNACK with success |
//! | `a resumes` | the same without Clean Start, and the session has to be present |
//! | `a subscribes ~/t qos=1` | SUBSCRIBE, and SUBACK; skipped if it grants less |
//! | `a unsubscribes ~/t` | UNSUBSCRIBE, and UNSUBACK with success |
//! | `a publishes ~/t text qos=2` | PUBLISH, and all that completes it; at QoS 0 a PINGREQ |
//! | `a receives ~/t text qos=2` | PUBLISH that comes, and all that completes it |
//! | `a leaves` | DISCONNECT, and the end of the connection |
//!
//! A packet is its name and its fields: `PUBLISH topic=~/a payload=hello qos=1 id=7`. The same
//! fields are sent, expected and shown; the order does not matter, and what is not named is at
//! its default when sent and may be anything when expected.
//!
//! | a value | is |
//! |---|---|
//! | `text`, `"two words"` | itself; in quotes, `\n`, `\"`, `\\` and `\u{FEFF}` are as in Rust |
//! | `~` | the name of this run, in any place, which keeps runs apart: `~/a`, `~sub` |
//! | `x*1000` | a character, so many times |
//! | `hex:00FF` | bytes |
//! | `@m` | the value called `m`; what comes where it has none yet gives it one |
//! | `-` | absent |
//!
//! Where packets are expected there is more:
//!
//! | a value | is |
//! |---|---|
//! | `1\|2\|-` | one of these |
//! | `1..5` | a number from 1 to 5 |
//! | `*` | present, whatever it is |
//! | `!x` | anything but `x` |
//! | `a...` | what begins with `a` |
//! | `error` | a Reason Code of 0x80 and above |
//!
//! Bytes that are no packet are written as they are: hexadecimal digits, `"text"` behind its two
//! bytes of length, `'text'` without, `@m` as two bytes, and `[ ... ]` for a part behind its
//! length as a Variable Byte Integer: `82 [ 0001 00 "~/a" 00 ]`.

mod build;
mod fields;
mod keys;
mod pattern;
mod raw;
mod value;

pub(crate) use build::build;
pub(crate) use fields::{describe, wire_name};
pub(crate) use keys::{check, key};
pub(crate) use pattern::Pattern;
pub(crate) use raw::Bytes;
pub(crate) use value::{Names, Value, quote, tokens, unquote};

/// A packet as its name and fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Described {
    pub(crate) name: &'static str,
    pub(crate) fields: Vec<(&'static str, String)>,
}

impl Described {
    /// The value of a field, if the packet has it.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.fields.iter().find(|(name, _)| *name == key).map(|(_, value)| value.as_str())
    }
}
