//! Decoding and encoding, one packet at a time: `cargo bench -p afterlink-core --bench codec`.
#![allow(clippy::unwrap_used, reason = "the packets are valid")]
#![allow(missing_docs, reason = "criterion's macros write items without documentation")]

use std::hint::black_box;

use afterlink_core::codec::packet::{Connect, ConnectProperties, Publish, PublishProperties, Will};
use afterlink_core::codec::*;
use criterion::{Criterion, criterion_group, criterion_main};

const TOPIC: &str = "building/7/floor/3/room/12/temp";
const PAYLOAD: [u8; 64] = [b'x'; 64];
const SIZE_MAX: usize = 1 << 20;

fn publish() -> Packet<'static> {
    assert_eq!(TOPIC.len(), 31);
    Packet::Publish(Publish {
        dup: false,
        qos: QoS::AtLeastOnce,
        retain: false,
        topic: TOPIC,
        packet_identifier: PacketIdentifier::new(4711),
        properties: PublishProperties::default(),
        payload: &PAYLOAD,
    })
}

fn publish_head(payload_len: usize) -> PublishHead<'static> {
    PublishHead {
        dup: false,
        qos: QoS::AtLeastOnce,
        retain: false,
        topic: TOPIC,
        packet_identifier: PacketIdentifier::new(4711),
        message_expiry_interval: None,
        topic_alias: None,
        subscription_identifiers: &[],
        forwarded: &[],
        payload_len,
    }
}

/// Two properties, User Name and Password: what clients send.
fn connect() -> Packet<'static> {
    Packet::Connect(Connect {
        version: ProtocolVersion::V5,
        clean_start: false,
        keep_alive: 60,
        client_identifier: "sensor-building-7-floor-3-12",
        will: None,
        user_name: Some("building-7"),
        password: Some(b"correct horse battery staple"),
        properties: ConnectProperties {
            session_expiry_interval: Some(3600),
            receive_maximum: Some(100),
            ..ConnectProperties::default()
        },
    })
}

/// Every field and property a CONNECT can have.
fn full_connect() -> Packet<'static> {
    let Packet::Connect(connect) = connect() else { unreachable!("it is a CONNECT") };
    Packet::Connect(Connect {
        will: Some(Will {
            qos: QoS::AtLeastOnce,
            retain: true,
            topic: TOPIC,
            payload: b"offline",
            properties: packet::WillProperties {
                will_delay_interval: Some(30),
                payload_format_indicator: Some(true),
                message_expiry_interval: Some(600),
                content_type: Some("text/plain"),
                response_topic: Some("building/7/response"),
                correlation_data: Some(b"0123456789abcdef"),
                user_properties: UserProperties::from_pairs(&[("room", "12")]),
            },
        }),
        properties: ConnectProperties {
            session_expiry_interval: Some(3600),
            receive_maximum: Some(100),
            maximum_packet_size: Some(65_536),
            topic_alias_maximum: Some(16),
            request_response_information: Some(true),
            request_problem_information: Some(true),
            user_properties: UserProperties::from_pairs(&[("vendor", "acme"), ("model", "t-1")]),
            authentication_method: Some("SCRAM-SHA-256"),
            authentication_data: Some(b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO"),
        },
        ..connect
    })
}

fn decoding(c: &mut Criterion) {
    let limits = DecodeLimits::default();
    for (name, packet, version) in [
        ("publish 64 B QoS 1 v5", publish(), ProtocolVersion::V5),
        ("publish 64 B QoS 1 v3.1.1", publish(), ProtocolVersion::V3_1_1),
        ("connect v5", connect(), ProtocolVersion::V5),
        ("connect v5 full", full_connect(), ProtocolVersion::V5),
    ] {
        let mut bytes = Vec::new();
        packet.encode(version, &mut bytes).unwrap();
        c.bench_function(&format!("decode {name}"), |b| {
            b.iter(|| decode(black_box(&bytes), black_box(version), Sender::Client, &limits));
        });
    }
    let mut stream = Vec::new();
    for _ in 0..100 {
        publish().encode(ProtocolVersion::V5, &mut stream).unwrap();
    }
    c.bench_function("deframe and decode 100 publish 64 B QoS 1 v5", |b| {
        let mut deframer = Deframer::new();
        b.iter(|| {
            let mut bytes = black_box(&stream[..]);
            while let Some(packet) = deframer.next(&mut bytes, SIZE_MAX).unwrap() {
                let packet = decode(packet, ProtocolVersion::V5, Sender::Client, &limits);
                let _ = black_box(packet);
            }
        });
    });
}

fn encoding(c: &mut Criterion) {
    let mut out = Vec::with_capacity(1024);
    for (name, version) in [("v5", ProtocolVersion::V5), ("v3.1.1", ProtocolVersion::V3_1_1)] {
        let head = publish_head(PAYLOAD.len());
        c.bench_function(&format!("encode publish head and payload 64 B QoS 1 {name}"), |b| {
            b.iter(|| {
                out.clear();
                black_box(&head).encode(black_box(version), &mut out);
                out.extend_from_slice(black_box(&PAYLOAD));
                black_box(out.len())
            });
        });
    }
    for (name, packet, version) in [
        ("publish 64 B QoS 1 v5", publish(), ProtocolVersion::V5),
        ("publish 64 B QoS 1 v3.1.1", publish(), ProtocolVersion::V3_1_1),
        ("connect v5", connect(), ProtocolVersion::V5),
        ("connect v5 full", full_connect(), ProtocolVersion::V5),
    ] {
        c.bench_function(&format!("encode {name}"), |b| {
            b.iter(|| {
                out.clear();
                black_box(&packet).encode(black_box(version), &mut out).unwrap();
                black_box(out.len())
            });
        });
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(std::time::Duration::from_millis(300))
        .measurement_time(std::time::Duration::from_secs(1));
    targets = decoding, encoding
}
criterion_main!(benches);
