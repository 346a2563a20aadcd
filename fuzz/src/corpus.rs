//! The inputs that a target has in the tree.

use std::fs;
use std::path::{Path, PathBuf};

use crate::targets::Target;

/// The inputs of a target's corpus, in the order of their names.
///
/// # Errors
///
/// If it cannot be read.
pub fn corpus(target: &Target) -> std::io::Result<Vec<(PathBuf, Vec<u8>)>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target.name);
    let mut paths = fs::read_dir(directory)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    paths.into_iter().map(|path| fs::read(&path).map(|bytes| (path, bytes))).collect()
}

/// Whether a target panics at an input.
#[must_use]
pub fn fails(target: &Target, input: &[u8]) -> bool {
    std::panic::catch_unwind(|| (target.run)(input)).is_err()
}
