//! Values as JSON text.

mod serializer;

use core::fmt;

use serde::Serialize;

/// A number that JavaScript counts to exactly is at most this.
const NUMBER_MAX: u64 = (1 << 53) - 1;

/// Whom a text is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// A file, as the core's own types are written natively.
    #[cfg_attr(not(feature = "simulator"), allow(dead_code, reason = "it alone writes files"))]
    File,
    /// JavaScript, which takes it for a value at once: a field that has none is left out, and no
    /// number is beyond what JavaScript can count to.
    Shown,
}

/// Writes a value to the end of `text`.
pub(crate) fn write<T: Serialize>(
    value: &T,
    style: Style,
    text: &mut String,
) -> Result<(), WriteError> {
    let mut writer = Writer { text, style, field: None, is_refused: false };
    let Ok(()) = value.serialize(&mut writer);
    if writer.is_refused { Err(WriteError) } else { Ok(()) }
}

/// Why a value cannot be written.
#[derive(Debug)]
pub(crate) struct WriteError;

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number is beyond what JavaScript can count to")
    }
}

impl core::error::Error for WriteError {}

/// What never is: writing goes on to its end whatever is wrong, so that no type that is written
/// needs a way out in its middle.
#[derive(Debug)]
enum Never {}

impl fmt::Display for Never {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}

impl core::error::Error for Never {}

impl serde::ser::Error for Never {
    fn custom<T: fmt::Display>(_: T) -> Self {
        panic!("no type that crosses refuses to be written")
    }
}

type Outcome = Result<(), Never>;

struct Writer<'a> {
    text: &'a mut String,
    style: Style,
    /// Where the field began whose name was written last.
    field: Option<usize>,
    /// Whether something cannot be written.
    is_refused: bool,
}

impl Writer<'_> {
    fn word(&mut self, word: &str) {
        self.text.push_str(word);
    }

    fn unsigned(&mut self, value: u64) -> Outcome {
        if self.style == Style::Shown && value > NUMBER_MAX {
            return self.refuse();
        }
        self.digits(value);
        Ok(())
    }

    /// Goes on with what will not be used.
    fn refuse(&mut self) -> Outcome {
        self.is_refused = true;
        Ok(())
    }

    fn digits(&mut self, mut value: u64) {
        let mut digits = [0_u8; 20];
        let mut at = digits.len();
        loop {
            at -= 1;
            digits[at] = b'0' + (value % 10) as u8;
            value /= 10;
            if value == 0 {
                break;
            }
        }
        self.text.extend(digits[at..].iter().copied().map(char::from));
    }

    fn string(&mut self, text: &str) {
        self.text.push('"');
        let mut plain = 0;
        for (at, byte) in text.bytes().enumerate() {
            let short = match byte {
                b'"' => '"',
                b'\\' => '\\',
                b'\n' => 'n',
                b'\r' => 'r',
                b'\t' => 't',
                0x08 => 'b',
                0x0c => 'f',
                0..0x20 => 'u',
                _ => continue,
            };
            self.word(text.get(plain..at).unwrap_or_default());
            plain = at + 1;
            self.text.push('\\');
            self.text.push(short);
            if short == 'u' {
                self.word(if byte < 0x10 { "000" } else { "001" });
                self.text.extend(char::from_digit(u32::from(byte & 15), 16));
            }
        }
        self.word(text.get(plain..).unwrap_or_default());
        self.text.push('"');
    }

    /// A comma, if something stands before.
    fn separate(&mut self) {
        if !self.text.ends_with(['{', '[']) {
            self.text.push(',');
        }
    }

    fn name(&mut self, name: &str) {
        self.field = None;
        self.separate();
        self.string(name);
        self.text.push(':');
    }

    fn open(&mut self, variant: Option<&str>, bracket: char) {
        if let Some(variant) = variant {
            self.text.push('{');
            self.name(variant);
        }
        self.text.push(bracket);
    }

    fn close(&mut self, words: &str) -> Outcome {
        self.word(words);
        Ok(())
    }

    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Outcome {
        self.separate();
        value.serialize(self)
    }

    fn field<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Outcome {
        self.begin_field(name);
        value.serialize(self)
    }

    fn begin_field(&mut self, name: &str) {
        let start = self.text.len();
        self.name(name);
        self.field = Some(start);
    }

    /// Writes an absent value, or takes away the field whose value that is.
    fn none(&mut self) {
        match self.field {
            Some(start) if self.style == Style::Shown && self.text.ends_with(':') => {
                self.text.truncate(start);
            }
            _ => self.word("null"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::Serialize;

    use super::*;

    #[derive(Serialize)]
    struct Part {
        name: String,
        absent: Option<u8>,
        number: u64,
        nested: Vec<(char, i16, Option<bool>)>,
    }

    #[derive(Serialize)]
    enum Kind {
        Unit,
        Newtype(Part),
        Tuple(u8, ()),
        Struct { part: Option<Part>, empty: Vec<u8> },
    }

    fn part(number: u64) -> Part {
        let characters = (0..0x80_u8).map(char::from).chain("é😀\u{2028}".chars());
        Part { name: characters.collect(), absent: None, number, nested: vec![('"', -7, None)] }
    }

    fn text(value: &impl Serialize, style: Style) -> Result<String, WriteError> {
        let mut text = String::new();
        write(value, style, &mut text).map(|()| text)
    }

    #[test]
    fn a_file_is_written_as_serde_json_writes_it() {
        for value in [
            Kind::Unit,
            Kind::Newtype(part(0)),
            Kind::Tuple(7, ()),
            Kind::Struct { part: Some(part(u64::MAX)), empty: Vec::new() },
            Kind::Struct { part: None, empty: vec![1, 20] },
        ] {
            let theirs = serde_json::to_string(&value).expect("it can be written");
            assert_eq!(text(&value, Style::File).expect("it can be written"), theirs);
        }
    }

    #[test]
    fn what_is_shown_lacks_what_is_absent() {
        let value = Kind::Struct { part: None, empty: Vec::new() };
        assert_eq!(text(&value, Style::Shown).expect("it is small"), r#"{"Struct":{"empty":[]}}"#);
        let value = Part { name: String::new(), ..part(NUMBER_MAX) };
        let text = text(&value, Style::Shown).expect("it can be counted to");
        assert_eq!(text, r#"{"name":"","number":9007199254740991,"nested":[["\"",-7,null]]}"#);
    }

    #[test]
    fn what_is_shown_has_no_number_that_javascript_cannot_count_to() {
        assert!(text(&part(NUMBER_MAX + 1), Style::Shown).is_err());
    }
}
