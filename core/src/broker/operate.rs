//! Commands: what an operator does.

use super::connection::ConnectionKey;
use super::route::Origin;
use super::{Broker, Command, Config, SessionEnd, SessionKey};
use crate::codec::{PacketType, ReasonCode};
use crate::session::{DropCause, MessageParts};
use crate::topic::TopicNameRef;

impl Broker {
    /// Carries out a command. One that names nobody does nothing.
    pub(super) fn command(&mut self, command: Command) {
        match command {
            Command::Policy { policy } => {
                self.policy = policy;
                self.policy_generation += 1;
                self.note_room_everywhere();
            }
            Command::Config { config } => {
                // Half the records of a session are none.
                let records = self.config.records;
                self.config = Config { limits: config.limits.workable(), ..*config };
                self.config.records = records;
                self.note_room_everywhere();
            }
            Command::Publish { topic, payload, qos, retain, message_expiry_interval } => {
                let Ok(topic) = TopicNameRef::parse(&topic, &self.config.limits.topic()) else {
                    return;
                };
                let parts = MessageParts {
                    topic: topic.as_str(),
                    forwarded: &[],
                    payload: &payload,
                    qos,
                    retain,
                    received_at: self.now,
                    expires_at: message_expiry_interval
                        .map(|seconds| self.now.plus_seconds(u64::from(seconds))),
                };
                self.route(topic, &parts, Origin::Broker);
            }
            Command::Disconnect { client_identifier, reason_code } => {
                if let Some(key) = self.session_of(&client_identifier) {
                    // What is no error only a client may say [MQTT-3.14.2-1].
                    let fits =
                        reason_code.is_error() && reason_code.is_allowed_in(PacketType::Disconnect);
                    let reason = if fits { reason_code } else { ReasonCode::ADMINISTRATIVE_ACTION };
                    self.disconnect_session(key, reason);
                }
            }
            Command::ExpireSession { client_identifier } => {
                if let Some(key) = self.session_of(&client_identifier) {
                    self.disconnect_session(key, ReasonCode::ADMINISTRATIVE_ACTION);
                }
                // Its own rules may have ended it with its connection.
                if let Some(key) = self.session_of(&client_identifier) {
                    self.end_session(key, SessionEnd::Operator);
                }
            }
            Command::PurgeQueue { client_identifier } => {
                let Some(key) = self.session_of(&client_identifier) else { return };
                if let Some(slot) = self.sessions.get_mut(key.index()) {
                    slot.retained.clear();
                }
                while let Some(slot) = self.sessions.get_mut(key.index()) {
                    let Some(entry) = slot.session.queue.pop() else { break };
                    self.dropped(key, &entry, DropCause::Purged);
                }
            }
            Command::DropMessage { client_identifier, arrival } => {
                let Some(key) = self.session_of(&client_identifier) else { return };
                let Some(slot) = self.sessions.get_mut(key.index()) else { return };
                if let Some(entry) = slot.session.queue.remove(arrival) {
                    self.dropped(key, &entry, DropCause::Purged);
                }
            }
            Command::Shutdown => self.shutdown(),
        }
    }

    /// Says goodbye to all connections. Wills follow by their rules, since no client has said
    /// DISCONNECT.
    fn shutdown(&mut self) {
        // Clients with a will go first, so that those who watch for it are told before they go.
        let (with_will, without): (Vec<_>, Vec<_>) = self
            .connections
            .iter()
            .map(|(index, connection)| (ConnectionKey::new(index), connection.session()))
            .partition(|(_, session)| session.is_some_and(|session| self.has_will(session)));
        for (key, _) in with_will.into_iter().chain(without) {
            self.disconnect(key, ReasonCode::SERVER_SHUTTING_DOWN, "the server shuts down");
        }
    }

    fn has_will(&self, key: SessionKey) -> bool {
        self.sessions.get(key.index()).is_some_and(|slot| slot.session.will.is_some())
    }

    fn disconnect_session(&mut self, key: SessionKey, reason: ReasonCode) {
        let connection = self.sessions.get(key.index()).and_then(|slot| slot.connection);
        if let Some(connection) = connection {
            self.disconnect(connection, reason, "");
        }
    }

    fn session_of(&self, client_identifier: &str) -> Option<SessionKey> {
        self.session_keys.get(client_identifier).copied()
    }
}
