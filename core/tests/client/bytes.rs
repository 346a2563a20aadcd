//! Whatever a server sends, in whatever order things happen: no panic, and the promises hold.

use std::collections::BTreeSet;

use afterlink_core::client::*;
use afterlink_core::codec::packet::*;
use afterlink_core::codec::*;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::harness::*;

#[derive(Clone, Debug)]
enum Step {
    Publish(QoS),
    Subscribe,
    Acknowledge(u16),
    Reconnect { session_present: bool, receive_maximum: u16 },
    Cut,
    LoseState,
    Pass(u64),
    Receive(QoS, u16, bool),
    Answer(u8, u16, bool),
    Bytes(Vec<u8>),
}

fn qos() -> impl Strategy<Value = QoS> {
    prop_oneof![Just(QoS::AtMostOnce), Just(QoS::AtLeastOnce), Just(QoS::ExactlyOnce)]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => qos().prop_map(Step::Publish),
        1 => Just(Step::Subscribe),
        2 => (1..8_u16).prop_map(Step::Acknowledge),
        3 => (any::<bool>(), 1..4_u16).prop_map(|(session_present, receive_maximum)| {
            Step::Reconnect { session_present, receive_maximum }
        }),
        1 => Just(Step::Cut),
        1 => Just(Step::LoseState),
        1 => (0..30_u64).prop_map(Step::Pass),
        4 => (qos(), 1..8_u16, any::<bool>())
            .prop_map(|(qos, value, dup)| Step::Receive(qos, value, dup)),
        8 => (0..4_u8, 1..8_u16, any::<bool>())
            .prop_map(|(kind, value, ok)| Step::Answer(kind, value, ok)),
        1 => vec(any::<u8>(), 0..20).prop_map(Step::Bytes),
    ]
}

/// What a server sees of a client, and what it holds the client to.
#[derive(Default)]
struct Watcher {
    /// Identifiers of PUBLISH packets of this connection without PUBACK, PUBCOMP or an error.
    window: BTreeSet<u16>,
    receive_maximum: usize,
}

impl Watcher {
    fn look(&mut self, bench: &mut Bench) {
        for bytes in std::mem::take(&mut bench.sent) {
            let Packet::Publish(publish) = bench.decoded(&bytes) else { continue };
            let Some(identifier) = publish.packet_identifier else { continue };
            assert!(self.window.insert(identifier.get()), "sent twice: {identifier:?}");
            assert!(self.window.len() <= self.receive_maximum, "beyond receive maximum");
        }
    }
}

fn take(bench: &mut Bench, watcher: &mut Watcher, step: Step) {
    match step {
        Step::Publish(qos) => bench.publish(1, qos),
        Step::Subscribe => bench.command(subscribe(1, vec![filter("a", QoS::AtMostOnce)])),
        Step::Acknowledge(value) => bench.command(ClientCommand::Acknowledge {
            packet_identifier: identifier(value),
            reason_code: ReasonCode::SUCCESS,
        }),
        Step::Reconnect { session_present, receive_maximum } => {
            *watcher =
                Watcher { receive_maximum: usize::from(receive_maximum), ..Watcher::default() };
            bench.open();
            let receive_maximum = Some(receive_maximum);
            let properties = ConnAckProperties { receive_maximum, ..Default::default() };
            bench.server_sends(&accepted(session_present, properties));
        }
        Step::Cut => bench.cut(),
        Step::LoseState => bench.command(ClientCommand::LoseState),
        Step::Pass(seconds) => {
            bench.pass_seconds(seconds);
        }
        Step::Receive(qos, value, dup) => {
            let value = if qos == QoS::AtMostOnce { 0 } else { value };
            bench.server_sends(&publish(qos, value, dup && value > 0, "x"));
        }
        Step::Answer(kind, value, ok) => answer(bench, watcher, kind, value, ok),
        Step::Bytes(bytes) => bench.input(ClientInput::Received { bytes: &bytes }),
    }
}

