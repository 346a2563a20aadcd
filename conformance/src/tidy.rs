//! What a run leaves with a broker that lives on, and how it is taken away.

use std::collections::BTreeSet;

use crate::notation::Value;
use crate::operation::{Expected, Operation, Template};

/// Sessions and retained messages that a run has made.
#[derive(Clone, Debug, Default)]
pub(crate) struct Traces {
    clients: BTreeSet<String>,
    topics: BTreeSet<String>,
}

impl Traces {
    /// Notes what a packet makes that outlives its connection.
    pub(crate) fn note(&mut self, name: &str, fields: &[(&'static str, Vec<u8>)]) {
        let text = |key: &str| {
            let found = fields.iter().find(|(name, _)| *name == key);
            found.and_then(|(_, value)| String::from_utf8(value.clone()).ok())
        };
        let is_on = |key: &str| text(key).is_some_and(|flag| flag != "0");
        match name {
            "CONNECT" => {
                let is_kept = text("clean").as_deref() == Some("0") || is_on("expiry");
                self.clients.extend(text("client").filter(|client| is_kept && !client.is_empty()));
                self.topics.extend(text("will").filter(|_| is_on("will-retain")));
            }
            "PUBLISH" if is_on("retain") => {
                self.topics.extend(text("topic").filter(|topic| !topic.is_empty()));
            }
            _ => {}
        }
    }

    /// What takes all of it away, client by client.
    pub(crate) fn remove(&self) -> Vec<Operation> {
        let mut operations = Vec::new();
        let mut clients: Vec<&str> = self.clients.iter().map(String::as_str).collect();
        if clients.is_empty() && !self.topics.is_empty() {
            clients.push("~tidy");
        }
        for (at, client) in clients.iter().enumerate() {
            let client = ("client", Value((*client).to_owned()));
            operations.push(Operation::Open);
            operations.push(send("CONNECT", vec![client, ("clean", Value("1".to_owned()))]));
            operations.push(Operation::Expect(vec![Expected {
                name: "CONNACK",
                fields: Vec::new(),
                supposed: Vec::new(),
                text: "CONNACK".to_owned(),
            }]));
            if at == 0 {
                for topic in &self.topics {
                    let topic = ("topic", Value(topic.clone()));
                    operations.push(send("PUBLISH", vec![topic, ("retain", Value("1".into()))]));
                }
            }
            operations.push(send("DISCONNECT", Vec::new()));
            operations.push(Operation::Gone);
        }
        operations
    }
}

fn send(name: &'static str, fields: Vec<(&'static str, Value)>) -> Operation {
    Operation::Send(Template { name, fields })
}
