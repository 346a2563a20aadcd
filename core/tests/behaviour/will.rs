//! Will Messages: published, delayed, cancelled.

mod withdrawn;

use afterlink_core::broker::{Config, Event, WillCancelled};
use afterlink_core::codec::packet::{Connect, PublishProperties, Will};
use afterlink_core::codec::{Packet, ProtocolVersion, ReasonCode, UserProperties};

use crate::handshake::*;
use crate::harness::*;

/// A world with a client that is told every will.
fn watched() -> (World, Peer) {
    let mut config = Config::default();
    config.limits.keep_alive_seconds_max = 0;
    let mut world = World::with(config);
    let watcher = world.connect("watcher");
    world.subscribe(watcher, "will/#", ExactlyOnce);
    (world, watcher)
}

/// A will of QoS 0 with a delay.
fn delayed(seconds: u32) -> Will<'static> {
    let mut message = will("will/late", "late", AtMostOnce);
    message.properties.will_delay_interval = Some(seconds);
    message
}

fn with_will<'a>(mut connect: Connect<'a>, message: Will<'a>) -> Connect<'a> {
    connect.will = Some(message);
    connect
}

fn cancelled(world: &World) -> Vec<WillCancelled> {
    let reason = |event: &Event| match event {
        Event::WillCancelled { reason, .. } => Some(*reason),
        _ => None,
    };
    world.events.iter().filter_map(reason).collect()
}

// [MQTT-3.1.2-7] [MQTT-3.1.2-8] [MQTT3-3.1.2-8]
#[test]
fn a_connection_that_is_lost_publishes_its_will() {
    for version in [V3_1, V3_1_1, V5] {
        for qos in [AtMostOnce, AtLeastOnce, ExactlyOnce] {
            let (mut world, watcher) = watched();
            let message = will("will/a", "lost", qos);
            let (peer, _) = world.connect_with(with_will(connect(version, "client"), message));
            world.advance(100);
            world.nothing(watcher);
            world.cut(peer);
            let message = world.take(watcher);
            assert_eq!((message.topic.as_str(), message.payload.as_str()), ("will/a", "lost"));
            assert_eq!((message.qos, message.retain), (qos, false));
            world.nothing(watcher);
        }
    }
}

// [MQTT-3.1.2-10] [MQTT-3.14.4-3] [MQTT3-3.1.2-10] [MQTT3-3.14.4-3]
#[test]
fn a_normal_disconnect_withdraws_the_will() {
    for version in [V3_1, V3_1_1, V5] {
        let (mut world, watcher) = watched();
        let message = will("will/a", "never", AtMostOnce);
        let (peer, _) = world.connect_with(with_will(kept(version, "client"), message));
        world.disconnect(peer);
        world.cut(peer);
        world.advance(10_000);
        world.nothing(watcher);
        assert_eq!(cancelled(&world), [WillCancelled::NormalDisconnection]);
    }
}

#[test]
fn a_disconnect_with_any_other_code_publishes_the_will() {
    for reason in [
        ReasonCode::DISCONNECT_WITH_WILL_MESSAGE,
        ReasonCode::UNSPECIFIED_ERROR,
        ReasonCode::ADMINISTRATIVE_ACTION,
    ] {
        let (mut world, watcher) = watched();
        let message = will("will/a", "asked for", AtMostOnce);
        let (peer, _) = world.connect_with(with_will(kept(V5, "client"), message));
        world.say_goodbye(peer, reason, None);
        world.expect_silent_close(peer);
        assert_eq!(world.payloads(watcher), ["asked for"], "{reason}");
    }
}

#[test]
fn a_connection_that_the_broker_ends_publishes_the_will() {
    for version in [V3_1_1, V5] {
        let (mut world, watcher) = watched();
        let message = will("will/a", "your fault", AtMostOnce);
        let (peer, _) = world.connect_with(with_will(connect(version, "client"), message));
        world.send_bytes(peer, &[0x00, 0x00]);
        assert!(world.is_closed(peer));
        assert_eq!(world.payloads(watcher), ["your fault"]);
    }
}

#[test]
fn a_will_of_delay_0_does_not_wait_for_the_end_of_its_session() {
    let (mut world, watcher) = watched();
    let (peer, _) = world.connect_with(with_will(kept(V5, "client"), delayed(0)));
    world.cut(peer);
    assert_eq!(world.payloads(watcher), ["late"]);
    world.advance(10_000);
    world.nothing(watcher);
}

// [MQTT-3.1.2-8]
#[test]
fn a_delayed_will_is_published_when_its_delay_has_passed() {
    let (mut world, watcher) = watched();
    let (peer, _) = world.connect_with(with_will(kept(V5, "client"), delayed(10)));
    world.cut(peer);
    world.advance_ms(9_999);
    world.nothing(watcher);
    world.advance_ms(1);
    assert_eq!(world.payloads(watcher), ["late"]);
    world.advance(10_000);
    world.nothing(watcher);
    assert_eq!(world.broker.counters().wills_published, 1);
}

