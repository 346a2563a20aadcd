//! What the server tells on stderr.

use tracing::level_filters::LevelFilter;

/// The levels, from the quietest on.
pub(crate) const LEVELS: &[&str] = &["off", "error", "warn", "info", "debug", "trace"];

/// Tells on stderr from `level` on, which is one of [`LEVELS`].
///
/// Only the first call in a process has an effect.
pub(crate) fn start(level: &str) {
    let level = level.parse().unwrap_or(LevelFilter::WARN);
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_target(false)
        .with_ansi(false)
        .with_writer(std::io::stderr)
        .finish();
    // A second subscriber is refused, which leaves the first one in place.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_is_understood() {
        for level in LEVELS {
            assert!(level.parse::<LevelFilter>().is_ok(), "{level}");
        }
    }
}
