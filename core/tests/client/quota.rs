//! The send quota, the outbox behind it, and Packet Identifiers.

use afterlink_core::client::*;
use afterlink_core::codec::packet::*;
use afterlink_core::codec::*;

use crate::harness::*;

fn receive_maximum(value: u16) -> ConnAckProperties<'static> {
    ConnAckProperties { receive_maximum: Some(value), ..ConnAckProperties::default() }
}

#[test]
fn receive_maximum_bounds_the_window_and_qos_0_passes_by() {
    let mut bench = Bench::connected_with(v5(), receive_maximum(2));
    assert_eq!(bench.client.send_quota(), Some(2));
    for tag in 1..=4 {
        bench.publish(tag, QoS::AtLeastOnce);
    }
    assert_eq!(bench.client.send_quota(), Some(0));
    bench.publish(5, QoS::AtMostOnce);
    bench.assert_sent(&[
        publish(QoS::AtLeastOnce, 1, false, "1"),
        publish(QoS::AtLeastOnce, 2, false, "2"),
        publish(QoS::AtMostOnce, 0, false, "5"),
    ]);
    assert_eq!(bench.client.outbox().map(|waiting| waiting.tag).collect::<Vec<_>>(), [3, 4]);
    bench.pub_ack(1);
    bench.assert_sent(&[publish(QoS::AtLeastOnce, 3, false, "3")]);
    bench.pub_ack(2);
    bench.assert_sent(&[publish(QoS::AtLeastOnce, 4, false, "4")]);
    assert_eq!(bench.client.outbox().len(), 0);
    bench.pub_ack(3);
    assert_eq!(bench.client.send_quota(), Some(1));
}

#[test]
fn pubrec_frees_no_quota_and_pubcomp_does() {
    let mut bench = Bench::connected_with(v5(), receive_maximum(1));
    bench.publish(1, QoS::ExactlyOnce);
    bench.publish(2, QoS::ExactlyOnce);
    bench.forget();
    bench.pub_rec(1);
    bench.assert_sent(&[Packet::PubRel(ack(1))]);
    bench.pub_comp(1);
    bench.assert_sent(&[publish(QoS::ExactlyOnce, 2, false, "2")]);
}

#[test]
fn pubrec_with_an_error_frees_quota() {
    let mut bench = Bench::connected_with(v5(), receive_maximum(1));
    bench.publish(1, QoS::ExactlyOnce);
    bench.publish(2, QoS::AtLeastOnce);
    bench.forget();
    bench.server_sends(&Packet::PubRec(nack(1, ReasonCode::QUOTA_EXCEEDED)));
    bench.assert_sent(&[publish(QoS::AtLeastOnce, 2, false, "2")]);
}

#[test]
fn packets_other_than_publish_never_wait_for_quota() {
    let mut bench = Bench::connected_with(v5(), receive_maximum(1));
    bench.publish(1, QoS::AtLeastOnce);
    bench.publish(2, QoS::AtLeastOnce);
    bench.forget();
    bench.server_sends(&publish(QoS::ExactlyOnce, 5, false, "x"));
    bench.pub_rel(5);
    bench.command(ClientCommand::Ping);
    bench.command(subscribe(3, vec![filter("a", QoS::AtMostOnce)]));
    assert_eq!(bench.sent.len(), 4);
}

#[test]
fn qos_1_and_2_wait_for_a_connection_and_qos_0_does_not() {
    let mut bench = Bench::new(v5());
    bench.publish(1, QoS::AtLeastOnce);
    bench.open();
    bench.publish(2, QoS::ExactlyOnce);
    bench.publish(3, QoS::AtMostOnce);
    let refusal = Refusal::NotConnected;
    bench.assert_events(&[ClientEvent::CommandRefused { tag: Some(3), refusal }]);
    bench.forget();
    bench.server_sends(&accepted(false, ConnAckProperties::default()));
    bench.assert_sent(&[
        publish(QoS::AtLeastOnce, 1, false, "1"),
        publish(QoS::ExactlyOnce, 2, false, "2"),
    ]);
}

#[test]
fn what_waited_for_a_server_that_does_not_take_it_is_dropped_and_does_not_block() {
    let mut bench = Bench::new(v5());
    bench.publish(1, QoS::ExactlyOnce);
    bench.publish(2, QoS::AtLeastOnce);
    bench.open();
    bench.forget();
    let maximum_qos = Some(QoS::AtLeastOnce);
    bench.server_sends(&accepted(false, ConnAckProperties { maximum_qos, ..Default::default() }));
    bench.assert_sent(&[publish(QoS::AtLeastOnce, 1, false, "2")]);
    assert_eq!(
        bench.events.back(),
        Some(&ClientEvent::PublishDropped {
            tag: 1,
            packet_identifier: None,
            refusal: Refusal::QosNotSupported
        })
    );
}

