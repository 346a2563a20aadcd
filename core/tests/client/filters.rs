//! Topic Filters that are none: neither SUBSCRIBE nor UNSUBSCRIBE takes them.

use afterlink_core::client::*;
use afterlink_core::codec::QoS;

use crate::harness::*;

fn unsubscribe(filter: &str) -> ClientCommand {
    let filters = vec![filter.to_owned()];
    ClientCommand::Unsubscribe { tag: 1, filters, user_properties: Vec::new() }
}

// [MQTT-4.7.1-1] [MQTT-4.7.1-2] [MQTT-4.7.3-1] [MQTT-4.7.3-2] [MQTT-4.7.3-3] [MQTT-4.8.2-1]
// [MQTT-4.8.2-2]
#[test]
fn what_is_no_filter_is_refused_to_the_caller_whatever_it_is_for() {
    let cases = [
        ("", "no character"),
        ("a\0", "a null character"),
        ("#/a", "the multi-level wildcard before a level"),
        ("a/#/b", "the multi-level wildcard between levels"),
        ("a#", "the multi-level wildcard in a level"),
        ("a+", "the single-level wildcard behind a character"),
        ("+a/b", "the single-level wildcard before a character"),
        ("$share/g", "no separator behind the name"),
        ("$share/g/", "no filter behind the name"),
        ("$share//t", "an empty name"),
        ("$share/+/t", "a name that is a wildcard"),
        ("$share/g+/t", "a name with a wildcard"),
        ("$share/g#/t", "a name with the other wildcard"),
        ("$share/g/a#", "a filter of a group that is none"),
    ];
    let long = "x".repeat(65_536);
    let cases = cases.into_iter().chain([(long.as_str(), "more than 65 535 bytes")]);
    for (text, what) in cases {
        for command in [subscribe(1, vec![filter(text, QoS::AtMostOnce)]), unsubscribe(text)] {
            let mut bench = Bench::connected(v5());
            bench.command(command);
            let refusal = Refusal::TopicFilterInvalid;
            let events: Vec<_> = bench.events.drain(..).collect();
            assert_eq!(events, [ClientEvent::CommandRefused { tag: Some(1), refusal }], "{what}");
            bench.assert_sent(&[]);
        }
    }
}

#[test]
fn what_only_looks_like_a_mistake_is_sent() {
    let long = "x".repeat(65_535);
    let fine = [
        "/",
        "+/+/#",
        "#",
        "$share/g/+",
        "$share/g//",
        "$share",
        "$shared/+",
        "$SYS/#",
        " ",
        &long,
    ];
    for text in fine {
        for command in [subscribe(1, vec![filter(text, QoS::AtMostOnce)]), unsubscribe(text)] {
            let mut bench = Bench::connected(v5());
            bench.command(command);
            bench.assert_events(&[]);
            assert_eq!(bench.sent.len(), 1, "{text}");
        }
    }
}
