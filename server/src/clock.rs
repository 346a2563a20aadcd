//! The clock, the only thing that is ever asked for the time.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use afterlink_core::Timestamp;
use tokio::time::Instant;

/// Wall-clock time as it was at the start, moved on by a monotonic clock, so that a system clock
/// that is set neither freezes nor fires timers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    epoch_ms: u64,
    start: Instant,
}

impl Clock {
    /// A clock that starts now.
    pub(crate) fn start() -> Self {
        let epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { epoch_ms: millis(epoch), start: Instant::now() }
    }

    /// The time.
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.epoch_ms).plus_millis(millis(self.start.elapsed()))
    }

    /// The moment at which [`Clock::now`] will be `at`; `None` if that is too far away to name.
    pub(crate) fn instant(&self, at: Timestamp) -> Option<Instant> {
        let start = Timestamp::from_millis(self.epoch_ms);
        self.start.checked_add(Duration::from_millis(at.millis_since(start)))
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_moves_on_from_the_epoch_at_start() {
        let clock = Clock::start();
        let now = clock.now();
        let year_2020 = Timestamp::from_millis(1_577_836_800_000);
        assert!(now > year_2020);
        assert!(clock.now() >= now);
    }

    #[test]
    fn an_instant_is_as_far_away_as_its_timestamp() {
        let clock = Clock::start();
        let start = Timestamp::from_millis(clock.epoch_ms);
        assert_eq!(clock.instant(start), Some(clock.start));
        let later = clock.instant(start.plus_seconds(7)).expect("it is near");
        assert_eq!(later - clock.start, Duration::from_secs(7));
    }

    #[test]
    fn the_end_of_time_has_no_instant_or_a_far_one() {
        let clock = Clock::start();
        let far = clock.instant(Timestamp::MAX);
        assert!(far.is_none_or(|far| far - clock.start > Duration::from_secs(1 << 40)));
    }
}
