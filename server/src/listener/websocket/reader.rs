//! The reading side: masked frames in, a run of data out.

use std::io::Cursor;

use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Control, Data, OpCode};

/// Bytes of the longest header.
const HEADER_MAX: usize = 14;
/// Bytes of the longest payload of a control frame (RFC 6455 5.5).
const CONTROL_MAX: usize = 125;
/// Data frames in a row that may carry nothing.
const EMPTY_FRAMES_MAX: u32 = 64;

/// The reading side of a WebSocket.
#[derive(Debug, Default)]
pub(crate) struct FrameReader {
    /// A header that has not arrived whole.
    header: [u8; HEADER_MAX],
    header_len: usize,
    /// The frame whose payload is arriving.
    frame: Option<Frame>,
    /// The payload of a control frame, as far as it has arrived.
    control: Vec<u8>,
    /// Whether a message has begun whose last fragment has not come.
    in_message: bool,
    empty_frames: u32,
}

#[derive(Clone, Copy, Debug)]
struct Frame {
    kind: Kind,
    remaining: u64,
    mask: [u8; 4],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Data,
    Ping,
    Pong,
    Close,
}

/// What a piece of the stream held.
#[derive(Debug, Default)]
pub(crate) struct Decoded {
    /// How many bytes of data stand at the front of the piece now.
    pub(crate) len: usize,
    /// The payload of the last Ping, to be sent back. Earlier ones need no answer (RFC 6455
    /// 5.5.3), which keeps a flood of them from being answered one by one.
    pub(crate) ping: Option<Vec<u8>>,
    /// Why the stream ends here, if it does.
    pub(crate) end: Option<CloseCode>,
}

impl FrameReader {
    /// Takes a piece of the stream: the data in it stands at its front afterwards.
    pub(crate) fn decode(&mut self, piece: &mut [u8]) -> Decoded {
        let mut decoded = Decoded::default();
        let mut at = 0;
        while decoded.end.is_none() {
            match self.frame {
                Some(frame) => {
                    if !self.payload(frame, piece, &mut at, &mut decoded) {
                        break;
                    }
                }
                None => match self.header(piece, &mut at) {
                    Ok(Some(header)) => match self.begin(&header.0, header.1) {
                        Ok(frame) => self.frame = Some(frame),
                        Err(code) => decoded.end = Some(code),
                    },
                    Ok(None) => break,
                    Err(code) => decoded.end = Some(code),
                },
            }
        }
        decoded
    }

    /// Reads a header; `None` if it has not arrived whole.
    fn header(
        &mut self,
        piece: &[u8],
        at: &mut usize,
    ) -> Result<Option<(FrameHeader, u64)>, CloseCode> {
        let rest = piece.get(*at..).unwrap_or_default();
        let kept = self.header_len;
        let mut len = kept;
        for (room, byte) in self.header.iter_mut().skip(kept).zip(rest) {
            *room = *byte;
            len += 1;
        }
        let mut cursor = Cursor::new(self.header.get(..len).unwrap_or_default());
        let parsed = FrameHeader::parse(&mut cursor).map_err(|_| CloseCode::Protocol)?;
        // A header that is not whole is kept whole; of one that is, what was not kept is used.
        let used = usize::try_from(cursor.position()).unwrap_or(len);
        self.header_len = if parsed.is_some() { 0 } else { len };
        *at += if parsed.is_some() { used.saturating_sub(kept) } else { len - kept };
        Ok(parsed)
    }

    /// Judges a header.
    fn begin(&mut self, header: &FrameHeader, length: u64) -> Result<Frame, CloseCode> {
        // A client masks what it sends, and there is no extension to give the bits a meaning
        // (RFC 6455 5.1, 5.2).
        let (Some(mask), false) = (header.mask, header.rsv1 || header.rsv2 || header.rsv3) else {
            return Err(CloseCode::Protocol);
        };
        let kind = match header.opcode {
            OpCode::Data(data) => self.begin_data(data, header.is_final, length)?,
            OpCode::Control(control) => {
                if !header.is_final || length > CONTROL_MAX as u64 {
                    return Err(CloseCode::Protocol);
                }
                match control {
                    Control::Ping => Kind::Ping,
                    Control::Pong => Kind::Pong,
                    Control::Close => Kind::Close,
                    Control::Reserved(_) => return Err(CloseCode::Protocol),
                }
            }
        };
        Ok(Frame { kind, remaining: length, mask })
    }

