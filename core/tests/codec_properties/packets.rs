//! Random packets.
//!
//! What a packet borrows is leaked: a test process is short, and the packets can then be shrunk
//! like any other value.

mod said;

use afterlink_core::codec::packet::*;
use afterlink_core::codec::*;
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

pub(crate) use said::{as_said_in, sender_of};

/// Any packet that version 5 can say.
pub(crate) fn packet() -> BoxedStrategy<Packet<'static>> {
    prop_oneof![
        connect().prop_map(Packet::Connect),
        connack().prop_map(Packet::ConnAck),
        publish().prop_map(Packet::Publish),
        ack(PacketType::PubAck).prop_map(Packet::PubAck),
        ack(PacketType::PubRec).prop_map(Packet::PubRec),
        ack(PacketType::PubRel).prop_map(Packet::PubRel),
        ack(PacketType::PubComp).prop_map(Packet::PubComp),
        subscribe().prop_map(Packet::Subscribe),
        suback(PacketType::SubAck).prop_map(Packet::SubAck),
        unsubscribe().prop_map(Packet::Unsubscribe),
        suback(PacketType::UnsubAck).prop_map(Packet::UnsubAck),
        Just(Packet::PingReq),
        Just(Packet::PingResp),
        disconnect().prop_map(Packet::Disconnect),
        auth().prop_map(Packet::Auth),
    ]
    .boxed()
}

pub(crate) fn version() -> impl Strategy<Value = ProtocolVersion> {
    select(vec![ProtocolVersion::V3_1, ProtocolVersion::V3_1_1, ProtocolVersion::V5])
}

fn leak_slice<T>(values: Vec<T>) -> &'static [T] {
    Box::leak(values.into_boxed_slice())
}

fn leak_str(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

fn text() -> BoxedStrategy<&'static str> {
    prop_oneof![
        Just(String::new()),
        "[a-z/]{1,40}",
        vec(any::<char>().prop_filter("no null character", |c| *c != '\0'), 0..20)
            .prop_map(String::from_iter),
    ]
    .prop_map(leak_str)
    .boxed()
}

fn filled_text() -> BoxedStrategy<&'static str> {
    text().prop_map(|text| if text.is_empty() { "t" } else { text }).boxed()
}

fn bytes() -> BoxedStrategy<&'static [u8]> {
    vec(any::<u8>(), 0..200).prop_map(leak_slice).boxed()
}

fn pairs() -> BoxedStrategy<UserProperties<'static>> {
    vec((text(), text()), 0..4)
        .prop_map(|pairs| UserProperties::from_pairs(leak_slice(pairs)))
        .boxed()
}

fn qos() -> impl Strategy<Value = QoS> {
    select(vec![QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce])
}

fn packet_identifier() -> impl Strategy<Value = PacketIdentifier> {
    (1..=u16::MAX).prop_map(|value| PacketIdentifier::new(value).unwrap())
}

fn subscription_identifier() -> impl Strategy<Value = SubscriptionIdentifier> {
    prop_oneof![1_u32..300, 1..=SubscriptionIdentifier::MAX]
        .prop_map(|value| SubscriptionIdentifier::new(value).unwrap())
}

fn reason_code(packet: PacketType) -> impl Strategy<Value = ReasonCode> {
    let allowed: Vec<_> =
        (0..=u8::MAX).map(ReasonCode::from_u8).filter(|code| code.is_allowed_in(packet)).collect();
    select(allowed)
}

fn reason_properties() -> impl Strategy<Value = ReasonProperties<'static>> {
    (of(text()), pairs()).prop_map(|(reason_string, user_properties)| ReasonProperties {
        reason_string,
        user_properties,
    })
}

