//! What is read by way of a `Value` is what serde reads, and what serde refuses is refused.

use std::collections::BTreeSet;

use afterlink_core::broker::{AuthenticationVerdict, EventFilter};
use afterlink_core::sim::{Command, Lesson, Scenario, Settings};
use afterlink_core::value::{self, Read, Value};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};

use crate::lessons::LESSONS;

/// What both make of a document: the same type as JSON, or nothing.
fn compare<T: Read + Serialize + DeserializeOwned>(document: &Json) {
    let theirs = serde_json::from_value::<T>(document.clone());
    let value: Value = serde_json::from_value(document.clone()).unwrap();
    let ours = value::read::<T>(&value);
    match (ours, theirs) {
        (Ok(ours), Ok(theirs)) => {
            assert_eq!(
                serde_json::to_value(&ours).unwrap(),
                serde_json::to_value(&theirs).unwrap(),
                "{document}"
            );
        }
        (Err(_), Err(_)) => {}
        (Err(ours), Ok(_)) if is_laxity(&ours.to_string()) => {}
        (Ok(_), Err(theirs)) => panic!("refused with {theirs}: {document}"),
        (Err(ours), Ok(_)) => panic!("taken, but not here, for {ours}: {document}"),
    }
}

/// Whether serde takes what is refused with these words: a list of all its fields for a struct,
/// and the number of a variant for its name. No file has ever said that.
fn is_laxity(refusal: &str) -> bool {
    ["sequence, expected struct", "sequence, expected map", "`, expected a string"]
        .iter()
        .any(|words| refusal.contains(words))
}

/// The places of a document, each kind of place once.
fn places(
    document: &Json,
    kind: &str,
    place: &str,
    found: &mut Vec<String>,
    kinds: &mut BTreeSet<String>,
) {
    if kinds.insert(kind.to_owned()) {
        found.push(place.to_owned());
    }
    match document {
        Json::Array(elements) => {
            for (at, element) in elements.iter().enumerate() {
                places(element, &format!("{kind}/*"), &format!("{place}/{at}"), found, kinds);
            }
        }
        Json::Object(fields) => {
            let tags = ["command", "is", "target", "fault"].map(|tag| fields.get(tag));
            let tag = tags.into_iter().flatten().find_map(Json::as_str).unwrap_or_default();
            for (name, field) in fields {
                places(
                    field,
                    &format!("{kind}({tag})/{name}"),
                    &format!("{place}/{name}"),
                    found,
                    kinds,
                );
            }
        }
        _ => {}
    }
}

/// Compares a document, and all that differ from it in one place. How many those are.
fn compare_changed<T: Read + Serialize + DeserializeOwned>(
    document: &Json,
    kinds: &mut BTreeSet<String>,
) -> usize {
    assert!(serde_json::from_value::<T>(document.clone()).is_ok(), "{document}");
    compare::<T>(document);
    let mut found = Vec::new();
    places(document, std::any::type_name::<T>(), "", &mut found, kinds);
    let mut count = 0;
    for place in found {
        let mut changed = document.clone();
        let there = changed.pointer(&place).unwrap().clone();
        let others = [
            json!(null),
            json!(true),
            json!(0),
            json!(1),
            json!(-1),
            json!(200),
            json!(256),
            json!(65_536),
            json!(4_294_967_296_u64),
            json!(u64::MAX),
            json!(0.5),
            json!("x"),
            json!("a/#/b"),
            json!([]),
            json!([0]),
            json!(["a", "b"]),
            json!(["a", "b", "c"]),
            json!({}),
            json!({"x": 1}),
            json!({"lost": "cut"}),
            json!({"LoseState": null}),
        ];
        for other in others {
            *changed.pointer_mut(&place).unwrap() = other;
            compare::<T>(&changed);
            count += 1;
        }
        if let Json::Object(fields) = &there {
            for name in fields.keys() {
                let mut fields = fields.clone();
                fields.remove(name);
                *changed.pointer_mut(&place).unwrap() = Json::Object(fields);
                compare::<T>(&changed);
            }
            let mut fields = fields.clone();
            fields.insert("something_new".to_owned(), json!(1));
            *changed.pointer_mut(&place).unwrap() = Json::Object(fields);
            compare::<T>(&changed);
        }
    }
    count
}

