//! What a driver tells the broker.

use core::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{Command, EventFilter, RecordSequence};
use crate::value::Read;

/// The driver's name for a network connection. A number is not used again while the broker
/// lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConnectionId(pub u64);

/// An input of [`Broker::handle_input`](super::Broker::handle_input).
#[derive(Clone, Debug)]
pub enum Input<'a> {
    /// A network connection is there; its CONNECT deadline runs from now.
    Opened {
        /// Its name.
        connection: ConnectionId,
        /// Bytes the driver is ready to hold for this peer; `Flushed` gives them back.
        send_credit: u32,
        /// Where it comes from, to be shown, and counted unless it is loopback.
        address: Option<IpAddr>,
    },
    /// The peer sent bytes.
    Received {
        /// From where.
        connection: ConnectionId,
        /// Any piece of the stream.
        bytes: &'a [u8],
    },
    /// Bytes handed out for this connection have left.
    Flushed {
        /// Which connection.
        connection: ConnectionId,
        /// How many bytes.
        len: u32,
    },
    /// The network connection is gone, with or without a word from the peer.
    Closed {
        /// Which connection.
        connection: ConnectionId,
    },
    /// The answer to `Output::Authenticate`.
    Authenticated {
        /// Which connection.
        connection: ConnectionId,
        /// What was decided.
        verdict: AuthenticationVerdict,
    },
    /// All records up to and including this one are as durable as promised.
    Persisted {
        /// The last of them.
        upto: RecordSequence,
    },
    /// An operator's wish.
    Command(Command),
    /// From now on these events are told.
    Observe {
        /// Which.
        filter: EventFilter,
    },
    /// Time has come: whatever is due is done. Early, it does nothing.
    Timeout,
}

/// A verdict of the driver on a client's identity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
pub enum AuthenticationVerdict {
    /// One more step of the client's method: AUTH 0x18 with this data.
    Continue {
        /// Data whose meaning the method defines.
        data: Option<Vec<u8>>,
    },
    /// The client is who it says.
    Accept {
        /// Who that is; `None` for anonymous. A session belongs to its principal.
        principal: Option<String>,
        /// Data for CONNACK or the closing AUTH.
        data: Option<Vec<u8>>,
    },
    /// It is not.
    Reject {
        /// What the client is told, a code of CONNACK.
        reason_code: crate::codec::ReasonCode,
    },
}
