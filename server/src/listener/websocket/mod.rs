//! WebSocket frames as the carrier of a byte stream (RFC 6455).
//!
//! MQTT packets may span and share frames `[MQTT-6.0.0-2]`, so that a frame means nothing here
//! but bytes that go on: payloads are unmasked where they stand and closed up to one run. No
//! frame is ever assembled, nothing is held of one but a header that has not arrived whole, or a
//! control frame of at most 125 bytes; the length a header announces reserves nothing. What is
//! held of an unfinished MQTT packet is the core's to count and to cap.

mod reader;
mod writer;

pub(crate) use reader::FrameReader;
pub(crate) use writer::{open_binary, seal_binary, write_close, write_pong};
