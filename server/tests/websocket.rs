//! MQTT over WebSocket: packets and frames (§6).

mod support;

use std::io::Write as _;

use support::mqtt::{
    CONNACK, PINGREQ, PINGRESP, connect_packet, puback, publish, publish_qos1, suback, subscribe,
};
use support::websocket::{
    BINARY, CLOSE, CONTINUATION, PING, PONG, PROTOCOL_ERROR, TEXT, UNSUPPORTED, WebSocket, frame,
    get, request,
};
use support::{connect, flood, read_to_end, serve};

fn connected(server: &afterlink::Server, client: &str) -> WebSocket {
    let mut socket = WebSocket::open(server.http_address());
    socket.send(&connect_packet(client));
    socket.expect(CONNACK);
    socket
}

#[test]
fn packets_flow_between_websocket_and_tcp() {
    let server = serve(|_| {});
    let mut reader = connected(&server, "reader");
    reader.send(&subscribe(1, "a/+", 1));
    reader.expect(&suback(1, 1));
    let mut writer = support::mqtt::Client::connected(server.tcp_address(), "writer");
    writer.send(&publish_qos1("a/b", 7, b"over"));
    writer.expect(&puback(7));
    reader.expect(&publish_qos1("a/b", 1, b"over"));
    writer.subscribe("c", 0);
    reader.send(&publish("c", b"back"));
    writer.expect(&publish("c", b"back"));
    server.join().unwrap();
}

#[test]
fn a_packet_may_span_frames() {
    let server = serve(|_| {});
    let mut socket = WebSocket::open(server.http_address());
    for byte in connect_packet("one byte a frame") {
        socket.send(&[byte]);
    }
    socket.expect(CONNACK);
}

#[test]
fn a_frame_may_hold_several_packets_and_a_part_of_one() {
    let server = serve(|_| {});
    let mut socket = WebSocket::open(server.http_address());
    let bytes = [connect_packet("several"), subscribe(1, "a", 0), publish("a", b"x")].concat();
    let (most, rest) = bytes.split_at(bytes.len() - 2);
    socket.send(most);
    socket.send(&[rest, PINGREQ].concat());
    socket.expect(CONNACK);
    socket.expect(&suback(1, 0));
    socket.expect(&publish("a", b"x"));
    socket.expect(PINGRESP);
}

#[test]
fn answers_to_one_piece_share_a_frame() {
    let server = serve(|_| {});
    let mut socket = connected(&server, "sharing");
    socket.send(&PINGREQ.repeat(3));
    assert_eq!(socket.read_frame(), (BINARY, PINGRESP.repeat(3)));
}

#[test]
fn a_message_may_be_fragmented_with_control_frames_in_between() {
    let server = serve(|_| {});
    let mut socket = WebSocket::open(server.http_address());
    let bytes = connect_packet("fragments");
    let (first, rest) = bytes.split_at(5);
    socket.send_frame(false, BINARY, first);
    socket.send_frame(true, PING, b"are you there?");
    assert_eq!(socket.read_frame(), (PONG, b"are you there?".to_vec()));
    socket.send_frame(false, CONTINUATION, rest);
    socket.send_frame(true, CONTINUATION, b"");
    socket.expect(CONNACK);
}

#[test]
fn bytes_behind_the_upgrade_request_are_read() {
    let server = serve(|_| {});
    let address = server.http_address();
    let mut stream = connect(address);
    let fields: String = request(&address.to_string())
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let mut bytes = format!("GET /mqtt HTTP/1.1\r\n{fields}\r\n").into_bytes();
    bytes.extend(frame(true, BINARY, &connect_packet("eager")));
    stream.write_all(&bytes).unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(&[&[0x82, 4], CONNACK].concat()) {
        let mut byte = [0];
        std::io::Read::read_exact(&mut stream, &mut byte).expect("CONNACK");
        answer.push(byte[0]);
    }
}

#[test]
fn a_large_packet_crosses_in_one_frame_each_way() {
    let server = serve(|_| {});
    let mut socket = connected(&server, "large");
    socket.send(&subscribe(1, "a", 0));
    socket.expect(&suback(1, 0));
    let packet = publish("a", &vec![7; 900_000]);
    socket.send(&packet);
    let received = socket.read();
    assert!(received == packet, "{} bytes", received.len());
}

#[test]
fn a_text_frame_closes_the_connection() {
    // [MQTT-6.0.0-1]
    let server = serve(|_| {});
    let mut socket = connected(&server, "text");
    socket.send_frame(true, TEXT, b"hello");
    socket.expect_close(UNSUPPORTED);
}

