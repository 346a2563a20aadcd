//! What the network does: carries, loses and closes.

use std::sync::Arc;

use super::link::{Cargo, End, Flight, Item, Lane, Link};
use super::world::{Armed, World};
use super::{CloseCause, Direction, Fault, Happening, LossCause, PacketNumber, SentPacket, Side};
use crate::Timestamp;
use crate::broker::{ConnectionId, Input};
use crate::client::ClientInput;
use crate::codec::{DecodeLimits, Packet, PacketType, Sender, decode, packet_length};

impl World {
    /// A client opens a network connection; one it holds is closed.
    pub(super) fn open_link(&mut self, client: usize) {
        let Some(party) = self.clients.get(client) else { return };
        let (name, version) = (Arc::clone(&party.name), party.client.config().version);
        if let Some(old) = party.link {
            self.client_closes(old);
        }
        let number = self.next_link;
        self.next_link += 1;
        let link = Link {
            number: ConnectionId(number),
            client,
            version,
            has_connect: false,
            is_cut: false,
            client_end: End::Open,
            broker_end: End::Unopened,
            is_read: true,
            to_broker: Lane::default(),
            to_client: Lane::default(),
        };
        self.links.insert(number, link);
        if let Some(party) = self.clients.get_mut(client) {
            party.link = Some(number);
        }
        self.emit(Happening::LinkOpened { link: ConnectionId(number), client: name });
        self.load(number, Direction::ToBroker, Cargo::Open);
        self.client_input(client, ClientInput::Opened);
    }

