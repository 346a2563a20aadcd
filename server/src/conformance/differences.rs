//! Failures that are known and explained.

use std::collections::BTreeMap;
use std::path::Path;

use afterlink_conformance::{Version, scripts};
use serde::Deserialize;

use crate::Failure;

/// Known failures, by the names of their scripts.
#[derive(Debug, Default)]
pub(super) struct Differences(BTreeMap<String, Difference>);

/// A script at which a broker fails.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Difference {
    /// The versions in which it fails; all of the script's if absent.
    protocols: Option<Vec<Version>>,
    /// Whose doing it is.
    pub(super) whose: Whose,
    /// What the broker does, and why that is so.
    pub(super) why: String,
}

/// Whose doing a difference is.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Whose {
    /// The broker breaks the statement.
    Defect,
    /// The broker keeps to a reading of the standard that is not the suite's, or leaves out what
    /// it may leave out.
    Choice,
}

impl Differences {
    /// Reads a file: a table for each script.
    ///
    /// # Errors
    ///
    /// If it cannot be read, explains nothing, or names a script that does not exist.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let place = path.display().to_string();
        let bad = |why: String| Failure::usage(why).within(&place);
        let text = std::fs::read_to_string(path).map_err(|error| bad(error.to_string()))?;
        let differences: BTreeMap<String, Difference> =
            toml::from_str(&text).map_err(|error| bad(error.message().to_owned()))?;
        let scripts = scripts();
        for (name, difference) in &differences {
            let script = scripts.iter().find(|script| script.name == *name);
            let script = script.ok_or_else(|| bad(format!("no script is called {name}")))?;
            if difference.why.trim().is_empty() {
                return Err(bad(format!("{name} says no why")));
            }
            let mut versions = difference.protocols.iter().flatten();
            if let Some(version) = versions.find(|version| !script.versions.contains(version)) {
                return Err(bad(format!("{name} is not for {version}")));
            }
        }
        Ok(Self(differences))
    }

    /// Those of a version.
    pub(super) fn of(self, version: Version) -> BTreeMap<String, Difference> {
        let is_of = |difference: &Difference| {
            difference.protocols.as_ref().is_none_or(|versions| versions.contains(&version))
        };
        self.0.into_iter().filter(|(_, difference)| is_of(difference)).collect()
    }
}
