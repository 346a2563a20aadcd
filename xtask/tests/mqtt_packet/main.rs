//! The tests that the npm package `mqtt-packet` carries, against our codec.
//!
//! `tests/clients/mqtt-packet/record.mjs` runs them and writes down what was parsed into what and
//! generated from what; here the same bytes go through our codec. `cargo xtask test cargo-test`
//! does both. Where the two disagree, `differences.rs` says why.

mod differences;
mod shape;
mod vector;

use std::path::Path;

use afterlink_core::codec::{
    DecodeError, DecodeErrorKind, DecodeLimits, Deframer, Packet, ProtocolVersion, Sender, decode,
};
use serde_json::Value;

use differences::DIFFERENCES;
use vector::{Bytes, Kind, Vector};

/// Far fewer than there are, far more than a recording that went wrong would hold.
const VECTORS_MIN: usize = 300;

const NO_LIMITS: DecodeLimits = DecodeLimits {
    user_properties_max: usize::MAX,
    properties_bytes_max: usize::MAX,
    filters_max: usize::MAX,
};

#[test]
fn our_codec_agrees_with_mqtt_packet_but_for_the_differences_that_are_explained() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mqtt-packet.json");
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| {
        panic!("{}: {error}; run `cargo xtask test cargo-test`, which writes it", file.display())
    });
    let vectors = vector::read(&text);
    assert!(vectors.len() >= VECTORS_MIN, "only {} vectors", vectors.len());

    let mut found = Vec::new();
    for vector in &vectors {
        if let Some(difference) = compare(vector) {
            found.push((vector.test.as_str(), difference));
        }
    }
    found.dedup();
    let unexplained: Vec<_> = found
        .iter()
        .filter(|(test, difference)| !is_explained(test, difference))
        .map(|(test, difference)| format!("not explained: ({test:?}, {difference:?})"))
        .collect();
    let idle: Vec<_> = DIFFERENCES
        .iter()
        .filter(|known| {
            !found.iter().any(|(test, found)| known.test == *test && known.is == *found)
        })
        .map(|known| format!("not needed: ({:?}, {:?})", known.test, known.is))
        .collect();
    println!("{} vectors, {} differences", vectors.len(), found.len());
    let lines = [unexplained, idle].concat();
    assert!(lines.is_empty(), "\n{}\n", lines.join("\n"));
}

#[test]
fn each_difference_is_explained_in_a_sentence() {
    for known in DIFFERENCES {
        let because = known.because;
        assert!(because.split(' ').count() > 10 && because.ends_with('.'), "{}", known.test);
    }
}

fn is_explained(test: &str, difference: &str) -> bool {
    DIFFERENCES.iter().any(|known| known.test == test && known.is == difference)
}

/// How we differ from mqtt-packet, if we do.
fn compare(vector: &Vector) -> Option<String> {
    match &vector.kind {
        Kind::Parsed { chunks, packets, is_refused } => {
            compare_parsed(vector.version, chunks, packets, *is_refused)
        }
        Kind::Generated { packet, bytes } => {
            compare_generated(vector.version, packet, std::slice::from_ref(bytes))
        }
        // There are no bytes, and most of these objects cannot even be said in our types.
        Kind::NotGenerated => None,
    }
}

fn compare_parsed(
    version: ProtocolVersion,
    chunks: &[Bytes],
    packets: &[Value],
    is_refused: bool,
) -> Option<String> {
    let stream = Stream::read_either_way(version, chunks);
    if stream.error.is_some() == is_refused && stream.shown == packets {
        return stream.encoded.err();
    }
    Some(match (&stream.error, is_refused) {
        (Some(error), false) => format!("we refuse it: {}", error.kind),
        (None, true) => "we accept it".to_owned(),
        _ => describe(&stream.shown, packets),
    })
}

fn compare_generated(version: ProtocolVersion, packet: &Value, bytes: &[Bytes]) -> Option<String> {
    let stream = Stream::read_either_way(version, bytes);
    match (&stream.error, &stream.shown[..]) {
        (None, [ours]) => shape::first_missing(packet, ours)
            .map(|field| format!("another `{field}`"))
            .or_else(|| stream.encoded.err()),
        (None, ours) => Some(format!("{} packets", ours.len())),
        (Some(error), _) => Some(format!("we refuse it: {}", error.kind)),
    }
}

/// What our codec makes of a stream, and whether it writes it the same way.
struct Stream {
    shown: Vec<Value>,
    error: Option<DecodeError>,
    encoded: Result<(), String>,
}

impl Stream {
    /// What a client alone sends and what a server alone sends do not come in one stream, and
    /// mqtt-packet does not ask who sent it.
    fn read_either_way(version: ProtocolVersion, chunks: &[Bytes]) -> Self {
        let from_client = Self::read(version, Sender::Client, chunks);
        let is_foreign =
            from_client.error.is_some_and(|error| error.kind == DecodeErrorKind::WrongDirection);
        if from_client.error.is_none() {
            return from_client;
        }
        let from_server = Self::read(version, Sender::Server, chunks);
        if is_foreign || from_server.error.is_none() { from_server } else { from_client }
    }

    fn read(mut version: ProtocolVersion, sender: Sender, chunks: &[Bytes]) -> Self {
        let mut stream = Self { shown: Vec::new(), error: None, encoded: Ok(()) };
        let mut deframer = Deframer::new();
        for chunk in chunks {
            let chunk = chunk.to_vec();
            let mut rest = chunk.as_slice();
            loop {
                let bytes = match deframer.next(&mut rest, usize::MAX) {
                    Ok(Some(bytes)) => bytes,
                    Ok(None) => break,
                    Err(error) => {
                        stream.error = Some(error);
                        return stream;
                    }
                };
                match decode(bytes, version, sender, &NO_LIMITS) {
                    Ok(packet) => {
                        if let Packet::Connect(connect) = &packet {
                            version = connect.version;
                        }
                        stream.add(&packet, version, bytes);
                    }
                    Err(error) => {
                        stream.error = Some(error);
                        return stream;
                    }
                }
            }
        }
        stream
    }

    fn add(&mut self, packet: &Packet<'_>, version: ProtocolVersion, bytes: &[u8]) {
        self.shown.push(shape::normal(shape::of_packet(packet, version)));
        let mut encoded = Vec::with_capacity(bytes.len());
        packet.encode(version, &mut encoded).expect("what was decoded can be encoded");
        if encoded != bytes && !is_reordered(&encoded, bytes) {
            let (ours, theirs) = (hex(&encoded), hex(bytes));
            self.encoded = Err(format!("we write {ours} for {theirs}"));
        }
    }
}

/// Whether only the order of properties can differ, which means nothing.
fn is_reordered(one: &[u8], other: &[u8]) -> bool {
    let sorted = |bytes: &[u8]| {
        let mut bytes = bytes.to_vec();
        bytes.sort_unstable();
        bytes
    };
    one.len() == other.len() && sorted(one) == sorted(other)
}

/// Where two lists of packets part.
fn describe(ours: &[Value], theirs: &[Value]) -> String {
    if ours.len() != theirs.len() {
        return format!("{} packets, not {}", ours.len(), theirs.len());
    }
    let fields = ours.iter().zip(theirs).filter_map(|(ours, theirs)| {
        shape::first_missing(theirs, ours).or_else(|| shape::first_missing(ours, theirs))
    });
    let fields: Vec<_> = fields.map(|field| format!("another `{field}`")).collect();
    fields.join(", ")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().take(64).map(|byte| format!("{byte:02x}")).collect()
}
