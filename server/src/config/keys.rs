//! The catalogue of keys: what each means and what it takes.

use super::accepts::Accepts;

/// A key of the config file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    /// The table it stands in.
    pub(super) table: &'static str,
    /// Its name there.
    pub(super) name: &'static str,
    /// What it means, with its unit.
    pub(super) meaning: &'static str,
    /// What it takes.
    pub(super) accepts: Accepts,
}

/// A table of the config file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Table {
    /// Its name.
    pub(super) name: &'static str,
    /// What its keys are about.
    pub(super) about: &'static str,
    /// Its keys, in the order in which they are printed.
    pub(super) keys: &'static [Key],
}

impl Key {
    /// Its name with that of its table.
    pub(super) fn path(&self) -> String {
        format!("{}.{}", self.table, self.name)
    }
}

const U16: u64 = u16::MAX as u64;
const U32: u64 = u32::MAX as u64;
/// The largest number a TOML file can hold.
const I64: u64 = i64::MAX as u64;
const HOUR_MS: u64 = 60 * 60 * 1000;
/// The largest packet MQTT knows: a Remaining Length of 268 435 455 and a fixed header of 5.
const PACKET: u64 = 268_435_460;
const BOOLEAN: Accepts = Accepts::Boolean;

const fn whole(min: u64, max: u64) -> Accepts {
    Accepts::Whole { min, max }
}

macro_rules! table {
    ($table:literal, $about:literal, { $($name:literal: $accepts:expr, $meaning:literal;)* }) => {
        Table {
            name: $table,
            about: $about,
            keys: &[$(Key {
                table: $table,
                name: $name,
                meaning: $meaning,
                accepts: $accepts,
            }),*],
        }
    };
}

