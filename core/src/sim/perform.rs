//! Commands, carried out.

use super::command::Payload;
use super::limits::CLIENTS_MAX;
use super::link::Cargo;
use super::world::{Armed, Process, World};
use super::{
    ClientDefinition, CloseCause, Command, CommandRefusal, Direction, Fault, Happening,
    PacketNumber, Target,
};
use crate::broker::{Command as OperatorCommand, Input};
use crate::client::{ClientCommand, MessageProperties, OutgoingMessage};
use crate::codec::{PacketType, QoS};

impl World {
    /// Carries out a command now. One that cannot be is refused, which the trace tells.
    pub fn perform(&mut self, command: &Command) -> Option<CommandRefusal> {
        self.commands += 1;
        let refused = self.refusal(command);
        self.emit(Happening::Commanded { command: Box::new(command.clone()), refused });
        if refused.is_none() {
            self.carry_out(command);
            self.settle();
        }
        refused
    }

    /// Why a command cannot be carried out.
    fn refusal(&self, command: &Command) -> Option<CommandRefusal> {
        if let Command::OpenOutside { client } = command {
            return self.outside_refusal(client, true);
        }
        if let Command::SendOutside { client, .. } | Command::CloseOutside { client } = command {
            return self.outside_refusal(client, false);
        }
        let party = command.client().map(|name| self.party(name));
        let is_unknown = party == Some(None);
        let party = party.flatten().and_then(|index| self.clients.get(index));
        let is_outside = party.is_some_and(|party| party.outside.is_some());
        if is_outside && !is_of_link(command) {
            return Some(CommandRefusal::ClientOutside);
        }
        if matches!(command, Command::SetClient { .. }) {
            return (is_unknown && self.has_no_room()).then_some(CommandRefusal::TooManyClients);
        }
        if is_unknown {
            return Some(CommandRefusal::ClientUnknown);
        }
        match command {
            Command::Connect { .. }
            | Command::Disconnect { .. }
            | Command::Publish { .. }
            | Command::Subscribe { .. }
            | Command::Unsubscribe { .. }
            | Command::Acknowledge { .. }
            | Command::Ask { .. }
            | Command::LoseState { .. } => {
                party.filter(|party| party.is_frozen).map(|_| CommandRefusal::ClientFrozen)
            }
            Command::Cut { .. } => {
                let link = party.and_then(|party| self.links.get(&party.link?));
                match link {
                    None => Some(CommandRefusal::NotConnected),
                    Some(link) if link.is_cut => Some(CommandRefusal::CutAlready),
                    Some(_) => None,
                }
            }
            Command::Restore { client } => {
                let is_cut = !self.cut_links(client).is_empty();
                (!is_cut).then_some(CommandRefusal::NotCut)
            }
            Command::Fault { target, fault } => self.fault_refusal(target, *fault),
            Command::Operate { .. } | Command::RestartBroker { .. } => {
                self.broker().is_none().then_some(CommandRefusal::BrokerDown)
            }
            Command::SetClient { .. }
            | Command::Freeze { .. }
            | Command::Thaw { .. }
            | Command::SetLink { .. }
            | Command::OpenOutside { .. }
            | Command::SendOutside { .. }
            | Command::CloseOutside { .. }
            | Command::SkipClock { .. } => None,
        }
    }

    fn fault_refusal(&self, target: &Target, fault: Fault) -> Option<CommandRefusal> {
        if matches!(target, Target::Next { .. }) {
            // Nothing can be held before it is sent.
            return (fault == Fault::Release).then_some(CommandRefusal::NotHeld);
        }
        let Some((link, direction, packet)) = self.find(target) else {
            return Some(CommandRefusal::PacketUnknown);
        };
        let lane = self.links.get(&link)?.lane(direction);
        let is_held = lane.index_of(packet).and_then(|index| lane.items.get(index))?.is_held;
        (fault == Fault::Release && !is_held).then_some(CommandRefusal::NotHeld)
    }

