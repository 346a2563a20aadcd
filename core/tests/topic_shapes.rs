//! Shapes that are made to cost much: many wildcards, many levels, many filters, many subscribers.

mod topic_support;

use afterlink_core::map::HashKey;
use afterlink_core::topic::{
    SubscriptionFilter, SubscriptionTree, TopicFilter, TopicLimits, TopicName,
};
use topic_support::{filter, name, name_ref};

const KEY: HashKey = HashKey([1, 2, 3, 4]);

fn keys(tree: &SubscriptionTree<u32, ()>, topic: &str) -> Vec<u32> {
    let mut keys = Vec::new();
    tree.matches(name_ref(topic), &mut |key, ()| keys.push(key));
    keys.sort_unstable();
    keys
}

#[test]
fn every_mix_of_names_and_plus_on_ten_levels_is_found_once() {
    let mut tree = SubscriptionTree::new(KEY);
    for mix in 0..1024_u32 {
        let level = |at: u32| if mix >> at & 1 == 1 { "+" } else { "a" };
        let text = (0..10).map(level).collect::<Vec<_>>().join("/");
        tree.insert(&filter(&text), mix, ());
        tree.insert(&filter(&format!("{text}/x")), 2000, ());
    }
    assert_eq!(keys(&tree, &["a"; 10].join("/")), (0..1024).collect::<Vec<_>>());
    // All filters lead to the last level, where none matches.
    assert_eq!(keys(&tree, &format!("{}/y", ["a"; 10].join("/"))), []);
    assert_eq!(keys(&tree, &["b"; 10].join("/")), [1023]);
}

#[test]
fn a_thousand_filters_of_the_most_levels_match_or_not_at_their_last() {
    let mut tree = SubscriptionTree::new(KEY);
    // What one session may subscribe to: a thousand filters of 64 levels that part everywhere.
    for key in 0..1000_u32 {
        let at = |level: u32| if key.rotate_left(level) & 1 == 1 { "+" } else { "a" };
        let text = (0..63).map(at).collect::<Vec<_>>().join("/");
        let text = format!("{text}/{}", if key % 2 == 0 { "x" } else { "y" });
        tree.insert(&TopicFilter::parse(&text, &TopicLimits::default()).unwrap(), key, ());
    }
    let start = ["a"; 63].join("/");
    assert_eq!(keys(&tree, &format!("{start}/x")).len(), 500);
    assert_eq!(keys(&tree, &format!("{start}/z")), []);
}

#[test]
fn a_hundred_thousand_filters_match_one_each_and_leave_nothing_behind() {
    let mut tree = SubscriptionTree::new(KEY);
    let text = |i: u32| match i % 10 {
        1 | 8 => (format!("d/{i}/+/x"), format!("d/{i}/a/x")),
        3 => (format!("d/{i}/cmd/#"), format!("d/{i}/cmd/a/b")),
        6 => (format!("+/e{i}/alt"), format!("d/e{i}/alt")),
        _ => (format!("d/{i}/state"), format!("d/{i}/state")),
    };
    for key in 0..100_000 {
        tree.insert(&filter(&text(key).0), key, ());
    }
    for key in (0..100_000).step_by(7) {
        assert_eq!(keys(&tree, &text(key).1), [key]);
    }
    for key in 0..100_000 {
        assert_eq!(tree.remove(&filter(&text(key).0), key), Some(()));
    }
    assert!(tree.is_empty());
    assert_eq!(keys(&tree, "d/0/state"), []);
}

#[test]
fn a_hundred_thousand_subscribers_of_one_filter_come_and_go_in_any_order() {
    let mut tree = SubscriptionTree::new(KEY);
    let shared = filter("building/+/alarm");
    for i in 0..100_000_u32 {
        tree.insert(&shared, i * 7919 % 100_000, ());
    }
    let mut found = Vec::new();
    tree.matches(name_ref("building/7/alarm"), &mut |key, ()| found.push(key));
    assert!(found.iter().copied().eq(0..100_000), "each once, in the order of keys");
    for i in 0..100_000_u32 {
        assert_eq!(tree.remove(&shared, i * 6007 % 100_000), Some(()));
    }
    assert!(tree.is_empty());
}

#[test]
fn a_clone_goes_its_own_way() {
    let mut tree = SubscriptionTree::new(KEY);
    tree.insert(&filter("a/b"), 1, ());
    let mut fork = tree.clone();
    fork.insert(&filter("a/+"), 2, ());
    tree.remove(&filter("a/b"), 1);
    assert_eq!((keys(&tree, "a/b"), keys(&fork, "a/b")), (vec![], vec![1, 2]));
}

mod serialised {
    use super::*;
    use serde::Serialize;
    use serde::de::value::{Error, StrDeserializer};
    use serde::de::{Deserialize, IntoDeserializer};

    fn read<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T, Error> {
        let deserializer: StrDeserializer<'_, Error> = text.into_deserializer();
        T::deserialize(deserializer)
    }

    /// What is written, as a formatter is a serialiser of strings too.
    struct Written<'a, T>(&'a T);

    impl<T: Serialize> std::fmt::Display for Written<'_, T> {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            self.0.serialize(f)
        }
    }

    #[test]
    fn topics_and_filters_are_written_and_read_as_their_text() {
        assert_eq!(Written(&name("a//b")).to_string(), "a//b");
        assert_eq!(read::<TopicName>("a//b").unwrap(), name("a//b"));
        assert_eq!(Written(&filter("a/+/#")).to_string(), "a/+/#");
        assert_eq!(read::<TopicFilter>("a/+/#").unwrap(), filter("a/+/#"));
        for text in ["$share/g/a/#", "a/#"] {
            let read: SubscriptionFilter = read(text).unwrap();
            assert_eq!(Written(&read).to_string(), text);
        }
    }

    #[test]
    fn what_is_read_is_checked_but_not_against_the_limits_of_today() {
        assert!(read::<TopicName>("a/#").is_err());
        assert!(read::<TopicName>("").is_err());
        let error = read::<TopicFilter>("a#").unwrap_err().to_string();
        assert!(error.contains("byte 1"), "{error}");
        assert!(read::<SubscriptionFilter>("$share//a").is_err());
        let deep = "/".repeat(1000);
        assert_eq!(read::<TopicName>(&deep).unwrap().as_str(), deep);
        assert_eq!(read::<TopicFilter>(&deep).unwrap().as_str(), deep);
    }
}
