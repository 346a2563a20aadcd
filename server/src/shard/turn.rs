//! From the broker to sockets.

use std::cell::RefCell;
use std::rc::Rc;
use std::task::{Poll, Waker};

use afterlink_core::broker::{AuthenticationVerdict, ConnectionId, Input, Output, RecordSequence};
use afterlink_core::codec::ReasonCode;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::{READ_BYTES, Shard, slot_of};
use crate::connection::Phase;

/// Bytes gathered at which they are written before more outputs are taken.
const GATHERED_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Bytes gathered in a turn at which fewer are read from each socket.
const TURN_BYTES_MAX: usize = 2 * GATHERED_BYTES_MAX;
/// Bytes read from a socket at the least.
const READ_BYTES_MIN: usize = 256;
/// Times that outputs are taken in one turn: credit given back makes the broker send more.
const ROUNDS_MAX: usize = 8;
/// Timers of the broker served before others have their turn.
const TIMEOUTS_MAX: usize = 8;

/// The task that takes turns.
#[derive(Debug, Default)]
pub(super) struct TurnTask {
    /// Whether there is something for it to do.
    due: bool,
    waker: Option<Waker>,
    /// When it is woken by time.
    timer: Option<Instant>,
}

/// Takes turns for ever; ends if the core has panicked.
pub(super) async fn take_turns(shard: Rc<RefCell<Shard>>) {
    let sleep = tokio::time::sleep_until(Instant::now());
    tokio::pin!(sleep);
    std::future::poll_fn(|context| {
        let mut shard = shard.borrow_mut();
        let task = &mut shard.turn_task;
        if !task.waker.as_ref().is_some_and(|waker| waker.will_wake(context.waker())) {
            task.waker = Some(context.waker().clone());
        }
        if core::mem::take(&mut task.due) {
            shard.turn();
        }
        for _ in 0..TIMEOUTS_MAX {
            if shard.engine.is_blown() {
                return Poll::Ready(());
            }
            let Some(at) = shard.engine.timeout() else { return Poll::Pending };
            let Some(at) = shard.engine.clock().instant(at) else { return Poll::Pending };
            // A timer that is armed for an earlier moment stays: to be woken too early costs
            // less than to arm it anew whenever a deadline moves.
            if shard.turn_task.timer.is_none_or(|armed| armed > at) {
                shard.turn_task.timer = Some(at);
                sleep.as_mut().reset(at);
            }
            if sleep.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            shard.turn_task.timer = None;
            shard.engine.handle(Input::Timeout);
            shard.turn();
        }
        // There is more that is due, and others wait.
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

impl Shard {
    /// Has the outputs of the broker taken once all that is ready to be read has been read.
    pub(super) fn wake_turn(&mut self) {
        if !core::mem::replace(&mut self.turn_task.due, true)
            && let Some(waker) = &self.turn_task.waker
        {
            waker.wake_by_ref();
        }
    }

    /// Takes all outputs, and writes once to each connection that has some.
    pub(super) fn turn(&mut self) {
        for _ in 0..ROUNDS_MAX {
            self.gather();
            if self.touched.is_empty() {
                self.end_turn();
                return;
            }
            self.write_touched();
        }
        self.end_turn();
        self.wake_turn();
    }

    /// Reads less at a time while each byte that comes makes many that go.
    fn end_turn(&mut self) {
        let bytes = core::mem::take(&mut self.gathered_in_turn);
        if bytes > TURN_BYTES_MAX {
            self.read_bytes = (self.read_bytes / 4).max(READ_BYTES_MIN);
        } else if bytes > 0 && bytes < TURN_BYTES_MAX / 8 {
            self.read_bytes = (self.read_bytes * 2).min(READ_BYTES);
        }
        self.received = 0;
    }

    /// Takes all outputs, and gathers bytes per connection.
    pub(super) fn gather(&mut self) {
        let mut persisted = None;
        while let Some(output) = self.engine.poll() {
            match output {
                Output::Transmit { connection: id, head, payload } => {
                    let slot = slot_of(id);
                    let Some(connection) = self.connections.get_mut(slot) else { continue };
                    if connection.id != id {
                        continue;
                    }
                    connection.gather(head, payload, &mut self.pool);
                    self.gathered += head.len() + payload.len();
                    if !connection.touched {
                        connection.touched = true;
                        self.touched.push(slot);
                    }
                    if self.gathered >= GATHERED_BYTES_MAX {
                        self.write_touched();
                    }
                }
                Output::Read { connection, on } => self.set_reading(connection, on),
                Output::Close { connection } => self.close_for_broker(connection),
                Output::Event(event) => self.event(&event),
                Output::Persist { sequence, .. } => persisted = Some(sequence),
                Output::Authenticate { connection, .. } => self.reject(connection),
            }
        }
        if let Some(upto) = persisted {
            self.persisted(upto);
        }
    }

    /// Sessions live in memory: a record is as durable as promised at once.
    fn persisted(&mut self, upto: RecordSequence) {
        self.engine.handle(Input::Persisted { upto });
        self.wake_turn();
    }

    /// Nobody is asked who a client is, so that whoever would have to be judged is refused.
    fn reject(&mut self, connection: ConnectionId) {
        let verdict = AuthenticationVerdict::Reject { reason_code: ReasonCode::NOT_AUTHORIZED };
        self.engine.handle(Input::Authenticated { connection, verdict });
    }

    fn set_reading(&mut self, id: ConnectionId, on: bool) {
        if let Some(connection) = self.connection(id) {
            connection.reading = on;
            if on {
                connection.wake();
            }
        }
    }

    fn close_for_broker(&mut self, id: ConnectionId) {
        let slot = slot_of(id);
        if let Some(connection) = self.connections.get_mut(slot).filter(|c| c.id == id) {
            let code = if self.stopping { CloseCode::Away } else { CloseCode::Normal };
            connection.begin_close(code, &mut self.pool);
            self.touch(slot);
        }
    }

    /// Has a connection written to in this turn.
    pub(super) fn touch(&mut self, slot: usize) {
        if let Some(connection) = self.connections.get_mut(slot)
            && !core::mem::replace(&mut connection.touched, true)
        {
            self.touched.push(slot);
        }
    }

    fn write_touched(&mut self) {
        self.gathered_in_turn += core::mem::take(&mut self.gathered);
        let mut touched = core::mem::take(&mut self.touched);
        for slot in touched.drain(..) {
            if let Some(connection) = self.connections.get_mut(slot) {
                connection.touched = false;
            }
            self.write(slot);
        }
        self.touched = touched;
    }

    /// Writes to one connection and gives the credit back for what has left.
    pub(super) fn write(&mut self, slot: usize) {
        let Some(connection) = self.connections.get_mut(slot) else { return };
        if connection.phase == Phase::Failed {
            return;
        }
        if connection.write(&mut self.pool).is_err() {
            connection.fail(&mut self.pool);
        } else if connection.is_waiting() {
            // Its task writes on when the socket takes more.
            connection.wake();
        }
        // Credit goes back in pieces: the broker needs to hear of it long before it runs out,
        // not at every packet.
        let least = (self.settings.send_credit_bytes / 4) as usize;
        let id = connection.id;
        if let Some(len) = connection.take_flushed(least) {
            self.engine.handle(Input::Flushed { connection: id, len });
            self.wake_turn();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicU64;
    use std::time::Duration;

    use afterlink_core::broker::Config;

    use super::super::Settings;
    use super::*;

    fn shard() -> Shard {
        let settings = Settings {
            send_credit_bytes: 1024,
            close_deadline: Duration::ZERO,
            connect_deadline: Duration::ZERO,
            shutdown_deadline: Duration::ZERO,
        };
        Shard::new(Config::default(), [7; 32], settings, Arc::new(AtomicU64::new(0)))
    }

    fn end_turn(shard: &mut Shard, bytes: usize) -> usize {
        shard.gathered_in_turn = bytes;
        shard.end_turn();
        shard.read_bytes
    }

    #[test]
    fn less_is_read_at_a_time_while_turns_are_large_and_more_again_after() {
        let mut shard = shard();
        assert_eq!(end_turn(&mut shard, TURN_BYTES_MAX), READ_BYTES);
        assert_eq!(end_turn(&mut shard, TURN_BYTES_MAX + 1), READ_BYTES / 4);
        for _ in 0..100 {
            end_turn(&mut shard, TURN_BYTES_MAX + 1);
        }
        assert_eq!(shard.read_bytes, READ_BYTES_MIN);
        assert_eq!(end_turn(&mut shard, TURN_BYTES_MAX / 2), READ_BYTES_MIN);
        assert_eq!(end_turn(&mut shard, 1), READ_BYTES_MIN * 2);
        assert_eq!(end_turn(&mut shard, 0), READ_BYTES_MIN * 2, "a turn of nothing says nothing");
        for _ in 0..100 {
            end_turn(&mut shard, 1);
        }
        assert_eq!(shard.read_bytes, READ_BYTES);
    }
}
