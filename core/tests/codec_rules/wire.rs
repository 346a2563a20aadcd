//! Bytes as they are written in a test: hexadecimal, with text in quotes.

/// The bytes of `text`, such as `00 04 'MQTT'`.
pub(crate) fn wire(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Every other part stands in quotes.
    for (index, part) in text.split('\'').enumerate() {
        if index % 2 == 1 {
            bytes.extend_from_slice(part.as_bytes());
            continue;
        }
        for digits in part.split_whitespace() {
            assert_eq!(digits.len(), 2, "a byte has two digits: {digits}");
            bytes.push(u8::from_str_radix(digits, 16).unwrap());
        }
    }
    bytes
}
