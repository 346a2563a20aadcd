//! Every limit of the configuration at its edge: what is just allowed, and one more.

mod connection;

use afterlink_core::broker::{Limits, Records};
use afterlink_core::codec::packet::{Unsubscribe, UnsubscribeFilters};
use afterlink_core::codec::{Packet, ReasonCode, UserProperties};

use crate::exchange::*;
use crate::harness::*;

const OVER: ReasonCode = ReasonCode::QUOTA_EXCEEDED;

/// A broker with these limits changed.
fn limited(change: impl FnOnce(&mut Limits)) -> World {
    World::set(|config| change(&mut config.limits))
}

/// A PUBLISH of QoS 0 whose packet has `len` bytes (128 to 16 000 of them) without properties.
fn publish_of(world: &mut World, peer: Peer, len: usize) {
    // Fixed Header 3, topic 3, Property Length 1.
    let payload = vec![b'x'; len - 7];
    world.send(peer, &Packet::Publish(publish("t", &payload, AtMostOnce, 0)));
}

#[test]
fn the_defaults_are_those_that_are_documented() {
    let limits = Limits::default();
    assert_eq!((limits.queue_messages_max, limits.queue_bytes_max), (1000, 8 << 20));
    assert_eq!((limits.inflight_messages_max, limits.receive_maximum), (32, 64));
    assert_eq!(limits.packet_size_bytes_max, 1 << 20);
    assert_eq!(limits.packet_size_before_connect_bytes_max, 64 << 10);
    assert_eq!(limits.session_expiry_seconds_max, None);
    assert_eq!((limits.topic_alias_maximum, limits.keep_alive_seconds_max), (16, 3600));
    assert_eq!((limits.topic_levels_max, limits.connect_deadline_ms), (64, 10_000));
    assert_eq!(limits.subscriptions_per_session_max, 1000);
    assert_eq!((limits.filters_per_packet_max, limits.share_groups_per_session_max), (100, 64));
    assert_eq!((limits.client_identifier_bytes_max, limits.user_properties_max), (1024, 32));
    assert_eq!(limits.properties_bytes_max, 16 << 10);
    assert_eq!((limits.retained_messages_max, limits.retained_bytes_max), (100_000, 256 << 20));
    assert_eq!((limits.sessions_max, limits.connections_max), (100_000, 10_000));
    assert_eq!((limits.connections_per_address_max, limits.queued_bytes_max), (200, 256 << 20));
    assert_eq!(limits.unfinished_packet_bytes_max, 64 << 20);
}

// queue_messages_max, queue_bytes_max and refuse_deadline_ms: see overflow; queued_bytes_max: see
// budget.
// retained_messages_max, retained_bytes_max and work_per_call_max for them: see retained.
// receive_maximum: see publish.

#[test]
fn inflight_messages_max_holds_whatever_the_client_s_receive_maximum() {
    for receive_maximum in [None, Some(100), Some(4), Some(2)] {
        let mut world = limited(|limits| limits.inflight_messages_max = 3);
        let mut connect = connect(V5, "client");
        connect.properties.receive_maximum = receive_maximum;
        let client = world.connect_with(connect).0;
        world.subscribe(client, "#", AtLeastOnce);
        let publisher = world.connect("publisher");
        for _ in 0..5 {
            world.publish(publisher, "t", "", AtLeastOnce);
        }
        let expected = usize::from(receive_maximum.unwrap_or(u16::MAX).min(3));
        assert_eq!(world.all(client).len(), expected);
    }
}

#[test]
fn inflight_messages_max_is_the_window_of_version_3() {
    let mut world = limited(|limits| limits.inflight_messages_max = 3);
    let client = world.connect_with(connect(V3_1_1, "client")).0;
    world.subscribe(client, "#", AtLeastOnce);
    let publisher = world.connect("publisher");
    for _ in 0..5 {
        world.publish(publisher, "t", "", AtLeastOnce);
    }
    assert_eq!(world.all(client).len(), 3);
}

#[test]
fn packet_size_bytes_max_is_the_size_of_the_whole_packet() {
    let mut world = limited(|limits| limits.packet_size_bytes_max = 1000);
    let client = world.connect("client");
    world.subscribe(client, "#", AtMostOnce);
    publish_of(&mut world, client, 1000);
    assert_eq!(world.next(client).bytes().len(), 1000);
    publish_of(&mut world, client, 1001);
    world.expect_disconnect(client, ReasonCode::PACKET_TOO_LARGE);
    let old = world.connect_with(connect(V3_1_1, "old")).0;
    world.send_publish(old, "t", &"x".repeat(1000), AtLeastOnce, 1);
    world.nothing(old);
    assert!(world.is_closed(old));
}

