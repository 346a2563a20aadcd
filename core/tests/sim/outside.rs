//! Clients from outside: what they send is a command, what is sent to them is in the trace, and
//! their links fail like any other.

use afterlink_core::codec::{PacketType, ProtocolVersion, QoS};
use afterlink_core::sim::{
    ClientStateName, ClientView, CloseCause, Command, CommandRefusal, Direction, Fate, Fault,
    Happening, NoticedBy, Scenario, Side, Simulation, SimulationLimits, Target,
};

use crate::support::{Play, STEPS, connect, persistent, publish, simulation, subscribe};

/// CONNECT of version 5: "own", Clean Start 0, Keep Alive 10, Session Expiry Interval 60.
const CONNECT: &[u8] = b"\x10\x15\0\x04MQTT\x05\0\0\x0A\x05\x11\0\0\0\x3C\0\x03own";
/// SUBSCRIBE number 1 to t at QoS 1.
const SUBSCRIBE: &[u8] = b"\x82\x07\0\x01\0\0\x01t\x01";

fn open() -> Command {
    Command::OpenOutside { client: "own".to_owned() }
}

fn send(bytes: &[u8]) -> Command {
    Command::SendOutside { client: "own".to_owned(), bytes: bytes.to_vec() }
}

fn close() -> Command {
    Command::CloseOutside { client: "own".to_owned() }
}

fn view(simulation: &Simulation) -> ClientView {
    let views = simulation.world().client_views(0);
    views.into_iter().find(|view| view.name == "own").unwrap()
}

/// A World with a publisher P and a client from outside that is connected and subscribed to t.
fn subscribed() -> Simulation {
    let mut simulation = simulation(vec![persistent("P")]);
    simulation.play(connect("P"));
    simulation.play(open());
    simulation.play(send(CONNECT));
    simulation.play(send(SUBSCRIBE));
    simulation
}

/// The bytes that reached the client from outside, up to the present.
fn reached(simulation: &Simulation) -> Vec<u8> {
    let mut bytes = Vec::new();
    for happening in simulation.happened() {
        if let Happening::PacketDelivered { packet } = happening {
            let sent = &simulation.trace().packet(packet).unwrap().sent;
            if &*sent.client == "own" && sent.direction == Direction::ToClient {
                bytes.extend_from_slice(&sent.bytes);
            }
        }
    }
    bytes
}

fn is_closed(simulation: &Simulation, with: CloseCause) -> bool {
    simulation.happened().iter().any(|happening| {
        matches!(happening, Happening::LinkClosed { client, side: Side::Client, cause, .. }
            if &**client == "own" && *cause == with)
    })
}

#[test]
fn what_it_sends_reaches_the_broker_and_what_it_is_sent_is_in_the_trace() {
    let mut simulation = subscribed();
    let session = simulation.world().broker().unwrap().session("own").unwrap();
    assert_eq!(session.subscriptions_len, 1);
    simulation.play(publish("P", "t", "hello", QoS::AtLeastOnce));
    let bytes = reached(&simulation);
    assert_eq!(bytes.first(), Some(&0x20), "CONNACK");
    assert!(bytes.ends_with(b"\0\x01t\0\x01\0hello"), "{bytes:x?}");
    // Nobody but its own program acknowledges.
    assert!(simulation.packets("own", Direction::ToBroker, PacketType::PubAck).is_empty());
    simulation.play(send(b"\x40\x02\0\x01"));
    assert_eq!(
        simulation.packets("own", Direction::ToBroker, PacketType::PubAck),
        [Some(Fate::Delivered)]
    );
    assert_eq!(simulation.world().broker().unwrap().session("own").unwrap().inflight_len, 0);
}

#[test]
fn what_it_asks_for_in_connect_and_how_far_it_came_can_be_seen() {
    let mut simulation = simulation(vec![]);
    assert_eq!(simulation.now(open()), None);
    assert_eq!(view(&simulation).state, ClientStateName::Connecting);
    assert!(view(&simulation).is_outside);
    simulation.play(send(CONNECT));
    let seen = view(&simulation);
    assert_eq!(seen.state, ClientStateName::Connected);
    assert_eq!(seen.config.client_identifier, "own");
    assert_eq!(seen.config.version, ProtocolVersion::V5);
    assert_eq!(seen.config.session_expiry_interval, Some(60));
    assert!(!seen.config.clean_start);
    simulation.play(close());
    assert_eq!(view(&simulation).state, ClientStateName::Offline);
    assert!(simulation.world().broker().unwrap().session("own").is_some());
}

#[test]
fn a_connection_that_is_refused_is_not_shown_as_accepted() {
    let mut simulation = simulation(vec![]);
    simulation.play(open());
    let mut unknown = CONNECT.to_vec();
    unknown[8] = 9;
    simulation.play(send(&unknown));
    assert_ne!(view(&simulation).state, ClientStateName::Connected);
}

#[test]
fn packets_are_sent_whole_however_they_come() {
    let mut whole = subscribed();
    whole.play(send(&[b"\x30\x05\0\x01t\0A".as_slice(), b"\x30\x05\0\x01t\0B"].concat()));
    let mut pieces = subscribed();
    assert_eq!(pieces.now(send(b"\x30")), None);
    assert_eq!(pieces.now(send(b"\x05\0\x01t\0A\x30\x05\0")), None);
    pieces.play(send(b"\x01t\0B"));
    for simulation in [&whole, &pieces] {
        let sent = simulation.packets("own", Direction::ToBroker, PacketType::Publish);
        assert_eq!(sent, [Some(Fate::Delivered); 2]);
    }
    // What cannot become a packet goes as it is, and the broker has its say.
    pieces.play(send(b"\0nonsense"));
    assert!(is_closed(&pieces, CloseCause::Peer));
}

