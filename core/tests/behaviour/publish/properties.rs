//! Properties of a message on its way to its subscribers.

use afterlink_core::codec::packet::{Publish, PublishProperties};
use afterlink_core::codec::{Packet, ReasonCode, UserProperties};

use super::pair_in;
use crate::exchange::*;
use crate::harness::*;

#[test]
fn a_payload_that_is_said_to_be_text_and_is_not_is_refused_if_that_is_set() {
    for validated in [false, true] {
        let (mut world, subscriber, publisher) =
            pair_in(World::set(|config| config.payload_format_validated = validated));
        let code = if validated { ReasonCode::PAYLOAD_FORMAT_INVALID } else { SUCCESS };
        for (qos, answer) in [(AtLeastOnce, "PUBACK"), (ExactlyOnce, "PUBREC")] {
            let mut text = publish("t", b"\xff", qos, 3);
            text.properties.payload_format_indicator = Some(true);
            world.send(publisher, &Packet::Publish(text.clone()));
            assert_eq!(world.answer(publisher), (answer, 3, code));
            text.properties.payload_format_indicator = Some(false);
            text.packet_identifier = Some(id(if qos == AtLeastOnce { 3 } else { 4 }));
            world.send(publisher, &Packet::Publish(text));
            assert_eq!(world.answer(publisher).2, SUCCESS, "bytes are always taken");
        }
        assert_eq!(world.all(subscriber).len(), if validated { 2 } else { 4 });
    }
}

fn all_properties() -> PublishProperties<'static> {
    const PAIRS: &[(&str, &str)] = &[("b", "1"), ("a", ""), ("b", "2"), ("b", "1")];
    PublishProperties {
        payload_format_indicator: Some(true),
        response_topic: Some("back/to"),
        correlation_data: Some(b"\0\xff"),
        user_properties: UserProperties::from_pairs(PAIRS),
        content_type: Some("text/plain"),
        ..PublishProperties::default()
    }
}

// [MQTT-3.3.2-4] [MQTT-3.3.2-15] [MQTT-3.3.2-16] [MQTT-3.3.2-17] [MQTT-3.3.2-18]
// [MQTT-3.3.2-20]
#[test]
fn properties_are_passed_on_unaltered_and_in_order_at_once_queued_and_retained() {
    let mut world = World::new();
    world.away(V5, "away", "#", AtLeastOnce);
    let here = world.connect("here");
    world.subscribe(here, "#", AtMostOnce);
    let publisher = world.connect("publisher");
    let properties = all_properties();
    let mut sent = publish("t", b"text", AtLeastOnce, 1);
    sent.retain = true;
    sent.properties = properties.clone();
    world.send(publisher, &Packet::Publish(sent));
    let away = world.connect_kept(V5, "away").0;
    let late = world.connect("late");
    world.subscribe(late, "t", AtMostOnce);
    for peer in [here, away, late] {
        let packet = world.next(peer);
        let Packet::Publish(publish) = packet.packet() else { panic!("{packet:?}") };
        assert_eq!(publish.properties, properties);
        let pairs: Vec<_> = publish.properties.user_properties.iter().collect();
        assert_eq!(pairs, [("b", "1"), ("a", ""), ("b", "2"), ("b", "1")]);
    }
}

#[test]
fn a_version_3_subscriber_gets_the_message_without_its_properties() {
    let mut world = World::new();
    let here = world.connect_with(connect(V3_1_1, "here")).0;
    world.subscribe(here, "#", AtMostOnce);
    let publisher = world.connect("publisher");
    let properties = all_properties();
    world.send(
        publisher,
        &Packet::Publish(Publish { properties, ..publish("t", b"text", AtMostOnce, 0) }),
    );
    assert_eq!(world.next(here).bytes(), b"\x30\x07\x00\x01ttext");
}
