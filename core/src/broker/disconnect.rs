//! DISCONNECT from a client (§3.14).

use super::connection::ConnectionKey;
use super::{Broker, DisconnectReason, RecordSequence};
use crate::codec::ReasonCode;
use crate::codec::packet::Disconnect;

impl Broker {
    /// DISCONNECT came.
    pub(super) fn disconnect_received(&mut self, key: ConnectionKey, disconnect: &Disconnect<'_>) {
        let Some(connection) = self.connections.get(key.index()) else { return };
        let Some(active) = connection.active() else { return };
        let (id, session) = (connection.id, active.session);
        if let Some(asked) = disconnect.session_expiry_interval {
            // A session that was to end with its connection cannot be kept after all
            // (§3.14.2.2.2). The client broke the rules, so that its will is not withdrawn.
            if active.requested_expiry == 0 && asked != 0 {
                let text = "the session expiry interval was 0 and stays 0";
                return self.disconnect(key, ReasonCode::PROTOCOL_ERROR, text);
            }
            let granted = self.cap_expiry(asked);
            // One that was granted 0 ends with its connection: nothing of it was kept.
            if let Some(slot) = self.sessions.get_mut(session.index())
                && slot.session.is_durable()
            {
                slot.session.expiry_interval = granted;
            }
        }
        let reason_code = disconnect.reason_code;
        let withdraws_will = reason_code == ReasonCode::NORMAL_DISCONNECTION
            && self
                .sessions
                .get(session.index())
                .is_some_and(|slot| slot.recorded && slot.session.will.is_some());
        self.end_connection(key, DisconnectReason::Client { reason_code });
        // The client closes; so do we if it has not [MQTT-3.14.4-1] [MQTT3-3.14.4-2]. It takes
        // the end of the connection as a sign that its will is withdrawn.
        let barrier = if withdraws_will { self.gate.barrier() } else { RecordSequence::default() };
        self.close_behind(id, barrier);
    }
}
