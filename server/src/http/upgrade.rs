//! From HTTP to WebSocket (RFC 6455 4.2), and from this thread to the shard.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Version, header};
use axum::response::Response;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::serve::Peer;
use super::{Site, guard, say};
use crate::shard::{Message, Upgraded};

/// The sub-protocols of MQTT, the preferred one first [MQTT-6.0.0-3] [MQTT-6.0.0-4].
const SUB_PROTOCOLS: [&str; 2] = ["mqtt", "mqttv3.1"];

/// Answers a request for a WebSocket.
pub(super) async fn upgrade(State(site): State<Arc<Site>>, mut request: Request) -> Response {
    if request.method() != Method::GET {
        return say(StatusCode::METHOD_NOT_ALLOWED, "a WebSocket is asked for by GET");
    }
    let headers = request.headers();
    let allowed = &site.settings.allowed_origins;
    if let Some(refusal) = guard::refuse_origin(headers, request.uri(), allowed) {
        return say(StatusCode::FORBIDDEN, &refusal);
    }
    let (accept, sub_protocol) = match judge(headers, request.version()) {
        Ok(handshake) => handshake,
        Err(refusal) => return *refusal,
    };
    let peer = request.extensions().get::<Peer>().cloned();
    let (Some(peer), Some(on_upgrade)) = (peer, request.extensions_mut().remove::<OnUpgrade>())
    else {
        return say(StatusCode::INTERNAL_SERVER_ERROR, "this connection cannot be upgraded");
    };
    tokio::spawn(hand_over(site, peer, on_upgrade));
    let mut response = Response::default();
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    headers.insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(sub_protocol));
    response
}

/// The accept key and the sub-protocol, or what is wrong with the request.
fn judge(
    headers: &HeaderMap,
    version: Version,
) -> Result<(HeaderValue, &'static str), Box<Response>> {
    let bad = |line| Err(Box::new(say(StatusCode::BAD_REQUEST, line)));
    if version != Version::HTTP_11
        || !has_token(headers, header::CONNECTION, "upgrade")
        || !has_token(headers, header::UPGRADE, "websocket")
    {
        let mut response = say(
            StatusCode::UPGRADE_REQUIRED,
            "here is MQTT over WebSocket: an MQTT client has to connect, not a browser tab",
        );
        response.headers_mut().insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        return Err(Box::new(response));
    }
    if headers.get(header::SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
        let mut response = say(StatusCode::UPGRADE_REQUIRED, "the WebSocket version has to be 13");
        let version = HeaderValue::from_static("13");
        response.headers_mut().insert(header::SEC_WEBSOCKET_VERSION, version);
        return Err(Box::new(response));
    }
    let Some(key) = headers.get(header::SEC_WEBSOCKET_KEY).filter(|key| is_key(key.as_bytes()))
    else {
        return bad("Sec-WebSocket-Key has to be 16 bytes in Base64");
    };
    let Some(sub_protocol) = SUB_PROTOCOLS
        .into_iter()
        .find(|protocol| has_token(headers, header::SEC_WEBSOCKET_PROTOCOL, protocol))
    else {
        return bad("Sec-WebSocket-Protocol has to offer mqtt");
    };
    let Ok(accept) = HeaderValue::try_from(derive_accept_key(key.as_bytes())) else {
        return bad("Sec-WebSocket-Key has to be 16 bytes in Base64");
    };
    Ok((accept, sub_protocol))
}

/// Whether a field holds `token` in its list.
fn has_token(headers: &HeaderMap, name: header::HeaderName, token: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|one| one.trim().eq_ignore_ascii_case(token))
}

/// Whether `key` is the Base64 of 16 bytes.
fn is_key(key: &[u8]) -> bool {
    key.len() == 24
        && key.ends_with(b"==")
        && key
            .iter()
            .take(22)
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
}

/// Takes the socket out of HTTP and gives it to the shard.
async fn hand_over(site: Arc<Site>, peer: Peer, on_upgrade: OnUpgrade) {
    let Ok(upgraded) = on_upgrade.await else { return };
    let Ok(parts) = upgraded.downcast::<TokioIo<TcpStream>>() else {
        tracing::error!("an upgraded connection is not the socket that was accepted");
        return;
    };
    let stream = match parts.io.into_inner().into_std() {
        Ok(stream) => stream,
        Err(error) => {
            tracing::debug!(peer = %peer.remote, %error, "connection lost in its upgrade");
            return;
        }
    };
    let upgraded = Upgraded {
        stream,
        peer: peer.remote,
        read: parts.read_buf.to_vec(),
        accepted_at: peer.accepted_at,
        permit: peer.permit,
    };
    // A shard that is gone takes no connection, which closes it.
    let _ = site.shard.send(Message::Upgraded(upgraded)).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(fields: &[(&'static str, &'static str)]) -> HeaderMap {
        fields
            .iter()
            .map(|&(name, value)| {
                (header::HeaderName::from_static(name), HeaderValue::from_static(value))
            })
            .collect()
    }

    fn good() -> HeaderMap {
        request(&[
            ("connection", "keep-alive, Upgrade"),
            ("upgrade", "WebSocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ("sec-websocket-protocol", "mqtt"),
        ])
    }

    #[test]
    fn the_key_is_answered_as_the_standard_shows() {
        let (accept, protocol) = judge(&good(), Version::HTTP_11).expect("it is right");
        assert_eq!(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert_eq!(protocol, "mqtt");
    }

    #[test]
    fn the_sub_protocol_is_chosen_from_those_offered() {
        for (offered, chosen) in [
            ("mqttv3.1, mqtt", Some("mqtt")),
            ("mqttv3.1", Some("mqttv3.1")),
            ("chat, mqtt", Some("mqtt")),
            ("chat", None),
            ("", None),
        ] {
            let mut headers = good();
            headers.insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(offered));
            let judged = judge(&headers, Version::HTTP_11).ok().map(|(_, protocol)| protocol);
            assert_eq!(judged, chosen, "{offered}");
        }
    }

    #[test]
    fn what_is_no_upgrade_is_refused() {
        for (name, value, status) in [
            ("connection", "keep-alive", StatusCode::UPGRADE_REQUIRED),
            ("upgrade", "h2c", StatusCode::UPGRADE_REQUIRED),
            ("sec-websocket-version", "8", StatusCode::UPGRADE_REQUIRED),
            ("sec-websocket-key", "short", StatusCode::BAD_REQUEST),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ\"\"", StatusCode::BAD_REQUEST),
        ] {
            let mut headers = good();
            headers.extend(request(&[(name, value)]));
            headers.insert(header::HeaderName::from_static(name), HeaderValue::from_static(value));
            let refusal = judge(&headers, Version::HTTP_11).expect_err(name);
            assert_eq!(refusal.status(), status, "{name}: {value}");
        }
        assert!(judge(&good(), Version::HTTP_10).is_err());
    }
}
