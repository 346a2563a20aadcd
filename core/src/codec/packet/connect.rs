//! CONNECT (§3.1).

use crate::codec::decode::Context;
use crate::codec::property::{self, Block, PropertyOwner, property_fields};
use crate::codec::reader::Reader;
use crate::codec::sink::Sink;
use crate::codec::{DecodeError, DecodeErrorKind, ProtocolVersion, QoS, UserProperties};

/// A client's request for a connection and a Session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connect<'a> {
    /// The version the connection will speak.
    pub version: ProtocolVersion,
    /// Clean Start; in version 3 the Clean Session flag.
    pub clean_start: bool,
    /// Seconds; 0 turns the Keep Alive off.
    pub keep_alive: u16,
    /// The Client Identifier; empty asks the server to assign one.
    pub client_identifier: &'a str,
    /// The Will Message, if the Will Flag is set.
    pub will: Option<Will<'a>>,
    /// The User Name, if present.
    pub user_name: Option<&'a str>,
    /// The Password, if present.
    pub password: Option<&'a [u8]>,
    /// Properties, all absent in version 3.
    pub properties: ConnectProperties<'a>,
}

/// Properties of CONNECT (§3.1.2.11), as sent: absent and zero differ.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectProperties<'a> {
    /// Seconds the Session outlives the connection; absent means 0.
    pub session_expiry_interval: Option<u32>,
    /// QoS 1 and 2 publishes the client takes unacknowledged; absent means 65 535; never 0.
    pub receive_maximum: Option<u16>,
    /// Bytes of the largest packet the client takes; absent means no limit; never 0.
    pub maximum_packet_size: Option<u32>,
    /// The highest Topic Alias the client takes; absent means 0.
    pub topic_alias_maximum: Option<u16>,
    /// Whether the client asks for Response Information; absent means no.
    pub request_response_information: Option<bool>,
    /// Whether the client wants Reason Strings and User Properties; absent means yes.
    pub request_problem_information: Option<bool>,
    /// Name and value pairs, in order.
    pub user_properties: UserProperties<'a>,
    /// The method of extended authentication.
    pub authentication_method: Option<&'a str>,
    /// Data whose meaning the method defines.
    pub authentication_data: Option<&'a [u8]>,
}

/// The Will Message of a CONNECT (§3.1.2.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Will<'a> {
    /// Will QoS.
    pub qos: QoS,
    /// Will Retain.
    pub retain: bool,
    /// Will Topic.
    pub topic: &'a str,
    /// Will Payload.
    pub payload: &'a [u8],
    /// Will Properties, all absent in version 3.
    pub properties: WillProperties<'a>,
}

/// Properties of the Will Message (§3.1.3.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WillProperties<'a> {
    /// Seconds between the end of the connection and the Will; absent means 0.
    pub will_delay_interval: Option<u32>,
    /// Whether the payload is said to be UTF-8.
    pub payload_format_indicator: Option<bool>,
    /// Seconds the Will lives once it is published; absent means for ever.
    pub message_expiry_interval: Option<u32>,
    /// What the payload is.
    pub content_type: Option<&'a str>,
    /// Where a response is to go.
    pub response_topic: Option<&'a str>,
    /// What ties a response to its request.
    pub correlation_data: Option<&'a [u8]>,
    /// Name and value pairs, in order.
    pub user_properties: UserProperties<'a>,
}

property_fields!(ConnectProperties {
    SessionExpiryInterval => session_expiry_interval,
    ReceiveMaximum => receive_maximum,
    MaximumPacketSize => maximum_packet_size,
    TopicAliasMaximum => topic_alias_maximum,
    RequestResponseInformation => request_response_information,
    RequestProblemInformation => request_problem_information,
    AuthenticationMethod => authentication_method,
    AuthenticationData => authentication_data,
});

property_fields!(WillProperties {
    WillDelayInterval => will_delay_interval,
    PayloadFormatIndicator => payload_format_indicator,
    MessageExpiryInterval => message_expiry_interval,
    ContentType => content_type,
    ResponseTopic => response_topic,
    CorrelationData => correlation_data,
});

