//! A script over network connections, in real time.

use std::collections::BTreeMap;

use afterlink_conformance::{Action, Connection, Outcome, Pieces, Run, Script};
use tokio::sync::mpsc::{
    UnboundedReceiver as Receiver, UnboundedSender as Sender, unbounded_channel as channel,
};
use tokio::time::{Duration, Instant, timeout_at};

use super::Options;
use crate::remote::{Address, Link};

/// What a connection is told.
enum Order {
    Send(Vec<u8>),
    Close,
}

/// What a connection tells.
enum Event {
    Bytes(Vec<u8>),
    Closed,
}

/// Plays a script; `name` is its own on the broker.
pub(super) async fn play(script: &Script, options: &Options, name: &str) -> Outcome {
    let began = Instant::now();
    let elapsed = || u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let (sender, mut events) = channel();
    let mut links: BTreeMap<Connection, Sender<Order>> = BTreeMap::new();
    let mut run = Run::new(script, options.version, name, options.patience);
    loop {
        while let Some(action) = run.poll_action() {
            match action {
                Action::Open { connection } => {
                    let (orders, taken) = channel();
                    links.insert(connection, orders);
                    let pieces = options.cut.map(|seed| seed ^ u64::from(connection.0));
                    let task = Task {
                        connection,
                        address: options.address.clone(),
                        pieces: pieces.map(Pieces::new),
                        sender: sender.clone(),
                    };
                    tokio::spawn(task.run(taken));
                }
                // A connection that has ended takes no orders, and has said so.
                Action::Send { connection, bytes } => {
                    if let Some(link) = links.get(&connection) {
                        let _ = link.send(Order::Send(bytes));
                    }
                }
                Action::Close { connection } => {
                    if let Some(link) = links.remove(&connection) {
                        let _ = link.send(Order::Close);
                    }
                }
            }
        }
        if run.is_done() {
            return run.finish();
        }
        let at = run.wake_at().map_or_else(Instant::now, |at| began + Duration::from_millis(at));
        match timeout_at(at, events.recv()).await {
            Ok(Some((connection, Event::Bytes(bytes)))) => {
                run.handle_bytes(elapsed(), connection, &bytes);
            }
            Ok(Some((connection, Event::Closed))) => run.handle_closed(elapsed(), connection),
            Ok(None) | Err(_) => run.handle_time(elapsed()),
        }
    }
}

/// One connection.
struct Task {
    connection: Connection,
    address: Address,
    pieces: Option<Pieces>,
    sender: Sender<(Connection, Event)>,
}

impl Task {
    async fn run(mut self, mut orders: Receiver<Order>) {
        if let Ok(link) = Link::connect(&self.address).await {
            self.carry(link, &mut orders).await;
        }
        self.tell(Event::Closed);
    }

    /// Carries bytes both ways until one side ends it.
    async fn carry(&mut self, mut link: Link, orders: &mut Receiver<Order>) {
        loop {
            tokio::select! {
                order = orders.recv() => match order {
                    Some(Order::Send(mut bytes)) => {
                        // What follows at once may share a piece with it.
                        let mut ends = false;
                        while let Ok(order) = orders.try_recv() {
                            match order {
                                Order::Send(more) => bytes.extend(more),
                                Order::Close => {
                                    ends = true;
                                    break;
                                }
                            }
                        }
                        if self.send(&mut link, bytes).await.is_err() {
                            self.rest(&mut link).await;
                            return;
                        }
                        if ends {
                            return;
                        }
                    }
                    Some(Order::Close) | None => return,
                },
                received = link.receive() => match received {
                    Ok(Some(bytes)) => self.tell(Event::Bytes(bytes)),
                    Ok(None) | Err(_) => return,
                },
            }
        }
    }

    async fn send(&mut self, link: &mut Link, bytes: Vec<u8>) -> std::io::Result<()> {
        let Some(pieces) = &mut self.pieces else { return link.send(bytes).await };
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let (piece, more) = rest.split_at(pieces.next_len(rest.len()));
            link.send(piece.to_vec()).await?;
            tokio::task::yield_now().await;
            rest = more;
        }
        Ok(())
    }

    /// What the broker sent before it stopped to take more.
    async fn rest(&self, link: &mut Link) {
        while let Ok(Some(bytes)) = link.receive().await {
            self.tell(Event::Bytes(bytes));
        }
    }

    fn tell(&self, event: Event) {
        // Who plays may have come to an end.
        let _ = self.sender.send((self.connection, event));
    }
}
