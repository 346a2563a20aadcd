//! SUBSCRIBE and UNSUBSCRIBE.

use super::config::{Capabilities, V31SubscribeNotAuthorized};
use super::connection::ConnectionKey;
use super::retained::RetainedDelivery;
use super::route::To;
use super::{Broker, Event, Record, RecordSequence, SessionKey};
use crate::codec::packet::{
    ReasonCodes, ReasonProperties, RetainHandling, SubAck, Subscribe, SubscribeFilter, Unsubscribe,
};
use crate::codec::{Packet, ProtocolVersion, QoS, ReasonCode, SubscriptionIdentifier};
use crate::session::{ShareGroupName, Subscription};
use crate::topic::{SubscriptionFilter, TopicLimits};

/// What becomes of one Topic Filter of a SUBSCRIBE.
enum Granted {
    /// A code for SUBACK, and the record it waits for.
    Answer(ReasonCode, RecordSequence),
    /// The connection ends with this code.
    Close(ReasonCode, &'static str),
}

impl Broker {
    /// SUBSCRIBE came. Its filters are taken one after another `[MQTT-3.8.4-5]`
    /// `[MQTT3-3.8.4-4]`, and answered in one SUBACK `[MQTT-3.8.4-6]` `[MQTT3-3.8.4-5]`. SUBACK
    /// leaves first, then retained messages, then what is published from now on.
    pub(super) fn subscribe_received(&mut self, key: ConnectionKey, subscribe: &Subscribe<'_>) {
        let Some(connection) = self.connections.get(key.index()) else { return };
        let version = connection.version;
        let Some(session) = connection.session() else { return };
        let mut codes = Vec::with_capacity(subscribe.filters.len());
        let mut barrier = RecordSequence::default();
        let mut retained = Vec::new();
        for filter in subscribe.filters.iter() {
            let identifier = subscribe.subscription_identifier;
            match self.subscribe(session, version, &filter, identifier, &mut retained) {
                Granted::Answer(code, record) => {
                    codes.push(code);
                    barrier = barrier.max(record);
                }
                Granted::Close(reason, text) => return self.disconnect(key, reason, text),
            }
        }
        // [MQTT-3.8.4-1] [MQTT-3.8.4-2] [MQTT-3.9.3-1] [MQTT3-3.8.4-1] [MQTT3-3.8.4-2]
        let suback = SubAck {
            packet_identifier: subscribe.packet_identifier,
            reason_codes: ReasonCodes::from_slice(&codes),
            properties: ReasonProperties::default(),
        };
        self.send_behind(key, barrier, false, &Packet::SubAck(suback));
        if let Some(slot) = self.sessions.get_mut(session.index()) {
            // One that is not finished begins anew, so that a client which asks again and again
            // cannot make the list longer than its subscriptions. Asked for twice in one packet
            // it is given twice [MQTT-3.8.4-5], unless another packet finds it waiting.
            slot.retained.retain(|earlier| {
                !earlier.repeats && retained.iter().all(|one| one.filter != earlier.filter)
            });
            slot.retained.extend(retained);
        }
        self.groups_connected(session);
        self.pump(session);
    }

