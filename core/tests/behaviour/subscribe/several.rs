//! A SUBSCRIBE with several Topic Filters does what as many SUBSCRIBE packets would.

use afterlink_core::codec::packet::{
    RetainHandling, Subscribe, SubscribeFilter, SubscribeFilters, SubscriptionOptions,
};
use afterlink_core::codec::{Packet, QoS, ReasonCode, UserProperties};

use crate::exchange::*;
use crate::harness::*;

type Asked = (&'static str, QoS, RetainHandling);

/// A SUBSCRIBE that asks for some filters.
fn subscribe(asked: &[Asked]) -> Vec<u8> {
    let filters: Vec<_> = asked
        .iter()
        .map(|&(filter, qos, retain_handling)| {
            let options = SubscriptionOptions { retain_handling, ..options(qos) };
            SubscribeFilter { filter, options }
        })
        .collect();
    let subscribe = Subscribe {
        packet_identifier: id(1),
        subscription_identifier: None,
        user_properties: UserProperties::NONE,
        filters: SubscribeFilters::from_slice(&filters),
    };
    let mut bytes = Vec::new();
    Packet::Subscribe(subscribe).encode(V5, &mut bytes).expect("a SUBSCRIBE");
    bytes
}

/// The codes and the messages that come for `packets`, each of which has some filters, and what a
/// message published then is sent as.
fn brings(packets: &[&[Asked]]) -> (Vec<ReasonCode>, Vec<Message>) {
    let mut world = World::set(|config| config.limits.subscriptions_per_session_max = 2);
    let publisher = world.connect("publisher");
    for topic in ["a", "a/b"] {
        world.retain(publisher, topic, "retained", ExactlyOnce);
    }
    let client = world.connect("client");
    let bytes: Vec<u8> = packets.iter().flat_map(|asked| subscribe(asked)).collect();
    world.send_bytes(client, &bytes);
    world.publish(publisher, "a", "live", ExactlyOnce);
    let mut codes = Vec::new();
    let mut messages = Vec::new();
    let mut subacks = 0;
    while let Some(packet) = world.try_next(client) {
        match packet.packet() {
            Packet::SubAck(suback) => {
                subacks += 1;
                codes.extend(suback.reason_codes.iter());
            }
            Packet::Publish(publish) => messages.push(Message {
                topic: publish.topic.to_owned(),
                payload: String::from_utf8_lossy(publish.payload).into_owned(),
                qos: publish.qos,
                dup: publish.dup,
                retain: publish.retain,
                identifier: 0,
                expiry: None,
                subscription_identifiers: Vec::new(),
            }),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(subacks, packets.len(), "one SUBACK for each");
    (codes, messages)
}

// [MQTT-3.8.4-5] [MQTT-3.8.4-4]
#[test]
fn several_filters_in_one_packet_bring_what_a_packet_for_each_would() {
    use RetainHandling::{DoNotSend, Send, SendIfNew};
    let cases: [(&[Asked], usize); 8] = [
        (&[("a", AtMostOnce, Send), ("a", AtLeastOnce, Send)], 2),
        (&[("a", AtLeastOnce, SendIfNew), ("a", AtMostOnce, SendIfNew)], 1),
        (&[("a", AtMostOnce, DoNotSend), ("a", ExactlyOnce, SendIfNew)], 0),
        (&[("a", AtMostOnce, Send), ("a", ExactlyOnce, DoNotSend)], 1),
        (&[("a/#", AtLeastOnce, Send), ("+", AtMostOnce, Send)], 3),
        (&[("a/#", AtMostOnce, Send), ("#/a", AtMostOnce, Send), ("a", ExactlyOnce, Send)], 3),
        // There may be two subscriptions: one that is there already is not one more.
        (&[("a", AtMostOnce, Send), ("a", AtLeastOnce, SendIfNew), ("b", AtMostOnce, Send)], 1),
        (&[("a", AtMostOnce, Send), ("b", AtMostOnce, Send), ("c", ExactlyOnce, Send)], 1),
    ];
    for (asked, retained) in cases {
        let together = brings(&[asked]);
        let one_by_one: Vec<_> = asked.chunks(1).collect();
        assert_eq!(together, brings(&one_by_one), "{asked:?}");
        let (codes, messages) = together;
        assert_eq!(codes.len(), asked.len(), "{asked:?}");
        let count = messages.iter().filter(|message| message.retain).count();
        assert_eq!(count, retained, "{asked:?}");
        assert_eq!(messages.len(), retained + 1, "{asked:?}");
    }
}

// What a client asks for again and again while it takes nothing does not pile up: the list of
// what it is to be given stays within its subscriptions and one packet.
#[test]
fn a_repeat_within_a_packet_is_given_up_when_another_packet_finds_it_waiting() {
    let mut world = World::new();
    let publisher = world.connect("publisher");
    for topic in ["a", "b", "c"] {
        world.retain(publisher, topic, topic, AtMostOnce);
    }
    let client = world.connect_slow(connect(V5, "client"), 1);
    let asked = |filter| (filter, AtMostOnce, RetainHandling::Send);
    world.send_bytes(client, &subscribe(&[asked("c")]));
    for filter in ["a", "b", "b"] {
        world.send_bytes(client, &subscribe(&[asked(filter); 2]));
    }
    world.unstall(client);
    let packets = world.all(client);
    let topics = packets.iter().filter_map(|received| match received.packet() {
        Packet::Publish(publish) => Some(publish.topic.to_owned()),
        _ => None,
    });
    assert_eq!(topics.collect::<Vec<_>>(), ["c", "a", "b", "b"]);
}
