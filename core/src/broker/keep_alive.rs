//! Keep Alive: silence ends a connection as if the network had failed.

use super::Broker;
use super::connection::{Blocked, ConnectionKey, State};
use super::timers::TimerKey;

impl Broker {
    /// A whole packet came from a client: its silence counts from now.
    pub(super) fn heard_from(&mut self, key: ConnectionKey) {
        let Some(connection) = self.connections.get_mut(key.index()) else { return };
        let State::Active(active) = &connection.state else { return };
        if active.silence_ms == 0 || connection.blocked.is_some() {
            return;
        }
        let deadline = self.now.plus_millis(active.silence_ms);
        if connection.deadline == Some(deadline) {
            return;
        }
        if let Some(earlier) = connection.deadline.replace(deadline) {
            self.timers.cancel(earlier, TimerKey::KeepAlive(key));
        }
        self.timers.set(deadline, TimerKey::KeepAlive(key));
    }

    /// Nothing is read any more, so that silence does not count; but a client that does not read
    /// its answers has to do so in time.
    pub(super) fn stop_silence(&mut self, key: ConnectionKey, why: Blocked) {
        let Some(connection) = self.connections.get_mut(key.index()) else { return };
        if connection.active().is_none() {
            return;
        }
        if let Some(deadline) = connection.deadline.take() {
            self.timers.cancel(deadline, TimerKey::KeepAlive(key));
        }
        if why == Blocked::Answers {
            self.await_reading(key);
        }
    }

    /// Some of what was on its way to a client has left: it reads, if slowly, and has all its time
    /// for the rest.
    pub(super) fn reads_on(&mut self, key: ConnectionKey) {
        let Some(connection) = self.connections.get_mut(key.index()) else { return };
        if connection.blocked == Some(Blocked::Answers)
            && let Some(deadline) = connection.deadline.take()
        {
            self.timers.cancel(deadline, TimerKey::UnreadAnswers(key));
            self.await_reading(key);
        }
    }

    fn await_reading(&mut self, key: ConnectionKey) {
        let Some(connection) = self.connections.get_mut(key.index()) else { return };
        let millis = u64::from(self.config.limits.unread_answers_deadline_ms);
        let deadline = self.now.plus_millis(millis);
        connection.deadline = Some(deadline);
        self.timers.set(deadline, TimerKey::UnreadAnswers(key));
    }
}
