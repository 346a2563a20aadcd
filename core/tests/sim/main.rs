//! The World: scenarios played, faults, history.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by unwrapping")]
#![allow(clippy::wildcard_enum_match_arm, reason = "a test looks for one thing among many")]

mod determinism;
mod faults;
mod generate;
mod history;
mod hostile;
mod lessons;
mod outside;
mod packets;
mod predicates;
mod read;
mod support;
mod views;
mod why;
