//! PUBLISH from a client: checks, ownership, acknowledgement.

use super::config::V3PublishNotAuthorized;
use super::connection::{ConnectionKey, Told};
use super::receive::Taken;
use super::route::Origin;
use super::{Broker, SessionKey};
use crate::authorization::Action;
use crate::codec::packet::{Ack, Publish};
use crate::codec::{Packet, PacketIdentifier, QoS, ReasonCode};
use crate::session::MessageParts;
use crate::topic::TopicNameRef;

/// Why a PUBLISH is not taken.
enum Refusal {
    /// The connection ends with this code.
    Close(ReasonCode, &'static str),
    /// It is acknowledged with this code, and goes nowhere.
    Acknowledge(ReasonCode, &'static str),
}

impl Broker {
    /// PUBLISH came.
    pub(super) fn publish_received(&mut self, key: ConnectionKey, publish: &Publish<'_>) -> Taken {
        let limits = self.config.limits.topic();
        let Some(connection) = self.connections.get_mut(key.index()) else { return Taken::Done };
        let Some(active) = connection.active_mut() else { return Taken::Done };
        let session = active.session;
        let named;
        let topic = match publish.properties.topic_alias {
            None => TopicNameRef::parse(publish.topic, &limits),
            Some(alias) => match active.aliases_in.resolve(alias, publish.topic, &limits) {
                Ok(topic) => {
                    named = topic;
                    Ok(named.as_ref_name())
                }
                Err(crate::topic::alias::AliasError::Topic(error)) => Err(error),
                Err(_) => {
                    // [MQTT-3.3.2-8] [MQTT-3.3.2-9]
                    let reason = ReasonCode::TOPIC_ALIAS_INVALID;
                    self.disconnect(key, reason, "the topic alias is not known");
                    return Taken::Done;
                }
            },
        };
        let Ok(topic) = topic else {
            // [MQTT-3.3.2-2] [MQTT3-3.3.2-2]
            let reason = ReasonCode::TOPIC_NAME_INVALID;
            self.disconnect(key, reason, "the topic name is not valid");
            return Taken::Done;
        };
        if let Some(identifier) = self.known_exactly_once(session, publish) {
            // Its message is owned already: answered again, delivered not again, whatever DUP
            // says, and not judged again, as its PUBREL would never come after a refusal
            // [MQTT-4.3.3-10] [MQTT3-4.3.3-2]. What the first answer waited for, this one does
            // too: it stands behind it, or behind the CONNACK of a later connection.
            let pubrec = Ack::new(identifier, ReasonCode::SUCCESS);
            self.send(key, &Packet::PubRec(pubrec));
            return Taken::Done;
        }
        if let Err(refusal) = self.check_publish(key, session, publish, topic) {
            self.refuse_publish(key, publish, refusal);
            return Taken::Done;
        }
        self.own(key, session, publish, topic)
    }

    /// The identifier of a QoS 2 PUBLISH that has come before and waits for PUBREL.
    fn known_exactly_once(
        &self,
        session: SessionKey,
        publish: &Publish<'_>,
    ) -> Option<PacketIdentifier> {
        let identifier = publish.packet_identifier.filter(|_| publish.qos == QoS::ExactlyOnce)?;
        let slot = self.sessions.get(session.index())?;
        slot.session.received.contains(&identifier).then_some(identifier)
    }

    /// The rules that a PUBLISH can break.
    fn check_publish(
        &self,
        key: ConnectionKey,
        session: SessionKey,
        publish: &Publish<'_>,
        topic: TopicNameRef<'_>,
    ) -> Result<(), Refusal> {
        let connection = self.connections.get(key.index());
        let told = connection
            .and_then(|connection| connection.active())
            .map_or_else(|| Told::new(&self.config), |active| active.told);
        let capabilities = told.capabilities;
        if publish.qos > capabilities.maximum_qos {
            // [MQTT-3.2.2-11]
            return Err(Refusal::Close(ReasonCode::QOS_NOT_SUPPORTED, "the QoS is not supported"));
        }
        if publish.retain && !capabilities.retain {
            // [MQTT-3.2.2-14]
            let text = "retained messages are not supported";
            return Err(Refusal::Close(ReasonCode::RETAIN_NOT_SUPPORTED, text));
        }
        if let Some(response) = publish.properties.response_topic
            && TopicNameRef::parse(response, &self.config.limits.topic()).is_err()
        {
            // [MQTT-3.3.2-14]
            let text = "the response topic is not valid";
            return Err(Refusal::Close(ReasonCode::PROTOCOL_ERROR, text));
        }
        let slot = self.sessions.get(session.index());
        // Version 3 has neither rule nor code: there the publisher is held back, and QoS 1 and 2
        // do not get in each other's way.
        if publish.qos > QoS::AtMostOnce
            && let Some(connection) = connection.filter(|one| one.version.has_properties())
        {
            if connection.unacknowledged >= told.receive_maximum {
                let text = "more publishes than the receive maximum";
                return Err(Refusal::Close(ReasonCode::RECEIVE_MAXIMUM_EXCEEDED, text));
            }
            let in_use = slot.is_some_and(|slot| {
                publish.packet_identifier.is_some_and(|id| slot.session.received.contains(&id))
            });
            if in_use {
                let text = "the identifier belongs to a QoS 2 message";
                return Err(Refusal::Acknowledge(ReasonCode::PACKET_IDENTIFIER_IN_USE, text));
            }
        }
        let principal = slot.and_then(|slot| slot.session.principal.as_deref());
        // Topics that begin with $ are the server's own (§4.7.2).
        if topic.is_dollar() || !self.policy.allows(Action::Publish, principal, topic) {
            let text = "not authorized to publish to this topic";
            return Err(Refusal::Acknowledge(ReasonCode::NOT_AUTHORIZED, text));
        }
        if self.config.payload_format_validated
            && publish.properties.payload_format_indicator == Some(true)
            && core::str::from_utf8(publish.payload).is_err()
        {
            let text = "the payload is not UTF-8";
            return Err(Refusal::Acknowledge(ReasonCode::PAYLOAD_FORMAT_INVALID, text));
        }
        Ok(())
    }

    /// Answers a PUBLISH that is not taken.
    fn refuse_publish(&mut self, key: ConnectionKey, publish: &Publish<'_>, refusal: Refusal) {
        let Some(connection) = self.connections.get(key.index()) else { return };
        let speaks = connection.version.has_properties();
        self.counters.publishes_refused += 1;
        match refusal {
            Refusal::Close(reason, text) => self.disconnect(key, reason, text),
            Refusal::Acknowledge(ReasonCode::NOT_AUTHORIZED, text)
                if !speaks
                    && self.config.v3_publish_not_authorized == V3PublishNotAuthorized::Close =>
            {
                // [MQTT3-3.3.5-2]
                self.disconnect(key, ReasonCode::NOT_AUTHORIZED, text);
            }
            Refusal::Acknowledge(reason, text) => {
                let Some(identifier) = publish.packet_identifier else { return };
                let mut ack = Ack::new(identifier, reason);
                ack.properties.reason_string = Some(text);
                let packet = match publish.qos {
                    QoS::AtMostOnce => return,
                    QoS::AtLeastOnce => Packet::PubAck(ack),
                    // The identifier is not stored: a repeat is a new message [MQTT-4.3.3-9]. In
                    // version 3, whose PUBREC cannot refuse, its PUBREL is answered as any other.
                    QoS::ExactlyOnce => Packet::PubRec(ack),
                };
                self.send(key, &packet);
            }
        }
    }

    /// Takes ownership of a message `[MQTT-4.3.2-4]` `[MQTT-4.3.3-8]` and acknowledges it once
    /// that is as durable as promised.
    fn own(
        &mut self,
        key: ConnectionKey,
        session: SessionKey,
        publish: &Publish<'_>,
        topic: TopicNameRef<'_>,
    ) -> Taken {
        let now = self.now;
        // The scratch buffer holds what every subscriber is forwarded.
        let mut forwarded = core::mem::take(&mut self.forwarded);
        forwarded.clear();
        publish.properties.encode_forwarded(&mut forwarded);
        let expires_at = publish
            .properties
            .message_expiry_interval
            .map(|seconds| now.plus_seconds(u64::from(seconds)));
        let parts = MessageParts {
            topic: topic.as_str(),
            forwarded: &forwarded,
            payload: publish.payload,
            qos: publish.qos,
            retain: publish.retain,
            received_at: now,
            expires_at,
        };
        let taken = self.own_parts(key, session, publish.packet_identifier, topic, &parts);
        self.forwarded = forwarded;
        taken
    }

    fn own_parts(
        &mut self,
        key: ConnectionKey,
        session: SessionKey,
        identifier: Option<PacketIdentifier>,
        topic: TopicNameRef<'_>,
        parts: &MessageParts<'_>,
    ) -> Taken {
        if let Some(taken) = self.refuse_for_lack_of_room(key, session, identifier, topic, parts) {
            return taken;
        }
        if let Some(counter) =
            self.counters.messages_received.get_mut(usize::from(parts.qos.bits()))
        {
            *counter += 1;
        }
        let exactly_once = identifier.filter(|_| parts.qos == QoS::ExactlyOnce);
        if let Some(identifier) = exactly_once
            && let Some(slot) = self.sessions.get_mut(session.index())
        {
            slot.session.received.insert(identifier);
            self.changed(session);
        }
        let barrier = self.route(topic, parts, Origin::Client(session, exactly_once));
        let Some(identifier) = identifier else { return Taken::Done };
        let Some(connection) = self.connections.get_mut(key.index()) else { return Taken::Done };
        connection.unacknowledged = connection.unacknowledged.saturating_add(1);
        let ack = Ack::new(identifier, ReasonCode::SUCCESS);
        let packet = match parts.qos {
            QoS::AtMostOnce => return Taken::Done,
            QoS::AtLeastOnce => Packet::PubAck(ack),
            QoS::ExactlyOnce => Packet::PubRec(ack),
        };
        self.send_behind(key, barrier, parts.qos == QoS::AtLeastOnce, &packet);
        Taken::Done
    }

    /// Under the `refuse` policy, and for retained messages beyond their bound: whether the
    /// message is refused as a whole.
    fn refuse_for_lack_of_room(
        &mut self,
        key: ConnectionKey,
        session: SessionKey,
        identifier: Option<PacketIdentifier>,
        topic: TopicNameRef<'_>,
        parts: &MessageParts<'_>,
    ) -> Option<Taken> {
        let speaks =
            self.connections.get(key.index()).is_some_and(|one| one.version.has_properties());
        let quota = |broker: &mut Self, text| {
            let mut ack = Ack::new(identifier?, ReasonCode::QUOTA_EXCEEDED);
            ack.properties.reason_string = Some(text);
            broker.counters.publishes_refused += 1;
            let packet = match parts.qos {
                QoS::ExactlyOnce => Packet::PubRec(ack),
                QoS::AtMostOnce | QoS::AtLeastOnce => Packet::PubAck(ack),
            };
            broker.send(key, &packet);
            Some(Taken::Done)
        };
        if speaks && identifier.is_some() && !self.retained_fits(topic, parts) {
            return quota(self, "there are too many retained messages");
        }
        if self.config.queue_overflow != super::config::QueueOverflow::Refuse
            || parts.qos == QoS::AtMostOnce
        {
            return None;
        }
        let first = self.next_arrival;
        let targets = self.find_targets(topic, parts, Some(session));
        self.next_arrival = first;
        let refused_by = self.refused_by(&targets, parts);
        self.targets = targets;
        let queue = refused_by?;
        if speaks {
            return quota(self, "a subscriber's queue is full");
        }
        self.wait_for_room(key, queue)
    }
}
