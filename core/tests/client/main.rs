//! What a client does, by behaviour: bytes in, bytes out, on virtual time.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by unwrapping")]
#![allow(clippy::wildcard_enum_match_arm, reason = "a test looks for one variant and fails else")]

mod against_broker;
mod authenticate;
mod bytes;
mod codes;
mod connect;
mod connect_refused;
mod deliver;
mod deliver_manual;
mod disconnect;
mod filters;
mod harness;
mod keep_alive;
mod limits;
mod malformed;
mod packet_size;
mod publish;
mod quota;
mod resume;
mod session;
mod strings;
mod subscribe;
mod v3_1_1;
