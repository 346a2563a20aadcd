//! Views: what can be seen of a broker.

mod changes;

use afterlink_core::broker::view::{ConnectionState, MessageView};
use afterlink_core::broker::{
    Authentication, AuthenticationVerdict, Config, Records, SharedDelivery, TimerReason,
};
use afterlink_core::codec::packet::PublishProperties;
use afterlink_core::codec::{Packet, ReasonCode};
use afterlink_core::session::{ClientIdentifier, StageName};

use crate::harness::*;

#[test]
fn a_session_shows_what_it_holds_while_its_client_is_there() {
    let mut world = World::new();
    let mut connect = kept(V5, "seen");
    connect.keep_alive = 20;
    connect.properties.receive_maximum = Some(7);
    connect.will = Some(will("last/words", "bye", AtLeastOnce));
    let (seen, _) = world.connect_with(connect);
    world.subscribe(seen, "a/+", AtLeastOnce);
    world.subscribe(seen, "a/b", ExactlyOnce);
    let view = world.broker.session("seen").expect("a session");
    assert_eq!(view.client_identifier.as_str(), "seen");
    assert_eq!((view.created_at, view.disconnected_at, view.expires_at), (START, None, None));
    assert_eq!(view.expiry_interval, 3600);
    assert_eq!(view.subscriptions_len, 2);
    let will = view.will.expect("a will");
    assert_eq!((will.topic.as_str(), will.due_at), ("last/words", None));
    let connection = view.connection.expect("a connection");
    assert_eq!(connection.state, ConnectionState::Active);
    assert_eq!(connection.version, Some(V5));
    assert_eq!(connection.deadline, Some(START.plus_seconds(30)));
    assert_eq!(connection.window, 7);
    assert!(connection.reading);
    let filters: Vec<_> = world
        .broker
        .subscriptions("seen", None, 10)
        .into_iter()
        .map(|view| (view.filter.to_string(), view.subscription.options.qos))
        .collect();
    assert_eq!(filters, [("a/+".into(), AtLeastOnce), ("a/b".into(), ExactlyOnce)]);
}

#[test]
fn an_absent_session_shows_its_queue_with_deadlines_and_when_it_will_end() {
    let mut world = World::new();
    let (away, _) = world.connect_kept(V5, "away");
    world.subscribe(away, "a", AtLeastOnce);
    world.cut(away);
    let publisher = world.connect("publisher");
    let mut expiring = publish("a", b"soon", AtLeastOnce, 1);
    expiring.properties.message_expiry_interval = Some(30);
    world.send(publisher, &Packet::Publish(expiring));
    world.publish(publisher, "a", "kept", AtLeastOnce);
    world.publish(publisher, "a", "kept too", AtLeastOnce);
    let view = world.broker.session("away").expect("a session");
    assert_eq!(view.disconnected_at, Some(START));
    assert_eq!(view.expires_at, Some(START.plus_seconds(3600)));
    assert_eq!((view.queue_len, view.queue_bytes), (3, 1 + 4 + 1 + 4 + 1 + 8));
    let queue = world.broker.queue("away", None, 2);
    assert_eq!(queue.len(), 2);
    assert_eq!(queue[0].message.expires_at, Some(START.plus_seconds(30)));
    assert_eq!(queue[0].message.publisher.as_ref().map(|one| one.as_str()), Some("publisher"));
    let rest = world.broker.queue("away", Some(queue[1].arrival), 2);
    assert_eq!(rest.len(), 1);
    assert_eq!(rest[0].message.payload, b"kept too");
    let timers = world.broker.timers(10);
    assert_eq!(timers.len(), 3, "the publisher has a keep alive");
    assert_eq!(timers[0].at, START.plus_seconds(30));
    assert!(matches!(&timers[0].reason, TimerReason::MessageExpiry { client_identifier }
        if client_identifier.as_str() == "away"));
    assert!(matches!(timers[1].reason, TimerReason::SessionExpiry { .. }));
}

#[test]
fn inflight_messages_show_their_identifier_and_stage() {
    let mut world = World::new();
    let (client, _) = world.connect_kept(V5, "client");
    world.subscribe(client, "a", ExactlyOnce);
    let publisher = world.connect("publisher");
    for (payload, qos) in [("one", AtLeastOnce), ("two", ExactlyOnce), ("three", ExactlyOnce)] {
        world.publish(publisher, "a", payload, qos);
    }
    let identifiers: Vec<u16> = (0..3).map(|_| world.message(client).identifier).collect();
    world.send(client, &Packet::PubRec(ack(identifiers[2])));
    let inflight = world.broker.inflight("client", None, 10);
    let seen: Vec<_> =
        inflight.iter().map(|one| (one.packet_identifier.get(), one.stage)).collect();
    assert_eq!(
        seen,
        [
            (identifiers[0], StageName::AwaitingPubAck),
            (identifiers[1], StageName::AwaitingPubRec),
            (identifiers[2], StageName::AwaitingPubComp),
        ]
    );
    assert_eq!(inflight[1].message.as_ref().map(|one| one.payload.as_slice()), Some(&b"two"[..]));
    assert_eq!(inflight[2].message, None, "PUBLISH cannot be sent again after PUBREC");
    assert_eq!(world.broker.inflight("client", Some(inflight[0].place), 1), inflight[1..2]);
}

