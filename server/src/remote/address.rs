//! Where a broker is: `tcp://host:port` or `ws://host:port/path`.

use std::fmt;
use std::str::FromStr;

use axum::http::Uri;

use crate::http::MQTT_PATH;

/// The address of a broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) transport: Transport,
}

/// What MQTT is carried by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    Tcp,
    WebSocket { path: String },
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = || {
            "give tcp://HOST:PORT or ws://HOST:PORT/mqtt, such as tcp://127.0.0.1:1883".to_owned()
        };
        let uri: Uri = text.parse().map_err(|_| bad())?;
        let authority = uri.authority().ok_or_else(bad)?;
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        if host.is_empty() || authority.as_str().contains('@') {
            return Err(bad());
        }
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let (transport, default_port) = match uri.scheme_str() {
            Some("tcp" | "mqtt") if path == "/" || path.is_empty() => (Transport::Tcp, 1883),
            Some("ws") => {
                let path = if path == "/" { MQTT_PATH } else { path };
                (Transport::WebSocket { path: path.to_owned() }, 80)
            }
            _ => return Err(bad()),
        };
        let port = match authority.as_str().strip_prefix(authority.host()).ok_or_else(bad)? {
            "" => default_port,
            port => port.strip_prefix(':').and_then(|port| port.parse().ok()).ok_or_else(bad)?,
        };
        Ok(Self { host, port, transport })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, path) = match &self.transport {
            Transport::Tcp => ("tcp", ""),
            Transport::WebSocket { path } => ("ws", path.as_str()),
        };
        let (host, port) = (&self.host, self.port);
        if host.contains(':') {
            write!(f, "{scheme}://[{host}]:{port}{path}")
        } else {
            write!(f, "{scheme}://{host}:{port}{path}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_shown() {
        for (text, shown) in [
            ("tcp://127.0.0.1:1883", "tcp://127.0.0.1:1883"),
            ("mqtt://broker.example", "tcp://broker.example:1883"),
            ("tcp://[::1]:7/", "tcp://[::1]:7"),
            ("ws://localhost:8080/mqtt", "ws://localhost:8080/mqtt"),
            ("ws://localhost:8080", "ws://localhost:8080/mqtt"),
            ("ws://localhost/other?x=1", "ws://localhost:80/other?x=1"),
        ] {
            let address: Address = text.parse().expect(text);
            assert_eq!(address.to_string(), shown);
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "localhost:1883",
            "http://localhost",
            "wss://localhost",
            "tcp://localhost:1883/path",
            "tcp://user:secret@localhost",
            "tcp://:1883",
            "tcp://localhost:99999",
        ] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}
