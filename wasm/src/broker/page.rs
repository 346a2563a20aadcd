//! What the core has no serialised type for: events and authentication requests.

use afterlink_core::broker::view::TimerView;
use afterlink_core::broker::{self, ConnectionId, Event};
use serde::Serialize;
use tsify::Tsify;

/// Events in the order in which they happened.
#[derive(Serialize, Tsify)]
#[serde(transparent)]
pub struct Events(#[tsify(type = "BrokerEvent[]")] pub Vec<Event>);

/// What the broker waits for, in the order of time.
#[derive(Serialize, Tsify)]
#[serde(transparent)]
pub struct BrokerTimers(pub Vec<TimerView>);

/// Clients to be judged.
#[derive(Serialize, Tsify)]
#[serde(transparent)]
pub struct AuthenticationRequests(pub Vec<AuthenticationRequest>);

/// What a client says of itself.
#[derive(Serialize, Tsify)]
pub struct AuthenticationRequest {
    /// Its connection.
    pub connection: ConnectionId,
    /// Its Client Identifier; empty if it asks for an assigned one.
    pub client_identifier: String,
    /// User Name of CONNECT.
    #[tsify(optional)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
    /// Password of CONNECT.
    #[tsify(optional)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<Vec<u8>>,
    /// Authentication Method.
    #[tsify(optional)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Authentication Data of CONNECT or AUTH.
    #[tsify(optional)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Vec<u8>>,
    /// Whether the client is connected and authenticates anew.
    pub re_authentication: bool,
}

impl AuthenticationRequest {
    pub(super) fn new(connection: ConnectionId, said: broker::AuthenticationRequest) -> Self {
        Self {
            connection,
            client_identifier: said.client_identifier,
            user_name: said.user_name,
            password: said.password,
            method: said.method,
            data: said.data,
            re_authentication: said.re_authentication,
        }
    }
}
