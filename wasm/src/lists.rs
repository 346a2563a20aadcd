//! Lists of what a broker holds, and its state as a whole: the core has no type for them.

use afterlink_core::broker::Counters;
use afterlink_core::broker::view::{
    ConnectionView, GroupView, InflightView, QueueEntryView, RetainedView, SessionView,
    SubscriptionView, Totals,
};
use serde::Serialize;
use tsify::{Ts, Tsify};

use crate::convert::{Outcome, make};

/// The broker as a whole.
#[derive(Serialize, Tsify)]
pub struct BrokerState {
    /// How much of everything there is.
    pub totals: Totals,
    /// How often things happened.
    pub counters: Counters,
    /// The settings in force.
    pub config: afterlink_core::broker::Config,
}

/// Sessions in the order in which they began.
#[derive(Serialize, Tsify)]
#[serde(transparent)]
pub struct Sessions(pub Vec<SessionView>);

/// Messages that wait.
#[derive(Serialize, Tsify)]
#[serde(transparent)]
pub struct Queue(pub Vec<QueueEntryView>);

/// Messages on their way to a client.
#[derive(Serialize, Tsify)]
#[serde(transparent)]
pub struct InflightPage(pub Vec<InflightView>);

/// Identifiers of QoS 2 messages that wait for PUBREL.
#[derive(Serialize, Tsify)]
#[serde(transparent)]
pub struct ReceivedIdentifiers(pub Vec<u16>);

/// Subscriptions in the order of their filters.
#[derive(Serialize, Tsify)]
#[serde(transparent)]
pub struct Subscriptions(pub Vec<SubscriptionView>);

/// Retained messages in the order of their topics.
#[derive(Serialize, Tsify)]
#[serde(transparent)]
pub struct RetainedMessages(pub Vec<RetainedView>);

/// Share groups in the order of their names.
#[derive(Serialize, Tsify)]
#[serde(transparent)]
pub struct ShareGroups(pub Vec<GroupView>);

/// Network connections as the broker sees them.
#[derive(Serialize, Tsify)]
#[serde(transparent)]
pub struct Connections(pub Vec<ConnectionView>);

/// The value for JavaScript.
pub(crate) fn page<T: Tsify + Serialize>(value: &T) -> Outcome<Ts<T>> {
    Ok(Ts::new_unchecked(make(value)?))
}
