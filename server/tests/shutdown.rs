//! How the server ends.

mod support;

use support::mqtt::{Client, connect_packet_v5, connect_with_will, publish};
use support::process::Serving;
use support::websocket::{GOING_AWAY, WebSocket};
use support::{connect, read_to_end};

/// DISCONNECT 0x8B, with whatever properties.
#[track_caller]
fn assert_shutting_down(packet: &[u8]) {
    assert_eq!((packet[0], packet[2]), (0xE0, 0x8B), "{packet:02x?}");
}

fn close_in_order(signal: &str) {
    let server = Serving::start("", &["--in-memory"]);
    let mut dying = Client(connect(server.tcp));
    dying.send(&connect_with_will("dying", "wills", "gone"));
    dying.expect(support::mqtt::CONNACK);
    let mut watcher = Client::connected(server.tcp, "watcher");
    watcher.subscribe("wills", 0);
    let mut v5 = Client(connect(server.tcp));
    v5.send(&connect_packet_v5("v5"));
    assert_eq!(v5.read()[3], 0);
    let mut socket = WebSocket::open(server.http);
    socket.send(&connect_packet_v5("socket"));
    assert_eq!(socket.read()[3], 0);
    let mut silent = connect(server.tcp);

    server.signal(signal);
    assert_eq!(read_to_end(&mut dying.0), b"", "version 3 has no DISCONNECT of a server");
    assert_eq!(watcher.read(), publish("wills", b"gone"));
    assert_eq!(read_to_end(&mut watcher.0), b"");
    assert_shutting_down(&v5.read());
    assert_eq!(read_to_end(&mut v5.0), b"");
    assert_shutting_down(&socket.read());
    socket.expect_close(GOING_AWAY);
    assert_eq!(read_to_end(&mut silent), b"");
    drop((dying, watcher, v5, socket, silent));
    let (status, told) = server.wait();
    assert_eq!(status.code(), Some(0), "{told}");
    assert_eq!(told, "");
}

#[test]
fn sigterm_closes_in_order() {
    close_in_order("-TERM");
}

#[test]
fn ctrl_c_closes_in_order() {
    close_in_order("-INT");
}

#[test]
fn a_client_that_clings_does_not_hold_up_the_end() {
    let server = Serving::start("[shutdown]\ndeadline_ms = 300\n", &[]);
    let _clinging = Client::connected(server.tcp, "clinging");
    server.signal("-TERM");
    let (status, told) = server.wait();
    assert_eq!(status.code(), Some(0), "{told}");
    assert!(told.contains("closed without waiting any longer connections=1"), "{told}");
}

#[test]
fn whoever_asks_twice_does_not_wait() {
    let server = Serving::start(
        "[shutdown]\ndeadline_ms = 3600000\n[connection]\nclose_deadline_ms = 3600000\n",
        &[],
    );
    let mut clinging = Client::connected(server.tcp, "clinging");
    server.signal("-TERM");
    assert_eq!(read_to_end(&mut clinging.0), b"");
    server.signal("-TERM");
    assert_eq!(server.wait().0.code(), Some(1));
}

#[test]
fn what_is_on_its_way_arrives_before_the_end() {
    let server = Serving::start("", &[]);
    let mut client = Client::connected(server.tcp, "reader");
    client.subscribe("a", 0);
    let message = publish("a", &vec![7; 500_000]);
    client.send(&message);
    client.send(support::mqtt::PINGREQ);
    // The message fills the sockets; the rest is with the server when the signal comes.
    let mut first = [0; 1];
    std::io::Read::read_exact(&mut client.0, &mut first).unwrap();
    server.signal("-TERM");
    let rest = read_to_end(&mut client.0);
    assert!(rest.len() >= message.len() - 1, "{} bytes came", rest.len());
    assert!(rest.starts_with(&message[1..]));
    drop(client);
    assert_eq!(server.wait().0.code(), Some(0));
}
