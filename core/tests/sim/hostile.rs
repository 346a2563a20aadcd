//! Scenarios from outside are refused in words when they go beyond a limit, and no earlier.

use afterlink_core::sim::{
    Command, Fault, LinkSettings, Payload, Scenario, ScenarioError, ScenarioLimits,
    ScenarioVersion, Settings, Simulation, SimulationLimits, Target, TimedCommand,
};
use serde_json::json;

use crate::support::{clean, connect};

fn limits() -> ScenarioLimits {
    ScenarioLimits::default()
}

fn empty() -> Scenario {
    Scenario::new(Settings { clients: vec![clean("S")], ..Settings::default() })
}

fn with(commands: Vec<TimedCommand>) -> Scenario {
    Scenario { commands, ..empty() }
}

fn publish(bytes: usize) -> Command {
    Command::Publish {
        client: "S".to_owned(),
        topic: "t".to_owned(),
        payload: Payload::Bytes(vec![0; bytes]),
        qos: afterlink_core::codec::QoS::AtMostOnce,
        retain: false,
        properties: Box::default(),
    }
}

#[track_caller]
fn refused(scenario: &Scenario, words: &str) {
    let error = limits().check(scenario).unwrap_err();
    assert_eq!(error.to_string(), words);
    let made = Simulation::new(scenario.clone(), SimulationLimits::default());
    assert_eq!(made.unwrap_err(), error);
}

#[test]
fn a_scenario_of_another_version_is_refused_for_its_version() {
    let text = r#"{"version": 2, "something_new": [1, 2, 3]}"#;
    let version: ScenarioVersion = serde_json::from_str(text).unwrap();
    let error = version.check().unwrap_err();
    assert_eq!(error.to_string(), "the scenario is of version 2; version 1 is read here");
    refused(
        &Scenario { version: 0, ..empty() },
        "the scenario is of version 0; version 1 is read here",
    );
    assert_eq!(ScenarioVersion { version: 1 }.check(), Ok(()));
}

#[test]
fn a_file_is_refused_before_it_is_read() {
    let max = limits().file_bytes_max;
    assert_eq!(limits().check_file(max), Ok(()));
    assert!(limits().check_file(max + 1).is_err());
}

#[test]
fn fields_that_are_not_known_are_refused() {
    let connect = json!({"command": "connect", "client": "S"});
    let faster = json!({"command": "connect", "client": "S", "fast": true});
    let command = |at: i32, command| json!({"version": 1, "commands": [{"at": at, "do": command}]});
    assert!(serde_json::from_value::<Scenario>(command(0, connect.clone())).is_ok());
    for text in [
        json!({"version": 1, "extra": 1}),
        json!({"version": 1, "settings": {"speed": 2}}),
        json!({"version": 1, "settings": {"broker": {"limits": {"magic": 1}}}}),
        command(0, json!({"command": "explode"})),
        command(0, faster),
        command(-1, connect),
    ] {
        assert!(serde_json::from_value::<Scenario>(text.clone()).is_err(), "{text}");
    }
}

#[test]
fn a_scenario_survives_its_file() {
    let scenario = crate::generate::scenario(7);
    let text = serde_json::to_string_pretty(&scenario).unwrap();
    assert_eq!(serde_json::from_str::<Scenario>(&text).unwrap(), scenario);
}

#[test]
fn the_number_of_commands_is_limited() {
    let commands = |count| vec![TimedCommand::new(0, connect("S")); count];
    assert_eq!(limits().check(&with(commands(10_000))), Ok(()));
    refused(&with(commands(10_001)), "10001 commands, at most 10000 are allowed");
}

#[test]
fn the_number_of_clients_is_limited() {
    let clients = |count: u32| {
        let clients = (0..count).map(|number| clean(&format!("C{number}"))).collect();
        Scenario::new(Settings { clients, ..Settings::default() })
    };
    assert_eq!(limits().check(&clients(64)), Ok(()));
    refused(&clients(65), "65 clients, at most 64 are allowed");
}

#[test]
fn clients_added_by_commands_are_limited_too() {
    let mut simulation = Simulation::new(empty(), SimulationLimits::default()).unwrap();
    for number in 0..64 {
        let definition = Box::new(clean(&format!("C{number}")));
        let refusal = simulation.perform(Command::SetClient { definition }).unwrap();
        assert_eq!(refusal.is_some(), number == 63, "{number}");
    }
    assert_eq!(simulation.world().client_views(0).len(), 64);
}

