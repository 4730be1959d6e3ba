//! Round trips between networks, as members measure them over their links, and how much nearer or further than its
//! bucket they make a pair.
//!
//! A liar gets little: a report counts only from a member that is paired with the peer it names, once for each pairing,
//! and not again while the pair of networks remembers it as one of its last [`REPORTERS`]. It is clamped, weighs an
//! eighth once there are eight, and even a book full of lies moves a score by no more than 2.

use std::collections::BTreeMap;

use super::locale::Group;
use super::{ConnId, Rooms};

/// How many pairs of networks are remembered. Each takes some 150 bytes.
pub(super) const MAX_PAIRS: usize = 4096;
/// How many reports it takes before their mean counts.
const ENOUGH: u32 = 3;
/// How many of the members that told last are remembered.
const REPORTERS: usize = 8;
/// How many reports the mean is over, roughly.
const SPAN: u32 = 8;
/// The longest round trip that is believed, in milliseconds: longer ones are of a link that is congested.
const LONGEST_MS: u32 = 2000;
/// Parts of a millisecond that the mean is kept in, so that small steps are not lost.
const PARTS: u32 = 16;

/// Mean round trips below which a score is moved, in milliseconds, and by how much; longer ones move it by
/// [`FURTHEST`].
const SHIFTS: [(u32, i8); 4] = [(20, -2), (50, -1), (100, 0), (150, 1)];
const FURTHEST: i8 = 2;

/// Two networks in either order, the lower first.
type GroupPair = (Group, Group);

/// What is known of pairs of networks. The one that was told of longest ago makes room for another.
#[derive(Debug, Default)]
pub(super) struct RttBook {
    entries: BTreeMap<GroupPair, Entry>,
    /// The pairs by when they were told of last: [`Entry::told_at`].
    by_age: BTreeMap<u64, GroupPair>,
    reports: u64,
}

#[derive(Debug, Default)]
struct Entry {
    /// The moving mean, in [`PARTS`] of a millisecond.
    mean: u32,
    /// How many reports it is of, up to [`SPAN`].
    count: u32,
    reporters: [Option<ConnId>; REPORTERS],
    /// The number of the last report.
    told_at: u64,
}

impl RttBook {
    /// Notes what a member measured between two networks.
    pub(super) fn note(&mut self, reporter: ConnId, one: Group, other: Group, rtt_ms: u32) {
        let pair = ordered(one, other);
        if !self.entries.contains_key(&pair) {
            self.make_room();
        }
        let entry = self.entries.entry(pair).or_default();
        if !entry.note(reporter, rtt_ms) {
            return;
        }
        self.by_age.remove(&entry.told_at);
        self.reports += 1;
        entry.told_at = self.reports;
        self.by_age.insert(entry.told_at, pair);
    }

    /// By how much a pair is nearer than its bucket (below 0) or further: -2 to 2, and 0 where too few have told.
    pub(super) fn shift(&self, one: Group, other: Group) -> i8 {
        let entry = self.entries.get(&ordered(one, other));
        let Some(entry) = entry.filter(|entry| entry.count >= ENOUGH) else {
            return 0;
        };
        let found = SHIFTS.iter().find(|(most, _)| entry.mean < most * PARTS);
        found.map_or(FURTHEST, |(_, shift)| *shift)
    }

    fn make_room(&mut self) {
        if self.entries.len() < MAX_PAIRS {
            return;
        }
        if let Some((_, oldest)) = self.by_age.pop_first() {
            self.entries.remove(&oldest);
        }
    }
}

impl Entry {
    /// Takes a report in, unless it is of a member that told lately. Tells whether it was taken.
    fn note(&mut self, reporter: ConnId, rtt_ms: u32) -> bool {
        if self.reporters.contains(&Some(reporter)) {
            return false;
        }
        self.reporters.rotate_right(1);
        self.reporters[0] = Some(reporter);
        self.count = (self.count + 1).min(SPAN);
        let told = rtt_ms.min(LONGEST_MS) * PARTS;
        // The first ones are averaged, so that none of them weighs more for having come first.
        if told >= self.mean {
            self.mean += (told - self.mean) / self.count;
        } else {
            self.mean -= (self.mean - told) / self.count;
        }
        true
    }
}

impl Rooms {
    /// Takes in what a member measured. What does not count is ignored: the member may have been too late.
    pub(super) fn on_measured(&mut self, conn: ConnId, peer: &str, rtt_ms: u32) {
        let Some(other) = self.hall.find(peer) else { return };
        let Some((own, others)) = self.hall.tell(conn, other) else {
            return;
        };
        self.hall.rtts.note(conn, own, others, rtt_ms);
    }
}

fn ordered(one: Group, other: Group) -> GroupPair {
    (one.min(other), one.max(other))
}

#[cfg(test)]
mod tests;
