//! Records are plain data: they survive formats that name their fields and formats that do not.

use afterlink_core::Timestamp;
use afterlink_core::broker::Record;

use super::*;

#[test]
fn every_record_of_a_trace_survives_a_round_trip() {
    let records: Vec<_> = (1..4).flat_map(|seed| trace::Trace::run(seed, 500).records).collect();
    let mut kinds = std::collections::BTreeSet::new();
    for (at, record) in &records {
        let text = serde_json::to_string(&(at, record)).expect("a record has a text");
        let back: (Timestamp, Record) = serde_json::from_str(&text).expect("its own text");
        assert_eq!(&back, &(*at, record.clone()), "{text}");
        let bytes = postcard::to_allocvec(&(at, record)).expect("a record has bytes");
        let back: (Timestamp, Record) = postcard::from_bytes(&bytes).expect("its own bytes");
        assert_eq!(&back, &(*at, record.clone()));
        let value = serde_json::to_value(record).expect("a record has a value");
        let kind = value.as_object().and_then(|object| object.keys().next().cloned());
        kinds.insert(kind.expect("named by its kind"));
    }
    let expected = [
        "assigned",
        "completed",
        "connected",
        "disconnected",
        "ended",
        "pub_rec_received",
        "published",
        "queued",
        "reassigned",
        "released",
        "removed",
        "retained_expired",
        "sent",
        "subscribed",
        "unsubscribed",
    ];
    let missing: Vec<_> = expected.iter().filter(|kind| !kinds.contains(**kind)).collect();
    assert!(missing.is_empty(), "the trace leaves out {missing:?}");
}

#[test]
fn a_broker_is_restored_from_what_was_written_as_text() {
    let mut first = world();
    let (peer, _) = first.connect_kept(V5, "one");
    first.subscribe(peer, "a", ExactlyOnce);
    first.cut(peer);
    let publisher = first.connect("publisher");
    first.publish(publisher, "a", "m", ExactlyOnce);
    let text = serde_json::to_string(&first.records).expect("records have a text");
    let records: Vec<(Timestamp, Record)> = serde_json::from_str(&text).expect("its own text");
    let broker = Broker::restore(durable(), [8; 32], first.now, records);
    let mut world = World::around(broker, first.now);
    let (peer, _) = world.connect_kept(V5, "one");
    assert_eq!(world.payloads(peer), ["m"]);
}
