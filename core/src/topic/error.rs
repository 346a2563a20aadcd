//! Why a string is no Topic Name or Topic Filter.

use core::fmt;

/// What is wrong with a Topic Name, a Topic Filter or a ShareName. Offsets are bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TopicError {
    /// It has no character.
    Empty,
    /// It has more bytes than the limit.
    TooLong {
        /// Its length.
        bytes: usize,
        /// The limit.
        bytes_max: usize,
    },
    /// It has more levels than the limit.
    TooManyLevels {
        /// The limit.
        levels_max: usize,
    },
    /// It contains U+0000.
    Nul {
        /// Where.
        offset: usize,
    },
    /// A Topic Name contains `+` or `#`.
    Wildcard {
        /// Where.
        offset: usize,
    },
    /// In a Topic Filter, `+` is not a whole level, or `#` is not the whole last level.
    MisplacedWildcard {
        /// Where.
        offset: usize,
    },
    /// A Shared Subscription's ShareName is empty.
    ShareNameEmpty,
    /// A ShareName contains `/`, `+`, `#` or U+0000.
    ShareNameCharacter {
        /// Where in the ShareName.
        offset: usize,
    },
    /// A ShareName is not followed by `/` and a Topic Filter.
    ShareFilterMissing,
}

impl fmt::Display for TopicError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("it is empty"),
            Self::TooLong { bytes, bytes_max } => {
                write!(f, "it has {bytes} bytes and {bytes_max} are the most")
            }
            Self::TooManyLevels { levels_max } => {
                write!(f, "it has more than {levels_max} levels")
            }
            Self::Nul { offset } => write!(f, "it has a null character at byte {offset}"),
            Self::Wildcard { offset } => {
                write!(f, "a Topic Name has a wildcard character at byte {offset}")
            }
            Self::MisplacedWildcard { offset } => write!(
                f,
                "the wildcard at byte {offset} is not a whole level, or # is not the last level"
            ),
            Self::ShareNameEmpty => f.write_str("the ShareName is empty"),
            Self::ShareNameCharacter { offset } => {
                write!(f, "the ShareName has a forbidden character at byte {offset}")
            }
            Self::ShareFilterMissing => {
                f.write_str("the ShareName is not followed by / and a Topic Filter")
            }
        }
    }
}

impl core::error::Error for TopicError {}
