//! The class `Simulation` and what can be seen of it at the present.
//!
//! While the broker is down it has nothing to show: lists are empty, and the rest is `undefined`.

use afterlink_core::Broker;
use afterlink_core::codec::PacketIdentifier;
use afterlink_core::session::SessionNumber;
use afterlink_core::topic::{SubscriptionFilter, TopicLimits};
use tsify::Ts;
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::convert::{Outcome, entries, optional, show};
use crate::lists::{
    BrokerState, Connections, InflightPage, Queue, ReceivedIdentifiers, RetainedMessages, Sessions,
    ShareGroups, Subscriptions, page,
};
use crate::page::{Clients, Links, Timers};
use crate::simulation::Simulation;
use crate::types;

#[wasm_bindgen]
impl Simulation {
    /// The broker as a whole.
    pub fn broker(&self) -> Outcome<Option<Ts<BrokerState>>> {
        self.look(|simulation| {
            let broker = simulation.world().broker().map(|broker| BrokerState {
                totals: broker.totals(),
                counters: *broker.counters(),
                config: broker.config().clone(),
            });
            broker.as_ref().map(page).transpose()
        })
    }

    /// Sessions in the order in which they began, behind the one with the number `after`.
    pub fn sessions(&self, after: Option<f64>, limit: u32) -> Outcome<Ts<Sessions>> {
        let after = optional("after", after)?.map(SessionNumber);
        self.list(|broker| broker.sessions(after, entries(limit)), Sessions)
    }

    /// The session of a client.
    pub fn session(&self, client_identifier: &str) -> Outcome<Option<Ts<types::SessionView>>> {
        self.look(|simulation| {
            let broker = simulation.world().broker();
            let session = broker.and_then(|broker| broker.session(client_identifier));
            session.as_ref().map(show).transpose()
        })
    }

    /// Messages that wait for a client, behind the one with the arrival `after`.
    pub fn queue(
        &self,
        client_identifier: &str,
        after: Option<f64>,
        limit: u32,
    ) -> Outcome<Ts<Queue>> {
        let after = optional("after", after)?;
        self.list(|broker| broker.queue(client_identifier, after, entries(limit)), Queue)
    }

    /// Messages on their way to a client, behind the one at the place `after`.
    pub fn inflight(
        &self,
        client_identifier: &str,
        after: Option<f64>,
        limit: u32,
    ) -> Outcome<Ts<InflightPage>> {
        let after = optional("after", after)?;
        self.list(|broker| broker.inflight(client_identifier, after, entries(limit)), InflightPage)
    }

    /// Identifiers of QoS 2 messages of a client that wait for PUBREL, behind `after`.
    #[wasm_bindgen(js_name = receivedIdentifiers)]
    pub fn received_identifiers(
        &self,
        client_identifier: &str,
        after: Option<u16>,
        limit: u32,
    ) -> Outcome<Ts<ReceivedIdentifiers>> {
        let after = after.and_then(PacketIdentifier::new);
        self.list(
            |broker| {
                let page = broker.received_identifiers(client_identifier, after, entries(limit));
                page.into_iter().map(PacketIdentifier::get).collect()
            },
            ReceivedIdentifiers,
        )
    }

    /// Subscriptions of a client in the order of their filters, behind `after`.
    pub fn subscriptions(
        &self,
        client_identifier: &str,
        after: Option<String>,
        limit: u32,
    ) -> Outcome<Ts<Subscriptions>> {
        let after = after.map(|text| SubscriptionFilter::parse(&text, &TopicLimits::PROTOCOL));
        let after = after.transpose().map_err(|error| JsError::new(&error.to_string()))?;
        self.list(
            |broker| broker.subscriptions(client_identifier, after.as_ref(), entries(limit)),
            Subscriptions,
        )
    }

    /// Retained messages in the order of their topics, behind `after`.
    pub fn retained(&self, after: Option<String>, limit: u32) -> Outcome<Ts<RetainedMessages>> {
        self.list(|broker| broker.retained(after.as_deref(), entries(limit)), RetainedMessages)
    }

    /// The first share groups in the order of their names.
    #[wasm_bindgen(js_name = shareGroups)]
    pub fn share_groups(&self, limit: u32) -> Outcome<Ts<ShareGroups>> {
        self.list(|broker| broker.share_groups(None, entries(limit)), ShareGroups)
    }

    /// Network connections as the broker sees them, `skip` of them left out.
    pub fn connections(&self, skip: u32, limit: u32) -> Outcome<Ts<Connections>> {
        self.list(|broker| broker.connections(entries(skip), entries(limit)), Connections)
    }

    /// What is waited for, in the order of time: the broker's first `limit` timers and one of
    /// each client.
    pub fn timers(&self, limit: u32) -> Outcome<Ts<Timers>> {
        self.look(|simulation| page(&Timers(simulation.world().timers(entries(limit)))))
    }

    /// Links with the packets in flight.
    pub fn links(&self) -> Outcome<Ts<Links>> {
        self.look(|simulation| page(&Links(simulation.world().link_views())))
    }

    /// Clients with their halves of sessions, and at most `limit` entries in each list of those.
    pub fn clients(&self, limit: u32) -> Outcome<Ts<Clients>> {
        self.look(|simulation| page(&Clients(simulation.world().client_views(entries(limit)))))
    }
}

impl Simulation {
    /// A list of the broker's, empty while it is down.
    fn list<T, P: tsify::Tsify + serde::Serialize>(
        &self,
        list: impl FnOnce(&Broker) -> Vec<T>,
        wrap: impl FnOnce(Vec<T>) -> P,
    ) -> Outcome<Ts<P>> {
        self.look(|simulation| page(&wrap(simulation.world().broker().map_or_else(Vec::new, list))))
    }
}
