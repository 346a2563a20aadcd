//! Every limit of the client, at its edge.

use afterlink_core::client::*;
use afterlink_core::codec::packet::*;
use afterlink_core::codec::*;

use crate::harness::*;

fn limited(limits: ClientLimits) -> ClientConfig {
    ClientConfig { limits, ..v5() }
}

fn refused(tag: u64, refusal: Refusal) -> ClientEvent {
    ClientEvent::CommandRefused { tag: Some(tag), refusal }
}

#[test]
fn receive_maximum_is_enforced_on_the_server() {
    for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
        let mut bench = Bench::connected(ClientConfig {
            receive_maximum: Some(2),
            acknowledgement_mode: AcknowledgementMode::Manual,
            ..v5()
        });
        bench.server_sends(&publish(qos, 1, false, "a"));
        bench.server_sends(&publish(qos, 2, false, "b"));
        // Neither QoS 0 nor a repeat counts.
        bench.server_sends(&publish(QoS::AtMostOnce, 0, false, "c"));
        bench.server_sends(&publish(qos, 2, true, "b"));
        assert!(!bench.closed);
        bench.server_sends(&publish(qos, 3, false, "d"));
        let code = ReasonCode::RECEIVE_MAXIMUM_EXCEEDED;
        bench.assert_sent(&[Packet::Disconnect(Disconnect::new(code))]);
        assert!(bench.closed);
        assert_eq!(bench.messages().len(), 3);
    }
}

#[test]
fn receive_maximum_counts_until_puback_or_pubcomp() {
    let mut bench = Bench::connected(ClientConfig { receive_maximum: Some(1), ..v5() });
    for value in 1..=5 {
        bench.server_sends(&publish(QoS::AtLeastOnce, value, false, "a"));
    }
    for value in 6..=9 {
        bench.server_sends(&publish(QoS::ExactlyOnce, value, false, "a"));
        bench.pub_rel(value);
    }
    bench.server_sends(&publish(QoS::ExactlyOnce, 10, false, "a"));
    assert!(!bench.closed);
    bench.server_sends(&publish(QoS::AtLeastOnce, 11, false, "a"));
    assert!(bench.closed, "PUBREC alone does not free it");
}

#[test]
fn receive_maximum_starts_anew_with_each_connection() {
    let mut bench = Bench::connected(ClientConfig { receive_maximum: Some(1), ..v5() });
    bench.server_sends(&publish(QoS::ExactlyOnce, 1, false, "a"));
    bench.cut();
    bench.reconnect(true);
    // The server resends PUBREL of 1, which is no PUBLISH.
    bench.server_sends(&publish(QoS::ExactlyOnce, 2, false, "b"));
    assert!(!bench.closed);
}

#[test]
fn version_3_knows_no_receive_maximum() {
    let acknowledgement_mode = AcknowledgementMode::Manual;
    let mut bench = Bench::connected(ClientConfig { acknowledgement_mode, ..v3() });
    for value in 1..=1_000 {
        bench.server_sends(&publish(QoS::AtLeastOnce, value, false, "a"));
    }
    assert!(!bench.closed);
}

#[test]
fn maximum_packet_size_is_enforced_on_the_server_to_the_byte() {
    for (config, too_large) in [(v5(), true), (v3(), true), (v5(), false), (v3(), false)] {
        let mut bytes = Vec::new();
        publish(QoS::AtMostOnce, 0, false, "abc").encode(config.version, &mut bytes).unwrap();
        let size = u32::try_from(bytes.len()).unwrap() - u32::from(too_large);
        let mut bench =
            Bench::connected(ClientConfig { maximum_packet_size: Some(size), ..config });
        // The Fixed Header is enough: the bytes behind it are not waited for.
        bench.input(ClientInput::Received { bytes: &bytes[..2] });
        assert_eq!(bench.closed, too_large);
        if too_large && bench.version == ProtocolVersion::V5 {
            bench.assert_sent(&[Packet::Disconnect(Disconnect::new(ReasonCode::PACKET_TOO_LARGE))]);
        }
        bench.input(ClientInput::Received { bytes: &bytes[2..] });
        assert_eq!(bench.messages().len(), usize::from(!too_large));
    }
}

