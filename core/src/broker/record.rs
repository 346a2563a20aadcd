//! Records: the durable facts of a broker.
//!
//! Each record is one fact that a store keeps whole or not at all. Applied in order they give
//! back the sessions, retained messages, share group queues and wills; what is not recorded (a
//! topic alias, a receive quota, a session without expiry) does not survive.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::codec::{PacketIdentifier, QoS};
use crate::session::{
    ClientIdentifier, DropCause, MatchedIdentifiers, Message, SessionNumber, ShareGroupName,
    Subscription, WillMessage,
};
use crate::topic::SubscriptionFilter;

/// A durable fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Record {
    /// A connection holds a session that outlives it: a new one, or one resumed with what this
    /// CONNECT says.
    Connected {
        /// The session.
        session: SessionNumber,
        /// Its client.
        client_identifier: ClientIdentifier,
        /// Who made it.
        principal: Option<Arc<str>>,
        /// Seconds it outlives the connection.
        expiry_interval: u32,
        /// The Will Message of this connection.
        will: Option<WillMessage>,
    },
    /// The connection of a session ended.
    Disconnected {
        /// The session.
        session: SessionNumber,
        /// Seconds from now to its end.
        expiry_interval: u32,
        /// When the will is due; `None` if there is none any more.
        will_due_at: Option<Timestamp>,
    },
    /// A session ended, with all it held.
    Ended {
        /// The session.
        session: SessionNumber,
    },
    /// A subscription was made or replaced.
    Subscribed {
        /// Whose.
        session: SessionNumber,
        /// To what.
        filter: SubscriptionFilter,
        /// How.
        subscription: Subscription,
    },
    /// A subscription was ended.
    Unsubscribed {
        /// Whose.
        session: SessionNumber,
        /// To what.
        filter: SubscriptionFilter,
    },
    /// A message was taken in, and all that follows from it at once.
    Published {
        /// The message.
        message: Arc<Message>,
        /// The queues it went to.
        recipients: Vec<Recipient>,
        /// What became of the retained message of its topic.
        retained: RetainedChange,
        /// The QoS 2 identifier that waits for PUBREL from now on.
        received: Option<(SessionNumber, PacketIdentifier)>,
        /// The session whose Will Message this was, and is no longer.
        will_of: Option<SessionNumber>,
    },
    /// A message went to one queue by itself: a retained message because of a subscription, or
    /// one that comes from a session that is not stored.
    Queued {
        /// The message.
        message: Arc<Message>,
        /// The queue it went to.
        recipient: Recipient,
    },
    /// A Will Message was dropped unpublished.
    WillDropped {
        /// Whose.
        session: SessionNumber,
    },
    /// PUBREL came: the identifier no longer waits.
    Released {
        /// Whose.
        session: SessionNumber,
        /// Which.
        packet_identifier: PacketIdentifier,
    },
    /// A queued message is on its way to the client.
    Sent {
        /// Whose.
        session: SessionNumber,
        /// Which.
        arrival: u64,
        /// Under which identifier.
        packet_identifier: PacketIdentifier,
    },
    /// PUBREC came: only PUBREL may be sent from now on.
    PubRecReceived {
        /// Whose.
        session: SessionNumber,
        /// Which.
        packet_identifier: PacketIdentifier,
    },
    /// An exchange is complete, or was given up.
    Completed {
        /// Whose.
        session: SessionNumber,
        /// Which.
        packet_identifier: PacketIdentifier,
    },
    /// A queued message was dropped, or was sent at QoS 0.
    Removed {
        /// From which queue.
        queue: QueueName,
        /// Which.
        arrival: u64,
        /// Why; `None` if it was sent.
        cause: Option<DropCause>,
    },
    /// A message of a share group's queue was given to a member.
    Assigned {
        /// From which group.
        group: Arc<ShareGroupName>,
        /// Which, by its number in the group's queue.
        arrival: u64,
        /// To whom and how, with its number in the session.
        recipient: Recipient,
    },
    /// A message that a session held went to the queue of a share group, since the session ended
    /// before its delivery had started.
    Reassigned {
        /// From which session.
        session: SessionNumber,
        /// Which, by its number in the session.
        arrival: u64,
        /// To which group and how, with its number in the group's queue.
        recipient: Recipient,
    },
    /// A retained message expired.
    RetainedExpired {
        /// Its topic.
        topic: String,
    },
    /// Numbers up to these have been given out. The broker does not emit it: a store that
    /// forgets what has ended keeps it instead, so that no number is given out twice.
    Numbered {
        /// The highest session.
        session: SessionNumber,
        /// The highest arrival number of any queue.
        arrival: u64,
    },
}

/// A queue a message goes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    /// Which queue.
    pub queue: QueueName,
    /// The message's number in it.
    pub arrival: u64,
    /// The QoS at which it is to be sent.
    pub qos: QoS,
    /// The RETAIN flag it is to carry.
    pub retain: bool,
    /// The identifiers of the subscriptions it came through.
    pub identifiers: MatchedIdentifiers,
    /// The share group it came through.
    pub share: Option<Arc<ShareGroupName>>,
}

/// The name of a queue that is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueueName {
    /// A session's.
    Session(SessionNumber),
    /// A share group's.
    Group(Arc<ShareGroupName>),
}

/// What a publish does to the retained message of its topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetainedChange {
    /// Nothing.
    None,
    /// It becomes the retained message.
    Set,
    /// There is none any more.
    Cleared,
}

impl Record {
    /// The bytes of what a client chose in it, and a little for the rest: what a store has to
    /// take.
    #[must_use]
    pub fn size(&self) -> u64 {
        const OWN: u64 = 64;
        match self {
            Self::Published { message, recipients, .. } => {
                OWN + message.size() + 16 * recipients.len() as u64
            }
            Self::Queued { message, .. } => OWN + message.size(),
            Self::Connected { client_identifier, will, .. } => {
                let will = will.as_ref().map_or(0, WillMessage::size);
                OWN + client_identifier.as_str().len() as u64 + will
            }
            Self::Subscribed { filter, .. } | Self::Unsubscribed { filter, .. } => {
                OWN + filter.filter().as_str().len() as u64
            }
            Self::RetainedExpired { topic } => OWN + topic.len() as u64,
            Self::Disconnected { .. }
            | Self::Ended { .. }
            | Self::WillDropped { .. }
            | Self::Released { .. }
            | Self::Sent { .. }
            | Self::PubRecReceived { .. }
            | Self::Completed { .. }
            | Self::Removed { .. }
            | Self::Assigned { .. }
            | Self::Reassigned { .. }
            | Self::Numbered { .. } => OWN,
        }
    }
}
