//! What a server does wrong, as seen by a client.

use super::Refusal;
use crate::codec::{DecodeError, ReasonCode};

/// A fault that ends the connection [MQTT-4.13.2-1].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) reason_code: ReasonCode,
    pub(super) detail: String,
}

impl Fault {
    pub(super) fn new(reason_code: ReasonCode, detail: &str) -> Self {
        Self { reason_code, detail: detail.to_owned() }
    }

    /// Something the standard calls a Protocol Error.
    pub(super) fn protocol_error(detail: &str) -> Self {
        Self::new(ReasonCode::PROTOCOL_ERROR, detail)
    }

    /// The server does not take the answer that the protocol demands.
    pub(super) fn unanswerable(refusal: Refusal) -> Self {
        let detail = format!("no answer is possible: {refusal}");
        Self { reason_code: ReasonCode::PACKET_TOO_LARGE, detail }
    }
}

impl From<DecodeError> for Fault {
    fn from(error: DecodeError) -> Self {
        Self { reason_code: error.reason_code(), detail: error.to_string() }
    }
}
