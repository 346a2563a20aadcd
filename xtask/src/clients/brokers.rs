//! The servers the clients are run against, each on ports of its own.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;

/// Debian's broker, which is not on the path of ordinary users.
pub(super) const MOSQUITTO: &str = "/usr/sbin/mosquitto";

/// How long a server may take to start, and to end when asked to.
const PATIENCE: Duration = Duration::from_secs(30);

/// All servers.
pub(super) struct Brokers {
    /// Nothing set.
    pub(super) default: Afterlink,
    /// No cap on the Session Expiry Interval, QoS 0 kept for absent clients.
    pub(super) open: Afterlink,
    /// A cap of a few seconds on the Session Expiry Interval.
    pub(super) capped: Afterlink,
    /// Debian's mosquitto.
    pub(super) mosquitto: Mosquitto,
    /// A mosquitto that loses messages.
    pub(super) forgetful: Mosquitto,
}

impl Brokers {
    pub(super) fn start(workspace: &Workspace, logs: &Path) -> Result<Self> {
        let afterlink = |name, config| Afterlink::start(workspace, logs, name, config);
        let mosquitto = |name, config| Mosquitto::start(workspace, logs, name, config);
        Ok(Self {
            default: afterlink("default", None)?,
            open: afterlink("open", Some("open.toml"))?,
            capped: afterlink("capped", Some("capped.toml"))?,
            mosquitto: mosquitto("mosquitto", "mosquitto.conf")?,
            forgetful: mosquitto("forgetful", "forgetful.conf")?,
        })
    }

    /// Ends our servers in order; an error if one is gone or does not end well.
    pub(super) fn finish(self) -> Result<()> {
        for server in [self.default, self.open, self.capped] {
            server.finish()?;
        }
        Ok(())
    }
}

/// A running `afterlink serve`.
pub(crate) struct Afterlink {
    process: Process,
    /// MQTT over TCP.
    pub(super) tcp: SocketAddr,
    /// HTTP, and MQTT over WebSocket.
    pub(crate) http: SocketAddr,
}

impl Afterlink {
    pub(crate) fn start(
        workspace: &Workspace,
        logs: &Path,
        name: &'static str,
        config: Option<&str>,
    ) -> Result<Self> {
        let mut command = Command::new(workspace.target("debug/afterlink"));
        command.args(["serve", "--in-memory", "--tcp", "127.0.0.1:0", "--http", "127.0.0.1:0"]);
        if let Some(config) = config {
            command.arg("--config").arg(workspace.path("tests/clients/servers").join(config));
        }
        command.stdout(Stdio::piped());
        let mut process = Process::start(command, logs, name)?;
        let stdout = process.child.stdout.take().context("standard output is piped")?;
        let (sender, lines) = mpsc::channel();
        // Reads to the end, so that the server never waits for us.
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let (mut tcp, mut http) = (None, None);
        let deadline = Instant::now() + PATIENCE;
        while tcp.is_none() || http.is_none() {
            let line = lines
                .recv_timeout(deadline.saturating_duration_since(Instant::now()))
                .with_context(|| format!("server `{name}` did not start: {}", process.said()))?;
            match parse_listening(&line) {
                Some(("tcp", address)) => tcp = Some(address),
                Some(("http", address)) => http = Some(address),
                _ => {}
            }
        }
        let (tcp, http) = tcp.zip(http).context("both addresses are known")?;
        Ok(Self { process, tcp, http })
    }

    /// `HOST:TCP:HTTP`, as the cases take it.
    pub(super) fn ports(&self) -> String {
        format!("{}:{}:{}", self.tcp.ip(), self.tcp.port(), self.http.port())
    }

    pub(crate) fn finish(mut self) -> Result<()> {
        let name = self.process.name;
        if let Some(status) = self.process.child.try_wait()? {
            bail!("server `{name}` ended by itself ({status}): {}", self.process.said());
        }
        let id = self.process.child.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status().context("cannot run kill")?;
        let status = self.process.wait(PATIENCE)?;
        if !status.success() {
            bail!("server `{name}` ended with {status}: {}", self.process.said());
        }
        Ok(())
    }
}

/// The kind and the address of a line such as `listening tcp 127.0.0.1:1883`.
fn parse_listening(line: &str) -> Option<(&str, SocketAddr)> {
    let (kind, address) = line.strip_prefix("listening ")?.split_once(' ')?;
    Some((kind, address.trim().parse().ok()?))
}

/// A running mosquitto.
pub(super) struct Mosquitto {
    /// Lives as long as this does.
    _process: Process,
    /// MQTT over TCP.
    pub(super) tcp: SocketAddr,
}

impl Mosquitto {
    /// Mosquitto cannot choose a port by itself; one that is free now may be taken by the time
    /// it starts, so there are a few tries.
    fn start(workspace: &Workspace, logs: &Path, name: &'static str, config: &str) -> Result<Self> {
        const TRIES: u32 = 5;
        let config = workspace.path("tests/clients/servers").join(config);
        let mut said = String::new();
        for _ in 0..TRIES {
            let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
            let own = logs.join(format!("{name}.conf"));
            let settings = fs::read_to_string(&config)?;
            fs::write(&own, format!("listener {} {}\n{settings}", tcp.port(), tcp.ip()))?;
            let mut command = Command::new(MOSQUITTO);
            command.arg("-c").arg(&own).stdout(Stdio::null());
            let mut process = Process::start(command, logs, name)?;
            if process.answers(tcp)? {
                return Ok(Self { _process: process, tcp });
            }
            said = process.said();
        }
        bail!("mosquitto did not start: {said}");
    }
}

/// A child that ends with the value, and whose standard error is kept in a file.
struct Process {
    name: &'static str,
    child: Child,
    log: PathBuf,
}

impl Process {
    fn start(mut command: Command, logs: &Path, name: &'static str) -> Result<Self> {
        let log = logs.join(format!("server-{name}.log"));
        command.stdin(Stdio::null()).stderr(File::create(&log)?);
        let child = command.spawn().with_context(|| format!("cannot start server `{name}`"))?;
        Ok(Self { name, child, log })
    }

    /// Whether the process lives until something listens at the address.
    fn answers(&mut self, address: SocketAddr) -> Result<bool> {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline && self.child.try_wait()?.is_none() {
            if TcpStream::connect(address).is_ok() {
                return Ok(true);
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(false)
    }

    fn wait(&mut self, patience: Duration) -> Result<ExitStatus> {
        let deadline = Instant::now() + patience;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            thread::sleep(Duration::from_millis(20));
        }
        bail!("server `{}` did not end when asked to", self.name)
    }

    /// What it printed on standard error.
    fn said(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_a_server_prints_is_understood() {
        let address: SocketAddr = "127.0.0.1:41883".parse().unwrap();
        assert_eq!(parse_listening("listening tcp 127.0.0.1:41883"), Some(("tcp", address)));
        assert_eq!(parse_listening("listening tcp nowhere"), None);
        assert_eq!(parse_listening("something else"), None);
    }
}
