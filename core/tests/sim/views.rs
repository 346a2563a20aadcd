//! What the page shows beside the broker's own views.

use afterlink_core::client::ReceivedStage;
use afterlink_core::codec::PacketType;
use afterlink_core::codec::QoS::{self, ExactlyOnce};
use afterlink_core::sim::{
    ClientStageName, ClientStateName, Command, Direction, Fault, PacketFields, Target,
};

use crate::support::{Play, clean, connect, persistent, publish, simulation, subscribe};

#[test]
fn both_halves_of_a_half_done_exchange_are_shown() {
    let mut simulation = simulation(vec![persistent("S"), clean("P")]);
    simulation.play(connect("S"));
    simulation.play(connect("P"));
    simulation.play(subscribe("S", "a", ExactlyOnce));
    for (client, direction) in [("S", Direction::ToClient), ("P", Direction::ToBroker)] {
        let packet_type = Some(PacketType::PubRel);
        let target = Target::Next { client: client.to_owned(), direction, packet_type };
        simulation.now(Command::Fault { target, fault: Fault::Hold });
    }
    simulation.play(publish("P", "a", "m", ExactlyOnce));
    let [subscriber, publisher] = &simulation.world().client_views(10)[..] else { panic!() };
    assert_eq!(subscriber.state, ClientStateName::Connected);
    // The subscriber waits for PUBREL, as the broker waits for PUBCOMP.
    let session = subscriber.session.as_ref().unwrap();
    assert_eq!((session.client_identifier.as_str(), session.received_len), ("s", 1));
    assert_eq!(session.received[0].stage, ReceivedStage::AwaitingPubRel);
    let broker = simulation.world().broker().unwrap();
    assert_eq!(broker.session("s").unwrap().inflight_len, 1);
    // The publisher waits for PUBCOMP, as the broker waits for PUBREL.
    let session = publisher.session.as_ref().unwrap();
    assert_eq!(session.inflight[0].stage, ClientStageName::AwaitingPubComp);
    assert_eq!((session.inflight_len, session.inflight[0].message.is_none()), (1, true));
    let waiting = broker.received_identifiers("p", None, 10);
    assert_eq!(waiting, [session.inflight[0].packet_identifier]);
}

#[test]
fn lists_of_a_client_are_as_long_as_asked_for() {
    let mut simulation = simulation(vec![clean("P")]);
    simulation.play(connect("P"));
    simulation.play(Command::Cut {
        client: "P".to_owned(),
        noticed_by: afterlink_core::sim::NoticedBy::Nobody,
    });
    for _ in 0..5 {
        simulation.now(publish("P", "a", "m", ExactlyOnce));
    }
    let view = simulation.world().client_views(2).remove(0);
    let session = view.session.unwrap();
    assert_eq!((session.inflight_len, session.inflight.len()), (5, 2));
    assert_eq!(view.send_quota.unwrap() + 5, 64, "the broker's receive maximum");
}

#[test]
fn a_flight_shows_when_it_arrives_behind_a_slower_one() {
    let mut simulation = simulation(vec![clean("P")]);
    simulation.play(connect("P"));
    let start = simulation.elapsed();
    simulation.now(publish("P", "a", "1", QoS::AtMostOnce));
    let target = Target::InFlight {
        client: "P".to_owned(),
        direction: Direction::ToBroker,
        packet_type: None,
    };
    simulation.now(Command::Fault { target, fault: Fault::Delay { ms: 500 } });
    simulation.now(publish("P", "a", "2", QoS::AtMostOnce));
    let flights = simulation.world().link_views().remove(0).to_broker;
    let expected = Some(simulation.at(start + 550));
    assert_eq!([flights[0].arrives_at, flights[1].arrives_at], [expected, expected]);
    assert_eq!(flights[1].summary.packet_type, Some(PacketType::Publish));
}

#[test]
fn a_link_that_one_side_holds_alone_says_so() {
    let mut simulation = simulation(vec![persistent("S")]);
    simulation.play(connect("S"));
    let link = simulation.world().link_views().remove(0);
    assert_eq!((link.client_holds, link.broker_holds, link.is_cut), (true, true, false));
    let noticed_by = afterlink_core::sim::NoticedBy::Client;
    simulation.play(Command::Cut { client: "S".to_owned(), noticed_by });
    let link = simulation.world().link_views().remove(0);
    assert_eq!((link.client_holds, link.broker_holds, link.is_cut), (false, true, true));
    assert_eq!(simulation.world().client_views(1)[0].link, None);
}

#[test]
fn a_packet_shows_its_fields_by_name() {
    let mut simulation = simulation(vec![persistent("S")]);
    simulation.now(connect("S"));
    let packet = simulation.step_packet(10).unwrap();
    let fields = simulation.trace().packet(packet).unwrap().sent.fields().unwrap();
    let PacketFields::Connect { client_identifier, clean_start, .. } = &fields else { panic!() };
    assert_eq!((client_identifier.as_str(), *clean_start), ("s", false));
    let value = serde_json::to_value(&fields).unwrap();
    assert_eq!(
        value["properties"][0],
        serde_json::json!({"name": "Session Expiry Interval", "value": 3600})
    );
    let back: PacketFields = serde_json::from_value(value).unwrap();
    assert_eq!(back, fields);
}
