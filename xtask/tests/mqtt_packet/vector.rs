//! The recording, read.

use afterlink_core::codec::ProtocolVersion;
use serde_json::Value;

use crate::shape;

/// One call that a test of mqtt-packet makes.
pub(crate) struct Vector {
    pub(crate) test: String,
    pub(crate) version: ProtocolVersion,
    pub(crate) kind: Kind,
}

pub(crate) enum Kind {
    /// Bytes as they came in, the packets found, and whether there was an error after them.
    Parsed { chunks: Vec<Bytes>, packets: Vec<Value>, is_refused: bool },
    /// A packet and its bytes.
    Generated { packet: Value, bytes: Bytes },
    /// An object that was refused.
    NotGenerated,
}

/// Bytes and the zeros behind them, which are made only where they are looked at.
pub(crate) struct Bytes {
    start: Vec<u8>,
    zeros: usize,
}

impl Bytes {
    pub(crate) fn to_vec(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.start.len() + self.zeros);
        bytes.extend_from_slice(&self.start);
        bytes.resize(self.start.len() + self.zeros, 0);
        bytes
    }
}

pub(crate) fn read(text: &str) -> Vec<Vector> {
    let vectors: Value = serde_json::from_str(text).expect("the recording is JSON");
    let vectors = vectors.as_array().expect("the recording is a list");
    vectors.iter().map(read_vector).collect()
}

fn read_vector(vector: &Value) -> Vector {
    let is_refused = vector.get("error").is_some();
    let kind = match vector["kind"].as_str() {
        Some("parse") => Kind::Parsed {
            chunks: list(&vector["chunks"]).iter().map(bytes).collect(),
            packets: list(&vector["packets"]).iter().cloned().map(shape::normal).collect(),
            is_refused,
        },
        Some("generate") if is_refused => Kind::NotGenerated,
        Some("generate") => Kind::Generated {
            packet: shape::normal(vector["packet"].clone()),
            bytes: bytes(&vector["bytes"]),
        },
        other => panic!("a vector of kind {other:?}"),
    };
    let test = vector["test"].as_str().expect("a vector has a name").to_owned();
    Vector { test, version: version(vector), kind }
}

/// mqtt-packet treats a version it was not told as 3.1.1.
fn version(vector: &Value) -> ProtocolVersion {
    match vector["version"].as_u64() {
        Some(5) => ProtocolVersion::V5,
        Some(3) => ProtocolVersion::V3_1,
        _ => ProtocolVersion::V3_1_1,
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn bytes(value: &Value) -> Bytes {
    let hex = value["hex"].as_str().expect("bytes are in hex");
    let pairs = hex.as_bytes().chunks(2);
    let start = pairs.map(|pair| {
        let pair = std::str::from_utf8(pair).expect("hex is ASCII");
        u8::from_str_radix(pair, 16).expect("hex is hex")
    });
    let zeros = value["zeros"].as_u64().unwrap_or(0);
    Bytes { start: start.collect(), zeros: usize::try_from(zeros).expect("it fits") }
}
