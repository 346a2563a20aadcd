//! Settings whose every limit is within reach.

use afterlink_core::authorization::Policy;
use afterlink_core::broker::{
    Authentication, Config, QueueOverflow, Records, SharedDelivery, V3PublishNotAuthorized,
    V31SubscribeNotAuthorized,
};
use afterlink_core::topic::{TopicFilter, TopicLimits};

use super::random::Random;
use crate::harness::{AtLeastOnce, ExactlyOnce};

pub(super) fn config(random: &mut Random) -> Config {
    let mut config = Config {
        queue_overflow: random.pick(&[
            QueueOverflow::DropNewest,
            QueueOverflow::DropOldest,
            QueueOverflow::Refuse,
        ]),
        queue_qos0_offline: random.one_in(2),
        shared_delivery: random.pick(&[SharedDelivery::OnlineFirst, SharedDelivery::RoundRobin]),
        v3_publish_not_authorized: random
            .pick(&[V3PublishNotAuthorized::Acknowledge, V3PublishNotAuthorized::Close]),
        v3_1_subscribe_not_authorized: random
            .pick(&[V31SubscribeNotAuthorized::Grant, V31SubscribeNotAuthorized::Close]),
        v3_1_long_client_identifiers: random.one_in(2),
        payload_format_validated: random.one_in(2),
        records: random.pick(&[Records::Off, Records::Durable]),
        authentication: if random.one_in(4) {
            Authentication::Driver
        } else {
            Authentication::Anonymous
        },
        response_information: random.one_in(4).then(|| "r".to_owned()),
        ..Config::default()
    };
    limits(random, &mut config);
    let capabilities = &mut config.capabilities;
    capabilities.maximum_qos = if random.one_in(6) { AtLeastOnce } else { ExactlyOnce };
    capabilities.retain = !random.one_in(8);
    capabilities.wildcard_subscription = !random.one_in(8);
    capabilities.shared_subscription = !random.one_in(8);
    capabilities.subscription_identifiers = !random.one_in(8);
    config
}

/// Each limit is tiny in half of the runs.
fn limits(random: &mut Random, config: &mut Config) {
    let limits = &mut config.limits;
    macro_rules! tiny {
        ($($limit:ident: $range:expr),* $(,)?) => {
            $(if random.one_in(4) {
                let range = $range;
                limits.$limit = (range.start + random.below(range.end - range.start))
                    .try_into()
                    .expect("a value of this limit");
            })*
        };
    }
    tiny! {
        queue_messages_max: 1..5,
        queue_bytes_max: 10..200,
        inflight_messages_max: 1..4,
        receive_maximum: 1..4,
        packet_size_bytes_max: 60..300,
        packet_size_before_connect_bytes_max: 60..300,
        topic_alias_maximum: 0..3,
        keep_alive_seconds_max: 0..20,
        topic_levels_max: 2..4,
        subscriptions_per_session_max: 1..5,
        filters_per_packet_max: 1..3,
        share_groups_per_session_max: 0..3,
        connect_deadline_ms: 1..5000,
        client_identifier_bytes_max: 1..40,
        user_properties_max: 0..2,
        properties_bytes_max: 5..60,
        retained_messages_max: 0..4,
        retained_bytes_max: 0..100,
        sessions_max: 1..7,
        connections_max: 1..9,
        connections_per_address_max: 1..4,
        queued_bytes_max: 10..400,
        unfinished_packet_bytes_max: 20..400,
        unread_answers_bytes_max: 0..60,
        unread_answers_deadline_ms: 1..200_000,
        unpersisted_bytes_max: 0..1000,
        refuse_deadline_ms: 1..20_000,
        work_per_call_max: 1..6,
    }
    limits.session_expiry_seconds_max =
        random.one_in(3).then(|| u32::try_from(random.below(2000)).expect("small"));
}

pub(super) fn policy(random: &mut Random) -> Policy {
    let mut filters = || {
        let filter = random.pick(&["a", "a/#", "#", "+/b", "b/c"]);
        let filter = TopicFilter::parse(filter, &TopicLimits::PROTOCOL).expect("a filter");
        if random.one_in(2) { vec![filter] } else { Vec::new() }
    };
    Policy { refuse_publish: filters(), refuse_receive: filters() }
}
