//! What a broker asks for, gathered into one piece that crosses at once.

use afterlink_core::Broker;
use afterlink_core::broker::{ConnectionId, Event, Output};

use super::page::AuthenticationRequest;

/// Bytes for peers at which no more outputs are gathered before they are taken.
const GATHERED_BYTES_MAX: usize = 1024 * 1024;
/// Bytes of room that a connection keeps for what it is sent next.
const KEPT_BYTES_MAX: usize = 4 * 1024;
/// Connections that keep room.
const KEPT_MAX: usize = 64;

const READ_OFF: u32 = 1;
const READ_ON: u32 = 2;
const CLOSE: u32 = 4;

/// What was gathered and not yet taken.
#[derive(Default)]
pub(super) struct Outputs {
    /// By connection, in order.
    connections: Vec<(ConnectionId, Gathered)>,
    bytes: usize,
    events: Vec<Event>,
    requests: Vec<AuthenticationRequest>,
    /// Buffers that are used again.
    spare: Vec<Vec<u8>>,
}

/// What is to be done for one connection: outputs of one are in order, so that whether to read is
/// what was said last, and after a close nothing follows.
#[derive(Default)]
struct Gathered {
    bytes: Vec<u8>,
    flags: u32,
}

impl Outputs {
    /// Takes outputs of a broker until there are none, or enough bytes.
    pub(super) fn gather(&mut self, broker: &mut Broker) {
        while self.bytes < GATHERED_BYTES_MAX
            && let Some(output) = broker.poll_output()
        {
            match output {
                Output::Transmit { connection, head, payload } => {
                    self.bytes += head.len() + payload.len();
                    let bytes = &mut self.of(connection).bytes;
                    bytes.extend_from_slice(head);
                    bytes.extend_from_slice(payload);
                }
                Output::Read { connection, on } => {
                    let gathered = self.of(connection);
                    gathered.flags &= !(READ_OFF | READ_ON);
                    gathered.flags |= if on { READ_ON } else { READ_OFF };
                }
                Output::Close { connection } => self.of(connection).flags |= CLOSE,
                Output::Event(event) => self.events.push(event),
                Output::Authenticate { connection, request } => {
                    self.requests.push(AuthenticationRequest::new(connection, *request));
                }
                // Records are off.
                Output::Persist { .. } => {}
            }
        }
    }

    /// What is to be done for connections; `None` if nothing is.
    pub(super) fn take(&mut self) -> Option<Vec<u8>> {
        const HEAD_BYTES: usize = 16;
        if self.connections.is_empty() {
            return None;
        }
        let len = self.connections.len() * HEAD_BYTES + self.bytes;
        let mut all = Vec::with_capacity(len);
        for (ConnectionId(name), mut gathered) in self.connections.drain(..) {
            #[allow(clippy::cast_precision_loss, reason = "it came as such a number")]
            all.extend_from_slice(&(name as f64).to_le_bytes());
            all.extend_from_slice(&gathered.flags.to_le_bytes());
            let len = u32::try_from(gathered.bytes.len()).expect("a call gathers a bounded sum");
            all.extend_from_slice(&len.to_le_bytes());
            all.extend_from_slice(&gathered.bytes);
            if gathered.bytes.capacity() <= KEPT_BYTES_MAX && self.spare.len() < KEPT_MAX {
                gathered.bytes.clear();
                self.spare.push(gathered.bytes);
            }
        }
        self.bytes = 0;
        Some(all)
    }

    pub(super) fn take_events(&mut self) -> Vec<Event> {
        core::mem::take(&mut self.events)
    }

    pub(super) fn take_requests(&mut self) -> Vec<AuthenticationRequest> {
        core::mem::take(&mut self.requests)
    }

    fn of(&mut self, connection: ConnectionId) -> &mut Gathered {
        let at = match self.connections.binary_search_by_key(&connection, |(known, _)| *known) {
            Ok(at) => at,
            Err(at) => {
                let bytes = self.spare.pop().unwrap_or_default();
                self.connections.insert(at, (connection, Gathered { bytes, flags: 0 }));
                at
            }
        };
        &mut self.connections[at].1
    }
}
