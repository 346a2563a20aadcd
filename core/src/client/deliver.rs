//! Messages from the server: PUBLISH and how it is answered.
//!
//! A QoS 2 message is handed out at its PUBLISH, and its Packet Identifier stays in the Session
//! until PUBREL, so that a repeat is known as one whatever its DUP flag says (§4.3.3, method A).
//! A QoS 1 message is forgotten with its PUBACK: what comes after that is new.

use super::connection::Active;
use super::fault::Fault;
use super::{AcknowledgementMode, ClientEvent, IncomingMessage, ReceivedStage, Refusal};
use crate::codec::packet::{Ack, Publish};
use crate::codec::{Packet, PacketIdentifier, PacketType, QoS, ReasonCode};
use crate::topic::alias::AliasError;
use crate::topic::{TopicError, TopicLimits, TopicName};

impl Active<'_> {
    /// PUBLISH came.
    pub(super) fn deliver(&mut self, publish: &Publish<'_>) -> Result<(), Fault> {
        let topic = self.resolve_topic(publish)?;
        match (publish.qos, publish.packet_identifier) {
            (QoS::AtMostOnce, _) => self.hand_out(publish, &topic),
            (QoS::AtLeastOnce, Some(identifier)) => {
                self.deliver_at_least_once(publish, &topic, identifier)?;
            }
            (QoS::ExactlyOnce, Some(identifier)) => {
                self.deliver_exactly_once(publish, &topic, identifier)?;
            }
            (QoS::AtLeastOnce | QoS::ExactlyOnce, None) => {
                return Err(Fault::protocol_error("PUBLISH without a packet identifier"));
            }
        }
        self.send_acknowledgements()
    }

    /// PUBREL came.
    pub(super) fn pub_rel(&mut self, ack: &Ack<'_>) -> Result<(), Fault> {
        let packet_identifier = ack.packet_identifier;
        self.connection.pub_recs.remove(packet_identifier);
        self.connection.receiving.remove(&packet_identifier);
        let reason_code = if self.session.remove_received(packet_identifier) {
            ReasonCode::SUCCESS
        } else {
            self.unexpected(PacketType::PubRel, packet_identifier);
            ReasonCode::PACKET_IDENTIFIER_NOT_FOUND // §3.7.2.1
        };
        // [MQTT-4.3.3-11]
        self.answer(&Packet::PubComp(Ack::new(packet_identifier, reason_code)))?;
        // A PUBREC that is not needed any more may have held back others.
        self.send_acknowledgements()
    }

    /// Decides how a message that waits for the application is acknowledged. It is sent by
    /// [`Self::send_acknowledgements`].
    pub(super) fn acknowledge(
        &mut self,
        packet_identifier: PacketIdentifier,
        reason_code: ReasonCode,
    ) -> Result<(), Refusal> {
        // [MQTT-3.4.2-1] [MQTT-3.5.2-1]: PUBACK and PUBREC have the same codes. That there are no
        // subscribers only a server says (§3.4.2.1).
        if !reason_code.is_allowed_in(PacketType::PubAck)
            || reason_code == ReasonCode::NO_MATCHING_SUBSCRIBERS
        {
            return Err(Refusal::ReasonCodeNotAllowed);
        }
        if !self.connection.version().has_properties() && reason_code != ReasonCode::SUCCESS {
            return Err(Refusal::NotInVersion);
        }
        if self.connection.pub_acks.decide(packet_identifier, reason_code)
            || self.connection.pub_recs.decide(packet_identifier, reason_code)
        {
            Ok(())
        } else {
            Err(Refusal::PacketIdentifierUnknown)
        }
    }

    /// Sends what is decided and not held back by one before it.
    pub(super) fn send_acknowledgements(&mut self) -> Result<(), Fault> {
        while let Some((packet_identifier, reason_code)) = self.connection.pub_acks.pop_decided() {
            // [MQTT-4.3.2-4]
            self.answer(&Packet::PubAck(Ack::new(packet_identifier, reason_code)))?;
        }
        while let Some((packet_identifier, reason_code)) = self.connection.pub_recs.pop_decided() {
            if reason_code.is_error() {
                // What comes next under this identifier is a new message [MQTT-4.3.3-9].
                self.session.remove_received(packet_identifier);
                self.connection.receiving.remove(&packet_identifier);
            } else {
                self.session.set_received(packet_identifier, ReceivedStage::AwaitingPubRel);
            }
            // [MQTT-4.3.3-8]
            self.answer(&Packet::PubRec(Ack::new(packet_identifier, reason_code)))?;
        }
        Ok(())
    }

    fn deliver_at_least_once(
        &mut self,
        publish: &Publish<'_>,
        topic: &TopicName,
        packet_identifier: PacketIdentifier,
    ) -> Result<(), Fault> {
        // Only before its PUBACK is the same identifier the same message [MQTT-4.3.2-5].
        if self.connection.pub_acks.contains(packet_identifier) {
            self.repeat(publish, packet_identifier);
            return Ok(());
        }
        self.connection.pub_acks.push(packet_identifier);
        self.check_receive_maximum()?;
        self.hand_out(publish, topic);
        if self.connection.config.acknowledgement_mode == AcknowledgementMode::Automatic {
            self.connection.pub_acks.decide(packet_identifier, ReasonCode::SUCCESS);
        }
        Ok(())
    }

    fn deliver_exactly_once(
        &mut self,
        publish: &Publish<'_>,
        topic: &TopicName,
        packet_identifier: PacketIdentifier,
    ) -> Result<(), Fault> {
        self.connection.receiving.insert(packet_identifier);
        self.check_receive_maximum()?;
        let stage = self.session.received_by(packet_identifier);
        match stage {
            // [MQTT-4.3.3-10]
            Some(_) => self.repeat(publish, packet_identifier),
            None => {
                self.session.set_received(packet_identifier, ReceivedStage::AwaitingApplication);
                self.hand_out(publish, topic);
            }
        }
        let is_answered = stage == Some(ReceivedStage::AwaitingPubRel);
        if is_answered || !self.connection.pub_recs.contains(packet_identifier) {
            self.connection.pub_recs.push(packet_identifier);
        }
        let mode = self.connection.config.acknowledgement_mode;
        if is_answered || mode == AcknowledgementMode::Automatic {
            self.connection.pub_recs.decide(packet_identifier, ReasonCode::SUCCESS);
        }
        Ok(())
    }

    fn hand_out(&mut self, publish: &Publish<'_>, topic: &TopicName) {
        let message = IncomingMessage::new(publish, topic.as_str());
        self.event(ClientEvent::Message(Box::new(message)));
    }

    fn repeat(&mut self, publish: &Publish<'_>, packet_identifier: PacketIdentifier) {
        let (qos, dup) = (publish.qos, publish.dup);
        self.event(ClientEvent::Repeat { packet_identifier, qos, dup });
    }

    /// Whether the server keeps to the Receive Maximum of CONNECT [MQTT-3.3.4-9].
    fn check_receive_maximum(&self) -> Result<(), Fault> {
        let connection = &self.connection;
        let unfinished = connection.pub_acks.len().saturating_add(connection.receiving.len());
        if unfinished > usize::from(connection.config.receive_maximum()) {
            let code = ReasonCode::RECEIVE_MAXIMUM_EXCEEDED;
            return Err(Fault::new(code, "more publishes than receive maximum"));
        }
        Ok(())
    }

    /// The topic of `publish`, which a Topic Alias may stand for.
    fn resolve_topic(&mut self, publish: &Publish<'_>) -> Result<TopicName, Fault> {
        let limits = &TopicLimits::PROTOCOL;
        let Some(alias) = publish.properties.topic_alias else {
            return TopicName::parse(publish.topic, limits).map_err(topic_name_fault);
        };
        // Up to the maximum that CONNECT named, all are taken [MQTT-3.3.2-10].
        let resolved = self.connection.incoming_aliases.resolve(alias, publish.topic, limits);
        resolved.map_err(|error| match error {
            AliasError::Topic(error) => topic_name_fault(error),
            AliasError::Zero | AliasError::AboveMaximum { .. } | AliasError::Unknown { .. } => {
                Fault::new(ReasonCode::TOPIC_ALIAS_INVALID, &error.to_string())
            }
        })
    }
}

fn topic_name_fault(error: TopicError) -> Fault {
    Fault::new(ReasonCode::TOPIC_NAME_INVALID, &format!("topic name: {error}"))
}
