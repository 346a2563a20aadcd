//! The one gate on every path.

mod paths;

use afterlink_core::broker::{Command, Config, Event, V3PublishNotAuthorized, WillCancelled};
use afterlink_core::codec::{Packet, QoS, ReasonCode};
use afterlink_core::session::DropCause;

use crate::harness::*;

/// Sends a retained PUBLISH of QoS 1 and takes its PUBACK.
fn retain(world: &mut World, peer: Peer, topic: &str, payload: &str) {
    let mut retained = publish(topic, payload.as_bytes(), AtLeastOnce, 1);
    retained.retain = true;
    world.send(peer, &Packet::Publish(retained));
    let packet = world.next(peer);
    assert!(matches!(packet.packet(), Packet::PubAck(_)), "{packet:?}");
}

/// A world in which "reader" sleeps, with a subscription to everything.
fn sleeping(qos: QoS) -> (World, Peer) {
    let mut world = World::new();
    let (reader, _) = world.connect_kept(V5, "reader");
    world.subscribe(reader, "#", qos);
    world.cut(reader);
    let publisher = world.connect("publisher");
    (world, publisher)
}

#[test]
fn a_publish_of_version_5_that_is_not_authorized_is_answered_and_goes_nowhere() {
    let mut world = World::new();
    world.refuse(&["secret/#"], &[]);
    let peer = world.connect("client");
    world.subscribe(peer, "#", ExactlyOnce);
    world.send(peer, &Packet::Publish(publish("secret/a", b"0", AtMostOnce, 1)));
    world.nothing(peer);
    world.send(peer, &Packet::Publish(publish("secret/a", b"1", AtLeastOnce, 1)));
    let packet = world.next(peer);
    let Packet::PubAck(puback) = packet.packet() else { panic!("{packet:?}") };
    assert_eq!(puback.reason_code, ReasonCode::NOT_AUTHORIZED);
    world.send(peer, &Packet::Publish(publish("secret/a", b"2", ExactlyOnce, 2)));
    let packet = world.next(peer);
    let Packet::PubRec(pubrec) = packet.packet() else { panic!("{packet:?}") };
    assert_eq!(pubrec.reason_code, ReasonCode::NOT_AUTHORIZED);
    world.nothing(peer);
    assert_eq!(world.broker.counters().publishes_refused, 3);
}

// [MQTT-4.3.3-9]
#[test]
fn the_identifier_of_a_refused_publish_is_free_for_a_new_message() {
    let mut world = World::new();
    world.refuse(&["a"], &[]);
    let peer = world.connect("client");
    world.subscribe(peer, "a", AtMostOnce);
    world.send(peer, &Packet::Publish(publish("a", b"refused", ExactlyOnce, 1)));
    world.next(peer);
    world.refuse(&[], &[]);
    world.send(peer, &Packet::Publish(publish("a", b"allowed", ExactlyOnce, 1)));
    assert!(matches!(world.next(peer).packet(), Packet::Publish(_)));
    let packet = world.next(peer);
    let Packet::PubRec(pubrec) = packet.packet() else { panic!("{packet:?}") };
    assert_eq!(pubrec.reason_code, ReasonCode::SUCCESS);
}

// [MQTT3-3.3.5-2]
#[test]
fn a_version_3_publisher_is_acknowledged_as_always_or_closed() {
    for version in [V3_1, V3_1_1] {
        let mut world = World::new();
        world.refuse(&["secret"], &[]);
        let watcher = world.connect("watcher");
        world.subscribe(watcher, "#", AtMostOnce);
        let (peer, _) = world.connect_with(connect(version, "client"));
        for qos in [AtMostOnce, AtLeastOnce, ExactlyOnce] {
            world.publish(peer, "secret", "x", qos);
        }
        world.ping(peer);
        world.nothing(watcher);
        let config = Config {
            v3_publish_not_authorized: V3PublishNotAuthorized::Close,
            ..Config::default()
        };
        for qos in [AtMostOnce, AtLeastOnce, ExactlyOnce] {
            let mut world = World::with(config.clone());
            world.refuse(&["secret"], &[]);
            let (peer, _) = world.connect_with(connect(version, "client"));
            world.send(peer, &Packet::Publish(publish("secret", b"x", qos, 1)));
            world.expect_silent_close(peer);
        }
    }
}

// §4.7.2
#[test]
fn topics_that_begin_with_a_dollar_are_the_servers() {
    let mut world = World::new();
    let peer = world.connect("client");
    world.subscribe(peer, "$SYS/#", AtMostOnce);
    for topic in ["$SYS/up", "$", "$share/g/a"] {
        world.send(peer, &Packet::Publish(publish(topic, b"x", AtLeastOnce, 1)));
        let packet = world.next(peer);
        let Packet::PubAck(puback) = packet.packet() else { panic!("{packet:?}") };
        assert_eq!(puback.reason_code, ReasonCode::NOT_AUTHORIZED, "{topic}");
    }
    world.publish(peer, "a/$b", "x", AtLeastOnce);
}

