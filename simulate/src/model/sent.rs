//! What the broker sends: each packet has to be one that is due.

use afterlink_core::codec::{
    DecodeLimits, Packet, PacketType, ProtocolVersion, ReasonCode, Sender, decode,
};
use afterlink_core::sim::{Direction, Entry, Happening, SentPacket};

use super::{Check, Model, ensure};

impl Model {
    /// Takes an entry for what the broker has sent.
    pub(super) fn take_sent(&mut self, entry: &Entry) -> Check {
        let Happening::PacketSent(sent) = &entry.what else { return Ok(()) };
        if sent.direction != Direction::ToClient {
            return Ok(());
        }
        self.figures.packets += 1;
        let link = sent.link.0;
        let packet = decode(&sent.bytes, sent.version, Sender::Server, &DecodeLimits::default())
            .map_err(|error| ("I4", format!("the broker sent what is no packet: {error}")))?;
        if matches!(packet, Packet::Disconnect(_)) {
            return Ok(());
        }
        if let Some(entry) = self.links.get(&link) {
            let (len, max) = (sent.bytes.len(), entry.packet_size_max);
            ensure!(len <= max, "I4", "{} takes {max} bytes and was sent {len}", sent.client);
            ensure!(
                entry.connack.is_none() || matches!(packet, Packet::ConnAck(_)),
                "I5",
                "{} was sent something before CONNACK",
                sent.client
            );
        }
        match &packet {
            Packet::ConnAck(ack) => {
                self.sent_connack(link, sent, ack.session_present, ack.reason_code)
            }
            Packet::Publish(publish) => self.sent_publish(link, sent, publish),
            Packet::PubAck(ack) | Packet::PubRec(ack) | Packet::PubComp(ack) => {
                let identifier = ack.packet_identifier.get();
                self.sent_answer(link, sent, identifier, &[ack.reason_code])
            }
            Packet::PubRel(ack) => {
                let identifier = ack.packet_identifier.get();
                self.sent_pubrel(link, sent, identifier, ack.reason_code)
            }
            Packet::SubAck(ack) | Packet::UnsubAck(ack) => {
                let codes: Vec<ReasonCode> = ack.reason_codes.iter().collect();
                self.sent_answer(link, sent, ack.packet_identifier.get(), &codes)
            }
            Packet::PingResp => self.sent_answer(link, sent, 0, &[]),
            Packet::Disconnect(_) => Ok(()),
            Packet::Connect(_)
            | Packet::Subscribe(_)
            | Packet::Unsubscribe(_)
            | Packet::PingReq
            | Packet::Auth(_) => Err(("I4", "the broker sent what no broker sends".to_owned())),
        }
    }

    fn sent_connack(
        &mut self,
        link: u64,
        sent: &SentPacket,
        session_present: bool,
        code: ReasonCode,
    ) -> Check {
        let client = &sent.client;
        ensure!(code == ReasonCode::SUCCESS, "I5", "{client} was refused: {code:?}");
        let entry = self.links.get_mut(&link);
        let due = entry.and_then(|entry| entry.connack.take());
        let Some((is_present, since)) = due else {
            return Err(("I5", format!("{client} was sent a CONNACK that is not due")));
        };
        let is_told = is_present && sent.version != ProtocolVersion::V3_1;
        ensure!(
            session_present == is_told,
            "I5",
            "{client} was told session present {session_present}, the model says {is_present}"
        );
        let is_recorded = self.parties(link).is_some_and(|(_, session)| session.is_recorded);
        ensure!(
            !is_recorded || self.is_persisted(since),
            "I10",
            "{client} was sent CONNACK before its session was persisted"
        );
        Ok(())
    }

    /// An acknowledgement: the next of its type that is due.
    fn sent_answer(
        &mut self,
        link: u64,
        sent: &SentPacket,
        identifier: u16,
        codes: &[ReasonCode],
    ) -> Check {
        let client = &sent.client;
        let Some(packet_type) = sent.packet_type else { return Ok(()) };
        let answers = self.links.get_mut(&link).and_then(|one| one.answers.get_mut(&packet_type));
        let Some(answer) = answers.and_then(std::collections::VecDeque::pop_front) else {
            if self.links.get(&link).is_some_and(|link| link.is_closing) {
                return Ok(());
            }
            return Err(("I4", format!("{client} was sent a {packet_type:?} that is not due")));
        };
        let is_v5 = sent.version == ProtocolVersion::V5;
        ensure!(
            answer.identifier == identifier && (!is_v5 || answer.codes == codes),
            "I4",
            "{client} was sent {packet_type:?} {identifier} {codes:?}, due is {answer:?}"
        );
        let is_recorded = answer.message.as_ref().is_none_or(|one| one.is_recorded.get());
        ensure!(
            !is_recorded || answer.promised.is_none_or(|since| self.is_persisted(since)),
            "I10",
            "{client} was promised by {packet_type:?} {identifier} what is not persisted"
        );
        Ok(())
    }

    /// PUBREL: the answer to a PUBREC, or sent again on a new connection.
    fn sent_pubrel(
        &mut self,
        link: u64,
        sent: &SentPacket,
        identifier: u16,
        code: ReasonCode,
    ) -> Check {
        let answers =
            self.links.get(&link).and_then(|entry| entry.answers.get(&PacketType::PubRel));
        let is_answer = answers
            .and_then(std::collections::VecDeque::front)
            .is_some_and(|answer| answer.identifier == identifier);
        if is_answer {
            return self.sent_answer(link, sent, identifier, &[code]);
        }
        let client = &sent.client;
        let Some((entry, session)) = self.parties(link) else {
            return Err(("I6", format!("{client} was sent PUBREL without a session")));
        };
        let flight = session.flights.get_mut(&identifier);
        let Some(flight) = flight.filter(|one| one.is_released && one.link != link) else {
            return Err(("I4", format!("{client} was sent PUBREL {identifier} again")));
        };
        flight.link = link;
        let order = flight.order;
        // It may pass PUBLISH packets, which wait for the Receive Maximum.
        let is_in_order = entry.released.is_none_or(|before| before < order);
        entry.released = Some(order);
        self.figures.resends += 1;
        ensure!(is_in_order, "I3", "{client} was sent PUBREL {identifier} out of order");
        Ok(())
    }
}