/// Connect Flags (§3.1.2.3).
#[derive(Clone, Copy)]
struct Flags(u8);

impl<'a> Connect<'a> {
    pub(in crate::codec) fn decode(
        mut reader: Reader<'a>,
        context: &mut Context,
    ) -> Result<Self, DecodeError> {
        let version = read_version(&mut reader)?;
        let before = reader;
        let flags = Flags(reader.byte()?);
        flags.check(version).map_err(|kind| before.error(kind))?;
        let keep_alive = reader.two_byte_integer()?;
        let mut properties = ConnectProperties::default();
        if version.has_properties() {
            properties = ConnectProperties::decode(&mut reader, context)?;
        }
        // The order of the payload is fixed [MQTT-3.1.3-1].
        let client_identifier = reader.string()?;
        let mut will = None;
        if flags.has(Flags::WILL) {
            will = Some(Will::decode(&mut reader, flags, version, context)?);
        }
        let mut user_name = None;
        if flags.has(Flags::USER_NAME) {
            user_name = Some(reader.string()?); // [MQTT-3.1.2-17] [MQTT-3.1.3-12]
        }
        let mut password = None;
        if flags.has(Flags::PASSWORD) {
            password = Some(reader.binary()?); // [MQTT-3.1.2-19]
        }
        reader.finish()?;
        Ok(Self {
            version,
            clean_start: flags.has(Flags::CLEAN_START),
            keep_alive,
            client_identifier,
            will,
            user_name,
            password,
            properties,
        })
    }

    pub(in crate::codec) fn write(&self, sink: &mut dyn Sink) {
        let (name, level) = match self.version {
            ProtocolVersion::V3_1 => ("MQIsdp", 3),
            ProtocolVersion::V3_1_1 => ("MQTT", 4),
            ProtocolVersion::V5 => ("MQTT", 5),
        };
        let has_properties = self.version.has_properties();
        // Version 3 cannot say a Password without a User Name [MQTT3-3.1.2-22].
        let password = self.password.filter(|_| has_properties || self.user_name.is_some());
        sink.string(name);
        sink.byte(level);
        sink.byte(self.flags(password.is_some()).0);
        sink.two_byte_integer(self.keep_alive);
        if has_properties {
            property::write_block(sink, &self.properties);
        }
        sink.string(self.client_identifier);
        if let Some(will) = &self.will {
            if has_properties {
                property::write_block(sink, &will.properties);
            }
            sink.string(will.topic);
            sink.field(will.payload);
        }
        if let Some(user_name) = self.user_name {
            sink.string(user_name);
        }
        if let Some(password) = password {
            sink.field(password);
        }
    }

    fn flags(&self, has_password: bool) -> Flags {
        let mut flags = 0;
        if self.clean_start {
            flags |= Flags::CLEAN_START;
        }
        if let Some(will) = &self.will {
            flags |= Flags::WILL | (will.qos.bits() << 3);
            if will.retain {
                flags |= Flags::WILL_RETAIN;
            }
        }
        if self.user_name.is_some() {
            flags |= Flags::USER_NAME;
        }
        if has_password {
            flags |= Flags::PASSWORD;
        }
        Flags(flags)
    }
}

impl Flags {
    const CLEAN_START: u8 = 0b0000_0010;
    const WILL: u8 = 0b0000_0100;
    const WILL_QOS: u8 = 0b0001_1000;
    const WILL_RETAIN: u8 = 0b0010_0000;
    const PASSWORD: u8 = 0b0100_0000;
    const USER_NAME: u8 = 0b1000_0000;

    const fn has(self, flag: u8) -> bool {
        self.0 & flag != 0
    }

    /// Will QoS; `None` for 3.
    const fn will_qos(self) -> Option<QoS> {
        QoS::from_bits((self.0 & Self::WILL_QOS) >> 3)
    }

