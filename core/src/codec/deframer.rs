//! Whole packets out of a byte stream.

use super::{DecodeError, packet_length};

/// Cuts a byte stream into whole packets.
///
/// A packet that arrives in one piece is handed out where it lies. Of one that does not, the bytes
/// that have arrived are kept, never more than that: what a Fixed Header announces reserves
/// nothing. However a stream is cut into pieces, the same packets come out.
#[derive(Clone, Debug, Default)]
pub struct Deframer {
    /// Bytes kept; those before `start` have been handed out.
    buffer: Vec<u8>,
    start: usize,
}

impl Deframer {
    /// A buffer of at most this many bytes is kept for the next packet once it is empty.
    const IDLE_CAPACITY_BYTES_MAX: usize = 512;

    /// A deframer at the start of a stream.
    #[must_use]
    pub const fn new() -> Self {
        Self { buffer: Vec::new(), start: 0 }
    }

    /// The next whole packet, out of what is kept and then `bytes`, from which it cuts what it
    /// takes.
    ///
    /// `None` means that all of `bytes` has been taken and no whole packet is left; a part of one
    /// is kept. Call until then.
    ///
    /// # Errors
    ///
    /// As [`packet_length`]; the stream has no meaning from there on.
    pub fn next<'a, 'b: 'a>(
        &'a mut self,
        bytes: &mut &'b [u8],
        packet_size_max: usize,
    ) -> Result<Option<&'a [u8]>, DecodeError> {
        self.release();
        if self.buffered() > 0 {
            return self.next_kept(bytes, packet_size_max);
        }
        if let Some(len) = packet_length(bytes, packet_size_max)?
            && let Some((packet, rest)) = bytes.split_at_checked(len)
        {
            *bytes = rest;
            return Ok(Some(packet));
        }
        self.push(bytes);
        *bytes = &[];
        Ok(None)
    }

    /// Keeps `bytes` for later, unparsed. [`Self::next`] hands them out, with nothing else to go
    /// on if its `bytes` are empty.
    pub fn push(&mut self, bytes: &[u8]) {
        self.release();
        // Moving what is left when it is the smaller part costs a constant for each byte.
        if self.start > 0 && self.start >= self.buffered() {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// Bytes kept that have not been handed out.
    #[must_use]
    pub const fn buffered(&self) -> usize {
        self.buffer.len().saturating_sub(self.start)
    }

    fn next_kept(
        &mut self,
        bytes: &mut &[u8],
        packet_size_max: usize,
    ) -> Result<Option<&[u8]>, DecodeError> {
        let len = loop {
            let kept = self.kept();
            let missing = match packet_length(kept, packet_size_max)? {
                Some(len) if kept.len() >= len => break len,
                Some(len) => len.saturating_sub(kept.len()),
                // The Fixed Header is completed byte by byte, so that no byte behind it is taken.
                None => 1,
            };
            let Some((taken, rest)) = bytes.split_at_checked(missing.min(bytes.len())) else {
                return Ok(None);
            };
            if taken.is_empty() {
                return Ok(None);
            }
            self.take(taken, missing);
            *bytes = rest;
        };
        let packet = self.start..self.start.saturating_add(len);
        self.start = packet.end;
        Ok(self.buffer.get(packet))
    }

    /// Keeps `taken`, of the `missing` bytes that complete a packet. The buffer grows by doubling,
    /// but not beyond the packet.
    fn take(&mut self, taken: &[u8], missing: usize) {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        let len = self.buffer.len();
        if self.buffer.capacity().saturating_sub(len) < taken.len() {
            self.buffer.reserve_exact(missing.min(taken.len().max(len)));
        }
        self.buffer.extend_from_slice(taken);
    }

    /// Forgets what has been handed out, if that is all there is, and gives back a big buffer.
    fn release(&mut self) {
        if self.start > 0 && self.buffered() == 0 {
            self.start = 0;
            if self.buffer.capacity() > Self::IDLE_CAPACITY_BYTES_MAX {
                self.buffer = Vec::new();
            } else {
                self.buffer.clear();
            }
        }
    }

    /// The bytes kept that have not been handed out.
    #[must_use]
    pub fn kept(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::DecodeErrorKind;

    const SIZE_MAX: usize = 1 << 20;
    const PINGREQ: [u8; 2] = [0xC0, 0x00];
    const PUBACK: [u8; 4] = [0x40, 0x02, 0x00, 0x01];

    /// What `next` gives, owned.
    fn next(deframer: &mut Deframer, bytes: &mut &[u8]) -> Option<Vec<u8>> {
        deframer.next(bytes, SIZE_MAX).expect("the stream is valid").map(<[u8]>::to_vec)
    }

    /// A PUBLISH of `len` bytes in all, of which there are more than 16 512.
    fn publish(len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        let header = crate::codec::variable_byte_integer::encode(len - 4);
        bytes[0] = 0x30;
        bytes[1..4].copy_from_slice(&header[..3]);
        bytes
    }

    #[test]
    fn packets_in_one_piece_are_handed_out_where_they_lie() {
        let stream = [&PINGREQ[..], &PUBACK].concat();
        let mut deframer = Deframer::new();
        let mut bytes = &stream[..];
        let first = deframer.next(&mut bytes, SIZE_MAX).expect("it is valid").expect("it is whole");
        assert_eq!(first.as_ptr(), stream.as_ptr());
        assert_eq!(first, PINGREQ);
        let second =
            deframer.next(&mut bytes, SIZE_MAX).expect("it is valid").expect("it is whole");
        assert_eq!(second.as_ptr(), stream[2..].as_ptr());
        assert_eq!(second, PUBACK);
        assert_eq!(deframer.next(&mut bytes, SIZE_MAX), Ok(None));
        assert_eq!(deframer.buffer.capacity(), 0);
    }

    #[test]
    fn a_kept_part_takes_only_the_bytes_that_complete_it() {
        let mut deframer = Deframer::new();
        let mut bytes = &PUBACK[..3];
        assert_eq!(next(&mut deframer, &mut bytes), None);
        assert!(bytes.is_empty());
        assert_eq!(deframer.buffered(), 3);
        let more = [&PUBACK[3..], &PINGREQ].concat();
        let mut bytes = &more[..];
        assert_eq!(next(&mut deframer, &mut bytes), Some(PUBACK.to_vec()));
        assert_eq!(bytes, PINGREQ);
        assert_eq!(deframer.buffered(), 0);
        assert_eq!(next(&mut deframer, &mut bytes), Some(PINGREQ.to_vec()));
    }

    #[test]
    fn a_kept_first_byte_takes_no_byte_behind_a_short_packet() {
        let mut deframer = Deframer::new();
        assert_eq!(next(&mut deframer, &mut &PINGREQ[..1]), None);
        let more = [&PINGREQ[1..], &PUBACK].concat();
        let mut bytes = &more[..];
        assert_eq!(next(&mut deframer, &mut bytes), Some(PINGREQ.to_vec()));
        assert_eq!(bytes, PUBACK);
    }

    #[test]
    fn pushed_packets_come_out_one_by_one() {
        let mut deframer = Deframer::new();
        deframer.push(&PUBACK);
        deframer.push(&PINGREQ);
        deframer.push(&PUBACK[..1]);
        assert_eq!(deframer.buffered(), 7);
        assert_eq!(next(&mut deframer, &mut &[][..]), Some(PUBACK.to_vec()));
        assert_eq!(deframer.buffered(), 3);
        deframer.push(&PUBACK[1..]);
        assert_eq!(next(&mut deframer, &mut &[][..]), Some(PINGREQ.to_vec()));
        assert_eq!(next(&mut deframer, &mut &[][..]), Some(PUBACK.to_vec()));
        assert_eq!(next(&mut deframer, &mut &[][..]), None);
        assert_eq!(deframer.buffered(), 0);
    }

    #[test]
    fn what_is_pushed_comes_before_what_arrives() {
        let mut deframer = Deframer::new();
        deframer.push(&PUBACK);
        let mut bytes = &PINGREQ[..];
        assert_eq!(next(&mut deframer, &mut bytes), Some(PUBACK.to_vec()));
        assert_eq!(next(&mut deframer, &mut bytes), Some(PINGREQ.to_vec()));
    }

    #[test]
    fn an_announced_length_reserves_nothing() {
        let packet = publish(SIZE_MAX);
        let mut deframer = Deframer::new();
        assert_eq!(next(&mut deframer, &mut &packet[..10]), None);
        assert!(deframer.buffer.capacity() < 64, "{}", deframer.buffer.capacity());
    }

    #[test]
    fn the_buffer_grows_to_the_packet_and_not_beyond() {
        let packet = publish(100_000);
        let mut deframer = Deframer::new();
        let mut bytes = &packet[..1];
        let mut packets = 0;
        for start in 1..packet.len() {
            assert_eq!(next(&mut deframer, &mut bytes), None);
            assert!(deframer.buffer.capacity() <= packet.len());
            bytes = &packet[start..=start];
        }
        packets += usize::from(next(&mut deframer, &mut bytes) == Some(packet));
        assert_eq!(packets, 1);
    }

    #[test]
    fn a_big_buffer_is_given_back_once_it_is_empty() {
        let packet = publish(100_000);
        let mut deframer = Deframer::new();
        let (head, mut tail) = packet.split_at(50_000);
        assert_eq!(next(&mut deframer, &mut &head[..]), None);
        assert_eq!(next(&mut deframer, &mut tail).as_ref(), Some(&packet));
        assert_eq!(next(&mut deframer, &mut tail), None);
        assert_eq!(deframer.buffer.capacity(), 0);
    }

    #[test]
    fn a_packet_too_large_is_refused_at_its_fixed_header() {
        let packet = publish(20_000);
        for at in [1, 2, 3, 4, 5, 20_000] {
            let mut deframer = Deframer::new();
            let (mut head, mut tail) = packet.split_at(at);
            let error = match deframer.next(&mut head, 19_999) {
                Ok(packet) => {
                    assert_eq!(packet, None);
                    deframer.next(&mut tail, 19_999).expect_err("it is too large")
                }
                Err(error) => error,
            };
            let kind = DecodeErrorKind::PacketTooLarge { len: 20_000, max: 19_999 };
            assert_eq!(error, DecodeError { kind, offset: 1 });
            assert!(deframer.buffered() <= 4);
        }
        let mut deframer = Deframer::new();
        assert_eq!(deframer.next(&mut &packet[..], 20_000), Ok(Some(&packet[..])));
    }

    #[test]
    fn a_pushed_byte_is_moved_once_on_average() {
        let mut deframer = Deframer::new();
        for _ in 0..1_000 {
            deframer.push(&PUBACK);
        }
        let (mut pushed, mut moved) = (deframer.buffered(), 0);
        for _ in 0..5_000 {
            let (start, kept) = (deframer.start, deframer.buffered());
            deframer.push(&PUBACK);
            pushed += PUBACK.len();
            moved += if start > 0 && deframer.start == 0 { kept } else { 0 };
            assert_eq!(deframer.next(&mut &[][..], SIZE_MAX), Ok(Some(&PUBACK[..])));
            assert!(deframer.buffer.len() <= 3 * deframer.buffered());
        }
        assert!(moved <= pushed, "{moved} of {pushed}");
    }
}
