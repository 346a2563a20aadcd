//! What Topic Names and Topic Filters have in common: length, levels, order.

use core::cmp::Ordering;

use super::{TopicError, TopicLimits};

/// What stands between two levels.
pub(crate) const SEPARATOR: char = '/';
/// The single-level wildcard.
pub(crate) const SINGLE: &str = "+";
/// The multi-level wildcard.
pub(crate) const MULTI: &str = "#";

/// The levels of `text`, at least one. Empty levels are levels, and nothing is normalised
/// [MQTT-4.7.3-4].
pub(crate) fn levels(text: &str) -> impl DoubleEndedIterator<Item = &str> + Clone {
    text.split(SEPARATOR)
}

/// Checks what holds for Topic Names and Topic Filters alike.
pub(crate) fn check(text: &str, limits: &TopicLimits) -> Result<(), TopicError> {
    let bytes_max = limits.bytes_max.min(TopicLimits::BYTES_CEILING);
    if text.is_empty() {
        return Err(TopicError::Empty); // [MQTT-4.7.3-1]
    }
    if text.len() > bytes_max {
        return Err(TopicError::TooLong { bytes: text.len(), bytes_max }); // [MQTT-4.7.3-3]
    }
    if let Some(offset) = text.bytes().position(|byte| byte == 0) {
        return Err(TopicError::Nul { offset }); // [MQTT-4.7.3-2]
    }
    let separators = text.bytes().filter(|&byte| byte == b'/').count();
    if separators >= limits.levels_max {
        return Err(TopicError::TooManyLevels { levels_max: limits.levels_max });
    }
    Ok(())
}

/// Level by level, bytes within a level: all that lies under `a` comes right after `a`.
///
/// It equals the order of the bytes with the separator ranked below every other byte.
pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut at = 0;
    // Eight bytes at a time: entries of one tree tend to share long beginnings.
    while let (Some(left), Some(right)) = (eight(a, at), eight(b, at)) {
        if left != right {
            break;
        }
        at += 8;
    }
    loop {
        match (a.get(at), b.get(at)) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(left), Some(right)) if left == right => at += 1,
            (Some(left), Some(right)) => return rank(*left).cmp(&rank(*right)),
        }
    }
}

fn eight(bytes: &[u8], at: usize) -> Option<[u8; 8]> {
    bytes.get(at..)?.first_chunk().copied()
}

const fn rank(byte: u8) -> u8 {
    // U+0000 is in no topic, so its place is free.
    if byte == b'/' { 0 } else { byte }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_goes_level_by_level_so_that_subtrees_stay_together() {
        let topics = ["/", "/a", "a", "a/", "a//b", "a/b", "a/b/c", "a/b c", "a!", "a0", "b"];
        for (i, a) in topics.iter().enumerate() {
            for (j, b) in topics.iter().enumerate() {
                assert_eq!(compare(a, b), i.cmp(&j), "{a} {b}");
                let by_levels = a.split('/').cmp(b.split('/'));
                assert_eq!(compare(a, b), by_levels, "{a} {b}");
            }
        }
    }

    #[test]
    fn order_is_right_on_both_sides_of_a_block_of_eight() {
        for shared in ["abcdefg", "abcdefgh", "abcdefghi", "abcdefghabcdefgh"] {
            let (a, b) = (format!("{shared}/z"), format!("{shared}!"));
            assert_eq!(compare(&a, &b), Ordering::Less);
            assert_eq!(compare(shared, &a), Ordering::Less);
            assert_eq!(compare(&b, shared), Ordering::Greater);
            assert_eq!(compare(&a, &a), Ordering::Equal);
        }
    }
}