fn answer(bench: &mut Bench, watcher: &mut Watcher, kind: u8, value: u16, ok: bool) {
    let is_v5 = bench.version == ProtocolVersion::V5;
    let fails = !ok && is_v5;
    let code = if fails { ReasonCode::UNSPECIFIED_ERROR } else { ReasonCode::SUCCESS };
    let packet = match kind {
        0 => Packet::PubAck(nack(value, code)),
        1 => Packet::PubRec(nack(value, code)),
        2 => Packet::PubComp(ack(value)),
        _ => Packet::PubRel(ack(value)),
    };
    // A server that has answered gives the unit back at once, before the client goes on.
    if kind == 0 || kind == 2 || kind == 1 && fails {
        watcher.window.remove(&value);
    }
    bench.server_sends(&packet);
}

proptest! {
    #[test]
    fn no_sequence_of_events_breaks_the_promises_to_the_server(
        version in prop_oneof![Just(ProtocolVersion::V3_1_1), Just(ProtocolVersion::V5)],
        manual in any::<bool>(),
        steps in vec(step(), 1..120),
    ) {
        let acknowledgement_mode =
            if manual { AcknowledgementMode::Manual } else { AcknowledgementMode::Automatic };
        let mut bench = Bench::new(ClientConfig {
            acknowledgement_mode,
            keep_alive: 10,
            ..persistent(version)
        });
        let mut watcher = Watcher::default();
        for step in steps {
            take(&mut bench, &mut watcher, step);
            if version == ProtocolVersion::V5 {
                watcher.look(&mut bench);
            } else {
                bench.sent.clear();
            }
            let is_connected = bench.client.state() == ClientState::Connected;
            prop_assert_eq!(bench.client.send_quota().is_some(), is_connected);
            prop_assert!(!is_connected || bench.client.session().is_some());
        }
    }

    #[test]
    fn any_bytes_are_survived(
        version in prop_oneof![
            Just(ProtocolVersion::V3_1),
            Just(ProtocolVersion::V3_1_1),
            Just(ProtocolVersion::V5)
        ],
        is_connected in any::<bool>(),
        pieces in vec(vec(any::<u8>(), 0..64), 1..8),
    ) {
        let mut bench = Bench::new(persistent(version));
        bench.open();
        if is_connected {
            bench.server_sends(&accepted(false, ConnAckProperties::default()));
        }
        bench.publish(1, QoS::ExactlyOnce);
        for bytes in pieces {
            bench.input(ClientInput::Received { bytes: &bytes });
        }
    }

    #[test]
    fn a_good_packet_with_one_byte_changed_is_survived(
        index in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        which in 0..6_usize,
    ) {
        let properties = ConnAckProperties {
            assigned_client_identifier: Some("auto"),
            user_properties: UserProperties::from_pairs(&[("k", "v")]),
            ..ConnAckProperties::default()
        };
        let codes = [ReasonCode::GRANTED_QOS_0];
        let packets = [
            accepted(false, properties),
            publish(QoS::ExactlyOnce, 1, false, "x"),
            Packet::PubRec(nack(1, ReasonCode::UNSPECIFIED_ERROR)),
            Packet::PubRel(ack(1)),
            Packet::SubAck(SubAck {
                packet_identifier: identifier(2),
                reason_codes: ReasonCodes::from_slice(&codes),
                properties: ReasonProperties::default(),
            }),
            Packet::Disconnect(Disconnect {
                server_reference: Some("there"),
                ..Disconnect::new(ReasonCode::SERVER_MOVED)
            }),
        ];
        let mut bytes = Vec::new();
        packets[which].encode(ProtocolVersion::V5, &mut bytes).unwrap();
        *index.get_mut(&mut bytes) = byte;
        let mut bench = Bench::new(v5());
        bench.open();
        if which > 0 {
            bench.server_sends(&accepted(false, ConnAckProperties::default()));
        }
        bench.publish(1, QoS::ExactlyOnce);
        bench.command(subscribe(1, vec![filter("a", QoS::AtMostOnce)]));
        bench.input(ClientInput::Received { bytes: &bytes });
    }
}
