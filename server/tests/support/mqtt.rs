//! MQTT packets as bytes, and a client that sends and reads them over TCP.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use super::{connect, connect_narrow};

/// CONNACK without a session, for version 3.
pub(crate) const CONNACK: &[u8] = &[0x20, 0x02, 0x00, 0x00];
pub(crate) const PINGREQ: &[u8] = &[0xC0, 0x00];
pub(crate) const PINGRESP: &[u8] = &[0xD0, 0x00];

/// A packet of the first byte `first`.
pub(crate) fn packet(first: u8, body: &[&[u8]]) -> Vec<u8> {
    let body = body.concat();
    let mut packet = vec![first];
    let mut len = body.len();
    loop {
        let byte = (len % 128) as u8;
        len /= 128;
        packet.push(if len > 0 { byte | 0x80 } else { byte });
        if len == 0 {
            break;
        }
    }
    packet.extend_from_slice(&body);
    packet
}

pub(crate) fn text(text: &str) -> Vec<u8> {
    [&(text.len() as u16).to_be_bytes()[..], text.as_bytes()].concat()
}

/// CONNECT of a 3.1.1 client with Clean Session.
pub(crate) fn connect_packet(client: &str) -> Vec<u8> {
    packet(0x10, &[&text("MQTT"), &[4, 0x02, 0, 60], &text(client)])
}

/// CONNECT of a 3.1.1 client with Clean Session and a will of QoS 0.
pub(crate) fn connect_with_will(client: &str, topic: &str, payload: &str) -> Vec<u8> {
    packet(0x10, &[&text("MQTT"), &[4, 0x06, 0, 60], &text(client), &text(topic), &text(payload)])
}

/// CONNECT of a 5.0 client with Clean Start.
pub(crate) fn connect_packet_v5(client: &str) -> Vec<u8> {
    packet(0x10, &[&text("MQTT"), &[5, 0x02, 0, 60, 0], &text(client)])
}

pub(crate) fn publish(topic: &str, payload: &[u8]) -> Vec<u8> {
    packet(0x30, &[&text(topic), payload])
}

pub(crate) fn publish_qos1(topic: &str, identifier: u16, payload: &[u8]) -> Vec<u8> {
    packet(0x32, &[&text(topic), &identifier.to_be_bytes(), payload])
}

pub(crate) fn subscribe(identifier: u16, filter: &str, qos: u8) -> Vec<u8> {
    packet(0x82, &[&identifier.to_be_bytes(), &text(filter), &[qos]])
}

pub(crate) fn suback(identifier: u16, qos: u8) -> Vec<u8> {
    packet(0x90, &[&identifier.to_be_bytes(), &[qos]])
}

pub(crate) fn puback(identifier: u16) -> Vec<u8> {
    packet(0x40, &[&identifier.to_be_bytes()])
}

/// The next packet of a stream, as bytes.
pub(crate) fn read_packet(stream: &mut impl Read) -> Vec<u8> {
    let mut packet = vec![0];
    stream.read_exact(&mut packet).expect("a packet");
    let (mut len, mut shift) = (0, 0);
    loop {
        let mut byte = [0];
        stream.read_exact(&mut byte).expect("a Remaining Length");
        packet.push(byte[0]);
        len |= usize::from(byte[0] & 0x7F) << shift;
        shift += 7;
        if byte[0] & 0x80 == 0 {
            break;
        }
    }
    let start = packet.len();
    packet.resize(start + len, 0);
    stream.read_exact(&mut packet[start..]).expect("the whole packet");
    packet
}

/// A 3.1.1 client over TCP.
pub(crate) struct Client(pub(crate) TcpStream);

impl Client {
    pub(crate) fn connected(address: SocketAddr, client: &str) -> Self {
        Self::connected_by(connect(address), client)
    }

    /// One that will not read, or late.
    pub(crate) fn connected_narrow(address: SocketAddr, client: &str) -> Self {
        Self::connected_by(connect_narrow(address), client)
    }

    fn connected_by(stream: TcpStream, client: &str) -> Self {
        let mut this = Self(stream);
        this.send(&connect_packet(client));
        this.expect(CONNACK);
        this
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).expect("the connection is open");
    }

    pub(crate) fn read(&mut self) -> Vec<u8> {
        read_packet(&mut self.0)
    }

    #[track_caller]
    pub(crate) fn expect(&mut self, packet: &[u8]) {
        assert_eq!(self.read(), packet);
    }

    pub(crate) fn subscribe(&mut self, filter: &str, qos: u8) {
        self.send(&subscribe(1, filter, qos));
        self.expect(&suback(1, qos));
    }

    /// That the server answers proves that it has seen all that was sent before.
    pub(crate) fn ping(&mut self) {
        self.send(PINGREQ);
        self.expect(PINGRESP);
    }
}