#[test]
fn lessons_and_all_that_differ_from_them_in_one_place() {
    let (mut kinds, mut count) = (BTreeSet::new(), 0);
    for text in LESSONS {
        let lesson = serde_json::from_str(text).unwrap();
        count += compare_changed::<Lesson>(&lesson, &mut kinds);
    }
    assert!(count > 1_000, "{count}");
}

#[test]
fn all_commands_and_all_that_differ_from_them_in_one_place() {
    let definition = json!({
        "name": "A",
        "config": {
            "client_identifier": "a", "version": "V5", "password": [1], "authentication_data": null,
            "receive_maximum": 3, "user_properties": [["a", "b"]],
            "will": {"topic": "w", "payload": [1], "properties": {"content_type": "x"}},
            "acknowledgement_mode": "Manual", "limits": {"requests_max": 2},
        },
        "link": {"to_broker_ms": 1, "reorder": true},
    });
    let filter = json!({"filter": "a/#", "options": {
        "qos": "AtLeastOnce", "no_local": true, "retain_as_published": false,
        "retain_handling": "SendIfNew",
    }});
    let requests = [
        json!({"command": "policy", "policy": {"refuse_publish": ["a/#"], "refuse_receive": []}}),
        json!({"command": "config", "config": {"limits": {"sessions_max": 1}}}),
        json!({"command": "publish", "topic": "t", "payload": [1], "qos": "AtMostOnce",
            "retain": true, "message_expiry_interval": 1}),
        json!({"command": "disconnect", "client_identifier": "a", "reason_code": 152}),
        json!({"command": "drop_message", "client_identifier": "a", "arrival": 1}),
        json!({"command": "shutdown"}),
    ];
    let asked = [
        json!({"Publish": {"tag": 1, "message": {"topic": "t", "payload": [1]}}}),
        json!({"Acknowledge": {"packet_identifier": 1, "reason_code": 0}}),
        json!({"Disconnect": {"reason_code": 0, "session_expiry_interval": 1}}),
        json!({"Reconfigure": {"clean_start": false}}),
        json!({"Transmit": {"bytes": [0, 255]}}),
        json!("Ping"),
        json!("LoseState"),
    ];
    let mut commands = vec![
        json!({"command": "set_client", "definition": definition}),
        json!({"command": "connect", "client": "A"}),
        json!({"command": "disconnect", "client": "A", "reason_code": 4,
            "session_expiry_interval": 1}),
        json!({"command": "cut", "client": "A", "noticed_by": "broker"}),
        json!({"command": "publish", "client": "A", "topic": "t", "payload": "x",
            "qos": "ExactlyOnce", "retain": true, "properties": {"response_topic": "r"}}),
        json!({"command": "subscribe", "client": "A", "filters": [filter],
            "subscription_identifier": 1, "user_properties": [["a", "b"]]}),
        json!({"command": "unsubscribe", "client": "A", "filters": ["a/#"]}),
        json!({"command": "acknowledge", "client": "A", "packet_identifier": 1}),
        json!({"command": "set_link", "client": "A", "link": {}}),
        json!({"command": "fault", "target": {"target": "packet", "packet": 1},
            "fault": {"fault": "drop"}}),
        json!({"command": "fault", "target": {"target": "in_flight", "client": "A",
            "direction": "to_broker", "packet_type": "Publish"},
            "fault": {"fault": "delay", "ms": 1}}),
        json!({"command": "restart_broker", "down_ms": 1, "keep_records": true}),
        json!({"command": "skip_clock", "ms": 1}),
    ];
    commands.extend(requests.map(|it| json!({"command": "operate", "request": it})));
    commands.extend(asked.map(|it| json!({"command": "ask", "client": "A", "request": it})));
    let (mut kinds, mut count) = (BTreeSet::new(), 0);
    for command in commands {
        let timed = json!({"at": 1, "after": 1, "do": command});
        let scenario = json!({"version": 1, "title": "t", "settings": {}, "commands": [timed]});
        count += compare_changed::<Scenario>(&scenario, &mut kinds);
    }
    assert!(count > 1_000, "{count}");
}