    fn begin_data(&mut self, data: Data, is_final: bool, length: u64) -> Result<Kind, CloseCode> {
        match data {
            // [MQTT-6.0.0-1] [MQTT3-6.0.0-1]
            Data::Text => return Err(CloseCode::Unsupported),
            Data::Binary if !self.in_message => {}
            Data::Continue if self.in_message => {}
            Data::Binary | Data::Continue | Data::Reserved(_) => return Err(CloseCode::Protocol),
        }
        self.in_message = !is_final;
        self.empty_frames = if length == 0 { self.empty_frames + 1 } else { 0 };
        if self.empty_frames > EMPTY_FRAMES_MAX {
            return Err(CloseCode::Policy);
        }
        Ok(Kind::Data)
    }

    /// Takes payload; `false` if there is not all of it.
    fn payload(
        &mut self,
        mut frame: Frame,
        piece: &mut [u8],
        at: &mut usize,
        decoded: &mut Decoded,
    ) -> bool {
        let rest = piece.get_mut(*at..).unwrap_or_default();
        let taken = usize::try_from(frame.remaining).unwrap_or(usize::MAX).min(rest.len());
        let payload = rest.get_mut(..taken).unwrap_or_default();
        unmask(payload, frame.mask);
        if frame.kind == Kind::Data {
            // Data is never moved up: it follows a header.
            piece.copy_within(*at..*at + taken, decoded.len);
            decoded.len += taken;
        } else {
            self.control.extend_from_slice(payload);
        }
        *at += taken;
        frame.remaining -= taken as u64;
        frame.mask.rotate_left(taken % 4);
        if frame.remaining > 0 {
            self.frame = Some(frame);
            return false;
        }
        self.frame = None;
        match frame.kind {
            Kind::Data => {}
            Kind::Pong => self.control.clear(),
            Kind::Ping => decoded.ping = Some(core::mem::take(&mut self.control)),
            Kind::Close => decoded.end = Some(answer_to_close(&self.control)),
        }
        true
    }
}

/// The code that answers a Close with this payload: its own, if it is one a peer may send.
fn answer_to_close(payload: &[u8]) -> CloseCode {
    match payload {
        [] => CloseCode::Normal,
        [high, low, reason @ ..] => {
            let code = CloseCode::from(u16::from_be_bytes([*high, *low]));
            if code.is_allowed() && core::str::from_utf8(reason).is_ok() {
                code
            } else {
                CloseCode::Protocol
            }
        }
        [_] => CloseCode::Protocol,
    }
}