#[test]
fn a_filter_is_refused_that_lies_wholly_under_a_refused_one() {
    let mut world = World::new();
    world.refuse(&[], &["secret/#", "+/hidden", "exact"]);
    let cases = [
        ("secret", false),
        ("secret/#", false),
        ("secret/+/a", false),
        ("a/hidden", false),
        ("+/hidden", false),
        ("exact", false),
        ("#", true),
        ("+", true),
        ("secrets", true),
        ("a/b/hidden", true),
        ("+/#", true),
        ("exact/a", true),
        // A filter that begins with a wildcard says nothing about what begins with a dollar
        // [MQTT-4.7.2-1].
        ("$SYS/hidden", true),
    ];
    let (old, _) = world.connect_with(connect(V3_1_1, "old"));
    let peer = world.connect("client");
    for (filter, granted) in cases {
        let shared = format!("$share/group/{filter}");
        for filter in [filter, &shared] {
            let codes = world.subscribe_with(peer, &[filter_of(filter, AtLeastOnce)]);
            let expected =
                if granted { ReasonCode::GRANTED_QOS_1 } else { ReasonCode::NOT_AUTHORIZED };
            assert_eq!(codes, [expected], "{filter}");
            let codes = world.subscribe_with(old, &[filter_of(filter, AtLeastOnce)]);
            let expected =
                if granted { ReasonCode::GRANTED_QOS_1 } else { ReasonCode::UNSPECIFIED_ERROR };
            assert_eq!(codes, [expected], "{filter}");
        }
    }
}

#[test]
fn one_refused_filter_does_not_keep_the_others_of_its_subscribe_from_being_granted() {
    let mut world = World::new();
    world.refuse(&[], &["secret"]);
    let peer = world.connect("client");
    let filters = ["a", "secret", "b"].map(|filter| filter_of(filter, AtMostOnce));
    let granted = ReasonCode::GRANTED_QOS_0;
    let codes = world.subscribe_with(peer, &filters);
    assert_eq!(codes, [granted, ReasonCode::NOT_AUTHORIZED, granted]);
    assert_eq!(world.unsubscribe(peer, &["secret"]), [ReasonCode::NO_SUBSCRIPTION_EXISTED]);
}

fn both(world: &mut World, publisher: Peer, qos: QoS) {
    world.publish(publisher, "secret/a", "denied", qos);
    world.publish(publisher, "public/a", "allowed", qos);
}

#[test]
fn what_is_denied_while_a_session_sleeps_is_dropped_and_counted_when_it_wakes() {
    let (mut world, publisher) = sleeping(ExactlyOnce);
    for _ in 0..3 {
        both(&mut world, publisher, AtLeastOnce);
    }
    world.refuse(&[], &["secret/#"]);
    let (reader, _) = world.connect_kept(V5, "reader");
    assert_eq!(world.payloads(reader), ["allowed"; 3]);
    assert_eq!(world.broker.counters().drops.not_authorized, 3);
    let dropped = |event: &&Event| {
        matches!(event, Event::MessageDropped { cause: DropCause::NotAuthorized, topic, .. }
            if topic == "secret/a")
    };
    assert_eq!(world.events.iter().filter(dropped).count(), 3);
}

#[test]
fn what_is_denied_and_allowed_again_while_a_session_sleeps_is_delivered() {
    let (mut world, publisher) = sleeping(ExactlyOnce);
    both(&mut world, publisher, AtLeastOnce);
    world.refuse(&[], &["secret/#"]);
    world.refuse(&[], &[]);
    let (reader, _) = world.connect_kept(V5, "reader");
    assert_eq!(world.payloads(reader), ["denied", "allowed"]);
}

#[test]
fn a_message_that_is_denied_before_it_is_sent_again_frees_its_identifier() {
    let mut world = World::new();
    let (reader, _) = world.connect_kept(V5, "reader");
    world.subscribe(reader, "#", ExactlyOnce);
    let publisher = world.connect("publisher");
    both(&mut world, publisher, ExactlyOnce);
    world.all(reader);
    world.cut(reader);
    world.refuse(&[], &["secret/#"]);
    let (reader, _) = world.connect_kept(V5, "reader");
    assert_eq!(world.payloads(reader), ["allowed"]);
    assert_eq!(world.broker.session("reader").expect("kept").inflight_len, 0);
}

