//! What a client does because time passes. It never resends on a timer [MQTT-4.4.0-1].

use serde::{Deserialize, Serialize};

use super::connection::{Active, Connecting, Connection, Link};
use super::fault::Fault;
use super::{Client, DisconnectCause, Refusal};
use crate::Timestamp;
use crate::codec::Packet;

/// What a client waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ClientTimer {
    /// CONNACK is overdue: the client closes.
    ConnAck,
    /// Nothing was sent for the Keep Alive: the client sends PINGREQ.
    KeepAlive,
    /// PINGRESP is overdue: the client closes.
    PingResp,
}

impl Client {
    /// When to give [`Timeout`](super::ClientInput::Timeout), and why. Ask again after every
    /// input, since each may move it.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<(Timestamp, ClientTimer)> {
        match &self.link {
            Link::Offline => None,
            Link::Connecting(connecting) => connecting.deadline(),
            Link::Connected(connection) => {
                let timers = [connection.ping_resp_deadline(), connection.keep_alive_deadline()];
                timers.into_iter().flatten().min_by_key(|(deadline, _)| *deadline)
            }
        }
    }

    /// Does what is due at `now`, if anything is.
    pub(super) fn handle_timeout(&mut self, now: Timestamp) {
        let is_due = |deadline: Option<(Timestamp, ClientTimer)>| {
            deadline.is_some_and(|(deadline, _)| deadline <= now)
        };
        match &self.link {
            Link::Connecting(connecting) if is_due(connecting.deadline()) => {
                self.close(DisconnectCause::ConnAckOverdue);
            }
            Link::Connected(connection) if is_due(connection.ping_resp_deadline()) => {
                self.close(DisconnectCause::PingRespOverdue);
            }
            Link::Connected(connection) if is_due(connection.keep_alive_deadline()) => {
                let Some(mut active) = self.active(now) else { return };
                if let Err(refusal) = active.ping() {
                    self.fail(Fault::unanswerable(refusal));
                }
            }
            Link::Offline | Link::Connecting(_) | Link::Connected(_) => {}
        }
    }
}

impl Connecting {
    fn deadline(&self) -> Option<(Timestamp, ClientTimer)> {
        deadline(Some(self.last_sent), self.config.limits.connack_seconds_max, ClientTimer::ConnAck)
    }
}

impl Connection {
    /// [MQTT-3.1.2-20]
    fn keep_alive_deadline(&self) -> Option<(Timestamp, ClientTimer)> {
        let seconds = u32::from(self.values.keep_alive);
        deadline(Some(self.last_sent), seconds, ClientTimer::KeepAlive)
    }

    fn ping_resp_deadline(&self) -> Option<(Timestamp, ClientTimer)> {
        let seconds = self.config.limits.pingresp_seconds_max;
        deadline(self.ping_sent, seconds, ClientTimer::PingResp)
    }
}

impl Active<'_> {
    /// Sends PINGREQ.
    pub(super) fn ping(&mut self) -> Result<(), Refusal> {
        self.send(&Packet::PingReq)?;
        self.connection.ping_sent.get_or_insert(self.now);
        Ok(())
    }
}

/// `seconds` after `start`; never if that is 0.
fn deadline(
    start: Option<Timestamp>,
    seconds: u32,
    timer: ClientTimer,
) -> Option<(Timestamp, ClientTimer)> {
    let start = start.filter(|_| seconds > 0)?;
    Some((start.plus_seconds(u64::from(seconds)), timer))
}