    fn carry_out(&mut self, command: &Command) {
        match command {
            Command::SkipClock { ms } => self.pass_until(self.now.plus_millis(*ms)),
            Command::RestartBroker { down_ms, keep_records } => {
                self.stop_broker(*down_ms, *keep_records);
            }
            Command::Operate { request } => self.operate(request),
            Command::Fault { target, fault } => self.aim(target, *fault),
            Command::SetClient { definition } => self.set_client(definition),
            Command::OpenOutside { client } => self.open_outside(client),
            Command::SendOutside { client, .. }
            | Command::CloseOutside { client }
            | Command::Connect { client }
            | Command::Disconnect { client, .. }
            | Command::Cut { client, .. }
            | Command::Restore { client }
            | Command::Publish { client, .. }
            | Command::Subscribe { client, .. }
            | Command::Unsubscribe { client, .. }
            | Command::Acknowledge { client, .. }
            | Command::Ask { client, .. }
            | Command::Freeze { client }
            | Command::Thaw { client }
            | Command::LoseState { client }
            | Command::SetLink { client, .. } => {
                if let Some(index) = self.party(client) {
                    self.carry_out_at(index, command);
                }
            }
        }
    }

    /// Carries out what is done to one client or its link.
    fn carry_out_at(&mut self, index: usize, command: &Command) {
        if let Some(request) = self.request(command) {
            self.client_command(index, request);
            return;
        }
        let Some(party) = self.clients.get_mut(index) else { return };
        let link = party.link;
        if let Command::SendOutside { bytes, .. } = command {
            self.send_outside(index, bytes);
        } else if matches!(command, Command::CloseOutside { .. }) {
            self.close_outside(index);
        } else if matches!(command, Command::Connect { .. }) {
            self.open_link(index);
        } else if let (Command::Cut { noticed_by, .. }, Some(link)) = (command, link) {
            self.cut(link, *noticed_by);
        } else if let Command::Restore { client } = command {
            for link in self.cut_links(client) {
                self.restore(link);
            }
        } else if let Command::SetLink { link, .. } = command {
            party.link_settings = *link;
        } else if matches!(command, Command::Freeze { .. }) {
            party.is_frozen = true;
        } else if matches!(command, Command::Thaw { .. }) {
            party.is_frozen = false;
            let notices = core::mem::take(&mut party.notices_on_thaw);
            let is_cut = |link: &u64| self.links.get(link).is_some_and(|link| link.is_cut);
            if let Some(link) = link.filter(|link| notices && is_cut(link)) {
                self.client_learns(link, CloseCause::Cut);
            }
        }
    }

    /// What a command asks of the client's engine, if it asks anything.
    fn request(&mut self, command: &Command) -> Option<ClientCommand> {
        Some(match command {
            Command::Disconnect { reason_code, session_expiry_interval, .. } => {
                ClientCommand::Disconnect {
                    reason_code: *reason_code,
                    session_expiry_interval: *session_expiry_interval,
                }
            }
            Command::Publish { topic, payload, qos, retain, properties, .. } => {
                let message = message(topic, payload, *qos, *retain, properties);
                ClientCommand::Publish { tag: self.tag(), message }
            }
            Command::Subscribe { filters, subscription_identifier, user_properties, .. } => {
                ClientCommand::Subscribe {
                    tag: self.tag(),
                    filters: filters.clone(),
                    subscription_identifier: *subscription_identifier,
                    user_properties: user_properties.clone(),
                }
            }
            Command::Unsubscribe { filters, .. } => ClientCommand::Unsubscribe {
                tag: self.tag(),
                filters: filters.clone(),
                user_properties: Vec::new(),
            },
            Command::Acknowledge { packet_identifier, reason_code, .. } => {
                ClientCommand::Acknowledge {
                    packet_identifier: *packet_identifier,
                    reason_code: *reason_code,
                }
            }
            Command::Ask { request, .. } => ClientCommand::clone(request),
            Command::LoseState { .. } => ClientCommand::LoseState,
            Command::SetClient { .. }
            | Command::Connect { .. }
            | Command::Cut { .. }
            | Command::Restore { .. }
            | Command::Freeze { .. }
            | Command::Thaw { .. }
            | Command::SetLink { .. }
            | Command::OpenOutside { .. }
            | Command::SendOutside { .. }
            | Command::CloseOutside { .. }
            | Command::Fault { .. }
            | Command::RestartBroker { .. }
            | Command::SkipClock { .. }
            | Command::Operate { .. } => return None,
        })
    }

