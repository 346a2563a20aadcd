//! The page at `/`.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::State;
use axum::http::header::HeaderValue;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};

use super::{MQTT_PATH, Site, playground};

/// The playground, or what stands in its place while it is not built.
pub(super) async fn page(State(site): State<Arc<Site>>, uri: Uri, headers: HeaderMap) -> Response {
    playground::page(uri.query(), &headers).unwrap_or_else(|| placeholder(site.tcp, &headers))
}

fn placeholder(tcp: SocketAddr, headers: &HeaderMap) -> Response {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let host = escape(host);
    let page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <link rel=\"icon\" href=\"data:,\">\n<title>Afterlink</title>\n\
         <h1>Afterlink is running</h1>\n\
         <p>This is an MQTT broker. Clients reach it at\n\
         <ul>\n<li><code>mqtt://{tcp}</code> over TCP\n\
         <li><code>ws://{host}{MQTT_PATH}</code> over WebSocket\n</ul>\n\
         <p>The playground is not built into this server. <code>cargo xtask run</code> builds\n\
         and serves it; <code>cargo xtask web</code> builds it alone.\n</html>\n"
    );
    let mut response = (StatusCode::SERVICE_UNAVAILABLE, Html(page)).into_response();
    let headers = response.headers_mut();
    let nothing = HeaderValue::from_static("default-src 'none'; img-src data:");
    headers.insert(header::CONTENT_SECURITY_POLICY, nothing);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_placeholder_says_where_the_broker_is_and_how_to_build_the_playground() {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static("localhost:8080"));
        let tcp = SocketAddr::from(([127, 0, 0, 1], 1883));
        let response = placeholder(tcp, &headers);
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        let body = axum::body::to_bytes(response.into_body(), 10_000).await.expect("it is short");
        let body = String::from_utf8_lossy(&body);
        for part in ["mqtt://127.0.0.1:1883", "ws://localhost:8080/mqtt", "cargo xtask web"] {
            assert!(body.contains(part), "{body}");
        }
    }
}
