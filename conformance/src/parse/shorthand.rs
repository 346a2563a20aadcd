//! Exchanges that have a word of their own.

use crate::notation::{Pattern, Value};
use crate::operation::{Expected, Operation, Template};

use super::line::{expected_of, template};

/// What the line comes to.
///
/// # Errors
///
/// If there is no such word, or it lacks something.
pub(super) fn read(
    client: &str,
    verb: &str,
    rest: &[&str],
    number: usize,
) -> Result<Vec<Operation>, String> {
    match (verb, rest) {
        ("connects", fields) => connect(client, fields, &[], &[]),
        ("resumes", fields) => connect(client, fields, &["clean=0"], &["session=1"]),
        ("subscribes", [filter, fields @ ..]) => subscribe(filter, fields, number),
        ("unsubscribes", [filter]) => {
            let id = format!("id={}", identifier(number));
            Ok(vec![
                send("UNSUBSCRIBE", &[&id, &format!("filter={filter}")])?,
                expect("UNSUBACK", &[&id, "codes=0|-"])?,
            ])
        }
        ("publishes", [topic, payload, fields @ ..]) => publish(topic, payload, fields, number),
        ("receives", [topic, payload, fields @ ..]) => receive(topic, payload, fields, number),
        ("leaves", fields) => Ok(vec![send("DISCONNECT", fields)?, Operation::Gone]),
        _ => Err(format!("no line goes on with {verb} like this")),
    }
}

fn connect(
    client: &str,
    fields: &[&str],
    and: &[&str],
    answer: &[&str],
) -> Result<Vec<Operation>, String> {
    let connect = Operation::Send(template("CONNECT", &[and, fields].concat(), client)?);
    let mut connack = expected_of(&[&["CONNACK", "code=0"], answer].concat())?;
    // A server may grant another Session Expiry Interval and impose another Keep Alive.
    let expiry = value(fields, "expiry").unwrap_or("0");
    let keep_alive = value(fields, "keepalive").unwrap_or("*");
    connack.supposed = vec![
        ("expiry", Pattern::parse(&format!("-|{expiry}"), false)),
        ("keepalive", Pattern::parse(&format!("-|{keep_alive}"), false)),
    ];
    Ok(vec![Operation::Open, connect, Operation::Expect(vec![connack])])
}

fn subscribe(filter: &str, fields: &[&str], number: usize) -> Result<Vec<Operation>, String> {
    let id = format!("id={}", identifier(number));
    let filter = format!("filter={filter}");
    let all = [&[id.as_str(), &filter], fields].concat();
    let granted = value(fields, "qos").unwrap_or("0");
    Ok(vec![send("SUBSCRIBE", &all)?, expect("SUBACK", &[&id, &format!("codes=0x0{granted}")])?])
}

fn publish(
    topic: &str,
    payload: &str,
    fields: &[&str],
    number: usize,
) -> Result<Vec<Operation>, String> {
    let id = format!("id={}", identifier(number));
    let qos = value(fields, "qos").unwrap_or("0");
    let topic = format!("topic={topic}");
    let payload = format!("payload={payload}");
    let mut all = vec![topic.as_str(), &payload];
    all.extend(fields);
    if qos != "0" && value(fields, "id").is_none() {
        all.push(&id);
    }
    let id = value(fields, "id").map_or_else(|| id.clone(), |own| format!("id={own}"));
    let mut operations = vec![send("PUBLISH", &all)?];
    match qos {
        "1" => operations.push(expect("PUBACK", &[&id, "code=!error"])?),
        "2" => operations.extend([
            expect("PUBREC", &[&id, "code=!error"])?,
            send("PUBREL", &[&id])?,
            expect("PUBCOMP", &[&id, "code=!error"])?,
        ]),
        // What comes behind a QoS 0 message is answered once that has been taken.
        _ => operations.extend([send("PINGREQ", &[])?, expect("PINGRESP", &[])?]),
    }
    Ok(operations)
}

fn receive(
    topic: &str,
    payload: &str,
    fields: &[&str],
    number: usize,
) -> Result<Vec<Operation>, String> {
    let qos = value(fields, "qos").unwrap_or("0");
    let name = format!("@line{number}");
    let id = format!("id={name}");
    let topic = format!("topic={topic}");
    let payload = format!("payload={payload}");
    let mut all = vec!["PUBLISH", topic.as_str(), &payload];
    all.extend(fields);
    if value(fields, "qos").is_none() {
        all.push("qos=0");
    }
    if qos != "0" {
        all.push(&id);
    }
    let mut packet: Expected = expected_of(&all)?;
    packet.text = all.join(" ");
    let mut operations = vec![Operation::Expect(vec![packet])];
    match qos {
        "1" => operations.push(ack("PUBACK", &name)),
        "2" => operations.extend([
            ack("PUBREC", &name),
            expect("PUBREL", &[&id])?,
            ack("PUBCOMP", &name),
        ]),
        _ => {}
    }
    Ok(operations)
}

fn ack(packet: &'static str, id: &str) -> Operation {
    Operation::Send(Template { name: packet, fields: vec![("id", Value(id.to_owned()))] })
}

fn send(name: &str, fields: &[&str]) -> Result<Operation, String> {
    Ok(Operation::Send(template(name, fields, "")?))
}

fn expect(name: &str, fields: &[&str]) -> Result<Operation, String> {
    Ok(Operation::Expect(vec![expected_of(&[&[name], fields].concat())?]))
}

/// A Packet Identifier that no line chooses by itself: those are small.
fn identifier(number: usize) -> usize {
    10_000 + number
}

fn value<'a>(fields: &[&'a str], key: &str) -> Option<&'a str> {
    fields.iter().find_map(|field| field.strip_prefix(key)?.strip_prefix('='))
}
