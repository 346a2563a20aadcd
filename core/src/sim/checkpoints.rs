//! Checkpoints: clones of the World along a history, from which any moment is near.

use super::{Place, World};

/// How many checkpoints are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckpointLimits {
    /// Steps and commands between two of them, at first. When there are too many, every second
    /// one is dropped and the distance doubles.
    pub distance_steps: u64,
    /// Checkpoints, that of the start included; no fewer than two.
    pub checkpoints_max: usize,
    /// Bytes of all Worlds that are kept, as far as can be told.
    pub bytes_max: usize,
}

impl Default for CheckpointLimits {
    fn default() -> Self {
        Self { distance_steps: 64, checkpoints_max: 128, bytes_max: 64 << 20 }
    }
}

/// The checkpoints of one history, in order.
#[derive(Clone, Debug)]
pub struct Checkpoints {
    limits: CheckpointLimits,
    distance: u64,
    kept: Vec<Checkpoint>,
    bytes: usize,
}

#[derive(Clone, Debug)]
struct Checkpoint {
    world: World,
    bytes: usize,
}

impl Checkpoints {
    /// The one of the start.
    pub(super) fn new(limits: CheckpointLimits, start: &World) -> Self {
        let first = Checkpoint { world: start.clone(), bytes: start.weight_bytes() };
        let bytes = first.bytes;
        Self { limits, distance: limits.distance_steps.max(1), kept: vec![first], bytes }
    }

    /// How many there are.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "there is always the one of the start")]
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Bytes of all Worlds that are kept, as far as can be told.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Keeps the World if it is far enough beyond the last one kept.
    pub(super) fn offer(&mut self, world: &World) {
        if progress(world) < self.last().saturating_add(self.distance) {
            return;
        }
        let bytes = world.weight_bytes();
        while self.kept.len() > 1
            && (self.kept.len() >= self.limits.checkpoints_max.max(2)
                || self.bytes.saturating_add(bytes) > self.limits.bytes_max)
        {
            self.thin();
        }
        let is_near = progress(world) < self.last().saturating_add(self.distance);
        if is_near || self.bytes.saturating_add(bytes) > self.limits.bytes_max {
            return;
        }
        self.bytes += bytes;
        self.kept.push(Checkpoint { world: world.clone(), bytes });
    }

    /// The last one at or before a place.
    pub(super) fn before(&self, place: Place) -> &World {
        let index = self.kept.partition_point(|kept| is_before(&kept.world, place));
        let kept = self.kept.get(index.saturating_sub(1)).or_else(|| self.kept.first());
        &kept.expect("the one of the start is always kept").world
    }

    /// The last one at or before a place, if it lies beyond `world`.
    pub(super) fn between(&self, world: &World, place: Place) -> Option<&World> {
        Some(self.before(place)).filter(|kept| progress(kept) > progress(world))
    }

    /// Forgets those beyond `world`.
    pub(super) fn truncate(&mut self, world: &World) {
        while self.kept.len() > 1 && self.last() > progress(world) {
            let dropped = self.kept.pop();
            self.bytes -= dropped.map_or(0, |dropped| dropped.bytes);
        }
    }

    fn last(&self) -> u64 {
        self.kept.last().map_or(0, |last| progress(&last.world))
    }

    /// Drops every second one, but the first.
    fn thin(&mut self) {
        self.distance = self.distance.saturating_mul(2);
        let mut index = 0_usize;
        self.kept.retain(|_| {
            index += 1;
            index % 2 == 1
        });
        self.bytes = self.kept.iter().map(|kept| kept.bytes).sum();
    }
}

/// How far a World has come in its history.
const fn progress(world: &World) -> u64 {
    world.steps() + world.commands()
}

/// Whether a place can be reached from a World by going on.
fn is_before(world: &World, place: Place) -> bool {
    match place {
        Place::At(at) => world.now() <= at,
        Place::Step(step) => world.steps() < step || progress(world) == 0,
    }
}
