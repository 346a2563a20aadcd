//! What a client sends when it comes back to its Session.

use afterlink_core::client::*;
use afterlink_core::codec::packet::*;
use afterlink_core::codec::*;

use crate::harness::*;

#[test]
fn an_unacknowledged_qos_1_publish_comes_again_with_its_identifier_and_dup() {
    for version in VERSIONS {
        let mut bench = Bench::connected(persistent(version));
        bench.publish(1, QoS::AtLeastOnce);
        bench.cut();
        bench.forget();
        bench.reconnect(true);
        bench.assert_sent(&[publish(QoS::AtLeastOnce, 1, true, "1")]);
        bench.pub_ack(1);
        bench.assert_events(&[published(1, 1)]);
    }
}

#[test]
fn nothing_is_sent_again_on_a_live_connection() {
    for version in VERSIONS {
        let mut bench = Bench::connected(ClientConfig { keep_alive: 20, ..persistent(version) });
        bench.publish(1, QoS::AtLeastOnce);
        bench.publish(2, QoS::ExactlyOnce);
        bench.publish(3, QoS::ExactlyOnce);
        bench.pub_rec(3);
        bench.forget();
        for _ in 0..10 {
            bench.pass_seconds(20);
            bench.assert_sent(&[Packet::PingReq]);
            bench.server_sends(&Packet::PingResp);
        }
        assert_eq!(bench.inflight(), [1, 2, 3]);
    }
}

#[test]
fn qos_2_goes_on_from_where_it_was() {
    for version in VERSIONS {
        // Cut before PUBREC: PUBLISH again.
        let mut bench = Bench::connected(persistent(version));
        bench.publish(1, QoS::ExactlyOnce);
        bench.cut();
        bench.forget();
        bench.reconnect(true);
        bench.assert_sent(&[publish(QoS::ExactlyOnce, 1, true, "1")]);
        // Cut after PUBREC: PUBREL, as often as it takes, and PUBLISH never again.
        bench.pub_rec(1);
        bench.forget();
        for _ in 0..2 {
            bench.cut();
            bench.forget();
            bench.reconnect(true);
            bench.assert_sent(&[Packet::PubRel(ack(1))]);
        }
        // The server may have forgotten it by then.
        bench.server_sends(&Packet::PubComp(nack(1, ReasonCode::PACKET_IDENTIFIER_NOT_FOUND)));
        assert_eq!(bench.inflight(), []);
        assert_eq!(bench.events.pop_back(), Some(published(1, 1)));
    }
}

#[test]
fn publishes_come_again_in_their_order_and_pubrels_in_that_of_their_pubrecs() {
    let mut bench = Bench::connected(v5());
    for tag in 1..=6 {
        let qos = if tag % 2 == 0 { QoS::ExactlyOnce } else { QoS::AtLeastOnce };
        bench.publish(tag, qos);
    }
    bench.pub_rec(6);
    bench.pub_rec(2);
    bench.pub_ack(3);
    bench.publish(7, QoS::AtLeastOnce);
    for _ in 0..2 {
        bench.cut();
        bench.forget();
        bench.reconnect(true);
        bench.assert_sent(&[
            Packet::PubRel(ack(6)),
            Packet::PubRel(ack(2)),
            publish(QoS::AtLeastOnce, 1, true, "1"),
            publish(QoS::ExactlyOnce, 4, true, "4"),
            publish(QoS::AtLeastOnce, 5, true, "5"),
            publish(QoS::AtLeastOnce, 7, true, "7"),
        ]);
    }
}

#[test]
fn order_is_that_of_sending_even_when_the_identifiers_have_wrapped() {
    let mut bench = Bench::connected(v5());
    for tag in 1..=65_534_u16 {
        bench.publish(u64::from(tag), QoS::AtLeastOnce);
        bench.pub_ack(tag);
    }
    for tag in 1..=3 {
        bench.publish(tag, QoS::AtLeastOnce);
    }
    bench.cut();
    bench.forget();
    bench.reconnect(true);
    bench.assert_sent(&[
        publish(QoS::AtLeastOnce, 65_535, true, "1"),
        publish(QoS::AtLeastOnce, 1, true, "2"),
        publish(QoS::AtLeastOnce, 2, true, "3"),
    ]);
}

#[test]
fn with_a_smaller_receive_maximum_as_many_come_again_as_fit_and_the_rest_in_turn() {
    let mut bench = Bench::connected(v5());
    for tag in 1..=4 {
        bench.publish(tag, QoS::AtLeastOnce);
    }
    bench.publish(5, QoS::ExactlyOnce);
    bench.pub_rec(5);
    bench.cut();
    bench.forget();
    let receive_maximum = Some(3);
    bench.reconnect_with(true, ConnAckProperties { receive_maximum, ..Default::default() });
    // PUBREL does not wait, and its message still holds a unit of the quota.
    bench.assert_sent(&[
        Packet::PubRel(ack(5)),
        publish(QoS::AtLeastOnce, 1, true, "1"),
        publish(QoS::AtLeastOnce, 2, true, "2"),
    ]);
    bench.publish(6, QoS::AtLeastOnce);
    bench.assert_sent(&[]);
    bench.pub_ack(2);
    bench.assert_sent(&[publish(QoS::AtLeastOnce, 3, true, "3")]);
    bench.pub_comp(5);
    bench.assert_sent(&[publish(QoS::AtLeastOnce, 4, true, "4")]);
    bench.pub_ack(1);
    bench.assert_sent(&[publish(QoS::AtLeastOnce, 6, false, "6")]);
}

