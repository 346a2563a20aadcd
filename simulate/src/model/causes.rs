//! What happens to the broker, and what it claims to have done.

use afterlink_core::broker::{DisconnectReason, Event, SessionEnd};
use afterlink_core::client::ClientEvent;
use afterlink_core::codec::{DecodeLimits, Packet, PacketType, QoS, ReasonCode, Sender, decode};
use afterlink_core::sim::{CloseCause, Direction, Entry, Happening, SentPacket, Side, World};

use super::state::Session;
use super::{Check, Model, ensure};

impl Model {
    /// Takes an entry for what it does to the broker.
    pub(super) fn take_cause(&mut self, entry: &Entry, world: &World) -> Check {
        match &entry.what {
            Happening::PacketSent(sent) => {
                self.packets.insert(sent.packet, sent.clone());
            }
            Happening::PacketLost { packet, .. } => {
                self.packets.remove(packet);
            }
            Happening::PacketDelivered { packet } => match self.packets.remove(packet) {
                Some(sent) if sent.direction == Direction::ToBroker => self.receive(&sent)?,
                Some(sent) if sent.packet_type == Some(PacketType::ConnAck) => {
                    if let Some((_, session)) = self.parties(sent.link.0) {
                        session.is_told = true;
                    }
                }
                Some(_) | None => {}
            },
            Happening::LinkClosed { link, side: Side::Broker, cause, .. } => {
                self.link_closed(link.0, *cause)?;
            }
            Happening::Broker(event) => {
                self.get_on_next()?;
                self.claim(event)?;
            }
            Happening::Client { client, event } => self.client_event(client, event, world)?,
            Happening::BrokerStopped { .. } => self.broker_stopped(entry.at),
            Happening::BrokerStarted { records } => self.broker_started(*records > 0, world)?,
            Happening::Commanded { command, refused: None } => self.commanded(command, world),
            Happening::LinkClosed { .. }
            | Happening::Commanded { .. }
            | Happening::PacketHeld { .. }
            | Happening::PacketReleased { .. }
            | Happening::PacketDelayed { .. }
            | Happening::LinkOpened { .. }
            | Happening::LinkCut { .. }
            | Happening::LinkRestored { .. }
            | Happening::Timer(_)
            | Happening::Persisted { .. } => {}
        }
        Ok(())
    }

    /// A packet has reached the broker.
    pub(super) fn receive(&mut self, sent: &SentPacket) -> Check {
        let limits = DecodeLimits::default();
        let packet = decode(&sent.bytes, sent.version, Sender::Client, &limits)
            .map_err(|error| ("client", format!("sent what is no packet: {error}")))?;
        let link = sent.link.0;
        if let Packet::Connect(connect) = &packet {
            return self.connect(link, &sent.client, connect);
        }
        let Some(entry) = self.links.get_mut(&link).filter(|link| link.is_attached) else {
            return Ok(());
        };
        entry.last_heard = self.now;
        if self.hold_back(sent, &packet)? {
            return Ok(());
        }
        match &packet {
            Packet::Publish(publish) => self.publish(link, publish),
            Packet::PubAck(ack) => self.acknowledged(link, ack, QoS::AtLeastOnce),
            Packet::PubComp(ack) => self.acknowledged(link, ack, QoS::ExactlyOnce),
            Packet::PubRec(ack) => self.pubrec(link, ack),
            Packet::PubRel(ack) => self.pubrel(link, ack),
            Packet::Subscribe(subscribe) => self.subscribe(link, subscribe),
            Packet::Unsubscribe(unsubscribe) => self.unsubscribe(link, unsubscribe),
            Packet::PingReq => {
                self.owe_ping(link);
                Ok(())
            }
            Packet::Disconnect(disconnect) => self.disconnect(link, disconnect),
            Packet::Connect(_)
            | Packet::ConnAck(_)
            | Packet::SubAck(_)
            | Packet::UnsubAck(_)
            | Packet::PingResp
            | Packet::Auth(_) => Err(("client", "sent what no client sends".to_owned())),
        }
    }

    /// The broker's side of a connection is closed.
    fn link_closed(&mut self, link: u64, cause: CloseCause) -> Check {
        let Some(entry) = self.links.get(&link).filter(|link| !link.is_closing) else {
            return Ok(());
        };
        let client = entry.client_identifier.clone();
        let is_attached = entry.is_attached;
        match cause {
            CloseCause::Peer | CloseCause::Cut if is_attached => self.detach(&client, false),
            // An event tells why, which comes in the same step.
            CloseCause::Own if is_attached => return Ok(()),
            CloseCause::Own
            | CloseCause::Peer
            | CloseCause::Cut
            | CloseCause::Refused
            | CloseCause::BrokerStopped => {}
        }
        self.links.remove(&link);
        Ok(())
    }

