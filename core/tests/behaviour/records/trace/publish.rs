//! Publishers of a trace: messages go out, are answered late and are sent again.

use afterlink_core::broker::Record;
use afterlink_core::codec::Packet;

use super::Trace;
use crate::records::client::Out;
use crate::records::*;

impl Trace {
    pub(super) fn publish(&mut self, who: usize) {
        if self.clients[who].out.len() > 8 {
            return;
        }
        let qos = [AtMostOnce, AtLeastOnce, ExactlyOnce, ExactlyOnce][self.dice.below(4)];
        let retain = self.dice.chance(20);
        let clears = retain && self.dice.chance(30);
        let out = Out {
            topic: ["t/0", "t/1", "t/2", "t"][self.dice.below(4)],
            payload: if clears { String::new() } else { self.next_payload() },
            qos,
            retain,
            expiry: self.dice.chance(25).then(|| 1 + self.dice.below(12) as u32),
            released: false,
            recorded: None,
            to: Vec::new(),
            to_group: false,
        };
        let client = &mut self.clients[who];
        let identifier = client.next_identifier();
        if qos != AtMostOnce {
            client.out.insert(identifier, out.clone());
        }
        self.send_publish(who, identifier, &out, false);
        self.arrive();
    }

    /// Sends a publish, for the first time or again, and notes what its answer will promise.
    fn send_publish(&mut self, who: usize, identifier: u16, out: &Out, dup: bool) {
        let before = self.total();
        let client = &self.clients[who];
        let peer = client.peer.expect("it is connected");
        let known = dup
            && out.qos == ExactlyOnce
            && self
                .world
                .broker
                .received_identifiers(client.kind.name, None, 1000)
                .contains(&id(identifier));
        let (to, to_group) = self.recipients(out);
        let mut publish = publish(out.topic, out.payload.as_bytes(), out.qos, identifier);
        publish.dup = dup;
        publish.retain = out.retain;
        publish.properties.message_expiry_interval =
            out.expiry.filter(|_| client.kind.version == V5);
        self.world.send(peer, &Packet::Publish(publish));
        if known || out.qos == AtMostOnce {
            return;
        }
        let recorded = self.find(before, |record| {
            matches!(record, Record::Published { message, .. }
                if message.payload() == out.payload.as_bytes())
        });
        if let Some(recorded) = recorded {
            let Record::Published { recipients, .. } = self.record(recorded) else { return };
            let named = |number: u64| {
                recipients.iter().any(|one| {
                    matches!(one.queue, afterlink_core::broker::QueueName::Session(session)
                        if session.0 == number)
                })
            };
            assert!(to.iter().all(|(number, _)| named(*number)), "all who matched are recorded");
        } else {
            assert!(to.is_empty() && !to_group, "what is for a stored session is recorded");
        }
        if let Some(out) = self.clients[who].out.get_mut(&identifier) {
            (out.recorded, out.to, out.to_group) = (recorded, to, to_group);
        }
    }

    /// Sends again what was not acknowledged on an earlier connection.
    pub(in crate::records) fn resend(&mut self, who: usize) {
        for (identifier, out) in self.clients[who].out.clone() {
            if out.released {
                self.send_pubrel(who, identifier);
            } else {
                self.send_publish(who, identifier, &out, true);
            }
        }
    }

    fn send_pubrel(&mut self, who: usize, identifier: u16) {
        let before = self.total();
        let client = &self.clients[who];
        let (peer, number) = (client.peer.expect("connected"), client.session);
        self.world.send(peer, &Packet::PubRel(ack(identifier)));
        let recorded = self.find(before, |record| {
            matches!(record, Record::Released { session, packet_identifier }
                if Some(session.0) == number && *packet_identifier == id(identifier))
        });
        if let Some(recorded) = recorded {
            self.clients[who].awaits.insert(identifier, recorded);
        }
    }

    /// The client takes up to `limit` packets and answers. Gives whether there was one.
    pub(in crate::records) fn react(&mut self, who: usize, limit: usize) -> bool {
        let mut any = false;
        for _ in 0..limit {
            let client = &mut self.clients[who];
            let Some(packet) = client.inbox.pop_front() else { break };
            any = true;
            let Some(answer) = client.take(&packet) else { continue };
            let peer = client.peer.expect("packets come on a connection");
            if let Packet::PubRel(pubrel) = &answer {
                self.send_pubrel(who, pubrel.packet_identifier.get());
            } else {
                self.world.send(peer, &answer);
            }
            self.arrive();
        }
        any
    }
}
