//! Which pages may talk to this server, and by which names it is called.
//!
//! Browsers let every page on the web open a WebSocket to anywhere, the visitor's own machine
//! included, and say only where the page is from: its `Origin`. A page that is not this server's
//! own has to be allowed by name. An attacker can also have a name of their own point at this
//! server, so that their page looks like its own: hence the `Host` of every request has to be a
//! name that is known to be the server's.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::Response;

use super::serve::Peer;
use super::{Site, say};

/// The entry of an allow-list that allows everything.
const ANY: &str = "*";

/// Refuses requests by a foreign name.
pub(super) async fn check_host(
    State(site): State<Arc<Site>>,
    request: Request,
    next: Next,
) -> Response {
    let local = request.extensions().get::<Peer>().map(|peer| peer.local.ip());
    match host(request.headers(), request.uri()) {
        Some(host) if is_own_host(host, local, &site.settings.allowed_hosts) => {
            next.run(request).await
        }
        Some(host) => {
            let name = without_port(host);
            let line = format!(
                "this server does not answer to the name {name:?}; if it is to, add the name to \
                 websocket.allowed_hosts in its config"
            );
            say(StatusCode::FORBIDDEN, &line)
        }
        None => say(StatusCode::BAD_REQUEST, "the request has no Host"),
    }
}

/// The text that refuses the request if the page it comes from may not open a WebSocket.
pub(super) fn refuse_origin(headers: &HeaderMap, uri: &Uri, allowed: &[String]) -> Option<String> {
    // Without an Origin it is no web page but a program, which could as well use TCP.
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let origin = origins.next()?;
    let shown = String::from_utf8_lossy(origin.as_bytes()).into_owned();
    let is_allowed = origins.next().is_none()
        && (allowed.iter().any(|entry| entry == ANY || entry.eq_ignore_ascii_case(&shown))
            || host(headers, uri).is_some_and(|host| is_same(&shown, host)));
    (!is_allowed).then(|| {
        format!(
            "pages of the origin {shown:?} may not open a WebSocket here; if they may, add the \
             origin to websocket.allowed_origins in the server's config"
        )
    })
}

/// What the server is called in a request.
fn host<'a>(headers: &'a HeaderMap, uri: &'a Uri) -> Option<&'a str> {
    // A request for a full address names it there, and is to be judged by it (RFC 9112 3.2.2).
    if let Some(authority) = uri.authority() {
        return Some(authority.as_str());
    }
    let mut hosts = headers.get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().ok().filter(|host| !host.is_empty()),
        _ => None,
    }
}

fn is_own_host(host: &str, local: Option<IpAddr>, allowed: &[String]) -> bool {
    let name = without_port(host);
    if allowed.iter().any(|entry| entry == ANY || entry.eq_ignore_ascii_case(name)) {
        return true;
    }
    if name.eq_ignore_ascii_case("localhost") {
        return true;
    }
    name.parse::<IpAddr>().is_ok_and(|address| {
        let address = address.to_canonical();
        address.is_loopback() || local.is_some_and(|local| local.to_canonical() == address)
    })
}

/// The name or address of `name:port`, `[address]:port` or either alone.
fn without_port(host: &str) -> &str {
    if let Some(rest) = host.strip_prefix('[') {
        return rest.split_once(']').map_or(host, |(address, _)| address);
    }
    host.split_once(':').map_or(host, |(name, _)| name)
}

/// Whether a page of `origin` was served under the name `host`.
fn is_same(origin: &str, host: &str) -> bool {
    let Some((scheme, authority)) = origin.split_once("://") else { return false };
    let default_port = match scheme.to_ascii_lowercase().as_str() {
        "http" => ":80",
        // In front of this server something else may speak TLS.
        "https" => ":443",
        _ => return false,
    };
    let bare = |name: &str| name.strip_suffix(default_port).unwrap_or(name).to_ascii_lowercase();
    bare(authority) == bare(host)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_server_is_known_by_its_own_names() {
        let local = Some(IpAddr::from([192, 0, 2, 1]));
        for host in [
            "localhost",
            "LocalHost:8080",
            "127.0.0.1:8080",
            "127.9.9.9",
            "[::1]:8080",
            "192.0.2.1:8080",
            "[::ffff:192.0.2.1]",
        ] {
            assert!(is_own_host(host, local, &[]), "{host}");
        }
        for host in ["evil.example", "localhost.evil.example", "192.0.2.2", "[2001:db8::1]:80", ""]
        {
            assert!(!is_own_host(host, local, &[]), "{host}");
        }
    }

    #[test]
    fn names_are_allowed_by_the_config() {
        let allowed = vec!["broker.example".to_owned()];
        assert!(is_own_host("Broker.example:8080", None, &allowed));
        assert!(!is_own_host("other.example", None, &allowed));
        assert!(is_own_host("other.example", None, &[ANY.to_owned()]));
    }

    #[test]
    fn a_page_of_the_server_is_of_the_same_origin() {
        for (origin, host) in [
            ("http://localhost:8080", "localhost:8080"),
            ("http://broker.example", "broker.example:80"),
            ("https://broker.example", "broker.example"),
            ("https://broker.example:443", "Broker.Example"),
        ] {
            assert!(is_same(origin, host), "{origin} {host}");
        }
        for (origin, host) in [
            ("http://localhost:3000", "localhost:8080"),
            ("http://broker.example:8080", "broker.example"),
            ("null", "null"),
            ("ftp://broker.example", "broker.example"),
            ("http://evil.example", "broker.example"),
        ] {
            assert!(!is_same(origin, host), "{origin} {host}");
        }
    }

    #[test]
    fn a_request_without_an_origin_is_no_page() {
        let uri = Uri::from_static("/mqtt");
        assert_eq!(refuse_origin(&HeaderMap::new(), &uri, &[]), None);
    }

    #[test]
    fn a_foreign_page_is_refused_until_it_is_allowed() {
        let uri = Uri::from_static("/mqtt");
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static("localhost:8080"));
        headers.insert(header::ORIGIN, HeaderValue::from_static("https://app.example"));
        let refusal = refuse_origin(&headers, &uri, &[]).expect("it is foreign");
        assert!(refusal.contains("\"https://app.example\""), "{refusal}");
        assert_eq!(refuse_origin(&headers, &uri, &["https://app.example".to_owned()]), None);
        assert_eq!(refuse_origin(&headers, &uri, &[ANY.to_owned()]), None);
        headers.append(header::ORIGIN, HeaderValue::from_static("http://localhost:8080"));
        assert!(refuse_origin(&headers, &uri, &[ANY.to_owned()]).is_some(), "two origins are none");
    }
}
