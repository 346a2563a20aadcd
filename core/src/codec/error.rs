//! What can be wrong with bytes, and with a packet to be written.

use core::fmt;

use super::{PropertyIdentifier, ReasonCode};

/// Bytes that are no packet of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeError {
    /// What is wrong.
    pub kind: DecodeErrorKind,
    /// Where: bytes from the start of the packet to the field at fault.
    pub offset: usize,
}

impl DecodeError {
    /// The reason code that tells the peer.
    #[must_use]
    pub const fn reason_code(&self) -> ReasonCode {
        self.kind.reason_code()
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.kind, self.offset)
    }
}

impl core::error::Error for DecodeError {}

/// What is wrong with bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecodeErrorKind {
    /// Packet type 0, or AUTH before version 5.
    PacketTypeReserved,
    /// Flags of the Fixed Header other than those the type demands.
    FixedHeaderFlags,
    /// QoS 3.
    QosReserved,
    /// A PUBLISH of QoS 0 with DUP set.
    DupWithQos0,
    /// A Variable Byte Integer in more bytes than its value needs.
    VariableByteIntegerNotMinimal,
    /// A Variable Byte Integer of more than four bytes.
    VariableByteIntegerTooLong,
    /// A packet of more bytes than the receiver takes.
    PacketTooLarge {
        /// Bytes of the whole packet.
        len: usize,
        /// Bytes of the largest packet taken.
        max: usize,
    },
    /// A field that runs past the end of the packet or of its property block.
    Truncated,
    /// Bytes behind the last field.
    TrailingBytes,
    /// A packet type that this side of a connection does not send.
    WrongDirection,
    /// A string that is not well-formed UTF-8.
    Utf8NotValid,
    /// A string with the null character U+0000.
    NullCharacter,
    /// A CONNECT whose Protocol Name is neither `MQTT` nor `MQIsdp`.
    ProtocolNameUnsupported,
    /// A CONNECT of a Protocol Level that its Protocol Name does not have.
    ProtocolLevelUnsupported {
        /// The Protocol Level asked for.
        level: u8,
    },
    /// A reserved bit of Connect Flags or Connect Acknowledge Flags that is set.
    ConnectFlagsReserved,
    /// Will QoS or Will Retain without the Will Flag, or Will QoS 3.
    WillFlags,
    /// A Password without a User Name before version 5.
    PasswordWithoutUserName,
    /// Authentication Data without an Authentication Method in CONNECT.
    AuthenticationDataWithoutMethod,
    /// Session Present together with a code other than success.
    SessionPresentWithError,
    /// Packet Identifier 0.
    PacketIdentifierZero,
    /// A PUBLISH with neither Topic Name nor Topic Alias.
    TopicNameMissing,
    /// A SUBSCRIBE or UNSUBSCRIBE without a Topic Filter.
    TopicFilterMissing,
    /// More Topic Filters than the receiver takes.
    TooManyFilters {
        /// Topic Filters taken a packet.
        max: usize,
    },
    /// Maximum QoS 3 in Subscription Options.
    MaximumQosReserved,
    /// A reserved bit of Subscription Options that is set.
    SubscriptionOptionsReserved,
    /// Retain Handling 3.
    RetainHandlingReserved,
    /// A SUBACK or UNSUBACK without a code.
    ReasonCodeMissing,
    /// A code that does not belong in this packet.
    ReasonCodeNotAllowed {
        /// The byte received.
        code: u8,
    },
    /// A Property Identifier that the standard does not have.
    PropertyUnknown {
        /// The first byte of the identifier.
        identifier: u8,
    },
    /// A property of another packet.
    PropertyNotAllowed(PropertyIdentifier),
    /// A property that this side of a connection does not send in this packet.
    PropertyWrongDirection(PropertyIdentifier),
    /// A property twice that may stand once.
    PropertyRepeated(PropertyIdentifier),
    /// A property with a value it cannot have, such as Receive Maximum 0.
    PropertyValue(PropertyIdentifier),
    /// More bytes of properties than the receiver takes.
    PropertiesTooLong {
        /// Bytes taken a packet.
        max: usize,
    },
    /// More User Properties than the receiver takes.
    TooManyUserProperties {
        /// User Properties taken a packet.
        max: usize,
    },
}

