//! UNSUBSCRIBE and what it leaves to be completed.

use afterlink_core::codec::packet::{Unsubscribe, UnsubscribeFilters};
use afterlink_core::codec::{Packet, ReasonCode, UserProperties};

use super::pair;
use crate::exchange::*;
use crate::harness::*;

// [MQTT-3.10.4-1] [MQTT-3.10.4-2] [MQTT-3.10.4-4] [MQTT-3.10.4-5] [MQTT-3.10.4-6]
// [MQTT-3.11.3-1] [MQTT-3.11.3-2] [MQTT3-3.10.4-1] [MQTT3-3.10.4-4] [MQTT3-3.10.4-5]
#[test]
fn unsubscribe_ends_exactly_the_filters_it_names() {
    let (mut world, client, publisher) = pair();
    for filter in ["a/+", "a/b", "A/b"] {
        world.subscribe(client, filter, AtMostOnce);
    }
    let none = ReasonCode::NO_SUBSCRIPTION_EXISTED;
    let codes = world.unsubscribe(client, &["a/#", "a/+", "a/+", "a", "A/b"]);
    assert_eq!(codes, [none, SUCCESS, none, none, SUCCESS]);
    world.publish(publisher, "a/b", "1", AtMostOnce);
    world.publish(publisher, "a/c", "2", AtMostOnce);
    world.publish(publisher, "A/b", "3", AtMostOnce);
    assert_eq!(world.payloads(client), ["1"]);
    let code = ReasonCode::TOPIC_FILTER_INVALID;
    assert_eq!(world.unsubscribe(client, &["a/#/b"]), [code]);
}

// [MQTT3-3.10.4-4] [MQTT3-3.10.4-5] [MQTT3-3.10.4-6]
#[test]
fn a_version_3_unsubscribe_is_always_answered() {
    for version in [V3_1, V3_1_1] {
        let mut world = World::new();
        let client = world.connect_with(connect(version, "client")).0;
        let unsubscribe = Unsubscribe {
            packet_identifier: id(300),
            user_properties: UserProperties::NONE,
            filters: UnsubscribeFilters::from_slice(&["never", "there"]),
        };
        world.send(client, &Packet::Unsubscribe(unsubscribe));
        assert_eq!(world.next(client).bytes(), b"\xb0\x02\x01\x2c");
    }
}

// [MQTT-3.10.4-3] [MQTT3-3.10.4-3]
#[test]
fn after_unsubscribe_what_was_begun_is_completed_and_what_was_queued_still_comes() {
    let mut world = World::new();
    let (client, _) = world.connect_with(kept_with_receive_maximum("client", 1));
    world.subscribe(client, "t", ExactlyOnce);
    let publisher = world.connect("publisher");
    world.publish(publisher, "t", "begun", ExactlyOnce);
    world.publish(publisher, "t", "queued", AtLeastOnce);
    let begun = world.message(client);
    world.unsubscribe(client, &["t"]);
    world.publish(publisher, "t", "too late", AtLeastOnce);
    world.cut(client);
    let (client, _) = world.connect_with(kept_with_receive_maximum("client", 1));
    assert_eq!(world.message(client), Message { dup: true, ..begun.clone() });
    world.send(client, &Packet::PubRec(ack(begun.identifier)));
    assert_eq!(world.answer(client), ("PUBREL", begun.identifier, SUCCESS));
    world.send(client, &Packet::PubComp(ack(begun.identifier)));
    assert_eq!(world.payloads(client), ["queued"]);
}