#[test]
fn half_received_qos_2_shows_the_identifiers_that_wait_for_pubrel() {
    let mut world = World::new();
    let (client, _) = world.connect_kept(V3_1_1, "client");
    for identifier in [9, 3] {
        world.send(client, &Packet::Publish(publish("a", b"", ExactlyOnce, identifier)));
    }
    assert_eq!(world.broker.received_identifiers("client", None, 10), [id(3), id(9)]);
    assert_eq!(world.broker.received_identifiers("client", Some(id(3)), 10), [id(9)]);
    world.send(client, &Packet::PubRel(ack(3)));
    assert_eq!(world.broker.received_identifiers("client", None, 10), [id(9)]);
}

#[test]
fn sessions_come_in_pages_and_expired_ones_are_not_seen_though_nobody_swept_them() {
    let mut world = World::new();
    for number in 0..5 {
        let identifier = format!("client-{number}");
        let mut connect = kept(V5, &identifier);
        connect.properties.session_expiry_interval = Some(if number == 2 { 5 } else { 500 });
        let (peer, _) = world.connect_with(connect);
        world.cut(peer);
    }
    let first = world.broker.sessions(None, 2);
    let rest = world.broker.sessions(Some(first[1].number), 10);
    assert_eq!((first.len(), rest.len()), (2, 3));
    world.sleep(5);
    let probe = world.open();
    world.nothing(probe);
    assert_eq!(world.broker.sessions(None, 10).len(), 4);
    assert_eq!(world.broker.session("client-2"), None);
}

#[test]
fn retained_messages_and_share_groups_have_pages() {
    let config = Config { shared_delivery: SharedDelivery::OnlineFirst, ..Config::default() };
    let mut world = World::with(config);
    let publisher = world.connect("publisher");
    for topic in ["b", "a", "c/d"] {
        let mut retained = publish(topic, topic.as_bytes(), AtMostOnce, 1);
        retained.retain = true;
        world.send(publisher, &Packet::Publish(retained));
    }
    let topics = |after: Option<&str>| {
        let page = world.broker.retained(after, 2);
        page.into_iter().map(|view| view.message.topic).collect::<Vec<_>>()
    };
    assert_eq!(topics(None), ["a", "b"]);
    assert_eq!(topics(Some("b")), ["c/d"]);
    let (member, _) = world.connect_kept(V5, "member");
    world.subscribe(member, "$share/g/work", AtLeastOnce);
    world.cut(member);
    world.publish(publisher, "work", "waits", AtLeastOnce);
    let groups = world.broker.share_groups(None, 10);
    assert_eq!(groups.len(), 1);
    assert_eq!(groups[0].members[0].0.as_str(), "member");
    assert!(!groups[0].members[0].1, "it is away");
    assert_eq!(groups[0].queue_len, 1);
    let queue = world.broker.group_queue(&groups[0].name, None, 10);
    assert_eq!(queue[0].message.payload, b"waits");
    let totals = world.broker.totals();
    assert_eq!((totals.sessions, totals.connections), (2, 1));
    assert_eq!((totals.retained_messages, totals.share_groups), (3, 1));
    assert_eq!(totals.queued_bytes, 9);
}

#[test]
fn a_page_of_retained_messages_is_full_though_some_have_expired() {
    let mut world = World::new();
    let publisher = world.connect("publisher");
    for topic in ["a", "b", "c"] {
        let mut retained = publish(topic, b"x", AtMostOnce, 1);
        retained.retain = true;
        retained.properties.message_expiry_interval = (topic != "c").then_some(1);
        world.send(publisher, &Packet::Publish(retained));
    }
    world.sleep(1);
    world.send(publisher, &Packet::PingReq);
    let page = world.broker.retained(None, 2);
    assert_eq!(page.into_iter().map(|view| view.message.topic).collect::<Vec<_>>(), ["c"]);
}

#[test]
fn a_page_of_retained_messages_goes_on_behind_a_topic_of_any_depth() {
    let mut world = World::set(|config| config.limits.topic_levels_max = 200);
    let publisher = world.connect("publisher");
    let deep = "a/".repeat(150);
    for topic in [deep.as_str(), "b"] {
        world.retain(publisher, topic, "x", AtLeastOnce);
    }
    let page = world.broker.retained(Some(&deep), 2);
    assert_eq!(page.into_iter().map(|view| view.message.topic).collect::<Vec<_>>(), ["b"]);
}