#[test]
fn settings_and_what_a_broker_is_told() {
    let mut kinds = BTreeSet::new();
    let settings = serde_json::to_value(Settings::default()).unwrap();
    assert!(compare_changed::<Settings>(&settings, &mut kinds) > 500);
    let filter = json!({"lifecycle": true, "drops": false});
    compare_changed::<EventFilter>(&filter, &mut kinds);
    for verdict in [
        json!({"Continue": {"data": [1]}}),
        json!({"Accept": {"principal": "a", "data": null}}),
        json!({"Reject": {"reason_code": 135}}),
    ] {
        compare_changed::<AuthenticationVerdict>(&verdict, &mut kinds);
    }
}

#[test]
fn a_field_that_is_there_twice_is_refused() {
    for text in [
        r#"{"version":1,"version":1}"#,
        r#"{"version":1,"settings":{"seed":1,"seed":1}}"#,
        r#"{"version":1,"commands":[{"at":1,"do":{"command":"connect","command":"connect"}}]}"#,
        r#"{"version":1,"commands":[{"at":1,"do":{"command":"thaw","client":"a","client":"b"}}]}"#,
    ] {
        assert!(serde_json::from_str::<Scenario>(text).is_err());
        let value: Value = serde_json::from_str(text).unwrap();
        let error = value::read::<Scenario>(&value).unwrap_err().to_string();
        assert!(error.starts_with("duplicate field `"), "{error}");
    }
}

#[test]
fn what_is_wrong_is_said_in_words() {
    for (text, words) in [
        ("[]", "invalid type: sequence, expected struct Scenario"),
        ("{}", "missing field `version`"),
        (r#"{"version":"1"}"#, "invalid type: string \"1\", expected u32"),
        (r#"{"version":-1}"#, "invalid value: integer `-1`, expected u32"),
        (r#"{"version":4294967296}"#, "invalid value: integer `4294967296`, expected u32"),
        (r#"{"version":0.5}"#, "invalid type: number that is not whole or too large, expected u32"),
        (
            r#"{"version":1,"x":2}"#,
            "unknown field `x`, expected one of `version`, `title`, `settings`, `commands`",
        ),
        (r#"{"version":1,"commands":[{"at":1,"do":{}}]}"#, "missing field `command`"),
        (
            r#"{"version":1,"commands":[{"at":1,"do":{"command":1}}]}"#,
            "invalid type: integer `1`, expected a string",
        ),
        (
            r#"{"version":1,"commands":[{"at":1,"do":
                {"command":"fault","target":{"target":"x"}}}]}"#,
            "unknown variant `x`, expected one of `packet`, `in_flight`, `next`",
        ),
        (
            r#"{"version":1,"settings":{"clients":[{"name":"a","config":{"version":"V6"}}]}}"#,
            "unknown variant `V6`, expected one of `V3_1`, `V3_1_1`, `V5`",
        ),
    ] {
        let value: Value = serde_json::from_str(text).unwrap();
        assert_eq!(value::read::<Scenario>(&value).unwrap_err().to_string(), words);
    }
}

#[test]
fn a_list_is_read_up_to_the_first_thing_that_is_wrong() {
    let list = format!("[{{\"command\":\"none\"}}{}]", ",0".repeat(100_000));
    let value: Value = serde_json::from_str(&list).unwrap();
    let error = value::read::<Vec<Command>>(&value).unwrap_err().to_string();
    assert!(error.starts_with("unknown variant `none`"), "{error}");
}
