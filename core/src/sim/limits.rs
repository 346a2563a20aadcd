//! What a scenario may hold, and what is said of one that holds more.

use core::fmt;

use super::size::{config_size, size};
use super::{ClientDefinition, Command, LinkSettings, Scenario, Settings};
use crate::broker::Command as OperatorCommand;

/// Clients in one World.
pub(super) const CLIENTS_MAX: usize = 64;

/// Limits of a scenario that comes from outside, each with its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScenarioLimits {
    /// Bytes of a scenario file, before it is read.
    pub file_bytes_max: usize,
    /// Commands.
    pub commands_max: usize,
    /// Clients that are there from the start; no more than 64 can ever be.
    pub clients_max: usize,
    /// Bytes of a client's name and of the title.
    pub name_bytes_max: usize,
    /// Bytes of texts and payloads of one command or client.
    pub command_bytes_max: usize,
    /// Bytes of texts and payloads in all.
    pub bytes_max: usize,
    /// Topic Filters or User Properties of one command.
    pub list_len_max: usize,
    /// Milliseconds from the start to a command, and of a clock that is skipped.
    pub time_ms_max: u64,
    /// Milliseconds of a delay.
    pub delay_ms_max: u32,
    /// The largest seed and start; what JavaScript can count to exactly.
    pub number_max: u64,
}

/// Why a scenario is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScenarioError {
    /// It is of another version.
    Version {
        /// Which.
        version: u32,
    },
    /// Something in it goes beyond a limit.
    TooMuch {
        /// Where: the number of the command, from 0; absent for the settings.
        command: Option<usize>,
        /// What.
        what: &'static str,
        /// How much it is.
        found: u64,
        /// How much it may be.
        max: u64,
    },
    /// A number that may not be 0 is.
    Zero {
        /// Which.
        what: &'static str,
    },
    /// Two clients have one name, or one has none.
    ClientName {
        /// The name.
        name: String,
    },
    /// A command comes before the one that stands in front of it.
    Order {
        /// The number of the command, from 0.
        command: usize,
    },
}

impl Default for ScenarioLimits {
    fn default() -> Self {
        const YEAR_MS: u64 = 31_557_600_000;
        Self {
            file_bytes_max: 1 << 20,
            commands_max: 10_000,
            clients_max: CLIENTS_MAX,
            name_bytes_max: 100,
            command_bytes_max: 64 * 1024,
            bytes_max: 4 << 20,
            list_len_max: 100,
            time_ms_max: 100 * YEAR_MS,
            delay_ms_max: 3_600_000,
            number_max: (1 << 53) - 1,
        }
    }
}

impl ScenarioLimits {
    /// Checks the length of a scenario file, before anything of it is read.
    ///
    /// # Errors
    ///
    /// If it is longer than a scenario file may be.
    pub fn check_file(&self, bytes: usize) -> Result<(), ScenarioError> {
        at_most(None, "bytes of the file", bytes, self.file_bytes_max)
    }

    /// Checks a whole scenario.
    ///
    /// # Errors
    ///
    /// If its version is another, a limit is passed, names are ambiguous, or commands are not in
    /// the order of time.
    pub fn check(&self, scenario: &Scenario) -> Result<(), ScenarioError> {
        check_version(scenario.version)?;
        at_most(None, "bytes of the title", scenario.title.len(), self.name_bytes_max)?;
        self.check_settings(&scenario.settings)?;
        at_most(None, "commands", scenario.commands.len(), self.commands_max)?;
        let (mut bytes, mut before) = (0_usize, 0);
        for (index, timed) in scenario.commands.iter().enumerate() {
            if timed.at < before {
                return Err(ScenarioError::Order { command: index });
            }
            before = timed.at;
            bytes = bytes.saturating_add(size(&timed.command).bytes);
            self.check_command(index, timed.at, &timed.command)?;
        }
        at_most(None, "bytes of all commands", bytes, self.bytes_max)
    }

    /// Checks settings.
    ///
    /// # Errors
    ///
    /// If a limit is passed, or names are ambiguous.
    pub fn check_settings(&self, settings: &Settings) -> Result<(), ScenarioError> {
        let numbers = [("seed", settings.seed), ("start", settings.start.as_millis())];
        for (what, number) in numbers {
            limit(None, what, number, self.number_max)?;
        }
        at_most(None, "clients", settings.clients.len(), self.clients_max.min(CLIENTS_MAX))?;
        self.check_delay(None, settings.persist_ms)?;
        self.check_link(None, &settings.link)?;
        check_broker(&settings.broker)?;
        for (index, client) in settings.clients.iter().enumerate() {
            self.check_client(None, client)?;
            if settings.clients.iter().take(index).any(|other| other.name == client.name) {
                return Err(ScenarioError::ClientName { name: client.name.clone() });
            }
        }
        Ok(())
    }

