//! The thread of a shard, from its listener to its end.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use afterlink_core::authorization::Policy;
use afterlink_core::broker::{Command, Config as BrokerConfig, Input};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

use super::open::{Incoming, open};
use super::turn::take_turns;
use super::{Settings, Shard};
use crate::Failure;
use crate::admission::{Admission, Permit};
use crate::connection::{Framing, WebSocket};
use crate::listener;

/// What a shard begins with.
pub(crate) struct Setup {
    pub(crate) listener: std::net::TcpListener,
    pub(crate) config: BrokerConfig,
    pub(crate) policy: Policy,
    pub(crate) seed: [u8; 32],
    pub(crate) settings: Settings,
    pub(crate) admission: Arc<Admission>,
    pub(crate) messages: mpsc::Receiver<Message>,
    pub(crate) stop: watch::Receiver<bool>,
    pub(crate) task_failures: Arc<AtomicU64>,
}

/// What other threads tell a shard.
pub(crate) enum Message {
    /// A connection has become a WebSocket.
    Upgraded(Upgraded),
    /// Somebody wants to know whether the shard is alive.
    Health(oneshot::Sender<()>),
}

/// A connection that has become a WebSocket.
pub(crate) struct Upgraded {
    pub(crate) stream: std::net::TcpStream,
    pub(crate) peer: SocketAddr,
    /// Bytes that were read behind the upgrade request.
    pub(crate) read: Vec<u8>,
    pub(crate) accepted_at: Instant,
    pub(crate) permit: Arc<Permit>,
}

/// Runs a shard on this thread until it is told to stop.
///
/// # Errors
///
/// If the thread cannot have a reactor, or if the core has panicked.
pub(crate) fn run(setup: Setup) -> Result<(), Failure> {
    let runtime = Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build_local(LocalOptions::default())
        .map_err(|error| Failure::failed(format!("cannot start a shard: {error}")))?;
    runtime.block_on(shard(setup))
}

async fn shard(setup: Setup) -> Result<(), Failure> {
    let listener = TcpListener::from_std(setup.listener)
        .map_err(|error| Failure::failed(format!("cannot listen for MQTT over TCP: {error}")))?;
    let mut shard = Shard::new(setup.config, setup.seed, setup.settings, setup.task_failures);
    let policy = setup.policy;
    if !policy.allows_all() {
        shard.engine.handle(Input::Command(Command::Policy { policy }));
    }
    let shard = shard.shared();
    let mut turns = tokio::task::spawn_local(take_turns(Rc::clone(&shard)));
    let ended = tokio::select! {
        biased;
        () = stopped(setup.stop) => Ok(()),
        _ = &mut turns => Err(core_failed()),
        // That the HTTP thread is gone is no failure of this one: it ends first when the server is
        // told to stop, and when it fails the server stops all.
        ((), ()) = async {
            tokio::join!(
                accept(&shard, listener, setup.admission),
                hear(&shard, setup.messages),
            )
        } => Ok(()),
    };
    let ended = match ended {
        Ok(()) => tokio::select! {
            biased;
            () = close(&shard) => Ok(()),
            _ = &mut turns => Err(core_failed()),
        },
        failed => failed,
    };
    shard.borrow_mut().connections.clear();
    ended
}

async fn stopped(mut stop: watch::Receiver<bool>) {
    // That whoever could say stop is gone means the same.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Says goodbye to all connections, and waits until they are closed or the deadline has come.
async fn close(shard: &Rc<RefCell<Shard>>) {
    let (emptied, deadline) = {
        let mut shard = shard.borrow_mut();
        if shard.stop() {
            return;
        }
        (Rc::clone(&shard.emptied), shard.settings.shutdown_deadline)
    };
    if tokio::time::timeout(deadline, emptied.notified()).await.is_err() {
        let left = shard.borrow().connections.len();
        tracing::warn!(connections = left, "closed without waiting any longer");
    }
}

fn core_failed() -> Failure {
    Failure::failed(
        "the broker has failed by a fault of its own and its state must not be served any more; \
         please report this with the lines above"
            .to_owned(),
    )
}

async fn accept(shard: &Rc<RefCell<Shard>>, listener: TcpListener, admission: Arc<Admission>) {
    listener::accept(&listener, &admission, |stream, peer, permit| {
        let permit = Arc::new(permit);
        let (framing, read, accepted_at) = (Framing::Bare, Vec::new(), None);
        open(shard, Incoming { stream, peer, framing, read, accepted_at, permit });
    })
    .await;
}

async fn hear(shard: &Rc<RefCell<Shard>>, mut messages: mpsc::Receiver<Message>) {
    while let Some(message) = messages.recv().await {
        match message {
            Message::Upgraded(upgraded) => {
                let Upgraded { stream, peer, read, accepted_at, permit } = upgraded;
                let stream = match TcpStream::from_std(stream) {
                    Ok(stream) => stream,
                    Err(error) => {
                        tracing::warn!(%peer, %error, "connection lost between its threads");
                        continue;
                    }
                };
                let framing = Framing::WebSocket(Box::<WebSocket>::default());
                let accepted_at = Some(accepted_at);
                open(shard, Incoming { stream, peer, framing, read, accepted_at, permit });
            }
            // Whoever asked may have stopped waiting.
            Message::Health(answer) => drop(answer.send(())),
        }
    }
}

impl Shard {
    /// Says goodbye to all connections; whether there are none.
    fn stop(&mut self) -> bool {
        self.stopping = true;
        self.engine.handle(Input::Command(Command::Shutdown));
        self.turn();
        self.connections.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};

    use super::*;
    use crate::Config;

    #[test]
    fn a_shard_whose_http_thread_is_gone_serves_on_and_ends_in_order() {
        let config = Config::default();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("any free port will do");
        listener.set_nonblocking(true).expect("it can");
        let address = listener.local_addr().expect("it is bound");
        let (http, messages) = mpsc::channel(1);
        let (stop, stopped) = watch::channel(false);
        let setup = Setup {
            listener,
            config: config.broker(),
            policy: Policy::default(),
            seed: [0; 32],
            settings: (&config).into(),
            admission: Admission::new(10, 10),
            messages,
            stop: stopped,
            task_failures: Arc::default(),
        };
        // The HTTP thread hears of the end first and drops its way to the shard before the shard
        // has looked.
        drop(http);
        let shard = std::thread::spawn(|| run(setup));
        let mut client = std::net::TcpStream::connect(address).expect("it listens");
        client.write_all(b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01a").expect("it is open");
        let mut answer = [0; 4];
        client.read_exact(&mut answer).expect("it is served");
        assert_eq!(answer, [0x20, 0x02, 0x00, 0x00]);
        drop(client);
        stop.send_replace(true);
        shard.join().expect("no panic").expect("it ends in order");
    }
}
