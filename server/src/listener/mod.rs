//! Where connections come from.

pub(crate) mod websocket;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

use crate::admission::{Admission, Permit};

/// How long nothing is accepted after the system had no room for another connection.
const PAUSE: Duration = Duration::from_millis(100);
/// How long that is not told again.
const QUIET: Duration = Duration::from_secs(10);

/// Accepts connections for ever and hands on those that are admitted.
pub(crate) async fn accept(
    listener: &TcpListener,
    admission: &Arc<Admission>,
    mut hand_on: impl FnMut(TcpStream, SocketAddr, Permit),
) {
    let mut told: Option<Instant> = None;
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => match admission.admit(peer.ip()) {
                Ok(permit) => hand_on(stream, peer, permit),
                Err(refused) => tracing::debug!(%peer, ?refused, "connection refused"),
            },
            // The peer has gone away again.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                if told.is_none_or(|told| told.elapsed() > QUIET) {
                    told = Some(Instant::now());
                    tracing::warn!(%error, "cannot accept connections for now");
                }
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}
