//! Packets of a trace and on links, as they are drawn.

use std::collections::BTreeMap;

use afterlink_core::client::ClientConfig;
use afterlink_core::codec::{PacketType, ProtocolVersion, QoS, ReasonCode};
use afterlink_core::sim::{
    Command, Direction, Fate, Fault, Happening, LossCause, PacketFields, PacketRecord, PacketRow,
    PacketSummary, Simulation, SimulationLimits, Target,
};

use crate::generate;
use crate::support::{Play, STEPS, clean, connect, persistent, publish, simulation, subscribe};

/// The rows of the packets of one type, as they stand at the present.
fn rows(simulation: &Simulation, packet_type: PacketType) -> Vec<PacketRow> {
    let position = simulation.world().next_entry();
    let records = simulation.trace().packets(None).filter(|it| it.sent_entry < position);
    let rows = records.map(|record| PacketRow::new(record, position));
    rows.filter(|row| row.summary.packet_type == Some(packet_type)).collect()
}

/// Whether a summary says what the fields do.
fn assert_agrees(record: &PacketRecord, summary: &PacketSummary) {
    assert_eq!(summary.size_bytes, record.sent.bytes.len());
    assert_eq!(summary.packet_type, record.sent.packet_type);
    let fields = match record.sent.fields() {
        Ok(fields) => fields,
        Err(error) => {
            assert_eq!(summary.fault, Some(error.to_string()));
            return;
        }
    };
    assert_eq!(summary.fault, None);
    assert_eq!(summary.packet_identifier, fields.packet_identifier());
    let has_codes = record.sent.version == ProtocolVersion::V5
        || matches!(fields, PacketFields::ConnAck { .. } | PacketFields::SubAck { .. });
    let code = fields.reason_code().filter(|_| has_codes);
    assert_eq!(summary.reasons.first().map(|reason| reason.code), code);
    assert!(summary.reasons.iter().all(|reason| !reason.name.is_empty()));
    let publish = (summary.dup, summary.qos, summary.retain, summary.topic.as_deref());
    if let PacketFields::Publish { dup, qos, retain, topic, payload, .. } = &fields {
        assert_eq!(publish, (Some(*dup), Some(*qos), Some(*retain), Some(topic.as_str())));
        assert_eq!(summary.payload_bytes, Some(payload.len()));
    } else {
        assert_eq!(publish, (None, None, None, None));
    }
    let filters: Vec<_> = match fields {
        PacketFields::Subscribe { filters, .. } => filters.into_iter().map(|it| it.0).collect(),
        PacketFields::Unsubscribe { filters, .. } => filters,
        _ => Vec::new(),
    };
    assert_eq!(summary.filters, filters);
}

#[test]
fn every_packet_is_told_apart_and_summed_up_as_it_is_decoded() {
    let mut types = BTreeMap::new();
    for seed in 0..20 {
        let scenario = generate::scenario(seed);
        let mut simulation = Simulation::new(scenario, SimulationLimits::default()).unwrap();
        assert!(simulation.run_until(simulation.at(400_000), STEPS).reached);
        for record in simulation.trace().packets(None) {
            assert_agrees(record, &record.sent.summary());
            let dissection = record.sent.dissection();
            let fault = record.sent.fields().err().map(|error| error.offset);
            assert_eq!(dissection.fault.map(|fault| fault.offset), fault);
            assert!(dissection.is_complete || fault.is_some());
            *types.entry(record.sent.packet_type).or_insert(0) += 1;
        }
    }
    assert!(types.len() >= 13, "{types:?}");
}

#[test]
fn a_row_tells_what_became_of_its_packet_up_to_the_present() {
    let mut simulation = simulation(vec![clean("P"), persistent("S")]);
    simulation.play(connect("P"));
    simulation.play(connect("S"));
    simulation.play(subscribe("S", "t", QoS::AtLeastOnce));
    let before = simulation.elapsed();
    simulation.now(publish("P", "t", "payload", QoS::AtLeastOnce));
    let row = rows(&simulation, PacketType::Publish).remove(0);
    assert_eq!((&*row.client, row.direction), ("P", Direction::ToBroker));
    assert_eq!(row.sent_at, simulation.at(before));
    assert_eq!(row.arrives_at, simulation.at(before + 50));
    assert_eq!((row.fate, row.ended_at), (None, None));
    simulation.pass(50);
    let row = rows(&simulation, PacketType::Publish).remove(0);
    assert_eq!(row.fate, Some(Fate::Delivered));
    assert_eq!(row.ended_at, Some(row.arrives_at));
    simulation.pass(1_000);
    let acknowledged = rows(&simulation, PacketType::PubAck);
    let names = acknowledged.iter().map(|row| row.summary.reasons[0].name.as_str());
    assert_eq!(names.collect::<Vec<_>>(), ["Success", "Success"]);
    // Gone back in time, it is in flight again.
    let place = afterlink_core::sim::Place::At(simulation.at(before + 49));
    assert!(simulation.seek(place, STEPS).reached);
    assert_eq!(rows(&simulation, PacketType::Publish)[0].fate, None);
}

