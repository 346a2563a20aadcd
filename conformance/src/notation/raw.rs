//! Bytes that need not be a packet.

use super::value::{hex, unquote};
use super::{Names, Value};

/// A sequence of bytes as a script has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bytes(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Plain(Vec<u8>),
    /// Text without its length.
    Text(Value),
    /// Text behind its length in two bytes.
    String(Value),
    /// A number in two bytes.
    Number(Value),
    /// A part behind its length as a Variable Byte Integer.
    Measured(Bytes),
}

impl Bytes {
    /// Reads bytes from the words of a line.
    ///
    /// # Errors
    ///
    /// What cannot be read.
    pub(crate) fn parse(words: &[String]) -> Result<Self, String> {
        let mut open = vec![Vec::new()];
        for word in words {
            let part = match word.as_str() {
                "[" => {
                    open.push(Vec::new());
                    continue;
                }
                "]" => Part::Measured(Self(open.pop().ok_or("] without [")?)),
                _ if word.starts_with('"') => Part::String(Value(unquote(word)?)),
                _ if word.starts_with('\'') => {
                    Part::Text(Value(word.trim_matches('\'').to_owned()))
                }
                _ if word.starts_with('@') => Part::Number(Value(word.clone())),
                _ => Part::Plain(hex(word)?),
            };
            open.last_mut().ok_or("] without [")?.push(part);
        }
        let parts = open.pop().filter(|_| open.is_empty()).ok_or("[ without ]")?;
        Ok(Self(parts))
    }

    /// The bytes.
    ///
    /// # Errors
    ///
    /// If a name has no value, or a text is too long for its length.
    pub(crate) fn resolve(&self, names: &Names) -> Result<Vec<u8>, String> {
        let mut out = Vec::new();
        for part in &self.0 {
            match part {
                Part::Plain(bytes) => out.extend_from_slice(bytes),
                Part::Text(text) => out.extend(text.resolve(names)?),
                Part::String(text) => {
                    let text = text.resolve(names)?;
                    let len = u16::try_from(text.len()).map_err(|_| "a text is too long")?;
                    out.extend(len.to_be_bytes());
                    out.extend(text);
                }
                Part::Number(number) => {
                    let text = String::from_utf8(number.resolve(names)?);
                    let number = text.ok().and_then(|text| text.parse::<u16>().ok());
                    out.extend(number.ok_or("no number of two bytes")?.to_be_bytes());
                }
                Part::Measured(inner) => {
                    let inner = inner.resolve(names)?;
                    out.extend(variable_byte_integer(inner.len()));
                    out.extend(inner);
                }
            }
        }
        Ok(out)
    }
}

fn variable_byte_integer(mut value: usize) -> Vec<u8> {
    let mut out = Vec::new();
    loop {
        let digit = (value & 0x7F) as u8;
        value >>= 7;
        if value == 0 {
            out.push(digit);
            return out;
        }
        out.push(digit | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::tokens;
    use super::*;

    fn bytes(line: &str) -> Result<Vec<u8>, String> {
        let values = BTreeMap::from([("m".to_owned(), "258".to_owned())]);
        let names = Names { prefix: "r".to_owned(), values };
        Bytes::parse(&tokens(line)?)?.resolve(&names)
    }

    #[test]
    fn parts_are_put_together() {
        let subscribe = b"\x82\x09\x01\x02\x00\x00\x03r/a\x01";
        assert_eq!(bytes("82 [ @m [ ] \"~/a\" 01 ]").as_deref(), Ok(&subscribe[..]));
        assert_eq!(bytes("'ab' 00ff").as_deref(), Ok(&b"ab\x00\xff"[..]));
        assert_eq!(bytes("[ 'x*200' ]").map(|bytes| bytes[..2].to_vec()), Ok(vec![0xC8, 1]));
    }

    #[test]
    fn what_is_not_closed_or_no_byte_is_refused() {
        for line in ["[ 00", "00 ]", "0", "xy", "@unknown"] {
            assert!(bytes(line).is_err(), "{line}");
        }
    }
}
