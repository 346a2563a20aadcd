//! One line of a script.

use crate::notation::{Bytes, Pattern, Value, check, tokens};
use crate::operation::{Expected, Operation, Template};

use super::shorthand;

/// Whom a line is about, and what it comes to. `number` keeps its names apart from others'.
///
/// # Errors
///
/// What cannot be read.
pub(super) fn read(line: &str, number: usize) -> Result<(String, Vec<Operation>), String> {
    let words = tokens(line)?;
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if let ["wait", time] = words[..] {
        return Ok((String::new(), vec![Operation::Wait(milliseconds(time)?)]));
    }
    let [client, verb, rest @ ..] = &words[..] else {
        return Err("a line is: client, verb, what".to_owned());
    };
    let operations = match (*verb, rest) {
        (">", [name, fields @ ..]) => {
            vec![Operation::Send(template(name, fields, client)?)]
        }
        (">>", bytes) => {
            let bytes: Vec<String> = bytes.iter().map(|word| (*word).to_owned()).collect();
            vec![Operation::SendBytes(Bytes::parse(&bytes)?)]
        }
        ("<", ["nothing"]) => pinged(Operation::Empty)?,
        ("<", ["silence"]) => vec![Operation::Settle, Operation::Empty],
        ("<", ["closed"]) => vec![Operation::Closed(Pattern::Error)],
        ("<", ["closed", "or", packet @ ..]) => {
            vec![Operation::ExpectOrClosed(expected_of(packet)?)]
        }
        ("<", ["closed", codes]) => vec![Operation::Closed(Pattern::parse(codes, false))],
        ("<", ["no", packet @ ..]) => pinged(Operation::Without(expected_of(packet)?))?,
        ("<", [packet @ .., "or", "skip"]) => {
            let mut packet = expected_of(packet)?;
            packet.supposed = std::mem::take(&mut packet.fields);
            vec![Operation::Expect(vec![packet])]
        }
        ("<", packet) => vec![Operation::Expect(vec![expected_of(packet)?])],
        ("?", packet) => pinged(Operation::Drain(expected_of(packet)?))?,
        ("cut", []) => vec![Operation::Cut],
        ("opens", []) => vec![Operation::Open],
        _ => shorthand::read(client, verb, rest, number)?,
    };
    Ok(((*client).to_owned(), operations))
}

/// A packet to send, with what a CONNECT always says.
pub(super) fn template(name: &str, words: &[&str], client: &str) -> Result<Template, String> {
    let mut fields = Vec::new();
    for word in words {
        let (key, value, _) = field(word)?;
        fields.push((key, value));
    }
    let name = check(name, fields.iter().map(|(key, _)| *key))?;
    let mut fields: Vec<(&'static str, Value)> = fields
        .into_iter()
        .map(|(key, value)| Ok((static_key(name, key)?, Value(value))))
        .collect::<Result<_, String>>()?;
    if name == "CONNECT" && !fields.iter().any(|(key, _)| *key == "client") {
        fields.push(("client", Value(format!("~{client}"))));
    }
    Ok(Template { name, fields })
}

/// A packet that is expected.
pub(super) fn expected(text: &str) -> Result<Expected, String> {
    let words = tokens(text)?;
    expected_of(&words.iter().map(String::as_str).collect::<Vec<_>>())
}

pub(super) fn expected_of(words: &[&str]) -> Result<Expected, String> {
    let [name, rest @ ..] = words else { return Err("a packet is missing".to_owned()) };
    let fields = rest.iter().map(|word| field(word)).collect::<Result<Vec<_>, _>>()?;
    let name = check(name, fields.iter().map(|(key, ..)| *key))?;
    let fields = fields
        .into_iter()
        .map(|(key, value, quoted)| Ok((static_key(name, key)?, Pattern::parse(&value, quoted))))
        .collect::<Result<_, String>>()?;
    Ok(Expected { name, fields, supposed: Vec::new(), text: words.join(" ") })
}

/// The operations that look at what has come once the broker has answered a PINGREQ, behind which
/// nothing is left that was sent before.
fn pinged(then: Operation) -> Result<Vec<Operation>, String> {
    Ok(vec![
        Operation::Settle,
        Operation::Send(template("PINGREQ", &[], "")?),
        Operation::Expect(vec![expected("PINGRESP")?]),
        then,
    ])
}

/// `key=value`, and whether the value stood in quotes.
fn field(word: &str) -> Result<(&str, String, bool), String> {
    let (key, value) = word.split_once('=').ok_or_else(|| format!("{word} is not KEY=VALUE"))?;
    Ok((key, crate::notation::unquote(value)?, value.starts_with('"')))
}

fn static_key(name: &'static str, key: &str) -> Result<&'static str, String> {
    crate::notation::key(name, key).ok_or_else(|| format!("{name} has no field {key}"))
}

/// `2s` or `500ms`.
fn milliseconds(text: &str) -> Result<u64, String> {
    let number = |digits: &str| digits.parse::<u64>().ok();
    let value = match (text.strip_suffix("ms"), text.strip_suffix('s')) {
        (Some(digits), _) => number(digits),
        (None, Some(digits)) => number(digits).map(|seconds| seconds * 1000),
        (None, None) => None,
    };
    value.ok_or_else(|| format!("{text} is no time such as 2s or 500ms"))
}
