//! What an operator does.

use afterlink_core::broker::{
    Capabilities, Command, Config, DisconnectReason, Event, SessionEnd, TimerReason,
};
use afterlink_core::codec::packet::ConnAck;
use afterlink_core::codec::{Packet, QoS, ReasonCode};

use crate::handshake::*;
use crate::harness::*;

fn publishing(topic: &str, payload: &str, qos: QoS) -> Command {
    Command::Publish {
        topic: topic.to_owned(),
        payload: payload.as_bytes().to_vec(),
        qos,
        retain: false,
        message_expiry_interval: None,
    }
}

fn disconnecting(client_identifier: &str, reason_code: ReasonCode) -> Command {
    Command::Disconnect { client_identifier: client_identifier.to_owned(), reason_code }
}

fn expiring_session(client_identifier: &str) -> Command {
    Command::ExpireSession { client_identifier: client_identifier.to_owned() }
}

fn purging(client_identifier: &str) -> Command {
    Command::PurgeQueue { client_identifier: client_identifier.to_owned() }
}

fn configuring(world: &mut World, change: impl FnOnce(&mut Config)) {
    let mut config = Config::default();
    change(&mut config);
    world.command(Command::Config { config: Box::new(config) });
}

/// A world in which "away" sleeps and three messages wait for it.
fn waiting() -> World {
    let mut world = World::new();
    let (away, _) = world.connect_kept(V5, "away");
    world.subscribe(away, "a", ExactlyOnce);
    world.cut(away);
    for payload in ["1", "2", "3"] {
        world.command(publishing("a", payload, AtLeastOnce));
    }
    world
}

#[test]
fn the_broker_publishes_in_its_own_name() {
    for qos in [AtMostOnce, AtLeastOnce, ExactlyOnce] {
        let mut world = World::new();
        let peer = world.connect("client");
        world.subscribe(peer, "a", ExactlyOnce);
        world.command(publishing("a", "hello", qos));
        let message = world.take(peer);
        assert_eq!((message.payload.as_str(), message.qos), ("hello", qos));
        assert!(!message.retain && !message.dup);
    }
}

#[test]
fn the_broker_may_publish_to_its_own_topics() {
    let mut world = World::new();
    let peer = world.connect("client");
    world.subscribe(peer, "$SYS/#", AtMostOnce);
    world.subscribe(peer, "#", AtMostOnce);
    world.command(publishing("$SYS/uptime", "5", AtMostOnce));
    assert_eq!(world.payloads(peer), ["5"]);
}

#[test]
fn what_the_broker_publishes_may_be_retained_and_expires() {
    let mut world = World::new();
    world.command(Command::Publish {
        topic: "a".to_owned(),
        payload: b"for a while".to_vec(),
        qos: AtLeastOnce,
        retain: true,
        message_expiry_interval: Some(10),
    });
    world.advance(4);
    let peer = world.connect("first");
    world.subscribe(peer, "a", AtLeastOnce);
    assert_eq!(world.take(peer).expiry, Some(6));
    world.advance(6);
    let peer = world.connect("second");
    world.subscribe(peer, "a", AtLeastOnce);
    world.nothing(peer);
}

#[test]
fn a_topic_that_is_not_valid_is_not_published_to() {
    let mut world = World::new();
    let peer = world.connect("client");
    world.subscribe(peer, "#", AtMostOnce);
    for topic in ["", "a/#", "+", "a\0b"] {
        world.command(publishing(topic, "x", AtMostOnce));
    }
    world.nothing(peer);
}

#[test]
fn an_operator_ends_a_connection_and_the_session_lives_on() {
    for version in [V3_1_1, V5] {
        let mut world = World::new();
        let watcher = world.connect("watcher");
        world.subscribe(watcher, "will", AtMostOnce);
        let mut asked = kept(version, "client");
        asked.will = Some(will("will", "kicked", AtMostOnce));
        let (peer, _) = world.connect_with(asked);
        let reason_code = ReasonCode::ADMINISTRATIVE_ACTION;
        world.command(disconnecting("client", reason_code));
        if version == V5 {
            world.expect_disconnect(peer, reason_code);
        } else {
            world.expect_silent_close(peer);
        }
        assert!(world.events.iter().any(|event| matches!(event,
            Event::Disconnected { reason, .. }
                if *reason == DisconnectReason::Broker { reason_code })));
        assert_eq!(world.payloads(watcher), ["kicked"]);
        assert!(world.connect_kept(version, "client").1);
    }
}

