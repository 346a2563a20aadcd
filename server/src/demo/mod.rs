//! `afterlink demo`: a persistent session, shown against any broker.

mod peer;
mod story;
mod tell;

use std::time::Duration;

use afterlink_core::codec::ProtocolVersion;

use crate::Failure;
use crate::remote::Address;
use story::Story;
use tell::Tell;

/// How long the broker may take for one step.
const STEP_DEADLINE: Duration = Duration::from_secs(10);
/// How long messages may be on their way before they count as lost.
const MESSAGE_DEADLINE: Duration = Duration::from_secs(5);

/// Shows a persistent session against the broker at `address`.
///
/// # Errors
///
/// If the broker is not there, refuses a step, does not answer in time or loses something.
pub(crate) fn run(address: &Address, version: ProtocolVersion) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()
        .map_err(|error| Failure::failed(format!("cannot start: {error}")))?;
    let mut random = [0; 4];
    getrandom::fill(&mut random)
        .map_err(|error| Failure::failed(format!("the system has no randomness: {error}")))?;
    // Names of its own keep the demo apart from whatever else uses the broker.
    let name = format!("afterlink-demo-{:08x}", u32::from_ne_bytes(random));
    let mut tell = Tell::default();
    runtime.block_on(Story::new(address, version, name).run(&mut tell))
}