#[test]
fn bytes_are_limited_for_each_command_and_for_all() {
    let max = limits().command_bytes_max;
    let at_limit = TimedCommand::new(0, publish(max - 2));
    assert_eq!(limits().check(&with(vec![at_limit.clone()])), Ok(()));
    refused(
        &with(vec![TimedCommand::new(0, publish(max - 1))]),
        "command 0: 65537 bytes of a command, at most 65536 are allowed",
    );
    assert_eq!(limits().check(&with(vec![at_limit.clone(); 64])), Ok(()));
    refused(
        &with(vec![at_limit; 65]),
        "4259840 bytes of all commands, at most 4194304 are allowed",
    );
}

#[test]
fn times_are_limited() {
    let max = limits().time_ms_max;
    assert_eq!(limits().check(&with(vec![TimedCommand::new(max, connect("S"))])), Ok(()));
    refused(
        &with(vec![TimedCommand::new(max + 1, connect("S"))]),
        "command 0: 3155760000001 milliseconds from the start, at most 3155760000000 are allowed",
    );
    let skip = |ms| with(vec![TimedCommand::new(0, Command::SkipClock { ms })]);
    assert_eq!(limits().check(&skip(max)), Ok(()));
    assert!(limits().check(&skip(max + 1)).is_err());
    let late = Settings { start: afterlink_core::Timestamp::MAX, ..Settings::default() };
    assert!(limits().check(&Scenario::new(late)).is_err());
    let seed = Settings { seed: u64::MAX, ..Settings::default() };
    assert!(limits().check(&Scenario::new(seed)).is_err());
}

#[test]
fn delays_are_limited() {
    let link = |to_broker_ms| {
        let link = LinkSettings { to_broker_ms, ..LinkSettings::default() };
        Scenario::new(Settings { link, ..Settings::default() })
    };
    assert_eq!(limits().check(&link(3_600_000)), Ok(()));
    refused(&link(3_600_001), "3600001 milliseconds of delay, at most 3600000 are allowed");
    let fault = |ms| {
        let target = Target::Packet { packet: afterlink_core::sim::PacketNumber(1) };
        let fault = Fault::Delay { ms };
        with(vec![TimedCommand::new(0, Command::Fault { target, fault })])
    };
    assert_eq!(limits().check(&fault(3_600_000)), Ok(()));
    assert!(limits().check(&fault(3_600_001)).is_err());
}

#[test]
fn names_are_there_and_unambiguous() {
    let named = |names: &[&str]| {
        let clients = names.iter().map(|name| clean(name)).collect();
        Scenario::new(Settings { clients, ..Settings::default() })
    };
    refused(&named(&["A", "B", "A"]), "two clients have the name \"A\"");
    refused(&named(&[""]), "a client has no name");
    assert_eq!(limits().check(&named(&[&"n".repeat(100)])), Ok(()));
    refused(&named(&[&"n".repeat(101)]), "101 bytes of a client's name, at most 100 are allowed");
}

#[test]
fn commands_stand_in_the_order_of_time() {
    let commands = vec![TimedCommand::new(5, connect("S")), TimedCommand::new(4, connect("S"))];
    refused(&with(commands), "command 1 comes before the one in front of it");
}

#[test]
fn a_broker_that_may_never_do_its_work_is_refused() {
    let mut settings = Settings::default();
    settings.broker.limits.work_per_call_max = 0;
    refused(&Scenario::new(settings), "work_per_call_max may not be 0");
}

#[test]
fn lists_are_limited() {
    let unsubscribe = |count| {
        let filters = vec!["f".to_owned(); count];
        let command = Command::Unsubscribe { client: "S".to_owned(), filters };
        with(vec![TimedCommand::new(0, command)])
    };
    assert_eq!(limits().check(&unsubscribe(100)), Ok(()));
    refused(&unsubscribe(101), "command 0: 101 entries of a list, at most 100 are allowed");
}

#[test]
fn a_command_by_hand_meets_the_same_limits_and_changes_nothing() {
    let mut simulation = Simulation::new(empty(), SimulationLimits::default()).unwrap();
    let error = simulation.perform(publish(100_000)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "command 0: 100002 bytes of a command, at most 65536 are allowed"
    );
    assert!(simulation.scenario().commands.is_empty());
    assert_eq!(simulation.world().commands(), 0);
    assert!(matches!(
        error,
        afterlink_core::sim::PerformError::Scenario(ScenarioError::TooMuch { .. })
    ));
}
