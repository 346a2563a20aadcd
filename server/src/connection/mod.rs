//! A network connection: its socket, its framing and what waits to leave through it.

mod drive;
mod outgoing;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::Waker;

use afterlink_core::broker::ConnectionId;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

pub(crate) use drive::{Drive, Timer};
pub(crate) use outgoing::{Outgoing, Pool};

use crate::admission::Permit;
use crate::listener::websocket::FrameReader;

/// A network connection.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) id: ConnectionId,
    pub(crate) stream: TcpStream,
    pub(crate) peer: SocketAddr,
    pub(crate) framing: Framing,
    pub(crate) phase: Phase,
    /// Whether the broker wants to be told what comes.
    pub(crate) reading: bool,
    /// Whether its CONNECT was accepted.
    pub(crate) accepted: bool,
    /// Whether it is on the list of those to be written to in this turn.
    pub(crate) touched: bool,
    /// What wakes the task that drives it.
    pub(crate) task: Option<Waker>,
    outgoing: Outgoing,
    /// Bytes the broker has handed out whose credit it has not been given back.
    handed: usize,
    /// Bytes of those that have left. They are given back in few large pieces.
    flushed: usize,
    /// Counted until the socket is closed.
    _permit: Arc<Permit>,
}

/// How the byte stream of MQTT stands in that of the socket.
#[derive(Debug)]
pub(crate) enum Framing {
    /// It is that stream.
    Bare,
    /// In binary frames.
    WebSocket(Box<WebSocket>),
}

/// A WebSocket.
#[derive(Debug, Default)]
pub(crate) struct WebSocket {
    pub(crate) reader: FrameReader,
    /// The payload of a Pong that is owed.
    pub(crate) pong: Option<Vec<u8>>,
}

/// How far a connection has come to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// It is alive.
    Open,
    /// The broker has forgotten it; what is on its way leaves, then our side is shut.
    Closing,
    /// Our side is shut. What the peer still sends is read and thrown away, since closing a
    /// socket with unread bytes would destroy what the peer has not read yet.
    Lingering,
    /// The socket is dead.
    Failed,
}

impl Connection {
    pub(crate) fn new(
        id: ConnectionId,
        stream: TcpStream,
        peer: SocketAddr,
        framing: Framing,
        permit: Arc<Permit>,
    ) -> Self {
        Self {
            id,
            stream,
            peer,
            framing,
            phase: Phase::Open,
            reading: true,
            accepted: false,
            touched: false,
            task: None,
            outgoing: Outgoing::default(),
            handed: 0,
            flushed: 0,
            _permit: permit,
        }
    }

    /// Gathers bytes of the broker.
    pub(crate) fn gather(&mut self, head: &[u8], payload: &[u8], pool: &mut Pool) {
        if self.phase != Phase::Open {
            return;
        }
        self.handed += head.len() + payload.len();
        match self.framing {
            Framing::Bare => self.outgoing.append(head, payload, pool),
            Framing::WebSocket(_) => self.outgoing.append_framed(head, payload, pool),
        }
    }

    /// Nothing more comes of the broker: what was gathered leaves, then the socket is closed.
    pub(crate) fn begin_close(&mut self, code: CloseCode, pool: &mut Pool) {
        if self.phase != Phase::Open {
            return;
        }
        if matches!(self.framing, Framing::WebSocket(_)) {
            self.outgoing.append_close(code, pool);
        }
        self.phase = Phase::Closing;
        self.wake();
    }

    /// Writes what the socket takes now.
    ///
    /// # Errors
    ///
    /// If the socket is dead.
    pub(crate) fn write(&mut self, pool: &mut Pool) -> io::Result<()> {
        self.outgoing.seal();
        if self.outgoing.is_empty()
            && let Framing::WebSocket(socket) = &mut self.framing
            && let Some(payload) = socket.pong.take()
        {
            self.outgoing.append_pong(&payload, pool);
        }
        while !self.outgoing.is_empty() {
            match self.stream.try_write(self.outgoing.waiting()) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(len) => {
                    self.outgoing.left(len, pool);
                    // Frames make the stream of the socket longer than that of MQTT; the
                    // difference is given back when everything has left.
                    let left = if self.outgoing.is_empty() { self.handed } else { len };
                    let left = left.min(self.handed);
                    self.handed -= left;
                    self.flushed += left;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Takes the bytes that have left if they are at least `least`, to give their credit back.
    pub(crate) fn take_flushed(&mut self, least: usize) -> Option<u32> {
        if self.flushed == 0 || self.flushed < least {
            return None;
        }
        Some(u32::try_from(core::mem::take(&mut self.flushed)).unwrap_or(u32::MAX))
    }

    /// Whether something waits to leave.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.outgoing.is_empty()
    }

    /// The socket is dead, nothing leaves any more.
    pub(crate) fn fail(&mut self, pool: &mut Pool) {
        self.phase = Phase::Failed;
        self.outgoing.clear(pool);
        self.wake();
    }

    /// Lets its task run.
    pub(crate) fn wake(&self) {
        if let Some(task) = &self.task {
            task.wake_by_ref();
        }
    }
}
