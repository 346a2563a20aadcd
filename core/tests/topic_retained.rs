//! Retained topics: pages with changes between them, and the bound on the work of one call.

mod topic_support;

use std::collections::{BTreeMap, BTreeSet};

use afterlink_core::topic::{RetainedTree, TopicName};
use proptest::collection::vec;
use proptest::prelude::*;
use topic_support::{defined_to_match, filter, name, name_ref, sequences};

/// Runs a match to its end; gives what was found and how many calls it took.
fn run(tree: &RetainedTree<usize>, text: &str, budget: usize) -> (Vec<TopicName>, usize) {
    let (mut found, mut cursor, mut calls) = (Vec::new(), None, 0);
    loop {
        let mut each = |topic: &TopicName, _: &usize| found.push(topic.clone());
        cursor = tree.matches(&filter(text), cursor.as_ref(), budget, &mut each);
        calls += 1;
        if cursor.is_none() {
            return (found, calls);
        }
    }
}

fn wide(topics: usize) -> RetainedTree<usize> {
    let mut tree = RetainedTree::new();
    for i in 0..topics {
        tree.insert(name(&format!("site{}/room{}/sensor{i}/state", i % 10, i % 100)), i);
    }
    tree
}

#[test]
fn a_value_is_found_replaced_and_taken_out() {
    let mut tree = RetainedTree::new();
    assert_eq!(tree.insert(name("a/b"), 1), None);
    assert_eq!(tree.insert(name("a/b"), 2), Some(1));
    *tree.get_mut(name_ref("a/b")).unwrap() += 1;
    assert_eq!(tree.get(name_ref("a/b")), Some(&3));
    assert_eq!(tree.get(name_ref("a")), None);
    assert_eq!(
        (tree.len(), tree.remove(name_ref("a")), tree.remove(name_ref("a/b"))),
        (1, None, Some(3))
    );
    assert!(tree.is_empty());
}

#[test]
fn one_call_looks_at_no_more_topics_than_its_budget() {
    let tree = wide(10_000);
    for text in ["+/+/+/x", "+/+/+/+/+/+/+/+", "+/+/sensor5/+", "+/+/+", "+"] {
        let mut found = 0;
        let cursor = tree.matches(&filter(text), None, 100, &mut |_, _| found += 1);
        assert!(found <= 1, "{text}");
        // Only `+` can leap from site to site; the others must look into all ten thousand.
        assert_eq!(cursor.is_none(), text == "+", "{text}");
    }
    let mut found = 0;
    assert!(tree.matches(&filter("#"), None, 100, &mut |_, _| found += 1).is_some());
    assert_eq!(found, 100);
}

#[test]
fn a_match_without_wildcards_first_leaps_over_what_cannot_match() {
    let tree = wide(10_000);
    // Ten sites and a hundred rooms stand for ten thousand topics.
    for (text, found, looks_max) in [
        ("site3/room3/sensor3/state", 1, 2),
        ("site3/room3/#", 100, 102),
        ("site3/+", 0, 20),
        ("+/room7/none", 0, 40),
        ("nosuch/+/+/+", 0, 2),
        ("+/room13/+/state", 100, 240),
    ] {
        let (matched, calls) = run(&tree, text, 1);
        assert_eq!(matched.len(), found, "{text}");
        assert!(calls <= looks_max, "{text}: {calls}");
    }
}

#[test]
fn a_budget_of_zero_still_comes_to_an_end() {
    let tree = wide(20);
    let (found, calls) = run(&tree, "#", 0);
    assert_eq!((found.len(), calls), (20, 20));
}

#[test]
fn the_end_is_told_with_the_last_entry() {
    let tree = wide(20);
    assert!(tree.matches(&filter("#"), None, 19, &mut |_, _| {}).is_some());
    assert!(tree.matches(&filter("#"), None, 20, &mut |_, _| {}).is_none());
    assert!(RetainedTree::<usize>::new().matches(&filter("#"), None, 0, &mut |_, _| {}).is_none());
}

