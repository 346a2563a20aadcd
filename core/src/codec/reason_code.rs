//! Reason Code (§2.4): one table.

use core::fmt;

use serde::{Deserialize, Serialize};

use super::PacketType::{
    self, Auth, ConnAck, Disconnect, PubAck, PubComp, PubRec, PubRel, SubAck, UnsubAck,
};
use crate::value::Read;

/// The outcome of an operation, one byte. Below 0x80 it succeeded.
///
/// Any byte is a value of this type; decoding refuses those that the standard does not have in the
/// packet at hand. The same byte may have several names: 0x00 is "Success", "Normal
/// disconnection" or "Granted QoS 0", by the packet that carries it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Read)]
#[serde(transparent)]
pub struct ReasonCode(u8);

macro_rules! reason_codes {
    ($($byte:literal $constant:ident $name:literal [$($packet:ident)*])*) => {
        impl ReasonCode {
            $(
                #[doc = concat!($name, ", ", stringify!($byte), ".")]
                pub const $constant: Self = Self($byte);
            )*
        }

        const ROWS: &[Row] = &[
            $(Row { code: $byte, name: $name, packets: &[$($packet),*] },)*
        ];
    };
}

reason_codes! {
    0x00 SUCCESS "Success" [ConnAck PubAck PubRec PubRel PubComp UnsubAck Auth]
    0x00 NORMAL_DISCONNECTION "Normal disconnection" [Disconnect]
    0x00 GRANTED_QOS_0 "Granted QoS 0" [SubAck]
    0x01 GRANTED_QOS_1 "Granted QoS 1" [SubAck]
    0x02 GRANTED_QOS_2 "Granted QoS 2" [SubAck]
    0x04 DISCONNECT_WITH_WILL_MESSAGE "Disconnect with Will Message" [Disconnect]
    0x10 NO_MATCHING_SUBSCRIBERS "No matching subscribers" [PubAck PubRec]
    0x11 NO_SUBSCRIPTION_EXISTED "No subscription existed" [UnsubAck]
    0x18 CONTINUE_AUTHENTICATION "Continue authentication" [Auth]
    0x19 RE_AUTHENTICATE "Re-authenticate" [Auth]
    0x80 UNSPECIFIED_ERROR "Unspecified error"
        [ConnAck PubAck PubRec SubAck UnsubAck Disconnect]
    0x81 MALFORMED_PACKET "Malformed Packet" [ConnAck Disconnect]
    0x82 PROTOCOL_ERROR "Protocol Error" [ConnAck Disconnect]
    0x83 IMPLEMENTATION_SPECIFIC_ERROR "Implementation specific error"
        [ConnAck PubAck PubRec SubAck UnsubAck Disconnect]
    0x84 UNSUPPORTED_PROTOCOL_VERSION "Unsupported Protocol Version" [ConnAck]
    0x85 CLIENT_IDENTIFIER_NOT_VALID "Client Identifier not valid" [ConnAck]
    0x86 BAD_USER_NAME_OR_PASSWORD "Bad User Name or Password" [ConnAck]
    0x87 NOT_AUTHORIZED "Not authorized" [ConnAck PubAck PubRec SubAck UnsubAck Disconnect]
    0x88 SERVER_UNAVAILABLE "Server unavailable" [ConnAck]
    0x89 SERVER_BUSY "Server busy" [ConnAck Disconnect]
    0x8A BANNED "Banned" [ConnAck]
    0x8B SERVER_SHUTTING_DOWN "Server shutting down" [Disconnect]
    0x8C BAD_AUTHENTICATION_METHOD "Bad authentication method" [ConnAck Disconnect]
    0x8D KEEP_ALIVE_TIMEOUT "Keep Alive timeout" [Disconnect]
    0x8E SESSION_TAKEN_OVER "Session taken over" [Disconnect]
    0x8F TOPIC_FILTER_INVALID "Topic Filter invalid" [SubAck UnsubAck Disconnect]
    0x90 TOPIC_NAME_INVALID "Topic Name invalid" [ConnAck PubAck PubRec Disconnect]
    0x91 PACKET_IDENTIFIER_IN_USE "Packet Identifier in use" [PubAck PubRec SubAck UnsubAck]
    0x92 PACKET_IDENTIFIER_NOT_FOUND "Packet Identifier not found" [PubRel PubComp]
    0x93 RECEIVE_MAXIMUM_EXCEEDED "Receive Maximum exceeded" [Disconnect]
    0x94 TOPIC_ALIAS_INVALID "Topic Alias invalid" [Disconnect]
    0x95 PACKET_TOO_LARGE "Packet too large" [ConnAck Disconnect]
    0x96 MESSAGE_RATE_TOO_HIGH "Message rate too high" [Disconnect]
    0x97 QUOTA_EXCEEDED "Quota exceeded" [ConnAck PubAck PubRec SubAck Disconnect]
    0x98 ADMINISTRATIVE_ACTION "Administrative action" [Disconnect]
    0x99 PAYLOAD_FORMAT_INVALID "Payload format invalid" [ConnAck PubAck PubRec Disconnect]
    0x9A RETAIN_NOT_SUPPORTED "Retain not supported" [ConnAck Disconnect]
    0x9B QOS_NOT_SUPPORTED "QoS not supported" [ConnAck Disconnect]
    0x9C USE_ANOTHER_SERVER "Use another server" [ConnAck Disconnect]
    0x9D SERVER_MOVED "Server moved" [ConnAck Disconnect]
    0x9E SHARED_SUBSCRIPTIONS_NOT_SUPPORTED "Shared Subscriptions not supported"
        [SubAck Disconnect]
    0x9F CONNECTION_RATE_EXCEEDED "Connection rate exceeded" [ConnAck Disconnect]
    0xA0 MAXIMUM_CONNECT_TIME "Maximum connect time" [Disconnect]
    0xA1 SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED "Subscription Identifiers not supported"
        [SubAck Disconnect]
    0xA2 WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED "Wildcard Subscriptions not supported"
        [SubAck Disconnect]
}

