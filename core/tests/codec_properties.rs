//! What holds for every packet, every version, every split of a stream and any bytes at all.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by unwrapping")]

#[path = "codec_properties/packets.rs"]
mod packets;

use afterlink_core::codec::packet::PublishProperties;
use afterlink_core::codec::*;
use proptest::collection::vec;
use proptest::prelude::*;

const LIMITS: DecodeLimits = DecodeLimits::NONE;
const SIZE_MAX: usize = 1 << 20;

proptest! {
    #[test]
    fn what_is_encoded_decodes_to_what_the_version_can_say(
        packet in packets::packet(),
        version in packets::version(),
    ) {
        let Some(said) = packets::as_said_in(&packet, version) else { return Ok(()) };
        let mut bytes = b"before".to_vec();
        packet.encode(version, &mut bytes).unwrap();
        let encoded = bytes.strip_prefix(b"before").unwrap();
        prop_assert_eq!(encoded.len(), packet.encoded_len(version));
        prop_assert_eq!(packet_length(encoded, SIZE_MAX), Ok(Some(encoded.len())));
        for sender in packets::sender_of(&said, version) {
            prop_assert_eq!(decode(encoded, version, sender, &LIMITS), Ok(said.clone()));
        }
        let mut again = Vec::new();
        said.encode(version, &mut again).unwrap();
        prop_assert_eq!(&again[..], encoded);
    }

    #[test]
    fn the_wrong_side_is_refused(
        packet in packets::packet(),
        version in packets::version(),
    ) {
        let Some(said) = packets::as_said_in(&packet, version) else { return Ok(()) };
        let mut bytes = Vec::new();
        packet.encode(version, &mut bytes).unwrap();
        let allowed = packets::sender_of(&said, version);
        for sender in [Sender::Client, Sender::Server] {
            if !allowed.contains(&sender) {
                let error = decode(&bytes, version, sender, &LIMITS).unwrap_err();
                prop_assert_eq!(error.reason_code(), ReasonCode::PROTOCOL_ERROR);
            }
        }
    }

    #[test]
    fn a_decoded_packet_encodes_to_the_same_bytes_as_the_one_it_came_from(
        packet in packets::packet(),
    ) {
        let version = ProtocolVersion::V5;
        let mut bytes = Vec::new();
        packet.encode(version, &mut bytes).unwrap();
        let sender = packets::sender_of(&packet, version)[0];
        let mut again = Vec::new();
        decode(&bytes, version, sender, &LIMITS).unwrap().encode(version, &mut again).unwrap();
        prop_assert_eq!(bytes, again);
    }

    #[test]
    fn a_head_and_its_payload_are_the_packet(
        publish in packets::publish(),
        version in packets::version(),
    ) {
        let mut forwarded = Vec::new();
        publish.properties.encode_forwarded(&mut forwarded);
        let identifiers: Vec<_> = publish.properties.subscription_identifiers.iter().collect();
        let head = PublishHead {
            dup: publish.dup,
            qos: publish.qos,
            retain: publish.retain,
            topic: publish.topic,
            packet_identifier: publish.packet_identifier,
            message_expiry_interval: publish.properties.message_expiry_interval,
            topic_alias: publish.properties.topic_alias,
            subscription_identifiers: &identifiers,
            forwarded: &forwarded,
            payload_len: publish.payload.len(),
        };
        let mut bytes = Vec::new();
        head.encode(version, &mut bytes);
        bytes.extend_from_slice(publish.payload);
        prop_assert_eq!(bytes.len(), head.packet_len(version));
        let packet = Packet::Publish(publish);
        if let Some(said) = packets::as_said_in(&packet, version) {
            prop_assert_eq!(decode(&bytes, version, Sender::Server, &LIMITS), Ok(said));
        }
    }

    #[test]
    fn forwarded_properties_come_back_without_those_of_one_hop(publish in packets::publish()) {
        let mut forwarded = Vec::new();
        publish.properties.encode_forwarded(&mut forwarded);
        let expected = PublishProperties {
            message_expiry_interval: None,
            topic_alias: None,
            subscription_identifiers: SubscriptionIdentifiers::NONE,
            ..publish.properties
        };
        prop_assert_eq!(PublishProperties::decode_forwarded(&forwarded), expected);
    }

    #[test]
    fn any_split_of_a_stream_gives_the_same_packets(
        packets in vec(packets::packet(), 0..6),
        cuts in vec(any::<prop::sample::Index>(), 0..12),
        pushed in any::<u16>(),
        tail in vec(any::<u8>(), 0..4),
    ) {
        let mut stream = Vec::new();
        let mut expected = Vec::new();
        for packet in &packets {
            let start = stream.len();
            packet.encode(ProtocolVersion::V5, &mut stream).unwrap();
            expected.push(stream[start..].to_vec());
        }
        stream.extend(tail);
        let whole = deframe(&[&stream], 0);
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
        cuts.push(0);
        cuts.push(stream.len());
        cuts.sort_unstable();
        let pieces: Vec<_> = cuts.windows(2).map(|cut| &stream[cut[0]..cut[1]]).collect();
        prop_assert_eq!(&whole.0[..expected.len()], &expected[..]);
        prop_assert_eq!(deframe(&pieces, pushed), whole);
    }

    #[test]
    fn any_bytes_are_a_packet_or_an_error_within_them(
        bytes in vec(any::<u8>(), 0..300),
        version in packets::version(),
    ) {
        check_total(&bytes, version);
    }

    #[test]
    fn any_body_behind_a_right_header_is_a_packet_or_an_error_within_it(
        first in any::<u8>(),
        body in vec(any::<u8>(), 0..120),
        version in packets::version(),
    ) {
        let mut bytes = vec![first, u8::try_from(body.len()).unwrap()];
        bytes.extend(body);
        check_total(&bytes, version);
    }

    #[test]
    fn a_packet_with_a_byte_changed_is_a_packet_or_an_error_within_it(
        packet in packets::packet(),
        version in packets::version(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = Vec::new();
        if packet.encode(version, &mut bytes).is_ok() {
            let at = at.index(bytes.len());
            bytes[at] = byte;
            check_total(&bytes, version);
        }
    }

    #[test]
    fn a_packet_cut_short_is_refused(
        packet in packets::packet(),
        version in packets::version(),
        at in any::<prop::sample::Index>(),
    ) {
        let mut bytes = Vec::new();
        if packet.encode(version, &mut bytes).is_ok() {
            bytes.truncate(at.index(bytes.len()));
            for sender in [Sender::Client, Sender::Server] {
                prop_assert!(decode(&bytes, version, sender, &LIMITS).is_err());
            }
        }
    }

    #[test]
    fn any_bytes_read_as_forwarded_properties(bytes in vec(any::<u8>(), 0..100)) {
        let properties = PublishProperties::decode_forwarded(&bytes);
        prop_assert_eq!(
            properties.user_properties.iter().count(),
            properties.user_properties.len()
        );
    }
}

/// What `bytes` decode to can be read, measured and written; an error lies within `bytes`.
fn check_total(bytes: &[u8], version: ProtocolVersion) {
    for sender in [Sender::Client, Sender::Server] {
        match decode(bytes, version, sender, &LIMITS) {
            Ok(packet) => {
                let version =
                    if let Packet::Connect(connect) = &packet { connect.version } else { version };
                let mut again = Vec::new();
                packet.encode(version, &mut again).unwrap();
                assert_eq!(decode(&again, version, sender, &LIMITS).as_ref(), Ok(&packet));
                assert!(!format!("{packet:?}").is_empty());
            }
            Err(error) => {
                assert!(error.offset <= bytes.len(), "{error} of {}", bytes.len());
                assert!(error.reason_code().is_error());
            }
        }
    }
    let (_, end) = deframe(&[bytes], 0);
    assert!(end.is_err() || end.is_ok_and(|kept| kept <= bytes.len()));
}

/// The packets in `pieces` and how the stream ends. Piece n is pushed, not handed to `next`, if bit
/// n of `pushed` is set.
fn deframe(pieces: &[&[u8]], pushed: u16) -> (Vec<Vec<u8>>, Result<usize, DecodeError>) {
    let mut deframer = Deframer::new();
    let mut packets = Vec::new();
    for (index, piece) in pieces.iter().enumerate() {
        let mut bytes = *piece;
        if pushed >> (index % 16) & 1 == 1 {
            deframer.push(bytes);
            // The last one has to be looked at.
            if index + 1 < pieces.len() {
                continue;
            }
            bytes = &[];
        }
        loop {
            match deframer.next(&mut bytes, SIZE_MAX) {
                Ok(Some(packet)) => packets.push(packet.to_vec()),
                Ok(None) => break,
                Err(error) => return (packets, Err(error)),
            }
        }
        assert!(bytes.is_empty());
    }
    (packets, Ok(deframer.buffered()))
}