#[test]
fn topic_alias_maximum_is_the_highest_alias_taken_and_given() {
    for maximum in [0_u16, 3] {
        let mut world = limited(|limits| limits.topic_alias_maximum = maximum);
        let mut connect = connect(V5, "client");
        connect.properties.topic_alias_maximum = Some(100);
        let client = world.connect_with(connect).0;
        world.subscribe(client, "#", AtMostOnce);
        for alias in 1..=maximum + 1 {
            let topic = format!("topic/{alias}");
            let mut packet = publish(&topic, b"", AtMostOnce, 0);
            packet.properties.topic_alias = (alias <= maximum).then_some(alias);
            world.send(client, &Packet::Publish(packet));
            let packet = world.next(client);
            let Packet::Publish(publish) = packet.packet() else { panic!("{packet:?}") };
            let expected = (alias <= maximum).then_some(alias);
            assert_eq!(publish.properties.topic_alias, expected);
        }
        let mut packet = publish("topic", b"", AtMostOnce, 0);
        packet.properties.topic_alias = Some(maximum + 1);
        world.send(client, &Packet::Publish(packet));
        world.expect_disconnect(client, ReasonCode::TOPIC_ALIAS_INVALID);
    }
}

#[test]
fn topic_levels_max_binds_topics_and_filters() {
    let mut world = limited(|limits| limits.topic_levels_max = 3);
    let client = world.connect("client");
    world.subscribe(client, "a/b/#", AtMostOnce);
    world.subscribe(client, "$share/g/a/b/c", AtMostOnce);
    for filter in ["a/b/c/#", "$share/g/a/b/c/d", "///"] {
        let codes = world.subscribe_with(client, &[filter_of(filter, AtMostOnce)]);
        assert_eq!(codes, [ReasonCode::TOPIC_FILTER_INVALID], "{filter}");
    }
    world.publish(client, "a/b/c", "", AtMostOnce);
    assert_eq!(world.payloads(client).len(), 2);
    world.send_publish(client, "a/b/c/d", "", AtMostOnce, 0);
    world.expect_disconnect(client, ReasonCode::TOPIC_NAME_INVALID);
}

#[test]
fn subscriptions_per_session_max_refuses_a_new_filter_and_no_replacement() {
    let mut world = limited(|limits| limits.subscriptions_per_session_max = 2);
    let client = world.connect("client");
    let filters = [
        filter_of("a", AtMostOnce),
        filter_of("b", AtMostOnce),
        filter_of("c", AtMostOnce),
        filter_of("a", AtLeastOnce),
    ];
    assert_eq!(
        world.subscribe_with(client, &filters),
        [SUCCESS, SUCCESS, OVER, ReasonCode::GRANTED_QOS_1]
    );
    world.unsubscribe(client, &["b"]);
    world.subscribe(client, "c", AtMostOnce);
    let other = world.connect("other");
    world.subscribe(other, "c", AtMostOnce);
}

#[test]
fn filters_per_packet_max_binds_subscribe_and_unsubscribe() {
    let mut world = limited(|limits| limits.filters_per_packet_max = 3);
    let client = world.connect("client");
    let filters = [filter_of("t", AtMostOnce); 4];
    assert_eq!(world.subscribe_with(client, &filters[..3]).len(), 3);
    assert_eq!(world.unsubscribe(client, &["t"; 3]).len(), 3);
    let unsubscribe = Unsubscribe {
        packet_identifier: id(1),
        user_properties: UserProperties::NONE,
        filters: UnsubscribeFilters::from_slice(&["t"; 4]),
    };
    world.send(client, &Packet::Unsubscribe(unsubscribe));
    world.expect_disconnect(client, OVER);
}

#[test]
fn share_groups_per_session_max_refuses_a_new_group_and_no_replacement() {
    let mut world = limited(|limits| limits.share_groups_per_session_max = 2);
    let client = world.connect("client");
    let filters = ["$share/g/a", "$share/g/b", "$share/h/a", "$share/g/a", "plain"]
        .map(|filter| filter_of(filter, AtMostOnce));
    assert_eq!(world.subscribe_with(client, &filters), [SUCCESS, SUCCESS, OVER, SUCCESS, SUCCESS]);
    world.unsubscribe(client, &["$share/g/b"]);
    world.subscribe(client, "$share/h/a", AtMostOnce);
}

