//! A WebSocket client that sends any frames it is told to.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use super::{connect, connect_narrow};

pub(crate) const CONTINUATION: u8 = 0x0;
pub(crate) const TEXT: u8 = 0x1;
pub(crate) const BINARY: u8 = 0x2;
pub(crate) const CLOSE: u8 = 0x8;
pub(crate) const PING: u8 = 0x9;
pub(crate) const PONG: u8 = 0xA;

/// Close codes.
pub(crate) const GOING_AWAY: u16 = 1001;
pub(crate) const PROTOCOL_ERROR: u16 = 1002;
pub(crate) const UNSUPPORTED: u16 = 1003;
pub(crate) const POLICY: u16 = 1008;

/// A request to open a WebSocket, of a client that is no web page.
pub(crate) fn request(host: &str) -> Vec<(String, String)> {
    [
        ("Host", host),
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("Sec-WebSocket-Protocol", "mqtt"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

/// The answer to an HTTP request: status, header and, unless it is an upgrade, body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }
}

/// Sends a GET and reads the answer.
pub(crate) fn get(stream: &mut TcpStream, path: &str, fields: &[(String, String)]) -> Answer {
    let fields: String =
        fields.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    stream.write_all(format!("GET {path} HTTP/1.1\r\n{fields}\r\n").as_bytes()).unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).expect("an answer");
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let mut answer = Answer { status, head, body: String::new() };
    let len = answer.field("content-length").map_or(0, |len| len.parse().unwrap());
    let mut body = vec![0; len];
    stream.read_exact(&mut body).unwrap();
    answer.body = String::from_utf8(body).unwrap();
    answer
}

/// An open WebSocket.
pub(crate) struct WebSocket {
    pub(crate) stream: TcpStream,
    /// Bytes of binary frames that have not been read as packets.
    data: VecDeque<u8>,
}

impl WebSocket {
    pub(crate) fn open(address: SocketAddr) -> Self {
        Self::open_by(connect(address), address)
    }

    /// One that will not read, or late.
    pub(crate) fn open_narrow(address: SocketAddr) -> Self {
        Self::open_by(connect_narrow(address), address)
    }

    fn open_by(mut stream: TcpStream, address: SocketAddr) -> Self {
        let answer = get(&mut stream, "/mqtt", &request(&address.to_string()));
        assert_eq!(answer.status, 101, "{answer:?}");
        assert_eq!(answer.field("sec-websocket-protocol"), Some("mqtt"));
        Self { stream, data: VecDeque::new() }
    }

    /// Sends bytes in one binary frame.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.send_frame(true, BINARY, bytes);
    }

    pub(crate) fn send_frame(&mut self, is_final: bool, opcode: u8, payload: &[u8]) {
        self.stream.write_all(&frame(is_final, opcode, payload)).expect("the connection is open");
    }

    /// The next frame.
    pub(crate) fn read_frame(&mut self) -> (u8, Vec<u8>) {
        let mut head = [0; 2];
        self.stream.read_exact(&mut head).expect("a frame");
        assert_eq!(head[0] & 0xF0, 0x80, "servers send whole frames");
        assert_eq!(head[1] & 0x80, 0, "servers do not mask");
        let len = match head[1] {
            126 => {
                let mut len = [0; 2];
                self.stream.read_exact(&mut len).unwrap();
                usize::from(u16::from_be_bytes(len))
            }
            127 => {
                let mut len = [0; 8];
                self.stream.read_exact(&mut len).unwrap();
                u64::from_be_bytes(len) as usize
            }
            len => usize::from(len),
        };
        let mut payload = vec![0; len];
        self.stream.read_exact(&mut payload).unwrap();
        (head[0] & 0x0F, payload)
    }

    /// The next packet, from as many frames as it takes.
    pub(crate) fn read(&mut self) -> Vec<u8> {
        super::mqtt::read_packet(self)
    }

    #[track_caller]
    pub(crate) fn expect(&mut self, packet: &[u8]) {
        assert_eq!(self.read(), packet);
    }

    /// That the server closes, with this code, and then the connection.
    #[track_caller]
    pub(crate) fn expect_close(&mut self, code: u16) {
        let (opcode, payload) = self.read_frame();
        assert_eq!((opcode, payload), (CLOSE, code.to_be_bytes().to_vec()));
        assert_eq!(super::read_to_end(&mut self.stream), b"");
    }
}

impl Read for WebSocket {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while self.data.is_empty() {
            let (opcode, payload) = self.read_frame();
            assert_eq!(opcode, BINARY, "{payload:?}");
            self.data.extend(payload);
        }
        self.data.read(buffer)
    }
}

/// A masked frame.
pub(crate) fn frame(is_final: bool, opcode: u8, payload: &[u8]) -> Vec<u8> {
    const MASK: [u8; 4] = [0x12, 0x34, 0x56, 0x78];
    let mut frame = vec![opcode | if is_final { 0x80 } else { 0 }];
    match payload.len() {
        len @ ..126 => frame.push(0x80 | len as u8),
        len @ 126..65_536 => {
            frame.push(0xFE);
            frame.extend_from_slice(&(len as u16).to_be_bytes());
        }
        len => {
            frame.push(0xFF);
            frame.extend_from_slice(&(len as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(&MASK);
    frame.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, key)| byte ^ key));
    frame
}
