//! Packets of a client that has its CONNACK, and the answers it is owed.

use std::cell::Cell;
use std::collections::BTreeSet;

use afterlink_core::Timestamp;
use afterlink_core::broker::QueueOverflow;
use afterlink_core::codec::packet::{Ack, Publish, RetainHandling, Subscribe, Unsubscribe};
use afterlink_core::codec::{PacketType, ProtocolVersion, QoS, ReasonCode};

use super::state::{Group, Kind, Message, Promise, Session, matches, shared};
use super::{Answer, Check, Link, Model, ensure};

impl Model {
    /// PUBLISH has come.
    pub(super) fn publish(&mut self, link: u64, publish: &Publish<'_>) -> Check {
        let now = self.now;
        let Some(entry) = self.links.get_mut(&link) else { return Ok(()) };
        let topic = resolve(entry, publish);
        let publisher = entry.client_identifier.clone();
        let is_v5 = entry.version == ProtocolVersion::V5;
        let Some(session) = self.state.sessions.get_mut(&publisher) else { return Ok(()) };
        let packet_type = match publish.qos {
            QoS::AtMostOnce | QoS::AtLeastOnce => PacketType::PubAck,
            QoS::ExactlyOnce => PacketType::PubRec,
        };
        let identifier = publish.packet_identifier.map(|identifier| identifier.get());
        if let Some(identifier) = identifier.filter(|_| publish.qos == QoS::ExactlyOnce)
            && !session.received.insert(identifier)
        {
            self.owe(link, packet_type, identifier, ReasonCode::SUCCESS, None);
            return Ok(());
        }
        // Two clients that share an identifier do not know of each other's messages.
        if let Some(identifier) = identifier.filter(|_| publish.qos == QoS::AtLeastOnce && is_v5)
            && session.received.contains(&identifier)
        {
            let code = ReasonCode::PACKET_IDENTIFIER_IN_USE;
            self.owe(link, packet_type, identifier, code, None);
            return Ok(());
        }
        let is_recorded = session.is_recorded && publish.qos == QoS::ExactlyOnce;
        if self.refused > 0 && is_v5 {
            self.figures.refused += 1;
            self.check_refusal(&topic, publish.qos)?;
            if let Some(identifier) = identifier {
                if let Some(session) = self.state.sessions.get_mut(&publisher) {
                    session.received.remove(&identifier);
                }
                self.owe(link, packet_type, identifier, ReasonCode::QUOTA_EXCEEDED, None);
            }
            return Ok(());
        }
        let expiry = publish.properties.message_expiry_interval;
        let user_properties = &publish.properties.user_properties;
        let message = self.route(Message {
            topic,
            payload: publish.payload.to_vec(),
            qos: publish.qos,
            retain: publish.retain,
            user_properties: user_properties.iter().count(),
            user_properties_len: user_properties.iter().map(|(k, v)| 5 + k.len() + v.len()).sum(),
            expires_at: expiry.map(|seconds| now.plus_seconds(seconds.into())),
            publisher,
            number: 0,
            sequence: 0,
            is_will: false,
            is_refusable: is_v5,
            is_recorded: Cell::default(),
        });
        if let Some(identifier) = identifier {
            let codes = vec![ReasonCode::SUCCESS];
            let message = (!is_recorded).then_some(message);
            let answer = Answer { identifier, codes, promised: Some(now), message };
            self.answer(link, packet_type, answer);
        }
        Ok(())
    }

    /// A publish was refused as a whole: somebody's queue has to be full.
    pub(super) fn check_refusal(&self, topic: &str, qos: QoS) -> Check {
        ensure!(
            self.config.queue_overflow == QueueOverflow::Refuse && qos > QoS::AtMostOnce,
            "I1",
            "a publish to {topic} was refused without a rule"
        );
        let max = self.config.limits.queue_messages_max as usize;
        let waits = |filter: &str, waiting: usize| waiting >= max && matches(filter, topic);
        let sessions = self.state.sessions.iter().any(|(client, session)| {
            // What it is given as retained waits with the rest, though not yet seen.
            let topics = self.state.retained.keys();
            let promised = topics.filter(|topic| {
                let mut promises = session.promises.iter();
                promises.any(|promise| matches(&promise.filter, topic))
            });
            let waiting = self.waiting_for(client) + promised.count() + 1;
            let mut filters = session.subscriptions.keys();
            filters.any(|filter| shared(filter).is_some() || waits(filter, waiting))
        });
        let groups = self.state.groups.iter().any(|(name, group)| {
            shared(name).is_some_and(|filter| waits(filter, group.waiting.len()))
        });
        ensure!(sessions || groups, "I1", "a publish to {topic} was refused, no queue is full");
        Ok(())
    }

