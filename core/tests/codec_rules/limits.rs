use afterlink_core::codec::DecodeErrorKind as Kind;
use afterlink_core::codec::{DecodeError, DecodeLimits, ReasonCode, decode};

use super::{Client, V3_1_1, V5, frame, wire::wire};

const LIMITS: DecodeLimits =
    DecodeLimits { user_properties_max: 3, properties_bytes_max: 40, filters_max: 2 };

#[test]
fn the_defaults_are_those_that_are_documented() {
    let limits = DecodeLimits::default();
    assert_eq!(limits.user_properties_max, 32);
    assert_eq!(limits.properties_bytes_max, 16_384);
    assert_eq!(limits.filters_max, 100);
}

#[test]
fn user_properties_are_limited_in_number() {
    assert!(decode_limited(&publish(3, 0)).is_ok());
    let kind = Kind::TooManyUserProperties { max: 3 };
    // Each of the first three takes seven bytes.
    assert_eq!(decode_limited(&publish(4, 0)), Err(DecodeError { kind, offset: 6 + 21 }));
    assert_eq!(kind.reason_code(), ReasonCode::QUOTA_EXCEEDED);
}

#[test]
fn properties_are_limited_in_bytes() {
    assert!(decode_limited(&publish(1, 30)).is_ok());
    let kind = Kind::PropertiesTooLong { max: 40 };
    assert_eq!(decode_limited(&publish(1, 31)), Err(DecodeError { kind, offset: 5 }));
    assert_eq!(kind.reason_code(), ReasonCode::QUOTA_EXCEEDED);
}

#[test]
fn a_connect_and_its_will_share_the_limits() {
    let connect = |own: usize, wills: usize| {
        let pair = "26 00 01 'k' 00 01 'v' ";
        let text = format!(
            "00 04 'MQTT' 05 06 00 00 {:02X} {} 00 01 'c' {:02X} {} 00 01 'w' 00 00",
            own * 7,
            pair.repeat(own),
            wills * 7,
            pair.repeat(wills),
        );
        frame(0x10, &wire(&text))
    };
    assert!(decode_limited(&connect(1, 2)).is_ok());
    assert!(decode_limited(&connect(3, 0)).is_ok());
    let error = decode_limited(&connect(2, 2)).unwrap_err();
    assert_eq!(error.kind, Kind::TooManyUserProperties { max: 3 });
    let error = decode_limited(&connect(3, 3)).unwrap_err();
    assert_eq!(error.kind, Kind::PropertiesTooLong { max: 40 });
}

#[test]
fn filters_are_limited_in_number() {
    for (first, filter) in [(0x82, "00 01 'a' 00 "), (0xA2, "00 01 'a' ")] {
        for (version, start) in [(V3_1_1, "00 01 "), (V5, "00 01 00 ")] {
            let request =
                |filters: usize| frame(first, &wire(&format!("{start}{}", filter.repeat(filters))));
            assert!(decode(&request(2), version, Client, &LIMITS).is_ok());
            let error = decode(&request(3), version, Client, &LIMITS).unwrap_err();
            assert_eq!(error.kind, Kind::TooManyFilters { max: 2 });
            assert_eq!(error.offset, 2 + wire(start).len() + 2 * wire(filter).len());
            assert_eq!(error.reason_code(), ReasonCode::QUOTA_EXCEEDED);
        }
    }
}

fn decode_limited(bytes: &[u8]) -> Result<(), DecodeError> {
    decode(bytes, V5, Client, &LIMITS).map(drop)
}

/// A PUBLISH with `pairs` User Properties of 7 bytes and, if not 0, a Content Type that takes
/// `others` bytes beside them and the three of its identifier and length.
fn publish(pairs: usize, others: usize) -> Vec<u8> {
    let mut properties = wire(&"26 00 01 'k' 00 01 'v' ".repeat(pairs));
    if others > 0 {
        properties.extend([0x03, 0x00, u8::try_from(others).unwrap()]);
        properties.extend(vec![b'x'; others]);
    }
    let mut body = wire("00 01 't'");
    body.push(u8::try_from(properties.len()).unwrap());
    body.extend(properties);
    frame(0x30, &body)
}