/// Every table with every key.
pub(super) const TABLES: &[Table] = &[
    table!("listen", "Where to listen.", {
        "tcp": Accepts::Address, "MQTT over TCP.";
        "http": Accepts::Address, "HTTP, with MQTT over WebSocket on the path /mqtt.";
    }),
    table!("websocket", "HTTP and MQTT over WebSocket.", {
        "allowed_origins": Accepts::Origins,
            "Origins of web pages that may open a WebSocket, besides pages of this server. A \
             client that names no origin is no web page, and is judged like one over TCP.";
        "allowed_hosts": Accepts::Hosts,
            "Names this server may be called by (the Host of a request), besides localhost and \
             its own addresses. Any other is refused, since a foreign name may be an attacker's \
             that was made to point here.";
        "upgrade_deadline_ms": whole(1, HOUR_MS),
            "Milliseconds from the opening of a connection, or from the answer before, to the \
             end of the header of a request.";
        "header_bytes_max": whole(8192, 1024 * 1024), "Bytes of the header of one request.";
        "header_fields_max": whole(16, 1000), "Fields of the header of one request.";
    }),
    table!("connection", "Network connections.", {
        "send_credit_bytes": whole(1024, 1024 * 1024 * 1024),
            "Bytes that are held for a client that does not take them, besides what the system \
             holds; after that its messages wait in its queue.";
        "close_deadline_ms": whole(1, HOUR_MS),
            "Milliseconds a client is given to take what is on its way when its connection is \
             closed.";
    }),
    table!("shutdown", "How the server ends.", {
        "deadline_ms": whole(1, HOUR_MS),
            "Milliseconds that all connections together are given to close.";
    }),
    table!("limits", "How much of everything there may be.", {
        "queue_messages_max": whole(1, U32),
            "Messages that wait in one queue, of a session or of a share group.";
        "queue_bytes_max": whole(1, I64),
            "Bytes of topic, properties and payload that wait in one queue.";
        "inflight_messages_max": whole(1, U16),
            "Messages of QoS 1 and 2 sent to one client and not yet acknowledged, whatever it \
             says it can take.";
        "receive_maximum": whole(1, U16),
            "The Receive Maximum told to clients: publishes of QoS 1 and 2 that are taken \
             unacknowledged.";
        "packet_size_bytes_max": whole(128, PACKET),
            "Bytes of the largest packet taken from a client.";
        "packet_size_before_connect_bytes_max": whole(128, PACKET),
            "Bytes of the largest packet taken before CONNECT is accepted.";
        "session_expiry_seconds_max": Accepts::WholeOrNone { min: 0, max: U32 },
            "Seconds of the longest Session Expiry Interval granted; clients of version 3 that \
             keep their session get it too. With \"none\" a session can be kept for ever.";
        "topic_alias_maximum": whole(0, U16), "The highest Topic Alias taken from a client.";
        "keep_alive_seconds_max": whole(0, U16),
            "Seconds of the longest Keep Alive granted to a 5.0 client; 0 for no limit.";
        "topic_levels_max": whole(1, U16), "Levels of a Topic Name or Topic Filter.";
        "subscriptions_per_session_max": whole(1, U32), "Subscriptions of one session.";
        "filters_per_packet_max": whole(1, U16),
            "Topic Filters of one SUBSCRIBE or UNSUBSCRIBE.";
        "share_groups_per_session_max": whole(0, U16),
            "Share groups that one session is a member of.";
        "connect_deadline_ms": whole(1, HOUR_MS),
            "Milliseconds from the opening of a connection to its accepted CONNECT; over \
             WebSocket the upgrade counts too.";
        "client_identifier_bytes_max": whole(23, U16), "Bytes of a Client Identifier.";
        "user_properties_max": whole(0, U16), "User Properties of one packet.";
        "properties_bytes_max": whole(64, U32), "Bytes of the properties of one packet.";
        "retained_messages_max": whole(0, U32),
            "Retained messages. One more is refused with 0x97 where its publisher can be told; \
             else it is routed and not retained, and its topic has none.";
        "retained_bytes_max": whole(0, I64), "Bytes of all retained messages, likewise.";
        "sessions_max": whole(1, U32), "Sessions, of connected and of absent clients.";
        "connections_max": whole(1, U32), "Network connections at a time, HTTP included.";
        "connections_per_address_max": whole(1, U32),
            "Network connections at a time from one address, HTTP included; loopback is exempt.";
        "queued_bytes_max": whole(1, I64), "Bytes that wait in all queues together.";
        "unfinished_packet_bytes_max": whole(1, I64),
            "Bytes of packets that have not arrived whole, over all connections.";
        "unread_answers_bytes_max": whole(1, U32),
            "Bytes of answers a client has not read at which no more is read from it.";
        "unread_answers_deadline_ms": whole(1, HOUR_MS),
            "Milliseconds a client may leave such answers unread before it is closed.";
        "unpersisted_bytes_max": whole(1, I64),
            "Bytes of records not yet stored at which no more is read from publishers.";
        "refuse_deadline_ms": whole(1, HOUR_MS),
            "Milliseconds a version 3 publisher is held back by queue_overflow = \"refuse\" \
             before its message is dropped for the full queues.";
        "work_per_call_max": whole(1, U32),
            "Steps of postponed work (retained messages matched, timers fired) done before \
             clients are read from again.";
    }),
    table!("capabilities", "What the broker offers; clients are told what it does not.", {
        "maximum_qos": whole(0, 2), "The highest QoS taken from publishers.";
        "retain": BOOLEAN, "Retained messages.";
        "wildcard_subscription": BOOLEAN, "Wildcards in Topic Filters.";
        "shared_subscription": BOOLEAN, "Shared Subscriptions ($share/...).";
        "subscription_identifiers": BOOLEAN, "Subscription Identifiers.";
    }),
    table!("policies", "Choices that the standard leaves to a broker.", {
        "queue_overflow": Accepts::Word(&["drop-newest", "drop-oldest", "refuse"]),
            "What happens to a message for a queue that is full: it is dropped, or the one that \
             has waited longest is, or the publish is refused as a whole.";
        "queue_qos0_offline": BOOLEAN,
            "Whether messages of QoS 0 are queued for a session whose client is away.";
        "shared_delivery": Accepts::Word(&["online-first", "round-robin"]),
            "Which member of a share group gets a message: connected members in turn, with a \
             queue of the group's own while all are away; or all in turn, away or not.";
        "v3_publish_not_authorized": Accepts::Word(&["acknowledge", "close"]),
            "What a version 3 publisher sees of a publish it is not authorized for: the \
             ordinary acknowledgement, or the end of its connection.";
        "v3_1_subscribe_not_authorized": Accepts::Word(&["grant", "close"]),
            "What a 3.1 subscriber, whose SUBACK knows no failure, sees of a refused filter: a \
             granted QoS for a filter that never matches, or the end of its connection.";
        "v3_1_long_client_identifiers": BOOLEAN,
            "Whether 3.1 clients may use identifiers of more than 23 characters.";
        "payload_format_validated": BOOLEAN,
            "Whether a payload that is said to be UTF-8 is checked, and refused if it is not.";
        "response_information": Accepts::Text,
            "What a client that asks for Response Information is told.";
    }),
    table!("authorization", "What clients are refused; with nothing here all is allowed.", {
        "refuse_publish": Accepts::Filters, "Topics that no client may publish to.";
        "refuse_receive": Accepts::Filters,
            "Topics that no client is given messages of; subscriptions to them are refused.";
    }),
    table!("log", "What is told on stderr.", {
        "level": Accepts::Word(crate::log::LEVELS),
            "The least important that is told. At \"info\" every connection has one line. \
             --log and AFTERLINK_LOG go before this.";
    }),
];

/// The table called `name`.
pub(super) fn table(name: &str) -> Option<&'static Table> {
    TABLES.iter().find(|table| table.name == name)
}
