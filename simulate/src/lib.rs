//! Random worlds of the core under faults, checked against a reference model.
//!
//! A seed gives a [`scenario`](generate::scenario): settings with tight limits, clients of all
//! versions and habits, and a list of wishes and faults. It is [played](run::play) step by
//! step, and after each step a [`Model`](model::Model) judges what the broker has done: the
//! invariants `I1` to `I11`. When the faults are over the world is healed, and has to come to
//! rest. A run that fails is [shrunk](shrink::shrink) to the few commands that matter, which is a
//! scenario like any other: a file that the playground takes, and most often a
//! [link](link::fragment).
//!
//! - I1: a message that was acknowledged reaches each Session that matched, unless a counted drop
//!   names it; and nobody is given what he is not owed.
//! - I2: a QoS 2 message is handed to an application once.
//! - I3: first deliveries come in the order of publishing, repeats in their original order.
//! - I4: a Packet Identifier is in use once, no more are in flight than the window allows, DUP is
//!   set on a repeat and on nothing else.
//! - I5: Session Present and the subscriptions after a resume are the model's.
//! - I6: one connection acts on a Session at a time.
//! - I7: nothing is seen of a Session after its end, no message is sent after its expiry.
//! - I8: a will is published once when it is due, and not otherwise.
//! - I9: what is counted is what is there, and within its bounds.
//! - I10: a restart gives back the state of a moment, and everything that was promised by then.
//! - I11: with the faults over, every queue drains.

pub mod command;
pub mod generate;
pub mod heal;
pub mod link;
pub mod model;
pub mod random;
pub mod run;
pub mod shrink;
