//! Acknowledgements from clients, and what is sent again after a reconnect.

use super::connection::ConnectionKey;
use super::{Broker, Event, Record, RecordSequence, SessionKey};
use crate::authorization::Action;
use crate::codec::packet::Ack;
use crate::codec::{Packet, PacketIdentifier, QoS, ReasonCode};
use crate::session::{DropCause, StageName};

impl Broker {
    /// PUBACK came: a QoS 1 message is delivered, or refused, which ends it too
    /// `[MQTT-4.4.0-2]`.
    pub(super) fn puback_received(&mut self, key: ConnectionKey, ack: &Ack<'_>) {
        self.complete(key, ack, StageName::AwaitingPubAck);
    }

    /// PUBCOMP came: a QoS 2 message is delivered.
    pub(super) fn pubcomp_received(&mut self, key: ConnectionKey, ack: &Ack<'_>) {
        self.complete(key, ack, StageName::AwaitingPubComp);
    }

    /// PUBREC came: PUBREL follows, unless the client refused the message.
    pub(super) fn pubrec_received(&mut self, key: ConnectionKey, ack: &Ack<'_>) {
        let identifier = ack.packet_identifier;
        let Some(session) = self.connections.get(key.index()).and_then(|one| one.session()) else {
            return;
        };
        if ack.reason_code.is_error() {
            // [MQTT-4.3.3-4]
            return self.complete(key, ack, StageName::AwaitingPubRec);
        }
        let now = self.now;
        let Some(slot) = self.sessions.get_mut(session.index()) else { return };
        let stage = slot.session.inflight.get(identifier).map(|message| message.stage_name());
        match stage {
            Some(StageName::AwaitingPubRec) => {
                slot.session.inflight.release(identifier, now);
                let recorded = slot.recorded;
                let number = slot.session.number;
                self.changed(session);
                let barrier = if recorded {
                    self.record(Record::PubRecReceived {
                        session: number,
                        packet_identifier: identifier,
                    })
                } else {
                    RecordSequence::default()
                };
                // [MQTT-4.3.3-5] [MQTT3-4.3.3-1]
                let pubrel = Ack::new(identifier, ReasonCode::SUCCESS);
                self.send_behind(key, barrier, false, &Packet::PubRel(pubrel));
            }
            Some(StageName::AwaitingPubComp) => {
                // The client asks again for what it was told, or will be as soon as the record
                // of it is persisted: this one stands behind that.
                let pubrel = Ack::new(identifier, ReasonCode::SUCCESS);
                self.send(key, &Packet::PubRel(pubrel));
            }
            Some(StageName::AwaitingPubAck) | None => {
                let pubrel = Ack::new(identifier, ReasonCode::PACKET_IDENTIFIER_NOT_FOUND);
                self.send(key, &Packet::PubRel(pubrel));
            }
        }
    }

    /// PUBREL came: the identifier of an incoming QoS 2 message is free again.
    pub(super) fn pubrel_received(&mut self, key: ConnectionKey, ack: &Ack<'_>) {
        let identifier = ack.packet_identifier;
        let Some(session) = self.connections.get(key.index()).and_then(|one| one.session()) else {
            return;
        };
        let Some(slot) = self.sessions.get_mut(session.index()) else { return };
        let known = slot.session.received.remove(&identifier);
        let (recorded, number) = (slot.recorded, slot.session.number);
        let mut barrier = RecordSequence::default();
        if known {
            self.changed(session);
            if recorded {
                // Were the identifier still kept after a crash, a later new message under it
                // would be taken for this one.
                barrier = self
                    .record(Record::Released { session: number, packet_identifier: identifier });
            }
        }
        let reason =
            if known { ReasonCode::SUCCESS } else { ReasonCode::PACKET_IDENTIFIER_NOT_FOUND };
        // [MQTT-4.3.3-11] [MQTT3-4.3.3-2]
        self.send_behind(key, barrier, known, &Packet::PubComp(Ack::new(identifier, reason)));
    }

