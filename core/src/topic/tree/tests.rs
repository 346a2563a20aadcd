//! What must hold inside the tree; what it answers is tested from outside.

use super::*;
use crate::topic::{TopicLimits, TopicName};

const KEY: HashKey = HashKey([1, 2, 3, 4]);

fn filter(text: &str) -> TopicFilter {
    TopicFilter::parse(text, &TopicLimits::PROTOCOL).unwrap()
}

fn matches(tree: &SubscriptionTree<u32, u32>, topic: &str) -> Vec<(u32, u32)> {
    let topic = TopicName::parse(topic, &TopicLimits::PROTOCOL).unwrap();
    let mut found = Vec::new();
    tree.matches(topic.as_ref_name(), &mut |key, value| found.push((key, *value)));
    found
}

#[test]
fn the_last_subscription_of_a_branch_takes_its_nodes_along() {
    let mut tree = SubscriptionTree::new(KEY);
    let filters = ["a/b/c", "a/b", "a/+/c", "a/#", "#", "+", "+/b", "a/b/c/d/e", "/", "a/b/+/d"];
    for (key, text) in (0..).zip(filters) {
        assert_eq!(tree.insert(&filter(text), key, 1), None);
        assert_eq!(tree.insert(&filter(text), 100, 2), None);
    }
    assert_eq!(tree.len(), 20);
    for text in filters {
        assert_eq!(tree.remove(&filter(text), 100), Some(2));
    }
    for (key, text) in (0..).zip(filters) {
        assert_eq!(tree.remove(&filter(text), key + 1), None);
        assert_eq!(tree.remove(&filter(text), key), Some(1));
        assert_eq!(tree.remove(&filter(text), key), None);
    }
    assert!(tree.is_empty());
    assert_eq!(tree.nodes.in_use(), 1);
    assert_eq!(tree.named.len(), 0);
}

#[test]
fn a_failed_remove_changes_nothing() {
    let mut tree = SubscriptionTree::new(KEY);
    tree.insert(&filter("a/b/c"), 1, 1);
    for text in ["a/b", "a/b/c/d", "a/+/c", "#", "a/b/#", "x"] {
        assert_eq!(tree.remove(&filter(text), 1), None, "{text}");
        assert_eq!(tree.get(&filter(text), 1), None, "{text}");
    }
    assert_eq!(matches(&tree, "a/b/c"), [(1, 1)]);
    assert_eq!(tree.nodes.in_use(), 2);
}

#[test]
fn a_topic_deeper_than_the_inline_levels_is_matched_the_same_way() {
    for depth in [LEVELS_INLINE - 1, LEVELS_INLINE, LEVELS_INLINE + 1, 64, 1000] {
        let mut tree = SubscriptionTree::new(KEY);
        let topic = vec!["a"; depth].join("/");
        let alternating: Vec<_> = ["a", "+"].into_iter().cycle().take(depth).collect();
        for (key, text) in (0..).zip([
            topic.clone(),
            vec!["+"; depth].join("/"),
            alternating.join("/"),
            format!("{topic}/#"),
            format!("{topic}/+"),
            vec!["+"; depth - 1].join("/"),
        ]) {
            tree.insert(&filter(&text), key, 0);
        }
        let mut keys: Vec<_> = matches(&tree, &topic).iter().map(|(key, _)| *key).collect();
        keys.sort_unstable();
        assert_eq!(keys, [0, 1, 2, 3], "{depth}");
    }
}

#[test]
fn a_filter_of_65_536_levels_is_added_matched_and_removed() {
    let mut tree = SubscriptionTree::new(KEY);
    let slashes = "/".repeat(65_535);
    tree.insert(&filter(&slashes), 1, 1);
    assert_eq!(matches(&tree, &slashes), [(1, 1)]);
    assert_eq!(tree.remove(&filter(&slashes), 1), Some(1));
    assert_eq!(tree.nodes.in_use(), 1);
}

#[test]
fn order_depends_neither_on_the_hash_key_nor_on_the_order_of_arrival() {
    let filters = ["#", "+/#", "a/#", "a/+", "+/b", "a/b", "a/b/#", "+/+"];
    let mut forward = SubscriptionTree::new(KEY);
    let mut backward = SubscriptionTree::new(HashKey([9, 9, 9, 9]));
    let all: Vec<_> = (0..).zip(filters.iter().cycle().take(400)).collect();
    for &(key, text) in &all {
        forward.insert(&filter(text), key, 0);
    }
    for &(key, text) in all.iter().rev() {
        backward.insert(&filter(text), key, 0);
    }
    assert_eq!(matches(&forward, "a/b").len(), 400);
    assert_eq!(matches(&forward, "a/b"), matches(&backward, "a/b"));
}
