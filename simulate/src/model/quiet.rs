//! What holds when faults are over and everybody has had time: nobody waits for anything.

use afterlink_core::client::{ClientSession, ClientState};
use afterlink_core::codec::QoS;
use afterlink_core::sim::World;

use super::state::Owed;
use super::{Check, Model, ensure};

impl Model {
    /// Whether everything has come to rest.
    pub(super) fn check_rest(&mut self, world: &World) -> Check {
        let Some(broker) = world.broker() else {
            return Err(("I11", "the broker is down".to_owned()));
        };
        for (client, session) in &self.state.sessions {
            let Some(link) = session.link.and_then(|link| self.links.get(&link)) else { continue };
            let open = session.flights.len();
            ensure!(open == 0, "I11", "{client} has {open} in flight: {:?}", session.flights);
            // Which QoS 0 messages were dropped before they were sent cannot be told apart.
            let is_certain = |owed: &&Owed| {
                owed.kind.is_certain() && (owed.qos > QoS::AtMostOnce || !self.is_gated())
            };
            let left: Vec<_> = session.waiting.iter().filter(is_certain).collect();
            ensure!(left.is_empty(), "I11", "{client} still waits for {left:?}");
            ensure!(link.connack.is_none(), "I11", "{client} waits for CONNACK");
            let due: Vec<_> = link.answers.values().flatten().collect();
            ensure!(due.is_empty(), "I11", "{client} waits for answers: {due:?}");
        }
        for connection in broker.connections(0, usize::MAX) {
            ensure!(
                connection.reading && connection.held_len == 0,
                "I11",
                "a connection is blocked for ever: {connection:?}"
            );
        }
        for view in broker.sessions(None, usize::MAX) {
            let (client, waits) = (&view.client_identifier, view.queue_len + view.inflight_len);
            ensure!(
                view.connection.is_none() || waits == 0,
                "I11",
                "{waits} messages wait for {client}, who is there"
            );
        }
        for group in broker.share_groups(None, usize::MAX) {
            let is_online = group.members.iter().any(|(_, online)| *online);
            let len = group.queue_len;
            ensure!(!is_online || len == 0, "I11", "{len} wait for a group: {:?}", group.members);
        }
        for view in world.client_views(0) {
            let Some(client) = world.client(&view.name) else { continue };
            if client.state() != ClientState::Connected {
                continue;
            }
            let open = client.session().map_or(0, ClientSession::inflight_len);
            let waits = client.outbox().len();
            ensure!(
                open == 0 && waits == 0,
                "I11",
                "{} has {open} publishes without an answer and {waits} unsent",
                view.name
            );
        }
        Ok(())
    }
}
