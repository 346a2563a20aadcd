//! CONNACK: what a client is told of its CONNECT.

use super::connect::PendingConnect;
use super::connection::ConnectionKey;
use super::{Broker, DisconnectReason, RecordSequence, SessionKey};
use crate::codec::packet::{ConnAck, ConnAckProperties};
use crate::codec::{Packet, QoS, ReasonCode};

/// What an accepted CONNECT gets.
pub(super) struct Settled {
    pub(super) session: SessionKey,
    /// Whether the session was there before.
    pub(super) present: bool,
    /// Whether the client asked for an identifier.
    pub(super) assigned: bool,
    /// Seconds the session will outlive this connection.
    pub(super) expiry: u32,
    /// Seconds of Keep Alive.
    pub(super) keep_alive: u16,
}

impl Broker {
    /// Sends CONNACK, before any other packet but AUTH `[MQTT-3.2.0-1]`. `false` if it is larger
    /// than the client takes, or has a field that is larger than any may be.
    pub(super) fn acknowledge_connect(
        &mut self,
        key: ConnectionKey,
        settled: &Settled,
        pending: &PendingConnect,
        authentication_data: Option<&[u8]>,
        barrier: RecordSequence,
    ) -> bool {
        let Some(slot) = self.sessions.get(settled.session.index()) else { return true };
        let client_identifier = slot.session.client_identifier.clone();
        let limits = &self.config.limits;
        let capabilities = &self.config.capabilities;
        let response_information = self.config.response_information.clone();
        let properties = ConnAckProperties {
            // What the server uses instead of what was asked for (§3.2.2.3.2).
            session_expiry_interval: (pending.session_expiry_interval.unwrap_or(0)
                != settled.expiry)
                .then_some(settled.expiry),
            receive_maximum: (limits.receive_maximum != u16::MAX).then_some(limits.receive_maximum),
            // [MQTT-3.2.2-9]
            maximum_qos: (capabilities.maximum_qos != QoS::ExactlyOnce)
                .then_some(capabilities.maximum_qos),
            retain_available: (!capabilities.retain).then_some(false),
            maximum_packet_size: Some(limits.packet_size_bytes_max),
            // [MQTT-3.2.2-16]
            assigned_client_identifier: settled.assigned.then(|| client_identifier.as_str()),
            topic_alias_maximum: (limits.topic_alias_maximum > 0)
                .then_some(limits.topic_alias_maximum),
            wildcard_subscription_available: (!capabilities.wildcard_subscription).then_some(false),
            subscription_identifiers_available: (!capabilities.subscription_identifiers)
                .then_some(false),
            shared_subscription_available: (!capabilities.shared_subscription).then_some(false),
            server_keep_alive: (settled.keep_alive != pending.keep_alive)
                .then_some(settled.keep_alive),
            // [MQTT-3.1.2-28]
            response_information: response_information
                .as_deref()
                .filter(|_| pending.response_information),
            // [MQTT-4.12.0-5] [MQTT-4.12.0-6]
            authentication_method: pending.authentication_method.as_deref(),
            authentication_data,
            ..ConnAckProperties::default()
        };
        // [MQTT-3.2.2-2] [MQTT-3.2.2-3] [MQTT3-3.2.2-1] [MQTT3-3.2.2-2] [MQTT3-3.2.2-3]
        let connack = Packet::ConnAck(ConnAck {
            session_present: settled.present,
            reason_code: ReasonCode::SUCCESS,
            properties,
        });
        let fits = self.encode_for(key, &connack).is_some();
        if fits {
            self.send_behind(key, barrier, false, &connack);
        }
        fits
    }

    /// Refuses a CONNECT: CONNACK with the code and no session present, then the end
    /// `[MQTT-3.2.2-6]` `[MQTT-3.2.2-7]` `[MQTT3-3.2.2-4]` `[MQTT3-3.2.2-5]`.
    pub(super) fn refuse_connect(&mut self, key: ConnectionKey, reason: ReasonCode, text: &str) {
        let Some(connection) = self.connections.get(key.index()) else { return };
        let id = connection.id;
        let speaks = connection.version.has_properties() || reason.return_code().is_some();
        self.counters.connections_refused += 1;
        if speaks {
            let properties = ConnAckProperties {
                reason_string: (!text.is_empty()).then_some(text),
                ..ConnAckProperties::default()
            };
            let connack = ConnAck { session_present: false, reason_code: reason, properties };
            self.send_now(key, &Packet::ConnAck(connack));
        }
        self.out.close(id);
        self.end_connection(key, DisconnectReason::Refused { reason_code: reason });
    }
}