#[test]
fn a_will_does_not_wait_longer_than_its_session_lives() {
    for delay in [10, 11, u32::MAX] {
        let (mut world, watcher) = watched();
        let (peer, _) = world.connect_with(with_will(expiring("client", 10), delayed(delay)));
        world.cut(peer);
        world.advance_ms(9_999);
        world.nothing(watcher);
        world.advance_ms(1);
        assert_eq!(world.payloads(watcher), ["late"]);
        assert!(world.broker.session("client").is_none());
    }
}

#[test]
fn the_will_of_a_session_that_ends_with_its_connection_has_no_delay() {
    let (mut world, watcher) = watched();
    let (peer, _) = world.connect_with(with_will(connect(V5, "client"), delayed(10)));
    world.cut(peer);
    assert_eq!(world.payloads(watcher), ["late"]);
}

#[test]
fn a_disconnect_that_ends_the_session_ends_the_delay() {
    let (mut world, watcher) = watched();
    let (peer, _) = world.connect_with(with_will(kept(V5, "client"), delayed(10)));
    world.say_goodbye(peer, ReasonCode::DISCONNECT_WITH_WILL_MESSAGE, Some(0));
    assert_eq!(world.payloads(watcher), ["late"]);
}

#[test]
fn the_longest_delay_of_an_endless_session_is_waited_for() {
    let (mut world, watcher) = watched();
    let asked = with_will(expiring("client", u32::MAX), delayed(u32::MAX));
    let (peer, _) = world.connect_with(asked);
    world.cut(peer);
    world.advance(u64::from(u32::MAX) - 1);
    world.nothing(watcher);
    world.advance(1);
    assert_eq!(world.payloads(watcher), ["late"]);
    assert!(world.broker.session("client").is_some());
}

// [MQTT-3.1.3-9]
#[test]
fn a_client_that_comes_back_within_the_delay_keeps_its_will_from_being_sent() {
    let (mut world, watcher) = watched();
    let (peer, _) = world.connect_with(with_will(kept(V5, "client"), delayed(10)));
    world.cut(peer);
    world.advance_ms(9_999);
    let (peer, _) = world.connect_kept(V5, "client");
    world.advance(100);
    world.cut(peer);
    world.advance(10_000);
    world.nothing(watcher);
    assert_eq!(cancelled(&world), [WillCancelled::Reconnected]);
}

#[test]
fn a_client_that_comes_back_with_clean_start_ends_the_delay() {
    let (mut world, watcher) = watched();
    let (peer, _) = world.connect_with(with_will(kept(V5, "client"), delayed(10)));
    world.cut(peer);
    world.advance(5);
    world.connect("client");
    assert_eq!(world.payloads(watcher), ["late"]);
}

#[test]
fn a_will_that_is_due_is_sent_though_its_timer_has_not_fired() {
    let (mut world, watcher) = watched();
    let (peer, _) = world.connect_with(with_will(kept(V5, "client"), delayed(10)));
    world.cut(peer);
    world.sleep(10);
    world.connect_kept(V5, "client");
    assert_eq!(world.payloads(watcher), ["late"]);
    world.advance(100);
    world.nothing(watcher);
}

// [MQTT-3.1.2-10] [MQTT3-3.1.2-10] [MQTT3-3.1.2-12]
#[test]
fn each_connection_has_its_own_will_or_none() {
    for version in [V3_1_1, V5] {
        own_will_or_none(version);
    }
}

fn own_will_or_none(version: ProtocolVersion) {
    let (mut world, watcher) = watched();
    let message = will("will/a", "first", AtMostOnce);
    let (peer, _) = world.connect_with(with_will(kept(version, "client"), message));
    world.disconnect(peer);
    let message = will("will/a", "second", AtMostOnce);
    let (peer, _) = world.connect_with(with_will(kept(version, "client"), message));
    world.cut(peer);
    assert_eq!(world.payloads(watcher), ["second"]);
    let (peer, _) = world.connect_kept(version, "client");
    world.cut(peer);
    world.advance(10_000);
    world.nothing(watcher);
}

// [MQTT-3.1.2-14] [MQTT-3.1.2-15] [MQTT3-3.1.2-16] [MQTT3-3.1.2-17]
#[test]
fn a_will_is_retained_if_it_says_so() {
    for version in [V3_1_1, V5] {
        for retain in [false, true] {
            let mut world = World::new();
            let mut message = will("will/a", "stays", AtLeastOnce);
            message.retain = retain;
            let (peer, _) = world.connect_with(with_will(connect(version, "client"), message));
            world.cut(peer);
            let reader = world.connect("reader");
            world.subscribe(reader, "will/a", AtLeastOnce);
            assert_eq!(world.payloads(reader).len(), usize::from(retain));
        }
    }
}

