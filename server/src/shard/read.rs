//! From sockets to the broker.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use afterlink_core::broker::{ConnectionId, Input};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::{READ_BYTES, Shard, TOLD_BYTES, slot_of};
use crate::connection::{Framing, Phase, Timer};

impl Shard {
    /// Does what there is to do for a connection, for the task that drives it.
    pub(crate) fn drive(
        &mut self,
        id: ConnectionId,
        timer: &mut Timer,
        context: &mut Context<'_>,
    ) -> Poll<()> {
        if self.engine.is_blown() {
            return Poll::Ready(());
        }
        let Some(connection) = self.connection(id) else { return Poll::Ready(()) };
        if !connection.task.as_ref().is_some_and(|task| task.will_wake(context.waker())) {
            connection.task = Some(context.waker().clone());
        }
        let slot = slot_of(id);
        self.write_on(slot, context);
        loop {
            let Some(connection) = self.connections.get_mut(slot) else { return Poll::Ready(()) };
            match connection.phase {
                Phase::Open => {
                    self.hold_to_connect_deadline(slot, timer, context);
                    ready!(self.read(slot, context));
                }
                Phase::Closing => {
                    if !matches!(timer, Timer::Close(_)) {
                        let deadline = tokio::time::sleep(self.settings.close_deadline);
                        *timer = Timer::Close(Box::pin(deadline));
                    }
                    if timer.is_over(context) {
                        break;
                    }
                    if connection.is_waiting() {
                        return Poll::Pending;
                    }
                    // A socket that cannot be shut is dead, which reading from it will show.
                    let _ = Pin::new(&mut connection.stream).poll_shutdown(context);
                    connection.phase = Phase::Lingering;
                }
                Phase::Lingering => {
                    if timer.is_over(context) {
                        break;
                    }
                    let mut buffer = ReadBuf::new(&mut self.read_buffer);
                    let stream = Pin::new(&mut connection.stream);
                    match ready!(stream.poll_read(context, &mut buffer)) {
                        Ok(()) if !buffer.filled().is_empty() => {}
                        Ok(()) | Err(_) => break,
                    }
                }
                Phase::Failed => break,
            }
        }
        self.gone(id);
        Poll::Ready(())
    }

    /// Over WebSocket a CONNECT has to be accepted within its deadline from accept on; the
    /// broker's own runs from the upgrade.
    fn hold_to_connect_deadline(
        &mut self,
        slot: usize,
        timer: &mut Timer,
        context: &mut Context<'_>,
    ) {
        if !matches!(timer, Timer::Connect(_)) {
            return;
        }
        let Some(connection) = self.connections.get_mut(slot) else { return };
        if connection.accepted {
            *timer = Timer::Off;
        } else if timer.is_over(context) {
            *timer = Timer::Off;
            let id = connection.id;
            self.close(id, CloseCode::Policy);
        }
    }

    /// Writes what waits for the socket to take it.
    fn write_on(&mut self, slot: usize, context: &mut Context<'_>) {
        while let Some(connection) = self.connections.get_mut(slot)
            && connection.is_waiting()
        {
            match connection.stream.poll_write_ready(context) {
                Poll::Pending => break,
                Poll::Ready(Ok(())) => self.write(slot),
                Poll::Ready(Err(_)) => connection.fail(&mut self.pool),
            }
        }
    }

    /// Reads once what the socket has and tells the broker; pending if there is nothing, or if it
    /// is the turn of others.
    fn read(&mut self, slot: usize, context: &mut Context<'_>) -> Poll<()> {
        let Some(connection) = self.connections.get_mut(slot) else { return Poll::Ready(()) };
        if !connection.reading {
            // Whoever says that it is to be read from again wakes the task.
            return if connection.phase == Phase::Open { Poll::Pending } else { Poll::Ready(()) };
        }
        let id = connection.id;
        let at_most = self.read_bytes;
        let mut read_buffer = core::mem::take(&mut self.read_buffer);
        let mut buffer = ReadBuf::new(read_buffer.get_mut(..at_most).unwrap_or_default());
        let stream = Pin::new(&mut connection.stream);
        let polled = stream.poll_read(context, &mut buffer).map_ok(|()| buffer.filled().len());
        let result = match polled {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Ok(len)) if len > 0 => {
                self.received(id, read_buffer.get_mut(..len).unwrap_or_default());
                if len == at_most {
                    // There is more, and others wait.
                    context.waker().wake_by_ref();
                    Poll::Pending
                } else {
                    Poll::Ready(())
                }
            }
            Poll::Ready(Ok(_) | Err(_)) => {
                connection.fail(&mut self.pool);
                Poll::Ready(())
            }
        };
        self.read_buffer = read_buffer;
        result
    }

    /// Tells the broker what came from a peer.
    pub(super) fn received(&mut self, id: ConnectionId, bytes: &mut [u8]) {
        #[cfg(test)]
        super::fault::inject(bytes, &mut self.engine);
        self.received += bytes.len();
        let Some(connection) = self.connection(id) else { return };
        let (data, end) = match &mut connection.framing {
            Framing::Bare => (&*bytes, None),
            Framing::WebSocket(socket) => {
                let decoded = socket.reader.decode(bytes);
                if decoded.ping.is_some() {
                    socket.pong = decoded.ping;
                    self.touch(slot_of(id));
                }
                (bytes.get(..decoded.len).unwrap_or_default(), decoded.end)
            }
        };
        let mut pieces = data.chunks(TOLD_BYTES);
        if let Some(bytes) = pieces.next() {
            self.engine.handle(Input::Received { connection: id, bytes });
        }
        for bytes in pieces {
            self.gather();
            self.engine.handle(Input::Received { connection: id, bytes });
        }
        if let Some(code) = end {
            self.close(id, code);
        } else if self.received >= READ_BYTES {
            // Memory is bounded by what one turn takes in.
            self.turn();
        } else {
            self.wake_turn();
        }
    }

    /// Ends a connection from this side of the broker.
    fn close(&mut self, id: ConnectionId, code: CloseCode) {
        // What the broker has said to what came before goes first.
        self.turn();
        self.engine.handle(Input::Closed { connection: id });
        let pool = &mut self.pool;
        if let Some(connection) =
            self.connections.get_mut(slot_of(id)).filter(|connection| connection.id == id)
        {
            connection.begin_close(code, pool);
        }
        self.touch(slot_of(id));
        self.wake_turn();
    }
}