    /// PUBACK or PUBCOMP has come.
    pub(super) fn acknowledged(&mut self, link: u64, ack: &Ack<'_>, qos: QoS) -> Check {
        let identifier = ack.packet_identifier.get();
        let Some((entry, session)) = self.parties(link) else { return Ok(()) };
        let flight = session.flights.get(&identifier);
        let ends = flight.is_some_and(|flight| {
            flight.owed.qos == qos && (qos == QoS::AtLeastOnce || flight.is_released)
        });
        if !ends {
            return Ok(());
        }
        entry.unacknowledged.remove(&identifier);
        let client = entry.client_identifier.clone();
        let flight = session.flights.remove(&identifier);
        let Some(flight) = flight.filter(|_| qos == QoS::AtLeastOnce) else { return Ok(()) };
        self.check_delivered(&client, qos, &flight.owed.message.payload)
    }

    /// PUBREC has come.
    pub(super) fn pubrec(&mut self, link: u64, ack: &Ack<'_>) -> Check {
        let (identifier, now) = (ack.packet_identifier.get(), self.now);
        let Some((entry, session)) = self.parties(link) else { return Ok(()) };
        let client = entry.client_identifier.clone();
        let order = session.next_order;
        session.next_order += 1;
        let is_recorded = session.is_recorded;
        let flight = session.flights.get_mut(&identifier);
        let Some(flight) = flight.filter(|flight| flight.owed.qos == QoS::ExactlyOnce) else {
            let code = ReasonCode::PACKET_IDENTIFIER_NOT_FOUND;
            self.owe(link, PacketType::PubRel, identifier, code, None);
            return Ok(());
        };
        if flight.is_released {
            self.owe(link, PacketType::PubRel, identifier, ReasonCode::SUCCESS, None);
            return Ok(());
        }
        flight.is_released = true;
        flight.link = link;
        flight.order = order;
        flight.since = now;
        let promised = (is_recorded && flight.owed.is_recorded).then_some(now);
        let payload = flight.owed.message.payload.clone();
        self.owe(link, PacketType::PubRel, identifier, ReasonCode::SUCCESS, promised);
        self.check_delivered(&client, QoS::ExactlyOnce, &payload)
    }

    /// PUBREL has come.
    pub(super) fn pubrel(&mut self, link: u64, ack: &Ack<'_>) -> Check {
        let (identifier, now) = (ack.packet_identifier.get(), self.now);
        let Some((_, session)) = self.parties(link) else { return Ok(()) };
        let is_known = session.received.remove(&identifier);
        let promised = (is_known && session.is_recorded).then_some(now);
        let code = match is_known {
            true => ReasonCode::SUCCESS,
            false => ReasonCode::PACKET_IDENTIFIER_NOT_FOUND,
        };
        self.owe(link, PacketType::PubComp, identifier, code, promised);
        Ok(())
    }

    /// SUBSCRIBE has come.
    pub(super) fn subscribe(&mut self, link: u64, subscribe: &Subscribe<'_>) -> Check {
        let (now, routed) = (self.now, self.state.routed);
        let identifier = subscribe.subscription_identifier.map(|identifier| identifier.get());
        let Some((entry, session)) = self.parties(link) else { return Ok(()) };
        let client = entry.client_identifier.clone();
        let (mut codes, mut groups) = (Vec::new(), Vec::new());
        for asked in subscribe.filters.iter() {
            let (filter, options) = (asked.filter.to_owned(), asked.options);
            codes.push(ReasonCode::from_u8(options.qos.bits()));
            let old = session.subscriptions.insert(filter.clone(), (options, identifier));
            if shared(&filter).is_some() {
                groups.push(filter);
                continue;
            }
            let is_wanted = match options.retain_handling {
                RetainHandling::Send => true,
                RetainHandling::SendIfNew => old.is_none(),
                RetainHandling::DoNotSend => false,
            };
            if is_wanted {
                session.forget_promise(&filter);
                session.promises.push(Promise {
                    filter,
                    qos: options.qos,
                    identifiers: identifier.into_iter().collect(),
                    no_local: options.no_local,
                    since: routed,
                    is_due: true,
                    given: BTreeSet::new(),
                });
            }
        }
        let promised = session.is_recorded.then_some(now);
        for group in groups {
            self.state.groups.entry(group).or_default().members.insert(client.clone());
        }
        let identifier = subscribe.packet_identifier.get();
        self.answer(
            link,
            PacketType::SubAck,
            Answer { identifier, codes, promised, message: None },
        );
        Ok(())
    }

