//! One client of the demo: the engine of the core with a network connection.
#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "a wait picks the events that end it and passes over all others, new ones too"
)]

use std::collections::VecDeque;
use std::time::Duration;

use afterlink_core::client::{
    Client, ClientCommand, ClientConfig, ClientEvent, ClientInput, ClientOutput, Connected,
    DisconnectCause, IncomingMessage, OutgoingMessage, Reason, SubscriptionRequest,
};
use afterlink_core::codec::packet::SubscriptionOptions;
use afterlink_core::codec::{QoS, ReasonCode};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::{MESSAGE_DEADLINE, STEP_DEADLINE};
use crate::Failure;
use crate::clock::Clock;
use crate::remote::{Address, Link};

/// A client.
pub(super) struct Peer {
    /// What the story calls it.
    name: &'static str,
    client: Client,
    clock: Clock,
    link: Option<Link>,
    events: VecDeque<ClientEvent>,
    messages: VecDeque<IncomingMessage>,
}

impl Peer {
    pub(super) fn new(name: &'static str, config: ClientConfig) -> Self {
        Self {
            name,
            client: Client::new(config),
            clock: Clock::start(),
            link: None,
            events: VecDeque::new(),
            messages: VecDeque::new(),
        }
    }

    /// Uses another configuration from the next connection on.
    pub(super) fn reconfigure(&mut self, config: ClientConfig) {
        let command = ClientCommand::Reconfigure(Box::new(config));
        self.client.handle_input(self.clock.now(), ClientInput::Command(command));
    }

    /// Connects, and waits for CONNACK.
    pub(super) async fn connect(&mut self, address: &Address) -> Result<Connected, Failure> {
        let deadline = Instant::now() + STEP_DEADLINE;
        let link = timeout_at(deadline, Link::connect(address)).await.unwrap_or_else(|_| {
            Err(Failure::usage(format!("there is no answer from {address}; is the address right?")))
        })?;
        self.link = Some(link);
        self.events.clear();
        self.client.handle_input(self.clock.now(), ClientInput::Opened);
        self.wait_for("CONNACK", |event| match event {
            ClientEvent::Connected(connected) => Some(Ok(*connected)),
            ClientEvent::ConnectionRefused { reason, .. } => {
                Some(Err(format!("the broker refuses the connection: {}", words(&reason))))
            }
            _ => None,
        })
        .await
    }

    /// Subscribes at QoS 1, and waits for the broker to grant it.
    pub(super) async fn subscribe(&mut self, filter: &str) -> Result<(), Failure> {
        let options = SubscriptionOptions { qos: QoS::AtLeastOnce, ..Default::default() };
        self.command(ClientCommand::Subscribe {
            tag: 0,
            filters: vec![SubscriptionRequest { filter: filter.to_owned(), options }],
            subscription_identifier: None,
            user_properties: Vec::new(),
        });
        self.wait_for("SUBACK", |event| match event {
            ClientEvent::Subscribed { reason_codes, .. } => Some(match reason_codes.first() {
                Some(&ReasonCode::GRANTED_QOS_1) => Ok(()),
                Some(code) => Err(format!("QoS 1 was asked for, and SUBACK says {}", name(*code))),
                None => Err("SUBACK says nothing".to_owned()),
            }),
            _ => None,
        })
        .await
    }

    /// Publishes at QoS 1, and waits until the broker has taken the message.
    pub(super) async fn publish(&mut self, topic: &str, text: &str) -> Result<(), Failure> {
        let message = OutgoingMessage {
            topic: topic.to_owned(),
            payload: text.as_bytes().to_vec(),
            qos: QoS::AtLeastOnce,
            ..OutgoingMessage::default()
        };
        self.command(ClientCommand::Publish { tag: 0, message });
        self.wait_for("PUBACK", |event| match event {
            ClientEvent::Published { reason, .. } if reason.code.is_error() => {
                Some(Err(format!("the broker does not take {text:?}: {}", words(&reason))))
            }
            ClientEvent::Published { .. } => Some(Ok(())),
            ClientEvent::PublishDropped { refusal, .. } => {
                Some(Err(format!("{text:?} cannot be sent: {refusal}")))
            }
            _ => None,
        })
        .await
    }

    /// Waits for the next message; `None` if none comes in time.
    pub(super) async fn message(&mut self) -> Result<Option<IncomingMessage>, Failure> {
        let deadline = Instant::now() + MESSAGE_DEADLINE;
        loop {
            self.carry_out().await?;
            if let Some(message) = self.messages.pop_front() {
                return Ok(Some(message));
            }
            let over = self.events.drain(..).find_map(ended);
            if let Some(over) = over {
                return Err(self.failure(&over));
            }
            if !self.wait(deadline).await {
                return Ok(None);
            }
        }
    }

