//! A shard: one thread, one broker, all its connections.
//!
//! Nothing here is locked and nothing on the way of a message leaves the thread. A *turn* is the
//! unit of work: the tasks of all connections whose sockets have something to read run one after
//! the other, each tells the broker what came, and then one task takes all outputs, gathers them
//! per connection and writes once to each. What a socket does not take waits in the buffer of its
//! connection, whose task writes on when it can; nobody else waits for it.

mod engine;
#[cfg(test)]
mod fault;
mod log;
mod open;
mod read;
mod run;
mod turn;

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use afterlink_core::broker::{Config as BrokerConfig, ConnectionId, EventFilter, Input};
use slab::Slab;
use tokio::sync::Notify;

pub(crate) use run::{Message, Setup, Upgraded, run};
use turn::TurnTask;

use crate::connection::{Connection, Pool};
use engine::Engine;

/// Bytes read from one socket at a time.
const READ_BYTES: usize = 64 * 1024;
/// Bytes told to the broker at a time. Its outputs are taken in between: what the messages in
/// these bytes become for all their receivers is in memory at once.
const TOLD_BYTES: usize = 4 * 1024;
/// Bits of a [`ConnectionId`] that name the slot of the connection.
const SLOT_BITS: u32 = 24;

/// The state of a shard.
pub(crate) struct Shard {
    engine: Engine,
    connections: Slab<Connection>,
    /// How many connections there have been.
    serial: u64,
    settings: Settings,
    /// What all sockets are read into, one after the other.
    read_buffer: Box<[u8]>,
    /// Bytes read from one socket at a time, fewer while each has many receivers.
    read_bytes: usize,
    /// Bytes told to the broker since the last turn.
    received: usize,
    /// Bytes gathered since they were last written.
    gathered: usize,
    /// Bytes gathered and written in this turn.
    gathered_in_turn: usize,
    /// Slots of connections to be written to in this turn.
    touched: Vec<usize>,
    pool: Pool,
    turn_task: TurnTask,
    /// Whether the shard is about to end.
    stopping: bool,
    /// Told when the last connection of a shard that is about to end is gone.
    emptied: Rc<Notify>,
    /// Tasks of connections that ended by a panic.
    task_failures: Arc<AtomicU64>,
}

/// What a shard has to know of the config.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) send_credit_bytes: u32,
    pub(crate) close_deadline: Duration,
    pub(crate) connect_deadline: Duration,
    pub(crate) shutdown_deadline: Duration,
}

impl Shard {
    fn new(
        config: BrokerConfig,
        seed: [u8; 32],
        settings: Settings,
        task_failures: Arc<AtomicU64>,
    ) -> Self {
        let mut engine = Engine::new(config, seed);
        // Connections that come and go are logged, and the CONNECT deadline over WebSocket ends
        // when one is accepted.
        let filter = EventFilter { lifecycle: true, ..EventFilter::default() };
        engine.handle(Input::Observe { filter });
        Self {
            engine,
            connections: Slab::new(),
            serial: 0,
            settings,
            read_buffer: vec![0; READ_BYTES].into_boxed_slice(),
            read_bytes: READ_BYTES,
            received: 0,
            gathered: 0,
            gathered_in_turn: 0,
            touched: Vec::new(),
            pool: Pool::default(),
            turn_task: TurnTask::default(),
            stopping: false,
            emptied: Rc::default(),
            task_failures,
        }
    }

    fn shared(self) -> Rc<RefCell<Self>> {
        Rc::new(RefCell::new(self))
    }

    /// The connection `id`, if it is still there.
    fn connection(&mut self, id: ConnectionId) -> Option<&mut Connection> {
        self.connections.get_mut(slot_of(id)).filter(|connection| connection.id == id)
    }
}

/// The slot of a connection; other connections had it before, or will have it.
const fn slot_of(id: ConnectionId) -> usize {
    (id.0 & ((1 << SLOT_BITS) - 1)) as usize
}

const fn connection_id(serial: u64, slot: usize) -> ConnectionId {
    ConnectionId((serial << SLOT_BITS) | slot as u64)
}
