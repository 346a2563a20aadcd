//! The World itself: its parts, and how they are fed.

use std::collections::VecDeque;
use std::sync::Arc;

use super::link::Link;
use super::outside::Outside;
use super::store::Store;
use super::{
    ClientDefinition, Direction, Entry, Fault, Happening, LinkSettings, LossCause, PacketNumber,
    Settings,
};
use crate::authorization::Policy;
use crate::broker::{
    AuthenticationRequest, AuthenticationVerdict, Broker, Command as OperatorCommand, Config,
    ConnectionId, EventFilter, Input, Output, RecordSequence,
};
use crate::client::{Client, ClientInput, ClientOutput};
use crate::codec::{PacketType, ReasonCode};
use crate::ordered::OrderedMap;
use crate::{Timestamp, client};

/// One broker, its clients and the links between them, at one virtual moment.
///
/// A World is moved by [`perform`](Self::perform), [`step`](Self::step) and
/// [`pass_until`](Self::pass_until), and all it does follows from its settings and these calls. A
/// clone goes on by itself. What happens is told by [`poll_entry`](Self::poll_entry);
/// [`Simulation`](super::Simulation) keeps that, and plays scenarios.
#[derive(Clone, Debug)]
pub struct World {
    pub(super) settings: Arc<Settings>,
    pub(super) now: Timestamp,
    pub(super) steps: u64,
    /// Steps at this very moment.
    pub(super) moment_steps: u64,
    pub(super) commands: u64,
    pub(super) process: Process,
    /// Broker processes that have ended.
    pub(super) restarts: u64,
    /// What clients are authorized for; told to each new process.
    pub(super) policy: Policy,
    pub(super) store: Store,
    pub(super) clients: Vec<Party>,
    pub(super) links: OrderedMap<u64, Link>,
    /// Send credit to be given back.
    pub(super) credits: Vec<(ConnectionId, u32)>,
    pub(super) next_link: u64,
    pub(super) next_packet: u64,
    pub(super) next_order: u64,
    pub(super) next_tag: u64,
    pub(super) next_entry: u64,
    entries: VecDeque<Arc<Entry>>,
}

/// The broker's process.
#[derive(Clone, Debug)]
pub(super) enum Process {
    Up(Box<Broker>),
    /// It comes back then, with these settings.
    Down {
        until: Timestamp,
        config: Box<Config>,
    },
}

/// A client with its side of the network.
#[derive(Clone, Debug)]
pub(super) struct Party {
    pub(super) name: Arc<str>,
    pub(super) client: Client,
    pub(super) link_settings: LinkSettings,
    pub(super) is_frozen: bool,
    /// A cut that it would have noticed, were it not frozen.
    pub(super) notices_on_thaw: bool,
    /// The network connection it holds.
    pub(super) link: Option<u64>,
    /// Faults for packets that are not sent yet, in order.
    pub(super) armed: Vec<Armed>,
    /// Present if it is a client from outside; `client` then does nothing but hold what its
    /// CONNECT said.
    pub(super) outside: Option<Outside>,
}

/// A fault that waits for its packet.
#[derive(Clone, Debug)]
pub(super) struct Armed {
    pub(super) direction: Direction,
    pub(super) packet_type: Option<PacketType>,
    pub(super) fault: Fault,
}

impl World {
    /// The World at the start of a scenario. Settings that come from outside are checked by
    /// [`ScenarioLimits`](super::ScenarioLimits) first.
    #[must_use]
    pub fn new(settings: Arc<Settings>) -> Self {
        let now = settings.start;
        let config = Box::new(settings.broker.clone());
        let mut world = Self {
            now,
            steps: 0,
            moment_steps: 0,
            commands: 0,
            process: Process::Down { until: now, config },
            restarts: 0,
            policy: Policy::default(),
            store: Store::default(),
            clients: Vec::new(),
            links: OrderedMap::new(),
            credits: Vec::new(),
            next_link: 1,
            next_packet: 1,
            next_order: 0,
            next_tag: 1,
            next_entry: 0,
            entries: VecDeque::new(),
            settings,
        };
        world.start_broker();
        for definition in &Arc::clone(&world.settings).clients {
            world.add_client(definition);
        }
        world
    }