#[test]
fn the_beginning_of_a_packet_is_sent_before_the_end_of_the_connection() {
    let mut simulation = subscribed();
    assert_eq!(simulation.now(send(b"\x30\x04\0")), None);
    assert_eq!(simulation.now(close()), None);
    let last = simulation.trace().packets(None).last().unwrap();
    assert_eq!(&*last.sent.bytes, b"\x30\x04\0");
    assert_eq!(last.sent.packet_type, None);
}

#[test]
fn a_cut_that_it_notices_is_in_the_trace_and_it_can_come_back() {
    let mut simulation = subscribed();
    simulation.play(Command::Cut { client: "own".to_owned(), noticed_by: NoticedBy::Both });
    assert!(is_closed(&simulation, CloseCause::Cut));
    assert_eq!(simulation.now(send(b"\xC0\0")), Some(CommandRefusal::NotConnected));
    simulation.play(publish("P", "t", "while away", QoS::AtLeastOnce));
    simulation.play(open());
    simulation.play(send(CONNECT));
    let bytes = reached(&simulation);
    assert!(bytes.ends_with(b"while away"), "{bytes:x?}");
}

#[test]
fn its_packets_are_caught_like_any_other() {
    let mut simulation = subscribed();
    let target = Target::Next {
        client: "own".to_owned(),
        direction: Direction::ToClient,
        packet_type: Some(PacketType::Publish),
    };
    assert_eq!(simulation.now(Command::Fault { target, fault: Fault::Drop }), None);
    simulation.play(publish("P", "t", "lost", QoS::AtLeastOnce));
    assert_eq!(simulation.world().broker().unwrap().session("own").unwrap().inflight_len, 1);
    assert!(!reached(&simulation).ends_with(b"lost"));
}

#[test]
fn nobody_else_says_what_it_does_and_it_is_nobody_else() {
    let mut simulation = subscribed();
    assert_eq!(simulation.now(connect("own")), Some(CommandRefusal::ClientOutside));
    assert_eq!(
        simulation.now(subscribe("own", "u", QoS::AtMostOnce)),
        Some(CommandRefusal::ClientOutside)
    );
    let freeze = Command::Freeze { client: "own".to_owned() };
    assert_eq!(simulation.now(freeze), Some(CommandRefusal::ClientOutside));
    let definition = Box::new(persistent("own"));
    assert_eq!(
        simulation.now(Command::SetClient { definition }),
        Some(CommandRefusal::ClientOutside)
    );
    let inside = Command::OpenOutside { client: "P".to_owned() };
    assert_eq!(simulation.now(inside), Some(CommandRefusal::ClientInside));
    let bytes = Vec::new();
    let unknown = Command::SendOutside { client: "Q".to_owned(), bytes };
    assert_eq!(simulation.now(unknown), Some(CommandRefusal::ClientUnknown));
}

#[test]
fn there_is_room_for_64_clients_and_no_more() {
    let mut simulation = simulation(vec![]);
    let open = |number: usize| Command::OpenOutside { client: number.to_string() };
    for number in 0..64 {
        assert_eq!(simulation.now(open(number)), None);
    }
    assert_eq!(simulation.now(open(64)), Some(CommandRefusal::TooManyClients));
    assert_eq!(simulation.now(open(63)), None);
}

#[test]
fn the_scenario_alone_leads_to_the_same_trace() {
    let mut live = subscribed();
    live.play(publish("P", "t", "hello", QoS::ExactlyOnce));
    live.play(send(b"\x40\x02\0\x01"));
    assert_eq!(live.now(send(b"\x30\x04\0")), None);
    live.play(Command::Cut { client: "own".to_owned(), noticed_by: NoticedBy::Client });
    live.pass(60_000);
    let text = serde_json::to_string(live.scenario()).unwrap();
    let scenario: Scenario = serde_json::from_str(&text).unwrap();
    let mut replayed = Simulation::new(scenario, SimulationLimits::default()).unwrap();
    assert!(replayed.run_until(live.world().now(), STEPS).reached);
    assert_eq!(replayed.trace_bytes(), live.trace_bytes());
    // Nor does going back change it.
    let (now, trace) = (live.world().now(), live.trace_bytes());
    let middle = live.at(2_500);
    live.seek(afterlink_core::sim::Place::At(middle), STEPS);
    live.seek(afterlink_core::sim::Place::At(now), STEPS);
    assert_eq!(live.trace_bytes(), trace);
}

#[test]
fn what_it_sends_at_once_has_a_limit() {
    let mut simulation = subscribed();
    let max = SimulationLimits::default().scenario.command_bytes_max;
    assert!(simulation.perform(send(&vec![0x30; max + 1])).is_err());
}

#[test]
fn a_second_connect_does_not_change_what_is_spoken() {
    let mut simulation = simulation(Vec::new());
    simulation.play(open());
    // The other one is of MQTT 3.1.1, and is sent before the answer to the first can be there.
    simulation.play(send(&[CONNECT, b"\x10\x0F\0\x04MQTT\x04\x02\0\x0A\0\x03own"].concat()));
    assert_eq!(view(&simulation).config.version, ProtocolVersion::V5);
    // The broker says why it ends the connection, as only MQTT 5.0 can.
    let reached = reached(&simulation);
    assert!(reached.windows(3).any(|bytes| bytes == [0xE0, 17, 0x82]), "{reached:?}");
}

#[test]
fn it_has_a_name() {
    let nameless = Command::OpenOutside { client: String::new() };
    let limits = SimulationLimits::default().scenario;
    limits.check_command(0, 0, &nameless).unwrap_err();
    limits.check_command(0, 0, &open()).unwrap();
}