// [MQTT-3.1.3-10]
#[test]
fn the_properties_of_a_will_are_passed_on_unaltered_and_in_order() {
    let (mut world, watcher) = watched();
    let pairs = [("b", "1"), ("a", "2"), ("b", "3")];
    let mut message = will("will/a", "all of it", AtMostOnce);
    message.properties.payload_format_indicator = Some(true);
    message.properties.content_type = Some("text/plain");
    message.properties.response_topic = Some("answers");
    message.properties.correlation_data = Some(b"\x00\xFF");
    message.properties.user_properties = UserProperties::from_pairs(&pairs);
    message.properties.will_delay_interval = Some(5);
    let (peer, _) = world.connect_with(with_will(kept(V5, "client"), message));
    world.cut(peer);
    world.advance(5);
    let packet = world.next(watcher);
    let Packet::Publish(publish) = packet.packet() else { panic!("{packet:?}") };
    let expected = PublishProperties {
        payload_format_indicator: Some(true),
        content_type: Some("text/plain"),
        response_topic: Some("answers"),
        correlation_data: Some(b"\x00\xFF"),
        user_properties: UserProperties::from_pairs(&pairs),
        ..PublishProperties::default()
    };
    assert_eq!(publish.properties, expected);
}

// The Message Expiry Interval is a property of the publish, which is made when the will fires.
#[test]
fn the_expiry_of_a_will_counts_from_the_moment_it_is_published() {
    let (mut world, watcher) = watched();
    let (reader, _) = world.connect_kept(V5, "reader");
    world.subscribe(reader, "will/#", AtLeastOnce);
    world.cut(reader);
    let mut message = will("will/a", "fresh", AtLeastOnce);
    message.properties.will_delay_interval = Some(100);
    message.properties.message_expiry_interval = Some(10);
    let (peer, _) = world.connect_with(with_will(kept(V5, "client"), message));
    world.advance(1000);
    world.cut(peer);
    world.advance(100);
    assert_eq!(world.take(watcher).expiry, Some(10));
    world.advance(4);
    let (reader, _) = world.connect_kept(V5, "reader");
    assert_eq!(world.take(reader).expiry, Some(6));
}

#[test]
fn a_will_is_downgraded_to_the_qos_of_the_subscription() {
    let mut world = World::new();
    let watcher = world.connect("watcher");
    world.subscribe(watcher, "will/a", AtLeastOnce);
    let message = will("will/a", "x", ExactlyOnce);
    let (peer, _) = world.connect_with(with_will(connect(V5, "client"), message));
    world.cut(peer);
    assert_eq!(world.take(watcher).qos, AtLeastOnce);
}

#[test]
fn a_will_waits_for_absent_subscribers_as_any_publish_does() {
    let mut world = World::new();
    let (reader, _) = world.connect_kept(V3_1_1, "reader");
    world.subscribe(reader, "will/a", ExactlyOnce);
    world.cut(reader);
    let message = will("will/a", "kept", ExactlyOnce);
    let (peer, _) = world.connect_with(with_will(connect(V5, "client"), message));
    world.cut(peer);
    let (reader, _) = world.connect_kept(V3_1_1, "reader");
    assert_eq!(world.payloads(reader), ["kept"]);
}

#[test]
fn a_will_reaches_the_own_session_of_its_client_if_that_lives_on() {
    let mut world = World::new();
    let message = will("will/a", "to myself", AtLeastOnce);
    let (peer, _) = world.connect_with(with_will(kept(V5, "client"), message));
    world.subscribe(peer, "will/a", AtLeastOnce);
    world.cut(peer);
    let (peer, _) = world.connect_kept(V5, "client");
    assert_eq!(world.payloads(peer), ["to myself"]);
}

#[test]
fn a_will_needs_a_topic_that_can_be_published_to() {
    let mut world = World::new();
    for topic in ["will/#", "+", ""] {
        let asked = with_will(connect(V5, "client"), will(topic, "x", AtMostOnce));
        world.expect_refused(asked, ReasonCode::TOPIC_NAME_INVALID);
        world.expect_closed(with_will(connect(V3_1_1, "client"), will(topic, "x", AtMostOnce)));
    }
    for version in [V3_1_1, V5] {
        let asked = with_will(connect(version, "client"), will("$SYS/x", "x", AtMostOnce));
        world.expect_refused(asked, ReasonCode::NOT_AUTHORIZED);
    }
    let mut message = will("will", "x", AtMostOnce);
    message.properties.response_topic = Some("answers/#");
    let asked = with_will(connect(V5, "client"), message);
    world.expect_refused(asked, ReasonCode::PROTOCOL_ERROR);
    assert_eq!(world.broker.totals().sessions, 0);
}

#[test]
fn an_empty_retained_will_clears_the_retained_message() {
    let mut world = World::new();
    let publisher = world.connect("publisher");
    let mut retained = publish("will/a", b"online", AtLeastOnce, 1);
    retained.retain = true;
    world.send(publisher, &Packet::Publish(retained));
    let mut message = will("will/a", "", AtLeastOnce);
    message.retain = true;
    let (peer, _) = world.connect_with(with_will(connect(V5, "client"), message));
    world.cut(peer);
    assert_eq!(world.broker.totals().retained_messages, 0);
}
