//! One network connection of a run.

use std::collections::VecDeque;

use afterlink_core::codec::{DecodeLimits, Deframer, ProtocolVersion, Sender, decode};

use crate::contract::Contract;
use crate::notation::{Described, describe, wire_name};
use crate::script::Version;

/// The largest packet taken from a broker, in bytes.
const PACKET_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A connection as its client sees it.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    version: Version,
    deframer: Deframer,
    pub(crate) contract: Contract,
    /// Packets that have come and were not taken.
    pub(crate) inbox: VecDeque<Described>,
    /// Whether neither side has closed.
    pub(crate) is_open: bool,
}

/// A packet that has come, or what came instead.
pub(crate) struct Arrival {
    pub(crate) packet: Described,
    pub(crate) bytes: Vec<u8>,
    /// What is wrong with it.
    pub(crate) fault: Option<String>,
}

impl Line {
    pub(crate) fn new(version: Version) -> Self {
        Self {
            version,
            deframer: Deframer::new(),
            contract: Contract::new(version),
            inbox: VecDeque::new(),
            is_open: true,
        }
    }

    /// Takes bytes in; the packets that they complete, up to the first that is at fault.
    pub(crate) fn receive(&mut self, mut bytes: &[u8]) -> Vec<Arrival> {
        let mut arrivals = Vec::new();
        loop {
            let packet = match self.deframer.next(&mut bytes, PACKET_BYTES_MAX) {
                Ok(Some(packet)) => packet.to_vec(),
                Ok(None) => return arrivals,
                Err(error) => {
                    let packet = Described { name: "(no packet)", fields: Vec::new() };
                    let bytes = [self.deframer.kept(), bytes].concat();
                    let fault = Some(format!("no packet begins like this: {error}"));
                    arrivals.push(Arrival { packet, bytes, fault });
                    return arrivals;
                }
            };
            let arrival = self.read(packet);
            let is_at_fault = arrival.fault.is_some();
            if !is_at_fault {
                self.inbox.push_back(arrival.packet.clone());
            }
            arrivals.push(arrival);
            if is_at_fault {
                return arrivals;
            }
        }
    }

    fn read(&mut self, bytes: Vec<u8>) -> Arrival {
        match read_packet(&bytes, self.version) {
            Ok(mut packet) => {
                let fault = self.contract.received(&mut packet, bytes.len()).err();
                Arrival { packet, bytes, fault }
            }
            Err(error) => {
                let packet = Described { name: wire_name(&bytes), fields: Vec::new() };
                let fault = Some(format!("no server may send this packet: {error}"));
                Arrival { packet, bytes, fault }
            }
        }
    }
}

fn read_packet(bytes: &[u8], version: Version) -> Result<Described, String> {
    let limits = DecodeLimits {
        user_properties_max: usize::MAX,
        properties_bytes_max: usize::MAX,
        filters_max: usize::MAX,
    };
    let in_version = |version: ProtocolVersion| {
        let packet = decode(bytes, version, Sender::Server, &limits);
        packet.map(|packet| describe(&packet, version)).map_err(|error| error.to_string())
    };
    match in_version(version.into()) {
        // Who does not speak the client's version can refuse it only in terms of its own.
        Err(_) if version == Version::V5 && bytes.len() == 4 && bytes[0] == 0x20 => {
            in_version(ProtocolVersion::V3_1_1)
        }
        outcome => outcome,
    }
}
