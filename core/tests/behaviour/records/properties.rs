//! The properties of messages and wills, from a store to their subscribers.

use afterlink_core::codec::UserProperties;
use afterlink_core::codec::packet::{Publish, PublishProperties, WillProperties};

use super::*;

const PAIRS: &[(&str, &str)] = &[("b", "1"), ("a", ""), ("b", "2"), ("b", "1")];

/// Every property that goes on unaltered.
fn properties() -> PublishProperties<'static> {
    PublishProperties {
        payload_format_indicator: Some(false),
        response_topic: Some("back/to"),
        correlation_data: Some(b"\0\xff"),
        user_properties: UserProperties::from_pairs(PAIRS),
        content_type: Some("text/plain"),
        ..PublishProperties::default()
    }
}

#[track_caller]
fn assert_unaltered(world: &mut World, peer: Peer) {
    let packet = world.next(peer);
    let Packet::Publish(publish) = packet.packet() else { panic!("{packet:?}") };
    assert_eq!(publish.properties, properties());
    world.nothing(peer);
}

// [MQTT-3.3.2-4] [MQTT-3.3.2-15] [MQTT-3.3.2-16] [MQTT-3.3.2-17] [MQTT-3.3.2-18]
// [MQTT-3.3.2-20]
#[test]
fn the_properties_of_a_message_are_the_same_after_a_restart_whatever_it_waited_for() {
    let mut first = world();
    first.away(V5, "away", "t", ExactlyOnce);
    first.away(V5, "member", "$share/g/t", AtLeastOnce);
    let (here, _) = first.connect_kept(V5, "here");
    first.subscribe(here, "t", ExactlyOnce);
    let publisher = first.connect("publisher");
    let sent = publish("t", b"x", ExactlyOnce, 1);
    let sent = Publish { retain: true, properties: properties(), ..sent };
    first.send(publisher, &Packet::Publish(sent));
    assert_unaltered(&mut first, here);
    let mut world = restarted(&[&first]);
    for name in ["away", "member", "here"] {
        let (peer, present) = world.connect_kept(V5, name);
        assert!(present);
        assert_unaltered(&mut world, peer);
    }
    let late = world.connect("late");
    world.subscribe(late, "t", AtMostOnce);
    assert_unaltered(&mut world, late);
}

// [MQTT-3.1.3-10] [MQTT-3.3.2-15] [MQTT-3.3.2-16] [MQTT-3.3.2-20]
#[test]
fn the_properties_of_a_will_are_the_same_after_a_restart() {
    let mut first = world();
    first.away(V5, "watcher", "will", AtLeastOnce);
    let PublishProperties {
        payload_format_indicator,
        response_topic,
        correlation_data,
        user_properties,
        content_type,
        ..
    } = properties();
    let mut message = will("will", "gone", AtLeastOnce);
    message.properties = WillProperties {
        will_delay_interval: Some(10),
        payload_format_indicator,
        response_topic,
        correlation_data,
        user_properties,
        content_type,
        ..WillProperties::default()
    };
    let mut asked = kept(V5, "client");
    asked.will = Some(message);
    let (client, _) = first.connect_with(asked);
    first.cut(client);
    let mut world = restarted(&[&first]);
    world.advance(10);
    let (watcher, _) = world.connect_kept(V5, "watcher");
    assert_unaltered(&mut world, watcher);
}
