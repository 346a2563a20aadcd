//! The one ordered queue of outputs, with the bytes they refer to.

use std::collections::VecDeque;
use std::sync::Arc;

use super::output::AuthenticationRequest;
use super::{ConnectionId, Event, Output, Record, RecordSequence};
use crate::Timestamp;
use crate::session::Message;

/// Above this the byte buffer is given back once it is empty.
const ARENA_KEPT_BYTES: usize = 1 << 20;

/// Outputs in order. The bytes of small packets stand in one buffer that is used again each
/// turn, so that an output costs neither an allocation nor a copy of what subscribers share.
#[derive(Clone, Debug, Default)]
pub(super) struct OutputQueue {
    entries: VecDeque<Entry>,
    arena: Vec<u8>,
    /// The output that was polled last, whose bytes may still be borrowed.
    current: Option<Payload>,
}

/// A piece of the buffer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    start: usize,
    end: usize,
}

/// The second part of a packet.
#[derive(Clone, Debug)]
pub(super) enum Payload {
    /// There is none.
    None,
    /// It stands in the buffer.
    Piece(Piece),
    /// It stands in a message that is stored anyway.
    Message(Arc<Message>),
}

#[derive(Clone, Debug)]
enum Entry {
    Transmit { connection: ConnectionId, head: Piece, payload: Payload },
    Read { connection: ConnectionId, on: bool },
    Close { connection: ConnectionId },
    Persist(Box<(RecordSequence, Timestamp, Record)>),
    Authenticate(Box<(ConnectionId, AuthenticationRequest)>),
    Event(Box<Event>),
}

impl OutputQueue {
    /// Writes bytes into the buffer by `write` and names them.
    pub(super) fn write(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> Piece {
        let start = self.arena.len();
        write(&mut self.arena);
        Piece { start, end: self.arena.len() }
    }

    /// Takes a piece back that was the last one written.
    pub(super) fn unwrite(&mut self, piece: Piece) {
        self.arena.truncate(piece.start);
    }

    pub(super) fn transmit(&mut self, connection: ConnectionId, head: Piece, payload: Payload) {
        self.entries.push_back(Entry::Transmit { connection, head, payload });
    }

    pub(super) fn read(&mut self, connection: ConnectionId, on: bool) {
        self.entries.push_back(Entry::Read { connection, on });
    }

    pub(super) fn close(&mut self, connection: ConnectionId) {
        self.entries.push_back(Entry::Close { connection });
    }

    pub(super) fn persist(&mut self, sequence: RecordSequence, at: Timestamp, record: Record) {
        self.entries.push_back(Entry::Persist(Box::new((sequence, at, record))));
    }

    pub(super) fn authenticate(
        &mut self,
        connection: ConnectionId,
        request: AuthenticationRequest,
    ) {
        self.entries.push_back(Entry::Authenticate(Box::new((connection, request))));
    }

    pub(super) fn event(&mut self, event: Event) {
        self.entries.push_back(Entry::Event(Box::new(event)));
    }

    /// Takes the next output.
    pub(super) fn poll(&mut self) -> Option<Output<'_>> {
        let Some(entry) = self.entries.pop_front() else {
            self.current = None;
            self.arena.clear();
            if self.arena.capacity() > ARENA_KEPT_BYTES {
                self.arena = Vec::new();
            }
            return None;
        };
        Some(match entry {
            Entry::Transmit { connection, head, payload } => {
                let payload = self.current.insert(payload);
                let head = self.arena.get(head.start..head.end).unwrap_or_default();
                let payload = match payload {
                    Payload::None => &[],
                    Payload::Piece(piece) => {
                        self.arena.get(piece.start..piece.end).unwrap_or_default()
                    }
                    Payload::Message(message) => message.payload(),
                };
                Output::Transmit { connection, head, payload }
            }
            Entry::Read { connection, on } => Output::Read { connection, on },
            Entry::Close { connection } => Output::Close { connection },
            Entry::Persist(persist) => {
                let (sequence, at, record) = *persist;
                Output::Persist { sequence, at, record }
            }
            Entry::Authenticate(request) => {
                let (connection, request) = *request;
                Output::Authenticate { connection, request: Box::new(request) }
            }
            Entry::Event(event) => Output::Event(*event),
        })
    }
}

impl Piece {
    /// How many bytes it has.
    pub(super) const fn len(self) -> usize {
        self.end - self.start
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_buffer_is_given_back_once_it_is_empty_if_it_was_large() {
        for (reserved, left) in [
            (1000, 1000),
            (ARENA_KEPT_BYTES, ARENA_KEPT_BYTES),
            (ARENA_KEPT_BYTES + 1, 0),
            (3 * ARENA_KEPT_BYTES, 0),
        ] {
            let mut queue = OutputQueue::default();
            queue.arena.reserve_exact(reserved);
            assert!(queue.poll().is_none());
            assert_eq!(queue.arena.capacity(), left);
        }
    }

    #[test]
    fn a_piece_that_is_taken_back_leaves_its_place_to_the_next() {
        let mut queue = OutputQueue::default();
        let kept = queue.write(|out| out.extend_from_slice(b"kept"));
        let taken = queue.write(|out| out.extend_from_slice(b"taken back"));
        queue.unwrite(taken);
        let next = queue.write(|out| out.extend_from_slice(b"next"));
        assert_eq!((kept.start, kept.end, next.start, next.end), (0, 4, 4, 8));
        assert_eq!(queue.arena, b"keptnext");
    }
}
