//! The class `Simulation` and its trace.

use std::sync::Arc;

use afterlink_core::sim::{PacketNumber, PacketRecord, PacketRow, Why};
use tsify::Ts;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::convert::{Outcome, entries, number, write};
use crate::lists::page;
use crate::page::{ExplainedEntry, PacketDetails, TracePage};
use crate::simulation::Simulation;

#[wasm_bindgen]
impl Simulation {
    /// Entries of the trace from number `from` on, at most `limit`, each with its packet and its
    /// reason. What is no longer kept is passed over; what lies before the present has numbers
    /// below `position().next_entry`.
    pub fn trace(&self, from: f64, limit: u32) -> Outcome<Ts<TracePage>> {
        let from = number("from", from)?;
        self.look(|simulation| {
            let trace = simulation.trace();
            let position = simulation.world().next_entry();
            let explained = trace.entries(from, entries(limit)).map(|entry| {
                let record = entry.what.packet().and_then(|packet| trace.packet(packet));
                ExplainedEntry {
                    packet: record.map(|record| PacketRow::new(record, position)),
                    why: Why::of(&entry.what),
                    entry: Arc::clone(entry),
                }
            });
            let (first, next) = (trace.first(), trace.next());
            page(&TracePage { first, next, entries: explained.collect() })
        })
    }

    /// The same entries as text, each as JSON on a line of its own.
    #[wasm_bindgen(js_name = traceText)]
    pub fn trace_text(&self, from: f64, limit: u32) -> Outcome<String> {
        let from = number("from", from)?;
        self.look(|simulation| {
            let mut text = String::new();
            for entry in simulation.trace().entries(from, entries(limit)) {
                write(entry, &mut text)?;
                text.push('\n');
            }
            Ok(text)
        })
    }

    /// A packet with its decoded fields, and with the bytes of each; `undefined` if it is not in
    /// the trace.
    pub fn packet(&self, packet: f64) -> Outcome<Option<Ts<PacketDetails>>> {
        let packet = PacketNumber(number("packet", packet)?);
        self.look(|simulation| {
            let position = simulation.world().next_entry();
            let record = simulation.trace().packet(packet);
            record.map(|record| page(&details(record, position))).transpose()
        })
    }

    /// The bytes of a packet; `undefined` if it is not in the trace.
    #[wasm_bindgen(js_name = packetBytes)]
    pub fn packet_bytes(&self, packet: f64) -> Outcome<Option<Vec<u8>>> {
        let packet = PacketNumber(number("packet", packet)?);
        self.look(|simulation| {
            let record = simulation.trace().packet(packet);
            Ok(record.map(|record| record.sent.bytes.to_vec()))
        })
    }
}

fn details(record: &PacketRecord, position: u64) -> PacketDetails {
    let (fields, fault) = match record.sent.fields() {
        Ok(fields) => (Some(fields), None),
        Err(error) => (None, Some(error.to_string())),
    };
    PacketDetails {
        record: record.clone(),
        fate: record.fate_at(position),
        fields,
        fault,
        dissection: record.sent.dissection(),
    }
}
