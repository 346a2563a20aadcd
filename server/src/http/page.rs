//! The page.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::HeaderValue;
use axum::http::{HeaderMap, header};
use axum::response::{Html, IntoResponse, Response};

use super::{MQTT_PATH, Site};

/// What stands in place of the playground while it is not built in.
pub(super) async fn page(State(site): State<Arc<Site>>, headers: HeaderMap) -> Response {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let (host, tcp) = (escape(host), site.tcp);
    let page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <link rel=\"icon\" href=\"data:,\">\n<title>Afterlink</title>\n\
         <h1>Afterlink is running</h1>\n\
         <p>This is an MQTT broker. Clients reach it at\n\
         <ul>\n<li><code>mqtt://{tcp}</code> over TCP\n\
         <li><code>ws://{host}{MQTT_PATH}</code> over WebSocket\n</ul>\n\
         <p>The playground is not built into this server.\n</html>\n"
    );
    let mut response = Html(page).into_response();
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
