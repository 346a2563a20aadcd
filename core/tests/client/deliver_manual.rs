//! Messages from the server, acknowledged by the application: a slow subscriber.

use afterlink_core::client::*;
use afterlink_core::codec::packet::*;
use afterlink_core::codec::*;

use crate::harness::*;

fn manual(config: ClientConfig) -> ClientConfig {
    ClientConfig { acknowledgement_mode: AcknowledgementMode::Manual, ..config }
}

fn acknowledge(bench: &mut Bench, value: u16, reason_code: ReasonCode) {
    let packet_identifier = identifier(value);
    bench.command(ClientCommand::Acknowledge { packet_identifier, reason_code });
}

fn waiting(bench: &Bench) -> Vec<(u16, QoS)> {
    bench.client.unacknowledged().map(|(identifier, qos)| (identifier.get(), qos)).collect()
}

#[test]
fn nothing_is_acknowledged_before_the_application_says_so() {
    for version in VERSIONS {
        let mut bench = Bench::connected(manual(persistent(version)));
        bench.server_sends(&publish(QoS::AtLeastOnce, 5, false, "a"));
        bench.server_sends(&publish(QoS::ExactlyOnce, 6, false, "b"));
        assert_eq!(bench.messages().len(), 2);
        bench.assert_sent(&[]);
        assert_eq!(waiting(&bench), [(5, QoS::AtLeastOnce), (6, QoS::ExactlyOnce)]);
        let session = bench.client.session().unwrap();
        let stage = session.received_by(identifier(6));
        assert_eq!(stage, Some(ReceivedStage::AwaitingApplication));
        acknowledge(&mut bench, 5, ReasonCode::SUCCESS);
        acknowledge(&mut bench, 6, ReasonCode::SUCCESS);
        bench.assert_sent(&[Packet::PubAck(ack(5)), Packet::PubRec(ack(6))]);
        bench.pub_rel(6);
        bench.assert_sent(&[Packet::PubComp(ack(6))]);
        assert_eq!(waiting(&bench), []);
    }
}

#[test]
fn acknowledgements_leave_in_the_order_of_their_publish() {
    let mut bench = Bench::connected(manual(v5()));
    for value in 1..=3 {
        bench.server_sends(&publish(QoS::AtLeastOnce, value, false, "a"));
        bench.server_sends(&publish(QoS::ExactlyOnce, value + 10, false, "b"));
    }
    for value in [3, 2, 13, 12] {
        acknowledge(&mut bench, value, ReasonCode::SUCCESS);
    }
    bench.assert_sent(&[]);
    acknowledge(&mut bench, 1, ReasonCode::SUCCESS);
    bench.assert_sent(&[1, 2, 3].map(|value| Packet::PubAck(ack(value))));
    acknowledge(&mut bench, 11, ReasonCode::SUCCESS);
    bench.assert_sent(&[11, 12, 13].map(|value| Packet::PubRec(ack(value))));
}

#[test]
fn a_message_can_be_refused_in_version_5() {
    let mut bench = Bench::connected(manual(v5()));
    bench.server_sends(&publish(QoS::AtLeastOnce, 1, false, "a"));
    bench.server_sends(&publish(QoS::ExactlyOnce, 2, false, "b"));
    acknowledge(&mut bench, 1, ReasonCode::QUOTA_EXCEEDED);
    acknowledge(&mut bench, 2, ReasonCode::NOT_AUTHORIZED);
    bench.assert_sent(&[
        Packet::PubAck(nack(1, ReasonCode::QUOTA_EXCEEDED)),
        Packet::PubRec(nack(2, ReasonCode::NOT_AUTHORIZED)),
    ]);
    assert_eq!(bench.received(), []);
    // What comes under the refused identifier is a new message.
    bench.forget();
    bench.server_sends(&publish(QoS::ExactlyOnce, 2, false, "c"));
    assert_eq!(bench.messages(), [("t".to_owned(), b"c".to_vec())]);
}

#[test]
fn a_refused_message_frees_receive_maximum() {
    for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
        let config = ClientConfig { receive_maximum: Some(1), ..v5() };
        let mut bench = Bench::connected(manual(config));
        for value in 1..=3 {
            bench.server_sends(&publish(qos, value, false, "a"));
            acknowledge(&mut bench, value, ReasonCode::QUOTA_EXCEEDED);
        }
        assert!(!bench.closed);
    }
}

#[test]
fn an_acknowledgement_that_cannot_be_is_refused_to_the_caller() {
    use Refusal::*;
    for (config, value, reason_code, refusal) in [
        (manual(v5()), 2, ReasonCode::SUCCESS, PacketIdentifierUnknown),
        (manual(v5()), 1, ReasonCode::SESSION_TAKEN_OVER, ReasonCodeNotAllowed),
        (manual(v3()), 1, ReasonCode::UNSPECIFIED_ERROR, NotInVersion),
        (v5(), 1, ReasonCode::SUCCESS, PacketIdentifierUnknown),
    ] {
        let mut bench = Bench::connected(config);
        bench.server_sends(&publish(QoS::AtLeastOnce, 1, false, "a"));
        bench.forget();
        acknowledge(&mut bench, value, reason_code);
        bench.assert_events(&[ClientEvent::CommandRefused { tag: None, refusal }]);
        bench.assert_sent(&[]);
    }
}