fn connect() -> impl Strategy<Value = Connect<'static>> {
    (
        version(),
        any::<bool>(),
        any::<u16>(),
        text(),
        of(will()),
        of(text()),
        of(bytes()),
        connect_properties(),
    )
        .prop_map(
            |(
                version,
                clean_start,
                keep_alive,
                client_identifier,
                will,
                user_name,
                password,
                properties,
            )| {
                let mut connect = Connect {
                    version,
                    clean_start,
                    keep_alive,
                    client_identifier,
                    will,
                    user_name,
                    password,
                    properties,
                };
                if version != ProtocolVersion::V5 {
                    connect.properties = ConnectProperties::default();
                    connect.password = password.filter(|_| user_name.is_some());
                    if let Some(will) = &mut connect.will {
                        will.properties = WillProperties::default();
                    }
                }
                connect
            },
        )
}

fn connect_properties() -> impl Strategy<Value = ConnectProperties<'static>> {
    (
        of(any::<u32>()),
        of(1..=u16::MAX),
        of(1..=u32::MAX),
        of(any::<u16>()),
        of(any::<bool>()),
        of(any::<bool>()),
        pairs(),
        of((text(), of(bytes()))),
    )
        .prop_map(|(expiry, receive, size, alias, response, problem, user, authentication)| {
            ConnectProperties {
                session_expiry_interval: expiry,
                receive_maximum: receive,
                maximum_packet_size: size,
                topic_alias_maximum: alias,
                request_response_information: response,
                request_problem_information: problem,
                user_properties: user,
                authentication_method: authentication.map(|(method, _)| method),
                authentication_data: authentication.and_then(|(_, data)| data),
            }
        })
}

fn will() -> impl Strategy<Value = Will<'static>> {
    let properties = (
        of(any::<u32>()),
        of(any::<bool>()),
        of(any::<u32>()),
        of(text()),
        of(text()),
        of(bytes()),
        pairs(),
    )
        .prop_map(|(delay, format, expiry, content, response, correlation, user)| WillProperties {
            will_delay_interval: delay,
            payload_format_indicator: format,
            message_expiry_interval: expiry,
            content_type: content,
            response_topic: response,
            correlation_data: correlation,
            user_properties: user,
        });
    (qos(), any::<bool>(), text(), bytes(), properties).prop_map(
        |(qos, retain, topic, payload, properties)| Will {
            qos,
            retain,
            topic,
            payload,
            properties,
        },
    )
}

fn connack() -> impl Strategy<Value = ConnAck<'static>> {
    let numbers = (
        of(any::<u32>()),
        of(1..=u16::MAX),
        of(select(vec![QoS::AtMostOnce, QoS::AtLeastOnce])),
        of(1..=u32::MAX),
        of(any::<u16>()),
        of(any::<u16>()),
    );
    let switches = (of(any::<bool>()), of(any::<bool>()), of(any::<bool>()), of(any::<bool>()));
    let texts = (of(text()), of(text()), of(text()), of(text()), of(text()), of(bytes()), pairs());
    let properties =
        (numbers, switches, texts).prop_map(|(numbers, switches, texts)| ConnAckProperties {
            session_expiry_interval: numbers.0,
            receive_maximum: numbers.1,
            maximum_qos: numbers.2,
            maximum_packet_size: numbers.3,
            topic_alias_maximum: numbers.4,
            server_keep_alive: numbers.5,
            retain_available: switches.0,
            wildcard_subscription_available: switches.1,
            subscription_identifiers_available: switches.2,
            shared_subscription_available: switches.3,
            assigned_client_identifier: texts.0,
            reason_string: texts.1,
            response_information: texts.2,
            server_reference: texts.3,
            authentication_method: texts.4,
            authentication_data: texts.5,
            user_properties: texts.6,
        });
    (any::<bool>(), reason_code(PacketType::ConnAck), properties).prop_map(
        |(session_present, reason_code, properties)| ConnAck {
            session_present: session_present && !reason_code.is_error(),
            reason_code,
            properties,
        },
    )
}

