//! Queues as records fill and empty them.

use std::sync::Arc;

use super::Restore;
use crate::Timestamp;
use crate::broker::{QueueName, Recipient};
use crate::codec::{PacketIdentifier, QoS};
use crate::session::{Message, Queue, QueueEntry, SessionNumber};

impl Restore {
    /// Whether the queue of a recipient is there.
    pub(super) fn fits(&self, recipient: &Recipient) -> Option<()> {
        match &recipient.queue {
            QueueName::Session(number) => self.key(*number).map(|_| ()),
            QueueName::Group(name) => self.broker.group_keys.get(name).map(|_| ()),
        }
    }

    /// Puts a message into a queue.
    pub(super) fn queue(&mut self, recipient: Recipient, message: &Arc<Message>) -> Option<()> {
        self.arrival_used(recipient.arrival)?;
        let share = recipient.share.map(|name| {
            // One name for all, as in the broker that wrote it.
            self.broker.group_keys.get_key_value(&name).map_or(name, |(one, _)| Arc::clone(one))
        });
        let entry = QueueEntry {
            arrival: recipient.arrival,
            qos: recipient.qos,
            retain: recipient.retain,
            identifiers: recipient.identifiers,
            share,
            recorded: self.broker.keeps_records(),
            message: Arc::clone(message),
        };
        let queue = self.queue_of(&recipient.queue)?;
        if queue.get(entry.arrival).is_some() {
            return None;
        }
        queue.push(entry);
        self.broker.queued_bytes += message.size();
        Some(())
    }

    /// Takes an entry out of a queue.
    pub(super) fn unqueue(&mut self, name: &QueueName, arrival: u64) -> Option<QueueEntry> {
        let entry = self.queue_of(name)?.remove(arrival)?;
        self.broker.queued_bytes -= entry.message.size();
        Some(entry)
    }

    /// Takes a message out of a session, queued or inflight.
    pub(super) fn take_back(
        &mut self,
        number: SessionNumber,
        arrival: u64,
    ) -> Option<Arc<Message>> {
        if let Some(entry) = self.unqueue(&QueueName::Session(number), arrival) {
            return Some(entry.message);
        }
        let inflight = &mut self.session(number)?.inflight;
        let (identifier, message) = inflight
            .iter()
            .filter(|message| message.arrival == arrival)
            .find_map(|one| Some((one.packet_identifier, Arc::clone(&one.outgoing()?.message))))?;
        inflight.finish(identifier);
        Some(message)
    }

    pub(super) fn sent(
        &mut self,
        at: Timestamp,
        number: SessionNumber,
        arrival: u64,
        identifier: PacketIdentifier,
    ) -> Option<()> {
        let session = self.session(number)?;
        let known = session.queue.get(arrival).is_some_and(|entry| entry.qos > QoS::AtMostOnce);
        if !known || session.inflight.get(identifier).is_some() {
            return None;
        }
        let entry = self.unqueue(&QueueName::Session(number), arrival)?;
        self.session(number)?.inflight.restore(entry, identifier, at);
        Some(())
    }

    fn queue_of(&mut self, name: &QueueName) -> Option<&mut Queue> {
        match name {
            QueueName::Session(number) => self.session(*number).map(|session| &mut session.queue),
            QueueName::Group(name) => {
                let key = *self.broker.group_keys.get(name)?;
                self.broker.groups.get_mut(key.index()).map(|group| &mut group.queue)
            }
        }
    }
}
