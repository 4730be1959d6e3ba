//! Playlists that leave out what their reader already knows (EXT-X-SKIP of RFC 8216, second edition): filled in from
//! that.

use super::address::Address;
use super::axis::Axis;
use super::media::{Init, MAX_INITS, MAX_LISTED, Media};
use super::names::Names;
use super::sequence::Sequence;

impl Media {
    /// Puts the segments that a delta update skips before those that it lists, if all are known. If not, or if more
    /// segments or init segments would be in use than one playlist may have, it stays what it lists: the next
    /// playlist that skips nothing repairs that.
    pub(super) fn fill_in(&mut self, known: &Self) {
        let (Axis::Sequence(own), Axis::Sequence(before)) = (&self.axis, &known.axis) else {
            return;
        };
        Init::name_all(&mut self.inits, &known.inits);
        let Some(skipped) = own.skipped_in(before) else {
            return;
        };
        let (
            Some(Names::List { bases, entries }),
            Some(Names::List {
                bases: old,
                entries: listed,
            }),
        ) = (&self.names, &known.names)
        else {
            return;
        };
        // References are relative: they mean the same only beside the same playlist.
        let is_beside = bases.first().map(Address::path) == old.first().map(Address::path);
        let (true, Some(skipped_entries)) = (is_beside, listed.get(skipped.clone())) else {
            return;
        };
        let filled = own.after(before, skipped);
        let mut inits = in_use(&known.inits, filled.first);
        inits.extend(self.inits.iter().cloned());
        if inits.len() > MAX_INITS || skipped_entries.len() + entries.len() > MAX_LISTED {
            return;
        }
        let names = Names::List {
            bases: bases.clone(),
            entries: skipped_entries.iter().chain(entries.iter()).cloned().collect(),
        };
        Init::name_all(&mut inits, &known.inits);
        self.inits = inits;
        self.names = Some(names);
        self.axis = Axis::Sequence(filled);
    }
}

/// The init segments that serve segments from that number on: those that start later, and the last that started
/// before.
fn in_use(inits: &[Init], first: i64) -> Vec<Init> {
    let ago = |init: &Init| first.wrapping_sub(init.from);
    let current = inits.iter().map(ago).filter(|ago| *ago >= 0).min().unwrap_or(0);
    inits
        .iter()
        .filter(|init| ago(init) <= current)
        .cloned()
        .collect()
}

impl Sequence {
    /// Which segments of `known` this playlist skips; `None` if it skips none, or not all of them are known.
    fn skipped_in(&self, known: &Self) -> Option<std::ops::Range<usize>> {
        let skipped = i64::try_from(self.skipped).ok().filter(|skipped| *skipped > 0)?;
        let from = self.first.wrapping_sub(skipped).wrapping_sub(known.first);
        let from = usize::try_from(from).ok()?;
        let to = from.checked_add(usize::try_from(skipped).ok()?)?;
        (to as u64 <= known.len()).then_some(from..to)
    }

    /// This playlist with the skipped segments of another put before it.
    fn after(&self, known: &Self, skipped: std::ops::Range<usize>) -> Self {
        let base = known.bounds[skipped.start];
        let join = known.bounds[skipped.end] - base;
        let before = known.bounds[skipped.clone()].iter().map(|bound| bound - base);
        let own = self.bounds.iter().map(|bound| bound.saturating_add(join));
        let first = known.first.wrapping_add_unsigned(skipped.start as u64);
        Self {
            first,
            skipped: 0,
            offset: crate::time::MediaTime::from_micros(known.offset.as_micros().saturating_add(base)),
            bounds: before.chain(own).collect(),
        }
    }
}

#[cfg(test)]
mod tests;
