//! Clients that do not read: held in bounded memory, and at nobody else's expense.

mod support;

use support::flood;
use support::mqtt::{Client, PINGREQ, connect_packet, puback, publish_qos1, subscribe};
use support::process::Serving;
use support::websocket::{BINARY, WebSocket, frame};

const MIB: usize = 1024 * 1024;
/// Far more than the sockets of both sides hold.
const FLOOD_BYTES: usize = 64 * MIB;
/// What the server may need more than before: its buffers for the one client, and slack.
const GROWTH_BYTES: usize = 8 * MIB;

/// Floods the server through `stream`, and sees that it stops reading, does not grow, and serves
/// others.
#[track_caller]
fn hold(server: &Serving, stream: &mut std::net::TcpStream, packet: &[u8]) {
    let before = server.resident_bytes();
    let taken = flood(stream, packet, FLOOD_BYTES);
    let growth = server.resident_bytes().saturating_sub(before);
    assert!(taken < FLOOD_BYTES, "the server went on reading");
    assert!(growth < GROWTH_BYTES, "{growth} bytes more after {taken} bytes taken");
    Client::connected(server.tcp, "other").ping();
}

#[test]
fn a_flood_of_pingreq_without_reading_is_held() {
    let server = Serving::start("", &[]);
    let mut client = Client::connected_narrow(server.tcp, "pinging");
    hold(&server, &mut client.0, PINGREQ);
}

#[test]
fn a_flood_of_subscribe_without_reading_is_held() {
    let server = Serving::start("", &[]);
    let mut client = Client::connected_narrow(server.tcp, "subscribing");
    hold(&server, &mut client.0, &subscribe(1, "a", 0));
}

#[test]
fn a_flood_of_qos_1_publishes_without_reading_is_held() {
    let server = Serving::start("", &[]);
    let mut client = Client::connected_narrow(server.tcp, "publishing");
    hold(&server, &mut client.0, &publish_qos1("a", 1, b""));
}

#[test]
fn a_flood_over_websocket_without_reading_is_held() {
    let server = Serving::start("", &[]);
    let mut socket = WebSocket::open_narrow(server.http);
    socket.send(&connect_packet("pinging"));
    hold(&server, &mut socket.stream, &frame(true, BINARY, PINGREQ));
}

#[test]
fn messages_for_a_client_that_does_not_read_are_held_by_the_limits_of_its_queue() {
    let server = Serving::start("[limits]\nqueue_bytes_max = 1048576\n", &[]);
    let mut stalled = Client::connected_narrow(server.tcp, "stalled");
    stalled.subscribe("a", 1);
    let mut writer = Client::connected(server.tcp, "writer");
    let before = server.resident_bytes();
    for identifier in 1..=2000 {
        writer.send(&publish_qos1("a", identifier, &[7; 16 * 1024]));
        writer.expect(&puback(identifier));
    }
    let growth = server.resident_bytes().saturating_sub(before);
    assert!(growth < GROWTH_BYTES, "{growth} bytes more after 32 MiB");
}

#[test]
fn a_client_that_does_not_read_slows_nobody() {
    let server = Serving::start("", &[]);
    let mut stalled = Client::connected_narrow(server.tcp, "stalled");
    stalled.subscribe("a", 1);
    let mut reader = Client::connected(server.tcp, "reader");
    reader.subscribe("a", 1);
    let mut writer = Client::connected(server.tcp, "writer");
    for identifier in 1..=2000 {
        let payload = [identifier as u8; 16 * 1024];
        writer.send(&publish_qos1("a", identifier, &payload));
        writer.expect(&puback(identifier));
        let message = reader.read();
        // Fixed header of 4 bytes, topic, and the identifier the server chose.
        let (head, received) = message.split_at(9);
        assert!(received == payload, "message {identifier}");
        reader.send(&puback(u16::from_be_bytes([head[7], head[8]])));
    }
}

#[test]
fn what_was_held_arrives_once_it_is_read() {
    let server = Serving::start("", &[]);
    let mut client = Client::connected_narrow(server.tcp, "late");
    let taken = flood(&mut client.0, PINGREQ, FLOOD_BYTES);
    let mut answers = vec![0; taken - taken % 2];
    std::io::Read::read_exact(&mut client.0, &mut answers).expect("an answer to each");
    assert!(answers.chunks(2).all(|answer| answer == [0xD0, 0]));
}
