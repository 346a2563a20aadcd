//! The end of all faults: everybody goes on, connects and is given time.

use afterlink_core::Timestamp;
use afterlink_core::broker::TimerReason;
use afterlink_core::client::{ClientConfig, ClientState};
use afterlink_core::codec::ProtocolVersion;
use afterlink_core::sim::{ClientDefinition, Command, Fault, LinkSettings, Target, World};

/// Milliseconds in which a healthy world does what there is to do.
pub(crate) const REST_MS: u64 = 90_000;

/// Lets processes and links go on.
pub(crate) fn mend(world: &World) -> Vec<Command> {
    let mut commands = Vec::new();
    for link in world.link_views().iter().filter(|link| link.is_cut) {
        let client = link.client.clone();
        if !commands
            .iter()
            .any(|known| matches!(known, Command::Restore { client: it } if *it == client))
        {
            commands.push(Command::Restore { client });
        }
    }
    for view in world.client_views(0) {
        let client = view.name;
        commands.push(Command::Thaw { client: client.clone() });
        let link = LinkSettings { to_broker_ms: 5, to_client_ms: 5, ..view.link_settings };
        commands.push(Command::SetLink { client, link });
    }
    commands
}

/// Releases what is held.
pub(crate) fn release(world: &World) -> Vec<Command> {
    let views = world.link_views();
    let flights = views.iter().flat_map(|link| link.to_broker.iter().chain(&link.to_client));
    flights
        .filter(|flight| flight.is_held)
        .map(|flight| Command::Fault {
            target: Target::Packet { packet: flight.packet },
            fault: Fault::Release,
        })
        .collect()
}

/// Connects one client of each identifier that is not connected, `clean` if it came to nothing
/// before; the others leave.
pub(crate) fn connect(world: &World, is_clean: bool) -> Vec<Command> {
    let mut commands = Vec::new();
    let mut seen = Vec::new();
    for view in world.client_views(0) {
        let name = view.name;
        let identifier = view.config.client_identifier.clone();
        let Some(client) = world.client(&name) else { continue };
        let is_connected = client.state() == ClientState::Connected;
        if seen.contains(&identifier) {
            continue;
        }
        seen.push(identifier);
        if is_clean && is_connected {
            continue;
        }
        let is_v5 = view.config.version == ProtocolVersion::V5;
        let config = ClientConfig {
            clean_start: is_clean,
            session_expiry_interval: is_v5.then_some(600),
            keep_alive: 0,
            maximum_packet_size: Some(1 << 20),
            ..view.config
        };
        let definition = ClientDefinition { name: name.clone(), config, link: None };
        commands.push(Command::SetClient { definition: Box::new(definition) });
        commands.push(Command::Connect { client: name });
    }
    commands
}

/// All clients leave in good order.
pub(crate) fn leave(world: &World) -> Vec<Command> {
    let is_connected = |name: &str| {
        world.client(name).is_some_and(|client| client.state() == ClientState::Connected)
    };
    let views = world.client_views(0).into_iter().filter(|view| is_connected(&view.name));
    views
        .map(|view| Command::Disconnect {
            client: view.name,
            reason_code: afterlink_core::codec::ReasonCode::NORMAL_DISCONNECTION,
            session_expiry_interval: None,
        })
        .collect()
}

/// When a world that is down is up again.
pub(crate) fn is_up_at(world: &World) -> Option<Timestamp> {
    world.broker_returns_at()
}

/// Whether the `refuse` policy holds a publisher back.
pub(crate) fn is_anybody_held_back(world: &World) -> bool {
    let timers = world.broker().map_or_else(Vec::new, |broker| broker.timers(usize::MAX));
    timers.iter().any(|timer| matches!(timer.reason, TimerReason::RefuseDeadline { .. }))
}
