//! How many files the system lets this process have open; a connection is one.

/// Files besides connections: listeners, reactors, standard streams.
const OTHERS: u64 = 64;

/// Raises the limit of this process as far as `connections` need it, or as far as it may.
pub(crate) fn allow(connections: u32) {
    let wanted = u64::from(connections) + OTHERS;
    match rlimit::increase_nofile_limit(wanted) {
        Ok(allowed) if allowed >= wanted => {}
        Ok(allowed) => tracing::warn!(
            "the system lets this process have {allowed} files open, fewer than the {connections} \
             connections of limits.connections_max; raise it (ulimit -n) or lower the limit"
        ),
        Err(error) => tracing::warn!(%error, "cannot tell how many files may be open"),
    }
}