    /// Sends DISCONNECT and closes.
    pub(super) async fn disconnect(&mut self) -> Result<(), Failure> {
        self.command(ClientCommand::Disconnect {
            reason_code: ReasonCode::NORMAL_DISCONNECTION,
            session_expiry_interval: None,
        });
        self.carry_out().await
    }

    fn command(&mut self, command: ClientCommand) {
        self.client.handle_input(self.clock.now(), ClientInput::Command(command));
    }

    /// Waits for an event that `pick` knows how to end the wait with.
    async fn wait_for<T>(
        &mut self,
        what: &str,
        pick: impl Fn(ClientEvent) -> Option<Result<T, String>>,
    ) -> Result<T, Failure> {
        let deadline = Instant::now() + STEP_DEADLINE;
        loop {
            self.carry_out().await?;
            while let Some(event) = self.events.pop_front() {
                let over = ended(event.clone());
                if let Some(picked) = pick(event).or_else(|| over.map(Err)) {
                    return picked.map_err(|why| self.failure(&why));
                }
            }
            if !self.wait(deadline).await {
                let seconds = STEP_DEADLINE.as_secs();
                return Err(self.failure(&format!("{what} did not come within {seconds} s")));
            }
        }
    }

    /// Waits until something happens; `false` at the deadline.
    async fn wait(&mut self, deadline: Instant) -> bool {
        let Some(link) = &mut self.link else { return false };
        let timer = self.client.poll_timeout().and_then(|(at, _)| self.clock.instant(at));
        let timer = timer.unwrap_or_else(|| deadline + Duration::from_secs(1));
        tokio::select! {
            received = link.receive() => {
                let now = self.clock.now();
                match received {
                    Ok(Some(bytes)) => {
                        self.client.handle_input(now, ClientInput::Received { bytes: &bytes });
                    }
                    Ok(None) | Err(_) => {
                        self.link = None;
                        self.client.handle_input(now, ClientInput::Closed);
                    }
                }
                true
            }
            () = sleep_until(timer) => {
                self.client.handle_input(self.clock.now(), ClientInput::Timeout);
                true
            }
            () = sleep_until(deadline) => false,
        }
    }

    /// Does what the engine asks for.
    async fn carry_out(&mut self) -> Result<(), Failure> {
        while let Some(output) = self.client.poll_output() {
            match output {
                ClientOutput::Transmit { bytes } => self.send(bytes).await?,
                ClientOutput::Close => {
                    if let Some(link) = self.link.take() {
                        // Whoever does not take a goodbye is left.
                        let _ = tokio::time::timeout(STEP_DEADLINE, link.close()).await;
                    }
                }
                ClientOutput::Event(ClientEvent::Message(message)) => {
                    self.messages.push_back(*message);
                }
                ClientOutput::Event(event) => self.events.push_back(event),
            }
        }
        Ok(())
    }

    async fn send(&mut self, bytes: Vec<u8>) -> Result<(), Failure> {
        let Some(link) = &mut self.link else { return Ok(()) };
        match tokio::time::timeout(STEP_DEADLINE, link.send(bytes)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(self.failure(&format!("the connection was lost: {error}"))),
            Err(_) => Err(self.failure("the broker does not read")),
        }
    }

    fn failure(&self, why: &str) -> Failure {
        Failure::failed(format!("{}: {why}", self.name))
    }
}

/// What an event says about the end of the connection, if it is one that was not asked for.
fn ended(event: ClientEvent) -> Option<String> {
    match event {
        ClientEvent::Disconnected(cause) => Some(match cause {
            DisconnectCause::Requested => return None,
            DisconnectCause::Server { reason, .. } => {
                format!("the broker ends the connection: {}", words(&reason))
            }
            DisconnectCause::Network => "the broker closed the connection".to_owned(),
            DisconnectCause::ServerFault { detail, .. } => {
                format!("the broker breaks the protocol: {detail}")
            }
            DisconnectCause::SessionPresentWithoutState => {
                "the broker says it has a session for a client it has never seen".to_owned()
            }
            DisconnectCause::ConnAckOverdue
            | DisconnectCause::PingRespOverdue
            | DisconnectCause::StateLost => "the broker does not answer".to_owned(),
        }),
        ClientEvent::CommandRefused { refusal, .. } => Some(format!("cannot go on: {refusal}")),
        _ => None,
    }
}

fn words(reason: &Reason) -> String {
    match &reason.details.reason_string {
        Some(text) => format!("{} ({text:?})", name(reason.code)),
        None => name(reason.code),
    }
}

fn name(code: ReasonCode) -> String {
    format!("0x{:02X} {}", code.get(), code.name().unwrap_or("(no such code)"))
}
