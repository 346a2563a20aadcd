//! `afterlink demo`.

mod support;

use std::net::TcpListener;
use std::process::Output;
use std::thread::JoinHandle;

use support::process::{Serving, run};
use tokio_tungstenite::tungstenite;
use tungstenite::handshake::server::{Request, Response};
use tungstenite::http::HeaderValue;

fn demo(url: &str, protocol: &str) -> Output {
    run(&["demo", url, "--protocol", protocol])
}

fn told(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

#[test]
fn it_passes_against_our_server_over_both_transports_in_both_versions() {
    let server = Serving::start("", &[]);
    let urls = [format!("tcp://{}", server.tcp), format!("ws://{}/mqtt", server.http)];
    for url in &urls {
        for (protocol, name) in [("3.1.1", "MQTT 3.1.1"), ("5", "MQTT 5.0")] {
            let output = demo(url, protocol);
            let (out, err) = told(&output);
            assert_eq!(output.status.code(), Some(0), "{url} {protocol}: {err}");
            assert_eq!(err, "");
            assert!(out.starts_with("A persistent session, shown at "), "{out}");
            for part in [name, url, "\n1. ", "\n2. ", "\n3. ", "session present = yes"] {
                assert!(out.contains(part), "{part:?} is not in\n{out}");
            }
            assert!(out.trim_end().ends_with("the session outlived the connection."), "{out}");
        }
    }
}

#[test]
fn a_broker_that_drops_messages_is_found_out() {
    let server = Serving::start("[limits]\nqueue_messages_max = 1\n", &[]);
    for protocol in ["3.1.1", "5"] {
        let output = demo(&format!("tcp://{}", server.tcp), protocol);
        let (_, err) = told(&output);
        assert_eq!(output.status.code(), Some(1), "{err}");
        assert!(err.contains("lost 2 of 3 messages"), "{err}");
        assert!(err.contains("\"letter 3\", \"letter 4\""), "{err}");
    }
}

#[test]
fn a_broker_that_drops_the_session_is_found_out() {
    let server = Serving::start("[limits]\nsession_expiry_seconds_max = 0\n", &[]);
    for protocol in ["3.1.1", "5"] {
        let output = demo(&format!("tcp://{}", server.tcp), protocol);
        let (_, err) = told(&output);
        assert_eq!(output.status.code(), Some(1), "{err}");
        assert!(err.contains("lost the session"), "{err}");
    }
}

#[test]
fn a_broker_that_grants_a_lower_qos_is_found_out() {
    let server = Serving::start("[authorization]\nrefuse_receive = [\"#\"]\n", &[]);
    let output = demo(&format!("tcp://{}", server.tcp), "5");
    let (_, err) = told(&output);
    assert_eq!(output.status.code(), Some(1), "{err}");
    assert!(err.contains("SUBACK says 0x87 Not authorized"), "{err}");
}

/// A broker that takes one WebSocket, and what is offered to it as sub-protocols: it reads CONNECT
/// and answers in text.
#[allow(clippy::result_large_err, reason = "the type of a refusal is the library's")]
fn broker_that_sends_text() -> (std::net::SocketAddr, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let broker = std::thread::spawn(move || {
        let (stream, _) = listener.accept().expect("somebody comes");
        let mut offered = String::new();
        let mut socket = tungstenite::accept_hdr(stream, |request: &Request, answer: Response| {
            offered = request.headers()["Sec-WebSocket-Protocol"]
                .to_str()
                .expect("it is text")
                .to_owned();
            let mut answer = answer;
            answer.headers_mut().insert("Sec-WebSocket-Protocol", HeaderValue::from_static("mqtt"));
            Ok(answer)
        })
        .expect("an upgrade");
        let connect = socket.read().expect("CONNECT");
        assert!(connect.is_binary(), "{connect:?}");
        socket.send("\x20\x03\0\0\0".into()).expect("it is open");
        while socket.read().is_ok() {}
        offered
    });
    (address, broker)
}

#[test]
fn a_broker_that_sends_text_is_left() {
    // [MQTT-6.0.0-1] [MQTT3-6.0.0-1]
    for protocol in ["3.1.1", "5"] {
        let (address, broker) = broker_that_sends_text();
        let output = demo(&format!("ws://{address}/mqtt"), protocol);
        let (_, err) = told(&output);
        assert_eq!(output.status.code(), Some(1), "{err}");
        assert!(err.contains("closed the connection"), "{err}");
        broker.join().unwrap();
    }
}

#[test]
fn the_sub_protocol_it_offers_is_that_of_the_standard() {
    // [MQTT-6.0.0-3] [MQTT3-6.0.0-3]: our server would also take the name of MQTT 3.1.
    for protocol in ["3.1.1", "5"] {
        let (address, broker) = broker_that_sends_text();
        demo(&format!("ws://{address}/mqtt"), protocol);
        let offered = broker.join().unwrap();
        assert!(offered.split(',').any(|name| name.trim() == "mqtt"), "{offered:?}");
    }
}

#[test]
fn a_broker_that_is_not_there_is_one_line() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for url in [format!("tcp://{nobody}"), format!("ws://{nobody}/mqtt")] {
        let output = demo(&url, "5");
        let (out, err) = told(&output);
        assert_eq!(output.status.code(), Some(2), "{err}");
        assert_eq!((out.as_str(), err.lines().count()), ("", 1), "{err}");
        assert!(err.contains(&format!("no MQTT broker at {url}")), "{err}");
    }
}

#[test]
fn a_path_without_mqtt_is_one_line() {
    let server = Serving::start("", &[]);
    let output = demo(&format!("ws://{}/elsewhere", server.http), "5");
    let (_, err) = told(&output);
    assert_eq!(output.status.code(), Some(2), "{err}");
    assert!(err.contains("HTTP 404") && err.lines().count() == 1, "{err}");
}

#[test]
fn what_is_no_address_or_version_is_refused() {
    assert_eq!(run(&["demo", "http://localhost"]).status.code(), Some(2));
    assert_eq!(run(&["demo", "--protocol", "4"]).status.code(), Some(2));
}
