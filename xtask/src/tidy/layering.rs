//! Who may know whom in the core.

use super::Finding;
use super::code::code_only;
use super::tree::Source;

/// The layers of the core and, for each, those it must not name.
///
/// The codec knows nothing above it; topics know strings; authorization knows topics; a Session
/// knows packets, not connections; the two engines do not know each other.
const LAYERS: &[(&str, &[&str])] = &[
    ("time", &["codec", "topic", "authorization", "session", "broker", "client", "sim"]),
    ("ordered", &["codec", "topic", "authorization", "session", "broker", "client", "sim"]),
    ("value", &["codec", "topic", "authorization", "session", "broker", "client", "sim"]),
    ("random", &["codec", "topic", "authorization", "session", "broker", "client", "sim"]),
    ("codec", &["topic", "authorization", "session", "broker", "client", "sim"]),
    ("topic", &["codec", "authorization", "session", "broker", "client", "sim"]),
    ("authorization", &["session", "broker", "client", "sim"]),
    ("session", &["broker", "client", "sim"]),
    ("broker", &["client", "sim"]),
    ("client", &["broker", "sim"]),
];

pub(super) fn check(source: &Source, findings: &mut Vec<Finding>) {
    let Some(path) = source.path.strip_prefix("core/src/") else { return };
    let Some(module) = path.strip_suffix(".rs") else { return };
    let module: Vec<&str> = module.split('/').filter(|name| *name != "mod").collect();
    let layer = LAYERS.iter().find(|(layer, _)| module.first() == Some(layer));
    let Some((layer, foreign)) = layer else { return };
    let code = code_only(&source.text);
    for (at, root) in roots(&code, module.len()) {
        for name in first_names(&code[root..]) {
            if foreign.contains(&name) {
                let line = code[..at].matches('\n').count() + 1;
                let message = format!("`{layer}` must not know `{name}`");
                findings.push(Finding::new(source, line, message));
            }
        }
    }
}

/// Where the code names the root of the crate, and where the path from there goes on.
///
/// That is `crate::`, the crate's own name, and as many `super::` as the module is deep; inside
/// an inline module that many reach less far, which is harmless: no module but a layer has a
/// layer's name.
fn roots(code: &str, depth: usize) -> Vec<(usize, usize)> {
    let upwards = "super::".repeat(depth);
    let mut roots = Vec::new();
    for root in ["crate::", "afterlink_core::", &upwards] {
        for (at, _) in code.match_indices(root) {
            if !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':') {
                roots.push((at, at + root.len()));
            }
        }
    }
    roots
}

/// The names a path begins with: one, or the first of each branch of a group in braces.
fn first_names(path: &str) -> Vec<&str> {
    let Some(group) = path.trim_start().strip_prefix('{') else {
        return vec![name(path)];
    };
    let mut names = vec![name(group)];
    let mut depth = 1_u32;
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => names.push(name(&group[at + 1..])),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    names
}

fn name(text: &str) -> &str {
    let text = text.trim_start();
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tree::source;

    fn breaches(path: &str, text: &str) -> Vec<String> {
        let mut findings = Vec::new();
        check(&source(path, text), &mut findings);
        findings.iter().map(|finding| format!("{} {}", finding.line, finding.message)).collect()
    }

    #[test]
    fn a_layer_must_not_name_one_above() {
        let breach = ["2 `codec` must not know `broker`"];
        assert_eq!(breaches("core/src/codec/a.rs", "\nuse crate::broker::Broker;"), breach);
        assert_eq!(breaches("core/src/codec.rs", "\nfn f(x: crate::broker::X) {}"), breach);
        assert_eq!(breaches("core/src/topic/mod.rs", "use crate::codec;").len(), 1);
        assert_eq!(breaches("core/src/session/mod.rs", "use crate::broker::X;").len(), 1);
        assert_eq!(breaches("core/src/client/mod.rs", "use crate::broker::X;").len(), 1);
    }

    #[test]
    fn groups_are_looked_into() {
        let text = "use crate::{\n    codec::{Packet, QoS},\n    sim,\n    topic,\n};";
        assert_eq!(breaches("core/src/codec/a.rs", text).len(), 2);
        assert!(breaches("core/src/codec/a.rs", "use crate::{codec::{self, topic}};").is_empty());
    }

    #[test]
    fn the_way_up_is_followed() {
        let deep = "core/src/codec/packet/connect.rs";
        assert_eq!(breaches(deep, "use super::super::super::topic::X;").len(), 1);
        assert!(breaches(deep, "use super::super::topic::X;").is_empty());
        assert_eq!(breaches("core/src/codec/mod.rs", "use super::topic::X;").len(), 1);
    }

    #[test]
    fn the_way_down_is_open() {
        assert!(breaches("core/src/broker/a.rs", "use crate::{codec, session, topic};").is_empty());
        assert!(breaches("core/src/sim/a.rs", "use crate::{broker, client};").is_empty());
    }

    #[test]
    fn comments_and_strings_are_no_use() {
        let text = "//! See [`crate::broker`].\nconst A: &str = \"crate::broker\";";
        assert!(breaches("core/src/codec/a.rs", text).is_empty());
    }
}
