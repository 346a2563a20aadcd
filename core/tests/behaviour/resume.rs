//! What a resumed session is sent when the client takes less at once than before.

use afterlink_core::broker::Command;
use afterlink_core::codec::Packet;

use crate::exchange::*;
use crate::harness::*;

/// A session with `publishes` messages of QoS 2 in flight, and those of `released` at PUBREL, in
/// that order; its client away.
fn interrupted(publishes: u16, released: &[u16]) -> World {
    let mut world = World::new();
    let (client, _) = world.connect_kept(V5, "client");
    world.subscribe(client, "t", ExactlyOnce);
    let publisher = world.connect("publisher");
    for payload in 1..=publishes {
        world.publish(publisher, "t", &payload.to_string(), ExactlyOnce);
        assert_eq!(world.message(client).identifier, payload);
    }
    for identifier in released {
        world.send(client, &Packet::PubRec(ack(*identifier)));
        assert_eq!(world.answer(client), ("PUBREL", *identifier, SUCCESS));
    }
    world.cut(client);
    world
}

// [MQTT-3.3.4-10] [MQTT-4.9.0-3] [MQTT-4.4.0-1]
#[test]
fn a_pubrel_that_is_sent_again_does_not_wait_for_the_receive_maximum() {
    let mut world = interrupted(4, &[4, 2]);
    let (client, _) = world.connect_with(kept_with_receive_maximum("client", 1));
    let first = world.message(client);
    assert_eq!((first.identifier, first.dup), (1, true));
    assert_eq!(world.answer(client), ("PUBREL", 4, SUCCESS));
    assert_eq!(world.answer(client), ("PUBREL", 2, SUCCESS));
    world.nothing(client);
    // One that is answered has left the line, whatever is still to be sent.
    for identifier in [2, 4] {
        world.send(client, &Packet::PubComp(ack(identifier)));
        world.nothing(client);
    }
    world.send(client, &Packet::PubRec(ack(1)));
    assert_eq!(world.answer(client), ("PUBREL", 1, SUCCESS));
    world.send(client, &Packet::PubComp(ack(1)));
    let third = world.message(client);
    assert_eq!((third.identifier, third.dup), (3, true));
    world.nothing(client);
}

// [MQTT-4.4.0-1]
#[test]
fn each_is_sent_again_once_on_each_connection_though_pubrel_went_ahead() {
    let mut world = interrupted(4, &[3]);
    for receive_maximum in [1, 2, 4] {
        let connect = kept_with_receive_maximum("client", receive_maximum);
        let (client, _) = world.connect_with(connect);
        let mut publishes = Vec::new();
        let mut releases = Vec::new();
        for packet in world.all(client) {
            match packet.packet() {
                Packet::Publish(publish) => {
                    publishes.push(publish.packet_identifier.unwrap().get());
                }
                Packet::PubRel(ack) => releases.push(ack.packet_identifier.get()),
                other => panic!("{other:?}"),
            }
        }
        let all = [1, 2, 4];
        let expected = &all[..all.len().min(usize::from(receive_maximum))];
        assert_eq!((publishes.as_slice(), releases.as_slice()), (expected, [3].as_slice()));
        world.cut(client);
    }
}

#[test]
fn a_pubcomp_that_comes_before_its_pubrel_is_sent_again_ends_the_exchange() {
    // The network takes nothing, so that nothing has been sent again yet.
    let mut world = interrupted(2, &[1, 2]);
    let client = world.open_with(1, None);
    world.stall(client);
    world.send(client, &Packet::Connect(kept(V5, "client")));
    assert_eq!(world.all(client).len(), 1, "CONNACK");
    world.send(client, &Packet::PubComp(ack(1)));
    world.unstall(client);
    assert_eq!(world.answer(client), ("PUBREL", 2, SUCCESS));
    world.nothing(client);
    assert_eq!(world.broker.session("client").unwrap().inflight_len, 1);
}

// [MQTT-4.4.0-1]
#[test]
fn nothing_is_sent_again_on_a_live_connection_of_5_0_whatever_happens_on_it() {
    let mut world = World::new();
    let mut connect = kept_with_receive_maximum("client", 3);
    connect.keep_alive = 60;
    let (client, _) = world.connect_with(connect);
    world.subscribe(client, "t", ExactlyOnce);
    let publisher = world.connect_with(kept(V3_1_1, "publisher")).0;
    for (payload, qos) in [("1", AtLeastOnce), ("2", ExactlyOnce), ("3", ExactlyOnce)] {
        world.publish(publisher, "t", payload, qos);
    }
    let identifiers: Vec<_> = (0..3).map(|_| world.message(client).identifier).collect();
    world.send(client, &Packet::PubRec(ack(identifiers[2])));
    assert_eq!(world.answer(client), ("PUBREL", identifiers[2], SUCCESS));
    for hour in 0..3 {
        for _ in 0..60 {
            world.advance(60);
            world.ping(client);
        }
        // What waits, what is subscribed anew, and what acknowledges nothing.
        world.publish(publisher, "t", "waits", AtLeastOnce);
        world.subscribe(client, "t", ExactlyOnce);
        world.send(client, &Packet::PubAck(ack(999)));
        let config = Box::new(world.broker.config().clone());
        world.command(Command::Config { config });
        world.nothing(client);
        assert_eq!(world.broker.session("client").unwrap().queue_len, hour + 1);
    }
}
