//! The broker behind its fuse.

use afterlink_core::Timestamp;
use afterlink_core::broker::{Broker, Config, Input, Output};

use crate::clock::Clock;

/// A broker with the clock it is driven by.
///
/// A panic inside the core leaves state that is half changed and must not be served. The fuse is
/// out while the core runs and put back when it returns; once it is left out nothing reaches the
/// broker any more, and the shard ends.
pub(crate) struct Engine {
    broker: Broker,
    clock: Clock,
    blown: bool,
}

impl Engine {
    pub(crate) fn new(config: Config, seed: [u8; 32]) -> Self {
        let clock = Clock::start();
        Self { broker: Broker::new(config, seed, clock.now()), clock, blown: false }
    }

    /// Tells the broker something.
    pub(crate) fn handle(&mut self, input: Input<'_>) {
        if self.blown {
            return;
        }
        self.blown = true;
        self.broker.handle_input(self.clock.now(), input);
        self.blown = false;
    }

    /// What the broker asks for next.
    pub(crate) fn poll(&mut self) -> Option<Output<'_>> {
        if self.blown {
            return None;
        }
        self.blown = true;
        let output = self.broker.poll_output();
        self.blown = false;
        output
    }

    /// When the broker has to be told that time has come.
    pub(crate) fn timeout(&mut self) -> Option<Timestamp> {
        if self.blown {
            return None;
        }
        self.blown = true;
        let timeout = self.broker.poll_timeout();
        self.blown = false;
        timeout.map(|(at, _)| at)
    }

    pub(crate) const fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Whether the core has panicked.
    pub(crate) const fn is_blown(&self) -> bool {
        self.blown
    }

    /// Does what a panic inside the core does.
    #[cfg(test)]
    pub(crate) const fn blow(&mut self) {
        self.blown = true;
    }
}
