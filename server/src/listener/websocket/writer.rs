//! The writing side: what is gathered for a client becomes one frame, where it stands.

use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Control, Data, OpCode};

/// Bytes of the longest header that a server sends.
const SERVER_HEADER_MAX: usize = 10;

/// Leaves room for the header of a binary frame at the end of `out`.
pub(crate) fn open_binary(out: &mut Vec<u8>) {
    out.extend_from_slice(&[0; SERVER_HEADER_MAX]);
}

/// Writes the header of the binary frame opened at `start`, whose payload goes to the end of
/// `out`. The frame begins where this says; the bytes from `start` to there mean nothing.
pub(crate) fn seal_binary(out: &mut [u8], start: usize) -> usize {
    let payload = out.len().saturating_sub(start + SERVER_HEADER_MAX) as u64;
    let header = FrameHeader { opcode: OpCode::Data(Data::Binary), ..FrameHeader::default() };
    let begin = start + SERVER_HEADER_MAX - header.len(payload);
    if let Some(mut room) = out.get_mut(begin..) {
        // The room is exactly that of the header, so that writing cannot fail.
        let _ = header.format(payload, &mut room);
    }
    begin
}

/// Appends a Pong.
pub(crate) fn write_pong(out: &mut Vec<u8>, payload: &[u8]) {
    write_control(out, Control::Pong, payload);
}

/// Appends a Close.
pub(crate) fn write_close(out: &mut Vec<u8>, code: CloseCode) {
    write_control(out, Control::Close, &u16::from(code).to_be_bytes());
}

fn write_control(out: &mut Vec<u8>, control: Control, payload: &[u8]) {
    let header = FrameHeader { opcode: OpCode::Control(control), ..FrameHeader::default() };
    // Writing to a Vec cannot fail.
    let _ = header.format(payload.len() as u64, out);
    out.extend_from_slice(payload);
}
