//! A broker inside another program: one thread that owns it, and one that reads for each socket.
//!
//! `cargo run --package afterlink-core --example embedded`, then any MQTT client on 127.0.0.1:1883.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a driver has sockets, threads and a clock"
)]

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use afterlink_core::broker::{Config, ConnectionId, Input, Output};
use afterlink_core::{Broker, Timestamp};

/// Bytes that this driver is ready to hold for a peer.
const SEND_CREDIT_BYTES: u32 = 64 * 1024;
/// How long a peer may keep everybody waiting by not reading.
const WRITE_TIMEOUT: Duration = Duration::from_secs(1);

/// What happens at a socket.
enum Told {
    Opened(TcpStream, Sender<()>),
    Received(Vec<u8>),
    Closed,
}

/// What the broker's thread knows of a socket.
struct Peer {
    stream: TcpStream,
    /// Lets its reader read once more.
    go: Sender<()>,
    is_read: bool,
    reader_waits: bool,
}

fn main() -> io::Result<()> {
    serve(TcpListener::bind("127.0.0.1:1883")?)
}

/// Serves MQTT for as long as the program lives.
pub(crate) fn serve(listener: TcpListener) -> io::Result<()> {
    let (tell, inbox) = mpsc::channel();
    thread::spawn(move || drive(&inbox));
    for (number, stream) in (1..).zip(listener.incoming()) {
        let (stream, tell, connection) = (stream?, tell.clone(), ConnectionId(number));
        thread::spawn(move || read(stream, connection, &tell));
    }
    Ok(())
}

/// Reads a socket to its end. Each time it waits for leave, so that nothing piles up.
fn read(mut stream: TcpStream, connection: ConnectionId, tell: &Sender<(ConnectionId, Told)>) {
    let (go, leave) = mpsc::channel();
    let Ok(writer) = stream.try_clone() else { return };
    let mut told = Told::Opened(writer, go);
    let mut bytes = [0; 4096];
    while tell.send((connection, told)).is_ok() && leave.recv().is_ok() {
        told = match stream.read(&mut bytes) {
            Ok(len @ 1..) => Told::Received(bytes[..len].to_vec()),
            Ok(0) | Err(_) => break,
        };
    }
    // Nobody listens any more if the program ends.
    let _ = tell.send((connection, Told::Closed));
}

/// The run loop: tells the broker what has happened and when, and does what it asks for.
fn drive(inbox: &Receiver<(ConnectionId, Told)>) {
    // Keys of hashes, which nobody outside may guess.
    let seed = [(); 4].map(|()| RandomState::new().build_hasher().finish().to_le_bytes());
    let seed = core::array::from_fn(|index| seed[index / 8][index % 8]);
    let mut broker = Broker::new(Config::default(), seed, now());
    let mut peers = BTreeMap::new();
    loop {
        let due_in = broker.poll_timeout().map_or(3_600_000, |(at, _)| at.millis_since(now()));
        match inbox.recv_timeout(Duration::from_millis(due_in)) {
            Ok((connection, told)) => hear(&mut broker, &mut peers, connection, told),
            Err(RecvTimeoutError::Timeout) => broker.handle_input(now(), Input::Timeout),
            Err(RecvTimeoutError::Disconnected) => return,
        }
        while obey(&mut broker, &mut peers) {}
        for peer in peers.values_mut().filter(|peer| peer.is_read && peer.reader_waits) {
            peer.reader_waits = peer.go.send(()).is_err();
        }
    }
}

/// Tells the broker what has happened at a socket.
fn hear(
    broker: &mut Broker,
    peers: &mut BTreeMap<ConnectionId, Peer>,
    connection: ConnectionId,
    told: Told,
) {
    match told {
        Told::Opened(stream, go) => {
            let address = stream.peer_addr().ok().map(|address| address.ip());
            let _ = stream.set_write_timeout(Some(WRITE_TIMEOUT));
            peers.insert(connection, Peer { stream, go, is_read: true, reader_waits: true });
            let send_credit = SEND_CREDIT_BYTES;
            broker.handle_input(now(), Input::Opened { connection, send_credit, address });
        }
        Told::Received(bytes) => {
            if let Some(peer) = peers.get_mut(&connection) {
                peer.reader_waits = true;
                broker.handle_input(now(), Input::Received { connection, bytes: &bytes });
            }
        }
        Told::Closed => {
            if peers.remove(&connection).is_some() {
                broker.handle_input(now(), Input::Closed { connection });
            }
        }
    }
}

/// Does all that the broker asks for; whether something was sent.
fn obey(broker: &mut Broker, peers: &mut BTreeMap<ConnectionId, Peer>) -> bool {
    let mut flushed = Vec::new();
    while let Some(output) = broker.poll_output() {
        match output {
            Output::Transmit { connection, head, payload } => {
                let Some(peer) = peers.get_mut(&connection) else { continue };
                let sent =
                    peer.stream.write_all(head).and_then(|()| peer.stream.write_all(payload));
                if sent.is_err() {
                    // Its reader notices, and tells.
                    let _ = peer.stream.shutdown(Shutdown::Both);
                }
                flushed.push((connection, u32::try_from(head.len() + payload.len())));
            }
            Output::Read { connection, on } => {
                if let Some(peer) = peers.get_mut(&connection) {
                    peer.is_read = on;
                }
            }
            Output::Close { connection } => {
                if let Some(peer) = peers.remove(&connection) {
                    let _ = peer.stream.shutdown(Shutdown::Both);
                }
            }
            // Nothing is stored, everybody is anonymous, and nobody asked to be told: the defaults.
            Output::Persist { .. } | Output::Authenticate { .. } | Output::Event(_) => {}
        }
    }
    for (connection, len) in &flushed {
        let (connection, len) = (*connection, len.unwrap_or(u32::MAX));
        broker.handle_input(now(), Input::Flushed { connection, len });
    }
    !flushed.is_empty()
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
