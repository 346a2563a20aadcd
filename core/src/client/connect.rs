//! CONNECT and CONNACK: how a connection begins, and which half of a Session survives that.
//!
//! The client holds a Session from the first CONNACK that accepts one. CONNECT with Clean Start
//! discards it at once; CONNACK says what the server holds:
//!
//! | the client holds | Session Present 1 | Session Present 0                  |
//! |------------------|-------------------|------------------------------------|
//! | a Session        | it is resumed     | it is discarded, a new one begins  |
//! | none             | the client closes | a new one begins                   |
//!
//! The standard demands to close of version 5 only and leaves the choice to a client of 3.1.1;
//! ours closes there too, since a server that remembers Packet Identifiers of a client that does
//! not would take its new messages for repeats. MQTT 3.1 has no Session Present: what the client
//! holds counts.

use std::sync::Arc;

use super::connection::{Connecting, Connection, Link, encode};
use super::fault::Fault;
use super::message::{borrowed, owned};
use super::output::{Connected, Details, Reason};
use super::{
    Client, ClientConfig, ClientEvent, ClientOutput, ClientSession, ConnectionValues, DiscardCause,
    DisconnectCause, Refusal, WillConfig,
};
use crate::Timestamp;
use crate::codec::packet::{
    ConnAck, ConnAckProperties, Connect, ConnectProperties, Disconnect, Will,
};
use crate::codec::{Deframer, Packet, ProtocolVersion, QoS, ReasonCode, UserProperties};
use crate::topic::{TopicLimits, TopicNameRef};

impl Client {
    /// A Network Connection is there: CONNECT is the first packet on it [MQTT-3.1.0-1].
    pub(super) fn open(&mut self, now: Timestamp) {
        if !matches!(self.link, Link::Offline) {
            self.end(DisconnectCause::Network);
        }
        self.deframer = Deframer::new();
        let client_identifier = self.next_client_identifier();
        match connect(&self.config, &client_identifier) {
            Ok(bytes) => {
                self.discard_foreign_session(&client_identifier);
                self.outputs.push_back(ClientOutput::Transmit { bytes });
                let config = Arc::clone(&self.config);
                let connecting = Connecting {
                    config,
                    client_identifier,
                    last_sent: now,
                    maximum_packet_size: None,
                };
                self.link = Link::Connecting(Box::new(connecting));
            }
            Err(refusal) => {
                self.event(ClientEvent::CommandRefused { tag: None, refusal });
                self.outputs.push_back(ClientOutput::Close);
            }
        }
    }

    /// CONNACK came.
    pub(super) fn conn_ack(&mut self, now: Timestamp, ack: &ConnAck<'_>) -> Result<(), Fault> {
        let Link::Connecting(connecting) = &mut self.link else {
            return Err(Fault::protocol_error("second CONNACK")); // [MQTT-3.2.0-2]
        };
        if ack.reason_code != ReasonCode::SUCCESS {
            self.refused(ack);
            return Ok(());
        }
        // What this CONNACK has wrong is told within what it says [MQTT-3.2.2-15].
        connecting.maximum_packet_size = ack.properties.maximum_packet_size;
        let config = Arc::clone(&connecting.config);
        // [MQTT-4.12.0-5] [MQTT-4.12.0-6]
        if ack.properties.authentication_method != config.authentication_method.as_deref()
            && config.version.has_properties()
        {
            return Err(Fault::protocol_error("CONNACK with another authentication method"));
        }
        let values = connection_values(connecting, &ack.properties)?;
        let connection = Connection::new(connecting, values.clone());
        let holds_session = self.session.is_some();
        let is_present = match config.version {
            ProtocolVersion::V3_1 => holds_session,
            ProtocolVersion::V3_1_1 | ProtocolVersion::V5 => ack.session_present,
        };
        if is_present && !holds_session {
            return self.close_without_state(&config);
        }
        if !is_present {
            self.discard_session(DiscardCause::SessionNotPresent); // [MQTT-3.2.2-5]
        }
        let identifier = values.client_identifier.clone();
        self.session.get_or_insert_with(|| ClientSession::new(identifier));
        self.link = Link::Connected(Box::new(connection));
        self.event(ClientEvent::Connected(Box::new(connected(ack, is_present, values))));
        self.active(now).map_or(Ok(()), |mut active| active.resume())
    }

