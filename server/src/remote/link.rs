//! A client's network connection.

use std::io;

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use super::address::{Address, Transport};
use crate::Failure;

/// Bytes read at a time.
const READ_BYTES: usize = 4096;

/// A connection that carries bytes both ways.
pub(crate) enum Link {
    Tcp(TcpStream),
    WebSocket(Box<WebSocketStream<TcpStream>>),
}

impl Link {
    /// Connects to a broker.
    pub(crate) async fn connect(address: &Address) -> Result<Self, Failure> {
        let stream = TcpStream::connect((address.host.as_str(), address.port))
            .await
            .and_then(|stream| stream.set_nodelay(true).map(|()| stream))
            .map_err(|error| absent(address, &error.to_string()))?;
        let Transport::WebSocket { path } = &address.transport else {
            return Ok(Self::Tcp(stream));
        };
        let mut request = address
            .to_string()
            .into_client_request()
            .map_err(|error| absent(address, &error.to_string()))?;
        // [MQTT-6.0.0-3] [MQTT3-6.0.0-3]
        request.headers_mut().insert("Sec-WebSocket-Protocol", HeaderValue::from_static("mqtt"));
        let config = WebSocketConfig::default().read_buffer_size(READ_BYTES);
        match client_async_with_config(request, stream, Some(config)).await {
            Ok((socket, _)) => Ok(Self::WebSocket(Box::new(socket))),
            Err(Error::Http(response)) => {
                let why = format!("{path:?} is answered with HTTP {}", response.status());
                Err(absent(address, &why))
            }
            Err(error) => Err(absent(address, &error.to_string())),
        }
    }

    /// Sends bytes.
    pub(crate) async fn send(&mut self, bytes: Vec<u8>) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.write_all(&bytes).await,
            Self::WebSocket(socket) => {
                socket.send(Message::Binary(bytes.into())).await.map_err(io::Error::other)
            }
        }
    }

    /// Waits for bytes; `None` at the end. Nothing is lost when the wait is given up.
    pub(crate) async fn receive(&mut self) -> io::Result<Option<Vec<u8>>> {
        match self {
            Self::Tcp(stream) => {
                let mut bytes = Vec::with_capacity(READ_BYTES);
                let len = stream.read_buf(&mut bytes).await?;
                Ok((len > 0).then_some(bytes))
            }
            Self::WebSocket(socket) => loop {
                match socket.next().await {
                    Some(Ok(Message::Binary(bytes))) => return Ok(Some(bytes.into())),
                    Some(Ok(Message::Text(_))) => {
                        // [MQTT-6.0.0-1] [MQTT3-6.0.0-1]
                        return Err(io::Error::other("the broker sent a text frame"));
                    }
                    Some(Ok(Message::Close(_))) | None => return Ok(None),
                    Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                    Some(Err(error)) => return Err(io::Error::other(error)),
                }
            },
        }
    }

    /// Says goodbye and closes.
    pub(crate) async fn close(self) {
        // The other side may have closed first, which is as good.
        match self {
            Self::Tcp(mut stream) => drop(stream.shutdown().await),
            Self::WebSocket(mut socket) => drop(socket.close(None).await),
        }
    }
}

fn absent(address: &Address, why: &str) -> Failure {
    Failure::usage(format!(
        "there is no MQTT broker at {address}: {why}; start one (afterlink serve) or give the \
         address of another"
    ))
}
