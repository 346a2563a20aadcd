//! What an operator does.

use std::cell::Cell;

use afterlink_core::broker::Command;
use afterlink_core::sim::{Command as SimCommand, World};

use super::state::Message;
use super::{Check, Model, ensure};

/// What an operator wants to be dropped of a Session's queue.
#[derive(Clone, Debug)]
pub(super) struct Purge {
    client: String,
    /// The numbers of the messages that have to go and of which no drop has told yet.
    due: Vec<u64>,
}

impl Model {
    /// Looks at what a command that is about to be carried out concerns, as long as it is there.
    pub fn foresee(&mut self, command: &SimCommand, world: &World) {
        let (SimCommand::Operate { request }, Some(broker)) = (command, world.broker()) else {
            return;
        };
        let (client, wanted) = match request.as_ref() {
            Command::PurgeQueue { client_identifier } => (client_identifier, None),
            Command::DropMessage { client_identifier, arrival } => {
                (client_identifier, Some(*arrival))
            }
            Command::Policy { .. }
            | Command::Config { .. }
            | Command::Publish { .. }
            | Command::Disconnect { .. }
            | Command::ExpireSession { .. }
            | Command::Shutdown => return,
        };
        let queue = broker.queue(client, None, usize::MAX).into_iter();
        let due = queue.filter(|view| wanted.is_none_or(|arrival| view.arrival == arrival));
        let due = due.map(|view| view.message.sequence).collect();
        self.foreseen = Some(Purge { client: client.clone(), due });
    }

    /// The broker says that a client's message was dropped for an operator.
    pub(super) fn claim_purged(&mut self, client: &str, sequence: u64) -> Check {
        let purge = self.purge.as_mut().filter(|purge| purge.client == client);
        let due = purge.and_then(|purge| {
            let index = purge.due.iter().position(|number| *number == sequence)?;
            Some(purge.due.remove(index))
        });
        ensure!(
            due.is_some(),
            "I1",
            "message {sequence} of {client} was dropped for an operator who did not ask for it"
        );
        Ok(())
    }

    /// What an operator wanted to be dropped has been, at the end of the step.
    pub(super) fn check_purge(&mut self) -> Check {
        self.foreseen = None;
        let purge = self.purge.take().filter(|purge| !purge.due.is_empty());
        ensure!(purge.is_none(), "I1", "an operator wanted to be dropped, and was not: {purge:?}");
        Ok(())
    }

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
                self.purge = self.foreseen.take();
                if let Some(session) = self.state.sessions.get_mut(client_identifier) {
                    session.promises.iter_mut().for_each(|promise| promise.is_due = false);
                }
            }
            Command::DropMessage { .. } => self.purge = self.foreseen.take(),
            Command::Publish { topic, payload, qos, retain, message_expiry_interval } => {
                let expires_at = message_expiry_interval
                    .map(|seconds| self.now.plus_seconds(u64::from(seconds)));
                self.route(Message {
                    topic: topic.clone(),
                    payload: payload.clone(),
                    qos: *qos,
                    retain: *retain,
                    user_properties: 0,
                    user_properties_len: 0,
                    expires_at,
                    publisher: String::new(),
                    number: 0,
                    sequence: 0,
                    is_will: false,
                    is_refusable: false,
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
