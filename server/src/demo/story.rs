//! The three phases.

use afterlink_core::client::{ClientConfig, Connected, IncomingMessage};
use afterlink_core::codec::{ProtocolVersion, QoS};

use super::MESSAGE_DEADLINE;
use super::peer::Peer;
use super::tell::Tell;
use crate::Failure;
use crate::remote::Address;

/// Seconds Ada wants her session kept.
const SESSION_SECONDS: u32 = 300;
/// What Ben writes while Ada is away.
const LETTERS: [&str; 3] = ["letter 2", "letter 3", "letter 4"];

/// A story of Ada, who has a session, and Ben, who writes to her.
pub(super) struct Story<'a> {
    address: &'a Address,
    version: ProtocolVersion,
    /// Ada's Client Identifier, and the beginning of all other names.
    name: String,
    topic: String,
}

impl<'a> Story<'a> {
    pub(super) fn new(address: &'a Address, version: ProtocolVersion, name: String) -> Self {
        let topic = format!("{name}/letters");
        Self { address, version, name, topic }
    }

    pub(super) async fn run(&self, tell: &mut Tell) -> Result<(), Failure> {
        let mut ada = Peer::new("Ada", self.ada());
        let mut ben = Peer::new("Ben", self.ben());
        self.first_visit(tell, &mut ada, &mut ben).await?;
        self.while_away(tell, &mut ben).await?;
        self.return_home(tell, &mut ada).await?;
        self.wipe(tell, &mut ada).await?;
        tell.line("\nNothing was lost: the session outlived the connection.");
        Ok(())
    }

    async fn first_visit(
        &self,
        tell: &mut Tell,
        ada: &mut Peer,
        ben: &mut Peer,
    ) -> Result<(), Failure> {
        // Nothing is told of a broker that is not there.
        let connected = ada.connect(self.address).await?;
        let version = match self.version {
            ProtocolVersion::V5 => "5.0",
            ProtocolVersion::V3_1_1 => "3.1.1",
            ProtocolVersion::V3_1 => "3.1",
        };
        let address = self.address;
        tell.line(&format!("A persistent session, shown at {address} with MQTT {version}."));
        tell.phase("Ada connects, subscribes and leaves");
        tell.step(&format!(
            "Ada connects as {:?} and asks the broker to keep her session when she leaves.",
            self.name
        ));
        tell.step(&format!(
            "The broker accepts, and has no session of hers yet: session present = {}.{}",
            yes_no(connected.session_present),
            self.kept(&connected)
        ));
        if connected.session_present {
            return Err(Failure::failed(format!(
                "the broker says it has a session for {:?}, which has never connected before",
                self.name
            )));
        }
        ada.subscribe(&self.topic).await?;
        tell.step(&format!("She subscribes to {:?} with QoS 1, at least once.", self.topic));
        ben.connect(self.address).await?;
        ben.publish(&self.topic, "letter 1").await?;
        tell.step("Ben connects and publishes \"letter 1\"; the broker acknowledges it.");
        let mut letters = Letters::new(&["letter 1"]);
        self.read(ada, &mut letters).await?;
        tell.step("Ada receives \"letter 1\".");
        ada.disconnect().await?;
        tell.step("Ada disconnects. Her session stays with the broker.");
        Ok(())
    }

    async fn while_away(&self, tell: &mut Tell, ben: &mut Peer) -> Result<(), Failure> {
        tell.phase("Ben writes while Ada is away");
        for letter in LETTERS {
            ben.publish(&self.topic, letter).await?;
            tell.step(&format!(
                "Ben publishes {letter:?}; the broker acknowledges it and owes it to Ada now."
            ));
        }
        ben.disconnect().await
    }

    async fn return_home(&self, tell: &mut Tell, ada: &mut Peer) -> Result<(), Failure> {
        tell.phase("Ada returns");
        let connected = ada.connect(self.address).await?;
        tell.step(&format!(
            "Ada connects again: session present = {}. She does not subscribe again.",
            yes_no(connected.session_present)
        ));
        if !connected.session_present {
            return Err(Failure::failed(format!(
                "the broker lost the session of {:?}: session present = no, though it was to be \
                 kept",
                self.name
            )));
        }
        let mut letters = Letters::new(&LETTERS);
        self.read(ada, &mut letters).await?;
        tell.step("She receives \"letter 2\", \"letter 3\" and \"letter 4\", in order.");
        ada.disconnect().await
    }

    async fn wipe(&self, tell: &mut Tell, ada: &mut Peer) -> Result<(), Failure> {
        let clean = ClientConfig { clean_start: true, session_expiry_interval: None, ..self.ada() };
        ada.reconfigure(clean);
        let connected = ada.connect(self.address).await?;
        if connected.session_present {
            return Err(Failure::failed(
                "the broker says it has a session though a clean one was asked for".to_owned(),
            ));
        }
        let flag = match self.version {
            ProtocolVersion::V5 => "Clean Start",
            ProtocolVersion::V3_1_1 | ProtocolVersion::V3_1 => "Clean Session",
        };
        tell.step(&format!(
            "To tidy up she connects with {flag}: session present = no, and her session is gone."
        ));
        ada.disconnect().await
    }

    /// Reads messages until all letters are there.
    async fn read(&self, ada: &mut Peer, letters: &mut Letters) -> Result<(), Failure> {
        while !letters.missing().is_empty() {
            match ada.message().await? {
                Some(message) => letters.take(&message, &self.topic)?,
                None => return Err(letters.lost()),
            }
        }
        Ok(())
    }

