//! Bytes from a client: from the network connection to the rule of each packet.

use core::net::IpAddr;

use super::connection::{Blocked, Connection, ConnectionKey, State};
use super::timers::TimerKey;
use super::{Broker, ConnectionId, DisconnectReason, Event};
use crate::codec::packet::Disconnect;
use crate::codec::{
    DecodeError, DecodeErrorKind, Deframer, Packet, PacketType, ProtocolVersion, ReasonCode,
    Sender, decode,
};

impl Broker {
    /// A network connection is there.
    pub(super) fn opened(&mut self, id: ConnectionId, send_credit: u32, address: Option<IpAddr>) {
        if self.connection_keys.contains_key(&id) {
            debug_assert!(false, "connection {id:?} was opened twice");
            return;
        }
        // One machine may show itself in either family.
        let address = address.map(|address| address.to_canonical());
        let counted = address.filter(|address| !address.is_loopback());
        let limits = &self.config.limits;
        let full = self.connections.len() + self.gate.closing() >= limits.connections_max as usize
            || counted.is_some_and(|address| {
                self.addresses.get(&address).copied().unwrap_or(0)
                    >= limits.connections_per_address_max
            });
        if full {
            self.counters.connections_refused += 1;
            self.out.close(id);
            return;
        }
        if let Some(address) = counted {
            *self.addresses.get_or_insert_with(address, || 0) += 1;
        }
        let deadline = self.now.plus_millis(u64::from(limits.connect_deadline_ms));
        let mut connection = Connection::new(id, send_credit, address);
        connection.deadline = Some(deadline);
        let key = ConnectionKey::new(self.connections.insert(connection));
        self.connection_keys.insert(id, key);
        self.timers.set(deadline, TimerKey::ConnectDeadline(key));
    }

    /// The network connection is gone.
    pub(super) fn closed(&mut self, id: ConnectionId) {
        match self.connection_keys.get(&id).copied() {
            Some(key) => self.end_connection(key, DisconnectReason::Network),
            None => self.gate.forget_closing(id),
        }
    }

    /// Bytes came.
    pub(super) fn received(&mut self, id: ConnectionId, bytes: &[u8]) {
        let Some(key) = self.connection_keys.get(&id).copied() else { return };
        self.take(key, bytes);
    }

    /// Takes packets from what was kept and from `bytes`, as far as the client is read from.
    pub(super) fn take(&mut self, key: ConnectionKey, mut bytes: &[u8]) {
        let Some(connection) = self.connections.get_mut(key.index()) else { return };
        let id = connection.id;
        let mut deframer = core::mem::take(&mut connection.deframer);
        let mut heard = false;
        loop {
            let Some(connection) = self.connections.get(key.index()) else { return };
            if connection.id != id {
                return;
            }
            if connection.blocked.is_some() {
                deframer.push(bytes);
                break;
            }
            let (version, packet_size_max) = (connection.version, self.packet_size_max(connection));
            let before = self.gate.barrier();
            match deframer.next(&mut bytes, packet_size_max) {
                Ok(Some(frame)) => match self.packet(key, version, frame) {
                    Taken::Done => {
                        heard = true;
                        self.hold_back(key, before);
                    }
                    Taken::NotYet => {
                        self.counters.packets_received -= 1; // It is counted when it is taken.
                        // The packet itself waits in front of what follows it.
                        let mut kept = Deframer::new();
                        kept.push(frame);
                        kept.push(deframer.kept());
                        kept.push(bytes);
                        deframer = kept;
                        break;
                    }
                },
                Ok(None) => break,
                Err(error) => {
                    self.refuse_bytes(key, &error, bytes);
                    return;
                }
            }
        }
        if heard {
            self.heard_from(key);
        }
        self.keep(key, deframer);
    }

    /// Bytes handed out have left.
    pub(super) fn flushed(&mut self, id: ConnectionId, len: u32) {
        let Some(key) = self.connection_keys.get(&id).copied() else { return };
        let Some(connection) = self.connections.get_mut(key.index()) else { return };
        connection.credit += i64::from(len);
        self.pump_connection(key);
        self.resume_if_answers_fit(key);
        self.reads_on(key);
    }

    /// Stops reading from a client.
    pub(super) fn block(&mut self, key: ConnectionKey, why: Blocked) {
        let Some(connection) = self.connections.get_mut(key.index()) else { return };
        if connection.blocked.replace(why).is_none() {
            let id = connection.id;
            self.out.read(id, false);
            // Keep Alive is not judged while nothing is read.
            self.stop_silence(key, why);
        }
    }

    /// Reads from a client again, what was kept first.
    pub(super) fn unblock(&mut self, key: ConnectionKey) {
        let Some(connection) = self.connections.get_mut(key.index()) else { return };
        let timer = connection.deadline_timer(key);
        let Some(why) = connection.blocked.take() else { return };
        if why == Blocked::Answers
            && let Some(at) = connection.deadline.take()
        {
            self.timers.cancel(at, timer);
        }
        let id = connection.id;
        self.heard_from(key);
        self.out.read(id, true);
        self.take(key, &[]);
    }

