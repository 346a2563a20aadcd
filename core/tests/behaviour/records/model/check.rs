//! Whether a broker has the state of the model.

use std::collections::{BTreeMap, BTreeSet};

use afterlink_core::Broker;
use afterlink_core::topic::SubscriptionFilter;

use super::{Held, Model};

impl Model {
    /// Whether a broker that was restored from these records at the time of the last of them has
    /// just this state.
    #[track_caller]
    pub(in crate::records) fn check(&self, broker: &Broker) {
        assert_eq!(broker.counters().records_ignored, 0);
        let mut living = 0;
        for (number, held) in &self.sessions {
            let ends = self.ends(held);
            let view = broker.session(&held.client);
            if ends.is_some_and(|at| at <= self.last) {
                assert_eq!(view, None, "it has expired");
                continue;
            }
            living += 1;
            let view = view.unwrap_or_else(|| panic!("{} is lost", held.client));
            assert_eq!(view.number.0, *number);
            assert_eq!((view.expiry_interval, view.expires_at), (held.expiry, ends));
            assert!(view.connection.is_none());
            let due = held.will.as_ref().map(|(topic, delay)| {
                let due = self.last.plus_seconds(u64::from(*delay));
                let due = ends.map_or(due, |ends| ends.min(due));
                (topic.clone(), Some(held.will_due.unwrap_or(due)))
            });
            assert_eq!(view.will.map(|will| (will.topic, will.due_at)), due);
            self.check_lists(broker, held);
        }
        assert_eq!(broker.sessions(None, 1000).len(), living);
        self.check_shared(broker);
    }

    fn check_lists(&self, broker: &Broker, held: &Held) {
        let client = held.client.as_str();
        let subscriptions: BTreeMap<_, _> = broker
            .subscriptions(client, None, 1000)
            .into_iter()
            .map(|one| (one.filter.to_string(), one.subscription.options.qos.bits()))
            .collect();
        assert_eq!(subscriptions, held.subscriptions);
        let queue: Vec<_> = broker
            .queue(client, None, 1000)
            .into_iter()
            .map(|one| {
                let payload = String::from_utf8_lossy(&one.message.payload).into_owned();
                (one.arrival, payload, one.qos.bits(), one.retain, one.message.expires_at)
            })
            .collect();
        let expected: Vec<_> = held
            .queue
            .iter()
            .map(|(arrival, one)| {
                (*arrival, one.payload.clone(), one.qos, one.retain, one.expires_at)
            })
            .collect();
        assert_eq!(queue, expected, "the queue of {client}");
        let inflight: Vec<_> = broker
            .inflight(client, None, 1000)
            .into_iter()
            .map(|one| (one.packet_identifier.get(), one.arrival, one.stage))
            .collect();
        let expected: Vec<_> = held.inflight.values().map(|one| (one.0, one.1, one.2)).collect();
        assert_eq!(inflight, expected, "what is on its way to {client}");
        let received: BTreeSet<_> = broker
            .received_identifiers(client, None, 1000)
            .into_iter()
            .map(|identifier| identifier.get())
            .collect();
        assert_eq!(received, held.received);
    }

    fn check_shared(&self, broker: &Broker) {
        let groups: BTreeMap<String, Vec<u64>> = broker
            .share_groups(None, 1000)
            .into_iter()
            .map(|view| {
                let queue = broker.group_queue(&view.name, None, 1000);
                let filter = SubscriptionFilter::Shared {
                    share_name: view.name.share_name,
                    filter: view.name.filter,
                };
                (filter.to_string(), queue.into_iter().map(|one| one.arrival).collect())
            })
            .collect();
        let expected = self
            .groups
            .iter()
            .map(|(name, queue)| (name.clone(), queue.keys().copied().collect()))
            .collect();
        assert_eq!(groups, expected);
        let retained: BTreeMap<_, _> = broker
            .retained(None, 1000)
            .into_iter()
            .map(|view| {
                let payload = String::from_utf8_lossy(&view.message.payload).into_owned();
                (view.message.topic, payload)
            })
            .collect();
        let living = self.retained.iter().filter(|(_, one)| one.1.is_none_or(|at| at > self.last));
        let expected = living.map(|(topic, one)| (topic.clone(), one.0.clone())).collect();
        assert_eq!(retained, expected);
        let queued: u64 = broker.totals().queued_bytes;
        let sessions: u64 =
            broker.sessions(None, 1000).iter().map(|session| session.queue_bytes).sum();
        let groups: u64 = broker.share_groups(None, 1000).iter().map(|one| one.queue_bytes).sum();
        assert!(
            queued >= sessions + groups,
            "those of expired sessions count until they are swept"
        );
    }
}