    /// Ends the exchange of an inflight message that is at `stage`. An acknowledgement that fits
    /// none is no reason to end the connection.
    fn complete(&mut self, key: ConnectionKey, ack: &Ack<'_>, stage: StageName) {
        let identifier = ack.packet_identifier;
        let Some(session) = self.connections.get(key.index()).and_then(|one| one.session()) else {
            return;
        };
        let Some(slot) = self.sessions.get_mut(session.index()) else { return };
        let at = slot.session.inflight.get(identifier).map(|message| message.stage_name());
        if at != Some(stage) {
            return;
        }
        slot.session.inflight.finish(identifier);
        let (recorded, number) = (slot.recorded, slot.session.number);
        if self.observed.messages {
            self.out.event(Event::MessageAcknowledged {
                client_identifier: slot.session.client_identifier.clone(),
                packet_identifier: identifier,
                reason_code: ack.reason_code,
            });
        }
        self.changed(session);
        if recorded {
            self.record(Record::Completed { session: number, packet_identifier: identifier });
        }
        self.pump(session);
    }

    /// Sends again what was not acknowledged on an earlier connection `[MQTT-4.4.0-1]`
    /// `[MQTT3-4.4.0-1]`.
    pub(super) fn resend(
        &mut self,
        session: SessionKey,
        connection: ConnectionKey,
        identifier: PacketIdentifier,
    ) {
        if let Some(cause) = self.may_not_resend(session, connection, identifier) {
            return self.give_up(session, identifier, cause);
        }
        let now = self.now;
        let Some(slot) = self.sessions.get_mut(session.index()) else { return };
        slot.session.inflight.resent(identifier, now);
        let released = slot
            .session
            .inflight
            .get(identifier)
            .is_some_and(|message| message.stage_name() == StageName::AwaitingPubComp);
        self.changed(session);
        // The CONNACK of this connection waited for the records of all earlier ones, so that
        // what stands behind it needs no barrier of its own.
        if released {
            let pubrel = Ack::new(identifier, ReasonCode::SUCCESS);
            self.send(connection, &Packet::PubRel(pubrel));
            return;
        }
        let barrier = RecordSequence::default();
        let waits =
            self.connections.get(connection.index()).is_some_and(|one| !one.held.is_empty());
        if waits {
            let held = super::connection::Held::Publish { barrier, packet_identifier: identifier };
            self.hold(connection, barrier, held);
        } else {
            self.send_inflight(connection, identifier);
        }
    }

    /// Why an inflight message cannot be sent again on this connection, if so: it is larger than
    /// this client now takes, or may not be received any more.
    fn may_not_resend(
        &self,
        session: SessionKey,
        connection: ConnectionKey,
        identifier: PacketIdentifier,
    ) -> Option<DropCause> {
        let slot = self.sessions.get(session.index())?;
        let message = slot.session.inflight.get(identifier)?;
        let outgoing = message.outgoing()?;
        let connection = self.connections.get(connection.index())?;
        let head = crate::codec::PublishHead {
            dup: true,
            qos: message.qos(),
            retain: outgoing.retain,
            topic: outgoing.message.topic(),
            packet_identifier: Some(identifier),
            message_expiry_interval: outgoing.message.expiry_interval_left(self.now),
            topic_alias: None,
            subscription_identifiers: outgoing.identifiers.as_slice(),
            forwarded: outgoing.message.forwarded(),
            payload_len: outgoing.message.payload().len(),
        };
        if head.packet_len(connection.version) > connection.packet_size_max {
            return Some(DropCause::TooLarge); // [MQTT-3.1.2-25]
        }
        if self.policy.allows_all() {
            return None;
        }
        let principal = slot.session.principal.as_deref();
        let allowed = outgoing
            .message
            .topic_name()
            .is_some_and(|topic| self.policy.allows(Action::Receive, principal, topic));
        (!allowed).then_some(DropCause::NotAuthorized)
    }

    /// Forgets an inflight message that will not be delivered, and frees its identifier.
    fn give_up(&mut self, key: SessionKey, identifier: PacketIdentifier, cause: DropCause) {
        let Some(slot) = self.sessions.get_mut(key.index()) else { return };
        let Some(message) = slot.session.inflight.finish(identifier) else { return };
        let (recorded, number) = (slot.recorded, slot.session.number);
        debug_assert!(message.qos() > QoS::AtMostOnce);
        if let Some(outgoing) = message.outgoing() {
            self.count_drop(key, outgoing.message.name(), cause);
        }
        if recorded {
            self.record(Record::Completed { session: number, packet_identifier: identifier });
        }
        self.changed(key);
    }
}
