//! What the sources of the core, and of the conformance suite, must not name.

use super::Finding;
use super::code::code_only;
use super::tree::Source;

/// Conditions that make two platforms two programs.
const PLATFORMS: &[&str] = &[
    "target_arch",
    "target_endian",
    "target_env",
    "target_family",
    "target_feature",
    "target_has_atomic",
    "target_os",
    "target_pointer_width",
    "target_vendor",
    "(unix)",
    "(windows)",
];

/// Crates and modules of a driver.
const DRIVER: &[&str] = &[
    "tokio",
    "axum",
    "hyper",
    "tungstenite",
    "rustls",
    "wasm_bindgen",
    "js_sys",
    "getrandom",
    "std::net::Tcp",
    "std::net::Udp",
    "std::fs",
    "std::thread",
    "std::process",
    "std::env",
];

/// What has no I/O.
const PURE: &[&str] = &["core/src/", "conformance/src/"];

pub(super) fn check(source: &Source, findings: &mut Vec<Finding>) {
    let Some(place) = PURE.iter().find(|place| source.is_rust_below(place)) else { return };
    let code = code_only(&source.text);
    for (number, line) in (1..).zip(code.lines()) {
        if line.contains("cfg")
            && let Some(platform) = PLATFORMS.iter().find(|platform| line.contains(**platform))
        {
            let message = format!("{place} is one program on all platforms: `{platform}`");
            findings.push(Finding::new(source, number, message));
        }
        for driver in DRIVER.iter().filter(|driver| names(line, driver)) {
            let message = format!("{place} knows nothing of its driver: `{driver}`");
            findings.push(Finding::new(source, number, message));
        }
    }
}

/// Whether a line of code names a path that begins so.
fn names(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_')
            && !line[at + path.len()..].starts_with('_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tree::source;

    fn count(path: &str, text: &str) -> usize {
        let mut findings = Vec::new();
        check(&source(path, text), &mut findings);
        findings.len()
    }

    #[test]
    fn conditions_on_the_platform_are_found() {
        for condition in [
            "#[cfg(target_arch = \"wasm32\")]",
            "#[cfg_attr(not(target_os = \"linux\"), allow(x))]",
            "if cfg!(target_pointer_width = \"64\") {}",
            "#[cfg(unix)]",
        ] {
            assert_eq!(count("core/src/a.rs", condition), 1, "{condition}");
            assert_eq!(count("server/src/a.rs", condition), 0, "{condition}");
        }
    }

    #[test]
    fn other_conditions_are_fine() {
        assert_eq!(count("core/src/a.rs", "#[cfg(test)]\n#[cfg(debug_assertions)]"), 0);
    }

    #[test]
    fn the_driver_is_found() {
        assert_eq!(count("core/src/a.rs", "use tokio::sync::mpsc;"), 1);
        assert_eq!(count("core/src/a.rs", "use std::net::TcpStream;"), 1);
        assert_eq!(count("conformance/src/a.rs", "use std::net::TcpStream;"), 1);
        assert_eq!(count("core/src/a.rs", "let x = std::fs::read(path);"), 1);
    }

    #[test]
    fn an_address_is_data_and_a_comment_is_prose() {
        assert_eq!(count("core/src/a.rs", "use std::net::IpAddr; // as tokio has it"), 0);
    }
}
