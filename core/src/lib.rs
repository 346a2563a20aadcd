//! The sans-IO core of Afterlink: everything about MQTT that is a pure function of
//! (state, input, now).
//!
//! Nothing in here opens a socket, reads a clock, starts a thread or draws a random number. A
//! *driver* does that: it tells the [`Broker`] what has happened and when, and carries out what
//! the broker asks for. The same core runs in the server, in a browser and in every test.
//!
//! - [`codec`]: bytes to packets and back, for MQTT 3.1, 3.1.1 and 5.0.
//! - [`topic`]: topic names and filters, and the trees that match one against the other.
//! - [`session`]: the state that the standard lists for a session.
//! - [`broker`]: the rules. Start here.
//! - [`client`]: the client's half of a session.
//! - [`authorization`]: what a client may do, as data.
//! - [`sim`]: a world of virtual time with one broker and many clients.
//! - [`value`]: what a file says, and types read from that in little code.
//!
//! # The run loop
//!
//! A client connects, and is answered:
//!
//! ```
//! use afterlink_core::broker::{Broker, Config, ConnectionId, Input, Output};
//! use afterlink_core::Timestamp;
//!
//! let mut now = Timestamp::from_millis(1_800_000_000_000);
//! let mut broker = Broker::new(Config::default(), [0x5e; 32], now);
//!
//! // A socket was accepted, and bytes came: CONNECT of a 3.1.1 client named "a".
//! let connection = ConnectionId(1);
//! let connect = b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01a";
//! broker.handle_input(now, Input::Opened { connection, send_credit: 65_536, address: None });
//! broker.handle_input(now, Input::Received { connection, bytes: connect });
//!
//! // Whatever the broker wants is polled until there is nothing more.
//! let mut sent = Vec::new();
//! while let Some(output) = broker.poll_output() {
//!     match output {
//!         Output::Transmit { head, payload, .. } => {
//!             sent.extend_from_slice(head); // a driver writes both to the socket
//!             sent.extend_from_slice(payload);
//!         }
//!         Output::Close { .. } => panic!("nothing was wrong"),
//!         _ => {}
//!     }
//! }
//! assert_eq!(sent, b"\x20\x02\x00\x00"); // CONNACK, no session present
//! broker.handle_input(now, Input::Flushed { connection, len: sent.len() as u32 });
//!
//! // Then the driver sleeps until something happens, or until this moment has come.
//! let (at, reason) = broker.poll_timeout().expect("a keep alive of 60 s");
//! assert_eq!(at, now.plus_seconds(90), "{reason:?}");
//! now = at;
//! broker.handle_input(now, Input::Timeout);
//! assert!(matches!(broker.poll_output(), Some(Output::Close { .. })));
//! ```
#![warn(missing_docs)]

pub mod authorization;
pub mod broker;
pub mod client;
pub mod codec;
pub mod map;
pub mod ordered;
pub mod session;
pub mod sim;
pub mod topic;
pub mod value;

mod random;
mod slots;
mod time;

pub use broker::Broker;
pub use time::Timestamp;
