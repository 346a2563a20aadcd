//! Packets as plain data: every field of a decoded packet by name, for those who look at a trace.

use serde::{Deserialize, Serialize};

use super::{Direction, SentPacket};
use crate::codec::packet::{
    Ack, Auth, ConnAck, Connect, Disconnect, Publish, ReasonProperties, SubAck, Subscribe,
    SubscriptionOptions, Unsubscribe,
};
use crate::codec::{
    DecodeError, DecodeLimits, Packet, PacketIdentifier, PropertyIdentifier as Name,
    ProtocolVersion, QoS, ReasonCode, Sender, UserProperties, decode,
};

/// The fields of a packet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "packet", rename_all = "snake_case")]
pub enum PacketFields {
    /// CONNECT.
    Connect {
        /// Protocol Name and Level.
        version: ProtocolVersion,
        /// Clean Start; in version 3 Clean Session.
        clean_start: bool,
        /// Keep Alive, in seconds.
        keep_alive: u16,
        /// Client Identifier.
        client_identifier: String,
        /// Will Message.
        #[serde(skip_serializing_if = "Option::is_none")]
        will: Option<Box<WillFields>>,
        /// User Name.
        #[serde(skip_serializing_if = "Option::is_none")]
        user_name: Option<String>,
        /// Whether there is a Password.
        has_password: bool,
        /// Properties.
        properties: Vec<PropertyField>,
    },
    /// CONNACK.
    ConnAck {
        /// Session Present.
        session_present: bool,
        /// Reason Code.
        reason_code: ReasonCode,
        /// Properties.
        properties: Vec<PropertyField>,
    },
    /// PUBLISH.
    Publish {
        /// DUP.
        dup: bool,
        /// QoS.
        qos: QoS,
        /// RETAIN.
        retain: bool,
        /// Topic Name; empty where a Topic Alias stands for it.
        topic: String,
        /// Packet Identifier of QoS 1 and 2.
        #[serde(skip_serializing_if = "Option::is_none")]
        packet_identifier: Option<PacketIdentifier>,
        /// Properties.
        properties: Vec<PropertyField>,
        /// Payload.
        payload: Vec<u8>,
    },
    /// PUBACK.
    PubAck(AckFields),
    /// PUBREC.
    PubRec(AckFields),
    /// PUBREL.
    PubRel(AckFields),
    /// PUBCOMP.
    PubComp(AckFields),
    /// SUBSCRIBE.
    Subscribe {
        /// Packet Identifier.
        packet_identifier: PacketIdentifier,
        /// Topic Filters with their options.
        filters: Vec<(String, SubscriptionOptions)>,
        /// Properties.
        properties: Vec<PropertyField>,
    },
    /// SUBACK.
    SubAck {
        /// Packet Identifier.
        packet_identifier: PacketIdentifier,
        /// One Reason Code for each filter.
        reason_codes: Vec<ReasonCode>,
        /// Properties.
        properties: Vec<PropertyField>,
    },
    /// UNSUBSCRIBE.
    Unsubscribe {
        /// Packet Identifier.
        packet_identifier: PacketIdentifier,
        /// Topic Filters.
        filters: Vec<String>,
        /// Properties.
        properties: Vec<PropertyField>,
    },
    /// UNSUBACK.
    UnsubAck {
        /// Packet Identifier.
        packet_identifier: PacketIdentifier,
        /// One Reason Code for each filter; none in version 3.
        reason_codes: Vec<ReasonCode>,
        /// Properties.
        properties: Vec<PropertyField>,
    },
    /// PINGREQ.
    PingReq,
    /// PINGRESP.
    PingResp,
    /// DISCONNECT.
    Disconnect {
        /// Reason Code.
        reason_code: ReasonCode,
        /// Properties.
        properties: Vec<PropertyField>,
    },
    /// AUTH.
    Auth {
        /// Reason Code.
        reason_code: ReasonCode,
        /// Properties.
        properties: Vec<PropertyField>,
    },
}

/// The fields of PUBACK, PUBREC, PUBREL and PUBCOMP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AckFields {
    /// Packet Identifier.
    pub packet_identifier: PacketIdentifier,
    /// Reason Code.
    pub reason_code: ReasonCode,
    /// Properties.
    pub properties: Vec<PropertyField>,
}

/// The fields of a Will Message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WillFields {
    /// Will Topic.
    pub topic: String,
    /// Will Payload.
    pub payload: Vec<u8>,
    /// Will QoS.
    pub qos: QoS,
    /// Will Retain.
    pub retain: bool,
    /// Will Properties.
    pub properties: Vec<PropertyField>,
}

