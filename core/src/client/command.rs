//! What an application asks, and who does it.

use std::sync::Arc;

use super::connection::Link;
use super::{
    Client, ClientCommand, ClientEvent, ClientOutput, OutgoingMessage, Refusal, Waiting, publish,
};
use crate::Timestamp;
use crate::codec::QoS;

impl Client {
    /// Does what the application asks, or says why not.
    pub(super) fn command(&mut self, now: Timestamp, command: ClientCommand) {
        let tag = match &command {
            ClientCommand::Publish { tag, .. }
            | ClientCommand::Subscribe { tag, .. }
            | ClientCommand::Unsubscribe { tag, .. } => Some(*tag),
            ClientCommand::Acknowledge { .. }
            | ClientCommand::Disconnect { .. }
            | ClientCommand::Authenticate { .. }
            | ClientCommand::Ping
            | ClientCommand::Reconfigure(_)
            | ClientCommand::LoseState
            | ClientCommand::Transmit { .. } => None,
        };
        if let Err(refusal) = self.obey(now, command) {
            self.event(ClientEvent::CommandRefused { tag, refusal });
        }
    }

    fn obey(&mut self, now: Timestamp, command: ClientCommand) -> Result<(), Refusal> {
        match command {
            ClientCommand::Publish { tag, message } => self.publish(now, tag, message),
            ClientCommand::Subscribe { tag, filters, subscription_identifier, user_properties } => {
                let mut active = self.active(now).ok_or(Refusal::NotConnected)?;
                active.subscribe(tag, &filters, subscription_identifier, &user_properties)
            }
            ClientCommand::Unsubscribe { tag, filters, user_properties } => {
                let mut active = self.active(now).ok_or(Refusal::NotConnected)?;
                active.unsubscribe(tag, &filters, &user_properties)
            }
            ClientCommand::Acknowledge { packet_identifier, reason_code } => {
                let mut active = self.active(now).ok_or(Refusal::NotConnected)?;
                active.acknowledge(packet_identifier, reason_code)?;
                let sent = active.send_acknowledgements();
                self.fail_on(sent);
                Ok(())
            }
            ClientCommand::Disconnect { reason_code, session_expiry_interval } => {
                self.disconnect(reason_code, session_expiry_interval)
            }
            ClientCommand::Authenticate { reason_code, authentication_data } => {
                self.authenticate(now, reason_code, authentication_data.as_ref())
            }
            ClientCommand::Ping => self.active(now).ok_or(Refusal::NotConnected)?.ping(),
            ClientCommand::Reconfigure(config) => {
                self.config = Arc::from(config);
                Ok(())
            }
            ClientCommand::LoseState => {
                self.lose_state();
                Ok(())
            }
            ClientCommand::Transmit { bytes } => self.transmit(now, bytes),
        }
    }

    fn publish(
        &mut self,
        now: Timestamp,
        tag: u64,
        message: OutgoingMessage,
    ) -> Result<(), Refusal> {
        let config = Arc::clone(self.link.config().unwrap_or(&self.config));
        publish::check(&message, config.version)?;
        if let Some(mut active) = self.active(now) {
            return active.publish(tag, message);
        }
        if message.qos == QoS::AtMostOnce {
            return Err(Refusal::NotConnected);
        }
        self.outbox.push(Waiting { tag, message: Arc::new(message) }, &config.limits)
    }

    fn transmit(&mut self, now: Timestamp, bytes: Vec<u8>) -> Result<(), Refusal> {
        match &mut self.link {
            Link::Offline => return Err(Refusal::NotConnected),
            Link::Connecting(connecting) => connecting.last_sent = now,
            Link::Connected(connection) => connection.last_sent = now,
        }
        self.outputs.push_back(ClientOutput::Transmit { bytes });
        Ok(())
    }
}
