//! Bytes whose bits have meanings of their own.

use super::BitRange;
use super::layout::Layout;
use super::value;
use crate::codec::reader::Reader;

/// Bits of a byte that mean something together.
pub(super) struct Bits {
    name: &'static str,
    section: &'static str,
    high: u8,
    low: u8,
    kind: BitsKind,
}

#[derive(Clone, Copy)]
pub(super) enum BitsKind {
    Flag,
    QoS,
    RetainHandling,
    Reserved,
}

pub(super) const fn bits(
    name: &'static str,
    section: &'static str,
    (high, low): (u8, u8),
    kind: BitsKind,
) -> Bits {
    Bits { name, section, high, low, kind }
}

pub(super) const PUBLISH: &[Bits] = &[
    bits("DUP", ".1.1", (3, 3), BitsKind::Flag),
    bits("QoS Level", ".1.2", (2, 1), BitsKind::QoS),
    bits("RETAIN", ".1.3", (0, 0), BitsKind::Flag),
];

pub(super) const CONNECT: &[Bits] = &[
    bits("User Name Flag", ".2.8", (7, 7), BitsKind::Flag),
    bits("Password Flag", ".2.9", (6, 6), BitsKind::Flag),
    bits("Will Retain", ".2.7", (5, 5), BitsKind::Flag),
    bits("Will QoS", ".2.6", (4, 3), BitsKind::QoS),
    bits("Will Flag", ".2.5", (2, 2), BitsKind::Flag),
    bits("Clean Start", ".2.4", (1, 1), BitsKind::Flag),
    bits("Reserved", ".2.3", (0, 0), BitsKind::Reserved),
];

pub(super) const CONNECT_V3: &[Bits] = &[
    bits("User Name Flag", ".2.8", (7, 7), BitsKind::Flag),
    bits("Password Flag", ".2.9", (6, 6), BitsKind::Flag),
    bits("Will Retain", ".2.7", (5, 5), BitsKind::Flag),
    bits("Will QoS", ".2.6", (4, 3), BitsKind::QoS),
    bits("Will Flag", ".2.5", (2, 2), BitsKind::Flag),
    bits("Clean Session", ".2.4", (1, 1), BitsKind::Flag),
    bits("Reserved", ".2.3", (0, 0), BitsKind::Reserved),
];

pub(super) const CONNACK: &[Bits] = &[
    bits("Reserved", ".2.1", (7, 1), BitsKind::Reserved),
    bits("Session Present", ".2.1.1", (0, 0), BitsKind::Flag),
];

pub(super) const CONNACK_V3_1_1: &[Bits] = &[
    bits("Reserved", ".2.1", (7, 1), BitsKind::Reserved),
    bits("Session Present", ".2.2", (0, 0), BitsKind::Flag),
];

pub(super) const CONNACK_V3_1: &[Bits] = &[bits("Reserved", ".2.1", (7, 0), BitsKind::Reserved)];

pub(super) const SUBSCRIPTION_OPTIONS: &[Bits] = &[
    bits("Reserved", ".3.1", (7, 6), BitsKind::Reserved),
    bits("Retain Handling", ".3.1", (5, 4), BitsKind::RetainHandling),
    bits("Retain As Published", ".3.1", (3, 3), BitsKind::Flag),
    bits("No Local", ".3.1", (2, 2), BitsKind::Flag),
    bits("Maximum QoS", ".3.1", (1, 0), BitsKind::QoS),
];

pub(super) const SUBSCRIPTION_OPTIONS_V3: &[Bits] =
    &[bits("Reserved", ".3", (7, 2), BitsKind::Reserved), bits("QoS", ".3", (1, 0), BitsKind::QoS)];

impl Layout {
    /// A byte of flags; gives it back.
    pub(super) fn flags(
        &mut self,
        name: &'static str,
        section: &str,
        table: &[Bits],
        reader: &mut Reader<'_>,
    ) -> Option<u8> {
        let start = reader.offset();
        let byte = reader.byte().ok()?;
        let holder = self.tree.open(name, self.section(section), start)?;
        self.tree.set_value(holder, value::hexadecimal(byte));
        self.bits(table, start, byte)?;
        self.tree.close();
        Some(byte)
    }

    pub(super) fn bits(&mut self, table: &[Bits], start: usize, byte: u8) -> Option<()> {
        for &Bits { name, section, high, low, kind } in table {
            let width = high.wrapping_sub(low).wrapping_add(1);
            let bits = byte.wrapping_shl(7_u32.wrapping_sub(high.into()))
                >> (8_u8.wrapping_sub(width) & 7);
            let value = match kind {
                BitsKind::Flag => bits.to_string(),
                BitsKind::QoS => value::qos(bits),
                BitsKind::RetainHandling => value::retain_handling(bits),
                BitsKind::Reserved => value::binary_digits(bits, width),
            };
            let range = (start, start.saturating_add(1));
            let bits = Some(BitRange { high, low });
            self.tree.leaf(name, self.section(section), range, bits, value)?;
        }
        Some(())
    }
}
