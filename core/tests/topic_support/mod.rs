//! What the tests of matching share: the definition of a match, written down once more, and small
//! alphabets to try it on.

#![allow(dead_code, reason = "each test uses its part")]

use afterlink_core::topic::{TopicFilter, TopicLimits, TopicName, TopicNameRef};

/// The definition of a match, on levels (§4.7.1, §4.7.2).
pub(crate) fn defined_to_match(filter: &str, topic: &str) -> bool {
    fn covers(filter: &[&str], topic: &[&str]) -> bool {
        match (filter, topic) {
            (["#"], _) | ([], []) => true,
            ([level, filter @ ..], [name, topic @ ..]) => {
                (*level == "+" || level == name) && covers(filter, topic)
            }
            _ => false,
        }
    }
    let (filter, topic): (Vec<_>, Vec<_>) =
        (filter.split('/').collect(), topic.split('/').collect());
    let wildcard_first = matches!(filter.first(), Some(&("+" | "#")));
    let dollar = topic.first().is_some_and(|name| name.starts_with('$'));
    !(wildcard_first && dollar) && covers(&filter, &topic)
}

/// All sequences of 1 to `depth` of `levels`, joined.
pub(crate) fn sequences(levels: &[&str], depth: usize) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut latest: Vec<String> = levels.iter().map(|&level| level.to_owned()).collect();
    for _ in 1..depth {
        let longer = latest
            .iter()
            .flat_map(|start| levels.iter().map(move |level| format!("{start}/{level}")))
            .collect();
        all.append(&mut latest);
        latest = longer;
    }
    all.append(&mut latest);
    all
}

pub(crate) fn filter(text: &str) -> TopicFilter {
    TopicFilter::parse(text, &TopicLimits::PROTOCOL).expect("the test wrote a Topic Filter")
}

pub(crate) fn name(text: &str) -> TopicName {
    TopicName::parse(text, &TopicLimits::PROTOCOL).expect("the test wrote a Topic Name")
}

pub(crate) fn name_ref(text: &str) -> TopicNameRef<'_> {
    TopicNameRef::parse(text, &TopicLimits::PROTOCOL).expect("the test wrote a Topic Name")
}
