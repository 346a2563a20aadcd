//! The order of one publisher's messages, at each QoS and on whatever way they take.

use afterlink_core::codec::Packet;

use crate::exchange::*;
use crate::harness::*;

// [MQTT-4.6.0-5] [MQTT-4.6.0-6] [MQTT3-4.6.0-5] [MQTT3-4.6.0-6]
#[test]
fn messages_of_each_qos_keep_their_order_through_queue_window_and_resume() {
    for qos in [AtMostOnce, AtLeastOnce, ExactlyOnce] {
        let mut world = World::set(|config| config.queue_qos0_offline = true);
        let mut next = 0..100;
        let mut publish = |world: &mut World, publisher, count| {
            for number in next.by_ref().take(count) {
                world.publish(publisher, "t", &number.to_string(), qos);
            }
        };
        let publisher = world.connect("publisher");
        let client = world.connect_slow(kept_with_receive_maximum("client", 3), 100_000);
        world.subscribe(client, "t", qos);
        // Some are sent at once, and some wait for the network or for the window.
        publish(&mut world, publisher, 10);
        let mut taken = first_sent(&mut world, client);
        world.cut(client);
        publish(&mut world, publisher, 40);
        let slow = world.connect_slow(kept_with_receive_maximum("client", 2), 30);
        publish(&mut world, publisher, 40);
        taken.extend(first_sent(&mut world, slow));
        world.unstall(slow);
        publish(&mut world, publisher, 10);
        taken.extend(first_sent(&mut world, slow));
        let expected: Vec<_> = (0..100).map(|number| number.to_string()).collect();
        assert_eq!(taken, expected, "{qos:?}");
    }
}

/// The payloads of what is sent for the first time, every exchange carried on as far as it goes.
fn first_sent(world: &mut World, peer: Peer) -> Vec<String> {
    let mut payloads = Vec::new();
    while let Some(packet) = world.try_next(peer) {
        match packet.packet() {
            Packet::Publish(publish) => {
                if !publish.dup {
                    payloads.push(String::from_utf8_lossy(publish.payload).into_owned());
                }
                let Some(identifier) = publish.packet_identifier else { continue };
                let ack = ack(identifier.get());
                let exactly_once = publish.qos == ExactlyOnce;
                let answer = if exactly_once { Packet::PubRec(ack) } else { Packet::PubAck(ack) };
                world.send(peer, &answer);
            }
            Packet::PubRel(release) => {
                let answer = Packet::PubComp(ack(release.packet_identifier.get()));
                world.send(peer, &answer);
            }
            other => panic!("{other:?}"),
        }
    }
    payloads
}