    const fn check(self, version: ProtocolVersion) -> Result<(), DecodeErrorKind> {
        // [MQTT-3.1.2-3] [MQTT3-3.1.2-3]
        if self.has(1) {
            return Err(DecodeErrorKind::ConnectFlagsReserved);
        }
        // [MQTT-3.1.2-11] [MQTT-3.1.2-12] [MQTT-3.1.2-13]
        if self.will_qos().is_none()
            || !self.has(Self::WILL) && self.has(Self::WILL_QOS | Self::WILL_RETAIN)
        {
            return Err(DecodeErrorKind::WillFlags);
        }
        // [MQTT3-3.1.2-22]
        if self.has(Self::PASSWORD) && !self.has(Self::USER_NAME) && !version.has_properties() {
            return Err(DecodeErrorKind::PasswordWithoutUserName);
        }
        Ok(())
    }
}

impl<'a> ConnectProperties<'a> {
    fn decode(reader: &mut Reader<'a>, context: &mut Context) -> Result<Self, DecodeError> {
        let before = *reader;
        let mut properties = Self::default();
        let repeated = property::read_block(reader, context, PropertyOwner::Connect, |value| {
            properties.set_property(value);
        })?;
        properties.user_properties = repeated.user_properties;
        if properties.authentication_data.is_some() && properties.authentication_method.is_none() {
            return Err(before.error(DecodeErrorKind::AuthenticationDataWithoutMethod));
        }
        Ok(properties)
    }
}

impl<'a> Will<'a> {
    fn decode(
        reader: &mut Reader<'a>,
        flags: Flags,
        version: ProtocolVersion,
        context: &mut Context,
    ) -> Result<Self, DecodeError> {
        let mut properties = WillProperties::default();
        if version.has_properties() {
            let repeated = property::read_block(reader, context, PropertyOwner::Will, |value| {
                properties.set_property(value);
            })?;
            properties.user_properties = repeated.user_properties;
        }
        Ok(Self {
            qos: flags.will_qos().unwrap_or_default(),
            retain: flags.has(Flags::WILL_RETAIN),
            topic: reader.string()?, // [MQTT-3.1.3-11]
            payload: reader.binary()?,
            properties,
        })
    }
}

impl WillProperties<'_> {
    /// Appends the properties that go on to subscribers unaltered, for
    /// [`PublishHead::forwarded`](crate::codec::PublishHead::forwarded).
    pub fn encode_forwarded(&self, out: &mut Vec<u8>) {
        super::PublishProperties {
            payload_format_indicator: self.payload_format_indicator,
            content_type: self.content_type,
            response_topic: self.response_topic,
            correlation_data: self.correlation_data,
            user_properties: self.user_properties,
            ..super::PublishProperties::default()
        }
        .encode_forwarded(out);
    }
}

impl Block for ConnectProperties<'_> {
    fn write(&self, sink: &mut dyn Sink) {
        self.write_properties(sink);
        self.user_properties.write(sink);
    }
}

impl Block for WillProperties<'_> {
    fn write(&self, sink: &mut dyn Sink) {
        self.write_properties(sink);
        self.user_properties.write(sink);
    }
}

/// Protocol Name and Protocol Level [MQTT-3.1.2-1] [MQTT-3.1.2-2].
pub(in crate::codec) fn read_version(
    reader: &mut Reader<'_>,
) -> Result<ProtocolVersion, DecodeError> {
    let before = *reader;
    let name = reader.binary()?;
    if name != b"MQTT" && name != b"MQIsdp" {
        return Err(before.error(DecodeErrorKind::ProtocolNameUnsupported));
    }
    let before = *reader;
    match (name, reader.byte()?) {
        (b"MQTT", 5) => Ok(ProtocolVersion::V5),
        (b"MQTT", 4) => Ok(ProtocolVersion::V3_1_1),
        (b"MQIsdp", 3) => Ok(ProtocolVersion::V3_1),
        (_, level) => Err(before.error(DecodeErrorKind::ProtocolLevelUnsupported { level })),
    }
}
