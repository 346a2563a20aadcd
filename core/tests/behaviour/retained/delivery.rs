//! The delivery of retained messages to a new subscription, in steps.

use afterlink_core::broker::TimerReason;
use afterlink_core::codec::Packet;

use super::world;
use crate::exchange::*;
use crate::harness::*;

#[test]
fn suback_comes_first_then_retained_messages_then_live_ones() {
    let (mut world, publisher) = world();
    world.retain(publisher, "t", "retained", AtLeastOnce);
    let client = world.connect("client");
    // subscribe() takes the SUBACK as the very next packet.
    world.subscribe(client, "#", AtMostOnce);
    world.publish(publisher, "t", "live", AtMostOnce);
    assert_eq!(world.payloads(client), ["retained", "live"]);
}

#[test]
fn many_retained_messages_are_given_in_steps_of_bounded_work() {
    let mut world = World::set(|config| config.limits.work_per_call_max = 64);
    let publisher = world.connect("publisher");
    for n in 0..500 {
        world.retain(publisher, &format!("t/{n:03}"), "1", AtMostOnce);
    }
    // A driver that gives no credit back meanwhile calls the broker for nothing else.
    let client = world.connect_slow(connect(V5, "client"), CREDIT);
    world.subscribe(client, "t/#", AtMostOnce);
    let mut steps = Vec::new();
    while let Some((at, TimerReason::Work)) = world.next_timer() {
        assert_eq!(at, world.now, "at once");
        steps.push(world.all(client).len());
        world.input(afterlink_core::broker::Input::Timeout);
    }
    steps.push(world.all(client).len());
    assert!(steps.iter().all(|step| *step <= 64), "{steps:?}");
    assert_eq!(steps.iter().sum::<usize>(), 500);
}

#[test]
fn nothing_is_left_to_do_for_a_session_that_ended_before_it_was_given_all() {
    let mut world = World::set(|config| config.limits.work_per_call_max = 1);
    let publisher = world.connect_with(connect(V3_1_1, "publisher")).0;
    for topic in ["t/1", "t/2", "t/3"] {
        world.retain(publisher, topic, "1", AtMostOnce);
    }
    let client = world.connect_slow(connect(V3_1_1, "client"), CREDIT);
    world.subscribe(client, "t/#", AtMostOnce);
    assert!(matches!(world.next_timer(), Some((_, TimerReason::Work))));
    world.cut(client);
    assert_eq!(world.next_timer(), None);
}

#[test]
fn retained_messages_wait_for_the_receive_maximum_and_all_come() {
    let (mut world, publisher) = world();
    for n in 0..200 {
        world.retain(publisher, &format!("t/{n:03}"), &n.to_string(), AtLeastOnce);
    }
    let (client, _) = world.connect_with(kept_with_receive_maximum("client", 5));
    world.subscribe(client, "t/#", AtLeastOnce);
    assert_eq!(world.unacknowledged(client).len(), 5);
    let mut taken = 5;
    for identifier in 1..=200 {
        world.send(client, &Packet::PubAck(ack(identifier)));
        taken += world.unacknowledged(client).len();
        assert!(world.broker.session("client").unwrap().queue_len <= 32);
    }
    assert_eq!(taken, 200);
}

#[test]
fn a_client_that_leaves_in_between_gets_the_rest_when_it_returns() {
    let (mut world, publisher) = world();
    for n in 0..100 {
        world.retain(publisher, &format!("t/{n:03}"), &n.to_string(), AtLeastOnce);
    }
    let (client, _) = world.connect_with(kept_with_receive_maximum("client", 5));
    world.subscribe(client, "t/#", AtLeastOnce);
    world.cut(client);
    let (client, _) = world.connect_kept(V5, "client");
    let expected: Vec<_> = (0..100).map(|n| n.to_string()).collect();
    assert_eq!(world.payloads(client), expected);
}

#[test]
fn unsubscribing_ends_a_delivery_that_is_under_way() {
    let (mut world, publisher) = world();
    for n in 0..100 {
        world.retain(publisher, &format!("t/{n:03}"), "1", AtLeastOnce);
    }
    let (client, _) = world.connect_with(kept_with_receive_maximum("client", 5));
    world.subscribe(client, "t/#", AtLeastOnce);
    let mut taken = world.unacknowledged(client).len();
    world.unsubscribe(client, &["t/#"]);
    for identifier in 1..=100 {
        world.send(client, &Packet::PubAck(ack(identifier)));
        taken += world.unacknowledged(client).len();
    }
    assert!(taken <= 5 + 32, "{taken}");
}

#[test]
fn retained_messages_go_on_when_what_was_before_them_has_expired() {
    let (mut world, publisher) = world();
    world.retain(publisher, "r", "retained", AtMostOnce);
    let (client, _) = world.connect_with(kept_with_receive_maximum("client", 1));
    world.subscribe(client, "t", AtLeastOnce);
    world.publish_expiring(publisher, "t", "1", 100);
    world.publish_expiring(publisher, "t", "2", 10);
    assert_eq!(world.message(client).payload, "1");
    world.subscribe(client, "r", AtMostOnce);
    world.nothing(client);
    world.advance(10);
    assert_eq!(world.payloads(client), ["retained"]);
}
