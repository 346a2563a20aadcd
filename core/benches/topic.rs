//! What it costs to match topics and filters, and what a subscription weighs.
//!
//! Filters are mixed as in the load generator's subscription rows: 60 % exact, 20 % with `+`,
//! 10 % ending in `#`, 10 % beginning with `+`; every topic matches exactly one of them.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a benchmark is a driver: it asks what memory it has, and prints it"
)]

use std::hint::black_box;
use std::time::Duration;

use afterlink_core::map::HashKey;
use afterlink_core::topic::{
    RetainedTree, SubscriptionTree, TopicFilter, TopicLimits, TopicName, TopicNameRef,
};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

const KEY: HashKey = HashKey([0x5eed, 1, 2, 3]);
/// As many bytes as a subscription's options and identifier need.
type Value = [u32; 2];
type Tree = SubscriptionTree<u32, Value>;

fn filter_text(i: usize) -> String {
    match i % 10 {
        1 | 8 => format!("d4711/{i}/+/x"),
        3 => format!("d4711/{i}/cmd/#"),
        6 => format!("+/4711-{i}/alt"),
        _ => format!("d4711/{i}/state"),
    }
}

fn topic_text(i: usize) -> String {
    match i % 10 {
        1 | 8 => format!("d4711/{i}/a/x"),
        3 => format!("d4711/{i}/cmd/a/b"),
        6 => format!("d4711/4711-{i}/alt"),
        _ => format!("d4711/{i}/state"),
    }
}

fn filter(text: &str) -> TopicFilter {
    TopicFilter::parse(text, &TopicLimits::default()).expect("the text is a Topic Filter")
}

fn name(text: &str) -> TopicName {
    TopicName::parse(text, &TopicLimits::default()).expect("the text is a Topic Name")
}

fn tree(filters: usize) -> Tree {
    let mut tree = Tree::new(KEY);
    for i in 0..filters {
        tree.insert(&filter(&filter_text(i)), (i % 100) as u32, [1, i as u32]);
    }
    tree
}

/// `count` topics out of those of `filters` filters, shuffled, in one block of memory, so that
/// what is measured is the tree's cache misses and not the topics'.
struct Topics {
    text: String,
    ends: Vec<u32>,
}

impl Topics {
    fn new(filters: usize, count: usize) -> Self {
        let mut order: Vec<usize> = (0..filters).collect();
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        for i in (1..order.len()).rev() {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            order.swap(i, (state % (i as u64 + 1)) as usize);
        }
        let (mut text, mut ends) = (String::new(), vec![0]);
        for i in order.into_iter().take(count) {
            text.push_str(&topic_text(i));
            ends.push(text.len() as u32);
        }
        Self { text, ends }
    }

    fn names(&self) -> Vec<TopicNameRef<'_>> {
        let parse = |text| TopicNameRef::parse(text, &TopicLimits::default());
        self.ends
            .windows(2)
            .map(|ends| parse(&self.text[ends[0] as usize..ends[1] as usize]).expect("a topic"))
            .collect()
    }
}

/// Resident memory, where the system tells it.
fn resident_bytes() -> Option<usize> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    Some(statm.split(' ').nth(1)?.parse::<usize>().ok()? * 4096)
}

fn count_matches(tree: &Tree, topic: TopicNameRef<'_>) -> u32 {
    let mut count = 0;
    tree.matches(topic, &mut |key, value| {
        black_box((key, value));
        count += 1;
    });
    count
}

fn matching(c: &mut Criterion) {
    let mut group = c.benchmark_group("match");
    for filters in [1_000, 100_000, 1_000_000] {
        let before = resident_bytes();
        let tree = tree(filters);
        if let (Some(before), Some(after)) = (before, resident_bytes()) {
            let bytes = after.saturating_sub(before) / filters;
            eprintln!("{filters} subscriptions: {bytes} B resident each");
        }
        for (label, count) in [("all topics", filters), ("5000 topics", 5000)] {
            let topics = Topics::new(filters, count);
            let names = topics.names();
            assert!(names.iter().all(|name| count_matches(&tree, *name) == 1));
            let mut cycle = names.iter().cycle();
            group.bench_function(BenchmarkId::new(label, filters), |b| {
                b.iter(|| count_matches(&tree, *cycle.next().expect("there are topics")));
            });
        }
    }
    group.finish();
}

fn changing(c: &mut Criterion) {
    let mut group = c.benchmark_group("change");
    for filters in [1_000, 1_000_000] {
        let mut tree = tree(filters);
        let new: Vec<_> = (0..5000).map(|i| filter(&filter_text(filters + i))).collect();
        let mut cycle = new.iter().cycle();
        group.bench_function(BenchmarkId::new("insert and remove", filters), |b| {
            b.iter(|| {
                let filter = cycle.next().expect("there are filters");
                tree.insert(filter, 1, [0, 0]);
                tree.remove(filter, 1)
            });
        });
    }
    let mut tree = Tree::new(KEY);
    let shared = filter("building/+/alarm");
    for key in 0..100_000 {
        tree.insert(&shared, key, [0, 0]);
    }
    let mut key = 0_u32;
    group.bench_function("insert and remove beside 100000 subscribers", |b| {
        b.iter(|| {
            key = (key + 7919) % 100_000;
            tree.remove(&shared, key);
            tree.insert(&shared, key, [0, 0])
        });
    });
    group.finish();
}

fn fan_out(c: &mut Criterion) {
    let mut group = c.benchmark_group("one filter");
    for subscribers in [1, 100, 10_000, 100_000] {
        let mut tree = Tree::new(KEY);
        let shared = filter("building/+/alarm");
        for i in 0..subscribers {
            tree.insert(&shared, i * 7919 % subscribers, [0, 0]);
        }
        let topic = name("building/7/alarm");
        group.throughput(Throughput::Elements(u64::from(subscribers)));
        group.bench_function(BenchmarkId::new("subscribers", subscribers), |b| {
            b.iter(|| assert_eq!(count_matches(&tree, topic.as_ref_name()), subscribers));
        });
    }
    group.finish();
}

fn retained(c: &mut Criterion) {
    let mut group = c.benchmark_group("retained");
    let mut tree = RetainedTree::new();
    for i in 0..100_000 {
        tree.insert(name(&topic_text(i)), i);
    }
    let topics = Topics::new(100_000, 5000);
    let names = topics.names();
    let mut cycle = names.iter().cycle();
    group.bench_function("get of 100000", |b| {
        b.iter(|| tree.get(*cycle.next().expect("there are topics")));
    });
    for text in ["#", "d4711/+/state", "+/+/+/y", "d4711/4242/#"] {
        let filter = filter(text);
        group.bench_function(BenchmarkId::new("1000 topics of", text), |b| {
            b.iter(|| {
                let mut count = 0_u32;
                let cursor = tree.matches(&filter, None, 1000, &mut |_, _| count += 1);
                (cursor, count)
            });
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_millis(1000));
    targets = matching, changing, fan_out, retained
}
criterion_main!(benches);
