//! The end of a run: everybody is honest, and nobody is left waiting.

use afterlink_core::broker::{AuthenticationVerdict, ConnectionId, Input};

use super::Run;

/// Rounds in which honest peers settle what is open; in the last ones no time passes.
const ROUNDS: usize = 300;

impl Run {
    /// Everybody is honest from now on: peers read and answer, the store and the driver too.
    pub(super) fn settle(&mut self) {
        for round in 0..ROUNDS {
            self.flush(true);
            self.persist_some(self.records.len() - self.persisted);
            for connection in core::mem::take(&mut self.asked) {
                let verdict = AuthenticationVerdict::Accept { principal: None, data: None };
                self.input(Input::Authenticated { connection, verdict });
            }
            let numbers: Vec<_> = self.peers.keys().copied().collect();
            for number in numbers {
                let Some(peer) = self.peers.get_mut(&number) else { continue };
                let mut bytes = Vec::new();
                peer.answers(&mut bytes);
                if !bytes.is_empty() {
                    let connection = ConnectionId(number);
                    self.input(Input::Received { connection, bytes: &bytes });
                }
            }
            if round < ROUNDS - 10 {
                self.now = self.now.plus_millis(2000);
                self.turn();
            }
        }
    }

    /// Nobody waits for anything that will not come.
    pub(super) fn check_settled(&self) {
        assert_eq!(self.broker.totals().unpersisted_bytes, 0);
        for connection in self.broker.connections(0, usize::MAX) {
            assert!(connection.reading, "blocked for ever: {connection:?}");
            assert_eq!(connection.held_len, 0, "held for ever: {connection:?}");
        }
        let mut online = Vec::new();
        for session in self.broker.sessions(None, usize::MAX) {
            let Some(connection) = &session.connection else { continue };
            if connection.window > 0 && self.peers[&connection.connection.0].is_honest {
                assert_eq!(session.queue_len, 0, "left in the queue: {session:?}");
                assert_eq!(session.inflight_len, 0, "left in flight: {session:?}");
                online.push(session.client_identifier);
            }
        }
        for group in self.broker.share_groups(None, usize::MAX) {
            let taker = group.members.iter().find(|(member, _)| online.contains(member));
            assert!(taker.is_none() || group.queue_len == 0, "{taker:?} has to take: {group:?}");
        }
    }
}