#[test]
fn user_properties_max_and_properties_bytes_max_bind_one_packet() {
    let mut world = limited(|limits| {
        limits.user_properties_max = 2;
        limits.properties_bytes_max = 50;
    });
    let send = |world: &mut World, pairs: &[(&str, &str)]| {
        let client = world.connect("client");
        let mut packet = publish("t", b"", AtMostOnce, 0);
        packet.properties.user_properties = UserProperties::from_pairs(pairs);
        world.send(client, &Packet::Publish(packet));
        client
    };
    let client = send(&mut world, &[("a", "b"); 2]);
    assert!(!world.is_closed(client));
    let client = send(&mut world, &[("a", "b"); 3]);
    world.expect_disconnect(client, OVER);
    // A User Property costs 5 bytes beside its texts.
    let fits = "x".repeat(44);
    let client = send(&mut world, &[("a", &fits)]);
    assert!(!world.is_closed(client));
    let client = send(&mut world, &[("ab", &fits)]);
    world.expect_disconnect(client, OVER);
}

#[test]
fn unpersisted_bytes_max_stops_reading_from_publishers_until_the_store_has_caught_up() {
    let mut world = World::set(|config| {
        config.records = Records::Durable;
        config.limits.unpersisted_bytes_max = 2000;
    });
    world.away(V5, "client", "#", AtLeastOnce);
    let publisher = world.connect("publisher");
    world.persists = false;
    let mut sent = 0;
    while world.is_reading(publisher) {
        world.send_publish(publisher, "t", &"x".repeat(100), AtLeastOnce, 1 + sent);
        sent += 1;
        assert!(sent < 60);
    }
    let bytes = world.broker.totals().unpersisted_bytes;
    assert!((2001..2500).contains(&bytes), "{bytes}");
    world.nothing(publisher);
    let all = world.records.len() as u64;
    world.persist(all);
    assert!(world.is_reading(publisher));
    assert_eq!(world.all(publisher).len(), usize::from(sent));
}

#[test]
fn work_per_call_max_bounds_the_timers_fired_in_one_call() {
    let mut world = limited(|limits| limits.work_per_call_max = 10);
    for n in 0..25 {
        let name = format!("c{n}");
        let (peer, _) = world.connect_kept(V5, &name);
        world.cut(peer);
    }
    world.sleep(3600);
    for left in [15, 5, 0] {
        world.input(afterlink_core::broker::Input::Timeout);
        assert_eq!(world.broker.totals().sessions, left);
    }
    assert_eq!(world.next_timer(), None);
}

#[test]
fn work_per_call_max_bounds_the_retained_messages_that_expire_in_one_call() {
    let mut world = limited(|limits| limits.work_per_call_max = 10);
    let publisher = world.connect("publisher");
    for n in 0..25 {
        let mut retained = publish("", b"x", AtMostOnce, 1);
        let topic = format!("t{n:02}");
        retained.topic = &topic;
        retained.retain = true;
        retained.properties.message_expiry_interval = Some(10);
        world.send(publisher, &Packet::Publish(retained));
    }
    world.sleep(10);
    for left in [15, 5, 0] {
        assert!(world.next_timer().is_some_and(|(at, _)| at <= world.now));
        world.input(afterlink_core::broker::Input::Timeout);
        assert_eq!(world.broker.totals().retained_messages, left);
    }
    assert!(world.next_timer().is_none_or(|(at, _)| at > world.now));
}

#[test]
fn receive_maximum_of_the_broker_is_the_number_of_publishes_it_takes_at_once() {
    for maximum in [1_u16, 5] {
        let mut world = limited(|limits| limits.receive_maximum = maximum);
        let client = world.connect("client");
        for identifier in 1..=maximum {
            let packet = publish("t", b"", ExactlyOnce, identifier);
            world.send(client, &Packet::Publish(packet));
            assert_eq!(world.answer(client), ("PUBREC", identifier, SUCCESS));
        }
        world.send_publish(client, "t", "", ExactlyOnce, maximum + 1);
        world.expect_disconnect(client, ReasonCode::RECEIVE_MAXIMUM_EXCEEDED);
    }
}

#[test]
fn a_limit_of_0_that_would_stop_the_broker_counts_as_1() {
    let zero = |limits: &mut Limits| {
        limits.queue_messages_max = 0;
        limits.inflight_messages_max = 0;
        limits.receive_maximum = 0;
        limits.work_per_call_max = 0;
    };
    let mut started = limited(zero);
    let mut changed = World::new();
    let mut config = Box::new(changed.broker.config().clone());
    zero(&mut config.limits);
    changed.command(afterlink_core::broker::Command::Config { config });
    for world in [&mut started, &mut changed] {
        for version in [V3_1_1, V5] {
            world.away(version, "client", "t", AtLeastOnce);
            let publisher = world.connect_with(connect(version, "publisher")).0;
            world.publish(publisher, "t", "1", AtLeastOnce);
            let (client, _) = world.connect_kept(version, "client");
            assert_eq!(world.payloads(client), ["1"]);
        }
        world.sleep(1_000_000);
        while world.next_timer().is_some_and(|(at, _)| at <= world.now) {
            world.input(afterlink_core::broker::Input::Timeout);
        }
    }
}