    /// Judges what the broker says it did.
    fn claim(&mut self, event: &Event) -> Check {
        match event {
            Event::Disconnected { connection, client_identifier: Some(_), reason } => {
                self.claim_disconnected(connection.0, *reason)
            }
            Event::SessionEnded { client_identifier, reason: SessionEnd::Expired } => {
                let client = client_identifier.as_str();
                // Where a CONNECT found it expired, its successor is here already.
                let successor =
                    |session: &&Session| session.link.is_some() && session.connected_at == self.now;
                let session = self.state.sessions.get(client);
                if let Some(session) = session.filter(|session| !successor(session)) {
                    let at = session.expires_at;
                    ensure!(
                        session.is_expired(self.now),
                        "I7",
                        "the session of {client} was ended early, it lives until {at:?}"
                    );
                    self.end_session(client);
                }
                Ok(())
            }
            Event::WillPublished { client_identifier } => {
                self.claim_will(client_identifier.as_str())
            }
            Event::MessageDropped { client_identifier, sequence, topic, cause } => {
                let client = client_identifier.as_ref().map(|client| client.as_str());
                self.claim_drop(client, *sequence, topic, *cause)
            }
            Event::Disconnected { .. }
            | Event::Connected { .. }
            | Event::SessionStarted { .. }
            | Event::SessionEnded { .. }
            | Event::WillCancelled { .. }
            | Event::Subscribed { .. }
            | Event::Unsubscribed { .. }
            | Event::MessageQueued { .. }
            | Event::MessageSent { .. }
            | Event::MessageAcknowledged { .. } => Ok(()),
        }
    }

    /// The broker has ended a connection that was accepted.
    fn claim_disconnected(&mut self, link: u64, reason: DisconnectReason) -> Check {
        let Some(entry) = self.links.get(&link) else { return Ok(()) };
        if !entry.is_attached {
            return Ok(());
        }
        let client = entry.client_identifier.clone();
        let silent_since = entry.last_heard.plus_millis(u64::from(entry.keep_alive) * 1500);
        match reason {
            DisconnectReason::Broker { reason_code: ReasonCode::KEEP_ALIVE_TIMEOUT } => {
                ensure!(
                    entry.keep_alive > 0 && silent_since <= self.now,
                    "keep alive",
                    "{client} was closed, but may be silent until {silent_since:?}"
                );
            }
            // It reads nothing for two minutes, since it stands still or its link is stuck.
            DisconnectReason::Broker { reason_code: ReasonCode::QUOTA_EXCEEDED } => {}
            DisconnectReason::Client { .. }
            | DisconnectReason::Network
            | DisconnectReason::Broker { .. }
            | DisconnectReason::Refused { .. } => {
                let what = format!("{client} was closed without a reason: {reason:?}");
                return Err(("I6", what));
            }
        }
        self.detach(&client, false);
        if let Some(entry) = self.links.get_mut(&link) {
            entry.is_closing = true;
        }
        Ok(())
    }

    /// The broker has published a will.
    fn claim_will(&mut self, client: &str) -> Check {
        if let Some(index) = self.wills.iter().position(|will| will == client) {
            self.wills.remove(index);
            return Ok(());
        }
        let due_at = self.state.sessions.get(client).and_then(|session| session.will_due_at);
        ensure!(
            due_at.is_some_and(|at| at <= self.now),
            "I8",
            "the will of {client} was published, and is due at {due_at:?}"
        );
        self.publish_will(client);
        self.wills.pop();
        Ok(())
    }

    /// An event of a client.
    fn client_event(&mut self, client: &str, event: &ClientEvent, world: &World) -> Check {
        let Some(client) = world.client(client) else { return Ok(()) };
        let identifier = client.config().client_identifier.clone();
        if matches!(event, ClientEvent::SessionDiscarded { .. }) {
            self.forgetful.insert(identifier);
            return Ok(());
        }
        let ClientEvent::Message(message) = event else { return Ok(()) };
        if self.excused.contains(&identifier) || message.payload.is_empty() {
            return Ok(());
        }
        let key = (identifier, message.qos, message.payload.clone());
        let started = self.started.get(&key).copied().unwrap_or(0);
        let delivered = self.delivered.entry(key.clone()).or_default();
        *delivered += 1;
        let text = String::from_utf8_lossy(&key.2);
        ensure!(
            message.qos == QoS::AtLeastOnce || *delivered <= started,
            "I2",
            "{} was given {text} {delivered} times with {:?}, it was sent to it {started} times",
            key.0,
            message.qos
        );
        Ok(())
    }
}
