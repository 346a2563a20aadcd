//! What a topic may be at most.

/// Limits that a Topic Name or Topic Filter is parsed under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopicLimits {
    /// The most levels, separators + 1. It bounds the work of a match.
    pub levels_max: usize,
    /// The most bytes of UTF-8. What is above 65 535 counts as 65 535.
    pub bytes_max: usize,
}

impl TopicLimits {
    /// The most bytes any Topic Name or Topic Filter may have [MQTT-4.7.3-3].
    pub const BYTES_CEILING: usize = 65_535;

    /// All that the protocol permits. What was once accepted under other limits, and comes back
    /// from a store, is read under these.
    pub const PROTOCOL: Self =
        Self { levels_max: Self::BYTES_CEILING + 1, bytes_max: Self::BYTES_CEILING };
}

/// 64 levels and 65 535 bytes.
impl Default for TopicLimits {
    fn default() -> Self {
        Self { levels_max: 64, bytes_max: Self::BYTES_CEILING }
    }
}