#[test]
fn dollar_topics_are_leapt_over_as_one() {
    let mut tree = wide(10);
    for i in 0..1000 {
        tree.insert(name(&format!("$SYS/{i}")), i);
    }
    tree.insert(name("!"), 0);
    tree.insert(name("/"), 0);
    tree.insert(name("%"), 0);
    let (found, calls) = run(&tree, "#", 1);
    assert_eq!(found.len(), 13);
    assert!(calls <= 14);
    assert_eq!(run(&tree, "$SYS/#", 1).0.len(), 1000);
}

#[test]
fn pages_are_in_order_and_complete() {
    let mut tree = RetainedTree::new();
    let topics: BTreeSet<_> = sequences(&["a", "b", "", "a b", "a!"], 3)
        .iter()
        .filter(|text| !text.is_empty())
        .map(|text| name(text))
        .collect();
    for topic in &topics {
        tree.insert(topic.clone(), ());
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page: Vec<_> = tree.page(after.as_ref(), 7).map(|(topic, ())| topic.clone()).collect();
        assert!(page.len() <= 7);
        let Some(last) = page.last() else { break };
        after = Some(last.clone());
        seen.extend(page);
    }
    assert!(seen.iter().eq(&topics));
    assert_eq!(tree.page(None, 0).count(), 0);
}

fn topics() -> impl Strategy<Value = String> {
    let level = prop_oneof![Just("a"), Just("b"), Just(""), Just("$x"), Just("a!")];
    vec(level, 1..5)
        .prop_map(|levels| levels.join("/"))
        .prop_filter("a topic is not empty", |text| !text.is_empty())
}

fn filters() -> impl Strategy<Value = String> {
    let level = prop_oneof![3 => Just("+"), 1 => Just("a"), 1 => Just("b"), 1 => Just("")];
    (vec(level, 0..4), any::<bool>())
        .prop_map(|(mut levels, multi)| {
            if multi {
                levels.push("#");
            }
            levels.join("/")
        })
        .prop_filter("a filter is not empty", |text| !text.is_empty())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_is_there_throughout_is_found_once_and_the_rest_at_most_once(
        initial in vec(topics(), 0..80),
        text in filters(),
        budget in 1..10_usize,
        changes in vec((topics(), any::<bool>()), 0..80),
    ) {
        let mut tree: RetainedTree<usize> = RetainedTree::new();
        for topic in &initial {
            tree.insert(name(topic), 0);
        }
        let mut throughout: BTreeSet<_> = initial.iter().map(|topic| name(topic)).collect();
        let mut ever = throughout.clone();
        let mut found: Vec<TopicName> = Vec::new();
        let (mut cursor, mut changes) = (None, changes.chunks(3));
        loop {
            let mut each = |topic: &TopicName, _: &usize| found.push(topic.clone());
            cursor = tree.matches(&filter(&text), cursor.as_ref(), budget, &mut each);
            if cursor.is_none() {
                break;
            }
            for (topic, insert) in changes.next().unwrap_or_default() {
                if *insert {
                    tree.insert(name(topic), 1);
                    ever.insert(name(topic));
                } else {
                    tree.remove(name_ref(topic));
                    throughout.remove(&name(topic));
                }
            }
        }
        prop_assert!(found.is_sorted() && found.windows(2).all(|pair| pair[0] != pair[1]));
        for topic in &found {
            prop_assert!(ever.contains(topic) && defined_to_match(&text, topic.as_str()));
        }
        for topic in &throughout {
            let expected = defined_to_match(&text, topic.as_str());
            prop_assert_eq!(found.contains(topic), expected, "{}", topic);
        }
    }

    #[test]
    fn the_tree_holds_what_a_plain_map_holds(
        changes in vec((topics(), any::<Option<u8>>()), 0..200),
    ) {
        let (mut tree, mut model) = (RetainedTree::new(), BTreeMap::new());
        for (topic, value) in changes {
            let topic = name(&topic);
            match value {
                Some(value) => {
                    prop_assert_eq!(tree.insert(topic.clone(), value), model.insert(topic, value));
                }
                None => {
                    prop_assert_eq!(tree.remove(topic.as_ref_name()), model.remove(&topic));
                }
            }
            prop_assert_eq!(tree.len(), model.len());
        }
        for (topic, value) in &model {
            prop_assert_eq!(tree.get(topic.as_ref_name()), Some(value));
        }
        prop_assert!(tree.page(None, usize::MAX).eq(&model));
    }
}
