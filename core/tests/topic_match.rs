//! Every small filter against every small topic: parser, single match and both trees agree with
//! the definition.

mod topic_support;

use afterlink_core::map::HashKey;
use afterlink_core::topic::{RetainedTree, SubscriptionTree, TopicFilter, TopicLimits};
use topic_support::{defined_to_match, filter, name, name_ref, sequences};

const LEVELS: [&str; 6] = ["a", "b", "", "+", "#", "$x"];
const NAMES: [&str; 4] = ["a", "b", "", "$x"];

/// What a Topic Filter must look like: `#` only at the end [MQTT-4.7.1-1], and not empty
/// [MQTT-4.7.3-1].
fn valid(text: &str) -> bool {
    let levels: Vec<_> = text.split('/').collect();
    !text.is_empty() && !levels[..levels.len() - 1].contains(&"#")
}

fn filters() -> Vec<TopicFilter> {
    let all = sequences(&LEVELS, 4);
    all.iter().filter(|text| valid(text)).map(|text| filter(text)).collect()
}

fn topics(depth: usize) -> Vec<String> {
    sequences(&NAMES, depth).into_iter().filter(|text| !text.is_empty()).collect()
}

#[test]
fn the_parser_takes_exactly_the_valid_filters() {
    for text in sequences(&LEVELS, 4) {
        let parsed = TopicFilter::parse(&text, &TopicLimits::default());
        assert_eq!(parsed.is_ok(), valid(&text), "{text:?}: {parsed:?}");
    }
}

#[test]
fn a_single_match_is_as_defined() {
    let topics = topics(5);
    for filter in filters() {
        for topic in &topics {
            assert_eq!(
                filter.matches(name_ref(topic)),
                defined_to_match(filter.as_str(), topic),
                "{filter} {topic}"
            );
        }
    }
}

#[test]
fn the_subscription_tree_finds_what_single_matches_find() {
    let (filters, topics) = (filters(), topics(5));
    let check = |tree: &SubscriptionTree<usize, ()>, step: usize, offset: usize| {
        assert_eq!(tree.len(), (offset..filters.len()).step_by(step).count());
        for topic in &topics {
            let mut found = Vec::new();
            tree.matches(name_ref(topic), &mut |key, ()| found.push(key));
            found.sort_unstable();
            let expected: Vec<_> = (offset..filters.len())
                .step_by(step)
                .filter(|&key| defined_to_match(filters[key].as_str(), topic))
                .collect();
            assert_eq!(found, expected, "{topic}");
        }
    };
    // All filters, then some of them taken out again, so that nodes have been split and freed.
    let mut tree = SubscriptionTree::new(HashKey([1, 2, 3, 4]));
    for (key, filter) in filters.iter().enumerate() {
        assert_eq!(tree.insert(filter, key, ()), None);
    }
    check(&tree, 1, 0);
    for key in (0..filters.len()).filter(|key| key % 7 != 3) {
        assert_eq!(tree.remove(&filters[key], key), Some(()));
    }
    check(&tree, 7, 3);
    for key in (3..filters.len()).step_by(7) {
        assert_eq!(tree.remove(&filters[key], key), Some(()));
    }
    assert!(tree.is_empty());
}

#[test]
fn the_order_of_matches_is_that_of_the_filters_not_of_their_arrival() {
    let (filters, topics) = (filters(), topics(4));
    let mut forward = SubscriptionTree::new(HashKey([1, 2, 3, 4]));
    let mut backward = SubscriptionTree::new(HashKey([5, 6, 7, 8]));
    for (key, filter) in filters.iter().enumerate() {
        forward.insert(filter, key, ());
    }
    for (key, filter) in filters.iter().enumerate().rev() {
        backward.insert(filter, key, ());
    }
    for topic in &topics {
        let (mut found, mut again) = (Vec::new(), Vec::new());
        forward.matches(name_ref(topic), &mut |key, ()| found.push(key));
        backward.matches(name_ref(topic), &mut |key, ()| again.push(key));
        assert_eq!(found, again, "{topic}");
    }
}

#[test]
fn the_retained_tree_finds_what_single_matches_find_whatever_the_page_size() {
    let topics = topics(4);
    let mut tree = RetainedTree::new();
    for topic in &topics {
        tree.insert(name(topic), ());
    }
    for filter in filters() {
        let mut expected: Vec<_> = topics
            .iter()
            .filter(|topic| defined_to_match(filter.as_str(), topic))
            .map(|topic| name(topic))
            .collect();
        expected.sort_unstable();
        for budget in [0, 1, 7, usize::MAX] {
            let (mut found, mut cursor) = (Vec::new(), None);
            loop {
                let mut page = |topic: &_, (): &()| found.push(Clone::clone(topic));
                cursor = tree.matches(&filter, cursor.as_ref(), budget, &mut page);
                if cursor.is_none() {
                    break;
                }
            }
            assert_eq!(found, expected, "{filter} {budget}");
        }
    }
}
