//! A store that is cut after each record of a long trace: the restored broker is what a second
//! reading of the same records says, and nothing that was promised is missing or doubled once all
//! clients have come back.

use std::collections::BTreeMap;

use super::model::{Fate, Model};
use super::trace::{GROUP, Segment, Trace, config};
use super::*;

#[test]
fn the_state_after_each_record_is_what_the_records_say() {
    for seed in 1..=2 {
        let trace = Trace::run(seed, 500);
        let mut model = Model::default();
        for (kept, (at, record)) in trace.records.iter().enumerate() {
            model.apply(*at, record);
            let records = trace.records[..=kept].iter().cloned();
            let broker = Broker::restore(config(), [8; 32], model.last, records);
            model.check(&broker);
        }
    }
}

#[test]
fn whatever_the_store_has_kept_no_promise_is_broken() {
    for seed in 1..=2 {
        let trace = Trace::run(seed, 500);
        assert!(trace.promises.len() > 50, "seed {seed}: {} promises", trace.promises.len());
        let mut model = Model::default();
        let mut applied = 0;
        for segment in &trace.segments {
            for kept in segment.from..segment.to.min(trace.records.len() + 1) {
                for (at, record) in &trace.records[applied..kept] {
                    model.apply(*at, record);
                }
                applied = kept;
                recover(&trace, &model, segment, kept, seed);
            }
        }
        assert_eq!(applied, trace.records.len(), "every cut was tried");
    }
}

/// All clients come back to a store that has kept so many records, and go on until all is quiet.
fn recover(trace: &Trace, model: &Model, segment: &Segment, kept: usize, seed: u64) {
    let records = trace.records[..kept].to_vec();
    let now = segment.now.max(model.last);
    let broker = Broker::restore(config(), [8; 32], now, records.iter().cloned());
    let world = World::around(broker, now);
    let mut after = Trace::around(world, records, segment.clients.clone());
    let durable: Vec<usize> =
        (0..after.clients.len()).filter(|who| after.clients[*who].kind.expiry > 0).collect();
    let place = format!("seed {seed}, {kept} records kept");
    for who in durable.iter().copied() {
        let present = model.present(after.clients[who].kind.name, now);
        after.connect(who, true);
        let client = &after.clients[who];
        assert_eq!(client.resumes, present.is_some(), "{}: {place}", client.kind.name);
        assert!(present.is_none() || client.session == present);
    }
    after.arrive();
    let mut busy = true;
    while busy {
        busy = false;
        for who in durable.iter().copied() {
            busy |= after.react(who, usize::MAX);
        }
    }
    for who in durable.iter().copied() {
        let client = &after.clients[who];
        let session = after.world.broker.session(client.kind.name).expect("it is connected");
        assert_eq!((session.queue_len, session.inflight_len), (0, 0), "drained: {place}");
        assert_eq!(session.received_len, 0, "{}: {place}", client.kind.name);

        assert!(
            client.out.is_empty() && client.held.is_empty(),
            "{} {:?} {:?}: {place}",
            client.kind.name,
            client.out,
            client.held
        );
        for (payload, counts) in &client.seen {
            assert!(counts[2] <= 1, "{payload} came {counts:?} times: {place}");
        }
    }
    check_promises(trace, model, &after, kept, &place);
}

/// What was acknowledged before the cut has reached every stored session that matched, but for
/// what a record says was dropped or ended with its session.
fn check_promises(trace: &Trace, before: &Model, after: &Trace, kept: usize, place: &str) {
    let mut model = before.clone();
    for (at, record) in &after.world.records {
        model.apply(*at, record);
    }
    let clients: BTreeMap<u64, &client::Client> =
        after.clients.iter().filter_map(|client| Some((client.session?, client))).collect();
    let check = |number: u64, payload: &str, qos: u8| {
        let fate = model.fates.get(&(number, payload.to_owned()));
        let seen = clients.get(&number).and_then(|client| client.seen.get(payload));
        match fate {
            None => panic!("{payload} is lost for session {number}: {place}"),
            Some(Fate::Delivered) => {
                // Of a session that is gone nobody can be asked any more.
                let Some(client) = clients.get(&number) else { return };
                let times: u32 = seen.map_or(0, |counts| counts.iter().sum());
                let name = client.kind.name;
                assert!(times >= 1, "{payload} never came to {name}: {place}");
                assert!(qos < 2 || times == 1, "{payload} came {times} times to {name}: {place}");
            }
            Some(Fate::Dropped | Fate::Ended) => {}
            Some(fate @ (Fate::Waits | Fate::Inflight | Fate::Given(_))) => {
                assert!(
                    !clients.contains_key(&number),
                    "{payload} is still {fate:?} for session {number}: {place}"
                );
            }
        }
    };
    for promise in trace.promises.iter().filter(|one| one.persisted <= kept) {
        if promise.payload.is_empty() {
            continue;
        }
        for (number, qos) in promise.to.iter().copied() {
            check(number, &promise.payload, qos);
        }
        if promise.to_group {
            match model.group_fates.get(&(GROUP.to_owned(), promise.payload.clone())) {
                None => panic!("{} is lost for the group: {place}", promise.payload),
                Some(Fate::Given(number)) => check(*number, &promise.payload, 0),
                Some(Fate::Waits) => assert!(
                    !model.group_is_present(GROUP, after.world.now),
                    "{} still waits for the group: {place}",
                    promise.payload
                ),
                Some(Fate::Dropped | Fate::Ended | Fate::Inflight | Fate::Delivered) => {}
            }
        }
    }
}
