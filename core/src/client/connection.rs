//! What dies with a Network Connection, and the pair of a Session and a connection that most
//! rules work on.

use std::collections::VecDeque;
use std::sync::Arc;

use super::acknowledgements::Acknowledgements;
use super::fault::Fault;
use super::outbox::Outbox;
use super::subscribe::Request;
use super::{ClientConfig, ClientEvent, ClientOutput, ClientSession, ConnectionValues, Refusal};
use crate::Timestamp;
use crate::codec::{EncodeError, Packet, PacketIdentifier, ProtocolVersion};
use crate::ordered::{OrderedMap, OrderedSet};
use crate::topic::alias::{IncomingAliases, OutgoingAliases};

/// Where a client stands with its network.
#[derive(Clone, Debug)]
pub(super) enum Link {
    /// There is no Network Connection, or none that counts.
    Offline,
    /// CONNECT is sent, CONNACK is to come.
    Connecting(Box<Connecting>),
    /// CONNACK accepted the connection. A Session exists from here on.
    Connected(Box<Connection>),
}

impl Link {
    /// The configuration the connection was opened with.
    pub(super) fn config(&self) -> Option<&Arc<ClientConfig>> {
        match self {
            Self::Offline => None,
            Self::Connecting(connecting) => Some(&connecting.config),
            Self::Connected(connection) => Some(&connection.config),
        }
    }
}

/// A connection without CONNACK.
#[derive(Clone, Debug)]
pub(super) struct Connecting {
    pub(super) config: Arc<ClientConfig>,
    /// The identifier that CONNECT carried; empty asks for an assigned one.
    pub(super) client_identifier: String,
    /// When the client last sent something.
    pub(super) last_sent: Timestamp,
    /// Bytes of the largest packet the server takes, once a CONNACK says so.
    pub(super) maximum_packet_size: Option<u32>,
}

/// An accepted connection.
#[derive(Clone, Debug)]
pub(super) struct Connection {
    /// The configuration of its CONNECT; a later one does not change it.
    pub(super) config: Arc<ClientConfig>,
    pub(super) values: ConnectionValues,
    /// Messages in flight that this connection has not seen yet, by their position in the order of
    /// sending. All others that are in flight count against the send quota.
    pub(super) resend: OrderedMap<u64, PacketIdentifier>,
    pub(super) requests: OrderedMap<PacketIdentifier, Request>,
    pub(super) pub_acks: Acknowledgements,
    pub(super) pub_recs: Acknowledgements,
    /// QoS 2 messages of this connection without PUBCOMP, which count against Receive Maximum.
    pub(super) receiving: OrderedSet<PacketIdentifier>,
    pub(super) incoming_aliases: IncomingAliases,
    pub(super) outgoing_aliases: OutgoingAliases,
    /// When the client last sent something.
    pub(super) last_sent: Timestamp,
    /// When the first unanswered PINGREQ was sent.
    pub(super) ping_sent: Option<Timestamp>,
    /// Whether an AUTH exchange that the client began is under way.
    pub(super) reauthenticating: bool,
}

impl Connection {
    pub(super) fn new(connecting: &Connecting, values: ConnectionValues) -> Self {
        let config = Arc::clone(&connecting.config);
        let incoming_max = config.topic_alias_maximum.unwrap_or(0);
        // [MQTT-3.2.2-17] [MQTT-3.2.2-18]
        let outgoing_max = values.topic_alias_maximum.min(config.limits.topic_aliases_max);
        Self {
            config,
            values,
            resend: OrderedMap::new(),
            requests: OrderedMap::new(),
            pub_acks: Acknowledgements::default(),
            pub_recs: Acknowledgements::default(),
            receiving: OrderedSet::new(),
            incoming_aliases: IncomingAliases::new(incoming_max),
            outgoing_aliases: OutgoingAliases::new(outgoing_max),
            last_sent: connecting.last_sent,
            ping_sent: None,
            reauthenticating: false,
        }
    }

    pub(super) fn version(&self) -> ProtocolVersion {
        self.config.version
    }

    /// How many QoS 1 and 2 publishes may be sent now, with `inflight` in the Session (§4.9).
    pub(super) fn send_quota(&self, inflight: usize) -> usize {
        let limit = self.config.limits.inflight_messages_max.max(1); // [MQTT-4.9.0-1]
        let maximum = usize::from(self.values.receive_maximum.min(limit));
        // A resent PUBREL counts too, since its PUBLISH has no PUBCOMP yet [MQTT-3.3.4-7].
        maximum.saturating_sub(inflight.saturating_sub(self.resend.len()))
    }
}

/// A Session on an accepted connection.
pub(super) struct Active<'a> {
    pub(super) now: Timestamp,
    pub(super) session: &'a mut ClientSession,
    pub(super) connection: &'a mut Connection,
    pub(super) outbox: &'a mut Outbox,
    pub(super) outputs: &'a mut VecDeque<ClientOutput>,
}

impl Active<'_> {
    /// Sends `packet`.
    ///
    /// # Errors
    ///
    /// If it cannot be encoded or is larger than the server takes.
    pub(super) fn send(&mut self, packet: &Packet<'_>) -> Result<(), Refusal> {
        let maximum = self.connection.values.maximum_packet_size;
        let bytes = encode(packet, self.connection.version(), maximum)?;
        self.connection.last_sent = self.now;
        self.outputs.push_back(ClientOutput::Transmit { bytes });
        Ok(())
    }

    /// Sends `packet`, without which the protocol cannot go on.
    ///
    /// # Errors
    ///
    /// If the server's Maximum Packet Size leaves no room for it.
    pub(super) fn answer(&mut self, packet: &Packet<'_>) -> Result<(), Fault> {
        self.send(packet).map_err(Fault::unanswerable)
    }

    pub(super) fn event(&mut self, event: ClientEvent) {
        self.outputs.push_back(ClientOutput::Event(event));
    }

    pub(super) fn send_quota(&self) -> usize {
        self.connection.send_quota(self.session.inflight_len())
    }

    pub(super) fn unused_packet_identifier(&self) -> Option<PacketIdentifier> {
        let requests = &self.connection.requests;
        self.session.unused_packet_identifier(requests.len(), |identifier| {
            requests.contains_key(&identifier)
        })
    }
}

/// The bytes of `packet`, of which the server takes `maximum_packet_size`.
///
/// # Errors
///
/// If it cannot be encoded or is larger.
pub(super) fn encode(
    packet: &Packet<'_>,
    version: ProtocolVersion,
    maximum_packet_size: Option<u32>,
) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    packet.encode(version, &mut bytes).map_err(|error| match error {
        EncodeError::FieldTooLong { .. } | EncodeError::NullCharacter => Refusal::NotEncodable,
        EncodeError::PacketTooLarge { .. } => Refusal::PacketTooLarge,
        EncodeError::NotInVersion => Refusal::NotInVersion,
    })?;
    match maximum_packet_size.map(usize::try_from) {
        // [MQTT-3.2.2-15]
        Some(Ok(maximum)) if bytes.len() > maximum => Err(Refusal::PacketTooLarge),
        Some(_) | None => Ok(bytes),
    }
}
