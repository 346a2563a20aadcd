//! What the broker shows of a message, in a packet or a view.

use afterlink_core::Timestamp;
use afterlink_core::codec::QoS;

use super::state::{Flight, Kind, Owed};

/// What is known of a message that the broker sends or holds.
#[derive(Clone, Copy)]
pub(super) struct Seen<'a> {
    pub(super) topic: &'a str,
    pub(super) payload: &'a [u8],
    pub(super) qos: QoS,
    /// RETAIN, unless it is not to be seen.
    pub(super) retain: Option<bool>,
    /// The Subscription Identifiers, unless they are not to be seen.
    pub(super) identifiers: Option<&'a [u32]>,
    pub(super) life: Life,
}

/// What is seen of a message's expiry.
#[derive(Clone, Copy)]
pub(super) enum Life {
    Unseen,
    /// When it ends, if it does.
    Until(Option<Timestamp>),
    /// Seconds that are left now.
    Left(Option<u32>, Timestamp),
}

impl Seen<'_> {
    pub(super) fn is(&self, owed: &Owed) -> bool {
        owed.is(self.topic, self.payload, self.qos, self.retain.unwrap_or(owed.retain))
            && self.identifiers.is_none_or(|identifiers| owed.identifiers == identifiers)
            && self.lives_like(owed)
    }

    fn lives_like(&self, owed: &Owed) -> bool {
        match self.life {
            Life::Unseen => true,
            Life::Until(at) => owed.message.expires_at == at,
            Life::Left(seconds, now) => owed.message.seconds_left(now) == seconds,
        }
    }

    /// The same, or one of a group, of which a view and version 3 do not show everything.
    pub(super) fn is_flight(&self, flight: &Flight) -> bool {
        let is_shared = flight.owed.kind == Kind::Shared && self.qos == flight.owed.qos;
        self.is(&flight.owed) || (is_shared && self.is_like(&flight.owed))
    }

    /// Notes what was not known before.
    pub(super) fn complete(&self, owed: &mut Owed) {
        owed.retain = self.retain.unwrap_or(owed.retain);
        if let Some(identifiers) = self.identifiers {
            owed.identifiers = identifiers.to_vec();
        }
    }

    /// The same message, whatever the way to the client made of it.
    pub(super) fn is_like(&self, owed: &Owed) -> bool {
        owed.message.topic == self.topic
            && owed.message.payload == self.payload
            && owed.message.qos >= self.qos
            && self.lives_like(owed)
    }
}

impl core::fmt::Display for Seen<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let text = String::from_utf8_lossy(self.payload);
        let Self { topic, qos, retain, identifiers, .. } = self;
        write!(f, "`{text}` on {topic} with {qos:?}, retain {retain:?}, {identifiers:?}")
    }
}