pub(crate) fn publish() -> impl Strategy<Value = Publish<'static>> {
    let properties = (
        of(any::<bool>()),
        of(any::<u32>()),
        of(1..=u16::MAX),
        of(text()),
        of(bytes()),
        pairs(),
        vec(subscription_identifier(), 0..4),
        of(text()),
    )
        .prop_map(
            |(format, expiry, alias, response, correlation, user, identifiers, content)| {
                PublishProperties {
                    payload_format_indicator: format,
                    message_expiry_interval: expiry,
                    topic_alias: alias,
                    response_topic: response,
                    correlation_data: correlation,
                    user_properties: user,
                    subscription_identifiers: SubscriptionIdentifiers::from_slice(leak_slice(
                        identifiers,
                    )),
                    content_type: content,
                }
            },
        );
    (
        any::<bool>(),
        qos(),
        any::<bool>(),
        text(),
        packet_identifier(),
        prop_oneof![Just(PublishProperties::default()), properties],
        bytes(),
    )
        .prop_map(|(dup, qos, retain, topic, identifier, properties, payload)| Publish {
            dup: dup && qos != QoS::AtMostOnce,
            qos,
            retain,
            topic: if properties.topic_alias.is_none() && topic.is_empty() { "t" } else { topic },
            packet_identifier: (qos != QoS::AtMostOnce).then_some(identifier),
            properties,
            payload,
        })
}

fn ack(packet: PacketType) -> impl Strategy<Value = Ack<'static>> {
    let properties = prop_oneof![Just(ReasonProperties::default()), reason_properties()];
    (packet_identifier(), reason_code(packet), properties).prop_map(
        |(packet_identifier, reason_code, properties)| Ack {
            packet_identifier,
            reason_code,
            properties,
        },
    )
}

fn subscribe() -> impl Strategy<Value = Subscribe<'static>> {
    let handling =
        select(vec![RetainHandling::Send, RetainHandling::SendIfNew, RetainHandling::DoNotSend]);
    let options = (qos(), any::<bool>(), any::<bool>(), handling).prop_map(
        |(qos, no_local, retain_as_published, retain_handling)| SubscriptionOptions {
            qos,
            no_local,
            retain_as_published,
            retain_handling,
        },
    );
    let filter =
        (filled_text(), options).prop_map(|(filter, options)| SubscribeFilter { filter, options });
    (packet_identifier(), of(subscription_identifier()), pairs(), vec(filter, 1..5)).prop_map(
        |(packet_identifier, subscription_identifier, user_properties, filters)| Subscribe {
            packet_identifier,
            subscription_identifier,
            user_properties,
            filters: SubscribeFilters::from_slice(leak_slice(filters)),
        },
    )
}

fn suback(packet: PacketType) -> impl Strategy<Value = SubAck<'static>> {
    (packet_identifier(), vec(reason_code(packet), 1..5), reason_properties()).prop_map(
        |(packet_identifier, codes, properties)| SubAck {
            packet_identifier,
            reason_codes: ReasonCodes::from_slice(leak_slice(codes)),
            properties,
        },
    )
}

fn unsubscribe() -> impl Strategy<Value = Unsubscribe<'static>> {
    (packet_identifier(), pairs(), vec(filled_text(), 1..5)).prop_map(
        |(packet_identifier, user_properties, filters)| Unsubscribe {
            packet_identifier,
            user_properties,
            filters: UnsubscribeFilters::from_slice(leak_slice(filters)),
        },
    )
}

fn disconnect() -> impl Strategy<Value = Disconnect<'static>> {
    let properties = prop_oneof![Just(ReasonProperties::default()), reason_properties()];
    (reason_code(PacketType::Disconnect), of(any::<u32>()), of(text()), properties).prop_map(
        |(reason_code, session_expiry_interval, server_reference, properties)| Disconnect {
            reason_code,
            session_expiry_interval,
            server_reference,
            properties,
        },
    )
}

fn auth() -> impl Strategy<Value = Auth<'static>> {
    (reason_code(PacketType::Auth), of(text()), of(bytes()), reason_properties()).prop_map(
        |(reason_code, authentication_method, authentication_data, properties)| Auth {
            reason_code,
            authentication_method,
            authentication_data,
            properties,
        },
    )
}