/// A property.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PropertyField {
    /// Its name in the standard.
    pub name: String,
    /// Its value.
    pub value: PropertyFieldValue,
}

/// The value of a property.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PropertyFieldValue {
    /// Yes or no.
    Flag(bool),
    /// A number.
    Number(u32),
    /// A text.
    Text(String),
    /// A name and a value.
    Pair(String, String),
    /// Bytes.
    Bytes(Vec<u8>),
}

impl SentPacket {
    /// The fields of the packet.
    ///
    /// # Errors
    ///
    /// If the bytes are no packet that this side may send.
    pub fn fields(&self) -> Result<PacketFields, DecodeError> {
        PacketFields::decode(&self.bytes, self.version, self.direction)
    }
}

impl PacketFields {
    /// The fields of one whole packet.
    ///
    /// # Errors
    ///
    /// If the bytes are no packet of `version` that may go this way.
    pub fn decode(
        bytes: &[u8],
        version: ProtocolVersion,
        direction: Direction,
    ) -> Result<Self, DecodeError> {
        let sender = match direction {
            Direction::ToBroker => Sender::Client,
            Direction::ToClient => Sender::Server,
        };
        // What a receiver refuses for its size is still to be looked at.
        let limits = DecodeLimits::NONE;
        Ok(match decode(bytes, version, sender, &limits)? {
            Packet::Connect(connect) => connect_fields(&connect),
            Packet::ConnAck(connack) => connack_fields(&connack),
            Packet::Publish(publish) => publish_fields(&publish),
            Packet::PubAck(ack) => Self::PubAck(AckFields::new(&ack)),
            Packet::PubRec(ack) => Self::PubRec(AckFields::new(&ack)),
            Packet::PubRel(ack) => Self::PubRel(AckFields::new(&ack)),
            Packet::PubComp(ack) => Self::PubComp(AckFields::new(&ack)),
            Packet::Subscribe(subscribe) => subscribe_fields(&subscribe),
            Packet::SubAck(suback) => {
                let (packet_identifier, reason_codes, properties) = suback_fields(&suback);
                Self::SubAck { packet_identifier, reason_codes, properties }
            }
            Packet::Unsubscribe(unsubscribe) => unsubscribe_fields(&unsubscribe),
            Packet::UnsubAck(unsuback) => {
                let (packet_identifier, reason_codes, properties) = suback_fields(&unsuback);
                Self::UnsubAck { packet_identifier, reason_codes, properties }
            }
            Packet::PingReq => Self::PingReq,
            Packet::PingResp => Self::PingResp,
            Packet::Disconnect(disconnect) => disconnect_fields(&disconnect),
            Packet::Auth(auth) => auth_fields(&auth),
        })
    }

    /// The Packet Identifier, if it has one.
    #[must_use]
    pub const fn packet_identifier(&self) -> Option<PacketIdentifier> {
        match self {
            Self::Publish { packet_identifier, .. } => *packet_identifier,
            Self::PubAck(ack) | Self::PubRec(ack) | Self::PubRel(ack) | Self::PubComp(ack) => {
                Some(ack.packet_identifier)
            }
            Self::Subscribe { packet_identifier, .. }
            | Self::SubAck { packet_identifier, .. }
            | Self::Unsubscribe { packet_identifier, .. }
            | Self::UnsubAck { packet_identifier, .. } => Some(*packet_identifier),
            Self::Connect { .. }
            | Self::ConnAck { .. }
            | Self::PingReq
            | Self::PingResp
            | Self::Disconnect { .. }
            | Self::Auth { .. } => None,
        }
    }

    /// The Reason Code, or the first of several.
    #[must_use]
    pub fn reason_code(&self) -> Option<ReasonCode> {
        match self {
            Self::ConnAck { reason_code, .. }
            | Self::Disconnect { reason_code, .. }
            | Self::Auth { reason_code, .. } => Some(*reason_code),
            Self::PubAck(ack) | Self::PubRec(ack) | Self::PubRel(ack) | Self::PubComp(ack) => {
                Some(ack.reason_code)
            }
            Self::SubAck { reason_codes, .. } | Self::UnsubAck { reason_codes, .. } => {
                reason_codes.first().copied()
            }
            Self::Connect { .. }
            | Self::Publish { .. }
            | Self::Subscribe { .. }
            | Self::Unsubscribe { .. }
            | Self::PingReq
            | Self::PingResp => None,
        }
    }

