//! The client's half of an MQTT session, without a socket and without a clock.
//!
//! A [`Client`] is given a [`ClientInput`] and the time, and then asked for what it wants until it
//! wants nothing: bytes to send, the connection to be closed, events for the application. Its
//! Session State, a [`ClientSession`], is what the standard lists for a client and outlives any
//! number of connections.
//!
//! ```
//! use afterlink_core::Timestamp;
//! use afterlink_core::client::{
//!     Client, ClientCommand, ClientConfig, ClientEvent, ClientInput, ClientOutput,
//!     OutgoingMessage,
//! };
//!
//! let mut client = Client::new(ClientConfig {
//!     client_identifier: "sensor".to_owned(),
//!     ..ClientConfig::default()
//! });
//! let mut to_server = Vec::new();
//! let mut events = Vec::new();
//! let mut turn = |now: u64, input: ClientInput<'_>| {
//!     client.handle_input(Timestamp::from_millis(now), input);
//!     while let Some(output) = client.poll_output() {
//!         match output {
//!             ClientOutput::Transmit { bytes } => to_server.extend(bytes),
//!             ClientOutput::Close => to_server.clear(),
//!             ClientOutput::Event(event) => events.push(event),
//!         }
//!     }
//!     client.poll_timeout() // when to come back with `Timeout`, at the latest
//! };
//!
//! turn(0, ClientInput::Opened);
//! turn(5, ClientInput::Received { bytes: &[0x20, 0x03, 0x00, 0x00, 0x00] }); // CONNACK
//! let message = OutgoingMessage { topic: "a".to_owned(), ..OutgoingMessage::default() };
//! let command = ClientCommand::Publish { tag: 7, message };
//! let (deadline, _keep_alive) = turn(9, ClientInput::Command(command)).expect("a keep alive");
//!
//! assert!(to_server.ends_with(&[0x30, 0x04, 0x00, 0x01, b'a', 0x00])); // PUBLISH
//! assert!(matches!(events[0], ClientEvent::Connected(_)));
//! assert!(matches!(events[1], ClientEvent::Published { tag: 7, .. }));
//! assert_eq!(deadline, Timestamp::from_millis(9 + 60_000));
//! ```
//!
//! The machine has three states. All transitions are here and in the functions named:
//!
//! | state      | what happens                            | then       | where                  |
//! |------------|-----------------------------------------|------------|------------------------|
//! | offline    | `Opened`                                | connecting | `connect::open`        |
//! | connecting | CONNACK accepts                         | connected  | `connect::conn_ack`    |
//! | connecting | CONNACK refuses, or contradicts         | offline    | `connect::conn_ack`    |
//! | both       | DISCONNECT, fault, deadline, store lost | offline    | `disconnect::close`    |
//! | both       | `Closed`                                | offline    | `disconnect::end`      |
//! | both       | `Opened`: the old connection is gone    | connecting | `connect::open`        |

mod acknowledgements;
mod authenticate;
mod command;
mod config;
mod connect;
mod connection;
mod deliver;
mod disconnect;
mod fault;
mod input;
mod keep_alive;
mod message;
mod outbox;
mod output;
mod publish;
mod refusal;
mod session;
mod subscribe;

use std::collections::VecDeque;
use std::sync::Arc;

pub use config::{AcknowledgementMode, ClientConfig, ClientLimits, Secret, WillConfig};
pub use input::{ClientCommand, ClientInput, SubscriptionRequest};
pub use keep_alive::ClientTimer;
pub use message::{IncomingMessage, MessageProperties, OutgoingMessage};
pub use outbox::Waiting;
pub use output::{
    ClientEvent, ClientOutput, Connected, ConnectionValues, Details, DiscardCause,
    DiscardedPublish, DisconnectCause, Reason,
};
pub use refusal::Refusal;
pub use session::{ClientSession, Inflight, InflightStage, ReceivedStage};

use crate::Timestamp;
use crate::codec::{
    DecodeLimits, Deframer, Packet, PacketIdentifier, PacketType, QoS, Sender, decode,
};
use connection::{Active, Link};
use fault::Fault;
use outbox::Outbox;

/// A client engine. Its clone is a checkpoint: both go on alike when given the same inputs.
#[derive(Clone, Debug)]
pub struct Client {
    /// For the next CONNECT; a connection keeps the one it was opened with.
    config: Arc<ClientConfig>,
    session: Option<ClientSession>,
    link: Link,
    deframer: Deframer,
    outbox: Outbox,
    outputs: VecDeque<ClientOutput>,
}

/// Where a client stands with its network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ClientState {
    /// There is no Network Connection, or none that counts.
    Offline,
    /// CONNECT is sent, CONNACK is to come.
    Connecting,
    /// CONNACK accepted the connection.
    Connected,
}

impl Client {
    /// A client without Session State.
    #[must_use]
    pub fn new(config: ClientConfig) -> Self {
        Self {
            config: Arc::new(config),
            session: None,
            link: Link::Offline,
            deframer: Deframer::new(),
            outbox: Outbox::default(),
            outputs: VecDeque::new(),
        }
    }

    /// A client that goes on with `session`, which its application has stored.
    #[must_use]
    pub fn restore(config: ClientConfig, session: ClientSession) -> Self {
        Self { session: Some(session), ..Self::new(config) }
    }

    /// Takes one input. What follows from it is in [`Self::poll_output`], and
    /// [`Self::poll_timeout`] may have changed.
    pub fn handle_input(&mut self, now: Timestamp, input: ClientInput<'_>) {
        match input {
            ClientInput::Opened => self.open(now),
            ClientInput::Received { bytes } => self.receive(now, bytes),
            ClientInput::Closed => self.end(DisconnectCause::Network),
            ClientInput::Command(command) => self.command(now, command),
            ClientInput::Timeout => self.handle_timeout(now),
        }
    }