fn unmask(bytes: &mut [u8], mask: [u8; 4]) {
    let [a, b, c, d] = mask;
    let wide = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let (chunks, rest) = bytes.as_chunks_mut::<8>();
    for chunk in chunks {
        *chunk = (u64::from_ne_bytes(*chunk) ^ wide).to_ne_bytes();
    }
    for (byte, key) in rest.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= key;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MASK: [u8; 4] = [0x12, 0x34, 0x56, 0x78];
    const BINARY: u8 = 0x2;
    const TEXT: u8 = 0x1;
    const CONTINUE: u8 = 0x0;
    const CLOSE: u8 = 0x8;
    const PING: u8 = 0x9;
    const PONG: u8 = 0xA;

    /// A frame as a client sends it.
    fn frame(is_final: bool, opcode: u8, payload: &[u8]) -> Vec<u8> {
        let mut bytes = vec![opcode | if is_final { 0x80 } else { 0 }];
        match payload.len() {
            len @ ..126 => bytes.push(0x80 | len as u8),
            len @ 126..65_536 => {
                bytes.push(0xFE);
                bytes.extend_from_slice(&(len as u16).to_be_bytes());
            }
            len => {
                bytes.push(0xFF);
                bytes.extend_from_slice(&(len as u64).to_be_bytes());
            }
        }
        bytes.extend_from_slice(&MASK);
        bytes.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, key)| byte ^ key));
        bytes
    }

    /// What a reader makes of pieces: the data, the Pings to answer, and the end.
    fn read<'a>(
        pieces: impl IntoIterator<Item = &'a [u8]>,
    ) -> (Vec<u8>, Vec<Vec<u8>>, Option<CloseCode>) {
        let mut reader = FrameReader::default();
        let (mut data, mut pings) = (Vec::new(), Vec::new());
        for piece in pieces {
            let mut piece = piece.to_vec();
            let decoded = reader.decode(&mut piece);
            data.extend_from_slice(&piece[..decoded.len]);
            pings.extend(decoded.ping);
            if decoded.end.is_some() {
                return (data, pings, decoded.end);
            }
        }
        (data, pings, None)
    }

    fn end_of(bytes: &[u8]) -> Option<CloseCode> {
        read([bytes]).2
    }

    #[test]
    fn frames_of_one_piece_become_one_run_of_data() {
        let bytes =
            [frame(true, BINARY, b"abc"), frame(true, BINARY, b""), frame(true, BINARY, &[7; 300])]
                .concat();
        let expected = [&b"abc"[..], &[7; 300]].concat();
        assert_eq!(read([&bytes[..]]), (expected, vec![], None));
    }

    #[test]
    fn the_stream_may_be_cut_anywhere() {
        let bytes = [
            frame(false, BINARY, &[1; 70_000]),
            frame(true, PING, b"are you there"),
            frame(true, CONTINUE, &[2; 200]),
            frame(true, BINARY, b"end"),
        ]
        .concat();
        let expected = [&[1; 70_000][..], &[2; 200], b"end"].concat();
        let ping = vec![b"are you there".to_vec()];
        for size in [1, 2, 3, 5, 7, 13, 14, 1000, 65_536] {
            let (data, pings, end) = read(bytes.chunks(size));
            assert!(data == expected, "cut into pieces of {size}");
            assert_eq!((pings, end), (ping.clone(), None), "cut into pieces of {size}");
        }
    }

    #[test]
    fn a_text_frame_ends_the_connection() {
        assert_eq!(end_of(&frame(true, TEXT, b"hello")), Some(CloseCode::Unsupported));
    }

    #[test]
    fn what_came_before_the_end_is_data() {
        let bytes = [frame(true, BINARY, b"abc"), frame(true, TEXT, b"hello")].concat();
        assert_eq!(read([&bytes[..]]), (b"abc".to_vec(), vec![], Some(CloseCode::Unsupported)));
    }

    #[test]
    fn frames_against_the_rules_end_the_connection() {
        let mut unmasked = vec![0x82, 3];
        unmasked.extend_from_slice(b"abc");
        let mut reserved_bit = frame(true, BINARY, b"abc");
        reserved_bit[0] |= 0x40;
        for (name, bytes) in [
            ("unmasked", unmasked),
            ("a reserved bit", reserved_bit),
            ("a reserved opcode", frame(true, 0x3, b"abc")),
            ("a continuation of nothing", frame(true, CONTINUE, b"abc")),
            (
                "a message within a message",
                [frame(false, BINARY, b"a"), frame(true, BINARY, b"b")].concat(),
            ),
            ("a control frame in fragments", frame(false, PING, b"abc")),
            ("a control frame of 126 bytes", frame(true, PING, &[0; 126])),
        ] {
            assert_eq!(end_of(&bytes), Some(CloseCode::Protocol), "{name}");
        }
        assert_eq!(end_of(&frame(true, PING, &[0; 125])), None, "a control frame of 125 bytes");
    }

    #[test]
    fn a_length_that_is_only_announced_reserves_nothing() {
        let mut bytes = vec![0x82, 0xFF];
        bytes.extend_from_slice(&(u64::MAX >> 1).to_be_bytes());
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(b"abc");
        assert_eq!(read([&bytes[..]]), (b"abc".to_vec(), vec![], None));
    }

    #[test]
    fn only_the_last_ping_of_a_piece_is_answered() {
        let bytes: Vec<u8> = (0..1000).flat_map(|_| frame(true, PING, b"flood")).collect();
        assert_eq!(read([&bytes[..]]).1, vec![b"flood".to_vec()]);
    }

    #[test]
    fn a_pong_is_taken_and_forgotten() {
        let bytes = [frame(true, PONG, b"x"), frame(true, PING, b"y")].concat();
        assert_eq!(read([&bytes[..]]), (vec![], vec![b"y".to_vec()], None));
    }

    #[test]
    fn a_close_is_answered_with_its_own_code_if_that_is_one() {
        for (payload, answer) in [
            (&b""[..], CloseCode::Normal),
            (b"\x03\xe8", CloseCode::Normal),
            (b"\x03\xe9gone", CloseCode::Away),
            (b"\x03", CloseCode::Protocol),
            (b"\x03\xed", CloseCode::Protocol),
            (b"\x03\xe8\xff", CloseCode::Protocol),
        ] {
            assert_eq!(end_of(&frame(true, CLOSE, payload)), Some(answer), "{payload:?}");
        }
    }

    #[test]
    fn empty_frames_are_taken_up_to_their_cap_and_not_beyond() {
        let storm = |count: usize| {
            let mut bytes = frame(false, BINARY, b"a");
            for _ in 0..count {
                bytes.extend(frame(false, CONTINUE, b""));
            }
            end_of(&bytes)
        };
        assert_eq!(storm(EMPTY_FRAMES_MAX as usize), None);
        assert_eq!(storm(EMPTY_FRAMES_MAX as usize + 1), Some(CloseCode::Policy));
    }
}
