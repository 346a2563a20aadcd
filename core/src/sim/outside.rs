//! Clients from outside: programs that run elsewhere and speak MQTT by themselves.
//!
//! Whatever they send is a command of the scenario, so that it can be played again without them.
//! What is sent to them is in the trace: a packet that was delivered, a side that was closed. The
//! World holds their links and reads along; it answers nothing for them.

use super::link::Flight;
use super::world::{Party, World};
use super::{ClientDefinition, CommandRefusal, Direction};
use crate::client::{Client, ClientConfig, ClientState};
use crate::codec::packet::Connect;
use crate::codec::{DecodeLimits, Packet, PacketType, ReasonCode, Sender, decode, packet_length};

/// Bytes of a packet that has begun; what comes beyond them goes as it is, packet or not.
const UNSENT_BYTES_MAX: usize = 1 << 20;

/// What the World knows of a client from outside.
#[derive(Clone, Debug, Default)]
pub(super) struct Outside {
    /// The beginning of a packet whose rest is to come.
    pub(super) unsent: Vec<u8>,
    /// Whether a CONNACK that accepts its connection has reached it.
    is_accepted: bool,
}

impl World {
    /// Why a client of this name is not one from outside; a new name may become one.
    pub(super) fn outside_refusal(&self, name: &str, may_be_new: bool) -> Option<CommandRefusal> {
        let party = self.party(name).and_then(|index| self.clients.get(index));
        match party {
            None if may_be_new => self.has_no_room().then_some(CommandRefusal::TooManyClients),
            None => Some(CommandRefusal::ClientUnknown),
            Some(party) if party.outside.is_none() => Some(CommandRefusal::ClientInside),
            Some(party) if party.link.is_none() && !may_be_new => {
                Some(CommandRefusal::NotConnected)
            }
            Some(_) => None,
        }
    }

    /// It opens a network connection.
    pub(super) fn open_outside(&mut self, name: &str) {
        let index = self.party(name).unwrap_or_else(|| {
            self.add_client(&ClientDefinition { name: name.to_owned(), ..Default::default() });
            self.clients.len() - 1
        });
        if let Some(party) = self.clients.get_mut(index) {
            party.outside = Some(Outside::default());
        }
        self.open_link(index);
    }

    /// It sends bytes. What it sends of a packet waits for the rest of it.
    pub(super) fn send_outside(&mut self, index: usize, bytes: &[u8]) {
        let Some(party) = self.clients.get_mut(index) else { return };
        let (Some(outside), Some(link)) = (&mut party.outside, party.link) else { return };
        outside.unsent.extend_from_slice(bytes);
        let whole = whole_packets(&outside.unsent);
        let packets: Vec<u8> = outside.unsent.drain(..whole).collect();
        self.transmit(link, Direction::ToBroker, &packets);
    }

    /// It closes its network connection, after what it has sent.
    pub(super) fn close_outside(&mut self, index: usize) {
        let Some(party) = self.clients.get_mut(index) else { return };
        let (Some(outside), Some(link)) = (&mut party.outside, party.link) else { return };
        let unsent = core::mem::take(&mut outside.unsent);
        self.transmit(link, Direction::ToBroker, &unsent);
        self.client_closes(link);
    }
}

impl Party {
    /// Where it stands with its network.
    pub(super) fn state(&self) -> ClientState {
        match &self.outside {
            None => self.client.state(),
            Some(_) if self.link.is_none() => ClientState::Offline,
            Some(Outside { is_accepted: true, .. }) => ClientState::Connected,
            Some(_) => ClientState::Connecting,
        }
    }

    /// Notes what a client from outside asks for in CONNECT.
    pub(super) fn note_connect(&mut self, connect: &Connect<'_>) {
        if self.outside.is_some() {
            self.client = Client::new(ClientConfig {
                version: connect.version,
                client_identifier: connect.client_identifier.to_owned(),
                clean_start: connect.clean_start,
                session_expiry_interval: connect.properties.session_expiry_interval,
                keep_alive: connect.keep_alive,
                receive_maximum: connect.properties.receive_maximum,
                maximum_packet_size: connect.properties.maximum_packet_size,
                topic_alias_maximum: connect.properties.topic_alias_maximum,
                ..ClientConfig::default()
            });
        }
    }

    /// Notes what reaches a client from outside.
    pub(super) fn note_arrival(&mut self, flight: &Flight) {
        if let Some(outside) = &mut self.outside
            && flight.packet_type == Some(PacketType::ConnAck)
            && let Ok(Packet::ConnAck(ack)) =
                decode(&flight.bytes, flight.version, Sender::Server, &DecodeLimits::default())
        {
            outside.is_accepted = ack.reason_code == ReasonCode::SUCCESS;
        }
    }
}

/// How many bytes at the start are whole packets. What cannot become one counts as whole.
fn whole_packets(bytes: &[u8]) -> usize {
    let mut whole = 0;
    while let Some(rest) = bytes.get(whole..)
        && !rest.is_empty()
    {
        match packet_length(rest, UNSENT_BYTES_MAX) {
            Ok(Some(len)) if len <= rest.len() => whole += len,
            Ok(_) => break,
            Err(_) => return bytes.len(),
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_is_whole_with_its_last_byte() {
        let ping = [0xC0, 0];
        assert_eq!(whole_packets(&[]), 0);
        assert_eq!(whole_packets(&ping[..1]), 0);
        assert_eq!(whole_packets(&ping), 2);
        assert_eq!(whole_packets(&[0xC0, 0, 0x30, 3, 0, 1]), 2);
    }

    #[test]
    fn what_can_be_no_packet_waits_for_nothing() {
        assert_eq!(whole_packets(b"\0GET / HTTP/1.1"), 15);
        // One byte more than is held: a Remaining Length of 1 MiB - 4 makes 1 MiB in all.
        assert_eq!(whole_packets(&[0x30, 0xFC, 0xFF, 0x3F, 0]), 0);
        assert_eq!(whole_packets(&[0x30, 0xFD, 0xFF, 0x3F, 0]), 5);
    }
}
