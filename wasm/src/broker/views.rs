//! The class `Engine` and what can be seen of its broker.

use afterlink_core::codec::PacketIdentifier;
use afterlink_core::session::SessionNumber;
use afterlink_core::topic::{SubscriptionFilter, TopicLimits};
use tsify::Ts;
use wasm_bindgen::prelude::wasm_bindgen;

use super::Engine;
use super::page::BrokerTimers;
use crate::convert::{Outcome, entries, optional, show};
use crate::lists::{
    BrokerState, Connections, InflightPage, Queue, ReceivedIdentifiers, RetainedMessages, Sessions,
    ShareGroups, Subscriptions, page,
};
use crate::types;

#[wasm_bindgen]
impl Engine {
    /// The broker as a whole.
    pub fn state(&self) -> Outcome<Ts<BrokerState>> {
        self.look(|broker| {
            page(&BrokerState {
                totals: broker.totals(),
                counters: *broker.counters(),
                config: broker.config().clone(),
            })
        })
    }

    /// Sessions in the order in which they began, behind the one with the number `after`.
    pub fn sessions(&self, after: Option<f64>, limit: u32) -> Outcome<Ts<Sessions>> {
        let after = optional("after", after)?.map(SessionNumber);
        self.look(|broker| page(&Sessions(broker.sessions(after, entries(limit)))))
    }

    /// The session of a client.
    pub fn session(&self, client_identifier: &str) -> Outcome<Option<Ts<types::SessionView>>> {
        self.look(|broker| broker.session(client_identifier).as_ref().map(show).transpose())
    }

    /// Messages that wait for a client, behind the one with the arrival `after`.
    pub fn queue(
        &self,
        client_identifier: &str,
        after: Option<f64>,
        limit: u32,
    ) -> Outcome<Ts<Queue>> {
        let after = optional("after", after)?;
        self.look(|broker| page(&Queue(broker.queue(client_identifier, after, entries(limit)))))
    }

    /// Messages on their way to a client, behind the one at the place `after`.
    pub fn inflight(
        &self,
        client_identifier: &str,
        after: Option<f64>,
        limit: u32,
    ) -> Outcome<Ts<InflightPage>> {
        let after = optional("after", after)?;
        self.look(|broker| {
            page(&InflightPage(broker.inflight(client_identifier, after, entries(limit))))
        })
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
        self.look(|broker| {
            let found = broker.received_identifiers(client_identifier, after, entries(limit));
            page(&ReceivedIdentifiers(found.into_iter().map(PacketIdentifier::get).collect()))
        })
    }

    /// Subscriptions of a client in the order of their filters, behind `after`.
    pub fn subscriptions(
        &self,
        client_identifier: &str,
        after: Option<String>,
        limit: u32,
    ) -> Outcome<Ts<Subscriptions>> {
        let after = after.map(|text| SubscriptionFilter::parse(&text, &TopicLimits::PROTOCOL));
        let after = after.transpose()?;
        self.look(|broker| {
            let limit = entries(limit);
            page(&Subscriptions(broker.subscriptions(client_identifier, after.as_ref(), limit)))
        })
    }

    /// Retained messages in the order of their topics, behind `after`.
    pub fn retained(&self, after: Option<String>, limit: u32) -> Outcome<Ts<RetainedMessages>> {
        self.look(|broker| {
            page(&RetainedMessages(broker.retained(after.as_deref(), entries(limit))))
        })
    }

    /// The first share groups in the order of their names.
    #[wasm_bindgen(js_name = shareGroups)]
    pub fn share_groups(&self, limit: u32) -> Outcome<Ts<ShareGroups>> {
        self.look(|broker| page(&ShareGroups(broker.share_groups(None, entries(limit)))))
    }

    /// Network connections, `skip` of them left out.
    pub fn connections(&self, skip: u32, limit: u32) -> Outcome<Ts<Connections>> {
        self.look(|broker| page(&Connections(broker.connections(entries(skip), entries(limit)))))
    }

    /// The first `limit` things that are waited for, in the order of time.
    pub fn timers(&self, limit: u32) -> Outcome<Ts<BrokerTimers>> {
        self.look(|broker| page(&BrokerTimers(broker.timers(entries(limit)))))
    }
}
