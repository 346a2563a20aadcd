//! Scripts on the core, under a clock that only moves when nothing else is left to do.

use std::collections::BTreeMap;

use afterlink_core::Timestamp;
use afterlink_core::broker::{Broker, Config, ConnectionId, Input, Output};
use afterlink_core::codec::{QoS, packet_length};

use crate::pieces::Pieces;
use crate::run::{Action, Connection, Outcome, Patience, Run};
use crate::script::{Script, Version};

/// When virtual time begins.
const START: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// Bytes the broker may have on their way to a client.
const SEND_CREDIT: u32 = 1 << 20;

/// Plays a script in `version` on a broker of its own, with what is sent cut by `seed`.
#[must_use]
pub fn play(script: &Script, version: Version, seed: u64) -> Outcome {
    play_through(script, version, seed, |told| vec![told])
}

/// What a broker does to a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// It sends a packet.
    Packet(Vec<u8>),
    /// It closes.
    Closed,
}

/// The same with a broker between which and its clients stands `tamper`: it gives what comes of
/// all that the broker does, so that a broker with a fault can be played.
#[must_use]
pub fn play_through(
    script: &Script,
    version: Version,
    seed: u64,
    tamper: impl FnMut(Told) -> Vec<Told>,
) -> Outcome {
    let config = match config(&script.settings) {
        Ok(config) => config,
        Err(why) => return Outcome::skipped(script, version, why),
    };
    let mut run = Run::new(script, version, "run", Patience::VIRTUAL);
    let mut world = World {
        broker: Broker::new(config, [7; 32], START),
        now: START,
        pieces: Pieces::new(seed),
        peers: BTreeMap::new(),
        tamper,
    };
    world.play(&mut run);
    run.finish()
}

/// The settings of a broker that has these besides its defaults, by the keys of a config file.
///
/// # Errors
///
/// If there is no such key, or no such value.
pub fn config(settings: &[(String, String)]) -> Result<Config, String> {
    let mut all = serde_json::to_value(Config::default()).map_err(|error| error.to_string())?;
    for (key, value) in settings {
        // The core has no table of policies, and a name for each QoS.
        let path = key.strip_prefix("policies.").unwrap_or(key).replace('.', "/");
        let place = all.pointer_mut(&format!("/{path}"));
        let place = place.ok_or_else(|| format!("there is no {key}"))?;
        *place = if key == "capabilities.maximum_qos" {
            let qos = value.parse().ok().and_then(QoS::from_bits);
            serde_json::to_value(qos).map_err(|error| error.to_string())?
        } else {
            serde_json::from_str(value).unwrap_or_else(|_| value.as_str().into())
        };
    }
    serde_json::from_value(all).map_err(|error| error.to_string())
}

/// What the driver knows of a connection.
#[derive(Default)]
struct Peer {
    /// Whether the broker asked not to be given more for now.
    is_paused: bool,
    /// Bytes that wait until it takes more.
    waiting: Vec<u8>,
}

struct World<T> {
    broker: Broker,
    now: Timestamp,
    pieces: Pieces,
    peers: BTreeMap<u64, Peer>,
    tamper: T,
}

impl<T: FnMut(Told) -> Vec<Told>> World<T> {
    fn play(&mut self, run: &mut Run<'_>) {
        loop {
            while let Some(action) = run.poll_action() {
                self.act(run, action);
            }
            if run.is_done() {
                return;
            }
            let until = run.wake_at().map_or(self.now, |at| START.plus_millis(at));
            match self.broker.next_timeout().filter(|at| *at <= until) {
                Some(at) => {
                    self.now = self.now.max(at);
                    self.input(run, Input::Timeout);
                }
                None => {
                    self.now = self.now.max(until);
                    run.handle_time(self.elapsed());
                }
            }
        }
    }

    fn elapsed(&self) -> u64 {
        self.now.millis_since(START)
    }