#[test]
fn what_came_before_a_bad_frame_is_answered() {
    let server = serve(|_| {});
    let mut socket = connected(&server, "before");
    let bytes = [frame(true, BINARY, PINGREQ), frame(true, TEXT, b"hello")].concat();
    socket.stream.write_all(&bytes).unwrap();
    socket.expect(PINGRESP);
    socket.expect_close(UNSUPPORTED);
}

#[test]
fn an_unmasked_frame_closes_the_connection() {
    let server = serve(|_| {});
    let mut socket = connected(&server, "unmasked");
    socket.stream.write_all(&[0x82, 2, 0xC0, 0]).unwrap();
    socket.expect_close(PROTOCOL_ERROR);
}

#[test]
fn a_close_is_answered_with_its_code() {
    let server = serve(|_| {});
    let mut socket = connected(&server, "polite");
    socket.send_frame(true, CLOSE, b"\x03\xe9bye");
    socket.expect_close(1001);
}

#[test]
fn a_client_that_says_disconnect_is_closed() {
    let server = serve(|_| {});
    let mut socket = connected(&server, "leaving");
    socket.send(&[0xE0, 0]);
    socket.expect_close(1000);
}

#[test]
fn a_lost_websocket_is_a_lost_connection_and_the_will_is_published() {
    let server = serve(|_| {});
    let mut watcher = support::mqtt::Client::connected(server.tcp_address(), "watcher");
    watcher.subscribe("wills", 0);
    let mut socket = WebSocket::open(server.http_address());
    socket.send(&support::mqtt::connect_with_will("dying", "wills", "gone"));
    socket.expect(CONNACK);
    drop(socket);
    watcher.expect(&publish("wills", b"gone"));
}

#[test]
fn pings_of_a_client_that_does_not_read_are_held_in_bounded_memory() {
    let server = serve(|_| {});
    let mut socket = WebSocket::open_narrow(server.http_address());
    socket.send(&connect_packet("ping flood"));
    socket.expect(CONNACK);
    let taken = flood(&mut socket.stream, &frame(true, PING, &[7; 125]), 32 << 20);
    assert_eq!(taken >> 20, 32, "pings are taken whether the pongs are read or not");
    let mut other = connected(&server, "other");
    other.send(PINGREQ);
    other.expect(PINGRESP);
}

#[test]
fn the_sub_protocol_has_to_be_offered() {
    // [MQTT-6.0.0-3]
    let server = serve(|_| {});
    let host = server.http_address().to_string();
    for offered in [None, Some("chat"), Some("")] {
        let mut fields = request(&host);
        fields.retain(|(name, _)| name != "Sec-WebSocket-Protocol");
        fields.extend(offered.map(|one| ("Sec-WebSocket-Protocol".to_owned(), one.to_owned())));
        let answer = get(&mut connect(server.http_address()), "/mqtt", &fields);
        assert_eq!(answer.status, 400, "{offered:?}");
        assert!(answer.body.contains("has to offer mqtt"), "{answer:?}");
    }
}

#[test]
fn the_sub_protocol_of_version_3_1_is_accepted_and_echoed() {
    // [MQTT-6.0.0-4]
    let server = serve(|_| {});
    let mut fields = request(&server.http_address().to_string());
    fields.retain(|(name, _)| name != "Sec-WebSocket-Protocol");
    fields.push(("Sec-WebSocket-Protocol".to_owned(), "mqttv3.1".to_owned()));
    let answer = get(&mut connect(server.http_address()), "/mqtt", &fields);
    assert_eq!(answer.status, 101);
    assert_eq!(answer.field("sec-websocket-protocol"), Some("mqttv3.1"));
    assert_eq!(answer.field("sec-websocket-extensions"), None, "nothing is compressed");
}

#[test]
fn the_sub_protocol_of_today_is_chosen_wherever_it_is_offered() {
    // [MQTT-6.0.0-4]
    let server = serve(|_| {});
    for offered in ["mqtt", "mqttv3.1, mqtt", "chat,mqtt"] {
        let mut fields = request(&server.http_address().to_string());
        fields.retain(|(name, _)| name != "Sec-WebSocket-Protocol");
        fields.push(("Sec-WebSocket-Protocol".to_owned(), offered.to_owned()));
        let answer = get(&mut connect(server.http_address()), "/mqtt", &fields);
        assert_eq!(answer.status, 101, "{offered}");
        assert_eq!(answer.field("sec-websocket-protocol"), Some("mqtt"), "{offered}");
    }
}

#[test]
fn a_websocket_that_is_shut_by_its_client_is_closed() {
    let server = serve(|_| {});
    let mut socket = connected(&server, "half");
    socket.stream.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(read_to_end(&mut socket.stream), b"");
}
