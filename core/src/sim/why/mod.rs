//! Why? One sentence for each kind of thing that happens, and the statement of the standard that
//! demands it.

mod client;
mod packet;

use serde::Serialize;

use super::{Happening, TimerFired};
use crate::broker::{DisconnectReason, Event, SessionEnd, TimerReason, WillCancelled};
use crate::codec::ReasonCode;
use crate::session::DropCause;

use client::{of_client_event, of_client_timer};
use packet::of_packet;

/// An explanation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Why {
    /// One sentence, for a person.
    pub text: &'static str,
    /// The statement of MQTT 5.0; absent where the standard leaves the choice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement: Option<&'static str>,
    /// The statement of MQTT 3.1.1, as `MQTT3-`; absent where that version has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement_v3: Option<&'static str>,
}

/// Both versions demand it.
const fn both(text: &'static str, v5: &'static str, v3: &'static str) -> Why {
    Why { text, statement: Some(v5), statement_v3: Some(v3) }
}

/// Version 5 demands it.
const fn v5(text: &'static str, v5: &'static str) -> Why {
    Why { text, statement: Some(v5), statement_v3: None }
}

/// The standard leaves it open, or it is no matter of MQTT.
const fn free(text: &'static str) -> Why {
    Why { text, statement: None, statement_v3: None }
}

impl Why {
    /// Why something happened; `None` for what only reports a command, a link or the store.
    #[must_use]
    pub fn of(happening: &Happening) -> Option<Self> {
        Some(match happening {
            Happening::PacketSent(sent) => of_packet(sent),
            Happening::Broker(event) => of_event(event),
            Happening::Client { event, .. } => of_client_event(event),
            Happening::Timer(TimerFired::Broker { reason, .. }) => of_timer(reason),
            Happening::Timer(TimerFired::Client { reason, .. }) => of_client_timer(*reason),
            Happening::Commanded { .. }
            | Happening::PacketDelivered { .. }
            | Happening::PacketLost { .. }
            | Happening::PacketHeld { .. }
            | Happening::PacketReleased { .. }
            | Happening::PacketDelayed { .. }
            | Happening::LinkOpened { .. }
            | Happening::LinkCut { .. }
            | Happening::LinkRestored { .. }
            | Happening::LinkClosed { .. }
            | Happening::Persisted { .. }
            | Happening::BrokerStopped { .. }
            | Happening::BrokerStarted { .. } => return None,
        })
    }
}

/// Why the broker reports an event.
const fn of_event(event: &Event) -> Why {
    match event {
        Event::Connected { session_present: true, .. } => both(
            "The broker held a session under this client identifier and the client did not ask \
             for a clean start, so they go on with it.",
            "MQTT-3.1.2-5",
            "MQTT3-3.1.2-4",
        ),
        Event::Connected { session_present: false, .. } => both(
            "There was no session to go on with, or the client asked for a clean start, so a new \
             one begins.",
            "MQTT-3.1.2-6",
            "MQTT3-3.1.2-4",
        ),
        Event::Disconnected { reason, .. } => of_disconnect(*reason),
        Event::SessionStarted { .. } => both(
            "An accepted client has a session, and the broker keeps it at least as long as the \
             connection is open.",
            "MQTT-4.1.0-1",
            "MQTT3-4.1.0-1",
        ),
        Event::SessionEnded { reason, .. } => of_session_end(*reason),
        Event::WillPublished { .. } => both(
            "The connection ended without the client taking its will back, and the will delay is \
             over or the session has ended.",
            "MQTT-3.1.2-8",
            "MQTT3-3.1.2-8",
        ),
        Event::WillCancelled { reason, .. } => of_will_cancelled(*reason),
        Event::Subscribed { replaced: true, .. } => both(
            "The session had a subscription to exactly this filter, and the new one takes its \
             place.",
            "MQTT-3.8.4-3",
            "MQTT3-3.8.4-3",
        ),
        Event::Subscribed { replaced: false, .. } => both(
            "The client asked for it; the subscription belongs to the session and lasts as long.",
            "MQTT-3.8.4-1",
            "MQTT3-3.8.4-1",
        ),
        Event::Unsubscribed { .. } => both(
            "The client named exactly the filter it had subscribed to.",
            "MQTT-3.10.4-1",
            "MQTT3-3.10.4-1",
        ),
        Event::MessageQueued { .. } => both(
            "A subscription of this session matches the topic, so the message becomes part of its \
             state.",
            "MQTT-4.5.0-1",
            "MQTT3-4.5.0-1",
        ),
        Event::MessageSent { dup: true, .. } => both(
            "The client has not acknowledged this message and has come back, so the broker sends \
             it again under the same identifier.",
            "MQTT-4.4.0-1",
            "MQTT3-4.4.0-1",
        ),
        Event::MessageSent { dup: false, .. } => v5(
            "The client is connected and its receive maximum leaves room for one more message.",
            "MQTT-3.3.4-9",
        ),
        Event::MessageAcknowledged { .. } => v5(
            "The exchange is complete: the client owns the message now, and the identifier is \
             free.",
            "MQTT-4.3.2-4",
        ),
        Event::MessageDropped { cause, .. } => of_drop(*cause),
    }
}