// [MQTT-3.14.2-1]
#[test]
fn a_code_that_disconnect_does_not_have_is_replaced() {
    // The last two are a client's alone (§3.14.2.1).
    for reason in [0x8A, 0x7F, 0x01, 0x00, 0x04].map(ReasonCode::from_u8) {
        let mut world = World::new();
        let peer = world.connect("client");
        world.command(disconnecting("client", reason));
        world.expect_disconnect(peer, ReasonCode::ADMINISTRATIVE_ACTION);
    }
    let mut world = World::new();
    let peer = world.connect("client");
    world.command(disconnecting("client", ReasonCode::SERVER_BUSY));
    world.expect_disconnect(peer, ReasonCode::SERVER_BUSY);
}

#[test]
fn an_operator_ends_the_session_of_a_connected_client() {
    for expiry in [0, 3600, u32::MAX] {
        let mut world = World::new();
        let watcher = world.connect("watcher");
        world.subscribe(watcher, "will", AtMostOnce);
        let mut asked = expiring("client", expiry);
        let mut message = will("will", "ended", AtMostOnce);
        message.properties.will_delay_interval = Some(60);
        asked.will = Some(message);
        let (peer, _) = world.connect_with(asked);
        world.subscribe(peer, "a", AtLeastOnce);
        world.command(expiring_session("client"));
        world.expect_disconnect(peer, ReasonCode::ADMINISTRATIVE_ACTION);
        assert_eq!(world.payloads(watcher), ["ended"], "the end of the session ends the delay");
        assert!(!world.connect_kept(V5, "client").1);
        assert_eq!(world.broker.totals().subscriptions, 1);
    }
}

#[test]
fn an_operator_ends_the_session_of_an_absent_client() {
    let mut world = waiting();
    world.command(expiring_session("away"));
    assert!(world.broker.session("away").is_none());
    assert_eq!(world.broker.totals().queued_bytes, 0);
    assert_eq!(world.next_timer(), None);
    assert!(
        world
            .events
            .iter()
            .any(|event| matches!(event, Event::SessionEnded { reason: SessionEnd::Operator, .. }))
    );
    assert!(!world.connect_kept(V5, "away").1);
}

#[test]
fn an_operator_drops_all_that_waits_for_a_client() {
    let mut world = waiting();
    world.command(purging("away"));
    assert_eq!(world.broker.counters().drops.purged, 3);
    assert_eq!(world.broker.totals().queued_bytes, 0);
    world.command(publishing("a", "4", AtLeastOnce));
    let (away, present) = world.connect_kept(V5, "away");
    assert!(present);
    assert_eq!(world.payloads(away), ["4"]);
}

#[test]
fn what_is_on_its_way_already_is_not_purged() {
    let mut world = World::new();
    let (peer, _) = world.connect_kept(V5, "client");
    world.subscribe(peer, "a", AtLeastOnce);
    world.command(publishing("a", "sent", AtLeastOnce));
    world.message(peer);
    world.cut(peer);
    world.command(publishing("a", "queued", AtLeastOnce));
    world.command(purging("client"));
    let (peer, _) = world.connect_kept(V5, "client");
    assert_eq!(world.payloads(peer), ["sent"]);
}

#[test]
fn an_operator_drops_one_message() {
    let mut world = waiting();
    let queue = world.broker.queue("away", None, 10);
    let dropping = |arrival| Command::DropMessage { client_identifier: "away".to_owned(), arrival };
    world.command(dropping(queue[1].arrival));
    world.command(dropping(queue[1].arrival));
    world.command(dropping(u64::MAX));
    assert_eq!(world.broker.counters().drops.purged, 1);
    let (away, _) = world.connect_kept(V5, "away");
    assert_eq!(world.payloads(away), ["1", "3"]);
}

