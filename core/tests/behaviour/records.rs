//! Records: what is promised only once it is durable, and what a restart gives back.

mod client;
mod close;
mod connect;
mod cut;
mod damage;
mod deliver;
mod model;
mod pressure;
mod promise;
mod properties;
mod publish;
mod restore;
mod serial;
mod share;
mod trace;
mod will;

use afterlink_core::Broker;
use afterlink_core::broker::{Config, Record, Records};
use afterlink_core::codec::Packet;

use crate::harness::*;

/// The defaults, with records.
fn durable() -> Config {
    Config { records: Records::Durable, ..Config::default() }
}

/// A world whose records are persisted as soon as they come.
fn world() -> World {
    World::with(durable())
}

/// The broker that is restored now from all records of `worlds`, one life after the other.
fn restarted(worlds: &[&World]) -> World {
    let last = worlds.last().expect("at least one life");
    let records = worlds.iter().flat_map(|world| world.records.iter().cloned());
    let config = last.broker.config().clone();
    let broker = Broker::restore(config, [8; 32], last.now, records);
    assert_eq!(broker.counters().records_ignored, 0, "every record fits");
    World::around(broker, last.now)
}

/// The same, as if the store had kept no more than the first `kept` records.
fn restarted_from(world: &World, kept: usize) -> World {
    let records = world.records[..kept].iter().cloned();
    let broker = Broker::restore(world.broker.config().clone(), [8; 32], world.now, records);
    assert_eq!(broker.counters().records_ignored, 0, "every record fits");
    World::around(broker, world.now)
}

impl World {
    /// Everything so far is persisted.
    fn persist_all(&mut self) {
        let all = self.records.len() as u64;
        self.persist(all);
    }

    /// The payloads of all the peer is sent, every exchange carried on to its end as its packets
    /// come.
    fn drained(&mut self, peer: Peer) -> Vec<String> {
        let mut payloads = Vec::new();
        while let Some(received) = self.try_next(peer) {
            match received.packet() {
                Packet::Publish(publish) => {
                    payloads.push(String::from_utf8_lossy(publish.payload).into_owned());
                    let Some(identifier) = publish.packet_identifier else { continue };
                    let ack = ack(identifier.get());
                    let exactly_once = publish.qos == ExactlyOnce;
                    self.send(
                        peer,
                        &if exactly_once { Packet::PubRec(ack) } else { Packet::PubAck(ack) },
                    );
                }
                Packet::PubRel(pubrel) => {
                    self.send(peer, &Packet::PubComp(ack(pubrel.packet_identifier.get())));
                }
                _ => panic!("a delivery was expected, {received:?} came"),
            }
        }
        payloads
    }

    /// The last record.
    fn last_record(&self) -> &Record {
        &self.records.last().expect("a record").1
    }

    /// The peer is sent nothing until the last record is persisted, and then this.
    #[track_caller]
    fn waits_for_the_last_record(&mut self, peer: Peer) -> Received {
        self.nothing(peer);
        self.persist(self.records.len() as u64 - 1);
        self.nothing(peer);
        self.persist_all();
        self.next(peer)
    }
}

/// Whether a packet is of a kind.
macro_rules! assert_packet {
    ($received:expr, $pattern:pat) => {{
        let received = $received;
        assert!(matches!(received.packet(), $pattern), "{received:?} came");
    }};
}
use assert_packet;

#[test]
fn what_is_not_durable_is_neither_recorded_nor_waits() {
    for version in [V3_1, V3_1_1, V5] {
        let mut world = world();
        let (kept, _) = world.connect_kept(V5, "kept");
        world.persists = false;
        world.subscribe_later(kept, "elsewhere");
        let records = world.records.len();
        let (one, _) = world.connect_with(connect(version, "one"));
        world.subscribe(one, "a", ExactlyOnce);
        let (two, _) = world.connect_with(connect(version, "two"));
        for qos in [AtMostOnce, AtLeastOnce, ExactlyOnce] {
            world.publish(two, "a", "m", qos);
            assert_eq!(world.take(one).payload, "m");
        }
        world.unsubscribe(one, &["a"]);
        world.disconnect(one);
        assert_eq!(world.records.len(), records, "{:?}", world.records.last());
    }
}

#[test]
fn a_broker_without_records_emits_none() {
    let mut world = World::new();
    let (kept, _) = world.connect_kept(V5, "kept");
    world.subscribe(kept, "a", ExactlyOnce);
    let (publisher, _) = world.connect_kept(V5, "publisher");
    world.publish(publisher, "a", "m", ExactlyOnce);
    assert_eq!(world.take(kept).payload, "m");
    assert!(world.records.is_empty());
}

#[test]
fn whether_there_are_records_does_not_change_with_the_settings() {
    let mut world = World::new();
    world.command(afterlink_core::broker::Command::Config { config: Box::new(durable()) });
    world.connect_kept(V5, "kept");
    assert!(world.records.is_empty());
    assert_eq!(world.broker.config().records, Records::Off);
}

#[test]
fn more_persisted_than_was_emitted_opens_nothing_for_what_comes() {
    let mut world = world();
    let (kept, _) = world.connect_kept(V5, "kept");
    world.persists = false;
    world.persist(1_000_000);
    world.subscribe_later(kept, "a");
    world.nothing(kept);
    world.persist_all();
    assert_packet!(world.next(kept), Packet::SubAck(_));
}

impl World {
    /// Sends a SUBSCRIBE whose answer is awaited later.
    fn subscribe_later(&mut self, peer: Peer, filter: &str) {
        use afterlink_core::codec::UserProperties;
        use afterlink_core::codec::packet::{Subscribe, SubscribeFilters};
        self.send(
            peer,
            &Packet::Subscribe(Subscribe {
                packet_identifier: id(77),
                subscription_identifier: None,
                user_properties: UserProperties::NONE,
                filters: SubscribeFilters::from_slice(&[filter_of(filter, ExactlyOnce)]),
            }),
        );
    }

    /// Sends an UNSUBSCRIBE whose answer is awaited later.
    fn unsubscribe_later(&mut self, peer: Peer, filter: &str) {
        use afterlink_core::codec::UserProperties;
        use afterlink_core::codec::packet::{Unsubscribe, UnsubscribeFilters};
        self.send(
            peer,
            &Packet::Unsubscribe(Unsubscribe {
                packet_identifier: id(78),
                user_properties: UserProperties::NONE,
                filters: UnsubscribeFilters::from_slice(&[filter]),
            }),
        );
    }
}
