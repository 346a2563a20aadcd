//! The Maximum Packet Size of the server, whatever the client has to say.

use std::collections::BTreeSet;

use afterlink_core::client::*;
use afterlink_core::codec::packet::*;
use afterlink_core::codec::*;

use crate::harness::*;

const METHOD: &str = "SCRAM";

fn config() -> ClientConfig {
    ClientConfig { authentication_method: Some(METHOD.to_owned()), ..v5() }
}

fn taking(maximum_packet_size: Option<u32>) -> ConnAckProperties<'static> {
    ConnAckProperties {
        authentication_method: Some(METHOD),
        maximum_packet_size,
        ..ConnAckProperties::default()
    }
}

/// Steps after each of which a client has something to say.
fn steps() -> Vec<fn(&mut Bench)> {
    vec![
        |bench| bench.publish(1, QoS::AtMostOnce),
        |bench| bench.publish(2, QoS::AtLeastOnce),
        |bench| bench.publish(3, QoS::ExactlyOnce),
        |bench| bench.pub_rec(2),
        |bench| bench.command(subscribe(4, vec![filter("some/filter", QoS::AtMostOnce)])),
        |bench| {
            bench.command(ClientCommand::Unsubscribe {
                tag: 5,
                filters: vec!["some/filter".to_owned()],
                user_properties: Vec::new(),
            });
        },
        |bench| bench.command(ClientCommand::Ping),
        |bench| {
            bench.command(ClientCommand::Authenticate {
                reason_code: ReasonCode::RE_AUTHENTICATE,
                authentication_data: Some("data".into()),
            });
        },
        |bench| bench.server_sends(&publish(QoS::AtLeastOnce, 5, false, "x")),
        |bench| bench.server_sends(&publish(QoS::ExactlyOnce, 6, false, "x")),
        |bench| bench.pub_rel(6),
        |bench| {
            bench.command(ClientCommand::Disconnect {
                reason_code: ReasonCode::NORMAL_DISCONNECTION,
                session_expiry_interval: Some(60),
            });
        },
        |bench| bench.input(ClientInput::Received { bytes: b"\x00\x00" }),
    ]
}

/// The types of the packets a client sends in all these steps and when it comes back, none of
/// which may be larger than what the server takes.
fn sent_within(maximum: Option<u32>) -> BTreeSet<PacketType> {
    let mut bench = Bench::connected_with(config(), taking(maximum));
    let mut types = BTreeSet::new();
    for step in steps() {
        if bench.closed {
            bench.reconnect_with(true, taking(maximum));
        }
        step(&mut bench);
        for bytes in std::mem::take(&mut bench.sent) {
            let packet = bench.decoded(&bytes);
            let fits = maximum.is_none_or(|maximum| bytes.len() <= maximum as usize);
            assert!(fits, "{} bytes, and the server takes {maximum:?}: {packet:?}", bytes.len());
            types.insert(packet.packet_type());
        }
    }
    types
}

// [MQTT-3.2.2-15]
#[test]
fn no_packet_of_any_type_is_larger_than_the_server_takes() {
    let all = BTreeSet::from([
        PacketType::Publish,
        PacketType::PubAck,
        PacketType::PubRec,
        PacketType::PubRel,
        PacketType::PubComp,
        PacketType::Subscribe,
        PacketType::Unsubscribe,
        PacketType::PingReq,
        PacketType::Auth,
        PacketType::Disconnect,
    ]);
    assert_eq!(sent_within(None), all);
    for maximum in 1..40 {
        sent_within(Some(maximum));
    }
}

// [MQTT-3.2.2-15]: it holds from the CONNACK on that says so, though that is the last packet.
#[test]
fn whoever_leaves_because_of_a_connack_keeps_to_the_size_it_tells() {
    let clean = ClientConfig { clean_start: true, ..config() };
    let anonymous = ClientConfig { client_identifier: String::new(), ..config() };
    let other =
        |maximum| ConnAckProperties { authentication_method: Some("PLAIN"), ..taking(maximum) };
    for (config, present, properties, len) in [
        (config(), true, taking as fn(_) -> _, 2),
        (clean, true, taking, 3),
        (anonymous, false, taking, 3),
        (config(), false, other, 3),
    ] {
        for maximum in 1..=3 {
            let mut bench = Bench::new(config.clone());
            bench.open();
            bench.forget();
            bench.server_sends(&accepted(present, properties(Some(maximum))));
            let sent: Vec<_> = bench.sent.iter().map(Vec::len).collect();
            let fits = maximum as usize >= len;
            assert_eq!(sent, if fits { vec![len] } else { vec![] }, "{config:?}, {maximum}");
            assert!(bench.closed);
        }
    }
}