const fn of_disconnect(reason: DisconnectReason) -> Why {
    match reason {
        DisconnectReason::Client { reason_code } => match reason_code {
            ReasonCode::NORMAL_DISCONNECTION => both(
                "The client said goodbye, which also takes its will back.",
                "MQTT-3.14.4-3",
                "MQTT3-3.14.4-3",
            ),
            ReasonCode::DISCONNECT_WITH_WILL_MESSAGE => v5(
                "The client said goodbye and asked for its will to be published all the same.",
                "MQTT-3.1.2-8",
            ),
            _ => free("The client said goodbye with a reason, which leaves its will in force."),
        },
        DisconnectReason::Network => both(
            "The network connection ended without a DISCONNECT; if the session expiry interval is \
             not 0, the session stays.",
            "MQTT-3.1.2-23",
            "MQTT3-3.1.2-5",
        ),
        DisconnectReason::Broker { reason_code } => match reason_code {
            ReasonCode::KEEP_ALIVE_TIMEOUT => both(
                "Nothing was heard from the client for one and a half times its keep alive, so \
                 the broker takes the connection for dead.",
                "MQTT-3.1.2-22",
                "MQTT3-3.1.2-24",
            ),
            ReasonCode::SESSION_TAKEN_OVER => both(
                "Another connection came with the same client identifier, and the newcomer wins.",
                "MQTT-3.1.4-3",
                "MQTT3-3.1.4-2",
            ),
            ReasonCode::ADMINISTRATIVE_ACTION => free("An operator ended the connection."),
            ReasonCode::SERVER_SHUTTING_DOWN => free("The broker says goodbye to everyone."),
            _ => both(
                "The client broke a rule of the protocol or passed a limit, after which the \
                 connection cannot go on.",
                "MQTT-4.13.1-1",
                "MQTT3-4.8.0-1",
            ),
        },
        DisconnectReason::Refused { .. } => {
            both("The broker did not accept this CONNECT.", "MQTT-3.1.4-2", "MQTT3-3.2.2-5")
        }
    }
}

const fn of_session_end(reason: SessionEnd) -> Why {
    match reason {
        SessionEnd::Expired => v5(
            "The client stayed away for longer than its session expiry interval.",
            "MQTT-4.1.0-2",
        ),
        SessionEnd::ConnectionEnded => both(
            "Its session expiry interval was 0 (in version 3: CleanSession 1), so the session \
             ends with the connection.",
            "MQTT-4.1.0-2",
            "MQTT3-3.1.2-6",
        ),
        SessionEnd::CleanStart => both(
            "The client came back and asked for a clean start, which throws the old session away.",
            "MQTT-3.1.2-4",
            "MQTT3-3.1.2-6",
        ),
        SessionEnd::Operator => free("An operator ended the session."),
    }
}

const fn of_will_cancelled(reason: WillCancelled) -> Why {
    match reason {
        WillCancelled::NormalDisconnection => both(
            "The client disconnected normally, and its will is thrown away unpublished.",
            "MQTT-3.14.4-3",
            "MQTT3-3.14.4-3",
        ),
        WillCancelled::Reconnected => v5(
            "The client came back to its session before the will delay was over.",
            "MQTT-3.1.3-9",
        ),
        WillCancelled::NotAuthorized => {
            free("The client is not authorized to publish to the will's topic.")
        }
    }
}

const fn of_drop(cause: DropCause) -> Why {
    match cause {
        DropCause::QueueMessages => free(
            "The queue holds as many messages as it may; how many, and which one falls out, is \
             the broker's policy.",
        ),
        DropCause::QueueBytes => {
            free("The queue holds as many bytes as it may; how many is the broker's policy.")
        }
        DropCause::QueuedBytes => free(
            "All queues together hold as many bytes as they may; how many is the broker's policy.",
        ),
        DropCause::Expired => v5(
            "Its message expiry interval passed before it was sent to this client.",
            "MQTT-3.3.2-5",
        ),
        DropCause::TooLarge => {
            v5("It is larger than the maximum packet size this client accepts.", "MQTT-3.1.2-24")
        }
        DropCause::AtMostOnce => free(
            "It is QoS 0 and the client is away or does not take it; whether such messages are \
             kept is the broker's policy.",
        ),
        DropCause::NotAuthorized => free("The client may not be given messages of this topic."),
        DropCause::Purged => free("An operator dropped it."),
    }
}

const fn of_timer(reason: &TimerReason) -> Why {
    match reason {
        TimerReason::ConnectDeadline { .. } => both(
            "A connection has to begin with CONNECT, and the broker does not wait for it for ever.",
            "MQTT-3.1.0-1",
            "MQTT3-3.1.0-1",
        ),
        TimerReason::KeepAlive { .. } => both(
            "One and a half times the keep alive is over since the client was last heard.",
            "MQTT-3.1.2-22",
            "MQTT3-3.1.2-24",
        ),
        TimerReason::UnreadAnswers { .. } => free(
            "The client has not read its answers for as long as the broker's policy allows, so \
             that nothing is read from it and its keep alive cannot be judged.",
        ),
        TimerReason::RefuseDeadline { .. } => {
            free("A publisher was held back for full queues as long as the broker's policy allows.")
        }
        TimerReason::MessageExpiry { .. } | TimerReason::GroupMessageExpiry { .. } => {
            v5("The message expiry interval of a message that still waits is over.", "MQTT-3.3.2-5")
        }
        TimerReason::RetainedExpiry => {
            v5("The message expiry interval of a retained message is over.", "MQTT-3.3.2-5")
        }
        TimerReason::WillDelay { .. } => {
            v5("The will delay interval is over and the client has not come back.", "MQTT-3.1.2-8")
        }
        TimerReason::SessionExpiry { .. } => v5(
            "The session expiry interval is over; it began when the connection ended.",
            "MQTT-4.1.0-2",
        ),
        TimerReason::Work => free("The broker goes on with work it had put off."),
    }
}