    /// One Topic Filter of a SUBSCRIBE.
    fn subscribe(
        &mut self,
        key: SessionKey,
        version: ProtocolVersion,
        asked: &SubscribeFilter<'_>,
        identifier: Option<SubscriptionIdentifier>,
        retained: &mut Vec<RetainedDelivery>,
    ) -> Granted {
        let filter = match self.check_filter(key, asked, identifier) {
            Ok(filter) => filter,
            Err(Granted::Answer(ReasonCode::NOT_AUTHORIZED, _))
                if version == ProtocolVersion::V3_1
                    && self.config.v3_1_subscribe_not_authorized
                        == V31SubscribeNotAuthorized::Grant =>
            {
                // A SUBACK of 3.1 knows no failure: the filter is granted and never matches.
                let code = ReasonCode::from_u8(asked.options.qos.bits());
                return Granted::Answer(code, RecordSequence::default());
            }
            Err(Granted::Answer(reason, _)) if version == ProtocolVersion::V3_1 => {
                return Granted::Close(reason, "");
            }
            Err(refused) => return refused,
        };
        let mut options = asked.options;
        options.qos = options.qos.min(self.told_capabilities(key).maximum_qos); // [MQTT-3.2.2-10]
        let subscription = Subscription { options, identifier };
        let Some(slot) = self.sessions.get_mut(key.index()) else {
            return Granted::Close(ReasonCode::UNSPECIFIED_ERROR, "");
        };
        // An identical filter replaces the subscription; what is queued stays [MQTT-3.8.4-3]
        // [MQTT-3.8.4-4] [MQTT3-3.8.4-3].
        let earlier = slot.session.subscriptions.insert(filter.clone(), subscription);
        let (recorded, number) = (slot.recorded, slot.session.number);
        self.insert_subscription(key, &filter, subscription);
        let wanted = match options.retain_handling {
            RetainHandling::Send => true,                   // [MQTT-3.3.1-9]
            RetainHandling::SendIfNew => earlier.is_none(), // [MQTT-3.3.1-10]
            RetainHandling::DoNotSend => false,             // [MQTT-3.3.1-11]
        };
        if let SubscriptionFilter::Plain(filter) = &filter
            && wanted
            && !self.retained.tree.is_empty()
        {
            // Retained messages are not sent for a Shared Subscription (§4.8.2).
            retained.push(RetainedDelivery {
                filter: filter.clone(),
                cursor: None,
                qos: options.qos,
                identifier,
                no_local: options.no_local,
                repeats: retained.iter().any(|one| one.filter == *filter),
            });
        }
        if self.observed.subscriptions
            && let Some(slot) = self.sessions.get(key.index())
        {
            self.out.event(Event::Subscribed {
                client_identifier: slot.session.client_identifier.clone(),
                filter: filter.clone(),
                qos: options.qos,
                replaced: earlier.is_some(),
            });
        }
        self.changed(key);
        let barrier = if recorded {
            self.record(Record::Subscribed { session: number, filter, subscription })
        } else {
            RecordSequence::default()
        };
        let granted = match options.qos {
            QoS::AtMostOnce => ReasonCode::GRANTED_QOS_0,
            QoS::AtLeastOnce => ReasonCode::GRANTED_QOS_1,
            QoS::ExactlyOnce => ReasonCode::GRANTED_QOS_2,
        };
        Granted::Answer(granted, barrier)
    }

    /// The rules that a Topic Filter can break.
    fn check_filter(
        &self,
        key: SessionKey,
        asked: &SubscribeFilter<'_>,
        identifier: Option<SubscriptionIdentifier>,
    ) -> Result<SubscriptionFilter, Granted> {
        let refused = |code| Err(Granted::Answer(code, RecordSequence::default()));
        let capabilities = self.told_capabilities(key);
        let limits = &self.config.limits;
        let Ok(filter) = SubscriptionFilter::parse(asked.filter, &limits.topic()) else {
            return refused(ReasonCode::TOPIC_FILTER_INVALID);
        };
        let shared = filter.share_name().is_some();
        if shared && asked.options.no_local {
            // [MQTT-3.8.3-4]
            let text = "no local does not go with a shared subscription";
            return Err(Granted::Close(ReasonCode::PROTOCOL_ERROR, text));
        }
        if shared && !capabilities.shared_subscription {
            return refused(ReasonCode::SHARED_SUBSCRIPTIONS_NOT_SUPPORTED);
        }
        if filter.filter().has_wildcard() && !capabilities.wildcard_subscription {
            return refused(ReasonCode::WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED);
        }
        if identifier.is_some() && !capabilities.subscription_identifiers {
            return refused(ReasonCode::SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED);
        }
        let Some(slot) = self.sessions.get(key.index()) else {
            return refused(ReasonCode::UNSPECIFIED_ERROR);
        };
        let session = &slot.session;
        if !self.policy.allows_subscription(session.principal.as_deref(), filter.filter()) {
            return refused(ReasonCode::NOT_AUTHORIZED);
        }
        let new = !session.subscriptions.contains_key(&filter);
        let too_many = session.subscriptions.len() >= limits.subscriptions_per_session_max as usize
            || (shared && slot.groups.len() >= usize::from(limits.share_groups_per_session_max));
        if new && too_many {
            return refused(ReasonCode::QUOTA_EXCEEDED);
        }
        Ok(filter)
    }

