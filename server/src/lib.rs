//! The server of Afterlink: an MQTT broker over TCP and WebSocket.
//!
//! All of MQTT is in `afterlink-core`. What is here opens sockets, asks the clock and drives the
//! core: a [`Server`] has one *shard*, a thread that owns the broker and all its connections, and
//! a thread for HTTP, which hands WebSockets over to the shard.
//!
//! ```no_run
//! use afterlink::{Config, Server};
//!
//! let server = Server::start(&Config::default())?;
//! println!("MQTT is at {}", server.tcp_address());
//! server.join()?;
//! # Ok::<(), afterlink::Failure>(())
//! ```
#![warn(missing_docs)]

pub mod config;

mod admission;
mod cli;
mod clock;
mod conformance;
mod connection;
mod demo;
mod failure;
mod http;
mod listener;
mod log;
mod open_files;
mod remote;
mod server;
mod shard;
mod shutdown;

pub use cli::Cli;
pub use config::Config;
pub use failure::Failure;
pub use server::Server;
