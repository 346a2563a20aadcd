//! JSON text as a value.

use afterlink_core::value::{Value, ValueError};

/// How deep a value may lie in others.
const DEPTH_MAX: u32 = 127;

/// The value that is all of `text`.
pub(crate) fn parse(text: &str) -> Result<Value, ValueError> {
    let mut reader = Reader { text, at: 0, depth: 0 };
    reader.value().and_then(|value| reader.end().map(|()| value)).map_err(|words| {
        let before = text.as_bytes().get(..reader.at).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let column = before.len() - start + 1;
        ValueError::new(format_args!("{words} at line {line} column {column}"))
    })
}

/// What is wrong at the place where a reader stands.
type Outcome<T> = Result<T, &'static str>;

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: u32,
}

impl Reader<'_> {
    fn value(&mut self) -> Outcome<Value> {
        match self.peek_behind_space() {
            Some(b'{') => self.nested(Self::map),
            Some(b'[') => self.nested(Self::list),
            Some(b'"') => self.string().map(Value::Text),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b'n') => self.word("null", Value::Null),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(_) => Err("expected value"),
            None => Err("EOF while parsing a value"),
        }
    }

    fn end(&mut self) -> Outcome<()> {
        match self.peek_behind_space() {
            None => Ok(()),
            Some(_) => Err("trailing characters"),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Outcome<Value>) -> Outcome<Value> {
        if self.depth == DEPTH_MAX {
            return Err("recursion limit exceeded");
        }
        self.depth += 1;
        self.at += 1;
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn list(&mut self) -> Outcome<Value> {
        let mut values = Vec::new();
        if self.takes_behind_space(b']') {
            return Ok(Value::List(values));
        }
        loop {
            values.push(self.value()?);
            if self.takes_behind_space(b']') {
                return Ok(Value::List(values));
            }
            self.expect(b',', "expected `,` or `]`")?;
        }
    }

    fn map(&mut self) -> Outcome<Value> {
        let mut fields = Vec::new();
        if self.takes_behind_space(b'}') {
            return Ok(Value::Map(fields));
        }
        loop {
            if self.peek_behind_space().is_some_and(|byte| byte != b'"') {
                return Err("key must be a string");
            }
            let name = self.string()?;
            self.expect(b':', "expected `:`")?;
            fields.push((name, self.value()?));
            if self.takes_behind_space(b'}') {
                return Ok(Value::Map(fields));
            }
            self.expect(b',', "expected `,` or `}`")?;
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Outcome<Value> {
        if self.rest().starts_with(word.as_bytes()) {
            self.at += word.len();
            Ok(value)
        } else {
            Err("expected value")
        }
    }

    fn number(&mut self) -> Outcome<Value> {
        let is_negative = self.takes(b'-');
        let start = self.at;
        let digits = self.digits()?;
        if digits > 1 && self.since(start).starts_with('0') {
            return Err("invalid number");
        }
        let whole = self.since(start).parse();
        let mut is_whole = true;
        if self.takes(b'.') {
            self.digits()?;
            is_whole = false;
        }
        if self.takes(b'e') || self.takes(b'E') {
            let _ = self.takes(b'+') || self.takes(b'-');
            self.digits()?;
            is_whole = false;
        }
        Ok(match whole {
            Ok(whole) if is_whole && !is_negative => Value::Unsigned(whole),
            Ok(whole @ 1..) if is_whole => {
                0_i64.checked_sub_unsigned(whole).map_or(Value::OtherNumber, Value::Negative)
            }
            _ => Value::OtherNumber,
        })
    }

    /// Passes over digits. How many there are, at least one.
    fn digits(&mut self) -> Outcome<usize> {
        let digits = self.rest().iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += digits;
        if digits == 0 { Err("invalid number") } else { Ok(digits) }
    }

    fn string(&mut self) -> Outcome<String> {
        self.expect(b'"', "EOF while parsing a string")?;
        let mut text = String::new();
        loop {
            let start = self.at;
            let plain = |byte: &&u8| !matches!(byte, b'"' | b'\\' | 0..0x20);
            self.at += self.rest().iter().take_while(plain).count();
            text.push_str(self.since(start));
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => {
                    self.at += 1;
                    text.push(self.escaped()?);
                }
                Some(_) => return Err("control character in a string"),
                None => return Err("EOF while parsing a string"),
            }
        }
    }

    /// The character that is written behind a backslash.
    fn escaped(&mut self) -> Outcome<char> {
        let letter = self.peek().ok_or("EOF while parsing a string")?;
        self.at += 1;
        Ok(match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'b' => '\x08',
            b'f' => '\x0c',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let mut code = self.code_unit()?;
                if (0xd800..0xdc00).contains(&code) && self.rest().starts_with(b"\\u") {
                    self.at += 2;
                    let low = self.code_unit()?.checked_sub(0xdc00).filter(|low| *low < 0x400);
                    code = 0x1_0000 + ((code - 0xd800) << 10) + low.ok_or("lone surrogate")?;
                }
                char::from_u32(code).ok_or("lone surrogate")?
            }
            _ => return Err("invalid escape"),
        })
    }

    /// The number of four hexadecimal digits.
    fn code_unit(&mut self) -> Outcome<u32> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            code = code << 4 | digit.ok_or("invalid escape")?;
            self.at += 1;
        }
        Ok(code)
    }

    fn expect(&mut self, byte: u8, words: &'static str) -> Outcome<()> {
        match self.peek_behind_space() {
            Some(found) if found == byte => {
                self.at += 1;
                Ok(())
            }
            Some(_) => Err(words),
            None => Err("EOF while parsing"),
        }
    }

    fn takes_behind_space(&mut self, byte: u8) -> bool {
        self.peek_behind_space();
        self.takes(byte)
    }

    fn takes(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn peek_behind_space(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
        self.peek()
    }

    /// What was passed over.
    fn since(&self, start: usize) -> &str {
        // A place between characters is always found.
        self.text.get(start..self.at).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &[u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize as _;

    use super::*;

    fn theirs(text: &str) -> Result<Value, serde_json::Error> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let value = Value::deserialize(&mut deserializer)?;
        deserializer.end().map(|()| value)
    }

    #[test]
    fn it_takes_what_serde_json_takes_for_the_same_and_nothing_else() {
        let pieces = [
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"",
            "\\",
            "\"a\"",
            "\"\\u00e9\"",
            "\"\\ud83d\\ude00\"",
            "\\ud83d",
            "\"\\ude00\"",
            "\"\\n\\/\\b\"",
            "\u{1}",
            "é",
            " ",
            "\n",
            "0",
            "-0",
            "-",
            "1",
            "12",
            "01",
            "-7",
            "1.5",
            ".",
            "e",
            "e5",
            "E+",
            "18446744073709551615",
            "18446744073709551616",
            "-9223372036854775808",
            "-9223372036854775809",
            "null",
            "true",
            "false",
            "nul",
            "\"x\":",
            "\u{feff}",
        ];
        let mut state = 1_u64;
        let mut next = |below: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(state >> 33).expect("31 bits") % below
        };
        let (mut taken, mut refused) = (0, 0);
        for _ in 0..200_000 {
            let text: String = (0..=next(9)).map(|_| pieces[next(pieces.len())]).collect();
            let text = if next(3) == 0 { format!("[{text}]") } else { text };
            let (ours, theirs) = (parse(&text), theirs(&text));
            if matches!(&theirs, Err(error) if error.to_string().contains("out of range")) {
                // They calculate what such a number would be; here it is only no whole one.
                continue;
            }
            assert_eq!(ours.as_ref().ok(), theirs.as_ref().ok(), "{text}");
            if ours.is_ok() { taken += 1 } else { refused += 1 }
        }
        assert!(taken > 1_000 && refused > 1_000, "{taken} {refused}");
    }

    #[test]
    fn depth_is_bounded_as_theirs_is() {
        for depth in [126, 127, 128, 129] {
            let text = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
            assert_eq!(parse(&text).ok(), theirs(&text).ok(), "{depth}");
        }
        let error = parse(&"[".repeat(100_000)).expect_err("too deep").to_string();
        assert_eq!(error, "recursion limit exceeded at line 1 column 128");
    }

    #[test]
    fn an_error_says_where() {
        let error = parse("{\n  \"é\": x\n}").expect_err("no value").to_string();
        assert_eq!(error, "expected value at line 2 column 9");
    }
}
