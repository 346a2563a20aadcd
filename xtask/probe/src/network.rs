//! A broker and its clients, wired together without a wire.

use afterlink_core::Timestamp;
use afterlink_core::broker::{Broker, ConnectionId, Input, Output};
use afterlink_core::client::{
    Client, ClientCommand, ClientConfig, ClientEvent, ClientInput, ClientOutput,
};

/// Bytes a connection is given credit for; far more than the probe sends.
const SEND_CREDIT: u32 = 1 << 16;

/// A broker, its clients and their clock.
pub(crate) struct Network {
    broker: Broker,
    now: Timestamp,
    peers: Vec<Peer>,
    connections: u64,
}

struct Peer {
    client: Client,
    connection: Option<ConnectionId>,
    events: Vec<ClientEvent>,
}

impl Network {
    pub(crate) fn new(broker: Broker, now: Timestamp) -> Self {
        Self { broker, now, peers: Vec::new(), connections: 0 }
    }

    /// Adds a client that keeps its session, and answers its number.
    pub(crate) fn add(&mut self, client_identifier: &str) -> usize {
        let client = Client::new(ClientConfig {
            client_identifier: client_identifier.to_owned(),
            clean_start: false,
            session_expiry_interval: Some(3600),
            keep_alive: 30,
            ..ClientConfig::default()
        });
        self.peers.push(Peer { client, connection: None, events: Vec::new() });
        self.peers.len() - 1
    }

    pub(crate) fn connect(&mut self, peer: usize) {
        self.connections += 1;
        let connection = ConnectionId(self.connections);
        self.peers[peer].connection = Some(connection);
        let opened = Input::Opened { connection, send_credit: SEND_CREDIT, address: None };
        self.broker.handle_input(self.now, opened);
        self.tell(peer, ClientInput::Opened);
    }

    pub(crate) fn command(&mut self, peer: usize, command: ClientCommand) {
        self.tell(peer, ClientInput::Command(command));
    }

    /// Lets time pass, with each timer firing when it is due.
    pub(crate) fn wait_seconds(&mut self, seconds: u32) {
        let end = self.now.plus_seconds(u64::from(seconds));
        loop {
            let of_broker = self.broker.poll_timeout().map(|(at, _)| at);
            let of_clients =
                self.peers.iter().filter_map(|peer| Some(peer.client.poll_timeout()?.0));
            let next = of_clients.chain(of_broker).min().filter(|at| *at <= end);
            let Some(at) = next else { break };
            self.now = self.now.max(at);
            self.broker.handle_input(self.now, Input::Timeout);
            self.carry();
            for peer in 0..self.peers.len() {
                self.tell(peer, ClientInput::Timeout);
            }
        }
        self.now = end;
    }

    /// What a client has told its application since it was asked last.
    pub(crate) fn take_events(&mut self, peer: usize) -> Vec<ClientEvent> {
        core::mem::take(&mut self.peers[peer].events)
    }

    fn tell(&mut self, peer: usize, input: ClientInput<'_>) {
        self.peers[peer].client.handle_input(self.now, input);
        self.carry();
    }

    /// Carries bytes to and fro until nobody has anything more to say.
    fn carry(&mut self) {
        while self.carry_to_broker() | self.carry_to_clients() {}
    }

    fn carry_to_broker(&mut self) -> bool {
        let mut is_carried = false;
        for peer in &mut self.peers {
            while let Some(output) = peer.client.poll_output() {
                is_carried = true;
                match (output, peer.connection) {
                    (ClientOutput::Event(event), _) => peer.events.push(event),
                    (ClientOutput::Transmit { bytes }, Some(connection)) => {
                        let received = Input::Received { connection, bytes: &bytes };
                        self.broker.handle_input(self.now, received);
                    }
                    (ClientOutput::Close, Some(connection)) => {
                        peer.connection = None;
                        self.broker.handle_input(self.now, Input::Closed { connection });
                    }
                    (ClientOutput::Transmit { .. } | ClientOutput::Close, None) => {}
                }
            }
        }
        is_carried
    }

    fn carry_to_clients(&mut self) -> bool {
        let mut sent = Vec::new();
        while let Some(output) = self.broker.poll_output() {
            match output {
                Output::Transmit { connection, head, payload } => {
                    sent.push((connection, Some([head, payload].concat())));
                }
                Output::Close { connection } => sent.push((connection, None)),
                Output::Read { .. }
                | Output::Persist { .. }
                | Output::Authenticate { .. }
                | Output::Event(_) => {}
            }
        }
        let is_carried = !sent.is_empty();
        for (connection, bytes) in sent {
            let Some(peer) = self.peers.iter_mut().find(|peer| peer.connection == Some(connection))
            else {
                continue;
            };
            let Some(bytes) = bytes else {
                peer.connection = None;
                peer.client.handle_input(self.now, ClientInput::Closed);
                continue;
            };
            let len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
            self.broker.handle_input(self.now, Input::Flushed { connection, len });
            peer.client.handle_input(self.now, ClientInput::Received { bytes: &bytes });
        }
        is_carried
    }
}
