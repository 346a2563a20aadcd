//! Messages to the server: PUBLISH and what answers it.
//!
//! A QoS 1 or 2 message is in flight from its first PUBLISH to PUBACK, PUBCOMP or a PUBREC of 0x80
//! and above. While it is, its Packet Identifier belongs to it and it holds a unit of send quota.
//! What has no quota waits in the outbox. Nothing is sent twice but on a new connection.

use std::sync::Arc;

use super::connection::Active;
use super::fault::Fault;
use super::message::borrowed;
use super::outbox::Waiting;
use super::output::Reason;
use super::{ClientEvent, InflightStage, OutgoingMessage, Refusal};
use crate::codec::packet::{Ack, Publish, PublishProperties};
use crate::codec::{Packet, PacketIdentifier, PacketType, ProtocolVersion, QoS, ReasonCode};
use crate::topic::alias::Alias;
use crate::topic::{TopicLimits, TopicNameRef};

/// Whether `message` can be said at all in `version`.
///
/// # Errors
///
/// If not.
pub(super) fn check(message: &OutgoingMessage, version: ProtocolVersion) -> Result<(), Refusal> {
    // [MQTT-4.7.0-1] [MQTT-4.7.3-1]
    TopicNameRef::parse(&message.topic, &TopicLimits::PROTOCOL)
        .map_err(|_| Refusal::TopicNameInvalid)?;
    if !version.has_properties() && !message.properties.is_empty() {
        return Err(Refusal::NotInVersion);
    }
    match &message.properties.response_topic {
        // [MQTT-3.3.2-14]
        Some(topic) if TopicNameRef::parse(topic, &TopicLimits::PROTOCOL).is_err() => {
            Err(Refusal::ResponseTopicInvalid)
        }
        Some(_) | None => Ok(()),
    }
}

