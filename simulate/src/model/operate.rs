//! What an operator does.

use std::cell::Cell;

use afterlink_core::broker::Command;

use super::Model;
use super::state::Message;

impl Model {
    /// The broker was given an operator's wish.
    pub(super) fn operated(&mut self, command: &Command) {
        match command {
            Command::Config { config } => {
                self.config = config.as_ref().clone();
                self.figures.switches += 1;
            }
            Command::Disconnect { client_identifier, .. } => self.kick(client_identifier),
            Command::ExpireSession { client_identifier } => {
                self.kick(client_identifier);
                if self.state.sessions.contains_key(client_identifier) {
                    self.figures.expired += 1;
                    self.end_session(client_identifier);
                }
            }
            Command::PurgeQueue { client_identifier } => {
                self.figures.purges += 1;
                self.purged = Some(client_identifier.clone());
                if let Some(session) = self.state.sessions.get_mut(client_identifier) {
                    session.promises.iter_mut().for_each(|promise| promise.is_due = false);
                }
            }
            Command::DropMessage { client_identifier, .. } => {
                self.purged = Some(client_identifier.clone());
            }
            Command::Publish { topic, payload, qos, retain, message_expiry_interval } => {
                let expires_at = message_expiry_interval
                    .map(|seconds| self.now.plus_seconds(u64::from(seconds)));
                self.route(Message {
                    topic: topic.clone(),
                    payload: payload.clone(),
                    qos: *qos,
                    retain: *retain,
                    user_properties: 0,
                    expires_at,
                    publisher: String::new(),
                    number: 0,
                    sequence: 0,
                    is_will: false,
                    is_recorded: Cell::default(),
                });
            }
            // No scenario that is made here has these.
            Command::Policy { .. } | Command::Shutdown => {}
        }
    }

    /// A connection is ended; its Session goes on by its own rules.
    fn kick(&mut self, client: &str) {
        let session = self.state.sessions.get(client);
        if session.is_some_and(|session| session.link.is_some()) {
            self.figures.kicks += 1;
            self.detach(client, false);
        }
    }
}
