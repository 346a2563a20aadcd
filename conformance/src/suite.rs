//! All scripts.

use crate::parse::parse;
use crate::script::Script;

macro_rules! files {
    ($($name:literal)*) => {
        [$(($name, include_str!(concat!("../scripts/", $name, ".txt")))),*]
    };
}

const FILES: &[(&str, &str)] = &files! {
    "authentication"
    "connect"
    "deliver"
    "disconnect"
    "expiry"
    "flow_control"
    "keep_alive"
    "malformed"
    "publish"
    "retained"
    "session"
    "shared"
    "subscribe"
    "takeover"
    "topic"
    "unsubscribe"
    "will"
};

/// All scripts, file by file.
///
/// # Panics
///
/// Never: that all files can be read is a test.
#[must_use]
pub fn scripts() -> Vec<Script> {
    let mut scripts = Vec::new();
    for (name, text) in FILES {
        match parse(name, text) {
            Ok(more) => scripts.extend(more),
            Err(error) => panic!("scripts/{name}.txt:{}: {}", error.line, error.message),
        }
    }
    scripts
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_file_can_be_read_and_no_two_scripts_share_a_name() {
        let scripts = scripts();
        let names: BTreeSet<_> = scripts.iter().map(|script| &script.name).collect();
        assert_eq!(names.len(), scripts.len());
    }
}
