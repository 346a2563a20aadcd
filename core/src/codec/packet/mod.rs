//! The fifteen control packets, one struct each, for all versions.
//!
//! Strings and payloads are slices of the buffer a packet was decoded from. Version 3 decodes
//! into the terms of version 5, and what a version cannot say stays at its default.

mod ack;
mod auth;
mod connack;
mod connect;
mod disconnect;
mod publish;
mod suback;
mod subscribe;
mod unsubscribe;

pub use ack::{Ack, ReasonProperties};
pub use auth::Auth;
pub use connack::{ConnAck, ConnAckProperties};
pub use connect::{Connect, ConnectProperties, Will, WillProperties};
pub use disconnect::Disconnect;
pub use publish::{Publish, PublishProperties};
pub use suback::{ReasonCodes, SubAck};
pub use subscribe::{
    RetainHandling, Subscribe, SubscribeFilter, SubscribeFilters, SubscriptionOptions,
};
pub use unsubscribe::{Unsubscribe, UnsubscribeFilters};

pub(super) use connect::read_version;

use super::decode::Context;
use super::publish_head::first_byte;
use super::reader::Reader;
use super::sink::{Counter, Sink};
use super::variable_byte_integer;
use super::{DecodeError, DecodeErrorKind, EncodeError, PacketType, ProtocolVersion, ReasonCode};

