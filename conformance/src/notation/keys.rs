//! Which fields each packet has.

/// The names of the packets, each with its fields.
const KEYS: &[(&str, &[&str])] = &[
    (
        "CONNECT",
        &[
            "client",
            "clean",
            "keepalive",
            "user-name",
            "password",
            "expiry",
            "receive-max",
            "max-packet",
            "alias-max",
            "request-response",
            "request-problem",
            "user",
            "method",
            "data",
            "will",
            "will-payload",
            "will-qos",
            "will-retain",
            "will-delay",
            "will-expiry",
            "will-format",
            "will-type",
            "will-response",
            "will-correlation",
            "will-user",
        ],
    ),
    (
        "CONNACK",
        &[
            "session",
            "code",
            "expiry",
            "receive-max",
            "max-qos",
            "retain",
            "max-packet",
            "assigned",
            "alias-max",
            "reason",
            "user",
            "wildcard",
            "sub-ids",
            "shared",
            "keepalive",
            "response-info",
            "reference",
            "method",
            "data",
        ],
    ),
    (
        "PUBLISH",
        &[
            "topic",
            "payload",
            "qos",
            "retain",
            "dup",
            "id",
            "format",
            "expiry",
            "alias",
            "response",
            "correlation",
            "user",
            "sub",
            "type",
        ],
    ),
    ("PUBACK", ACK),
    ("PUBREC", ACK),
    ("PUBREL", ACK),
    ("PUBCOMP", ACK),
    ("SUBSCRIBE", &["id", "sub", "user", "filter", "qos", "nl", "rap", "rh"]),
    ("SUBACK", CODES),
    ("UNSUBSCRIBE", &["id", "user", "filter"]),
    ("UNSUBACK", CODES),
    ("PINGREQ", &[]),
    ("PINGRESP", &[]),
    ("DISCONNECT", &["code", "expiry", "reference", "reason", "user"]),
    ("AUTH", &["code", "method", "data", "reason", "user"]),
];

const ACK: &[&str] = &["id", "code", "reason", "user"];
const CODES: &[&str] = &["id", "codes", "reason", "user"];

/// The name of a packet as a constant, once all of `keys` are fields of it.
///
/// # Errors
///
/// What is unknown.
pub(crate) fn check<'k>(
    name: &str,
    keys: impl Iterator<Item = &'k str>,
) -> Result<&'static str, String> {
    let packet = KEYS.iter().find(|(packet, _)| *packet == name);
    let Some((name, known)) = packet else { return Err(format!("no packet is called {name}")) };
    for key in keys {
        if !known.contains(&key) {
            return Err(format!("{name} has no field {key}"));
        }
    }
    Ok(name)
}

/// A field of the packet `name` as a constant, if it has it.
pub(crate) fn key(name: &str, key: &str) -> Option<&'static str> {
    let (_, known) = KEYS.iter().find(|(packet, _)| *packet == name)?;
    known.iter().find(|known| **known == key).copied()
}