#[test]
fn a_message_shows_all_that_it_came_with() {
    let mut world = World::new();
    world.away(V5, "away", "t", AtLeastOnce);
    let publisher = world.connect("publisher");
    world.publish(publisher, "another", "", AtLeastOnce);
    world.advance_ms(1234);
    let mut told = publish("t", b"payload", ExactlyOnce, 1);
    told.retain = true;
    told.properties = PublishProperties {
        payload_format_indicator: Some(true),
        message_expiry_interval: Some(60),
        content_type: Some("text"),
        response_topic: Some("answers"),
        correlation_data: Some(b"question"),
        ..PublishProperties::default()
    };
    world.send(publisher, &Packet::Publish(told));
    assert_eq!(world.broker.last_sequence(), 2);
    let expected = MessageView {
        sequence: 2,
        topic: "t".to_owned(),
        payload: b"payload".to_vec(),
        qos: ExactlyOnce,
        retain: true,
        publisher: Some(ClientIdentifier::new("publisher")),
        received_at: START.plus_millis(1234),
        expires_at: Some(START.plus_millis(61_234)),
        payload_format_indicator: Some(true),
        content_type: Some("text".to_owned()),
        response_topic: Some("answers".to_owned()),
        correlation_data: Some(b"question".to_vec()),
        user_properties: Vec::new(),
    };
    assert_eq!(world.broker.queue("away", None, 9)[0].message, expected);
    assert_eq!(world.broker.retained(None, 9)[0].message, expected);
    let other = world.connect("other");
    world.publish(other, "t", "", AtLeastOnce);
    assert!(!world.broker.queue("away", None, 9)[1].message.retain);
}

#[test]
fn packets_and_messages_are_counted_one_by_one() {
    for records in [Records::Off, Records::Durable] {
        let mut world = World::set(|config| config.records = records);
        let (subscriber, _) = world.connect_kept(V5, "subscriber");
        world.subscribe(subscriber, "#", ExactlyOnce);
        let (publisher, _) = world.connect_kept(V5, "publisher");
        let before = *world.broker.counters();
        assert_eq!(before.connects_accepted, 2);
        // CONNECT and SUBSCRIBE, and their answers.
        assert_eq!((before.packets_received, before.packets_sent), (3, 3));
        assert_eq!((before.messages_received, before.messages_sent), ([0; 3], [0; 3]));
        for (qos, times) in [(AtMostOnce, 1), (AtLeastOnce, 2), (ExactlyOnce, 3)] {
            for _ in 0..times {
                world.publish(publisher, "t", "", qos);
                world.take(subscriber);
            }
        }
        let after = *world.broker.counters();
        assert_eq!((after.messages_received, after.messages_sent), ([1, 2, 3], [1, 2, 3]));
        let received = (1 + 2 + 3 * 2) + (2 + 3 * 2);
        assert_eq!(after.packets_received - before.packets_received, received);
        assert_eq!(after.packets_sent - before.packets_sent, (2 + 3 * 2) + 3);
    }
}

#[test]
fn a_connection_without_a_session_is_seen_too() {
    let mut world = World::new();
    let _peer = world.open();
    let connections = world.broker.connections(0, 10);
    assert_eq!(connections.len(), 1);
    assert_eq!(connections[0].state, ConnectionState::AwaitingConnect);
    assert_eq!(connections[0].deadline, Some(START.plus_seconds(10)));
    assert!(matches!(
        world.next_timer().map(|(_, reason)| reason),
        Some(TimerReason::ConnectDeadline { .. })
    ));
}

// All that the broker tells of its state is looked into, so that nothing added to it can show it.
#[test]
fn a_password_is_told_to_whoever_judges_it_and_to_nobody_else() {
    const PASSWORD: &[u8] = b"open sesame";
    // As text or as the numbers of its bytes. Some collections tell what is in them only where
    // they may take several lines.
    let shown = |value: &dyn std::fmt::Debug| {
        let told: String = format!("{value:#?}").split_whitespace().collect();
        let bytes: Vec<String> = PASSWORD.iter().map(u8::to_string).collect();
        told.contains("opensesame") || told.contains(&bytes.join(","))
    };
    for accepted in [true, false] {
        let mut world = World::with(Config {
            authentication: Authentication::Driver,
            records: Records::Durable,
            ..Config::default()
        });
        let mut connect = kept(V5, "client");
        connect.user_name = Some("ali");
        connect.password = Some(PASSWORD);
        connect.properties.authentication_method = Some("PLAIN");
        connect.properties.authentication_data = Some(PASSWORD);
        let peer = world.begin(connect);
        let (_, request) = world.authentications.pop().expect("somebody is asked");
        assert_eq!(request.password.as_deref(), Some(PASSWORD));
        assert!(shown(&request), "it would be found");
        assert!(!shown(&world.broker), "in the broker while somebody judges it");
        if accepted {
            world.accept(peer, "ali");
        } else {
            let reason_code = ReasonCode::BAD_USER_NAME_OR_PASSWORD;
            world.judge(peer, AuthenticationVerdict::Reject { reason_code });
        }
        assert_eq!(world.broker.session("client").is_some(), accepted);
        assert_eq!(world.records.is_empty(), !accepted);
        assert!(!shown(&world.records), "in a record");
        assert!(!shown(&world.events), "in an event");
        assert!(!shown(&world.broker), "in the broker");
    }
}