    /// Sends bytes, packet by packet.
    pub(super) fn transmit(&mut self, link: u64, direction: Direction, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let whole = packet_length(bytes, usize::MAX).ok().flatten();
            let split = whole.and_then(|len| bytes.split_at_checked(len));
            // What is no packet, or not a whole one, goes as it is.
            let (packet, rest) = split.unwrap_or((bytes, &[]));
            let packet_type = split
                .and_then(|(packet, _)| packet.first())
                .and_then(|first| PacketType::from_bits(first >> 4));
            self.send(link, direction, packet_type, packet);
            bytes = rest;
        }
    }

    fn send(
        &mut self,
        link: u64,
        direction: Direction,
        packet_type: Option<PacketType>,
        bytes: &[u8],
    ) {
        let Some(entry) = self.links.get_mut(&link) else { return };
        // A second CONNECT is one too many, and changes nothing [MQTT-3.1.0-2].
        if packet_type == Some(PacketType::Connect)
            && !entry.has_connect
            && let Ok(Packet::Connect(connect)) =
                decode(bytes, entry.version, Sender::Client, &DecodeLimits::default())
        {
            entry.version = connect.version;
            entry.has_connect = true;
            if let Some(party) = self.clients.get_mut(entry.client) {
                party.note_connect(&connect);
            }
        }
        let Some(party) = self.clients.get_mut(entry.client) else { return };
        let matches = |armed: &Armed| {
            armed.direction == direction
                && (armed.packet_type.is_none() || armed.packet_type == packet_type)
        };
        let armed = party.armed.iter().position(matches).map(|index| party.armed.remove(index));
        let flight = Flight {
            packet: PacketNumber(0),
            packet_type,
            version: entry.version,
            sent_at: self.now,
            bytes: bytes.into(),
            has_credit: direction == Direction::ToClient,
        };
        if let Some(packet) = self.launch(link, direction, flight, None)
            && let Some(armed) = armed
        {
            self.fault(link, direction, packet, armed.fault);
        }
    }

    /// Puts a packet on its way, under a number of its own.
    fn launch(
        &mut self,
        link: u64,
        direction: Direction,
        mut flight: Flight,
        duplicate_of: Option<PacketNumber>,
    ) -> Option<PacketNumber> {
        let packet = PacketNumber(self.next_packet);
        let arrives_at = self.arrival(link, direction);
        let entry = self.links.get(&link)?;
        self.next_packet += 1;
        flight.packet = packet;
        flight.version = entry.version;
        flight.sent_at = self.now;
        let sent = SentPacket {
            packet,
            link: entry.number,
            client: Arc::clone(&self.clients.get(entry.client)?.name),
            direction,
            version: entry.version,
            packet_type: flight.packet_type,
            bytes: Arc::clone(&flight.bytes),
            arrives_at,
            duplicate_of,
        };
        self.emit(Happening::PacketSent(sent));
        self.load(link, direction, Cargo::Packet(flight));
        Some(packet)
    }

    /// When something that is sent now arrives.
    pub(super) fn arrival(&self, link: u64, direction: Direction) -> Timestamp {
        let client = self.links.get(&link).and_then(|link| self.clients.get(link.client));
        let delay = client.map_or(0, |party| match direction {
            Direction::ToBroker => party.link_settings.to_broker_ms,
            Direction::ToClient => party.link_settings.to_client_ms,
        });
        self.now.plus_millis(delay.into())
    }

    pub(super) fn load(&mut self, link: u64, direction: Direction, cargo: Cargo) {
        let arrives_at = self.arrival(link, direction);
        let order = self.next_order;
        self.next_order += 1;
        if let Some(link) = self.links.get_mut(&link) {
            let items = &mut link.lane_mut(direction).items;
            items.push_back(Item { order, arrives_at, is_held: false, cargo });
        }
    }

    /// Does something to a packet in flight. Whether it is there has been checked.
    pub(super) fn fault(
        &mut self,
        link: u64,
        direction: Direction,
        packet: PacketNumber,
        fault: Fault,
    ) {
        let now = self.now;
        let Some(entry) = self.links.get_mut(&link) else { return };
        let number = entry.number;
        let lane = entry.lane_mut(direction);
        let Some(index) = lane.index_of(packet) else { return };
        let Some(item) = lane.items.get_mut(index) else { return };
        let Cargo::Packet(flight) = &item.cargo else { return };
        match fault {
            Fault::Drop => {
                let credit = flight.credit(number);
                lane.items.remove(index);
                self.lose(packet, LossCause::Dropped, credit);
            }
            Fault::Delay { ms } => {
                item.arrives_at = item.arrives_at.max(now).plus_millis(ms.into());
                let arrives_at = item.arrives_at;
                self.emit(Happening::PacketDelayed { packet, arrives_at });
            }
            Fault::Duplicate => {
                let copy = Flight { has_credit: false, ..flight.clone() };
                self.launch(link, direction, copy, Some(packet));
            }
            Fault::Hold => {
                item.is_held = true;
                self.emit(Happening::PacketHeld { packet });
            }
            Fault::Release => {
                item.is_held = false;
                self.emit(Happening::PacketReleased { packet });
            }
        }
    }

    /// Something comes out of a lane. Gives back the packet, and whether it was taken.
    pub(super) fn arrive(
        &mut self,
        link: u64,
        direction: Direction,
        index: usize,
    ) -> Option<(PacketNumber, bool)> {
        let entry = self.links.get_mut(&link)?;
        let item = entry.lane_mut(direction).items.remove(index)?;
        let number = entry.number;
        let (is_open, client) = match direction {
            Direction::ToBroker => (entry.broker_end.is_open(), entry.client),
            Direction::ToClient => (entry.client_end.is_open(), entry.client),
        };
        match item.cargo {
            Cargo::Open => self.reach_broker(link),
            Cargo::Close => match direction {
                Direction::ToBroker => self.broker_learns(link, CloseCause::Peer),
                Direction::ToClient => self.client_learns(link, CloseCause::Peer),
            },
            Cargo::Packet(flight) => {
                let packet = flight.packet;
                let credit = flight.credit(number);
                if !is_open {
                    self.lose(packet, LossCause::Closed, credit);
                    return Some((packet, false));
                }
                self.emit(Happening::PacketDelivered { packet });
                self.credits.extend(credit);
                let party = self.clients.get_mut(client)?;
                if direction == Direction::ToClient {
                    party.note_arrival(&flight);
                }
                let piece_len = match party.link_settings.piece_bytes {
                    0 => usize::MAX,
                    len => usize::try_from(len).unwrap_or(usize::MAX),
                };
                for bytes in flight.bytes.chunks(piece_len) {
                    match direction {
                        Direction::ToBroker => {
                            self.broker_input(Input::Received { connection: number, bytes });
                        }
                        Direction::ToClient => {
                            self.client_input(client, ClientInput::Received { bytes });
                        }
                    }
                }
                return Some((packet, true));
            }
        }
        None
    }

    /// The opening of a connection reaches the broker's machine.
    fn reach_broker(&mut self, link: u64) {
        let is_up = self.broker().is_some();
        let Some(entry) = self.links.get_mut(&link) else { return };
        let connection = entry.number;
        if is_up {
            entry.broker_end = End::Open;
            let send_credit = self.settings.send_credit_bytes;
            self.broker_input(Input::Opened { connection, send_credit, address: None });
        } else {
            entry.broker_end = End::Closed;
            self.closed(link, Side::Broker, CloseCause::Refused);
            self.load(link, Direction::ToClient, Cargo::Close);
        }
    }

    /// The client closes its side.
    pub(super) fn client_closes(&mut self, link: u64) {
        if self.end_client(link) {
            self.closed(link, Side::Client, CloseCause::Own);
            self.load(link, Direction::ToBroker, Cargo::Close);
        }
    }

    /// The broker closes its side.
    pub(super) fn broker_closes(&mut self, link: u64) {
        self.end_broker(link, CloseCause::Own);
    }

    /// The broker's side ends by its own doing, or by the end of its process.
    pub(super) fn end_broker(&mut self, link: u64, cause: CloseCause) {
        let Some(entry) = self.links.get_mut(&link) else { return };
        if entry.broker_end.is_open() {
            entry.broker_end = End::Closed;
            self.closed(link, Side::Broker, cause);
            self.load(link, Direction::ToClient, Cargo::Close);
        }
    }

    /// The client learns that its connection is gone.
    pub(super) fn client_learns(&mut self, link: u64, cause: CloseCause) {
        let Some(client) = self.links.get(&link).map(|link| link.client) else { return };
        if self.end_client(link) {
            self.closed(link, Side::Client, cause);
            self.client_input(client, ClientInput::Closed);
        }
    }

    /// The broker learns that a connection is gone.
    pub(super) fn broker_learns(&mut self, link: u64, cause: CloseCause) {
        let Some(entry) = self.links.get_mut(&link) else { return };
        let connection = entry.number;
        let was_open = entry.broker_end.is_open();
        entry.broker_end = End::Closed;
        if was_open {
            self.closed(link, Side::Broker, cause);
            self.broker_input(Input::Closed { connection });
        }
    }

    /// Forgets links that neither side holds.
    pub(super) fn remove_links_over(&mut self) {
        let over: Vec<u64> =
            self.links.iter().filter(|(_, link)| link.is_over()).map(|(key, _)| *key).collect();
        for key in over {
            let Some(link) = self.links.remove(&key) else { continue };
            let cause = if link.is_cut { LossCause::Cut } else { LossCause::Closed };
            for lane in [&link.to_broker, &link.to_client] {
                self.lose_all(link.number, lane, cause);
            }
        }
        // Nobody is there to take the credit of a link that is gone.
        self.credits.clear();
    }

    pub(super) fn lose_all(&mut self, link: ConnectionId, lane: &Lane, cause: LossCause) {
        for (_, flight) in lane.flights() {
            self.lose(flight.packet, cause, flight.credit(link));
        }
    }

    /// The client's side ends; whether it had not before.
    fn end_client(&mut self, link: u64) -> bool {
        let Some(entry) = self.links.get_mut(&link) else { return false };
        let was_open = entry.client_end.is_open();
        entry.client_end = End::Closed;
        if let Some(party) = self.clients.get_mut(entry.client)
            && party.link == Some(link)
        {
            party.link = None;
        }
        was_open
    }

    fn closed(&mut self, link: u64, side: Side, cause: CloseCause) {
        let Some(entry) = self.links.get(&link) else { return };
        let Some(party) = self.clients.get(entry.client) else { return };
        let client = Arc::clone(&party.name);
        self.emit(Happening::LinkClosed { link: entry.number, client, side, cause });
    }
}

impl Flight {
    /// The credit the broker gets back once it is off the link `link`.
    fn credit(&self, link: ConnectionId) -> Option<(ConnectionId, u32)> {
        self.has_credit.then(|| (link, u32::try_from(self.bytes.len()).unwrap_or(u32::MAX)))
    }
}
