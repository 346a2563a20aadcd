//! A client on a bench: the test is its network, its server, its application and its clock.

use std::collections::VecDeque;

use afterlink_core::Timestamp;
use afterlink_core::client::{
    Client, ClientCommand, ClientConfig, ClientEvent, ClientInput, ClientOutput, ClientTimer,
    Details, OutgoingMessage, Reason, SubscriptionRequest,
};
use afterlink_core::codec::packet::{
    Ack, ConnAck, ConnAckProperties, Publish, PublishProperties, SubscriptionOptions,
};
use afterlink_core::codec::{
    DecodeLimits, Packet, PacketIdentifier, ProtocolVersion, QoS, ReasonCode, Sender, decode,
};

/// When the clock of every bench starts.
pub(crate) const START: Timestamp = Timestamp::from_millis(1_700_000_000_000);

pub(crate) struct Bench {
    pub(crate) client: Client,
    pub(crate) now: Timestamp,
    pub(crate) version: ProtocolVersion,
    /// Packets the client sent and the test has not looked at.
    pub(crate) sent: VecDeque<Vec<u8>>,
    /// Events the test has not looked at.
    pub(crate) events: VecDeque<ClientEvent>,
    /// Whether the client has asked to close since the last `Opened`.
    pub(crate) closed: bool,
}

impl Bench {
    pub(crate) fn new(config: ClientConfig) -> Self {
        Self::with(Client::new(config))
    }

    pub(crate) fn with(client: Client) -> Self {
        let version = client.config().version;
        let (sent, events) = (VecDeque::new(), VecDeque::new());
        Self { client, now: START, version, sent, events, closed: false }
    }

    /// A bench whose client is connected, with nothing left to look at.
    pub(crate) fn connected(config: ClientConfig) -> Self {
        Self::connected_with(config, ConnAckProperties::default())
    }

    pub(crate) fn connected_with(config: ClientConfig, properties: ConnAckProperties<'_>) -> Self {
        let mut bench = Self::new(config);
        bench.open();
        bench.server_sends(&accepted(false, properties));
        bench.forget();
        bench
    }

    pub(crate) fn input(&mut self, input: ClientInput<'_>) {
        self.client.handle_input(self.now, input);
        while let Some(output) = self.client.poll_output() {
            match output {
                ClientOutput::Transmit { bytes } => {
                    assert!(!self.closed, "nothing is sent after Close");
                    self.sent.push_back(bytes);
                }
                ClientOutput::Close => {
                    assert!(!self.closed, "a connection is closed once");
                    self.closed = true;
                }
                ClientOutput::Event(event) => self.events.push_back(event),
            }
        }
    }

    pub(crate) fn open(&mut self) {
        self.closed = false;
        self.version = self.client.config().version;
        self.input(ClientInput::Opened);
    }

    /// Cuts the network.
    pub(crate) fn cut(&mut self) {
        self.input(ClientInput::Closed);
    }

    /// Opens a new connection that the server accepts; CONNECT and `Connected` are not left.
    pub(crate) fn reconnect(&mut self, session_present: bool) {
        self.reconnect_with(session_present, ConnAckProperties::default());
    }

    pub(crate) fn reconnect_with(
        &mut self,
        session_present: bool,
        properties: ConnAckProperties<'_>,
    ) {
        self.open();
        let connect = self.sent.pop_back().unwrap();
        assert!(matches!(self.decoded(&connect), Packet::Connect(_)));
        self.server_sends(&accepted(session_present, properties));
        self.events.retain(|event| !matches!(event, ClientEvent::Connected(_)));
    }

    pub(crate) fn command(&mut self, command: ClientCommand) {
        self.input(ClientInput::Command(command));
    }

    pub(crate) fn publish(&mut self, tag: u64, qos: QoS) {
        self.command(ClientCommand::Publish { tag, message: message(tag, qos) });
    }

    pub(crate) fn server_sends(&mut self, packet: &Packet<'_>) {
        let mut bytes = Vec::new();
        packet.encode(self.version, &mut bytes).unwrap();
        self.input(ClientInput::Received { bytes: &bytes });
    }

    pub(crate) fn pub_ack(&mut self, identifier: u16) {
        self.server_sends(&Packet::PubAck(ack(identifier)));
    }

    pub(crate) fn pub_rec(&mut self, identifier: u16) {
        self.server_sends(&Packet::PubRec(ack(identifier)));
    }

    pub(crate) fn pub_rel(&mut self, identifier: u16) {
        self.server_sends(&Packet::PubRel(ack(identifier)));
    }

    pub(crate) fn pub_comp(&mut self, identifier: u16) {
        self.server_sends(&Packet::PubComp(ack(identifier)));
    }

    /// Lets time pass, with each timeout at its moment.
    pub(crate) fn pass_seconds(&mut self, seconds: u64) -> Vec<ClientTimer> {
        let end = self.now.plus_seconds(seconds);
        let mut fired = Vec::new();
        while let Some((deadline, timer)) = self.client.poll_timeout()
            && deadline <= end
        {
            self.now = self.now.max(deadline);
            fired.push(timer);
            self.input(ClientInput::Timeout);
        }
        self.now = end;
        fired
    }