#[test]
fn inflight_messages_max_bounds_the_window_where_the_server_does_not() {
    let limits = ClientLimits { inflight_messages_max: 2, ..ClientLimits::default() };
    let mut bench = Bench::connected(ClientConfig { limits, ..v3() });
    for tag in 1..=3 {
        bench.publish(tag, QoS::AtLeastOnce);
    }
    assert_eq!(bench.inflight(), [1, 2]);
    bench.pub_ack(1);
    assert_eq!(bench.inflight(), [2, 3]);
}

#[test]
fn inflight_messages_max_of_0_counts_as_1() {
    let limits = ClientLimits { inflight_messages_max: 0, ..ClientLimits::default() };
    let bench = Bench::connected(limited(limits));
    assert_eq!(bench.client.send_quota(), Some(1));
}

#[test]
fn outbox_messages_max_bounds_what_waits_and_not_what_is_sent() {
    let limits = ClientLimits { outbox_messages_max: 2, ..ClientLimits::default() };
    let mut bench = Bench::new(limited(limits));
    for tag in 1..=3 {
        bench.publish(tag, QoS::AtLeastOnce);
    }
    bench.assert_events(&[refused(3, Refusal::OutboxFull)]);

    let limits = ClientLimits { outbox_messages_max: 0, ..ClientLimits::default() };
    let mut bench = Bench::connected(limited(limits));
    bench.publish(1, QoS::AtLeastOnce);
    assert_eq!(bench.inflight(), [1]);
    bench.assert_events(&[]);
}

#[test]
fn outbox_bytes_max_bounds_topics_and_payloads_that_wait() {
    // Topic "t" and one digit: 2 bytes a message.
    let limits = ClientLimits { outbox_bytes_max: 5, ..ClientLimits::default() };
    let mut bench = Bench::new(limited(limits));
    for tag in 1..=3 {
        bench.publish(tag, QoS::AtLeastOnce);
    }
    bench.assert_events(&[refused(3, Refusal::OutboxFull)]);
    bench.reconnect(false);
    assert_eq!(bench.inflight(), [1, 2]);
    bench.cut();
    bench.forget();
    bench.publish(4, QoS::AtLeastOnce);
    bench.assert_events(&[]);
}

#[test]
fn requests_max_bounds_requests_without_an_answer() {
    let limits = ClientLimits { requests_max: 2, ..ClientLimits::default() };
    let mut bench = Bench::connected(limited(limits));
    let request = |tag| subscribe(tag, vec![filter("a", QoS::AtMostOnce)]);
    for tag in 1..=3 {
        bench.command(request(tag));
    }
    bench.assert_events(&[refused(3, Refusal::TooManyRequests)]);
    bench.server_sends(&Packet::SubAck(SubAck {
        packet_identifier: identifier(1),
        reason_codes: ReasonCodes::from_slice(&[ReasonCode::GRANTED_QOS_0]),
        properties: ReasonProperties::default(),
    }));
    bench.forget();
    bench.command(request(4));
    bench.assert_events(&[]);
}

fn with_user_properties<'a>(pairs: &'a [(&'a str, &'a str)]) -> Packet<'a> {
    Packet::Publish(Publish {
        dup: false,
        qos: QoS::AtMostOnce,
        retain: false,
        topic: "t",
        packet_identifier: None,
        properties: PublishProperties {
            user_properties: UserProperties::from_pairs(pairs),
            ..PublishProperties::default()
        },
        payload: b"",
    })
}

#[test]
fn user_properties_max_bounds_the_properties_of_a_packet() {
    let limits = ClientLimits { user_properties_max: 2, ..ClientLimits::default() };
    let mut bench = Bench::connected(limited(limits));
    bench.server_sends(&with_user_properties(&[("a", "b"); 2]));
    assert!(!bench.closed);
    bench.server_sends(&with_user_properties(&[("a", "b"); 3]));
    bench.assert_sent(&[Packet::Disconnect(Disconnect::new(ReasonCode::QUOTA_EXCEEDED))]);
}

#[test]
fn properties_bytes_max_bounds_the_properties_of_a_packet() {
    // An identifier, two lengths and two bytes: 7 bytes a pair.
    let limits = ClientLimits { properties_bytes_max: 14, ..ClientLimits::default() };
    let mut bench = Bench::connected(limited(limits));
    bench.server_sends(&with_user_properties(&[("a", "b"); 2]));
    assert!(!bench.closed);
    bench.server_sends(&with_user_properties(&[("a", "b"), ("a", "bc")]));
    bench.assert_sent(&[Packet::Disconnect(Disconnect::new(ReasonCode::QUOTA_EXCEEDED))]);
}