    /// How long the broker keeps Ada's session, as far as it says.
    fn kept(&self, connected: &Connected) -> String {
        match self.version {
            ProtocolVersion::V5 => match connected.values.session_expiry_interval {
                u32::MAX => " It will keep one for ever.".to_owned(),
                seconds => format!(" It will keep one for {seconds} seconds."),
            },
            ProtocolVersion::V3_1_1 | ProtocolVersion::V3_1 => String::new(),
        }
    }

    fn ada(&self) -> ClientConfig {
        ClientConfig {
            version: self.version,
            client_identifier: self.name.clone(),
            clean_start: false,
            session_expiry_interval: (self.version == ProtocolVersion::V5)
                .then_some(SESSION_SECONDS),
            ..ClientConfig::default()
        }
    }

    fn ben(&self) -> ClientConfig {
        ClientConfig {
            version: self.version,
            client_identifier: format!("{}-ben", self.name),
            ..ClientConfig::default()
        }
    }
}

/// The letters that are to come, and those that have.
struct Letters {
    expected: Vec<&'static str>,
    received: Vec<String>,
}

impl Letters {
    fn new(expected: &[&'static str]) -> Self {
        Self { expected: expected.to_vec(), received: Vec::new() }
    }

    fn missing(&self) -> Vec<&'static str> {
        let came = |letter: &&&str| self.received.iter().any(|received| received == **letter);
        self.expected.iter().filter(|letter| !came(letter)).copied().collect()
    }

    /// Takes a message, which has to be the next letter.
    fn take(&mut self, message: &IncomingMessage, topic: &str) -> Result<(), Failure> {
        let text = String::from_utf8_lossy(&message.payload).into_owned();
        if message.topic != topic {
            return Err(Failure::failed(format!(
                "the broker sent a message of {:?}, which nobody subscribed to",
                message.topic
            )));
        }
        if message.qos != QoS::AtLeastOnce {
            return Err(Failure::failed(format!(
                "the broker sent {text:?} with QoS {}, though QoS 1 was published and granted",
                message.qos.bits()
            )));
        }
        if self.received.contains(&text) && message.dup {
            // QoS 1 allows it.
            return Ok(());
        }
        self.received.push(text);
        if self.expected.starts_with(&self.received.iter().map(String::as_str).collect::<Vec<_>>())
        {
            return Ok(());
        }
        // What has been lost is known once no more comes, so that only what is in no place is
        // told here.
        let known = self.received.iter().all(|text| self.expected.contains(&text.as_str()));
        let in_order = self
            .received
            .iter()
            .map(|text| self.expected.iter().position(|letter| letter == text))
            .is_sorted();
        let once = self.received.len() + self.missing().len() == self.expected.len();
        if known && in_order && once {
            return Ok(());
        }
        Err(Failure::failed(format!(
            "the broker sent {} where {} was expected",
            list(self.received.iter().map(String::as_str)),
            list(self.expected.iter().copied())
        )))
    }

    fn lost(&self) -> Failure {
        let missing = self.missing();
        let received = match self.received.len() {
            0 => "none came".to_owned(),
            _ => format!("only {} came", list(self.received.iter().map(String::as_str))),
        };
        Failure::failed(format!(
            "the broker lost {} of {} messages that it had acknowledged: {}; {received}, and no \
             more for {} s",
            missing.len(),
            self.expected.len(),
            list(missing.iter().copied()),
            MESSAGE_DEADLINE.as_secs()
        ))
    }
}

fn list<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    texts.map(|text| format!("{text:?}")).collect::<Vec<_>>().join(", ")
}

const fn yes_no(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str, dup: bool) -> IncomingMessage {
        IncomingMessage {
            topic: "t".to_owned(),
            payload: text.as_bytes().to_vec(),
            qos: QoS::AtLeastOnce,
            retain: false,
            dup,
            packet_identifier: None,
            properties: Default::default(),
            subscription_identifiers: Vec::new(),
        }
    }

    fn letters() -> Letters {
        Letters::new(&["1", "2", "3"])
    }

    #[test]
    fn letters_in_order_are_all_there() {
        let mut letters = letters();
        for text in ["1", "2", "3"] {
            letters.take(&message(text, false), "t").expect("it is the next one");
        }
        assert_eq!(letters.missing(), Vec::<&str>::new());
    }

    #[test]
    fn a_gap_is_told_once_no_more_comes() {
        let mut letters = letters();
        letters.take(&message("1", false), "t").expect("it is the next one");
        letters.take(&message("3", false), "t").expect("a gap is no fault of order");
        let lost = letters.lost().to_string();
        assert!(lost.contains("lost 1 of 3") && lost.contains("\"2\""), "{lost}");
        assert!(lost.contains("only \"1\", \"3\" came"), "{lost}");
    }

    #[test]
    fn a_wrong_order_a_double_and_a_stranger_are_faults() {
        for (texts, fault) in [(["1", "3", "2"], 2), (["1", "1", "2"], 1), (["1", "x", "2"], 1)] {
            let mut letters = letters();
            for (at, text) in texts.into_iter().enumerate() {
                let taken = letters.take(&message(text, false), "t");
                assert_eq!(taken.is_err(), at == fault, "{texts:?} at {at}");
                if taken.is_err() {
                    break;
                }
            }
        }
    }

    #[test]
    fn a_letter_sent_again_as_such_is_no_fault() {
        let mut letters = letters();
        letters.take(&message("1", false), "t").expect("it is the next one");
        letters.take(&message("1", true), "t").expect("QoS 1 allows it");
        assert_eq!(letters.missing(), ["2", "3"]);
    }

    #[test]
    fn a_lower_qos_and_a_foreign_topic_are_faults() {
        let lower = IncomingMessage { qos: QoS::AtMostOnce, ..message("1", false) };
        assert!(letters().take(&lower, "t").is_err());
        assert!(letters().take(&message("1", false), "other").is_err());
    }
}