#[test]
fn a_code_has_the_name_that_its_packet_gives_it() {
    let mut simulation = simulation(vec![clean("S")]);
    simulation.play(connect("S"));
    simulation.play(subscribe("S", "t", QoS::ExactlyOnce));
    simulation.play(Command::Disconnect {
        client: "S".to_owned(),
        reason_code: ReasonCode::NORMAL_DISCONNECTION,
        session_expiry_interval: None,
    });
    for (packet_type, name) in [
        (PacketType::ConnAck, "Success"),
        (PacketType::SubAck, "Granted QoS 2"),
        (PacketType::Disconnect, "Normal disconnection"),
    ] {
        assert_eq!(rows(&simulation, packet_type)[0].summary.reasons[0].name, name);
    }
}

#[test]
fn version_3_acknowledges_without_codes() {
    let mut publisher = clean("P");
    publisher.config = ClientConfig {
        client_identifier: "p".to_owned(),
        version: ProtocolVersion::V3_1_1,
        ..ClientConfig::default()
    };
    let mut simulation = simulation(vec![publisher]);
    simulation.play(connect("P"));
    simulation.play(publish("P", "t", "m", QoS::AtLeastOnce));
    assert_eq!(rows(&simulation, PacketType::PubAck)[0].summary.reasons, []);
    assert_eq!(rows(&simulation, PacketType::ConnAck)[0].summary.reasons[0].name, "Success");
}

#[test]
fn a_flight_is_placed_by_when_it_was_sent_and_is_due() {
    let mut simulation = simulation(vec![clean("P")]);
    simulation.play(connect("P"));
    let start = simulation.elapsed();
    simulation.now(publish("P", "a", "1", QoS::AtLeastOnce));
    simulation.pass(10);
    let target = || Target::InFlight {
        client: "P".to_owned(),
        direction: Direction::ToBroker,
        packet_type: None,
    };
    simulation.now(Command::Fault { target: target(), fault: Fault::Hold });
    simulation.now(publish("P", "b", "2", QoS::AtMostOnce));
    let flights = simulation.world().link_views().remove(0).to_broker;
    for (flight, (topic, sent, due, is_held)) in
        flights.iter().zip([("a", 0, 50, true), ("b", 10, 60, false)])
    {
        let record = simulation.trace().packet(flight.packet).unwrap();
        assert_eq!(flight.summary, record.sent.summary());
        assert_eq!(flight.summary.topic.as_deref(), Some(topic));
        assert_eq!(flight.sent_at, simulation.at(start + sent));
        assert_eq!(flight.sent_at, record.sent_at);
        assert_eq!(flight.due_at, simulation.at(start + due));
        // The one that is held keeps back the other.
        assert_eq!((flight.is_held, flight.arrives_at), (is_held, None));
    }
    // What the network makes a second one of is sent when it is made.
    simulation.pass(5);
    simulation.now(Command::Fault { target: target(), fault: Fault::Duplicate });
    let flights = simulation.world().link_views().remove(0).to_broker;
    assert_eq!(flights[2].sent_at, simulation.at(start + 15));
    assert_eq!(flights[2].summary, flights[0].summary);
}

#[test]
fn what_happens_to_a_packet_names_it() {
    let mut simulation = simulation(vec![clean("P")]);
    simulation.play(connect("P"));
    let target = || Target::InFlight {
        client: "P".to_owned(),
        direction: Direction::ToBroker,
        packet_type: None,
    };
    simulation.now(publish("P", "a", "1", QoS::AtMostOnce));
    for fault in [Fault::Hold, Fault::Release, Fault::Delay { ms: 5 }, Fault::Drop] {
        simulation.now(Command::Fault { target: target(), fault });
    }
    let row = rows(&simulation, PacketType::Publish).remove(0);
    assert_eq!(row.fate, Some(Fate::Lost(LossCause::Dropped)));
    let happened = simulation.happened();
    let about: Vec<_> = happened.iter().filter(|it| it.packet() == Some(row.packet)).collect();
    assert!(
        matches!(
            about[..],
            [
                Happening::PacketSent(_),
                Happening::PacketHeld { .. },
                Happening::PacketReleased { .. },
                Happening::PacketDelayed { .. },
                Happening::PacketLost { .. },
            ]
        ),
        "{about:?}"
    );
}
