//! Subscribers of a trace: filters that come and go.

use afterlink_core::broker::Record;
use afterlink_core::codec::packet::UnsubscribeFilters;
use afterlink_core::codec::packet::{Subscribe, SubscribeFilters, Unsubscribe};
use afterlink_core::codec::{Packet, UserProperties};

use super::Trace;
use crate::records::*;

impl Trace {
    pub(super) fn subscribe(&mut self, who: usize) {
        let before = self.total();
        let filters = self.clients[who].kind.filters;
        let filter = filters[self.dice.below(filters.len())];
        let shared = filter.starts_with("$share");
        let qos = if shared {
            ExactlyOnce
        } else {
            [AtMostOnce, AtLeastOnce, ExactlyOnce][self.dice.below(3)]
        };
        let client = &mut self.clients[who];
        let (peer, identifier) = (client.peer.expect("connected"), client.next_identifier());
        client.subscriptions.insert(filter, qos);
        let number = client.session.expect("it has a session");
        let filters = [filter_of(filter, qos)];
        self.world.send(
            peer,
            &Packet::Subscribe(Subscribe {
                packet_identifier: id(identifier),
                subscription_identifier: None,
                user_properties: UserProperties::NONE,
                filters: SubscribeFilters::from_slice(&filters),
            }),
        );
        if self.stored.contains(&number) {
            let recorded = self.find(before, |record| {
                matches!(record, Record::Subscribed { session, filter: one, .. }
                    if session.0 == number && one.to_string() == filter)
            });
            let recorded = recorded.expect("a stored session's subscription is recorded");
            self.clients[who].awaits.insert(identifier, recorded);
        }
        self.arrive();
    }

    pub(super) fn unsubscribe(&mut self, who: usize) {
        let before = self.total();
        let client = &mut self.clients[who];
        let Some(filter) = client.subscriptions.keys().next().copied() else { return };
        client.subscriptions.remove(filter);
        let (peer, identifier) = (client.peer.expect("connected"), client.next_identifier());
        let number = client.session.expect("it has a session");
        self.world.send(
            peer,
            &Packet::Unsubscribe(Unsubscribe {
                packet_identifier: id(identifier),
                user_properties: UserProperties::NONE,
                filters: UnsubscribeFilters::from_slice(&[filter]),
            }),
        );
        let recorded = self.find(before, |record| {
            matches!(record, Record::Unsubscribed { session, filter: one }
                if session.0 == number && one.to_string() == filter)
        });
        if let Some(recorded) = recorded {
            self.clients[who].awaits.insert(identifier, recorded);
        }
        self.arrive();
    }
}