impl DecodeErrorKind {
    /// The reason code that tells the peer.
    ///
    /// What cannot be parsed is `MALFORMED_PACKET`; what can be parsed but the protocol forbids is
    /// `PROTOCOL_ERROR` (§1.2); a limit of the receiver is `PACKET_TOO_LARGE` for the packet as a
    /// whole and `QUOTA_EXCEEDED` for a count or a part of it.
    #[must_use]
    pub const fn reason_code(&self) -> ReasonCode {
        match self {
            Self::PacketTypeReserved
            | Self::FixedHeaderFlags
            | Self::QosReserved
            | Self::VariableByteIntegerNotMinimal
            | Self::VariableByteIntegerTooLong
            | Self::Truncated
            | Self::TrailingBytes
            | Self::Utf8NotValid
            | Self::NullCharacter
            | Self::ConnectFlagsReserved
            | Self::WillFlags
            | Self::SubscriptionOptionsReserved
            | Self::PropertyUnknown { .. }
            | Self::PropertyNotAllowed(_) => ReasonCode::MALFORMED_PACKET,
            Self::PropertyValue(PropertyIdentifier::TopicAlias) => ReasonCode::TOPIC_ALIAS_INVALID,
            Self::DupWithQos0
            | Self::WrongDirection
            | Self::PasswordWithoutUserName
            | Self::AuthenticationDataWithoutMethod
            | Self::SessionPresentWithError
            | Self::PacketIdentifierZero
            | Self::TopicNameMissing
            | Self::TopicFilterMissing
            | Self::MaximumQosReserved
            | Self::RetainHandlingReserved
            | Self::ReasonCodeMissing
            | Self::ReasonCodeNotAllowed { .. }
            | Self::PropertyWrongDirection(_)
            | Self::PropertyRepeated(_)
            | Self::PropertyValue(_) => ReasonCode::PROTOCOL_ERROR,
            Self::ProtocolNameUnsupported | Self::ProtocolLevelUnsupported { .. } => {
                ReasonCode::UNSUPPORTED_PROTOCOL_VERSION
            }
            Self::PacketTooLarge { .. } => ReasonCode::PACKET_TOO_LARGE,
            Self::TooManyFilters { .. }
            | Self::PropertiesTooLong { .. }
            | Self::TooManyUserProperties { .. } => ReasonCode::QUOTA_EXCEEDED,
        }
    }
}

impl fmt::Display for DecodeErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PacketTypeReserved => "reserved packet type",
            Self::FixedHeaderFlags => "wrong flags in the fixed header",
            Self::QosReserved => "QoS 3",
            Self::DupWithQos0 => "DUP with QoS 0",
            Self::VariableByteIntegerNotMinimal => "variable byte integer in too many bytes",
            Self::VariableByteIntegerTooLong => "variable byte integer of more than four bytes",
            Self::PacketTooLarge { len, max } => {
                return write!(f, "packet of {len} bytes, {max} are allowed,");
            }
            Self::Truncated => "field past the end",
            Self::TrailingBytes => "bytes behind the last field",
            Self::WrongDirection => "packet that this side does not send",
            Self::Utf8NotValid => "string that is not UTF-8",
            Self::NullCharacter => "string with a null character",
            Self::ProtocolNameUnsupported => "unknown protocol name",
            Self::ProtocolLevelUnsupported { level } => {
                return write!(f, "unsupported protocol level {level}");
            }
            Self::ConnectFlagsReserved => "reserved connect flag",
            Self::WillFlags => "will flags that contradict each other",
            Self::PasswordWithoutUserName => "password without user name",
            Self::AuthenticationDataWithoutMethod => "authentication data without method",
            Self::SessionPresentWithError => "session present with an error",
            Self::PacketIdentifierZero => "packet identifier 0",
            Self::TopicNameMissing => "neither topic name nor topic alias",
            Self::TopicFilterMissing => "no topic filter",
            Self::TooManyFilters { max } => return write!(f, "more than {max} topic filters"),
            Self::SubscriptionOptionsReserved => "reserved subscription option",
            Self::MaximumQosReserved => "maximum QoS 3",
            Self::RetainHandlingReserved => "retain handling 3",
            Self::ReasonCodeMissing => "no reason code",
            Self::ReasonCodeNotAllowed { code } => {
                return write!(f, "reason code {code:#04x} in a packet that has no such code");
            }
            Self::PropertyUnknown { identifier } => {
                return write!(f, "unknown property {identifier:#04x}");
            }
            Self::PropertyNotAllowed(property) => {
                return write!(f, "{property} in a packet that has no such property");
            }
            Self::PropertyWrongDirection(property) => {
                return write!(f, "{property} from a side that does not send it");
            }
            Self::PropertyRepeated(property) => return write!(f, "{property} more than once"),
            Self::PropertyValue(property) => {
                return write!(f, "{property} with a value it cannot have");
            }
            Self::PropertiesTooLong { max } => {
                return write!(f, "more than {max} bytes of properties");
            }
            Self::TooManyUserProperties { max } => {
                return write!(f, "more than {max} user properties");
            }
        })
    }
}

/// A packet that cannot be written: a misuse by the caller, who made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EncodeError {
    /// A string or binary field of more than 65 535 bytes.
    FieldTooLong {
        /// Bytes of the longest one.
        len: usize,
    },
    /// A packet whose Remaining Length would be over 268 435 455.
    PacketTooLarge {
        /// The Remaining Length, in bytes.
        len: usize,
    },
    /// A string with the null character.
    NullCharacter,
    /// AUTH before version 5.
    NotInVersion,
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FieldTooLong { len } => write!(f, "field of {len} bytes, 65535 are possible"),
            Self::PacketTooLarge { len } => {
                write!(f, "packet of {len} bytes, 268435455 are possible")
            }
            Self::NullCharacter => f.write_str("string with a null character"),
            Self::NotInVersion => f.write_str("packet that the protocol version does not have"),
        }
    }
}

impl core::error::Error for EncodeError {}
