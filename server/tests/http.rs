//! HTTP: the page, health, and which names and pages are let in.

mod support;

use std::net::SocketAddr;

use support::websocket::{Answer, get, request};
use support::{connect, serve};

/// A GET of one field besides what an upgrade needs, or in its place.
fn upgrade_with(address: SocketAddr, name: &str, value: &str) -> Answer {
    let mut fields = request(&address.to_string());
    fields.retain(|(other, _)| other != name);
    fields.push((name.to_owned(), value.to_owned()));
    get(&mut connect(address), "/mqtt", &fields)
}

fn healthz(address: SocketAddr, host: &str) -> Answer {
    get(&mut connect(address), "/healthz", &[("Host".to_owned(), host.to_owned())])
}

#[test]
fn the_page_is_the_playground_or_says_how_to_build_it() {
    let server = serve(|_| {});
    let address = server.http_address();
    let fields = [("Host".to_owned(), address.to_string())];
    let answer = get(&mut connect(address), "/", &fields);
    let expected = match answer.status {
        200 => "<div id=\"app\">",
        503 => "cargo xtask web",
        other => panic!("{other}: {}", answer.body),
    };
    assert!(answer.body.contains(expected), "{}", answer.body);
    assert!(answer.field("content-security-policy").is_some_and(|csp| csp.contains("'none'")));
}

#[test]
fn other_pages_may_frame_the_embedded_page_alone() {
    let server = serve(|_| {});
    let address = server.http_address();
    let fields = [("Host".to_owned(), address.to_string())];
    let get = |path| get(&mut connect(address), path, &fields);
    let frames = |answer: &Answer| {
        answer.field("content-security-policy").is_some_and(|it| it.contains("frame-ancestors *"))
    };
    let page = get("/?embed&lesson=7");
    // Where the playground is not built there is nothing to frame.
    assert_eq!(frames(&page), page.status == 200, "{}", page.status);
    for path in ["/", "/?lesson=7", "/index.html?embed", "/statements.html?embed", "/healthz?embed"]
    {
        assert!(!frames(&get(path)), "{path}");
    }
}

#[test]
fn health_is_that_of_the_shard() {
    let server = serve(|_| {});
    let address = server.http_address();
    let fields = [("Host".to_owned(), address.to_string())];
    let answer = get(&mut connect(address), "/healthz", &fields);
    assert_eq!((answer.status, answer.body.as_str()), (200, "ok\n"));
}

#[test]
fn one_connection_carries_several_requests() {
    let server = serve(|_| {});
    let address = server.http_address();
    let fields = [("Host".to_owned(), address.to_string())];
    let mut stream = connect(address);
    assert_eq!(get(&mut stream, "/healthz", &fields).status, 200);
    assert_eq!(get(&mut stream, "/nowhere", &fields).status, 404);
    let answer = get(&mut stream, "/mqtt", &fields);
    assert_eq!((answer.status, answer.field("upgrade")), (426, Some("websocket")));
}

#[test]
fn a_foreign_host_is_refused_everywhere() {
    let server = serve(|_| {});
    let address = server.http_address();
    for path in ["/", "/healthz", "/mqtt", "/nowhere"] {
        let fields = [("Host".to_owned(), "rebound.example:8080".to_owned())];
        let answer = get(&mut connect(address), path, &fields);
        assert_eq!(answer.status, 403, "{path}");
        assert!(answer.body.contains("\"rebound.example\""), "{}", answer.body);
        assert!(answer.body.contains("websocket.allowed_hosts"), "{}", answer.body);
    }
    assert_eq!(upgrade_with(address, "Host", "rebound.example").status, 403);
}

#[test]
fn the_servers_own_names_and_those_of_the_config_are_accepted() {
    let server = serve(|config| config.websocket.allowed_hosts = vec!["broker.example".to_owned()]);
    let address = server.http_address();
    for host in ["localhost", "127.0.0.1:1", "[::1]:8080", "broker.example", "BROKER.example:80"] {
        assert_eq!(healthz(address, host).status, 200, "{host}");
    }
}

#[test]
fn the_host_of_a_full_address_counts() {
    let server = serve(|_| {});
    let address = server.http_address();
    let fields = [("Host".to_owned(), address.to_string())];
    let answer = get(&mut connect(address), "http://rebound.example/", &fields);
    assert_eq!(answer.status, 403);
}

#[test]
fn a_page_of_a_foreign_origin_is_refused() {
    let server = serve(|_| {});
    for origin in ["https://evil.example", "null", "http://localhost:1", "http://127.0.0.1"] {
        let answer = upgrade_with(server.http_address(), "Origin", origin);
        assert_eq!(answer.status, 403, "{origin}");
        assert!(answer.body.contains(&format!("{origin:?}")), "{}", answer.body);
        assert!(answer.body.contains("websocket.allowed_origins"), "{}", answer.body);
    }
}

#[test]
fn a_page_of_the_server_itself_is_accepted() {
    let server = serve(|_| {});
    let address = server.http_address();
    let answer = upgrade_with(address, "Origin", &format!("http://{address}"));
    assert_eq!(answer.status, 101);
}

#[test]
fn an_origin_of_the_config_is_accepted() {
    let server =
        serve(|config| config.websocket.allowed_origins = vec!["https://app.example".to_owned()]);
    let address = server.http_address();
    assert_eq!(upgrade_with(address, "Origin", "https://app.example").status, 101);
    assert_eq!(upgrade_with(address, "Origin", "https://app.example.evil").status, 403);
}

#[test]
fn a_client_without_an_origin_is_accepted() {
    let server = serve(|_| {});
    let address = server.http_address();
    let fields = request(&address.to_string());
    assert_eq!(get(&mut connect(address), "/mqtt", &fields).status, 101);
}

#[test]
fn a_header_that_is_too_large_is_refused() {
    let server = serve(|config| config.websocket.header_bytes_max = 8192);
    let answer = upgrade_with(server.http_address(), "X-Large", &"x".repeat(10_000));
    assert_eq!(answer.status, 431);
}

#[test]
fn a_header_of_too_many_fields_is_refused() {
    let server = serve(|config| config.websocket.header_fields_max = 16);
    let address = server.http_address();
    let with = |count: usize| {
        let mut fields = vec![("Host".to_owned(), address.to_string())];
        fields.extend((1..count).map(|n| (format!("X-{n}"), String::new())));
        get(&mut connect(address), "/healthz", &fields).status
    };
    assert_eq!(with(16), 200);
    assert_eq!(with(17), 431);
}
