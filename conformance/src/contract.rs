//! What every packet to a client keeps to, whatever a script is about.

use std::collections::{BTreeMap, BTreeSet};

use crate::notation::Described;
use crate::script::Version;

/// What a client said in CONNECT that binds the broker, and what has come since.
#[derive(Clone, Debug)]
pub(crate) struct Contract {
    version: Version,
    packet_bytes_max: Option<u64>,
    topic_alias_maximum: u64,
    receive_maximum: u64,
    problem_information: bool,
    response_information: bool,
    method: Option<String>,
    is_answered: bool,
    is_accepted: bool,
    /// Whether the broker has said DISCONNECT.
    is_ended: bool,
    aliases: BTreeMap<String, String>,
    /// Packet Identifiers of messages that the client has not acknowledged to the end.
    inflight: BTreeSet<String>,
}

impl Contract {
    pub(crate) const fn new(version: Version) -> Self {
        Self {
            version,
            packet_bytes_max: None,
            topic_alias_maximum: 0,
            receive_maximum: 65_535,
            problem_information: true,
            response_information: false,
            method: None,
            is_answered: false,
            is_accepted: false,
            is_ended: false,
            aliases: BTreeMap::new(),
            inflight: BTreeSet::new(),
        }
    }

    /// Whether a CONNACK said that the client is connected.
    pub(crate) const fn is_accepted(&self) -> bool {
        self.is_accepted
    }