impl ReasonCode {
    /// The code of the byte `byte`, whatever it is.
    #[must_use]
    pub const fn from_u8(byte: u8) -> Self {
        Self(byte)
    }

    /// The byte on the wire.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }

    /// Whether the operation failed: 0x80 and above.
    #[must_use]
    pub const fn is_error(self) -> bool {
        self.0 >= 0x80
    }

    /// The name the standard gives the code, the first one where it has several; `None` for a byte
    /// that is no code.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        self.rows().next().map(|row| row.name)
    }

    /// The name the code has in `packet`; `None` if it may not stand there.
    #[must_use]
    pub fn name_in(self, packet: PacketType) -> Option<&'static str> {
        self.rows().find(|row| row.packets.contains(&packet)).map(|row| row.name)
    }

    /// Whether the code may stand in `packet`.
    #[must_use]
    pub fn is_allowed_in(self, packet: PacketType) -> bool {
        self.name_in(packet).is_some()
    }

    /// The code that means what the version 3 CONNACK return code `code` means; `None` for a
    /// reserved one, 6 and above.
    #[must_use]
    pub const fn from_return_code(code: u8) -> Option<Self> {
        Some(match code {
            0 => Self::SUCCESS,
            1 => Self::UNSUPPORTED_PROTOCOL_VERSION,
            2 => Self::CLIENT_IDENTIFIER_NOT_VALID,
            3 => Self::SERVER_UNAVAILABLE,
            4 => Self::BAD_USER_NAME_OR_PASSWORD,
            5 => Self::NOT_AUTHORIZED,
            _ => return None,
        })
    }

    /// The version 3 CONNACK return code that comes nearest; `None` if none applies, when a server
    /// closes without a CONNACK [MQTT3-3.2.2-6].
    #[must_use]
    pub const fn return_code(self) -> Option<u8> {
        Some(match self {
            Self::SUCCESS => 0,
            Self::UNSUPPORTED_PROTOCOL_VERSION => 1,
            Self::CLIENT_IDENTIFIER_NOT_VALID => 2,
            Self::UNSPECIFIED_ERROR
            | Self::IMPLEMENTATION_SPECIFIC_ERROR
            | Self::SERVER_UNAVAILABLE
            | Self::SERVER_BUSY
            | Self::SERVER_SHUTTING_DOWN
            | Self::QUOTA_EXCEEDED
            | Self::USE_ANOTHER_SERVER
            | Self::SERVER_MOVED
            | Self::CONNECTION_RATE_EXCEEDED => 3,
            Self::BAD_USER_NAME_OR_PASSWORD => 4,
            Self::NOT_AUTHORIZED | Self::BANNED | Self::BAD_AUTHENTICATION_METHOD => 5,
            _ => return None,
        })
    }

    fn rows(self) -> impl Iterator<Item = &'static Row> {
        ROWS.iter().filter(move |row| row.code == self.0)
    }
}

impl fmt::Debug for ReasonCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReasonCode({:#04x})", self.0)
    }
}

impl fmt::Display for ReasonCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({:#04x})", self.name().unwrap_or("Reserved"), self.0)
    }
}

/// One line of the table.
struct Row {
    code: u8,
    name: &'static str,
    /// Where the code may stand.
    packets: &'static [PacketType],
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_named_after_the_packet_it_stands_in() {
        assert_eq!(ReasonCode::from_u8(0).name_in(SubAck), Some("Granted QoS 0"));
        assert_eq!(ReasonCode::from_u8(0).name_in(Disconnect), Some("Normal disconnection"));
        assert_eq!(ReasonCode::from_u8(0).name_in(PubAck), Some("Success"));
        assert_eq!(ReasonCode::SESSION_TAKEN_OVER.to_string(), "Session taken over (0x8e)");
        assert_eq!(ReasonCode::from_u8(0x7F).to_string(), "Reserved (0x7f)");
    }

    #[test]
    fn the_table_is_in_order_and_names_a_code_once_in_a_packet() {
        assert!(ROWS.is_sorted_by_key(|row| row.code));
        for (index, row) in ROWS.iter().enumerate() {
            for other in &ROWS[..index] {
                assert!(
                    other.code != row.code
                        || !other.packets.iter().any(|packet| row.packets.contains(packet)),
                    "{} and {}",
                    other.name,
                    row.name
                );
            }
        }
    }

    #[test]
    fn codes_are_allowed_where_the_standard_lists_them_only() {
        assert!(ReasonCode::PACKET_IDENTIFIER_NOT_FOUND.is_allowed_in(PubRel));
        assert!(!ReasonCode::PACKET_IDENTIFIER_NOT_FOUND.is_allowed_in(PubAck));
        assert!(!ReasonCode::SESSION_TAKEN_OVER.is_allowed_in(ConnAck));
        assert!(!ReasonCode::from_u8(0x03).is_allowed_in(SubAck));
    }

    #[test]
    fn return_codes_of_version_3_come_back() {
        for code in 0..=5 {
            let reason_code = ReasonCode::from_return_code(code);
            assert_eq!(reason_code.and_then(ReasonCode::return_code), Some(code));
        }
        assert_eq!(ReasonCode::from_return_code(6), None);
        assert_eq!(ReasonCode::MALFORMED_PACKET.return_code(), None);
    }

    #[test]
    fn errors_start_at_0x80() {
        assert!(!ReasonCode::from_u8(0x7F).is_error());
        assert!(ReasonCode::UNSPECIFIED_ERROR.is_error());
    }
}
