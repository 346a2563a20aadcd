//! PUBLISH packets on their way to a client: encoded, counted, and within what it takes.

use std::sync::Arc;

use super::connection::ConnectionKey;
use super::output_queue::{Payload, Piece};
use super::{Broker, Event, SessionKey};
use crate::codec::{PacketIdentifier, PublishHead, QoS};
use crate::session::QueueEntry;
use crate::topic::TopicNameRef;

/// Payloads up to this are copied into the output buffer; larger ones are referred to.
const COPIED_PAYLOAD_BYTES: usize = 256;

/// The pieces of a message that subscribers share while it is fanned out.
#[derive(Debug, Default)]
pub(super) struct SharedPieces {
    pub(super) payload: Option<Piece>,
    /// Heads of QoS 0 packets, which are the same for all who get no identifier and no alias:
    /// by whether they carry properties, and the RETAIN flag.
    heads: [Option<Piece>; 4],
}

impl Broker {
    /// Sends a QoS 0 packet, with a head that was encoded for another subscriber if it is the
    /// same. `false` if it is too large for the client.
    pub(super) fn send_shared(
        &mut self,
        key: ConnectionKey,
        head: PublishHead<'_>,
        payload: Piece,
        shared: &mut SharedPieces,
    ) -> bool {
        let Some(connection) = self.connections.get_mut(key.index()) else { return true };
        let Some(active) = connection.active() else { return true };
        let properties = connection.version.has_properties();
        if !head.subscription_identifiers.is_empty() || active.aliases_out.maximum() != 0 {
            return self.transmit_publish(key, head, Payload::Piece(payload));
        }
        let place = usize::from(properties) * 2 + usize::from(head.retain);
        let Some(cached) = shared.heads.get_mut(place) else { return true };
        let piece = match *cached {
            Some(piece) => piece,
            None => {
                let version = connection.version;
                *cached.insert(self.out.write(|out| head.encode(version, out)))
            }
        };
        let len = piece.len() + payload.len();
        if len > connection.packet_size_max {
            return false; // [MQTT-3.1.2-24] [MQTT-3.1.2-25]
        }
        connection.credit -= i64::try_from(len).unwrap_or(i64::MAX);
        self.counters.messages_sent[0] += 1;
        self.out.transmit(connection.id, piece, Payload::Piece(payload));
        true
    }

    /// Encodes a PUBLISH for a connection and sends it. `false`, and nothing done, if it is too
    /// large for the client `[MQTT-3.1.2-24]`.
    pub(super) fn transmit_publish(
        &mut self,
        key: ConnectionKey,
        mut head: PublishHead<'_>,
        payload: Payload,
    ) -> bool {
        let Some(connection) = self.connections.get_mut(key.index()) else { return true };
        let (id, version) = (connection.id, connection.version);
        let packet_size_max = connection.packet_size_max;
        let Some(active) = connection.active_mut() else { return true };
        if head.packet_len(version) > packet_size_max {
            return false;
        }
        // Only a 5.0 client can ask for any.
        if active.aliases_out.maximum() != 0 {
            let full = head.topic;
            match TopicNameRef::parse(full, &self.config.limits.topic())
                .map(|topic| (topic, active.aliases_out.assign(topic)))
            {
                Ok((topic, crate::topic::alias::Alias::New(alias))) => {
                    head.topic_alias = Some(alias);
                    if head.packet_len(version) > packet_size_max {
                        active.aliases_out.withdraw(topic);
                        head.topic_alias = None;
                    }
                }
                Ok((_, crate::topic::alias::Alias::Known(alias))) => {
                    head.topic_alias = Some(alias);
                    head.topic = "";
                }
                Ok((_, crate::topic::alias::Alias::None)) | Err(_) => {}
            }
        }
        let len = head.packet_len(version);
        connection.credit -= i64::try_from(len).unwrap_or(i64::MAX);
        let qos = usize::from(head.qos.bits());
        if let Some(counter) = self.counters.messages_sent.get_mut(qos) {
            *counter += 1;
        }
        let piece = self.out.write(|out| head.encode(version, out));
        self.out.transmit(id, piece, payload);
        true
    }

