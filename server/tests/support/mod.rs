//! What the tests of the server share: a running server, and peers that speak bytes.
//!
//! Peers are plain blocking sockets, so that a test can send what no client library would.
//! Everything waits for an event and fails after [`PATIENCE`].
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails by it")]

pub(crate) mod mqtt;
pub(crate) mod process;
pub(crate) mod websocket;

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use afterlink::{Config, Server};
use socket2::{Domain, Socket, Type};

/// Far above what anything takes, below what makes people give up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Starts a server on free ports.
pub(crate) fn serve(change: impl FnOnce(&mut Config)) -> Server {
    let mut config = Config::default();
    config.listen.tcp.set_port(0);
    config.listen.http.set_port(0);
    change(&mut config);
    Server::start(&config).expect("a free port will do")
}

/// A socket that does not wait for ever.
pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("the server listens");
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

/// Reads until the other side has closed; what came until then.
pub(crate) fn read_to_end(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes) {
        Ok(_) => {}
        // To close with unread bytes resets.
        Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
        Err(error) => panic!("the connection was not closed: {error}"),
    }
    bytes
}

/// A socket of a client that will not read, or late: the system holds little for it.
pub(crate) fn connect_narrow(address: SocketAddr) -> TcpStream {
    const RECEIVE_BYTES: usize = 16 * 1024;
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(RECEIVE_BYTES).unwrap();
    socket.connect(&address.into()).expect("the server listens");
    socket.set_tcp_nodelay(true).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket.set_write_timeout(Some(PATIENCE)).unwrap();
    socket.into()
}

/// Writes copies of `bytes` until the other side has taken nothing for a while, or has taken
/// `most` bytes; how many it took.
pub(crate) fn flood(stream: &mut TcpStream, bytes: &[u8], most: usize) -> usize {
    const STALL: Duration = Duration::from_millis(500);
    let many = bytes.repeat((64 * 1024 / bytes.len()).max(1));
    let (mut taken, mut at) = (0, 0);
    stream.set_write_timeout(Some(STALL)).unwrap();
    while taken < most {
        match stream.write(&many[at..]) {
            Ok(len) => {
                taken += len;
                at = (at + len) % many.len();
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) => panic!("the connection was lost after {taken} bytes: {error}"),
        }
    }
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    taken
}
