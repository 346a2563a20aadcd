//! Caps and deadlines that hold before a client has said who it is.

mod support;

use std::io::Write as _;
use std::time::{Duration, Instant};

use support::mqtt::{CONNACK, Client, PINGREQ, PINGRESP, connect_packet, packet, text};
use support::websocket::{CLOSE, POLICY, WebSocket, get, request};
use support::{connect, read_to_end, serve};

/// A deadline for tests, and one that is not to be reached in them.
const SOON_MS: u32 = 1_500;
const SOON: Duration = Duration::from_millis(SOON_MS as u64);
const NEVER_MS: u32 = 3_600_000;

#[test]
fn connections_are_capped_from_accept_on() {
    let server = serve(|config| config.limits.connections_max = 3);
    // One that says nothing, one of HTTP that says nothing, and one that is connected.
    let silent = connect(server.tcp_address());
    let _silent_http = connect(server.http_address());
    let mut client = Client::connected(server.tcp_address(), "third");
    assert_eq!(read_to_end(&mut connect(server.tcp_address())), b"");
    assert_eq!(read_to_end(&mut connect(server.http_address())), b"");
    client.ping();
    drop(silent);
    // The server has to see that it is gone; then there is room again.
    connected_in_time(server.tcp_address());
}

#[test]
fn a_websocket_counts_as_one_connection() {
    let server = serve(|config| config.limits.connections_max = 1);
    let mut socket = WebSocket::open(server.http_address());
    assert_eq!(read_to_end(&mut connect(server.http_address())), b"");
    socket.send(&connect_packet("only"));
    socket.expect(CONNACK);
    assert_eq!(read_to_end(&mut connect(server.tcp_address())), b"");
    socket.send(PINGREQ);
    socket.expect(PINGRESP);
}

#[test]
fn a_connection_without_a_connect_is_closed_at_its_deadline() {
    let server = serve(|config| config.limits.connect_deadline_ms = SOON_MS);
    let started = Instant::now();
    let mut silent = connect(server.tcp_address());
    let mut slow = connect(server.tcp_address());
    slow.write_all(&connect_packet("slow")[..5]).unwrap();
    assert_eq!(read_to_end(&mut silent), b"");
    assert_eq!(read_to_end(&mut slow), b"");
    assert!(started.elapsed() >= SOON, "closed after {:?}", started.elapsed());
}

#[test]
fn a_connection_without_a_request_is_closed_at_the_deadline_of_the_upgrade() {
    let server = serve(|config| {
        config.websocket.upgrade_deadline_ms = SOON_MS;
        config.limits.connect_deadline_ms = NEVER_MS;
    });
    let started = Instant::now();
    let mut silent = connect(server.http_address());
    let mut slow = connect(server.http_address());
    slow.write_all(b"GET /mqtt HTTP/1.1\r\nHost: loc").unwrap();
    read_to_end(&mut silent);
    read_to_end(&mut slow);
    assert!(started.elapsed() >= SOON, "closed after {:?}", started.elapsed());
}

#[test]
fn the_connect_deadline_of_a_websocket_runs_from_accept() {
    let server = serve(|config| config.limits.connect_deadline_ms = 2 * SOON_MS);
    let address = server.http_address();
    let accepted = Instant::now();
    let mut stream = connect(address);
    // Half of the deadline passes before the upgrade.
    std::thread::sleep(SOON);
    let answer = get(&mut stream, "/mqtt", &request(&address.to_string()));
    assert_eq!(answer.status, 101);
    let upgraded = Instant::now();
    let close = [&[0x88, 2][..], &POLICY.to_be_bytes()].concat();
    assert_eq!(read_to_end(&mut stream), close);
    assert!(accepted.elapsed() >= 2 * SOON, "closed after {:?}", accepted.elapsed());
    assert!(upgraded.elapsed() < 2 * SOON, "the deadline began anew with the upgrade");
}

#[test]
fn a_websocket_that_is_connected_has_no_deadline_any_more() {
    let server = serve(|config| config.limits.connect_deadline_ms = SOON_MS);
    let mut socket = WebSocket::open(server.http_address());
    socket.send(&connect_packet("in time"));
    socket.expect(CONNACK);
    // Another one that is closed by the deadline shows that it has passed.
    let mut late = WebSocket::open(server.http_address());
    assert_eq!(late.read_frame().0, CLOSE);
    socket.send(PINGREQ);
    socket.expect(PINGRESP);
}

#[test]
fn a_connection_that_is_closed_and_does_not_close_is_cut_off() {
    let server = serve(|config| config.connection.close_deadline_ms = 300);
    let mut client = Client::connected(server.tcp_address(), "clinging");
    // DISCONNECT, after which the server shuts its side.
    client.send(&[0xE0, 0]);
    assert_eq!(read_to_end(&mut client.0), b"");
    let started = Instant::now();
    // Until the deadline the socket takes what is sent to it; then it is gone.
    while client.0.write_all(&[0]).is_ok() {
        assert!(started.elapsed() < support::PATIENCE, "the socket is still there");
        std::thread::yield_now();
    }
}

/// Connects as soon as there is room.
fn connected_in_time(address: std::net::SocketAddr) {
    let started = Instant::now();
    loop {
        let mut stream = connect(address);
        // A refused connection may be closed before this is sent.
        let _ = stream.write_all(&connect_packet("in time"));
        let mut answer = [0; 4];
        if std::io::Read::read_exact(&mut stream, &mut answer).is_ok() {
            assert_eq!(answer, CONNACK);
            return;
        }
        assert!(started.elapsed() < support::PATIENCE, "there was no room again");
    }
}

#[test]
fn a_client_that_is_refused_and_does_not_close_is_cut_off() {
    // One that is told why, its session without an identifier being one to keep, and one whose
    // protocol is such that nobody can tell it.
    let told = packet(0x10, &[&text("MQTT"), &[4, 0, 0, 60], &text("")]);
    let untold = packet(0x10, &[&text("HTTP"), &[4, 2, 0, 60], &text("a")]);
    for (refused, answer) in [(told, &[0x20, 2, 0, 2][..]), (untold, &[])] {
        let server = serve(|config| {
            config.connection.close_deadline_ms = 300;
            config.limits.connections_max = 1;
        });
        let mut stream = connect(server.tcp_address());
        stream.write_all(&refused).unwrap();
        assert_eq!(read_to_end(&mut stream), answer);
        let started = Instant::now();
        while stream.write_all(&[0]).is_ok() {
            assert!(started.elapsed() < support::PATIENCE, "the socket is still there");
            std::thread::yield_now();
        }
        connected_in_time(server.tcp_address());
    }
}