    /// Its properties.
    #[must_use]
    pub fn properties(&self) -> &[PropertyField] {
        match self {
            Self::Connect { properties, .. }
            | Self::ConnAck { properties, .. }
            | Self::Publish { properties, .. }
            | Self::Subscribe { properties, .. }
            | Self::SubAck { properties, .. }
            | Self::Unsubscribe { properties, .. }
            | Self::UnsubAck { properties, .. }
            | Self::Disconnect { properties, .. }
            | Self::Auth { properties, .. } => properties,
            Self::PubAck(ack) | Self::PubRec(ack) | Self::PubRel(ack) | Self::PubComp(ack) => {
                &ack.properties
            }
            Self::PingReq | Self::PingResp => &[],
        }
    }
}

impl AckFields {
    fn new(ack: &Ack<'_>) -> Self {
        Self {
            packet_identifier: ack.packet_identifier,
            reason_code: ack.reason_code,
            properties: List::default().reason(&ack.properties).0,
        }
    }
}

/// Properties as they are gathered.
#[derive(Default)]
struct List(Vec<PropertyField>);

impl List {
    fn put(mut self, name: Name, value: Option<PropertyFieldValue>) -> Self {
        let name = name.name().to_owned();
        self.0.extend(value.map(|value| PropertyField { name, value }));
        self
    }

    fn number(self, name: Name, value: Option<impl Into<u32>>) -> Self {
        self.put(name, value.map(|value| PropertyFieldValue::Number(value.into())))
    }

    fn flag(self, name: Name, value: Option<bool>) -> Self {
        self.put(name, value.map(PropertyFieldValue::Flag))
    }

    fn text(self, name: Name, value: Option<&str>) -> Self {
        self.put(name, value.map(|value| PropertyFieldValue::Text(value.to_owned())))
    }

    fn bytes(self, name: Name, value: Option<&[u8]>) -> Self {
        self.put(name, value.map(|value| PropertyFieldValue::Bytes(value.to_owned())))
    }

    fn user(self, properties: &UserProperties<'_>) -> Self {
        properties.iter().fold(self, |list, (name, value)| {
            let pair = PropertyFieldValue::Pair(name.to_owned(), value.to_owned());
            list.put(Name::UserProperty, Some(pair))
        })
    }

    fn reason(self, properties: &ReasonProperties<'_>) -> Self {
        self.text(Name::ReasonString, properties.reason_string).user(&properties.user_properties)
    }
}

fn connect_fields(connect: &Connect<'_>) -> PacketFields {
    let properties = &connect.properties;
    let will = connect.will.as_ref().map(|will| {
        let properties = &will.properties;
        Box::new(WillFields {
            topic: will.topic.to_owned(),
            payload: will.payload.to_owned(),
            qos: will.qos,
            retain: will.retain,
            properties: List::default()
                .number(Name::WillDelayInterval, properties.will_delay_interval)
                .flag(Name::PayloadFormatIndicator, properties.payload_format_indicator)
                .number(Name::MessageExpiryInterval, properties.message_expiry_interval)
                .text(Name::ContentType, properties.content_type)
                .text(Name::ResponseTopic, properties.response_topic)
                .bytes(Name::CorrelationData, properties.correlation_data)
                .user(&properties.user_properties)
                .0,
        })
    });
    let list = List::default()
        .number(Name::SessionExpiryInterval, properties.session_expiry_interval)
        .number(Name::ReceiveMaximum, properties.receive_maximum)
        .number(Name::MaximumPacketSize, properties.maximum_packet_size)
        .number(Name::TopicAliasMaximum, properties.topic_alias_maximum)
        .flag(Name::RequestResponseInformation, properties.request_response_information)
        .flag(Name::RequestProblemInformation, properties.request_problem_information)
        .user(&properties.user_properties)
        .text(Name::AuthenticationMethod, properties.authentication_method)
        .bytes(Name::AuthenticationData, properties.authentication_data);
    PacketFields::Connect {
        version: connect.version,
        clean_start: connect.clean_start,
        keep_alive: connect.keep_alive,
        client_identifier: connect.client_identifier.to_owned(),
        will,
        user_name: connect.user_name.map(str::to_owned),
        has_password: connect.password.is_some(),
        properties: list.0,
    }
}