#[test]
fn an_answer_from_the_servers_memory_saves_the_resend() {
    let mut bench = Bench::connected(v5());
    for tag in 1..=2 {
        bench.publish(tag, QoS::ExactlyOnce);
    }
    bench.publish(3, QoS::AtLeastOnce);
    bench.cut();
    bench.forget();
    let receive_maximum = Some(1);
    bench.reconnect_with(true, ConnAckProperties { receive_maximum, ..Default::default() });
    bench.assert_sent(&[publish(QoS::ExactlyOnce, 1, true, "1")]);
    bench.pub_rec(2);
    bench.pub_ack(3);
    bench.assert_sent(&[Packet::PubRel(ack(2))]);
    bench.pub_comp(2);
    bench.pub_rec(1);
    bench.pub_comp(1);
    bench.assert_sent(&[Packet::PubRel(ack(1))]);
    assert_eq!(bench.inflight(), []);
    assert_eq!(bench.client.send_quota(), Some(1));
}

#[test]
fn what_the_new_connection_does_not_take_is_dropped_and_does_not_block() {
    let long = OutgoingMessage { payload: vec![b'x'; 100], ..message(1, QoS::AtLeastOnce) };
    let retained = OutgoingMessage { retain: true, ..message(2, QoS::AtLeastOnce) };
    let twice = message(3, QoS::ExactlyOnce);
    let mut bench = Bench::connected(v5());
    for (tag, message) in [(1, long), (2, retained), (3, twice)] {
        bench.command(ClientCommand::Publish { tag, message });
    }
    bench.publish(4, QoS::AtLeastOnce);
    bench.cut();
    bench.forget();
    let properties = ConnAckProperties {
        maximum_packet_size: Some(50),
        retain_available: Some(false),
        maximum_qos: Some(QoS::AtLeastOnce),
        receive_maximum: Some(1),
        ..ConnAckProperties::default()
    };
    bench.reconnect_with(true, properties);
    bench.assert_sent(&[publish(QoS::AtLeastOnce, 4, true, "4")]);
    let dropped = |tag, value, refusal| ClientEvent::PublishDropped {
        tag,
        packet_identifier: Some(identifier(value)),
        refusal,
    };
    bench.assert_events(&[
        dropped(1, 1, Refusal::PacketTooLarge),
        dropped(2, 2, Refusal::RetainNotSupported),
        dropped(3, 3, Refusal::QosNotSupported),
    ]);
    assert_eq!(bench.inflight(), [4]);
}

#[test]
fn a_session_of_version_5_goes_on_in_3_1_1_without_properties() {
    let mut bench = Bench::connected(v5());
    let properties =
        MessageProperties { content_type: Some("ct".to_owned()), ..MessageProperties::default() };
    let message = OutgoingMessage { properties, ..message(1, QoS::AtLeastOnce) };
    bench.command(ClientCommand::Publish { tag: 1, message });
    bench.cut();
    bench.command(ClientCommand::Reconfigure(Box::new(v3())));
    bench.forget();
    bench.reconnect(true);
    bench.assert_sent(&[publish(QoS::AtLeastOnce, 1, true, "1")]);
}

#[test]
fn a_clone_is_a_checkpoint() {
    let mut bench = Bench::connected(v5());
    bench.publish(1, QoS::AtLeastOnce);
    bench.input(ClientInput::Received { bytes: &[0x40, 0x02] });
    let mut fork = Bench::with(bench.client.clone());
    bench.forget();
    for bench in [&mut bench, &mut fork] {
        bench.input(ClientInput::Received { bytes: &[0x00, 0x01] });
        bench.assert_events(&[published(1, 1)]);
        bench.publish(2, QoS::ExactlyOnce);
        bench.assert_sent(&[publish(QoS::ExactlyOnce, 2, false, "2")]);
    }
}

// [MQTT-4.3.3-7]
#[test]
fn a_message_that_was_sent_does_not_expire() {
    let mut bench = Bench::connected(v5());
    let properties =
        MessageProperties { message_expiry_interval: Some(1), ..MessageProperties::default() };
    let message = OutgoingMessage { properties, ..message(1, QoS::ExactlyOnce) };
    bench.command(ClientCommand::Publish { tag: 1, message });
    bench.cut();
    bench.forget();
    bench.pass_seconds(1_000);
    bench.reconnect(true);
    assert_eq!(bench.sent.len(), 1);
    let Packet::Publish(again) = bench.decoded(&bench.sent[0]) else { panic!("no PUBLISH") };
    assert_eq!((again.dup, again.packet_identifier), (true, Some(identifier(1))));
}
