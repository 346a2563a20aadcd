//! How a connection ends, and a Session with it or without.

use super::connection::{Link, encode};
use super::fault::Fault;
use super::output::{DiscardedPublish, Reason};
use super::{Client, ClientEvent, ClientOutput, DiscardCause, DisconnectCause, Refusal};
use crate::codec::packet::Disconnect;
use crate::codec::{Packet, ReasonCode};

impl Client {
    /// Sends DISCONNECT and closes [MQTT-3.14.4-1] [MQTT-3.14.4-2].
    pub(super) fn disconnect(
        &mut self,
        reason_code: ReasonCode,
        session_expiry_interval: Option<u32>,
    ) -> Result<(), Refusal> {
        let config = self.link.config().ok_or(Refusal::NotConnected)?;
        if config.version.has_properties() {
            if !is_sent_by_client(reason_code) {
                return Err(Refusal::ReasonCodeNotAllowed); // [MQTT-3.14.2-1]
            }
            // What CONNECT asked for counts, not what the server made of it (§3.14.2.2.2).
            let raises = session_expiry_interval.is_some_and(|seconds| seconds > 0);
            if raises && config.session_expiry_interval() == 0 {
                return Err(Refusal::SessionExpiryIntervalWasZero);
            }
        } else if reason_code != ReasonCode::NORMAL_DISCONNECTION
            || session_expiry_interval.is_some()
        {
            return Err(Refusal::NotInVersion);
        }
        let disconnect = Disconnect { session_expiry_interval, ..Disconnect::new(reason_code) };
        let bytes =
            encode(&Packet::Disconnect(disconnect), config.version, self.server_packet_size())?;
        self.outputs.push_back(ClientOutput::Transmit { bytes });
        if let (Link::Connected(connection), Some(seconds)) =
            (&mut self.link, session_expiry_interval)
        {
            connection.values.session_expiry_interval = seconds;
        }
        self.close(DisconnectCause::Requested);
        Ok(())
    }

    /// DISCONNECT came, which only version 5 lets a server send.
    pub(super) fn disconnected(&mut self, disconnect: &Disconnect<'_>) {
        self.close(DisconnectCause::Server {
            reason: Reason::new(disconnect.reason_code, &disconnect.properties),
            server_reference: disconnect.server_reference.map(str::to_owned),
        });
    }

    /// Ends the connection because of the server's `fault`, and says so if the version can
    /// [MQTT-4.13.2-1].
    pub(super) fn fail(&mut self, fault: Fault) {
        let Some(config) = self.link.config() else { return };
        if config.version.has_properties() {
            let disconnect = Packet::Disconnect(Disconnect::new(fault.reason_code));
            if let Ok(bytes) = encode(&disconnect, config.version, self.server_packet_size()) {
                self.outputs.push_back(ClientOutput::Transmit { bytes });
            }
        }
        let Fault { reason_code, detail } = fault;
        self.close(DisconnectCause::ServerFault { reason_code, detail });
    }

    /// Closes the Network Connection.
    pub(super) fn close(&mut self, cause: DisconnectCause) {
        self.outputs.push_back(ClientOutput::Close);
        self.end(cause);
    }

    /// The Network Connection is over. The Session is kept if it outlives it [MQTT-3.1.2-23].
    pub(super) fn end(&mut self, cause: DisconnectCause) {
        let link = core::mem::replace(&mut self.link, Link::Offline);
        if matches!(link, Link::Offline) {
            return;
        }
        let mut session_ends = false;
        if let Link::Connected(connection) = link {
            session_ends = connection.values.session_expiry_interval == 0;
            for (packet_identifier, request) in connection.requests.into_entries() {
                let tag = request.tag;
                self.event(ClientEvent::RequestUnanswered { tag, packet_identifier });
            }
        }
        self.event(ClientEvent::Disconnected(cause));
        if session_ends {
            self.discard_session(DiscardCause::SessionEnded);
        }
    }

    /// Forgets the Session, if there is one, and says what was in flight.
    pub(super) fn discard_session(&mut self, cause: DiscardCause) {
        let Some(session) = self.session.take() else { return };
        let unacknowledged = session
            .inflight_in_order()
            .into_iter()
            .map(|(packet_identifier, inflight)| DiscardedPublish {
                tag: inflight.tag,
                packet_identifier,
            })
            .collect();
        self.event(ClientEvent::SessionDiscarded { cause, unacknowledged });
    }

    /// The client's store is lost, as by a crash: the server hears nothing of it.
    pub(super) fn lose_state(&mut self) {
        if !matches!(self.link, Link::Offline) {
            self.close(DisconnectCause::StateLost);
        }
        self.discard_session(DiscardCause::StateLost);
        self.outbox = super::outbox::Outbox::default();
    }

    /// Bytes of the largest packet the server takes, as far as the client knows.
    pub(super) fn server_packet_size(&self) -> Option<u32> {
        match &self.link {
            Link::Connected(connection) => connection.values.maximum_packet_size,
            Link::Connecting(connecting) => connecting.maximum_packet_size,
            Link::Offline => None,
        }
    }
}

/// Whether a client may give this reason for its DISCONNECT (§3.14.2.1).
const fn is_sent_by_client(reason_code: ReasonCode) -> bool {
    matches!(
        reason_code,
        ReasonCode::NORMAL_DISCONNECTION
            | ReasonCode::DISCONNECT_WITH_WILL_MESSAGE
            | ReasonCode::UNSPECIFIED_ERROR
            | ReasonCode::MALFORMED_PACKET
            | ReasonCode::PROTOCOL_ERROR
            | ReasonCode::IMPLEMENTATION_SPECIFIC_ERROR
            | ReasonCode::BAD_AUTHENTICATION_METHOD
            | ReasonCode::TOPIC_NAME_INVALID
            | ReasonCode::RECEIVE_MAXIMUM_EXCEEDED
            | ReasonCode::TOPIC_ALIAS_INVALID
            | ReasonCode::PACKET_TOO_LARGE
            | ReasonCode::MESSAGE_RATE_TOO_HIGH
            | ReasonCode::QUOTA_EXCEEDED
            | ReasonCode::ADMINISTRATIVE_ACTION
            | ReasonCode::PAYLOAD_FORMAT_INVALID
    )
}