/// A Control Packet (§2.1.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Packet<'a> {
    /// A client asks for a connection.
    Connect(Connect<'a>),
    /// The server answers CONNECT.
    ConnAck(ConnAck<'a>),
    /// An Application Message, either way.
    Publish(Publish<'a>),
    /// Answer to a QoS 1 PUBLISH.
    PubAck(Ack<'a>),
    /// First answer to a QoS 2 PUBLISH.
    PubRec(Ack<'a>),
    /// Answer to PUBREC.
    PubRel(Ack<'a>),
    /// Answer to PUBREL, the end of a QoS 2 exchange.
    PubComp(Ack<'a>),
    /// A client asks for subscriptions.
    Subscribe(Subscribe<'a>),
    /// Answer to SUBSCRIBE.
    SubAck(SubAck<'a>),
    /// A client ends subscriptions.
    Unsubscribe(Unsubscribe<'a>),
    /// Answer to UNSUBSCRIBE.
    UnsubAck(SubAck<'a>),
    /// A client shows that it lives.
    PingReq,
    /// Answer to PINGREQ.
    PingResp,
    /// The last packet of a connection; only a client sends it before version 5.
    Disconnect(Disconnect<'a>),
    /// A step of extended authentication, version 5 only.
    Auth(Auth<'a>),
}

impl Packet<'_> {
    /// Appends the packet as `version` writes it. What the version cannot say is left out: before
    /// version 5 properties, the reason codes of acknowledgements and all but the Topic Filter and
    /// QoS of a subscription; failures in SUBACK become 0x80, and a CONNACK carries the return code
    /// that comes nearest, "server unavailable" if none does. A CONNECT is written in its own
    /// version. Lengths are checked; that strings have no null character, and that numbers are
    /// those the standard allows, is up to who made the packet.
    ///
    /// # Errors
    ///
    /// If a field has more than 65 535 bytes, a string has a null character, the Remaining Length
    /// would be over 268 435 455, or the version has no such packet (AUTH before version 5). `out`
    /// is then unchanged.
    #[inline]
    pub fn encode(&self, version: ProtocolVersion, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        if matches!(self, Self::Auth(_)) && !version.has_properties() {
            return Err(EncodeError::NotInVersion);
        }
        let mut counter = Counter::default();
        self.write(version, &mut counter);
        let remaining_length = counter.checked_len()?;
        out.reserve(remaining_length.saturating_add(5));
        out.byte(self.first_byte());
        out.variable_byte_integer(remaining_length);
        self.write(version, out);
        Ok(())
    }

    /// The bytes that [`Self::encode`] appends, if it can.
    #[must_use]
    pub fn encoded_len(&self, version: ProtocolVersion) -> usize {
        let mut counter = Counter::default();
        self.write(version, &mut counter);
        let header_len = variable_byte_integer::encoded_len(counter.len).saturating_add(1);
        counter.len.saturating_add(header_len)
    }

    /// The type.
    #[must_use]
    pub const fn packet_type(&self) -> PacketType {
        match self {
            Self::Connect(_) => PacketType::Connect,
            Self::ConnAck(_) => PacketType::ConnAck,
            Self::Publish(_) => PacketType::Publish,
            Self::PubAck(_) => PacketType::PubAck,
            Self::PubRec(_) => PacketType::PubRec,
            Self::PubRel(_) => PacketType::PubRel,
            Self::PubComp(_) => PacketType::PubComp,
            Self::Subscribe(_) => PacketType::Subscribe,
            Self::SubAck(_) => PacketType::SubAck,
            Self::Unsubscribe(_) => PacketType::Unsubscribe,
            Self::UnsubAck(_) => PacketType::UnsubAck,
            Self::PingReq => PacketType::PingReq,
            Self::PingResp => PacketType::PingResp,
            Self::Disconnect(_) => PacketType::Disconnect,
            Self::Auth(_) => PacketType::Auth,
        }
    }

    #[inline]
    fn first_byte(&self) -> u8 {
        if let Self::Publish(publish) = self {
            first_byte(publish.dup, publish.qos, publish.retain)
        } else {
            self.packet_type().first_byte()
        }
    }

    /// Writes what follows the Fixed Header.
    #[inline]
    fn write(&self, version: ProtocolVersion, sink: &mut dyn Sink) {
        match self {
            Self::Publish(publish) => publish.write(version, sink),
            Self::PubAck(ack) | Self::PubRec(ack) | Self::PubRel(ack) | Self::PubComp(ack) => {
                ack.write(version, sink);
            }
            Self::Connect(connect) => connect.write(sink),
            Self::ConnAck(connack) => connack.write(version, sink),
            Self::Subscribe(subscribe) => subscribe.write(version, sink),
            Self::SubAck(suback) => suback.write(PacketType::SubAck, version, sink),
            Self::Unsubscribe(unsubscribe) => unsubscribe.write(version, sink),
            Self::UnsubAck(unsuback) => unsuback.write(PacketType::UnsubAck, version, sink),
            Self::PingReq | Self::PingResp => {}
            Self::Disconnect(disconnect) => disconnect.write(version, sink),
            Self::Auth(auth) => auth.write(sink),
        }
    }
}

/// A Reason Code that may stand in `packet_type` [MQTT-3.2.2-8] [MQTT-3.4.2-1] [MQTT-3.5.2-1]
/// [MQTT-3.6.2-1] [MQTT-3.7.2-1] [MQTT-3.9.3-2] [MQTT-3.11.3-2] [MQTT-3.14.2-1] [MQTT-3.15.2-1].
fn read_reason_code(
    reader: &mut Reader<'_>,
    packet_type: PacketType,
) -> Result<ReasonCode, DecodeError> {
    let before = *reader;
    let code = reader.byte()?;
    let reason_code = ReasonCode::from_u8(code);
    if !reason_code.is_allowed_in(packet_type) {
        return Err(before.error(DecodeErrorKind::ReasonCodeNotAllowed { code }));
    }
    Ok(reason_code)
}

/// The number of Topic Filters up to the end, each checked by `read`; at least one
/// [MQTT-3.8.3-2] [MQTT-3.10.3-2].
fn count_filters<'a>(
    reader: &mut Reader<'a>,
    context: &Context,
    mut read: impl FnMut(&mut Reader<'a>) -> Result<(), DecodeError>,
) -> Result<usize, DecodeError> {
    if reader.is_empty() {
        return Err(reader.error(DecodeErrorKind::TopicFilterMissing));
    }
    let max = context.limits.filters_max;
    let mut count = 0_usize;
    while !reader.is_empty() {
        if count == max {
            return Err(reader.error(DecodeErrorKind::TooManyFilters { max }));
        }
        read(reader)?;
        count = count.saturating_add(1);
    }
    Ok(count)
}