    /// Sends a QoS 0 message that is in no queue any more.
    pub(super) fn transmit_at_most_once(&mut self, connection: ConnectionKey, entry: &QueueEntry) {
        self.transmit_entry(connection, entry, None, false);
        let session = self.connections.get(connection.index()).and_then(|one| one.session());
        if let Some(session) = session {
            self.sent_event(session, entry.arrival, None, false);
        }
    }

    /// Sends the PUBLISH of an inflight message, for the first time on this connection or not.
    pub(super) fn send_inflight(
        &mut self,
        connection: ConnectionKey,
        identifier: PacketIdentifier,
    ) {
        let Some(session) = self.connections.get(connection.index()).and_then(|c| c.session())
        else {
            return;
        };
        let Some(slot) = self.sessions.get(session.index()) else { return };
        let Some(message) = slot.session.inflight.get(identifier) else { return };
        let Some(outgoing) = message.outgoing() else { return };
        let entry = QueueEntry {
            arrival: message.arrival,
            qos: message.qos(),
            retain: outgoing.retain,
            identifiers: outgoing.identifiers.clone(),
            share: None,
            recorded: false,
            message: Arc::clone(&outgoing.message),
        };
        let dup = message.dup;
        self.transmit_entry(connection, &entry, Some(identifier), dup);
        self.sent_event(session, entry.arrival, Some(identifier), dup);
    }

    pub(super) fn is_too_large(&self, connection: ConnectionKey, entry: &QueueEntry) -> bool {
        self.connections.get(connection.index()).is_some_and(|connection| {
            let identifier = (entry.qos > QoS::AtMostOnce).then_some(PacketIdentifier::FIRST);
            let head = self.head(entry, identifier, false);
            head.packet_len(connection.version) > connection.packet_size_max
        })
    }

    pub(super) fn head<'a>(
        &self,
        entry: &'a QueueEntry,
        packet_identifier: Option<PacketIdentifier>,
        dup: bool,
    ) -> PublishHead<'a> {
        let message = &entry.message;
        PublishHead {
            // Decided by our own sending alone [MQTT-3.3.1-3] [MQTT3-3.3.1-3].
            dup,
            qos: entry.qos,
            retain: entry.retain,
            topic: message.topic(),
            packet_identifier,
            message_expiry_interval: message.expiry_interval_left(self.now),
            topic_alias: None,
            subscription_identifiers: entry.identifiers.as_slice(),
            forwarded: message.forwarded(),
            payload_len: message.payload().len(),
        }
    }

    pub(super) fn transmit_entry(
        &mut self,
        connection: ConnectionKey,
        entry: &QueueEntry,
        packet_identifier: Option<PacketIdentifier>,
        dup: bool,
    ) -> bool {
        let head = self.head(entry, packet_identifier, dup);
        let bytes = entry.message.payload();
        let payload = if bytes.len() <= COPIED_PAYLOAD_BYTES {
            Payload::Piece(self.out.write(|out| out.extend_from_slice(bytes)))
        } else {
            Payload::Message(Arc::clone(&entry.message))
        };
        self.transmit_publish(connection, head, payload)
    }

    pub(super) fn sent_event(
        &mut self,
        key: SessionKey,
        arrival: u64,
        packet_identifier: Option<PacketIdentifier>,
        dup: bool,
    ) {
        if self.observed.messages
            && let Some(slot) = self.sessions.get(key.index())
        {
            let client_identifier = slot.session.client_identifier.clone();
            self.out.event(Event::MessageSent {
                client_identifier,
                arrival,
                packet_identifier,
                dup,
            });
        }
    }
}
