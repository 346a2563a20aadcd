//! Publishes that wait to be sent. They are no Session State: the server knows nothing of them,
//! so nothing the server says about the Session concerns them.

use std::collections::VecDeque;
use std::sync::Arc;

use super::{ClientLimits, OutgoingMessage, Refusal};

/// A bounded queue of QoS 1 and 2 publishes.
#[derive(Clone, Debug, Default)]
pub(super) struct Outbox {
    waiting: VecDeque<Waiting>,
    bytes: usize,
}

/// A publish that waits for a connection, for send quota or for a Packet Identifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The application's number for the publish.
    pub tag: u64,
    /// What is to be published.
    pub message: Arc<OutgoingMessage>,
}

impl Outbox {
    /// Adds `waiting` at the end.
    ///
    /// # Errors
    ///
    /// If a limit would be passed.
    pub(super) fn push(&mut self, waiting: Waiting, limits: &ClientLimits) -> Result<(), Refusal> {
        let bytes = self.bytes.saturating_add(waiting.message.len_bytes());
        if self.waiting.len() >= limits.outbox_messages_max || bytes > limits.outbox_bytes_max {
            return Err(Refusal::OutboxFull);
        }
        self.bytes = bytes;
        self.waiting.push_back(waiting);
        Ok(())
    }

    /// Takes the first one.
    pub(super) fn pop(&mut self) -> Option<Waiting> {
        let waiting = self.waiting.pop_front()?;
        self.bytes = self.bytes.saturating_sub(waiting.message.len_bytes());
        Some(waiting)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = &Waiting> {
        self.waiting.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(payload_bytes: usize) -> Waiting {
        let message =
            OutgoingMessage { payload: vec![0; payload_bytes], ..OutgoingMessage::default() };
        Waiting { tag: 0, message: Arc::new(message) }
    }

    #[test]
    fn the_outbox_takes_as_many_messages_as_its_limit() {
        let limits = ClientLimits { outbox_messages_max: 2, ..ClientLimits::default() };
        let mut outbox = Outbox::default();
        assert_eq!(outbox.push(waiting(1), &limits), Ok(()));
        assert_eq!(outbox.push(waiting(1), &limits), Ok(()));
        assert_eq!(outbox.push(waiting(1), &limits), Err(Refusal::OutboxFull));
        outbox.pop();
        assert_eq!(outbox.push(waiting(1), &limits), Ok(()));
    }

    #[test]
    fn the_outbox_takes_as_many_bytes_as_its_limit() {
        let limits = ClientLimits { outbox_bytes_max: 10, ..ClientLimits::default() };
        let mut outbox = Outbox::default();
        assert_eq!(outbox.push(waiting(4), &limits), Ok(()));
        assert_eq!(outbox.push(waiting(7), &limits), Err(Refusal::OutboxFull));
        assert_eq!(outbox.push(waiting(6), &limits), Ok(()));
        outbox.pop();
        assert_eq!(outbox.push(waiting(4), &limits), Ok(()));
    }
}
