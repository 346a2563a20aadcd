//! One line for each connection.

use afterlink_core::broker::{DisconnectReason, Event};
use afterlink_core::codec::ProtocolVersion;

use super::Shard;

impl Shard {
    /// Logs what happens to connections. At `info` each has one line: when its client is
    /// connected, or when it ends without one. Texts of a peer are shown quoted and escaped.
    pub(super) fn event(&mut self, event: &Event) {
        let (Event::Connected { connection: id, .. } | Event::Disconnected { connection: id, .. }) =
            event
        else {
            return;
        };
        let Some(connection) = self.connection(*id) else { return };
        let peer = connection.peer;
        if let Event::Connected { client_identifier, version, session_present, .. } = event {
            connection.accepted = true;
            tracing::info!(
                %peer,
                client = client_identifier.as_str(),
                version = version_name(*version),
                session_present,
                "client connected"
            );
        } else if let Event::Disconnected { client_identifier, reason, .. } = event {
            let (reason, code) = reason_name(*reason);
            match client_identifier {
                Some(client) => {
                    let client = client.as_str();
                    tracing::debug!(%peer, client, code, "client disconnected: {reason}");
                }
                None => tracing::info!(%peer, code, "no client connected: {reason}"),
            }
        }
    }
}

const fn version_name(version: ProtocolVersion) -> &'static str {
    match version {
        ProtocolVersion::V3_1 => "3.1",
        ProtocolVersion::V3_1_1 => "3.1.1",
        ProtocolVersion::V5 => "5.0",
    }
}

/// Who ended a connection, and the Reason Code if there was one.
fn reason_name(reason: DisconnectReason) -> (&'static str, Option<&'static str>) {
    match reason {
        DisconnectReason::Client { reason_code } => ("by the client", reason_code.name()),
        DisconnectReason::Network => ("network connection lost", None),
        DisconnectReason::Broker { reason_code } => ("by the broker", reason_code.name()),
        DisconnectReason::Refused { reason_code } => ("refused", reason_code.name()),
    }
}
