//! What the broker asks of its driver.

use serde::{Deserialize, Serialize};

use super::{ConnectionId, Event, Record};
use crate::Timestamp;

/// The number of a record; consecutive from 1.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct RecordSequence(pub u64);

/// An output of [`Broker::poll_output`](super::Broker::poll_output).
///
/// Outputs of one connection are in order, and a record comes before the packets that wait for
/// it. Slices are borrowed until the next poll.
#[derive(Debug)]
pub enum Output<'a> {
    /// Bytes for a peer: `head`, then `payload`. Together they are one or more whole packets.
    Transmit {
        /// To whom.
        connection: ConnectionId,
        /// The first part.
        head: &'a [u8],
        /// The second part, shared by all who get the same message; often empty.
        payload: &'a [u8],
    },
    /// Read from this peer, or stop reading until told otherwise.
    Read {
        /// From whom.
        connection: ConnectionId,
        /// Whether to read.
        on: bool,
    },
    /// Send what is on its way, then close. The broker has forgotten the connection.
    Close {
        /// Which connection.
        connection: ConnectionId,
    },
    /// Make a fact durable and answer with `Input::Persisted`.
    Persist {
        /// Its number.
        sequence: RecordSequence,
        /// When it came to be.
        at: Timestamp,
        /// The fact.
        record: Record,
    },
    /// Judge a client and answer with `Input::Authenticated`.
    Authenticate {
        /// Which connection.
        connection: ConnectionId,
        /// What it says of itself.
        request: Box<AuthenticationRequest>,
    },
    /// Something an observer asked to be told.
    Event(Event),
}

/// What a client says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthenticationRequest {
    /// Its Client Identifier; empty if it asks for an assigned one.
    pub client_identifier: String,
    /// User Name of CONNECT.
    pub user_name: Option<String>,
    /// Password of CONNECT.
    pub password: Option<Vec<u8>>,
    /// Authentication Method.
    pub method: Option<String>,
    /// Authentication Data of CONNECT or AUTH.
    pub data: Option<Vec<u8>>,
    /// Whether the client is connected and authenticates anew.
    pub re_authentication: bool,
}