    /// What the client that holds a session was told is offered.
    fn told_capabilities(&self, key: SessionKey) -> Capabilities {
        self.sessions
            .get(key.index())
            .and_then(|slot| self.connections.get(slot.connection?.index()))
            .and_then(|connection| connection.active())
            .map_or(self.config.capabilities, |active| active.told.capabilities)
    }

    /// Lets messages be routed to a subscription.
    pub(super) fn insert_subscription(
        &mut self,
        key: SessionKey,
        filter: &SubscriptionFilter,
        subscription: Subscription,
    ) {
        match filter {
            SubscriptionFilter::Plain(filter) => {
                self.plain.insert(filter, key, subscription);
            }
            SubscriptionFilter::Shared { share_name, filter } => {
                let name =
                    ShareGroupName { share_name: share_name.clone(), filter: filter.clone() };
                self.join_group(name, key, subscription);
            }
        }
    }

    /// UNSUBSCRIBE came.
    pub(super) fn unsubscribe_received(
        &mut self,
        key: ConnectionKey,
        unsubscribe: &Unsubscribe<'_>,
    ) {
        let Some(session) = self.connections.get(key.index()).and_then(|one| one.session()) else {
            return;
        };
        let mut codes = Vec::with_capacity(unsubscribe.filters.len());
        let mut barrier = RecordSequence::default();
        for text in unsubscribe.filters.iter() {
            // It may have been subscribed to under other limits.
            let Ok(filter) = SubscriptionFilter::parse(text, &TopicLimits::PROTOCOL) else {
                codes.push(ReasonCode::TOPIC_FILTER_INVALID);
                continue;
            };
            // Compared character by character [MQTT-3.10.4-1] [MQTT3-3.10.4-1].
            let existed = self.remove_subscription(session, &filter);
            codes.push(if existed {
                ReasonCode::SUCCESS
            } else {
                ReasonCode::NO_SUBSCRIPTION_EXISTED
            });
            let Some(slot) = self.sessions.get(session.index()).filter(|_| existed) else {
                continue;
            };
            let (recorded, number) = (slot.recorded, slot.session.number);
            if self.observed.subscriptions {
                let client_identifier = slot.session.client_identifier.clone();
                let filter = filter.clone();
                self.out.event(Event::Unsubscribed { client_identifier, filter });
            }
            self.changed(session);
            if recorded {
                barrier = self.record(Record::Unsubscribed { session: number, filter });
            }
        }
        // [MQTT-3.10.4-4] [MQTT-3.10.4-5] [MQTT-3.11.3-1] [MQTT3-3.10.4-4] [MQTT3-3.10.4-5]
        let unsuback = SubAck {
            packet_identifier: unsubscribe.packet_identifier,
            reason_codes: ReasonCodes::from_slice(&codes),
            properties: ReasonProperties::default(),
        };
        self.send_behind(key, barrier, false, &Packet::UnsubAck(unsuback));
    }

    /// Ends a subscription: nothing is added for it any more `[MQTT-3.10.4-2]`
    /// `[MQTT3-3.10.4-2]`; what has been queued is still delivered. Returns whether it was there.
    pub(super) fn remove_subscription(
        &mut self,
        key: SessionKey,
        filter: &SubscriptionFilter,
    ) -> bool {
        let Some(slot) = self.sessions.get_mut(key.index()) else { return false };
        let existed = slot.session.subscriptions.remove(filter).is_some();
        match filter {
            SubscriptionFilter::Plain(filter) => {
                slot.retained.retain(|delivery| delivery.filter != *filter);
                self.plain.remove(filter, key);
            }
            SubscriptionFilter::Shared { share_name, filter } => {
                let name =
                    ShareGroupName { share_name: share_name.clone(), filter: filter.clone() };
                if let Some(group) = self.group_keys.get(&name).copied() {
                    self.group_member_leaves(group, key);
                }
            }
        }
        // A publisher may wait for a queue that its message is for no longer.
        self.note_room(To::Session(key));
        existed
    }
}
