//! The subscription tree against a plain map, over random sequences of changes.

mod topic_support;

use std::collections::BTreeMap;

use afterlink_core::map::HashKey;
use afterlink_core::topic::SubscriptionTree;
use proptest::collection::vec;
use proptest::prelude::*;
use topic_support::{defined_to_match, filter, name_ref};

#[derive(Clone, Debug)]
enum Change {
    Insert(String, u32, u32),
    Remove(String, u32),
    Set(String, u32, u32),
}

fn topics() -> impl Strategy<Value = String> {
    let level = prop_oneof![
        4 => Just("a"), 3 => Just("b"), 2 => Just(""), 1 => Just("$x"), 1 => Just("ab"),
        1 => Just("a level of many more than twenty-two bytes")
    ];
    vec(level, 1..7)
        .prop_map(|levels| levels.join("/"))
        .prop_filter("a topic is not empty", |text| !text.is_empty())
}

fn filters() -> impl Strategy<Value = String> {
    let level = prop_oneof![
        4 => Just("a"), 3 => Just("b"), 2 => Just(""), 3 => Just("+"), 1 => Just("$x"),
        1 => Just("a level of many more than twenty-two bytes")
    ];
    (vec(level, 0..7), any::<bool>())
        .prop_map(|(mut levels, multi)| {
            if multi {
                levels.push("#");
            }
            levels.join("/")
        })
        .prop_filter("a filter is not empty", |text| !text.is_empty())
}

fn changes() -> impl Strategy<Value = Change> {
    prop_oneof![
        5 => (filters(), 0..50_u32, any::<u32>()).prop_map(|(f, k, v)| Change::Insert(f, k, v)),
        3 => (filters(), 0..50_u32).prop_map(|(f, k)| Change::Remove(f, k)),
        1 => (filters(), 0..50_u32, any::<u32>()).prop_map(|(f, k, v)| Change::Set(f, k, v)),
        // One filter gets enough subscribers to pass through every size of their collection.
        6 => (0..50_u32, any::<u32>()).prop_map(|(k, v)| Change::Insert("a/+".to_owned(), k, v)),
        4 => (0..50_u32).prop_map(|k| Change::Remove("a/+".to_owned(), k)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_tree_answers_as_a_plain_map_does(
        changes in vec(changes(), 1..300),
        topics in vec(topics(), 1..30),
        keys in any::<[[u64; 4]; 2]>(),
    ) {
        let mut tree = SubscriptionTree::new(HashKey(keys[0]));
        let mut model = BTreeMap::new();
        for change in changes {
            match change {
                Change::Insert(text, key, value) => {
                    let replaced = tree.insert(&filter(&text), key, value);
                    prop_assert_eq!(replaced, model.insert((text, key), value));
                }
                Change::Remove(text, key) => {
                    let removed = tree.remove(&filter(&text), key);
                    prop_assert_eq!(removed, model.remove(&(text, key)));
                }
                Change::Set(text, key, value) => {
                    let filter = filter(&text);
                    let known = model.get_mut(&(text, key));
                    prop_assert_eq!(tree.get(&filter, key), known.as_deref());
                    if let (Some(old), Some(known)) = (tree.get_mut(&filter, key), known) {
                        (*old, *known) = (value, value);
                    }
                }
            }
            prop_assert_eq!(tree.len(), model.len());
        }
        // The same subscriptions, in the order of their texts, under another key.
        let mut sorted = SubscriptionTree::new(HashKey(keys[1]));
        for ((text, key), value) in &model {
            prop_assert_eq!(tree.get(&filter(text), *key), Some(value));
            sorted.insert(&filter(text), *key, *value);
        }
        for topic in &topics {
            let (mut found, mut same) = (Vec::new(), Vec::new());
            tree.matches(name_ref(topic), &mut |key, value| found.push((key, *value)));
            sorted.matches(name_ref(topic), &mut |key, value| same.push((key, *value)));
            prop_assert_eq!(&found, &same, "order must not depend on history or key");
            let mut expected: Vec<_> = model
                .iter()
                .filter(|((text, _), _)| defined_to_match(text, topic))
                .map(|((_, key), value)| (*key, *value))
                .collect();
            found.sort_unstable();
            expected.sort_unstable();
            prop_assert_eq!(found, expected);
        }
    }
}