    /// Takes the next entry of the trace. Take all after each call that moves the World.
    #[must_use]
    pub fn poll_entry(&mut self) -> Option<Arc<Entry>> {
        self.entries.pop_front()
    }

    /// The time.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Steps taken.
    #[must_use]
    pub const fn steps(&self) -> u64 {
        self.steps
    }

    /// Steps taken at this very moment.
    #[must_use]
    pub const fn moment_steps(&self) -> u64 {
        self.moment_steps
    }

    /// Commands carried out or refused.
    #[must_use]
    pub const fn commands(&self) -> u64 {
        self.commands
    }

    /// The number the next entry of the trace will have.
    #[must_use]
    pub const fn next_entry(&self) -> u64 {
        self.next_entry
    }

    /// The broker, unless its process is down.
    #[must_use]
    pub fn broker(&self) -> Option<&Broker> {
        match &self.process {
            Process::Up(broker) => Some(broker),
            Process::Down { .. } => None,
        }
    }

    /// The client `name`.
    #[must_use]
    pub fn client(&self, name: &str) -> Option<&Client> {
        self.party(name).and_then(|index| self.clients.get(index)).map(|party| &party.client)
    }

    /// What holds from the start.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(super) fn party(&self, name: &str) -> Option<usize> {
        self.clients.iter().position(|party| &*party.name == name)
    }

    pub(super) fn emit(&mut self, what: Happening) {
        let entry = Entry { number: self.next_entry, at: self.now, step: self.steps, what };
        self.next_entry += 1;
        self.entries.push_back(Arc::new(entry));
    }

    pub(super) fn add_client(&mut self, definition: &ClientDefinition) {
        self.clients.push(Party {
            name: definition.name.as_str().into(),
            client: Client::new(definition.config.clone()),
            link_settings: definition.link.unwrap_or(self.settings.link),
            is_frozen: false,
            notices_on_thaw: false,
            link: None,
            armed: Vec::new(),
            outside: None,
        });
    }

    /// The process begins, with what the store has kept.
    pub(super) fn start_broker(&mut self) {
        let Process::Down { config, .. } = &self.process else { return };
        let mut seed = [0; 32];
        let parts = self.settings.seed.to_le_bytes().into_iter().chain(self.restarts.to_le_bytes());
        for (byte, part) in seed.iter_mut().zip(parts) {
            *byte = part;
        }
        let config = Config::clone(config);
        let mut broker = Box::new(self.store.broker(config, seed, self.now));
        broker.handle_input(self.now, Input::Observe { filter: EventFilter::ALL });
        if !self.policy.allows_all() {
            let command = OperatorCommand::Policy { policy: self.policy.clone() };
            broker.handle_input(self.now, Input::Command(command));
        }
        self.process = Process::Up(broker);
        self.emit(Happening::BrokerStarted { records: self.store.len() });
        self.settle();
    }

    /// Gives the broker an input, if it is up.
    pub(super) fn broker_input(&mut self, input: Input<'_>) {
        if let Process::Up(broker) = &mut self.process {
            broker.handle_input(self.now, input);
        }
    }

    /// Gives a client an input and takes what comes of it.
    pub(super) fn client_input(&mut self, index: usize, input: ClientInput<'_>) {
        let Some(party) = self.clients.get_mut(index) else { return };
        if party.outside.is_some() {
            return;
        }
        party.client.handle_input(self.now, input);
        self.drain_client(index);
    }

    /// Gives a client a command of its application.
    pub(super) fn client_command(&mut self, index: usize, command: client::ClientCommand) {
        self.client_input(index, ClientInput::Command(command));
    }

    /// Takes all that the broker wants, until it wants nothing more.
    pub(super) fn settle(&mut self) {
        loop {
            let verdicts = self.drain_broker();
            let credits = core::mem::take(&mut self.credits);
            let persisted = match self.settings.persist_ms {
                0 => self.store.persist(),
                _ => None,
            };
            if verdicts.is_empty() && credits.is_empty() && persisted.is_none() {
                break;
            }
            for (connection, request) in verdicts {
                let verdict = verdict(&request);
                self.broker_input(Input::Authenticated { connection, verdict });
            }
            for (connection, len) in credits {
                self.broker_input(Input::Flushed { connection, len });
            }
            if let Some(upto) = persisted {
                self.broker_input(Input::Persisted { upto });
            }
        }
        self.remove_links_over();
    }

    fn drain_broker(&mut self) -> Vec<(ConnectionId, Box<AuthenticationRequest>)> {
        let mut verdicts = Vec::new();
        let mut owned = Vec::new();
        if let Process::Up(broker) = &mut self.process {
            while let Some(output) = broker.poll_output() {
                owned.push(match output {
                    Output::Transmit { connection, head, payload } => {
                        Wish::Transmit(connection, [head, payload].concat())
                    }
                    Output::Read { connection, on } => Wish::Read(connection, on),
                    Output::Close { connection } => Wish::Close(connection),
                    Output::Persist { sequence, at, record } => {
                        let persisted_at = self.now.plus_millis(self.settings.persist_ms.into());
                        self.store.push(sequence, (at, record), persisted_at);
                        continue;
                    }
                    Output::Authenticate { connection, request } => {
                        verdicts.push((connection, request));
                        continue;
                    }
                    Output::Event(event) => Wish::Event(Happening::Broker(event)),
                });
            }
        }
        for wish in owned {
            match wish {
                Wish::Transmit(connection, bytes) => {
                    self.transmit(connection.0, Direction::ToClient, &bytes);
                }
                Wish::Read(connection, on) => {
                    if let Some(link) = self.links.get_mut(&connection.0) {
                        link.is_read = on;
                    }
                }
                Wish::Close(connection) => self.broker_closes(connection.0),
                Wish::Event(event) => self.emit(event),
            }
        }
        verdicts
    }

    fn drain_client(&mut self, index: usize) {
        while let Some(party) = self.clients.get_mut(index)
            && let Some(output) = party.client.poll_output()
        {
            let (link, client) = (party.link, Arc::clone(&party.name));
            match (output, link) {
                (ClientOutput::Transmit { bytes }, Some(link)) => {
                    self.transmit(link, Direction::ToBroker, &bytes);
                }
                (ClientOutput::Close, Some(link)) => self.client_closes(link),
                (ClientOutput::Event(event), _) => self.emit(Happening::Client { client, event }),
                (ClientOutput::Transmit { .. } | ClientOutput::Close, None) => {}
            }
        }
    }

    /// Notes that a packet is lost, and gives its credit back.
    pub(super) fn lose(
        &mut self,
        packet: PacketNumber,
        cause: LossCause,
        credit: Option<(ConnectionId, u32)>,
    ) {
        self.emit(Happening::PacketLost { packet, cause });
        self.credits.extend(credit);
    }

    /// The store has persisted records.
    pub(super) fn persisted(&mut self, upto: RecordSequence) {
        self.emit(Happening::Persisted { upto: upto.0 });
        self.broker_input(Input::Persisted { upto });
    }
}

/// What the broker wants of the World, for itself.
enum Wish {
    Transmit(ConnectionId, Vec<u8>),
    Read(ConnectionId, bool),
    Close(ConnectionId),
    Event(Happening),
}

/// How the simulated driver judges a client: a User Name is believed, and no method of extended
/// authentication is known.
fn verdict(request: &AuthenticationRequest) -> AuthenticationVerdict {
    if request.method.is_some() {
        return AuthenticationVerdict::Reject {
            reason_code: ReasonCode::BAD_AUTHENTICATION_METHOD,
        };
    }
    match &request.user_name {
        Some(name) => AuthenticationVerdict::Accept { principal: Some(name.clone()), data: None },
        None => AuthenticationVerdict::Reject { reason_code: ReasonCode::NOT_AUTHORIZED },
    }
}
