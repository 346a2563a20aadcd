//! The number of a message: what tells two of one topic apart.

use afterlink_core::broker::{Broker, Config, Event, QueueOverflow, Records};
use afterlink_core::session::DropCause;

use crate::harness::*;

/// A broker whose queues take two messages and lose the oldest, with two absent clients.
fn two_away(records: Records) -> (World, Peer) {
    let mut world = World::set(|config| {
        config.queue_overflow = QueueOverflow::DropOldest;
        config.limits.queue_messages_max = 2;
        config.records = records;
    });
    for client in ["one", "other"] {
        world.away(V5, client, "t", AtLeastOnce);
    }
    let publisher = world.connect("publisher");
    (world, publisher)
}

/// The numbers of the messages that wait for a client.
fn waiting(broker: &Broker, client: &str) -> Vec<u64> {
    broker.queue(client, None, 10).iter().map(|entry| entry.message.sequence).collect()
}

#[test]
fn a_drop_names_which_of_two_messages_of_one_topic_it_was() {
    let (mut world, publisher) = two_away(Records::Off);
    for payload in ["same", "same", "same"] {
        world.publish(publisher, "t", payload, AtLeastOnce);
    }
    let dropped: Vec<_> = world
        .events
        .iter()
        .filter_map(|event| match event {
            Event::MessageDropped { client_identifier, sequence, topic, cause } => {
                let client = client_identifier.as_ref().map(|client| client.as_str());
                Some((client, *sequence, topic.as_str(), *cause))
            }
            _ => None,
        })
        .collect();
    let cause = DropCause::QueueMessages;
    assert_eq!(dropped, [(Some("one"), 1, "t", cause), (Some("other"), 1, "t", cause)]);
}

#[test]
fn a_message_has_one_number_in_all_queues_and_inflight() {
    let (mut world, publisher) = two_away(Records::Off);
    world.publish(publisher, "nobody", "", AtMostOnce);
    world.publish(publisher, "t", "", AtLeastOnce);
    world.publish(publisher, "t", "", ExactlyOnce);
    for client in ["one", "other"] {
        assert_eq!(waiting(&world.broker, client), [2, 3]);
    }
    assert_eq!(world.broker.last_sequence(), 3, "one that nobody gets is counted, too");
    world.connect_kept(V5, "one");
    let inflight = world.broker.inflight("one", None, 10);
    let numbers = inflight.iter().filter_map(|one| Some(one.message.as_ref()?.sequence));
    assert_eq!(numbers.collect::<Vec<_>>(), [2, 3]);
}

#[test]
fn a_restored_broker_goes_on_counting_behind_what_its_store_holds() {
    let (mut world, publisher) = two_away(Records::Durable);
    for payload in ["1", "2", "3"] {
        world.publish(publisher, "t", payload, AtLeastOnce);
    }
    let config: Config = world.broker.config().clone();
    let broker = Broker::restore(config, [9; 32], world.now, world.records.clone());
    assert_eq!(waiting(&broker, "one"), [2, 3]);
    assert_eq!(broker.last_sequence(), 3);
}
