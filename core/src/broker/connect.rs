//! CONNECT: who the client is, and which session it gets.

use std::sync::Arc;

use super::config::Authentication;
use super::connack::Settled;
use super::connection::{Active, Blocked, ConnectionKey, State, Told};
use super::output::AuthenticationRequest;
use super::timers::TimerKey;
use super::{Broker, Event, Record, RecordSequence, SessionEnd, SessionKey};
use crate::codec::packet::{Connect, Will};
use crate::codec::{ProtocolVersion, ReasonCode};
use crate::session::{ClientIdentifier, Session, WillMessage};
use crate::topic::TopicNameRef;
use crate::topic::alias::{IncomingAliases, OutgoingAliases};

/// A CONNECT that outlives its packet, since it has yet to be judged or answered.
#[derive(Clone, Debug)]
pub(super) struct PendingConnect {
    client_identifier: String,
    clean_start: bool,
    pub(super) keep_alive: u16,
    will: Option<WillMessage>,
    pub(super) session_expiry_interval: Option<u32>,
    receive_maximum: u16,
    topic_alias_maximum: u16,
    pub(super) response_information: bool,
    problem_information: bool,
    pub(super) authentication_method: Option<Arc<str>>,
}

/// Why a CONNECT is refused: the code, and a word on it.
type Refusal = (ReasonCode, &'static str);

impl Broker {
    /// CONNECT came, as the first packet.
    pub(super) fn connect(&mut self, key: ConnectionKey, connect: &Connect<'_>) {
        let Some(connection) = self.connections.get_mut(key.index()) else { return };
        connection.version = connect.version;
        if let Some(max) = connect.properties.maximum_packet_size {
            connection.packet_size_max = max as usize; // [MQTT-3.1.2-24]
        }
        let pending = match self.check_connect(connect) {
            Ok(pending) => pending,
            Err((reason, text)) => return self.refuse_connect(key, reason, text),
        };
        match self.config.authentication {
            Authentication::Anonymous if connect.properties.authentication_method.is_some() => {
                // [MQTT-4.12.0-1]
                self.refuse_connect(key, ReasonCode::BAD_AUTHENTICATION_METHOD, "no such method");
            }
            Authentication::Anonymous => self.accept_connect(key, pending, None, None),
            Authentication::Driver => {
                let request = AuthenticationRequest {
                    client_identifier: pending.client_identifier.clone(),
                    user_name: connect.user_name.map(str::to_owned),
                    password: connect.password.map(<[u8]>::to_vec),
                    method: connect.properties.authentication_method.map(str::to_owned),
                    data: connect.properties.authentication_data.map(<[u8]>::to_vec),
                    re_authentication: false,
                };
                let Some(connection) = self.connections.get_mut(key.index()) else { return };
                connection.state = State::Authenticating(Box::new(pending));
                let id = connection.id;
                self.out.authenticate(id, request);
                self.block(key, Blocked::Authentication);
            }
        }
    }

    /// What can be said of a CONNECT without knowing who sent it.
    fn check_connect(&self, connect: &Connect<'_>) -> Result<PendingConnect, Refusal> {
        self.check_client_identifier(connect)?;
        let will = match &connect.will {
            Some(will) => Some(self.check_will(will)?),
            None => None,
        };
        let properties = &connect.properties;
        Ok(PendingConnect {
            client_identifier: connect.client_identifier.to_owned(),
            clean_start: connect.clean_start,
            keep_alive: connect.keep_alive,
            will,
            session_expiry_interval: properties.session_expiry_interval,
            receive_maximum: properties.receive_maximum.unwrap_or(u16::MAX),
            topic_alias_maximum: properties.topic_alias_maximum.unwrap_or(0),
            response_information: properties.request_response_information.unwrap_or(false),
            problem_information: properties.request_problem_information.unwrap_or(true),
            authentication_method: properties.authentication_method.map(Arc::from),
        })
    }

    fn check_client_identifier(&self, connect: &Connect<'_>) -> Result<(), Refusal> {
        let identifier = connect.client_identifier;
        let refused = |text| Err((ReasonCode::CLIENT_IDENTIFIER_NOT_VALID, text));
        if identifier.len() > usize::from(self.config.limits.client_identifier_bytes_max) {
            return refused("the client identifier is too long");
        }
        match connect.version {
            ProtocolVersion::V3_1 if identifier.is_empty() => refused("empty"),
            ProtocolVersion::V3_1
                if identifier.chars().count() > 23 && !self.config.v3_1_long_client_identifiers =>
            {
                refused("more than 23 characters")
            }
            // [MQTT3-3.1.3-8]
            ProtocolVersion::V3_1_1 if identifier.is_empty() && !connect.clean_start => {
                refused("a kept session needs a client identifier")
            }
            ProtocolVersion::V3_1 | ProtocolVersion::V3_1_1 | ProtocolVersion::V5 => Ok(()),
        }
    }

    fn check_will(&self, will: &Will<'_>) -> Result<WillMessage, Refusal> {
        let capabilities = &self.config.capabilities;
        if will.qos > capabilities.maximum_qos {
            // [MQTT-3.2.2-12]
            return Err((ReasonCode::QOS_NOT_SUPPORTED, "the will's QoS is not supported"));
        }
        if will.retain && !capabilities.retain {
            // [MQTT-3.2.2-13]
            return Err((ReasonCode::RETAIN_NOT_SUPPORTED, "retained wills are not supported"));
        }
        let topic = TopicNameRef::parse(will.topic, &self.config.limits.topic())
            .map_err(|_| (ReasonCode::TOPIC_NAME_INVALID, "the will's topic is not valid"))?;
        if topic.is_dollar() {
            return Err((ReasonCode::NOT_AUTHORIZED, "topics that begin with $ are the server's"));
        }
        let properties = &will.properties;
        if let Some(response) = properties.response_topic
            && TopicNameRef::parse(response, &self.config.limits.topic()).is_err()
        {
            // [MQTT-3.3.2-14]
            return Err((ReasonCode::PROTOCOL_ERROR, "the will's response topic is not valid"));
        }
        let mut forwarded = Vec::new();
        properties.encode_forwarded(&mut forwarded);
        Ok(WillMessage {
            topic: will.topic.to_owned(),
            payload: will.payload.to_vec(),
            qos: will.qos,
            retain: will.retain,
            delay_interval: properties.will_delay_interval.unwrap_or(0),
            message_expiry_interval: properties.message_expiry_interval,
            forwarded,
        })
    }

    /// The client is who it says: it gets a session, its own or a new one.
    pub(super) fn accept_connect(
        &mut self,
        key: ConnectionKey,
        pending: PendingConnect,
        principal: Option<Arc<str>>,
        authentication_data: Option<&[u8]>,
    ) {
        let Some(version) = self.connections.get(key.index()).map(|one| one.version) else {
            return;
        };
        let assigned = pending.client_identifier.is_empty();
        let identifier = if assigned {
            self.assign_client_identifier() // [MQTT-3.1.3-6] [MQTT-3.1.3-7] [MQTT3-3.1.3-6]
        } else {
            ClientIdentifier::new(&pending.client_identifier)
        };
        if self.sessions.len() >= self.config.limits.sessions_max as usize {
            self.end_an_expired_session();
        }
        if let Err((reason, text)) = self.may_have_session(&identifier, principal.as_ref()) {
            return self.refuse_connect(key, reason, text);
        }
        self.take_over(&identifier);
        let (present, session) =
            self.session_for(identifier.clone(), pending.clean_start, principal);
        // The client must not be told that an earlier session is gone, however it ended, while
        // the record of that is still on its way.
        let ended = self.gate.ended(&identifier);
        let settled = Settled {
            session,
            present,
            assigned,
            expiry: self.granted_expiry(version, &pending),
            keep_alive: self.granted_keep_alive(version, pending.keep_alive),
        };
        let barrier = self.attach(key, &settled, &pending).max(ended);
        self.counters.connects_accepted += 1;
        self.connected_event(key, &settled);
        if self.acknowledge_connect(key, &settled, &pending, authentication_data, barrier) {
            self.pump(session);
            self.groups_connected(session);
        } else {
            // A client that takes no packet as large as its CONNACK could never use the
            // connection [MQTT-3.1.2-24], nor can one that is not told of it.
            self.drop_connection(key, ReasonCode::PACKET_TOO_LARGE);
        }
    }

    fn connected_event(&mut self, key: ConnectionKey, settled: &Settled) {
        if !self.observed.lifecycle {
            return;
        }
        let Some(connection) = self.connections.get(key.index()) else { return };
        let Some(slot) = self.sessions.get(settled.session.index()) else { return };
        self.out.event(Event::Connected {
            connection: connection.id,
            client_identifier: slot.session.client_identifier.clone(),
            version: connection.version,
            session_present: settled.present,
            address: connection.address,
        });
    }

    /// An identifier nobody can foretell, and that no session has, swept or not.
    fn assign_client_identifier(&mut self) -> ClientIdentifier {
        loop {
            let text =
                format!("afterlink-{:016x}{:016x}", self.random.number(), self.random.number());
            let identifier = ClientIdentifier::new(&text);
            if !self.session_keys.contains_key(&identifier) {
                return identifier;
            }
        }
    }

    /// Whether this principal may make, resume or wipe the session of this identifier.
    fn may_have_session(
        &self,
        identifier: &ClientIdentifier,
        principal: Option<&Arc<str>>,
    ) -> Result<(), Refusal> {
        let existing = self
            .session_keys
            .get(identifier)
            .and_then(|key| self.sessions.get(key.index()))
            .filter(|slot| !slot.session.is_expired(self.now));
        match existing {
            Some(slot) if slot.session.principal.as_ref() != principal => {
                Err((ReasonCode::NOT_AUTHORIZED, "the session belongs to somebody else"))
            }
            None if self.sessions.len() >= self.config.limits.sessions_max as usize
                && !self.session_keys.contains_key(identifier) =>
            {
                Err((ReasonCode::QUOTA_EXCEEDED, "there are too many sessions"))
            }
            _ => Ok(()),
        }
    }

    /// The newcomer wins: the connection that holds the session is told and ended first, so that
    /// nothing is ever in two connections `[MQTT-3.1.4-3]` `[MQTT3-3.1.4-2]`.
    fn take_over(&mut self, identifier: &ClientIdentifier) {
        let holder = self
            .session_keys
            .get(identifier)
            .and_then(|key| self.sessions.get(key.index()))
            .and_then(|slot| slot.connection);
        if let Some(holder) = holder {
            self.disconnect(holder, ReasonCode::SESSION_TAKEN_OVER, "another connection took it");
        }
    }

    /// The session for an identifier: whether it was there, and its key.
    fn session_for(
        &mut self,
        identifier: ClientIdentifier,
        clean_start: bool,
        principal: Option<Arc<str>>,
    ) -> (bool, SessionKey) {
        if let Some(key) = self.session_keys.get(&identifier).copied() {
            let expired =
                self.sessions.get(key.index()).is_none_or(|slot| slot.session.is_expired(self.now));
            if !expired && !clean_start {
                // [MQTT-3.1.2-5] [MQTT3-3.1.2-4]
                return (true, key);
            }
            // [MQTT-3.1.2-4] [MQTT-4.1.0-2] [MQTT3-3.1.2-6]
            let why = if expired { SessionEnd::Expired } else { SessionEnd::CleanStart };
            self.end_session(key, why);
        }
        // [MQTT-3.1.2-6]
        (false, self.start_session(identifier, principal))
    }

    /// Seconds the session will outlive this connection.
    fn granted_expiry(&self, version: ProtocolVersion, pending: &PendingConnect) -> u32 {
        let asked = match version {
            ProtocolVersion::V5 => pending.session_expiry_interval.unwrap_or(0),
            ProtocolVersion::V3_1 | ProtocolVersion::V3_1_1 if pending.clean_start => 0,
            ProtocolVersion::V3_1 | ProtocolVersion::V3_1_1 => Session::NEVER,
        };
        self.cap_expiry(asked)
    }

    /// An interval under the operator's cap.
    pub(super) fn cap_expiry(&self, asked: u32) -> u32 {
        self.config.limits.session_expiry_seconds_max.map_or(asked, |cap| asked.min(cap))
    }

    /// Seconds of Keep Alive: a 5.0 client can be told another value than its own
    /// `[MQTT-3.1.2-21]`, the others can not.
    fn granted_keep_alive(&self, version: ProtocolVersion, asked: u16) -> u16 {
        match self.config.limits.keep_alive_seconds_max {
            cap if !version.has_properties() || cap == 0 => asked,
            cap if asked == 0 => cap,
            cap => asked.min(cap),
        }
    }

    /// Ties connection and session together. Returns the record the CONNACK waits for.
    fn attach(
        &mut self,
        key: ConnectionKey,
        settled: &Settled,
        pending: &PendingConnect,
    ) -> RecordSequence {
        let limits = &self.config.limits;
        let window = usize::from(limits.inflight_messages_max.min(pending.receive_maximum));
        let active = Active {
            session: settled.session,
            told: Told::new(&self.config),
            // [MQTT-3.1.2-22] [MQTT3-3.1.2-24]
            silence_ms: u64::from(settled.keep_alive) * 1500,
            window,
            problem_information: pending.problem_information,
            requested_expiry: pending.session_expiry_interval.unwrap_or(0),
            aliases_in: IncomingAliases::new(limits.topic_alias_maximum),
            // [MQTT-3.1.2-26]
            aliases_out: OutgoingAliases::new(
                pending.topic_alias_maximum.min(limits.topic_alias_maximum),
            ),
            authentication_method: pending.authentication_method.clone(),
            re_authentication: None,
        };
        let nothing = RecordSequence::default();
        let Some(connection) = self.connections.get_mut(key.index()) else { return nothing };
        connection.state = State::Active(Box::new(active));
        if let Some(deadline) = connection.deadline.take() {
            self.timers.cancel(deadline, TimerKey::ConnectDeadline(key));
        }
        self.heard_from(key);
        self.session_connected(settled.session, key, settled.expiry, pending.will.clone());
        let Some(slot) = self.sessions.get(settled.session.index()) else { return nothing };
        let session = &slot.session;
        if !slot.recorded {
            return nothing;
        }
        let record = Record::Connected {
            session: session.number,
            client_identifier: session.client_identifier.clone(),
            principal: session.principal.clone(),
            expiry_interval: settled.expiry,
            will: session.will.clone(),
        };
        self.record(record)
    }
}
