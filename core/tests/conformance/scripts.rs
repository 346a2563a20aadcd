//! The scripts of the conformance suite, as far as the tables look at them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The scripts by their names, `scripts::FILE::NAME`, each with the statements it shows.
pub(crate) fn scripts() -> BTreeMap<String, BTreeSet<String>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance/scripts");
    let mut scripts = BTreeMap::new();
    for entry in fs::read_dir(&directory).expect("the scripts are there") {
        let path = entry.expect("they can be listed").path();
        let file = path.file_stem().expect("a file has a name").to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).expect("a script can be read");
        let mut shown: Option<&mut BTreeSet<String>> = None;
        for line in text.lines() {
            if let Some(name) = line.strip_prefix("== ") {
                shown = Some(scripts.entry(format!("scripts::{file}::{name}")).or_default());
            } else if let Some(ids) = line.strip_prefix("shows ") {
                let shown = shown.as_mut().expect("a script begins with its name");
                shown.extend(ids.split_whitespace().map(str::to_owned));
            }
        }
    }
    scripts
}

/// All statements that some script shows.
pub(crate) fn shown() -> BTreeSet<String> {
    scripts().into_values().flatten().collect()
}