#[test]
fn publishes_keep_their_order_through_the_outbox() {
    let mut bench = Bench::connected_with(v5(), receive_maximum(1));
    bench.publish(1, QoS::AtLeastOnce);
    bench.publish(2, QoS::AtLeastOnce);
    bench.pub_ack(1);
    // 2 is in flight now, and 3 must not pass by 4.
    bench.publish(3, QoS::AtLeastOnce);
    bench.publish(4, QoS::ExactlyOnce);
    bench.pub_ack(2);
    bench.pub_ack(3);
    bench.assert_sent(&[
        publish(QoS::AtLeastOnce, 1, false, "1"),
        publish(QoS::AtLeastOnce, 2, false, "2"),
        publish(QoS::AtLeastOnce, 3, false, "3"),
        publish(QoS::ExactlyOnce, 4, false, "4"),
    ]);
}

#[test]
fn requests_and_publishes_share_their_identifiers() {
    let mut bench = Bench::connected(v5());
    bench.publish(1, QoS::AtLeastOnce);
    bench.command(subscribe(2, vec![filter("a", QoS::AtMostOnce)]));
    bench.publish(3, QoS::AtLeastOnce);
    assert_eq!(bench.inflight(), [1, 3]);
    let Packet::Subscribe(request) = bench.decoded(&bench.sent[1]) else { panic!("no SUBSCRIBE") };
    assert_eq!(request.packet_identifier, identifier(2));
}

/// All 65 535 identifiers are live; the next publish has to wait for one, and gets just that one,
/// also after a resume.
#[test]
fn a_live_identifier_is_never_given_away() {
    let limits = ClientLimits { inflight_messages_max: u16::MAX, ..ClientLimits::default() };
    let mut bench = Bench::connected(ClientConfig { limits, ..v5() });
    for tag in 1..=65_535 {
        bench.publish(tag, QoS::AtLeastOnce);
    }
    assert_eq!(bench.inflight().len(), 65_535);
    bench.forget();
    bench.publish(70_000, QoS::AtLeastOnce);
    bench.command(subscribe(1, vec![filter("a", QoS::AtMostOnce)]));
    let refusal = Refusal::PacketIdentifiersExhausted;
    bench.assert_events(&[ClientEvent::CommandRefused { tag: Some(1), refusal }]);
    bench.assert_sent(&[]);
    bench.cut();
    bench.reconnect(true);
    assert_eq!(bench.sent.len(), 65_535, "all are sent again and nothing else");
    bench.forget();
    bench.pub_ack(40_000);
    bench.assert_sent(&[publish(QoS::AtLeastOnce, 40_000, false, "70000")]);
}

fn sub_ack(value: u16) -> Packet<'static> {
    Packet::SubAck(SubAck {
        packet_identifier: identifier(value),
        reason_codes: ReasonCodes::from_slice(&[ReasonCode::GRANTED_QOS_0]),
        properties: ReasonProperties::default(),
    })
}

#[test]
fn an_identifier_that_suback_frees_serves_a_publish_that_waits() {
    let limits = ClientLimits { inflight_messages_max: u16::MAX, ..ClientLimits::default() };
    let mut bench = Bench::connected(ClientConfig { limits, ..v5() });
    bench.command(subscribe(1, vec![filter("a", QoS::AtMostOnce)]));
    for tag in 2..=65_536 {
        bench.publish(tag, QoS::AtLeastOnce);
    }
    assert_eq!(bench.inflight().len(), 65_534);
    bench.forget();
    bench.server_sends(&sub_ack(1));
    bench.assert_sent(&[publish(QoS::AtLeastOnce, 1, false, "65536")]);
}

// [MQTT-2.2.1-3]
#[test]
fn the_identifiers_of_unanswered_requests_are_passed_over_when_all_others_have_been_used() {
    let mut bench = Bench::connected(v5());
    bench.command(subscribe(1, vec![filter("a", QoS::AtMostOnce)]));
    bench.command(ClientCommand::Unsubscribe {
        tag: 2,
        filters: vec!["b".to_owned()],
        user_properties: Vec::new(),
    });
    for value in (3..=u16::MAX).chain(3..=4) {
        bench.publish(u64::from(value), QoS::AtLeastOnce);
        assert_eq!(bench.inflight(), [value]);
        bench.pub_ack(value);
    }
}

#[test]
fn the_identifier_of_a_request_rests_after_its_answer() {
    let mut bench = Bench::connected(v5());
    bench.command(subscribe(1, vec![filter("a", QoS::AtMostOnce)]));
    bench.server_sends(&sub_ack(1));
    bench.publish(2, QoS::AtLeastOnce);
    assert_eq!(bench.inflight(), [2]);
}

#[test]
fn after_65_535_the_identifiers_start_again_at_1() {
    let mut bench = Bench::connected(v5());
    for tag in 1..=65_535_u16 {
        bench.publish(u64::from(tag), QoS::AtLeastOnce);
        bench.pub_ack(tag);
    }
    bench.publish(1, QoS::AtLeastOnce);
    assert_eq!(bench.inflight(), [1]);
}
