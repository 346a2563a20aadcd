//! The thread that speaks HTTP.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::Instant;
use tower_service::Service as _;

use super::{Site, router};
use crate::Failure;
use crate::admission::{Admission, Permit};
use crate::listener;

/// What the thread begins with.
pub(crate) struct Setup {
    pub(crate) listener: std::net::TcpListener,
    pub(crate) site: Site,
    pub(crate) admission: Arc<Admission>,
    pub(crate) stop: watch::Receiver<bool>,
}

/// Where a request comes from.
#[derive(Clone, Debug)]
pub(super) struct Peer {
    pub(super) remote: SocketAddr,
    /// The address it was sent to.
    pub(super) local: SocketAddr,
    pub(super) accepted_at: Instant,
    pub(super) permit: Arc<Permit>,
}

/// Serves HTTP on this thread until it is told to stop.
///
/// # Errors
///
/// If the thread cannot have a reactor.
pub(crate) fn run(setup: Setup) -> Result<(), Failure> {
    let runtime =
        tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build()
            .map_err(|error| Failure::failed(format!("cannot start the HTTP thread: {error}")))?;
    runtime.block_on(async {
        let Setup { listener, site, admission, mut stop } = setup;
        let listener = TcpListener::from_std(listener)
            .map_err(|error| Failure::failed(format!("cannot listen for HTTP: {error}")))?;
        tokio::select! {
            () = accept(&listener, site, &admission) => {}
            // That whoever could say stop is gone means the same.
            _ = stop.wait_for(|stop| *stop) => {}
        }
        Ok(())
    })
}

async fn accept(listener: &TcpListener, site: Site, admission: &Arc<Admission>) {
    let http = http(&site);
    let router = router(Arc::new(site));
    listener::accept(listener, admission, |stream, remote, permit| {
        let Ok(local) = stream.local_addr() else { return };
        let (accepted_at, permit) = (Instant::now(), Arc::new(permit));
        let peer = Peer { remote, local, accepted_at, permit };
        tokio::spawn(connection(http.clone(), stream, peer, router.clone()));
    })
    .await;
}

/// HTTP with the limits of the config.
fn http(site: &Site) -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(site.settings.upgrade_deadline())
        .max_headers(usize::from(site.settings.header_fields_max))
        .max_buf_size(site.settings.header_bytes_max as usize);
    http
}

async fn connection(http: http1::Builder, stream: TcpStream, peer: Peer, router: axum::Router) {
    let remote = peer.remote;
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let (peer, mut router) = (peer.clone(), router.clone());
        async move {
            let mut request: Request = request.map(Body::new);
            request.extensions_mut().insert(peer);
            let response: Result<Response, Infallible> = router.call(request).await;
            response
        }
    });
    let serving = http.serve_connection(TokioIo::new(stream), service).with_upgrades();
    if let Err(error) = serving.await {
        tracing::debug!(peer = %remote, %error, "HTTP connection ended");
    }
}