    pub(crate) fn decoded<'a>(&self, bytes: &'a [u8]) -> Packet<'a> {
        decode(bytes, self.version, Sender::Client, &DecodeLimits::default()).unwrap()
    }

    /// The client has sent exactly these packets since the test last looked.
    #[track_caller]
    pub(crate) fn assert_sent(&mut self, expected: &[Packet<'_>]) {
        let sent = std::mem::take(&mut self.sent);
        let decoded: Vec<_> = sent.iter().map(|bytes| self.decoded(bytes)).collect();
        assert_eq!(decoded, expected);
    }

    /// Exactly these events have happened since the test last looked.
    #[track_caller]
    pub(crate) fn assert_events(&mut self, expected: &[ClientEvent]) {
        let events: Vec<_> = self.events.drain(..).collect();
        assert_eq!(events, expected);
    }

    /// Topics and payloads of the messages handed out since the test last looked.
    pub(crate) fn messages(&mut self) -> Vec<(String, Vec<u8>)> {
        let messages = self.events.drain(..).filter_map(|event| match event {
            ClientEvent::Message(message) => Some((message.topic, message.payload)),
            _ => None,
        });
        messages.collect()
    }

    pub(crate) fn forget(&mut self) {
        self.sent.clear();
        self.events.clear();
    }

    /// The Packet Identifiers in flight to the server.
    pub(crate) fn inflight(&self) -> Vec<u16> {
        let session = self.client.session().into_iter();
        session.flat_map(|session| session.inflight(None)).map(|(id, _)| id.get()).collect()
    }

    /// The Packet Identifiers of QoS 2 messages received.
    pub(crate) fn received(&self) -> Vec<u16> {
        let session = self.client.session().into_iter();
        session.flat_map(|session| session.received(None)).map(|(id, _)| id.get()).collect()
    }
}

/// A configuration whose Session outlives its connections, in any version.
pub(crate) fn persistent(version: ProtocolVersion) -> ClientConfig {
    let is_v5 = version == ProtocolVersion::V5;
    ClientConfig {
        version,
        client_identifier: "c".to_owned(),
        clean_start: false,
        session_expiry_interval: is_v5.then_some(3600),
        keep_alive: 0,
        ..ClientConfig::default()
    }
}

/// [`persistent`] in version 5.
pub(crate) fn v5() -> ClientConfig {
    persistent(ProtocolVersion::V5)
}

/// [`persistent`] in version 3.1.1.
pub(crate) fn v3() -> ClientConfig {
    persistent(ProtocolVersion::V3_1_1)
}

pub(crate) const VERSIONS: [ProtocolVersion; 3] =
    [ProtocolVersion::V3_1, ProtocolVersion::V3_1_1, ProtocolVersion::V5];

pub(crate) fn identifier(value: u16) -> PacketIdentifier {
    PacketIdentifier::new(value).unwrap()
}

pub(crate) fn accepted(session_present: bool, properties: ConnAckProperties<'_>) -> Packet<'_> {
    Packet::ConnAck(ConnAck { session_present, reason_code: ReasonCode::SUCCESS, properties })
}

pub(crate) fn ack(value: u16) -> Ack<'static> {
    Ack::new(identifier(value), ReasonCode::SUCCESS)
}

pub(crate) fn nack(value: u16, reason_code: ReasonCode) -> Ack<'static> {
    Ack::new(identifier(value), reason_code)
}

/// The message that [`Bench::publish`] publishes.
pub(crate) fn message(tag: u64, qos: QoS) -> OutgoingMessage {
    OutgoingMessage {
        topic: "t".to_owned(),
        payload: tag.to_string().into_bytes(),
        qos,
        ..OutgoingMessage::default()
    }
}

/// A PUBLISH to topic "t", from either side; 0 is no Packet Identifier.
pub(crate) fn publish(qos: QoS, identifier: u16, dup: bool, payload: &str) -> Packet<'_> {
    Packet::Publish(Publish {
        dup,
        qos,
        retain: false,
        topic: "t",
        packet_identifier: PacketIdentifier::new(identifier),
        properties: PublishProperties::default(),
        payload: payload.as_bytes(),
    })
}

pub(crate) fn succeeded() -> Reason {
    failed(ReasonCode::SUCCESS)
}

pub(crate) fn failed(code: ReasonCode) -> Reason {
    Reason { code, details: Details::default() }
}

/// The event that a QoS 1 or 2 publish is through.
pub(crate) fn published(tag: u64, identifier: u16) -> ClientEvent {
    let packet_identifier = PacketIdentifier::new(identifier);
    ClientEvent::Published { tag, packet_identifier, reason: succeeded() }
}

pub(crate) fn filter(text: &str, qos: QoS) -> SubscriptionRequest {
    let options = SubscriptionOptions { qos, ..SubscriptionOptions::default() };
    SubscriptionRequest { filter: text.to_owned(), options }
}

pub(crate) fn subscribe(tag: u64, filters: Vec<SubscriptionRequest>) -> ClientCommand {
    ClientCommand::Subscribe {
        tag,
        filters,
        subscription_identifier: None,
        user_properties: Vec::new(),
    }
}

/// A PUBLISH with perhaps a Topic Alias, and nothing else.
pub(crate) fn aliased(topic: &'static str, alias: Option<u16>) -> Packet<'static> {
    Packet::Publish(Publish {
        dup: false,
        qos: QoS::AtMostOnce,
        retain: false,
        topic,
        packet_identifier: None,
        properties: PublishProperties { topic_alias: alias, ..PublishProperties::default() },
        payload: b"",
    })
}
