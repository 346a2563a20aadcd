//! How connections come into a shard and leave it.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use afterlink_core::broker::{ConnectionId, Input};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::{READ_BYTES, SLOT_BITS, Shard, connection_id};
use crate::admission::Permit;
use crate::connection::{Connection, Drive, Framing};

/// A connection for a shard.
pub(crate) struct Incoming {
    pub(crate) stream: TcpStream,
    pub(crate) peer: SocketAddr,
    pub(crate) framing: Framing,
    /// Bytes that were read from it already.
    pub(crate) read: Vec<u8>,
    /// When it was accepted, if the broker's own CONNECT deadline would count from later on.
    pub(crate) accepted_at: Option<Instant>,
    pub(crate) permit: Arc<Permit>,
}

/// Takes a connection into the shard.
pub(crate) fn open(shard: &Rc<RefCell<Shard>>, incoming: Incoming) {
    let accepted_at = incoming.accepted_at;
    let mut state = shard.borrow_mut();
    let Some(id) = state.open(incoming) else { return };
    let connect_by = accepted_at.map(|at| at + state.settings.connect_deadline);
    drop(state);
    let shard = Rc::clone(shard);
    tokio::task::spawn_local(async move {
        // The reactor is asked first what else has come: a client that says goodbye on one
        // connection and returns at once on another must not be heard on the new one first.
        tokio::task::yield_now().await;
        Drive::new(shard, id, connect_by).await;
    });
}

impl Shard {
    fn open(&mut self, incoming: Incoming) -> Option<ConnectionId> {
        let Incoming { stream, peer, framing, mut read, permit, .. } = incoming;
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%peer, %error, "connection lost before it began");
            return None;
        }
        let entry = self.connections.vacant_entry();
        if entry.key() >= 1 << SLOT_BITS {
            tracing::warn!(%peer, "connection refused: there is no room for more");
            return None;
        }
        self.serial += 1;
        let id = connection_id(self.serial, entry.key());
        entry.insert(Connection::new(id, stream, peer, framing, permit));
        tracing::debug!(%peer, "connection opened");
        self.engine.handle(Input::Opened {
            connection: id,
            send_credit: self.settings.send_credit_bytes,
            address: Some(peer.ip().to_canonical()),
        });
        if !read.is_empty() {
            self.received(id, &mut read);
        }
        self.wake_turn();
        Some(id)
    }

    /// The network connection is gone: the broker is told, and the socket is closed.
    pub(super) fn gone(&mut self, id: ConnectionId) {
        if self.connection(id).is_none() {
            return;
        }
        let connection = self.connections.remove(super::slot_of(id));
        tracing::debug!(peer = %connection.peer, "connection closed");
        // The broker ignores this if it was the one to close.
        self.engine.handle(Input::Closed { connection: id });
        self.wake_turn();
        if self.stopping && self.connections.is_empty() {
            self.emptied.notify_one();
        }
    }

    /// The task of a connection has ended; unless the connection has, it panicked.
    pub(crate) fn abandoned(&mut self, id: ConnectionId) {
        if self.engine.is_blown() {
            // That is the end of the shard, which its task of turns has to see.
            self.wake_turn();
            return;
        }
        if self.connection(id).is_none() {
            return;
        }
        // The buffer was with the task if it was reading.
        if self.read_buffer.is_empty() {
            self.read_buffer = vec![0; READ_BYTES].into_boxed_slice();
        }
        let failures = self.task_failures.fetch_add(1, Ordering::Relaxed) + 1;
        tracing::error!(failures, "the task of a connection has failed; the connection is closed");
        self.gone(id);
    }
}
