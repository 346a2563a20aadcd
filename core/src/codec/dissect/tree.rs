//! Fields as they are found one by one, and the tree they make.

use super::{BitRange, DissectedField, FIELDS_MAX};

/// Fields in order, those that hold others before what they hold.
#[derive(Default)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    /// How many fields are open.
    depth: u8,
}

struct Node {
    depth: u8,
    /// Whether it is there for what it holds only.
    is_holder: bool,
    field: DissectedField,
}

/// A field that holds others, until its value is known.
#[derive(Clone, Copy)]
pub(super) struct Holder(usize);

impl Tree {
    /// Begins a field that holds those that follow. `None` if there is no room for more.
    pub(super) fn open(
        &mut self,
        name: &'static str,
        section: String,
        start: usize,
    ) -> Option<Holder> {
        let holder = Holder(self.nodes.len());
        self.push(name, section, (start, start), None, None, true)?;
        self.depth = self.depth.saturating_add(1);
        Some(holder)
    }

    /// Ends the field that was begun last.
    pub(super) fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// Says what the value of a field is that was begun.
    pub(super) fn set_value(&mut self, holder: Holder, value: String) {
        if let Some(node) = self.nodes.get_mut(holder.0) {
            node.field.value = Some(value);
        }
    }

    /// Adds a field that holds no other. `None` if there is no room for more.
    pub(super) fn leaf(
        &mut self,
        name: &'static str,
        section: String,
        range: (usize, usize),
        bits: Option<BitRange>,
        value: String,
    ) -> Option<()> {
        self.push(name, section, range, bits, Some(value), false)
    }

    /// The tree. What was begun and holds nothing is not there.
    pub(super) fn into_fields(self) -> Vec<DissectedField> {
        // From the last one back, so that what a field holds is known before it. What waits for
        // the field that holds it lies on a stack, the first on top.
        let mut waiting: Vec<(u8, DissectedField)> = Vec::new();
        for Node { depth, is_holder, mut field } in self.nodes.into_iter().rev() {
            while let Some((_, child)) = waiting.pop_if(|(below, _)| *below > depth) {
                field.children.push(child);
            }
            if let Some(last) = field.children.last() {
                field.end = last.end;
            } else if is_holder {
                continue;
            }
            waiting.push((depth, field));
        }
        waiting.into_iter().rev().map(|(_, field)| field).collect()
    }

    fn push(
        &mut self,
        name: &'static str,
        section: String,
        (start, end): (usize, usize),
        bits: Option<BitRange>,
        value: Option<String>,
        is_holder: bool,
    ) -> Option<()> {
        if self.nodes.len() >= FIELDS_MAX {
            return None;
        }
        let field = DissectedField { name, start, end, bits, value, section, children: Vec::new() };
        self.nodes.push(Node { depth: self.depth, is_holder, field });
        Some(())
    }
}
