//! Links: network connections that can be slow, stuck, cut and wrong.
//!
//! A link has a lane each way. What is sent into a lane comes out in order, as TCP promises, and
//! each thing at its time; one that is held or delayed keeps back what is behind it. On a link
//! that is cut nothing moves until it is restored.

use std::collections::VecDeque;
use std::sync::Arc;

use super::{Direction, LinkSettings, PacketNumber};
use crate::Timestamp;
use crate::broker::ConnectionId;
use crate::codec::{PacketType, ProtocolVersion};

/// A network connection between a client and the broker.
#[derive(Clone, Debug)]
pub(super) struct Link {
    pub(super) number: ConnectionId,
    /// The index of its client.
    pub(super) client: usize,
    /// What it speaks: what the first CONNECT on it said.
    pub(super) version: ProtocolVersion,
    /// Whether there was one.
    pub(super) has_connect: bool,
    pub(super) is_cut: bool,
    pub(super) client_end: End,
    pub(super) broker_end: End,
    /// Whether the broker reads from it.
    pub(super) is_read: bool,
    pub(super) to_broker: Lane,
    pub(super) to_client: Lane,
}

/// One side of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// It has not heard of the connection yet.
    Unopened,
    /// It holds the connection.
    Open,
    /// It does not, any more.
    Closed,
}

/// One way of a link.
#[derive(Clone, Debug, Default)]
pub(super) struct Lane {
    pub(super) items: VecDeque<Item>,
}

/// Something on its way.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// Its place in the order in which all links' items of one moment arrive.
    pub(super) order: u64,
    pub(super) arrives_at: Timestamp,
    pub(super) is_held: bool,
    pub(super) cargo: Cargo,
}

/// What can be on its way.
#[derive(Clone, Debug)]
pub(super) enum Cargo {
    /// The opening of the connection.
    Open,
    /// A packet, or bytes that are none.
    Packet(Flight),
    /// The end of the connection, in good order.
    Close,
}

/// A packet in flight.
#[derive(Clone, Debug)]
pub(super) struct Flight {
    pub(super) packet: PacketNumber,
    pub(super) packet_type: Option<PacketType>,
    pub(super) version: ProtocolVersion,
    pub(super) sent_at: Timestamp,
    pub(super) bytes: Arc<[u8]>,
    /// Whether the broker gets send credit back for it: the network's own copies cost none.
    pub(super) has_credit: bool,
}

impl Link {
    pub(super) fn lane(&self, direction: Direction) -> &Lane {
        match direction {
            Direction::ToBroker => &self.to_broker,
            Direction::ToClient => &self.to_client,
        }
    }

    pub(super) fn lane_mut(&mut self, direction: Direction) -> &mut Lane {
        match direction {
            Direction::ToBroker => &mut self.to_broker,
            Direction::ToClient => &mut self.to_client,
        }
    }

    /// What comes out next and can: when, in which order, which way, and where in its lane.
    /// `client_reads` is whether the client takes anything.
    pub(super) fn next(
        &self,
        settings: &LinkSettings,
        client_reads: bool,
    ) -> Option<(Timestamp, u64, Direction, usize)> {
        if self.is_cut {
            return None;
        }
        let next = |direction, moves: bool| {
            let lane = self.lane(direction);
            let index = moves.then(|| lane.next(settings.reorder)).flatten()?;
            let item = lane.items.get(index)?;
            Some((item.arrives_at, item.order, direction, index))
        };
        let to_broker = next(Direction::ToBroker, self.is_read);
        let to_client = next(Direction::ToClient, client_reads);
        to_broker.into_iter().chain(to_client).min_by_key(|(at, order, ..)| (*at, *order))
    }

    /// Whether neither side holds it and nothing on it can change that.
    pub(super) fn is_over(&self) -> bool {
        self.client_end == End::Closed
            && match self.broker_end {
                End::Open => false,
                End::Closed => true,
                End::Unopened => self.is_cut || self.to_broker.items.is_empty(),
            }
    }
}

impl Lane {
    /// The index of the item that comes out next.
    fn next(&self, reorder: bool) -> Option<usize> {
        let first = self.items.front()?;
        if !reorder || matches!(first.cargo, Cargo::Open) {
            return (!first.is_held).then_some(0);
        }
        // The end of the connection overtakes nothing.
        let overtakes = |(index, item): &(usize, &Item)| {
            !item.is_held && (*index == 0 || !matches!(item.cargo, Cargo::Close))
        };
        let items = self.items.iter().enumerate().filter(overtakes);
        items.min_by_key(|(_, item)| (item.arrives_at, item.order)).map(|(index, _)| index)
    }

    /// The packets on their way, in order.
    pub(super) fn flights(&self) -> impl Iterator<Item = (&Item, &Flight)> {
        self.items.iter().filter_map(|item| match &item.cargo {
            Cargo::Packet(flight) => Some((item, flight)),
            Cargo::Open | Cargo::Close => None,
        })
    }

    /// The index of the packet `number`.
    pub(super) fn index_of(&self, number: PacketNumber) -> Option<usize> {
        self.items.iter().position(
            |item| matches!(&item.cargo, Cargo::Packet(flight) if flight.packet == number),
        )
    }
}

impl End {
    /// Whether it may still learn something.
    pub(super) const fn is_open(self) -> bool {
        matches!(self, Self::Open)
    }
}
