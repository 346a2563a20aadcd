//! Values of fields as text.

use crate::codec::reader;
use crate::codec::{PacketType, ProtocolVersion, QoS, ReasonCode};

/// Bytes of a string, or of a payload that is text, that its value shows.
pub const TEXT_BYTES_SHOWN_MAX: usize = 1024;

/// Bytes of other data that its value shows.
pub const BINARY_BYTES_SHOWN_MAX: usize = 32;

/// Data whose length is known.
#[derive(Clone, Copy)]
pub(super) enum Data {
    /// A UTF-8 Encoded String.
    Text,
    /// Bytes of any meaning.
    Binary,
    /// An Application Message's payload: shown as text if it looks like one.
    Payload,
}

/// The text of data. A string that is none is shown as the bytes it is.
pub(super) fn data(bytes: &[u8], data: Data) -> String {
    let text = reader::text(bytes).ok().filter(|text| match data {
        Data::Text => true,
        Data::Binary => false,
        Data::Payload => !text.contains(|c: char| c.is_control() && !c.is_whitespace()),
    });
    text.map_or_else(|| binary(bytes), quoted)
}

/// A number behind its name, such as "PUBLISH (3)".
pub(super) fn named(name: &str, number: u8) -> String {
    let mut text = name.to_owned();
    text += " (";
    text += &number.to_string();
    text.push(')');
    text
}

/// A code behind its name, such as "Session taken over (0x8e)".
pub(super) fn reason_code(byte: u8, packet_type: PacketType, version: ProtocolVersion) -> String {
    let name = if packet_type == PacketType::ConnAck && !version.has_properties() {
        ReasonCode::from_return_code(byte).and_then(ReasonCode::name)
    } else {
        ReasonCode::from_u8(byte).name_in(packet_type)
    };
    let mut text = name.unwrap_or("Reserved").to_owned();
    text += " (";
    text += &hexadecimal(byte);
    text.push(')');
    text
}

/// A byte such as "0x8e".
pub(super) fn hexadecimal(byte: u8) -> String {
    let mut text = "0x".to_owned();
    push_hexadecimal(&mut text, byte);
    text
}

/// The bits of `value`, `width` of them, as such.
pub(super) fn binary_digits(value: u8, width: u8) -> String {
    let digits = (0..width).rev().map(|bit| if (value >> bit) & 1 == 0 { '0' } else { '1' });
    digits.collect()
}

/// What two bits for a QoS say.
pub(super) fn qos(bits: u8) -> String {
    let name = match QoS::from_bits(bits) {
        Some(QoS::AtMostOnce) => "At most once",
        Some(QoS::AtLeastOnce) => "At least once",
        Some(QoS::ExactlyOnce) => "Exactly once",
        None => "Reserved",
    };
    named(name, bits)
}

/// What two bits for Retain Handling say.
pub(super) fn retain_handling(bits: u8) -> String {
    let name = match bits {
        0 => "Send retained messages",
        1 => "Send if the subscription is new",
        2 => "Do not send",
        _ => "Reserved",
    };
    named(name, bits)
}

fn quoted(text: &str) -> String {
    let shown = text.get(..text.floor_char_boundary(TEXT_BYTES_SHOWN_MAX)).unwrap_or(text);
    let mut quoted = "\"".to_owned();
    quoted += shown;
    quoted.push('"');
    push_rest(&mut quoted, shown.len(), text.len());
    quoted
}

fn binary(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "0 bytes".to_owned();
    }
    let mut text = String::new();
    for (index, byte) in bytes.iter().take(BINARY_BYTES_SHOWN_MAX).enumerate() {
        if index > 0 {
            text.push(' ');
        }
        push_hexadecimal(&mut text, *byte);
    }
    push_rest(&mut text, BINARY_BYTES_SHOWN_MAX.min(bytes.len()), bytes.len());
    text
}

/// Says that `len` bytes are not all shown.
fn push_rest(text: &mut String, shown: usize, len: usize) {
    if shown < len {
        *text += "… (";
        *text += &len.to_string();
        *text += " bytes)";
    }
}

fn push_hexadecimal(text: &mut String, byte: u8) {
    for digit in [byte >> 4, byte & 0x0F] {
        text.extend(char::from_digit(digit.into(), 16));
    }
}
