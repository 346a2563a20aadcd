//! What the packets of a trace promise.

use afterlink_core::broker::Record;
use afterlink_core::codec::{Packet, ReasonCode};
use afterlink_core::topic::{TopicFilter, TopicLimits, TopicNameRef};

use super::client::Out;
use super::trace::{GROUP, Trace};
use super::*;

/// A publish that was acknowledged when so many records were persisted.
#[derive(Clone, Debug)]
pub(super) struct Promise {
    pub(super) persisted: usize,
    pub(super) payload: String,
    /// The stored sessions that matched, and the QoS each gets it with.
    pub(super) to: Vec<(u64, u8)>,
    pub(super) to_group: bool,
}

impl Trace {
    /// The stored sessions that match, and whether the durable group does.
    pub(super) fn recipients(&self, out: &Out) -> (Vec<(u64, u8)>, bool) {
        let limits = TopicLimits::default();
        let topic = TopicNameRef::parse(out.topic, &limits).expect("a topic");
        let matches =
            |filter: &str| TopicFilter::parse(filter, &limits).expect("a filter").matches(topic);
        let mut to = Vec::new();
        let (mut stored_members, mut other_members) = (false, false);
        for client in &self.clients {
            let number = self.world.broker.session(client.kind.name).map(|one| one.number.0);
            let Some(number) = number.filter(|one| client.session == Some(*one)) else { continue };
            let stored = self.stored.contains(&number);
            if client.subscriptions.contains_key(GROUP) && matches("t/#") {
                *(if stored { &mut stored_members } else { &mut other_members }) = true;
            }
            if !stored {
                continue;
            }
            let plain = client
                .subscriptions
                .iter()
                .filter(|(filter, _)| !filter.starts_with("$share") && matches(filter));
            let qos = plain.map(|(_, qos)| qos.bits()).max().unwrap_or(0).min(out.qos.bits());
            if qos > 0 {
                to.push((number, qos));
            }
        }
        // A member that is not stored may take it, and nothing is promised of it then.
        (to, stored_members && !other_members)
    }

    pub(super) fn check_promise(&mut self, who: usize, packet: &Received) {
        let persisted = self.persisted;
        let held = move |index: usize, what: &str| {
            assert!(index < persisted, "{what} before record {index} of {persisted}");
        };
        let number = self.clients[who].session.expect("it has a session");
        let stored = self.stored.contains(&number);
        match packet.packet() {
            Packet::ConnAck(connack) => {
                let client = &mut self.clients[who];
                assert_eq!(connack.reason_code, ReasonCode::SUCCESS);
                let tells = client.kind.version != V3_1;
                assert_eq!(connack.session_present, client.resumes && tells);
                client.connack_waits.drain(..).for_each(|index| held(index, "CONNACK"));
                if !client.resumes {
                    client.forget();
                }
                client.connected();
                self.resend(who);
            }
            Packet::PubAck(ack) | Packet::PubRec(ack) => {
                let client = &self.clients[who];
                let out = &client.out[&ack.packet_identifier.get()];
                out.recorded.into_iter().for_each(|index| held(index, "PUBACK or PUBREC"));
                self.promises.push(Promise {
                    persisted,
                    payload: out.payload.clone(),
                    to: out.to.clone(),
                    to_group: out.to_group,
                });
            }
            Packet::PubComp(ack) => {
                let awaits = self.clients[who].awaits.remove(&ack.packet_identifier.get());
                awaits.into_iter().for_each(|index| held(index, "PUBCOMP"));
            }
            Packet::SubAck(ack) | Packet::UnsubAck(ack) => {
                let awaits = self.clients[who].awaits.remove(&ack.packet_identifier.get());
                awaits.into_iter().for_each(|index| held(index, "SUBACK or UNSUBACK"));
            }
            Packet::PubRel(ack) if stored => {
                let recorded = self.find_last(|record| {
                    matches!(record, Record::PubRecReceived { session, packet_identifier }
                        if session.0 == number && *packet_identifier == ack.packet_identifier)
                });
                held(recorded.expect("PUBREC is recorded"), "PUBREL");
            }
            Packet::Publish(publish) if stored && publish.qos == ExactlyOnce => {
                let identifier = publish.packet_identifier.expect("QoS 2");
                let recorded = self.find_last(|record| {
                    matches!(record, Record::Sent { session, packet_identifier, .. }
                        if session.0 == number && *packet_identifier == identifier)
                });
                held(recorded.expect("its sending is recorded"), "PUBLISH");
            }
            _ => {}
        }
    }
}
