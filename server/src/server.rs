//! The server: its listeners and its threads.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;

use tokio::sync::{mpsc, watch};

use crate::admission::Admission;
use crate::config::Config;
use crate::{Failure, http, open_files, shard};

/// Connections on their way from the HTTP thread to the shard.
const MESSAGES_MAX: usize = 1024;

/// A server that runs.
#[derive(Debug)]
pub struct Server {
    tcp: SocketAddr,
    http: SocketAddr,
    stop: watch::Sender<bool>,
    /// Told when a thread has ended.
    ended: watch::Receiver<bool>,
    task_failures: Arc<AtomicU64>,
    threads: Vec<JoinHandle<Result<(), Failure>>>,
}

impl Server {
    /// Starts a server. When this returns, both addresses take connections.
    ///
    /// # Errors
    ///
    /// If an address cannot be listened on, or the system has no thread or no randomness.
    pub fn start(config: &Config) -> Result<Self, Failure> {
        open_files::allow(config.limits.connections_max);
        let tcp = listen(config.listen.tcp, "MQTT over TCP", "tcp")?;
        let http = listen(config.listen.http, "HTTP", "http")?;
        let (tcp_address, http_address) = (local(&tcp)?, local(&http)?);
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)
            .map_err(|error| Failure::failed(format!("the system has no randomness: {error}")))?;
        let limits = &config.limits;
        let admission = Admission::new(limits.connections_max, limits.connections_per_address_max);
        let task_failures = Arc::new(AtomicU64::new(0));
        let (stop, stopped) = watch::channel(false);
        let (shard, messages) = mpsc::channel(MESSAGES_MAX);
        let setup = shard::Setup {
            listener: tcp,
            config: config.broker(),
            policy: config.authorization.clone(),
            seed,
            settings: config.into(),
            admission: admission.clone(),
            messages,
            stop: stopped.clone(),
            task_failures: Arc::clone(&task_failures),
        };
        let site = http::Site { settings: config.websocket.clone(), tcp: tcp_address, shard };
        let web = http::Setup { listener: http, site, admission, stop: stopped };
        let (end, ended) = watch::channel(false);
        let threads = vec![
            thread("afterlink-shard", end.clone(), move || shard::run(setup))?,
            thread("afterlink-http", end, move || http::run(web))?,
        ];
        Ok(Self { tcp: tcp_address, http: http_address, stop, ended, task_failures, threads })
    }

    /// Where MQTT over TCP is.
    #[must_use]
    pub const fn tcp_address(&self) -> SocketAddr {
        self.tcp
    }

    /// Where HTTP is, with MQTT over WebSocket on `/mqtt`.
    #[must_use]
    pub const fn http_address(&self) -> SocketAddr {
        self.http
    }

    /// How many connections were closed because the task that drives them has failed, which is a
    /// fault of the server.
    #[must_use]
    pub fn task_failures(&self) -> u64 {
        self.task_failures.load(Ordering::Relaxed)
    }

    /// Begins to stop: nothing is accepted any more, clients are told and connections closed.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Waits until a thread of the server has ended, by [`Server::stop`] or by a failure.
    pub async fn ended(&self) {
        // That nobody is left to say so means the same.
        let _ = self.ended.clone().wait_for(|ended| *ended).await;
    }

    /// Waits until all threads of the server have ended.
    pub async fn closed(&self) {
        let mut ended = self.ended.clone();
        while ended.changed().await.is_ok() {}
    }

    /// Stops, and waits until all is closed.
    ///
    /// # Errors
    ///
    /// If the server did not end in order.
    pub fn join(mut self) -> Result<(), Failure> {
        self.stop();
        let mut result = Ok(());
        for thread in self.threads.drain(..) {
            let ended = thread.join().unwrap_or_else(|_| {
                Err(Failure::failed("a thread of the server failed; see the lines above".into()))
            });
            result = result.and(ended);
        }
        result
    }
}

impl From<&Config> for shard::Settings {
    fn from(config: &Config) -> Self {
        Self {
            send_credit_bytes: config.connection.send_credit_bytes,
            close_deadline: config.connection.close_deadline(),
            connect_deadline: std::time::Duration::from_millis(u64::from(
                config.limits.connect_deadline_ms,
            )),
            shutdown_deadline: config.shutdown.deadline(),
        }
    }
}

/// Says that a thread has ended, however it did.
struct End(watch::Sender<bool>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.send_replace(true);
    }
}

fn thread(
    name: &str,
    end: watch::Sender<bool>,
    run: impl FnOnce() -> Result<(), Failure> + Send + 'static,
) -> Result<JoinHandle<Result<(), Failure>>, Failure> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || {
            let _end = End(end);
            run()
        })
        .map_err(|error| Failure::failed(format!("cannot start the thread {name}: {error}")))
}

fn listen(address: SocketAddr, what: &str, key: &str) -> Result<TcpListener, Failure> {
    let bind = || {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        Ok(listener)
    };
    bind().map_err(|error: io::Error| {
        let known = [
            (io::ErrorKind::AddrInUse, "the address is in use by another program"),
            (io::ErrorKind::AddrNotAvailable, "this machine does not have the address"),
            (io::ErrorKind::PermissionDenied, "this user may not; low ports need a privilege"),
        ];
        let why = known
            .iter()
            .find(|(kind, _)| *kind == error.kind())
            .map_or_else(|| error.to_string(), |(_, why)| (*why).to_owned());
        Failure::usage(format!(
            "cannot listen for {what} on {address}: {why}; choose another with --{key} or \
             listen.{key}, such as {}:0 for any free port",
            shown_ip(address)
        ))
    })
}

fn shown_ip(address: SocketAddr) -> String {
    match address {
        SocketAddr::V4(address) => address.ip().to_string(),
        SocketAddr::V6(address) => format!("[{}]", address.ip()),
    }
}

fn local(listener: &TcpListener) -> Result<SocketAddr, Failure> {
    listener
        .local_addr()
        .map_err(|error| Failure::failed(format!("a listener has no address: {error}")))
}
