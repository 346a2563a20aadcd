//! Sessions and connections: CONNECT, DISCONNECT, their ends, and wills.

use std::collections::{BTreeMap, BTreeSet};

use afterlink_core::Timestamp;
use afterlink_core::codec::packet::{Connect, Disconnect};
use afterlink_core::codec::{ProtocolVersion, QoS, ReasonCode};
use afterlink_core::session::Session as Broker;

use super::state::{Kind, Owed, Session, Will};
use super::{Check, Link, Model, ensure};

impl Model {
    /// CONNECT has come.
    pub(super) fn connect(&mut self, link: u64, name: &str, connect: &Connect<'_>) -> Check {
        let client = connect.client_identifier;
        self.figures.v3_1 += u64::from(connect.version == ProtocolVersion::V3_1);
        if self.state.sessions.get(client).is_some_and(|session| session.link.is_some()) {
            self.detach(client, false);
        }
        let old = self.state.sessions.get(client);
        if old.is_some_and(|session| connect.clean_start || session.is_expired(self.now)) {
            self.end_session(client);
        }
        let is_present = self.state.sessions.contains_key(client);
        // A client that was never told of the new Session takes it for the one it knew, and what
        // it remembers of that for what is under way: MQTT has no answer to that.
        if self.state.sessions.get(client).is_some_and(|session| !session.is_told) {
            self.excused.insert(client.to_owned());
        }
        // One of MQTT 3.1 is never told, since its CONNACK has no Session Present: what it
        // remembers has to be what the broker does.
        let remembers = !self.forgetful.remove(client) && self.known.contains(client);
        self.known.insert(client.to_owned());
        let is_unaware = connect.version == ProtocolVersion::V3_1 && !connect.clean_start;
        if is_unaware && remembers != is_present {
            self.excused.insert(client.to_owned());
        }
        let now = self.now;
        if !is_present {
            self.state.sessions.insert(client.to_owned(), Session::new(now));
        }
        let due_at = self.state.sessions.get(client).and_then(|session| session.will_due_at);
        if due_at.is_some_and(|at| at <= now) {
            self.publish_will(client);
        }
        let new = self.link(name, connect);
        self.attach(client, link, connect);
        self.links.insert(link, Link { connack: Some((is_present, now)), ..new });
        Ok(())
    }

    /// The connection of a CONNECT.
    fn link(&self, name: &str, connect: &Connect<'_>) -> Link {
        let properties = &connect.properties;
        let is_v5 = connect.version == ProtocolVersion::V5;
        let limits = &self.config.limits;
        let (asked, cap) = (connect.keep_alive, limits.keep_alive_seconds_max);
        let window = properties.receive_maximum.unwrap_or(u16::MAX);
        let packet_size_max = properties.maximum_packet_size.unwrap_or(u32::MAX);
        Link {
            client: name.to_owned(),
            client_identifier: connect.client_identifier.to_owned(),
            version: connect.version,
            is_attached: true,
            is_closing: false,
            is_clean: connect.clean_start,
            connack: None,
            held_back: None,
            answers: BTreeMap::new(),
            last_heard: self.now,
            is_unread: false,
            keep_alive: if is_v5 && cap > 0 && (asked == 0 || asked > cap) { cap } else { asked },
            requested_expiry: properties.session_expiry_interval.unwrap_or(0),
            receive_maximum: usize::from(window.min(limits.inflight_messages_max)),
            packet_size_max: usize::try_from(packet_size_max).unwrap_or(usize::MAX),
            alias_max: properties.topic_alias_maximum.unwrap_or(0),
            aliases_out: BTreeMap::new(),
            aliases_in: BTreeMap::new(),
            unacknowledged: BTreeSet::new(),
            resent: None,
            released: None,
        }
    }

    fn attach(&mut self, client: &str, link: u64, connect: &Connect<'_>) {
        let asked = match connect.version {
            ProtocolVersion::V5 => connect.properties.session_expiry_interval.unwrap_or(0),
            ProtocolVersion::V3_1 | ProtocolVersion::V3_1_1 if connect.clean_start => 0,
            ProtocolVersion::V3_1 | ProtocolVersion::V3_1_1 => Broker::NEVER,
        };
        let cap = self.config.limits.session_expiry_seconds_max.unwrap_or(u32::MAX);
        let (now, keeps_records) = (self.now, self.keeps_records);
        let Some(session) = self.state.sessions.get_mut(client) else { return };
        session.link = Some(link);
        session.expiry = asked.min(cap);
        session.connected_at = now;
        session.disconnected_at = None;
        session.expires_at = None;
        session.will_due_at = None;
        session.is_recorded |= keeps_records && session.expiry > 0;
        session.will = connect.will.as_ref().map(|will| Will {
            topic: will.topic.to_owned(),
            payload: will.payload.to_vec(),
            qos: will.qos,
            retain: will.retain,
            delay: will.properties.will_delay_interval.unwrap_or(0),
            expiry: will.properties.message_expiry_interval,
        });
    }