    fn act(&mut self, run: &mut Run<'_>, action: Action) {
        match action {
            Action::Open { connection } => {
                let connection = ConnectionId(u64::from(connection.0));
                self.peers.insert(connection.0, Peer::default());
                let opened = Input::Opened { connection, send_credit: SEND_CREDIT, address: None };
                self.input(run, opened);
            }
            Action::Send { connection, bytes } => {
                let connection = u64::from(connection.0);
                if let Some(peer) = self.peers.get_mut(&connection) {
                    peer.waiting.extend(bytes);
                }
                self.give(run, connection);
            }
            Action::Close { connection } => {
                let connection = u64::from(connection.0);
                if self.peers.remove(&connection).is_some() {
                    self.input(run, Input::Closed { connection: ConnectionId(connection) });
                }
            }
        }
    }

    /// Gives the broker what waits for it, piece by piece, as long as it takes it.
    fn give(&mut self, run: &mut Run<'_>, connection: u64) {
        while let Some(peer) = self.peers.get_mut(&connection)
            && !peer.is_paused
            && !peer.waiting.is_empty()
        {
            let len = self.pieces.next_len(peer.waiting.len());
            let piece: Vec<u8> = peer.waiting.drain(..len).collect();
            let connection = ConnectionId(connection);
            self.input(run, Input::Received { connection, bytes: &piece });
        }
    }

    fn input(&mut self, run: &mut Run<'_>, input: Input<'_>) {
        self.broker.handle_input(self.now, input);
        loop {
            let mut told = Vec::new();
            let mut flushed = Vec::new();
            let mut resumed = Vec::new();
            while let Some(output) = self.broker.poll_output() {
                match output {
                    Output::Transmit { connection, head, payload } => {
                        let bytes = [head, payload].concat();
                        flushed.push((connection, bytes.len()));
                        told.push((connection, Some(bytes)));
                    }
                    Output::Read { connection, on } => {
                        if let Some(peer) = self.peers.get_mut(&connection.0) {
                            peer.is_paused = !on;
                        }
                        resumed.extend(on.then_some(connection.0));
                    }
                    Output::Close { connection } => told.push((connection, None)),
                    // Nobody asked for records, verdicts or events.
                    Output::Persist { .. } | Output::Authenticate { .. } | Output::Event(_) => {}
                }
            }
            let is_quiet = flushed.is_empty() && resumed.is_empty();
            for (connection, len) in flushed {
                let len = u32::try_from(len).unwrap_or(u32::MAX);
                self.broker.handle_input(self.now, Input::Flushed { connection, len });
            }
            for (connection, what) in told {
                self.tell(run, connection, what);
            }
            for connection in resumed {
                self.give(run, connection);
            }
            if is_quiet {
                return;
            }
        }
    }

    fn tell(&mut self, run: &mut Run<'_>, connection: ConnectionId, what: Option<Vec<u8>>) {
        let Some(number) = u32::try_from(connection.0).ok().map(Connection) else { return };
        let all = match what {
            Some(bytes) => packets(&bytes).map(Told::Packet).collect(),
            None => {
                self.peers.remove(&connection.0);
                vec![Told::Closed]
            }
        };
        for told in all.into_iter().flat_map(&mut self.tamper) {
            let elapsed = self.now.millis_since(START);
            match told {
                Told::Packet(bytes) => run.handle_bytes(elapsed, number, &bytes),
                Told::Closed => run.handle_closed(elapsed, number),
            }
        }
    }
}

/// The packets of a Transmit, which holds whole ones.
fn packets(mut bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    core::iter::from_fn(move || {
        let len = packet_length(bytes, usize::MAX).ok()??;
        let (packet, rest) = bytes.split_at_checked(len)?;
        bytes = rest;
        Some(packet.to_vec())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(key: &str, value: &str) -> Result<Config, String> {
        config(&[(key.to_owned(), value.to_owned())])
    }

    #[test]
    fn settings_are_those_of_a_config_file() {
        assert_eq!(of("limits.receive_maximum", "2").map(|of| of.limits.receive_maximum), Ok(2));
        let maximum_qos = of("capabilities.maximum_qos", "1").map(|of| of.capabilities.maximum_qos);
        assert_eq!(maximum_qos, Ok(QoS::AtLeastOnce));
        let information =
            of("policies.response_information", "a/").map(|of| of.response_information);
        assert_eq!(information, Ok(Some("a/".to_owned())));
        for (key, value) in [
            ("limits.nothing", "1"),
            ("limits.receive_maximum", "many"),
            ("capabilities.maximum_qos", "3"),
        ] {
            assert!(of(key, value).is_err(), "{key}={value}");
        }
    }
}
