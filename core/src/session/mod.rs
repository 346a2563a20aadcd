//! Session: the agreement between a client and the broker that outlives the network link.
//!
//! A [`Session`] holds exactly the state that the standard lists for a server (§4.1), and knows
//! nothing of connections.

mod client_identifier;
mod drops;
mod inflight;
mod message;
mod queue;
mod state;
mod subscription;
mod will;

pub use client_identifier::ClientIdentifier;
pub use drops::{DropCause, DropCounters};
pub use inflight::{Inflight, InflightMessage, Outgoing, Stage, StageName};
pub(crate) use message::MessageName;
pub use message::{Message, MessageIdentity, MessageParts};
pub use queue::{Queue, QueueEntry};
pub use state::{Session, SessionNumber};
pub use subscription::{MatchedIdentifiers, ShareGroupName, Subscription};
pub use will::WillMessage;
