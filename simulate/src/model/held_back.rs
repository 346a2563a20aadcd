//! Version 3 publishers that the `refuse` policy holds back: their message is taken when there is
//! room for it, or when their deadline has passed, which the timers of the broker tell.

use afterlink_core::Timestamp;
use afterlink_core::broker::{Broker, QueueOverflow, TimerReason};
use afterlink_core::codec::{Packet, ProtocolVersion, QoS};
use afterlink_core::sim::SentPacket;

use super::{Check, Model};

/// A packet that has arrived and is not taken yet.
#[derive(Clone, Debug)]
pub(super) struct HeldBack {
    sent: SentPacket,
    /// Its place among all that were held back.
    turn: u64,
    /// When it is taken anyway.
    pub(super) deadline: Timestamp,
}

impl Model {
    /// Looks at which connections are held back once the step is done.
    pub(super) fn look_who_is_held_back(&mut self, broker: Option<&Broker>) {
        self.held_back.clear();
        if self.config.queue_overflow != QueueOverflow::Refuse {
            return;
        }
        let timers = broker.map_or_else(Vec::new, |broker| broker.timers(usize::MAX));
        self.held_back = timers
            .iter()
            .filter_map(|timer| match timer.reason {
                TimerReason::RefuseDeadline { connection } => Some(connection.0),
                _ => None,
            })
            .collect();
    }

    /// Keeps a packet back if the broker does. Answers whether it does.
    pub(super) fn hold_back(
        &mut self,
        sent: &SentPacket,
        packet: &Packet<'_>,
    ) -> Result<bool, (&'static str, String)> {
        let number = sent.link.0;
        let Packet::Publish(publish) = packet else { return Ok(false) };
        let may_be = sent.version != ProtocolVersion::V5 && publish.qos > QoS::AtMostOnce;
        if !may_be || !self.held_back.contains(&number) {
            return Ok(false);
        }
        self.check_refusal(publish.topic, publish.qos)?;
        self.figures.held_back += 1;
        let ms = u64::from(self.config.limits.refuse_deadline_ms);
        let held_back = HeldBack {
            sent: sent.clone(),
            turn: self.figures.held_back,
            deadline: self.now.plus_millis(ms),
        };
        if let Some(link) = self.links.get_mut(&number) {
            link.held_back = Some(held_back);
        }
        Ok(true)
    }

    /// Those who are held back no more have got on: whose deadline has passed in the order of the
    /// timers, the others in turn.
    pub(super) fn get_on(&mut self) -> Check {
        let mut ready = Vec::new();
        for (number, link) in &self.links {
            let Some(held_back) = &link.held_back else { continue };
            if !self.held_back.contains(number) {
                let place = self.overdue.iter().position(|one| one == number);
                ready.push((place.unwrap_or(usize::MAX), held_back.turn, *number));
            }
        }
        ready.sort_unstable();
        for (_, _, number) in ready {
            let link = self.links.get_mut(&number);
            if let Some(held_back) = link.and_then(|link| link.held_back.take()) {
                self.receive(&held_back.sent)?;
            }
        }
        Ok(())
    }
}
