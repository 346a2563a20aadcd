//! HTTP: the page, whether the server is well, and the way to a WebSocket.
//!
//! It has a thread of its own, so that nothing it does holds up a message. A connection that
//! becomes a WebSocket is taken out of it and moves into the shard for good.

mod guard;
mod page;
mod playground;
mod serve;
mod upgrade;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::sync::{mpsc, oneshot};

use crate::config::WebSocket;
use crate::shard::Message;

pub(crate) use serve::{Setup, run};

/// The path of MQTT over WebSocket.
pub(crate) const MQTT_PATH: &str = "/mqtt";
/// How long a shard may take to answer that it is alive.
const HEALTH_DEADLINE: Duration = Duration::from_secs(2);

/// What requests are answered from.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) settings: WebSocket,
    pub(crate) tcp: std::net::SocketAddr,
    pub(crate) shard: mpsc::Sender<Message>,
}

fn router(site: Arc<Site>) -> Router {
    Router::new()
        .route("/", get(page::page))
        .route("/healthz", get(health))
        .route(MQTT_PATH, get(upgrade::upgrade))
        .fallback(get(other))
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&site), guard::check_host))
        .with_state(site)
}

/// Whether messages flow.
async fn health(State(site): State<Arc<Site>>) -> Response {
    let (asked, answer) = oneshot::channel();
    let alive = async {
        site.shard.send(Message::Health(asked)).await.ok()?;
        answer.await.ok()
    };
    match tokio::time::timeout(HEALTH_DEADLINE, alive).await {
        Ok(Some(())) => say(StatusCode::OK, "ok"),
        Ok(None) | Err(_) => say(StatusCode::SERVICE_UNAVAILABLE, "the broker does not answer"),
    }
}

/// A file of the playground, or nothing.
async fn other(uri: Uri, headers: HeaderMap) -> Response {
    let file = playground::file(uri.path(), &headers);
    file.unwrap_or_else(not_found)
}

fn not_found() -> Response {
    say(StatusCode::NOT_FOUND, "there is nothing here; MQTT over WebSocket is at /mqtt")
}

/// A line of text as an answer.
fn say(status: StatusCode, line: &str) -> Response {
    let kind = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (status, kind, format!("{line}\n")).into_response()
}
