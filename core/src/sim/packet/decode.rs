//! The fields of a packet from its bytes.

use super::property::List;
use super::{AckFields, Direction, PacketFields, PropertyField, WillFields};
use crate::codec::packet::{
    Ack, Auth, ConnAck, Connect, Disconnect, Publish, SubAck, Subscribe, Unsubscribe,
};
use crate::codec::{
    DecodeError, DecodeLimits, Packet, PacketIdentifier, PropertyIdentifier as Name,
    ProtocolVersion, QoS, ReasonCode, decode,
};

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
        // What a receiver refuses for its size is still to be looked at.
        let limits = DecodeLimits::NONE;
        Ok(match decode(bytes, version, direction.sender(), &limits)? {
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