// A released message is with its receiver already; what is left is to end the exchange.
#[test]
fn an_exchange_that_has_reached_pubrel_is_ended_though_its_topic_is_denied() {
    let mut world = World::new();
    let (reader, _) = world.connect_kept(V5, "reader");
    world.subscribe(reader, "secret", ExactlyOnce);
    let publisher = world.connect("publisher");
    world.publish(publisher, "secret", "x", ExactlyOnce);
    let message = world.message(reader);
    world.send(reader, &Packet::PubRec(ack(message.identifier)));
    world.cut(reader);
    world.refuse(&[], &["secret"]);
    let (reader, _) = world.connect_kept(V5, "reader");
    let packet = world.next(reader);
    let Packet::PubRel(pubrel) = packet.packet() else { panic!("{packet:?}") };
    assert_eq!(pubrel.packet_identifier, id(message.identifier));
    world.send(reader, &Packet::PubComp(ack(message.identifier)));
    assert_eq!(world.broker.session("reader").expect("kept").inflight_len, 0);
}

#[test]
fn a_publisher_whose_topic_is_denied_may_end_the_exchange_it_began() {
    let mut world = World::new();
    let peer = world.connect("client");
    world.send(peer, &Packet::Publish(publish("a", b"x", ExactlyOnce, 5)));
    world.next(peer);
    world.refuse(&["a"], &[]);
    world.send(peer, &Packet::PubRel(ack(5)));
    let packet = world.next(peer);
    let Packet::PubComp(pubcomp) = packet.packet() else { panic!("{packet:?}") };
    assert_eq!(pubcomp.reason_code, ReasonCode::SUCCESS);
}

#[test]
fn a_will_is_judged_when_it_fires() {
    let mut world = World::new();
    let watcher = world.connect("watcher");
    world.subscribe(watcher, "#", AtMostOnce);
    let mut message = will("secret/will", "late", AtMostOnce);
    message.properties.will_delay_interval = Some(10);
    let mut asked = kept(V5, "client");
    asked.will = Some(message);
    for allowed_again in [false, true] {
        world.refuse(&["secret/#"], &[]);
        // That CONNECT is accepted promises nothing.
        let (peer, _) = world.connect_with(asked.clone());
        world.cut(peer);
        if allowed_again {
            world.refuse(&[], &[]);
        }
        world.advance(10);
        assert_eq!(world.payloads(watcher).len(), usize::from(allowed_again));
        let cancelled = world.events.iter().any(|event| {
            matches!(event, Event::WillCancelled { reason: WillCancelled::NotAuthorized, .. })
        });
        assert_eq!(cancelled, !allowed_again);
        world.events.clear();
    }
}

#[test]
fn a_denied_publish_does_not_change_the_retained_message() {
    let mut world = World::new();
    let publisher = world.connect("publisher");
    retain(&mut world, publisher, "a", "before");
    world.refuse(&["a"], &[]);
    retain(&mut world, publisher, "a", "denied");
    retain(&mut world, publisher, "a", "");
    world.refuse(&[], &[]);
    let reader = world.connect("reader");
    world.subscribe(reader, "a", AtLeastOnce);
    assert_eq!(world.payloads(reader), ["before"]);
}

#[test]
fn nothing_is_kept_for_a_share_that_may_not_receive_it() {
    let mut world = World::new();
    let (reader, _) = world.connect_kept(V5, "reader");
    world.subscribe(reader, "$share/group/#", AtLeastOnce);
    world.cut(reader);
    world.refuse(&[], &["secret/#"]);
    let publisher = world.connect("publisher");
    both(&mut world, publisher, AtLeastOnce);
    let groups = world.broker.share_groups(None, 10);
    let queue = world.broker.group_queue(&groups[0].name, None, 10);
    assert_eq!(
        queue.iter().map(|one| one.message.topic.as_str()).collect::<Vec<_>>(),
        ["public/a"]
    );
}

#[test]
fn what_is_denied_to_every_client_is_not_denied_to_the_broker() {
    let mut world = World::new();
    world.refuse(&["#"], &[]);
    let reader = world.connect("reader");
    world.subscribe(reader, "#", AtMostOnce);
    let publisher = world.connect("publisher");
    world.send(publisher, &Packet::Publish(publish("a", b"x", AtMostOnce, 1)));
    world.command(Command::Publish {
        topic: "a".to_owned(),
        payload: b"the broker's own".to_vec(),
        qos: AtMostOnce,
        retain: false,
        message_expiry_interval: None,
    });
    assert_eq!(world.payloads(reader), ["the broker's own"]);
}

#[test]
fn a_queued_message_is_judged_though_topics_may_have_fewer_levels_now() {
    let mut world = World::new();
    world.away(V5, "client", "#", AtLeastOnce);
    let publisher = world.connect("publisher");
    world.publish(publisher, "secret/b/c", "1", AtLeastOnce);
    let mut config = Box::new(world.broker.config().clone());
    config.limits.topic_levels_max = 2;
    world.command(Command::Config { config });
    world.refuse(&[], &["secret/#"]);
    let (client, _) = world.connect_kept(V5, "client");
    assert_eq!(world.payloads(client), [""; 0]);
}