    fn refused(&mut self, ack: &ConnAck<'_>) {
        self.link = Link::Offline;
        self.outputs.push_back(ClientOutput::Close);
        let server_reference = ack.properties.server_reference.map(str::to_owned);
        let reason = Reason { code: ack.reason_code, details: details(&ack.properties) };
        self.event(ClientEvent::ConnectionRefused { reason, server_reference });
    }

    /// The server has a Session and the client has none [MQTT-3.2.2-4]. After Clean Start that is
    /// the server's fault [MQTT-3.2.2-2]; else the client leaves in peace, without its Will.
    fn close_without_state(&mut self, config: &ClientConfig) -> Result<(), Fault> {
        if config.clean_start {
            return Err(Fault::protocol_error("session present after clean start"));
        }
        let disconnect = Packet::Disconnect(Disconnect::new(ReasonCode::NORMAL_DISCONNECTION));
        if let Ok(bytes) = encode(&disconnect, config.version, self.server_packet_size()) {
            self.outputs.push_back(ClientOutput::Transmit { bytes });
        }
        self.close(DisconnectCause::SessionPresentWithoutState);
        Ok(())
    }

    /// The identifier for the next CONNECT. An assigned one lives as long as its Session.
    fn next_client_identifier(&self) -> String {
        match &self.session {
            Some(session)
                if self.config.client_identifier.is_empty() && !self.config.clean_start =>
            {
                session.client_identifier().to_owned()
            }
            Some(_) | None => self.config.client_identifier.clone(),
        }
    }

    fn discard_foreign_session(&mut self, client_identifier: &str) {
        if self.config.clean_start {
            self.discard_session(DiscardCause::CleanStart); // [MQTT-3.1.2-4]
        }
        let owner = self.session.as_ref().map(ClientSession::client_identifier);
        if owner.is_some_and(|owner| owner != client_identifier) {
            self.discard_session(DiscardCause::ClientIdentifierChanged); // [MQTT-3.1.3-2]
        }
    }
}

/// The bytes of CONNECT.
fn connect(config: &ClientConfig, client_identifier: &str) -> Result<Vec<u8>, Refusal> {
    check(config, client_identifier)?;
    let pairs = borrowed(&config.user_properties);
    let will_properties = config.will.as_ref().map(|will| &will.properties.user_properties);
    let will_pairs = will_properties.map(|pairs| borrowed(pairs)).unwrap_or_default();
    let properties = ConnectProperties {
        session_expiry_interval: config.session_expiry_interval,
        receive_maximum: config.receive_maximum,
        maximum_packet_size: config.maximum_packet_size,
        topic_alias_maximum: config.topic_alias_maximum,
        request_response_information: config.request_response_information,
        request_problem_information: config.request_problem_information,
        user_properties: UserProperties::from_pairs(&pairs),
        authentication_method: config.authentication_method.as_deref(),
        authentication_data: config.authentication_data.as_ref().map(|data| data.as_bytes()),
    };
    let connect = Connect {
        version: config.version,
        clean_start: config.clean_start,
        keep_alive: config.keep_alive,
        client_identifier,
        will: config.will.as_ref().map(|will| Will {
            qos: will.qos,
            retain: will.retain,
            topic: &will.topic,
            payload: &will.payload,
            properties: will.properties.to_will(will.will_delay_interval, &will_pairs),
        }),
        user_name: config.user_name.as_deref(),
        password: config.password.as_ref().map(|password| password.as_bytes()),
        properties,
    };
    encode(&Packet::Connect(connect), config.version, None)
}

