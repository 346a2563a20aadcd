//! Links that are cut, and mended.

use std::sync::Arc;

use super::link::{Cargo, End};
use super::world::World;
use super::{CloseCause, Direction, Happening, LossCause, NoticedBy};
use crate::broker::ConnectionId;

impl World {
    /// Cuts a link.
    pub(super) fn cut(&mut self, link: u64, noticed_by: NoticedBy) {
        let Some(entry) = self.links.get_mut(&link) else { return };
        let (number, client) = (entry.number, entry.client);
        entry.is_cut = true;
        let Some(party) = self.clients.get_mut(client) else { return };
        let name = Arc::clone(&party.name);
        let noticed_by_client = matches!(noticed_by, NoticedBy::Both | NoticedBy::Client);
        let is_frozen = party.is_frozen;
        party.notices_on_thaw |= noticed_by_client && is_frozen;
        self.emit(Happening::LinkCut { link: number, client: name });
        if noticed_by_client && !is_frozen {
            self.client_learns(link, CloseCause::Cut);
        }
        if matches!(noticed_by, NoticedBy::Both | NoticedBy::Broker) {
            self.broker_learns(link, CloseCause::Cut);
        }
    }

    /// Mends a cut link.
    pub(super) fn restore(&mut self, link: u64) {
        let arrivals = [Direction::ToBroker, Direction::ToClient]
            .map(|direction| (direction, self.arrival(link, direction)));
        let Some(entry) = self.links.get_mut(&link) else { return };
        entry.is_cut = false;
        let (number, client) = (entry.number, entry.client);
        // What was lost on the way is sent again by TCP.
        for (direction, arrives_at) in arrivals {
            for item in &mut entry.lane_mut(direction).items {
                item.arrives_at = item.arrives_at.max(arrives_at);
            }
        }
        let ends = (entry.client_end, entry.broker_end);
        if let Some(party) = self.clients.get(client) {
            let client = Arc::clone(&party.name);
            self.emit(Happening::LinkRestored { link: number, client });
        }
        match ends {
            // A side that sends to one that knows nothing of the connection is told so.
            (End::Closed, End::Open) => self.reset(link, Direction::ToBroker),
            (End::Open, End::Closed) => self.reset(link, Direction::ToClient),
            (End::Open | End::Closed | End::Unopened, _) => {}
        }
    }

    /// Loses what a link carries one way, but the end of the connection.
    fn reset(&mut self, link: u64, direction: Direction) {
        let Some(entry) = self.links.get_mut(&link) else { return };
        let lane = core::mem::take(entry.lane_mut(direction));
        self.lose_all(ConnectionId(link), &lane, LossCause::Cut);
        self.load(link, direction, Cargo::Close);
    }
}