#[test]
fn a_message_is_acknowledged_once() {
    let mut bench = Bench::connected(manual(v5()));
    bench.server_sends(&publish(QoS::AtLeastOnce, 1, false, "a"));
    bench.server_sends(&publish(QoS::AtLeastOnce, 2, false, "b"));
    bench.forget();
    acknowledge(&mut bench, 2, ReasonCode::SUCCESS);
    acknowledge(&mut bench, 2, ReasonCode::UNSPECIFIED_ERROR);
    let refusal = Refusal::PacketIdentifierUnknown;
    bench.assert_events(&[ClientEvent::CommandRefused { tag: None, refusal }]);
    acknowledge(&mut bench, 1, ReasonCode::SUCCESS);
    bench.assert_sent(&[Packet::PubAck(ack(1)), Packet::PubAck(ack(2))]);
}

#[test]
fn a_repeat_before_the_acknowledgement_is_not_handed_out_and_not_answered_twice() {
    for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
        let mut bench = Bench::connected(manual(v3()));
        bench.server_sends(&publish(qos, 1, false, "a"));
        bench.forget();
        bench.server_sends(&publish(qos, 1, true, "a"));
        let packet_identifier = identifier(1);
        bench.assert_events(&[ClientEvent::Repeat { packet_identifier, qos, dup: true }]);
        acknowledge(&mut bench, 1, ReasonCode::SUCCESS);
        assert_eq!(bench.sent.len(), 1);
    }
}

#[test]
fn after_a_cut_qos_1_comes_anew_and_qos_2_is_known() {
    let mut bench = Bench::connected(manual(v5()));
    bench.server_sends(&publish(QoS::AtLeastOnce, 1, false, "a"));
    bench.server_sends(&publish(QoS::ExactlyOnce, 2, false, "b"));
    bench.cut();
    bench.forget();
    // The link is gone, and with it what could be answered.
    acknowledge(&mut bench, 2, ReasonCode::SUCCESS);
    let refusal = Refusal::NotConnected;
    bench.assert_events(&[ClientEvent::CommandRefused { tag: None, refusal }]);
    assert_eq!(waiting(&bench), []);
    bench.reconnect(true);
    bench.server_sends(&publish(QoS::AtLeastOnce, 1, true, "a"));
    bench.server_sends(&publish(QoS::ExactlyOnce, 2, true, "b"));
    assert_eq!(bench.messages(), [("t".to_owned(), b"a".to_vec())]);
    bench.assert_sent(&[]);
    acknowledge(&mut bench, 2, ReasonCode::SUCCESS);
    bench.assert_sent(&[Packet::PubRec(ack(2))]);
    assert_eq!(waiting(&bench), [(1, QoS::AtLeastOnce)]);
}

#[test]
fn a_repeat_of_what_is_answered_waits_for_those_before_it() {
    let mut bench = Bench::connected(manual(v5()));
    bench.server_sends(&publish(QoS::ExactlyOnce, 1, false, "a"));
    acknowledge(&mut bench, 1, ReasonCode::SUCCESS);
    bench.cut();
    bench.reconnect(true);
    bench.forget();
    bench.server_sends(&publish(QoS::ExactlyOnce, 2, false, "b"));
    bench.server_sends(&publish(QoS::ExactlyOnce, 1, true, "a"));
    bench.assert_sent(&[]);
    acknowledge(&mut bench, 2, ReasonCode::SUCCESS);
    bench.assert_sent(&[Packet::PubRec(ack(2)), Packet::PubRec(ack(1))]);
}

#[test]
fn a_pubrel_that_comes_early_ends_the_flow_and_holds_up_nobody() {
    let mut bench = Bench::connected(manual(v5()));
    bench.server_sends(&publish(QoS::ExactlyOnce, 1, false, "a"));
    bench.server_sends(&publish(QoS::ExactlyOnce, 2, false, "b"));
    acknowledge(&mut bench, 2, ReasonCode::SUCCESS);
    bench.assert_sent(&[]);
    bench.pub_rel(1);
    bench.assert_sent(&[Packet::PubComp(ack(1)), Packet::PubRec(ack(2))]);
    assert_eq!(bench.received(), [2]);
}

// [MQTT-4.3.3-13]
#[test]
fn the_exchange_goes_on_though_the_message_has_expired_meanwhile() {
    let mut bench = Bench::connected(manual(v5()));
    bench.server_sends(&Packet::Publish(Publish {
        dup: false,
        qos: QoS::ExactlyOnce,
        retain: false,
        topic: "t",
        packet_identifier: Some(identifier(1)),
        properties: PublishProperties { message_expiry_interval: Some(1), ..Default::default() },
        payload: b"",
    }));
    bench.pass_seconds(100);
    acknowledge(&mut bench, 1, ReasonCode::SUCCESS);
    bench.pub_rel(1);
    bench.assert_sent(&[Packet::PubRec(ack(1)), Packet::PubComp(ack(1))]);
}
