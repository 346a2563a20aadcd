//! All paths of a message from publisher to subscriber, none of which leads around the gate.

use afterlink_core::broker::{Command, Config, SharedDelivery};
use afterlink_core::codec::{Packet, ProtocolVersion, QoS};

use super::{both, retain};
use crate::harness::*;

/// Brings a denied and an allowed message to a reader on one path; gives what arrived.
type Path = fn(ProtocolVersion, QoS) -> Vec<String>;

/// All paths on which a message may reach a client. On each the topic is denied as late as that
/// path permits.
const PATHS: &[(&str, Path)] = &[
    ("live", |version, qos| live(version, qos, &["#"])),
    ("exact subscription that was granted before", |version, qos| {
        live(version, qos, &["secret/a", "public/a"])
    }),
    ("queued for an absent client", |version, qos| {
        queued(version, qos, "#", SharedDelivery::OnlineFirst)
    }),
    ("queued for a client that does not read", |version, qos| {
        let mut world = World::new();
        let reader = world.open_with(1, None);
        world.stall(reader);
        world.send(reader, &Packet::Connect(kept(version, "reader")));
        let subscribe: &[u8] = match version {
            V3_1 | V3_1_1 => b"\x82\x06\0\x01\0\x01#\x02",
            V5 => b"\x82\x07\0\x01\0\0\x01#\x02",
        };
        world.send_bytes(reader, subscribe);
        assert_eq!(world.all(reader).len(), 2);
        let publisher = world.connect("publisher");
        both(&mut world, publisher, qos);
        world.refuse(&[], &["secret/#"]);
        world.unstall(reader);
        world.payloads(reader)
    }),
    ("sent before and never acknowledged", |version, qos| {
        let mut world = World::new();
        let (reader, _) = world.connect_kept(version, "reader");
        world.subscribe(reader, "#", qos);
        let publisher = world.connect("publisher");
        both(&mut world, publisher, qos);
        world.all(reader);
        world.cut(reader);
        world.refuse(&[], &["secret/#"]);
        let (reader, _) = world.connect_kept(version, "reader");
        let mut payloads = world.payloads(reader);
        if qos == AtMostOnce {
            // It is never sent again; there is no such path.
            payloads.push("allowed".to_owned());
        }
        payloads
    }),
    ("retained", |version, qos| {
        let mut world = World::new();
        let publisher = world.connect("publisher");
        retain(&mut world, publisher, "secret/a", "denied");
        retain(&mut world, publisher, "public/a", "allowed");
        world.refuse(&[], &["secret/#"]);
        let (reader, _) = world.connect_with(connect(version, "reader"));
        world.subscribe(reader, "#", qos);
        world.payloads(reader)
    }),
    ("will", |version, qos| {
        let mut world = World::new();
        let (reader, _) = world.connect_with(connect(version, "reader"));
        world.subscribe(reader, "#", qos);
        for (topic, payload) in [("secret/a", "denied"), ("public/a", "allowed")] {
            let mut asked = connect(version, payload);
            asked.will = Some(will(topic, payload, qos));
            world.connect_with(asked);
        }
        world.refuse(&[], &["secret/#"]);
        for peer in [Peer(2), Peer(3)] {
            world.cut(peer);
        }
        world.payloads(reader)
    }),
    ("share", |version, qos| live(version, qos, &["$share/group/#"])),
    ("queued for a share of absent members", |version, qos| {
        queued(version, qos, "$share/group/#", SharedDelivery::OnlineFirst)
    }),
    ("queued for an absent member in turn", |version, qos| {
        queued(version, qos, "$share/group/#", SharedDelivery::RoundRobin)
    }),
    ("published by an operator", |version, qos| {
        let mut world = World::new();
        let (reader, _) = world.connect_with(connect(version, "reader"));
        world.subscribe(reader, "#", qos);
        world.refuse(&[], &["secret/#"]);
        for (topic, payload) in [("secret/a", "denied"), ("public/a", "allowed")] {
            world.command(Command::Publish {
                topic: topic.to_owned(),
                payload: payload.as_bytes().to_vec(),
                qos,
                retain: false,
                message_expiry_interval: None,
            });
        }
        world.payloads(reader)
    }),
];

/// Both messages while the reader is there.
fn live(version: ProtocolVersion, qos: QoS, filters: &[&str]) -> Vec<String> {
    let mut world = World::new();
    let (reader, _) = world.connect_with(connect(version, "reader"));
    for filter in filters {
        world.subscribe(reader, filter, qos);
    }
    let publisher = world.connect("publisher");
    world.refuse(&[], &["secret/#"]);
    both(&mut world, publisher, qos);
    world.payloads(reader)
}

/// Both messages while the reader is away.
fn queued(
    version: ProtocolVersion,
    qos: QoS,
    filter: &str,
    shared_delivery: SharedDelivery,
) -> Vec<String> {
    let config = Config { queue_qos0_offline: true, shared_delivery, ..Config::default() };
    let mut world = World::with(config);
    let (reader, _) = world.connect_kept(version, "reader");
    world.subscribe(reader, filter, qos);
    world.cut(reader);
    let publisher = world.connect("publisher");
    both(&mut world, publisher, qos);
    world.refuse(&[], &["secret/#"]);
    let (reader, _) = world.connect_kept(version, "reader");
    world.payloads(reader)
}

#[test]
fn no_path_leads_around_the_gate() {
    for (name, path) in PATHS {
        for version in [V3_1, V3_1_1, V5] {
            for qos in [AtMostOnce, AtLeastOnce, ExactlyOnce] {
                assert_eq!(path(version, qos), ["allowed"], "{name}, {version:?}, {qos:?}");
            }
        }
    }
}
