//! Steps: how a World goes on by itself.
//!
//! All that is due stands in one order: by time; at one moment first the broker's process, then
//! its store, then what the network carries, then the broker's timers, then the clients'. A step
//! does the first of it. However a World is driven, it takes the same steps.

use std::sync::Arc;

use super::world::{Process, World};
use super::{Direction, Happening, PacketNumber, TimerFired};
use crate::Timestamp;
use crate::broker::{Input, TimerReason};
use crate::client::ClientInput;

/// What a step was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A packet arrived and was read.
    Delivered(PacketNumber),
    /// A packet arrived where nobody listens any more.
    Lost(PacketNumber),
    /// A network connection was opened or closed at its far side.
    Network,
    /// Timers of one party fired.
    Timers(Vec<TimerFired>),
    /// The store persisted records.
    Persisted,
    /// The broker's process began.
    BrokerStarted,
}

/// What is due next.
enum Due {
    Start,
    Persist,
    Item { link: u64, direction: Direction, index: usize },
    BrokerTimers,
    ClientTimers(usize),
}

/// Timers of the broker that are told of in one step; any number may fire.
const TIMERS_TOLD_MAX: usize = 64;

impl World {
    /// When the next step is due; `None` if nothing will happen by itself.
    #[must_use]
    pub fn next_at(&self) -> Option<Timestamp> {
        self.next_due().map(|(at, _)| at)
    }

    /// Takes the next step, at its time. `None` if there is none.
    pub fn step(&mut self) -> Option<Step> {
        let (at, due) = self.next_due()?;
        self.pass_until(at);
        self.steps += 1;
        self.moment_steps += 1;
        let step = match due {
            Due::Start => {
                self.start_broker();
                Step::BrokerStarted
            }
            Due::Persist => {
                if let Some(upto) = self.store.persist() {
                    self.persisted(upto);
                }
                Step::Persisted
            }
            Due::Item { link, direction, index } => match self.arrive(link, direction, index) {
                Some((packet, true)) => Step::Delivered(packet),
                Some((packet, false)) => Step::Lost(packet),
                None => Step::Network,
            },
            Due::BrokerTimers => Step::Timers(self.fire_broker_timers()),
            Due::ClientTimers(index) => Step::Timers(self.fire_client_timers(index)),
        };
        self.settle();
        Some(step)
    }

    /// Lets time pass. Steps that are due by then are late.
    pub fn pass_until(&mut self, at: Timestamp) {
        if at > self.now {
            self.now = at;
            self.moment_steps = 0;
        }
    }

    /// Whether a packet is in flight that can arrive.
    #[must_use]
    pub fn has_packet_under_way(&self) -> bool {
        self.links.values().any(|link| {
            let Some(party) = self.clients.get(link.client) else { return false };
            let lanes = [(&link.to_broker, link.is_read), (&link.to_client, !party.is_frozen)];
            let moves = |lane: &super::link::Lane| {
                let mut items = lane.items.iter();
                // Behind one that is held nothing arrives, unless it may be overtaken.
                let held = items.clone().take_while(|item| !item.is_held).count();
                let reachable = if party.link_settings.reorder { lane.items.len() } else { held };
                items.by_ref().take(reachable).any(|item| {
                    !item.is_held && matches!(item.cargo, super::link::Cargo::Packet(_))
                })
            };
            !link.is_cut && lanes.into_iter().any(|(lane, is_read)| is_read && moves(lane))
        })
    }

    fn next_due(&self) -> Option<(Timestamp, Due)> {
        let mut first: Option<((Timestamp, u8, u64), Due)> = None;
        let mut offer = |at: Timestamp, class: u8, order: u64, due: Due| {
            let key = (at.max(self.now), class, order);
            if first.as_ref().is_none_or(|(earliest, _)| key < *earliest) {
                first = Some((key, due));
            }
        };
        match &self.process {
            Process::Down { until, .. } => offer(*until, 0, 0, Due::Start),
            Process::Up(broker) => {
                if let Some(at) = broker.next_timeout() {
                    offer(at, 3, 0, Due::BrokerTimers);
                }
            }
        }
        if let Some(at) = self.store.next_at() {
            offer(at, 1, 0, Due::Persist);
        }
        for (key, link) in &self.links {
            let Some(party) = self.clients.get(link.client) else { continue };
            let next = link.next(&party.link_settings, !party.is_frozen);
            if let Some((at, order, direction, index)) = next {
                offer(at, 2, order, Due::Item { link: *key, direction, index });
            }
        }
        for (index, party) in self.clients.iter().enumerate().filter(|(_, party)| !party.is_frozen)
        {
            if let Some((at, _)) = party.client.poll_timeout() {
                offer(at, 4, index as u64, Due::ClientTimers(index));
            }
        }
        first.map(|((at, ..), due)| (at, due))
    }

    fn fire_broker_timers(&mut self) -> Vec<TimerFired> {
        let now = self.now;
        let Some(broker) = self.broker() else { return Vec::new() };
        let mut fired: Vec<TimerFired> = broker
            .timers(TIMERS_TOLD_MAX)
            .into_iter()
            .take_while(|timer| timer.at <= now)
            .map(|timer| TimerFired::Broker { due_at: timer.at, reason: timer.reason })
            .collect();
        if let Some((due_at, reason @ TimerReason::Work)) = broker.poll_timeout() {
            fired.insert(0, TimerFired::Broker { due_at, reason });
        }
        self.tell_timers(&fired);
        self.broker_input(Input::Timeout);
        fired
    }

    fn fire_client_timers(&mut self, index: usize) -> Vec<TimerFired> {
        let Some(party) = self.clients.get(index) else { return Vec::new() };
        let name = Arc::clone(&party.name);
        let fired: Vec<TimerFired> = party
            .client
            .poll_timeout()
            .map(|(due_at, reason)| TimerFired::Client { due_at, client: name, reason })
            .into_iter()
            .collect();
        self.tell_timers(&fired);
        self.client_input(index, ClientInput::Timeout);
        fired
    }

    fn tell_timers(&mut self, fired: &[TimerFired]) {
        for timer in fired {
            self.emit(Happening::Timer(timer.clone()));
        }
    }
}
