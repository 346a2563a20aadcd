//! The client engine on a socket: it subscribes, publishes a message to itself, and leaves.
//!
//! `cargo run --package afterlink-core --example client`, with a broker on 127.0.0.1:1883.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a driver has sockets and a clock"
)]
#![allow(clippy::print_stdout, clippy::disallowed_macros, reason = "it shows what has come")]

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use afterlink_core::Timestamp;
use afterlink_core::client::{
    Client, ClientCommand, ClientConfig, ClientEvent, ClientInput, ClientOutput, IncomingMessage,
    OutgoingMessage, SubscriptionRequest,
};
use afterlink_core::codec::packet::SubscriptionOptions;
use afterlink_core::codec::{QoS, ReasonCode};

fn main() -> io::Result<()> {
    let message = greet("127.0.0.1:1883")?;
    println!("{}: {}", message.topic, String::from_utf8_lossy(&message.payload));
    Ok(())
}

/// Greets itself by way of a broker, and gives back the message as it came.
pub(crate) fn greet(address: impl ToSocketAddrs) -> io::Result<IncomingMessage> {
    let mut client = Client::new(ClientConfig {
        client_identifier: "greeter".to_owned(),
        // A program that keeps `client.session()`, which serde can write, may go on with it after
        // a restart by `Client::restore`, and then with `clean_start: false`.
        session_expiry_interval: Some(60),
        ..ClientConfig::default()
    });
    let mut stream = TcpStream::connect(address)?;
    let mut greeting = None;
    let mut bytes = [0; 4096];
    client.handle_input(now(), ClientInput::Opened);
    loop {
        while let Some(output) = client.poll_output() {
            match output {
                ClientOutput::Transmit { bytes } => stream.write_all(&bytes)?,
                ClientOutput::Close => {
                    return greeting.ok_or_else(|| io::Error::other("closed before it came"));
                }
                ClientOutput::Event(ClientEvent::Message(message)) => greeting = Some(*message),
                ClientOutput::Event(event) => {
                    if let Some(command) = answer(&event) {
                        client.handle_input(now(), ClientInput::Command(command));
                    }
                }
            }
        }
        // Until the server sends something, or a timer of the client is due.
        let due_in = client.poll_timeout().map(|(at, _)| at.millis_since(now()).max(1));
        stream.set_read_timeout(due_in.map(Duration::from_millis))?;
        match stream.read(&mut bytes) {
            Ok(0) => client.handle_input(now(), ClientInput::Closed),
            Ok(len) => client.handle_input(now(), ClientInput::Received { bytes: &bytes[..len] }),
            Err(error) if is_timeout(&error) => client.handle_input(now(), ClientInput::Timeout),
            Err(error) => return Err(error),
        }
    }
}

/// What this program does next, now that something has happened.
fn answer(event: &ClientEvent) -> Option<ClientCommand> {
    let options = SubscriptionOptions { qos: QoS::AtLeastOnce, ..SubscriptionOptions::default() };
    if matches!(event, ClientEvent::Connected(_)) {
        Some(ClientCommand::Subscribe {
            tag: 1,
            filters: vec![SubscriptionRequest { filter: "greetings/#".to_owned(), options }],
            subscription_identifier: None,
            user_properties: Vec::new(),
        })
    } else if matches!(event, ClientEvent::Subscribed { .. }) {
        let message = OutgoingMessage {
            topic: "greetings/self".to_owned(),
            payload: b"hello".to_vec(),
            qos: QoS::ExactlyOnce,
            ..OutgoingMessage::default()
        };
        Some(ClientCommand::Publish { tag: 2, message })
    } else if matches!(event, ClientEvent::Published { .. }) {
        Some(ClientCommand::Disconnect {
            reason_code: ReasonCode::NORMAL_DISCONNECTION,
            session_expiry_interval: Some(0),
        })
    } else {
        None
    }
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
