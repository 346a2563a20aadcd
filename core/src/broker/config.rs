//! Everything that can be set about a broker, with its defaults.

use serde::{Deserialize, Serialize};

use crate::codec::{DecodeLimits, QoS};
use crate::topic::TopicLimits;
use crate::value::Read;

/// The settings of a [`Broker`](super::Broker). What CONNACK advertises and what is enforced come
/// from the same value here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// How much of everything there may be.
    pub limits: Limits,
    /// What the broker offers; CONNACK tells what it does not.
    pub capabilities: Capabilities,
    /// What happens to a message for a queue that is full.
    pub queue_overflow: QueueOverflow,
    /// Whether QoS 0 messages are queued for a session whose client is away.
    pub queue_qos0_offline: bool,
    /// Which member of a share group gets a message.
    pub shared_delivery: SharedDelivery,
    /// What a version 3 publisher sees of a publish it is not authorized for.
    pub v3_publish_not_authorized: V3PublishNotAuthorized,
    /// What a 3.1 subscriber, whose SUBACK knows no failure, sees of a refused filter.
    pub v3_1_subscribe_not_authorized: V31SubscribeNotAuthorized,
    /// Whether 3.1 clients may use identifiers of more than 23 characters.
    pub v3_1_long_client_identifiers: bool,
    /// Whether a payload that is said to be UTF-8 is checked, and refused with 0x99.
    pub payload_format_validated: bool,
    /// Which durable facts are emitted as records; settled when the broker is made.
    pub records: Records,
    /// Who judges a CONNECT.
    pub authentication: Authentication,
    /// What a client that asks for Response Information is told; nothing if absent.
    pub response_information: Option<String>,
}

/// Limits, each with its unit last.
///
/// Of messages in a queue or in flight, of [`receive_maximum`](Self::receive_maximum) and of work
/// 0 counts as 1: with less a broker does nothing, or says what the protocol forbids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Messages that wait in one queue, of a session or of a share group.
    pub queue_messages_max: u32,
    /// Bytes of topic, properties and payload that wait in one queue.
    pub queue_bytes_max: u64,
    /// QoS 1 and 2 messages sent to one client and not yet acknowledged, whatever its Receive
    /// Maximum.
    pub inflight_messages_max: u16,
    /// The Receive Maximum told to clients: QoS 1 and 2 publishes taken unacknowledged.
    pub receive_maximum: u16,
    /// Bytes of the largest packet taken from a client.
    pub packet_size_bytes_max: u32,
    /// Bytes of the largest packet taken before CONNECT is accepted.
    pub packet_size_before_connect_bytes_max: u32,
    /// The longest Session Expiry Interval granted; absent means no cap, so that a session can
    /// be kept for ever.
    pub session_expiry_seconds_max: Option<u32>,
    /// The highest Topic Alias taken from a client.
    pub topic_alias_maximum: u16,
    /// The longest Keep Alive granted to a 5.0 client; 0 means no cap.
    pub keep_alive_seconds_max: u16,
    /// Levels of a Topic Name or Topic Filter.
    pub topic_levels_max: u16,
    /// Subscriptions of one session.
    pub subscriptions_per_session_max: u32,
    /// Topic Filters of one SUBSCRIBE or UNSUBSCRIBE.
    pub filters_per_packet_max: u16,
    /// Share groups that one session is a member of.
    pub share_groups_per_session_max: u16,
    /// Milliseconds from the opening of a connection to its accepted CONNECT.
    pub connect_deadline_ms: u32,
    /// Bytes of a Client Identifier.
    pub client_identifier_bytes_max: u16,
    /// User Properties of one packet.
    pub user_properties_max: u16,
    /// Bytes of the properties of one packet.
    pub properties_bytes_max: u32,
    /// Retained messages. One more is refused where its publisher can be told (5.0 with QoS 1 or
    /// 2); else it is routed and not retained, and its topic has none from then on.
    pub retained_messages_max: u32,
    /// Bytes of retained messages.
    pub retained_bytes_max: u64,
    /// Sessions, of connected and of absent clients.
    pub sessions_max: u32,
    /// Connections at a time.
    pub connections_max: u32,
    /// Connections at a time from one network address; loopback is exempt.
    pub connections_per_address_max: u32,
    /// Bytes that wait in all queues together.
    pub queued_bytes_max: u64,
    /// Bytes of packets that have not arrived whole, over all connections.
    pub unfinished_packet_bytes_max: u64,
    /// Bytes of answers beyond the send credit at which no more is read from a client.
    pub unread_answers_bytes_max: u32,
    /// Milliseconds for which a client may read nothing while it has that many answers to read,
    /// before it is closed.
    pub unread_answers_deadline_ms: u32,
    /// Bytes of records not yet persisted at which no more is read from publishers.
    pub unpersisted_bytes_max: u64,
    /// Milliseconds that a version 3 publisher is held back by the `refuse` policy before its
    /// message is dropped for the full queues.
    pub refuse_deadline_ms: u32,
    /// Steps of postponed work (retained messages matched, timers fired) done in one call.
    pub work_per_call_max: u32,
}

/// What the broker offers. A feature that is off is denied in CONNACK and refused in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Read)]
#[serde(default, deny_unknown_fields)]
pub struct Capabilities {
    /// The highest QoS taken from publishers.
    pub maximum_qos: QoS,
    /// Retained messages.
    pub retain: bool,
    /// Wildcards in Topic Filters.
    pub wildcard_subscription: bool,
    /// Shared Subscriptions.
    pub shared_subscription: bool,
    /// Subscription Identifiers.
    pub subscription_identifiers: bool,
}

