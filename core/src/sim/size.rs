//! How much a command holds, which limits are asked of.

use super::{Command, Target};
use crate::broker::Command as OperatorCommand;
use crate::client::{ClientCommand, ClientConfig, MessageProperties, WillConfig};

/// How much someone else's data is.
#[derive(Clone, Copy, Default)]
pub(super) struct Size {
    /// Bytes of texts and payloads.
    pub(super) bytes: usize,
    /// The longest list.
    pub(super) list_len: usize,
}

impl Size {
    const fn bytes(mut self, bytes: usize) -> Self {
        self.bytes = self.bytes.saturating_add(bytes);
        self
    }

    fn texts<'a>(mut self, texts: impl ExactSizeIterator<Item = &'a String>) -> Self {
        self.list_len = self.list_len.max(texts.len());
        texts.fold(self, |size, text| size.bytes(text.len()))
    }

    fn text(self, text: Option<&String>) -> Self {
        self.bytes(text.map_or(0, String::len))
    }

    fn pairs(mut self, pairs: &[(String, String)]) -> Self {
        self.list_len = self.list_len.max(pairs.len());
        pairs.iter().fold(self, |size, (name, value)| size.bytes(name.len()).bytes(value.len()))
    }

    fn properties(self, properties: &MessageProperties) -> Self {
        self.pairs(&properties.user_properties)
            .text(properties.content_type.as_ref())
            .text(properties.response_topic.as_ref())
            .bytes(properties.correlation_data.as_ref().map_or(0, Vec::len))
    }

    fn will(self, will: &WillConfig) -> Self {
        self.bytes(will.topic.len()).bytes(will.payload.len()).properties(&will.properties)
    }
}

/// How much a command holds.
pub(super) fn size(command: &Command) -> Size {
    let size = Size::default().bytes(command.client().map_or(0, str::len));
    match command {
        Command::SetClient { definition } => config_size(&definition.config),
        Command::Publish { topic, payload, properties, .. } => {
            size.bytes(topic.len()).bytes(payload.as_bytes().len()).properties(properties)
        }
        Command::Subscribe { filters, user_properties, .. } => {
            size.texts(filters.iter().map(|request| &request.filter)).pairs(user_properties)
        }
        Command::Unsubscribe { filters, .. } => size.texts(filters.iter()),
        Command::Ask { request, .. } => request_size(size, request),
        Command::SendOutside { bytes, .. } => size.bytes(bytes.len()),
        Command::Operate { request } => operator_size(request),
        Command::Fault { target, .. } => match target {
            Target::Packet { .. } => size,
            Target::InFlight { client, .. } | Target::Next { client, .. } => {
                size.bytes(client.len())
            }
        },
        Command::Connect { .. }
        | Command::Disconnect { .. }
        | Command::Cut { .. }
        | Command::Restore { .. }
        | Command::Acknowledge { .. }
        | Command::Freeze { .. }
        | Command::Thaw { .. }
        | Command::LoseState { .. }
        | Command::SetLink { .. }
        | Command::OpenOutside { .. }
        | Command::CloseOutside { .. }
        | Command::RestartBroker { .. }
        | Command::SkipClock { .. } => size,
    }
}

fn request_size(size: Size, request: &ClientCommand) -> Size {
    match request {
        ClientCommand::Publish { message, .. } => size
            .bytes(message.topic.len())
            .bytes(message.payload.len())
            .properties(&message.properties),
        ClientCommand::Subscribe { filters, user_properties, .. } => {
            size.texts(filters.iter().map(|request| &request.filter)).pairs(user_properties)
        }
        ClientCommand::Unsubscribe { filters, user_properties, .. } => {
            size.texts(filters.iter()).pairs(user_properties)
        }
        ClientCommand::Authenticate { authentication_data, .. } => {
            size.bytes(authentication_data.as_ref().map_or(0, |data| data.as_bytes().len()))
        }
        ClientCommand::Reconfigure(config) => config_size(config),
        ClientCommand::Transmit { bytes } => size.bytes(bytes.len()),
        ClientCommand::Acknowledge { .. }
        | ClientCommand::Disconnect { .. }
        | ClientCommand::Ping
        | ClientCommand::LoseState => size,
    }
}

fn operator_size(request: &OperatorCommand) -> Size {
    let size = Size::default();
    match request {
        OperatorCommand::Policy { policy } => {
            let filters = policy.refuse_publish.iter().chain(&policy.refuse_receive);
            let size = filters.fold(size, |size, filter| size.bytes(filter.as_str().len()));
            let list_len = policy.refuse_publish.len().max(policy.refuse_receive.len());
            Size { list_len, ..size }
        }
        OperatorCommand::Config { config } => size.text(config.response_information.as_ref()),
        OperatorCommand::Publish { topic, payload, .. } => {
            size.bytes(topic.len()).bytes(payload.len())
        }
        OperatorCommand::Disconnect { client_identifier, .. }
        | OperatorCommand::ExpireSession { client_identifier }
        | OperatorCommand::PurgeQueue { client_identifier }
        | OperatorCommand::DropMessage { client_identifier, .. } => {
            size.bytes(client_identifier.len())
        }
        OperatorCommand::Shutdown => size,
    }
}

/// How much the settings of a client hold.
pub(super) fn config_size(config: &ClientConfig) -> Size {
    let secrets = [&config.password, &config.authentication_data];
    let secrets = secrets.into_iter().flatten().map(|secret| secret.as_bytes().len());
    let size = Size::default()
        .bytes(config.client_identifier.len())
        .bytes(secrets.sum())
        .text(config.user_name.as_ref())
        .text(config.authentication_method.as_ref())
        .pairs(&config.user_properties);
    config.will.as_ref().map_or(size, |will| size.will(will))
}
