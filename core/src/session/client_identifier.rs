//! Client Identifier (§3.1.3.1).

use core::borrow::Borrow;
use core::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The name of a client, and of its session.
///
/// Shared by reference count, since views, events and records name it often.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClientIdentifier(Arc<str>);

impl ClientIdentifier {
    /// The identifier `text`, which has been checked as a UTF-8 Encoded String.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// The identifier as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for ClientIdentifier {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ClientIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ClientIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_shown_as_the_text_it_is() {
        let identifier = ClientIdentifier::new("a \"b\"");
        assert_eq!(identifier.to_string(), "a \"b\"");
        assert_eq!(format!("{identifier:?}"), "\"a \\\"b\\\"\"");
    }
}