    /// The store has caught up.
    pub(super) fn unblock_unpersisted(&mut self, key: ConnectionKey) {
        let blocked = self.connections.get(key.index()).and_then(|connection| connection.blocked);
        if blocked == Some(Blocked::Unpersisted) {
            self.unblock(key);
        }
    }

    /// Reads again from a client that has read its answers.
    pub(super) fn resume_if_answers_fit(&mut self, key: ConnectionKey) {
        let Some(connection) = self.connections.get(key.index()) else { return };
        if connection.blocked == Some(Blocked::Answers)
            && self.unread_answers(connection) <= self.config.limits.unread_answers_bytes_max / 2
        {
            self.unblock(key);
        }
    }

    /// Answers that go beyond what the driver wanted to take, and answers that wait.
    fn unread_answers(&self, connection: &Connection) -> u32 {
        let beyond = u64::try_from(-connection.credit).unwrap_or(0);
        u32::try_from(beyond + connection.held_bytes).unwrap_or(u32::MAX)
    }

    fn packet_size_max(&self, connection: &Connection) -> usize {
        let limits = &self.config.limits;
        let bytes = match &connection.state {
            State::Active(active) => active.told.packet_size_bytes_max,
            State::AwaitingConnect | State::Authenticating(_) => {
                limits.packet_size_before_connect_bytes_max.min(limits.packet_size_bytes_max)
            }
        };
        bytes as usize
    }

    /// One whole packet, under the rules of the connection's state.
    fn packet(&mut self, key: ConnectionKey, version: ProtocolVersion, frame: &[u8]) -> Taken {
        let limits = self.config.limits.decode();
        // The packet is looked at where it was decoded: it is large, and moving it costs more than
        // most packets take to be dealt with.
        let decoded = decode(frame, version, Sender::Client, &limits);
        let packet = match &decoded {
            Ok(packet) => packet,
            Err(error) => {
                self.refuse_bytes(key, error, frame);
                return Taken::Done;
            }
        };
        self.counters.packets_received += 1;
        let Some(connection) = self.connections.get(key.index()) else { return Taken::Done };
        match (&connection.state, packet) {
            (State::Active(_), packet) => return self.active_packet(key, packet),
            (State::AwaitingConnect, Packet::Connect(_)) if self.is_store_behind() => {
                // Whoever comes, goes and comes again would be held back by nothing else.
                self.wait_for_store(key);
                return Taken::NotYet;
            }
            (State::AwaitingConnect, Packet::Connect(connect)) => self.connect(key, connect),
            // [MQTT-3.1.0-1] [MQTT3-3.1.0-1]
            (State::AwaitingConnect, _) => self.drop_connection(key, ReasonCode::PROTOCOL_ERROR),
            (State::Authenticating(_), Packet::Auth(auth)) => self.auth_during_connect(key, auth),
            (State::Authenticating(_), Packet::Disconnect(_)) => {
                self.out.close(connection.id);
                self.end_connection(key, DisconnectReason::Network);
            }
            // [MQTT-3.1.4-6]
            (State::Authenticating(_), _) => {
                self.refuse_connect(key, ReasonCode::PROTOCOL_ERROR, "AUTH was expected");
            }
        }
        Taken::Done
    }

    fn active_packet(&mut self, key: ConnectionKey, packet: &Packet<'_>) -> Taken {
        let mut taken = Taken::Done;
        match packet {
            Packet::Publish(publish) => {
                taken = self.publish_received(key, publish);
                if taken == Taken::Done {
                    self.got_on(key);
                }
            }
            Packet::PubAck(ack) => self.puback_received(key, ack),
            Packet::PubRec(ack) => self.pubrec_received(key, ack),
            Packet::PubRel(ack) => self.pubrel_received(key, ack),
            Packet::PubComp(ack) => self.pubcomp_received(key, ack),
            Packet::Subscribe(subscribe) => self.subscribe_received(key, subscribe),
            Packet::Unsubscribe(unsubscribe) => self.unsubscribe_received(key, unsubscribe),
            // [MQTT-3.12.4-1] [MQTT3-3.12.4-1]
            Packet::PingReq => self.send(key, &Packet::PingResp),
            Packet::Disconnect(disconnect) => self.disconnect_received(key, disconnect),
            Packet::Auth(auth) => self.auth_received(key, auth),
            // A second CONNECT is a Protocol Error [MQTT-3.1.0-2] [MQTT3-3.1.0-2], and what only
            // a server sends was refused by the codec.
            Packet::Connect(_)
            | Packet::ConnAck(_)
            | Packet::SubAck(_)
            | Packet::UnsubAck(_)
            | Packet::PingResp => self.disconnect(key, ReasonCode::PROTOCOL_ERROR, "not expected"),
        }
        self.stop_if_answers_pile_up(key);
        taken
    }

    /// Stops reading from a client that does not read.
    pub(super) fn stop_if_answers_pile_up(&mut self, key: ConnectionKey) {
        let Some(connection) = self.connections.get(key.index()) else { return };
        if connection.blocked.is_none()
            && self.unread_answers(connection) > self.config.limits.unread_answers_bytes_max
        {
            self.block(key, Blocked::Answers);
        }
    }

