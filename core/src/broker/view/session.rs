//! Views of sessions and of the connections that hold them.

use core::net::IpAddr;
use core::ops::Bound;

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::broker::connection::{Connection, ConnectionKey, State};
use crate::broker::{Broker, ConnectionId, SessionSlot};
use crate::codec::{ProtocolVersion, QoS};
use crate::session::{ClientIdentifier, DropCounters, Session, SessionNumber, Subscription};
use crate::topic::SubscriptionFilter;

/// A session, with the lengths of what it holds; each list has pages of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionView {
    /// Its client.
    pub client_identifier: ClientIdentifier,
    /// Its number; pages of sessions go by it.
    pub number: SessionNumber,
    /// Who made it; absent for anonymous.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// The connection that holds it; absent while its client is away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection: Option<ConnectionView>,
    /// When it began.
    pub created_at: Timestamp,
    /// When its last connection ended; absent while there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disconnected_at: Option<Timestamp>,
    /// Seconds it outlives its connection; 4 294 967 295 for ever.
    pub expiry_interval: u32,
    /// When it ends; absent while its client is there, or for never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Messages that wait.
    pub queue_len: usize,
    /// Their bytes.
    pub queue_bytes: u64,
    /// QoS 1 and 2 messages on their way.
    pub inflight_len: usize,
    /// QoS 2 messages received that wait for PUBREL.
    pub received_len: usize,
    /// Subscriptions.
    pub subscriptions_len: usize,
    /// Its Will Message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub will: Option<WillView>,
    /// Messages it lost, by cause.
    pub drops: DropCounters,
}

/// A Will Message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WillView {
    /// Will Topic.
    pub topic: String,
    /// Will Payload.
    pub payload: Vec<u8>,
    /// Will QoS.
    pub qos: QoS,
    /// Will Retain.
    pub retain: bool,
    /// Seconds between the end of the connection and the will.
    pub delay_interval: u32,
    /// When it is published; absent while its client is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
}

/// A subscription of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriptionView {
    /// Its Topic Filter; pages go by it.
    pub filter: SubscriptionFilter,
    /// Its options and identifier.
    pub subscription: Subscription,
}

/// A network connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionView {
    /// Its name.
    pub connection: ConnectionId,
    /// Where it comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
    /// How far it has come.
    pub state: ConnectionState,
    /// What it speaks; absent before CONNECT.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<ProtocolVersion>,
    /// When it is ended if nothing comes: its CONNECT deadline or Keep Alive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Timestamp>,
    /// QoS 1 and 2 messages it may be sent unacknowledged.
    pub window: usize,
    /// QoS 1 and 2 publishes taken from it and not answered to the end.
    pub unacknowledged: u16,
    /// Bytes the driver will still take for it.
    pub send_credit: i64,
    /// Packets that wait for records.
    pub held_len: usize,
    /// Whether it is read from.
    pub reading: bool,
}

/// How far a connection has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionState {
    /// CONNECT has to come.
    AwaitingConnect,
    /// The driver judges its CONNECT.
    Authenticating,
    /// Its CONNECT was accepted.
    Active,
}

impl Broker {
    /// Sessions in the order in which they began, behind `after`.
    #[must_use]
    pub fn sessions(&self, after: Option<SessionNumber>, limit: usize) -> Vec<SessionView> {
        let start = after.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
        self.session_numbers
            .range_from(start)
            .filter_map(|(_, key)| self.sessions.get(key.index()))
            .filter(|slot| !slot.session.is_expired(self.now))
            .take(limit)
            .map(|slot| self.session_view(slot))
            .collect()
    }

    /// The session of a client.
    #[must_use]
    pub fn session(&self, client_identifier: &str) -> Option<SessionView> {
        let key = self.session_keys.get(client_identifier)?;
        let slot = self.sessions.get(key.index())?;
        (!slot.session.is_expired(self.now)).then(|| self.session_view(slot))
    }

    /// Subscriptions of a client in the order of their filters, behind `after`.
    #[must_use]
    pub fn subscriptions(
        &self,
        client_identifier: &str,
        after: Option<&SubscriptionFilter>,
        limit: usize,
    ) -> Vec<SubscriptionView> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.session_state(client_identifier).map_or_else(Vec::new, |session| {
            session
                .subscriptions
                .range_from(start)
                .take(limit)
                .map(|(filter, subscription)| SubscriptionView {
                    filter: filter.clone(),
                    subscription: *subscription,
                })
                .collect()
        })
    }

    /// Connections, with or without a session, `skip` of them left out.
    #[must_use]
    pub fn connections(&self, skip: usize, limit: usize) -> Vec<ConnectionView> {
        let page = self.connections.iter().skip(skip).take(limit);
        page.map(|(_, connection)| ConnectionView::new(connection)).collect()
    }

    pub(super) fn session_state(&self, client_identifier: &str) -> Option<&Session> {
        let key = self.session_keys.get(client_identifier)?;
        let session = &self.sessions.get(key.index())?.session;
        (!session.is_expired(self.now)).then_some(session)
    }

    fn session_view(&self, slot: &SessionSlot) -> SessionView {
        let session = &slot.session;
        let connection = |key: ConnectionKey| self.connections.get(key.index());
        SessionView {
            client_identifier: session.client_identifier.clone(),
            number: session.number,
            principal: session.principal.as_deref().map(str::to_owned),
            connection: slot.connection.and_then(connection).map(ConnectionView::new),
            created_at: session.created_at,
            disconnected_at: session.disconnected_at,
            expiry_interval: session.expiry_interval,
            expires_at: session.expires_at,
            queue_len: session.queue.len(),
            queue_bytes: session.queue.bytes(),
            inflight_len: session.inflight.len(),
            received_len: session.received.len(),
            subscriptions_len: session.subscriptions.len(),
            will: session.will.as_ref().map(|will| WillView {
                topic: will.topic.clone(),
                payload: will.payload.clone(),
                qos: will.qos,
                retain: will.retain,
                delay_interval: will.delay_interval,
                due_at: session.will_due_at,
            }),
            drops: session.drops,
        }
    }
}

impl ConnectionView {
    fn new(connection: &Connection) -> Self {
        let state = match connection.state {
            State::AwaitingConnect => ConnectionState::AwaitingConnect,
            State::Authenticating(_) => ConnectionState::Authenticating,
            State::Active(_) => ConnectionState::Active,
        };
        Self {
            connection: connection.id,
            address: connection.address,
            state,
            version: (state != ConnectionState::AwaitingConnect).then_some(connection.version),
            deadline: connection.deadline,
            window: connection.active().map_or(0, |active| active.window),
            unacknowledged: connection.unacknowledged,
            send_credit: connection.credit,
            held_len: connection.held.len(),
            reading: connection.blocked.is_none(),
        }
    }
}
