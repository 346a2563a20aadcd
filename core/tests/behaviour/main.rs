//! The rules of sessions, by behaviour, on virtual time.
#![allow(clippy::wildcard_enum_match_arm, reason = "a test looks for what it expects")]

mod harness;

mod assigned_client_identifier;
mod authentication;
mod authorization;
mod budget;
mod capabilities;
mod commands;
mod connect;
mod contract;
mod delivery;
mod exchange;
mod expiry;
mod flood;
mod flow_control;
mod handshake;
mod keep_alive;
mod limits;
mod malformed;
mod order;
mod overflow;
mod packet_size;
mod packets;
mod problem_information;
mod publish;
mod records;
mod resume;
mod retained;
mod sequence;
mod session;
mod shared;
mod stress;
mod subscribe;
mod takeover;
mod v3_1;
mod v3_1_1;
mod views;
mod will;
