//! Where the tests that the tables name are to be found.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Whether `test` looks at the server: at the broker, the server around it, or what all share.
pub(crate) fn is_of_server(test: &str) -> bool {
    !test.starts_with("client::")
}

/// Whether `test` looks at the client. The codec and topics are the client's as well, and the
/// demo of the server is a client over real networks.
pub(crate) fn is_of_client(test: &str) -> bool {
    let starts =
        ["client::", "codec_", "topic_", "core::codec::", "core::topic::", "server::demo::"];
    starts.iter().any(|start| test.starts_with(start))
}

/// The names of the tests in each file that was looked into.
#[derive(Default)]
pub(crate) struct Tests(RefCell<BTreeMap<PathBuf, BTreeSet<String>>>);

impl Tests {
    /// Looks for a test by its whole name.
    ///
    /// # Errors
    ///
    /// What is missing.
    pub(crate) fn find(&self, test: &str) -> Result<(), String> {
        if test.starts_with("scripts::") {
            let is_known = super::scripts::scripts().contains_key(test);
            return if is_known { Ok(()) } else { Err(format!("no script {test}")) };
        }
        let (module, name) = test.rsplit_once("::").ok_or_else(|| format!("no module: {test}"))?;
        let path = file(module);
        let mut files = self.0.borrow_mut();
        if !files.contains_key(&path) {
            let text = fs::read_to_string(&path).map_err(|_| format!("no file of {module}"))?;
            is_part_of_a_binary(module)?;
            files.insert(path.clone(), names(&text));
        }
        let found = files.get(&path).is_some_and(|names| names.contains(name));
        if found { Ok(()) } else { Err(format!("no test {test}")) }
    }
}

/// The file of a module.
fn file(module: &str) -> PathBuf {
    let core = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (root, rest) = module.split_once("::").unwrap_or((module, ""));
    let (directory, module) = match root {
        "core" => (core.join("src"), rest),
        "server" => (core.join("../server/tests"), rest),
        "server_src" => (core.join("../server/src"), rest),
        "fuzz" => (core.join("../fuzz/tests"), rest),
        "simulate" => (core.join("../simulate/tests"), rest),
        _ => (core.join("tests"), module),
    };
    directory.join(module.replace("::", "/")).with_extension("rs")
}

/// A file in a directory of tests runs only if the file above it takes it in.
fn is_part_of_a_binary(module: &str) -> Result<(), String> {
    let Some((above, name)) = module.rsplit_once("::") else { return Ok(()) };
    if matches!(above, "core" | "server" | "server_src" | "fuzz" | "simulate") {
        return Ok(());
    }
    let above = file(above);
    let candidates = [
        above.with_extension("").join("main.rs"),
        above.clone(),
        above.with_extension("").join("mod.rs"),
    ];
    let declaration = format!("mod {name};");
    let declares = |text: String| {
        text.lines().any(|line| {
            let before = line.strip_suffix(&declaration);
            before.is_some_and(|before| before.is_empty() || before.starts_with("pub"))
        })
    };
    let mut texts = candidates.iter().filter_map(|path| fs::read_to_string(path).ok());
    if texts.any(declares) { Ok(()) } else { Err(format!("no binary has {module}")) }
}

/// The tests in `text`: functions right behind `#[test]`, but for comments and lints.
fn names(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut is_test = false;
    for line in text.lines().map(str::trim) {
        if line == "#[test]" {
            is_test = true;
        } else if let Some((name, _)) =
            line.strip_prefix("fn ").and_then(|rest| rest.split_once('('))
        {
            if is_test {
                names.insert(name.to_owned());
            }
            is_test = false;
        } else if !line.starts_with("//") && !line.starts_with("#[allow(") {
            is_test = false;
        }
    }
    names
}