    /// The next thing the client wants, in order. Ask until there is none, after any number of
    /// inputs.
    #[must_use]
    pub fn poll_output(&mut self) -> Option<ClientOutput> {
        self.outputs.pop_front()
    }

    /// The configuration for the next CONNECT.
    #[must_use]
    pub fn config(&self) -> &ClientConfig {
        &self.config
    }

    /// The Session State, if the client holds any.
    #[must_use]
    pub const fn session(&self) -> Option<&ClientSession> {
        self.session.as_ref()
    }

    /// Where the client stands with its network.
    #[must_use]
    pub const fn state(&self) -> ClientState {
        match self.link {
            Link::Offline => ClientState::Offline,
            Link::Connecting(_) => ClientState::Connecting,
            Link::Connected(_) => ClientState::Connected,
        }
    }

    /// What is in force on the accepted connection.
    #[must_use]
    pub const fn values(&self) -> Option<&ConnectionValues> {
        match &self.link {
            Link::Connected(connection) => Some(&connection.values),
            Link::Offline | Link::Connecting(_) => None,
        }
    }

    /// How many QoS 1 and 2 publishes may be sent now; `None` without an accepted connection.
    #[must_use]
    pub fn send_quota(&self) -> Option<usize> {
        match (&self.link, &self.session) {
            (Link::Connected(connection), Some(session)) => {
                Some(connection.send_quota(session.inflight_len()))
            }
            (Link::Offline | Link::Connecting(_) | Link::Connected(_), _) => None,
        }
    }

    /// The publishes that wait for a connection or for send quota, in order.
    pub fn outbox(&self) -> impl ExactSizeIterator<Item = &Waiting> {
        self.outbox.iter()
    }

    /// The messages that wait for [`ClientCommand::Acknowledge`]: QoS 1, then QoS 2, each in the
    /// order of arrival.
    pub fn unacknowledged(&self) -> impl Iterator<Item = (PacketIdentifier, QoS)> {
        let connection = match &self.link {
            Link::Connected(connection) => Some(connection),
            Link::Offline | Link::Connecting(_) => None,
        };
        connection.into_iter().flat_map(|connection| {
            let at_least_once = connection.pub_acks.undecided();
            let exactly_once = connection.pub_recs.undecided();
            at_least_once
                .map(|identifier| (identifier, QoS::AtLeastOnce))
                .chain(exactly_once.map(|identifier| (identifier, QoS::ExactlyOnce)))
        })
    }

    fn receive(&mut self, now: Timestamp, mut bytes: &[u8]) {
        let Some(config) = self.link.config().map(Arc::clone) else { return };
        let limits = DecodeLimits {
            user_properties_max: config.limits.user_properties_max,
            properties_bytes_max: config.limits.properties_bytes_max,
            ..DecodeLimits::default()
        };
        // Out of the way while a packet borrows from it; whoever ends the link needs it no more.
        let mut deframer = core::mem::take(&mut self.deframer);
        while !matches!(self.link, Link::Offline) {
            let handled = match deframer.next(&mut bytes, config.packet_size_max()) {
                Ok(None) => break,
                Ok(Some(packet)) => decode(packet, config.version, Sender::Server, &limits)
                    .map_err(Fault::from)
                    .and_then(|packet| self.handle_packet(now, &packet)),
                Err(error) => Err(Fault::from(error)),
            };
            self.fail_on(handled);
        }
        self.deframer = deframer;
    }

    fn handle_packet(&mut self, now: Timestamp, packet: &Packet<'_>) -> Result<(), Fault> {
        if let Packet::ConnAck(ack) = packet {
            return self.conn_ack(now, ack);
        }
        if let Packet::Auth(auth) = packet {
            return self.auth(now, auth);
        }
        let Some(mut active) = self.active(now) else {
            return Err(Fault::protocol_error("packet before CONNACK")); // [MQTT-3.2.0-1]
        };
        match packet {
            Packet::Publish(publish) => active.deliver(publish),
            Packet::PubAck(ack) => active.pub_ack(ack),
            Packet::PubRec(ack) => active.pub_rec(ack),
            Packet::PubRel(ack) => active.pub_rel(ack),
            Packet::PubComp(ack) => active.pub_comp(ack),
            Packet::SubAck(ack) => active.answered(PacketType::SubAck, ack),
            Packet::UnsubAck(ack) => active.answered(PacketType::UnsubAck, ack),
            Packet::PingResp => {
                active.connection.ping_sent = None;
                Ok(())
            }
            Packet::Disconnect(disconnect) => {
                self.disconnected(disconnect);
                Ok(())
            }
            Packet::ConnAck(_)
            | Packet::Auth(_)
            | Packet::Connect(_)
            | Packet::Subscribe(_)
            | Packet::Unsubscribe(_)
            | Packet::PingReq => Err(Fault::protocol_error("packet that a server does not send")),
        }
    }

    fn active(&mut self, now: Timestamp) -> Option<Active<'_>> {
        match (&mut self.link, &mut self.session) {
            (Link::Connected(connection), Some(session)) => Some(Active {
                now,
                session,
                connection,
                outbox: &mut self.outbox,
                outputs: &mut self.outputs,
            }),
            (Link::Offline | Link::Connecting(_) | Link::Connected(_), _) => None,
        }
    }

    fn fail_on(&mut self, result: Result<(), Fault>) {
        if let Err(fault) = result {
            self.fail(fault);
        }
    }

    fn event(&mut self, event: ClientEvent) {
        self.outputs.push_back(ClientOutput::Event(event));
    }
}
