//! PUBACKs or PUBRECs not sent yet, in the order of their PUBLISH.

use std::collections::VecDeque;

use crate::codec::{PacketIdentifier, ReasonCode};

/// Messages of one QoS that wait for their acknowledgement. One that is decided leaves once those
/// before it have left [MQTT-4.6.0-2] [MQTT-4.6.0-3]. It belongs to a connection: what is not
/// acknowledged when that ends, the server sends again.
#[derive(Clone, Debug, Default)]
pub(super) struct Acknowledgements {
    waiting: VecDeque<(PacketIdentifier, Option<ReasonCode>)>,
}

impl Acknowledgements {
    /// Adds a message just received.
    pub(super) fn push(&mut self, packet_identifier: PacketIdentifier) {
        self.waiting.push_back((packet_identifier, None));
    }

    /// Decides how to acknowledge a message; false if none waits under this identifier.
    pub(super) fn decide(
        &mut self,
        packet_identifier: PacketIdentifier,
        reason_code: ReasonCode,
    ) -> bool {
        let undecided = self
            .waiting
            .iter_mut()
            .find(|(identifier, decided)| *identifier == packet_identifier && decided.is_none());
        match undecided {
            Some((_, decided)) => {
                *decided = Some(reason_code);
                true
            }
            None => false,
        }
    }

    /// Takes the next acknowledgement that may be sent.
    pub(super) fn pop_decided(&mut self) -> Option<(PacketIdentifier, ReasonCode)> {
        let (packet_identifier, Some(reason_code)) = *self.waiting.front()? else { return None };
        self.waiting.pop_front();
        Some((packet_identifier, reason_code))
    }

    pub(super) fn remove(&mut self, packet_identifier: PacketIdentifier) {
        self.waiting.retain(|(identifier, _)| *identifier != packet_identifier);
    }

    pub(super) fn contains(&self, packet_identifier: PacketIdentifier) -> bool {
        self.waiting.iter().any(|(identifier, _)| *identifier == packet_identifier)
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Those that wait for the application.
    pub(super) fn undecided(&self) -> impl Iterator<Item = PacketIdentifier> {
        self.waiting
            .iter()
            .filter(|(_, decided)| decided.is_none())
            .map(|(packet_identifier, _)| *packet_identifier)
    }
}
