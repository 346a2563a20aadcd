//! The task of a connection: it waits for its socket, and calls the shard when there is something
//! to do.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use afterlink_core::broker::ConnectionId;
use tokio::time::{Instant, Sleep};

use crate::shard::Shard;

/// Drives one connection to its end.
pub(crate) struct Drive {
    shard: Rc<RefCell<Shard>>,
    id: ConnectionId,
    timer: Timer,
}

/// The deadline a connection is under, if any.
pub(crate) enum Timer {
    /// None: the broker has its own for an open connection.
    Off,
    /// Its CONNECT has to be accepted.
    Connect(Pin<Box<Sleep>>),
    /// It has to be closed.
    Close(Pin<Box<Sleep>>),
}

impl Drive {
    /// Drives the connection `id`; with `connect_by`, its CONNECT has to be accepted by then.
    pub(crate) fn new(
        shard: Rc<RefCell<Shard>>,
        id: ConnectionId,
        connect_by: Option<Instant>,
    ) -> Self {
        let timer = connect_by.map_or(Timer::Off, |deadline| {
            Timer::Connect(Box::pin(tokio::time::sleep_until(deadline)))
        });
        Self { shard, id, timer }
    }
}

impl Future for Drive {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        this.shard.borrow_mut().drive(this.id, &mut this.timer, context)
    }
}

impl Drop for Drive {
    fn drop(&mut self) {
        // A connection that is still there at the end of its task ended by a panic, or with the
        // whole shard.
        if let Ok(mut shard) = self.shard.try_borrow_mut() {
            shard.abandoned(self.id);
        }
    }
}

impl Timer {
    /// Whether the time is over; else the task is woken when it is.
    pub(crate) fn is_over(&mut self, context: &mut Context<'_>) -> bool {
        match self {
            Self::Off => false,
            Self::Connect(sleep) | Self::Close(sleep) => sleep.as_mut().poll(context).is_ready(),
        }
    }
}
