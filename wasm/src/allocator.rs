//! The allocator of the module, as quick as that of the standard library in half the code.

use rlsf::{GlobalTlsf, GlobalTlsfOptions};

/// How it is made.
pub(crate) struct Options;

impl GlobalTlsfOptions for Options {
    /// What grows is copied, which is less code.
    const ENABLE_REALLOCATION: bool = false;
    /// What the module has got from its host is one piece: freed neighbours serve whatever is
    /// larger than each, so that memory does not grow with time.
    const COALESCE_POOLS: bool = true;
}

#[global_allocator]
static ALLOCATOR: GlobalTlsf<Options> = GlobalTlsf::new();
