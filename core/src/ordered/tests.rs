//! It does as the map of the standard library does.

use std::collections::BTreeMap;

use super::*;
use crate::random::Random;

fn check(map: &OrderedMap<u64, u64>, model: &BTreeMap<u64, u64>) {
    assert_eq!(map.len(), model.len());
    assert_eq!(map.first(), model.first_key_value());
    assert_eq!(map.last(), model.last_key_value());
    assert!(map.chunks.iter().all(|chunk| (1..=CHUNK_LEN_MAX).contains(&chunk.len())));
    assert!(map.iter().eq(model));
}

#[test]
fn it_does_as_a_tree_does() {
    let mut random = Random::new([7; 32]);
    let mut below = |bound| random.number() % bound;
    for keys in [10, 200, 5_000] {
        let (mut map, mut model) = (OrderedMap::new(), BTreeMap::new());
        for round in 0..20_000 {
            let key = below(keys);
            // It grows at first and becomes less in the end.
            if below(20_000) > round {
                assert_eq!(map.insert(key, round), model.insert(key, round));
            } else {
                assert_eq!(map.remove(&key), model.remove(&key));
            }
            let key = below(keys);
            assert_eq!(map.get(&key), model.get(&key));
            for start in [Bound::Included(&key), Bound::Excluded(&key), Bound::Unbounded] {
                let range = (start, Bound::Unbounded);
                assert!(map.range_from(start).take(70).eq(model.range(range).take(70)));
            }
            if round % 500 == 0 {
                check(&map, &model);
            }
        }
        while let Some(first) = map.pop_first() {
            assert_eq!(Some(first), model.pop_first());
        }
        assert!(model.is_empty() && map.chunks.is_empty());
    }
}

#[test]
fn it_is_written_as_a_tree_is() {
    let map: OrderedMap<u64, u64> = (0..100).map(|key| (key * 7 % 100, key)).collect();
    let model: BTreeMap<u64, u64> = (0..100).map(|key| (key * 7 % 100, key)).collect();
    let text = serde_json::to_string(&map).unwrap();
    assert_eq!(text, serde_json::to_string(&model).unwrap());
    assert_eq!(serde_json::from_str::<OrderedMap<u64, u64>>(&text).unwrap(), map);
}

#[test]
fn what_comes_in_order_fills_its_chunks() {
    let map: OrderedMap<u64, ()> = (0..640).map(|key| (key, ())).collect();
    assert_eq!(map.chunks.len(), 10);
}

#[test]
fn what_was_large_does_not_keep_its_room() {
    let mut set: OrderedSet<u64> = (0..6400).collect();
    for key in (0..6400).filter(|key| key % 64 != 0) {
        assert!(set.remove(&key));
    }
    assert_eq!(set.len(), 100);
    assert!(set.0.chunks.len() <= 10, "{} chunks", set.0.chunks.len());
    let room: usize = set.0.chunks.iter().map(Vec::capacity).sum();
    assert!(room <= 640, "room for {room}");
}
