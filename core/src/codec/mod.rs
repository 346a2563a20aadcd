//! Bytes to packets and back: one packet model for MQTT 3.1, 3.1.1 and 5.0.
//!
//! [`Deframer`] cuts a byte stream into whole packets, [`decode`] turns one of them into a
//! [`Packet`] that borrows from it, and [`Packet::encode`] writes a packet into a buffer that is
//! used again. A broker that sends one message to many writes only a [`PublishHead`] for each.
//!
//! [`dissect`] tells which bytes of a packet are which field, for those who look at one.
//!
//! Decoding is total: whatever the bytes are, the answer is a packet, "more bytes", or a
//! [`DecodeError`] that knows what is wrong, where, and with which reason code to say so.
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unwrap_used
    )
)]

mod decode;
mod deframer;
mod dissect;
mod error;
mod filters;
mod fixed_header;
pub mod packet;
mod packet_identifier;
mod property;
mod property_value;
mod protocol_version;
mod publish_head;
mod qos;
mod reader;
mod reason_code;
mod reason_codes;
mod sink;
mod subscription_identifier;
mod user_properties;
mod variable_byte_integer;

pub use decode::{DecodeLimits, Sender, decode};
pub use deframer::Deframer;
pub use dissect::{
    BINARY_BYTES_SHOWN_MAX, BitRange, DissectedField, Dissection, DissectionFault, FIELDS_MAX,
    TEXT_BYTES_SHOWN_MAX, dissect,
};
pub use error::{DecodeError, DecodeErrorKind, EncodeError};
pub use fixed_header::{PacketType, packet_length};
pub use packet::Packet;
pub use packet_identifier::PacketIdentifier;
pub use property::PropertyIdentifier;
pub use protocol_version::ProtocolVersion;
pub use publish_head::PublishHead;
pub use qos::QoS;
pub use reason_code::ReasonCode;
pub use subscription_identifier::{SubscriptionIdentifier, SubscriptionIdentifiers};
pub use user_properties::UserProperties;
