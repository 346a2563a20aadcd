//! Strings of the application: the null character, the one that UTF-8 knows and MQTT does not.

use afterlink_core::client::*;

use crate::harness::*;

const NULL: &str = "a\0b";

fn pairs(name: &str, value: &str) -> Vec<(String, String)> {
    vec![("k".to_owned(), "v".to_owned()), (name.to_owned(), value.to_owned())]
}

/// Properties of a message with `text` in the place of each string, one at a time.
fn message_properties(text: &str) -> Vec<MessageProperties> {
    let some = || Some(text.to_owned());
    let none = MessageProperties::default;
    vec![
        MessageProperties { content_type: some(), ..none() },
        MessageProperties { response_topic: some(), ..none() },
        MessageProperties { user_properties: pairs(text, "v"), ..none() },
        MessageProperties { user_properties: pairs("k", text), ..none() },
    ]
}

/// Configurations with `text` in the place of each string of CONNECT, one at a time.
fn configs(text: &str) -> Vec<ClientConfig> {
    let some = || Some(text.to_owned());
    let will = |topic: &str, properties| {
        Some(WillConfig { topic: topic.to_owned(), properties, ..WillConfig::default() })
    };
    let mut all = vec![
        ClientConfig { client_identifier: text.to_owned(), ..v5() },
        ClientConfig { user_name: some(), ..v5() },
        ClientConfig { authentication_method: some(), ..v5() },
        ClientConfig { user_properties: pairs(text, "v"), ..v5() },
        ClientConfig { user_properties: pairs("k", text), ..v5() },
        ClientConfig { will: will(text, MessageProperties::default()), ..v5() },
    ];
    let wills = message_properties(text).into_iter();
    all.extend(wills.map(|properties| ClientConfig { will: will("w", properties), ..v5() }));
    all
}

/// Commands with `text` in the place of each string, one at a time.
fn commands(text: &str) -> Vec<ClientCommand> {
    let publish = |topic: &str, properties| ClientCommand::Publish {
        tag: 1,
        message: OutgoingMessage {
            topic: topic.to_owned(),
            properties,
            ..OutgoingMessage::default()
        },
    };
    let subscribe = |text: &str, user_properties| ClientCommand::Subscribe {
        tag: 1,
        filters: vec![filter(text, afterlink_core::codec::QoS::AtMostOnce)],
        subscription_identifier: None,
        user_properties,
    };
    let unsubscribe = |text: &str, user_properties| ClientCommand::Unsubscribe {
        tag: 1,
        filters: vec![text.to_owned()],
        user_properties,
    };
    let mut all = vec![
        publish(text, MessageProperties::default()),
        subscribe(text, Vec::new()),
        subscribe("a", pairs(text, "v")),
        subscribe("a", pairs("k", text)),
        unsubscribe(text, Vec::new()),
        unsubscribe("a", pairs(text, "v")),
        unsubscribe("a", pairs("k", text)),
    ];
    all.extend(message_properties(text).into_iter().map(|properties| publish("t", properties)));
    all
}

// [MQTT-1.5.4-2] [MQTT-1.5.7-1] [MQTT-3.1.3-4] [MQTT-3.1.3-11] [MQTT-3.1.3-12]
#[test]
fn no_connect_has_a_null_character_in_any_of_its_strings() {
    for (config, good) in configs(NULL).into_iter().zip(configs("good")) {
        let mut bench = Bench::new(config.clone());
        bench.open();
        assert!(bench.sent.is_empty() && bench.closed, "{config:?}");
        assert!(matches!(bench.events.pop_front(), Some(ClientEvent::CommandRefused { .. })));
        assert!(bench.events.is_empty());
        let mut bench = Bench::new(good);
        bench.open();
        assert_eq!(bench.sent.len(), 1);
    }
}

// [MQTT-1.5.4-2] [MQTT-1.5.7-1] [MQTT-3.3.2-1] [MQTT-3.3.2-13] [MQTT-3.3.2-19] [MQTT-3.8.3-1]
// [MQTT-3.10.3-1]
#[test]
fn no_request_has_a_null_character_in_any_of_its_strings() {
    for (command, good) in commands(NULL).into_iter().zip(commands("good")) {
        let mut bench = Bench::connected(v5());
        bench.command(command.clone());
        assert!(bench.sent.is_empty(), "{command:?}");
        assert!(matches!(bench.events.pop_front(), Some(ClientEvent::CommandRefused { .. })));
        assert!(bench.events.is_empty());
        bench.command(good);
        assert_eq!(bench.sent.len(), 1);
    }
}
