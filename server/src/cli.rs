//! The command line.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;

use afterlink_core::codec::ProtocolVersion;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::config::{self, Config};
use crate::conformance;
use crate::demo;
use crate::remote::Address;
use crate::server::Server;
use crate::shutdown::Signals;
use crate::{Failure, log};

/// An MQTT broker over TCP and WebSocket whose subject is the session.
#[derive(Debug, Parser)]
#[command(name = "afterlink", version, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the broker until Ctrl-C or SIGTERM.
    Serve(Serve),
    /// Show a persistent session against a broker, this one or any other.
    Demo(Demo),
    /// Put a broker, this one or any other, through the statements of the standard.
    Conformance(Conformance),
    /// Show what can be configured.
    Config(Show),
}

#[derive(Debug, Args)]
struct Serve {
    /// Read settings from this file; `afterlink config --print-default` shows what it may hold.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Listen here for MQTT over TCP [default: 127.0.0.1:1883]; port 0 takes any free port.
    #[arg(long, value_name = "ADDR")]
    tcp: Option<SocketAddr>,
    /// Listen here for HTTP, with MQTT over WebSocket on /mqtt [default: 127.0.0.1:8080].
    #[arg(long, value_name = "ADDR")]
    http: Option<SocketAddr>,
    /// Keep sessions in memory only, as is done for now in any case; saying so silences the
    /// warning about it.
    #[arg(long)]
    in_memory: bool,
    /// Tell this much on stderr: off, error, warn, info (one line per connection), debug or
    /// trace [default: warn].
    #[arg(long, value_name = "LEVEL", env = "AFTERLINK_LOG", hide_env_values = true)]
    #[arg(value_parser = clap::builder::PossibleValuesParser::new(log::LEVELS))]
    #[arg(hide_possible_values = true)]
    log: Option<String>,
}

#[derive(Debug, Args)]
struct Demo {
    /// Where the broker is: tcp://HOST:PORT or ws://HOST:PORT/mqtt.
    #[arg(default_value = "tcp://127.0.0.1:1883")]
    url: Address,
    /// The version of MQTT to speak.
    #[arg(long, value_name = "VERSION", default_value = "5")]
    protocol: Protocol,
}

#[derive(Debug, Args)]
struct Conformance {
    /// Where the broker is: tcp://HOST:PORT or ws://HOST:PORT/mqtt.
    #[arg(long, value_name = "URL", default_value = "tcp://127.0.0.1:1883")]
    url: Address,
    /// The version of MQTT to speak.
    #[arg(long, value_name = "VERSION", default_value = "5")]
    protocol: Protocol,
    /// Play only scripts that have this in their name, their file or a statement they show.
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Name the scripts and the statements they show, and play none.
    #[arg(long)]
    list: bool,
    /// Write the results to this file: JUnit if it ends in .xml, else JSON.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Take the failures that this file explains as known, and fail if one of them is not seen.
    #[arg(long, value_name = "FILE")]
    differences: Option<PathBuf>,
    /// Play so many scripts at a time.
    #[arg(long, value_name = "SCRIPTS", default_value_t = 64)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..))]
    parallel: u16,
    /// Play a script that failed so many times again, by itself: on a busy machine, one of many
    /// may be late for no fault of the broker's.
    #[arg(long, value_name = "TIMES", default_value_t = 0)]
    again: u8,
    /// Wait so many milliseconds for what the broker has to send.
    #[arg(long, value_name = "MS", default_value_t = 5000)]
    patience: u32,
    /// Wait so many milliseconds for what it must not send.
    #[arg(long, value_name = "MS", default_value_t = 100)]
    settle: u32,
    /// Skip scripts that let more seconds pass than this.
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    wait_max: u32,
    /// Cut what is sent into pieces at random, in frames of their own over WebSocket.
    #[arg(long, value_name = "SEED")]
    cut: Option<u64>,
    /// Play the scripts for an Afterlink broker that has these settings, and no others.
    #[arg(long, value_name = "KEY=VALUE")]
    setting: Vec<String>,
}

impl Conformance {
    fn run(self) -> Result<(), Failure> {
        let options = conformance::Options {
            address: self.url,
            version: match self.protocol {
                Protocol::V3_1_1 => afterlink_conformance::Version::V3_1_1,
                Protocol::V5 => afterlink_conformance::Version::V5,
            },
            filter: self.filter,
            report: self.report,
            differences: self.differences,
            parallel: usize::from(self.parallel),
            again: usize::from(self.again),
            patience: afterlink_conformance::Patience {
                expect_ms: self.patience.into(),
                settle_ms: self.settle.into(),
                tidies: true,
            },
            wait_max_ms: u64::from(self.wait_max) * 1000,
            cut: self.cut,
            settings: self.setting,
        };
        if self.list { conformance::list(&options) } else { conformance::run(&options) }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Protocol {
    #[value(name = "3.1.1")]
    V3_1_1,
    #[value(name = "5", alias = "5.0")]
    V5,
}

#[derive(Debug, Args)]
struct Show {
    /// Print a config file with every key, its meaning and its default.
    #[arg(long, required = true)]
    print_default: bool,
}

impl Cli {
    /// Does what the command line says.
    ///
    /// # Errors
    ///
    /// If it cannot be done, or went wrong.
    pub fn run(self) -> Result<(), Failure> {
        match self.command {
            Command::Serve(serve) => serve.run(),
            Command::Demo(demo) => {
                let version = match demo.protocol {
                    Protocol::V3_1_1 => ProtocolVersion::V3_1_1,
                    Protocol::V5 => ProtocolVersion::V5,
                };
                demo::run(&demo.url, version)
            }
            Command::Conformance(conformance) => conformance.run(),
            Command::Config(_) => print(&config::print_default()),
        }
    }
}

impl Serve {
    fn run(self) -> Result<(), Failure> {
        let in_memory = self.in_memory;
        let config = self.config()?;
        log::start(&config.log.level);
        tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build()
            .map_err(|error| Failure::failed(format!("cannot wait for signals: {error}")))?
            .block_on(serve(&config, in_memory))
    }

    /// The settings: of the command line, else of the file, else the defaults.
    fn config(self) -> Result<Config, Failure> {
        let mut config = match &self.config {
            Some(path) => config::read(path)?,
            None => Config::default(),
        };
        if let Some(tcp) = self.tcp {
            config.listen.tcp = tcp;
        }
        if let Some(http) = self.http {
            config.listen.http = http;
        }
        if let Some(level) = self.log {
            config.log.level = level;
        }
        Ok(config)
    }
}

async fn serve(config: &Config, in_memory: bool) -> Result<(), Failure> {
    // Whoever has read that the server listens may send a signal at once.
    let mut signals = Signals::hear()
        .map_err(|error| Failure::failed(format!("cannot wait for signals: {error}")))?;
    let server = Server::start(config)?;
    if !in_memory {
        tracing::warn!(
            "sessions live in memory and end with this process; --in-memory says you know"
        );
    }
    let (tcp, http) = (server.tcp_address(), server.http_address());
    print(&format!("listening tcp {tcp}\nlistening http {http}\n"))?;
    tokio::select! {
        () = signals.next() => tracing::info!("shutting down"),
        () = server.ended() => {}
    }
    server.stop();
    tokio::select! {
        // Whoever asks twice does not want to wait.
        () = signals.next() => std::process::exit(1),
        () = server.closed() => {}
    }
    server.join()
}

/// Prints to stdout at once, for scripts that wait for it.
fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|error| Failure::failed(format!("cannot print: {error}")))
}
