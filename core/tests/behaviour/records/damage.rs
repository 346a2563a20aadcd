//! Records of which some are missing, or say what cannot be: what fits is taken, and the rest is
//! counted.

use afterlink_core::broker::{Command, Input, QueueName, Recipient, Record};
use afterlink_core::codec::QoS;
use afterlink_core::codec::packet::Connect;
use afterlink_core::session::{SessionNumber, ShareGroupName};

use super::*;

/// The broker that is restored from the records of `first` and one more behind them, which it has
/// to ignore.
#[track_caller]
fn ignoring(first: &World, record: Record) -> Broker {
    let records = first.records.iter().cloned().chain([(first.now, record)]);
    let broker = Broker::restore(first.broker.config().clone(), [8; 32], first.now, records);
    assert_eq!(broker.counters().records_ignored, 1);
    broker
}

/// A world in which a message waits for the absent client "away" by `filter`, with what its record
/// says of its queue.
fn waiting(filter: &str, qos: QoS) -> (World, Recipient) {
    let mut world = World::with(Config { queue_qos0_offline: true, ..durable() });
    world.away(V5, "away", filter, qos);
    let publisher = world.connect("publisher");
    world.publish(publisher, "t", "m", qos);
    let Record::Published { recipients, .. } = world.last_record() else { panic!("no publish") };
    let recipient = recipients[0].clone();
    (world, recipient)
}

const UNKNOWN: QueueName = QueueName::Session(SessionNumber(77));

#[test]
fn a_client_whose_earlier_session_has_no_end_has_the_later_one() {
    let mut first = world();
    let (peer, _) = first.connect_kept(V5, "one");
    first.subscribe(peer, "earlier", AtLeastOnce);
    let clean = Connect { clean_start: true, ..kept(V5, "one") };
    let (peer, _) = first.connect_with(clean);
    first.subscribe(peer, "later", AtLeastOnce);
    let known = first.records.iter().filter(|(_, one)| !matches!(one, Record::Ended { .. }));
    let broker = Broker::restore(durable(), [8; 32], first.now, known.cloned());
    assert_eq!(broker.counters().records_ignored, 1);
    let subscriptions = broker.subscriptions("one", None, 9);
    assert_eq!(subscriptions.len(), 1);
    assert_eq!(subscriptions[0].filter.to_string(), "later");
}

#[test]
fn what_is_assigned_to_an_unknown_session_stays_with_its_group() {
    let (first, recipient) = waiting("$share/g/t", AtLeastOnce);
    let QueueName::Group(group) = recipient.queue.clone() else { panic!("{recipient:?}") };
    let arrival = recipient.arrival;
    let recipient = Recipient { queue: UNKNOWN, ..recipient };
    let name = ShareGroupName::clone(&group);
    let broker = ignoring(&first, Record::Assigned { group, arrival, recipient });
    assert_eq!(broker.group_queue(&name, None, 9).len(), 1);
}

#[test]
fn what_goes_back_to_an_unknown_group_stays_with_its_session() {
    let (first, recipient) = waiting("t", AtLeastOnce);
    let QueueName::Session(session) = recipient.queue else { panic!("{recipient:?}") };
    let (_, group) = waiting("$share/g/t", AtLeastOnce);
    let arrival = recipient.arrival;
    let broker = ignoring(&first, Record::Reassigned { session, arrival, recipient: group });
    assert_eq!(broker.queue("away", None, 9).len(), 1);
}

#[test]
fn a_qos_0_message_is_never_in_flight() {
    let (first, recipient) = waiting("t", AtMostOnce);
    let QueueName::Session(session) = recipient.queue else { panic!("{recipient:?}") };
    let arrival = recipient.arrival;
    let broker = ignoring(&first, Record::Sent { session, arrival, packet_identifier: id(1) });
    let away = broker.session("away").expect("it is there");
    assert_eq!((away.queue_len, away.inflight_len), (1, 0));
}

#[test]
fn an_identifier_that_is_in_use_is_not_given_to_another_message() {
    let (mut first, recipient) = waiting("t", AtLeastOnce);
    let publisher = first.connect("another");
    first.publish(publisher, "t", "m", AtLeastOnce);
    let QueueName::Session(session) = recipient.queue else { panic!("{recipient:?}") };
    let arrivals: Vec<u64> =
        first.broker.queue("away", None, 9).iter().map(|one| one.arrival).collect();
    let sent = |arrival| Record::Sent { session, arrival, packet_identifier: id(1) };
    first.records.push((first.now, sent(arrivals[0])));
    let broker = ignoring(&first, sent(arrivals[1]));
    let away = broker.session("away").expect("it is there");
    assert_eq!((away.queue_len, away.inflight_len), (1, 1));
}

#[test]
fn numbers_that_no_broker_gives_are_not_gone_on_from() {
    let (first, recipient) = waiting("t", AtLeastOnce);
    let QueueName::Session(session) = recipient.queue else { panic!("{recipient:?}") };
    let published = serde_json::to_string(&first.last_record()).unwrap();
    let greatest = published.replace("\"sequence\":1", &format!("\"sequence\":{}", u64::MAX));
    assert_ne!(published, greatest);
    for record in [
        serde_json::from_str(&greatest).unwrap(),
        Record::Numbered { session, arrival: u64::MAX },
        Record::Numbered { session: SessionNumber(u64::MAX), arrival: 1 },
    ] {
        let mut broker = ignoring(&first, record);
        // The next number is the one behind the last that was given.
        let publish = Command::Publish {
            topic: "t".into(),
            payload: b"next".to_vec(),
            qos: AtLeastOnce,
            retain: false,
            message_expiry_interval: None,
        };
        broker.handle_input(first.now, Input::Command(publish));
        let queue = broker.queue("away", None, 9);
        assert_eq!(queue.iter().map(|one| one.message.sequence).collect::<Vec<_>>(), [1, 2]);
    }
}
