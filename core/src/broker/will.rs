//! Will Messages: when they are published, and with what.

use super::route::Origin;
use super::timers::TimerKey;
use super::{Broker, Event, Record, SessionKey, WillCancelled};
use crate::authorization::Action;
use crate::session::MessageParts;
use crate::topic::TopicNameRef;

impl Broker {
    /// Publishes the Will Message of a session and forgets it `[MQTT-3.1.2-10]`. It is an
    /// ordinary publish of this moment: authorized now, and its expiry counts from now.
    pub(super) fn publish_will(&mut self, key: SessionKey) {
        let now = self.now;
        let Some(slot) = self.sessions.get_mut(key.index()) else { return };
        if let Some(at) = slot.session.will_due_at.take() {
            self.timers.cancel(at, TimerKey::WillDelay(key));
        }
        let Some(will) = slot.session.will.take() else { return };
        let client_identifier = slot.session.client_identifier.clone();
        let (recorded, number) = (slot.recorded, slot.session.number);
        let principal = slot.session.principal.clone();
        self.changed(key);
        let Ok(topic) = TopicNameRef::parse(&will.topic, &self.config.limits.topic()) else {
            // It was taken under other limits.
            if recorded {
                self.record(Record::WillDropped { session: number });
            }
            return;
        };
        if !self.policy.allows(Action::Publish, principal.as_deref(), topic) {
            if recorded {
                self.record(Record::WillDropped { session: number });
            }
            if self.observed.lifecycle {
                let reason = WillCancelled::NotAuthorized;
                self.out.event(Event::WillCancelled { client_identifier, reason });
            }
            return;
        }
        let parts = MessageParts {
            topic: &will.topic,
            forwarded: &will.forwarded,
            payload: &will.payload,
            qos: will.qos,
            // [MQTT-3.1.2-14] [MQTT-3.1.2-15] [MQTT3-3.1.2-16] [MQTT3-3.1.2-17]
            retain: will.retain,
            received_at: now,
            expires_at: will
                .message_expiry_interval
                .map(|seconds| now.plus_seconds(u64::from(seconds))),
        };
        self.counters.wills_published += 1;
        if self.observed.lifecycle {
            self.out.event(Event::WillPublished { client_identifier });
        }
        self.route(topic, &parts, Origin::Will(key));
    }
}