#[test]
fn a_command_that_names_nobody_does_nothing() {
    let mut world = waiting();
    world.command(disconnecting("nobody", ReasonCode::ADMINISTRATIVE_ACTION));
    world.command(disconnecting("away", ReasonCode::ADMINISTRATIVE_ACTION));
    world.command(expiring_session("nobody"));
    world.command(purging("nobody"));
    let client_identifier = "nobody".to_owned();
    world.command(Command::DropMessage { client_identifier, arrival: 1 });
    let (away, present) = world.connect_kept(V5, "away");
    assert!(present);
    assert_eq!(world.payloads(away), ["1", "2", "3"]);
}

#[test]
fn new_settings_are_for_those_who_connect_from_now_on() {
    let mut world = World::new();
    let old = world.connect("old");
    configuring(&mut world, |config| {
        config.limits.receive_maximum = 1;
        config.limits.topic_alias_maximum = 0;
        config.limits.packet_size_bytes_max = 100;
        config.capabilities = Capabilities {
            maximum_qos: AtMostOnce,
            retain: false,
            wildcard_subscription: false,
            shared_subscription: false,
            subscription_identifiers: false,
        };
    });
    // What CONNACK has told holds for the connection.
    world.send(old, &Packet::Publish(publish("a", b"1", ExactlyOnce, 1)));
    world.send(old, &Packet::Publish(publish("a", b"2", ExactlyOnce, 2)));
    let mut retained = publish("a", &[b'x'; 200], AtLeastOnce, 3);
    retained.retain = true;
    retained.properties.topic_alias = Some(16);
    world.send(old, &Packet::Publish(retained));
    let kinds: Vec<u8> = world.all(old).iter().map(|packet| packet.bytes()[0]).collect();
    assert_eq!(kinds, [0x50, 0x50, 0x40]);
    world.subscribe(old, "+/b", AtMostOnce);
    world.subscribe(old, "$share/g/b", AtMostOnce);
    let (new, packet) = world.handshake(connect(V5, "new"));
    let Packet::ConnAck(ConnAck { properties, .. }) = packet.packet() else {
        panic!("{packet:?}");
    };
    assert_eq!(properties.receive_maximum, Some(1));
    assert_eq!(properties.maximum_packet_size, Some(100));
    assert_eq!(properties.maximum_qos, Some(AtMostOnce));
    world.send(new, &Packet::Publish(publish("a", b"1", AtLeastOnce, 1)));
    world.expect_disconnect(new, ReasonCode::QOS_NOT_SUPPORTED);
}

#[test]
fn a_new_receive_maximum_does_not_close_a_connection_that_was_told_another() {
    let mut world = World::new();
    configuring(&mut world, |config| config.limits.receive_maximum = 2);
    let peer = world.connect("client");
    configuring(&mut world, |config| config.limits.receive_maximum = 100);
    for identifier in 1..=2 {
        world.send(peer, &Packet::Publish(publish("a", b"x", ExactlyOnce, identifier)));
        world.next(peer);
    }
    world.send(peer, &Packet::Publish(publish("a", b"x", ExactlyOnce, 3)));
    world.expect_disconnect(peer, ReasonCode::RECEIVE_MAXIMUM_EXCEEDED);
}

#[test]
fn fewer_bytes_for_unfinished_packets_cost_nobody_the_connection_who_leaves_none_unfinished() {
    let mut world = World::new();
    let (whole, slow) = (world.connect("whole"), world.connect("slow"));
    world.send_bytes(slow, &[0x30, 100, 0, 1]);
    configuring(&mut world, |config| config.limits.unfinished_packet_bytes_max = 3);
    world.send(whole, &Packet::PingReq);
    assert!(!world.is_closed(whole));
    world.send_bytes(slow, b"t");
    world.expect_disconnect(slow, ReasonCode::QUOTA_EXCEEDED);
}

