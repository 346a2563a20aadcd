//! Why a client does not do what its application asks.

use core::fmt;

use serde::{Deserialize, Serialize};

/// The caller's mistake, or what the server does not offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Refusal {
    /// There is no accepted connection.
    NotConnected,
    /// The protocol version cannot say this.
    NotInVersion,
    /// The Topic Name is not one.
    TopicNameInvalid,
    /// The Response Topic is not a Topic Name.
    ResponseTopicInvalid,
    /// A Topic Filter is not one.
    TopicFilterInvalid,
    /// There is no Topic Filter.
    TopicFilterMissing,
    /// No Local on a Shared Subscription.
    NoLocalOnSharedSubscription,
    /// The server's Maximum QoS is lower.
    QosNotSupported,
    /// The server does not retain messages.
    RetainNotSupported,
    /// The server takes no wildcards in Topic Filters.
    WildcardSubscriptionsNotSupported,
    /// The server takes no Shared Subscriptions.
    SharedSubscriptionsNotSupported,
    /// The server takes no Subscription Identifiers.
    SubscriptionIdentifiersNotSupported,
    /// The packet would be larger than the server takes.
    PacketTooLarge,
    /// A field is longer than the protocol can express, or a string has a null character.
    NotEncodable,
    /// The outbox is full.
    OutboxFull,
    /// Too many SUBSCRIBE and UNSUBSCRIBE packets wait for an answer.
    TooManyRequests,
    /// All 65 535 Packet Identifiers are in use.
    PacketIdentifiersExhausted,
    /// No message with this Packet Identifier waits for the application.
    PacketIdentifierUnknown,
    /// The reason code may not stand in this packet.
    ReasonCodeNotAllowed,
    /// CONNECT asked for a Session Expiry Interval of 0, which DISCONNECT cannot raise.
    SessionExpiryIntervalWasZero,
    /// CONNECT named no Authentication Method.
    AuthenticationMethodMissing,
    /// Receive Maximum or Maximum Packet Size is 0.
    ValueZero,
    /// No Client Identifier, where the version demands one.
    ClientIdentifierMissing,
    /// A Password without a User Name, before version 5.
    PasswordWithoutUserName,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotConnected => "there is no accepted connection",
            Self::NotInVersion => "the protocol version cannot say this",
            Self::TopicNameInvalid => "the topic name is not valid",
            Self::ResponseTopicInvalid => "the response topic is not a valid topic name",
            Self::TopicFilterInvalid => "a topic filter is not valid",
            Self::TopicFilterMissing => "there is no topic filter",
            Self::NoLocalOnSharedSubscription => "no local on a shared subscription",
            Self::QosNotSupported => "the server does not take this QoS",
            Self::RetainNotSupported => "the server does not retain messages",
            Self::WildcardSubscriptionsNotSupported => "the server takes no wildcards",
            Self::SharedSubscriptionsNotSupported => "the server takes no shared subscriptions",
            Self::SubscriptionIdentifiersNotSupported => {
                "the server takes no subscription identifiers"
            }
            Self::PacketTooLarge => "the packet is larger than the server takes",
            Self::NotEncodable => "a field is too long, or has a null character",
            Self::OutboxFull => "the outbox is full",
            Self::TooManyRequests => "too many requests wait for an answer",
            Self::PacketIdentifiersExhausted => "all packet identifiers are in use",
            Self::PacketIdentifierUnknown => "no message with this packet identifier waits",
            Self::ReasonCodeNotAllowed => "the reason code may not stand in this packet",
            Self::SessionExpiryIntervalWasZero => "a session expiry interval of 0 cannot be raised",
            Self::AuthenticationMethodMissing => "no authentication method was given in CONNECT",
            Self::ValueZero => "receive maximum or maximum packet size is 0",
            Self::ClientIdentifierMissing => "the version demands a client identifier",
            Self::PasswordWithoutUserName => "a password without a user name",
        })
    }
}

impl core::error::Error for Refusal {}
