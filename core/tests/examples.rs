//! The examples, run.
#![allow(dead_code, reason = "what `cargo run` begins with is not used here")]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a driver has sockets and threads"
)]

use std::net::TcpListener;
use std::thread;

use afterlink_core::codec::QoS;

#[path = "../examples/client.rs"]
mod client;
#[path = "../examples/embedded.rs"]
mod embedded;
#[path = "../examples/simulation.rs"]
mod simulation;

#[test]
fn the_client_is_given_its_own_greeting_by_the_embedded_broker() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || embedded::serve(listener));
    // A second client finds the broker as the first has left it.
    for _ in 0..2 {
        let message = client::greet(address).unwrap();
        assert_eq!(message.topic, "greetings/self");
        assert_eq!(message.payload, b"hello");
        assert_eq!(message.qos, QoS::AtLeastOnce, "the lower of QoS 2 and 1");
    }
}

#[test]
fn the_simulation_shows_how_a_session_goes_on() {
    let lines = simulation::trace().unwrap();
    assert_eq!(lines[0], "after 30 s: 1 message waits for S");
    let words = |line: &String| line.split_whitespace().take(6).collect::<Vec<_>>().join(" ");
    let after_cut: Vec<String> = lines.iter().skip(1).map(words).collect();
    let ends = [
        "2000 ms P -> broker PUBLISH",
        "2050 ms P <- broker PUBACK",
        "60000 ms S -> broker CONNECT",
        "60050 ms S <- broker CONNACK",
        "60050 ms S <- broker PUBLISH",
        "60100 ms S -> broker PUBACK",
    ];
    assert_eq!(after_cut[after_cut.len() - ends.len()..], ends);
}
