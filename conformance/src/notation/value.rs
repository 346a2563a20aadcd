//! The values of fields.

use std::collections::BTreeMap;

/// What names stand for in one run.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    /// What `~` stands for.
    pub(crate) prefix: String,
    /// What `@m` stands for.
    pub(crate) values: BTreeMap<String, String>,
}

impl Names {
    /// The same text as a script has it.
    pub(crate) fn shorten(&self, text: &str) -> String {
        text.replace(&self.prefix, "~")
    }
}

/// A value as a script has it, without its quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Value(pub(crate) String);

impl Value {
    /// The name in `@name`.
    pub(crate) fn variable(&self) -> Option<&str> {
        let name = self.0.strip_prefix('@')?;
        let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric());
        is_name.then_some(name)
    }

    /// What it stands for, in bytes.
    ///
    /// # Errors
    ///
    /// If it is a name without a value.
    pub(crate) fn resolve(&self, names: &Names) -> Result<Vec<u8>, String> {
        if let Some(name) = self.variable() {
            let value = names.values.get(name).ok_or_else(|| format!("@{name} has no value"))?;
            return Ok(value.clone().into_bytes());
        }
        if let Some(digits) = self.0.strip_prefix("hex:") {
            return hex(digits);
        }
        if let Some((one, times)) = repetition(&self.0) {
            return Ok(one.to_string().repeat(times).into_bytes());
        }
        Ok(self.0.replace('~', &names.prefix).into_bytes())
    }
}

/// `x*1000` as its character and its number.
fn repetition(text: &str) -> Option<(char, usize)> {
    let mut characters = text.chars();
    let one = characters.next()?;
    let times = characters.as_str().strip_prefix('*')?;
    Some((one, times.parse().ok()?))
}

/// The bytes that `digits` write.
///
/// # Errors
///
/// If it is not a whole number of bytes in hexadecimal digits.
pub(crate) fn hex(digits: &str) -> Result<Vec<u8>, String> {
    let bad = || format!("{digits} are no bytes in hexadecimal digits");
    if !digits.is_ascii() || !digits.len().is_multiple_of(2) {
        return Err(bad());
    }
    let pairs = (0..digits.len()).step_by(2);
    let byte = |at| digits.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    pairs.map(byte).collect::<Option<_>>().ok_or_else(bad)
}

/// A text as a script would write it.
pub(crate) fn quote(text: &str) -> String {
    const SHOWN: usize = 120;
    let len = text.len();
    let shown: String = text.chars().take(SHOWN).collect();
    let rest = if shown.len() < len { format!("... ({len} bytes)") } else { String::new() };
    let is_plain = |c: char| !c.is_whitespace() && !c.is_control() && c != '"' && c != '\u{FEFF}';
    if !text.is_empty() && text.chars().all(is_plain) {
        return shown + &rest;
    }
    format!("{shown:?}{rest}")
}

/// The words of a line, where spaces inside quotes part nothing. Quotes stay, and a comment
/// behind ` #` goes.
///
/// # Errors
///
/// If a quote is not closed.
pub(crate) fn tokens(line: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut escaped = false;
    for c in line.chars() {
        match quote {
            Some(end) => {
                word.push(c);
                if escaped {
                    escaped = false;
                } else if c == '\\' {
                    escaped = true;
                } else if c == end {
                    quote = None;
                }
            }
            None if c.is_whitespace() => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            None if c == '#' && word.is_empty() => break,
            None => {
                if c == '"' || c == '\'' {
                    quote = Some(c);
                }
                word.push(c);
            }
        }
    }
    if quote.is_some() {
        return Err("a quote is not closed".to_owned());
    }
    if !word.is_empty() {
        words.push(word);
    }
    Ok(words)
}

/// What stands between quotes, with escapes undone; the text itself if there are none.
///
/// # Errors
///
/// If an escape is unknown.
pub(crate) fn unquote(text: &str) -> Result<String, String> {
    let inner = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let Some(inner) = inner else { return Ok(text.to_owned()) };
    let mut out = String::new();
    let mut characters = inner.chars();
    while let Some(c) = characters.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match characters.next() {
            Some('n') => out.push('\n'),
            Some(same @ ('"' | '\\')) => out.push(same),
            Some('u') => {
                let rest = characters.as_str();
                let code = rest.strip_prefix('{').and_then(|rest| rest.split_once('}'));
                let (digits, rest) = code.ok_or("\\u needs {digits}")?;
                let code = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
                out.push(code.ok_or("\\u{digits} is no character")?);
                characters = rest.chars();
            }
            other => return Err(format!("no escape: {other:?}")),
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        let values = BTreeMap::from([("m".to_owned(), "7".to_owned())]);
        Names { prefix: "run1".to_owned(), values }
    }

    #[test]
    fn a_value_stands_for_its_bytes() {
        for (text, bytes) in [
            ("plain", &b"plain"[..]),
            ("$share/g/~/a", b"$share/g/run1/a"),
            ("x*4", b"xxxx"),
            ("hex:00fF", &[0, 255]),
            ("@m", b"7"),
            ("a@m", b"a@m"),
        ] {
            assert_eq!(Value(text.to_owned()).resolve(&names()).as_deref(), Ok(bytes), "{text}");
        }
        assert!(Value("@n".to_owned()).resolve(&names()).is_err());
        assert!(Value("hex:0".to_owned()).resolve(&names()).is_err());
    }

    #[test]
    fn a_line_is_cut_at_spaces_outside_of_quotes() {
        let words = ["a", "payload=\"two words\"", "'raw \"'", "b"];
        let line = "a payload=\"two words\" 'raw \"' b  # and a comment";
        assert_eq!(tokens(line), Ok(words.map(str::to_owned).to_vec()));
        assert!(tokens("a \"b").is_err());
    }

    #[test]
    fn escapes_are_undone() {
        let escaped = r#""a\u{FEFF}\n\"\\""#;
        assert_eq!(unquote(escaped).as_deref(), Ok("a\u{FEFF}\n\"\\"));
        assert_eq!(unquote("plain").as_deref(), Ok("plain"));
        assert!(unquote(r#""\x""#).is_err());
    }

    #[test]
    fn what_is_shown_reads_as_it_is_written() {
        assert_eq!(quote("plain"), "plain");
        assert_eq!(quote(""), "\"\"");
        assert_eq!(quote("two words"), "\"two words\"");
        assert!(quote(&"x".repeat(1000)).ends_with("... (1000 bytes)"));
    }
}