    /// Checks the command number `index` of a scenario, at `at` milliseconds after its start.
    ///
    /// # Errors
    ///
    /// If a limit is passed.
    pub fn check_command(
        &self,
        index: usize,
        at: u64,
        command: &Command,
    ) -> Result<(), ScenarioError> {
        let place = Some(index);
        limit(place, "milliseconds from the start", at, self.time_ms_max)?;
        let size = size(command);
        at_most(place, "bytes of a command", size.bytes, self.command_bytes_max)?;
        at_most(place, "entries of a list", size.list_len, self.list_len_max)?;
        if let Some(name) = command.client() {
            at_most(place, "bytes of a client's name", name.len(), self.name_bytes_max)?;
            // The name may be a new one.
            if name.is_empty() && matches!(command, Command::OpenOutside { .. }) {
                return Err(ScenarioError::ClientName { name: String::new() });
            }
        }
        if let Command::SetClient { definition } = command {
            self.check_client(place, definition)?;
        } else if let Command::SetLink { link, .. } = command {
            self.check_link(place, link)?;
        } else if let Command::Fault { fault: super::Fault::Delay { ms }, .. } = command {
            self.check_delay(place, *ms)?;
        } else if let Command::SkipClock { ms } | Command::RestartBroker { down_ms: ms, .. } =
            command
        {
            limit(place, "milliseconds", *ms, self.time_ms_max)?;
        } else if let Command::Operate { request } = command
            && let OperatorCommand::Config { config } = &**request
        {
            check_broker(config)?;
        }
        Ok(())
    }

    fn check_client(
        &self,
        place: Option<usize>,
        client: &ClientDefinition,
    ) -> Result<(), ScenarioError> {
        if client.name.is_empty() {
            return Err(ScenarioError::ClientName { name: String::new() });
        }
        at_most(place, "bytes of a client's name", client.name.len(), self.name_bytes_max)?;
        let size = config_size(&client.config);
        at_most(place, "bytes of a client", size.bytes, self.command_bytes_max)?;
        at_most(place, "entries of a list", size.list_len, self.list_len_max)?;
        client.link.as_ref().map_or(Ok(()), |link| self.check_link(place, link))
    }

    fn check_link(&self, place: Option<usize>, link: &LinkSettings) -> Result<(), ScenarioError> {
        self.check_delay(place, link.to_broker_ms)?;
        self.check_delay(place, link.to_client_ms)
    }

    fn check_delay(&self, place: Option<usize>, ms: u32) -> Result<(), ScenarioError> {
        limit(place, "milliseconds of delay", ms.into(), self.delay_ms_max.into())
    }
}

impl super::ScenarioVersion {
    /// Checks that the version is one that is read.
    ///
    /// # Errors
    ///
    /// If it is another.
    pub const fn check(self) -> Result<(), ScenarioError> {
        check_version(self.version)
    }
}

const fn check_version(version: u32) -> Result<(), ScenarioError> {
    if version == Scenario::VERSION { Ok(()) } else { Err(ScenarioError::Version { version }) }
}

/// A broker that may do nothing in one call would never be done with its work.
const fn check_broker(config: &crate::broker::Config) -> Result<(), ScenarioError> {
    if config.limits.work_per_call_max == 0 {
        return Err(ScenarioError::Zero { what: "work_per_call_max" });
    }
    Ok(())
}

fn at_most(
    command: Option<usize>,
    what: &'static str,
    found: usize,
    max: usize,
) -> Result<(), ScenarioError> {
    limit(command, what, found as u64, max as u64)
}

const fn limit(
    command: Option<usize>,
    what: &'static str,
    found: u64,
    max: u64,
) -> Result<(), ScenarioError> {
    if found > max {
        return Err(ScenarioError::TooMuch { command, what, found, max });
    }
    Ok(())
}

impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version { version } => write!(
                f,
                "the scenario is of version {version}; version {} is read here",
                Scenario::VERSION
            ),
            Self::TooMuch { command, what, found, max } => {
                if let Some(command) = command {
                    write!(f, "command {command}: ")?;
                }
                write!(f, "{found} {what}, at most {max} are allowed")
            }
            Self::Zero { what } => write!(f, "{what} may not be 0"),
            Self::ClientName { name } if name.is_empty() => f.write_str("a client has no name"),
            Self::ClientName { name } => write!(f, "two clients have the name \"{name}\""),
            Self::Order { command } => {
                write!(f, "command {command} comes before the one in front of it")
            }
        }
    }
}

impl core::error::Error for ScenarioError {}