/// Whether a CONNECT of `config` can be legal.
fn check(config: &ClientConfig, client_identifier: &str) -> Result<(), Refusal> {
    if let Some(will) = &config.will {
        check_will(will, config.version)?;
    }
    let zero = [config.receive_maximum.map(u32::from), config.maximum_packet_size];
    if zero.contains(&Some(0)) {
        return Err(Refusal::ValueZero);
    }
    if config.version.has_properties() {
        return match (&config.authentication_method, &config.authentication_data) {
            (None, Some(_)) => Err(Refusal::AuthenticationMethodMissing),
            (_, _) => Ok(()),
        };
    }
    if config.password.is_some() && config.user_name.is_none() {
        return Err(Refusal::PasswordWithoutUserName); // [MQTT3-3.1.2-22]
    }
    // 3.1.1 lets the server make up an identifier only for a Session that ends with the connection
    // [MQTT3-3.1.3-7]; 3.1 always wants one.
    let is_needed = config.version == ProtocolVersion::V3_1 || !config.clean_start;
    if is_needed && client_identifier.is_empty() {
        return Err(Refusal::ClientIdentifierMissing);
    }
    let beyond_version = !config.user_properties.is_empty()
        || config.session_expiry_interval.is_some()
        || config.receive_maximum.is_some()
        || config.topic_alias_maximum.is_some()
        || config.request_response_information.is_some()
        || config.request_problem_information.is_some()
        || config.authentication_method.is_some()
        || config.authentication_data.is_some();
    if beyond_version { Err(Refusal::NotInVersion) } else { Ok(()) }
}

fn check_will(will: &WillConfig, version: ProtocolVersion) -> Result<(), Refusal> {
    if !version.has_properties()
        && (will.will_delay_interval.is_some() || !will.properties.is_empty())
    {
        return Err(Refusal::NotInVersion);
    }
    TopicNameRef::parse(&will.topic, &TopicLimits::PROTOCOL)
        .map_err(|_| Refusal::TopicNameInvalid)?;
    // The Will becomes a PUBLISH [MQTT-3.3.2-14].
    match &will.properties.response_topic {
        Some(topic) if TopicNameRef::parse(topic, &TopicLimits::PROTOCOL).is_err() => {
            Err(Refusal::ResponseTopicInvalid)
        }
        Some(_) | None => Ok(()),
    }
}

/// What is in force after CONNACK.
fn connection_values(
    connecting: &Connecting,
    properties: &ConnAckProperties<'_>,
) -> Result<ConnectionValues, Fault> {
    let config = &connecting.config;
    let client_identifier = match properties.assigned_client_identifier {
        Some(assigned) if connecting.client_identifier.is_empty() => assigned,
        // [MQTT-3.2.2-16]
        None if connecting.client_identifier.is_empty() && config.version.has_properties() => {
            return Err(Fault::protocol_error("no assigned client identifier"));
        }
        Some(_) | None => &connecting.client_identifier,
    };
    Ok(ConnectionValues {
        client_identifier: client_identifier.to_owned(),
        session_expiry_interval: properties
            .session_expiry_interval
            .unwrap_or_else(|| config.session_expiry_interval()),
        // [MQTT-3.1.2-21] [MQTT-3.2.2-21]
        keep_alive: properties.server_keep_alive.unwrap_or(config.keep_alive),
        receive_maximum: properties.receive_maximum.unwrap_or(u16::MAX),
        maximum_qos: properties.maximum_qos.unwrap_or(QoS::ExactlyOnce),
        retain_available: properties.retain_available.unwrap_or(true),
        maximum_packet_size: properties.maximum_packet_size,
        topic_alias_maximum: properties.topic_alias_maximum.unwrap_or(0),
        wildcard_subscription_available: properties.wildcard_subscription_available.unwrap_or(true),
        subscription_identifiers_available: properties
            .subscription_identifiers_available
            .unwrap_or(true),
        shared_subscription_available: properties.shared_subscription_available.unwrap_or(true),
    })
}

fn connected(ack: &ConnAck<'_>, resumed: bool, values: ConnectionValues) -> Connected {
    let properties = &ack.properties;
    Connected {
        session_present: ack.session_present,
        resumed,
        values,
        response_information: properties.response_information.map(str::to_owned),
        server_reference: properties.server_reference.map(str::to_owned),
        authentication_data: properties.authentication_data.map(<[u8]>::to_vec),
        details: details(properties),
    }
}

fn details(properties: &ConnAckProperties<'_>) -> Details {
    Details {
        reason_string: properties.reason_string.map(str::to_owned),
        user_properties: owned(&properties.user_properties),
    }
}