impl Active<'_> {
    /// Publishes a new message, now if that is possible and else when it becomes so.
    pub(super) fn publish(&mut self, tag: u64, message: OutgoingMessage) -> Result<(), Refusal> {
        if message.qos == QoS::AtMostOnce {
            self.send_publish(&message, None, false)?;
            let reason = Reason::success();
            self.event(ClientEvent::Published { tag, packet_identifier: None, reason });
            return Ok(());
        }
        self.check_offered(&message)?;
        let waiting = Waiting { tag, message: Arc::new(message) };
        if self.outbox.is_empty()
            && self.send_quota() > 0
            && let Some(packet_identifier) = self.unused_packet_identifier()
        {
            return self.send_first(packet_identifier, waiting);
        }
        let limits = &self.connection.config.limits;
        self.outbox.push(waiting, limits)
    }

    /// Goes on with the Session on a new connection [MQTT-4.4.0-1].
    pub(super) fn resume(&mut self) -> Result<(), Fault> {
        let mut released = Vec::new();
        for (packet_identifier, inflight) in self.session.inflight_in_order() {
            if inflight.stage.message().is_none() {
                released.push(packet_identifier);
            } else {
                self.connection.resend.insert(inflight.position, packet_identifier);
            }
        }
        // In the order of their PUBREC [MQTT-4.6.0-4], and without regard to the send quota
        // [MQTT-3.3.4-8]. Their PUBLISH is not sent again [MQTT-4.3.3-6].
        for packet_identifier in released {
            let ack = Ack::new(packet_identifier, ReasonCode::SUCCESS);
            self.answer(&Packet::PubRel(ack))?;
        }
        self.send_waiting();
        Ok(())
    }

    /// Sends what waited for send quota or for a Packet Identifier: first what was in flight
    /// before, in its order [MQTT-4.6.0-1], then the outbox.
    pub(super) fn send_waiting(&mut self) {
        while self.send_quota() > 0
            && let Some((_, packet_identifier)) = self.connection.resend.pop_first()
        {
            self.resend(packet_identifier);
        }
        while self.send_quota() > 0
            && !self.outbox.is_empty()
            && let Some(packet_identifier) = self.unused_packet_identifier()
            && let Some(waiting) = self.outbox.pop()
        {
            let tag = waiting.tag;
            if let Err(refusal) = self.send_first(packet_identifier, waiting) {
                let packet_identifier = None;
                self.event(ClientEvent::PublishDropped { tag, packet_identifier, refusal });
            }
        }
    }

    /// PUBACK came.
    pub(super) fn pub_ack(&mut self, ack: &Ack<'_>) -> Result<(), Fault> {
        let packet_identifier = ack.packet_identifier;
        match self.stage(packet_identifier) {
            Some(InflightStage::AwaitingPubAck { .. }) => self.finish(ack, ack.reason_code),
            Some(InflightStage::AwaitingPubRec { .. } | InflightStage::AwaitingPubComp) => {
                return Err(Fault::protocol_error("PUBACK for a QoS 2 message"));
            }
            None => self.unexpected(PacketType::PubAck, packet_identifier),
        }
        Ok(())
    }

    /// PUBREC came.
    pub(super) fn pub_rec(&mut self, ack: &Ack<'_>) -> Result<(), Fault> {
        let packet_identifier = ack.packet_identifier;
        match self.stage(packet_identifier) {
            Some(InflightStage::AwaitingPubAck { .. }) => {
                return Err(Fault::protocol_error("PUBREC for a QoS 1 message"));
            }
            // No PUBREL follows, the message counts as acknowledged [MQTT-4.4.0-2].
            Some(_) if ack.reason_code.is_error() => self.finish(ack, ack.reason_code),
            Some(InflightStage::AwaitingPubRec { .. }) => {
                self.forget_resend(packet_identifier);
                self.session.await_pub_comp(packet_identifier);
                // [MQTT-4.3.3-4]
                let ack = Ack::new(packet_identifier, ReasonCode::SUCCESS);
                self.answer(&Packet::PubRel(ack))?;
            }
            Some(InflightStage::AwaitingPubComp) => {
                let ack = Ack::new(packet_identifier, ReasonCode::SUCCESS);
                self.answer(&Packet::PubRel(ack))?;
            }
            None => {
                self.unexpected(PacketType::PubRec, packet_identifier);
                if !ack.reason_code.is_error() {
                    // Lets the server end a flow that the client has forgotten (§3.6.2.1).
                    let code = ReasonCode::PACKET_IDENTIFIER_NOT_FOUND;
                    self.answer(&Packet::PubRel(Ack::new(packet_identifier, code)))?;
                }
            }
        }
        Ok(())
    }

    /// PUBCOMP came.
    pub(super) fn pub_comp(&mut self, ack: &Ack<'_>) -> Result<(), Fault> {
        let packet_identifier = ack.packet_identifier;
        match self.stage(packet_identifier) {
            // PUBREC has accepted the message; 0x92 only says that its flow was over already.
            Some(InflightStage::AwaitingPubComp) => self.finish(ack, ReasonCode::SUCCESS),
            Some(InflightStage::AwaitingPubAck { .. } | InflightStage::AwaitingPubRec { .. }) => {
                return Err(Fault::protocol_error("PUBCOMP before PUBREL"));
            }
            None => self.unexpected(PacketType::PubComp, packet_identifier),
        }
        Ok(())
    }

    pub(super) fn unexpected(
        &mut self,
        packet_type: PacketType,
        packet_identifier: PacketIdentifier,
    ) {
        self.event(ClientEvent::Unexpected { packet_type, packet_identifier });
    }

    fn stage(&self, packet_identifier: PacketIdentifier) -> Option<&InflightStage> {
        self.session.inflight_by(packet_identifier).map(|inflight| &inflight.stage)
    }

    /// Ends the flow that `ack` answers with `outcome`; what it held is free for those who wait.
    fn finish(&mut self, ack: &Ack<'_>, outcome: ReasonCode) {
        let packet_identifier = ack.packet_identifier;
        self.forget_resend(packet_identifier);
        if let Some(inflight) = self.session.remove_inflight(packet_identifier) {
            self.event(ClientEvent::Published {
                tag: inflight.tag,
                packet_identifier: Some(packet_identifier),
                reason: Reason::new(outcome, &ack.properties),
            });
        }
        self.send_waiting();
    }

    /// A server may answer from its own memory what this connection has not sent yet.
    fn forget_resend(&mut self, packet_identifier: PacketIdentifier) {
        if let Some(inflight) = self.session.inflight_by(packet_identifier) {
            self.connection.resend.remove(&inflight.position);
        }
    }

    /// Sends a message for the first time and notes it in the Session.
    fn send_first(
        &mut self,
        packet_identifier: PacketIdentifier,
        waiting: Waiting,
    ) -> Result<(), Refusal> {
        let Waiting { tag, message } = waiting;
        self.send_publish(&message, Some(packet_identifier), false)?;
        let stage = if message.qos == QoS::ExactlyOnce {
            InflightStage::AwaitingPubRec { message }
        } else {
            InflightStage::AwaitingPubAck { message }
        };
        self.session.add_inflight(packet_identifier, tag, stage);
        Ok(())
    }

    /// Sends a message in flight again. One that this server does not take any more must not be
    /// sent, and does not block those behind it.
    fn resend(&mut self, packet_identifier: PacketIdentifier) {
        let Some(inflight) = self.session.inflight_by(packet_identifier) else { return };
        let tag = inflight.tag;
        let Some(message) = inflight.stage.message().map(Arc::clone) else { return };
        // [MQTT-3.3.1-1]
        if let Err(refusal) = self.send_publish(&message, Some(packet_identifier), true) {
            self.session.remove_inflight(packet_identifier);
            let packet_identifier = Some(packet_identifier);
            self.event(ClientEvent::PublishDropped { tag, packet_identifier, refusal });
        }
    }

    fn send_publish(
        &mut self,
        message: &OutgoingMessage,
        packet_identifier: Option<PacketIdentifier>,
        dup: bool,
    ) -> Result<(), Refusal> {
        self.check_offered(message)?;
        let pairs = borrowed(&message.properties.user_properties);
        let mut publish = Publish {
            dup,
            qos: message.qos,
            retain: message.retain,
            topic: &message.topic,
            packet_identifier,
            properties: PublishProperties::default(),
            payload: &message.payload,
        };
        // A message of an earlier connection may have properties that this version cannot say.
        if !self.connection.version().has_properties() {
            return self.send(&Packet::Publish(publish));
        }
        publish.properties = message.properties.to_publish(&pairs);
        if self.connection.outgoing_aliases.maximum() == 0 {
            return self.send(&Packet::Publish(publish));
        }
        let Ok(topic) = TopicNameRef::parse(&message.topic, &TopicLimits::PROTOCOL) else {
            return Err(Refusal::TopicNameInvalid);
        };
        match self.connection.outgoing_aliases.assign(topic) {
            Alias::None => {}
            Alias::Known(alias) => {
                publish.topic = "";
                publish.properties.topic_alias = Some(alias);
            }
            Alias::New(alias) => {
                publish.properties.topic_alias = Some(alias);
                let Err(_) = self.send(&Packet::Publish(publish.clone())) else { return Ok(()) };
                // The alias may be what makes the packet too large.
                self.connection.outgoing_aliases.withdraw(topic);
                publish.properties.topic_alias = None;
            }
        }
        self.send(&Packet::Publish(publish))
    }

    /// Whether the server takes such messages.
    fn check_offered(&self, message: &OutgoingMessage) -> Result<(), Refusal> {
        if message.qos > self.connection.values.maximum_qos {
            return Err(Refusal::QosNotSupported); // [MQTT-3.2.2-11]
        }
        if message.retain && !self.connection.values.retain_available {
            return Err(Refusal::RetainNotSupported); // [MQTT-3.2.2-14]
        }
        Ok(())
    }
}