fn connack_fields(connack: &ConnAck<'_>) -> PacketFields {
    let properties = &connack.properties;
    let maximum_qos = properties.maximum_qos.map(QoS::bits);
    let list = List::default()
        .number(Name::SessionExpiryInterval, properties.session_expiry_interval)
        .number(Name::ReceiveMaximum, properties.receive_maximum)
        .number(Name::MaximumQoS, maximum_qos)
        .flag(Name::RetainAvailable, properties.retain_available)
        .number(Name::MaximumPacketSize, properties.maximum_packet_size)
        .text(Name::AssignedClientIdentifier, properties.assigned_client_identifier)
        .number(Name::TopicAliasMaximum, properties.topic_alias_maximum)
        .text(Name::ReasonString, properties.reason_string)
        .user(&properties.user_properties)
        .flag(Name::WildcardSubscriptionAvailable, properties.wildcard_subscription_available)
        .flag(Name::SubscriptionIdentifiersAvailable, properties.subscription_identifiers_available)
        .flag(Name::SharedSubscriptionAvailable, properties.shared_subscription_available)
        .number(Name::ServerKeepAlive, properties.server_keep_alive)
        .text(Name::ResponseInformation, properties.response_information)
        .text(Name::ServerReference, properties.server_reference)
        .text(Name::AuthenticationMethod, properties.authentication_method)
        .bytes(Name::AuthenticationData, properties.authentication_data);
    PacketFields::ConnAck {
        session_present: connack.session_present,
        reason_code: connack.reason_code,
        properties: list.0,
    }
}

fn publish_fields(publish: &Publish<'_>) -> PacketFields {
    let properties = &publish.properties;
    let list = List::default()
        .flag(Name::PayloadFormatIndicator, properties.payload_format_indicator)
        .number(Name::MessageExpiryInterval, properties.message_expiry_interval)
        .number(Name::TopicAlias, properties.topic_alias)
        .text(Name::ResponseTopic, properties.response_topic)
        .bytes(Name::CorrelationData, properties.correlation_data)
        .user(&properties.user_properties);
    let list = properties.subscription_identifiers.iter().fold(list, |list, identifier| {
        list.number(Name::SubscriptionIdentifier, Some(identifier.get()))
    });
    PacketFields::Publish {
        dup: publish.dup,
        qos: publish.qos,
        retain: publish.retain,
        topic: publish.topic.to_owned(),
        packet_identifier: publish.packet_identifier,
        properties: list.text(Name::ContentType, properties.content_type).0,
        payload: publish.payload.to_owned(),
    }
}

fn subscribe_fields(subscribe: &Subscribe<'_>) -> PacketFields {
    let identifier = subscribe.subscription_identifier.map(|identifier| identifier.get());
    let list = List::default().number(Name::SubscriptionIdentifier, identifier);
    let filters = subscribe.filters.iter();
    PacketFields::Subscribe {
        packet_identifier: subscribe.packet_identifier,
        filters: filters.map(|filter| (filter.filter.to_owned(), filter.options)).collect(),
        properties: list.user(&subscribe.user_properties).0,
    }
}

fn unsubscribe_fields(unsubscribe: &Unsubscribe<'_>) -> PacketFields {
    PacketFields::Unsubscribe {
        packet_identifier: unsubscribe.packet_identifier,
        filters: unsubscribe.filters.iter().map(str::to_owned).collect(),
        properties: List::default().user(&unsubscribe.user_properties).0,
    }
}

fn suback_fields(suback: &SubAck<'_>) -> (PacketIdentifier, Vec<ReasonCode>, Vec<PropertyField>) {
    let properties = List::default().reason(&suback.properties).0;
    (suback.packet_identifier, suback.reason_codes.iter().collect(), properties)
}

fn disconnect_fields(disconnect: &Disconnect<'_>) -> PacketFields {
    let list = List::default()
        .number(Name::SessionExpiryInterval, disconnect.session_expiry_interval)
        .text(Name::ServerReference, disconnect.server_reference);
    PacketFields::Disconnect {
        reason_code: disconnect.reason_code,
        properties: list.reason(&disconnect.properties).0,
    }
}

fn auth_fields(auth: &Auth<'_>) -> PacketFields {
    let list = List::default()
        .text(Name::AuthenticationMethod, auth.authentication_method)
        .bytes(Name::AuthenticationData, auth.authentication_data);
    PacketFields::Auth {
        reason_code: auth.reason_code,
        properties: list.reason(&auth.properties).0,
    }
}
