//! Bytes on their way to one peer.

use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::listener::websocket;

/// Bytes of empty buffers that are kept for use in the next turn.
const KEPT_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Bytes of the largest buffer that is kept.
const KEPT_BUFFER_BYTES_MAX: usize = 256 * 1024;

/// What was gathered for a peer and has not left yet.
///
/// It holds a buffer only while there is something to send: an idle connection holds none.
#[derive(Debug, Default)]
pub(crate) struct Outgoing {
    bytes: Vec<u8>,
    /// Where what has not left begins.
    start: usize,
    /// Where the binary frame begins that is being gathered, over WebSocket.
    frame: Option<usize>,
}

/// Empty buffers, used again by whichever connection has something to send next.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    buffers: Vec<Vec<u8>>,
    bytes: usize,
}

impl Outgoing {
    /// Appends bytes to the stream.
    pub(crate) fn append(&mut self, head: &[u8], payload: &[u8], pool: &mut Pool) {
        self.take_buffer(pool);
        self.bytes.extend_from_slice(head);
        self.bytes.extend_from_slice(payload);
    }

    /// Appends bytes to the binary frame that is being gathered.
    pub(crate) fn append_framed(&mut self, head: &[u8], payload: &[u8], pool: &mut Pool) {
        self.take_buffer(pool);
        if self.frame.is_none() {
            self.frame = Some(self.bytes.len());
            websocket::open_binary(&mut self.bytes);
        }
        self.bytes.extend_from_slice(head);
        self.bytes.extend_from_slice(payload);
    }

    /// Ends the binary frame that is being gathered.
    pub(crate) fn seal(&mut self) {
        let Some(frame) = self.frame.take() else { return };
        let begin = websocket::seal_binary(&mut self.bytes, frame);
        if frame == self.start {
            self.start = begin;
        } else {
            // Something waits in front of the frame: the room its header did not need goes.
            self.bytes.drain(frame..begin);
        }
    }

    /// Appends a WebSocket Pong.
    pub(crate) fn append_pong(&mut self, payload: &[u8], pool: &mut Pool) {
        self.seal();
        self.take_buffer(pool);
        websocket::write_pong(&mut self.bytes, payload);
    }

    /// Appends a WebSocket Close.
    pub(crate) fn append_close(&mut self, code: CloseCode, pool: &mut Pool) {
        self.seal();
        self.take_buffer(pool);
        websocket::write_close(&mut self.bytes, code);
    }

    /// What has not left.
    pub(crate) fn waiting(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting().is_empty()
    }

    /// The first `len` bytes that waited have left.
    pub(crate) fn left(&mut self, len: usize, pool: &mut Pool) {
        self.start += len;
        if self.is_empty() {
            self.clear(pool);
        } else if self.start > self.bytes.len() / 2 {
            // What has left must not keep memory, nor make the buffer grow without end.
            self.bytes.drain(..self.start);
            self.start = 0;
        }
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self, pool: &mut Pool) {
        pool.put(core::mem::take(&mut self.bytes));
        self.start = 0;
        self.frame = None;
    }

    fn take_buffer(&mut self, pool: &mut Pool) {
        if self.bytes.capacity() == 0 {
            self.bytes = pool.take();
        }
    }
}

impl Pool {
    fn take(&mut self) -> Vec<u8> {
        let buffer = self.buffers.pop().unwrap_or_default();
        self.bytes -= buffer.capacity();
        buffer
    }

    fn put(&mut self, mut buffer: Vec<u8>) {
        let bytes = buffer.capacity();
        if bytes > 0 && bytes <= KEPT_BUFFER_BYTES_MAX && self.bytes + bytes <= KEPT_BYTES_MAX {
            buffer.clear();
            self.bytes += bytes;
            self.buffers.push(buffer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_leaves_in_order_and_in_pieces() {
        let (mut outgoing, mut pool) = (Outgoing::default(), Pool::default());
        outgoing.append(b"head", b"payload", &mut pool);
        outgoing.append(b"more", b"", &mut pool);
        assert_eq!(outgoing.waiting(), b"headpayloadmore");
        outgoing.left(4, &mut pool);
        assert_eq!(outgoing.waiting(), b"payloadmore");
        outgoing.left(7, &mut pool);
        outgoing.append(b"!", b"", &mut pool);
        assert_eq!(outgoing.waiting(), b"more!");
        outgoing.left(5, &mut pool);
        assert!(outgoing.is_empty());
    }

    #[test]
    fn a_buffer_that_is_empty_goes_back_to_the_pool() {
        let (mut outgoing, mut pool) = (Outgoing::default(), Pool::default());
        outgoing.append(b"head", b"", &mut pool);
        outgoing.left(4, &mut pool);
        assert_eq!(outgoing.bytes.capacity(), 0);
        assert_eq!(pool.buffers.len(), 1);
        outgoing.append(b"head", b"", &mut pool);
        assert_eq!((pool.buffers.len(), pool.bytes), (0, 0));
    }

    #[test]
    fn the_pool_keeps_no_more_than_its_cap() {
        let mut pool = Pool::default();
        pool.put(Vec::with_capacity(KEPT_BUFFER_BYTES_MAX + 1));
        assert_eq!(pool.bytes, 0);
        for _ in 0..100 {
            pool.put(Vec::with_capacity(KEPT_BUFFER_BYTES_MAX));
        }
        assert_eq!(pool.bytes, KEPT_BYTES_MAX);
        assert_eq!(pool.buffers.len(), KEPT_BYTES_MAX / KEPT_BUFFER_BYTES_MAX);
    }

    #[test]
    fn what_is_gathered_between_two_seals_is_one_frame() {
        let (mut outgoing, mut pool) = (Outgoing::default(), Pool::default());
        outgoing.append_framed(b"ab", b"c", &mut pool);
        outgoing.append_framed(b"d", b"", &mut pool);
        outgoing.seal();
        assert_eq!(outgoing.waiting(), b"\x82\x04abcd");
        outgoing.append_framed(b"e", b"", &mut pool);
        outgoing.append_pong(b"p", &mut pool);
        outgoing.append_close(CloseCode::Normal, &mut pool);
        assert_eq!(outgoing.waiting(), b"\x82\x04abcd\x82\x01e\x8a\x01p\x88\x02\x03\xe8");
    }

    #[test]
    fn a_frame_has_the_shortest_header_for_its_length() {
        for (len, header) in [
            (125, &b"\x82\x7d"[..]),
            (126, b"\x82\x7e\x00\x7e"),
            (65_535, b"\x82\x7e\xff\xff"),
            (65_536, b"\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00"),
        ] {
            let (mut outgoing, mut pool) = (Outgoing::default(), Pool::default());
            outgoing.append_framed(&vec![7; len], b"", &mut pool);
            outgoing.seal();
            assert_eq!(outgoing.waiting()[..header.len()], *header, "{len}");
            assert_eq!(outgoing.waiting().len(), header.len() + len);
        }
    }

    #[test]
    fn a_frame_behind_bytes_that_wait_has_no_gap_in_front() {
        let (mut outgoing, mut pool) = (Outgoing::default(), Pool::default());
        outgoing.append_framed(b"abc", b"", &mut pool);
        outgoing.seal();
        outgoing.left(1, &mut pool);
        outgoing.append_framed(b"d", b"", &mut pool);
        outgoing.seal();
        assert_eq!(outgoing.waiting(), b"\x03abc\x82\x01d");
    }
}
