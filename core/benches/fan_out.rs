//! What one publish costs, from the bytes that come in to the outputs polled, by the number of
//! sessions it reaches.

use std::hint::black_box;
use std::time::Duration;

use afterlink_core::Timestamp;
use afterlink_core::broker::{Broker, Config, ConnectionId, Input, Limits, Output};
use afterlink_core::codec::packet::{
    Connect, ConnectProperties, Publish, PublishProperties, Subscribe, SubscribeFilter,
    SubscribeFilters, SubscriptionOptions,
};
use afterlink_core::codec::{Packet, PacketIdentifier, ProtocolVersion, QoS, UserProperties};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

fn bytes(packet: &Packet<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    packet.encode(ProtocolVersion::V3_1_1, &mut bytes).expect("a packet that can be encoded");
    bytes
}

/// A broker whose connections 1 to `subscribers` subscribe to one topic; 0 publishes.
fn broker(subscribers: u64, qos: QoS) -> Broker {
    let limits =
        Limits { connections_max: 100_000, keep_alive_seconds_max: 0, ..Limits::default() };
    let mut broker = Broker::new(Config { limits, ..Config::default() }, [1; 32], NOW);
    for number in 0..=subscribers {
        let connection = ConnectionId(number);
        broker.handle_input(NOW, Input::Opened { connection, send_credit: 1 << 30, address: None });
        let connect = bytes(&Packet::Connect(Connect {
            version: ProtocolVersion::V3_1_1,
            clean_start: true,
            keep_alive: 0,
            client_identifier: &format!("client-{number}"),
            will: None,
            user_name: None,
            password: None,
            properties: ConnectProperties::default(),
        }));
        broker.handle_input(NOW, Input::Received { connection, bytes: &connect });
        if number > 0 {
            let options = SubscriptionOptions { qos, ..SubscriptionOptions::default() };
            let filters = [SubscribeFilter { filter: "bench/fan/out", options }];
            let subscribe = bytes(&Packet::Subscribe(Subscribe {
                packet_identifier: PacketIdentifier::FIRST,
                subscription_identifier: None,
                user_properties: UserProperties::NONE,
                filters: SubscribeFilters::from_slice(&filters),
            }));
            broker.handle_input(NOW, Input::Received { connection, bytes: &subscribe });
        }
        while broker.poll_output().is_some() {}
    }
    broker
}

fn publish(qos: QoS) -> Vec<u8> {
    bytes(&Packet::Publish(Publish {
        dup: false,
        qos,
        retain: false,
        topic: "bench/fan/out",
        packet_identifier: (qos != QoS::AtMostOnce).then_some(PacketIdentifier::FIRST),
        properties: PublishProperties::default(),
        payload: &[0x55; 64],
    }))
}

/// One publish; QoS 1 subscribers acknowledge it.
fn turn(broker: &mut Broker, packet: &[u8], acks: &mut Vec<(ConnectionId, PacketIdentifier)>) {
    let publisher = ConnectionId(0);
    broker.handle_input(NOW, Input::Received { connection: publisher, bytes: packet });
    drain(broker, acks);
    for (connection, identifier) in acks.split_off(0) {
        let puback = [0x40, 2, (identifier.get() >> 8) as u8, identifier.get() as u8];
        broker.handle_input(NOW, Input::Received { connection, bytes: &puback });
    }
    drain(broker, acks);
}

fn drain(broker: &mut Broker, acks: &mut Vec<(ConnectionId, PacketIdentifier)>) {
    while let Some(output) = broker.poll_output() {
        if let Output::Transmit { connection, head, payload } = output {
            black_box((head, payload));
            if head.first().is_some_and(|first| first & 0xf6 == 0x32) {
                let [.., high, low] = *head else { continue };
                let identifier = PacketIdentifier::new(u16::from_be_bytes([high, low]));
                acks.extend(identifier.map(|identifier| (connection, identifier)));
            }
        }
    }
}

fn fan_out(criterion: &mut Criterion) {
    for (name, qos) in [("qos0", QoS::AtMostOnce), ("qos1", QoS::AtLeastOnce)] {
        let mut group = criterion.benchmark_group(format!("fan_out/{name}"));
        group.measurement_time(Duration::from_secs(3)).sample_size(20);
        for subscribers in [1, 100, 10_000] {
            let mut broker = broker(subscribers, qos);
            let packet = publish(qos);
            let mut acks = Vec::new();
            group.throughput(Throughput::Elements(subscribers));
            group.bench_function(BenchmarkId::from_parameter(subscribers), |bencher| {
                bencher.iter(|| turn(&mut broker, &packet, &mut acks));
            });
        }
        group.finish();
    }
}

/// What the acknowledgement alone costs the publisher's side.
fn no_subscriber(criterion: &mut Criterion) {
    let mut broker = broker(0, QoS::AtLeastOnce);
    let packet = publish(QoS::AtLeastOnce);
    criterion.bench_function("publish_qos1_no_subscriber", |bencher| {
        bencher.iter(|| turn(&mut broker, &packet, &mut Vec::new()));
    });
}

criterion_group!(benches, fan_out, no_subscriber);
criterion_main!(benches);
