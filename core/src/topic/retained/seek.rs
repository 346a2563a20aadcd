//! How a match moves along the order of topics.

use core::borrow::Borrow;
use core::cmp::Ordering;

use crate::topic::text::{self, MULTI, SEPARATOR, SINGLE};
use crate::topic::{TopicFilter, TopicName, TopicNameRef};

/// The first text after all that begin with `$`.
const AFTER_DOLLAR: &str = "%";

/// A place in the order of topics; it need not be a topic that is there, nor one at all.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    text: &'a str,
    edge: Edge,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Edge {
    /// The text itself.
    At,
    /// After the text and everything under it.
    AfterSubtree,
}

/// What a match makes of one topic.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Step<'a> {
    pub(super) found: bool,
    pub(super) next: Next<'a>,
}

/// Where a match goes on.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next<'a> {
    /// At the next topic.
    InOrder,
    /// At the first topic that does not come before the place.
    Leap(Place<'a>),
    /// Nowhere: no later topic can match.
    End,
}

/// Whether `filter` matches `topic`, and the first place after it where one may match again.
/// `ahead` lends its memory for that place's text.
pub(super) fn step<'a>(
    filter: &TopicFilter,
    topic: TopicNameRef<'a>,
    ahead: &'a mut String,
) -> Step<'a> {
    if topic.is_dollar() && filter.starts_with_wildcard() {
        return skip(Next::Leap(Place::at(AFTER_DOLLAR))); // [MQTT-4.7.2-1]
    }
    let text = topic.as_str();
    let mut names = topic.levels();
    // Where the levels that match end, without and with the separator behind them.
    let (mut end, mut start) = (0_usize, 0_usize);
    // Whether they are the only ones that can match.
    let mut fixed = true;
    for level in filter.levels() {
        if level == MULTI {
            return Step { found: true, next: Next::InOrder };
        }
        let Some(name) = names.next() else {
            // What matches lies under this topic.
            return skip(if level == SINGLE {
                Next::InOrder
            } else {
                join(ahead, text, "/", level)
            });
        };
        let order = if level == SINGLE { Ordering::Equal } else { name.cmp(level) };
        match order {
            Ordering::Equal => {
                fixed &= level != SINGLE;
                end = start.saturating_add(name.len());
                start = end.saturating_add(SEPARATOR.len_utf8());
            }
            Ordering::Less => {
                return skip(join(ahead, text.get(..start).unwrap_or_default(), "", level));
            }
            Ordering::Greater if fixed => return skip(Next::End),
            Ordering::Greater => return skip(leap_over(text, end)),
        }
    }
    match names.next() {
        None if fixed => Step { found: true, next: Next::End },
        None => Step { found: true, next: leap_over(text, text.len()) },
        Some(_) if fixed => skip(Next::End),
        Some(_) => skip(leap_over(text, end)),
    }
}

/// The levels before the filter's first wildcard: where the first match can lie.
pub(super) fn literal_prefix(filter: &TopicFilter) -> &str {
    let text = filter.as_str();
    match text.find(['+', '#']) {
        Some(wildcard) => text.get(..wildcard.saturating_sub(1)).unwrap_or_default(),
        None => text,
    }
}

const fn skip(next: Next<'_>) -> Step<'_> {
    Step { found: false, next }
}

/// After everything under the levels that end at byte `end` of `text`.
fn leap_over(text: &str, end: usize) -> Next<'_> {
    Next::Leap(Place { text: text.get(..end).unwrap_or_default(), edge: Edge::AfterSubtree })
}

fn join<'a>(ahead: &'a mut String, prefix: &str, separator: &str, level: &str) -> Next<'a> {
    ahead.clear();
    ahead.extend([prefix, separator, level]);
    Next::Leap(Place::at(ahead))
}

impl<'a> Place<'a> {
    pub(super) const fn at(text: &'a str) -> Self {
        Self { text, edge: Edge::At }
    }

    /// Whether `text` lies before this place because it lies under it.
    fn closes(&self, text: &str) -> bool {
        self.edge == Edge::AfterSubtree
            && text
                .strip_prefix(self.text)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(SEPARATOR))
    }
}

impl Ord for Place<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.text == other.text {
            return (self.edge == Edge::AfterSubtree).cmp(&(other.edge == Edge::AfterSubtree));
        }
        if self.closes(other.text) {
            Ordering::Greater
        } else if other.closes(self.text) {
            Ordering::Less
        } else {
            text::compare(self.text, other.text)
        }
    }
}

impl PartialOrd for Place<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Place<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Place<'_> {}

/// What has a place in the order: an ordered map of Topic Names can be asked for a place that no
/// Topic Name can stand for, as both are this.
pub(super) trait Ordered {
    fn place(&self) -> Place<'_>;
}

impl Ordered for TopicName {
    fn place(&self) -> Place<'_> {
        Place::at(self.as_str())
    }
}

impl Ordered for Place<'_> {
    fn place(&self) -> Place<'_> {
        *self
    }
}

impl<'a> Borrow<dyn Ordered + 'a> for TopicName {
    fn borrow(&self) -> &(dyn Ordered + 'a) {
        self
    }
}

impl Ord for dyn Ordered + '_ {
    fn cmp(&self, other: &Self) -> Ordering {
        self.place().cmp(&other.place())
    }
}

impl PartialOrd for dyn Ordered + '_ {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for dyn Ordered + '_ {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for dyn Ordered + '_ {}