    /// Gives the deframer back to its connection, within the budget for unfinished packets.
    fn keep(&mut self, key: ConnectionKey, deframer: Deframer) {
        let Some(connection) = self.connections.get_mut(key.index()) else { return };
        let unfinished = deframer.buffered() as u64;
        self.unfinished_bytes = self.unfinished_bytes - connection.unfinished + unfinished;
        connection.unfinished = unfinished;
        connection.deframer = deframer;
        if unfinished > 0 && self.unfinished_bytes > self.config.limits.unfinished_packet_bytes_max
        {
            self.disconnect(key, ReasonCode::QUOTA_EXCEEDED, "too many unfinished packets");
        }
    }

    /// Bytes that are no packet: the connection ends `[MQTT-4.13.1-1]` `[MQTT3-4.8.0-1]`.
    fn refuse_bytes(&mut self, key: ConnectionKey, error: &DecodeError, frame: &[u8]) {
        let Some(connection) = self.connections.get_mut(key.index()) else { return };
        let told_by = |packet, reason: ReasonCode| {
            // A second CONNECT may be wrong in ways that only the first can be told of.
            if reason.is_allowed_in(packet) { reason } else { ReasonCode::PROTOCOL_ERROR }
        };
        let reason = error.reason_code();
        match connection.state {
            State::Active(_) => {
                return self.disconnect(key, told_by(PacketType::Disconnect, reason), "");
            }
            State::Authenticating(_) => {
                return self.refuse_connect(key, told_by(PacketType::ConnAck, reason), "");
            }
            State::AwaitingConnect => {}
        }
        // Only a client that has shown its version gets an answer to a bad CONNECT.
        if let DecodeErrorKind::ProtocolLevelUnsupported { level } = error.kind {
            // Bridges set the highest bit of their level, and clear it when they are refused.
            connection.version =
                if level & 0x7F < 5 { ProtocolVersion::V3_1_1 } else { ProtocolVersion::V5 };
            // [MQTT-3.1.2-2] [MQTT3-3.1.2-2]
            self.refuse_connect(key, ReasonCode::UNSUPPORTED_PROTOCOL_VERSION, "");
        } else if is_connect_of_version_5(frame) {
            self.refuse_connect(key, reason, "");
        } else {
            self.drop_connection(key, reason);
        }
    }

    /// Ends a connection that the broker has a reason to end: a 5.0 client is told which
    /// `[MQTT-4.13.1-1]`, and only after its CONNACK `[MQTT-3.14.0-1]`.
    pub(super) fn disconnect(&mut self, key: ConnectionKey, reason: ReasonCode, text: &str) {
        let Some(connection) = self.connections.get_mut(key.index()) else { return };
        // What waits for records is not sent any more; a DISCONNECT may go before it, but not
        // before the CONNACK.
        let told = !connection.awaits_connack();
        connection.held.clear();
        if told && connection.active().is_some() && connection.version.has_properties() {
            let mut disconnect = Disconnect::new(reason);
            disconnect.properties.reason_string = (!text.is_empty()).then_some(text);
            self.send_now(key, &Packet::Disconnect(disconnect));
        }
        self.drop_connection(key, reason);
    }

    /// Ends a connection without a word.
    pub(super) fn drop_connection(&mut self, key: ConnectionKey, reason_code: ReasonCode) {
        let Some(connection) = self.connections.get(key.index()) else { return };
        self.out.close(connection.id);
        self.end_connection(key, DisconnectReason::Broker { reason_code });
    }

    /// Forgets a connection; its session goes on by its own rules.
    pub(super) fn end_connection(&mut self, key: ConnectionKey, reason: DisconnectReason) {
        let Some(connection) = self.connections.try_remove(key.index()) else { return };
        self.connection_keys.remove(&connection.id);
        self.unfinished_bytes -= connection.unfinished;
        self.cancel_connection_timers(key, &connection);
        if let Some(address) = connection.address.filter(|address| !address.is_loopback())
            && let Some(count) = self.addresses.get_mut(&address)
        {
            *count -= 1;
            if *count == 0 {
                self.addresses.remove(&address);
            }
        }
        let session = connection.session();
        if self.observed.lifecycle {
            let client_identifier = session
                .and_then(|session| self.sessions.get(session.index()))
                .map(|slot| slot.session.client_identifier.clone());
            let connection = connection.id;
            self.out.event(Event::Disconnected { connection, client_identifier, reason });
        }
        if let Some(session) = session {
            self.session_disconnected(session, reason);
        }
    }
}

/// Whether a packet was dealt with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// It was.
    Done,
    /// It has to be taken again later; the connection is blocked.
    NotYet,
}

/// Whether bytes that failed to decode begin like the CONNECT of a 5.0 client, who can be told
/// why.
fn is_connect_of_version_5(frame: &[u8]) -> bool {
    frame.first() == Some(&0x10)
        && frame.windows(7).take(8).any(|window| window == b"\0\x04MQTT\x05")
}
