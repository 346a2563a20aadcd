//! More of the harness: CONNECT, CONNACK, AUTH and DISCONNECT as a client sees them.
#![allow(unreachable_pub, reason = "a test binary exports nothing")]

use afterlink_core::authorization::Policy;
use afterlink_core::broker::{AuthenticationVerdict, Command, ConnectionId, Input};
use afterlink_core::codec::packet::{Auth, Connect, Disconnect, ReasonProperties};
use afterlink_core::codec::{Packet, ReasonCode};
use afterlink_core::topic::{TopicFilter, TopicLimits};

use crate::harness::*;

impl World {
    /// Opens, sends `connect` and gives the packet that comes back.
    #[track_caller]
    pub fn handshake(&mut self, connect: Connect<'_>) -> (Peer, Received) {
        let peer = self.open();
        self.send(peer, &Packet::Connect(connect));
        let packet = self.next(peer);
        assert!(matches!(packet.packet(), Packet::ConnAck(_)), "{packet:?}");
        (peer, packet)
    }

    /// Opens and sends `connect`; whatever comes back is left to be taken.
    pub fn begin(&mut self, connect: Connect<'_>) -> Peer {
        let peer = self.open();
        self.send(peer, &Packet::Connect(connect));
        peer
    }

    /// Sends `connect` on a new connection, which has to be closed without a word.
    #[track_caller]
    pub fn expect_closed(&mut self, connect: Connect<'_>) {
        let peer = self.begin(connect);
        self.expect_silent_close(peer);
    }

    /// The peer was sent nothing more, and closed.
    #[track_caller]
    pub fn expect_silent_close(&mut self, peer: Peer) {
        self.nothing(peer);
        assert!(self.is_closed(peer));
    }

    /// Sends DISCONNECT with a code and perhaps a new Session Expiry Interval.
    pub fn say_goodbye(&mut self, peer: Peer, reason: ReasonCode, expiry: Option<u32>) {
        let mut disconnect = Disconnect::new(reason);
        disconnect.session_expiry_interval = expiry;
        self.send(peer, &Packet::Disconnect(disconnect));
    }

    /// Sends PINGREQ, which has to be answered.
    #[track_caller]
    pub fn ping(&mut self, peer: Peer) {
        self.send(peer, &Packet::PingReq);
        let packet = self.next(peer);
        assert!(matches!(packet.packet(), Packet::PingResp), "{packet:?}");
    }

    /// Takes the CONNACK, which has to be a success, and looks whether the connection lives.
    #[track_caller]
    pub fn ping_after_connack(&mut self, peer: Peer) {
        let packet = self.next(peer);
        let Packet::ConnAck(connack) = packet.packet() else { panic!("{packet:?}") };
        assert_eq!(connack.reason_code, ReasonCode::SUCCESS);
        self.ping(peer);
    }

    /// The driver's verdict on a client.
    pub fn judge(&mut self, peer: Peer, verdict: AuthenticationVerdict) {
        self.input(Input::Authenticated { connection: ConnectionId(peer.0), verdict });
    }

    /// The driver takes a client for `principal`.
    pub fn accept(&mut self, peer: Peer, principal: &str) {
        let principal = Some(principal.to_owned());
        self.judge(peer, AuthenticationVerdict::Accept { principal, data: None });
    }

    /// Refuses topics to publishers and to receivers.
    pub fn refuse(&mut self, publish: &[&str], receive: &[&str]) {
        let filters = |texts: &[&str]| {
            let parse = |text: &&str| TopicFilter::parse(text, &TopicLimits::default());
            texts.iter().map(parse).collect::<Result<Vec<_>, _>>().expect("filters")
        };
        let policy = Policy { refuse_publish: filters(publish), refuse_receive: filters(receive) };
        self.command(Command::Policy { policy });
    }
}

/// An AUTH with a method.
pub fn auth<'a>(reason_code: ReasonCode, method: &'a str, data: &'a [u8]) -> Packet<'a> {
    Packet::Auth(Auth {
        reason_code,
        authentication_method: Some(method),
        authentication_data: Some(data),
        properties: ReasonProperties::default(),
    })
}

/// A 5.0 CONNECT without Clean Start and with a Session Expiry Interval.
pub fn expiring(client_identifier: &str, seconds: u32) -> Connect<'_> {
    let mut connect = kept(V5, client_identifier);
    connect.properties.session_expiry_interval = Some(seconds);
    connect
}
