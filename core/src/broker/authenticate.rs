//! AUTH and the driver's verdicts (§4.12).

use std::sync::Arc;

use super::connection::{Blocked, ConnectionKey, State, Turn};
use super::input::AuthenticationVerdict;
use super::output::AuthenticationRequest;
use super::{Broker, ConnectionId};
use crate::codec::packet::{Auth, ReasonProperties};
use crate::codec::{Packet, PacketType, ReasonCode};

impl Broker {
    /// The driver has judged a client.
    pub(super) fn authenticated(&mut self, id: ConnectionId, verdict: AuthenticationVerdict) {
        let Some(key) = self.connection_keys.get(&id).copied() else { return };
        let Some(connection) = self.connections.get_mut(key.index()) else { return };
        match &connection.state {
            State::Authenticating(_) => self.judged_connect(key, verdict),
            State::Active(active) if active.re_authentication.is_some() => {
                self.judged_again(key, verdict);
            }
            // Nothing waits for the verdict, or not any more.
            State::Active(_) | State::AwaitingConnect => {}
        }
    }

    fn judged_connect(&mut self, key: ConnectionKey, verdict: AuthenticationVerdict) {
        let Some(connection) = self.connections.get_mut(key.index()) else { return };
        let State::Authenticating(pending) = &connection.state else { return };
        match verdict {
            AuthenticationVerdict::Continue { data } => {
                let method = pending.authentication_method.clone();
                if method.is_none() {
                    // Without a method there is no AUTH to continue with [MQTT-4.12.0-6].
                    let text = "the authentication asked for more than the client can say";
                    return self.refuse_connect(key, ReasonCode::NOT_AUTHORIZED, text);
                }
                let reason = ReasonCode::CONTINUE_AUTHENTICATION; // [MQTT-4.12.0-2]
                self.send_auth(key, reason, method.as_deref(), data.as_deref());
                self.unblock(key);
            }
            AuthenticationVerdict::Accept { principal, data } => {
                let State::Authenticating(pending) =
                    core::mem::replace(&mut connection.state, State::AwaitingConnect)
                else {
                    return;
                };
                let principal = principal.map(Arc::from);
                self.accept_connect(key, *pending, principal, data.as_deref());
                self.unblock(key);
            }
            // [MQTT-4.12.0-4]
            AuthenticationVerdict::Reject { reason_code } => {
                let reason = rejection(reason_code, PacketType::ConnAck);
                self.refuse_connect(key, reason, "");
            }
        }
    }

    fn judged_again(&mut self, key: ConnectionKey, verdict: AuthenticationVerdict) {
        let Some(active) =
            self.connections.get_mut(key.index()).and_then(|connection| connection.active_mut())
        else {
            return;
        };
        let method = active.authentication_method.clone();
        let session = active.session;
        match verdict {
            AuthenticationVerdict::Continue { data } => {
                active.re_authentication = Some(Turn::Client);
                let reason = ReasonCode::CONTINUE_AUTHENTICATION;
                self.send_auth(key, reason, method.as_deref(), data.as_deref());
            }
            AuthenticationVerdict::Accept { principal, data } => {
                active.re_authentication = None;
                let owner = self.sessions.get(session.index()).map(|slot| &slot.session.principal);
                if owner.is_some_and(|owner| owner.as_deref() != principal.as_deref()) {
                    let text = "the session belongs to somebody else";
                    return self.disconnect(key, ReasonCode::NOT_AUTHORIZED, text);
                }
                self.send_auth(key, ReasonCode::SUCCESS, method.as_deref(), data.as_deref());
            }
            // [MQTT-4.12.1-2]
            AuthenticationVerdict::Reject { reason_code } => {
                let reason = rejection(reason_code, PacketType::Disconnect);
                self.disconnect(key, reason, "");
            }
        }
    }

    /// AUTH came while CONNECT is being judged.
    pub(super) fn auth_during_connect(&mut self, key: ConnectionKey, auth: &Auth<'_>) {
        let Some(connection) = self.connections.get(key.index()) else { return };
        let State::Authenticating(pending) = &connection.state else { return };
        // [MQTT-4.12.0-3] [MQTT-4.12.0-5]
        if auth.reason_code != ReasonCode::CONTINUE_AUTHENTICATION
            || auth.authentication_method != pending.authentication_method.as_deref()
        {
            let text = "AUTH has to continue with the method of CONNECT";
            return self.refuse_connect(key, ReasonCode::PROTOCOL_ERROR, text);
        }
        let id = connection.id;
        self.out.authenticate(id, request(auth, false));
        self.block(key, Blocked::Authentication);
    }

    /// AUTH came on an active connection: the client authenticates anew `[MQTT-4.12.1-1]`.
    pub(super) fn auth_received(&mut self, key: ConnectionKey, auth: &Auth<'_>) {
        let Some(connection) = self.connections.get_mut(key.index()) else { return };
        let id = connection.id;
        let Some(active) = connection.active_mut() else { return };
        let same_method = active.authentication_method.is_some()
            && active.authentication_method.as_deref() == auth.authentication_method;
        let expected = match active.re_authentication {
            None => Some(ReasonCode::RE_AUTHENTICATE),
            Some(Turn::Client) => Some(ReasonCode::CONTINUE_AUTHENTICATION),
            // One question at a time: the driver still has to answer the last one.
            Some(Turn::Driver) => None,
        };
        // [MQTT-4.12.0-5] [MQTT-4.12.0-7]
        if !same_method || Some(auth.reason_code) != expected {
            return self.disconnect(key, ReasonCode::PROTOCOL_ERROR, "AUTH was not expected");
        }
        active.re_authentication = Some(Turn::Driver);
        self.out.authenticate(id, request(auth, true));
    }

    fn send_auth(
        &mut self,
        key: ConnectionKey,
        reason_code: ReasonCode,
        method: Option<&str>,
        data: Option<&[u8]>,
    ) {
        let auth = Auth {
            reason_code,
            authentication_method: method,
            authentication_data: data,
            properties: ReasonProperties::default(),
        };
        let packet = Packet::Auth(auth);
        if self.encode_for(key, &packet).is_none() {
            // The client would wait in vain for one that it does not take [MQTT-3.1.2-24], or that
            // has more data than a field may.
            let text = "the authentication needs larger packets";
            return self.disconnect(key, ReasonCode::PACKET_TOO_LARGE, text);
        }
        self.send(key, &packet);
    }
}

/// The code with which `packet` tells of a rejection for `reason_code` `[MQTT-3.2.2-8]`
/// `[MQTT-3.14.2-1]`.
fn rejection(reason_code: ReasonCode, packet: PacketType) -> ReasonCode {
    let fits = reason_code.is_error() && reason_code.is_allowed_in(packet);
    if fits { reason_code } else { ReasonCode::NOT_AUTHORIZED }
}

fn request(auth: &Auth<'_>, re_authentication: bool) -> AuthenticationRequest {
    AuthenticationRequest {
        client_identifier: String::new(),
        user_name: None,
        password: None,
        method: auth.authentication_method.map(str::to_owned),
        data: auth.authentication_data.map(<[u8]>::to_vec),
        re_authentication,
    }
}
