//! Why a client does something.

use super::{Why, both, free, v5};
use crate::client::{ClientEvent, ClientTimer, DiscardCause, DisconnectCause};

pub(super) const fn of_client_timer(timer: ClientTimer) -> Why {
    match timer {
        ClientTimer::ConnAck => free("The client does not wait for CONNACK for ever."),
        ClientTimer::KeepAlive => both(
            "The client has sent nothing for its keep alive, so it shows that it lives.",
            "MQTT-3.1.2-20",
            "MQTT3-3.1.2-23",
        ),
        ClientTimer::PingResp => {
            free("PINGRESP did not come in time, so the client takes the connection for dead.")
        }
    }
}

pub(super) const fn of_client_event(event: &ClientEvent) -> Why {
    match event {
        ClientEvent::Connected(_) => both(
            "The broker answered CONNECT with success, before anything else.",
            "MQTT-3.2.0-1",
            "MQTT3-3.2.0-1",
        ),
        ClientEvent::ConnectionRefused { .. } => both(
            "The broker answered CONNECT with a code that refuses it.",
            "MQTT-3.1.4-2",
            "MQTT3-3.2.2-5",
        ),
        ClientEvent::Disconnected(cause) => of_client_disconnect(cause),
        ClientEvent::Message(_) => both(
            "The application is given a message; QoS 2 hands each one out once.",
            "MQTT-4.3.3-10",
            "MQTT3-4.3.3-2",
        ),
        ClientEvent::Repeat { .. } => both(
            "This QoS 2 message was handed out already, so it is acknowledged and not handed out \
             again.",
            "MQTT-4.3.3-10",
            "MQTT3-4.3.3-2",
        ),
        ClientEvent::Published { .. } => {
            free("The broker has acknowledged the message to the end, or it was QoS 0 and is sent.")
        }
        ClientEvent::PublishDropped { .. } => {
            free("The broker of this connection does not take such a message.")
        }
        ClientEvent::Subscribed { .. } => {
            both("The broker answered SUBSCRIBE.", "MQTT-3.8.4-1", "MQTT3-3.8.4-1")
        }
        ClientEvent::Unsubscribed { .. } => {
            both("The broker answered UNSUBSCRIBE.", "MQTT-3.10.4-4", "MQTT3-3.10.4-4")
        }
        ClientEvent::RequestUnanswered { .. } => {
            free("The connection ended before the answer came: the client must ask again.")
        }
        ClientEvent::Authenticate { .. } => free("The broker took a step of the authentication."),
        ClientEvent::SessionDiscarded { cause, .. } => of_discard(*cause),
        ClientEvent::Unexpected { .. } => {
            free("The broker acknowledged something that was not open.")
        }
        ClientEvent::CommandRefused { .. } => {
            free("The client cannot do what its application asked.")
        }
    }
}

const fn of_client_disconnect(cause: &DisconnectCause) -> Why {
    match cause {
        DisconnectCause::Requested => free("The application asked for it."),
        DisconnectCause::Server { .. } => {
            v5("The broker sent DISCONNECT and closed.", "MQTT-3.14.4-1")
        }
        DisconnectCause::Network => free("The network connection ended without a word."),
        DisconnectCause::ServerFault { .. } => {
            v5("The broker broke a rule of the protocol or a limit of the client.", "MQTT-4.13.2-1")
        }
        DisconnectCause::SessionPresentWithoutState => v5(
            "The broker goes on with a session of which this client knows nothing, so the client \
             has to close.",
            "MQTT-3.2.2-4",
        ),
        DisconnectCause::ConnAckOverdue => free("CONNACK did not come in time."),
        DisconnectCause::PingRespOverdue => free("PINGRESP did not come in time."),
        DisconnectCause::StateLost => free("The client's process died."),
    }
}

const fn of_discard(cause: DiscardCause) -> Why {
    match cause {
        DiscardCause::CleanStart => both(
            "A clean start throws away what the client knew of its session, too.",
            "MQTT-3.1.2-4",
            "MQTT3-3.1.2-6",
        ),
        DiscardCause::SessionNotPresent => v5(
            "Session present was 0: the broker knows nothing of the session, so the client drops \
             its half.",
            "MQTT-3.2.2-5",
        ),
        DiscardCause::SessionEnded => both(
            "The session ended with the connection, on both sides.",
            "MQTT-4.1.0-2",
            "MQTT3-3.1.2-6",
        ),
        DiscardCause::ClientIdentifierChanged => {
            free("Under another client identifier it is another session.")
        }
        DiscardCause::StateLost => free("The client's store is gone."),
    }
}