    /// DISCONNECT has come.
    pub(super) fn disconnect(&mut self, link: u64, disconnect: &Disconnect<'_>) -> Check {
        let Some(entry) = self.links.get(&link) else { return Ok(()) };
        let (client, requested) = (entry.client_identifier.clone(), entry.requested_expiry);
        let cap = self.config.limits.session_expiry_seconds_max.unwrap_or(u32::MAX);
        let Some(session) = self.state.sessions.get_mut(&client) else { return Ok(()) };
        if let Some(asked) = disconnect.session_expiry_interval {
            ensure!(requested > 0 || asked == 0, "client", "a session of 0 s cannot be kept");
            if session.expiry > 0 {
                session.expiry = asked.min(cap);
            }
        }
        self.detach(&client, disconnect.reason_code == ReasonCode::NORMAL_DISCONNECTION);
        Ok(())
    }

    /// The connection that acted on a Session has ended.
    pub(super) fn detach(&mut self, client: &str, is_normal: bool) {
        let now = self.now;
        let Some(session) = self.state.sessions.get_mut(client) else { return };
        if let Some(link) = session.link.take().and_then(|link| self.links.get_mut(&link)) {
            link.is_attached = false;
            link.answers.clear();
        }
        session.disconnected_at = Some(now);
        session.expires_at = match session.expiry {
            Broker::NEVER => None,
            seconds => Some(now.plus_seconds(seconds.into())),
        };
        for promise in &mut session.promises {
            promise.is_due = false;
        }
        if is_normal {
            session.will = None;
        }
        session.will_due_at = session.will.as_ref().map(|will| {
            let due_at = now.plus_seconds(will.delay.into());
            session.expires_at.map_or(due_at, |end| end.min(due_at))
        });
        if session.expiry == 0 {
            self.end_session(client);
        } else if session.will_due_at.is_some_and(|at| at <= now) {
            self.publish_will(client);
        }
    }

    /// A Session ends, with all that it holds.
    pub(super) fn end_session(&mut self, client: &str) {
        self.figures.ended += 1;
        self.publish_will(client);
        let Some(session) = self.state.sessions.remove(client) else { return };
        for (name, group) in &mut self.state.groups {
            group.members.remove(client);
            // A QoS 2 message whose delivery has begun goes to nobody else.
            for flight in session.flights.values() {
                if flight.group.as_ref() == Some(name) && flight.owed.qos == QoS::AtLeastOnce {
                    group.waiting.push(Owed { is_seen: false, ..flight.owed.clone() });
                }
            }
        }
        let gone = self.state.groups.extract_if(.., |_, group| group.members.is_empty());
        for (_, group) in gone.collect::<Vec<_>>() {
            self.leave_messages(group, None);
        }
        for group in self.state.groups.values_mut() {
            for owed in &mut group.waiting {
                if owed.holder.as_deref() == Some(client) {
                    owed.holder = None;
                    owed.is_seen = false;
                }
            }
        }
    }

    /// A will is due: it is published as any message.
    pub(super) fn publish_will(&mut self, client: &str) {
        let Some(session) = self.state.sessions.get_mut(client) else { return };
        session.will_due_at = None;
        let Some(will) = session.will.take() else { return };
        self.figures.wills += 1;
        self.wills.push(client.to_owned());
        let expires_at = will.expiry.map(|seconds| self.now.plus_seconds(seconds.into()));
        let message = super::state::Message {
            topic: will.topic,
            payload: will.payload,
            qos: will.qos,
            retain: will.retain,
            user_properties: 0,
            user_properties_len: 0,
            expires_at,
            publisher: client.to_owned(),
            number: 0,
            sequence: 0,
            is_will: true,
            is_refusable: false,
            is_recorded: core::cell::Cell::default(),
        };
        self.route(message);
    }

    /// Whether a message of this kind and QoS is stored for a Session.
    pub(super) fn stores(session: &Session, qos: QoS, kind: Kind) -> bool {
        let is_away = session.link.is_none() && kind == Kind::Live;
        session.is_recorded && (qos > QoS::AtMostOnce || is_away)
    }

    /// When a client has to have been heard from again.
    pub(super) fn silence_ends(link: &Link) -> Option<Timestamp> {
        let ms = u64::from(link.keep_alive) * 1500;
        (link.is_attached && ms > 0).then(|| link.last_heard.plus_millis(ms))
    }
}