    /// The client sends a packet.
    pub(crate) fn sent(&mut self, name: &str, fields: &[(&'static str, Vec<u8>)]) {
        let text = |key: &str| {
            let found = fields.iter().find(|(name, _)| *name == key);
            found.map(|(_, value)| String::from_utf8_lossy(value).into_owned())
        };
        let number = |key: &str| text(key).and_then(|value| value.parse::<u64>().ok());
        match name {
            "CONNECT" if self.version == Version::V5 && !self.is_answered => {
                self.packet_bytes_max = number("max-packet");
                self.topic_alias_maximum = number("alias-max").unwrap_or(0);
                self.receive_maximum = number("receive-max").unwrap_or(65_535);
                self.problem_information = number("request-problem") != Some(0);
                self.response_information = number("request-response") == Some(1);
                self.method = text("method");
            }
            "PUBACK" | "PUBCOMP" => {
                self.inflight.remove(&text("id").unwrap_or_default());
            }
            "PUBREC" if text("code").is_some_and(|code| is_error(&code)) => {
                self.inflight.remove(&text("id").unwrap_or_default());
            }
            _ => {}
        }
    }

    /// The client is sent a packet of `len` bytes. A Topic Alias is replaced by its topic.
    ///
    /// # Errors
    ///
    /// What the packet breaks, and which statement that is.
    pub(crate) fn received(&mut self, packet: &mut Described, len: usize) -> Result<(), String> {
        if let Some(max) = self.packet_bytes_max
            && len as u64 > max
        {
            let told = format!("{len} bytes, and the client takes {max}");
            return Err(self.broken("MQTT-3.1.2-24", "MQTT3-3.1.0-1", &told));
        }
        self.order(packet)?;
        self.method(packet)?;
        self.explanation(packet)?;
        match packet.name {
            "PUBLISH" => self.publish(packet),
            "DISCONNECT" => self.disconnect(packet),
            "CONNACK" => self.connack(packet),
            _ => Ok(()),
        }
    }

    fn order(&mut self, packet: &Described) -> Result<(), String> {
        if self.is_ended {
            let told = format!("{} after DISCONNECT", packet.name);
            return Err(self.broken("MQTT-3.14.4-1", "MQTT-3.14.4-1", &told));
        }
        match packet.name {
            "CONNACK" if self.is_answered => {
                Err(self.broken("MQTT-3.2.0-2", "MQTT3-3.2.0-1", "a second CONNACK"))
            }
            "CONNACK" => {
                self.is_answered = true;
                self.is_accepted = packet.get("code") == Some("0x00");
                Ok(())
            }
            "AUTH" if !self.is_answered && self.method.is_some() => Ok(()),
            "DISCONNECT" if !self.is_accepted => {
                Err(self.broken("MQTT-3.14.0-1", "MQTT3-3.2.0-1", "DISCONNECT before CONNACK"))
            }
            name if !self.is_accepted => {
                let told = format!("{name} before CONNACK");
                Err(self.broken("MQTT-3.2.0-1", "MQTT3-3.2.0-1", &told))
            }
            _ => Ok(()),
        }
    }

    fn method(&self, packet: &Described) -> Result<(), String> {
        let is_concerned = packet.name == "AUTH"
            || (packet.name == "CONNACK" && packet.get("code") == Some("0x00"));
        let method = packet.get("method");
        if is_concerned && method != self.method.as_deref() {
            let id = if self.method.is_none() { "MQTT-4.12.0-6" } else { "MQTT-4.12.0-5" };
            return Err(self.broken(id, id, "another authentication method than the client's"));
        }
        Ok(())
    }

    fn explanation(&self, packet: &Described) -> Result<(), String> {
        let may = matches!(packet.name, "PUBLISH" | "CONNACK" | "DISCONNECT");
        let explains = packet.get("reason").is_some() || packet.get("user").is_some();
        if explains && !may && !self.problem_information {
            let told = "a Reason String or User Property that the client did not want";
            return Err(self.broken("MQTT-3.1.2-29", "MQTT-3.1.2-29", told));
        }
        if packet.get("response-info").is_some() && !self.response_information {
            let told = "Response Information that the client did not ask for";
            return Err(self.broken("MQTT-3.1.2-28", "MQTT-3.1.2-28", told));
        }
        Ok(())
    }

    fn connack(&self, packet: &Described) -> Result<(), String> {
        if !self.is_accepted && packet.get("session") == Some("1") {
            let told = "a session is present, though the client is refused";
            return Err(self.broken("MQTT-3.2.2-6", "MQTT3-3.2.2-4", told));
        }
        Ok(())
    }

    fn disconnect(&mut self, packet: &Described) -> Result<(), String> {
        self.is_ended = true;
        if packet.get("expiry").is_some() {
            let told = "a Session Expiry Interval in a DISCONNECT of the server";
            return Err(self.broken("MQTT-3.14.2-2", "MQTT-3.14.2-2", told));
        }
        Ok(())
    }

    fn publish(&mut self, packet: &mut Described) -> Result<(), String> {
        self.alias(packet)?;
        let has_wildcard = |topic: &str| topic.contains(['#', '+']);
        if packet.get("topic").is_some_and(has_wildcard) {
            let told = "a wildcard in a Topic Name";
            return Err(self.broken("MQTT-3.3.2-2", "MQTT3-3.3.2-2", told));
        }
        let is_again = packet.get("dup") == Some("1");
        let Some(id) = packet.get("id").map(str::to_owned) else {
            if is_again {
                let told = "DUP in a PUBLISH of QoS 0";
                return Err(self.broken("MQTT-3.3.1-2", "MQTT3-3.3.1-2", told));
            }
            return Ok(());
        };
        let is_new = self.inflight.insert(id.clone());
        if !is_new && !is_again {
            let told = format!("Packet Identifier {id} is in use");
            return Err(self.broken("MQTT-2.2.1-4", "MQTT3-2.3.1-4", &told));
        }
        if !is_new && self.version == Version::V5 {
            let told = format!("message {id} is sent again while the connection lives");
            return Err(self.broken("MQTT-4.4.0-1", "MQTT-4.4.0-1", &told));
        }
        if self.inflight.len() as u64 > self.receive_maximum {
            let told = format!("more than {} messages in flight", self.receive_maximum);
            return Err(self.broken("MQTT-3.3.4-9", "MQTT-3.3.4-9", &told));
        }
        Ok(())
    }

    fn alias(&mut self, packet: &mut Described) -> Result<(), String> {
        let Some(alias) = packet.get("alias").map(str::to_owned) else { return Ok(()) };
        let number: u64 = alias.parse().unwrap_or(u64::MAX);
        if number > self.topic_alias_maximum {
            let told = format!("Topic Alias {alias}, and {} are taken", self.topic_alias_maximum);
            return Err(self.broken("MQTT-3.1.2-26", "MQTT-3.1.2-26", &told));
        }
        let topic = packet.fields.iter_mut().find(|(name, _)| *name == "topic");
        let Some((_, topic)) = topic else { return Ok(()) };
        if !topic.is_empty() {
            self.aliases.insert(alias, topic.clone());
            return Ok(());
        }
        match self.aliases.get(&alias) {
            Some(known) => topic.clone_from(known),
            None => return Err(format!("Topic Alias {alias} has no topic (§3.3.2.3.4)")),
        }
        Ok(())
    }

    fn broken(&self, v5: &str, v3: &str, told: &str) -> String {
        let id = if self.version == Version::V5 { v5 } else { v3 };
        format!("{told} [{id}]")
    }
}

fn is_error(code: &str) -> bool {
    let digits = code.strip_prefix("0x").unwrap_or_default();
    u8::from_str_radix(digits, 16).is_ok_and(|code| code >= 0x80)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connack() -> Described {
        let fields = vec![("session", "0".to_owned()), ("code", "0x00".to_owned())];
        Described { name: "CONNACK", fields }
    }

    fn message(fields: &[(&'static str, &str)]) -> Described {
        let mut all = vec![("topic", "a".to_owned())];
        all.extend(fields.iter().map(|(key, value)| (*key, (*value).to_owned())));
        Described { name: "PUBLISH", fields: all }
    }

    fn connected(fields: &[(&'static str, &str)]) -> Contract {
        let mut contract = Contract::new(Version::V5);
        let fields: Vec<_> =
            fields.iter().map(|(key, value)| (*key, value.as_bytes().to_vec())).collect();
        contract.sent("CONNECT", &fields);
        assert_eq!(contract.received(&mut connack(), 5), Ok(()));
        contract
    }

    #[track_caller]
    fn assert_broken(outcome: Result<(), String>, id: &str) {
        let told = outcome.expect_err("it breaks the contract");
        assert!(told.contains(id), "{told}");
    }

    #[test]
    fn each_breach_is_told_with_its_statement() {
        let mut contract = connected(&[]);
        assert_broken(contract.received(&mut connack(), 5), "[MQTT-3.2.0-2]");
        let mut contract = Contract::new(Version::V5);
        assert_broken(contract.received(&mut message(&[]), 5), "[MQTT-3.2.0-1]");
        let mut contract = connected(&[("max-packet", "20")]);
        assert_eq!(contract.received(&mut message(&[]), 20), Ok(()));
        assert_broken(contract.received(&mut message(&[]), 21), "[MQTT-3.1.2-24]");
        assert_broken(contract.received(&mut message(&[("dup", "1")]), 9), "[MQTT-3.3.1-2]");
        assert_broken(contract.received(&mut message(&[("alias", "1")]), 9), "[MQTT-3.1.2-26]");
        let mut contract = connected(&[("request-problem", "0")]);
        let fields = vec![("reason", "so".to_owned())];
        let mut puback = Described { name: "PUBACK", fields };
        assert_broken(contract.received(&mut puback, 9), "[MQTT-3.1.2-29]");
    }

    #[test]
    fn nothing_follows_a_disconnect_which_says_nothing_of_expiry() {
        let disconnect = |fields: &[(&'static str, String)]| Described {
            name: "DISCONNECT",
            fields: fields.to_vec(),
        };
        let mut contract = connected(&[]);
        let with_expiry = contract.received(&mut disconnect(&[("expiry", "1".to_owned())]), 9);
        assert_broken(with_expiry, "[MQTT-3.14.2-2]");
        let mut contract = connected(&[]);
        assert_eq!(contract.received(&mut disconnect(&[]), 2), Ok(()));
        assert_broken(contract.received(&mut message(&[]), 9), "[MQTT-3.14.4-1]");
    }

    #[test]
    fn identifiers_in_flight_are_counted_until_they_are_acknowledged() {
        let mut contract = connected(&[("receive-max", "1")]);
        let mut first = message(&[("id", "1")]);
        assert_eq!(contract.received(&mut first, 9), Ok(()));
        assert_broken(contract.received(&mut first, 9), "[MQTT-2.2.1-4]");
        let mut again = message(&[("id", "1"), ("dup", "1")]);
        assert_broken(contract.received(&mut again, 9), "[MQTT-4.4.0-1]");
        assert_broken(contract.received(&mut message(&[("id", "2")]), 9), "[MQTT-3.3.4-9]");
        let mut contract = connected(&[("receive-max", "1")]);
        assert_eq!(contract.received(&mut first, 9), Ok(()));
        contract.sent("PUBACK", &[("id", b"1".to_vec())]);
        assert_eq!(contract.received(&mut message(&[("id", "2")]), 9), Ok(()));
    }

    #[test]
    fn an_alias_is_replaced_by_its_topic() {
        let mut contract = connected(&[("alias-max", "3")]);
        assert_eq!(contract.received(&mut message(&[("alias", "3")]), 9), Ok(()));
        let fields = vec![("topic", String::new()), ("alias", "3".to_owned())];
        let mut packet = Described { name: "PUBLISH", fields };
        assert_eq!(contract.received(&mut packet, 9), Ok(()));
        assert_eq!(packet.get("topic"), Some("a"));
        let fields = vec![("topic", String::new()), ("alias", "2".to_owned())];
        assert!(contract.received(&mut Described { name: "PUBLISH", fields }, 9).is_err());
    }
}
