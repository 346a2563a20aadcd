//! AUTH: extended authentication (§4.12). What the data mean, the application knows.

use super::connection::{Link, encode};
use super::fault::Fault;
use super::output::Reason;
use super::{Client, ClientEvent, ClientOutput, Refusal, Secret};
use crate::Timestamp;
use crate::codec::packet::{Auth, ReasonProperties};
use crate::codec::{Packet, ReasonCode};

impl Client {
    /// Sends AUTH.
    pub(super) fn authenticate(
        &mut self,
        now: Timestamp,
        reason_code: ReasonCode,
        data: Option<&Secret>,
    ) -> Result<(), Refusal> {
        let config = self.link.config().ok_or(Refusal::NotConnected)?;
        if !config.version.has_properties() {
            return Err(Refusal::NotInVersion);
        }
        // [MQTT-4.12.0-7]
        let method =
            config.authentication_method.as_deref().ok_or(Refusal::AuthenticationMethodMissing)?;
        let (allowed, maximum_packet_size) = match &self.link {
            // [MQTT-4.12.1-1]
            Link::Connected(connection) if !connection.reauthenticating => {
                (ReasonCode::RE_AUTHENTICATE, connection.values.maximum_packet_size)
            }
            // [MQTT-4.12.0-3]
            Link::Connected(connection) => {
                (ReasonCode::CONTINUE_AUTHENTICATION, connection.values.maximum_packet_size)
            }
            Link::Offline | Link::Connecting(_) => (ReasonCode::CONTINUE_AUTHENTICATION, None),
        };
        if reason_code != allowed {
            return Err(Refusal::ReasonCodeNotAllowed);
        }
        let auth = Auth {
            reason_code,
            authentication_method: Some(method), // [MQTT-4.12.0-5]
            authentication_data: data.map(Secret::as_bytes),
            properties: ReasonProperties::default(),
        };
        let bytes = encode(&Packet::Auth(auth), config.version, maximum_packet_size)?;
        self.outputs.push_back(ClientOutput::Transmit { bytes });
        match &mut self.link {
            Link::Offline => {}
            Link::Connecting(connecting) => connecting.last_sent = now,
            Link::Connected(connection) => {
                connection.last_sent = now;
                connection.reauthenticating = true;
            }
        }
        Ok(())
    }

    /// AUTH came.
    pub(super) fn auth(&mut self, now: Timestamp, auth: &Auth<'_>) -> Result<(), Fault> {
        let Some(config) = self.link.config() else { return Ok(()) };
        if config.authentication_method.is_none() {
            return Err(Fault::protocol_error("AUTH without being asked")); // [MQTT-4.12.0-6]
        }
        // [MQTT-4.12.0-5]
        if config.authentication_method.as_deref() != auth.authentication_method {
            return Err(Fault::protocol_error("AUTH with another authentication method"));
        }
        let is_continued = auth.reason_code == ReasonCode::CONTINUE_AUTHENTICATION;
        match &mut self.link {
            // The server is at work, so the wait for CONNACK starts again.
            Link::Connecting(connecting) if is_continued => connecting.last_sent = now,
            Link::Connected(connection) if connection.reauthenticating => {
                let is_done = auth.reason_code == ReasonCode::SUCCESS;
                if !is_continued && !is_done {
                    return Err(Fault::protocol_error("AUTH with the client's reason code"));
                }
                connection.reauthenticating = is_continued;
            }
            Link::Connected(_) | Link::Connecting(_) | Link::Offline => {
                return Err(Fault::protocol_error("AUTH out of order")); // [MQTT-4.12.0-2]
            }
        }
        self.event(ClientEvent::Authenticate {
            reason: Reason::new(auth.reason_code, &auth.properties),
            authentication_data: auth.authentication_data.map(<[u8]>::to_vec),
        });
        Ok(())
    }
}