    /// UNSUBSCRIBE has come.
    pub(super) fn unsubscribe(&mut self, link: u64, unsubscribe: &Unsubscribe<'_>) -> Check {
        let now = self.now;
        let Some((entry, session)) = self.parties(link) else { return Ok(()) };
        let (client, version) = (entry.client_identifier.clone(), entry.version);
        let mut codes = Vec::new();
        for filter in unsubscribe.filters.iter() {
            let existed = session.subscriptions.remove(filter).is_some();
            session.forget_promise(filter);
            codes.push(match existed {
                true => ReasonCode::SUCCESS,
                false => ReasonCode::NO_SUBSCRIPTION_EXISTED,
            });
        }
        let changed = codes.contains(&ReasonCode::SUCCESS);
        let promised = (session.is_recorded && changed).then_some(now);
        for filter in unsubscribe.filters.iter() {
            self.leave(filter, &client);
        }
        let codes = if version == ProtocolVersion::V5 { codes } else { Vec::new() };
        let identifier = unsubscribe.packet_identifier.get();
        self.answer(
            link,
            PacketType::UnsubAck,
            Answer { identifier, codes, promised, message: None },
        );
        Ok(())
    }

    /// PINGREQ has come.
    pub(super) fn owe_ping(&mut self, link: u64) {
        let answer = Answer { identifier: 0, codes: Vec::new(), promised: None, message: None };
        self.answer(link, PacketType::PingResp, answer);
    }

    /// A client is no member of a group any more. What is in its queue is still its own.
    fn leave(&mut self, name: &str, client: &str) {
        let Some(group) = self.state.groups.get_mut(name) else { return };
        group.members.remove(client);
        if !group.members.is_empty() {
            return;
        }
        let group = self.state.groups.remove(name).unwrap_or_default();
        self.leave_messages(group, Some(client));
    }

    /// What a group that is no more has left stays with those who hold it, of whom some may have
    /// been members before; the rest perhaps with the last member.
    pub(super) fn leave_messages(&mut self, group: Group, last: Option<&str>) {
        for mut owed in group.waiting {
            let holder = owed.holder.as_deref().or(last);
            let session = holder.and_then(|holder| self.state.sessions.get_mut(holder));
            let Some(session) = session else {
                self.left.push(owed);
                continue;
            };
            owed.is_recorded = session.is_recorded;
            session.waiting.push(owed);
            session.waiting.sort_by_key(|owed| owed.message.number);
        }
    }

    /// A connection and the Session it acts on.
    pub(super) fn parties(&mut self, link: u64) -> Option<(&mut Link, &mut Session)> {
        let link = self.links.get_mut(&link).filter(|link| link.is_attached || link.is_closing)?;
        let session = self.state.sessions.get_mut(&link.client_identifier)?;
        Some((link, session))
    }

    fn owe(
        &mut self,
        link: u64,
        packet_type: PacketType,
        identifier: u16,
        code: ReasonCode,
        promised: Option<Timestamp>,
    ) {
        let codes = vec![code];
        self.answer(link, packet_type, Answer { identifier, codes, promised, message: None });
    }

    fn answer(&mut self, link: u64, packet_type: PacketType, mut answer: Answer) {
        answer.promised = answer.promised.filter(|_| self.keeps_records);
        if let Some(link) = self.links.get_mut(&link) {
            link.answers.entry(packet_type).or_default().push_back(answer);
        }
    }

    /// A client has acknowledged a message: its application has been given it.
    fn check_delivered(&self, client: &str, qos: QoS, payload: &[u8]) -> Check {
        if self.excused.contains(client) || payload.is_empty() {
            return Ok(());
        }
        let key = (client.to_owned(), qos, payload.to_vec());
        let text = String::from_utf8_lossy(payload);
        ensure!(
            self.delivered.contains_key(&key),
            "client",
            "{client} acknowledged {text}, which its application was not given"
        );
        Ok(())
    }
}

/// The topic of a PUBLISH, which an alias may stand for.
fn resolve(link: &mut Link, publish: &Publish<'_>) -> String {
    let Some(alias) = publish.properties.topic_alias else { return publish.topic.to_owned() };
    if !publish.topic.is_empty() {
        link.aliases_in.insert(alias, publish.topic.to_owned());
    }
    link.aliases_in.get(&alias).cloned().unwrap_or_default()
}

impl Kind {
    /// Whether the rules of a subscription of its own tell all about it.
    pub(super) const fn is_certain(self) -> bool {
        matches!(self, Self::Live | Self::Retained)
    }
}
