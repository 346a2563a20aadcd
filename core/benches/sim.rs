//! What a World costs: its steps, its checkpoints, and a seek in a long history.

use std::hint::black_box;
use std::time::Duration;

use afterlink_core::client::{ClientConfig, SubscriptionRequest};
use afterlink_core::codec::QoS;
use afterlink_core::codec::packet::SubscriptionOptions;
use afterlink_core::sim::{
    ClientDefinition, Command, Payload, Place, Scenario, Settings, Simulation, SimulationLimits,
    TimedCommand,
};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

const CLIENTS: u64 = 20;
const MESSAGES: u64 = 200;
const STEPS: u64 = 1_000_000;

fn client(number: u64) -> ClientDefinition {
    let config = ClientConfig {
        client_identifier: format!("client-{number}"),
        clean_start: false,
        session_expiry_interval: Some(3600),
        keep_alive: 0,
        ..ClientConfig::default()
    };
    ClientDefinition { name: format!("C{number}"), config, link: None }
}

/// 20 clients that subscribe to one topic, and 200 messages to it by another. If `away`, they are
/// cut off before, so that all of it waits in their queues.
fn scenario(away: bool) -> Scenario {
    let clients = (0..=CLIENTS).map(client).collect();
    let mut scenario = Scenario::new(Settings { clients, ..Settings::default() });
    let mut at = |at, command| scenario.commands.push(TimedCommand::new(at, command));
    for number in 0..=CLIENTS {
        at(0, Command::Connect { client: format!("C{number}") });
    }
    for number in 1..=CLIENTS {
        let options = SubscriptionOptions { qos: QoS::AtLeastOnce, ..Default::default() };
        at(
            200,
            Command::Subscribe {
                client: format!("C{number}"),
                filters: vec![SubscriptionRequest { filter: "bench".to_owned(), options }],
                subscription_identifier: None,
                user_properties: Vec::new(),
            },
        );
    }
    for number in (1..=CLIENTS).filter(|_| away) {
        let noticed_by = afterlink_core::sim::NoticedBy::Both;
        at(400, Command::Cut { client: format!("C{number}"), noticed_by });
    }
    for number in 0..MESSAGES {
        at(
            500 + 10 * number,
            Command::Publish {
                client: "C0".to_owned(),
                topic: "bench".to_owned(),
                payload: Payload::Text("x".repeat(32)),
                qos: QoS::AtLeastOnce,
                retain: false,
                properties: Box::default(),
            },
        );
    }
    scenario
}

fn start(away: bool) -> Simulation {
    Simulation::new(scenario(away), SimulationLimits::default()).expect("within the limits")
}

fn play(simulation: &mut Simulation) {
    assert!(simulation.advance(10_000, STEPS).reached);
}

fn sim(c: &mut Criterion) {
    let mut group = c.benchmark_group("sim");
    group.sample_size(20).measurement_time(Duration::from_secs(4));
    let mut played = start(false);
    play(&mut played);
    let steps = played.world().steps();
    group.throughput(Throughput::Elements(steps));
    group.bench_function("20 clients, 200 messages, each step", |b| {
        b.iter_batched_ref(|| start(false), play, BatchSize::PerIteration);
    });
    group.throughput(Throughput::Elements(1));
    let middle = steps / 2 + 17;
    group.bench_function("seek to the middle and back to the end", |b| {
        b.iter(|| {
            assert!(played.seek(Place::Step(middle), STEPS).reached);
            assert!(played.seek(Place::Step(steps), STEPS).reached);
        });
    });
    let mut queued = start(true);
    play(&mut queued);
    let broker = queued.world().broker().expect("it is up");
    assert_eq!(broker.session("client-1").expect("it is there").queue_len, 200);
    group.bench_function("checkpoint of 20 sessions of 200 messages", |b| {
        b.iter(|| black_box(queued.world().clone()));
    });
    group.bench_function("views of clients, links and timers", |b| {
        let world = queued.world();
        b.iter(|| black_box((world.client_views(50), world.link_views(), world.timers(50))));
    });
    group.finish();
}

criterion_group!(benches, sim);
criterion_main!(benches);
