//! Subscription Options: No Local and Retain As Published.

use afterlink_core::codec::ReasonCode;
use afterlink_core::codec::packet::SubscriptionOptions;

use super::pair;
use crate::exchange::*;
use crate::harness::*;

const NO_LOCAL: SubscriptionOptions = SubscriptionOptions {
    qos: AtMostOnce,
    no_local: true,
    retain_as_published: false,
    retain_handling: afterlink_core::codec::packet::RetainHandling::Send,
};

#[test]
fn overlapping_subscriptions_keep_the_retain_flag_if_one_asks_for_it() {
    let (mut world, client, publisher) = pair();
    let as_published = SubscriptionOptions { retain_as_published: true, ..options(AtMostOnce) };
    world.subscribe_options(client, "a/#", as_published, None);
    world.subscribe_options(client, "a/b", options(AtMostOnce), None);
    world.retain(publisher, "a/b", "1", AtLeastOnce);
    assert!(world.take(client).retain);
    world.nothing(client);
}

// [MQTT-3.8.3-3]
#[test]
fn no_local_keeps_a_client_s_own_messages_from_it_and_no_others() {
    let (mut world, client, publisher) = pair();
    assert_eq!(world.subscribe_options(client, "t", NO_LOCAL, None), SUCCESS);
    let (own, other) = (client, publisher);
    world.publish(own, "t", "own", AtMostOnce);
    world.nothing(client);
    world.publish(other, "t", "other", AtMostOnce);
    assert_eq!(world.payloads(client), ["other"]);
    // Another subscription that matches does not know of it.
    world.subscribe_options(client, "+", options(AtLeastOnce), Some(5));
    world.send_publish(own, "t", "own", AtLeastOnce, 1);
    let message = world.take(client);
    assert_eq!((message.qos, message.subscription_identifiers), (AtLeastOnce, vec![5]));
}

// [MQTT-3.8.3-3]
#[test]
fn no_local_holds_for_the_client_identifier_across_a_takeover() {
    let mut world = World::new();
    let (client, _) = world.connect_kept(V5, "client");
    world.subscribe_options(client, "t", NO_LOCAL, None);
    let (again, _) = world.connect_kept(V5, "client");
    world.publish(again, "t", "own", AtMostOnce);
    world.nothing(again);
}

// [MQTT-3.8.3-4]
#[test]
fn no_local_with_a_shared_subscription_is_a_protocol_error() {
    let (mut world, client, _) = pair();
    world.send_subscribe(client, "$share/g/t", NO_LOCAL, None);
    world.expect_disconnect(client, ReasonCode::PROTOCOL_ERROR);
}

#[test]
fn version_3_clients_get_their_own_messages() {
    let mut world = World::new();
    let client = world.connect_with(connect(V3_1_1, "client")).0;
    world.subscribe(client, "t", AtMostOnce);
    world.publish(client, "t", "own", AtMostOnce);
    assert_eq!(world.payloads(client), ["own"]);
}

// [MQTT-3.3.1-12] [MQTT-3.3.1-13] [MQTT3-3.3.1-9]
#[test]
fn the_retain_flag_of_a_live_message_is_kept_only_as_asked() {
    let (mut world, client, publisher) = pair();
    let as_published = SubscriptionOptions { retain_as_published: true, ..options(AtMostOnce) };
    let old = world.connect_with(connect(V3_1_1, "old")).0;
    world.subscribe(old, "#", AtMostOnce);
    for (asked, expected) in [(options(AtMostOnce), false), (as_published, true)] {
        world.subscribe_options(client, "t", asked, None);
        world.retain(publisher, "t", "", AtLeastOnce);
        assert_eq!(world.take(client).retain, expected);
        world.publish(publisher, "t", "", AtMostOnce);
        assert!(!world.take(client).retain);
        assert!(!world.take(old).retain && !world.take(old).retain);
    }
}

#[test]
fn a_queued_message_keeps_the_retain_flag_as_asked() {
    let mut world = World::new();
    let (client, _) = world.connect_kept(V5, "client");
    let as_published = SubscriptionOptions { retain_as_published: true, ..options(AtLeastOnce) };
    world.subscribe_options(client, "a", as_published, None);
    world.subscribe_options(client, "b", options(AtLeastOnce), None);
    world.cut(client);
    let publisher = world.connect("publisher");
    for topic in ["a", "b"] {
        world.retain(publisher, topic, "1", AtLeastOnce);
    }
    let (client, _) = world.connect_kept(V5, "client");
    assert!(world.take(client).retain);
    assert!(!world.take(client).retain);
}

fn asked(no_local: bool) -> SubscriptionOptions {
    SubscriptionOptions { no_local, ..options(AtLeastOnce) }
}

// [MQTT-3.8.3-3]
#[test]
fn the_will_of_a_client_is_its_own_message() {
    for no_local in [false, true] {
        for taken_over in [false, true] {
            let mut world = World::new();
            let mut connect = kept(V5, "client");
            connect.will = Some(will("will", "own", AtLeastOnce));
            let (client, _) = world.connect_with(connect);
            world.subscribe_options(client, "will", asked(no_local), None);
            let other = world.connect("other");
            world.subscribe_options(other, "will", asked(true), None);
            if !taken_over {
                world.cut(client);
            }
            let (client, present) = world.connect_kept(V5, "client");
            assert!(present);
            let expected: &[&str] = if no_local { &[] } else { &["own"] };
            assert_eq!(world.payloads(client), expected, "no local {no_local}");
            assert_eq!(world.payloads(other), ["own"], "no local is about the client's own");
        }
    }
}

// [MQTT-3.8.3-3]
#[test]
fn a_retained_message_is_its_publisher_s_own_in_every_later_session_of_it() {
    let mut world = World::new();
    let publisher = world.connect("publisher");
    world.retain(publisher, "t", "own", AtLeastOnce);
    world.disconnect(publisher);
    for (client_identifier, expected) in [("publisher", 0), ("Publisher", 1)] {
        let client = world.connect(client_identifier);
        world.subscribe_options(client, "t", asked(true), None);
        assert_eq!(world.payloads(client).len(), expected, "{client_identifier}");
    }
}