    fn set_client(&mut self, definition: &ClientDefinition) {
        let Some(index) = self.party(&definition.name) else {
            self.add_client(definition);
            return;
        };
        if let (Some(party), Some(link)) = (self.clients.get_mut(index), definition.link) {
            party.link_settings = link;
        }
        let config = Box::new(definition.config.clone());
        self.client_command(index, ClientCommand::Reconfigure(config));
    }

    fn operate(&mut self, request: &OperatorCommand) {
        if let OperatorCommand::Policy { policy } = request {
            self.policy = policy.clone();
        }
        self.broker_input(Input::Command(request.clone()));
    }

    fn stop_broker(&mut self, down_ms: u64, keep_records: bool) {
        let Process::Up(broker) = &self.process else { return };
        let config = Box::new(broker.config().clone());
        let until = self.now.plus_millis(down_ms);
        self.process = Process::Down { until, config };
        self.restarts += 1;
        self.credits.clear();
        let unpersisted = self.store.crash(self.now);
        if !keep_records {
            self.store.clear();
        }
        self.emit(Happening::BrokerStopped { unpersisted });
        let links: Vec<u64> = self.links.keys().copied().collect();
        for link in links {
            self.end_broker(link, CloseCause::BrokerStopped);
            if let Some(link) = self.links.get_mut(&link) {
                link.is_read = true;
            }
        }
    }

    /// Does `fault` to the packet that is meant, or to the next one that will be.
    fn aim(&mut self, target: &Target, fault: Fault) {
        if let Target::Next { client, direction, packet_type } = target {
            let index = self.party(client);
            if let Some(party) = index.and_then(|index| self.clients.get_mut(index)) {
                let armed = Armed { direction: *direction, packet_type: *packet_type, fault };
                party.armed.push(armed);
            }
        } else if let Some((link, direction, packet)) = self.find(target) {
            self.fault(link, direction, packet, fault);
        }
    }

    /// The packet in flight that is meant.
    fn find(&self, target: &Target) -> Option<(u64, Direction, PacketNumber)> {
        match target {
            Target::Packet { packet } => self.links.iter().find_map(|(key, link)| {
                [Direction::ToBroker, Direction::ToClient]
                    .into_iter()
                    .find(|direction| link.lane(*direction).index_of(*packet).is_some())
                    .map(|direction| (*key, direction, *packet))
            }),
            Target::InFlight { client, direction, packet_type } => {
                let client = self.party(client)?;
                let wanted =
                    |found: Option<PacketType>| packet_type.is_none() || found == *packet_type;
                self.links.iter().filter(|(_, link)| link.client == client).find_map(
                    |(key, link)| {
                        let mut items = link.lane(*direction).items.iter();
                        items.find_map(|item| match &item.cargo {
                            Cargo::Packet(flight) if wanted(flight.packet_type) => {
                                Some((*key, *direction, flight.packet))
                            }
                            Cargo::Packet(_) | Cargo::Open | Cargo::Close => None,
                        })
                    },
                )
            }
            Target::Next { .. } => None,
        }
    }

    /// The links of a client that are cut.
    fn cut_links(&self, client: &str) -> Vec<u64> {
        let client = self.party(client);
        let links = self.links.iter().filter(|(_, link)| link.is_cut);
        links.filter(|(_, link)| Some(link.client) == client).map(|(key, _)| *key).collect()
    }

    /// Whether there is no room for another client.
    pub(super) fn has_no_room(&self) -> bool {
        self.clients.len() >= CLIENTS_MAX
    }

    fn tag(&mut self) -> u64 {
        let tag = self.next_tag;
        self.next_tag += 1;
        tag
    }
}

/// Whether a command is about a client's link and not about the client.
const fn is_of_link(command: &Command) -> bool {
    matches!(
        command,
        Command::Cut { .. }
            | Command::Restore { .. }
            | Command::SetLink { .. }
            | Command::Fault { .. }
    )
}

fn message(
    topic: &str,
    payload: &Payload,
    qos: QoS,
    retain: bool,
    properties: &MessageProperties,
) -> OutgoingMessage {
    OutgoingMessage {
        topic: topic.to_owned(),
        payload: payload.as_bytes().to_vec(),
        qos,
        retain,
        properties: properties.clone(),
    }
}