/// What happens to a message for a queue that is full, once expired messages have made room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Read)]
#[serde(rename_all = "kebab-case")]
pub enum QueueOverflow {
    /// The message that comes is dropped for this queue.
    #[default]
    DropNewest,
    /// The message that has waited longest is dropped.
    DropOldest,
    /// The publish is refused as a whole: 0x97 to a 5.0 publisher, back-pressure to the others.
    Refuse,
}

/// Which member of a share group gets a message (§4.8.2 leaves it to the server).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Read)]
#[serde(rename_all = "kebab-case")]
pub enum SharedDelivery {
    /// Connected members in turn; if all are away the group's own queue keeps the message for
    /// the first that returns.
    #[default]
    OnlineFirst,
    /// All members in turn, also into the queue of one that is away.
    RoundRobin,
}

/// What a version 3 publisher sees of a publish it is not authorized for `[MQTT3-3.3.5-2]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Read)]
#[serde(rename_all = "kebab-case")]
pub enum V3PublishNotAuthorized {
    /// The ordinary acknowledgement; the message goes nowhere.
    #[default]
    Acknowledge,
    /// The connection is closed.
    Close,
}

/// What a 3.1 subscriber sees of a filter it is not authorized for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Read)]
#[serde(rename_all = "kebab-case")]
pub enum V31SubscribeNotAuthorized {
    /// A granted QoS for a filter that never matches.
    #[default]
    Grant,
    /// The connection is closed.
    Close,
}

/// Which durable facts are emitted as records and waited for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Read)]
#[serde(rename_all = "kebab-case")]
pub enum Records {
    /// None: nothing survives the process, and no packet waits.
    #[default]
    Off,
    /// Facts about sessions that outlive their connection, and retained messages.
    Durable,
}

/// Who judges a CONNECT.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Read)]
#[serde(rename_all = "kebab-case")]
pub enum Authentication {
    /// Nobody: every client is taken as anonymous.
    #[default]
    Anonymous,
    /// The driver, which answers `Output::Authenticate` with `Input::Authenticated`.
    Driver,
}

const MIB: u64 = 1024 * 1024;

impl Default for Config {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            capabilities: Capabilities::default(),
            queue_overflow: QueueOverflow::default(),
            queue_qos0_offline: false,
            shared_delivery: SharedDelivery::default(),
            v3_publish_not_authorized: V3PublishNotAuthorized::default(),
            v3_1_subscribe_not_authorized: V31SubscribeNotAuthorized::default(),
            v3_1_long_client_identifiers: true,
            payload_format_validated: false,
            records: Records::default(),
            authentication: Authentication::default(),
            response_information: None,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            queue_messages_max: 1000,
            queue_bytes_max: 8 * MIB,
            inflight_messages_max: 32,
            receive_maximum: 64,
            packet_size_bytes_max: 1024 * 1024,
            packet_size_before_connect_bytes_max: 64 * 1024,
            session_expiry_seconds_max: None,
            topic_alias_maximum: 16,
            keep_alive_seconds_max: 3600,
            topic_levels_max: 64,
            subscriptions_per_session_max: 1000,
            filters_per_packet_max: 100,
            share_groups_per_session_max: 64,
            connect_deadline_ms: 10_000,
            client_identifier_bytes_max: 1024,
            user_properties_max: 32,
            properties_bytes_max: 16 * 1024,
            retained_messages_max: 100_000,
            retained_bytes_max: 256 * MIB,
            sessions_max: 100_000,
            connections_max: 10_000,
            connections_per_address_max: 200,
            queued_bytes_max: 256 * MIB,
            unfinished_packet_bytes_max: 64 * MIB,
            unread_answers_bytes_max: 64 * 1024,
            unread_answers_deadline_ms: 120_000,
            unpersisted_bytes_max: 64 * MIB,
            refuse_deadline_ms: 30_000,
            work_per_call_max: 1024,
        }
    }
}

impl Limits {
    /// The limits a Topic Name or Topic Filter is parsed with.
    #[must_use]
    pub fn topic(&self) -> TopicLimits {
        TopicLimits { levels_max: usize::from(self.topic_levels_max), ..TopicLimits::default() }
    }

    /// The same, with 1 where 0 would stop the broker.
    pub(super) fn workable(mut self) -> Self {
        self.queue_messages_max = self.queue_messages_max.max(1);
        self.inflight_messages_max = self.inflight_messages_max.max(1);
        self.receive_maximum = self.receive_maximum.max(1);
        self.work_per_call_max = self.work_per_call_max.max(1);
        self
    }

    /// The limits a packet is decoded with.
    #[must_use]
    pub fn decode(&self) -> DecodeLimits {
        DecodeLimits {
            user_properties_max: usize::from(self.user_properties_max),
            properties_bytes_max: self.properties_bytes_max as usize,
            filters_max: usize::from(self.filters_per_packet_max),
        }
    }
}

impl Default for Capabilities {
    fn default() -> Self {
        Self {
            maximum_qos: QoS::ExactlyOnce,
            retain: true,
            wildcard_subscription: true,
            shared_subscription: true,
            subscription_identifiers: true,
        }
    }
}