#[test]
fn a_new_expiry_cap_leaves_the_sessions_that_sleep_alone() {
    let mut world = World::new();
    let (peer, _) = world.connect_with(expiring("sleeping", 1000));
    world.cut(peer);
    configuring(&mut world, |config| config.limits.session_expiry_seconds_max = Some(1));
    world.advance(999);
    let (peer, present) = world.connect_with(expiring("sleeping", 1000));
    assert!(present);
    world.cut(peer);
    world.advance(1);
    assert!(world.broker.session("sleeping").is_none());
}

#[test]
fn shutdown_says_goodbye_to_every_connection() {
    let mut world = World::new();
    let newest = world.connect("version 5");
    let (old, _) = world.connect_with(connect(V3_1_1, "version 3.1.1"));
    let (oldest, _) = world.connect_with(connect(V3_1, "version 3.1"));
    let idle = world.open();
    world.command(Command::Shutdown);
    world.expect_disconnect(newest, ReasonCode::SERVER_SHUTTING_DOWN);
    for peer in [old, oldest, idle] {
        world.expect_silent_close(peer);
    }
    assert_eq!(world.broker.totals().connections, 0);
    assert_eq!(world.next_timer(), None);
}

// [MQTT-3.1.2-8]
#[test]
fn shutdown_publishes_wills_by_their_rules() {
    let mut world = World::new();
    let (reader, _) = world.connect_kept(V3_1_1, "reader");
    world.subscribe(reader, "will/#", ExactlyOnce);
    world.cut(reader);
    let mut first = kept(V5, "first");
    first.will = Some(will("will/a", "at once", AtLeastOnce));
    world.connect_with(first);
    let mut second = expiring("second", 3600);
    let mut message = will("will/b", "later", AtLeastOnce);
    message.properties.will_delay_interval = Some(60);
    second.will = Some(message);
    world.connect_with(second);
    world.command(Command::Shutdown);
    assert_eq!(world.broker.session("reader").expect("kept").queue_len, 1);
    let delays = world.broker.timers(10);
    assert!(delays.iter().any(|timer| matches!(timer.reason, TimerReason::WillDelay { .. })));
    world.advance(60);
    let (reader, _) = world.connect_kept(V3_1_1, "reader");
    assert_eq!(world.payloads(reader), ["at once", "later"]);
}

#[test]
fn shutdown_keeps_the_sessions_that_outlive_their_connections() {
    let mut world = World::new();
    world.connect_kept(V5, "kept");
    world.connect("brief");
    world.command(Command::Shutdown);
    assert!(world.broker.session("brief").is_none());
    assert!(world.connect_kept(V5, "kept").1);
}

#[test]
fn a_purged_queue_is_not_filled_again_with_retained_messages_that_were_to_come() {
    let mut world = World::new();
    for number in 0..100 {
        let topic = format!("r/{number}");
        world.command(Command::Publish {
            topic,
            payload: b"kept".to_vec(),
            qos: AtLeastOnce,
            retain: true,
            message_expiry_interval: None,
        });
    }
    let (client, _) = world.connect_kept(V5, "client");
    world.subscribe(client, "r/#", AtLeastOnce);
    let sent = world.all(client).len();
    assert!(sent < 100, "the receive maximum holds the rest back");
    world.cut(client);
    world.command(purging("client"));
    let (client, _) = world.connect_kept(V5, "client");
    assert_eq!(world.payloads(client).len(), sent, "what was on its way, and nothing else");
}

#[test]
fn a_watcher_is_told_of_wills_before_it_is_disconnected_itself_whoever_came_first() {
    let mut world = World::new();
    let watcher = world.connect("watcher");
    world.subscribe(watcher, "will", AtMostOnce);
    let mut dying = connect(V5, "dying");
    dying.will = Some(will("will", "gone", AtMostOnce));
    let (dying, _) = world.connect_with(dying);
    world.command(Command::Shutdown);
    world.expect_disconnect(dying, ReasonCode::SERVER_SHUTTING_DOWN);
    assert_eq!(world.message(watcher).payload, "gone");
    world.expect_disconnect(watcher, ReasonCode::SERVER_SHUTTING_DOWN);
}
