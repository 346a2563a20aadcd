//! What the standard forbids is refused, with the right reason code and at the right byte.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by unwrapping")]

#[path = "codec_rules/acknowledgements.rs"]
mod acknowledgements;
#[path = "codec_rules/connect.rs"]
mod connect;
#[path = "codec_rules/encode.rs"]
mod encode;
#[path = "codec_rules/fixed_header.rs"]
mod fixed_header;
#[path = "codec_rules/limits.rs"]
mod limits;
#[path = "codec_rules/properties.rs"]
mod properties;
#[path = "codec_rules/publish.rs"]
mod publish;
#[path = "codec_rules/strings.rs"]
mod strings;
#[path = "codec_rules/subscribe.rs"]
mod subscribe;
#[path = "codec_rules/wire.rs"]
mod wire;

use afterlink_core::codec::Sender::{Client, Server};
use afterlink_core::codec::{
    DecodeError, DecodeErrorKind, DecodeLimits, Packet, ProtocolVersion, ReasonCode, Sender, decode,
};

use ProtocolVersion::{V3_1, V3_1_1, V5};

/// A packet of the first byte `first` and the bytes that `body` writes out.
fn packet(first: u8, body: &str) -> Vec<u8> {
    frame(first, &wire::wire(body))
}

fn frame(first: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    let mut len = body.len();
    while len > 0x7F {
        bytes.push(u8::try_from(len & 0x7F).unwrap() | 0x80);
        len >>= 7;
    }
    bytes.push(u8::try_from(len).unwrap());
    bytes.extend_from_slice(body);
    bytes
}

#[track_caller]
fn accepted(bytes: &[u8], version: ProtocolVersion, sender: Sender) -> Packet<'_> {
    match decode(bytes, version, sender, &DecodeLimits::default()) {
        Ok(packet) => packet,
        Err(error) => panic!("{error} of {bytes:02X?}"),
    }
}

/// Asserts that `bytes` are refused for `kind` at `offset`, and that the peer is told `code`.
#[track_caller]
fn refused(
    bytes: &[u8],
    (version, sender): (ProtocolVersion, Sender),
    (kind, offset): (DecodeErrorKind, usize),
    code: ReasonCode,
) {
    let error = decode(bytes, version, sender, &DecodeLimits::default());
    assert_eq!(error, Err(DecodeError { kind, offset }));
    assert_eq!(kind.reason_code(), code);
    assert!(!kind.to_string().is_empty());
}
