//! Runs the core with nothing around it: no clock, no network, no random source.
//!
//! Built for wasm32 it must import nothing, and its exit code says whether it did its work: a
//! message waits in a Session while its subscriber is away.

mod network;

use std::hint::black_box;
use std::process::ExitCode;

use afterlink_core::Timestamp;
use afterlink_core::broker::{Broker, Config};
use afterlink_core::client::{
    ClientCommand, ClientEvent, IncomingMessage, MessageProperties, OutgoingMessage,
    SubscriptionRequest,
};
use afterlink_core::codec::packet::SubscriptionOptions;
use afterlink_core::codec::{QoS, ReasonCode};

use network::Network;

const EXPIRY_SECONDS: u32 = 600;
const AWAY_SECONDS: u32 = 60;

fn main() -> ExitCode {
    // The compiler must not foresee what comes in, or it would leave nothing to look at.
    let seed = black_box([7; 32]);
    let now = black_box(Timestamp::from_millis(1_000));
    if message_waits_for_its_subscriber(seed, now) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn message_waits_for_its_subscriber(seed: [u8; 32], now: Timestamp) -> bool {
    let broker = Broker::new(black_box(Config::default()), seed, now);
    let mut network = Network::new(broker, now);
    let subscriber = network.add("subscriber");
    let publisher = network.add("publisher");

    network.connect(subscriber);
    network.command(subscriber, subscribe("probe/+"));
    network.command(subscriber, disconnect());
    network.connect(publisher);
    network.command(publisher, publish("probe/topic", black_box(b"payload")));
    let is_published = network.take_events(publisher).iter().any(
        |event| matches!(event, ClientEvent::Published { reason, .. } if !reason.code.is_error()),
    );

    network.wait_seconds(AWAY_SECONDS);
    network.take_events(subscriber);
    network.connect(subscriber);
    let [ClientEvent::Connected(connected), ClientEvent::Message(message)] =
        &network.take_events(subscriber)[..]
    else {
        return false;
    };
    is_published && connected.session_present && is_whole(message)
}

fn is_whole(message: &IncomingMessage) -> bool {
    message.topic == "probe/topic"
        && message.payload == b"payload"
        && message.qos == QoS::ExactlyOnce
        && message.properties.message_expiry_interval == Some(EXPIRY_SECONDS - AWAY_SECONDS)
}

fn subscribe(filter: &str) -> ClientCommand {
    let options = SubscriptionOptions { qos: QoS::ExactlyOnce, ..SubscriptionOptions::default() };
    ClientCommand::Subscribe {
        tag: 1,
        filters: vec![SubscriptionRequest { filter: filter.to_owned(), options }],
        subscription_identifier: None,
        user_properties: Vec::new(),
    }
}

fn publish(topic: &str, payload: &[u8]) -> ClientCommand {
    let message = OutgoingMessage {
        topic: topic.to_owned(),
        payload: payload.to_vec(),
        qos: QoS::ExactlyOnce,
        retain: false,
        properties: MessageProperties {
            message_expiry_interval: Some(EXPIRY_SECONDS),
            ..MessageProperties::default()
        },
    };
    ClientCommand::Publish { tag: 2, message }
}

fn disconnect() -> ClientCommand {
    ClientCommand::Disconnect {
        reason_code: ReasonCode::NORMAL_DISCONNECTION,
        session_expiry_interval: None,
    }
}
